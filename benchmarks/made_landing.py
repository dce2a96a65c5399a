"""Landed records of any number, written by DuckDB straight into a home: the input of the warehouse benchmark.

Here belongs making landing Parquet and its batches. The proportions are those of the demo's scenario: four uses in a
communication, two uses in five by address, an asset for every two hundred uses and three versions of each, one version
in twenty never approved. All lie in one year that complete claims cover. Increments come on the days behind it.
Measuring is `warehouse`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from ingest.schema import STREAMS, StreamSchema
from tests.dbt.landing_fixture import Landing, instant

FROM, TO = "2025-01-01T00:00:00+00:00", "2026-01-01T00:00:00+00:00"
DAYS = ("2026-01-02T00:00:00+00:00", "2026-01-03T00:00:00+00:00")
"""Ends of the days on which an increment comes."""

VERSIONS = 3
USES = 4
LATE_APPROVALS = 1_000
FULL_SIZE = 10_000_000
"""Communications of the size that limits are set for."""

SHARE = 0.01
"""New communications of an increment, of those that are there."""

PER_BATCH = 1_000_000
"""Communications of one batch."""

_VERSIONS = """
    select
        md5('asset-' || asset) as asset_id,
        asset,
        number,
        epoch(timestamptz '2025-01-01 00:00:00Z')::bigint + 60 + asset % 86400 + number * 10000000 as version,
        md5('bytes-' || asset || '-' || number) as etag,
        (asset * 31 + number * 17) % 20 > 0 as is_approved
    from range($assets) as assets (asset), range({versions}) as numbers (number)
"""

_NOTIFICATIONS = f"""
    with versions as ({_VERSIONS.format(versions=VERSIONS)})
    select
        kind || '-' || asset || '-' || number as digest,
        0 as ordinal,
        case kind when 'u' then 'upload' else 'resource_metadata_changed' end as notification_type,
        strftime(make_timestamp((version + case kind when 'u' then 0 else 3600 end) * 1000000), '%Y-%m-%dT%H:%M:%SZ')
            as timestamp_raw,
        'uploader' as triggered_by_id,
        asset_id,
        'image' as resource_type,
        'upload' as type,
        'brand/picture-' || asset as public_id,
        case kind when 'u' then version end as version,
        case kind when 'u' then etag end as etag,
        1000 as bytes,
        'jpg' as format,
        case kind when 'a' then '{{"approval_status":"draft"}}' end as previous_metadata,
        case kind when 'a' then
            '{{"approval_status":"approved","approved_by":"approver","approved_etag":"' || etag || '"}}'
        end as new_metadata
    from versions, (values ('u'), ('a')) as kinds (kind)
    where kind = 'u' or is_approved
"""

_LATE = f"""
    with versions as (
        select * from ({_VERSIONS.format(versions=VERSIONS)})
        order by is_approved asc, number desc, asset asc
        limit $late offset $passed
    )
    select
        'l-' || asset || '-' || number as digest,
        0 as ordinal,
        'resource_metadata_changed' as notification_type,
        strftime(make_timestamp((version + 7200) * 1000000), '%Y-%m-%dT%H:%M:%SZ') as timestamp_raw,
        'uploader' as triggered_by_id,
        asset_id,
        'image' as resource_type,
        'upload' as type,
        'brand/picture-' || asset as public_id,
        '{{"approval_status":"draft"}}' as previous_metadata,
        '{{"approval_status":"approved","approved_by":"approver","approved_etag":"' || etag || '"}}' as new_metadata
    from versions
"""

_COMMUNICATIONS = """
    select
        'claims' as domain,
        'run' as flow_instance_id,
        'C-' || number as communication_id,
        sha256('r' || number % 1000003) as recipient_pseudonym,
        'k' as pseudonym_key_id,
        'bill' as document_type,
        'TPL-' || number % 40 as template_id,
        '1' as template_version,
        ['retail', 'business'][1 + number % 2] as segment,
        ['NL', 'DE', 'US-FL'][1 + number % 3] as jurisdiction,
        'en' as language,
        '[]' as offer_ids,
        strftime({at}, '%Y-%m-%dT%H:%M:%SZ') as generated_at_raw
    from range($first, $last) as numbers (number)
"""

_RENDERINGS = """
    select 'claims' as domain, 'C-' || number as communication_id, 'R' || rendering as rendering_id,
        ['print', 'web'][rendering] as channel, 'queue' as queue_name
    from range($first, $last) as numbers (number), (values (1), (2)) as renderings (rendering)
