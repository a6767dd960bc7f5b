"""The USPTO's XML: what is read is checked against the documents by another parser (lxml), by a hand-written file whose
values stand in this test, and by a JSON that came with one of the samples."""

from __future__ import annotations

import io
import json
import random
import re
import time
import zipfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from chizai.corpus import numbers
from chizai.corpus.funding_in_text import Award, awards, statement_bytes
from chizai.corpus.readers import base, uspto_pap, uspto_parts, uspto_redbook, xml_safety
from chizai.corpus.schema import Citation, Funding, Party, Priority, Record, Reject
from chizai.corpus.standards_in_text import mentions, passages
from chizai.errors import EmptyInput, HostileInput, InputError, MalformedInput, TruncatedInput

DATA = Path(__file__).parent / "data" / "uspto"
GRANTS, APPLICATIONS, PAP = *uspto_redbook.READERS, uspto_pap.READER
ALL = (GRANTS, APPLICATIONS, PAP)
FILES = sorted(DATA.glob("*.xml"))
FORMATS = "data/patents/fixtures/uspto_formats/PatentDocument"


def read(path: Path, reader: Any = None) -> list[Record | Reject]:
    found: list[Record | Reject] = []
    for source in base.expand(path):
        head = source.head()
        chosen = reader or next(each for each in ALL if each.recognise(head, source))
        for chunk in chosen.chunks(source):
            found += [chunk] if isinstance(chunk, Reject) else list(chosen.records(chunk))
    return found


def records(items: list[Record | Reject]) -> list[Record]:
    return [item for item in items if isinstance(item, Record)]


def fatal(items: list[Record | Reject]) -> list[Reject]:
    return [item for item in items if isinstance(item, Reject) and item.fatal]


def of_bytes(*documents: bytes, reader: Any = GRANTS) -> list[Record | Reject]:
    return list(reader.records(base.Chunk(list(documents))))


def grant() -> bytes:
    return (DATA / "US08930553.xml").read_bytes()


# ---- found by content ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "reader"),
    [
        ("US08930553.xml", GRANTS),
        ("US06859910.xml", GRANTS),
        ("hand_weekly_v47.xml", GRANTS),
        ("US20050004437A1.xml", APPLICATIONS),
        ("US20010000044A1.xml", PAP),
    ],
)
def test_each_format_is_known_by_its_content_and_by_one_reader_only(name: str, reader: Any, tmp_path: Path) -> None:
    unnamed = tmp_path / "download"
    unnamed.write_bytes((DATA / name).read_bytes())
    source = base.Source(unnamed)
    assert [each.name for each in ALL if each.recognise(source.head(), source)] == [reader.name]


@pytest.mark.parametrize("reader", ALL, ids=lambda reader: reader.name)
def test_other_files_are_not_claimed(reader: Any) -> None:
    source = base.Source(Path("x"))
    for head in (b"", b"a,b\n<us-patent-grant,1", b"<html><body/></html>", b"PK\x03\x04", b"\xff\xfe", b"{}"):
        assert not reader.recognise(head, source)


@pytest.mark.parametrize("reader", ALL, ids=lambda reader: reader.name)
def test_the_marks_are_complete(reader: Any) -> None:
    everything = set(base.Carries.__args__)  # type: ignore[attr-defined]
    assert reader.carries | set(reader.lacks) == everything
    assert not reader.carries & set(reader.lacks)
    assert set(reader.title) == {"en", "ja"}


# ---- the same as another parser finds --------------------------------------------------------------------------------


def trees(path: Path) -> list[Any]:
    data = path.read_bytes()
    parser = etree.XMLParser(load_dtd=False, resolve_entities=False, no_network=True, huge_tree=True)
    parts = [b"<?xml " + part for part in data.split(b"<?xml ")[1:]] or [data]
    roots = [etree.fromstring(part, parser) for part in parts]
    wrapped = [child for root in roots if root.tag == "root" for child in root]
    return wrapped or roots


def text_of(node: Any) -> str:
    return " ".join("".join(node.xpath(".//text()")).split()) if node is not None else ""


