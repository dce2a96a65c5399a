"""The approved file onto an image that templates show: three requests in Exstream's Design, never past REVIEW."""

import os
import signal
from collections.abc import Callable
from typing import Any

import pytest

from assettrail.errors import TransientSourceError
from corrections.preview import preview
from corrections.store.outbox import show_correction
from corrections.vendors.exstream_design import ExstreamDesign
from corrections.vendors.writes import Uncertain, Write
from ingest.http import RetryPolicy
from tests.adapters.corrections.conftest import BANNER, Desk, Grid, Library, Studio, etag_of, link, picture
from tests.adapters.corrections.test_uncertain import start_sender, wait_for_the_write_to_end
from tests.unit.corrections.recalled_snapshot import write_recalled_snapshot
from tests.unit.corrections.samples import CLOCK, link_row
from tests.unit.corrections.test_advice import NEW as NEW_TRANSFORMATION
from tests.unit.corrections.test_advice import advice


def review(image: str, studio: Studio, **changes: Any) -> dict[str, Any]:
    """A row that asks for the banner on an image whose first version is in use."""
    return link_row(
        1,
        kind="review_template_image",
        subject_id=f"TPL-1/{image}",
        community_id_trading_grid=None,
        case_id_trading_grid=None,
        target_id=f"{studio.domain}/{image}",
        target_version_number=1,
        **{"expected_etag": etag_of("red"), **BANNER, **changes},
    )


def why(desk: Desk) -> str:
    """Why the correction is in its state."""
    return show_correction(desk.settings, "01").history[-1].why


def is_in_review(studio: Studio, image: str, version: int = 2) -> bool:
    """Whether the image waits for its reviewer with the approved bytes, in this version."""
    newest = studio.newest(image)
    holds = studio.content(image, version) == picture("green")
    return (newest["version"], newest["state"]) == (version, "REVIEW") and holds


def test_the_approved_file_waits_in_review_under_an_audited_comment(desk: Desk, studio: Studio) -> None:
    """An approval is a live change to customers' letters: the file gets there, and a person in Exstream decides."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    studio.reset()
    assert desk.send().as_dict() == {"approved": 2, "confirmed": 1, "left": 0}
    assert is_in_review(studio, image)
    assert studio.content(image, 1) == picture("red"), "the version that letters show is untouched"
    assert studio.puts() == 3
    (correction,) = desk.corrections()
    assert correction.remote_id == f"{image}/2"
    told = [(one["state"], one["historyType"], one["auditedComment"]) for one in studio.history(image)[-3:]]
    assert [one[:2] for one in told] == [("DRAFT", "STATE"), ("DRAFT", "CONTENT"), ("REVIEW", "STATE")]
    comment = told[0][2]
    assert comment == told[2][2]
    assert correction.difference.correlation_id in comment
    assert "banners/spring" in comment


def test_a_vendor_that_is_down_holds_up_its_own_only(desk: Desk, grid: Grid, studio: Studio) -> None:
    """One vendor's bad hour must not keep partners and reviewers of the others waiting, nor be asked over and over."""
    cases, image = [grid.make_case(), grid.make_case()], studio.make_image()
    desk.propose(*[link(number, case) for number, case in enumerate(cases, 2)], review(image, studio))
    grid.reset()
    grid.knob(status=503)
    with pytest.raises(TransientSourceError, match="Trading Grid"):
        desk.send()
    assert desk.states() == ["confirmed", "approved", "approved"]
    assert is_in_review(studio, image)
    assert 1 <= grid.requests() <= RetryPolicy().attempts, "one reading and its repetitions, not one a correction"
    grid.reset()
    assert desk.send().as_dict() == {"confirmed": 2, "left": 0}


def test_sent_again_it_changes_nothing(desk: Desk, new_desk: Callable[..., Desk], studio: Studio) -> None:
    """An outbox that was lost proposes the same anew: the image must not get a second draft."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    desk.send()
    studio.reset()
    other = new_desk("other")
    other.propose(review(image, studio))
    assert other.send().as_dict() == {"confirmed": 1, "left": 0}
    assert studio.puts() == 0


def test_what_was_approved_meanwhile_is_confirmed(desk: Desk, new_desk: Callable[..., Desk], studio: Studio) -> None:
    """The reviewer was faster than the reading: what is theirs since then must not look like a failure."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    desk.send()
    studio.move(image, "APPROVED")
    other = new_desk("other")
    other.propose(review(image, studio))
    assert other.send().as_dict() == {"confirmed": 1, "left": 0}
    assert studio.newest(image)["state"] == "APPROVED"


