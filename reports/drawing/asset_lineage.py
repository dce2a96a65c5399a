"""Lineage of one asset in columns: its approvals, its versions, and what used or holds each of them.

Here belongs which boxes and lines there are; where they stand is `lineage`.
"""

from __future__ import annotations

from collections.abc import Sequence

from reports.drawing.lineage import TITLE_LENGTH, Box, Lineage, in_columns
from reports.reach import Holding
from reports.text import count_of, instant, short
from reports.where_used.rows import Approval, Version

COLUMNS = ("Approval", "Asset version", "Used or held by")
CHAINS_AT_MOST = 24
_GRAINS = {"channel": "asset use", "community": "live publication", "template": "image"}


def asset_lineage(
    versions: Sequence[Version], approvals: Sequence[Approval], holdings: Sequence[Holding]
) -> Lineage | None:
    """Return the lineage of what used or holds the asset, the newest versions first; None where nothing does."""
    known = {version.asset_version_key: version for version in versions}
    newest: dict[str | None, Approval] = {}
    for approval in approvals:
        newest.setdefault(approval.asset_version_key, approval)
    chains = [
        [
            _approval_box(newest.get(holding.asset_version_key), holding.asset_version_key),
            _version_box(known.get(holding.asset_version_key or ""), holding),
            Box(
                f"h:{holding.place_type}:{holding.place}:{holding.asset_version_key}",
                short(holding.place, TITLE_LENGTH),
                count_of(holding.held_count, _GRAINS.get(holding.place_type, holding.place_type)),
            ),
        ]
        for holding in holdings[:CHAINS_AT_MOST]
    ]
    return in_columns(chains, COLUMNS, leading=2)


def _version_box(version: Version | None, holding: Holding) -> Box:
    if version is None:
        return Box(
            f"v?:{holding.version_number}",
            "version not certain",
            f"{holding.version_number or 'none named'}",
            "missing",
        )
    detail = "current" if version.is_current else f"until {instant(version.live_to)[:16]}"
    return Box(f"v:{version.asset_version_key}", f"version {version.version_number}", detail)


def _approval_box(approval: Approval | None, version_key: str | None) -> Box:
    if approval is None:
        return Box(f"a?:{version_key}", "no approval", "of these bytes", "missing")
    approver = short(approval.approver_id or "approver unknown", TITLE_LENGTH)
    return Box(f"a:{approval.approval_key}", approver, instant(approval.granted_at))
