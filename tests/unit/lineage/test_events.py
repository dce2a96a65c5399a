"""OpenLineage events: a lineage service must understand them, and they must be the same whenever they are made."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from openlineage.client.event_v2 import RunEvent

from evidence.leaves import RawRemovalLeaf
from evidence.merkle import leaf_hash
from lineage.delivery import events_of
from lineage.events import run_id
from tests.unit.landing.stores import NOON
from tests.unit.lineage.stores import ToldHome, batch, told_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ToldHome:
    return told_home(tmp_path_factory.mktemp("told"))


def told(home: ToldHome) -> list[tuple[int, dict[str, Any]]]:
    """The events of every entry as plain values, with the entry's index."""
    return [(index, json.loads(event)) for index, event in events_of(home.settings, home.log, 0)]


def completed(home: ToldHome, job: str) -> dict[str, Any]:
    """The only end of a run of a job."""
    (found,) = [event for _, event in told(home) if (event["job"]["name"], event["eventType"]) == (job, "COMPLETE")]
    return found


def columns(dataset: dict[str, Any]) -> dict[str, set[tuple[str, str]]]:
    """The column lineage facet of a dataset."""
    fields = dataset["facets"]["columnLineage"]["fields"]
    return {name: {(each["name"], each["field"]) for each in field["inputFields"]} for name, field in fields.items()}


def test_each_run_starts_once_and_ends_once(home: ToldHome) -> None:
    """Harm prevented: a run that never ends in the service, or ends twice."""
    runs = Counter((event["run"]["runId"], event["eventType"]) for _, event in told(home))
    assert set(runs.values()) == {1}
    assert {run for run, kind in runs if kind == "START"} == {run for run, kind in runs if kind == "COMPLETE"}


def test_what_each_entry_tells(home: ToldHome) -> None:
    """Harm prevented: an entry that moves data is left out, or one that moves none is told as a run."""
    assert sorted({(index, event["job"]["name"]) for index, event in told(home)}) == [
        (0, "ingest.trading_grid.accesses"),
        (1, "ingest.trading_grid.accesses"),
        (2, "batches.decide"),
        (3, "quarantine.replay.trading_grid.accesses"),
        (5, "warehouse.marts.fct_receipts"),
        (5, "warehouse.publish"),
        (5, "warehouse.staging.stg_trading_grid__accesses"),
    ]


def test_a_run_is_known_by_the_hash_of_its_entry(home: ToldHome) -> None:
    """Harm prevented: the same batch is another run each time it is told, and nobody finds its entry in the log."""
    for index, entry in home.log.entries():
        own = [event for at, event in told(home) if at == index]
        assert all(event["run"]["facets"]["assettrail_logEntry"]["leafHash"] == leaf_hash(entry).hex() for event in own)
        assert not own or run_id(entry) in {event["run"]["runId"] for event in own}
        assert UUID(run_id(entry)).version == 5


def test_a_batch_tells_stream_rows_version_and_completeness(home: ToldHome) -> None:
    """Harm prevented: the service shows that something landed, and neither what nor whether all of it."""
    (end, _) = [event for index, event in told(home) if event["eventType"] == "COMPLETE" and index < 2]
    assert [(each["namespace"], each["name"]) for each in end["inputs"]] == [("trading_grid", "accesses")]
    (landed,) = end["outputs"]
    assert (landed["namespace"], landed["name"]) == ("assettrail", "landing.trading_grid.accesses")
    assert landed["outputFacets"]["outputStatistics"]["rowCount"] == 2
    assert landed["facets"]["version"]["datasetVersion"] == f"{1:064x}"
    assert {"access_id", "at_raw", "_raw_hash"} <= {field["name"] for field in landed["facets"]["schema"]["fields"]}
    assert end["run"]["facets"]["assettrail_batch"]["isComplete"] is True
    assert end["run"]["facets"]["nominalTime"]["nominalEndTime"] == "2026-02-01T12:00:00.000000Z"


def test_columns_are_told_from_landing_to_snapshot(home: ToldHome) -> None:
    """Harm prevented: lineage that ends at tables, so that nobody can say what changing a vendor's field breaks."""
    (staged,) = completed(home, "warehouse.staging.stg_trading_grid__accesses")["outputs"]
    assert columns(staged)["occurred_at"] == {("landing.trading_grid.accesses", "at_raw")}
    (mart,) = completed(home, "warehouse.marts.fct_receipts")["outputs"]
    assert columns(mart) == {
        "receipt_key": {("staging.stg_trading_grid__accesses", "access_id")},
        "occurred_at": {("staging.stg_trading_grid__accesses", "occurred_at")},
    }
    assert mart["facets"]["version"]["datasetVersion"] == "d" * 64
    publish = completed(home, "warehouse.publish")
    (published,) = publish["outputs"]
    assert published["name"] == "published.marts.fct_receipts"
    assert columns(published)["occurred_at"] == {("marts.fct_receipts", "occurred_at")}
    parent = completed(home, "warehouse.marts.fct_receipts")["run"]["facets"]["parent"]
    assert parent["run"]["runId"] == publish["run"]["runId"]


def test_no_person_and_no_reason_leaves_the_house(home: ToldHome) -> None:
    """Harm prevented: a name or a remark that stands in the log as evidence ends up in a service that is not asked."""
    everything = b"".join(event for _, event in events_of(home.settings, home.log, 0))
    assert b"ada@example.com" not in everything
    assert b"called the partner" not in everything


def test_removed_raw_bytes_are_no_run(home: ToldHome, tmp_path: Path) -> None:
    """Harm prevented: an entry of a kind that moves no data stops the telling of all entries behind it."""
    removal = RawRemovalLeaf(30, NOON - timedelta(days=30), 1, "9" * 64, NOON)
    longer = told_home(tmp_path, more=[removal, batch(9)])
    entries = [index for index, _ in events_of(longer.settings, longer.log, 6)]
    assert entries == [7, 7]


def test_the_same_entries_give_the_same_bytes(home: ToldHome, tmp_path: Path) -> None:
    """Harm prevented: an event that is sent again says something else, and the service keeps two stories."""
    first = list(events_of(home.settings, home.log, 0))
    assert list(events_of(home.settings, home.log, 0)) == first
    assert [each for each in first if each[0] >= 2] == list(events_of(home.settings, home.log, 2))
    longer = told_home(tmp_path, more=[batch(9)])
    again = list(events_of(longer.settings, longer.log, 0))
    assert [event for _, event in again[: len(first)]] != []
    assert len(again) == len(first) + 2


def test_events_are_what_the_library_would_write(home: ToldHome) -> None:
    """Harm prevented: fields that no OpenLineage client knows, which services drop without a word."""
    known = {field.name for field in RunEvent.__attrs_attrs__}  # type: ignore[attr-defined]
    for _, event in told(home):
        assert event.keys() <= known
        assert event["schemaURL"] == RunEvent._get_schema()
        assert event["producer"] == "urn:assettrail"
