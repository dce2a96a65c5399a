"""What the dossier and the asset page export: their rows, whole, as questions over the snapshot.

Here belong questions that only an export asks. They name no order where the rows lie in the snapshot in the order
wanted: a sort would hold all of them in memory. The exceptions' question shares their filters and stands with them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import duckdb

from reports.dossier.at_hand import TABLE as RUN_RESOURCES
from reports.dossier.rows import Communication
from reports.earlier_snapshots import has
from reports.exports.listing import Listing
from reports.problems import BadQuestion
from reports.where_used.rows import Asset

AssetRows = Literal["uses", "publications", "approvals", "run_resources"]
DossierRows = Literal["uses", "run_resources"]
_AT_HAND = "run_resources"

_COLUMNS = """
        uses.communication_id_exstream as communication_id,
        uses.rendering_id_exstream as rendering_id,
        uses.ordinal,
        uses.asset_use_id,
        uses.placeholder_name,
        uses.binding,
        uses.channel_code,
        uses.segment_code,
        uses.jurisdiction_code,
        uses.asset_id_cloudinary as asset_id,
        uses.public_id,
        uses.version_number,
        uses.etag,
        uses.delivery_url,
        uses.transformation,
        uses.generated_at,
        uses.verdict,
        uses.verdict_reason,
        uses.approver_id,
        uses.approved_at,
        uses.evidence_strength,
        uses.evidence_grade,
        uses.recorded_at,
        uses.asset_use_key,
        uses.communication_key,
        uses.asset_version_key,
        uses.approval_key,
        uses._log_index as log_index
"""
_USES = f"select {_COLUMNS} from marts.fct_asset_uses as uses"  # noqa: S608 - a constant
_USES_WITH_EXPOSURES = f"""
    select
        {_COLUMNS},
        {{rests_on}}
        exposures.verdict as exposure_verdict,
        exposures.verdict_reason as exposure_verdict_reason,
        exposures.verdict_so_far as exposure_verdict_so_far,
        exposures.verdict_reason_so_far as exposure_verdict_reason_so_far,
        exposures.worst_at as exposure_worst_at,
        exposures.exposure_ends_at,
        exposures.evaluated_to as exposure_evaluated_to,
        exposures.is_open as exposure_is_open
    from marts.fct_asset_uses as uses
    left join marts.fct_exposures as exposures on exposures.asset_use_key = uses.asset_use_key
"""  # noqa: S608 - a constant
_WITH_STRETCHES = """
    select
        uses.*,
        stretches.covered_from,
        stretches.covered_to,
        stretches._first_log_index as first_claim_log_index,
        stretches._last_log_index as last_claim_log_index,
        stretches.coverage_key
    from ({}) as uses
    left join marts.fct_claim_stretches as stretches
        on stretches.system_code = 'cloudinary'
        and stretches.stream_name = 'notifications'
        and uses.generated_at >= stretches.covered_from
        and uses.generated_at + to_seconds($uncertainty) <= stretches.covered_to
"""

_RUN_RESOURCES = """
    select
        domain_code as domain,
        flow_instance_id_exstream as flow_instance_id,
        job_id_exstream as job_id,
        run_started_at,
        resource_id_exstream as resource_id,
        resource_name,
        resource_type,
        resource_version_number,
        state_code,
        approved_by_id,
        last_modified_at,
        is_state_of_run,
        evidence_strength,
        asset_id_cloudinary as asset_id,
        public_id,
        version_number,
        etag,
        link_way_code,
        link_evidence_strength,
        run_resource_key,
        asset_version_key,
        _log_index as log_index
    from marts.fct_run_resources
