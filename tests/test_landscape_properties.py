"""What holds for the landscape of any corpus: small random ones, on DuckDB."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from chizai.convention import Convention
from chizai.corpus.tables import STAR_SCHEMAS, Corpus
from chizai.engine import Engine
from chizai.errors import EmptySelection
from chizai.landscape import ANALYSES, Landscape, relations
from chizai.landscape.relations import SCALE, Selection
from chizai.workspace.config import Settings

Star = dict[str, list[dict[str, Any]]]

SETTINGS = Settings.model_validate({"convention": {"minimum_count": 1}})
PLAYERS = range(1, 6)
OFFICES = ("JP", "US", "EP", "CN")
SYMBOLS = ("H01L21/02", "H01L29/78", "G06F16/00", "B64C39/02", "A61K31/00")
# Each example builds a corpus: shrinking would take minutes, and twenty publications can be read as they are.
brief = settings(
    max_examples=6,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@st.composite
def stars(draw: st.DrawFn) -> Star:
    """Up to twenty publications in families within families, each with what it may or may not carry."""
    rows: Star = {name: [] for name in STAR_SCHEMAS}
    rows["player"] = [
        {"player": n, "identity": f"p{n}", "name": f"Player {n}", "leader": n, "country_registry": None}
        for n in PLAYERS
    ]
    size = draw(st.integers(2, 20))
    application, simple, extended = 1, 1, 1
    for pub in range(1, size + 1):
        # A publication of the same application, of the same simple family, of the same extended one, or of a new one.
        step = draw(st.sampled_from(("application", "simple", "extended", "new"))) if pub > 1 else "new"
        application = application if step == "application" else pub
        simple = simple if step in ("application", "simple") else pub
        extended = extended if step != "new" else pub
        granted = draw(st.booleans())
        year = draw(st.one_of(st.none(), st.integers(2008, 2014)))
        day = None if year is None else date(year, draw(st.integers(1, 12)), 1)
        rows["publication"].append(
            {
                "pub": pub, "collection": "c", "publication_id": f"JP-{pub}-A", "office": draw(st.sampled_from(OFFICES)),
                "kind": "B" if granted else "A", "kind_class": "grant" if granted else "application", "snapshot": "s",
                "granted": granted, "publication_date": day, "filing_date": day, "priority_date": day,
                "grant_date": day if granted else None, "application_id": f"JP-{application}",
                "application": application, "simple_family": simple, "extended_family": extended,
                "source_family": simple, "has_source_family": False, "family_basis": "priorities", "offices": 1,
                "ipf": False, "ip5": False, "triadic": False, "family_size": None, "times_cited": None,
                "claims": draw(st.one_of(st.none(), st.integers(1, 30))),
            }
        )  # fmt: skip
        for place, player in enumerate(draw(st.lists(st.sampled_from(PLAYERS), max_size=3, unique=True)), start=1):
            country = draw(st.sampled_from(("JP", "US", "DE", None)))
            rows["party"].append(
                {
                    "pub": pub, "role": "applicant", "sequence": place, "name": f"Player {player}", "player": player,
                    "country": country, "also_inventor": False,
                }
            )  # fmt: skip
        for place, symbol in enumerate(draw(st.lists(st.sampled_from(SYMBOLS), max_size=3, unique=True)), start=1):
            rows["classification"].append(
                {
                    "pub": pub, "scheme": "cpc", "symbol": symbol, "section": symbol[0], "class": symbol[:3],
                    "subclass": symbol[:4], "group": symbol.split("/")[0] + "/00", "inventive": True, "first": place == 1,
                    "sequence": place,
                }
            )  # fmt: skip
    return rows


@contextmanager
def opened(rows: Star, order: Callable[[list[Any]], list[Any]] = list) -> Iterator[Corpus]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for table, schema in STAR_SCHEMAS.items():
            ordered = order(rows[table])
            columns = {item.name: [row.get(item.name) for row in ordered] for item in schema}
            pq.write_table(pa.table(columns, schema=schema), folder / f"{table}.parquet")
        pq.write_table(pa.table({"name": pa.array([], pa.string())}), folder / "identity.parquet")
        with Corpus.open(folder, engine=Engine(threads=1)) as corpus:
            yield corpus


def landscape(corpus: Corpus, **choices: Any) -> Landscape:
    return Landscape.over(corpus, settings=SETTINGS, **choices)


def count(corpus: Corpus, **choices: Any) -> int:
    try:
        return landscape(corpus, **choices).scope.total
    except EmptySelection:
        return 0


@brief
@given(stars())
def test_fractional_weights_of_players_classes_and_countries_add_up_to_the_units_that_have_them(rows: Star) -> None:
    with opened(rows) as corpus:
        made = landscape(corpus)
        players, classes, countries = made.players(), made.classes(), made.countries()
        assert sum(players.column("weight")) == pytest.approx(players.facts["units_with_applicant"], abs=1e-6)
        assert sum(players.column("share")) == pytest.approx(1 if len(players) else 0)
        assert sum(classes.column("share")) == pytest.approx(1 if len(classes) else 0)
        assert sum(countries.column("weight")) == pytest.approx(made.scope.total, abs=1e-6)


@brief
@given(stars())
def test_whole_counts_are_never_below_fractional_ones(rows: Star) -> None:
    with opened(rows) as corpus:
        for name in ("players", "classes", "countries"):
            for row in ANALYSES[name](landscape(corpus, counting="fractional")):
                assert row["units"] >= row["weight"] - 1e-6 > -1e-6, (name, row)
        fractional = {row["player"]: row["weight"] for row in landscape(corpus).players()}
        whole = {row["player"]: row["units"] for row in landscape(corpus, counting="whole").players()}
        assert fractional.keys() == whole.keys()
        assert all(whole[player] >= weight - 1e-6 for player, weight in fractional.items())


@brief
@given(stars())
def test_every_count_can_be_made_again_from_the_documents_behind(rows: Star) -> None:
    with opened(rows) as corpus:
        made = landscape(corpus, counting="whole")
        listed = made.documents(top=None)
        assert len(listed) == made.scope.total
        for column, figure, key in (
            ("applicants", made.players(), "player"),
            ("countries", made.countries(), "country"),
            ("codes", made.classes(), "code"),
        ):
            held = Counter(name for row in listed for name in (row[column] or "").split("; ") if name)
            assert held == {row[key]: row["units"] for row in figure if row[key] is not None and row["units"]}
        ids = [name for row in listed for name in row["publications_held"].split("; ")]
        assert len(ids) == len(set(ids)) == len(rows["publication"])
        dates = [row["date"] for row in listed if row["date"] is not None]
        assert dates == sorted(dates, reverse=True)
        assert all(row["date"] is None for row in list(listed)[len(dates) :])


@brief
@given(stars())
def test_wider_units_are_never_more(rows: Star) -> None:
    with opened(rows) as corpus:
        units = [
            count(corpus, unit=unit) for unit in ("publication", "application", "simple_family", "extended_family")
        ]
        assert units == sorted(units, reverse=True)
        assert units[0] == len(rows["publication"])
        for column, found in zip(("application", "simple_family", "extended_family"), units[1:], strict=True):
            assert found == len({row[column] for row in rows["publication"]})
        assert count(corpus, unit="grant") == len({row["application"] for row in rows["publication"] if row["granted"]})


@brief
@given(stars())
def test_the_rta_is_the_share_of_an_actor_in_a_technology_over_its_share_in_all(rows: Star) -> None:
    """The identity, from the cube's own weights (Balassa; see docs/methods/specialisation.md)."""
    with opened(rows) as corpus:
        made = landscape(corpus)
        scope = made.scope
        cube = relations.cube(scope.actors("player"), scope.technologies(), scope.convention)
        table = scope.run(cube).to_pylist()
        assume(table)
        weights = {(f"Player {row['actor']}", row["code"]): row["weight"] for row in table}
        total = sum(weights.values())
        covered = scope.run(scope.actors("player").unit.nunique().as_table())[0][0].as_py()
        assume(2 * covered >= scope.total)
        for row in made.specialisation(by="player", top=9):
            held = weights.get((row["actor"], row["code"]), 0)
            actor = sum(weight for (name, _), weight in weights.items() if name == row["actor"])
            code = sum(weight for (_, name), weight in weights.items() if name == row["code"])
            assert row["rta"] == pytest.approx((held / actor) / (code / total))
            assert row["weight"] == pytest.approx(held / SCALE)
            assert row["expected"] == pytest.approx(actor * code / total / SCALE)


