"""dbt as builds start it: what it leaves out has no reader, and what has one is all there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from io import StringIO
from pathlib import Path
from types import SimpleNamespace

import pytest
from dbt.cli import requires
from dbt.clients.jinja import MacroGenerator
from dbt.context.macros import MacroNamespace
from dbt_common.events.base_types import EventLevel
from dbt_common.events.event_manager import EventManager
from dbt_common.events.logger import LoggerConfig
from dbt_common.events.types import Note
from dbt_common.exceptions.events import EventCompilationError
from dbt_common.helper_types import WarnErrorOptionsV2

from orchestration import dbt_command
from orchestration.resources import dbt_project
from tests.dbt.conftest import PROJECT
from tests.dbt.landing_fixture import Landing


@pytest.fixture(autouse=True)
def own_dbt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave dbt as it was when the test is done."""
    for owner, name in ((EventManager, "fire_event"), (MacroNamespace, "keys"), (MacroNamespace, "__getitem__")):
        monkeypatch.setattr(owner, name, getattr(owner, name))


def heard(level: EventLevel, *said: EventLevel) -> list[str]:
    """Return the levels that a log of this level wrote of notes of those levels."""
    manager, stream = EventManager(), StringIO()
    manager.add_logger(LoggerConfig(name=f"test of {level.value}", level=level, output_stream=stream))
    for each in said:
        manager.fire_event(Note(msg=each.value), level=each)
    return [line.split()[-1] for line in stream.getvalue().splitlines()]


def test_a_log_hears_what_its_level_takes() -> None:
    """Harm prevented: a failure that no log tells; or a build that works for logs nobody asked for."""
    levels = (EventLevel.DEBUG, EventLevel.INFO, EventLevel.WARN, EventLevel.ERROR)
    before = {level: heard(level, *levels) for level in levels}
    dbt_command.leave_out_unheard_events()
    assert {level: heard(level, *levels) for level in levels} == before
    assert before[EventLevel.INFO] == ["info", "warn", "error"]
    assert before[EventLevel.DEBUG] == ["debug", "info", "warn", "error"]


def test_what_nobody_hears_is_not_put_into_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: a third of a build's computing goes into sentences that are thrown away."""
    worded: list[str] = []

    def message(note: Note) -> str:
        worded.append(note.msg)
        return str(note.msg)

    monkeypatch.setattr(Note, "message", message)
    dbt_command.leave_out_unheard_events()
    assert heard(EventLevel.INFO, EventLevel.DEBUG, EventLevel.INFO) == ["info"]
    assert worded == ["info"]


def test_an_event_that_is_to_be_judged_is_judged_at_any_level() -> None:
    """Harm prevented: who lets warnings stop a build is not asked."""
    manager = EventManager()
    manager.warn_error_options = WarnErrorOptionsV2(error="all", valid_error_names={"Note"})
    dbt_command.leave_out_unheard_events()
    manager.fire_event(Note(msg="quiet"))
    with pytest.raises(EventCompilationError):
        manager.fire_event(Note(msg="judged"), force_warn_or_error_handling=True)


def test_a_macro_of_the_nearest_package_wins() -> None:
    """Harm prevented: dbt takes its own macro where the project has one of that name, and builds something else."""

    def macros(*names: str) -> dict[str, MacroGenerator]:
        return {name: MacroGenerator(object()) for name in names}  # type: ignore[arg-type]

    namespace = MacroNamespace(
        global_namespace=macros("root", "shared"),
        local_namespace=macros("local", "shared"),
        global_project_namespace=macros("internal", "shared", "root"),
        packages={"assettrail": macros("local")},
    )
    before = {name: namespace[name] for name in namespace}
    dbt_command.find_macros_at_once()
    found: dict[str, object] = {}
    found.update(namespace)
    assert found == before
    assert found["shared"] is namespace.local_namespace["shared"]
    assert found["root"] is namespace.global_namespace["root"]
    assert set(found) == {"local", "root", "shared", "internal", "assettrail", "dbt"}
    assert "elsewhere" not in namespace
    assert namespace.get("elsewhere") is None


@pytest.mark.parametrize(("command", "written"), [("parse", True), ("build", False), ("generate", False)])
def test_what_was_parsed_is_written_where_nothing_comes_after_it(
    monkeypatch: pytest.MonkeyPatch, command: str, written: bool
) -> None:
    """Harm prevented: the project is parsed, and nobody finds what it has; or each build writes it twice."""
    monkeypatch.setattr(requires, "parse_manifest", lambda *asked: asked)
    monkeypatch.setattr(dbt_command, "get_flags", lambda: SimpleNamespace(WHICH=command))
    dbt_command.write_manifest_at_the_end()
    assert requires.parse_manifest("config", False, True, True, []) == ("config", False, written, True, [])


def test_a_build_writes_its_manifest_with_what_it_compiled(tmp_path: Path) -> None:
    """Harm prevented: a build of the house leaves no manifest, and no column says where it comes from."""
    home, project = tmp_path / "home", dbt_project()
    Landing(home).project()
    (tmp_path / "target").mkdir()
    shutil.copy(project.project_dir / project.target_path / "partial_parse.msgpack", tmp_path / "target")
    words = ["-m", "orchestration.dbt_command", "build", "--select", "stg_log__batches"]
    places = [f"--project-dir={PROJECT}", f"--profiles-dir={PROJECT}"]
    target = [f"--target-path={tmp_path / 'target'}", f"--log-path={tmp_path / 'logs'}"]
    done = subprocess.run(
        [sys.executable, *words, *places, *target],
        env={**os.environ, "ASSETTRAIL_HOME": str(home)},
        cwd=PROJECT.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    manifest = json.loads((tmp_path / "target" / "manifest.json").read_text(encoding="utf-8"))
    assert "select" in manifest["nodes"]["model.assettrail.stg_log__batches"]["compiled_code"]
