"""The questions about live links after composition: the verdict over their exposure, and what they served.

Here belong the queries, and putting their rows together. The rows are `rows`, the sentences `words`; how an approval
stands to what was served is `records`.
"""

from __future__ import annotations

from datetime import datetime

import duckdb

from reports.dossier.evidence import USES_AT_MOST, of_keys
from reports.dossier.rows import Communication, Dossier
from reports.earlier_snapshots import has
from reports.exposure.records import served_by
from reports.exposure.rows import Exposure, LinkVerdict, LiveVersion
from reports.remembered import read_once
from reports.rows import from_structs, read, read_entries


@read_once
def has_exposures(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether a snapshot gives verdicts over exposure; older ones do not."""
    try:
        cursor.execute("select 1 from marts.fct_exposures limit 0")
    except duckdb.CatalogException:
        return False
    return True


def read_exposure(cursor: duckdb.DuckDBPyConnection, dossier: Dossier, until: datetime | None) -> Exposure:
    """Return the exposure of the live links of a dossier, with what each served.

    What is served still is asked about up to `until`, where the data ends.
    """
    links = [finding.use for finding in dossier.findings if finding.use.binding == "live_url"]
    if not links:
        return Exposure(0, {}, {})
    is_judged = has_exposures(cursor)
    shown = {use.asset_use_key for use in links}
    verdicts = _read_verdicts(cursor, dossier.communication) if is_judged else []
    versions = (_read_judged if is_judged else _read_recorded)(cursor, dossier.communication)
    found: dict[str, list[LiveVersion]] = {}
    for version in versions:
        if version.asset_use_key in shown:
            found.setdefault(version.asset_use_key, []).append(version)
    approvals = {finding.use.asset_use_key: finding.known_approvals for finding in dossier.findings}
    composed = {finding.use.asset_use_key: finding.use.etag for finding in dossier.findings}
    judged = {link.asset_use_key: link for link in verdicts if link.asset_use_key in shown}
    ends = {key: link.evaluated_to or until for key, link in judged.items()}
    served = {
        key: tuple(served_by(one, composed.get(key), approvals.get(key, ()), ends.get(key, until)) for one in mine)
        for key, mine in found.items()
    }
    return Exposure(len(links), served, judged)


def _read_verdicts(cursor: duckdb.DuckDBPyConnection, communication: Communication) -> list[LinkVerdict]:
    """Return the verdict over the exposure of each link; the number of its worst version is found by its key."""
    links = read_entries(
        cursor,
        """
        select
            asset_use_key,
            exposure_days,
            cdn_uncertainty_seconds,
            generated_at,
            exposure_ends_at,
            evaluated_to,
            is_open,
            verdict,
            verdict_reason,
            verdict_so_far,
            verdict_reason_so_far,
            worst_at,
            worst_asset_version_key,
            is_worse_after_composition
        from marts.fct_exposures
        where communication_key = ?
        order by asset_use_id
        limit ?
        """,
        [communication.communication_key, USES_AT_MOST],
    )
    worst = [link.pop("worst_asset_version_key") for link in links]
    question = "select asset_version_key, version_number from marts.dim_asset_versions"
    found = of_keys(cursor, question, "asset_version_key", {str(key) for key in worst if key})
    numbers = {version["asset_version_key"]: version["version_number"] for version in found}
    numbered = [link | {"worst_version_number": numbers.get(key)} for link, key in zip(links, worst, strict=True)]
    return list(from_structs(LinkVerdict, numbered))


def tells_grades(cursor: duckdb.DuckDBPyConnection) -> bool:
    """Tell whether a snapshot tells the approval and the grade of evidence of what was served; older ones do not."""
    return has(cursor, "marts.fct_exposure_versions", "evidence_grade")


def _read_judged(cursor: duckdb.DuckDBPyConnection, communication: Communication) -> list[LiveVersion]:
    rests_on = "versions.approval_key, versions.evidence_grade," if tells_grades(cursor) else ""
    return read(
        cursor,
        LiveVersion,
        f"""
        select
            {rests_on}
            versions.asset_use_key,
            versions.version_number,
            versions.etag,
            case
                when versions.is_by_edge_only then versions.served_from
                else greatest(versions.served_from, links.generated_at)
            end as served_from,
            versions.served_to,
            versions.possibly_served_to,
            versions.is_by_edge_only,
            versions.verdict,
            versions.verdict_reason,
            versions.verdict_at
        from marts.fct_exposure_versions as versions
        inner join marts.fct_exposures as links on links.asset_use_key = versions.asset_use_key
        where versions.communication_key = ? and links.communication_key = ?
        order by versions.asset_use_key, versions.served_from, versions.version_number, versions.etag
        """,  # noqa: S608 - only columns of ours are written into the text
        [communication.communication_key, communication.communication_key],
    )


def _read_recorded(cursor: duckdb.DuckDBPyConnection, communication: Communication) -> list[LiveVersion]:
    """Return what the links of an older snapshot served, by the versions of their assets, up to where the data ends."""
    return read(
        cursor,
        LiveVersion,
        """
        with links as (
            select asset_use_key, asset_key, generated_at
            from marts.fct_asset_uses
            where communication_id_exstream = ? and communication_key = ?
                and binding = 'live_url' and asset_key is not null and generated_at is not null
            order by rendering_id_exstream, ordinal
            limit ?
        )
        select
            links.asset_use_key,
            versions.version_number,
            versions.etag,
            greatest(versions.live_from, links.generated_at) as served_from,
            versions.live_to as served_to
        from links
        inner join marts.dim_asset_versions as versions
            on versions.asset_key = links.asset_key and versions.live_to > links.generated_at
        order by links.asset_use_key, served_from, versions.version_number
        """,
        [communication.communication_id, communication.communication_key, USES_AT_MOST],
    )
