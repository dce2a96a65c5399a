"""Prints: a file that stands alone for years, says the same as the page, and shows who answers for it."""

from __future__ import annotations

import dataclasses
import io
import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import duckdb
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from pyhanko.keys import load_cert_from_pemder
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from assettrail.errors import ConfigurationError
from corrections.attestation.signatures import Attestation, hash_of
from reports.attestation.periods import Period
from reports.attestation.restatement import restatement
from reports.attestation.statement import Basis, OpenException, Scope, Statement, StreamStatement, VerdictCount
from reports.prints.audit_trail import TrailRow, audit_trail_document, read_trail
from reports.prints.document import Document, Section, Table
from reports.prints.sign_off import sign_off_document
from reports.prints.signature import load_signer, sign
from reports.prints.typesetting import pictures, printable, typeset
from reports.text import instant
from tests.browser.example.names import HOSTILE_LETTER, LETTER

AT = datetime(2026, 5, 4, 6, 3, tzinfo=UTC)
HOSTILE = [
    '#read("/etc/passwd") #[x] $a$ *b* _c_ `d` <e> @f = g \\ // h /* ]',
    "\N{RIGHT-TO-LEFT OVERRIDE}gpj.exe",
    "שלום مرحبا",
    "你好 \U0001f600",
    "\x00\x07\ue000",
    '"]); panic("taken over") //',
    "x" * 10_000,
]


@pytest.fixture(scope="module")
def key_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A private key and a certificate of its own that may sign documents."""
    folder = tmp_path_factory.mktemp("signing")
    key = rsa.generate_private_key(65537, 2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Harbour Insurance Compliance")])
    usage = x509.KeyUsage(True, True, False, False, False, True, False, False, False)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(4711)
        .not_valid_before(AT - timedelta(days=1))
        .not_valid_after(AT + timedelta(days=3650))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    files = folder / "key.pem", folder / "certificate.pem"
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    files[0].write_bytes(key.private_bytes(pem, form, serialization.NoEncryption()))
    files[1].write_bytes(built.public_bytes(pem))
    return files


def small(texts: list[str]) -> Document:
    """Return a document that holds the texts in every place."""
    table = Table(texts[0], ["one", "two"], [[text, text] for text in texts], [1, 1])
    section = Section(texts[0], sentences=texts, facts=[(text, text) for text in texts], tables=[table])
    return Document("Test", texts[0], texts[0], [section], facts=[(texts[0], texts[0])])


def made(texts: list[str]) -> bytes:
    """Return the print of such a document."""
    return typeset(small(texts), ["As it stands."], "20260504T060000Z-4711", json.dumps(texts).encode(), AT)


def metadata(pdf: bytes) -> str:
    """Return the XMP metadata of a file."""
    return PdfFileReader(io.BytesIO(pdf)).root["/Metadata"].data.decode("utf-8")


def attachments(pdf: bytes) -> dict[str, tuple[bytes, str]]:
    """Return the attached files by name: their bytes and what they are to the document."""
    files = PdfFileReader(io.BytesIO(pdf)).root["/AF"]
    found = (each.get_object() for each in files)
    return {str(one["/UF"]): (one["/EF"]["/F"].data, str(one["/AFRelationship"])) for one in found}


def test_the_dossier_prints_by_the_standards_with_its_figures(client: httpx.Client) -> None:
    """A print that an archive refuses, or that a screen reader cannot follow, is no record."""
    answer = client.get(f"/communications/{LETTER}.pdf")
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    told = metadata(answer.content)
    assert re.search(r"pdfaid:part\W+3\b", told)
    assert re.search(r"pdfaid:conformance\W+A\b", told)
    assert re.search(r"pdfuaid:part\W+1\b", told)
    root = PdfFileReader(io.BytesIO(answer.content)).root
    assert root["/MarkInfo"]["/Marked"]
    assert str(root["/Lang"]).startswith("en")
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "/OutputIntents" in root
    figures, relation = attachments(answer.content)["figures.json"]
    assert relation == "/Data"
    name = client.get("/health").json()["snapshot"]
    assert json.loads(figures) == client.get(f"/communications/{LETTER}.json?snapshot={name}").json()
    page = client.get(f"/communications/{LETTER}").text
    assert f'href="/communications/{LETTER}.pdf"' in page


def test_headings_tables_and_pictures_are_tagged(client: httpx.Client) -> None:
    """Without tags a screen reader reads a table as one line of words, and a picture not at all."""
    reader = PdfFileReader(io.BytesIO(client.get(f"/communications/{LETTER}.pdf").content))
    kinds: dict[str, int] = {}
    alternatives: list[str] = []
    waiting = [reader.root["/StructTreeRoot"]]
    while waiting:
        part = waiting.pop()
        kinds[str(part.get("/S"))] = kinds.get(str(part.get("/S")), 0) + 1
        alternatives += [str(part["/Alt"])] if "/Alt" in part else []
        below = part.get("/K", [])
        below = below if isinstance(below, list) else [below]
        waiting += [one for one in (each.get_object() for each in below) if hasattr(one, "get")]
    assert kinds["/H1"] + kinds.get("/Title", 0) >= 9
    of_uses, of_what_a_link_served, links = 5, 4, 4
    assert kinds["/TH"] == of_uses + links * of_what_a_link_served
    assert kinds["/TR"] == 9 + links * (1 + 2)
    assert kinds["/Figure"] >= 2
    assert any("Declared validity 2026-01-16 08:00:00 to 2026-03-31 00:00:00" in text for text in alternatives)


def test_the_same_page_of_a_snapshot_is_the_same_bytes(client: httpx.Client) -> None:
    """Two prints of one state that differ leave an auditor to find out why."""
    path = f"/communications/{LETTER}.pdf"
    name = client.get("/health").json()["snapshot"]
    first = client.get(path).content
    assert first == client.get(path).content == client.get(f"{path}?snapshot={name}").content


def test_hostile_names_are_only_text() -> None:
    """A vendor's name that is run as markup reads the files of this machine into a signed print."""
    pdf = made(HOSTILE)
    assert json.loads(attachments(pdf)["figures.json"][0]) == HOSTILE
    assert b"root:" not in pdf
    for text in HOSTILE:
        made([text])


