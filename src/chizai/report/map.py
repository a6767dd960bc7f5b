"""The map of topics as one HTML file: to be looked at, searched and zoomed without a network. Nothing is decided on it."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup
from numpy.typing import NDArray

from chizai import __version__
from chizai.errors import FileMissing, MalformedInput, Where
from chizai.files import new_file
from chizai.landscape.topics import TopicModel, topic_model
from chizai.landscape.topics.findings import code, taken
from chizai.landscape.topics.layout import layout
from chizai.messages import LANGS, Lang, text

if TYPE_CHECKING:
    from chizai.landscape import Landscape

COLOURS = ("#2299ee", "#dd7711", "#660088", "#661100", "#223344", "#aa7755", "#7722ee")
"""Chosen by search: 31 apart at least in CIELAB for full colour sight and each dichromacy, from the grey of documents without
a topic too, and 3 : 1 against white. Names stand on the map: colour is never alone."""
WORDS = (
    "only", "search", "topics", "keys", "stays", "whole", "none", "untitled", "agreement", "hits", "shaky", "label", "zoom",
    "zoom_in", "zoom_out", "years", "from", "to", "all_years", "within",
)  # fmt: skip


@dataclass(frozen=True)
class WrittenMap:
    """The page, the positions beside it, and how many documents kept an earlier position."""

    page: Path
    positions: Path
    documents: int
    kept: int


def write_map(
    landscape: Landscape, path: Path, *, lang: Lang = "en", previous: Path | None = None, seed: int = 0, **choices: Any
) -> WrittenMap:
    """Write the interactive map to ``path`` and the positions to ``<name>.positions.csv`` beside it.

    Documents that stand in ``previous`` (by default the positions written there before) keep their place exactly, so that
    the map of a collection to which a year was added can be laid over the old one. ``choices`` are those of the topics and
    the conventions. Raises NotSupported with too few documents, MissingExtra without the extra ``topics``.
    """
    chosen = taken(choices)
    scope = landscape.scope.under(**choices)
    found = topic_model(scope, seed=seed, **chosen)
    beside = path.with_suffix(".positions.csv")
    if previous is not None and not previous.is_file():
        raise FileMissing(where=Where(file=str(previous)))
    earlier = previous or (beside if beside.is_file() else None)
    anchors = _anchors(found, read_positions(earlier)) if earlier is not None else None
    place = layout(found.graph, found.vectors, found.topics.topic, anchors=anchors, seed=seed)
    convention = scope.convention.only("unit", "date", "family_basis").with_(
        cutoff=scope.cutoff, confidence=None, minimum_count=None
    )
    frame = {each: convention.describe(each) for each in LANGS}
    titles = {each: text("topics.map.title", each, subject=_subject(landscape, each)) for each in LANGS}
    _write_page(found, place, path, lang=lang, titles=titles, frame=frame)
    _write_positions(found, place, beside)
    kept = int((~np.isnan(anchors).any(axis=1)).sum()) if anchors is not None else 0
    return WrittenMap(path, beside, len(place), kept)


def _subject(landscape: Landscape, lang: Lang) -> str:
    parts = [landscape.field_name(lang), *(landscape.scope.convention.collections or ())]
    return text("topics.comma", lang).join(part for part in parts if part)


def _key(found: TopicModel, row: int) -> str:
    return found.documents.publication[row] or str(found.documents.unit[row])


def read_positions(path: Path) -> dict[str, tuple[float, float]]:
    """Positions by publication; MalformedInput where the file is not one that :func:`write_map` wrote."""
    try:
        with path.open(encoding="utf-8", newline="") as stream:
            rows = {row["publication"]: (float(row["x"]), float(row["y"])) for row in csv.DictReader(stream)}
    except (KeyError, TypeError, ValueError, csv.Error) as error:
        raise MalformedInput(detail=str(error), where=Where(file=str(path))) from error
    if not all(np.isfinite(place).all() for place in rows.values()):
        raise MalformedInput(detail="x, y", where=Where(file=str(path)))
    return rows


def _anchors(found: TopicModel, places: dict[str, tuple[float, float]]) -> NDArray[np.float64]:
    nowhere = (float("nan"), float("nan"))
    return np.array([places.get(_key(found, row), nowhere) for row in range(len(found.documents))], dtype=np.float64)


def _write_positions(found: TopicModel, place: NDArray[np.float64], path: Path) -> None:
    with new_file(path) as part, part.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(("publication", "x", "y"))
        # repr of a float is exact: what is read again is the same place.
        writer.writerows((_key(found, row), float(x), float(y)) for row, (x, y) in enumerate(place))


def _write_page(
    found: TopicModel,
    place: NDArray[np.float64],
    path: Path,
    *,
    lang: Lang,
    titles: dict[Lang, str],
    frame: dict[Lang, Any],
) -> None:
    environment = Environment(loader=PackageLoader("chizai.report"), autoescape=select_autoescape(default=True))
    packed = json.dumps(_data(found, place, titles, frame), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # Inside a script element only "<" could end it; the rest is data and is shown as text, never as markup.
    safe = packed.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    page = environment.get_template("map.html.j2").render(
        lang=lang, titles=titles, data=Markup(safe), code_version=__version__
    )
    with new_file(path) as part:
        part.write_text(page, encoding="utf-8")


def _data(
    found: TopicModel, place: NDArray[np.float64], titles: dict[Lang, str], frame: dict[Lang, Any]
) -> dict[str, Any]:
    topic, papers = found.topics.topic, found.documents
    size, verdict = found.topics.size, found.topics.verdict
    centre = [np.median(place[topic == index], axis=0) for index in range(len(size))]
    colour = _colours(np.array(centre).reshape(-1, 2))
    return {
        "x": np.round(place[:, 0], 3).tolist(),
        "y": np.round(place[:, 1], 3).tolist(),
        "topic": topic.tolist(),
        "title": papers.title,
        "number": papers.publication,
        "year": [int(year) if year >= 0 else None for year in papers.year],
        "player": papers.player,
        "agreement": [None if value != value else f"{value:.0%}" for value in found.topics.agreement.tolist()],
        "members": [np.flatnonzero(topic == index).tolist() for index in range(-1, len(size))],
        "topics": [
            {
                "code": code(index),
                "en": label.en,
                "ja": label.ja,
                "units": int(size[index]),
                "stable": verdict[index] == "stable",
                "x": round(float(centre[index][0]), 3),
                "y": round(float(centre[index][1]), 3),
                "colour": colour[index],
            }
            for index, label in enumerate(found.labels)
        ],
        "colours": COLOURS,
        "frame": frame,
        "words": {
            each: {"title": titles[each], **{word: text(f"topics.map.{word}", each) for word in WORDS}}
            for each in LANGS
        },
    }


def _colours(centre: NDArray[np.float64]) -> list[int]:
    """Near topics get different colours: each takes the one whose nearest bearer is farthest away."""
    given: list[int] = []
    for index in range(len(centre)):
        far = np.full(len(COLOURS), np.inf)
        for other, colour in enumerate(given):
            far[colour] = min(far[colour], float(np.hypot(*(centre[index] - centre[other]))))
        given.append(int(far.argmax()))
    return given
