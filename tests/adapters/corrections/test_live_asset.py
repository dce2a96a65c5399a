"""Before anything is sent: does Cloudinary serve the very bytes that were approved?"""

from collections.abc import Callable
from datetime import timedelta

import pytest

from assettrail.clock import FixedClock
from assettrail.errors import ConfigurationError, TransientSourceError
from corrections.send import send_approved
from corrections.store.outbox import show_correction
from ingest.cloudinary.budget import BudgetUsedUp, RateBudget, shared_budget
from tests.adapters.corrections.conftest import NEW_ETAG, Desk, Grid, Library, etag_of, link, republish
from tests.unit.corrections.samples import CLOCK


def reasons(desk: Desk, *keys: str) -> list[str]:
    """Why each correction is where it is."""
    return [show_correction(desk.settings, key).history[-1].why for key in keys]


def test_bytes_that_nobody_approved_are_not_sent(desk: Desk, grid: Grid, library: Library) -> None:
    """Overwritten after the approval: an address with the approved version would deliver the new, unseen bytes."""
    asset_id = library.upload("banners/overwritten", "green")
    case_id, publication_id = grid.make_case(), grid.make_publication()
    same = {"asset_id_cloudinary": asset_id, "public_id": "banners/overwritten"}
    desk.propose(link(1, case_id, **same), republish(2, publication_id, grid, **same))
    library.upload("banners/overwritten", "red")
    before = grid.posts()
    assert desk.send().as_dict() == {"conflict": 2, "left": 0}
    assert (grid.posts(), grid.thread(case_id)) == (before, [])
    (why, _) = reasons(desk, "01", "02")
    assert etag_of("red") in why
    assert NEW_ETAG in why


def test_a_version_of_the_past_is_not_sent(desk: Desk, grid: Grid) -> None:
    """The newest approved version may not be the live one: then there is nothing right to send."""
    desk.propose(link(1, grid.make_case(), desired_version_number=1767700000, desired_etag="older"))
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (lambda library, name: library.delete(name), "deleted|no such asset"),
        (lambda library, name: library.rename(name, f"{name}-2"), "expected was"),
    ],
    ids=["deleted", "renamed"],
)
def test_an_asset_that_is_gone_or_elsewhere_is_a_conflict(
    desk: Desk, grid: Grid, library: Library, change: Callable[[Library, str], None], found: str
) -> None:
    """A link to nothing, or to what later takes over the name, is worse than no answer."""
    name = f"banners/{found[:4]}"
    asset_id = library.upload(name, "green")
    case_id = grid.make_case()
    desk.propose(link(1, case_id, asset_id_cloudinary=asset_id, public_id=name))
    change(library, name)
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert grid.thread(case_id) == []
    (why,) = reasons(desk, "01")
    assert any(word in why for word in found.split("|"))


def test_an_asset_that_never_was_is_a_conflict(desk: Desk, grid: Grid) -> None:
    """A proposal from another cloud's data must not be sent on trust."""
    desk.propose(link(1, grid.make_case(), asset_id_cloudinary="f" * 32))
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert "no such asset" in reasons(desk, "01")[0]


def test_an_asset_is_asked_for_once(desk: Desk, grid: Grid, library: Library) -> None:
    """Hundreds of corrections of one asset must not use up the hour's allowance."""
    desk.propose(*(link(number, grid.make_case()) for number in (1, 2, 3)))
    grid.reset()
    assert desk.send().as_dict() == {"confirmed": 3, "left": 0}
    assert library.reads() == 1


def test_corrections_and_ingest_share_the_hours_calls(desk: Desk, grid: Grid, library: Library) -> None:
    """Corrections that are not counted would take the calls that the customer's production site needs."""
    cloudinary = desk.settings.cloudinary
    assert cloudinary is not None
    budget = shared_budget(desk.settings.home, cloudinary, CLOCK)
    desk.propose(link(1, grid.make_case()))
    before = budget.state().calls
    assert desk.send().as_dict() == {"confirmed": 1, "left": 0}
    assert budget.state().calls == before + 1
    case_id = grid.make_case()
    desk.propose(link(2, case_id))
    budget.note(RateBudget(allowed=100, remaining=20, resets_at=CLOCK.now() + timedelta(hours=1)))
    grid.reset()
    with pytest.raises(BudgetUsedUp):
        send_approved(desk.settings, CLOCK)
    assert (library.reads(), grid.thread(case_id)) == (0, [])
    assert show_correction(desk.settings, "02").correction.state == "approved"


def test_while_cloudinary_cannot_be_asked_nothing_is_sent(desk: Desk, grid: Grid, library: Library) -> None:
    """Not knowing is no reason to send, and none to give a correction up: it goes when the hour's calls are back."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    library.knob(status=420)
    with pytest.raises(TransientSourceError, match="Cloudinary"):
        desk.send()
    assert (desk.states(), grid.thread(case_id)) == (["approved"], [])
    library.knob(reset=True)
    with pytest.raises(BudgetUsedUp, match="run again after"):
        desk.send()
    an_hour_later = FixedClock(CLOCK.now() + timedelta(hours=1))
    assert send_approved(desk.settings, an_hour_later).as_dict() == {"confirmed": 1, "left": 0}


def test_wrong_credentials_of_cloudinary_send_nothing(desk: Desk, grid: Grid) -> None:
    """A key that was withdrawn is told by the run, not by a partner."""
    case_id = grid.make_case()
    desk.propose(link(1, case_id))
    section = desk.settings.cloudinary
    assert section is not None
    wrong = section.model_copy(update={"api_key": "nobody"})
    with pytest.raises(ConfigurationError, match="api_key"):
        send_approved(desk.settings.model_copy(update={"cloudinary": wrong}), CLOCK)
    assert (desk.states(), grid.thread(case_id)) == (["approved"], [])
