"""Commands of the follow-up: assess a table, show KPIs, their status, the Cool Japan accounts, single series."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from chizai.cli.context import JsonOption, chosen_lang, console, print_json
from chizai.messages import text

if TYPE_CHECKING:
    from chizai.series.follow import FollowUp
    from chizai.series.model import Observation


def _say(key: str, **values: object) -> str:
    return text(f"series.cli.{key}", chosen_lang(), **values)


SHOWN = 10
"""Rows passed over that are listed on the screen."""


def register(plan_app: typer.Typer) -> None:
    def add(name: str, command: Callable[..., None]) -> None:
        plan_app.command(name, help=_say(f"{name}.help"), epilog=_say(f"{name}.epilog"))(command)

    add("assess", assess)
    add("status", status)
    add("kpi", kpi)
    add("accounts", accounts)
    add("series", series)


TargetsOption = Annotated[Path | None, typer.Option("--targets", help=_say("option.targets"))]
SeriesOption = Annotated[Path | None, typer.Option("--series", help=_say("option.series"))]
AsOfOption = Annotated[str | None, typer.Option("--as-of", help=_say("option.as_of"), metavar="YYYY-MM-DD")]


def assess(
    path: Annotated[Path, typer.Argument(help=_say("assess.path"), show_default=False)],
    as_json: JsonOption = False,
) -> None:
    from chizai.series.assess import status_word
    from chizai.series.assess.rows import assess_file

    rows = assess_file(path)
    if as_json:
        print_json(rows)
        return
    lang = chosen_lang()
    _table(
        ("id", "value", "score", "status", "reasons"),
        [
            [
                row["id"],
                _shown(row["progress_value"]),
                _shown(row["score"]),
                status_word(row["status"], lang),
                "\n".join(reason[lang] for reason in row["reasons"]),
            ]
            for row in rows
        ],
    )


def status(
    as_of: AsOfOption = None,
    targets: TargetsOption = None,
    series: SeriesOption = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.series.catalogue import read_targets
    from chizai.series.follow import follow_all

    wanted = None if targets is None else read_targets(targets)
    found = follow_all(day=day_of(as_of), more=kept(series), wanted=wanted)
    if as_json:
        print_json([one.as_dict() for one in found])
        return
    lang = chosen_lang()
    rows = [[one.target.kpi, one.target.title.text(lang), _latest(one), one.word(lang), _why(one)] for one in found]
    _table(("kpi", "title", "latest", "status", "reasons"), rows)
    print(text("series.reason.past-not-effect", lang))


def kpi(
    name: Annotated[str, typer.Argument(help=_say("kpi.name"), show_default=False)],
    as_of: AsOfOption = None,
    series: SeriesOption = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.errors import UnknownChoice
    from chizai.series.catalogue import targets
    from chizai.series.follow import follow

    known = targets()
    if name.upper() not in known:
        raise UnknownChoice(kind="KPI", name=name, known=", ".join(known))
    found = follow(known[name.upper()], day=day_of(as_of), more=kept(series))
    if as_json:
        print_json(found.as_dict())
        return
    _table(("item", "content"), [[_say(f"column.{label}"), shown] for label, shown in _details(found) if shown])


def kept(folder: Path | None) -> list[Observation]:
    """The user's own series, every vintage, from the folder of ``chizai plan series --keep``."""
    if folder is None:
        return []
    from chizai.errors import FileMissing, Where
    from chizai.series.keep import SeriesStore

    if not folder.is_dir():
        raise FileMissing(where=Where(file=str(folder)))
    return SeriesStore(folder).load()


