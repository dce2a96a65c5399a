"""Asset keys by which parts of the graph refer to each other without importing each other."""

import dagster as dg

POOL_WAREHOUSE = "warehouse"
"""One holder at a time: DuckDB lets one process open a file that is being written."""

LOG_BATCHES = dg.AssetKey(["warehouse", "log_batches"])
BUILT_BATCHES = dg.AssetKey(["warehouse", "built_batches"])
"""What the kept build has read: it lies there while an increment runs (`increments`)."""
SNAPSHOT = dg.AssetKey(["publish", "snapshot"])
PROPOSED_CORRECTIONS = dg.AssetKey(["corrections", "proposed"])
MEASURED_FEEDBACK = dg.AssetKey(["corrections", "measured"])
SENT_CORRECTIONS = dg.AssetKey(["corrections", "sent"])
EXPIRED_RAW = dg.AssetKey(["raw", "expired"])
LINEAGE_EVENTS = dg.AssetKey(["lineage", "openlineage_events"])
EXCEPTIONS = dg.AssetKey(["marts", "fct_exceptions"])
CLAIMS = dg.AssetKey(["marts", "fct_claims"])


def backfill_key(system: str, stream: str) -> dg.AssetKey:
    """Return the key of the asset by which past days of a stream are read again."""
    return dg.AssetKey(["backfill", system, stream])


def log_key(table: str) -> dg.AssetKey:
    """Return the key of what dbt reads of the log: `batches`, or `built_batches`."""
    return BUILT_BATCHES if table == "built_batches" else LOG_BATCHES


def landing_key(system: str, stream: str) -> dg.AssetKey:
    """Return the key of a landing stream's asset."""
    return dg.AssetKey(["landing", system, stream])