def test_a_hostile_letter_prints(client: httpx.Client) -> None:
    """A letter that cannot be printed because of a name is a letter without a record."""
    answer = client.get(f"/communications/{quote(HOSTILE_LETTER, safe='')}.pdf")
    assert answer.status_code == 200
    assert answer.content.startswith(b"%PDF-1.7")


def test_what_cannot_be_shown_stands_as_its_code_point() -> None:
    """A name that loses its characters in print is another name; one that turns the reading order deceives."""
    assert printable("a\u202eb", set()) == "a⟨U+202E⟩b"
    assert printable("你", {"你"}) == "⟨U+4F60⟩"
    assert printable("\x00", set()) == "⟨U+0000⟩"
    assert printable("two\nlines", set()) == "two\nlines"
    assert "10,000 characters" in printable("x" * 10_000, set())
    assert max(map(len, re.split("[\u200b ]", printable("x" * 300, set())))) <= 10


def test_an_unsigned_print_says_so(client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever takes an unsigned print for a signed one relies on nobody."""
    from reports.prints.printer import State, statement

    state = State("20260504T060000Z-4711", AT, AT, "Complete.", "/communications/x")
    assert "not signed" in " ".join(statement(state, None))
    assert "not signed" not in " ".join(statement(state, "Compliance"))
    assert not PdfFileReader(io.BytesIO(client.get(f"/communications/{LETTER}.pdf").content)).embedded_signatures


def apart(work: Callable[..., Any], *given: Any) -> Any:
    """What a call gives in a thread of its own: pyHanko runs a loop, which a thread that has one refuses."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(work, *given).result()


def test_a_signature_verifies_and_a_changed_byte_breaks_it(key_files: tuple[Path, Path]) -> None:
    """A signature that also holds for a changed file holds for nothing."""
    signer = load_signer(*key_files)
    assert signer is not None
    assert "Harbour Insurance Compliance" in signer.name
    plain = made(["A letter"])
    signed = sign(plain, signer, AT)
    assert signed == sign(plain, signer, AT)
    trusted = ValidationContext(trust_roots=[load_cert_from_pemder(str(key_files[1]))], moment=AT, allow_fetching=False)
    found = PdfFileReader(io.BytesIO(signed)).embedded_signatures[0]
    status = apart(validate_pdf_signature, found, trusted)
    assert status.bottom_line
    assert status.coverage.name == "ENTIRE_FILE"
    assert found.self_reported_timestamp == AT
    told = metadata(signed)
    assert re.search(r"pdfaid:part\W+3\b", told)
    assert re.search(r"pdfuaid:part\W+1\b", told)
    assert attachments(signed) == attachments(plain)
    place = signed.index(b"/Type/Pages") if b"/Type/Pages" in signed else len(plain) // 2
    changed = bytearray(signed)
    changed[place + 7] ^= 1
    broken = PdfFileReader(io.BytesIO(bytes(changed)), strict=False).embedded_signatures[0]
    assert not apart(validate_pdf_signature, broken, trusted).intact


def test_a_key_that_does_not_fit_is_refused(key_files: tuple[Path, Path], tmp_path: Path) -> None:
    """A print signed with a key that its certificate does not know is refused by every reader, long after."""
    assert load_signer(None, None) is None
    other = rsa.generate_private_key(65537, 2048)
    stranger = tmp_path / "other.pem"
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    stranger.write_bytes(other.private_bytes(pem, form, serialization.NoEncryption()))
    for wrong in ((key_files[0], None), (tmp_path / "nothing.pem", key_files[1]), (stranger, key_files[1])):
        with pytest.raises(ConfigurationError, match="signing_key_file"):
            load_signer(*wrong)


def test_a_row_of_a_table_stays_on_one_page_where_it_fits() -> None:
    """Of a row that goes on overleaf an auditor sees half an evidence, and not of what."""

    def pages(lines: int) -> int:
        rows = [["\n".join(f"{row} {line}" for line in range(lines)), "b"] for row in range(20)]
        table = Table("Rows", ("a", "b"), rows, (1, 1))
        return len(pictures(Document("k", "t", "l", [Section("s", tables=[table])], landscape=True), [], "s", AT))

    assert pages(12) == 6, "whole rows only; broken ones would fill five pages"
    assert pages(100) > 20, "one that is longer than a page goes on"


def test_the_trail_of_a_partner_prints_its_rows() -> None:
    """An auditor reads silence and receipt beside each share, or asks for the trail again."""
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create schema reports")
        names = ", ".join(
            f"null::{kind} as {name}"
            for name, kind in (
                *((name, "varchar") for name in ("share_state", "community_name", "etag", "verdict", "approver_id")),
                *((name, "varchar") for name in ("shared_by_id", "receipt_state", "partner_audit_trail_key")),
                *((name, "timestamptz") for name in ("approved_at", "withdrawn_at", "first_delivered_at")),
                *((f"first_{name}_at", "timestamptz") for name in ("opened", "downloaded", "acknowledged")),
                ("version_number", "bigint"),
                ("is_self_approved", "boolean"),
            )
        )
        connection.execute(
            f"""
            create table reports.rpt_partner_audit_trail as
            select 'PARTNER-0001' as partner_id_trading_grid, 'publication' as share_type, 'PUB-' || day as share_id,
                'asset' as asset_id_cloudinary, 'brand/logo' as public_id,
                timestamptz '2026-04-01 00:00:00+00' + to_days(day::integer) as shared_at,
                shared_at as occurred_at, {names}
            from range(40) as days(day)
            """
        )
        since, until = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)
        rows = read_trail(connection, "PARTNER-0001", since, until)
    assert [row.share_id for row in rows] == [f"PUB-{day}" for day in range(30)]
    document = audit_trail_document("PARTNER-0001", HOSTILE[0], since, until, rows)
    assert "30 shares in the period, 0 of them acknowledged" in document.lead
    assert typeset(document, [], "s", b"{}", AT).startswith(b"%PDF")
    cells = [cell for table in document.sections[0].tables for row in table.rows for cell in row]
    assert "claim" not in str(cells)
    none = audit_trail_document("PARTNER-0001", None, since, until, [])
    assert "the claims cover" in none.sections[0].sentences[0]
    assert all(isinstance(row, TrailRow) for row in rows)


