"""An installation with next to nothing in it, on which the real jobs run: keys, one community, complete claims."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assettrail.clock import FixedClock
from assettrail.settings import KeySettings, Settings
from evidence.keys import create_keys
from evidence.leaves import FailedExpectation
from ingest.extract import Claim, Extract, Row
from ingest.landing import Gate, GateOutcome, LandedBatch, land
from ingest.landing_store import LandingStore
from ingest.schema import STREAMS, stream_schema

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class SmallHome:
    """The settings of a small installation, and short ways to land something in it."""

    settings: Settings

    @property
    def home(self) -> Path:
        """Return the folder of what assettrail keeps."""
        return self.settings.home

    def store(self) -> LandingStore:
        """Open the landing at noon."""
        return LandingStore.open(self.settings, FixedClock(NOON))

    def land(
        self, system: str, stream: str, rows: Sequence[dict[str, object]] = (), gate: Gate | None = None
    ) -> LandedBatch:
        """Land rows with a complete claim."""
        landed = [Row(values, "test:rows", "0" * 64) for values in rows]
        extract = Extract(landed, (), Claim(NOON - timedelta(days=1), NOON, True, "equal_counts", ""), None)
        return land(self.store(), stream_schema(system, stream), extract, gate or accept)

    def land_communities(self, *numbers: int, gate: Gate | None = None) -> LandedBatch:
        """Land one community per number."""
        rows = [{"community_id": f"C-{n}", "name": f"Community {n}", "status": "active"} for n in numbers]
        return self.land("trading_grid", "communities", rows, gate)


def accept(*_: object) -> GateOutcome:
    """Find nothing wrong."""
    return GateOutcome("accepted", 1)


def hold(*_: object) -> GateOutcome:
    """Find one row wrong."""
    return GateOutcome("held", 1, (FailedExpectation("every community has a name", "name", 1, ("a" * 64,)),))


@contextmanager
def small_home(folder: Path, rules: Path | None = None) -> Iterator[SmallHome]:
    """Make an installation in the folder and let this process's settings be its own; `rules` are the operator's."""
    settings = Settings(home=folder / "home", keys=KeySettings(folder=folder / "keys"))
    create_keys(settings.keys.folder, settings.evidence.log_origin)
    config = folder / "assettrail.toml"
    sections = {"keys": settings.keys.folder} | ({"rules": rules} if rules else {})
    told = [f'[{section}]\nfolder = "{path}"\n' for section, path in sections.items()]
    config.write_text(f'home = "{settings.home}"\n' + "".join(told), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASSETTRAIL_CONFIG", str(config))
        patch.delenv("ASSETTRAIL_HOME", raising=False)
        home = SmallHome(settings)
        for system, stream in STREAMS:
            home.land(system, stream)
        home.land_communities(1)
        yield home
