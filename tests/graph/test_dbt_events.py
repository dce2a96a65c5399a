"""dbt is ended when its database is lost, and only then: a real process that says what dbt says."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from dagster_dbt import DagsterDbtTranslator, DbtCliInvocation
from dagster_dbt.core.dbt_cli_invocation import DagsterDbtCliRuntimeError
from packaging.version import Version

from orchestration.dbt_events import events_until_lost

LOST = "FATAL Error: Failed: database has been invalidated because of a previous fatal error: File too large"
AS_DBT = """
import json, sys, threading
for number, said in enumerate(json.loads(sys.argv[1])):
    print(json.dumps({"info": {"name": "LogModelResult", "level": said[0], "msg": said[1]}, "data": {}}), flush=True)
    if said[1].startswith("FATAL"):
        threading.Event().wait(500)  # The rest is said if nobody ends this process.
sys.exit(1)
"""


def said_until_the_end(tmp_path: Path, *said: tuple[str, str]) -> list[str]:
    """What a process that says this is heard to say; it fails, as dbt does when something failed."""
    running = DbtCliInvocation.run(
        args=[sys.executable, "-c", AS_DBT, json.dumps(said)],
        env={},
        manifest={},
        dagster_dbt_translator=DagsterDbtTranslator(),
        project_dir=tmp_path,
        target_path=tmp_path,
        raise_on_error=True,
        context=None,
        adapter=None,
        cli_version=Version("1.11.0"),
    )
    heard: list[str] = []
    with pytest.raises(DagsterDbtCliRuntimeError) as failure:
        heard.extend(event.raw_event["info"]["msg"] for event in events_until_lost(running))
    assert all(text in str(failure.value) for level, text in said[: len(heard)] if level == "error")
    return heard


def test_a_database_that_is_lost_ends_dbt(tmp_path: Path) -> None:
    """Harm prevented: a full disk is told by four hundred stack traces, and fills up with them."""
    assert said_until_the_end(tmp_path, ("info", "a"), ("error", LOST), ("error", "the next")) == ["a", LOST]


def test_every_other_failure_lets_dbt_go_on(tmp_path: Path) -> None:
    """Harm prevented: a model that fails hides all others, which then come one build at a time."""
    said = [("error", "IO Error: no such file"), ("info", LOST.lower().removeprefix("fatal")), ("error", "the next")]
    assert said_until_the_end(tmp_path, *said) == [text for _, text in said]
