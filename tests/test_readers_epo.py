"""DOCDB exchange XML and responses of EPO OPS.

The fixtures in tests/data/epo are written by hand in the layout of the real files. The real files (``shared``) are
read a second time with lxml, which shares no code with the readers.
"""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from chizai.corpus.readers import docdb, epo_exchange, epo_items, ops
from chizai.corpus.readers.base import CHUNK_BYTES, Carries, Chunk, Source, expand
from chizai.corpus.readers.xml_safety import parse
from chizai.corpus.schema import Citation, Classification, Party, Priority, Record, Reject, Text
from chizai.errors import EmptyInput, HostileInput, InputError

DATA = Path(__file__).parent / "data" / "epo"
READERS = (docdb.READER, ops.READER)


def read(reader: Any, path: Path) -> list[Record | Reject]:
    found: list[Record | Reject] = []
    for source in expand(path):
        for chunk in reader.chunks(source):
            found += [chunk] if isinstance(chunk, Reject) else list(reader.records(chunk))
    return found


def records(found: list[Record | Reject]) -> list[Record]:
    return [item for item in found if isinstance(item, Record)]


def rejects(found: list[Record | Reject]) -> list[Reject]:
    return [item for item in found if isinstance(item, Reject)]


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_every_item_is_either_carried_or_marked(reader: Any) -> None:
    assert reader.carries | reader.lacks.keys() == set(get_args(Carries))
    assert not reader.carries & reader.lacks.keys()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("docdb.xml", "docdb"),
        ("ops_family.xml", "ops"),
        ("ops_claims.xml", "ops"),
        ("ops_fault.xml", "ops"),
        ("ops_register.xml", "ops"),
    ],
)
def test_each_file_is_claimed_by_its_own_reader_only(name: str, expected: str) -> None:
    source = Source(DATA / name)
    assert [reader.name for reader in READERS if reader.recognise(source.head(), source)] == [expected]


@pytest.mark.parametrize(
    "head", [b"", b"\x89PNG", b"<html><body>", b"{}", b"<?xml-stylesheet href='a'?>", b"<fault xmlns='urn:other'/>"]
)
def test_other_files_are_not_claimed(head: bytes) -> None:
    source = Source(DATA / "docdb.xml")
    assert not any(reader.recognise(head, source) for reader in READERS)


# DOCDB


@pytest.fixture(scope="module")
def exchange() -> list[Record | Reject]:
    return read(docdb.READER, DATA / "docdb.xml")


def test_docdb_gives_publication_application_and_priorities_with_their_linkage(exchange: list[Record | Reject]) -> None:
    record = records(exchange)[0]
    own = record.publication
    assert (own.publication_id, own.kind_class, own.publication_date) == (
        "EP-9990001-A1",
        "application",
        date(2020, 7, 1),
    )
    assert (own.family_id, own.source_id, own.grant_date) == ("70000001", "900000001", None)
    assert record.application is not None
    assert record.application.filing_date == date(2019, 1, 2)
    assert own.application_id == record.application.application_id == "EP-19990001-A"
    assert record.priorities == [
        Priority("EP-9990001-A1", 1, "US-201862700001-P", "US", date(2018, 1, 5), "provisional"),
        Priority("EP-9990001-A1", 2, "JP-2018012345-A", "JP", date(2018, 1, 29), "division"),
        Priority("EP-9990001-A1", 3, "IB-2018055555-W", "IB", date(2018, 12, 1), "pct"),
    ]


def test_docdb_takes_the_standard_form_of_a_name_with_its_residence(exchange: list[Record | Reject]) -> None:
    own = "EP-9990001-A1"
    assert records(exchange)[0].parties == [
        Party(own, "applicant", 1, "EXAMPLE GMBH", "DE", "residence"),
        Party(own, "applicant", 2, "REI KOGYO KK", "JP", "residence"),
        Party(own, "inventor", 1, "KOŚNIK, A. & B."),
    ]


