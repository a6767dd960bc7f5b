"""Novelty and impact from words: against plain definitions, and where the truth is planted."""

from __future__ import annotations

import math
from itertools import combinations, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chizai.landscape.statistics.text_novelty import (
    new_bigrams,
    new_pairs,
    new_words,
    similarity,
    text_breakthroughs,
    tokenise,
)

few = settings(max_examples=30)
WORDS = ["rotor", "wing", "gimbal", "camera", "drone", "frame"]
documents = st.lists(st.tuples(st.lists(st.sampled_from(WORDS), max_size=5), st.integers(2000, 2006)), min_size=1, max_size=20)  # fmt: skip


def naive(rows: list[tuple[list[str], int]], kind: str, baseline_end: int) -> list[tuple[float, float]]:
    """Definition by definition: items that no earlier document has, and the later documents that use them."""
    items = []
    for words, _year in rows:
        if kind == "words":
            items.append(set(words))
        elif kind == "bigrams":
            items.append(set(pairwise(words)))
        else:
            items.append({frozenset(pair) for pair in combinations(sorted(set(words)), 2)})
    out = []
    for mine, (_words, year) in zip(items, rows, strict=True):
        if year < baseline_end:
            out.append((math.nan, math.nan))
            continue
        earlier = set().union(*[item for item, (_w, other) in zip(items, rows, strict=True) if other < year])
        new = mine - earlier
        reuse = sum(len(new & item) for item, (_w, other) in zip(items, rows, strict=True) if other > year)
        out.append((float(len(new)), float(reuse)))
    return out


@few
@given(documents, st.sampled_from(("words", "bigrams", "pairs")))
def test_first_uses_are_those_of_the_definition(rows: list[tuple[list[str], int]], kind: str) -> None:
    tokens = tokenise([" ".join(words) for words, _year in rows])
    function = {"words": new_words, "bigrams": new_bigrams, "pairs": new_pairs}[kind]
    options = {"rows_at_once": 3} if kind == "pairs" else {}
    found = function(tokens, [year for _words, year in rows], baseline_end=2002, **options)
    expected = naive(rows, kind, 2002)
    np.testing.assert_array_equal(found.new, [item[0] for item in expected])
    np.testing.assert_array_equal(found.reuse, [item[1] for item in expected])


def test_reuse_is_null_while_its_window_is_open() -> None:
    tokens = tokenise(["wing", "rotor", "rotor", "rotor gimbal"])
    found = new_words(tokens, [2000, 2001, 2003, 2008], baseline_end=2001, window=5)
    assert found.new.tolist()[1:] == [1, 0, 1]
    assert found.reuse[1] == 1  # 2003 is inside the five years, 2008 is not
    assert np.isnan(found.reuse[3])
    assert np.isnan(new_words(tokens, [2000, 2001, 2003, np.nan], baseline_end=2001).new[3])


def test_words_of_japanese_are_runs_of_one_script() -> None:
    assert tokenise(["無人航空機のプロペラを制御する"]).words == ("無人航空機", "プロペラ", "制御")
    assert tokenise(["The system 5 of a Rotor-blade X1, said 2D map"]).words == ("rotor-blade", "x1", "map")
    assert tokenise([None, ""]).documents == 2


def naive_similarity(
    rows: list[tuple[list[str], int]], backward: int, forward: int, minimum: int
) -> list[tuple[float, float]]:
    years = [year for _words, year in rows]
    last = max(years)

    def weight(word: str, year: int) -> float:
        before = [words for words, other in rows if other < year]
        return max(math.log(len(before) / (1 + sum(word in words for words in before))), 0.0)

    def cosine(one: list[str], other: list[str], year: int) -> float:
        a, b = ({word: words.count(word) * weight(word, year) for word in words} for words in (one, other))
        length = math.sqrt(sum(v * v for v in a.values()) * sum(v * v for v in b.values()))
        return sum(a[word] * b.get(word, 0) for word in a) / length if length else 0.0

    weighted = {y for y in range(min(years), last + 1) if sum(other < y for other in years) >= minimum}
    out = []
    for words, year in rows:
        before = [(w, y) for w, y in rows if year - backward <= y < year]
        after = [(w, y) for w, y in rows if year < y <= year + forward]
        back = (
            sum(cosine(w, words, y) for w, y in before) if set(range(year - backward, year)) <= weighted else math.nan
        )
        ahead = (
            sum(cosine(words, w, year) for w, _y in after) if year in weighted and year + forward <= last else math.nan
        )
        out.append((back, ahead) if words else (math.nan, math.nan))
    return out