def compare_with_lxml(path: Path) -> int:
    """Counts and values of every grant or application in the file; the number of documents."""
    found, roots = records(read(path)), trees(path)
    assert len(found) == len(roots)
    for record, root in zip(found, roots, strict=True):
        kind = root.xpath("string(*[1]/publication-reference//kind)")
        assert record.publication.kind == kind
        assert record.publication.original == root.xpath("string(*[1]/publication-reference//doc-number)")
        stated = root.xpath("string(*[1]/publication-reference//date)")
        assert record.publication.publication_date == date(int(stated[:4]), int(stated[4:6]), int(stated[6:]))
        assert record.application is None or record.application.original == root.xpath(
            "string(*[1]/application-reference//doc-number)"
        )
        bib = root[0]
        claims = root.xpath("claims/claim")
        assert record.publication.claims == int(root.xpath("string(.//number-of-claims)") or len(claims))
        texts = {text.part: text.text for text in record.texts}
        assert texts["title"] == text_of(bib.find("invention-title"))
        assert texts.get("abstract", "") == text_of(root.find("abstract"))
        squeezed = "".join("".join(text_of(claim) for claim in claims).split())
        assert "".join(texts["claims"].split()) == squeezed
        assert len(texts["claims"].split("\n")) == len(claims)

        scheme = [row.scheme for row in record.classifications]
        pairs = {
            tuple(
                c.findtext(p)
                for p in ("section", "class", "subclass", "main-group", "subgroup", "classification-value")
            )
            for c in bib.xpath("classifications-cpc//classification-cpc")
        }
        assert scheme.count("cpc") == len(pairs)
        assert scheme.count("ipc") == len(
            bib.xpath(
                "classifications-ipcr/classification-ipcr|classification-ipc/*[contains(name(),'-classification')]"
            )
        )
        us = bib.xpath("classification-national/main-classification|classification-national/further-classification")
        assert scheme.count("uspc") == len([node for node in us if node.text != "None"])
        assert scheme.count("locarno") == len(bib.xpath("classification-locarno/*[contains(name(),'-classification')]"))
        ipcr = bib.xpath("classifications-ipcr/classification-ipcr")
        assert [row.symbol for row in record.classifications if row.scheme == "ipc"][: len(ipcr)] == [
            "".join(node.findtext(part) for part in ("section", "class", "subclass", "main-group"))
            + "/"
            + node.findtext("subgroup")
            for node in ipcr
        ]

        cited = bib.xpath("us-references-cited/us-citation|references-cited/citation")
        assert [row.patent for row in record.citations] == [node.find("patcit") is not None for node in cited]
        for row, node in zip(record.citations, cited, strict=True):
            category = node.findtext("category") or ""
            assert (row.cited_by == "examiner") == ("examiner" in category)
            assert (row.cited_by == "applicant") == ("applicant" in category)
            if row.patent:
                month = node.findtext(".//date") or ""
                assert (row.cited_date is None) == (month[4:6] in ("", "00"))
                assert row.cited_date is None or row.cited_date.strftime("%Y%m") == month[:6]
                digits = "".join(filter(str.isdigit, node.findtext(".//doc-number")))
                if row.cited_id and node.findtext(".//country") == "US":
                    assert re.sub(r"\D", "", row.cited_id.split("-")[1])[-6:] == digits[-6:]
            else:
                assert row.cited_text == text_of(node.find("nplcit"))

        inventors = bib.xpath("*[self::parties or self::us-parties]/inventors/*") or bib.xpath(
            "parties/applicants/applicant[@app-type='applicant-inventor']"
        )
        named = [row for row in record.parties if row.role == "inventor"]
        assert len(named) == len(inventors)
        for party, node in zip(named, inventors, strict=True):
            assert node.findtext(".//last-name").strip() in party.name
            assert party.country in (node.findtext(".//address/country"), None)
        applicants = bib.xpath("assignees/assignee") or bib.xpath(
            "us-parties/us-applicants/us-applicant|parties/applicants/applicant"
        )
        assert [row.name for row in record.parties if row.role == "applicant"] == [
            " ".join(
                node.xpath(
                    "concat(.//orgname, ' ', .//first-name, ' ', .//middle-name, ' ', .//last-name, ' ', .//suffix)"
                ).split()
            )
            for node in applicants
        ]
        claimed = bib.xpath(
            "priority-claims/priority-claim|us-related-documents/us-provisional-application"
            "|us-related-documents/*/relation/parent-doc|us-related-documents/*/us-relation/parent-doc"
            "|pct-or-regional-filing-data"
        )
        assert len(record.priorities) <= len(claimed)
        assert bool(record.priorities) == bool(claimed)
    return len(roots)


@pytest.mark.parametrize("path", [path for path in FILES if "US2001" not in path.name], ids=lambda path: path.name)
def test_a_shipped_document_gives_what_lxml_finds_in_it(path: Path) -> None:
    assert compare_with_lxml(path) == (2 if "weekly" in path.name else 1)


def test_every_local_red_book_document_gives_what_lxml_finds_in_it(shared: Path) -> None:
    samples = shared / FORMATS / "resources/samples"
    paths = [
        path for folder in ("xml2004", "xml2006", "xml2014", "xmlApp2004") for path in (samples / folder).iterdir()
    ]
    extra = shared / "data/patents/fixtures/uspto_xml_extra"
    assert sum(map(compare_with_lxml, [*paths, *extra.iterdir()])) == 8 + 5