@pytest.mark.parametrize(
    ("meanwhile", "found"),
    [
        (lambda studio, image: studio.move(image, "DRAFT"), "DRAFT in version 2, expected was APPROVED in version 1"),
        (lambda studio, image: studio.move(image, "DRAFT", locked=True), "locked by x.tanaka"),
        (
            lambda studio, image: [studio.move(image, state) for state in ("DRAFT", "REVIEW", "APPROVED")],
            "APPROVED in version 2, expected was APPROVED in version 1",
        ),
    ],
)
def test_a_designers_own_work_is_left_alone(
    desk: Desk, studio: Studio, meanwhile: Callable[[Studio, str], object], found: str
) -> None:
    """Somebody has begun, locked or finished a version since the snapshot: writing into it would destroy their work."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    meanwhile(studio, image)
    before = studio.history(image)
    studio.reset()
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert found in why(desk)
    assert studio.puts() == 0
    assert studio.history(image) == before


def test_an_image_that_is_gone_is_a_conflict(desk: Desk, studio: Studio) -> None:
    """A deleted image cannot be corrected, and that is no reason to stop all others."""
    desk.propose(review("3e0c8f0e-0000-4000-8000-000000000000", studio))
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert "not there any more" in why(desk)


def test_other_content_in_our_draft_is_not_overwritten(
    desk: Desk, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between our draft and our file a designer puts one in: theirs stays, and nothing goes to review for them."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    _after_each_write(monkeypatch, lambda number: studio.fill(image, "blue") if number == 1 else None)
    assert desk.send().as_dict() == {"approved": 1, "conflict": 1, "left": 0}
    assert "somebody has put other content" in why(desk)
    assert (studio.newest(image)["state"], studio.content(image, 2)) == ("DRAFT", picture("blue"))


def test_a_file_changed_right_before_review_is_not_called_ours(
    desk: Desk, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No request of Design takes an expected version: what went to review is looked at again before it is confirmed."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    real = ExstreamDesign.write_once

    def write_once(design: ExstreamDesign, write: Write) -> Any:
        if dict(write.body).get("state") == "REVIEW":
            studio.fill(image, "blue")
        return real(design, write)

    monkeypatch.setattr(ExstreamDesign, "write_once", write_once)
    assert desk.send().as_dict() == {"approved": 2, "conflict": 1, "left": 0}
    assert "went to REVIEW with other content" in why(desk)


@pytest.mark.parametrize("number", [1, 2, 3])
@pytest.mark.parametrize("is_after", [False, True])
def test_killed_between_the_requests_it_goes_on(desk: Desk, studio: Studio, number: int, *, is_after: bool) -> None:
    """The house dies before or after any of the three: no second draft, none left behind, and the file in review."""
    desk.hurry()
    image = studio.make_image()
    desk.propose(review(image, studio))
    process = start_sender(desk, lambda: _die_at(number, is_after=is_after))
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    wait_for_the_write_to_end(desk)
    assert "confirmed" in desk.send().as_dict()
    assert is_in_review(studio, image)
    assert [one["historyType"] for one in studio.history(image)].count("CONTENT") == 2


@pytest.mark.parametrize("path", ["/state", "/content"])
def test_a_broken_answer_is_read_back(desk: Desk, studio: Studio, path: str) -> None:
    """The change has happened although its answer broke: it must not be made twice."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    studio.reset()
    studio.knob(truncate_body_after=5, method="PUT", path=path, times=1)
    assert desk.send().as_dict() == {"approved": 2, "confirmed": 1, "left": 0}
    assert studio.puts() == 3
    assert is_in_review(studio, image)


def test_a_failed_request_waits_and_goes_on(desk: Desk, studio: Studio) -> None:
    """A 503 may or may not have put the file: a later complete reading tells, and the sequence goes on there."""
    desk.hurry()
    image = studio.make_image()
    desk.propose(review(image, studio))
    studio.knob(status=503, method="PUT", path="/content", times=1)
    assert desk.send().as_dict() == {"approved": 1, "left": 0, "unknown": 1}
    wait_for_the_write_to_end(desk)
    assert desk.send().as_dict()["confirmed"] == 1
    assert is_in_review(studio, image)


