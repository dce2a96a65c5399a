"""The step of a build that removes raw bytes whose time of keeping is over."""

from pathlib import Path

import dagster as dg
import pytest

from evidence.raw_files import kept_hashes
from ingest.extract import Extract, Row
from ingest.landing import land
from ingest.landing_store import LandingStore
from orchestration.defs.raw import expiry
from orchestration.defs.raw.expiry import expired_raw
from orchestration.keys import EXPIRED_RAW
from orchestration.resources import AssettrailResource
from tests.unit.landing.stores import EVENTS, accept, access, extract_of, open_store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> LandingStore:
    """A home with one landed page of long ago, as the settings of this process name it."""
    store = open_store(tmp_path)
    with store.raw.use.scope():
        rows = [Row(access(1), "https://grid.test/a", store.put_raw(b"a page"))]
        land(store, EVENTS, Extract(rows, [], extract_of([]).claim, None), accept)
    monkeypatch.setenv("ASSETTRAIL_HOME", str(store.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(tmp_path / "keys"))
    return store


def step() -> dict[str, object]:
    """Run the step, and return what Dagster shows of it."""
    done = dg.materialize([expired_raw], resources={"assettrail": AssettrailResource()})
    (event,) = done.asset_materializations_for_node(EXPIRED_RAW.to_python_identifier())
    return {name: value.value for name, value in event.metadata.items()}


def test_a_build_removes_what_is_due_and_nothing_before_somebody_says_so(
    store: LandingStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Harm prevented: a time of keeping that holds only where somebody remembers to run a command."""
    assert step()["kept"] == "for ever"
    monkeypatch.setenv("ASSETTRAIL_RAW__KEEP_DAYS", "30")
    monkeypatch.setattr(expiry, "WAIT_SECONDS", 0.1)
    with store.raw.use.scope():
        assert "put_off" in step()
    assert len(list(kept_hashes(store.raw.folder))) == 1
    assert step() == {"kept": "30 days", "removed": 1, "entries": "1", "not_old_enough": 0}
    assert not list(kept_hashes(store.raw.folder))
