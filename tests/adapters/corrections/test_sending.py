"""Sending against a real Trading Grid over HTTP: both kinds, every conflict, and what the partner sees."""

from datetime import timedelta

import pytest

from assettrail.clock import FixedClock
from assettrail.errors import ConfigurationError, TransientSourceError
from corrections.approval import reject
from corrections.send import send_approved
from corrections.store.outbox import approved_batch, show_correction
from tests.adapters.corrections.conftest import (
    ASSET_ID,
    CLOUD,
    NEW,
    NEW_ETAG,
    Desk,
    Grid,
    cloudinary_address,
    link,
    republish,
)
from tests.unit.corrections.samples import NOW, approver


def test_a_partner_gets_the_link_to_the_corrected_version(desk: Desk, grid: Grid) -> None:
    """T3: the case is answered once, by the team, with an address that carries the new version."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    (message,) = grid.thread(case_id)
    assert f"https://res.cloudinary.com/{CLOUD}/image/upload/v{NEW}/banners/spring.jpg\n" in message["body"]
    assert (message["author"], message["authorRole"]) == ("assettrail", "team")
    assert grid.get(f"cases/{case_id}")["status"] == "answered"
    (row,) = desk.corrections()
    assert (row.state, row.remote_id, row.correlation_id) == (
        "confirmed",
        message["messageId"],
        message["correlationId"],
    )
    assert desk.send().as_dict() == {"left": 0}
    assert len(grid.thread(case_id)) == 1


def test_a_community_gets_the_newest_approved_version_in_the_same_place(desk: Desk, grid: Grid) -> None:
    """T1: same rendition, language, region, device and transformation; the old one is withdrawn."""
    old_id = grid.make_publication()
    desk.propose(republish(1, old_id, grid))
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    (row,) = desk.corrections()
    new = grid.get(f"publications/{row.remote_id}")
    assert new["asset"] == {
        "assetId": ASSET_ID,
        "publicId": "banners/spring",
        "version": NEW,
        "etag": NEW_ETAG,
        "url": cloudinary_address(NEW),
    }
    old = grid.get(f"publications/{old_id}")
    for name in ("communityId", "rendition", "language", "region", "device"):
        assert new[name] == old[name]
    assert new["publishedBy"] == "assettrail"
    assert new["replacesPublicationId"] == old_id
    assert new["correlationId"] == row.correlation_id
    assert old["withdrawnAt"] is not None
    assert new["withdrawnAt"] is None


def test_nothing_is_sent_that_nobody_approved(desk: Desk, grid: Grid) -> None:
    """A proposal is not an order."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id), by=None)
    assert desk.send().outcomes == ()
    assert grid.thread(case_id) == []


@pytest.mark.parametrize(("role", "body"), [("partner", cloudinary_address(NEW)), ("team", "nothing to see here")])
def test_another_message_under_our_correlation_id_confirms_nothing(
    desk: Desk, grid: Grid, role: str, body: str
) -> None:
    """A service that repeats our id with other words, or a partner who does, must not count as our answer."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    (row,) = desk.corrections()
    grid.make(f"cases/{case_id}/messages", author="x", authorRole=role, body=body, correlationId=row.correlation_id)
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert len(grid.thread(case_id)) == 1


@pytest.mark.parametrize(
    "prepare",
    [
        lambda grid, case: grid.close(case),
        lambda grid, case: grid.say(case, f"see {cloudinary_address(NEW)}."),
        lambda grid, case: grid.say(case, f"newer: {cloudinary_address(NEW + 1)}"),
    ],
    ids=["closed", "answered", "answered newer"],
)
def test_a_case_that_has_moved_on_is_a_conflict(desk: Desk, grid: Grid, prepare) -> None:  # type: ignore[no-untyped-def]
    """A second or late answer confuses the partner more than none."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    prepare(grid, case_id)
    before = grid.thread(case_id)
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert grid.thread(case_id) == before


