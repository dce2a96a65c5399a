"""`assettrail log verify --all`: one command that an auditor can run on a copy, without any secret key."""

import json
import shutil
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from assettrail.command_line.log import application
from assettrail.errors import EvidenceBroken
from ingest.extract import Extract, Row
from ingest.landing import LandingStore, land
from publish.snapshot import BuildOutcome, build_file, publish
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, open_store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LandingStore:
    """An installation with one landed batch and one published snapshot; of its keys only the public one is there."""
    opened = open_store(tmp_path)
    rows = [Row(access(1), "https://grid.test/api/v1/accesses", opened.put_raw(b"a page"))]
    land(opened, EVENTS, Extract(rows, [], extract_of([]).claim, None), accept)
    build_file(opened.home).parent.mkdir(parents=True)
    with duckdb.connect(str(build_file(opened.home))) as connection:
        connection.execute("CREATE SCHEMA marts; CREATE SCHEMA controls; CREATE SCHEMA reports; CREATE SCHEMA seeds")
        connection.execute(
            "CREATE TABLE marts.fct_exceptions AS SELECT 'e' AS exception_key, 'c' AS control_name, 's' AS subject_id"
        )
        connection.execute(
            "CREATE TABLE marts.fct_claims AS SELECT 'trading_grid' AS system_code, 'accesses' AS stream_name, "
            "true AS is_complete, 'accepted' AS outcome, TIMESTAMPTZ '2026-02-01 12:00:00Z' AS window_to"
        )
        connection.execute(
            "CREATE TABLE seeds.evaluation_streams AS SELECT 'publication' AS subject_type, system_code, stream_name "
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
    assert "2 tables as they were published" in facts["current snapshot"]
    assert sorted(path for path in store.home.rglob("*")) == before, "an auditor's look writes nothing"
    proof = CliRunner().invoke(application, ["prove", "0"], catch_exceptions=False)
    assert "c2sp.org/tlog-proof" in proof.stdout


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
