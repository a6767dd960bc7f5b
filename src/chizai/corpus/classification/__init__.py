"""Classification symbols: one written form, levels, titles, and the WIPO-35 technology fields."""

from chizai.corpus.classification.symbols import (
    LEVELS,
    Level,
    class_of,
    is_indexing,
    level_of,
    main_group_of,
    normalise,
    section_of,
    subclass_of,
)
from chizai.corpus.classification.titles import Title, known, known_subclasses, lookup, title, title_path
from chizai.corpus.classification.wipo35 import FIELDS, WipoField, wipo35, wipo35_field, wipo35_table

__all__ = [
    "FIELDS",
    "LEVELS",
    "Level",
    "Title",
    "WipoField",
    "class_of",
    "is_indexing",
    "known",
    "known_subclasses",
    "level_of",
    "lookup",
    "main_group_of",
    "normalise",
    "section_of",
    "subclass_of",
    "title",
    "title_path",
    "wipo35",
    "wipo35_field",
    "wipo35_table",
]
