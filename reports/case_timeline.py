"""The case timeline: from a partner's report to the corrected version's link in the thread.

Here belong the questions of that page and how its events are put in order. Whether a case counts as corrected and
as answered is the warehouse's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import duckdb

from reports.rows import read, read_one
from reports.text import instant, web_address
from reports.words import VerdictWords, verdict_words

APPROVALS = ("cloudinary", "notifications")
NEEDED = (("trading_grid", "cases"), ("trading_grid", "thread_messages"), APPROVALS)
EVENTS_AT_MOST = 500
BEGINNING = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Case:
    """One row per case. Instants are UTC."""

    case_key: str
    case_id: str
    community_id: str | None
    community_name: str | None
    partner_id: str | None
    partner_name: str | None
    asset_key: str | None
    asset_id: str | None
    public_id: str | None
    reported_version_number: int | None
    reported_asset_version_key: str | None
    status: str
    category: str | None
    subject: str | None
    verdict_at_opening: str
    verdict_reason_at_opening: str
    opened_at: datetime | None
    updated_at: datetime | None
    corrected_asset_version_key: str | None
    corrected_version_number: int | None
    corrected_at: datetime | None
    answered_at: datetime | None
    answered_version_number: int | None
    is_corrected: bool
    is_answered: bool
    closed_at: datetime | None
    log_index: int | None

    @property
    def words_at_opening(self) -> VerdictWords:
        """The words of how the reported version stood when the case was opened."""
        return verdict_words(self.verdict_at_opening)

    @property
    def time_to_fix(self) -> timedelta | None:
        """From the report to the answer that carries the corrected version; None where there is none."""
        if not (self.is_answered and self.answered_at and self.opened_at):
            return None
        return self.answered_at - self.opened_at

    @property
    def is_waiting(self) -> bool:
        """Tell whether the asset was corrected and the partner does not have the link yet."""
        return self.is_corrected and not self.is_answered


@dataclass(frozen=True)
class CaseVersion:
    """One of the two versions of a case, with its approval where there is one."""

    asset_version_key: str
    version_number: int | None
    etag: str
    format_code: str | None
    size_bytes: int | None
    width_px: int | None
    height_px: int | None
    uploaded_by_id: str | None
    live_from: datetime
    live_to: datetime | None
    approver_id: str | None
    granted_at: datetime | None
    ended_at: datetime | None
    valid_from: datetime | None
    valid_to: datetime | None
    log_index: int | None


@dataclass(frozen=True)
class Message:
    """One row per message of the thread, with the reference to an asset that it links."""

    message_id: str
    author_name: str | None
    author_role: str | None
    body: str | None
    linked_url: str | None
    linked_public_id: str | None
    linked_version_number: int | None
    correlation_id: str | None
    posted_at: datetime | None

    @property
    def link(self) -> str | None:
        """The linked address, where it is one that a page may link to."""
        return web_address(self.linked_url)


@dataclass(frozen=True)
class Event:
    """One step of the timeline. A message's own words stand in `message`."""

    at: datetime | None
    kind: Literal["opened", "uploaded", "approved", "partner", "team", "answered", "closed"]
    text: str
    message: Message | None = None


@dataclass(frozen=True)
class CasePage:
    """The page: the case, both versions, and what happened in order."""

    case: Case
    reported: CaseVersion | None
    corrected: CaseVersion | None
    messages: tuple[Message, ...]
    events: tuple[Event, ...]


def read_case(cursor: duckdb.DuckDBPyConnection, case_id: str) -> Case | None:
    """Return the case of that Trading Grid id, or None."""
    return read_one(
        cursor,
        Case,
        """
        select
            case_key,
            case_id_trading_grid as case_id,
            community_id_trading_grid as community_id,
            community_name,
            partner_id_trading_grid as partner_id,
            partner_name,
            asset_key,
            asset_id_cloudinary as asset_id,
            public_id,
            reported_version_number,
            reported_asset_version_key,
            status,
            category,
            subject,
            verdict_at_opening,
            verdict_reason_at_opening,
            opened_at,
            updated_at,
            corrected_asset_version_key,
            corrected_version_number,
            corrected_at,
            answered_at,
            answered_version_number,
            is_corrected,
            is_answered,
            closed_at,
            _log_index as log_index
        from reports.rpt_cases
        where case_id_trading_grid = ?
        """,
        [case_id],
    )