def test_a_hundred_designs_of_v47_are_those_of_the_json_beside_them(shared: Path) -> None:
    folder = shared / "data/patents/fixtures/uspto_grant_v47"
    assert compare_with_lxml(folder / "sample_patents.xml") == 100
    found = records(read(folder / "sample_patents.xml"))
    stated = json.loads((folder / "patents_data.json").read_text(encoding="utf-8"))
    assert len(stated) == 100
    for record, item in zip(found, stated, strict=True):
        assert record.publication.original == item["patent_id"]
        assert record.publication.kind_class == "design"
        texts = {text.part: text.text for text in record.texts}
        assert texts["title"] == " ".join(item["title"].split())
        assert texts["claims"] == " ".join(item["description"].split())
        assert record.application is not None
        assert record.application.filing_date == date.fromisoformat(item["filing_date"])
        assert [(p.name, p.country) for p in record.parties if p.role == "inventor"] == [
            (" ".join(person["full_name"].split()), person["country"]) for person in item["inventors"]
        ]
        locarno = [row.symbol for row in record.classifications if row.scheme == "locarno"]
        assert locarno[0].replace("-", "") == item["locarno_classification"]
        assignees = [p.name for p in record.parties if p.kind == "assignee"]
        if assignees:
            companies = [" ".join(each["company_name"].split()) for each in item["assignees"] if each["company_name"]]
            assert set(companies) <= set(assignees)


def test_the_documents_that_were_broken_on_purpose_are_kept_with_a_note(shared: Path) -> None:
    """One lacks its abstract, one its DOCTYPE, one names a DTD that does not exist: all their data can be read."""
    extra = shared / "data/patents/fixtures/uspto_xml_extra"
    whole = records(read(extra / "US08613112-20131224.XML"))
    assert records(read(extra / "US08613112-noDTDFile.XML")) == whole
    assert records(read(extra / "US08613112-notSupportedDTD.XML")) == whole
    items = read(extra / "US08613112-lackofnode.XML")
    assert [(item.code, item.column, item.fatal) for item in items if isinstance(item, Reject)] == [
        ("malformed-input", "abstract", False)
    ]
    assert records(items)[0].citations == whole[0].citations


def office_dtd(path: Path) -> Any:
    """A DTD of the office with placeholders for the modules (MathML, tables) that are not shipped with it."""
    text = path.read_text(encoding="latin-1")
    for module, said in (("MATHML2_DTD", "IGNORE"), ("TABLE_DTD", "IGNORE"), ("WIPO_ENT", "IGNORE")):
        text = re.sub(rf'(ENTITY % {module}\s+)"INCLUDE"', rf'\1"{said}"', text)
    text = re.sub(r'(ENTITY % (?:MATH|TABLE)_PLACEHOLDER\s+)"IGNORE"', r'\1"INCLUDE"', text)
    return etree.DTD(io.StringIO(text))


@pytest.mark.parametrize(
    "name",
    [
        "us-patent-grant-v40-2004-12-02",
        "us-patent-grant-v42-2006-08-23",
        "us-patent-grant-v45-2014-04-03",
        "us-patent-application-v40-2004-12-02",
        "pap-v15-2001-01-31",
    ],
)
def test_the_samples_are_valid_by_the_offices_own_dtd(shared: Path, name: str) -> None:
    """Layouts that this test would not know would not be those of the office: the hand-written file included."""
    dtd = office_dtd(shared / FORMATS / "src/main/resources/dtd" / f"{name}.dtd")
    paths = sorted((shared / FORMATS / "resources/samples").rglob("*.xml"))
    paths = [path for path in paths if f'"{name}.dtd"'.encode() in path.read_bytes()[:400]]
    roots = [trees(path)[0] for path in paths]
    if "grant-v45" in name:
        roots += trees(DATA / "hand_weekly_v47.xml")[:1]
    assert roots
    for root in roots:
        for node in root.xpath("//math|//table"):
            node.attrib.clear()
            node[:] = []
            node.text = None
        valid = dtd.validate(root)
        # PAP names its images as entities of the document's own DOCTYPE, which is not loaded; emptied tables held ids.
        own = {"DTD_UNKNOWN_ENTITY", "DTD_UNKNOWN_ID"} | ({"DTD_UNKNOWN_ELEM"} if name.startswith("pap") else set())
        assert valid or {error.type_name for error in dtd.error_log} <= own, dtd.error_log


# ---- the hand-written weekly file: every value is stated here --------------------------------------------------------