def test_docdb_names_a_symbol_once_inventive_where_any_office_says_so_and_first_where_the_epo_does(
    exchange: list[Record | Reject],
) -> None:
    own = "EP-9990001-A1"
    assert records(exchange)[0].classifications == [
        Classification(own, "ipc", "B64C39/02", 1, inventive=True, first=True),
        Classification(own, "ipc", "G05D1/10", 2, inventive=False, first=False),
        Classification(own, "cpc", "B64C39/024", 1, inventive=True, first=True),
        Classification(own, "cpc", "B64U2201/10", 2, inventive=True, first=False),
        Classification(own, "fterm", "5H301AA06", 1),
    ]
    old = [(item.symbol, item.first) for item in records(exchange)[1].classifications]
    assert old == [("A61K9/16", True), ("A61K9/50", False)]


def test_docdb_citations_keep_phase_category_and_what_cannot_be_read(exchange: list[Record | Reject]) -> None:
    own = "EP-9990001-A1"
    literature = 'AUTHOR A ET AL: "On <drones>", JOURNAL, 1 July 2015'
    assert records(exchange)[0].citations == [
        Citation(
            own, 1, "US-9990002-B2", "US9990002B2", True, "examiner", "XY", "international_search", date(2018, 6, 5)
        ),
        Citation(own, 2, None, literature, False, "examiner", "A", "international_search"),
        Citation(own, 3, "WO-2015000001-A1", "WO2015000001A1", True, "applicant", None, "applicant", date(2015, 1, 31)),
        Citation(own, 4, None, "no number at all", True, None, None, "xyz"),
    ]


def test_docdb_texts_are_one_a_language(exchange: list[Record | Reject]) -> None:
    own = "EP-9990001-A1"
    assert records(exchange)[0].texts == [
        Text(own, "title", "en", "DRONE WITH H2 CELL"),
        Text(own, "title", "de", "DROHNE"),
        Text(own, "abstract", "en", "First paragraph.\nSecond paragraph."),
    ]
    assert records(exchange)[1].texts == [Text("AP-9901-A", "title", None, "Titre")]


def test_docdb_says_what_was_left_out_and_why(exchange: list[Record | Reject]) -> None:
    withdrawn = records(exchange)[1]
    assert withdrawn.publication.legal_status == "withdrawn"
    assert withdrawn.publication.grant_date == date(2003, 9, 18)
    assert withdrawn.application is not None
    assert withdrawn.application.filing_date is None
    noted = [(item.row, item.code, item.fatal) for item in rejects(exchange)]
    assert (2, "malformed-input", False) in noted  # 31 February
    assert (3, "input", True) in noted  # status D
    assert (4, "bad-number", True) in noted
    assert len(records(exchange)) == 2


def test_a_single_document_without_prefix_reads_like_one_in_a_file(tmp_path: Path) -> None:
    whole = (DATA / "docdb.xml").read_bytes()
    one = re.search(rb"<exch:exchange-document .*?</exch:exchange-document>", whole, re.DOTALL)
    assert one is not None
    bare = write(tmp_path / "one.xml", one[0].replace(b"exch:", b""))
    source = Source(bare)
    assert docdb.READER.recognise(source.head(), source)
    assert records(read(docdb.READER, bare)) == records(read(docdb.READER, DATA / "docdb.xml"))[:1]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "iso-8859-2"])
def test_encodings_that_the_file_declares_are_read(tmp_path: Path, encoding: str) -> None:
    text = (DATA / "docdb.xml").read_text(encoding="utf-8").replace("例工業株式会社", "X").replace("ä", "a")
    if encoding == "iso-8859-2":
        text = text.replace('encoding="UTF-8"', 'encoding="ISO-8859-2"').replace("Titre", "Čtyři")
        expected = "Čtyři"
    else:
        text = text.replace("Titre", "Título 題")
        expected = "Título 題"
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    path = write(tmp_path / "a.xml", (mark + text).encode(encoding))
    source = Source(path)
    assert docdb.READER.recognise(source.head(), source)
    assert records(read(docdb.READER, path))[1].texts[0].text == expected