"""

_OF_ASSET: dict[AssetRows, tuple[str, str]] = {
    "uses": ("One row per asset use: one asset version in one rendering.", f"{_USES} where uses.asset_key = $asset"),
    "publications": (
        "One row per publication of the asset in a community; who withdrew nothing has no withdrawn_at.",
        """
        select
            publication_id_trading_grid as publication_id,
            community_id_trading_grid as community_id,
            region_code,
            language_code,
            version_number,
            etag,
            url,
            published_by_id,
            published_at,
            nullif(withdrawn_at, timestamptz '9999-12-31 00:00:00+00') as withdrawn_at,
            is_live,
            verdict_at_publication,
            verdict_now,
            verdict_reason,
            newest_approved_version_number,
            delivered_count,
            opened_count,
            acknowledged_count,
            _log_index as log_index
        from marts.fct_publications
        where asset_key = $asset
        order by published_at desc, publication_id_trading_grid
        """,
    ),
    "approvals": (
        "One row per approval of bytes of the asset; an open end is empty.",
        """
        select
            version_number,
            etag,
            approver_id,
            granted_at,
            nullif(ended_at, timestamptz '9999-12-31 00:00:00+00') as ended_at,
            ended_by,
            nullif(valid_from, timestamptz '1970-01-01 00:00:00+00') as valid_from,
            nullif(valid_to, timestamptz '9999-12-31 00:00:00+00') as valid_to,
            segments_list as segments,
            jurisdictions_list as jurisdictions,
            offers_list as offers,
            evidence_grade,
            approval_key,
            _log_index as log_index
        from marts.fct_approvals
        where asset_key = $asset
        order by granted_at desc, approval_key
        """,
    ),
    "run_resources": (
        "One row per run and version of an image of it that the run had at hand; no row says that a letter shows it.",
        f"""{_RUN_RESOURCES}
        where asset_key = $asset
        order by run_started_at desc nulls last, flow_instance_id, resource_id, run_resource_key
        """,
    ),
}
_RESTS_ON = """
        exposures.approval_key as exposure_approval_key,
        exposures.evidence_grade as exposure_evidence_grade,
"""


def dossier_listing(
    communication: Communication,
    uncertainty_seconds: int,
    *,
    with_exposures: bool,
    with_grades: bool,
    with_stretches: bool,
) -> Listing:
    """Return the asset uses of a communication, however many; by rendering and ordinal.

    `with_exposures`: the snapshot gives verdicts over exposure, which stand with the live links; `with_grades`: and
    their approvals and grades. `with_stretches`: it tells the stretches of claims; that which covers a use, and the
    clocks' uncertainty behind it, stands with it.
    """
    exposed = _USES_WITH_EXPOSURES.format(rests_on=_RESTS_ON if with_grades else "")
    uses = f"""{exposed if with_exposures else _USES}
        where uses.communication_key = $communication"""
    bound: dict[str, object] = {"communication": communication.communication_key}
    return Listing(
        name="communication-uses",
        grain="One row per asset use of the communication: one asset version in one rendering.",
        sql=f"""select * from ({_WITH_STRETCHES.format(uses) if with_stretches else uses})
            order by rendering_id, ordinal, asset_use_key
        """,  # noqa: S608 - constants
        parameters=bound | ({"uncertainty": uncertainty_seconds} if with_stretches else {}),
        filters={"communication_id": communication.communication_id, "domain": communication.domain_code},
    )


def at_hand_listing(cursor: duckdb.DuckDBPyConnection, communication: Communication) -> Listing:
    """Return what the run of a communication had at hand, all of it. Raises BadQuestion where no snapshot tells it."""
    _told_at_hand(cursor)
    return Listing(
        name="communication-run_resources",
        grain="One row per version of a design resource that the run had at hand; this letter need not show it.",
        sql=f"""{_RUN_RESOURCES}
            where domain_code = $domain and flow_instance_id_exstream = $run
            order by resource_id, resource_version_number
        """,
        parameters={"domain": communication.domain_code, "run": communication.flow_instance_id},
        filters={"communication_id": communication.communication_id, "domain": communication.domain_code},
    )


def rows_at_hand(cursor: duckdb.DuckDBPyConnection, rows: Sequence[str]) -> tuple[str, ...]:
    """Return which of the rows can be exported: what runs had at hand is not in snapshots of before it was told."""
    return tuple(each for each in rows if each != _AT_HAND or has(cursor, RUN_RESOURCES))


def _told_at_hand(cursor: duckdb.DuckDBPyConnection) -> None:
    if not has(cursor, RUN_RESOURCES):
        raise BadQuestion(
            tried="to list what runs had at hand",
            found="a snapshot of before this was told",
            expected=f"a snapshot with the table {RUN_RESOURCES}",
            remedy="ask a newer snapshot, or for other rows of this page",
        )


def asset_listing(cursor: duckdb.DuckDBPyConnection, asset: Asset, rows: AssetRows) -> Listing:
    """Return the uses, publications or approvals of an asset, or the runs that had it at hand, all of them.

    Raises BadQuestion for the runs where the snapshot does not tell them.
    """
    if rows == _AT_HAND:
        _told_at_hand(cursor)
    grain, sql = _OF_ASSET[rows]
    return Listing(f"asset-{rows}", grain, sql, {"asset": asset.asset_key}, {"asset_id": asset.asset_id})
