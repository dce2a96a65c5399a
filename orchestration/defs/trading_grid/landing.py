"""Trading Grid / Active Community: its landing streams, every half hour, since partners wait for answers."""

from datetime import timedelta

from orchestration.landing import gate_checks, ingest_freshness, ingest_job, ingest_schedule, landing_assets

STREAMS = {
    "communities": "One row per state of a community.",
    "partners": "One row per state of a trading partner.",
    "members": "One row per state of a partner's membership in a community.",
    "publications": "One row per state of a publication: one asset version in one community.",
    "accesses": "One row per delivery, opening or download of a publication by a partner.",
    "acknowledgements": "One row per acknowledgement by a partner: portal, 997 or 824.",
    "cases": "One row per state of a partner's case.",
    "thread_messages": "One row per message in a case's thread; identifiers in its text are masked.",
}

trading_grid_landing = landing_assets("trading_grid", STREAMS, ingest_freshness(timedelta(minutes=30)))
trading_grid_gate = gate_checks("trading_grid", STREAMS)
ingest_trading_grid = ingest_job("trading_grid")
ingest_trading_grid_schedule = ingest_schedule("trading_grid", "*/30 * * * *")
