"""Exstream's cursor: of one size, and still nothing of a job is lost, doubted in vain, or read again and again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assettrail.clock import FixedClock
from assettrail.errors import AssettrailError, PermanentSourceError, TransientSourceError
from assettrail.exstream_settings import ExstreamSettings
from ingest.exstream.client import Listing, Page
from ingest.exstream.run_files import FileBatch
from ingest.exstream.source import LISTED_STREAMS, STREAMS, ExstreamSource
from ingest.exstream.streams import FILE_STREAMS, RunFile
from ingest.exstream.walk import Walker
from ingest.extract import Extract
from ingest.received import Answer, ReceivedFile, received
from ingest.strict import JsonObject

DOMAIN = "claims"
BEGAN = datetime(2026, 2, 10, 8, tzinfo=UTC)
A_DAY = timedelta(days=1)
SECTION = ExstreamSettings.model_validate(
    {"base_url": "http://x", "token_url": "http://x/t", "client_id": "c", "domains": [DOMAIN]}
)


@dataclass
class Vendor:
    """A service with jobs of one flow instance and one communication step each; remembers whose files were read."""

    jobs_by_id: dict[str, JsonObject] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    failing: dict[str, AssettrailError] = field(default_factory=dict)
    steps: JsonObject = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    def start(self, job_id: str, at: datetime) -> None:
        """A job that runs from now on."""
        self.jobs_by_id[job_id] = {"id": job_id, "status": "started", "startDate": at.isoformat(), "endDate": None}

    def end(self, job_id: str, at: datetime, status: str = "complete") -> None:
        """A job that has ended."""
        self.jobs_by_id[job_id] = {**self.jobs_by_id[job_id], "status": status, "endDate": at.isoformat()}

    def jobs(
        self, _domain: str, from_day: date | None, _before_day: date | None = None, *, deleted: bool = False
    ) -> Listing:
        """The jobs that started on the day or later; deleted ones apart."""
        return _listing(
            [
                job
                for job in self.jobs_by_id.values()
                if (job["status"] == "deleted") is deleted
                and (from_day is None or str(job["startDate"])[:10] >= from_day.isoformat())
            ]
        )

    def flow_instances(self, _domain: str, job_id: str) -> Listing:
        """One flow instance of the job's name."""
        return _listing([{"id": job_id, "jobId": job_id, "status": "complete"}])

    def flow_steps(self, _domain: str, flow_instance_id: str) -> Listing:
        """One communication step of the job's name."""
        step = {"id": flow_instance_id, "flowInstanceId": flow_instance_id}
        return _listing([{**step, "status": "complete", "stepType": "communication", **self.steps}])

    def collection_ids(self, _domain: str, _flow_instance_id: str) -> tuple[str, ...]:
        """No collection."""
        return ()

    def artifact(self, _domain: str, step_id: str, _name: str) -> ReceivedFile | None:
        """The report of a step, unless it is gone or the service cannot give it."""
        self.read.append(step_id)
        if step_id in self.failing:
            raise self.failing[step_id]
        return None if step_id in self.gone else _file(step_id)

    def delivery_file(self, _domain: str, step_id: str) -> ReceivedFile:
        """The delivery file of a step, unless the service cannot give it."""
        if step_id in self.failing:
            raise self.failing[step_id]
        return _file(step_id)

    def message_file(self, _domain: str, step_id: str) -> ReceivedFile:
        """Any file."""
        return _file(step_id)


@dataclass
class Reader:
    """Reads the files of runs: one doubt about each run that is corrupt."""

    corrupt: set[str] = field(default_factory=set)

    def batches(self, stream: str, files: Sequence[RunFile]) -> Iterator[FileBatch]:
        """What is doubted."""
        found = [file for file in files if file.job_id in self.corrupt and file.kind == FILE_STREAMS[stream]]
        corrupt = {(file.domain, file.job_id) for file in found}
        yield FileBatch(doubts=[f"{file.job_id} is corrupt" for file in found], corrupt=corrupt, is_last=True)


def _file(step_id: str) -> ReceivedFile:
    return received([step_id.encode()], step_id, None, is_length_known=True)


