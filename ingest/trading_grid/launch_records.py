"""What a launch consists of in Trading Grid, as frozen typed records, one field per landed column.

Here belong launches, what they require, their discussion, and the tasks, flags and format requests around them (each
may also stand without a launch). Free text is masked. Not here: the other records (`records`, `partner_records`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ingest.strict import (
    JsonObject,
    canonical_json,
    integer_or_none,
    list_or_none,
    required_integer,
    required_text,
    text_or_none,
    wrong_type,
)
from ingest.trading_grid.context import Context, masked, masked_address


@dataclass(frozen=True, slots=True)
class Launch:
    """A launch: its instant, its communities and what it is for; key `launch_id`."""

    launch_id: str
    name: str
    community_ids: str | None
    product_line: str | None
    campaign: str | None
    status: str | None
    launch_at_raw: str
    readiness_due_at_raw: str | None
    updated_at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, _context: Context) -> Self:
        """Read one launch."""
        return cls(
            launch_id=required_text(item, "launch_id"),
            name=required_text(item, "name"),
            community_ids=_texts(item, "community_ids"),
            product_line=text_or_none(item, "product_line"),
            campaign=text_or_none(item, "campaign"),
            status=text_or_none(item, "status"),
            launch_at_raw=required_text(item, "launch_at_raw"),
            readiness_due_at_raw=text_or_none(item, "readiness_due_at_raw"),
            updated_at_raw=required_text(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class LaunchRequirement:
    """One asset, in one market and format, that a launch needs; key (`launch_id`, `ordinal`)."""

    launch_id: str
    ordinal: int
    community_id: str | None
    asset_id: str | None
    public_id: str | None
    asset_version: int | None
    asset_url: str | None
    description: str | None
    market: str | None
    language: str | None
    format: str | None
    status: str | None
    due_at_raw: str | None
    updated_at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one requirement; identifiers in its description are masked."""
        return cls(
            launch_id=required_text(item, "launch_id"),
            ordinal=required_integer(item, "ordinal"),
            community_id=text_or_none(item, "community_id"),
            asset_id=text_or_none(item, "asset_id"),
            public_id=text_or_none(item, "public_id"),
            asset_version=integer_or_none(item, "asset_version"),
            asset_url=masked_address(item, "asset_url", context),
            description=masked(item, "description", context),
            market=text_or_none(item, "market"),
            language=text_or_none(item, "language"),
            format=text_or_none(item, "format"),
            status=text_or_none(item, "status"),
            due_at_raw=text_or_none(item, "due_at_raw"),
            updated_at_raw=required_text(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class LaunchMessage:
    """One message in a launch's discussion; key `message_id`."""

    message_id: str
    launch_id: str
    author: str | None
    author_role: str | None
    posted_at_raw: str
    body: str | None
    correlation_id: str | None

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one message; identifiers in its text are masked."""
        return cls(
            message_id=required_text(item, "message_id"),
            launch_id=required_text(item, "launch_id"),
            author=text_or_none(item, "author"),
            author_role=text_or_none(item, "author_role"),
            posted_at_raw=required_text(item, "posted_at_raw"),
            body=masked(item, "body", context),
            correlation_id=text_or_none(item, "correlation_id"),
        )


@dataclass(frozen=True, slots=True)
class Task:
    """A task, before a launch or of its own, with or without a partner who has to do it; key `task_id`."""

    task_id: str
    launch_id: str | None
    community_id: str | None
    partner_id: str | None
    kind: str
    text: str | None
    status: str
    created_at_raw: str
    due_at_raw: str | None
    done_at_raw: str | None
    updated_at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one task; identifiers in its text are masked."""
        return cls(
            task_id=required_text(item, "task_id"),
            launch_id=text_or_none(item, "launch_id"),
            community_id=text_or_none(item, "community_id"),
            partner_id=text_or_none(item, "partner_id"),
            kind=required_text(item, "kind"),
            text=masked(item, "text", context),
            status=required_text(item, "status"),
            created_at_raw=required_text(item, "created_at_raw"),
            due_at_raw=text_or_none(item, "due_at_raw"),
            done_at_raw=text_or_none(item, "done_at_raw"),
            updated_at_raw=required_text(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class Flag:
    """A partner says that content is missing or wrong; key `flag_id`."""

    flag_id: str
    launch_id: str | None
    requirement_ordinal: int | None
    community_id: str | None
    partner_id: str
    asset_id: str | None
    public_id: str | None
    asset_version: int | None
    asset_url: str | None
    text: str | None
    status: str
    raised_at_raw: str
    due_at_raw: str | None
    resolved_at_raw: str | None
    updated_at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one flag; identifiers in its text are masked."""
        return cls(
            flag_id=required_text(item, "flag_id"),
            launch_id=text_or_none(item, "launch_id"),
            requirement_ordinal=integer_or_none(item, "requirement_ordinal"),
            community_id=text_or_none(item, "community_id"),
            partner_id=required_text(item, "partner_id"),
            asset_id=text_or_none(item, "asset_id"),
            public_id=text_or_none(item, "public_id"),
            asset_version=integer_or_none(item, "asset_version"),
            asset_url=masked_address(item, "asset_url", context),
            text=masked(item, "text", context),
            status=required_text(item, "status"),
            raised_at_raw=required_text(item, "raised_at_raw"),
            due_at_raw=text_or_none(item, "due_at_raw"),
            resolved_at_raw=text_or_none(item, "resolved_at_raw"),
            updated_at_raw=required_text(item, "updated_at_raw"),
        )


@dataclass(frozen=True, slots=True)
class FormatRequest:
    """A partner asks for an asset in another format; key `format_request_id`."""

    format_request_id: str
    launch_id: str | None
    community_id: str | None
    partner_id: str
    publication_id: str | None
    asset_id: str | None
    public_id: str | None
    asset_version: int | None
    asset_url: str | None
    requested_format: str
    text: str | None
    status: str
    requested_at_raw: str
    due_at_raw: str | None
    answered_at_raw: str | None
    answer_publication_id: str | None
    updated_at_raw: str

    @classmethod
    def from_response(cls, item: JsonObject, context: Context) -> Self:
        """Read one request; identifiers in its text are masked."""
        return cls(
            format_request_id=required_text(item, "format_request_id"),
            launch_id=text_or_none(item, "launch_id"),
            community_id=text_or_none(item, "community_id"),
            partner_id=required_text(item, "partner_id"),
            publication_id=text_or_none(item, "publication_id"),
            asset_id=text_or_none(item, "asset_id"),
            public_id=text_or_none(item, "public_id"),
            asset_version=integer_or_none(item, "asset_version"),
            asset_url=masked_address(item, "asset_url", context),
            requested_format=required_text(item, "requested_format"),
            text=masked(item, "text", context),
            status=required_text(item, "status"),
            requested_at_raw=required_text(item, "requested_at_raw"),
            due_at_raw=text_or_none(item, "due_at_raw"),
            answered_at_raw=text_or_none(item, "answered_at_raw"),
            answer_publication_id=text_or_none(item, "answer_publication_id"),
            updated_at_raw=required_text(item, "updated_at_raw"),
        )


def _texts(item: JsonObject, name: str) -> str | None:
    """A list of texts as JSON, sorted; a single text (an export in columns) is a list of one."""
    value = item.get(name)
    texts = [value] if isinstance(value, str) else list_or_none(item, name)
    if texts is None:
        return None
    if any(not isinstance(text, str) for text in texts):
        raise wrong_type(name, texts, "a list of texts")
    return canonical_json(sorted(map(str, texts)))
