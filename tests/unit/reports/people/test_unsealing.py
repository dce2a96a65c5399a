"""Opening sealed raw records in the reports: by right, with a reason, written down first, and only one's own."""

from __future__ import annotations

import hashlib
import re
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from corrections.people import register, sign_in_names
from corrections.people.accesses import Access, read_accesses
from corrections.store.database import open_store
from ingest.landing_store import LandingStore
from ingest.raw_expiry import expire_raw
from tests.browser.example.names import LETTER, SCRIPT, SEVERAL_LETTER, key_of
from tests.unit.reports.people.house import (
    ADA,
    CLOCK,
    OFFICER,
    SNAPSHOT,
    House,
    application_of,
    client_of,
    csrf_of,
    sign_in,
    signed_in,
)
from tests.unit.reports.people.landed_letter import ACCOUNT, OTHER_ACCOUNT, RECIPIENT, LandedLetter, land_letter

USE = key_of("use", LETTER, "print", 2)
ASKED = f"/unsealing?communication={LETTER}"
REASON = "complaint 4711 of the ombudsman"


@pytest.fixture(scope="module")
def letter(house: House) -> LandedLetter:
    """The letter, landed before any page was opened."""
    return land_letter(house)


@pytest.fixture
def officer(house: House, letter: LandedLetter) -> TestClient:
    """An officer who has signed in, where the letter has landed."""
    assert letter.report
    return signed_in(house, "officer")


def unseal(client: TestClient, reason: str = REASON, **fields: str) -> tuple[int, str]:
    """Send the form as a browser does; return the status and the text of the answer."""
    token = csrf_of(client.get("/sign-in").text)
    form = {"csrf_token": token, "communication": LETTER, "reason": reason, **fields}
    answer = client.post("/unsealing", data=form)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, unescape(re.sub(r"<(?!bdi>|/bdi>)[^>]*>", " ", answer.text))


def written(house: House) -> list[Access]:
    """What the log of accesses tells of unsealing, the latest first."""
    with open_store(house.settings()) as store, store.read() as session:
        return read_accesses(session, kind="unsealed")


def test_an_officer_opens_the_record_of_a_use_and_it_is_written_down(
    house: House, letter: LandedLetter, officer: TestClient
) -> None:
    """Evidence that nobody can open proves nothing; one that anybody opens unseen is a leak of customers' data."""
    page = officer.get(f"/communications/{LETTER}").text
    assert f"record=use&amp;use={USE}" in page
    status, told = unseal(officer, record="use", use=USE)
    assert status == 200
    line = letter.report.split(b"\n")[1]
    assert RECIPIENT in told
    assert '"placeholder": "letterhead"' in told
    for exact in (letter.report_hash, hashlib.sha256(line).hexdigest(), f"from byte {letter.report.index(line):,} on"):
        assert exact in told
    assert "C-0000001" not in told
    found = written(house)[0]
    assert (found.person, found.subject, found.snapshot_name) == (OFFICER, f"{LETTER}/print/2", SNAPSHOT)
    assert REASON in found.detail
    assert letter.report_hash in found.detail
    assert RECIPIENT not in found.detail


def test_the_delivery_record_is_the_customer_of_the_letter_alone(letter: LandedLetter, officer: TestClient) -> None:
    """A delivery file names every customer of the run: one element too many shows a stranger's account."""
    status, told = unseal(officer, record="delivery")
    assert status == 200
    assert ACCOUNT in told
    assert OTHER_ACCOUNT not in told
    offset = int(re.findall(r"bytes from byte ([\d,]+) on", told)[0].replace(",", ""))
    length = int(re.findall(r": ([\d,]+) bytes from", told)[0].replace(",", ""))
    part = letter.delivery[offset : offset + length]
    assert part.decode("utf-16-le").startswith('<customer number="2">')
    assert hashlib.sha256(part).hexdigest() in told


