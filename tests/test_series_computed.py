"""KPI values from primary data: filings, R&D capital, secretariats, seizures."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chizai.errors import ChizaiError, EmptyInput, HostileInput, MalformedInput, TruncatedInput
from chizai.series.computed.capital import (
    DEPRECIATION,
    japan_rd_stock,
    mean_growth,
    perpetual_inventory,
    share_of_start,
)
from chizai.series.computed.filings import read_filing, read_list
from chizai.series.computed.intangible import company, index
from chizai.series.computed.packed import purchasing_power, rd_expenditure, yen_per_dollar, yen_per_dollar_ecb
from chizai.series.computed.secretariats import by_country, definitions, level_of, read_committees, shipped_committees
from chizai.series.computed.seizures import seizures, share
from chizai.series.errors import SeriesRefused

TOBACCO, KOMATSU, LINES = (
    f"{name}.canonical.json.gz" for name in ("E00492-S100VH9B", "E01532-S100VXAI", "E04236-S100W1NC")
)

# Filings ----------------------------------------------------------------------------------------------------------


def test_a_high_share_from_an_ifrs_report(shared: Path) -> None:
    found = company(read_filing(shared / "data" / "disclosure" / TOBACCO))
    assert found.standard == "IFRS"
    assert found.net_tangible == 8_370_732e6 - 3_400_717e6 - 4_522_005e6
    assert found.capitalisation == pytest.approx((2_000_000_000 - 224_409_100) * 40.42 * 100.95)
    assert found.share == pytest.approx(0.938164, abs=1e-6)
    assert found.low is not None
    assert found.high is not None
    assert found.low < found.share < found.high


def test_a_company_below_its_book_value_has_a_negative_share(shared: Path) -> None:
    found = company(read_filing(shared / "data" / "disclosure" / LINES))
    assert found.standard == "Japan GAAP"
    assert found.net_tangible == 4_984_449e6 - 72_197e6 - 2_260_230e6
    assert found.share == pytest.approx(-0.463597, abs=1e-6)
    other = company(read_filing(shared / "data" / "disclosure" / TOBACCO))
    assert index([found, other], floor=True) > index([found, other], floor=False)


def test_a_us_gaap_report_lacks_the_facts_and_says_which(shared: Path) -> None:
    with pytest.raises(SeriesRefused) as caught:
        company(read_filing(shared / "data" / "disclosure" / KOMATSU))
    assert caught.value.reason == "facts-missing"
    assert "IntangibleAssets" in caught.value.text("ja")


@pytest.mark.parametrize("name", ["auth_error", "bad_request", "not_found"])
def test_an_error_of_the_edinet_api_is_told(shared: Path, name: str) -> None:
    for read in (read_filing, read_list):
        with pytest.raises(SeriesRefused) as caught:
            read(shared / "data" / "disclosure" / f"{name}.json")
        assert caught.value.reason == "edinet-error"


def test_the_list_of_a_day_keeps_annual_reports(shared: Path) -> None:
    path = shared / "data" / "disclosure" / "documents_success.json"
    assert [one.document for one in read_list(path)] == ["S100W81U"]
    assert len(read_list(path, annual_only=False)) == 2
    with pytest.raises(SeriesRefused, match="not a document"):
        read_filing(path)


FACTS = {
    ("jppfs_cor:Assets", "CurrentYearInstant"): "190",
    ("jppfs_cor:Liabilities", "CurrentYearInstant"): "40",
    ("jppfs_cor:IntangibleAssets", "CurrentYearInstant"): "10",
    ("jpcrp_cor:NumberOfIssuedSharesAsOfFiscalYearEndIssuedSharesTotalNumberOfSharesEtc", "FilingDateInstant"): "11",
    ("jpcrp_cor:TotalNumberOfSharesHeldTreasurySharesEtc", "CurrentYearInstant"): "1",
    ("jpcrp_cor:PriceEarningsRatioSummaryOfBusinessResults", "CurrentYearDuration"): "5.0",
    ("jpcrp_cor:BasicEarningsLossPerShareSummaryOfBusinessResults", "CurrentYearDuration"): "2.00",
    ("jpdei_cor:FilerNameInJapaneseDEI", "FilingDateInstant"): "試験株式会社",
}


def edinet_csv(path: Path, facts: dict[tuple[str, str], str] = FACTS) -> Path:
    """The layout of the API's type 5: UTF-16, tabs, quoted."""
    head = ["要素ID", "項目名", "コンテキストID", "相対年度", "連結・個別", "期間・時点", "ユニットID", "単位", "値"]
    rows = [head, *([name, "", context, "", "", "", "JPY", "円", value] for (name, context), value in facts.items())]
    rows.append(["jppfs_cor:Assets", "", "CurrentYearInstant_NonConsolidatedMember", "", "", "", "JPY", "円", "7"])
    text = "\n".join("\t".join(f'"{cell}"' for cell in row) for row in rows)
    path.write_text(text, encoding="utf-16")
    return path


