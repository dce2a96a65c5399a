"""Dispositions in the reports: of one, of many with a sample, by officers only; and an acceptance that comes back."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from starlette.testclient import TestClient

from assettrail.clock import FixedClock
from corrections.dispositions import history_of, latest_dispositions
from evidence.decision_leaves import ExceptionDispositionLeaf
from evidence.leaves import decode_leaf
from ingest.landing_store import LandingStore
from reports.deciding import exceptions
from tests.unit.reports.people.house import (
    CLOCK,
    OFFICER,
    House,
    application_of,
    build_house,
    client_of,
    csrf_of,
    sign_in,
    signed_in,
)

TODAY = CLOCK.now().date()
NEXT_WEEK = (TODAY + timedelta(days=7)).isoformat()
HOSTILE = "<svg onload=alert(1)> \u202egnp"


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation in which nothing was disposed of yet."""
    return build_house(tmp_path_factory.mktemp("disposing") / "house")


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation for tests that are refused, and write nothing."""
    return build_house(tmp_path_factory.mktemp("refusing") / "house")


def officer_of(house: House, days_later: int = 0) -> TestClient:
    """The officer's browser, on a day."""
    application = application_of(house)
    client = client_of(application)
    assert sign_in(client, house.tokens["officer"]).status_code == 303
    application.state.gate.house_clock = FixedClock(CLOCK.now() + timedelta(days=days_later))
    return client


def keys_of(client: TestClient, standing: str = "standing") -> list[str]:
    """The keys of exceptions, as the page of exceptions lists them."""
    return [
        row["exception_key"] for row in client.get(f"/exceptions.json?standing={standing}").json()["exceptions"]["rows"]
    ]


def dispose(client: TestClient, address: str, **form: str) -> Any:
    """Send the form of a page of dispositions, filled like this."""
    page = client.get(address).text
    seen = re.search(r'name="seen_set" value="([0-9a-f]{64})"', page)
    filled = {"csrf_token": csrf_of(page), "owner": OFFICER, "reason": HOSTILE} | form
    if seen and "seen_set" not in form:
        filled["seen_set"] = seen[1]
    return client.post(address, data=filled)


def test_an_exception_whose_evidence_is_not_exact_is_called_possible(untouched: House) -> None:
    """Harm prevented: an officer accepts or escalates as a fact what a partner only declared."""
    client = officer_of(untouched)
    listed = client.get("/dispositions.rows.json").json()["rows"]
    strength = {row["exception_key"]: row["evidence_strength"] for row in listed}
    assert set(strength.values()) == {"exact", "declared"}
    for key, told in strength.items():
        assert ("Possible:" in client.get(f"/dispositions/{key}").text) == (told != "exact")
    assert client.get("/dispositions").text.count("Possible:") == sum(told != "exact" for told in strength.values())


def test_an_acceptance_stands_with_owner_and_reason_and_comes_back_when_it_is_over(house: House) -> None:
    """Harm prevented: a risk that was accepted for a week, and is accepted for ever."""
    client = officer_of(house)
    key = keys_of(client)[0]
    answer = dispose(client, f"/dispositions/{key}", disposition="accept_until", accepted_until=NEXT_WEEK)
    assert answer.status_code == 303, answer.text
    made = latest_dispositions(house.settings(), [key])[key]
    assert (made.kind, made.owner, made.disposed_by, made.reason) == ("accept_until", OFFICER, OFFICER, HOSTILE)
    page = client.get(answer.headers["location"]).text
    assert 'role="status"' in page
    assert "<svg onload" not in page
    entries = LandingStore.open(house.settings(), CLOCK).log.entries()
    leaves = [leaf for _, entry in entries if isinstance(leaf := decode_leaf(entry), ExceptionDispositionLeaf)]
    assert [(leaf.exception_key, leaf.by, leaf.accepted_until) for leaf in leaves] == [(key, OFFICER, NEXT_WEEK)]

    on_its_last_day, after_it = (
        officer_of(house, days).get(f"/dispositions/{key}.json").json()["exception"] for days in (7, 8)
    )
    assert (on_its_last_day["is_open"], on_its_last_day["has_come_back"]) == (False, False)
    assert (after_it["is_open"], after_it["has_come_back"]) == (True, True)
    assert key in {line["exception"]["exception_key"] for line in _together(officer_of(house, 8))}


def _together(client: TestClient) -> list[dict[str, Any]]:
    sample: list[dict[str, Any]] = client.get("/dispositions/bulk.json").json()["sample"]
    return sample


def test_what_is_due_is_told_as_overdue_the_day_after(house: House) -> None:
    """Harm prevented: a due day that nobody is held to."""
    client = officer_of(house)
    key = keys_of(client)[0]
    assert dispose(client, f"/dispositions/{key}", disposition="escalate", due_on=NEXT_WEEK).status_code == 303
    told = [officer_of(house, days).get(f"/dispositions/{key}.json").json()["exception"] for days in (7, 8)]
    assert [one["is_overdue"] for one in told] == [False, True]