def test_every_field_of_a_v47_grant() -> None:
    first, second = records(read(DATA / "hand_weekly_v47.xml"))
    number = "US-11999001-B2"
    assert first.publication[:9] == (
        number, "US", "11999001", "B2", "grant", date(2024, 1, 2), "US-202017123456-A", None, None,
    )  # fmt: skip
    assert first.publication.claims == 2
    assert first.application is not None
    assert first.application.filing_date == date(2020, 12, 16)
    assert first.priorities == [
        Priority(number, 1, "JP-2019123456-A", "JP", date(2019, 7, 2), "priority"),
        Priority(number, 2, "US-201916555001-A", "US", date(2019, 8, 1), "continuation"),
        Priority(number, 3, "US-201862654321-P", "US", date(2018, 4, 9), "provisional"),
        Priority(number, 4, "JP-2020012345-W", "JP", date(2020, 3, 19), "pct"),
    ]
    assert first.parties == [
        Party(number, "applicant", 1, "Example Radio K.K.", "JP", "address", "Kyoto", "assignee"),
        Party(number, "applicant", 2, "University of Example", "US", "address", "Springfield, IL", "assignee"),
        Party(number, "inventor", 1, "Hanako Example", "JP", "address", "Kyoto", "person"),
    ]
    assert [row[1:] for row in first.classifications] == [
        ("cpc", "H04W84/12", 1, True, True),
        ("cpc", "Y02D30/70", 2, False, False),
        ("cpc", "C08K3/36", 3, False, False),
        ("ipc", "H04W84/12", 1, True, True),
        ("ipc", "H04L9/40", 2, False, False),
    ]
    assert first.citations == [
        Citation(number, 1, "US-10123456-B2", "US 10123456 B2", True, "examiner", None, None, date(2018, 11, 1)),
        Citation(number, 2, "JP-2004123456-A", "JP 2004-123456 A", True, "applicant", None, None, date(2004, 4, 1)),
        Citation(number, 3, None, "Doe, On radios, vol. 3, “Part 1”.", False, "third_party"),
        Citation(number, 4, None, "Roe & Poe, Antennas.", False, "applicant"),
        Citation(number, 5, None, "XX unreadable", True, None),
    ]
    assert {text.part: text.text for text in first.texts} == {
        "title": "Radio with CO2 sensor — and method",
        "abstract": "A radio (1) that measures CO2.",
        "claims": "1. A radio, comprising: an antenna; and a CO2 sensor ≤ 5 mm wide.\n"
        "2. The radio of claim 1, wherein a < b.",
    }
    assert [(row.agency, row.contract, row.derived) for row in first.fundings] == [
        ("National Science Foundation", "CHE-0234567", True),
        ("Department of Energy", "DE-AC02-05CH11231", True),
    ]
    assert str(first.fundings[0].statement).startswith("This invention was made with government support")
    assert [row.standard for row in first.standards] == ["IEEE:802.11ax", "ISO/IEC:14496-10", "3GPP:TS23.501"]

    assert second.publication.publication_id == "US-RE49999-E1"
    assert [(row.priority_id, row.linkage) for row in second.priorities] == [("US-201715111222-A", "reissue")]
    # Without an assignee the applicant stands; a country "unknown" is none.
    assert [(row.role, row.name, row.country, row.kind) for row in second.parties] == [
        ("inventor", "Ann Poe Jr.", None, "person"),
        ("applicant", "Bolt Works, Inc.", "US", "company"),
    ]


def test_an_impossible_date_costs_the_date_and_not_the_record() -> None:
    notes = [item for item in read(DATA / "hand_weekly_v47.xml") if isinstance(item, Reject)]
    assert [(note.row, note.code, note.column, note.fatal) for note in notes] == [
        (2, "malformed-input", "application-reference", False),
        (2, "bad-number", "application-reference", False),
    ]


def test_every_field_of_a_pap_document() -> None:
    (record,) = records(read(DATA / "US20010000044A1.xml"))
    root = etree.fromstring((DATA / "US20010000044A1.xml").read_bytes(), etree.XMLParser(load_dtd=False))
    assert record.publication.publication_id == "US-2001000044-A1"
    assert record.publication.publication_date == date(2001, 3, 15)
    assert record.application is not None
    assert (record.application.application_id, record.application.filing_date) == ("US-34286699-A", date(1999, 6, 29))
    assert record.publication.claims == len(root.findall(".//claim"))
    assert [row[1:] for row in record.classifications] == [
        ("ipc", "G06F17/60", 1, None, True),
        ("uspc", "705/26", 1, None, True),
        ("uspc", "705/37", 2, None, False),
    ]
    assert [(row.role, row.name, row.country, row.country_source, row.address) for row in record.parties] == [
        ("applicant", "Wayne W Lin", "US", "residence", "Irvine, CA"),
        ("inventor", "Wayne W Lin", "US", "residence", "Irvine, CA"),
    ]
    texts = {text.part: text.text for text in record.texts}
    assert texts["title"] == text_of(root.find(".//title-of-invention"))
    assert texts["abstract"] == text_of(root.find("subdoc-abstract/paragraph"))
    assert "".join(texts["claims"].split()) == "".join("".join(text_of(c) for c in root.findall(".//claim")).split())


