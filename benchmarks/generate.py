"""Patent data made to measure: as skewed, tangled and late as real data, at any size, the same for the same seed.

    python -m benchmarks.generate 1000000 OUT [--seed 1] [--fields] [--source bigquery-jsonl docdb patentsview ...]

``OUT/made/g<size>s<seed>/`` gets the nine canonical tables that an ingest would write, so that
:func:`chizai.corpus.build.build` accepts the folder; ``--source`` also writes the same publications as an export of
Google's publications table, as DOCDB exchange XML or (the US grants among them) as PatentsView tables, for
``chizai add``. ``--fields`` puts the 17 strategic fields' codes and words into the first 17 blocks of classes.

What is modelled, and from where its shape is taken:

- players by Zipf's law; each has a country, a home office, a few fields of work, and four spellings of its name;
- inventions dated by exponential growth of their field, then filed at one or more offices, published after 18 months
  and granted years later: what the cutoff hides is missing, as in life;
- classes drawn in 40 blocks of neighbouring CPC subclasses (real symbols), 15 % of them from other blocks;
- families by priorities; one family in ten claims a second priority, which ties it to another (extended families);
- citations to earlier documents, four of five in the same block, with lognormal lags and a few famous targets.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import strategic, write_formats
from chizai.corpus.ingest import TableWriter
from chizai.corpus.schema import ARROW_SCHEMAS

Ints = npt.NDArray[np.int64]

FIRST, CUTOFF = np.datetime64("2004-01-01"), np.datetime64("2026-03-31")
SPAN = int((CUTOFF - FIRST).astype(int))
ROWS = 250_000
"""Publications that are turned into text at a time."""

OFFICES = ("US", "EP", "JP", "CN", "KR", "DE", "WO")
US, EP, JP, CN, KR, DE, WO = range(7)
FIRST_KIND = np.array(["A1", "A1", "A", "A", "A", "A1", "A1"])
GRANT_KIND = np.array(["B2", "B1", "B2", "B", "B1", "B4", ""])
GRANT_SHARE = np.array([0.60, 0.45, 0.60, 0.45, 0.55, 0.35, 0.0])
ABROAD = np.array([0.75, 0.55, 0.35, 0.60, 0.30, 0.15, 0.50])
"""Share of international families that are filed at each office besides the home office."""
# Country, share of players, home office, share of its families that go abroad.
COUNTRIES = (
    ("US", 0.24, US, 0.45), ("CN", 0.24, CN, 0.08), ("JP", 0.20, JP, 0.35), ("KR", 0.08, KR, 0.30),
    ("DE", 0.08, DE, 0.60), ("FR", 0.04, EP, 0.80), ("GB", 0.03, EP, 0.80), ("TW", 0.03, US, 0.35),
    ("NL", 0.02, EP, 0.80), ("CH", 0.02, EP, 0.80), ("IT", 0.02, EP, 0.70),
)  # fmt: skip
US_SERIES = np.array("11 11 11 12 12 12 12 13 13 13 14 14 15 15 16 16 17 17 18 18 19 19 19".split())
"""Series code of US application numbers by year of filing, from 2004."""

BLOCKS = 40
PLAYER_SHIFT = 20.0
"""The largest player then holds about 0.7 % of a million publications, as in life."""
SPELLINGS = 4
GIVEN, SURNAMES = 500, 4_000


@dataclass(frozen=True)
class World:
    """Everything but the text, as integers. A family is an invention; publications are in the order of their dates."""

    seed: int
    fields: bool
    """Whether the first 17 blocks are the strategic fields."""
    symbols: pa.Array
    spellings: pa.Array
    """Name of player p in spelling s at p * SPELLINGS + s."""
    player_country: Ints
    day: Ints
    """First filing of each family, in days after FIRST."""
    block: Ints
    owners: Ragged
    people: Ragged
    people_country: Ints
    classes: Ragged
    ipc: npt.NDArray[np.bool_]
    filing_family: Ints
    filing_office: Ints
    filing_day: Ints
    filing_serial: Ints
    first_filing: Ints
    """The first filing of each family, as an index of the filings."""
    second_priority: Ints
    """Another family's first filing that this one claims too; -1 for none."""
    filing: Ints
    """The filing behind each publication."""
    published: Ints
    grant: npt.NDArray[np.bool_]
    serial: Ints
    citations: Ragged
    """Cited publications; -1 for a document outside, -2 for literature."""
    times_cited: Ints


@dataclass(frozen=True)
class Ragged:
    """Lists of integers, one after the other."""

    values: Ints
    counts: Ints

    def of(self, rows: Ints) -> tuple[Ints, Ints, Ints]:
        """For these rows: the row's position, the place in its list, and the index in ``values``."""
        starts = np.cumsum(self.counts) - self.counts
        counts = self.counts[rows]
        row = np.repeat(np.arange(len(rows)), counts)
        place = np.arange(len(row)) - np.repeat(np.cumsum(counts) - counts, counts)
        return row, place, starts[rows][row] + place