def _listing(records: list[JsonObject]) -> Listing:
    return Listing((Page(Answer("uri", b"{}", is_length_known=True), tuple(records)),), is_counted=True)


@dataclass
class Installation:
    """A vendor that is read again and again, with the cursors that the log would keep."""

    vendor: Vendor = field(default_factory=Vendor)
    reader: Reader = field(default_factory=Reader)
    zone: str | None = None
    cursors: dict[str, Mapping[str, object] | None] = field(default_factory=dict)

    def ingest(self, now: datetime, *streams: str) -> dict[str, Extract]:
        """Read the streams (all, if none is named); each cursor goes through JSON, as in the log."""
        self.vendor.read.clear()
        hashed = lambda *_: "0" * 64  # noqa: E731
        walker = Walker(self.vendor, (DOMAIN,), "report", hashed, hashed, zone=self.zone)  # type: ignore[arg-type]
        section = SECTION.model_copy(update={"engine_zone": self.zone})
        source = ExstreamSource(walker, section, FixedClock(now), self.reader, None)  # type: ignore[arg-type]
        found = {stream: source.extract(stream, self.cursors.get(stream)) for stream in streams or STREAMS}
        self.cursors |= {stream: json.loads(json.dumps(each.cursor)) for stream, each in found.items()}
        return found


@pytest.fixture
def installation() -> Installation:
    """An installation without any job."""
    return Installation()


def test_a_cursor_is_as_large_for_ten_thousand_running_jobs_as_for_ten(installation: Installation) -> None:
    """Harm prevented: from some 1,300 running jobs on no leaf can be written, and nothing is ever landed again."""
    for number in range(10_000):
        installation.vendor.start(f"{number:08d}-1111-2222-3333-444444444444", BEGAN - 60 * A_DAY)
    assert len(installation.ingest(BEGAN, "jobs")["jobs"].rows) == 10_000
    cursor = installation.cursors["jobs"]
    assert cursor is not None
    assert cursor["day"] == "2025-12-12"
    assert len(json.dumps(cursor)) < 4096


def test_what_has_ended_is_read_once_while_another_job_never_ends(installation: Installation) -> None:
    """Harm prevented: one job that hangs makes every ingest read months of files again."""
    vendor = installation.vendor
    vendor.start("hangs", BEGAN)
    for day in range(20):
        vendor.start(f"job-{day}", BEGAN + day * A_DAY)
        vendor.end(f"job-{day}", BEGAN + day * A_DAY)
    installation.ingest(BEGAN + 21 * A_DAY)
    assert len(vendor.read) == 20
    assert len(installation.ingest(BEGAN + 22 * A_DAY)["jobs"].rows) == 21
    assert vendor.read == []


@pytest.mark.parametrize("zone", [None, "Europe/Berlin"])
def test_jobs_that_write_no_offset_are_placed_by_the_zone_of_the_engine(
    installation: Installation, zone: str | None
) -> None:
    """Harm prevented: one running job whose start is a clock reading has the jobs of all time listed for ever.

    Without a zone its row is refused, the files of its run are read, and nothing is passed over.
    """
    installation.zone = zone
    runs: JsonObject = {"id": "runs", "status": "started", "startDate": "2026-02-10T09:00:00"}
    done: JsonObject = {"id": "done", "status": "complete", "startDate": "2026-02-12T09:00:00"}
    installation.vendor.jobs_by_id |= {"runs": runs, "done": {**done, "endDate": "2026-02-12T10:00:00"}}
    found = installation.ingest(BEGAN + 3 * A_DAY)
    assert "done" in installation.vendor.read
    assert (len(found["jobs"].rows), len(found["jobs"].quarantined)) == ((2, 0) if zone else (0, 2))
    assert found["jobs"].claim.complete is (zone is not None)
    cursor = installation.cursors["jobs"]
    assert cursor is not None
    assert cursor["day"] == ("2026-02-10" if zone else None)
    if zone:
        assert found["asset_uses"].claim.window_to == BEGAN


