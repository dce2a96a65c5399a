"""What the dossier and the asset page export: their rows, whole, as questions over the snapshot.

Here belong questions that only an export asks. They name no order where the rows lie in the snapshot in the order
wanted: a sort would hold all of them in memory. The exceptions' question shares their filters and stands with them.
"""

from __future__ import annotations

from typing import Literal

from reports.dossier.rows import Communication
from reports.exports.listing import Listing
from reports.where_used.rows import Asset

AssetRows = Literal["uses", "publications", "approvals"]

_USES = """
    select
        communication_id_exstream as communication_id,
        rendering_id_exstream as rendering_id,
        ordinal,
        asset_use_id,
        placeholder_name,
        binding,
        channel_code,
        segment_code,
        jurisdiction_code,
        asset_id_cloudinary as asset_id,
        public_id,
        version_number,
        etag,
        delivery_url,
        transformation,
        generated_at,
        verdict,
        verdict_reason,
        approver_id,
        approved_at,
        evidence_strength,
        evidence_grade,
        recorded_at,
        asset_use_key,
        communication_key,
        asset_version_key,
        approval_key,
        _log_index as log_index
    from marts.fct_asset_uses
"""

_OF_ASSET: dict[AssetRows, tuple[str, str]] = {
    "uses": ("One row per asset use: one asset version in one rendering.", f"{_USES} where asset_key = $asset"),
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
}


def dossier_listing(communication: Communication) -> Listing:
    """Return the asset uses of a communication, however many; by rendering and ordinal."""
    return Listing(
        name="communication-uses",
        grain="One row per asset use of the communication: one asset version in one rendering.",
        sql=f"""{_USES}
            where communication_key = $communication
            order by rendering_id_exstream, ordinal, asset_use_key
        """,
        parameters={"communication": communication.communication_key},
        filters={"communication_id": communication.communication_id, "domain": communication.domain_code},
    )


def asset_listing(asset: Asset, rows: AssetRows) -> Listing:
    """Return the uses, publications or approvals of an asset, all of them."""
    grain, sql = _OF_ASSET[rows]
    return Listing(f"asset-{rows}", grain, sql, {"asset": asset.asset_key}, {"asset_id": asset.asset_id})
