"""What dbt parsed for one home is given to the next one, and only where it holds there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from dbt.adapters.duckdb.credentials import DuckDBCredentials

from orchestration import dbt_command
from orchestration.parsed_project import keep_parsed, lay_parsed

STATE = "partial_parse.msgpack"
SETTINGS = {"late_after_hours": 24, "approval_fields": {"status": "s", "etag": "e"}}


def run_of(folder: Path, state: bytes) -> Path:
    """Return the folder of a run in which dbt parsed this."""
    folder.mkdir()
    (folder / STATE).write_bytes(state)
    return folder


def test_another_folder_gets_what_was_parsed_last(tmp_path: Path) -> None:
    """Harm prevented: each new home, and each build of what was known, waits until every file is parsed again."""
    parsed = tmp_path / "parsed"
    keep_parsed(parsed, SETTINGS, run_of(tmp_path / "first", b"old"))
    keep_parsed(parsed, SETTINGS, run_of(tmp_path / "second", b"new"))
    lay_parsed(parsed, dict(reversed(SETTINGS.items())), tmp_path / "third")
    assert [(path.name, path.read_bytes()) for path in (tmp_path / "third").iterdir()] == [(STATE, b"new")]


def test_other_settings_and_own_parses_get_nothing(tmp_path: Path) -> None:
    """Harm prevented: dbt reads a state that it has to throw away, or loses a better one of its own."""
    parsed, own = tmp_path / "parsed", run_of(tmp_path / "own", b"own")
    lay_parsed(parsed, SETTINGS, tmp_path / "nothing kept yet")
    keep_parsed(parsed, SETTINGS, run_of(tmp_path / "first", b"first"))
    lay_parsed(parsed, SETTINGS | {"late_after_hours": 1}, tmp_path / "other")
    lay_parsed(parsed, SETTINGS, own)
    assert not (tmp_path / "nothing kept yet").exists()
    assert not (tmp_path / "other").exists()
    assert (own / STATE).read_bytes() == b"own"


def test_the_last_few_settings_are_kept(tmp_path: Path) -> None:
    """Harm prevented: the folder grows by megabytes with each setting that somebody tries."""
    parsed, run = tmp_path / "parsed", run_of(tmp_path / "run", b"state")
    for hours in range(6):
        keep_parsed(parsed, {"late_after_hours": hours}, run)
        for number, file in enumerate(sorted(parsed.iterdir(), key=lambda path: path.stat().st_mtime_ns)):
            os.utime(file, (number, number))
    assert len(list(parsed.iterdir())) == 4
    lay_parsed(parsed, {"late_after_hours": 5}, tmp_path / "newest")
    assert (tmp_path / "newest" / STATE).read_bytes() == b"state"


def test_a_folder_that_cannot_be_written_fails_no_build(tmp_path: Path) -> None:
    """Harm prevented: a night's build fails for what would only have made the next one faster."""
    (tmp_path / "parsed").write_bytes(b"a file where the folder should be")
    keep_parsed(tmp_path / "parsed", SETTINGS, run_of(tmp_path / "run", b"state"))
    lay_parsed(tmp_path / "parsed", SETTINGS, tmp_path / "target")
    assert not (tmp_path / "target").exists()


def test_templates_see_all_of_the_connection_but_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: dbt takes each home for another project; or settings that do change it are overlooked."""
    monkeypatch.setattr(DuckDBCredentials, "_connection_keys", DuckDBCredentials._connection_keys)
    dbt_command.hide_path()

    def credentials(home: str, zone: str) -> DuckDBCredentials:
        return DuckDBCredentials.from_dict(
            {"path": f"/{home}/build.duckdb", "database": "build", "schema": "main", "settings": {"TimeZone": zone}}
        )

    here, there = credentials("here", "UTC"), credentials("there", "UTC")
    assert here.path != there.path
    assert dict(here.connection_info()) == dict(there.connection_info())
    assert dict(here.connection_info()) != dict(credentials("here", "CET").connection_info())
    assert {"database", "schema", "settings"} <= dict(here.connection_info()).keys()