def test_the_trail_of_a_partner_prints_what_its_verdicts_rest_on() -> None:
    """A verdict without grade and claims is one that an auditor has to take on trust."""
    told: dict[str, Any] = dict.fromkeys(field.name for field in dataclasses.fields(TrailRow))
    covered = {"coverage_key": "c", "covered_from": AT, "covered_to": AT}
    known = {**told, "verdict": "PROVEN", "evidence_strength": "exact", "evidence_grade": "derived"}
    rows = [
        TrailRow(**{**known, **covered}),
        TrailRow(**{**known, "verdict": "NO_EVIDENCE", "evidence_grade": "unknown"}),
        TrailRow(**told),
    ]
    document = audit_trail_document("PARTNER-0001", None, AT, AT, rows)
    (table,) = document.sections[0].tables
    assert [row[4] for row in table.rows] == [
        f"PROVEN\nexact / derived\nclaimed without a gap from {instant(AT)} to {instant(AT)}",
        "NO_EVIDENCE\nexact / unknown\nno complete claim covers it",
        "–",
    ]


def test_the_trail_of_a_partner_counts_by_its_last_word() -> None:
    """A print that counts as acknowledged what the partner refused, or was never given, proves the wrong thing."""
    told: dict[str, Any] = dict.fromkeys(field.name for field in dataclasses.fields(TrailRow))
    rows = [
        TrailRow(**{**told, "first_acknowledged_at": AT, **row})
        for row in (
            {"receipt_state": "acknowledged", "share_state": "approved", "approved_at": AT, "approver_id": "p.visser"},
            {"receipt_state": "rejected", "share_state": "before_approval"},
            {"receipt_state": "never_shared"},
            {"receipt_state": "downloaded", "share_state": "not_known", "first_downloaded_at": AT},
        )
    ]
    document = audit_trail_document("PARTNER-0001", None, AT, AT, rows)
    (table,) = document.sections[0].tables
    assert document.lead == (
        "3 shares in the period, 1 of them acknowledged by the partner. Received and never shared with it: 1."
    )
    assert [row[1] for row in table.rows] == ["Approved", "Before its approval", "–", "Not known"]
    assert [row[3] for row in table.rows] == [f"p.visser\n{instant(AT)}", "no approval", "not known", "not known"]
    assert [row[6] for row in table.rows] == ["–", "–", "–", instant(AT)]
    words = ["Acknowledged", "Rejected", "Never shared with it", "Downloaded"]
    assert [row[7].splitlines()[-1] for row in table.rows] == words