def xbrl(path: Path) -> Path:
    body = "".join(
        f'<{name} contextRef="{context}" unitRef="JPY" decimals="{1 if "Ratio" in name else 0}">{value}</{name}>'
        for (name, context), value in FACTS.items()
    )
    alone = "CurrentYearInstant_NonConsolidatedMember"
    body += f'<jppfs_cor:Assets contextRef="{alone}" unitRef="JPY" decimals="0">7</jppfs_cor:Assets>'
    spaces = 'xmlns:xbrli="x" xmlns:jppfs_cor="a" xmlns:jpcrp_cor="b" xmlns:jpdei_cor="c"'
    head = f'<?xml version="1.0" encoding="UTF-8"?><xbrli:xbrl {spaces}>'
    path.write_text(f"{head}{body}</xbrli:xbrl>", encoding="utf-8")
    return path


def canonical(path: Path) -> Path:
    facts = {
        f"fact-{n}": {"dimensions": {"concept": name}, "source_context_ref": context, "value": value, "nil": False,
                      "decimals": "1" if "Ratio" in name else "0"}
        for n, ((name, context), value) in enumerate(FACTS.items())
    }  # fmt: skip
    facts["other"] = {
        "dimensions": {"concept": "jppfs_cor:Assets", "explicit_dimensions": {"axis": "NonConsolidatedMember"}},
        "source_context_ref": "CurrentYearInstant", "value": "7", "nil": False,
    }  # fmt: skip
    path.write_text(json.dumps({"facts": facts}), encoding="utf-8")
    return path


@pytest.mark.parametrize("make", [edinet_csv, xbrl, canonical])
def test_all_forms_of_a_filing_give_the_same_share(tmp_path: Path, make: object) -> None:
    found = company(read_filing(make(tmp_path / "filing")))  # type: ignore[operator]
    assert (found.name, found.capitalisation, found.net_tangible) == ("試験株式会社", 100.0, 140.0)
    assert found.share == pytest.approx(-0.4)
    assert found.low == pytest.approx(1 - 140 / 99)
    assert found.high == pytest.approx(1 - 140 / 101)


def test_a_given_price_needs_no_ratio_and_a_loss_year_needs_a_price(tmp_path: Path) -> None:
    loss = {**FACTS, ("jpcrp_cor:BasicEarningsLossPerShareSummaryOfBusinessResults", "CurrentYearDuration"): "-2.00"}
    filing = read_filing(edinet_csv(tmp_path / "filing", loss))
    with pytest.raises(SeriesRefused, match="positive share price"):
        company(filing)
    found = company(filing, price=28.0)
    assert (found.share, found.low) == (0.5, None)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (b"", EmptyInput),
        (b"{", MalformedInput),
        (b"[1]", SeriesRefused),
        (b"{}", SeriesRefused),
        (b'{"facts": {"a": 3}}', MalformedInput),
        (b'{"facts": {}}', SeriesRefused),
        (b"<html></html>", SeriesRefused),
        (b"<!DOCTYPE a [<!ENTITY b 'c'>]><xbrl>&b;</xbrl>", HostileInput),
        (b"a,b\n1,2\n", SeriesRefused),
        (gzip.compress(b'{"facts": {}}' * 90, mtime=0)[:30], TruncatedInput),
        (b"[" * 100_000, SeriesRefused),
        (b'{"a":' * 100_000, MalformedInput),
    ],
)  # fmt: skip
def test_what_is_no_filing_is_refused(tmp_path: Path, data: bytes, error: type[Exception]) -> None:
    path = tmp_path / "filing"
    path.write_bytes(data)
    with pytest.raises(error):
        read_filing(path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.one_of(st.binary(max_size=200), st.text(max_size=100).map(lambda t: f'{{"facts": [{t}]}}'.encode())))
def test_any_bytes_are_a_filing_or_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "filing"
    path.write_bytes(data)
    with pytest.raises(ChizaiError):
        read_filing(path)


# R&D capital ------------------------------------------------------------------------------------------------------