def test_hostile_content_is_only_text(officer: TestClient) -> None:
    """A recipient's field that runs in the officer's browser unseals everything else, too."""
    token = csrf_of(officer.get("/sign-in").text)
    for record in ("communication", "delivery"):
        form = {"csrf_token": token, "communication": LETTER, "reason": "<b>x</b>", "record": record}
        page = officer.post("/unsealing", data=form).text
        assert SCRIPT not in page
        assert ("&lt;script&gt;" if record == "communication" else "&amp;lt;script&amp;gt;") in page
        assert "<b>x" not in page
        assert "\u202e" not in page
        assert ("\\u202egnp" in page) == (record == "communication")


def test_nothing_is_opened_without_a_reason_or_a_token(house: House, officer: TestClient) -> None:
    """An access without a reason cannot be defended, and a foreign page must not open one by a link."""
    before = len(written(house))
    status, told = unseal(officer, reason=" \n ")
    assert (status, "a reason is needed" in told, RECIPIENT in told) == (400, True, False)
    assert officer.post("/unsealing", data={"communication": LETTER, "reason": REASON}).status_code == 403
    assert officer.get(f"{ASKED}&reason=x").status_code == 400
    shown = officer.get(ASKED)
    assert (shown.status_code, RECIPIENT in shown.text) == (200, False)
    assert len(written(house)) == before


def test_a_recipient_in_the_reason_does_not_reach_the_log(house: House, officer: TestClient) -> None:
    """The log of accesses is read by administrators, who may not see any recipient."""
    _, told = unseal(officer, reason="asked by erika@example.com")
    assert "masked" in told
    assert "erika" not in written(house)[0].detail


@pytest.mark.parametrize("role", ["reader", "analyst", "proposer", "approver", "administrator", "engineer"])
def test_no_other_role_unseals(house: House, letter: LandedLetter, role: str) -> None:
    """Whoever decides, reads or runs the pipeline has no business with a customer's own data."""
    assert letter.report
    client = signed_in(house, role)
    assert client.get(ASKED).status_code == 403
    status, told = unseal(client)
    assert (status, "the role officer" in told, RECIPIENT in told) == (403, True, False)


def test_the_user_of_this_machine_has_to_sign_in_first(house: House, letter: LandedLetter) -> None:
    """An access by nobody in particular is one that nobody answers for."""
    assert letter.report
    client = client_of(application_of(house))
    assert "to unseal that of the communication" in " ".join(client.get(f"/communications/{LETTER}").text.split())
    status, told = unseal(client)
    assert (status, "sign in with your personal token" in told, RECIPIENT in told) == (403, True, False)


def test_a_letter_of_another_jurisdiction_is_unknown(house: House, letter: LandedLetter) -> None:
    """A restriction that holds for the page but not for the sealed record protects nobody."""
    assert letter.report
    settings = house.settings()
    register.add_person(settings, CLOCK, "Quentin Quebec", ["officer"], ADA)
    sign_in_names.restrict(settings, CLOCK, "Quentin Quebec", ["CA-QC"], ADA)
    client = client_of(application_of(house))
    sign_in(client, register.issue_token(settings, CLOCK, "Quentin Quebec", 5, ADA).text)
    before = len(written(house))
    for fields in ({"record": "communication"}, {"record": "delivery"}, {"record": "use", "use": USE}):
        status, told = unseal(client, **fields)
        assert (status, "no communication of that id" in told, RECIPIENT in told) == (404, True, False)
    assert client.get(ASKED).status_code == 404
    assert len(written(house)) == before


def test_a_use_of_another_letter_is_unknown(officer: TestClient) -> None:
    """The key of one letter under the name of another would be written down as what it is not."""
    status, told = unseal(officer, communication=SEVERAL_LETTER, record="use", use=USE)
    assert (status, RECIPIENT in told) == (404, False)


@contextmanager
def moved_away(path: Path) -> Iterator[None]:
    """A file or folder that is not there for a while."""
    aside = path.with_name(f"{path.name}.aside")
    path.rename(aside)
    try:
        yield
    finally:
        aside.rename(path)


