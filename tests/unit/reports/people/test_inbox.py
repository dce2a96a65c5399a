"""The corrections inbox: who may decide, on what exactly, and what a refusal says."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from assettrail.clock import FixedClock
from corrections.propose import propose
from corrections.store.outbox import show_correction
from tests.browser.example.names import RIGHT_TO_LEFT, SCRIPT
from tests.unit.corrections.samples import link_row, republish_row, write_snapshot
from tests.unit.reports.people.house import APPROVER, CLOCK, House, application_of, client_of, csrf_of, signed_in

WITHOUT_ASSET = link_row(10, asset_id_cloudinary="", public_id="", reason="wider_than_delivered")
ROWS = [*(link_row(number) for number in range(1, 8)), WITHOUT_ASSET]
HOSTILE = link_row(8, public_id=SCRIPT, subject_id=RIGHT_TO_LEFT, reason="<svg onload=alert(1)>")


def key(number: int) -> str:
    """The key of a correction of the tests."""
    return f"{number:02d}" + "a" * 62


@pytest.fixture(scope="module", autouse=True)
def _proposed(house: House, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What a build has proposed."""
    _propose(house, tmp_path_factory.mktemp("proposals"), [*ROWS, republish_row(9), HOSTILE])


def _propose(house: House, folder: Path, rows: list[dict[str, Any]]) -> None:
    propose(house.settings(), CLOCK, write_snapshot(folder / "proposals.duckdb", rows), "s1")


def state_of(house: House, number: int) -> str:
    """The state of a correction in the outbox."""
    return show_correction(house.settings(), key(number)).correction.state


def decide(client: TestClient, number: int, verb: str, **form: str) -> Any:
    """Decide on a correction as its page's form does, what it holds changed as given."""
    page = client.get(f"/corrections/{key(number)}").text
    token = csrf_of(page)
    difference = page.partition('name="difference_hash" value="')[2][:64]
    filled = {"csrf_token": token, "difference_hash": difference, "reason": "seen and right"} | form
    return client.post(f"/corrections/{key(number)}/{verb}", data=filled)


@pytest.fixture(scope="module")
def approver(house: House) -> TestClient:
    """The approver's browser."""
    return signed_in(house, "approver")


def test_a_correction_is_told_in_words_and_not_of_an_asset_that_it_does_not_name(approver: TestClient) -> None:
    """An approver who reads a code, and that nobody holds "this asset", approves what they do not understand."""
    page = approver.get(f"/corrections/{key(10)}").raise_for_status().text
    assert page.count("The address asks for more width than the channel delivers.") == 2
    assert "wider_than_delivered" not in page
    assert "<p>It names no asset.</p>" in page
    assert "It names no asset." not in approver.get(f"/corrections/{key(1)}").text
    assert "<bdi>&lt;svg onload=alert(1)&gt;</bdi>" in approver.get("/corrections?state=all").text


def test_an_approval_from_the_page_is_one_of_the_command_line(house: House, approver: TestClient) -> None:
    """A page with a way of its own around four eyes, log and history would be the way that is used."""
    answer = decide(approver, 1, "approve")
    assert answer.status_code == 303, answer.text
    shown = show_correction(house.settings(), key(1))
    assert (shown.correction.state, shown.correction.approved_by) == ("approved", APPROVER)
    assert shown.history[-1].why == "seen and right"
    page = approver.get(answer.headers["location"]).text
    assert 'role="status"' in page
    assert "Approved." in page


def test_a_rejection_needs_a_reason_which_is_asked_for_beside_the_field(house: House, approver: TestClient) -> None:
    """A rejection without a reason is asked about for weeks."""
    refused = decide(approver, 2, "reject", reason="  ")
    assert refused.status_code == 409
    assert 'aria-invalid="true"' in refused.text
    assert "a reason, which stands in the history" in refused.text
    assert state_of(house, 2) == "proposed"
    assert decide(approver, 2, "reject", reason="not now").status_code == 303
    assert state_of(house, 2) == "rejected"


@pytest.mark.parametrize("role", ["reader", "analyst", "officer", "proposer", "engineer", "administrator"])
def test_nobody_but_an_approver_decides(house: House, role: str) -> None:
    """Roles that only hide a button are held by nobody who can write a form."""
    client = signed_in(house, role)
    token = csrf_of(client.get("/sign-in").text)
    form = {"csrf_token": token, "reason": "because", "difference_hash": "0" * 64}
    for path in (f"/corrections/{key(3)}/approve", f"/corrections/{key(3)}/reject", "/corrections/bulk"):
        assert client.post(path, data=form).status_code == 403
    assert state_of(house, 3) == "proposed"


def test_the_user_of_this_machine_does_not_decide_without_a_name(house: House) -> None:
    """In the mode local everybody at the keyboard reads; a decision is somebody's."""
    client = client_of(application_of(house))
    page = client.get(f"/corrections/{key(3)}")
    assert (page.status_code, "Approve this difference" in page.text) == (200, False)
    form = {"csrf_token": csrf_of(client.get("/sign-in").text), "reason": "because", "difference_hash": "0" * 64}
    assert client.post(f"/corrections/{key(3)}/approve", data=form).status_code == 403