@given(st.floats(0.02, 0.6), st.floats(-0.005, 0.1), st.integers(2, 30))
def test_steady_growth_gives_a_steady_ratio_of_stock_to_flow(depreciation: float, growth: float, years: int) -> None:
    flows = [100 * (1 + growth) ** t for t in range(years)]
    stocks = perpetual_inventory(flows, depreciation=depreciation, initial_growth=growth)
    start, steady = sorted((1 / (growth + depreciation), (1 + growth) / (growth + depreciation)))
    ratios = [stock / flow for flow, stock in zip(flows, stocks, strict=True)]
    assert all(start - 1e-9 <= ratio <= steady + 1e-9 for ratio in ratios)
    assert mean_growth(flows) == pytest.approx(growth, abs=1e-9)


def test_the_stock_follows_its_recursion_and_forgets_its_start() -> None:
    flows = [100.0, 120.0, 90.0, 130.0]
    stocks = perpetual_inventory(flows, depreciation=0.2, initial_growth=0.05)
    assert stocks[0] == pytest.approx(100 / 0.25)
    for t in range(1, 4):
        assert stocks[t] == pytest.approx(0.8 * stocks[t - 1] + flows[t])
    other = perpetual_inventory(flows, depreciation=0.2, initial_growth=0.5)
    assert stocks[3] - other[3] == pytest.approx((stocks[0] - other[0]) * share_of_start(3, depreciation=0.2))


@pytest.mark.parametrize(
    ("flows", "depreciation"),
    [([1.0], 0.1), ([1.0, 0.0], 0.1), ([1.0, 2.0], 0.0), ([1.0, 2.0], 1.0), ([1.0, 0.5], 0.3)],
)
def test_a_stock_without_a_start_is_refused(flows: list[float], depreciation: float) -> None:
    with pytest.raises(ValueError):
        perpetual_inventory(flows, depreciation=depreciation)


def test_japans_rd_stock_depends_on_depreciation_and_its_flow_is_near_the_oecd_series() -> None:
    """OECD estimate for 2014 and 2015: 17.5 and 17.4 trillion yen (NISTEP, observations.csv)."""
    rows = {int(row["year"]): row for row in japan_rd_stock(depreciations=(0.15, 0.33))}
    assert rows[2014]["investment"] == pytest.approx(17.5, rel=0.03)
    assert rows[2015]["investment"] == pytest.approx(17.4, rel=0.03)
    assert rows[2015]["stock_0.15"] > 2 * rows[2015]["stock_0.33"]
    assert all(rate.source for rate in DEPRECIATION.values())


def test_shipped_tables_are_read() -> None:
    assert yen_per_dollar()[2024] == 151.4551
    assert yen_per_dollar_ecb()[2024] == pytest.approx(yen_per_dollar()[2024], rel=0.002)
    assert 90 < purchasing_power("JP")[2023] < 100
    assert min(rd_expenditure("JPN")) == 1996


# Secretariats -----------------------------------------------------------------------------------------------------


def test_ranks_by_definition() -> None:
    found = {one.name: (one.count, one.rank, one.within) for one in definitions()}
    assert found["all"] == (84, 4, True)
    assert found["committees"] == (20, 6, False)
    assert found["subcommittees"] == (64, 2, True)


def test_the_shipped_table_is_the_register(shared: Path) -> None:
    register = list(read_committees(shared / "data" / "standards" / "iso_technical_committees_snapshotA.jsonl"))
    assert len(register) == 785
    assert sorted(register, key=lambda one: one.reference) == sorted(
        shipped_committees(), key=lambda one: one.reference
    )
    assert by_country(register)["DE"] == 134


def test_a_newer_register_may_be_read_and_a_damaged_one_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    path.write_text(
        '{"reference": "ISO/TC 1", "status": "Active", "secretariat": {"acronym": "XYZ"}}\n\n', encoding="utf-8"
    )
    assert [(one.country, one.level) for one in read_committees(path)] == [("XYZ", "TC")]
    for text in ("{", "[]", '{"reference": 3, "status": "a"}', '{"reference": "a"}'):
        path.write_text(text, encoding="utf-8")
        with pytest.raises(SeriesRefused):
            list(read_committees(path))
    path.write_text("\n", encoding="utf-8")
    with pytest.raises(EmptyInput):
        list(read_committees(path))
    assert level_of("ISO/WS ESG") == "other"


# Seizures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("measure", ["customs_seizures", "customs_seized_items"])
def test_origins_add_up_to_the_total_where_all_are_listed(measure: str) -> None:
    years = seizures(measure)
    assert [one.year for one in years] == list(range(2019, 2026))
    for one in years[:5]:
        assert one.rest == 0
    assert (years[5].rest or 0) > 0, "2024 lists the largest origins only"
    assert years[6].rest is None
    assert share(years[6], "CN") is None
    assert 0.5 < (share(years[0], "CN") or 0) < 0.9