def test_a_missing_key_is_told_and_the_attempt_is_written_down(house: House, officer: TestClient) -> None:
    """An officer before an empty page does not know whether the record is gone or only locked."""
    with moved_away(house.settings().keys.folder / "raw.key"):
        status, told = unseal(officer)
    assert status == 503
    assert "raw.key" in told
    assert RECIPIENT not in told
    assert "did not open, nothing was shown" in written(house)[0].detail


def test_a_sealed_file_that_is_gone_is_told_before_and_after(
    house: House, letter: LandedLetter, officer: TestClient
) -> None:
    """A record past its time of keeping must read as gone, not as a fault of the officer."""
    sealed = house.home / "raw" / letter.report_hash[:2] / f"{letter.report_hash[2:]}.sealed"
    with moved_away(sealed):
        assert "no entry of the log tells that it was removed" in officer.get(ASKED).text
        status, told = unseal(officer)
    assert (status, letter.report_hash in told, "restore the file from a copy" in told) == (503, True, True)


@contextmanager
def removed_by_the_setting(house: House) -> Iterator[int]:
    """Every raw object removed as the setting 0 says, for a while; gives the entry that tells of it."""
    store = LandingStore.open(house.settings(), CLOCK)
    shutil.copytree(house.home / "raw", house.home / "raw.aside")
    try:
        yield expire_raw(store, 0).log_indexes[0]
    finally:
        shutil.rmtree(house.home / "raw")
        (house.home / "raw.aside").rename(house.home / "raw")


def test_a_record_that_the_setting_removed_is_told_as_removed(
    house: House, letter: LandedLetter, officer: TestClient
) -> None:
    """Who reads "lost" of a record that was removed as promised calls an engineer, or worse, an auditor."""
    with removed_by_the_setting(house) as entry:
        shown = " ".join(re.sub(r"<[^>]*>", " ", officer.get(ASKED).text).split())
        assert f"by the retention setting (raw records are kept only until nothing needs them): entry {entry}" in shown
        assert ("Nothing is left to open" in shown, "lost" in shown, "Why" in shown) == (True, False, False)
        place = officer.get(f"/unsealing.json?communication={LETTER}").json()["places"][0]
        assert (place["is_kept"], place["removed_by_log_entry"]) == (False, entry)
        status, told = unseal(officer)
    assert (status, letter.report_hash in told, f"entry {entry} of the log" in told) == (410, True, True)
    assert "nothing is lost" in told
    assert f"entry {entry} of the log" in written(house)[0].detail
    assert unseal(officer)[0] == 200


def test_a_landed_file_that_was_changed_is_not_believed(house: House, officer: TestClient) -> None:
    """A row that was put into the landing later would lead to any record that its author likes."""
    landed = next((house.home / "landing/exstream/communications").glob("date=*/*.parquet"))
    kept = landed.read_bytes()
    shutil.copy(next((house.home / "landing/exstream/asset_uses").glob("date=*/*.parquet")), landed)
    try:
        status, told = unseal(officer)
    finally:
        landed.write_bytes(kept)
    assert (status, "with the SHA-256" in told, RECIPIENT in told) == (503, True, False)


def test_what_cannot_be_written_down_is_not_shown(house: House, officer: TestClient) -> None:
    """An access that no log tells of is exactly the one that an auditor looks for."""
    assert unseal(officer)[0] == 200
    database = house.home / "corrections" / "outbox.sqlite"
    with sqlite3.connect(database) as connection:
        connection.execute("create trigger full before insert on accesses begin select raise(abort, 'disk full'); end")
    try:
        status, told = unseal(officer)
    finally:
        with sqlite3.connect(database) as connection:
            connection.execute("drop trigger full")
    assert status == 503
    assert RECIPIENT not in told
    assert ACCOUNT not in told


def test_the_form_has_a_twin_that_names_the_place(letter: LandedLetter, officer: TestClient) -> None:
    """Whoever restores a file from a copy needs its hash and the entry that promises it, not a screenshot."""
    twin = officer.get(f"/unsealing.json?communication={LETTER}").json()
    assert twin["places"][0]["raw_object"] == letter.report_hash
    assert twin["places"][0]["is_kept"] is True
    assert RECIPIENT not in str(twin)
