"""A real log with one entry of each kind and the column map that its publish names, for tests of what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from assettrail.settings import LineageSettings, Settings
from evidence.leaves import (
    BatchClaim,
    BatchLeaf,
    DispositionLeaf,
    KeyRotationLeaf,
    Leaf,
    PublishLeaf,
    ReplayLeaf,
    encode_leaf,
)
from evidence.log_reader import LogReader
from lineage.column_map import ColumnMap, keep_map
from lineage.columns import CompiledModel, model_lineage
from tests.unit.landing.stores import NOON, open_store, settings_in

COLUMNS_OF = {
    "raw_trading_grid.accesses": ("access_id", "kind", "at_raw"),
    "staging.stg_trading_grid__accesses": ("access_id", "occurred_at"),
    "marts.fct_receipts": ("receipt_key", "occurred_at", "source_system"),
}
MODELS = (
    CompiledModel(
        "staging.stg_trading_grid__accesses",
        ("raw_trading_grid.accesses",),
        """with rows_ as (select * from "build"."raw_trading_grid"."accesses" where kind = 'opened')
        select access_id, cast(at_raw as timestamptz) as occurred_at from rows_""",
    ),
    CompiledModel(
        "marts.fct_receipts",
        ("staging.stg_trading_grid__accesses",),
        """select sha256(accesses.access_id) as receipt_key, accesses.occurred_at, 'trading_grid' as source_system
        from "build"."staging"."stg_trading_grid__accesses" as accesses""",
    ),
)


@dataclass(frozen=True)
class ToldHome:
    """An installation whose log has entries that lineage is told of."""

    settings: Settings

    @property
    def log(self) -> LogReader:
        """Read the log."""
        return open_store(self.settings.home.parent).log

    def telling(self, **lineage: object) -> Settings:
        """Return its settings with a backend."""
        return self.settings.model_copy(update={"lineage": LineageSettings.model_validate(lineage)})

    def append(self, *leaves: Leaf) -> None:
        """Append entries to the log."""
        open_store(self.settings.home.parent).log.append([encode_leaf(leaf) for leaf in leaves])


def column_map() -> ColumnMap:
    """The columns of one stream, one staging model and one mart."""
    return ColumnMap(COLUMNS_OF, model_lineage(MODELS, COLUMNS_OF))


def batch(number: int, outcome: str = "accepted") -> BatchLeaf:
    """A batch of two rows about the day before."""
    window = BatchClaim(NOON - timedelta(days=1), NOON, 2, "a", "b", True, "equal_counts", "2 of 2")
    return BatchLeaf(
        system="trading_grid",
        stream="accesses",
        load_id=f"load-{number}",
        rows=2,
        row_root=f"{number:064x}",
        parquet_sha256="b" * 64,
        quarantined=1,
        quarantine_sha256="c" * 64,
        claim=window,
        cursor=None,
        outcome="held" if outcome == "held" else "accepted",
        evaluated=3,
        failed=(),
        logged_at=NOON + timedelta(seconds=number),
    )


def told_home(folder: Path, more: Sequence[Leaf] = ()) -> ToldHome:
    """Make an installation whose log has one entry of each kind, and `more` behind them."""
    home = ToldHome(settings_in(folder))
    sha256 = keep_map(home.settings.home, column_map())
    home.append(
        batch(1),
        batch(2, "held"),
        DispositionLeaf("load-2", "accepted", "ada@example.com", "called the partner", NOON + timedelta(seconds=3)),
        ReplayLeaf("trading_grid", "accesses", ("r1",), "load-1", NOON + timedelta(seconds=4)),
        KeyRotationLeaf("pseudonym", "0" * 16, "1" * 16, NOON + timedelta(seconds=5)),
        PublishLeaf(
            "20260201T120000Z-00000005",
            {"marts.fct_receipts": {"rows": 2, "content_hash": "d" * 64}},
            ("e1",),
            (),
            NOON + timedelta(seconds=6),
            column_map_sha256=sha256,
        ),
        *more,
    )
    return home