@pytest.mark.parametrize(
    "prepare",
    [
        lambda grid, case: grid.say(case, f"stale: {cloudinary_address(NEW - 1)}"),
        lambda grid, case: grid.say(case, f"I mean {cloudinary_address(NEW)}", role="partner"),
        lambda grid, case: grid.say(case, f"other: {cloudinary_address(NEW, 'banners/summer.jpg')}"),
        lambda grid, case: [grid.say(case, f"message {n}", role="partner") for n in range(5)],
    ],
    ids=["stale answer", "partner's own link", "another image", "a thread of several pages"],
)
def test_a_case_that_only_seems_answered_is_answered(desk: Desk, grid: Grid, prepare) -> None:  # type: ignore[no-untyped-def]
    """A near miss of an answer must not leave the partner without one."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    prepare(grid, case_id)
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}


def test_a_case_about_another_version_is_a_conflict(desk: Desk, grid: Grid) -> None:
    """The proposal was made for what the case said then."""
    desk.propose(link(1, grid.make_case(version=1700000000)), link(2, "CASE-none"))
    assert desk.send().as_dict() == {"conflict": 2, "left": 0}
    assert "expected was 1767600000" in show_correction(desk.settings, "01").history[-1].why


@pytest.mark.parametrize("changes", [{"version": 1}, {"etag": "other"}])
def test_a_publication_that_shows_something_else_is_a_conflict(desk: Desk, grid: Grid, changes) -> None:  # type: ignore[no-untyped-def]
    """Someone has corrected it already, perhaps with a newer version than ours."""
    publication_id = grid.make_publication(**changes)
    desk.propose(republish(1, publication_id, grid))
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert grid.get(f"publications/{publication_id}")["withdrawnAt"] is None


def test_a_withdrawn_or_missing_publication_is_a_conflict(desk: Desk, grid: Grid) -> None:
    """What a community has taken down must not come back by our hand."""
    withdrawn = grid.make_publication()
    grid.withdraw(withdrawn)
    desk.propose(republish(1, withdrawn, grid), republish(2, "../../communities", grid))
    grid.reset()
    assert desk.send().as_dict() == {"conflict": 2, "left": 0}
    assert grid.posts() == 0


def test_a_publication_in_another_community_is_a_conflict(desk: Desk, grid: Grid) -> None:
    """The right image in the wrong community is a finding of its own."""
    row = republish(1, grid.make_publication(), grid) | {"community_id_trading_grid": "COM-elsewhere"}
    desk.propose(row)
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}


def test_an_expired_approval_sends_nothing(desk: Desk, grid: Grid) -> None:
    """A decision of last month was about last month."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    late = FixedClock(NOW + timedelta(hours=72))
    assert send_approved(desk.settings, late).as_dict() == {"left": 0, "proposed": 1}
    assert grid.thread(case_id) == []


def test_the_budget_of_a_run_is_kept(new_desk, grid: Grid) -> None:  # type: ignore[no-untyped-def]
    """A wrong rule that proposes thousands must be stopped after the first hundreds."""
    desk: Desk = new_desk("small", max_per_run=2)
    desk.propose(*(link(number, grid.make_case()) for number in (1, 2, 3)))
    assert desk.send().as_dict() == {"confirmed": 2, "left": 1}
    assert approved_batch(desk.settings) is not None
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert approved_batch(desk.settings) is None


def test_a_refusal_is_kept_with_the_services_words(desk: Desk, grid: Grid) -> None:
    """A write that will always be refused must not be tried for ever, and the reason must be readable."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    grid.knob(status=403, method="POST", path="/messages", message="Posting is\x07 not allowed")
    assert desk.send().as_dict() == {"left": 0, "rejected": 1}
    assert "HTTP 403 (Posting is  not allowed)" in show_correction(desk.settings, "01").history[-1].why


def test_a_service_that_is_down_leaves_everything_approved(desk: Desk, grid: Grid) -> None:
    """Down before the write is no outcome of any correction: the next run sends them all."""
    desk.propose(*(link(number, grid.make_case()) for number in (1, 2)))
    grid.knob(status=503)
    with pytest.raises(TransientSourceError, match="Trading Grid"):
        desk.send()
    assert desk.states() == ["approved", "approved"]
    assert approved_batch(desk.settings) is not None
    grid.reset()
    assert desk.send().as_dict() == {"confirmed": 2, "left": 0}


def test_a_service_that_asks_to_wait_is_asked_later(desk: Desk, grid: Grid) -> None:
    """429 says that nothing was written: stop this run, keep the approval."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    grid.knob(status=429, method="POST", path="/messages", times=1)
    with pytest.raises(TransientSourceError, match="HTTP 429"):
        desk.send()
    assert desk.states() == ["approved"]
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert len(grid.thread(case_id)) == 1


def test_a_token_that_ended_is_renewed_and_the_write_happens_once(desk: Desk, grid: Grid) -> None:
    """A 401 proves that nothing was written; giving up there would fail a run per hour."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    grid.knob(status=401, method="POST", path="/messages", times=1)
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert len(grid.thread(case_id)) == 1


def test_what_is_not_connected_says_so(desk: Desk, grid: Grid) -> None:
    """A missing section must be told before anything is tried, and lose nothing."""
    desk.propose(link(1, grid.make_case()))
    for name in ("trading_grid", "cloudinary"):
        without = desk.settings.model_copy(update={name: None})
        with pytest.raises(ConfigurationError, match=name):
            send_approved(without, FixedClock(NOW))


def test_wrong_credentials_are_told_without_the_secret(desk: Desk, grid: Grid) -> None:
    """The message goes to a log that many read."""
    desk.propose(link(1, grid.make_case()))
    section = desk.settings.trading_grid
    assert section is not None
    wrong = section.model_copy(update={"client_id": "nobody"})
    with pytest.raises(ConfigurationError, match="client_id") as refused:
        send_approved(desk.settings.model_copy(update={"trading_grid": wrong}), FixedClock(NOW))
    assert section.client_secret.get_secret_value() not in str(refused.value)
    assert desk.states() == ["approved"]


def test_a_rejected_correction_is_never_sent(desk: Desk, grid: Grid) -> None:
    """A person's no is final for this difference."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    reject(desk.settings, FixedClock(NOW), ["01"], approver("ben"), "wrong image")
    assert desk.send().outcomes == ()
    assert grid.thread(case_id) == []
