"""The one type in the middle of the house: a table with its convention, its source and its caveats."""

from __future__ import annotations

import html
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from chizai.convention import Convention
from chizai.messages import Lang, Phrase, lookup, text
from chizai.provenance import Provenance

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table as RichTable

ColumnKind = Literal["text", "code", "country", "year", "date", "count", "share", "index", "rate", "number", "flag"]
"""How a column is shown: counts with thousands separators, shares and rates as per cent, indices with two decimals."""
LEFT = ("text", "code", "country", "flag", "date")
"""Kinds that stand on the left of their column; numbers stand on the right."""


def _worded(value: Any, column: Column, lang: Lang) -> str:
    """A cell's text: countries by name, codes that have words in the catalogue by those."""
    if column.kind == "country":
        from chizai.words import country_name

        return country_name(value, lang)
    if column.kind == "code" and value is not None:
        found = lookup(f"value.{column.name}.{value}", lang)
        return found if isinstance(found, str) else str(value)
    return shown(value, column.kind)


WIDEST_TEXT = 44


def _widths(columns: Sequence[Column], rows: Sequence[Sequence[str]], lang: Lang, *, width: int) -> list[int]:
    """The widths of the columns, from the left, that fit a terminal: a table squeezed to two letters a column tells
    nothing. The first column is always there; cells are never cut, headings may take several lines."""
    from rich.cells import cell_len

    found: list[int] = []
    wanted: list[int] = []
    left = width - 1
    for index, column in enumerate(columns):
        longest = max((cell_len(row[index]) for row in rows), default=0)
        if column.kind == "text":
            longest = min(longest, WIDEST_TEXT)
        label = column.label(lang)
        # A Japanese heading may break anywhere, an English one between its words.
        heading = max((cell_len(word) for word in label.split()), default=0)
        wide = max(longest, min(heading, 10) if lang == "ja" else heading, 1)
        if wide + 3 > left and index > 0:
            break
        found.append(wide)
        wanted.append(max(wide, cell_len(label)))
        left -= wide + 3
    # What is left over goes to the headings, first to the one that is broken most.
    while left > 0:
        most = max(range(len(found)), key=lambda at: wanted[at] / found[at])
        if wanted[most] <= found[most]:
            break
        found[most] += 1
        left -= 1
    return found


FACT_KINDS: dict[str, ColumnKind] = {
    "growth": "rate",
    "funded_share": "share",
    "known_share": "share",
    **dict.fromkeys(
        (
            "last_complete_year", "growth_first_year", "growth_last_year", "current_year", "last_year_used",
            "known_until", "tested_until", "decided_in", "judged_in",
        ),
        "year",
    ),
}  # fmt: skip
"""How the facts beside a table are shown; others are plain numbers. ``x_low`` and ``x_high`` are shown with ``x``."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a Finding. ``low`` and ``high`` name the columns that hold its interval."""

    name: str
    kind: ColumnKind = "text"
    low: str | None = None
    high: str | None = None
    unit: str | None = None
    lang: Lang | None = None
    """Set where a column holds words of one language: only readers of that language are shown it."""

    def label(self, lang: Lang) -> str:
        return text(f"column.{self.name}", lang)


@dataclass(frozen=True)
class Caveat:
    """What a reader must know before using the figure. ``code`` names a text in ``messages/<lang>/caveat.toml``."""

    code: str
    values: Mapping[str, object] = field(default_factory=dict)

    def text(self, lang: Lang = "en") -> str:
        return text(f"caveat.{self.code}", lang, **self.values)

    def as_dict(self) -> dict[str, object]:
        return {
            "code": self.code,
            "values": {name: str(value) if isinstance(value, Phrase) else value for name, value in self.values.items()},
            "en": self.text("en"),
            "ja": self.text("ja"),
        }


