"""The gate's look at the controls: one that could not have found anything must not pass for "in order"."""

from pathlib import Path

import dagster as dg
import duckdb
import pytest

from assettrail.errors import ContractBroken
from orchestration.publish_gate import judge_control_health, require_passed
from publish.files import build_file

NEEDED = ("cloudinary.notifications", "trading_grid.cases", "trading_grid.thread_messages")


def build(home: Path, claims: str) -> None:
    """A build file with one control, the streams it needs, and these claims."""
    build_file(home).parent.mkdir(parents=True)
    needed = ", ".join("('case', '{}', '{}')".format(*name.split(".")) for name in NEEDED)
    with duckdb.connect(str(build_file(home))) as connection:
        for schema in ("rules", "controls", "intermediate", "marts"):
            connection.execute(f"CREATE SCHEMA {schema}")
        connection.execute(
            f"CREATE TABLE rules.evaluation_streams AS FROM (VALUES {needed}) v(subject_type, system_code, stream_name)"
        )
        connection.execute(
            "CREATE TABLE rules.control_parameters AS SELECT 'ctl_cases' AS control_name, 'case' AS subject_type"
        )
        connection.execute("CREATE TABLE controls.ctl_cases AS SELECT 1 AS a WHERE false")
        connection.execute("CREATE TABLE marts.fct_exceptions AS SELECT 'ctl_cases' AS control_name WHERE false")
        connection.execute(
            "CREATE TABLE intermediate.int_evaluations__dated AS "
            "SELECT 'case' AS subject_type, TIMESTAMPTZ '2026-05-06 00:00:00Z' AS evaluated_at"
        )
        connection.execute(
            "CREATE TABLE marts.fct_claims AS SELECT split_part(name, '.', 1) AS system_code, "
            "split_part(name, '.', 2) AS stream_name, is_complete, outcome, "
            f"TIMESTAMPTZ '2026-05-06 00:00:00Z' AS window_to FROM (VALUES {claims}) v(name, is_complete, outcome)"
        )


def whole(*names: str) -> str:
    return ", ".join(f"('{name}', true, 'accepted')" for name in names)


def test_a_control_whose_streams_are_all_claimed_passes(tmp_path: Path) -> None:
    """An installation that is in order must publish; one bad claim beside a good one does not stop it."""
    build(tmp_path, whole(*NEEDED) + ", ('trading_grid.cases', false, 'accepted')")
    result = judge_control_health(tmp_path)
    assert result.passed
    assert result.metadata["streams_without_claim"].value == "none"


@pytest.mark.parametrize(
    ("claims", "named"),
    [
        (whole("trading_grid.cases"), "cloudinary/notifications, trading_grid/thread_messages"),
        (whole(*NEEDED[:2]) + ", ('trading_grid.thread_messages', false, 'accepted')", "trading_grid/thread_messages"),
        (whole(*NEEDED[1:]) + ", ('cloudinary.notifications', true, 'held')", "cloudinary/notifications"),
    ],
    ids=["not connected", "incomplete", "held"],
)
def test_a_stream_without_a_complete_claim_stops_the_publish(tmp_path: Path, claims: str, named: str) -> None:
    """Without Cloudinary's messages every control finds nothing: published, that reads as "no exceptions"."""
    build(tmp_path, claims)
    result = judge_control_health(tmp_path)
    assert not result.passed
    assert result.severity is dg.AssetCheckSeverity.ERROR
    assert result.metadata["streams_without_claim"].value == named
    with pytest.raises(ContractBroken, match=named):
        require_passed([result])


def add_flags(home: Path) -> None:
    """Another control, whose stream nobody claims."""
    with duckdb.connect(str(build_file(home))) as connection:
        connection.execute("INSERT INTO rules.evaluation_streams VALUES ('flag', 'trading_grid', 'flags')")
        connection.execute("INSERT INTO rules.control_parameters VALUES ('ctl_flags', 'flag')")
        connection.execute("CREATE TABLE controls.ctl_flags AS SELECT 1 AS a WHERE false")
        connection.execute("INSERT INTO intermediate.int_evaluations__dated VALUES ('flag', NULL)")


def test_a_control_that_is_not_in_use_waits_for_no_stream(tmp_path: Path) -> None:
    """A portal without flags could never publish; but only a setting says that nobody watches them, and it is told."""
    build(tmp_path, whole(*NEEDED))
    add_flags(tmp_path)
    refused = judge_control_health(tmp_path)
    assert not refused.passed
    assert "controls.not_in_use" in str(refused.description)
    passed = judge_control_health(tmp_path, ["ctl_flags"])
    assert passed.passed
    assert passed.metadata["not_in_use"].value == "ctl_flags"


def test_a_stream_that_a_control_in_use_needs_is_waited_for(tmp_path: Path) -> None:
    """Two controls look at flags: that one of them is not in use does not make the other one see."""
    build(tmp_path, whole(*NEEDED))
    add_flags(tmp_path)
    with duckdb.connect(str(build_file(tmp_path))) as connection:
        connection.execute("INSERT INTO rules.control_parameters VALUES ('ctl_late_flags', 'flag')")
        connection.execute("CREATE TABLE controls.ctl_late_flags AS SELECT 1 AS a WHERE false")
    assert not judge_control_health(tmp_path, ["ctl_flags"]).passed
    assert judge_control_health(tmp_path, ["ctl_flags", "ctl_late_flags"]).passed


def test_a_name_that_is_no_control_is_refused(tmp_path: Path) -> None:
    """A misspelt name would leave the control in use, and its installation without a word why nothing is published."""
    build(tmp_path, whole(*NEEDED))
    result = judge_control_health(tmp_path, ["ctl_flag"])
    assert not result.passed
    assert "ctl_flag" in str(result.description)


@pytest.mark.parametrize("table", ["rules.evaluation_streams", "rules.control_parameters", "marts.fct_claims"])
@pytest.mark.parametrize("emptied", [True, False], ids=["empty", "all NULL"])
def test_a_gate_on_nothing_fails_closed(tmp_path: Path, table: str, emptied: bool) -> None:
    """A gate that looks at an empty or an all-NULL table finds nothing wrong there: it must not pass for that."""
    build(tmp_path, whole(*NEEDED))
    with duckdb.connect(str(build_file(tmp_path))) as connection:
        columns = [row[0] for row in connection.execute(f"DESCRIBE {table}").fetchall()]
        nulls = ", ".join(f"{column} = NULL" for column in columns)
        connection.execute(f"DELETE FROM {table}" if emptied else f"UPDATE {table} SET {nulls}")
    result = judge_control_health(tmp_path)
    assert not result.passed
    with pytest.raises(ContractBroken):
        require_passed([result])
