"""The two gates, on a real installation: a held batch stops the build, an unsound build is not published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import AssettrailError, ConfigurationError, ContractBroken
from assettrail.settings import RuleSettings
from ingest.batches import decide
from orchestration.build_lock import unmark, whole_build
from orchestration.columns import built_columns, column_lineage
from orchestration.increments import extent_of_build
from orchestration.keys import CLAIMS, SNAPSHOT, landing_key
from orchestration.manifest import made_by
from orchestration.own_rules import hashes_of, own_rules
from orchestration.resources import dbt_project
from orchestration.running import open_instance, run_job
from publish.reading import connect, current_snapshot, labelled_names, open_snapshot
from tests.graph.small_home import SmallHome, hold, small_home

COMMUNITIES = dg.AssetKey(["marts", "dim_communities"])
STAGED_COMMUNITIES = dg.AssetKey(["staging", "stg_trading_grid__communities"])
GRACE_DAYS = "channel_code,grace_days,valid_from,valid_to\n*,3,1970-01-01T00:00:00Z,9999-12-31T00:00:00Z\n"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallHome]:
    """A small installation with one whole, published build, by one rule of its own."""
    rules = tmp_path_factory.mktemp("rules")
    (rules / "grace_days.csv").write_text(GRACE_DAYS, encoding="utf-8")
    with small_home(tmp_path_factory.mktemp("gates"), rules) as home:
        run_job("build_warehouse", home.home)
        yield home


def test_a_whole_build_is_published(built: SmallHome) -> None:
    """Harm prevented: gates that hold everything back would make the other tests here pass."""
    manifest = current_snapshot(built.home).manifest
    assert manifest["tables"]["marts.dim_communities"]["rows"] == 1
    build = whole_build(built.home)
    assert build is not None
    assert manifest["checks"] == {"passed": build.tests_passed + 2, "failed": 0}


def test_the_rules_that_a_build_used_are_published_and_told(built: SmallHome) -> None:
    """Harm prevented: a verdict whose rule nobody can show; own rules that count in the settings alone."""
    snapshot = current_snapshot(built.home)
    with connect(snapshot) as connection:
        assert connection.execute("select channel_code, grace_days from rules.grace_days").fetchall() == [("*", 3)]
        assert connection.execute("select count(*) from rules.exposure_days").fetchall() == [(6,)]
        (silent,) = connection.execute(
            "select count(*) from duckdb_columns() where schema_name = 'rules' and comment is null"
        ).fetchall()
        assert silent == (0,)
    seeds = {path.stem for path in (dbt_project().project_dir / "seeds").glob("*.csv")}
    assert {name.removeprefix("rules.") for name in snapshot.manifest["tables"] if name.startswith("rules.")} == seeds
    assert {path.stem for path in (snapshot.folder / "parquet").glob("rules.*")} == {f"rules.{name}" for name in seeds}
    assert snapshot.manifest["keys"]["rules.grace_days"] == "channel_code, valid_from"
    assert seeds == {name.removeprefix("rules.") for name in snapshot.manifest["keys"] if name.startswith("rules.")}
    told = hashlib.sha256(GRACE_DAYS.encode()).hexdigest()
    assert snapshot.manifest["made_by"]["rules"]["seed.grace_days"] == told[:16]
    assert not (built.home / "projection" / "rules").exists()


def test_a_rule_that_cannot_be_read_stops_the_build_before_it_begins(
    built: SmallHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harm prevented: half of the rules are in force, or the sample insurer's, and the build says that all is well."""
    published = current_snapshot(built.home).name
    (tmp_path / "grace_days.csv").write_text(GRACE_DAYS.replace("*,3", "*,three"), encoding="utf-8")
    monkeypatch.setenv("ASSETTRAIL_RULES__FOLDER", str(tmp_path))
    before = (built.home / "warehouse" / "build.duckdb").stat().st_mtime_ns
    with pytest.raises(ConfigurationError, match=r"grace_days\.csv, line 2, grace_days: found 'three'"):
        run_job("build_warehouse", built.home)
    assert (built.home / "warehouse" / "build.duckdb").stat().st_mtime_ns == before
    assert current_snapshot(built.home).name == published
    assert whole_build(built.home) is not None


