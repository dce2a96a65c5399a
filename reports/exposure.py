"""What the live links of a communication have served since it was composed, and how these bytes were approved.

Here belong the question and its plain sentences. It tells records, and gives no verdict: how long a link counts as
exposed is a rule that the warehouse does not have yet, so that no page may act as if it had. An address serves the
newest bytes of its asset, whatever version it names; instants are UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb

from reports.dossier.questions import USES_AT_MOST
from reports.dossier.rows import Communication, Dossier, KnownApproval
from reports.rows import read
from reports.text import instant


@dataclass(frozen=True)
class LiveVersion:
    """One row per live link and version that was live behind it from composition on."""

    asset_use_key: str
    version_number: int | None
    etag: str | None
    served_from: datetime
    served_to: datetime | None


@dataclass(frozen=True)
class Served:
    """One version that a live link served after composition; `served_to` None: it still does, as far as is known.

    `is_other`: not the bytes of composition, None where these are not known. `is_approved`: by recorded approvals, all
    of that time as far as the data reaches; None: for a part of it. `approval_text` says by whom and when.
    """

    version_number: int | None
    etag: str | None
    served_from: datetime
    served_to: datetime | None
    is_other: bool | None
    is_approved: bool | None
    approval_text: str


@dataclass(frozen=True)
class Exposure:
    """What each live link has served since, by the key of its use; `link_count`: how many live links there are."""

    link_count: int
    served: dict[str, tuple[Served, ...]]

    @property
    def changed_count(self) -> int:
        """How many live links have served other bytes than those of composition."""
        return sum(any(each.is_other is True for each in served) for served in self.served.values())

    @property
    def unapproved_count(self) -> int:
        """How many live links have served bytes without a recorded approval, for some of the time at least."""
        return sum(any(each.is_approved is not True for each in served) for served in self.served.values())

    @property
    def unknown_count(self) -> int:
        """How many live links cannot be told of: no version of their asset is recorded for the time since."""
        return self.link_count - len(self.served)


def read_exposure(cursor: duckdb.DuckDBPyConnection, dossier: Dossier, until: datetime | None) -> Exposure:
    """Return what the live links of a dossier have served since composition, as far as the records tell.

    What is served still is asked about up to `until`, where the data ends.
    """
    links = [finding.use for finding in dossier.findings if finding.use.binding == "live_url"]
    found: dict[str, list[LiveVersion]] = {}
    for version in _read_versions(cursor, dossier.communication) if links else ():
        found.setdefault(version.asset_use_key, []).append(version)
    approvals = {finding.use.asset_use_key: finding.known_approvals for finding in dossier.findings}
    composed = {finding.use.asset_use_key: finding.use.etag for finding in dossier.findings}
    served = {
        key: tuple(served_by(version, composed.get(key), approvals.get(key, ()), until) for version in versions)
        for key, versions in found.items()
    }
    return Exposure(len(links), served)


def served_by(
    version: LiveVersion, composed_etag: str | None, approvals: Sequence[KnownApproval], until: datetime | None
) -> Served:
    """Return what is told of one version that was served, by the approvals of its asset."""
    mine = [
        approval
        for approval in approvals
        if approval.etag == version.etag and approval.version_number in (None, version.version_number)
    ]
    end = version.served_to or until
    in_force = [(approval, *_in_force(approval)) for approval in mine]
    overlapping = [
        (approval, begins, ends)
        for approval, begins, ends in in_force
        if (end is None or begins < end) and (ends is None or ends > version.served_from)
    ]
    whole = [
        (approval, begins, ends)
        for approval, begins, ends in overlapping
        if begins <= version.served_from and (ends is None or (end is not None and ends >= end))
    ]
    is_approved = True if whole else None if overlapping else False
    return Served(
        version_number=version.version_number,
        etag=version.etag,
        served_from=version.served_from,
        served_to=version.served_to,
        is_other=None if composed_etag is None or version.etag is None else version.etag != composed_etag,
        is_approved=is_approved,
        approval_text=_words(is_approved, whole or overlapping),
    )


def _words(is_approved: bool | None, approvals: Sequence[tuple[KnownApproval, datetime, datetime | None]]) -> str:
    if not approvals:
        return "No approval of these bytes is recorded for this time."
    told = "; ".join(
        f"{approval.approver_id or 'someone not recorded'}, in force {instant(begins)} to {instant(ends, 'no end')}"
        for approval, begins, ends in approvals
    )
    return f"Approved all of this time: {told}." if is_approved else f"Approved for a part of this time only: {told}."


def _in_force(approval: KnownApproval) -> tuple[datetime, datetime | None]:
    ends = [end for end in (approval.ended_at, approval.valid_to) if end is not None]
    begins = [begin for begin in (approval.granted_at, approval.valid_from) if begin is not None]
    return max(begins), min(ends, default=None)


def _read_versions(cursor: duckdb.DuckDBPyConnection, communication: Communication) -> list[LiveVersion]:
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