@brief
@given(stars(), st.integers(0, 9))
def test_no_figure_depends_on_the_order_of_the_rows(rows: Star, seed: int) -> None:
    rng = random.Random(seed)
    names = [name for name in ANALYSES if name != "specialisation"]
    with opened(rows) as corpus, opened(rows, lambda table: rng.sample(table, len(table))) as shuffled:
        one, other = landscape(corpus), landscape(shuffled)
        for name in names:
            assert ANALYSES[name](one).table.equals(ANALYSES[name](other).table), name


@brief
@given(stars())
def test_pairs_stand_once_whichever_side_is_read_first(rows: Star) -> None:
    """A pair is found once, and mirroring the players (numbers the other way round) finds the same pairs."""
    mirrored = {**rows, "player": [], "party": []}
    mirrored["player"] = [{**row, "player": 6 - row["player"], "leader": 6 - row["leader"]} for row in rows["player"]]
    mirrored["party"] = [{**row, "player": 6 - row["player"]} for row in rows["party"]]

    def pairs(corpus: Corpus) -> dict[frozenset[str], tuple[Any, ...]]:
        found = list(landscape(corpus).co_applicants(top=1000))
        table = {
            frozenset((row["player"], row["partner"])): (
                row["units"],
                row["jaccard"],
                row["first_year"],
                row["last_year"],
            )
            for row in found
        }
        assert len(table) == len(found)
        assert all(len(pair) == 2 for pair in table)
        return table

    with opened(rows) as corpus, opened(mirrored) as other:
        assert pairs(corpus) == pairs(other)
        seen = [frozenset((row["code"], row["other"])) for row in landscape(corpus).co_classification(top=1000)]
        assert len(seen) == len(set(seen))
        held = landscape(corpus).classes()
        units = {row["code"]: row["units"] for row in held}
        for row in landscape(corpus).co_classification(top=1000):
            assert row["units"] <= min(units[row["code"]], units[row["other"]])
            either = units[row["code"]] + units[row["other"]] - row["units"]
            assert row["jaccard"] == pytest.approx(row["units"] / either)


