"""Topics: planted ones are found whatever the order and the seed, what is doubtful is marked, nothing is invented."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from chizai.data.collections import HERE
from chizai.errors import NotSupported, UnknownChoice
from chizai.landscape import FURTHER, Landscape
from chizai.landscape.topics import TopicModel, documents_of, of_texts, over_time, topic_model, vectors
from chizai.landscape.topics.communities import find_topics
from chizai.landscape.topics.compare import adjusted_rand, normalised_mutual_information, purity
from chizai.landscape.topics.graph import neighbours, similarity_graph
from chizai.landscape.topics.labels import labels, log_odds
from chizai.messages import LANGS
from chizai.workspace import Workspace

pytest.importorskip("faiss")
pytest.importorskip("sknetwork")

TOPICS, EACH, BACKGROUND = 8, 40, 60
TOPIC_ANALYSES = ("topics", "topic_trend", "topic_documents", "topic_events", "topic_stability")
TEXT_ANALYSES = (*TOPIC_ANALYSES, "problem_means", "white_space", "white_space_test")


def planted(*, seed: int = 0, own: float = 0.5, words: int = 24) -> tuple[list[str], NDArray[np.int64]]:
    """Texts of eight topics and of none. A text of a topic draws ``own`` of its words from its topic's twenty."""
    random = np.random.default_rng(seed)
    topic = np.concatenate([np.repeat(np.arange(TOPICS), EACH), np.full(BACKGROUND, -1)])
    topic = topic[random.permutation(len(topic))]
    texts = []
    for each in topic.tolist():
        mine = random.random(words) < own
        common = random.integers(0, 3_000, words)
        special = random.integers(0, 20, words)
        texts.append(
            " ".join(
                f"topic{chr(97 + each)}word{chr(97 + s)}" if m and each >= 0 else f"common{c}x"
                for m, c, s in zip(mine, common, special, strict=True)
            )
        )
    return texts, topic


TEXTS, TRUTH = planted()


@pytest.fixture(scope="module")
def found() -> TopicModel:
    return of_texts(TEXTS)


# Planted topics -------------------------------------------------------------------------------------------------------


def of_planted(found: TopicModel) -> NDArray[np.int64]:
    """The topics that are mostly documents of a planted one; what draws on common words alone may gather by itself."""
    return np.array([
        index for index in range(len(found.labels)) if (TRUTH[found.topics.topic == index] >= 0).mean() > 0.5
    ])  # fmt: skip


def test_planted_topics_are_found_and_stable(found: TopicModel) -> None:
    inside = (TRUTH >= 0) & (found.topics.topic >= 0)
    assert adjusted_rand(TRUTH[inside], found.topics.topic[inside]) >= 0.95
    assert inside.sum() >= 0.95 * (TRUTH >= 0).sum()
    planted_ones = of_planted(found)
    assert len(planted_ones) == TOPICS
    assert {found.topics.verdict[index] for index in planted_ones} == {"stable"}


def test_what_belongs_to_no_topic_is_not_put_into_one_and_the_reason_is_given(found: TopicModel) -> None:
    outcome = found.topics
    assert set(outcome.reason[outcome.topic >= 0]) == {""}
    assert set(outcome.reason[outcome.topic < 0]) <= {"isolated", "scattered", "disputed", "small"}
    assert np.isin(outcome.topic[TRUTH < 0], of_planted(found)).mean() <= 0.1


def test_the_order_of_the_documents_does_not_matter(found: TopicModel) -> None:
    order = np.random.default_rng(5).permutation(len(TEXTS))
    other = of_texts([TEXTS[index] for index in order])
    assert adjusted_rand(found.topics.topic[order], other.topics.topic) >= 0.9


def test_another_seed_finds_the_same_topics_and_the_same_seed_the_same_bytes(found: TopicModel) -> None:
    assert adjusted_rand(found.topics.topic, of_texts(TEXTS, seed=7).topics.topic) >= 0.9
    again = of_texts(TEXTS)
    assert np.array_equal(found.topics.topic, again.topics.topic)
    assert np.array_equal(found.topics.agreement, again.topics.agreement, equal_nan=True)
    assert found.labels == again.labels


