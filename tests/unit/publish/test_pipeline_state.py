"""What a manifest tells of the pipeline: its builds, its controls, what is refused, which calls are left."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assettrail.clock import FixedClock
from ingest.cloudinary.budget import CallBudget, RateBudget
from ingest.landing_store import LandingStore
from ingest.quarantine import QuarantinedRecord
from publish.pipeline_state import (
    TOLD_BUILDS,
    ControlHealth,
    PipelineState,
    allowance_of,
    builds_in,
    counted_quarantine,
)
from publish.snapshot import BuildOutcome, publish
from tests.unit.publish.test_snapshot import store as store  # noqa: PLC0414 - the fixture

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


def refused(stream: str, reason: str, at: datetime, state: str = "open") -> QuarantinedRecord:
    """A record of Exstream that could not be read."""
    return QuarantinedRecord(
        record_id="r",
        state=state,  # type: ignore[arg-type]
        system="exstream",
        stream=stream,
        load_id="l",
        log_index=1,
        source_uri="file",
        raw_hash="h",
        offset=0,
        reason=reason,
        excerpt_hash="e",
        quarantined_at=at,
        replayed_at=None,
        replayed_with=None,
    )


def state_of(why: str, *, is_increment: bool) -> PipelineState:
    """A pipeline with everything that it may tell."""
    later = NOON + timedelta(hours=1)
    return PipelineState(
        is_increment=is_increment,
        why=why,
        controls=(ControlHealth("ctl_a", True, 3, NOON), ControlHealth("ctl_b", False, 0, None)),
        quarantine=counted_quarantine([refused("asset_uses", "no id", NOON), refused("asset_uses", "no id", later)]),
        allowances=(allowance_of("cloudinary", CallBudget(None, "demo", 0.5, FixedClock(NOON))),),
    )


def test_a_manifest_gives_back_what_was_told() -> None:
    """A trust page that reads something else than what was gathered is trusted wrongly."""
    told = state_of("it was asked for", is_increment=False)
    assert PipelineState.from_manifest(told.to_manifest()) == told


@pytest.mark.parametrize("stated", [None, "text", {}, {"is_increment": True, "why": "x", "controls": [{"other": 1}]}])
def test_an_older_manifest_tells_nothing(stated: object) -> None:
    """Snapshots are kept for years: what an older release did not write must not break the page."""
    assert PipelineState.from_manifest(stated) is None


def test_what_is_refused_is_counted_by_its_reason() -> None:
    """One bad export that refuses a thousand records must not hide the one record that is refused otherwise."""
    records = [refused("asset_uses", "no id", NOON + timedelta(hours=hour)) for hour in range(3)]
    records += [refused("asset_uses", "no id", NOON, "replayed"), refused("jobs", "no instant", NOON)]
    counted = counted_quarantine(records)
    assert [(each.stream, each.reason, each.state, each.record_count) for each in counted] == [
        ("asset_uses", "no id", "open", 3),
        ("asset_uses", "no id", "replayed", 1),
        ("jobs", "no instant", "open", 1),
    ]
    assert (counted[0].first_at, counted[0].last_at) == (NOON, NOON + timedelta(hours=2))


def test_the_allowance_is_what_the_vendor_said_last() -> None:
    """Calls that are promised and not there let an ingest stop half way."""
    budget = CallBudget(None, "demo", 0.5, FixedClock(NOON))
    unknown = allowance_of("cloudinary", budget)
    assert (unknown.allowed, unknown.remaining, unknown.resets_at) == (None, None, None)
    budget.note(RateBudget(2000, 1500, NOON + timedelta(minutes=30)))
    budget.note_waiting("resources", 40)
    known = allowance_of("cloudinary", budget)
    assert (known.allowed, known.remaining, known.kept_back, known.used) == (2000, 1500, 1000, 1)
    assert known.waiting == {"resources": 40}


def test_a_manifest_tells_the_builds_before_its_own(store: LandingStore, tmp_path: Path) -> None:
    """Whoever asks why a figure moved needs to see which build made everything anew, and why."""
    first = publish(store, store.home, BuildOutcome(5, 0, pipeline=state_of("the first", is_increment=False)))
    for number in range(TOLD_BUILDS):
        second = publish(store, store.home, BuildOutcome(6, number, pipeline=state_of("new", is_increment=True)))
    assert [each.why for each in builds_in(first.manifest)] == ["the first"]
    told = builds_in(second.manifest)
    assert len(told) == TOLD_BUILDS
    assert (told[0].snapshot, told[0].is_increment, told[0].checks_failed) == (second.name, True, TOLD_BUILDS - 1)
    assert [each.log_size for each in told] == sorted((each.log_size for each in told), reverse=True)
    assert builds_in({"name": "older"}) == ()