def test_a_file_cut_off_keeps_what_came_before(tmp_path: Path) -> None:
    whole = (DATA / "docdb.xml").read_bytes()
    cut = whole[: whole.index(b'<exch:invention-title lang="ol"')]
    found = read(docdb.READER, write(tmp_path / "cut.xml", cut))
    assert [record.publication.publication_id for record in records(found)] == ["EP-9990001-A1"]
    assert [(item.row, item.code) for item in rejects(found)] == [(2, "truncated-input")]


def test_a_document_without_its_end_does_not_swallow_the_next(tmp_path: Path) -> None:
    whole = (DATA / "docdb.xml").read_bytes()
    broken = whole.replace(b"</exch:exchange-document>", b"", 1)
    found = read(docdb.READER, write(tmp_path / "broken.xml", broken))
    assert [record.publication.publication_id for record in records(found)] == ["AP-9901-A"]
    assert (rejects(found)[0].row, rejects(found)[0].code) == (1, "malformed-input")


def test_rows_count_documents_over_chunks_and_chunks_stay_small(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(docdb, "CHUNK_BYTES", 1000)
    document = b'<exchange-document country="EP" doc-number="%d" kind="A1" date-publ="20200701"></exchange-document>'
    body = b"".join(document % (1000000 + number) for number in range(100))
    path = write(tmp_path / "many.xml", b"<exchange-documents>" + body + b"<exchange-document></exchange-documents>")
    chunks = list(docdb.READER.chunks(Source(path)))
    assert isinstance(chunks[-1], Reject)
    assert chunks[-1].row == 101
    pieces = [chunk for chunk in chunks if isinstance(chunk, Chunk)]
    assert [chunk.first_row for chunk in pieces] == [1 + 10 * number for number in range(10)]
    assert all(sum(map(len, chunk.data)) < 1200 < CHUNK_BYTES for chunk in pieces)


def test_a_document_over_the_limit_is_rejected_and_the_next_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epo_exchange, "FIELD_BYTES", 2000)
    monkeypatch.setattr(epo_exchange, "BLOCK_BYTES", 500)
    stream = io.BytesIO(b"<r><d>" + b"x" * 5000 + b"</d><d>1</d></r>")
    found = list(epo_exchange.elements(stream, "d"))
    assert found[-1] == b"<d>1</d>"
    assert isinstance(found[0], str)
    assert "larger" in found[0]
    assert len(found) == 2


@given(
    parts=st.lists(
        st.sampled_from(["<p:d a='1'>x</p:d>", "<d/>", "<d>", "</d>", "<dd>y</dd>", "text", "<p:d>z</p:d >"])
    ),
    block=st.integers(min_value=1, max_value=40),
)
def test_where_a_block_ends_makes_no_difference_to_the_cut(parts: list[str], block: int) -> None:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(block)

    data = "".join(parts).encode()
    assert list(epo_exchange.elements(Slow(data), "d")) == list(epo_exchange.elements(io.BytesIO(data), "d"))


# OPS


def test_ops_family_with_biblio_joins_the_member_and_its_document() -> None:
    first, second = records(read(ops.READER, DATA / "ops_family.xml"))
    own = "EP-9990001-A1"
    assert first.publication.publication_id == own
    assert first.publication.family_id == "70000001"
    assert first.application is not None
    assert (first.application.application_id, first.application.filing_date) == ("EP-19990001-A", date(2019, 1, 2))
    # The document names its priority in epodoc form only; the member around it has the docdb form with the kind.
    assert first.priorities == [Priority(own, 1, "US-201862700001-P", "US", date(2018, 1, 5), "provisional")]
    assert first.parties == [
        Party(own, "applicant", 1, "EXAMPLE GMBH", "DE", "residence"),
        Party(own, "inventor", 1, "MUSTERMANN MAX", "DE", "residence"),
    ]
    assert first.classifications == [
        Classification(own, "ipc", "B64C39/02", 1, inventive=True),
        Classification(own, "cpc", "B64C39/024", 1, inventive=True),
    ]
    assert first.citations == [
        Citation(own, 1, "US-9990002-B2", "US 9990002 B2", True, "examiner", "XY", "search", date(2018, 6, 5)),
        Citation(own, 2, None, 'AUTHOR A, "On drones"', False, "applicant"),
    ]
    assert (second.publication.publication_id, second.publication.family_id) == ("US-2020990001-A1", "70000001")
    assert second.priorities[0].priority_id == "US-201862700001-P"