def test_more_topics_than_axes_do_not_end_in_one_heap_of_common_words() -> None:
    random = np.random.default_rng(0)
    topic = np.where(random.random(3_000) < 0.15, -1, random.integers(0, 60, 3_000))
    frequency = 1 / np.arange(1, 10_001)
    common = random.choice(10_000, (3_000, 60), p=frequency / frequency.sum())
    mine = (random.random(common.shape) < 0.4) & (topic >= 0)[:, None]
    own = topic[:, None] * 60 + random.integers(0, 60, common.shape)
    words = np.where(mine, np.char.add("own", own.astype(str)), np.char.add("common", common.astype(str)))
    outcome = of_texts([" ".join(row) for row in words.tolist()], dimensions=20).topics
    inside = (topic >= 0) & (outcome.topic >= 0)
    assert outcome.size[0] < 0.15 * len(topic)
    assert adjusted_rand(topic[inside], outcome.topic[inside]) > 0.5
    assert (outcome.topic[topic < 0] < 0).mean() > 0.2


def test_words_without_topics_give_no_stable_topics() -> None:
    texts, _ = planted(own=0.0)
    outcome = of_texts(texts).topics
    stable = sum(size for size, verdict in zip(outcome.size, outcome.verdict, strict=True) if verdict == "stable")
    assert stable <= 0.1 * len(texts)
    assert outcome.run_agreement < 0.5


def test_a_topic_is_named_by_its_own_words(found: TopicModel) -> None:
    for index in of_planted(found).tolist():
        members = TRUTH[(found.topics.topic == index) & (TRUTH >= 0)]
        letter = chr(97 + int(np.bincount(members).argmax()))
        assert found.labels[index].terms
        assert all(f"topic{letter}word" in term for term in found.labels[index].terms)


def test_japanese_texts_are_read_without_a_dictionary() -> None:
    subjects = {"電池": ("正極", "負極", "電解質", "充電"), "画像": ("撮像", "画素", "輝度", "露光")}
    subjects |= {"無線": ("基地局", "端末", "送信", "受信"), "飛行": ("回転翼", "機体", "飛行", "着陸")}
    random = np.random.default_rng(1)
    truth = np.repeat(np.arange(4), 40)
    texts = [
        "".join(f"{list(subjects.values())[topic][k]}と" for k in random.integers(0, 4, 6)) + f"の方法{row % 7}"
        for row, topic in enumerate(truth.tolist())
    ]
    model = of_texts(texts)
    inside = model.topics.topic >= 0
    assert purity(model.topics.topic[inside], truth[inside]) >= 0.95
    assert all(not term.isascii() for label in model.labels for term in label.terms)
    assert all(label.ja == "・".join(label.terms[:3]) for label in model.labels)


def test_citations_alone_can_hold_a_topic_together() -> None:
    nothing = np.full((60, 15), -1, dtype=np.int64)
    clique = [(a, b) for start in (0, 30) for a, b in combinations(range(start, start + 30), 2)]
    graph = similarity_graph(nothing, np.zeros((60, 15), np.float32), links=np.array(clique))
    outcome = find_topics(graph, nothing)
    assert outcome.topic.tolist() == [0] * 30 + [1] * 30
    assert outcome.verdict == ["stable", "stable"]


def test_a_topic_below_the_minimum_is_left_out_not_moved() -> None:
    nothing = np.full((98, 15), -1, dtype=np.int64)
    groups = ((0, 30), (30, 60), (60, 90), (90, 96))
    clique = [(a, b) for start, end in groups for a, b in combinations(range(start, end), 2)]
    graph = similarity_graph(nothing, np.zeros((98, 15), np.float32), links=np.array(clique))
    outcome = find_topics(graph, nothing, minimum_size=10)
    assert outcome.topic.tolist() == [0] * 30 + [1] * 30 + [2] * 30 + [-1] * 8
    assert outcome.reason[90:].tolist() == ["small"] * 6 + ["isolated"] * 2
    assert np.isnan(outcome.agreement[96:]).all()


