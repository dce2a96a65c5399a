"""What was known at an earlier state of the log: the same models in a throw-away build, kept as a labelled snapshot.

Here belongs the job. The throw-away build is a home of its own that knows the log up to that state and nothing else
(`ingest.projection.project_log_as_known`); the file that is published from, and the current snapshot, are not touched.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dagster as dg

from assettrail.settings import Settings
from evidence.history import state_at
from ingest.landing_store import LandingStore
from ingest.ledger import Ledger
from ingest.projection import project_log_as_known
from orchestration.build_lock import note_writer
from orchestration.columns import DBT_FOLDER
from orchestration.dbt_events import events_until_lost
from orchestration.dbt_failure import dbt_failed
from orchestration.defs.warehouse.build import dbt_words, home_in_environment
from orchestration.keys import POOL_WAREHOUSE
from orchestration.manifest import (
    dbt_settings,
    made_by,
    published_reports,
    published_table_keys,
    published_words,
)
from orchestration.own_rules import hashes_of, own_rules, rules_laid
from orchestration.parsed_project import lay_parsed
from orchestration.publish_gate import judge_control_health, judge_reconciliation, require_passed
from orchestration.resources import AssettrailResource, BuildFileResource, WarehouseDbt, parsed_folder
from publish.as_known import KnownThen, as_known_name, keep_as_known, kept_as_known
from publish.exceptions_seen import publications
from publish.origin import MadeBy
from publish.snapshot import BuildOutcome, published_leaves
from publish.verification import verify_labelled

TOLD_FAILURES = 5


class AsKnownConfig(dg.Config):
    """Which state of the log."""

    at: str
    """A number of entries, the first digits of a checkpoint's root hash, or an instant with its offset."""


@dg.op(pool=POOL_WAREHOUSE)
def as_known_snapshot(
    context: dg.OpExecutionContext,
    config: AsKnownConfig,
    dbt: WarehouseDbt,
    assettrail: AssettrailResource,
    build_file: BuildFileResource,  # noqa: ARG001 - held while the run works: one build at a time
) -> str:
    """Build what was known then, test it, keep it as a labelled snapshot, and return its name.

    One that is kept already is verified instead: the same state by the same models has the same name and content.
    """
    settings, store = assettrail.settings(), assettrail.store()
    state, own = state_at(store.log, config.at, store.clock.now()), own_rules(settings)
    versions = made_by(settings, hashes_of(own))
    name = as_known_name(state, versions)
    kept = kept_as_known(settings.home, name)
    if kept is not None:
        verify_labelled(kept, store.log)
    else:
        ledger, folder = Ledger(store.log, until=state.size), throw_away_home(settings.home)
        try:
            project_log_as_known(store, ledger, folder)
            with rules_laid(folder, own):
                tests = build_apart(dbt, settings, folder)
            held = tuple(str(each.leaf.load_id) for each in ledger.batches() if each.standing == "held")
            outcome, unsound = judged(store, folder, ledger, tests, versions, settings.controls.not_in_use)
            published = publications(published_leaves(store.log, state.size))
            known = KnownThen(state, held, unsound, published)
            keep_as_known(settings.home, folder, outcome, known, store.clock.now())
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    context.add_output_metadata({"name": name, "entries": state.size, "root_hash": state.root_hash})
    return name


@dg.job(
    description="Build what was known at an earlier state of the log into a labelled snapshot; nothing is published.",
    tags={"assettrail/step": "build"},
)
def build_as_known() -> None:
    """One step: it holds the build file like any build."""
    as_known_snapshot()


def throw_away_home(home: Path) -> Path:
    """Return the folder of the throw-away build; what a killed one left in it is gone."""
    folder = home / "warehouse" / "as_known"
    if folder.exists():
        shutil.rmtree(folder)
    return folder


def build_apart(dbt: WarehouseDbt, settings: Settings, folder: Path) -> Mapping[str, bool]:
    """Run dbt's models and tests on a home of their own; return which tests there were, and whether they passed.

    Raises ContractBroken that names what failed, ConfigurationError where the disk refused.
    """
    (folder / "warehouse").mkdir()
    target = folder / DBT_FOLDER
    lay_parsed(parsed_folder(), dbt_settings(settings), target)
    with home_in_environment(folder):
        running = dbt.cli(dbt_words(settings), target_path=target, raise_on_error=False)
    note_writer(settings.home, running.process.pid)
    for _ in events_until_lost(running):
        pass
    results = _results(target / "run_results.json")
    failed = [each for each in results if each["status"] in {"error", "fail"}]
    if failed or not running.is_successful():
        told = [f"{each['unique_id']}: {each.get('message')}" for each in failed[:TOLD_FAILURES]]
        raise dbt_failed(
            "to build the warehouse as it was known",
            "".join(f"\n  - {line}" for line in told) or f"dbt ended with {running.get_error()}",
            folder,
            "every model built and every test passed on the records of then",
            "correct the model named above; nothing was written beside the snapshots, the current one stays up",
        )
    tests = [each for each in results if each["unique_id"].startswith("test.")]
    return {each["unique_id"].split(".")[-2]: each["status"] == "pass" for each in tests}


def judged(
    store: LandingStore,
    folder: Path,
    ledger: Ledger,
    tests: Mapping[str, bool],
    versions: MadeBy,
    not_in_use: tuple[str, ...],
) -> tuple[BuildOutcome, str | None]:
    """Return how all checks ended, and in words why nothing could have been published then, if so.

    Reconciliation must pass, or ContractBroken is raised. A control without a complete claim is no reason to refuse:
    that nothing was sound then is an answer; the snapshot says so.
    """
    reconciled = judge_reconciliation(store, folder, ledger)
    require_passed([reconciled])
    health = judge_control_health(folder, not_in_use)
    failed = tuple(sorted(name for name, passed in tests.items() if not passed))
    outcome = BuildOutcome(
        len(tests) - len(failed) + 1 + int(health.passed),
        len(failed) + int(not health.passed),
        ledger.read_entries,
        versions,
        published_table_keys(),
        not_in_use=not_in_use,
        words=published_words(),
        reports=published_reports(),
        failed_checks=failed,
    )
    return outcome, None if health.passed else health.description


def _results(file: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["results"]
    except FileNotFoundError:
        return []
    return found