def test_other_rules_make_everything_anew(built: SmallHome, tmp_path: Path) -> None:
    """Harm prevented: a new rule holds for what lands next, and last week keeps the verdicts of the old one."""
    kept = whole_build(built.home)
    (tmp_path / "grace_days.csv").write_text(GRACE_DAYS.replace("*,3", "*,4"), encoding="utf-8")
    settings = built.settings.model_copy(update={"rules": RuleSettings(folder=tmp_path)})
    versions = made_by(settings, hashes_of(own_rules(settings)))
    extent = extent_of_build(built.home, kept, versions, is_full_asked=False)
    assert not extent.is_increment
    assert "other texts of seed.grace_days" in extent.why


def test_what_was_known_then_is_judged_by_the_own_rules_of_today_and_says_so(
    built: SmallHome, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harm prevented: the past is judged by the sample insurer's rules, or by rules of later that nobody is told of."""
    then = current_snapshot(built.home)
    file, words = tmp_path / "grace_days.csv", ["build", "--as-known-at", str(then.manifest["log"]["size"])]
    file.write_text(GRACE_DAYS.replace("*,3", "*,4"), encoding="utf-8")
    monkeypatch.setenv("ASSETTRAIL_RULES__FOLDER", str(tmp_path))
    shown = CliRunner().invoke(application, words, catch_exceptions=False)
    assert (
        f"published then as {then.name}: other content in rules.grace_days; they were made by different versions "
        "(now and then): other texts of seed.grace_days\n"
    ) in shown.stdout
    (name,) = labelled_names(built.home)
    labelled = open_snapshot(built.home, name)
    with connect(labelled) as connection:
        assert connection.execute("select channel_code, grace_days from rules.grace_days").fetchall() == [("*", 4)]
    told = hashlib.sha256(file.read_bytes()).hexdigest()
    assert labelled.manifest["made_by"]["rules"]["seed.grace_days"] == told[:16]
    assert current_snapshot(built.home).name == then.name
    difference = CliRunner().invoke(application, ["diff", then.name, name], catch_exceptions=False).stdout
    assert "other texts of seed.grace_days\n" in difference
    assert "\nrules.grace_days: 0 added, 0 removed, 1 changed\n" in difference
    assert "grace_days 3 → 4\n" in difference
    again = CliRunner().invoke(application, words, catch_exceptions=False)
    assert (again.stdout, labelled_names(built.home)) == (shown.stdout, (name,))
    file.write_text(GRACE_DAYS.replace("*,3", "*,four"), encoding="utf-8")
    with pytest.raises(ConfigurationError, match=r"grace_days\.csv, line 2, grace_days: found 'four'"):
        CliRunner().invoke(application, words, catch_exceptions=False)
    assert labelled_names(built.home) == (name,)


def test_row_counts_and_runs_are_shown(built: SmallHome) -> None:
    """Harm prevented: pages without the number that people look for first, and jobs that seem never to have run."""
    with open_instance(built.home) as instance:
        event = instance.get_latest_materialization_event(COMMUNITIES)
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["dagster/row_count"].value == 1
        labelled = dg.RunsFilter(job_name="build_warehouse", tags={".dagster/repository": "__repository__@assettrail"})
        assert instance.get_runs_count(labelled) > 0


def test_columns_are_drawn_from_landing_to_marts(built: SmallHome) -> None:
    """Harm prevented: an engineer changes a landed column and learns from the reports what it was needed for."""
    with open_instance(built.home) as instance:
        deps = {}
        for key in (COMMUNITIES, STAGED_COMMUNITIES):
            event = instance.get_latest_materialization_event(key)
            assert event is not None
            assert event.asset_materialization is not None
            lineage = event.asset_materialization.metadata["dagster/column_lineage"].value
            deps[key] = lineage.deps_by_column
    landed = dg.TableColumnDep(landing_key("trading_grid", "communities"), "name")
    assert deps[STAGED_COMMUNITIES]["community_name"] == [landed]
    assert deps[COMMUNITIES]["community_name"] == [dg.TableColumnDep(STAGED_COMMUNITIES, "community_name")]


def test_what_was_logged_is_told_with_the_columns_of_the_published_build(
    built: SmallHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harm prevented: lineage that tells of tables alone, or of the models of another day."""
    file = built.home.parent / "events.jsonl"
    monkeypatch.setenv("ASSETTRAIL_LINEAGE__FILE", str(file))
    run_job("send_lineage", built.home)
    told = [json.loads(line) for line in file.read_bytes().splitlines()]
    outputs = {each["name"]: each for event in told for each in event.get("outputs", [])}
    fields = outputs["marts.dim_communities"]["facets"]["columnLineage"]["fields"]
    (source,) = fields["community_name"]["inputFields"]
    assert (source["name"], source["field"]) == ("staging.stg_trading_grid__communities", "community_name")
    published = {name.removeprefix("published.") for name in outputs if name.startswith("published.")}
    assert published == set(current_snapshot(built.home).manifest["tables"])
    models = {event["job"]["name"] for event in told if event["job"]["name"].startswith("warehouse.")}
    assert len(models) == len(column_lineage(built_columns(built.home, is_whole=True)[1])) + 1


def test_a_file_that_was_changed_is_not_published(built: SmallHome) -> None:
    """Harm prevented: rows that nobody landed reach the reports, in a build or by hand on the snapshot's own page."""
    published = current_snapshot(built.home).name
    (file,) = (built.home / "landing" / "trading_grid" / "communities").glob("date=*/*.parquet")
    kept = file.read_bytes()
    table = pq.ParquetFile(file).read()
    pq.write_table(table.slice(0, 0), file)
    try:
        with pytest.raises(ContractBroken, match=r"communities.*SHA-256"):
            run_job("build_warehouse", built.home, selection=[CLAIMS, SNAPSHOT])
        with pytest.raises(ContractBroken, match=r"communities.*SHA-256"):
            run_job("build_warehouse", built.home, selection=[SNAPSHOT])
    finally:
        file.write_bytes(kept)
    assert current_snapshot(built.home).name == published


def test_a_build_that_is_not_whole_is_not_published(built: SmallHome) -> None:
    """Harm prevented: after a build that broke off, someone materializes the snapshot alone and shows half of it."""
    published = current_snapshot(built.home).name
    mark = built.home / "warehouse" / "whole_build.json"
    kept = mark.read_bytes()
    assert unmark(built.home) is not None
    try:
        with pytest.raises(ContractBroken, match="no whole build"):
            run_job("build_warehouse", built.home, selection=[SNAPSHOT])
    finally:
        mark.write_bytes(kept)
    assert current_snapshot(built.home).name == published


def test_a_held_batch_stops_dbt(built: SmallHome, tmp_path: Path) -> None:
    """Harm prevented: rows that break the source's promise are built into the marts before a person has decided."""
    published = current_snapshot(built.home).name
    batch = built.land_communities(2, gate=hold)
    assert batch.load_id is not None
    before = (built.home / "warehouse" / "build.duckdb").stat().st_mtime_ns
    with pytest.raises(AssettrailError, match=batch.load_id):
        run_job("build_warehouse", built.home)
    assert (built.home / "warehouse" / "build.duckdb").stat().st_mtime_ns == before
    assert current_snapshot(built.home).name == published
    decide(built.store(), batch.load_id, "rejected", "tests", "not true")


def test_the_next_build_adds_to_the_kept_one(built: SmallHome) -> None:
    """Harm prevented: every build makes all years anew; one that adds misses what has landed, or a person accepted."""
    built.land_communities(3)
    accepted = built.land_communities(4, gate=hold)
    assert accepted.load_id is not None
    decide(built.store(), accepted.load_id, "accepted", "tests", "looked at it")
    run_job("build_warehouse", built.home)
    build = whole_build(built.home)
    assert build is not None
    assert build.is_increment, build.why
    assert current_snapshot(built.home).manifest["tables"]["marts.dim_communities"]["rows"] == 3
    assert not (built.home / "projection" / "built_batches.parquet").exists()
    columns = built_columns(built.home, is_whole=True)[1].models
    assert not columns["marts.fct_asset_uses"].unread
    assert columns["marts.fct_asset_uses"].columns["asset_use_key"]


def test_single_assets_are_built_and_published_on_demand(built: SmallHome) -> None:
    """Harm prevented: an engineer who mends one model must build everything to see it."""
    run_job("build_warehouse", built.home, selection=[dg.AssetKey(["warehouse", "log_batches"])])
    run_job("build_warehouse", built.home, selection=[SNAPSHOT])
    assert current_snapshot(built.home).manifest["tables"]["marts.dim_communities"]["rows"] == 3
