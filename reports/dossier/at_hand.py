"""What the run of a communication had at hand: versions of design resources, by Exstream's own record of the run.

Here belong the question and its rows. At hand is not used: which of them a letter shows, the rules of its template
decide. A snapshot of before this was told, and a run of which nothing is recorded, tell nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.brand.words import link_strength
from reports.dossier.rows import Communication
from reports.earlier_snapshots import has
from reports.rows import read

TABLE = "marts.fct_run_resources"
RESOURCES_AT_MOST = 200
BESIDE_REPORT = {
    "version": "the report names this version",
    "asset": "the report names this asset; that it is this version is not known",
    "not_named": "the report does not name it",
}


@dataclass(frozen=True)
class RunResource:
    """One row per version of a design resource that the run had at hand, images first. Instants are UTC."""

    run_resource_key: str
    resource_id: str
    resource_name: str | None
    resource_type: str | None
    resource_version_number: int
    state_code: str | None
    approved_by_id: str | None
    is_state_of_run: bool | None
    last_modified_at: datetime | None
    run_started_at: datetime | None
    link_way_code: str | None
    link_evidence_strength: str | None
    evidence_strength: str
    asset_id: str | None
    asset_version_key: str | None
    public_id: str | None
    version_number: int | None
    beside_report: str | None

    @property
    def is_image(self) -> bool:
        """Whether it is an image of Design."""
        return self.resource_type == "image"

    @property
    def name(self) -> str:
        """Its name, or its id where it has none."""
        return self.resource_name or self.resource_id

    @property
    def strength(self) -> str:
        """The words of how closely it is known which asset it is."""
        return link_strength(self.link_evidence_strength)

    @property
    def beside_report_text(self) -> str:
        """What the report of the communication says of its asset."""
        return BESIDE_REPORT.get(self.beside_report or "", "nothing links it to an asset")


@dataclass(frozen=True)
class AtHand:
    """What a run had at hand: at most `RESOURCES_AT_MOST` resources, and how many there are."""

    resources: tuple[RunResource, ...] = ()
    resource_count: int = 0
    image_count: int = 0

    @property
    def images(self) -> tuple[RunResource, ...]:
        """The images among those that were read."""
        return tuple(one for one in self.resources if one.is_image)


def read_at_hand(cursor: duckdb.DuckDBPyConnection, communication: Communication) -> AtHand:
    """Return what the run of a communication had at hand, images first, in the order of their names."""
    if communication.flow_instance_id is None or not has(cursor, TABLE):
        return AtHand()
    of_run = [communication.domain_code, communication.flow_instance_id]
    ((resource_count, image_count),) = cursor.execute(
        "select count(*), count(*) filter (resource_type = 'image') from marts.fct_run_resources "
        "where domain_code = ? and flow_instance_id_exstream = ?",
        of_run,
    ).fetchall()
    if not resource_count:
        return AtHand()
    found = read(
        cursor,
        RunResource,
        """
        with
        reported as (
            select distinct asset_key, asset_version_key from marts.fct_asset_uses where communication_key = ?
        )
        select
            run_resource_key,
            resource_id_exstream as resource_id,
            resource_name,
            resource_type,
            resource_version_number,
            state_code,
            approved_by_id,
            is_state_of_run,
            last_modified_at,
            run_started_at,
            link_way_code,
            link_evidence_strength,
            evidence_strength,
            asset_id_cloudinary as asset_id,
            asset_version_key,
            public_id,
            version_number,
            case
                when asset_key is null then null
                when asset_version_key in (select asset_version_key from reported where asset_version_key is not null)
                    then 'version'
                when asset_key in (select asset_key from reported where asset_key is not null) then 'asset'
                else 'not_named'
            end as beside_report
        from marts.fct_run_resources
        where domain_code = ? and flow_instance_id_exstream = ?
        order by
            case when resource_type = 'image' then 0 else 1 end,
            resource_name nulls last,
            resource_id_exstream,
            resource_version_number
        limit ?
        """,
        [communication.communication_key, *of_run, RESOURCES_AT_MOST],
    )
    return AtHand(tuple(found), resource_count, image_count)