@pytest.mark.parametrize("shown_end", [BEGAN, BEGAN + 30 * A_DAY])
def test_a_job_that_ran_for_weeks_is_read_when_it_ends(installation: Installation, shown_end: datetime) -> None:
    """Harm prevented: the letters of a job that ran long are never read, also when its end is dated back."""
    vendor = installation.vendor
    vendor.start("long", BEGAN)
    for day in range(1, 30):
        vendor.start(f"job-{day}", BEGAN + day * A_DAY)
        vendor.end(f"job-{day}", BEGAN + day * A_DAY)
        assert installation.ingest(BEGAN + day * A_DAY)["asset_uses"].claim.window_to == BEGAN
    vendor.end("long", shown_end)
    ended = installation.ingest(BEGAN + 30 * A_DAY)
    assert "long" in vendor.read
    claim = ended["asset_uses"].claim
    assert (claim.complete, claim.window_from, claim.window_to) == (True, BEGAN, BEGAN + 30 * A_DAY)
    installation.ingest(BEGAN + 33 * A_DAY)
    assert "long" not in vendor.read
    assert installation.cursors["jobs"] is not None
    assert installation.cursors["jobs"]["day"] == "2026-03-11"


def test_what_was_missing_while_a_job_ran_is_told_when_its_time_is_claimed(installation: Installation) -> None:
    """Harm prevented: a window is claimed as complete although a file of its time was gone when it was asked for."""
    vendor = installation.vendor
    vendor.start("long", BEGAN)
    vendor.start("gone", BEGAN + A_DAY)
    vendor.end("gone", BEGAN + A_DAY)
    vendor.gone.add("gone")
    installation.ingest(BEGAN + 2 * A_DAY)
    vendor.end("long", BEGAN + 20 * A_DAY)
    ended = installation.ingest(BEGAN + 20 * A_DAY)["asset_uses"].claim
    assert (ended.complete, ended.how, ended.window_from) == (False, "known_gap", BEGAN)
    assert "an earlier walk missed something" in ended.detail
    after = installation.ingest(BEGAN + 21 * A_DAY)["asset_uses"].claim
    assert (after.complete, after.window_from) == (True, BEGAN + 20 * A_DAY)


def test_files_that_expire_after_they_were_read_are_not_missed(installation: Installation) -> None:
    """Harm prevented: a job that hangs longer than the vendor keeps files makes everything read unproven."""
    vendor = installation.vendor
    vendor.start("long", BEGAN)
    vendor.start("kept", BEGAN + A_DAY)
    vendor.end("kept", BEGAN + A_DAY)
    installation.ingest(BEGAN + 3 * A_DAY)
    vendor.gone.add("kept")
    vendor.end("long", BEGAN + 20 * A_DAY)
    assert installation.ingest(BEGAN + 20 * A_DAY)["asset_uses"].claim.complete


def test_a_corrupt_file_is_asked_for_three_times_and_heals_when_it_can(installation: Installation) -> None:
    """Harm prevented: a file that was half written is given up at once, or keeps the stream standing for ever."""
    vendor, corrupt = installation.vendor, installation.reader.corrupt
    for job_id in ("a", "b"):
        vendor.start(job_id, BEGAN)
        vendor.end(job_id, BEGAN)
    corrupt.add("a")
    first = installation.ingest(BEGAN + A_DAY)["asset_uses"].claim
    assert (first.complete, first.window_from) == (False, None)
    vendor.start("c", BEGAN + 8 * A_DAY)
    vendor.end("c", BEGAN + 8 * A_DAY)
    corrupt.clear()
    healed = installation.ingest(BEGAN + 9 * A_DAY)["asset_uses"].claim
    assert set(vendor.read) == {"a", "b", "c"}
    assert (healed.complete, healed.window_from) == (True, None)
    vendor.start("d", BEGAN + 20 * A_DAY)
    vendor.end("d", BEGAN + 20 * A_DAY)
    corrupt.add("d")
    claims = [installation.ingest(BEGAN + (22 + 2 * turn) * A_DAY)["asset_uses"].claim for turn in range(4)]
    assert [claim.complete for claim in claims] == [False, False, False, True]
    assert [claim.window_from for claim in claims[:3]] == [BEGAN + 9 * A_DAY] * 3
    assert claims[3].window_from == BEGAN + 26 * A_DAY