def test_neighbours_are_exact_and_never_the_document_itself() -> None:
    rows = vectors.unit_length(np.random.default_rng(0).standard_normal((200, 12)).astype(np.float32))
    rows[7] = rows[8]
    rows[9] = 0
    near, cosine = neighbours(rows, count=5)
    assert not (near == np.arange(200)[:, None]).any()
    assert near[9].tolist() == [-1] * 5
    alike = rows @ rows.T
    np.fill_diagonal(alike, -1)
    assert np.allclose(np.sort(alike, axis=1)[:7, -1], cosine[:7, 0], atol=1e-5)
    assert {int(near[7, 0]), int(near[8, 0])} == {7, 8}


# Measures -------------------------------------------------------------------------------------------------------------

PARTITIONS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=2, max_size=40)


@settings(max_examples=50)
@given(PARTITIONS)
def test_measures_do_not_depend_on_names_and_know_the_same_partition(rows: list[tuple[int, int]]) -> None:
    one, other = (np.array(side) for side in zip(*rows, strict=True))
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand(other, one))
    assert adjusted_rand(one, other) == pytest.approx(adjusted_rand(9 - one, other * 3))
    assert adjusted_rand(one, 7 - one) == 1
    assert normalised_mutual_information(one, other) == pytest.approx(normalised_mutual_information(other, one))
    assert -1e-9 <= normalised_mutual_information(one, other) <= 1 + 1e-9
    assert purity(np.arange(len(one)), other) == 1


def test_measures_agree_with_the_literature() -> None:
    """The example of Manning, Raghavan and Schütze (2008), Introduction to Information Retrieval, section 16.3: purity
    0.71; NMI 0.36; their contingency table gives a Rand index of 0.68, adjusted 0.2429 (Hubert and Arabie 1985)."""
    found = [0] * 6 + [1] * 6 + [2] * 5
    truth = [*"xxxxxo", *"xooood", *"xxddd"]
    assert purity(found, truth) == pytest.approx(12 / 17)
    assert normalised_mutual_information(found, truth) == pytest.approx(0.36, abs=0.005)
    assert adjusted_rand(found, truth) == pytest.approx(0.2429, abs=5e-5)


def test_log_odds_tell_apart_what_is_frequent_everywhere() -> None:
    scores = log_odds(np.array([[50.0, 30.0, 0.0], [50.0, 0.0, 30.0]]))
    assert abs(scores[0, 0]) < 1
    assert scores[0, 1] > 2 > -2 > scores[0, 2]


def test_a_name_takes_the_class_title_where_the_language_has_no_words() -> None:
    [english] = labels([("rotor", "wing")], [("B64C",)])
    assert english.en == "rotor, wing"
    assert english.ja.startswith("飛行機")
    [nothing] = labels([()], [()])
    assert nothing.en
    assert nothing.ja


# Terms ----------------------------------------------------------------------------------------------------------------


@settings(max_examples=30)
@given(st.lists(st.text(max_size=30) | st.none(), max_size=20))
def test_any_text_can_be_counted(texts: list[str | None]) -> None:
    terms = vectors.term_counts(pa.array([None if t is None else _plain(t) for t in texts], pa.string()), min_df=1)
    assert terms.counts.shape == (len(texts), len(terms.words))
    if len(texts):
        space = vectors.reduced(terms.weighted())
        lengths = np.linalg.norm(space, axis=1)
        assert np.isfinite(space).all()
        assert ((lengths < 1e-6) | (np.abs(lengths - 1) < 1e-3)).all()


def _plain(text: str) -> str:
    return text.encode("utf-8", "ignore").decode("utf-8")


def test_terms_do_not_depend_on_the_order_of_the_texts() -> None:
    order = np.random.default_rng(2).permutation(len(TEXTS))
    one, other = vectors.term_counts(TEXTS), vectors.term_counts([TEXTS[index] for index in order])
    assert one.words == other.words
    assert (one.counts[order] != other.counts).nnz == 0


# Over time ------------------------------------------------------------------------------------------------------------


