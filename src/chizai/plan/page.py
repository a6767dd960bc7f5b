"""The review page: both texts side by side, what changed, three suggestions; one HTML file that needs nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterable
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup, escape

from chizai.files import new_file
from chizai.messages import Lang, text
from chizai.plan.lineage import Lineage, Link
from chizai.plan.model import PlanDocument
from chizai.plan.review import change_text

_LEAST_SAME = 2
"""Shorter runs of equal characters inside a change are shown as changed: single kana that happen to agree only confuse."""


def write_page(lineage: Lineage, path: Path, *, lang: Lang) -> None:
    """Write the page in ``lang``; the statements are quoted in Japanese in both."""
    environment = Environment(
        loader=PackageLoader("chizai.plan"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        trim_blocks=True,
        lstrip_blocks=True,
    )

    def say(key: str, **values: object) -> str:
        return text(f"plan.{key}", lang, **values)

    page = environment.get_template("review.html.j2").render(
        lang=lang,
        say=say,
        source=_named(lineage.source, lang),
        target=_named(lineage.target, lang),
        changed=[row for row in _rows(lineage, lang) if row["hard"]],
        levels=[
            {"level": level, "rows": [row for row in _rows(lineage, lang) if row["level"] == level]}
            for level in ("kpi", "measure", "aim", "state", "direction", "item")
        ],
        counts=lineage.counts(),
        items=[item for item in lineage.target.items if item.parent is not None],
        accept=lineage.accept,
    )
    with new_file(path) as part:
        part.write_text(page, encoding="utf-8")


def _named(document: PlanDocument, lang: Lang) -> dict[str, str]:
    title = getattr(document.plan.title, lang) or document.plan.title.ja
    return {
        "title": title,
        "kind": text(f"plan.document.{document.document.kind}", lang),
        "state": text(f"plan.document.{document.document.state}", lang),
        "date": document.document.date.isoformat() if document.document.date else "",
    }


def _rows(lineage: Lineage, lang: Lang) -> list[dict[str, Any]]:
    return [_row(link, lang) for link in lineage.links]


def _row(link: Link, lang: Lang) -> dict[str, Any]:
    one_to_one = len(link.source_text) == len(link.target_text) == 1
    if one_to_one and link.status == "revised":
        left, right = marked(link.source_text[0], link.target_text[0])
        shown_left, shown_right = [left], [right]
    else:
        shown_left, shown_right = (
            [escape(words) for words in link.source_text],
            [escape(words) for words in link.target_text],
        )
    return {
        "key": link.key,
        "level": link.level,
        "status": link.status,
        "score": f"{link.score:.2f}",
        "left": list(zip(link.source, shown_left, strict=True)),
        "right": list(zip(link.target, shown_right, strict=True)),
        "change": change_text(link, lang),
        "hard": any(change.what in ("number", "deadline") for change in link.change),
        "items": " ".join(sorted(_items_of(link))),
        "suggestions": link.suggestions if not (link.source and link.target) else link.suggestions[1:],
        "elsewhere": link.elsewhere,
        "reviewed": link.reviewed,
        "reviewer": link.reviewer,
        "reviewed_on": link.reviewed_on,
        "publishable": link.publishable,
    }


def _items_of(link: Link) -> Iterable[str]:
    for name in (*link.source, *link.target):
        yield name.split(":")[1] if ":" in name else name


def marked(before: str, after: str) -> tuple[Markup, Markup]:
    """Both texts with what differs marked, by characters, numbers whole.

    >>> marked("概ね100%", "概ね80%")[1]
    Markup('概ね<ins>80</ins>%')
    """
    left, right = Markup(""), Markup("")
    for kind, was, became in _runs(before, after):
        if kind == "equal":
            left += escape(was)
            right += escape(became)
            continue
        if was:
            left += Markup("<del>{}</del>").format(was)
        if became:
            right += Markup("<ins>{}</ins>").format(became)
    return left, right


_TOKEN = re.compile(r"\d[\d,.]*|.", re.DOTALL)
"""Numbers are compared whole: 100 against 80, not their noughts."""


def _runs(before: str, after: str) -> list[tuple[str, str, str]]:
    """Runs of equal and of different text, (kind, before, after); short equal runs between changes join them."""
    left, right = _TOKEN.findall(before), _TOKEN.findall(after)
    found: list[tuple[str, str, str]] = []
    steps = SequenceMatcher(None, left, right, autojunk=False).get_opcodes()
    for at, (tag, i, j, k, m) in enumerate(steps):
        inner = 0 < at < len(steps) - 1
        kind = "equal" if tag == "equal" and not (inner and j - i < _LEAST_SAME) else "change"
        run = (kind, "".join(left[i:j]), "".join(right[k:m]))
        if found and found[-1][0] == kind:
            _, was, became = found.pop()
            run = (kind, was + run[1], became + run[2])
        found.append(run)
    return found
