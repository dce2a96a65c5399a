"""Recalls in the reports: begun under a name, followed, and never certified before they are done."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from corrections.recall.report import recalls_by
from corrections.store.outbox import list_corrections
from publish.reading import current_snapshot
from tests.browser.example.names import BANNER
from tests.unit.reports.people.house import OFFICER, House, application_of, build_house, client_of, csrf_of, signed_in

REASON = "<svg onload=alert(1)> it shows a wrong rate"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation of its own: what is recalled here is recalled nowhere else."""
    return build_house(tmp_path_factory.mktemp("recalling") / "house")


@pytest.fixture(scope="module")
def officer(house: House) -> TestClient:
    """The officer's browser."""
    return signed_in(house, "officer")


def recall(client: TestClient, subject: str = BANNER, reason: str = REASON) -> Any:
    """Recall from the page of the list, as its form does."""
    token = csrf_of(client.get("/recalls").text)
    return client.post("/recalls", data={"csrf_token": token, "subject": subject, "reason": reason})


def known(house: House) -> list[Any]:
    """All recalls, as the command line tells them."""
    snapshot = current_snapshot(house.home)
    return recalls_by(house.settings(), snapshot.database, snapshot.name)


@pytest.mark.parametrize(
    ("subject", "reason", "told"),
    [("no such asset", REASON, "no asset of this id"), (BANNER, "  ", "no reason"), ("", REASON, "no asset")],
)
def test_what_cannot_be_recalled_is_told_beside_the_form(
    house: House, officer: TestClient, subject: str, reason: str, told: str
) -> None:
    """Harm prevented: an officer who believes that something is on its way back."""
    answer = recall(officer, subject, reason)
    assert answer.status_code == 409
    assert told in answer.text
    assert 'role="alert"' in answer.text
    assert known(house) == []


@pytest.mark.parametrize("role", ["reader", "approver", "analyst"])
def test_who_may_not_recall_is_refused(house: House, role: str) -> None:
    """Harm prevented: everything withdrawn by whoever found the address."""
    client = signed_in(house, role)
    token = csrf_of(client.get("/sign-in").text)
    answer = client.post("/recalls", data={"csrf_token": token, "subject": BANNER, "reason": REASON})
    assert answer.status_code == 403
    assert "Recall this asset" not in client.get(f"/assets/{BANNER}").text


def test_the_user_of_the_machine_recalls_nothing_without_a_name(house: House) -> None:
    """Harm prevented: a recall in nobody's name."""
    laptop = client_of(application_of(house))
    assert "Recall this asset" not in laptop.get(f"/assets/{BANNER}").text
    assert laptop.post("/recalls", data={"csrf_token": "0" * 64, "subject": BANNER}).status_code == 403


def test_a_recall_from_the_asset_page_is_one_of_the_command_line(house: House, officer: TestClient) -> None:
    """Harm prevented: a recall by a way of its own, past the log, the outbox and four eyes."""
    assert "Recall this asset" in officer.get(f"/assets/{BANNER}").text
    answer = recall(officer)
    assert answer.status_code == 303, answer.text
    (begun,) = known(house)
    assert (begun.recalled_by, begun.reason) == (OFFICER, REASON)
    proposed = [one for one in list_corrections(house.settings()) if one.kind == "withdraw_recalled"]
    live = [one for one in begun.holders if one.holder_type == "publication"]
    assert len(proposed) == len(live) > 0
    assert {one.state for one in proposed} == {"proposed"}
    page = officer.get(answer.headers["location"]).text
    assert "Not certified yet" in page
    assert "<svg onload" not in page
    assert all(f"/corrections/{one.correction_key}" in page for one in proposed)
    twin = officer.get(f"{answer.headers['location']}.json").json()["recall"]
    assert (twin["done"], twin["of"]) == (0, len(begun.holders))
    assert officer.get(f"{answer.headers['location']}/certificate").status_code == 404
    assert "is being recalled" in recall(officer).text or recall(officer).status_code == 409
    assert BANNER[:8] in officer.get("/recalls.json").text


def test_a_recall_that_does_not_exist_is_told(officer: TestClient) -> None:
    """Harm prevented: a blank page that reads as nothing to worry about."""
    assert officer.get("/recalls/ffff").status_code == 404
    assert officer.get("/recalls/ffff.json").json()["problem"]
