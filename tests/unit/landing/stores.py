"""A real landing store in a temporary folder, and short ways to make extracts for it."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assettrail.settings import KeySettings, Settings
from evidence.keys import create_keys
from ingest.extract import Claim, Extract, Quarantined, Row
from ingest.landing import GateOutcome
from ingest.landing_store import LandingStore
from ingest.schema import StreamSchema, stream_schema

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
EVENTS = stream_schema("trading_grid", "accesses")
STATES = stream_schema("trading_grid", "communities")


class MovableClock:
    """A clock that stands until it is moved."""

    def __init__(self, instant: datetime = NOON) -> None:
        self.instant = instant

    def now(self) -> datetime:
        """Return where the clock stands."""
        return self.instant

    def advance(self, **amount: float) -> None:
        """Move the clock on."""
        self.instant += timedelta(**amount)


def settings_in(folder: Path) -> Settings:
    """Settings of a new installation with keys beside its home."""
    settings = Settings(home=folder / "home", keys=KeySettings(folder=folder / "keys"))
    if not (folder / "keys" / "log.key").exists():
        create_keys(settings.keys.folder, settings.evidence.log_origin)
    return settings


def open_store(folder: Path, clock: MovableClock | None = None, lock_wait_seconds: float = 5.0) -> LandingStore:
    return LandingStore.open(settings_in(folder), clock or MovableClock(), lock_wait_seconds)


def access(number: int, **changes: object) -> dict[str, object]:
    """The values of one access event."""
    return {
        "access_id": f"A-{number}",
        "publication_id": "P-1",
        "partner_id": "partner-1",
        "kind": "opened",
        "at_raw": "2026-02-01T10:00:00Z",
    } | changes


def community(number: int, **changes: object) -> dict[str, object]:
    """The values of one community description."""
    return {"community_id": f"C-{number}", "name": f"Community {number}", "status": "active"} | changes


def rows_of(values: Sequence[Mapping[str, object]]) -> list[Row]:
    return [Row(each, "https://grid.test/api/v1/accesses?offset=0", "ab" * 32) for each in values]


def extract_of(
    values: Sequence[Mapping[str, object]],
    *,
    cursor: Mapping[str, object] | None = None,
    quarantined: Sequence[Quarantined] = (),
    complete: bool = True,
) -> Extract:
    claim = Claim(None, NOON, complete, "equal_counts" if complete else "unknown", "two equal counts")
    return Extract(rows_of(values), quarantined, claim, cursor)


def accept(_schema: StreamSchema, _path: Path) -> GateOutcome:
    """A gate that lets everything through."""
    return GateOutcome("accepted", 1)


def hold(_schema: StreamSchema, _path: Path) -> GateOutcome:
    """A gate that holds everything."""
    return GateOutcome("held", 1)