@few
@given(documents)
def test_similarity_is_that_of_the_definition(rows: list[tuple[list[str], int]]) -> None:
    """Weights from the documents before the earlier one of each pair (Kelly and others 2021), cosine by cosine."""
    tokens = tokenise([" ".join(words) for words, _year in rows])
    years = [year for _words, year in rows]
    found = similarity(tokens, years, backward_years=2, forward_years=2, minimum_prior=2)
    expected = naive_similarity(rows, 2, 2, 2)
    np.testing.assert_allclose(found.backward, [item[0] for item in expected], atol=1e-9)
    np.testing.assert_allclose(found.forward, [item[1] for item in expected], atol=1e-9)


@few
@given(documents)
def test_pairs_one_by_one_and_sums_agree(rows: list[tuple[list[str], int]]) -> None:
    tokens, years = tokenise([" ".join(words) for words, _year in rows]), [year for _words, year in rows]
    options = {"backward_years": 1, "forward_years": 2, "minimum_prior": 1}
    sums = similarity(tokens, years, **options)
    each = similarity(tokens, years, threshold=1e-12, rows_at_once=3, **options)
    np.testing.assert_allclose(each.backward, sums.backward, atol=1e-9)
    np.testing.assert_allclose(each.forward, sums.forward, atol=1e-9)
    above = similarity(tokens, years, threshold=0.5, **options)
    assert (np.nan_to_num(above.forward) <= np.nan_to_num(sums.forward) + 1e-9).all()


def test_nothing_is_learned_from_the_future() -> None:
    """What comes later changes neither the backward similarity nor what was new."""
    rng = np.random.default_rng(0)
    texts = [" ".join(rng.choice(WORDS, 4)) for _document in range(60)]
    years = np.sort(rng.integers(2000, 2008, 60))
    cut = int((years <= 2004).sum())
    early, whole = tokenise(texts[:cut]), tokenise(texts)
    options = {"backward_years": 2, "forward_years": 1, "minimum_prior": 3}
    one, other = similarity(early, years[:cut], **options), similarity(whole, years, **options)
    np.testing.assert_allclose(one.backward, other.backward[:cut])
    np.testing.assert_array_equal(
        new_words(early, years[:cut], baseline_end=2001).new, new_words(whole, years, baseline_end=2001).new[:cut]
    )


def test_planted_breakthroughs_are_found() -> None:
    """In each of five years one document brings words that a tenth of the later ones use."""
    rng = np.random.default_rng(4)
    common = [f"word{chr(97 + i // 26)}{chr(97 + i % 26)}" for i in range(300)]
    texts, years, planted, topics = [], [], [], []
    for year in range(2000, 2016):
        if 2005 <= year < 2010:
            topics.append([f"topic{chr(97 + year - 2005)}{chr(97 + k)}" for k in range(4)])
            planted.append(len(texts))
            texts.append(" ".join([*topics[-1], *rng.choice(common, 12)]))
            years.append(year)
        for _document in range(100):
            words = list(rng.choice(common, 16))
            older = topics[:-1] if 2005 <= year < 2010 else topics
            if older and rng.random() < 0.1 * len(older):
                words[:4] = older[rng.integers(len(older))]
            texts.append(" ".join(words))
            years.append(year)
    found = similarity(tokenise(texts), years, backward_years=5, forward_years=5)
    flag = text_breakthroughs(found.importance, years, share=0.1).flag
    assert np.nanmean(flag) < 0.11
    # Early followers are among the top, too; by chance half a planted one would be.
    assert sum(flag[place] == 1 for place in planted) >= 4


def test_breakthroughs_are_residuals_on_the_year() -> None:
    """A year of higher level has no more breakthroughs than another (replication kit of Kelly and others 2021)."""
    rng = np.random.default_rng(5)
    base = rng.lognormal(0, 1, 200)
    found = text_breakthroughs(np.r_[base, 10 * base], [2000] * 200 + [2001] * 200, share=0.05)
    np.testing.assert_allclose(found.residual[:200], found.residual[200:])
    assert np.nansum(found.flag[:200]) == np.nansum(found.flag[200:]) == 10
    empty = text_breakthroughs([np.nan, 0.0], [2000, 2000])
    assert np.isnan(empty.flag).all()


def test_one_document_one_year_and_no_date_are_null() -> None:
    for years in ([2000.0], [np.nan]):
        found = similarity(tokenise(["rotor"]), years)
        assert np.isnan(found.importance).all()
        assert np.isnan(new_words(tokenise(["rotor"]), years, baseline_end=2003).new).all()
    assert new_pairs(tokenise([]), [], baseline_end=2000).new.shape == (0,)
    with pytest.raises(ValueError, match="shape"):
        similarity(tokenise(["rotor"]), [2000, 2001])