def zipf(rng: np.random.Generator, size: int, kinds: Ints | int, *, shift: float = 1.0) -> Ints:
    """Ranks 0 .. kinds-1, rank r with a probability that falls like 1 / (r + shift) (Mandelbrot's form of Zipf's law)."""
    rank = shift * (np.asarray(kinds) / shift + 1.0) ** rng.random(size) - shift
    return np.minimum(rank.astype(np.int64), np.asarray(kinds) - 1)


def rank_within(*keys: Ints) -> Ints:
    """Position of each row among the rows of equal keys, in the order of the rows."""
    order = np.lexsort((np.arange(len(keys[0])), *reversed(keys)))
    change = np.ones(len(order), dtype=bool)
    change[1:] = np.logical_or.reduce([key[order][1:] != key[order][:-1] for key in keys])
    start = np.maximum.accumulate(np.where(change, np.arange(len(order)), 0))
    found = np.empty(len(order), dtype=np.int64)
    found[order] = np.arange(len(order)) - start
    return found


def year_of(day: Ints) -> Ints:
    return (FIRST + day).astype("datetime64[Y]").astype(np.int64) + 1970


def make(publications: int, *, seed: int = 1, fields: bool = False) -> World:
    """The world of exactly ``publications`` publications; ``fields``: with the strategic fields as blocks."""
    rng = np.random.default_rng(seed)
    families = int(publications / 1.55) + 100
    symbols, block_of_symbol = _symbols(rng)
    if fields:
        block_of_symbol = _strategic(symbols, block_of_symbol, seed)
    countries = np.array([share for _, share, _, _ in COUNTRIES])
    players = max(60, int(0.15 * families))
    country = rng.choice(len(COUNTRIES), players, p=countries / countries.sum())
    spellings = _spellings(rng, players)
    popularity = 1 / np.arange(1, BLOCKS + 1) ** 0.7
    home = rng.choice(BLOCKS, (players, 3), p=popularity / popularity.sum())

    owner = zipf(rng, families, players, shift=PLAYER_SHIFT)
    at_home = rng.random(families) < 0.75
    block = np.where(
        at_home, home[owner, zipf(rng, families, 3)], rng.choice(BLOCKS, families, p=popularity / popularity.sum())
    )
    growth = np.clip(rng.normal(0.045, 0.05, BLOCKS), -0.05, 0.2)[block] / 365.25
    growth = np.where(np.abs(growth) < 1e-7, 1e-7, growth)
    day = (np.log1p(rng.random(families) * np.expm1(growth * SPAN)) / growth).astype(np.int64)
    owners = _owners(rng, owner, players)
    people, people_country = _people(rng, owner, country)
    classes, ipc = _classes(rng, block, block_of_symbol, symbols)

    filing_family, filing_office = _filings(rng, country[owner])
    first = np.zeros(families, dtype=np.int64)
    starts = np.flatnonzero(np.diff(filing_family, prepend=-1))
    first[filing_family[starts]] = starts
    later = np.ones(len(filing_family), dtype=bool)
    later[starts] = False
    filing_day = day[filing_family] + np.where(later, rng.integers(200, 366, len(filing_family)), 0)

    # Publications: the application, then for some the grant; what comes after the cutoff is not there yet.
    shown = np.maximum(day[filing_family] + 548 + rng.integers(0, 28, len(filing_family)), filing_day + 120)
    early = (filing_office == CN) & (rng.random(len(filing_family)) < 0.5)
    shown = np.where(early, filing_day + rng.integers(120, 400, len(filing_family)), shown)
    lag = rng.gamma(4.0, 270.0, len(filing_family)).astype(np.int64)
    granted_on = np.maximum(filing_day + lag, shown + 30)
    has_grant = rng.random(len(filing_family)) < GRANT_SHARE[filing_office]
    filing = np.concatenate([np.arange(len(filing_family)), np.flatnonzero(has_grant)])
    published = np.concatenate([shown, granted_on[has_grant]])
    grant = np.concatenate([np.zeros(len(filing_family), dtype=bool), np.ones(int(has_grant.sum()), dtype=bool)])
    seen = np.flatnonzero(published <= SPAN)
    if len(seen) < publications:
        message = f"{families} families gave only {len(seen)} publications"
        raise RuntimeError(message)
    # Whole families are left out to reach the size, not the latest documents.
    seen = seen[np.argsort(filing[seen], kind="stable")][:publications]
    seen = seen[np.lexsort((seen, published[seen]))]
    filing, published, grant = filing[seen], published[seen], grant[seen]

    office = filing_office[filing]
    serial = rank_within(office, grant.astype(np.int64), year_of(published) * _yearly(office, grant))
    citations = _citations(rng, block[filing_family[filing]], published, office, grant)
    inside = citations.values[citations.values >= 0]
    second = np.where(rng.random(families) < 0.1, first[rng.integers(0, families, families)], -1)
    return World(
        seed=seed,
        fields=fields,
        symbols=symbols,
        spellings=spellings,
        player_country=country,
        day=day,
        block=block,
        owners=owners,
        people=people,
        people_country=people_country,
        classes=classes,
        ipc=ipc,
        filing_family=filing_family,
        filing_office=filing_office,
        filing_day=filing_day,
        filing_serial=rank_within(filing_office, year_of(filing_day)),
        first_filing=first,
        second_priority=np.where((second >= 0) & (filing_day[second] < day), second, -1),
        filing=filing,
        published=published,
        grant=grant,
        serial=serial,
        citations=citations,
        times_cited=np.bincount(inside, minlength=publications),
    )