def test_pap_foreign_priorities_and_named_entities_of_html(shared: Path) -> None:
    folder = shared / FORMATS / "resources/samples/pap"
    (record,) = records(read(folder / "US20010000943A1.xml"))
    assert [(row.priority_id, row.linkage) for row in record.priorities] == [
        ("JP-9772799-A", "priority"),
        ("JP-0002182-W", "continuation"),
    ]
    claims = next(text.text for text in record.texts if text.part == "claims")
    assert "Min−20 nm<t<Min +20 nm" in claims
    assert "&" not in claims
    assert [row.standard for row in record.standards] == ["JIS:Z8701"]


def test_pap_priorities_of_all_sorts() -> None:
    (record,) = records(read(DATA / "US20010009014A1.xml"))
    assert [(row.priority_id, row.linkage) for row in record.priorities] == [
        ("US-43288599-A", "division"),
        ("US-31292799-A", "continuation_in_part"),
        ("US-12803799-P", "provisional"),
    ]


PAP_STATEMENT = b"""<subdoc-description><federal-research-statement>
<heading lvl="0">Federal Research Statement</heading>
<paragraph-federal-research-statement>Made under <contract-number>N00014-99-1-0123</contract-number> of the
<us-agency>Office of Naval Research</us-agency>.</paragraph-federal-research-statement>
</federal-research-statement>"""


def test_a_tagged_statement_of_federal_research_is_not_derived() -> None:
    document = (DATA / "US20010000044A1.xml").read_bytes().replace(b"<subdoc-description>", PAP_STATEMENT)
    (record,) = records(of_bytes(document, reader=PAP))
    statement = "Made under N00014-99-1-0123 of the Office of Naval Research."
    assert record.fundings == [
        Funding(record.publication.publication_id, 1, "Office of Naval Research", "N00014-99-1-0123", statement, False)
    ]


# ---- streams ---------------------------------------------------------------------------------------------------------


def test_a_weekly_file_in_a_zip_is_cut_into_its_documents(tmp_path: Path) -> None:
    names = ["US08930553.xml", "US06859910.xml", "hand_weekly_v47.xml"]
    weekly = b"".join((DATA / name).read_bytes() for name in names)
    path = tmp_path / "ipg240102.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("ipg240102.xml", weekly)
    together = records(read(path))
    assert together == [record for name in names for record in records(read(DATA / name))]


def test_documents_wrapped_in_one_element_and_utf_16_are_cut_alike(tmp_path: Path) -> None:
    alone = grant()
    inner = alone[alone.index(b"<us-patent-grant") :].decode("utf-8")
    wrapped = tmp_path / "wrapped.xml"
    wrapped.write_text(f'<?xml version="1.0" encoding="UTF-16"?>\n<root>\n{inner}{inner}</root>', encoding="utf-16")
    (expected,) = records(read(DATA / "US08930553.xml"))
    assert read(wrapped) == [expected, expected]


@given(st.integers(1, 400), st.lists(st.integers(0, 3), min_size=1, max_size=8))
def test_the_cutting_does_not_depend_on_where_blocks_end(size: int, parts: list[int]) -> None:
    pieces = [b"<?xml version='1.0'?>\n<r>1</r>\n", b"<?xml version='1.0'?><r ", b"<r/>", b"<r-x/>?"]
    data = b"".join(pieces[part] for part in parts)

    class Slow(io.BytesIO):
        def read(self, _: int | None = -1) -> bytes:
            return super().read(size)

    cut = list(xml_safety.documents(Slow(data), (b"<r",)))
    assert cut == list(xml_safety.documents(io.BytesIO(data), (b"<r",)))
    assert b"".join(item[1] for item in cut if not isinstance(item, Reject)) == data


def test_a_document_over_the_limit_is_passed_over_in_bounded_memory() -> None:
    class Endless(io.RawIOBase):
        """A good document, then one of 40 MB, then a good one."""

        def __init__(self) -> None:
            self.parts: Iterator[bytes] = iter(
                [b"<?xml version='1.0'?><r>1</r>", b"<?xml version='1.0'?><r>"]
                + [b"x" * (1 << 20)] * 40
                + [b"</r>", b"<?xml version='1.0'?><r>2</r>"]
            )
            self.longest = 0

        def read(self, _: int = -1) -> bytes:
            return next(self.parts, b"")

    found = list(xml_safety.documents(Endless(), (b"<r",), limit=4 << 20))  # type: ignore[arg-type]
    assert [item.code if isinstance(item, Reject) else item[0] for item in found] == [1, "hostile-input", 3]
    assert found[-1] == (3, b"<?xml version='1.0'?><r>2</r>")


def test_an_input_without_a_document_is_an_error_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "empty.xml"
    path.write_bytes(b"  \n ")
    with pytest.raises(EmptyInput):
        list(GRANTS.chunks(base.Source(path)))