"""

_USES = """
    with uses as (
        select number, use, hash(number * 4 + use) % $assets as asset, use % 5 in (1, 3) as is_live, {at} as sent_at
        from range($first, $last) as numbers (number), range({uses}) as uses (use)
    ),
    placed as (
        select *,
            greatest(0, least({versions} - 1, (
                epoch(sent_at)::bigint - epoch(timestamptz '2025-01-01 00:00:00Z')::bigint - 60 - asset % 86400
            ) // 10000000)) as number_of_version
        from uses
    )
    select
        'claims' as domain,
        'C-' || number as communication_id,
        'R' || (1 + use // 2) as rendering_id,
        use as ordinal,
        case when is_live then 'live_url' else 'embedded' end as binding,
        case when not is_live then md5('asset-' || asset) end as asset_id,
        case when not is_live then
            epoch(timestamptz '2025-01-01 00:00:00Z')::bigint + 60 + asset % 86400 + number_of_version * 10000000 end
            as version,
        case when not is_live then md5('bytes-' || asset || '-' || number_of_version) end as etag,
        case when is_live then
            'https://res.cloudinary.com/insurer/image/upload/f_auto/v1/brand/picture-' || asset || '.jpg'
        end as url,
        case when is_live then 'parsed' end as delivery_state,
        case when is_live then 'insurer' end as delivery_cloud,
        case when is_live then 'image' end as delivery_resource_type,
        case when is_live then 'upload' end as delivery_type,
        case when is_live then 'f_auto' end as delivery_transformation,
        case when is_live then 1 end as delivery_version,
        case when is_live then 'brand/picture-' || asset end as delivery_public_id,
        case when is_live then 'jpg' end as delivery_format
    from placed
"""

_INTO_THE_MONTH = "(number - $first) * 2592000 // $new"
_AT = "make_timestamp((epoch(timestamptz '2025-01-02 00:00:00Z')::bigint + number * 31363200 // $all) * 1000000)"
_AT_IN_LAST_MONTH = (
    "make_timestamp((epoch(timestamptz '2025-12-01 00:00:00Z')::bigint "
    "+ (number - $first) * 2592000 // $new) * 1000000)"
)


@dataclass(frozen=True)
class MadeLanding:
    """A home with so many communications that use so many assets."""

    landing: Landing
    communications: int
    assets: int

    @property
    def proportionate(self) -> int:
        """Late approvals that are as many of these assets as `LATE_APPROVALS` are at full size."""
        return max(1, LATE_APPROVALS * self.communications // FULL_SIZE)

    def add_increment(self, day: int, late_approvals: int, passed: int = 0) -> None:
        """Land what came on a day, counted from 0, behind the year.

        It is a hundredth of the communications, sent in the last month, and late approvals of assets that were in use
        all the time, with claims of that day alone; `passed` is how many were approved late on the days before.
        """
        new = int(self.communications * SHARE)
        first = self.communications + day * new
        with _connection() as connection:
            into = _Into(connection, self.landing, ((TO, *DAYS)[day], DAYS[day]))
            for system, stream in STREAMS:
                self.landing.land(system, stream, [], window=into.window)
            approvals = {"assets": self.assets, "late": late_approvals, "passed": passed}
            into.write("cloudinary", "notifications", _LATE, approvals)
            numbers = {"first": first, "last": first + new, "new": new, "assets": self.assets}
            into.write_communications(numbers, _AT_IN_LAST_MONTH)
        self.landing.project()


def make_landing(home: Path, communications: int) -> MadeLanding:
    """Fill a home with so many communications in the order of their instants."""
    assets = max(100, communications * USES // 200)
    landing = Landing(home)
    for system, stream in STREAMS:
        landing.land(system, stream, [], window=(FROM, TO))
    with _connection() as connection:
        into = _Into(connection, landing, (FROM, TO))
        into.write("cloudinary", "notifications", _NOTIFICATIONS, {"assets": assets})
        for first in range(0, communications, PER_BATCH):
            last = min(communications, first + PER_BATCH)
            into.write_communications({"first": first, "last": last, "all": communications, "assets": assets}, _AT)
    landing.project()
    return MadeLanding(landing, communications, assets)


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    return connection


@dataclass(frozen=True)
class _Into:
    """A landing that batches are written into, all with the claim of one window and landed at its end."""

    connection: duckdb.DuckDBPyConnection
    landing: Landing
    window: tuple[str, str]

    def write_communications(self, numbers: Mapping[str, int], at: str) -> None:
        """Write communications from `first` to before `last` with their renderings and uses, sent at an instant."""
        self.write("exstream", "communications", _COMMUNICATIONS.format(at=at), numbers)
        self.write("exstream", "renderings", _RENDERINGS, numbers)
        self.write("exstream", "asset_uses", _USES.format(at=at, uses=USES, versions=VERSIONS), numbers)

    def write(self, system: str, stream: str, query: str, numbers: Mapping[str, int]) -> None:
        """Write one batch of a stream with every column of its schema, and its claim."""
        schema: StreamSchema = STREAMS[system, stream]
        self.landing.land(system, stream, [], window=self.window)
        batch, at = self.landing.batches[-1], instant(self.window[1])
        load_id = f"{at:%Y%m%dT%H%M%S%f}Z-{len(self.landing.batches):012x}"
        folder = self.landing.home / "landing" / system / stream / f"date={at:%Y-%m-%d}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{load_id}.parquet"
        bound = query
        for name, value in numbers.items():
            bound = bound.replace(f"${name}", str(value))
        described = {row[0] for row in self.connection.execute(f"describe {bound}").fetchall()}
        kinds = {"string": "varchar", "int64": "bigint", "bool": "boolean"}
        columns = [
            f"cast({name if name in described else 'null'} as {kinds[str(kind)]}) as {name}"
            for name, kind in schema.columns.items()
        ]
        key = " || '/' || ".join(f"cast({name} as varchar)" for name in schema.key)
        loads = [
            f"'{load_id}' as _load_id",
            f"timestamptz '{self.window[1]}' as _loaded_at",
            "'made://landing' as _source_uri",
            f"sha256({key}) as _row_hash",
            "'0' as _raw_hash",
        ]
        self.connection.execute(
            f"copy (select {', '.join([*columns, *loads])} from ({bound})) "
            f"to '{path}' (format parquet, compression zstd)"
        )
        (rows,) = self.connection.execute(f"select count(*) from read_parquet('{path}')").fetchone() or (0,)
        batch.update(load_id=load_id, rows=rows)
