"""`assettrail log verify --all`: one command that an auditor can run on a copy, without any secret key."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from assettrail.command_line.log import application
from assettrail.errors import ConfigurationError, EvidenceBroken
from ingest.extract import Extract, Row
from ingest.landing import land
from ingest.landing_store import LandingStore
from publish.files import build_file
from publish.reading import NoSnapshot
from publish.snapshot import BuildOutcome, publish
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, open_store, settings_in


@pytest.fixture
def raw_key(tmp_path: Path) -> bytes:
    """The raw key's file, before the store's fixture takes it away."""
    settings_in(tmp_path)
    return (tmp_path / "keys" / "raw.key").read_bytes()


@pytest.fixture
def store(tmp_path: Path, raw_key: bytes, monkeypatch: pytest.MonkeyPatch) -> LandingStore:
    """An installation with one landed batch and one published snapshot; of its keys only the public one is there."""
    opened = open_store(tmp_path)
    rows = [Row(access(1), "https://grid.test/api/v1/accesses", opened.put_raw(b"a page"))]
    land(opened, EVENTS, Extract(rows, [], extract_of([]).claim, None), accept)
    build_file(opened.home).parent.mkdir(parents=True)
    with duckdb.connect(str(build_file(opened.home))) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE SCHEMA controls; CREATE SCHEMA reports; CREATE SCHEMA rules")
        connection.execute(
            "CREATE TABLE marts.fct_exceptions AS SELECT 'e' AS exception_key, 'c' AS control_name, 's' AS subject_id"
        )
        connection.execute(
            "CREATE TABLE marts.fct_claims AS SELECT 'trading_grid' AS system_code, 'accesses' AS stream_name, "
            "true AS is_complete, 'accepted' AS outcome, TIMESTAMPTZ '2026-02-01 12:00:00Z' AS window_to"
        )
        connection.execute(
            "CREATE TABLE rules.evaluation_streams AS SELECT 'publication' AS subject_type, system_code, stream_name "
            "FROM marts.fct_claims"
        )
    publish(opened, opened.home, BuildOutcome(1, 0))
    for secret in ("log.key", "raw.key", "pseudonym.key"):
        (tmp_path / "keys" / secret).unlink()
    monkeypatch.setenv("ASSETTRAIL_HOME", str(opened.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(tmp_path / "keys"))
    return opened


def verify(*words: str) -> dict[str, str]:
    """Run the command and return what it prints; raise what it raises."""
    shown = CliRunner().invoke(application, ["verify", "--json", *words], catch_exceptions=False)
    facts: dict[str, str] = json.loads(shown.stdout)
    return facts


def test_a_whole_installation_verifies_with_the_public_key_alone(store: LandingStore) -> None:
    """Whoever checks the evidence must not need the power to make it."""
    before = sorted(path for path in store.home.rglob("*"))
    facts = verify("--all")
    assert facts["batches"].startswith("1, with 1 rows")
    assert facts["raw bytes"].startswith("1 files")
    assert "3 tables as they were published" in facts["current snapshot"]
    assert sorted(path for path in store.home.rglob("*")) == before, "an auditor's look writes nothing"
    proof = CliRunner().invoke(application, ["prove", "0"], catch_exceptions=False)
    assert "c2sp.org/tlog-proof" in proof.stdout


def test_opening_raw_files_takes_the_raw_key(store: LandingStore) -> None:
    """A check that was asked for and silently left out would stand in an auditor's report as made."""
    with pytest.raises(ConfigurationError, match=r"raw\.key"):
        verify("--all", "--open-raw")
    with pytest.raises(ConfigurationError, match="--open-raw without --all"):
        verify("--open-raw")


def test_opened_raw_files_are_counted(store: LandingStore, raw_key: bytes) -> None:
    """What is kept must not be read as what was opened."""
    (store.home.parent / "keys" / "raw.key").write_bytes(raw_key)
    assert "none opened" in verify("--all")["raw bytes"]
    assert "1 opened" in verify("--all", "--open-raw")["raw bytes"]
    (file,) = (store.home / "raw").rglob("*.sealed")
    file.write_bytes(file.read_bytes()[:-1])
    assert verify("--all")["raw bytes"].startswith("1 files")
    with pytest.raises(EvidenceBroken, match="1 of 1 opened raw files are not what their hash says"):
        verify("--all", "--open-raw")


def test_an_older_snapshot_is_verified_too(store: LandingStore) -> None:
    """An officer's permanent address names an old snapshot: an edit in it would pass while only the newest is read."""
    old = (store.home / "snapshots" / "current").resolve() / "assettrail.duckdb"
    publish(store, store.home, BuildOutcome(1, 0))
    assert verify("--all")["snapshots"] == "2 kept, 6 tables as they were published"
    with duckdb.connect(str(old)) as connection:
        connection.execute("DELETE FROM marts.fct_exceptions")
    with pytest.raises(EvidenceBroken, match="as 1 of them are") as broken:
        verify("--all")
    assert old.parent.name in broken.value.found


def test_what_a_killed_publish_left_is_no_alarm_but_a_made_up_snapshot_is(store: LandingStore) -> None:
    """A kill between name and leaf is harmless and swept; a folder that somebody puts there must not look the same."""
    snapshots = store.home / "snapshots"
    name = (snapshots / "current").readlink().name
    shutil.copytree(snapshots / name, snapshots / "20260201T120000Z-00000099")
    facts = verify("--all")
    assert facts["unfinished snapshot"].startswith("20260201T120000Z-00000099")
    assert facts["snapshots"].startswith("1 kept")
    shutil.copytree(snapshots / name, snapshots / "20260201T120000Z-00000100")
    with pytest.raises(EvidenceBroken, match="no entry of it"):
        verify("--all")


def test_a_current_snapshot_that_is_gone_is_not_none_at_all(store: LandingStore) -> None:
    """What officers read was removed, and the long look says that nothing was ever published."""
    shutil.rmtree((store.home / "snapshots" / "current").resolve())
    with pytest.raises(NoSnapshot, match="which is not there any more"):
        verify("--all")


def edit_snapshot(store: LandingStore) -> None:
    (file,) = (store.home / "snapshots" / "current").glob("*.duckdb")
    with duckdb.connect(str(file)) as connection:
        connection.execute("DELETE FROM marts.fct_exceptions")


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (edit_snapshot, "marts.fct_exceptions"),
        (lambda store: shutil.rmtree(store.home / "raw"), "no sealed file"),
        (lambda store: next(store.folder.rglob("*Z-*.parquet")).write_bytes(b"PAR1"), "SHA-256"),
    ],
    ids=["snapshot", "raw", "landing"],
)
def test_what_only_a_long_look_finds(store: LandingStore, change, found: str) -> None:  # type: ignore[no-untyped-def]
    """The log alone verifies over a snapshot that was turned green, lost raw bytes and rewritten rows."""
    change(store)
    assert verify()["result"].startswith("every entry")
    with pytest.raises(EvidenceBroken, match=found):
        verify("--all")