# ---- hostile and broken ----------------------------------------------------------------------------------------------

LAUGHS = b"""<?xml version="1.0"?>
<!DOCTYPE us-patent-grant [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;">]>
<us-patent-grant>&lol2;</us-patent-grant>"""
EXTERNAL = b"""<?xml version="1.0"?>
<!DOCTYPE us-patent-grant [<!ENTITY xxe SYSTEM "file:///etc/passwd">]>
<us-patent-grant>&xxe;</us-patent-grant>"""
PARAMETER = b"""<?xml version="1.0"?>
<!DOCTYPE us-patent-grant [<!ENTITY % p SYSTEM "http://example.org/x.dtd"> %p;]>
<us-patent-grant/>"""
DEEP = b"<us-patent-grant>" + b"<b>" * 50_000 + b"</b>" * 50_000 + b"</us-patent-grant>"
INNER = b"<us-patent-grant><!DOCTYPE x [<!ENTITY a 'b'>]></us-patent-grant>"


@pytest.mark.parametrize("document", [LAUGHS, EXTERNAL, PARAMETER, DEEP, INNER])
def test_a_hostile_document_is_refused_and_its_neighbours_are_kept(document: bytes) -> None:
    before, refused, after = of_bytes(grant(), document, grant())
    assert isinstance(before, Record)
    assert isinstance(after, Record)
    assert isinstance(refused, Reject)
    assert (refused.row, refused.code, refused.fatal) == (2, "hostile-input", True)


def test_a_flood_of_tags_is_refused_without_a_tree() -> None:
    with pytest.raises(HostileInput):
        xml_safety.parse(b"<r>" + b"<a/>" * (xml_safety.MAX_TAGS // 2 + 1) * 2 + b"</r>")


def test_images_declared_as_unparsed_entities_are_harmless() -> None:
    doctype = b"""<!DOCTYPE us-patent-grant SYSTEM "x.dtd" [
<!NOTATION TIF PUBLIC "TIF">
<!ENTITY US1.TIF SYSTEM "US1.TIF" NDATA TIF>
]>"""
    document = grant().replace(b'<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v45-2014-04-03.dtd" [ ]>', doctype)
    assert b"NDATA" in document
    assert len(records(of_bytes(document))) == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda data: data[:-400], "truncated-input"),
        (lambda data: data[: data.index(b"</description>")], "truncated-input"),
        (lambda data: data[: data.index(b"<us-patent-grant") - 2], "malformed-input"),
        (lambda data: data.replace(b"</invention-title>", b"</title>"), "malformed-input"),
        (lambda data: data.replace(b"us-bibliographic-data-grant", b"us-bibliography"), "malformed-input"),
        (lambda data: data.replace(b"<doc-number>08930553</doc-number>", b"<doc-number>x</doc-number>"), "bad-number"),
        (lambda data: data.replace(b"us-patent-grant", b"us-plant-grant"), "malformed-input"),
        (lambda data: data.replace(b"Managing", b"Man\x00aging"), "malformed-input"),
        (lambda data: data.replace(b"Managing", b"Man&#xD800;aging"), "malformed-input"),
        (lambda data: data.replace(b"UTF-8", b"KLINGON"), "malformed-input"),
    ],
)
def test_a_broken_document_ends_in_one_reject_and_the_rest_is_kept(change: Any, code: str) -> None:
    broken = change(grant())
    assert broken != grant()
    items = of_bytes(broken, grant())
    assert [item.code for item in fatal(items)] == [code]
    assert fatal(items)[0].row == 1
    assert len(records(items)) == 1


def test_bytes_that_do_not_fit_the_encoding_are_shown_and_noted() -> None:
    items = of_bytes(grant().replace(b"Managing", b"Man\xe9aging"))
    assert [(item.code, item.fatal) for item in items if isinstance(item, Reject)] == [("bad-encoding", False)]
    assert records(items)[0].texts[0].text.startswith("Man\ufffdaging")


def test_the_declared_encoding_is_used() -> None:
    document = grant().decode("utf-8").replace("UTF-8", "ISO-8859-1").replace("Managing", "Ménaging")
    (record,) = records(of_bytes(document.encode("latin-1", "xmlcharrefreplace")))
    assert record.texts[0].text.startswith("Ménaging")


def test_names_of_html_entities_are_read_without_a_dtd() -> None:
    document = (
        grant().replace(b"Managing", b"A &mdash; &eacute;&amp;&nosuch;").replace(b"A system", b"A &Delta; system")
    )
    (record,) = records(of_bytes(document))
    assert record.texts[0].text.startswith("A — é&&nosuch; mid-dialog")
    assert "A Δ system" in record.texts[2].text