def read_case_page(cursor: duckdb.DuckDBPyConnection, case: Case) -> CasePage:
    """Return the page of one case."""
    reported = _version(cursor, case.reported_asset_version_key, case)
    corrected = _version(cursor, case.corrected_asset_version_key, case)
    messages = tuple(_messages(cursor, case))
    return CasePage(case, reported, corrected, messages, timeline(case, corrected, messages))


def timeline(case: Case, corrected: CaseVersion | None, messages: tuple[Message, ...]) -> tuple[Event, ...]:
    """Return what happened in order of time; at one instant: the report, upload, approval, messages, then the closing.

    What has no readable instant stands last.
    """
    reference = case.public_id or case.asset_id or "an asset that is not named"
    events = [Event(case.opened_at, "opened", f"Case opened about {reference}")]
    if corrected is not None:
        by = f" by {corrected.uploaded_by_id}" if corrected.uploaded_by_id else ""
        events.append(Event(corrected.live_from, "uploaded", f"Version {corrected.version_number} uploaded{by}"))
        if corrected.granted_at is not None:
            approver = corrected.approver_id or "someone not recorded"
            text = f"Version {corrected.version_number} approved by {approver}"
            events.append(Event(corrected.granted_at, "approved", text))
    events.extend(_message_event(case, message) for message in messages)
    if case.closed_at is not None:
        events.append(Event(case.closed_at, "closed", "Case closed, then or before"))
    return tuple(sorted(events, key=lambda event: (event.at is None, event.at or BEGINNING)))


def _message_event(case: Case, message: Message) -> Event:
    if message.author_role != "team":
        return Event(message.posted_at, "partner", "Message from the partner", message)
    if case.is_answered and message.posted_at == case.answered_at:
        return Event(message.posted_at, "answered", "Answered with the corrected version's link", message)
    return Event(message.posted_at, "team", "Message from the team", message)


def outcome(case: Case, known_until: datetime | None) -> str:
    """Return one sentence that says how the case stands.

    `known_until` is the end of the unbroken period, from the opening of the case on, in which Cloudinary's records
    are complete; None where they do not cover the opening. A closed case stays as it was when it was closed.
    """
    if case.is_answered:
        return f"Answered on {instant(case.answered_at)} UTC with the link of version {case.answered_version_number}."
    if case.is_corrected:
        return (
            f"Version {case.corrected_version_number} corrects the asset since {instant(case.corrected_at)} UTC, "
            "and its link has not been posted to the thread."
        )
    if case.asset_key is None:
        return "The case names no asset that is known, so that no correction of it can be found."
    if known_until is None:
        return (
            "Whether a corrected version has been approved is not known: "
            "Cloudinary's records do not cover the time from the opening of the case on."
        )
    is_closed_within = case.closed_at is not None and case.closed_at <= known_until
    moment, words = (
        (case.closed_at, "when it was closed; later approvals do not correct a closed case")
        if is_closed_within
        else (known_until, "where the complete records end")
    )
    return (
        "No newer version that was approved since the report was in force for its community on "
        f"{instant(moment)} UTC, {words}."
    )


def _version(cursor: duckdb.DuckDBPyConnection, asset_version_key: str | None, case: Case) -> CaseVersion | None:
    """Return a version with its newest approval, or None where the case names none that is known."""
    if asset_version_key is None:
        return None
    return read_one(
        cursor,
        CaseVersion,
        """
        select
            versions.asset_version_key,
            versions.version_number,
            versions.etag,
            format_code,
            size_bytes,
            width_px,
            height_px,
            uploaded_by_id,
            live_from,
            live_to,
            approver_id,
            granted_at,
            ended_at,
            valid_from,
            valid_to,
            versions._log_index as log_index
        from marts.dim_asset_versions as versions
        left join marts.fct_approvals as approvals
            on approvals.asset_version_key = versions.asset_version_key and approvals.asset_key = $asset
        where versions.asset_version_key = $version and versions.asset_key is not distinct from $asset
        order by granted_at desc nulls last, approval_key
        limit 1
        """,
        {"version": asset_version_key, "asset": case.asset_key},
    )


def _messages(cursor: duckdb.DuckDBPyConnection, case: Case) -> list[Message]:
    return read(
        cursor,
        Message,
        """
        select
            message_id_trading_grid as message_id,
            author_name,
            author_role,
            body,
            linked_url,
            linked_public_id,
            linked_version_number,
            correlation_id,
            posted_at
        from marts.fct_case_messages
        where case_key = ?
        order by posted_at, message_id_trading_grid
        limit ?
        """,
        [case.case_key, EVENTS_AT_MOST],
    )