def test_a_cursor_that_names_jobs_is_still_read(installation: Installation) -> None:
    """Harm prevented: after the change of form a home that exists is read anew, or loses the jobs that ran."""
    vendor = installation.vendor
    vendor.start("ran", BEGAN - 40 * A_DAY)
    vendor.end("ran", BEGAN - 39 * A_DAY)
    vendor.start("done", BEGAN - 30 * A_DAY)
    vendor.end("done", BEGAN - 30 * A_DAY)
    old = {"day": "2026-02-09", "complete_to": (BEGAN - A_DAY).isoformat(), "jobs": {f"{DOMAIN}/ran": 0}}
    installation.cursors = dict.fromkeys(STREAMS, old)
    installation.ingest(BEGAN)
    assert vendor.read == ["ran"]
    installation.cursors = {stream: {**old, "jobs": {}} for stream in STREAMS}
    assert len(installation.ingest(BEGAN)["jobs"].rows) == 0, "without such jobs the day stands"


def test_a_job_that_is_deleted_while_it_is_watched_lands_as_deleted(installation: Installation) -> None:
    """Harm prevented: a job that its owner deleted stands as running in every later report."""
    installation.vendor.start("watched", BEGAN)
    installation.ingest(BEGAN + A_DAY)
    installation.vendor.end("watched", BEGAN + A_DAY, "deleted")
    (row,) = installation.ingest(BEGAN + 9 * A_DAY)["jobs"].rows
    assert row.values["status"] == "deleted"


def test_a_job_that_is_deleted_before_it_was_read_is_a_gap_once(installation: Installation) -> None:
    """Harm prevented: letters that were composed and never read are claimed not to exist."""
    vendor, hour = installation.vendor, A_DAY / 24
    vendor.start("never-began", BEGAN)
    vendor.jobs_by_id["never-began"] = {"id": "never-began", "status": "deleted", "startDate": None}
    installation.ingest(BEGAN)
    vendor.start("between", BEGAN + hour)
    vendor.end("between", BEGAN + 2 * hour, "deleted")
    found = installation.ingest(BEGAN + 3 * hour)
    gone = {stream: each.claim for stream, each in found.items() if not each.claim.complete}
    assert set(gone) == set(STREAMS) - {"jobs"}
    assert {claim.how for claim in gone.values()} == {"known_gap"}
    assert "job between was deleted before it was read" in gone["asset_uses"].detail
    after = installation.ingest(BEGAN + 4 * hour)["asset_uses"].claim
    assert (after.complete, after.window_from) == (True, BEGAN + 3 * hour)


def test_a_first_walk_tells_every_job_that_was_deleted_before_it(installation: Installation) -> None:
    """Harm prevented: the claim "since the beginning" takes in what nobody can read any more."""
    installation.vendor.start("old", BEGAN - 300 * A_DAY)
    installation.vendor.end("old", BEGAN - 299 * A_DAY, "deleted")
    found = installation.ingest(BEGAN)
    assert (found["jobs"].claim.complete, found["asset_uses"].claim.how) == (True, "known_gap")
    assert installation.ingest(BEGAN + A_DAY)["asset_uses"].claim.complete


def test_a_job_that_runs_and_is_deleted_before_its_end_is_read_is_a_gap(installation: Installation) -> None:
    """Harm prevented: a job that was seen running counts as read, however it ended."""
    installation.vendor.start("watched", BEGAN)
    installation.ingest(BEGAN + 5 * A_DAY)
    installation.vendor.end("watched", BEGAN + A_DAY, "deleted")
    claim = installation.ingest(BEGAN + 6 * A_DAY)["asset_uses"].claim
    assert (claim.complete, claim.how, claim.window_from) == (False, "known_gap", BEGAN)


@pytest.mark.parametrize(("days", "how"), [(0.5, "unknown"), (3, "equal_counts")])
def test_a_job_that_is_deleted_after_it_was_read_is_doubted_within_the_overlap_alone(
    installation: Installation, days: float, how: str
) -> None:
    """Harm prevented: clearing old jobs away makes everything unproven, or a job shown late counts as read."""
    vendor = installation.vendor
    vendor.start("read", BEGAN - days * A_DAY)
    vendor.end("read", BEGAN - days * A_DAY)
    installation.ingest(BEGAN)
    vendor.end("read", BEGAN - days * A_DAY, "deleted")
    claims = [installation.ingest(BEGAN + turn * A_DAY / 24)["asset_uses"].claim for turn in (1, 2)]
    assert [claim.how for claim in claims] == [how, "equal_counts"]