def test_a_citation_that_cannot_be_read_costs_that_citation_only() -> None:
    document = grant().replace(b"<doc-number>7995466</doc-number>", b"<doc-number>7995466</doc-numbr>")
    items = of_bytes(document)
    assert len(records(items)[0].citations) == 20
    assert [(item.column, item.fatal) for item in items if isinstance(item, Reject)] == [("citation", False)]


NOISE = [b"<", b">", b"&", b"&#x110000;", b"\x00", b"\xff", b"]]>", b"<!--", b"<![CDATA[", b"</p>", b"0", b"?>"]
FLOODS = [
    b"<", b"?", b"<?", b"<!", b"<!--", b"&", b"ISO ", b"<p", b"<heading", b"802.", b"Grant No. ", b"</claim>",
    b"<claim ",
]  # fmt: skip


@given(st.data())
def test_random_damage_never_raises(data: st.DataObject) -> None:
    path = data.draw(st.sampled_from(FILES))
    document = path.read_bytes()
    # The description is not read as XML: most of the damage should meet what is.
    size = len(document) if data.draw(st.booleans()) else min(len(document), 12_000)
    document = document if data.draw(st.booleans()) else document[: data.draw(st.integers(0, size))]
    damaged = bytearray(document)
    noise = st.sampled_from(
        [b"<", b">", b"&", b"&#x110000;", b"\x00", b"\xff", b"]]>", b"<!--", b"<![CDATA[", b"</p>", b"0", b"?>"]
    )
    for _ in range(data.draw(st.integers(0, 6))):
        if damaged:
            place = data.draw(st.integers(0, min(size, len(damaged)) - 1))
            length = data.draw(st.integers(0, 30))
            damaged[place : place + length] = data.draw(noise)
    check_survives(bytes(damaged))


def check_survives(document: bytes) -> None:
    for reader in ALL:
        cut = list(
            xml_safety.documents(io.BytesIO(document), (b"<us-patent-grant", b"<patent-application-publication"))
        )
        pieces = [item[1] for item in cut if not isinstance(item, Reject)]
        for item in reader.records(base.Chunk(pieces)):
            assert isinstance(item, Record | Reject)
            if isinstance(item, Record):
                for _, rows in item.rows():
                    for row in rows:
                        assert all(value.encode("utf-8") is not None for value in row if isinstance(value, str))


@pytest.mark.parametrize(
    "filler",
    [
        b"<",
        b"?",
        b"<?",
        b"<!",
        b"<!--",
        b"&",
        b"ISO ",
        b"<p",
        b"<heading",
        b"802.",
        b"Grant No. ",
        b"</claim>",
        b"<claim ",
    ],
)
def test_repeated_marks_do_not_hang(filler: bytes) -> None:
    flood = filler * (400_000 // len(filler))
    start = time.process_time()
    for document in (
        grant().replace(b"<description", flood + b"<description", 1),
        grant().replace(b"</description>", flood + b"</description>"),
        grant().replace(b"</claims>", flood + b"</claims>"),
        grant().replace(b"<us-references-cited>", b"<us-references-cited>" + flood),
        flood + grant(),
    ):
        check_survives(document)
    assert time.process_time() - start < 20


def test_the_guards_raise_what_they_promise() -> None:
    for document, error in (
        (b"", TruncatedInput),
        (b"<!DOCTYPE r [", TruncatedInput),
        (b"<!-- ", TruncatedInput),
        (b"<!DOCTYPE r SYSTEM 'x' [<!ELEMENT r ANY>]><r/>", HostileInput),
        (b"text", MalformedInput),
    ):
        with pytest.raises(error):
            xml_safety.prolog(document)
    assert issubclass(HostileInput, InputError)


# ---- numbers, standards, funding -------------------------------------------------------------------------------------


@given(
    st.sampled_from(
        ["{:07d} A", "{:07d} B1", "{:07d} B2", "1{:07d} B2", "D{:06d} S", "2015/0{:06d} A1", "20150{:06d} A1"]
    ),
    st.integers(1, 9_999_999),
)
def test_the_short_way_to_a_cited_number_agrees_with_the_general_way(form: str, value: int) -> None:
    number, kind = form.format(value if "7d" in form else value % 1_000_000).split(" ")
    try:
        expected: str | None = numbers.publication("US", number, kind).id
    except InputError:
        expected = None
    assert uspto_parts.cited_id("US", number, kind) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("as in IEEE 802.11a, IEEE802.15.4e and IEEE Std 1588-2008", ["IEEE:802.11a", "IEEE:802.15.4e", "IEEE:1588"]),
        ("IEEE 2005, pp. 3-5; Proc. IEEE 63(9); IEEE Trans. 46", []),
        ("ISO 9001:2015, ISO-8859-1, ISO/IEC TR 9126", ["ISO:9001", "ISO:8859-1", "ISO/IEC:TR9126"]),
        ("a film of ISO 400, ISO 13,000 rpm, isolated ISO", []),
        ("3GPP TS 23.501 V15, 3GPP Technical Specification (TS) 36.211", ["3GPP:TS23.501", "3GPP:TS36.211"]),
        (
            "ETSI EN 300 328, ETSI TS 102 822-3-1, ETSI GS NFV 001",
            ["ETSI:EN300328", "ETSI:TS102822-3-1", "ETSI:GSNFV001"],
        ),
        ("ITU-T H.264, ITU-R BT.709, ITU-T Recommendation G.711", ["ITU-T:H.264", "ITU-R:BT.709", "ITU-T:G.711"]),
        ("RFC 2616, RFC2119, request 2616", ["IETF:RFC2616", "IETF:RFC2119"]),
        ("JIS Z 8701に準拠、ＪＩＳ Ｋ ７２１０", ["JIS:Z8701", "JIS:K7210"]),
        (
            "ASTM D638, MIL-STD-1553B, JESD79-4, IEC 61850-7-4",
            ["IEC:61850-7-4", "ASTM:D638", "JEDEC:JESD79-4", "MIL-STD:1553B"],
        ),
        ("xIEEE 1394, BRFC 2616", []),
    ],
)
def test_standards_are_found_by_their_bodies_own_notation(text: str, expected: list[str]) -> None:
    assert [mention.standard for mention in mentions(text)] == expected