def test_a_file_that_is_not_the_approved_one_makes_no_draft(desk: Desk, studio: Studio, library: Library) -> None:
    """The asset was overwritten since the approval: nothing of ours may even begin in Exstream."""
    image = studio.make_image()
    desk.propose(review(image, studio, desired_etag=etag_of("yellow")))
    studio.reset()
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert f"MD5 {etag_of('green')}, approved was {etag_of('yellow')}" in why(desk)
    assert studio.puts() == 0


def test_hosts_that_the_settings_do_not_allow_are_not_asked(desk: Desk, studio: Studio) -> None:
    """The file comes from an allowed host or not at all; the correction says which setting it takes."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    assert desk.settings.cloudinary is not None
    closed = desk.settings.cloudinary.model_copy(update={"fetch_hosts": ()})
    desk.settings = desk.settings.model_copy(update={"cloudinary": closed})
    studio.reset()
    assert desk.send().as_dict() == {"conflict": 1, "left": 0}
    assert "not in cloudinary.fetch_hosts" in why(desk)
    assert studio.puts() == 0


def test_a_dry_run_tells_the_first_request_and_makes_none(desk: Desk, studio: Studio, tmp_path: Any) -> None:
    """Looking must not make drafts."""
    image = studio.make_image()
    desk.propose(review(image, studio))
    snapshot = write_recalled_snapshot(tmp_path / "held.duckdb")
    studio.reset()
    (shown,) = preview(desk.settings, CLOCK, snapshot)
    assert (shown.outcome, studio.puts()) == ("would be written", 0)
    assert shown.request is not None
    assert str(shown.request["path"]).endswith(f"/{image}/state")


def test_a_dry_run_of_advice_says_that_nothing_is_sent(desk: Desk, studio: Studio, tmp_path: Any) -> None:
    """Whoever asks what an accepted piece of advice would do must be told, and no vendor be asked."""
    desk.propose(advice())
    snapshot = write_recalled_snapshot(tmp_path / "held.duckdb")
    (shown,) = preview(desk.settings, CLOCK, snapshot, ["01"])
    assert (shown.outcome, shown.request, shown.after) == ("would wait", None, NEW_TRANSFORMATION)
    assert preview(desk.settings, CLOCK, snapshot) == []
    assert desk.send().as_dict() == {"left": 0}


def _after_each_write(monkeypatch: pytest.MonkeyPatch, do: Callable[[int], object]) -> None:
    """Let something happen at the vendor right after each of our writes, by its number."""
    real, count = ExstreamDesign.write_once, iter(range(1, 10))

    def write_once(design: ExstreamDesign, write: Write) -> Any:
        outcome = real(design, write)
        do(next(count))
        return outcome

    monkeypatch.setattr(ExstreamDesign, "write_once", write_once)


def _die_at(number: int, *, is_after: bool) -> None:
    """End this process right before or right after its write of this number."""
    real, count = ExstreamDesign.write_once, iter(range(1, 10))

    def write_once(design: ExstreamDesign, write: Write) -> Any:
        is_last = next(count) == number
        if is_last and not is_after:
            os.kill(os.getpid(), signal.SIGKILL)
        outcome = real(design, write)
        if is_last:
            os.kill(os.getpid(), signal.SIGKILL)
        return outcome

    ExstreamDesign.write_once = write_once  # type: ignore[method-assign]


def test_a_write_that_arrives_late_is_found(desk: Desk, studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service makes the draft after we have hung up: a sender that repeats would be refused, or make another."""
    desk.hurry()
    image = studio.make_image()
    desk.propose(review(image, studio))
    late: list[Write] = []

    def write_once(_design: ExstreamDesign, write: Write) -> Uncertain:
        late.append(write)
        return Uncertain("no answer in time")

    with monkeypatch.context() as patch:
        patch.setattr(ExstreamDesign, "write_once", write_once)
        assert desk.send().as_dict() == {"left": 0, "unknown": 1}
    (write,) = late
    studio.move(image, "DRAFT", comment=str(write.body["auditedComment"]))
    wait_for_the_write_to_end(desk)
    assert desk.send().as_dict()["confirmed"] == 1
    assert is_in_review(studio, image)