def test_a_cursor_tells_of_many_deleted_jobs_in_bounded_size(installation: Installation) -> None:
    """Harm prevented: a day on which thousands of jobs are cleared away makes a cursor that fits into no leaf."""
    for number in range(3000):
        installation.vendor.start(f"{number:08d}", BEGAN)
        installation.vendor.end(f"{number:08d}", BEGAN, "deleted")
    installation.ingest(BEGAN, "asset_uses")
    assert len(json.dumps(installation.cursors["asset_uses"])) < 4096


REFUSED = PermanentSourceError("GET a file", "HTTP 403", "HTTP 200", "give this client the right to read")
BROKEN = TransientSourceError("GET a file", "HTTP 500", "an answer", "run again later")


def ended(vendor: Vendor, *job_ids: str, at: datetime = BEGAN) -> None:
    """Jobs that have started and ended."""
    for job_id in job_ids:
        vendor.start(job_id, at)
        vendor.end(job_id, at)


@pytest.mark.parametrize("error", [REFUSED, BROKEN])
def test_a_file_that_never_comes_is_passed_over_and_given_up_at_last(
    installation: Installation, error: AssettrailError
) -> None:
    """Harm prevented: one file that the service cannot give keeps the letters of all other jobs from landing."""
    vendor = installation.vendor
    ended(vendor, "a", "bad", "c")
    vendor.failing["bad"] = error
    turns = [installation.ingest(BEGAN + (1 + 3 * turn) * A_DAY) for turn in range(3)]
    claims = [each["asset_uses"].claim for each in turns]
    assert {(claim.complete, claim.how, claim.window_from) for claim in claims} == {(False, "known_gap", None)}
    assert f"the asset-use report of flow step bad did not come ({error.found})" in claims[0].detail
    assert not turns[0]["delivery_outputs"].claim.complete
    assert turns[0]["engine_messages"].claim.complete
    assert "bad" in vendor.read, "it is asked for again"
    ended(vendor, "d", at=BEGAN + 9 * A_DAY)
    last = installation.ingest(BEGAN + 10 * A_DAY)["asset_uses"].claim
    assert (last.complete, last.window_from) == (True, BEGAN + 7 * A_DAY)


def test_a_file_that_comes_at_a_later_ingest_heals_the_claim(installation: Installation) -> None:
    """Harm prevented: a file store that was away for an hour leaves a gap for good."""
    vendor = installation.vendor
    ended(vendor, "a", "bad")
    vendor.failing["bad"] = BROKEN
    installation.ingest(BEGAN + 3 * A_DAY)
    vendor.failing.clear()
    healed = installation.ingest(BEGAN + 6 * A_DAY)["asset_uses"].claim
    assert (healed.complete, healed.window_from) == (True, None)


def test_a_service_that_gives_no_file_is_told_as_down_and_costs_nothing(installation: Installation) -> None:
    """Harm prevented: while a service is down, or a right is missing, nights are given up as broken files."""
    vendor = installation.vendor
    ended(vendor, *"abcde")
    vendor.failing |= dict.fromkeys("abcde", BROKEN)
    with pytest.raises(TransientSourceError, match="HTTP 500"):
        installation.ingest(BEGAN + A_DAY, "jobs", "asset_uses")
    assert vendor.read == ["a", "b", "c"], "each costs several attempts and deadlines"
    vendor.failing |= dict.fromkeys("abcde", REFUSED)
    with pytest.raises(PermanentSourceError, match="HTTP 403"):
        installation.ingest(BEGAN + A_DAY, "jobs", "asset_uses")
    vendor.failing |= dict.fromkeys("acde", BROKEN)
    del vendor.failing["b"]
    with pytest.raises(TransientSourceError):
        installation.ingest(BEGAN + A_DAY, "jobs", "asset_uses")
    vendor.failing.clear()
    assert installation.ingest(BEGAN + A_DAY, "asset_uses")["asset_uses"].claim.complete
    assert set(vendor.read) == set("abcde")


