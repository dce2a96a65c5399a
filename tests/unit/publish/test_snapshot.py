"""Publishing, sweeping and retiring: which folders may ever be removed, and what a reader sees meanwhile."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest

from assettrail.errors import ContractBroken, EvidenceBroken
from ingest.landing import land
from ingest.landing_store import LandingStore
from publish.files import build_file
from publish.reading import NoSnapshot, connect, current_snapshot, open_snapshot, snapshot_names
from publish.snapshot import BuildOutcome, point_to, publish, retire, sweep
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, open_store

PASSED = BuildOutcome(checks_passed=1, checks_failed=0)


@pytest.fixture
def store(tmp_path: Path) -> LandingStore:
    """An installation with one landed batch and a small build."""
    opened = open_store(tmp_path)
    land(opened, EVENTS, extract_of([access(1)]), accept)
    path = build_file(opened.home)
    path.parent.mkdir(parents=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE SCHEMA controls; CREATE SCHEMA reports")
        connection.execute(
            "CREATE TABLE marts.fct_exceptions (exception_key VARCHAR, control_name VARCHAR, subject_id VARCHAR)"
        )
        connection.execute(
            "CREATE TABLE marts.fct_claims AS SELECT TIMESTAMPTZ '2026-02-01 12:00:00Z' AS window_to, "
            "true AS is_complete, 'accepted' AS outcome, 'trading_grid' AS system_code, 'accesses' AS stream_name"
        )
        connection.execute(
            "CREATE SCHEMA rules; CREATE TABLE rules.evaluation_streams AS SELECT 'publication' AS subject_type, "
            "'trading_grid' AS system_code, 'accesses' AS stream_name"
        )
    return opened


def change_build(store: LandingStore, statement: str) -> None:
    with duckdb.connect(str(build_file(store.home))) as connection:
        connection.execute(statement)


def copy_under(store: LandingStore, name: str, **log: object) -> Path:
    """A named folder without a leaf, as a publish leaves it that is killed before it logs."""
    folder = store.home / "snapshots" / name
    shutil.copytree(current_snapshot(store.home).folder, folder)
    manifest = json.loads((folder / "manifest.json").read_text())
    (folder / "manifest.json").write_text(json.dumps({**manifest, "log": {**manifest["log"], **log}}))
    return folder


def test_the_manifest_names_the_checks_that_failed(store: LandingStore) -> None:
    """A count of failed checks that nobody can look up is no reason to trust or to distrust anything."""
    outcome = BuildOutcome(checks_passed=1, checks_failed=1, failed_checks=("relationships_of_uses",))
    assert publish(store, store.home, outcome).manifest["failed_checks"] == ["relationships_of_uses"]
    assert publish(store, store.home, PASSED).manifest["failed_checks"] == []


def test_a_reader_is_told_which_snapshot_is_gone_and_what_is_kept(store: LandingStore) -> None:
    """Who named no snapshot cannot leave the name out, and where nothing is published there is none to read."""
    with pytest.raises(NoSnapshot, match="no snapshot was published yet") as nothing:
        open_snapshot(store.home, "elsewhere")
    assert "assettrail build" in nothing.value.remedy
    first, second = publish(store, store.home, PASSED), publish(store, store.home, PASSED)
    shutil.rmtree(second.folder)
    with pytest.raises(NoSnapshot, match=f"the pointer to {second.name}, which is not there any more") as gone:
        current_snapshot(store.home)
    assert "assettrail build" in gone.value.remedy
    assert first.name in gone.value.remedy
    with pytest.raises(NoSnapshot, match=f"one of: {first.name}"):
        open_snapshot(store.home, second.name)


def test_what_a_killed_publish_left_is_swept(store: LandingStore) -> None:
    """A snapshot that the log does not know must not be readable as if it had been published."""
    first = publish(store, store.home, PASSED)
    copy_under(store, "20260201T120000Z-00000009")
    (store.home / "snapshots" / ".building-x").mkdir()
    (store.home / "snapshots" / ".retired-x").mkdir()
    second = publish(store, store.home, PASSED)
    assert snapshot_names(store.home) == (first.name, second.name)
    assert not [path for path in (store.home / "snapshots").iterdir() if path.is_dir() and path.name.startswith(".")]


def test_snapshots_that_remember_a_longer_or_other_log_are_never_swept(store: LandingStore) -> None:
    """Snapshots are the witness of a log that was cut back: the next build must not destroy the witness."""
    publish(store, store.home, PASSED)
    longer = copy_under(store, "20260201T120000Z-00000099", size=99)
    with pytest.raises(EvidenceBroken, match="the log is older"):
        publish(store, store.home, PASSED)
    shutil.rmtree(longer)
    other = copy_under(store, "20260201T120000Z-00000098", root_hash="00" * 32)
    with pytest.raises(EvidenceBroken, match="the log is older"):
        publish(store, store.home, PASSED)
    assert other.is_dir()


def test_more_than_one_kill_can_leave_is_never_swept(store: LandingStore) -> None:
    """A log restored from before several publishes must stop the build, not silently unpublish them."""
    publish(store, store.home, PASSED)
    copies = [copy_under(store, f"20260201T120000Z-0000000{number}") for number in (7, 8)]
    with pytest.raises(EvidenceBroken, match="nothing was removed"):
        publish(store, store.home, PASSED)
    assert all(folder.is_dir() for folder in copies)


def test_a_log_cut_back_by_its_last_publish_stops_the_next_one(store: LandingStore) -> None:
    """One unlogged folder looks like a killed publish; but the pointer names it, so the log once had its leaf."""
    shutil.copytree(store.log.folder, store.home / "older")
    published = publish(store, store.home, PASSED)
    (store.home / "snapshots" / ".retired-x").mkdir()
    shutil.rmtree(store.log.folder)
    shutil.rmtree(store.home / "witness")
    (store.home / "older").rename(store.log.folder)
    with pytest.raises(EvidenceBroken, match="current"):
        publish(store, store.home, PASSED)
    with pytest.raises(EvidenceBroken, match="never current"):
        sweep(store, store.home, [])
    assert current_snapshot(store.home).name == published.name
    assert (store.home / "snapshots" / ".retired-x").is_dir(), "nothing at all is removed"


@pytest.mark.parametrize(
    "claim",
    [
        "INSERT INTO rules.evaluation_streams VALUES ('case', 'cloudinary', 'notifications')",
        "UPDATE marts.fct_claims SET is_complete = false",
        "UPDATE marts.fct_claims SET outcome = 'held'",
    ],
    ids=["no claim", "incomplete", "held"],
)
def test_without_a_claim_of_a_needed_stream_nothing_is_known_until_any_time(store: LandingStore, claim: str) -> None:
    """A page that says "data until yesterday" over a system that was never connected makes "no exceptions" a lie."""
    assert publish(store, store.home, PASSED).manifest["data_until"] == "2026-02-01T12:00:00+00:00"
    change_build(store, claim)
    published = publish(store, store.home, PASSED)
    assert published.manifest["data_until"] is None
    assert published.name.startswith("00000000T000000Z-")


def test_a_build_without_the_needed_streams_is_not_published(store: LandingStore) -> None:
    """An empty list of needs is met by anything."""
    change_build(store, "DROP TABLE rules.evaluation_streams")
    with pytest.raises(ContractBroken, match="evaluation_streams"):
        publish(store, store.home, PASSED)


def test_the_current_snapshot_is_never_retired(store: LandingStore) -> None:
    """Data can reach less far than before (a batch was rejected): then the current one is not the newest by name."""
    names = [publish(store, store.home, PASSED).name for _ in range(4)]
    point_to(store.home, names[0])
    assert retire(store.home, keep=1) == names[1:3]
    assert current_snapshot(store.home).name == names[0]
    assert snapshot_names(store.home) == (names[0], names[3])


def test_a_reader_of_a_retired_snapshot_reads_on(store: LandingStore) -> None:
    """An officer in the middle of a page must not get half of it because the night build made room."""
    old = publish(store, store.home, PASSED)
    with connect(open_snapshot(store.home, old.name)) as reader:
        publish(store, store.home, PASSED)
        publish(store, store.home, PASSED)
        assert old.name in retire(store.home, keep=1)
        assert reader.execute("SELECT count(*) FROM marts.fct_claims").fetchone() == (1,)