def _plain(value: Any) -> Any:
    """A cell as JSON has it: dates as ISO; JSON knows no infinity (a bound that is none) and no NaN."""
    if isinstance(value, date):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def shown(value: Any, kind: ColumnKind) -> str:
    """A value as a person reads it. Rounding happens here and nowhere before.

    >>> shown(1234.5, "count"), shown(0.1234, "share"), shown(None, "index"), shown(1.894, "index")
    ('1,234.5', '12.3%', '–', '1.89')
    """
    if value is None or (isinstance(value, float) and value != value):
        return "–"
    if kind == "count":
        return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    if kind in ("share", "rate"):
        return f"{value:.1%}"
    if kind == "index":
        return f"{value:,.2f}"
    if kind == "number":
        return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else f"{value:,.3g}"
    if kind == "flag":
        return "✓" if value else ""
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


@dataclass(frozen=True, eq=False)
class Finding:
    """A table together with what makes it defensible.

    ``name`` is the analysis (``activity``); titles and explanations stand in ``messages/<lang>/finding.toml``.
    ``facts`` are scalar results beside the table (a growth rate and its interval), shown above it.
    """

    name: str
    table: pa.Table
    columns: tuple[Column, ...]
    convention: Convention
    provenance: Provenance
    caveats: tuple[Caveat, ...] = ()
    facts: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        declared = [column.name for column in self.columns]
        if declared != self.table.column_names:
            message = f"{self.name}: declared columns {declared} are not the table's {self.table.column_names}"
            raise ValueError(message)

    # What it is called ------------------------------------------------------------------------------------------------

    def title(self, lang: Lang = "en") -> str:
        return text(f"finding.{self.name}.title", lang)

    def explanation(self, lang: Lang = "en") -> str:
        return text(f"finding.{self.name}.explanation", lang)

    def fact_label(self, fact: str, lang: Lang = "en") -> str:
        found = lookup(f"fact.{fact}", lang)
        return found if isinstance(found, str) else text(f"column.{fact}", lang)

    # As data ----------------------------------------------------------------------------------------------------------

    def __len__(self) -> int:
        return self.table.num_rows

    def __iter__(self) -> Iterator[dict[str, Any]]:
        return iter(self.table.to_pylist())

    def column(self, name: str) -> list[Any]:
        """One column's values."""
        return self.table.column(name).to_pylist()

    def to_pandas(self) -> pd.DataFrame:
        """A pandas DataFrame; convention, source and caveats travel in ``.attrs``."""
        frame = self.table.to_pandas()
        frame.attrs["convention"] = self.convention.as_dict()
        frame.attrs["provenance"] = self.provenance.as_dict()
        frame.attrs["caveats"] = [caveat.text("en") for caveat in self.caveats]
        return frame

    def to_arrow(self) -> pa.Table:
        """The Arrow table with convention, source and caveats in the schema's metadata (kept by Parquet)."""
        described = {key: value for key, value in self.as_dict().items() if key != "rows"}
        packed = json.dumps(described, ensure_ascii=False, sort_keys=True)
        return self.table.replace_schema_metadata({"chizai": packed})

    def as_dict(self) -> dict[str, Any]:
        """Everything, for ``--json``."""
        rows = [{name: _plain(value) for name, value in row.items()} for row in self]
        return {
            "finding": self.name,
            "title": {"en": self.title("en"), "ja": self.title("ja")},
            "convention": self.convention.as_dict(),
            "provenance": self.provenance.as_dict(),
            "digest": self.provenance.digest(),
            "caveats": [caveat.as_dict() for caveat in self.caveats],
            "facts": {name: _plain(value) for name, value in self.facts.items()},
            "columns": [
                {"name": c.name, "kind": c.kind, "unit": c.unit, "low": c.low, "high": c.high} for c in self.columns
            ],
            "rows": rows,
        }

    def with_caveats(self, *caveats: Caveat) -> Finding:
        return replace(self, caveats=(*self.caveats, *caveats))

    def head(self, count: int) -> Finding:
        return replace(self, table=self.table.slice(0, count))

    # Shown to a person ------------------------------------------------------------------------------------------------

    def visible(self, lang: Lang = "en") -> list[Column]:
        """Columns to show: interval bounds are shown inside the column they belong to, words in the reader's language."""
        bounds = {bound for column in self.columns for bound in (column.low, column.high) if bound}
        return [c for c in self.columns if c.name not in bounds and c.lang in (None, lang)]

    def cells(self, row: Mapping[str, Any], lang: Lang = "en") -> list[str]:
        """One row as texts, intervals in brackets, codes in words."""
        cells = []
        for column in self.visible(lang):
            cell = _worded(row[column.name], column, lang)
            if column.low and column.high and row[column.low] is not None and row[column.name] is not None:
                cell += f" [{shown(row[column.low], column.kind)}, {shown(row[column.high], column.kind)}]"
            cells.append(cell)
        return cells

    def shown_facts(self, lang: Lang = "en") -> list[tuple[str, str]]:
        return [
            (self.fact_label(fact, lang), self._fact(fact, value, lang))
            for fact, value in self.facts.items()
            if value is not None and not fact.endswith(("_low", "_high"))
        ]

    def _fact(self, name: str, value: Any, lang: Lang) -> str:
        kind = FACT_KINDS.get(name, "number")
        if isinstance(value, str):
            found = lookup(f"fact.{name}_{value}", lang)
            return found if isinstance(found, str) else value
        cell = shown(value, kind)
        low, high = self.facts.get(f"{name}_low"), self.facts.get(f"{name}_high")
        if low is not None and high is not None:
            cell += f" [{shown(low, kind)}, {shown(high, kind)}]"
        return cell

    def first_rows(self, limit: int) -> list[dict[str, Any]]:
        """The rows to show where there is room for so many: of a series over the years the last ones, after its whole.

        >>> series = pa.table({"year": [2001, 2002, 2003]})
        >>> made = {"convention": Convention(), "provenance": Provenance(analysis="activity")}
        >>> Finding(name="activity", table=series, columns=(Column("year", "year"),), **made).first_rows(2)
        [{'year': 2002}, {'year': 2003}]
        """
        if self.columns[0].name not in ("year", "period") or limit >= len(self):
            return self.table.slice(0, limit).to_pylist()
        whole = self.table.slice(0, 1 if self.table[0][0].as_py() == "all" else 0).to_pylist()
        return whole + self.table.slice(len(self) - limit + len(whole)).to_pylist()

    def to_rich(self, lang: Lang = "en", *, limit: int = 20, width: int = 100) -> RichTable:
        """A table for a terminal of this width, convention and caveats below it; columns that do not fit are named there."""
        from rich.table import Table

        rows = [self.cells(row, lang) for row in self.first_rows(limit)]
        columns = self.visible(lang)
        widths = _widths(columns, rows, lang, width=width)
        fitting = len(widths)
        caption = [self.convention.sentence(lang)]
        if fitting < len(columns):
            hidden = ", ".join(column.label(lang) for column in columns[fitting:])
            caption.insert(0, text("finding.more_columns", lang, columns=hidden))
        if len(self) > limit:
            caption.insert(0, text("finding.more", lang, shown=limit, total=len(self)))
        caption += [f"! {caveat.text(lang)}" for caveat in self.caveats]
        out = Table(title=self.title(lang), caption="\n".join(caption), caption_justify="left", title_justify="left")
        for column, wide in zip(columns, widths, strict=False):
            right = column.kind not in LEFT
            out.add_column(column.label(lang), justify="right" if right else "left", width=wide, overflow="fold")
        for cells in rows:
            out.add_row(*cells[:fitting])
        return out

    def __rich__(self) -> RichTable:
        return self.to_rich()

    def __repr__(self) -> str:
        return f"<Finding {self.name}: {len(self)} rows; {self.convention.sentence()}>"

    def to_html(self, lang: Lang = "en", *, limit: int | None = None) -> str:
        """A plain HTML table with caption, convention and caveats."""
        shown_rows = self.first_rows(len(self) if limit is None else limit)
        head = "".join(f'<th scope="col">{html.escape(c.label(lang))}</th>' for c in self.visible(lang))
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in self.cells(row, lang)) + "</tr>"
            for row in shown_rows
        )
        notes = "".join(f"<li>{html.escape(caveat.text(lang))}</li>" for caveat in self.caveats)
        return (
            f'<div class="finding"><table><caption>{html.escape(self.title(lang))}</caption>'
            f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
            f"<p>{html.escape(self.convention.sentence(lang))}</p>" + (f"<ul>{notes}</ul>" if notes else "") + "</div>"
        )

    def _repr_html_(self) -> str:
        return self.to_html(limit=50)