def _yearly(office: Ints, grant: npt.NDArray[np.bool_]) -> Ints:
    """1 where numbers begin anew each year, 0 where they run on."""
    return (~grant & np.isin(office, (US, JP, KR, DE, WO)) | grant & (office == DE)).astype(np.int64)


def _symbols(rng: np.random.Generator) -> tuple[pa.Array, list[Ints]]:
    """Real CPC symbols, and those of each block of neighbouring subclasses in the order of their popularity."""
    path = files("chizai") / "data" / "classification" / "cpc_titles_2019-08.parquet"
    with path.open("rb") as stream:
        symbols = pq.read_table(stream, columns=["symbol"])["symbol"].combine_chunks()
    symbols = symbols.filter(pc.match_substring(symbols, "/"))
    subclass = pc.utf8_slice_codeunits(symbols, 0, 4).dictionary_encode().indices.to_numpy()
    block = subclass * BLOCKS // (int(subclass.max()) + 1)
    return symbols, [rng.permutation(np.flatnonzero(block == number)) for number in range(BLOCKS)]


def _strategic(symbols: pa.Array, of_block: list[Ints], seed: int) -> list[Ints]:
    """The blocks, the first of them holding the symbols of the strategic fields' codes."""
    rng = np.random.default_rng([seed, 4])
    texts = symbols.to_pylist()
    found = [rng.permutation(strategic.symbols_of(field, texts)) for field in strategic.definitions()]
    return [*found, *of_block[len(found) :]]


