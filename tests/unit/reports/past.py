"""An installation with a past: two published snapshots, and one that was built for what was known in between.

Here belongs the set-up only, for the tests of "as we knew on …" with and without a browser.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from assettrail.clock import FixedClock
from evidence.keys import create_keys
from evidence.leaves import PublishLeaf, encode_leaf
from ingest.extract import Claim, Extract
from ingest.landing import land
from ingest.landing_store import LandingStore
from ingest.schema import stream_schema
from publish.origin import MadeBy
from tests.browser.example.names import LETTER, key_of
from tests.browser.example_snapshot import point_to, publish_example
from tests.unit.landing.stores import accept, extract_of
from tests.unit.reports.people.house import House

OLD, NOW, LABELLED = "20260301T060000Z-00000001", "20260504T060000Z-00000004", "as-known-00000003-0badcafe"
MARCH, APRIL, MAY = (datetime(2026, month, 2, 6, tzinfo=UTC) for month in (3, 4, 5))


def build_past(folder: Path) -> House:
    """Let entry 0 land in March and be published (1); 2 land in April, 3 in May, published (4) by other rules."""
    house = House(folder / "home", {})
    settings = house.settings()
    create_keys(settings.keys.folder, settings.evidence.log_origin)
    _land(house, MARCH, 1)
    _publish(house, OLD, MARCH, 1)
    _land(house, APRIL, 2)
    _land(house, MAY, 3)
    _publish(house, NOW, MAY, 4)
    _change(house, OLD, "verdict = 'PROVEN', verdict_reason = 'approved_in_force'", key_of("use", LETTER, "print", 2))
    labelled = publish_example(house.home, LABELLED, letters=3)
    _tell(labelled, {"read_entries": 3, "size": 3}, APRIL, {"as_known_at": APRIL.isoformat()})
    (house.home / "as_known").mkdir()
    labelled.rename(house.home / "as_known" / LABELLED)
    point_to(house.home, NOW)
    return house


def _land(house: House, at: datetime, number: int) -> None:
    store = LandingStore.open(house.settings(), FixedClock(at))
    values = {"access_id": f"A-{number}", "publication_id": "P", "partner_id": "p", "kind": "opened", "at_raw": "x"}
    claim = Claim(None, at, complete=True, how="equal_counts", detail="two equal counts")
    rows = extract_of([values]).rows
    land(store, stream_schema("trading_grid", "accesses"), Extract(rows, (), claim, {"n": number}), accept)


def _publish(house: House, name: str, at: datetime, entries: int) -> None:
    log = LandingStore.open(house.settings(), FixedClock(at)).log
    log.append([encode_leaf(PublishLeaf(name, {}, (), (), at))])
    made_by = MadeBy("1.0", "1.11", "2.0", {"seed.grace_days": name}, {}).to_manifest()
    folder = publish_example(house.home, name, letters=3)
    _tell(folder, {"read_entries": entries, "size": entries}, at, {"made_by": made_by})


def _tell(folder: Path, log: dict[str, int], at: datetime, more: dict[str, object]) -> None:
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    told = manifest | {"log": log, "created_at": at.isoformat()} | more
    (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")


def _change(house: House, name: str, what: str, key: str) -> None:
    with duckdb.connect(str(house.home / "snapshots" / name / "assettrail.duckdb")) as connection:
        connection.execute(f"update marts.fct_asset_uses set {what} where asset_use_key = ?", [key])
