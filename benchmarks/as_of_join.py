"""What the verdict path is compared with: one hand-written as-of join of the uses to the versions, as they landed.

Here belong its SQL, the columns that it may write, and what it takes. The models are built and timed in
`verdict_builds`.
"""

from __future__ import annotations

import statistics
import time
from pathlib import Path

import duckdb


def _key(*columns: str) -> str:
    """Return the SQL of a mart's key over some columns, as the macro `surrogate_key` hashes them."""
    texts = ", ".join(f"coalesce(cast({column} as varchar), chr(0))" for column in columns)
    return f"sha256(concat_ws(chr(31), {texts}))"


AS_OF = """
    create table as_of as
    with uses as (
        select uses.*, communications.segment, communications.jurisdiction,
            communications.generated_at_raw::timestamptz as generated_at,
            coalesce(uses.asset_id, names.asset_id) as asset
        from read_parquet('{home}/landing/exstream/asset_uses/date=*/*.parquet') as uses
        inner join read_parquet('{home}/landing/exstream/communications/date=*/*.parquet') as communications
            using (domain, communication_id)
        left join (
            select distinct public_id, asset_id
            from read_parquet('{home}/landing/cloudinary/notifications/date=*/*.parquet')
        ) as names on uses.delivery_public_id = names.public_id
    ),
    versions as (
        select asset_id, version, etag, format, timestamp_raw::timestamptz as live_from, {asset_key} as asset_key,
            {asset_version_key} as asset_version_key
        from read_parquet('{home}/landing/cloudinary/notifications/date=*/*.parquet')
        where notification_type = 'upload'
    )
    select {columns}
    from uses
    asof left join versions on uses.asset = versions.asset_id and uses.generated_at >= versions.live_from
"""

TEN_COLUMNS = """
    uses.domain, uses.communication_id, uses.rendering_id, uses.ordinal, uses.binding, uses.asset, uses.generated_at,
    versions.version, versions.etag, versions.live_from
"""
"""The least that says which version was live: nothing of what the mart shows of a use beside it, and no key."""

KEYS = f"""
    {_key("domain", "communication_id", "rendering_id", "ordinal")} as asset_use_key,
    {_key("domain", "communication_id")} as communication_key,
    {_key("domain", "communication_id", "rendering_id")} as rendering_key,
    versions.asset_key,
    versions.asset_version_key
"""
"""The keys of `fct_asset_uses` that are known without any rule: what it is joined by."""

COLUMNS_OF_THE_MART = f"""
    {KEYS},
    uses.communication_id || '/' || uses.rendering_id || '/' || uses.ordinal as asset_use_id,
    uses.communication_id, uses.rendering_id, uses.ordinal, uses.placeholder, uses.binding, uses.asset,
    coalesce(uses.public_id, uses.delivery_public_id) as public_id,
    coalesce(versions.version, uses.version) as version,
    coalesce(versions.etag, uses.etag) as etag,
    uses.url, uses.delivery_transformation,
    coalesce(uses.delivery_format, versions.format) as format,
    uses.segment, uses.jurisdiction, uses.generated_at, versions.live_from
"""
"""The columns of `fct_asset_uses` that come from a use, its communication and the version, without any rule."""

JOINS = {
    "of the mart": COLUMNS_OF_THE_MART,
    "ten and keys": f"{KEYS}, {TEN_COLUMNS}",
    "ten": TEN_COLUMNS,
}
"""The hand-written join by the columns that it writes; the ratio that is wanted is to the narrowest one."""

COMPARED = "ten"


def as_of_seconds(home: Path, memory: str, columns: str) -> float:
    """Seconds of the hand-written join into a table of a file of its own: the middle one of three runs."""
    query = AS_OF.format(
        home=home,
        columns=columns,
        asset_key=_key("asset_id"),
        asset_version_key=_key("asset_id", "version", "etag"),
    )
    return statistics.median(_once_as_of(home, memory, query) for _ in range(3))


def _once_as_of(home: Path, memory: str, query: str) -> float:
    path = home / "as_of.duckdb"
    with duckdb.connect(str(path), config={"threads": 2, "memory_limit": memory}) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        started = time.perf_counter()
        connection.execute(query)
        connection.execute("checkpoint")
        taken = time.perf_counter() - started
    path.unlink()
    return taken