def test_ops_document_alone_reads_an_epodoc_priority_to_the_same_number(tmp_path: Path) -> None:
    text = (DATA / "ops_family.xml").read_text(encoding="utf-8")
    document = re.search(r"<exchange-document .*?</exchange-document>", text, re.DOTALL)
    assert document is not None
    alone = f'<world-patent-data xmlns="http://ops.epo.org">{document[0]}</world-patent-data>'
    found = records(read(ops.READER, write(tmp_path / "biblio.xml", alone.encode())))
    assert [item.priority_id for item in found[0].priorities] == ["US-201862700001-P"]


def test_ops_claims_and_description_alone_make_a_record() -> None:
    (record,) = records(read(ops.READER, DATA / "ops_claims.xml"))
    assert (record.publication.publication_id, record.publication.claims) == ("EP-9990001-B1", 2)
    assert [(item.part, item.language) for item in record.texts] == [("claims", "en"), ("description", "en")]
    assert record.texts[0].text == "1. A drone comprising:\na rotor;\n2. The drone of claim 1, with a camera."


@pytest.mark.parametrize(("name", "said"), [("ops_fault.xml", "RobotDetected"), ("ops_register.xml", "register")])
def test_ops_responses_without_publications_are_refused_by_name(name: str, said: str) -> None:
    (refused,) = read(ops.READER, DATA / name)
    assert isinstance(refused, Reject)
    assert refused.fatal
    assert said in refused.detail


def test_several_responses_in_one_file_are_numbered_on(tmp_path: Path) -> None:
    parts = [(DATA / name).read_bytes() for name in ("ops_family.xml", "ops_register.xml", "ops_claims.xml")]
    parts[1] = parts[1].replace(b"ns2:world-patent-data", b"ops:world-patent-data")
    found = read(ops.READER, write(tmp_path / "all.xml", b"\n".join(parts)))
    assert [item.publication.publication_id for item in records(found)] == [
        "EP-9990001-A1",
        "US-2020990001-A1",
        "EP-9990001-B1",
    ]
    (refused,) = rejects(found)
    assert "register" in refused.detail


# hostile input


@pytest.mark.parametrize("name", ["docdb.xml", "ops_family.xml"])
def test_entity_declarations_are_refused_for_the_whole_file(tmp_path: Path, name: str) -> None:
    data = (DATA / name).read_bytes()
    data = re.sub(rb"<!DOCTYPE[^>]*>", b"", data)
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY x SYSTEM "file:///etc/passwd">]>'
    place = data.index(b"?>") + 2
    path = write(tmp_path / name, data[:place] + bomb + data[place:].replace(b"DRONE", b"&b;&x;"))
    reader = docdb.READER if name == "docdb.xml" else ops.READER
    assert reader.recognise(Source(path).head(), Source(path))
    with pytest.raises(HostileInput, match="DOCTYPE"):
        read(reader, path)