def test_a_file_that_its_step_calls_not_retrievable_is_gone(installation: Installation) -> None:
    """Harm prevented: what the vendor says it no longer has is waited for as if it could come."""
    vendor = installation.vendor
    ended(vendor, "a")
    vendor.steps = {"deliveryFileRetrievable": False}
    vendor.failing["a"] = BROKEN
    claim = installation.ingest(BEGAN + 3 * A_DAY, "delivery_outputs")["delivery_outputs"].claim
    assert (claim.how, "is not retrievable, as the step says" in claim.detail) == ("known_gap", True)
    assert installation.ingest(BEGAN + 6 * A_DAY, "delivery_outputs")["delivery_outputs"].claim.complete


@pytest.mark.parametrize(
    ("status", "how"), [("expired", "known_gap"), ("error", "unknown"), ("filtered", "equal_counts")]
)
def test_files_that_a_step_left_behind_or_may_have_left_are_missed_once(
    installation: Installation, status: str, how: str
) -> None:
    """Harm prevented: letters composed before a step expired or broke off are claimed not to exist."""
    vendor = installation.vendor
    ended(vendor, "a")
    vendor.gone.add("a")
    vendor.steps = {"status": status}
    claims = [installation.ingest(BEGAN + turn * A_DAY / 24, "asset_uses")["asset_uses"].claim for turn in (1, 2)]
    assert (claims[0].how, f"the step is {status}" in claims[0].detail) == (how, status != "expired")
    assert vendor.read == ["a"], "what is within the overlap is asked for again"
    assert (claims[1].complete, claims[1].window_from) == (True, BEGAN + A_DAY / 24)


def test_a_start_that_cannot_be_read_holds_the_day(installation: Installation) -> None:
    """Harm prevented: a running job whose start is garbled drops out of the days that are read, and is never ended."""
    vendor = installation.vendor
    vendor.start("garbled", BEGAN)
    vendor.jobs_by_id["garbled"] = {**vendor.jobs_by_id["garbled"], "startDate": "2026-02-10 08:00 local"}
    vendor.start("other", BEGAN + 9 * A_DAY)
    vendor.end("other", BEGAN + 9 * A_DAY)
    installation.ingest(BEGAN + 10 * A_DAY)
    vendor.end("garbled", BEGAN + 20 * A_DAY)
    installation.ingest(BEGAN + 21 * A_DAY)
    assert "garbled" in vendor.read


@settings(max_examples=60, deadline=None)
@given(
    jobs=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40), st.booleans()), max_size=8),
    walks=st.lists(st.integers(0, 90), max_size=8),
)
def test_every_job_is_read_after_it_has_ended(jobs: list[tuple[int, int, bool]], walks: list[int]) -> None:
    """Harm prevented: some order of starts, ends and ingests in which a letter is claimed not to exist."""
    installation, read = Installation(), set()
    for hour in sorted({*walks, 100}):
        now = BEGAN + hour * A_DAY / 2
        for number, (start, length, is_back_dated) in enumerate(jobs):
            job_id, began, ended = f"job-{number}", BEGAN + start * A_DAY / 2, BEGAN + (start + length) * A_DAY / 2
            if began <= now and job_id not in installation.vendor.jobs_by_id:
                installation.vendor.start(job_id, began)
            if ended <= now:
                seen_running = installation.vendor.jobs_by_id[job_id]["status"] == "started" and any(
                    start <= walk < start + length for walk in walks
                )
                installation.vendor.end(job_id, began if is_back_dated and seen_running else ended)
        found = installation.ingest(now, *LISTED_STREAMS, "asset_uses")
        read |= set(installation.vendor.read)
        claim = found["asset_uses"].claim
        running = [job for job in installation.vendor.jobs_by_id.values() if job["status"] == "started"]
        assert all(str(job["startDate"]) >= claim.window_to.isoformat() for job in running)
    assert read == {f"job-{number}" for number in range(len(jobs))}