def accounts(as_json: JsonOption = False) -> None:
    from chizai.series.accounts import checks, tables
    from chizai.series.accounts.tables import implied_rates
    from chizai.series.units import unit_label

    found = checks()
    if as_json:
        print_json(
            {
                "tables": [
                    {
                        "plan": table.plan,
                        "unit": table.unit,
                        "rows": [
                            {
                                "item": line.item,
                                "ja": line.ja,
                                "en": line.en,
                                "current": line.current,
                                "current_year": line.current_year,
                                "previous": line.previous,
                                "previous_year": line.previous_year,
                                "growth_percent": line.growth_percent,
                                "contribution_points": None
                                if line.item == "total"
                                else table.contributions()[line.item][0],
                            }
                            for line in (*table.lines, table.total)
                        ],
                    }
                    for table in tables().values()
                ],
                "implied_rates": [
                    {
                        "item": rate.item,
                        "years": list(rate.years),
                        "ratio": [rate.ratio.low, rate.ratio.high],
                        "yen_per_dollar": [rate.current.low, rate.current.high],
                    }
                    for rate in implied_rates()
                ],
                "checks": [one.as_dict() for one in found],
            }
        )
        return
    lang = chosen_lang()
    for table in tables().values():
        shares = table.contributions()
        rows = [
            [
                line.label(lang),
                f"{line.previous:g}",
                f"{line.current:g}",
                f"{line.growth_percent:+.2f}%",
                f"{shares[line.item][0]:+.2f}" if line.item in shares else "",
            ]
            for line in (*table.lines, table.total)
        ]
        title = f"{text(f'series.word.{table.plan}', lang)}: {unit_label(table.unit, lang)}"
        _table(("title", "previous", "current", "growth", "contribution"), rows, title=title)
    _table(("number", "outcome", "content"), [[str(one.number or ""), one.word(lang), one.text(lang)] for one in found])