@pytest.mark.parametrize(
    "inside",
    [
        b"<a>" * 100_000 + b"</a>" * 100_000,
        b"&#xD800;&#0;&#xFFFFFFFFFF;&nothing;",
        b"\x00",
        b"\xff\xfe\xfd",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"<unclosed>",
    ],
    ids=["deep", "references", "zero", "no utf-8", "doctype", "unclosed"],
)
def test_a_bad_document_costs_itself_only(tmp_path: Path, inside: bytes) -> None:
    good = b'<exchange-document country="EP" doc-number="1234567" kind="A1"/>'.replace(b"/>", b"></exchange-document>")
    bad = good.replace(
        b"></",
        b'><bibliographic-data><invention-title lang="en">' + inside + b"</invention-title></bibliographic-data></",
    )
    path = write(tmp_path / "bad.xml", b"<exchange-documents>" + bad + good + b"</exchange-documents>")
    found = read(docdb.READER, path)
    assert records(found)[-1].publication.publication_id == "EP-1234567-A1"
    assert records(found)[-1].texts == []
    assert len(found) == 2


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.name)
def test_a_file_without_a_document_is_empty(tmp_path: Path, reader: Any) -> None:
    with pytest.raises(EmptyInput):
        read(reader, write(tmp_path / "none.xml", b"<?xml version='1.0'?><exchange-documents></exchange-documents>"))


def mutations(data: bytes, seed: int, count: int) -> Iterator[bytes]:
    rng = random.Random(seed)
    scraps = [b"<", b">", b"&", b'"', b"\x00", b"\xff", b"</", b"<![CDATA[", b"-->", b"9" * 400, b"&#xD800;", b"exch:"]
    for _ in range(count):
        piece = bytearray(data)
        for _ in range(rng.randint(1, 8)):
            place = rng.randrange(len(piece))
            match rng.randrange(4):
                case 0:
                    piece[place : place + rng.randint(1, 200)] = b""
                case 1:
                    piece[place:place] = rng.choice(scraps)
                case 2:
                    piece[place] = rng.randrange(256)
                case 3:
                    other = rng.randrange(len(piece))
                    piece[place:place] = piece[other : other + rng.randint(1, 300)]
            if not piece:
                break
        yield bytes(piece if rng.random() < 0.7 else piece[: rng.randrange(len(piece) + 1)])


@pytest.mark.parametrize(
    ("reader", "name", "least"),
    # One broken place costs a document of DOCDB, but a whole response of OPS.
    [(docdb.READER, "docdb.xml", 100), (ops.READER, "ops_family.xml", 5), (ops.READER, "ops_claims.xml", 5)],
    ids=["docdb", "ops family", "ops claims"],
)
def test_damaged_files_never_end_in_anything_but_records_rejects_or_an_input_error(
    tmp_path: Path, reader: Any, name: str, least: int
) -> None:
    path = tmp_path / "damaged.xml"
    survived = 0
    for data in mutations((DATA / name).read_bytes(), seed=7, count=250):
        path.write_bytes(data or b" ")
        source = Source(path)
        reader.recognise(source.head(), source)
        try:
            found = read(reader, path)
        except InputError:
            continue
        assert all(isinstance(item, Record | Reject) for item in found)
        survived += bool(records(found))
    assert survived > least


# the real files, read again with lxml


def by_lxml(path: Path) -> list[etree._Element]:
    data = path.read_bytes().replace(b"&SACUTE;", "Ś".encode()).replace(b"&cacute;", "ć".encode())
    for name, character in (("ccaron", "č"), ("zcaron", "ž"), ("ndash", "–")):
        data = data.replace(f"&{name};".encode(), character.encode())
    data = re.sub(rb"^<\?xml[^>]*\?>|<\?xml-stylesheet[^>]*\?>|<!DOCTYPE[^>]*>", b"", data)
    wrapped = b'<all xmlns:exch="http://www.epo.org/exchange">' + data + b"</all>"
    root = etree.fromstring(wrapped, etree.XMLParser(resolve_entities=False, no_network=True))
    return root.xpath("//*[local-name()='exchange-document']")


def local(node: etree._Element, path: str) -> list[Any]:
    """A path of local names; text() stays as it is."""
    steps = [step if step == "text()" else f"*[local-name()='{step}']" for step in path.split("/")]
    return node.xpath("/".join(steps))