def _blocks(links: Sequence[tuple[Sequence[int], Sequence[int]]], size: int) -> Any:
    """A graph in which every document of one group is linked to every one of the other."""
    pairs = np.array([(a, b) for one, other in links for a in one for b in other if a != b])
    nothing = np.full((size, 15), -1, dtype=np.int64)
    return similarity_graph(nothing, np.zeros((size, 15), np.float32), links=pairs), nothing


def test_births_splits_merges_and_ends_are_told() -> None:
    """Earlier groups a, b, c, d of 20; later ones: a splits into e and f, b and c merge into g, d ends, h is born."""
    groups = [list(range(start, start + 20)) for start in range(0, 160, 20)]
    a, b, c, _d, e, f, g, _h = groups
    inside = [(group, group) for group in groups]
    graph, near = _blocks([*inside, (a[:4], e[:4]), (a[10:14], f[:4]), (b[:4], g[:4]), (c[:4], g[10:14])], 160)
    year = np.array([2001] * 80 + [2006] * 80)
    before, after = over_time.windows(graph, near, year, width=5, last=2006, minimum_size=10)
    assert (before.first, before.last, after.first, after.last) == (1997, 2001, 2002, 2006)

    def name(window: over_time.Window, number: int) -> str:
        return "abcdefgh"[int(window.document[window.group == number][0]) // 20]

    told = {
        (event.kind, "".join(sorted(name(before, n) for n in event.before)),
         "".join(sorted(name(after, n) for n in event.after)))
        for event in over_time.events(graph, before, after, window=1)
    }  # fmt: skip
    assert told == {("split", "a", "ef"), ("merge", "bc", "g"), ("end", "d", ""), ("birth", "", "h")}


def test_one_window_is_no_history() -> None:
    graph, near = _blocks([(range(80), range(80))], 80)
    assert len(over_time.windows(graph, near, np.full(80, 2000), width=5)) == 1
    assert over_time.windows(graph, near, np.full(80, -1), width=5) == []


# Findings on real titles ----------------------------------------------------------------------------------------------


def drones(target: Path, *, first: int, change: Any = None) -> Path:
    """The first rows of the shipped collection of drones."""
    with gzip.open(HERE / "drones.csv.gz", "rt", encoding="utf-8-sig", newline="") as stream:
        head, *rows = list(csv.reader(stream))
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(head)
        for row in rows[:first]:
            made = dict(zip(head, row, strict=True))
            writer.writerow((change(made) if change else made).values())
    return target


def study(folder: Path, **options: Any) -> Workspace:
    workspace = Workspace.create(folder / "study")
    assert workspace.add(drones(folder / "some.csv", **options)).read
    return workspace


@pytest.fixture(scope="module")
def landscape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Landscape]:
    workspace = study(tmp_path_factory.mktemp("topics"), first=1_200)
    with workspace.open_corpus() as corpus:
        yield workspace.landscape(corpus=corpus)


@pytest.mark.parametrize("name", TOPIC_ANALYSES)
def test_every_topic_finding_reads_in_both_languages(landscape: Landscape, name: str) -> None:
    finding = FURTHER[name](landscape)
    assert len(finding) > 0
    for lang in LANGS:
        assert finding.title(lang)
        assert finding.explanation(lang)
        assert all(caveat.text(lang) for caveat in finding.caveats)
        assert finding.shown_facts(lang) is not None
        cells = [finding.cells(row, lang) for row in finding.table.slice(0, 50).to_pylist()]
        assert all(len(row) == len(finding.visible(lang)) for row in cells)


def test_shares_and_reasons_add_up(landscape: Landscape) -> None:
    finding = landscape.topics()
    table, facts = finding.table.to_pydict(), finding.facts
    assert sum(table["units"]) + facts["no_topic"] == landscape.scope.total
    reasons = ("isolated", "scattered", "disputed", "small")
    assert sum(facts[f"no_topic_{reason}"] for reason in reasons) == facts["no_topic"]
    assert table["units"] == sorted(table["units"], reverse=True)
    assert table["stability"].count("stable") == facts["topics_stable"]
    assert all(low <= share <= high for low, share, high in zip(
        table["share_low"], table["share"], table["share_high"], strict=True
    ))  # fmt: skip
    assert any(caveat.code == "topics_unstable" for caveat in finding.caveats) == (
        facts["topics_stable"] < facts["topics_found"]
    )