def test_a_sign_off_holds_what_stood_open_and_what_was_restated() -> None:
    """A period that is signed without its open exceptions, or read after a restatement, is believed too much."""
    exception = OpenException("ab12", "ctl_overdue_flags", "flag", HOSTILE[0], None, False, AT, HOSTILE[0])
    basis = Basis("20260501T000000Z-4000", AT, 4000, "ab" * 32)
    gap = StreamStatement("exstream", "communications", False, AT, 1, 0)
    scope = Scope(Period.from_text("2026-04"))
    statement = Statement(scope, basis, 412, (VerdictCount("PROVEN", 412),), (), (gap,), (exception,), 0)
    text = statement.text
    signed = Attestation(
        "a" * 32, "2026-04", text, hash_of(text), basis.snapshot_name, AT, "Olga", "attested", HOSTILE[0]
    )
    worse = dataclasses.replace(
        statement, asset_uses=(VerdictCount("NOT_APPROVED", 1), VerdictCount("PROVEN", 411)), exceptions=()
    )
    document = sign_off_document(signed, statement, restatement(statement, worse))
    assert "1 exception in the signed text; restated since" in document.lead
    cells = [cell for section in document.sections for table in section.tables for row in table.rows for cell in row]
    assert {"ab12", HOSTILE[0], "asset uses NOT_APPROVED"} <= set(cells)
    assert typeset(document, [], "s", b"{}", AT).startswith(b"%PDF")