def folded(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.shared
def test_real_docdb_documents_agree_with_lxml(shared: Path) -> None:
    folder = shared / "data/patents/fixtures/epo_docdb/pkg/epo_docdb/test-data"
    paths = sorted(folder.glob("*.xml"))
    total = 0
    for path in paths:
        found = read(docdb.READER, path)
        nodes = by_lxml(path)
        assert rejects(found) == []
        assert len(records(found)) == len(nodes)
        total += len(nodes)
        for record, node in zip(records(found), nodes, strict=True):
            agree(record, node)
            names = [
                folded(party.xpath("string(*/*[local-name()='name'])"))
                for party in node.xpath(
                    ".//*[local-name()='applicant' or local-name()='inventor'][@data-format='docdb']"
                )
            ]
            assert [party.name for party in record.parties] == names
            assert len(record.priorities) == len(
                node.xpath(".//*[local-name()='priority-claim'][@data-format='docdb']")
            )
            symbols = {
                "".join(text.split()) for text in node.xpath(".//*[local-name()='classification-symbol']/text()")
            }
            assert {item.symbol for item in record.classifications if item.scheme == "cpc"} == symbols
            filed = node.xpath(
                "string(.//*[local-name()='bibliographic-data']/*[local-name()='application-reference']"
                "[@data-format='docdb']//*[local-name()='date'])"
            )
            assert record.application is not None
            assert f"{record.application.filing_date:%Y%m%d}" == filed
    assert total == 14


def agree(record: Record, node: etree._Element) -> None:
    """What DOCDB and OPS have in common."""
    own = record.publication
    assert (own.office, own.kind, own.family_id) == (node.get("country"), node.get("kind"), node.get("family-id"))
    titles = {folded("".join(item.itertext())) for item in local(node, "bibliographic-data/invention-title")}
    assert {item.text for item in record.texts if item.part == "title"} == titles
    languages = {item.get("lang") for item in local(node, "abstract")}
    assert {item.language for item in record.texts if item.part == "abstract"} == languages
    cited = local(node, "bibliographic-data/references-cited/citation")
    assert len(record.citations) == len(cited)
    assert [item.patent for item in record.citations] == [bool(local(item, "patcit")) for item in cited]
    ipc = {
        re.sub(r"^([A-HY]\d\d[A-Z])(\d+)/(\d+).*$", r"\1\2/\3", "".join(text[:19].split()))
        for text in local(node, "bibliographic-data/classifications-ipcr/classification-ipcr/text/text()")
    }
    for text in local(node, "bibliographic-data/classification-ipc/main-classification/text()"):
        ipc.add("".join(text.split())[1:-1])  # ' 7A 61K   9/16   A': edition, symbol, kind of information
    assert {item.symbol for item in record.classifications if item.scheme == "ipc"} == ipc


@pytest.mark.shared
def test_every_real_ops_response_with_documents_is_read_and_agrees_with_lxml(shared: Path) -> None:
    folder = shared / "data/patents/fixtures/epo_ops_patentdev"
    paths = sorted([*folder.glob("demo/examples/*/response.*"), *folder.glob("testdata/*.xml")])
    with_documents = 0
    for path in paths:
        if b"<exchange-document " not in path.read_bytes():
            continue
        with_documents += 1
        found = read(ops.READER, path)
        nodes = by_lxml(path)
        assert len(records(found)) == len(nodes), path
        assert [item for item in rejects(found) if item.fatal] == []
        for record, node in zip(records(found), nodes, strict=True):
            agree(record, node)
            people = node.xpath(".//*[local-name()='applicant' or local-name()='inventor'][@data-format='epodoc']")
            assert len(record.parties) == len(people)
            symbols = {
                "".join(local(item, "section/text()") + local(item, "class/text()") + local(item, "subclass/text()"))
                + "/".join(local(item, "main-group/text()") + local(item, "subgroup/text()"))
                for item in node.xpath(".//*[local-name()='patent-classification']")
                if local(item, "section")
            }
            assert {item.symbol for item in record.classifications if item.scheme == "cpc"} == symbols
    assert with_documents == 10


@pytest.mark.shared
def test_every_other_real_ops_response_is_refused_or_not_claimed(shared: Path) -> None:
    folder = shared / "data/patents/fixtures/epo_ops_patentdev/demo/examples"
    reasons: dict[str, str] = {}
    for path in sorted(folder.glob("*/response.*")):
        source = Source(path)
        if not ops.READER.recognise(source.head(), source):
            reasons[path.parent.name] = "not claimed"
            continue
        found = read(ops.READER, path)
        if not records(found):
            (refused,) = found
            assert isinstance(refused, Reject)
            assert refused.value is not None, "the reason must name what the response holds"
            reasons[path.parent.name] = refused.detail
    assert reasons["get_classification_media"] == reasons["get_usage_stats"] == "not claimed"
    for name, said in {
        "get_register_biblio": "Register",
        "search_register": "Register",
        "get_legal": "legal events",
        "get_family_with_legal": "legal events",
        "get_classification_statistics": "classification",
        "get_classification_schema": "classification",
        "get_classification_mapping": "classification",
        "convert_patent_number_epodoc": "number conversion",
        "get_fulltext": "which full texts",
        "get_published_equivalents": "equivalents",
        "search": "list of numbers",
    }.items():
        assert said in reasons[name]
    for name in ("get_claims", "get_description", "get_family", "search_with_constituent", "get_full_cycle_multiple"):
        assert name not in reasons


@pytest.mark.shared
def test_the_four_documents_of_a_real_full_cycle_share_family_and_application(shared: Path) -> None:
    path = shared / "data/patents/fixtures/epo_ops_patentdev/demo/examples/get_full_cycle_multiple/response.xml"
    found = records(read(ops.READER, path))
    assert [item.publication.publication_id for item in found] == [
        "EP-2400812-A1",
        "EP-2400812-B1",
        "EP-2533477-A1",
        "EP-2533477-B1",
    ]
    assert [item.publication.family_id for item in found] == ["43088294"] * 2 + ["44533794"] * 2
    # A first filing claims itself; its epodoc form must lead to the number of its own application.
    assert all([item.priority_id for item in one.priorities] == [one.publication.application_id] for one in found)


def damaged(document: str, draw: random.Random) -> str:
    """One small thing of the layout changed: an element gone, twice there, or with another text."""
    leaves = list(re.finditer(r"<([a-z-]+)(?: [^<>]*)?>[^<]*</\1>", document))
    found = draw.choice(leaves)
    other = draw.choice(["", found[0] * 2, found[0].replace(">", ">A &amp; ", 1), f"<b>{found[0]}</b>", "<!-- -->"])
    return document[: found.start()] + other + document[found.end() :]


def test_what_patterns_read_is_what_the_tree_says() -> None:
    draw, by_pattern = random.Random(4), 0
    whole = (DATA / "docdb.xml").read_bytes()
    for piece in epo_exchange.elements(io.BytesIO(whole), "exchange-document"):
        assert isinstance(piece, bytes)
        text = epo_exchange.prepared(piece).decode()
        for version in [text, *(damaged(text, draw) for _ in range(200))]:
            tree = parse(version.encode())
            bibliographic = tree.document_element().child("bibliographic-data")
            if not epo_items.regular(version.encode()):
                continue
            from_tree = epo_items.items_of(bibliographic)
            assert epo_items.items_of(bibliographic, version.encode()) == from_tree
            section = re.search(r"<patent-classifications>.*</patent-classifications>", version)
            by_pattern += bool(section and epo_items.symbols_in(section[0]) == from_tree.symbols)
    assert by_pattern > 100


@pytest.mark.parametrize("place", ["<kind>", "<doc-number>", "<text>", "<classification-symbol>", "<name>", "<date>"])
def test_a_million_blanks_take_no_longer_than_a_million_letters(place: str) -> None:
    text = (DATA / "docdb.xml").read_text(encoding="utf-8")
    for blanks in (place + " " * 10**6 + "&amp;", " " * 10**6 + place + "x y"):
        piece = text.replace(place, blanks).encode()
        for element in epo_exchange.elements(io.BytesIO(piece), "exchange-document"):
            assert isinstance(element, bytes)
            assert list(docdb.READER.records(Chunk([element])))