def _spellings(rng: np.random.Generator, players: int) -> pa.Array:
    """Four spellings a player: as registered, in capitals without commas, without legal form, with a slip."""
    syllables = np.array(
        "ba be bo ca co da de do el en er fa fi ga go ha hi in ka ke ko la le li lo lu ma me mi mo na ne ni no or "
        "pa po qua ra re ri ro ru sa se shi si so ta te ti to tron va ve vi xi ya yo za zen".split()
    )
    words = np.array(
        "Electric Chemical Systems Motor Semiconductor Materials Energy Pharma Medical Robotics Industries Precision "
        "Optical Steel Heavy Industries|Instruments|Software|Communications|Aerospace|Foods|Machinery|Power".replace(
            "|", " "
        ).split()
    )
    forms = np.array(["Inc.", "Co., Ltd.", "Corporation", "GmbH", "AG", "LLC", "Ltd.", "S.A.", "K.K.", "B.V."])
    draw = rng.integers(0, len(syllables), (players, 4))
    stem = pc.utf8_capitalize(pc.binary_join_element_wise(*(pa.array(syllables[draw[:, i]]) for i in range(3)), ""))
    # Three syllables repeat from 10^5 names on; the fourth keeps most of the rest apart.
    stem = pc.binary_join_element_wise(stem, pa.array(np.where(draw[:, 3] % 2 == 0, syllables[draw[:, 3]], "")), "")
    word = pa.array(words[rng.integers(0, len(words), players)])
    form = pa.array(forms[rng.integers(0, len(forms), players)])
    plain = pc.binary_join_element_wise(stem, word, " ")
    full = pc.binary_join_element_wise(plain, form, " ")
    capitals = pc.utf8_upper(pc.replace_substring_regex(full, "[.,]", ""))
    slip = pc.utf8_replace_slice(full, start=4, stop=5, replacement="")
    university = rng.random(players) < 0.06
    full = pc.if_else(pa.array(university), pc.binary_join_element_wise("University of", stem, " "), full)
    capitals = pc.if_else(pa.array(university), pc.binary_join_element_wise("UNIV", pc.utf8_upper(stem), " "), capitals)
    order = np.arange(players * SPELLINGS)
    return pa.concat_arrays([full, capitals, plain, slip]).take(
        pa.array((order % SPELLINGS) * players + order // SPELLINGS)
    )


def _owners(rng: np.random.Generator, owner: Ints, players: int) -> Ragged:
    counts = 1 + (rng.random(len(owner)) < 0.15) + (rng.random(len(owner)) < 0.03)
    values = zipf(rng, int(counts.sum()), players, shift=PLAYER_SHIFT)
    values[np.cumsum(counts) - counts] = owner
    return Ragged(values, counts)


def _people(rng: np.random.Generator, owner: Ints, country: Ints) -> tuple[Ragged, Ints]:
    """Inventors: each player has its own few, the first of them prolific."""
    counts = np.minimum(1 + rng.poisson(1.6, len(owner)), 12)
    employer = np.repeat(owner, counts)
    member = zipf(rng, len(employer), 400)
    values = (employer * 7919 + member * 104_729) % (GIVEN * SURNAMES)
    there = np.where(
        rng.random(len(employer)) < 0.93, country[employer], rng.integers(0, len(COUNTRIES), len(employer))
    )
    return Ragged(values, counts), there


def _classes(
    rng: np.random.Generator, block: Ints, of_block: list[Ints], symbols: pa.Array
) -> tuple[Ragged, npt.NDArray[np.bool_]]:
    counts = np.minimum(rng.geometric(0.22, len(block)), 30)
    family = np.repeat(np.arange(len(block)), counts)
    near = np.where(rng.random(len(family)) < 0.85, block[family], rng.integers(0, BLOCKS, len(family)))
    sizes = np.array([len(members) for members in of_block])
    members = np.concatenate(of_block)
    values = members[(np.cumsum(sizes) - sizes)[near] + zipf(rng, len(family), sizes[near])]
    # A class stands once on a document.
    _, kept = np.unique(family * len(symbols) + values, return_index=True)
    kept.sort()
    # The IPC has neither section Y nor the 2000 series.
    only_cpc = pc.match_substring_regex(symbols, "^Y|^....2[0-9]{3}/").to_numpy(zero_copy_only=False)
    ipc = ~only_cpc[values[kept]] & (rng.random(len(kept)) < 0.6)
    return Ragged(values[kept], np.bincount(family[kept], minlength=len(block))), ipc


def _filings(rng: np.random.Generator, country: Ints) -> tuple[Ints, Ints]:
    """(family, office) of every filing, the home office first."""
    home = np.array([office for *_, office, _ in COUNTRIES])[country]
    abroad = rng.random(len(country)) < np.array([share for *_, share in COUNTRIES])[country]
    filed = (rng.random((len(country), len(OFFICES))) < ABROAD) & abroad[:, None]
    filed[np.arange(len(country)), home] = False
    family, office = np.nonzero(filed)
    everyone = np.arange(len(country))
    family, office = np.concatenate([everyone, family]), np.concatenate([home, office])
    order = np.argsort(family, kind="stable")
    return family[order], office[order]


def _citations(
    rng: np.random.Generator, block: Ints, published: Ints, office: Ints, grant: npt.NDArray[np.bool_]
) -> Ragged:
    searched = grant | np.isin(office, (EP, DE, WO))
    mean = np.where(grant, 6.0, 4.0) * rng.gamma(1.2, 1 / 1.2, len(block))
    counts = np.where(searched, np.minimum(rng.poisson(mean), 80), 0)
    citing = np.repeat(np.arange(len(block)), counts)
    lag = np.exp(rng.normal(np.log(6 * 365.25), 0.7, len(citing))).astype(np.int64)
    near = np.where(rng.random(len(citing)) < 0.8, block[citing], rng.integers(0, BLOCKS, len(citing)))
    order = np.lexsort((published, block))
    key = block[order] << 20 | published[order]
    lowest = np.searchsorted(key, np.arange(BLOCKS) << 20)
    middle = np.searchsorted(key, near << 20 | np.maximum(published[citing] - lag, 0))
    latest = np.searchsorted(key, near << 20 | published[citing]) - 1
    fame = rng.lognormal(0.0, 1.3, len(block)).astype(np.float32)
    best = np.full(len(citing), -1, dtype=np.int64)
    for _ in range(3):  # of three documents of about that age the most famous is cited
        tried = np.clip(middle + rng.integers(-150, 151, len(citing)), lowest[near], latest)
        found = order[np.maximum(tried, 0)]
        better = (best < 0) | (fame[found] > fame[np.maximum(best, 0)])
        best = np.where(better, found, best)
    outside = (published[citing] - lag < 548) | (latest < lowest[near])
    best = np.where(outside, -1, best)
    return Ragged(np.where(rng.random(len(citing)) < 0.15, -2, best), counts)


# Text ---------------------------------------------------------------------------------------------------------------


def _join(*parts: object) -> pa.Array:
    return pc.binary_join_element_wise(
        *[pa.array(part) if isinstance(part, np.ndarray) else part for part in parts], ""
    )


def _digits(numbers: Ints, width: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width=width, padding="0")


def _by_office(office: Ints, texts: dict[int, tuple[npt.NDArray[np.bool_], pa.Array]]) -> pa.Array:
    """One text a row, from the text of its office."""
    places = np.concatenate([np.flatnonzero(rows) for rows, _ in texts.values()])
    whole = pa.concat_arrays([text for _, text in texts.values()])
    return whole.take(pa.array(np.argsort(places, kind="stable")))


def publication_numbers(world: World, rows: Ints) -> pa.Array:
    """The number without office and kind, in DOCDB's form."""
    office, grant = world.filing_office[world.filing[rows]], world.grant[rows]
    serial, year = world.serial[rows] + 1, year_of(world.published[rows])
    texts = {}
    for code in range(len(OFFICES)):
        for granted in (False, True):
            own = (office == code) & (grant == granted)
            n, y = serial[own], year[own]
            if granted and code == DE:
                text = _join("10", _digits(y, 4), _digits(n + 500_000, 6))
            elif granted:
                base = {US: 7_000_000, EP: 1_500_000, JP: 3_500_000, CN: 100_000_000, KR: 100_500_000}.get(code, 0)
                text = pa.array(n + base).cast(pa.string())
            elif code == EP:
                # A grant keeps the number of its application; ours differ, which only families could mind.
                text = pa.array(n + 4_000_000).cast(pa.string())
            elif code == CN:
                text = pa.array(n + 101_000_000).cast(pa.string())
            elif code == DE:
                text = _join("10", _digits(y, 4), _digits(n, 6))
            else:
                text = _join(_digits(y, 4), _digits(n, 7 if code == KR else 6))
            texts[2 * code + granted] = (own, text)
    return _by_office(office, texts)


def publication_ids(world: World, rows: Ints) -> pa.Array:
    office, kind = offices_and_kinds(world, rows)
    return pc.binary_join_element_wise(office, publication_numbers(world, rows), kind, "-")


def offices_and_kinds(world: World, rows: Ints) -> tuple[pa.Array, pa.Array]:
    office = world.filing_office[world.filing[rows]]
    kind = np.where(world.grant[rows], GRANT_KIND[office], FIRST_KIND[office])
    return pa.array(np.array(OFFICES)[office]), pa.array(kind)


def application_parts(world: World, filings: Ints) -> tuple[pa.Array, pa.Array, pa.Array]:
    """Office, number and kind of applications. The office of a PCT application is the one that received it."""
    office, serial = world.filing_office[filings], world.filing_serial[filings] + 1
    year = year_of(world.filing_day[filings])
    texts = {}
    for code in range(len(OFFICES)):
        own = office == code
        n, y = serial[own], _digits(year[own], 4)
        if code == US:
            series = US_SERIES[np.minimum(year[own] - 2004, len(US_SERIES) - 1)]
            # Until 2010 DOCDB writes the serial number and two digits of the year, without the series.
            old = _join(_digits(n + 100_000, 6), pc.utf8_slice_codeunits(y, 2, 4))
            text = pc.if_else(pa.array(year[own] <= 2010), old, _join(y, series, _digits(n, 6)))
        elif code == EP:
            text = _join(pc.utf8_slice_codeunits(y, 2, 4), _digits(n, 6))
        elif code == CN:
            text = _join(y, "1", _digits(n, 7))
        elif code == DE:
            text = _join("10", y, _digits(n, 6))
        else:
            text = _join(y, _digits(n, 7 if code == KR else 6))
        texts[code] = (own, text)
    names = np.where(office == WO, np.array(OFFICES)[EP], np.array(OFFICES)[office])
    return pa.array(names), _by_office(office, texts), pa.array(np.where(office == WO, "W", "A"))


def application_ids(world: World, filings: Ints) -> pa.Array:
    office, number, kind = application_parts(world, filings)
    return pc.binary_join_element_wise(office, number, kind, "-")


def _dates(days: Ints) -> pa.Array:
    return pa.array((FIRST + days).astype("datetime64[D]"))


class _Words:
    """Titles and sentences out of the words of the CPC's titles."""

    def __init__(self, seed: int) -> None:
        rng = np.random.default_rng([seed, 1])
        path = files("chizai") / "data" / "classification" / "cpc_titles_2019-08.parquet"
        with path.open("rb") as stream:
            titles = pq.read_table(stream, columns=["title"])["title"].slice(0, 60_000).to_pylist()
        words = sorted({word.lower() for title in titles for word in title.split() if word.isalpha() and len(word) > 3})
        self.words = pa.array(words).take(pa.array(rng.permutation(len(words))))
        self.openings = pa.array(
            ["Method for", "Apparatus for", "System and method for", "Device with", "Composition of"]
        )
        picked = [self._pick(zipf(rng, 20_000, len(self.words), shift=50)) for _ in range(14)]
        self.sentences = _join(pc.utf8_capitalize(pc.binary_join_element_wise(*picked, " ")), ".")

    def _pick(self, at: Ints) -> pa.Array:
        return self.words.take(pa.array(at))

    def titles(self, rng: np.random.Generator, count: int) -> pa.Array:
        opening = self.openings.take(pa.array(rng.integers(0, len(self.openings), count)))
        words = [self._pick(zipf(rng, count, len(self.words), shift=50)) for _ in range(5)]
        return pc.binary_join_element_wise(opening, *words, " ")

    def abstracts(self, rng: np.random.Generator, count: int) -> pa.Array:
        picked = (self.sentences.take(pa.array(rng.integers(0, len(self.sentences), count))) for _ in range(4))
        return pc.binary_join_element_wise(*picked, " ")


def tables(world: World, rows: Ints, words: _Words, people: pa.Array) -> dict[str, pa.Table]:
    """The canonical tables of these publications."""
    rng = np.random.default_rng([world.seed, 2, int(rows[0])])
    filing = world.filing[rows]
    family = world.filing_family[filing]
    ids = publication_ids(world, rows)
    office, kind = offices_and_kinds(world, rows)
    grant = world.grant[rows]
    offices = np.bincount(world.filing_family, minlength=len(world.day))
    found: dict[str, dict[str, pa.Array]] = {
        "publication": {
            "publication_id": ids,
            "office": office,
            "number": publication_numbers(world, rows),
            "kind": kind,
            "kind_class": pa.array(np.where(grant, "grant", "application")),
            "publication_date": _dates(world.published[rows]),
            "application_id": application_ids(world, filing),
            "family_id": pa.array(family + 10_000_000).cast(pa.string()),
            "times_cited": pa.array(world.times_cited[rows]),
            "family_size": pa.array(offices[family]),
            "claims": pa.array(np.minimum(1 + rng.negative_binomial(3, 0.18, len(rows)), 200)),
            "original": ids,
        }
    }
    number = application_parts(world, filing)
    found["application"] = {
        "application_id": application_ids(world, filing),
        "office": number[0],
        "number": number[1],
        "filing_date": _dates(world.filing_day[filing]),
    }
    claimed = np.flatnonzero(world.first_filing[family] != filing)
    also = np.flatnonzero(world.second_priority[family] >= 0)
    at = np.concatenate([claimed, also])
    target = np.concatenate([world.first_filing[family[claimed]], world.second_priority[family[also]]])
    found["priority"] = {
        "publication_id": ids.take(pa.array(at)),
        "sequence": pa.array(rank_within(at) + 1),
        "priority_id": application_ids(world, target),
        "office": application_parts(world, target)[0],
        "priority_date": _dates(world.filing_day[target]),
        "linkage": pa.array(np.full(len(at), "priority")),
    }
    found["party"] = _party(world, rng, ids, family, people)
    row, place, at = world.classes.of(family)
    symbol = world.symbols.take(pa.array(world.classes.values[at]))
    both = [(row, place, symbol, "cpc")]
    own = world.ipc[at]
    both.append((row[own], rank_within(row[own]), symbol.filter(pa.array(own)), "ipc"))
    found["classification"] = {
        "publication_id": ids.take(pa.array(np.concatenate([part[0] for part in both]))),
        "scheme": pa.array(np.concatenate([np.full(len(part[0]), part[3]) for part in both])),
        "symbol": pa.concat_arrays([part[2] for part in both]),
        "sequence": pa.array(np.concatenate([part[1] for part in both]) + 1),
        "inventive": pa.array(np.concatenate([part[1] for part in both]) < 3),
        "first": pa.array(np.concatenate([part[1] for part in both]) == 0),
    }
    found["citation"] = _citation(world, rng, rows, ids)
    texts = {"title": words.titles(rng, len(rows)), "abstract": words.abstracts(rng, len(rows))}
    found["text"] = {
        "publication_id": pa.concat_arrays([ids, ids]),
        "part": pa.array(np.repeat(list(texts), len(rows))),
        "language": pa.array(np.full(2 * len(rows), "en")),
        "text": pa.concat_arrays(list(texts.values())),
    }
    if world.fields:
        _speak(found["text"], world, family, ids, office)
    paid = np.flatnonzero((world.filing_office[filing] == US) & (rng.random(len(rows)) < 0.03))
    agencies = np.array(["NIH", "DOE", "NSF", "DOD", "NASA"])[zipf(rng, len(paid), 5)]
    found["funding"] = {
        "publication_id": ids.take(pa.array(paid)),
        "sequence": pa.array(np.ones(len(paid), dtype=np.int64)),
        "agency": pa.array(agencies),
        "contract": _digits(rng.integers(0, 20_000, len(paid)), 6),
        "statement": pa.array(np.full(len(paid), "This invention was made with government support.")),
        "derived": pa.array(np.zeros(len(paid), dtype=bool)),
    }
    named = np.flatnonzero(rng.random(len(rows)) < 0.01)
    bodies = np.array(["IEEE:802.11", "3GPP:38.211", "ISO:26262", "ITU:H.265", "IEC:61850", "ISO:9001", "IETF:8446"])
    found["standard"] = {
        "publication_id": ids.take(pa.array(named)),
        "sequence": pa.array(np.ones(len(named), dtype=np.int64)),
        "standard": pa.array(bodies[zipf(rng, len(named), len(bodies))]),
        "derived": pa.array(np.ones(len(named), dtype=bool)),
    }
    return {name: _as_schema(name, columns) for name, columns in found.items()}


def _speak(text: dict[str, pa.Array], world: World, family: Ints, ids: pa.Array, office: pa.Array) -> None:
    """Titles that name their field, the same in all publications of a family; Japanese ones beside them at the JPO."""
    rng = np.random.default_rng([world.seed, 5])
    drawn = rng.integers(0, 1 << 30, len(world.day))
    spoken = [strategic.words_of(field) for field in strategic.definitions()]
    titles, japanese, of = text["text"].to_pylist(), [], []
    for row, (member, at) in enumerate(zip(family.tolist(), office.to_pylist(), strict=True)):
        if world.block[member] >= len(spoken):
            continue
        en, ja = spoken[world.block[member]]
        titles[row] += f" for {en[drawn[member] % len(en)]}"
        if at == "JP":
            japanese.append(f"{ja[drawn[member] % len(ja)]}の装置及び方法")
            of.append(row)
    places = pa.array(of, pa.int64())
    text["publication_id"] = pa.concat_arrays([text["publication_id"], ids.take(places)])
    text["part"] = pa.concat_arrays([text["part"], pa.array(["title"] * len(of), pa.string())])
    text["language"] = pa.concat_arrays([text["language"], pa.array(["ja"] * len(of), pa.string())])
    text["text"] = pa.array([*titles, *japanese], pa.string())


def _party(
    world: World, rng: np.random.Generator, ids: pa.Array, family: Ints, people: pa.Array
) -> dict[str, pa.Array]:
    row, place, at = world.owners.of(family)
    player = world.owners.values[at]
    spelling = rng.choice(SPELLINGS, len(at), p=[0.65, 0.2, 0.13, 0.02])
    codes = pa.array([code for code, *_ in COUNTRIES])
    inventor_row, inventor_place, inventor_at = world.people.of(family)
    country = np.concatenate([world.player_country[player], world.people_country[inventor_at]])
    unknown = rng.random(len(country)) < 0.08
    return {
        "publication_id": ids.take(pa.array(np.concatenate([row, inventor_row]))),
        "role": pa.array(np.repeat(["applicant", "inventor"], [len(row), len(inventor_row)])),
        "sequence": pa.array(np.concatenate([place, inventor_place]) + 1),
        "name": pa.concat_arrays(
            [
                world.spellings.take(pa.array(player * SPELLINGS + spelling)),
                people.take(pa.array(world.people.values[inventor_at])),
            ]
        ),
        "country": codes.take(pa.array(country, mask=unknown)),
        "country_source": pa.array(np.full(len(country), "residence"), mask=unknown),
    }


def _citation(world: World, rng: np.random.Generator, rows: Ints, ids: pa.Array) -> dict[str, pa.Array]:
    row, place, at = world.citations.of(rows)
    cited = world.citations.values[at]
    inside, outside, literature = cited >= 0, cited == -1, cited == -2
    old = _join("US-", _digits(rng.integers(4_000_000, 6_500_000, int(outside.sum())), 7), "-A")
    order = np.argsort(np.concatenate([np.flatnonzero(inside), np.flatnonzero(outside), np.flatnonzero(literature)]))
    names = pa.concat_arrays([publication_ids(world, cited[inside]), old, pa.nulls(int(literature.sum()), pa.string())])
    texts = _join("Journal of Applied Things ", _digits(rng.integers(1, 99_999, len(at)), 5))
    phase = rng.choice(3, len(at), p=[0.5, 0.3, 0.2])
    return {
        "publication_id": ids.take(pa.array(row)),
        "sequence": pa.array(place + 1),
        "cited_id": names.take(pa.array(order)),
        "cited_text": pc.if_else(pa.array(literature), texts, pa.nulls(len(at), pa.string())),
        "patent": pa.array(~literature),
        "cited_by": pa.array(np.array(["examiner", "applicant", "examiner"])[phase]),
        "category": pa.array(rng.choice(["X", "Y", "A"], len(at)), mask=phase == 1),
        "phase": pa.array(np.array(["search", "search", "international_search"])[phase], mask=phase == 1),
    }


def _as_schema(name: str, columns: dict[str, pa.Array]) -> pa.Table:
    schema = ARROW_SCHEMAS[name]
    length = len(next(iter(columns.values())))
    return pa.table(
        [
            columns[item.name].cast(item.type) if item.name in columns else pa.nulls(length, item.type)
            for item in schema
        ],
        schema=schema,
    )


def _persons(seed: int) -> pa.Array:
    rng = np.random.default_rng([seed, 3])
    vowels, consonants = np.array(list("aeiou")), np.array(list("bdfghjklmnprstvz"))

    def coined(count: int, syllables: int) -> pa.Array:
        parts = [side[rng.integers(0, len(side), count)] for _ in range(syllables) for side in (consonants, vowels)]
        return pc.utf8_capitalize(_join(*parts))

    given, surnames = coined(GIVEN, 2), coined(SURNAMES, 3)
    at = np.arange(GIVEN * SURNAMES)
    return pc.binary_join_element_wise(surnames.take(pa.array(at // GIVEN)), given.take(pa.array(at % GIVEN)), " ")


def chunks(world: World) -> Iterator[dict[str, pa.Table]]:
    words, people = _Words(world.seed), _persons(world.seed)
    count = len(world.filing)
    for start in range(0, count, ROWS):
        yield tables(world, np.arange(start, min(start + ROWS, count)), words, people)


def write_parts(publications: int, out: Path, *, seed: int = 1, collection: str = "made", fields: bool = False) -> Path:
    """The canonical tables as an ingest writes them; the folder of the part."""
    key = f"g{publications}s{seed}" + ("f" if fields else "")
    folder = out / collection / key
    writer = TableWriter(folder, snapshot=key, collection=collection)
    try:
        for found in chunks(make(publications, seed=seed, fields=fields)):
            writer.write(found)
        writer.close()
    finally:
        writer.abandon()
    return folder


# As a source --------------------------------------------------------------------------------------------------------

_BIGQUERY = """
    WITH party_lists AS (
        SELECT publication_id,
            list({{name: name, country_code: coalesce(country, '')}} ORDER BY sequence)
                FILTER (role = 'applicant') AS assignee_harmonized,
            list({{name: name, country_code: coalesce(country, '')}} ORDER BY sequence)
                FILTER (role = 'inventor') AS inventor_harmonized
        FROM '{0}/party.parquet' GROUP BY 1
    ), class_lists AS (
        SELECT publication_id,
            list({{code: symbol, inventive: inventive, first: "first"}} ORDER BY sequence)
                FILTER (scheme = 'cpc') AS cpc,
            list({{code: symbol, inventive: inventive, first: "first"}} ORDER BY sequence)
                FILTER (scheme = 'ipc') AS ipc
        FROM '{0}/classification.parquet' GROUP BY 1
    ), citation_lists AS (
        SELECT publication_id, list({{
            publication_number: coalesce(cited_id, ''), npl_text: coalesce(cited_text, ''), type: coalesce(category, ''),
            category: CASE phase WHEN 'search' THEN 'SEA' WHEN 'international_search' THEN 'ISR' ELSE 'APP' END
        }} ORDER BY sequence) AS citation
        FROM '{0}/citation.parquet' GROUP BY 1
    ), priority_lists AS (
        SELECT publication_id, list({{
            application_number: priority_id, filing_date: strftime(priority_date, '%Y%m%d')::BIGINT
        }} ORDER BY sequence) AS priority_claim
        FROM '{0}/priority.parquet' GROUP BY 1
    ), text_lists AS (
        SELECT publication_id,
            list({{text: text, language: language}}) FILTER (part = 'title') AS title_localized,
            list({{text: text, language: language}}) FILTER (part = 'abstract') AS abstract_localized
        FROM '{0}/text.parquet' GROUP BY 1
    ), filed AS (
        SELECT application_id, min(filing_date) AS filing_date FROM '{0}/application.parquet' GROUP BY 1
    )
    SELECT publication_id AS publication_number, application_id AS application_number, office AS country_code,
        kind AS kind_code, family_id, title_localized, abstract_localized,
        strftime(publication_date, '%Y%m%d')::BIGINT AS publication_date,
        strftime(filed.filing_date, '%Y%m%d')::BIGINT AS filing_date,
        CASE WHEN kind_class = 'grant' THEN strftime(publication_date, '%Y%m%d')::BIGINT ELSE 0 END AS grant_date,
        priority_claim, inventor_harmonized, assignee_harmonized, ipc, cpc, citation
    FROM '{0}/publication.parquet'
    LEFT JOIN filed USING (application_id)
    LEFT JOIN party_lists USING (publication_id) LEFT JOIN class_lists USING (publication_id)
    LEFT JOIN citation_lists USING (publication_id) LEFT JOIN priority_lists USING (publication_id)
    LEFT JOIN text_lists USING (publication_id)
    ORDER BY publication_date, publication_number
"""
SOURCES = {
    "bigquery-jsonl": ("jsonl", "FORMAT json"),
    "bigquery-parquet": ("parquet", "FORMAT parquet, COMPRESSION zstd"),
}
FORMATS = (*SOURCES, "docdb", "patentsview")


def write_source(part: Path, out: Path, *, format: str = "bigquery-jsonl") -> Path:
    """The part as its source would deliver it, one of :data:`FORMATS`; the file or folder."""
    if format == "patentsview":
        return write_formats.patentsview(part, out)
    if format == "docdb":
        with duckdb.connect(":memory:") as con:
            table = con.sql(_BIGQUERY.format(part)).to_arrow_table()
        rows = (row for batch in table.to_batches(max_chunksize=5_000) for row in batch.to_pylist())
        return write_formats.docdb(rows, out / f"{part.name}.xml", count=table.num_rows)
    suffix, options = SOURCES[format]
    path = out / f"{part.name}.{suffix}"
    with duckdb.connect(":memory:") as con:
        con.execute(f"COPY ({_BIGQUERY.format(part)}) TO '{path}' ({options})")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("publications", type=int)
    parser.add_argument("out", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--fields", action="store_true", help="with the 17 strategic fields' codes and words")
    parser.add_argument("--source", nargs="*", choices=FORMATS, default=[])
    chosen = parser.parse_args()
    part = write_parts(chosen.publications, chosen.out, seed=chosen.seed, fields=chosen.fields)
    print(part)
    for format in chosen.source:
        print(write_source(part, chosen.out, format=format))


if __name__ == "__main__":
    main()
