"""Signing a period off in the reports: what is shown is what is signed, by whom, and what is told of it afterwards."""

from __future__ import annotations

import hashlib
import html
import json
import re
from typing import Any

import pytest
from starlette.testclient import TestClient

from corrections.attestation.signatures import attestations
from corrections.dispositions import Order, dispose
from corrections.people.accesses import access_lines
from corrections.people.register import person_of
from tests.unit.reports.people.house import CLOCK, OFFICER, House, client_of, csrf_of, signed_in
from tests.unit.reports.people.house import application_of as application_of_house

PERIOD = "2026"
ADDRESS = f"/sign-off/{PERIOD}"
HOSTILE = "<script>alert(1)</script> \u202egnp.exe"


@pytest.fixture(scope="module")
def officer(house: House) -> TestClient:
    """The officer's browser."""
    return signed_in(house, "officer")


def form_of(client: TestClient, **changes: str) -> dict[str, str]:
    """What the form of the period's statement sends."""
    page = client.get(ADDRESS).text
    found = re.search(r'name="seen_hash" value="([0-9a-f]{64})"', page)
    assert found, "a statement without a form"
    return {
        "csrf_token": csrf_of(page),
        "seen_hash": found[1],
        "jurisdictions": "",
        "meaning": "attested",
        "reason": "the month is over",
    } | changes


def test_what_is_shown_is_signed_and_told_from_then_on(house: House, officer: TestClient) -> None:
    """Harm prevented: a signature under figures that nobody was shown, or whose text is gone."""
    twin = officer.get(f"{ADDRESS}.json").json()
    assert twin["asset_uses"]
    assert twin["exceptions"]
    answer = officer.post(ADDRESS, data=form_of(officer, reason=HOSTILE))
    assert answer.status_code == 303, answer.text
    (signed,) = attestations(house.settings())
    assert (signed.signed_by, signed.statement_hash) == (OFFICER, twin["statement_hash"])
    where = answer.headers["location"]
    page = officer.get(where).text
    assert "As it was signed" in page
    assert HOSTILE not in page
    assert html.escape("<script>alert(1)</script>") in page
    text = officer.get(f"{where}/text")
    assert hashlib.sha256(text.content).hexdigest() == signed.statement_hash
    assert signed_in(house, "reader").get(f"{where}/text").status_code == 403
    taken = [row for row in map(json.loads, access_lines(house.settings())) if row["kind"] == "export"]
    assert [row["subject"] for row in taken] == [f"{where}/text"]
    assert officer.get(f"{where}.json").json()["is_restated"] is False
    assert "as it was signed" in officer.get("/sign-off").text
    pdf = officer.get(f"{where}.pdf")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"seen_hash": "0" * 64}, "was shown"),
        ({"meaning": "whatever"}, "the meaning &#39;whatever&#39;"),
        ({"reason": " "}, "no reason"),
    ],
)
def test_a_refusal_is_told_beside_the_form(
    house: House, officer: TestClient, changed: dict[str, str], told: str
) -> None:
    """Harm prevented: somebody who thinks that they have signed."""
    before = attestations(house.settings())
    answer = officer.post(ADDRESS, data=form_of(officer, **changed))
    assert answer.status_code == 409
    assert 'role="alert"' in answer.text
    assert told in answer.text
    assert attestations(house.settings()) == before


def test_what_was_decided_since_changes_the_statement_and_not_the_signature(house: House, officer: TestClient) -> None:
    """Harm prevented: a disposition after the fact that slips under an old signature."""
    signed = attestations(house.settings())[0]
    seen = form_of(officer)
    exception = officer.get(f"{ADDRESS}.json").json()["exceptions"][0]["exception_key"]
    by = person_of(house.settings(), CLOCK, house.tokens["officer"])
    dispose(house.settings(), CLOCK, [exception], by, Order("false_alarm", OFFICER, "it was a test letter"))
    assert officer.post(ADDRESS, data=seen).status_code == 409
    told = officer.get(f"/signatures/{signed.attestation_id}.json").json()
    assert (told["is_restated"], len(told["restatement"]["decided_since"])) == (False, 1)
    assert "moved on since" in officer.get("/sign-off").text


@pytest.mark.parametrize("role", ["reader", "approver"])
def test_who_is_no_officer_reads_and_does_not_sign(house: House, role: str) -> None:
    """Harm prevented: a period signed by whoever came by."""
    client = signed_in(house, role)
    page = client.get(ADDRESS).text
    assert "Officers sign" in page
    assert 'name="seen_hash"' not in page
    forged = {"csrf_token": csrf_of(client.get("/sign-in").text), "seen_hash": "0" * 64}
    assert client.post(ADDRESS, data=forged).status_code == 403


def test_nobody_signs_without_a_name_or_from_a_foreign_page(house: House, officer: TestClient) -> None:
    """Harm prevented: a signature by the user of a laptop, or by a page that was never ours."""
    laptop = client_of(application_of_house(house))
    assert "Sign in" in laptop.get(ADDRESS).text
    assert laptop.post(ADDRESS, data={"csrf_token": "0" * 64}).status_code == 403
    form = form_of(officer)
    assert officer.post(ADDRESS, data=form | {"csrf_token": "0" * 64}).status_code == 403
    assert officer.post(ADDRESS, data=form, headers={"origin": "https://elsewhere.example"}).status_code == 403


@pytest.mark.parametrize(
    ("address", "status"),
    [("/sign-off/2026-13", 400), ("/sign-off?period=abc", 400), ("/signatures/ffff", 404), ("/signatures/%20", 404)],
)
def test_what_does_not_exist_is_told(officer: TestClient, address: str, status: int) -> None:
    """Harm prevented: a blank page, or a guess."""
    assert officer.get(address).status_code == status


def test_a_period_is_opened_from_the_first_page(officer: TestClient) -> None:
    """Harm prevented: an officer who has to write addresses."""
    answer: Any = officer.get("/sign-off", params={"period": " 2026-04 "})
    assert (answer.status_code, answer.headers["location"]) == (303, "/sign-off/2026-04")
