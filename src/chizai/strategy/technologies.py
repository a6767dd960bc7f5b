"""What is chosen between: the technologies of a landscape, and the player who chooses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

import ibis
import pyarrow as pa
from ibis import _

from chizai import fields
from chizai.corpus.countries import country_code
from chizai.errors import NotSupported, UnknownChoice
from chizai.landscape.classes import titles
from chizai.landscape.scope import Scope
from chizai.messages import LANGS, Lang, Phrase
from chizai.words import country_name

By = Literal["field", "class", "wipo35", "standard", "topic"]
BY: tuple[By, ...] = get_args(By)
STRATEGIC = "strategic-2026"


@dataclass(frozen=True, eq=False)
class Technologies:
    """Units by technology: ``rows`` (unit, code, k) as an Ibis table, and the technologies' names by language.

    Units of no technology are in ``rows`` under :data:`REST` where the denominator is all units (fields and standards);
    they count in the totals and are no technology to choose.
    """

    by: By
    rows: Any
    names: Mapping[str, Mapping[Lang, str]]
    """Filled for fields; classes and standards are named by :meth:`name` as they come up."""
    scope: Scope

    def name(self, code: str, lang: Lang) -> str:
        known = self.names.get(code)
        if known is not None:
            return known[lang]
        if self.by == "standard":
            return code
        found = titles([code], self.scope.convention)
        return (found["title_ja"][0] if lang == "ja" else None) or found["title"][0] or code


REST = "-"
"""The code of units that belong to no technology of the list."""


def technologies(scope: Scope, *, by: By = "class") -> Technologies:
    """The technologies of a landscape.

    by: ``field`` the 17 strategic fields (by their published definitions: codes and words); ``class`` the classes of
    the convention's scheme and level; ``wipo35`` the 35 fields of WIPO;
        ``standard`` the standards that are mentioned; ``topic`` the topics of the texts (needs the extra ``topics``).
    NotSupported where the data carry none of them.
    """
    if by not in BY:
        raise UnknownChoice(kind="by", name=by, known=", ".join(BY))
    names: dict[str, dict[Lang, str]] = {}
    if by in ("class", "wipo35"):
        if by == "wipo35":
            scope = scope.under(technology="wipo35")
        rows = scope.technologies()
        if not scope.run(rows.limit(1)).num_rows:
            raise NotSupported(figure=Phrase("strategy.figure"), reason=Phrase("strategy.reason.no_classes"))
        return Technologies(by, rows, names, scope)
    if by == "topic":
        from chizai.landscape.topics.findings import code as topic_code
        from chizai.landscape.topics.model import topic_model

        model = topic_model(scope)
        inside = model.topics.topic >= 0
        if not inside.any():
            raise NotSupported(figure=Phrase("strategy.figure"), reason=Phrase("strategy.reason.no_topic"))
        names = {topic_code(at): {"en": label.en, "ja": label.ja} for at, label in enumerate(model.labels)}
        table = pa.table(
            {
                "unit": pa.array(model.documents.unit[inside], pa.int64()),
                "code": pa.array([topic_code(at) for at in model.topics.topic[inside].tolist()], pa.string()),
            }
        )
        rows = scope.corpus.keep("technologies", ibis.memtable(table))
        return _with_rest(scope, by, rows, names)
    if by == "field":
        chosen = [field for field in fields.shipped().values() if field.set == STRATEGIC]
        names = {field.id: {lang: getattr(field.name, lang) for lang in LANGS} for field in chosen}
        tables = {
            name: scope.corpus[name]
            .semi_join(scope.members, "pub")
            .mutate(collection=ibis.literal(""), publication_id=_.pub)
            for name in ("classification", "text")
        }
        found = fields.select_all(tables, chosen)
        pairs = found.select(code=found.field, pub=found.publication_id)
    else:
        standard = scope.corpus["standard"]
        pairs = standard.select("pub", code=standard.standard)
    rows = pairs.join(scope.members.select("pub", "unit"), "pub").select("unit", "code").distinct()
    rows = scope.corpus.keep("technologies", rows)
    if not scope.run(rows.limit(1)).num_rows:
        raise NotSupported(figure=Phrase("strategy.figure"), reason=Phrase(f"strategy.reason.no_{by}"))
    return _with_rest(scope, by, rows, names)


def _with_rest(scope: Scope, by: By, rows: Any, names: dict[str, dict[Lang, str]]) -> Technologies:
    """The technologies with the units of none, which count in the totals."""
    sizes = rows.group_by("unit").agg(k=_.count())
    inside = rows.join(sizes, "unit").select("unit", "code", "k")
    outside = scope.units.anti_join(rows, "unit").select("unit", code=ibis.literal(REST), k=ibis.literal(1, "int64"))
    return Technologies(by, scope.corpus.keep("technologies", inside.union(outside)), names, scope)


@dataclass(frozen=True, slots=True)
class Player:
    """Who chooses: a country (``actors`` holds its code) or an applicant (its numbers in the corpus)."""

    kind: Literal["country", "player"]
    actors: tuple[Any, ...]
    identity: str

    def name(self, lang: Lang = "en") -> str:
        return country_name(self.identity, lang) if self.kind == "country" else self.identity


def find_player(scope: Scope, text: str) -> Player:
    """The player that a text names: ``JP``, or an applicant's name or identity.

    Two capital letters are a country; write ``player:HP`` for an applicant of such a name. ``jp``, ``Japan`` and ``日本``
    are the country where no applicant is called so.

    :raises UnknownChoice: no applicant is called so (names like it are listed).
    """
    from chizai.landscape.players import player_ids

    kind, colon, rest = text.partition(":")
    if colon and kind in ("country", "player"):
        text = rest.strip()
    else:
        kind = "country" if len(text) == 2 and text.isalpha() and text.isupper() else "player"
    if kind == "country":
        return Player("country", (text.upper(),), text.upper())
    try:
        actors = player_ids(scope, [text])
    except UnknownChoice:
        code = None if colon else country_code(text)
        if code is None:
            raise
        return Player("country", (code,), code)
    table = scope.corpus["player"]
    return Player("player", actors, scope.run(table.filter(_.player == actors[0]).select("name"))[0][0].as_py())
