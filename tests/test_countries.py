"""Countries of applicants: stated, in the address, in a register, else unknown."""

from __future__ import annotations

import inspect

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chizai.corpus import countries
from chizai.corpus.countries import (
    HISTORICAL,
    OFFICES,
    applicant_country,
    code_kind,
    country_code,
    country_name,
    country_of_address,
    is_country,
)


@pytest.mark.parametrize(
    ("address", "country"),
    [
        ("1-1 Marunouchi, Chiyoda-ku, Tokyo, Japan", "JP"),
        ("Tokyo (JP)", "JP"),
        ("東京都港区六本木三丁目２番１号", "JP"),
        ("〒471-8571 愛知県豊田市トヨタ町1番地", "JP"),
        ("アメリカ合衆国カリフォルニア州94022", "US"),
        ("ドイツ連邦共和国 80333 ミュンヘン", "DE"),
        ("Boise, ID 83707-0006", "US"),
        ("Armonk, NY", "US"),
        ("San Jose, California", "US"),
        ("Hsinchu, Taiwan, R.O.C.", "TW"),
        ("Seoul, Republic of Korea", "KR"),
        ("Stuttgart, Fed. Rep. of Germany", "DE"),
        ("80333 München, Deutschland", "DE"),
        ("London, England", "GB"),
        ("Basel CH", "CH"),
    ],
)
def test_an_address_that_states_its_country_gives_it(address: str, country: str) -> None:
    assert country_of_address(address) == country


@pytest.mark.parametrize(
    "address", ["Toronto, CA", "Munich, DE", "Grand Cayman, KY", "Atlanta, Georgia", "Paris", "", "   ", "EP", "12345"]
)
def test_an_address_that_can_be_read_in_two_ways_gives_no_country(address: str) -> None:
    assert country_of_address(address) is None


def test_offices_are_not_countries_and_old_countries_are_not_present_ones() -> None:
    # WIPO ST.3 (2025): two-letter codes of intergovernmental organisations, and annex A of codes no longer used.
    for code in ("EP", "WO", "EA", "OA", "AP", "GC"):
        assert code_kind(code) == "office"
        assert country_code(code) is None
    for code in ("SU", "DD", "CS", "YU"):
        assert code_kind(code) == "historical"
        assert country_code(code) == code
        assert not is_country(code)
    assert code_kind("ZZ") == code_kind("QQ") == "unknown"


def test_every_country_and_office_has_a_name_in_both_languages() -> None:
    assert country_name("KR", "ja") == "韓国"
    assert country_name("DE") == "Germany"
    for names in [*OFFICES.values(), *(names for names, _ in HISTORICAL.values())]:
        assert names["en"]
        assert not names["ja"].isascii()
    assert country_name("??") == "??"


def test_the_most_direct_source_wins_and_says_so() -> None:
    assert applicant_country(code="US", address="Tokyo, Japan", registry="JP") == ("US", "residence")
    assert applicant_country(code="WO", address="Tokyo, Japan", registry="US") == ("JP", "address")
    assert applicant_country(address="Paris", registry="JP") == ("JP", "registry")
    assert applicant_country(code="EP") == (None, None)


def test_no_function_takes_the_filing_office() -> None:
    for _name, function in inspect.getmembers(countries, inspect.isfunction):
        assert not {"office", "publication", "jurisdiction"} & set(inspect.signature(function).parameters)


@given(st.text(max_size=200))
def test_any_text_gives_a_country_or_none(text: str) -> None:
    found = country_of_address(text)
    assert found is None or is_country(found) or found in HISTORICAL