def series(
    name: Annotated[str | None, typer.Argument(help=_say("series.name"), show_default=False)] = None,
    file: Annotated[Path | None, typer.Option("--file", help=_say("series.file"))] = None,
    map_file: Annotated[Path | None, typer.Option("--map", help=_say("series.map"))] = None,
    format: Annotated[str | None, typer.Option("--format", help=_say("series.format"))] = None,
    known_from: Annotated[str | None, typer.Option("--known-from", help=_say("series.known_from"))] = None,
    keep: Annotated[Path | None, typer.Option("--keep", help=_say("series.keep"))] = None,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    if file is not None:
        found = _read(file, map_file, format, known_from, keep)
    elif keep is not None:
        from chizai.series.keep import SeriesStore
        from chizai.series.vintages import as_of as known

        found = known(SeriesStore(keep).load(), day_of(as_of))
    else:
        from chizai.series.catalogue import indicator, observations

        found = observations(day=day_of(as_of))
        if name is not None:
            indicator(name)
    chosen = [one for one in found if name is None or one.indicator == name]
    if as_json:
        print_json([one.model_dump(mode="json") for one in chosen])
        return
    if name is None and file is None and keep is None:
        _list_indicators(chosen)
        return
    _show(chosen)


def _read(
    file: Path, map_file: Path | None, format: str | None, known_from: str | None, keep: Path | None
) -> list[Observation]:
    from chizai.series.keep import SeriesStore
    from chizai.series.readers import SeriesMap, load_map, reading_of

    plan = load_map(map_file) if map_file is not None else SeriesMap(series="series")
    reading = reading_of(file, plan, known_from=day_of(known_from) or dt.date.today(), format=format)
    found = list(reading.observations)
    if reading.rejects:
        typer.echo(_say("series.passed_over", count=len(reading.rejects)), err=True)
        for one in reading.rejects[:SHOWN]:
            typer.echo("  " + _say("series.no_figure", row=one.row, value=one.value, period=one.detail), err=True)
    if keep is not None:
        done = SeriesStore(keep).refresh(found, source_file=file)
        counts = {"added": len(done.added), "revised": len(done.revised), "gone": len(done.gone)}
        typer.echo(_say("series.kept", **counts), err=True)
    return found


def _list_indicators(found: Sequence[Observation]) -> None:
    from chizai.series.catalogue import indicators
    from chizai.series.units import unit_label

    lang = chosen_lang()
    rows = []
    for one in indicators().values():
        seen = [seen for seen in found if seen.indicator == one.id]
        rows.append([one.id, one.name.text(lang), unit_label(one.unit, lang), ", ".join(one.kpis), str(len(seen))])
    _table(("id", "title", "unit", "kpi", "count"), rows)


def _show(found: Sequence[Observation]) -> None:
    from chizai.series.units import unit_label

    lang = chosen_lang()
    rows = [
        [
            f"{one.indicator} {one.part or ''}".strip(),
            one.geo,
            str(one.when),
            _value(one),
            unit_label(one.unit, lang),
            one.known_from.isoformat(),
            one.source,
        ]
        for one in found
    ]
    _table(("id", "geo", "period", "value_seen", "unit", "known_from", "source"), rows)


def day_of(written: str | None) -> dt.date | None:
    """A day as written on the command line (YYYY-MM-DD); raises SeriesRefused for anything else."""
    if written is None:
        return None
    from chizai.errors import Where
    from chizai.series.errors import SeriesRefused

    try:
        return dt.date.fromisoformat(written)
    except ValueError:
        raise SeriesRefused("bad-date", where=Where(value=written[:40]), value=written[:40]) from None


def _value(one: Observation) -> str:
    sign = text(f"series.qualifier.{one.qualifier}", chosen_lang())
    return "–" if one.value is None else f"{sign}{one.value:,.12g}"


def _latest(one: FollowUp) -> str:
    from chizai.series.units import unit_label

    if one.latest is None:
        return "–"
    unit = unit_label(one.latest.unit, chosen_lang())
    return f"{_value(one.latest)} {unit} ({one.latest.when})"


def _why(one: FollowUp) -> str:
    lang = chosen_lang()
    reasons = [*(one.headline.reasons if one.headline else ()), *one.reasons]
    found = [reason.text(lang) for reason in reasons if reason.code != "past-not-effect"]
    if (why := one.why_not(lang)) is not None:
        found = [why]
    if one.printed is not None and one.printed.borderline:
        found.append(_say("as_printed", word=one.printed.word(lang)))
    return "\n".join(found)


def _details(one: FollowUp) -> list[tuple[str, str]]:
    """What is known of one KPI, label and text."""
    lang = chosen_lang()
    target = one.target
    rows = [
        ("kpi", f"{target.kpi} {target.title.text(lang)}"),
        ("quote", target.quote),
        ("document", text(f"series.word.{target.document}", lang)),
        ("status", one.word(lang)),
        ("why_not", one.why_not(lang) or ""),
        ("latest", _latest(one)),
        ("source", one.latest.source if one.latest else ""),
        ("restated", target.restated.text(lang) if target.restated else ""),
    ]
    for found in (one.headline, *one.others):
        if found is not None and found.value is not None:
            word = found.word(lang) if found.status != "not_available" else ""
            rows.append((f"method_{found.method}", f"{found.value:.4f} {word}".strip()))
    if one.printed is not None and one.printed.value is not None:
        ends = " .. ".join(f"{end:.3f}" for end in one.printed.interval or ())
        rows.append(("printed", f"{one.printed.value:.4f} [{ends}] {one.printed.word(lang)}"))
    if one.outlook is not None:
        rows.append(("outlook", one.outlook.words(lang) or ""))
        rows.append(("outlook_notes", "\n".join(reason.text(lang) for reason in one.outlook.reasons)))
    rows.append(("notes", "\n".join(note.text(lang) for note in target.notes)))
    rows.append(("reasons", "\n".join(reason.text(lang) for reason in one.reasons)))
    rows.append(("vintage", one.vintage))
    return rows


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.4f}"


def _table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, title: str | None = None) -> None:
    from rich.table import Table
    from rich.text import Text

    out = Table(title=title, title_justify="left")
    for name in columns:
        out.add_column(_say(f"column.{name}"), overflow="fold")
    for row in rows:
        out.add_row(*(Text(cell) for cell in row))
    console().print(out)
