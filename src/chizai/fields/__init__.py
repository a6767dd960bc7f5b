"""Technology fields as data: definitions in YAML, their selection as a relational expression, a checker and a sample.

>>> from chizai import fields
>>> fields.get("shipbuilding").name.ja
'造船'
"""

from chizai.fields.check import Problem, check, overlaps
from chizai.fields.loading import FieldFileError, get, json_schema, load, shipped
from chizai.fields.model import Field, Names, Rule, Words
from chizai.fields.sample import SampleRow, sample
from chizai.fields.select import counts, evidence, select, select_all

__all__ = [
    "Field",
    "FieldFileError",
    "Names",
    "Problem",
    "Rule",
    "SampleRow",
    "Words",
    "check",
    "counts",
    "evidence",
    "get",
    "json_schema",
    "load",
    "overlaps",
    "sample",
    "select",
    "select_all",
    "shipped",
]
