"""Commands of the plan: show, draft, check, align, diff, review, measures."""

from __future__ import annotations

import datetime as dt
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any

import typer

from chizai.cli import complete
from chizai.cli.context import JsonOption, chosen_lang, console, print_json
from chizai.errors import FileMissing, NoStatement, UnknownChoice, Where
from chizai.messages import text


def _say(key: str, **values: object) -> str:
    return text(f"plan.cli.{key}", chosen_lang(), **values)


LogOption = Annotated[Path | None, typer.Option("--log", help=_say("option.log"))]


def register(app: typer.Typer) -> None:
    plan_app = typer.Typer(help=_say("help"), no_args_is_help=True, rich_markup_mode="rich")
    for name, command in (
        ("show", show),
        ("draft", draft),
        ("check", check),
        ("align", align),
        ("diff", diff),
        ("review", review),
        ("measures", measures),
    ):
        plan_app.command(name, help=_say(f"{name}.help"), epilog=_say(f"{name}.epilog"))(command)
    from chizai.cli import plan_assess, plan_compute, plan_report

    plan_assess.register(plan_app)
    plan_compute.register(plan_app)
    plan_report.register(plan_app)
    app.add_typer(plan_app, name="plan")


# Show ----------------------------------------------------------------------------------------------------------------


def show(
    plan: Annotated[
        str | None, typer.Argument(help=_say("show.plan"), show_default=False, autocompletion=complete.plans)
    ] = None,
    item: Annotated[str | None, typer.Option("--item", help=_say("option.item"))] = None,
    kind: Annotated[str | None, typer.Option("--kind", help=_say("show.kind"))] = None,
    statement: Annotated[str | None, typer.Option("--id", help=_say("show.id"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.plan import load

    if plan is None:
        _show_plans(as_json=as_json)
        return
    document = load(plan)
    chosen = _chosen(document, item, kind, statement)
    if as_json:
        head = document.model_dump(mode="json", exclude={"statements"}, exclude_none=True)
        print_json({**head, "statements": [found.model_dump(mode="json", exclude_none=True) for found in chosen]})
        return
    from rich.text import Text

    lang = chosen_lang()
    out = console()
    out.print(_title(document), style="bold")
    for number in dict.fromkeys(found.item for found in chosen):
        title = next((entry.title for entry in document.items if entry.number == number), None)
        words = (title.ja if lang == "ja" else title.en or title.ja) if title else ""
        out.print(f"\n{number} {words}", style="bold")
        for found in chosen:
            if found.item != number:
                continue
            out.print(Text(f"[{text(f'plan.level.{found.kind}', lang)}] {found.id}", style="dim"))
            out.print(Text(found.text))
            if lang == "en" and found.en:
                out.print(Text(found.en, style="italic"))
            for line in _details(document, found):
                out.print(Text("  " + line))
    if lang == "en":
        out.print("\n" + _say("show.provisional"))


def _show_plans(*, as_json: bool) -> None:
    from chizai.plan import load, shipped_ids

    documents = [load(name) for name in shipped_ids()]
    if as_json:
        print_json(
            [
                {
                    "id": found.document.id,
                    "plan": found.plan.id,
                    "year": found.plan.year,
                    "title": {"ja": found.plan.title.ja, "en": found.plan.title.en},
                    "kind": found.document.kind,
                    "state": found.document.state,
                    "date": found.document.date,
                    "statements": len(found.statements),
                }
                for found in documents
            ]
        )
        return
    _table(
        [_say(f"show.{name}") for name in ("document", "title", "statements")],
        [[found.document.id, _title(found), str(len(found.statements))] for found in documents],
    )


def _title(document: Any) -> str:
    lang = chosen_lang()
    head = document.plan.title.ja if lang == "ja" else document.plan.title.en or document.plan.title.ja
    kind = text(f"plan.document.{document.document.kind}", lang)
    state = text(f"plan.document.{document.document.state}", lang)
    date = f", {document.document.date}" if document.document.date else ""
    return f"{head} ({kind}, {state}{date})"


def _chosen(document: Any, item: str | None, kind: str | None, statement: str | None) -> list[Any]:
    kinds = ("aim", "state", "kpi", "measure", "direction", "figure", "restatement")
    if kind is not None and kind not in kinds:
        raise UnknownChoice(kind="kind", name=kind, known=", ".join(kinds))
    numbers = [entry.number for entry in document.items]
    if item is not None and item not in numbers:
        raise UnknownChoice(kind="item", name=item, known=", ".join(numbers))
    found = [
        each
        for each in document.statements
        if (item is None or each.item == item or each.item.startswith(f"{item}-"))
        and (kind is None or each.kind == kind)
        and (statement is None or each.id == statement)
    ]
    if statement is not None and statement not in {each.id for each in document.statements}:
        near = get_close_matches(statement, [each.id for each in document.statements], n=5, cutoff=0.3)
        raise UnknownChoice(kind="statement", name=statement, known=", ".join(near or [document.statements[0].id, "…"]))
    if not found:
        raise NoStatement(selection=" ".join(part for part in (item, kind, statement) if part))
    return found


def _details(document: Any, found: Any) -> list[str]:
    from chizai.plan.progress import deadline_text

    lang = chosen_lang()
    first, last = found.locator.lines
    lines = [_say("show.place", lines=str(first) if first == last else f"{first}–{last}")]
    if found.kpi is not None:
        kind = text(f"plan.kpi_kind.{found.kpi_kind}", lang) if found.kpi_kind else ""
        lines.append(f"{found.kpi} ({kind}) {', '.join(found.indicators)}".rstrip())
    if found.no_indicator is not None:
        lines.append(getattr(found.no_indicator, lang))
    if found.measure is not None:
        if found.measure.stage is not None:
            lines.append(f"{_say('show.stage')}: {text(f'plan.stage.{found.measure.stage}', lang)}")
        lines.append(f"{_say('show.deadline')}: {deadline_text(found.measure.deadline, lang)}")
    if found.restates:
        lines.append(f"{_say('show.restates')}: {', '.join(found.restates)}")
    lines.extend(getattr(note.text, lang) for note in document.notes if first <= note.line <= last)
    lines.extend(
        _say("show.corrected", before=correction.expect, after=correction.replace, why=getattr(correction.reason, lang))
        for correction in document.corrections
        if first <= correction.line <= last and correction.replace in found.text
    )
    return lines


def _table(header: list[str], rows: list[list[str]]) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for label in header:
        table.add_column(label, overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


# Draft and check -----------------------------------------------------------------------------------------------------


def draft(
    path: Annotated[Path, typer.Argument(help=_say("draft.path"), show_default=False)],
    year: Annotated[int, typer.Option("--year", min=2000, max=2100, help=_say("draft.year"))],
    out: Annotated[Path | None, typer.Option("--out", "-o", help=_say("draft.out"))] = None,
    decided: Annotated[bool, typer.Option("--decided", help=_say("draft.decided"))] = False,
    edits: Annotated[Path | None, typer.Option("--edits", help=_say("draft.edits"))] = None,
    english: Annotated[Path | None, typer.Option("--english", help=_say("draft.english"))] = None,
    as_json: JsonOption = False,
) -> None:
    from collections import Counter

    from chizai.files import new_file, read_bytes
    from chizai.plan import draft as make
    from chizai.plan import dump
    from chizai.plan.blocks import MAX_BYTES
    from chizai.plan.draft import edited
    from chizai.plan.store import load_edits

    data = read_bytes(path, limit=MAX_BYTES)
    if edits is not None:
        document = edited(data, *load_edits(edits, english))
    else:
        document = make(data, year=year, label=path.name, state="decided" if decided else "draft")
    if out is not None:
        with new_file(out) as part:
            part.write_text(dump(document), encoding="utf-8")
    if as_json:
        print_json(document.model_dump(mode="json", exclude_none=True))
        return
    if out is None:
        print(dump(document), end="")
        return
    print(_say("draft.done", path=out, count=len(document.statements)))
    for kind, count in Counter(found.kind for found in document.statements).most_common():
        print(f"  {text(f'plan.level.{kind}', chosen_lang())}: {count}")
    print(_say("draft.inferred", count=sum(found.inferred for found in document.statements)))


def check(
    plan: Annotated[
        str | None, typer.Argument(help=_say("check.plan"), show_default=False, autocompletion=complete.plans)
    ] = None,
    source: Annotated[Path | None, typer.Option("--source", help=_say("check.source"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.files import read_bytes
    from chizai.plan import check as problems_of
    from chizai.plan import load, shipped_ids, source_text
    from chizai.plan.blocks import MAX_BYTES

    lang = chosen_lang()
    given = read_bytes(source, limit=MAX_BYTES) if source is not None else None
    documents = [load(plan)] if plan is not None else [load(name) for name in shipped_ids()]
    found = [
        (document.document.id, problem)
        for document in documents
        for problem in problems_of(document, given if given is not None else source_text(document))
    ]
    errors = sum(problem.severity == "error" for _, problem in found)
    if as_json:
        print_json(
            {
                "documents": [document.document.id for document in documents],
                "errors": errors,
                "problems": [{"document": name, **problem.as_dict(lang)} for name, problem in found],
            }
        )
    else:
        for name, problem in found:
            severity = text(f"plan.severity.{problem.severity}", lang)
            print(f"{name} {problem.place}: {severity}: {problem.text(lang)}")
        print(_say("check.done", documents=len(documents), errors=errors, warnings=len(found) - errors))
    if errors:
        raise typer.Exit(1)


# Lineage -------------------------------------------------------------------------------------------------------------


def _lineage(source: str, target: str, log: Path | None) -> Any:
    from chizai.plan import align as proposal
    from chizai.plan import load
    from chizai.plan.review import read_log, reviewed

    lineage = proposal(load(source), load(target))
    return reviewed(lineage, read_log(log)) if log is not None else lineage


SourceArgument = Annotated[
    str, typer.Argument(help=_say("align.source"), show_default=False, autocompletion=complete.plans)
]
TargetArgument = Annotated[
    str, typer.Argument(help=_say("align.target"), show_default=False, autocompletion=complete.plans)
]


def align(
    source: SourceArgument,
    target: TargetArgument,
    level: Annotated[str | None, typer.Option("--level", help=_say("align.level"))] = None,
    log: LogOption = None,
    as_json: JsonOption = False,
) -> None:
    lineage = _lineage(source, target, log)
    lang = chosen_lang()
    levels = ("item", "kpi", "aim", "state", "measure", "direction")
    if level is not None and level not in levels:
        raise UnknownChoice(kind="level", name=level, known=", ".join(levels))
    if as_json:
        plain = lineage.as_dict()
        if level is not None:
            plain["records"] = [record for record in plain["records"] if record["level"] == level]
        print_json(plain)
        return
    from chizai.plan.review import change_text

    _counts(lineage)
    _table(
        [_say(f"align.{name}") for name in ("record", "status", "score", "change")],
        [
            [link.key, _status(link), f"{link.score:.2f}", change_text(link, lang)]
            for link in lineage.links
            if link.source and link.target and level in (None, link.level)
        ],
    )
    print(_say("align.open", count=sum(not link.publishable for link in lineage.links)))


def _status(link: Any) -> str:
    word = text(f"plan.status.{link.status}", chosen_lang())
    return word if link.publishable else f"{word} ({text('plan.status.open', chosen_lang())})"


def _counts(lineage: Any) -> None:
    lang = chosen_lang()
    statuses = ("carried", "revised", "new", "dropped")
    _table(
        [_say("align.kind"), *(text(f"plan.status.{status}", lang) for status in statuses)],
        [
            [text(f"plan.level.{level}", lang), *(str(found[status]) for status in statuses)]
            for level, found in lineage.counts().items()
        ],
    )


def diff(
    source: SourceArgument,
    target: TargetArgument,
    item: Annotated[str | None, typer.Option("--item", help=_say("option.item"))] = None,
    review_to: Annotated[Path | None, typer.Option("--review", help=_say("diff.review"))] = None,
    log: LogOption = None,
    as_json: JsonOption = False,
) -> None:
    lineage = _lineage(source, target, log)
    lang = chosen_lang()
    statements = [link for link in lineage.links if link.level != "item"]
    items = dict.fromkeys(name.split(":")[1] for link in statements for name in (*link.source, *link.target))
    if item is not None and item not in items:
        raise UnknownChoice(kind="item", name=item, known=", ".join(items))
    written: dict[str, Path] = {}
    if review_to is not None:
        from chizai.plan.page import write_page
        from chizai.plan.review import write_review

        review_to.mkdir(parents=True, exist_ok=True)
        written = {"page": review_to / "review.html", "csv": review_to / "review.csv"}
        write_page(lineage, written["page"], lang=lang)
        write_review(lineage, written["csv"], lang=lang)
    links = [
        link
        for link in statements
        if item is None or any(name.split(":")[1] == item for name in (*link.source, *link.target))
    ]
    if as_json:
        plain = lineage.as_dict()
        plain["records"] = [link.as_dict() for link in links]
        print_json({**plain, "written": written})
        return
    from chizai.plan.review import change_text

    hard = [link for link in links if any(change.what in ("number", "deadline") for change in link.change)]
    if hard:
        print(_say("diff.changed"))
        _table([_say("align.record"), _say("align.change")], [[link.key, change_text(link, lang)] for link in hard])
    _table(
        [_say("align.status"), lineage.source.plan.title.ja, lineage.target.plan.title.ja],
        [[_status(link), "\n".join(link.source_text), "\n".join(link.target_text)] for link in links],
    )
    print(_say("diff.scope"))
    for path in written.values():
        print(_say("written", path=path))


def review(
    path: Annotated[Path, typer.Argument(help=_say("review.path"), show_default=False)],
    source: Annotated[str, typer.Option("--from", help=_say("align.source"))] = "2025",
    target: Annotated[str, typer.Option("--to", help=_say("align.target"))] = "2026",
    log: Annotated[Path, typer.Option("--log", help=_say("option.log"))] = Path("plan-reviews.csv"),
    as_json: JsonOption = False,
) -> None:
    from chizai.plan.review import append_log, read_log, read_review, reviewed

    lineage = _lineage(source, target, log if log.is_file() else None)
    decisions = read_review(path, lineage)
    added = append_log(log, decisions)
    after = reviewed(_lineage(source, target, None), read_log(log) if log.is_file() else [])
    left = sum(not link.publishable for link in after.links)
    if as_json:
        print_json({"read": len(decisions), "added": added, "log": log, "open": left, "counts": after.counts()})
        return
    print(_say("review.done", read=len(decisions), added=added, log=log))
    print(_say("align.open", count=left))


# Measures ------------------------------------------------------------------------------------------------------------


def measures(
    plan: Annotated[str, typer.Argument(help=_say("measures.plan"), autocompletion=complete.plans)] = "2026",
    item: Annotated[str | None, typer.Option("--item", help=_say("option.item"))] = None,
    template: Annotated[Path | None, typer.Option("--template", help=_say("measures.template"))] = None,
    filled: Annotated[Path | None, typer.Option("--import", help=_say("measures.import"))] = None,
    log: Annotated[Path, typer.Option("--log", help=_say("measures.log"))] = Path("plan-progress.csv"),
    approve: Annotated[bool, typer.Option("--approve", help=_say("measures.approve"))] = False,
    by: Annotated[str | None, typer.Option("--by", help=_say("measures.by"))] = None,
    on: Annotated[str | None, typer.Option("--on", help=_say("measures.on"))] = None,
    as_json: JsonOption = False,
) -> None:
    from chizai.plan import load
    from chizai.plan.progress import read_notes, write_template

    document = load(plan)
    if filled is not None:
        _import(document, filled, log, approve=approve, by=by, on=on, as_json=as_json)
        return
    notes = read_notes(log) if log.is_file() else []
    if template is not None:
        rows = write_template(document, template, lang=chosen_lang(), notes=notes)
        if as_json:
            print_json({"written": template, "rows": rows})
        else:
            print(_say("written", path=template))
        return
    _show_measures(document, item, notes, as_json=as_json)


def _show_measures(document: Any, item: str | None, notes: list[Any], *, as_json: bool) -> None:
    from chizai.plan import measures_of
    from chizai.plan.progress import current, deadline_text

    lang = chosen_lang()
    rows = [row for row in measures_of(document) if item is None or row.item == item]
    if not rows:
        held = dict.fromkeys(row.item for row in measures_of(document))
        raise UnknownChoice(kind="item", name=item or "", known=", ".join(held) or "–")
    latest: dict[str, list[Any]] = {}
    for note in current(notes).values():
        if note.document == document.document.id:
            latest.setdefault(note.measure_id, []).append(note)
    if as_json:
        from dataclasses import asdict

        print_json([{**row.as_dict(), "notes": [asdict(note) for note in latest.get(row.id, [])]} for row in rows])
        return
    from rich.text import Text

    out = console()
    for row in rows:
        out.print(Text(row.id, style="bold"))
        out.print(Text(row.en if lang == "en" and row.en else row.text))
        facts = {
            "stage": text(f"plan.stage.{row.stage}", lang) if row.stage else _say("not_stated"),
            "deadline": deadline_text(row.deadline, lang),
            "owner": "、".join(row.owners) or _say("not_stated"),
            "kpis": ", ".join(row.kpis),
        }
        for name, value in facts.items():
            if value:
                out.print(Text(f"  {_say(f'measures.{name}')}: {value}"))
        for note in latest.get(row.id, []):
            out.print(Text(f"  {_say('measures.progress')}: {note.ministry} {note.period}: {note.progress}"))


def _import(
    document: Any, filled: Path, log: Path, *, approve: bool, by: str | None, on: str | None, as_json: bool
) -> None:
    from chizai.plan import progress

    if not filled.is_file():
        raise FileMissing(where=Where(file=str(filled)))
    if approve and not by:
        raise typer.BadParameter(_say("measures.by_needed"))
    notes = progress.read_progress(filled, document)
    if approve and by:
        try:
            day = dt.date.fromisoformat(on) if on else dt.date.today()
        except ValueError:
            raise typer.BadParameter(_say("measures.bad_date")) from None
        found = progress.approve(log, notes, by=by, on=day)
    else:
        found = progress.differences(notes, progress.read_notes(log) if log.is_file() else [])
    if as_json:
        print_json({"read": len(notes), "differences": [diff.as_dict() for diff in found], "approved": approve})
        return
    lang = chosen_lang()
    for each in found:
        state = _say("measures.new") if each.before is None else _say("measures.changed")
        print(f"{each.note.measure_id} {each.note.ministry} {each.note.period}: {state}")
        for name in each.fields:
            before = getattr(each.before, name) if each.before is not None else ""
            if not before and not getattr(each.note, name):
                continue
            print(f"  {text(f'plan.column.{name}', lang)}: {before or '–'} → {getattr(each.note, name) or '–'}")
    if approve:
        print(_say("measures.approved", count=len(found), log=log, by=by))
    else:
        print(_say("measures.pending", count=len(found)))