@brief
@given(stars(), st.integers(2008, 2014))
def test_years_before_and_after_a_cut_divide_the_dated_units(rows: Star, cut: int) -> None:
    with opened(rows) as corpus:
        whole = landscape(corpus).scope
        dated = whole.total - whole.facts["undated"]
        assert count(corpus, years=(None, cut)) + count(corpus, years=(cut + 1, None)) == dated


@brief
@given(stars())
def test_offices_divide_publications_and_cover_families(rows: Star) -> None:
    with opened(rows) as corpus:
        counted = [count(corpus, unit="publication", offices=(office,)) for office in OFFICES]
        assert sum(counted) == len(rows["publication"])
        families = [count(corpus, offices=(office,)) for office in OFFICES]
        assert max(families) <= count(corpus) <= sum(families)


@brief
@given(stars())
def test_players_and_fields_select_whole_units_and_every_unit_that_they_touch(rows: Star) -> None:
    with opened(rows) as corpus:
        convention = Convention(unit="simple_family", date="priority")

        def units(selection: Selection) -> set[int]:
            table = corpus.run(relations.members(corpus.tables, convention, selection).select("unit", "pub"))
            found = table.to_pylist()
            assert len({row["pub"] for row in found}) == len(found)
            for row in found:
                family = {item["pub"] for item in rows["publication"] if item["simple_family"] == row["unit"]}
                assert family <= {item["pub"] for item in found}
            return {row["unit"] for row in found}

        family = {row["pub"]: row["simple_family"] for row in rows["publication"]}
        for player in PLAYERS:
            held = {family[row["pub"]] for row in rows["party"] if row["player"] == player}
            assert units(Selection(players=(player,))) == held
        everyone = {family[row["pub"]] for row in rows["party"]}
        assert units(Selection(players=tuple(PLAYERS))) == everyone
        codes = corpus["classification"]
        chips = codes.filter(codes.subclass == "H01L").select("pub").distinct()
        in_field = {family[row["pub"]] for row in rows["classification"] if row["subclass"] == "H01L"}
        assert units(Selection(publications=chips)) == in_field
