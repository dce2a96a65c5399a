"""Trading Grid / Active Community: past days read again, by the time of change."""

from orchestration.backfill import backfill_assets, backfill_job
from orchestration.defs.trading_grid.landing import DOCUMENTS, LAUNCHES, REQUESTS, STREAMS

trading_grid_days = backfill_assets("trading_grid", {**STREAMS, **DOCUMENTS, **LAUNCHES, **REQUESTS})
backfill_trading_grid = backfill_job("trading_grid")