def test_who_proposed_it_does_not_approve_it(house: House) -> None:
    """Two roles of one person are still two eyes."""
    from corrections.people import register
    from corrections.store.database import open_store
    from corrections.store.records import CorrectionRecord
    from tests.unit.reports.people.house import ADA, sign_in

    settings = house.settings()
    register.add_person(settings, CLOCK, "Petra Both", ["proposer", "approver"], ADA)
    token = register.issue_token(settings, CLOCK, "Petra Both", 5, ADA)
    with open_store(settings) as store, store.begin() as session:
        session.get_one(CorrectionRecord, key(4)).proposed_by = "Petra Both"
    client = client_of(application_of(house))
    sign_in(client, token.text)
    page = client.get(f"/corrections/{key(4)}").text
    assert "another approver decides" in page
    form = {"csrf_token": csrf_of(page), "reason": "mine", "difference_hash": "0" * 64}
    refused = client.post(f"/corrections/{key(4)}/reject", data=form)
    assert (refused.status_code, "four eyes see every correction" in refused.text) == (409, True)
    assert state_of(house, 4) == "proposed"


def test_what_was_changed_meanwhile_is_not_approved(house: House, approver: TestClient, tmp_path: Path) -> None:
    """A build between looking and deciding would have something approved that nobody has seen."""
    refused = decide(approver, 5, "approve", difference_hash="f" * 64)
    assert refused.status_code == 409
    assert "its difference is" in refused.text
    assert state_of(house, 5) == "proposed"


def test_an_approval_that_has_expired_says_so(house: House, approver: TestClient) -> None:
    """An approver who believes that it goes out waits for a correction that never comes."""
    decide(approver, 6, "approve")
    application = application_of(house)
    application.state.gate.house_clock = FixedClock(CLOCK.now() + timedelta(hours=73))
    later = client_of(application)
    assert "the approval has expired" in later.get(f"/corrections/{key(6)}").text
    refused = decide(approver, 6, "approve")
    assert (refused.status_code, "it is approved" in refused.text) == (409, True)


def test_many_are_approved_only_as_the_set_that_was_shown(house: House, approver: TestClient) -> None:
    """A sample that was looked at vouches for its set and for no other."""
    page = approver.get("/corrections/bulk?kind=republish_approved_version").text
    seen = page.partition('name="seen_set" value="')[2][:64]
    form = {"csrf_token": csrf_of(page), "kind": "republish_approved_version", "reason": "all of one campaign"}
    other = approver.post("/corrections/bulk", data=form | {"seen_set": "0" * 64})
    assert (other.status_code, "another set by now" in other.text) == (409, True)
    done = approver.post("/corrections/bulk", data=form | {"seen_set": seen})
    assert done.status_code == 303
    assert "1 correction approved" in approver.get(done.headers["location"]).text
    assert show_correction(house.settings(), "09" + "b" * 62).correction.state == "approved"


def test_hostile_names_are_only_text(house: House, approver: TestClient) -> None:
    """A file name that runs in the approver's browser approves whatever it wants."""
    assert state_of(house, 8) == "proposed"
    for path in ("/corrections?state=all", f"/corrections/{key(8)}", "/corrections/bulk"):
        page = approver.get(path).text
        assert "<script>" not in page.lower(), path
        assert "<svg onload" not in page.lower(), path
    assert "&lt;svg onload=alert(1)&gt;" in approver.get(f"/corrections/{key(8)}").text
    for hostile in ("%22%3E%3Cscript%3E", "..%2F..%2Fetc%2Fpasswd", "'%3B%20drop%20table%20corrections%3B--", "%25"):
        assert approver.get(f"/corrections/{hostile}").status_code == 404
    answer = decide(approver, 8, "reject", reason=SCRIPT + RIGHT_TO_LEFT)
    assert answer.status_code == 303
    assert "<script>" not in approver.get(answer.headers["location"]).text


def test_every_page_has_its_twin(house: House, approver: TestClient) -> None:
    """A ticket system reads figures, not tables."""
    listed = approver.get("/corrections.json?state=all").json()["inbox"]
    assert listed["total_count"] == len(ROWS) + 2
    stored = {number: state_of(house, number) for number in range(1, len(ROWS) + 1)}
    told = {line["correction_key"]: line["state"] for line in listed["lines"]}
    assert {number: told[key(number)] for number in stored} == stored
    one = approver.get(f"/corrections/{key(1)}.json").json()
    assert one["correction"]["line"]["correction_key"] == key(1)
    assert len(approver.get("/corrections/bulk.json").json()["set_hash"]) == 64


def test_filters_leave_what_was_asked_for(house: House, approver: TestClient) -> None:
    """An inbox of thousands that cannot be narrowed is not read."""
    lines = approver.get("/corrections.json?state=proposed&kind=replacement_link").json()["inbox"]["lines"]
    assert {(line["state"], line["kind"]) for line in lines} == {("proposed", "replacement_link")}
    assert approver.get("/corrections?state=sent").status_code == 400
