"""Looking a recipient up: everything they got is found, and what was typed is nowhere afterwards."""

from __future__ import annotations

import json
import logging
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from assettrail.clock import FixedClock, SystemClock
from assettrail.command_line import recipients as command
from assettrail.command_line.application import application as command_line
from corrections.people import register, sign_in_names
from corrections.people.accesses import Access, read_accesses
from corrections.people.look_ups import WITHIN
from corrections.store.database import open_store
from ingest.pseudonym import RECIPIENT_KINDS
from reports.recipients.addresses import MOST, path_of
from tests.browser.example.names import LETTER, RIGHT_TO_LEFT, SCRIPT, SEVERAL_LETTER
from tests.unit.reports.people.house import (
    ADA,
    CLOCK,
    OFFICER,
    SNAPSHOT,
    House,
    application_of,
    build_house,
    client_of,
    csrf_of,
    sign_in,
    signed_in,
)
from tests.unit.reports.people.recipients import BUSY_CUSTOMER, CUSTOMER, LETTERS, STRANGER, address_letters


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation with one person for each role."""
    return build_house(tmp_path_factory.mktemp("recipients"))


@pytest.fixture(scope="module")
def pseudonyms(house: House) -> tuple[str, str]:
    """The pseudonyms of the customer, the newer first."""
    return address_letters(house)


@pytest.fixture(scope="module")
def officer(house: House, pseudonyms: tuple[str, str]) -> Iterator[TestClient]:
    """A browser in which the officer has signed in, where letters went to recipients."""
    assert pseudonyms
    with signed_in(house, "officer") as client:
        yield client


def look_up(client: TestClient, value: str, kind: str = "customer", **fields: str) -> tuple[int, str, str]:
    """Send the form of the search page as a browser does; return status, place and page."""
    token = csrf_of(client.get("/sign-in").text)
    answer = client.post("/recipients", data={"csrf_token": token, "kind": kind, "value": value, **fields})
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code, answer.headers.get("location", ""), answer.text


def written(house: House, kind: str = "recipient_look_up") -> list[Access]:
    """What the log of accesses tells of look-ups, the latest first."""
    with open_store(house.settings()) as store, store.read() as session:
        return read_accesses(session, kind=kind)


def test_a_look_up_leads_to_everything_under_every_key(
    house: House, officer: TestClient, pseudonyms: tuple[str, str]
) -> None:
    """Whoever complains must not be told that they got nothing, because keys were rotated since."""
    status, place, _ = look_up(officer, f" {CUSTOMER.lower()} ")
    assert (status, place) == (303, path_of(pseudonyms))
    page = officer.get(place)
    assert page.headers["Cache-Control"] == "no-store"
    for letter in LETTERS:
        assert f'href="/communications/{letter}?domain=claims"' in page.text
    told = officer.get(f"{place}.json").json()
    rows = told["recipient"]["rows"]
    assert [row["communication_id"] for row in rows] == sorted(
        LETTERS,
        key=lambda one: next(row["generated_at"] for row in rows if row["communication_id"] == one),
        reverse=True,
    )
    assert (told["recipient"]["communication_count"], told["recipient"]["pseudonym_count"]) == (3, 2)
    assert {row["stream"] for row in told["completeness"]["streams"]} >= {"communications"}
    one_key = officer.get(f"{path_of(pseudonyms[:1])}.json").json()["recipient"]
    assert {row["communication_id"] for row in one_key["rows"]} == {LETTER, SEVERAL_LETTER}
    assert "Looked for under one pseudonym" in officer.get(path_of(pseudonyms[:1])).text
    assert officer.get(f"{place}.csv").text.count("\r\n") == 4
    access = written(house)[0]
    assert (access.person, access.subject, access.detail) == (
        OFFICER,
        ",".join(pseudonyms),
        "by customer, under 2 keys",
    )
    assert {one.subject for one in written(house, "recipient")} == {",".join(pseudonyms), pseudonyms[0]}


def test_the_address_on_the_command_line_is_the_same(
    house: House, pseudonyms: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the server has no keys, somebody who has them hands over a link; it has to be the one of the form."""
    monkeypatch.setenv("ASSETTRAIL_HOME", str(house.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(house.settings().keys.folder))
    told = CliRunner().invoke(command_line, ["recipients", "pseudonyms"], input=f"{CUSTOMER}\n", catch_exceptions=False)
    assert told.stdout.rstrip().endswith(path_of(pseudonyms))
    assert tuple(command.Kind) == RECIPIENT_KINDS


def test_who_got_nothing_is_told_with_what_the_claims_cover(officer: TestClient) -> None:
    """An empty list that does not say of what is taken for proof."""
    _, place, _ = look_up(officer, STRANGER)
    page = officer.get(place)
    assert page.status_code == 200
    assert "No communication to this recipient is shown" in page.text
    assert "may exist all the same" in page.text
    assert officer.get(f"{place}.json").json()["recipient"]["communication_count"] == 0


def test_a_long_list_is_paged_and_leaves_whole(officer: TestClient) -> None:
    """A customer of many years has more letters than a page; the last of them is the one that is asked for."""
    _, place, _ = look_up(officer, BUSY_CUSTOMER)
    seen: list[str] = []
    after: str | None = ""
    while after is not None:
        query = {"after": after} if after else {}
        recipient = officer.get(f"{place}.json", params=query).json()["recipient"]
        seen += [row["communication_key"] for row in recipient["rows"]]
        after = recipient["after"]
    assert len(seen) == len(set(seen)) == recipient["communication_count"] > 100
    assert len(officer.get(f"{place}.rows.json").json()["rows"]) == len(seen)
    assert officer.get(place, params={"after": "somewhere"}).status_code == 400


def test_a_pinned_snapshot_stays_pinned(officer: TestClient, pseudonyms: tuple[str, str]) -> None:
    """Who follows an old ticket must not be led into today's figures by the form."""
    assert f'name="snapshot" value="{SNAPSHOT}"' in officer.get("/search", params={"snapshot": SNAPSHOT}).text
    status, place, _ = look_up(officer, CUSTOMER, snapshot=SNAPSHOT)
    assert (status, place) == (303, f"{path_of(pseudonyms)}?snapshot={SNAPSHOT}")


def test_the_kind_counts(officer: TestClient) -> None:
    """An account number that is another person's customer number must not open that person's letters."""
    for kind in RECIPIENT_KINDS[1:]:
        _, place, _ = look_up(officer, "8805517" if kind == "telephone" else CUSTOMER, kind)
        assert officer.get(f"{place}.json").json()["recipient"]["communication_count"] == 0, kind


def test_a_restricted_officer_finds_their_jurisdictions_only(house: House, officer: TestClient) -> None:
    """The list of a customer's letters is the shortest way past a restriction that one query forgot."""
    _, place, _ = look_up(officer, BUSY_CUSTOMER)
    settings = house.settings()
    register.add_person(settings, CLOCK, "Rita Restricted", ["officer"], ADA)
    sign_in_names.restrict(settings, CLOCK, "Rita Restricted", ["CA-QC"], ADA)
    restricted = client_of(application_of(house))
    sign_in(restricted, register.issue_token(settings, CLOCK, "Rita Restricted", 5, ADA).text)
    assert look_up(restricted, BUSY_CUSTOMER)[1] == place
    narrow = restricted.get(f"{place}.json").json()["recipient"]
    assert (narrow["communication_count"], len(narrow["rows"])) == (7, 7)
    assert {row["jurisdiction_code"] for row in narrow["rows"]} == {"CA-QC"}
    assert len(restricted.get(f"{place}.rows.json").json()["rows"]) == 7


def test_only_an_officer_who_has_signed_in_looks_up(house: House, pseudonyms: tuple[str, str]) -> None:
    """From a number to a person's letters is what the pseudonyms are there to prevent; a link is read by readers."""
    for role in ("reader", "analyst", "approver", "administrator", "engineer"):
        client = signed_in(house, role)
        assert look_up(client, CUSTOMER)[0] == 403, role
        assert client.get(path_of(pseudonyms)).status_code == (403 if role in {"administrator", "engineer"} else 200)
    nobody = client_of(application_of(house))
    token = csrf_of(nobody.get("/sign-in").text)
    refused = nobody.post("/recipients", data={"csrf_token": token, "kind": "customer", "value": CUSTOMER})
    assert (refused.status_code, CUSTOMER in refused.text) == (403, False)
    assert "An officer who has signed in can look up a recipient" in nobody.get("/search").text
    foreign = signed_in(house, "officer")
    unseen = foreign.post("/recipients", data={"csrf_token": "0" * 64, "kind": "customer", "value": CUSTOMER})
    assert (unseen.status_code, CUSTOMER in unseen.text) == (403, False)


REFUSED = {
    "nothing": ("customer", ""),
    "white space": ("customer", " \u2003\t"),
    "no digits": ("telephone", "call me maybe"),
    "too long": ("customer", "Zq7-" * 100),
    "no kind": ("Zq7-0001234", "Zq7-0001234"),
    "a form of its own": ("<b>Zq7</b>", SCRIPT),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_not_repeated(house: House, officer: TestClient, case: str) -> None:
    """A refusal that shows what was typed keeps a customer's number in every screenshot of a ticket."""
    kind, value = REFUSED[case]
    before = len(written(house))
    status, place, page = look_up(officer, value, kind)
    assert (status, place) == (400, "")
    assert "Nobody was looked up" in page
    for typed in {kind, value.strip()} - {*RECIPIENT_KINDS, ""}:
        assert typed not in page
    assert "Zq7" not in page
    assert 'id="recipient-value" name="value" type="text"' in page
    assert len(written(house)) == before


HOSTILE = (
    SCRIPT,
    RIGHT_TO_LEFT,
    "'; drop table marts.fct_communications; --",
    "=1+1",
    "C\x00-8805517",
    "%2e%2e/",
    "C\r\nX: 1",
)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_value_is_only_hashed(officer: TestClient, value: str) -> None:
    """The field takes whatever somebody pastes; it reaches a hash function and nothing else."""
    status, place, _ = look_up(officer, value)
    assert status == 303
    assert len(place.removeprefix("/recipients/").replace(",", "")) == 128
    assert officer.get(f"{place}.json").json()["recipient"]["communication_count"] == 0


def test_ten_megabytes_are_refused_whole(officer: TestClient) -> None:
    """A body that is read before anybody looks takes the server from everybody."""
    token = csrf_of(officer.get("/search").text)
    answer = officer.post("/recipients", data={"csrf_token": token, "kind": "customer", "value": "7" * 10_000_000})
    assert answer.status_code == 413


@pytest.mark.parametrize(
    "address", ["jane.roe@customer.example", "C-8805517", f"{'0' * 63}", ",".join(["0" * 64] * 2 + ["x"])]
)
def test_an_identifier_in_an_address_is_refused_and_not_repeated(officer: TestClient, address: str) -> None:
    """Who types a number behind the slash gets told where it belongs, not a page that holds it again."""
    answer = officer.get(f"/recipients/{address}")
    assert answer.status_code == 400
    assert "look the recipient up with the form" in answer.text
    assert address not in answer.text.replace(f"return_to=%2Frecipients%2F{address}", "")
    many = [f"{number:064x}" for number in range(MOST + 1)]
    assert officer.get(path_of(many[:MOST])).status_code == 200
    assert officer.get(path_of(many)).status_code == 400


def test_look_ups_of_a_person_are_limited(house: House, officer: TestClient) -> None:
    """An oracle that answers without end tells which of a million numbers are customers."""
    later = FixedClock(SystemClock().now() + timedelta(hours=3))
    limited = signed_in(house, "officer", look_ups_per_hour=3)
    other = application_of(house, look_ups_per_hour=3)
    for application in (limited.app, other):
        application.state.gate.clock = later  # type: ignore[attr-defined]
    sign_in(limited, house.tokens["officer"])
    codes = [look_up(limited, f"C-{number}")[0] for number in range(3)]
    again = client_of(other)
    sign_in(again, house.tokens["officer"])
    status, _, page = look_up(again, CUSTOMER)
    assert (codes, status) == ([303, 303, 303], 429)
    assert "3 look-ups within the last hour" in page
    assert CUSTOMER not in page
    refused = written(house, "refused")[0]
    assert (refused.person, refused.subject, refused.detail) == (OFFICER, "/recipients", "POST, too many look-ups")
    other.state.gate.clock = FixedClock(later.now() + WITHIN)
    sign_in(again, house.tokens["officer"])
    assert look_up(again, CUSTOMER)[0] == 303
    assert officer.get("/recipients").status_code == 200


def test_nobody_is_looked_up_unseen(house: House, officer: TestClient) -> None:
    """A log that cannot be written must not be the way to look people up without a trace."""
    with open_store(house.settings()) as store, store.begin() as session:
        session.connection().exec_driver_sql(
            "create trigger full before insert on accesses begin select raise(abort, 'disk full'); end"
        )
    try:
        status, place, page = look_up(officer, CUSTOMER)
        assert (status, place, CUSTOMER in page) == (503, "", False)
    finally:
        with open_store(house.settings()) as store, store.begin() as session:
            session.connection().exec_driver_sql("drop trigger full")


def test_a_server_without_the_keys_says_so(house: House, pseudonyms: tuple[str, str], tmp_path: Path) -> None:
    """A production server that holds no secret must still open, and must not tell that a customer got nothing."""
    client = signed_in(house, "officer")
    keys = house.settings().keys.folder
    aside = tmp_path / "aside"
    shutil.copytree(keys, aside)
    try:
        for file in keys.glob("pseudonym*.key"):
            file.unlink()
        for path in ("/search", "/recipients"):
            page = client.get(path)
            assert page.status_code == 200
            assert "This server cannot look recipients up: it has no pseudonym keys" in page.text
            assert 'name="value"' not in page.text
            assert str(keys) not in page.text
        status, _, page = look_up(client, CUSTOMER)
        assert (status, CUSTOMER in page, "assettrail recipients pseudonyms" in page) == (503, False, True)
        assert client.get("/recipients.json").json()["looks_up"] is False
        assert client.get(path_of(pseudonyms)).status_code == 200
        shutil.copy(aside / "raw.key", keys / "pseudonym.key")
        assert look_up(client, CUSTOMER)[0] == 503, "keys of another installation find nothing, and must not say so"
        assert "other pseudonym keys" in client.get("/recipients").text
    finally:
        shutil.copytree(aside, keys, dirs_exist_ok=True)
    assert look_up(client, CUSTOMER)[0] == 303


CANARIES = ("C-7310042-canary", "jane.canary@kunde.example", "+49 171 5550133", "<i>canary-markup</i>")


def test_what_was_typed_is_nowhere_afterwards(
    house: House, officer: TestClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """A disk, a log or a session that keeps the number makes the pseudonyms worthless."""
    caplog.set_level(logging.DEBUG)
    kinds = ("customer", "email", "telephone", "policy")
    answers: list[str] = []
    for kind, value in zip(kinds, CANARIES, strict=True):
        for fields in ({}, {"snapshot": "nowhere"}, {"csrf_token": "0" * 64}):
            _, place, page = look_up(officer, value, kind, **fields)
            answers += [place, page]
        _, _, page = look_up(officer, value * 40, kind)
        answers += [page, officer.get(look_up(officer, value, kind)[1]).text]
    said = capfd.readouterr()
    told = "\n".join([*answers, caplog.text, said.out, said.err])
    files = b"\n".join(path.read_bytes() for path in house.home.rglob("*") if path.is_file())
    for value in CANARIES:
        for form in (value, json.dumps(value)[1:-1], value.replace("@", "%40").replace("+", "%2B")):
            assert form not in told
            assert form.encode() not in files
    assert officer.cookies
    assert not [value for value in CANARIES if value in str(dict(officer.cookies))]