@given(
    st.lists(
        st.sampled_from(["IEEE 802.11", "a", "<p>", "RFC 2616 ", "x" * 300, "ISO/IEC 14496-2 ", "<b>", "PLANE "]),
        max_size=30,
    )
)
def test_the_fast_way_past_text_finds_what_the_slow_way_finds(parts: list[str]) -> None:
    text = " ".join(parts)
    fast = xml_safety.plain_text(uspto_parts.whole_tags(passages(text.encode())))
    assert {m.standard for m in mentions(fast)} == {m.standard for m in mentions(xml_safety.plain_text(text.encode()))}


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "made with Government support under Grant Nos. R01 CA123456 and P30 EY001792 awarded by the National "
            "Institutes of Health and Contract No. DE-AC02-05CH11231 awarded by the U.S. Department of Energy.",
            [
                Award("National Institutes of Health", "R01 CA123456"),
                Award("National Institutes of Health", "P30 EY001792"),
                Award("Department of Energy", "DE-AC02-05CH11231"),
            ],
        ),
        (
            "supported by the National Science Foundation (ECS-0335765) and the Air Force (FA8650-15-C-7518).",
            [
                Award("National Science Foundation", "ECS-0335765"),
                Award("Department of the Air Force", "FA8650-15-C-7518"),
            ],
        ),
        (
            "under U.S. Air Force contract number F33615-99-C-2921. The Government may have rights.",
            [Award("Department of the Air Force", "F33615-99-C-2921")],
        ),
        ("The government has certain rights in this invention.", []),
    ],
)
def test_agencies_and_contracts_are_tied_where_the_text_ties_them(statement: str, expected: list[Award]) -> None:
    assert awards(statement) == expected


@pytest.mark.parametrize(
    "description",
    [
        b'<?federal-research-statement description="x" end="lead"?><p>Made by NSF.</p>'
        b'<?federal-research-statement description="x" end="tail"?><p>No.</p>',
        b"<heading>Field</heading><p>No.</p><heading>STATEMENT REGARDING FEDERALLY SPONSORED RESEARCH</heading>"
        b"<p>Made by NSF.</p><heading>Background</heading><p>No.</p>",
        b"<p>No.</p><p>Made with government support by NSF.</p><p>No.</p>",
    ],
)
def test_a_funding_statement_is_found_by_label_heading_or_wording(description: bytes) -> None:
    (found,) = statement_bytes(description)
    assert b"NSF" in found
    assert b"No." not in found


def test_a_description_about_government_in_general_is_no_statement() -> None:
    assert statement_bytes(b"<heading>SUMMARY</heading><p>The government may use the bolt.</p>") == []


def test_a_section_that_says_not_applicable_gives_no_row() -> None:
    lead = b'<?GOVINT description="Government Interest" end="lead"?><p>Not applicable.</p><?GOVINT end="tail"?>'
    (record,) = records(of_bytes(grant().replace(b'<description id="description">', b"<description>" + lead)))
    assert record.fundings == []


def test_the_order_of_documents_in_a_stream_does_not_change_them() -> None:
    documents = [path.read_bytes() for path in FILES if "weekly" not in path.name and "2001" not in path.name]
    expected = {r.publication.publication_id: r for r in records(of_bytes(*documents))}
    random.Random(5).shuffle(documents)
    assert {r.publication.publication_id: r for r in records(of_bytes(*documents))} == expected