def test_many_are_disposed_of_as_they_were_shown_and_keep_their_history(house: House) -> None:
    """Harm prevented: a click on forty exceptions of which somebody has seen two, or that are others by now."""
    client = officer_of(house)
    keys = keys_of(client)
    assert len(keys) > 1
    refused = dispose(client, "/dispositions/bulk", disposition="false_alarm", seen_set="0" * 64)
    assert refused.status_code == 409
    assert "another set by now" in refused.text
    assert latest_dispositions(house.settings(), keys) == {}
    answer = dispose(client, "/dispositions/bulk", disposition="false_alarm")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dispositions?done={len(keys)}")
    assert latest_dispositions(house.settings(), keys).keys() == set(keys)
    assert client.get("/dispositions/bulk.json").json()["exception_count"] == 0
    assert dispose(client, f"/dispositions/{keys[0]}", disposition="correct", due_on=NEXT_WEEK).status_code == 303
    assert [one.kind for one in history_of(house.settings(), keys[0])] == ["false_alarm", "correct"]


def test_the_list_of_exceptions_tells_whose_each_is_and_when_it_is_due(house: House) -> None:
    """Harm prevented: an officer who cannot find what is theirs, or what nobody has looked at, among thousands."""
    client = officer_of(house)
    mine, accepted, *_ = keys = keys_of(client, "all")
    dispose(client, f"/dispositions/{mine}", disposition="correct", due_on=NEXT_WEEK)
    dispose(client, f"/dispositions/{accepted}", disposition="accept_until", accepted_until=NEXT_WEEK)

    def listed(days: int, **asked: str) -> list[str]:
        twin = officer_of(house, days).get("/exceptions.json", params=asked).json()
        rows = [row["exception_key"] for row in twin["exceptions"]["rows"]]
        assert twin["exceptions"]["exception_count"] == sum(f["exception_count"] for f in twin["exceptions"]["facets"])
        return rows

    assert set(listed(7, owner=OFFICER)) == {mine, accepted}
    assert listed(8, owner=OFFICER) == [mine]
    assert (listed(7, work="overdue"), listed(8, work="overdue")) == ([], [mine])
    assert {mine, accepted}.isdisjoint(listed(7, work="nobody"))
    assert accepted in listed(8, work="nobody")
    assert len(keys) == len(set(keys))
    page = officer_of(house, 8).get("/exceptions", params={"owner": OFFICER}).text
    assert f'due <time datetime="{NEXT_WEEK}">' in page
    assert "overdue" in page
    assert "may be newer than the snapshot" in page
    assert client.get("/exceptions", params={"owner": OFFICER, "work": "nobody"}).status_code == 400
    taken = client.get("/exceptions.rows.json").json()["rows"]
    told = {row["exception_key"]: (row["owner"], row["due_on"], row["disposition_reason"]) for row in taken}
    assert told[mine] == (OFFICER, NEXT_WEEK, HOSTILE)


def test_more_than_are_worked_at_once_are_said_to_be_left(untouched: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: "none is left", where only the first few thousand were looked at."""
    client = officer_of(untouched)
    count = len(keys_of(client))
    monkeypatch.setattr(exceptions, "MOST_AT_ONCE", 1)
    told = client.get("/dispositions/bulk.json").json()
    assert (told["exception_count"], told["beyond_count"]) == (1, count - 1)
    assert "were not looked at" in client.get("/dispositions/bulk").text


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"disposition": "forget"}, "the disposition"),
        ({"disposition": ""}, "no disposition"),
        ({"disposition": "false_alarm", "reason": "  "}, "no reason"),
        ({"disposition": "false_alarm", "owner": "Nobody Known"}, "Nobody Known"),
        ({"disposition": "accept_until"}, "no day"),
        ({"disposition": "accept_until", "accepted_until": "2026-01-01"}, "the acceptance until 2026-01-01"),
        ({"disposition": "accept_until", "accepted_until": "soon"}, "the day"),
        ({"disposition": "correct"}, "that is missing"),
        ({"disposition": "escalate", "due_on": "2026-01-01"}, "the due day 2026-01-01"),
        ({"disposition": "false_alarm", "accepted_until": NEXT_WEEK}, "a last day for false_alarm"),
    ],
)
def test_what_is_missing_is_told_beside_the_form(untouched: House, form: dict[str, str], told: str) -> None:
    """Harm prevented: a disposition without the day, the owner or the reason that an auditor asks for."""
    client = officer_of(untouched)
    key = keys_of(client)[0]
    answer = dispose(client, f"/dispositions/{key}", **form)
    assert answer.status_code == 409
    assert told in answer.text
    assert 'role="alert"' in answer.text
    assert latest_dispositions(untouched.settings(), [key]) == {}


def test_what_happened_once_is_disposed_of_from_the_page_of_exceptions(house: House) -> None:
    """Harm prevented: something was sent, cannot be undone, and nobody can close it."""
    client = officer_of(house)
    key = keys_of(client, "historical")[0]
    assert f'href="/dispositions/{key}"' in client.get("/exceptions?standing=historical").text
    assert dispose(client, f"/dispositions/{key}", disposition="false_alarm").status_code == 303
    assert latest_dispositions(house.settings(), [key])[key].kind == "false_alarm"


@pytest.mark.parametrize("role", ["reader", "approver", "analyst"])
def test_who_is_no_officer_disposes_of_nothing(untouched: House, role: str) -> None:
    """Harm prevented: an exception closed by whoever it is about."""
    client = signed_in(untouched, role)
    key = keys_of(client)[0]
    form = {"csrf_token": csrf_of(client.get("/sign-in").text), "disposition": "false_alarm", "owner": OFFICER}
    assert client.post(f"/dispositions/{key}", data=form).status_code == 403
    assert client.post("/dispositions/bulk", data=form).status_code == 403
    assert latest_dispositions(untouched.settings(), [key]) == {}