def test_every_document_is_listed_once_with_its_topic_or_the_reason(landscape: Landscape) -> None:
    rows = landscape.topic_documents(top=None).table.to_pylist()
    assert len({row["publication"] for row in rows}) == len(rows) == landscape.scope.total
    assert all((row["topic"] is None) == (row["no_topic_because"] is not None) for row in rows)
    assert all(0 <= row["agreement"] <= 1 for row in rows if row["topic"])


def test_the_years_of_the_topics_are_those_of_their_documents(landscape: Landscape) -> None:
    trend = landscape.topic_trend(top=None, minimum_units=1).table.to_pylist()
    topics = landscape.topics().table.to_pylist()
    for row in topics:
        assert sum(each["units"] for each in trend if each["topic"] == row["topic"]) == row["units"]


def test_topics_agree_with_classes_more_than_their_sizes_would(landscape: Landscape) -> None:
    model = topic_model(landscape.scope, using=("text",))
    against = model.against_classes()
    assert against is not None
    known = (model.topics.topic >= 0) & (model.documents.main_subclass != "")
    topic = np.random.default_rng(0).permutation(model.topics.topic[known])
    by_chance = normalised_mutual_information(topic, model.documents.main_subclass[known])
    assert against[0] > by_chance + 0.02
    assert against[2] == known.sum()


def test_the_main_subclass_is_the_one_the_office_names_first(landscape: Landscape) -> None:
    papers = documents_of(landscape.scope)
    row = papers.publication.index("US-2017355459-A1") if "US-2017355459-A1" in papers.publication else 0
    own = set(papers.class_code[papers.class_unit == row].tolist())
    assert papers.main_subclass[row] in own
    assert ((papers.main_subclass == "") == ~np.isin(np.arange(len(papers)), papers.class_unit)).all()


def test_evidence_that_is_not_known_is_refused(landscape: Landscape) -> None:
    with pytest.raises(UnknownChoice):
        landscape.topics(using=("tea leaves",))


# Too little, too odd --------------------------------------------------------------------------------------------------


def _without(name: str) -> Any:
    return lambda row: {key: "" if name in key.lower() else value for key, value in row.items()}


def _same_title(row: dict[str, str]) -> dict[str, str]:
    return {key: "Drone" if key.lower().strip() == "title" else value for key, value in row.items()}


def test_three_patents_are_refused_in_words(tmp_path: Path) -> None:
    workspace = study(tmp_path, first=3)
    with workspace.open_corpus() as corpus:
        for name in TEXT_ANALYSES:
            with pytest.raises(NotSupported) as refused:
                FURTHER[name](workspace.landscape(corpus=corpus))
            assert all(refused.value.text(lang) for lang in LANGS)


@pytest.mark.parametrize("change", [_without("title"), _same_title, _without("date"), _without("classification")])
def test_a_collection_that_lacks_something_is_answered_or_refused(change: Any, tmp_path: Path) -> None:
    workspace = study(tmp_path, first=200, change=change)
    with workspace.open_corpus() as corpus:
        landscape = workspace.landscape(corpus=corpus)
        answered = [name for name in TEXT_ANALYSES if _answer(landscape, name)]
    # Without titles nor classes there is nothing to say; without one of them there is.
    assert "topics" in answered


def _answer(landscape: Landscape, name: str) -> bool:
    """True for a finding that reads in both languages, False for a refusal that does."""
    try:
        finding = FURTHER[name](landscape)
    except NotSupported as error:
        refused = error
    else:
        return all(finding.title(lang) and finding.explanation(lang) for lang in LANGS)
    return not all(refused.text(lang) for lang in LANGS)


def test_one_year_has_no_history(tmp_path: Path) -> None:
    workspace = study(tmp_path, first=400)
    with workspace.open_corpus() as corpus:
        landscape = workspace.landscape(corpus=corpus, years=(2015, 2015))
        with pytest.raises(NotSupported):
            landscape.topic_events()
        with pytest.raises(NotSupported):
            landscape.white_space_test()
