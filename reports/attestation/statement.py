"""What is stated of a period by one snapshot: scope, completeness, counts, and every exception that is open.

Here belong the questions and the exact text that a person signs: canonical JSON, so that the same statement has the
same bytes and hash wherever it is made. Signing is `corrections.attestation`; how it looks is `pages`.
Which period something belongs to: a communication by the instant when it was generated, a publication by when it was
published, an exception by when it occurred. A standing exception belongs to the period in which it began.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import duckdb

from assettrail.errors import EvidenceBroken
from evidence.leaves import canonical_json
from reports.attestation.periods import Period
from reports.completeness import StreamCoverage
from reports.remembered import relation
from reports.rows import read, read_number
from reports.text import iso

FORMAT: Final = "assettrail period statement 1"
DispositionsOf = Callable[[Collection[str]], Mapping[str, str]]


@dataclass(frozen=True)
class Scope:
    """What a statement is about: a period, and the jurisdictions it is limited to (None: all, and what has none)."""

    period: Period
    jurisdictions: tuple[str, ...] | None = None

    @property
    def bound(self) -> dict[str, object]:
        """The parameters of every question."""
        limited = None if self.jurisdictions is None else list(self.jurisdictions)
        return {"starts_at": self.period.starts_at, "ends_at": self.period.ends_at, "jurisdictions": limited}


@dataclass(frozen=True)
class Basis:
    """The snapshot that a statement rests on: its name, the end of its data (UTC), and the state of the log it read."""

    snapshot_name: str
    data_until: datetime | None
    log_size: int
    log_root: str

    @classmethod
    def of(cls, name: str, manifest: Mapping[str, Any], data_until: datetime | None) -> Basis:
        """Return the basis that a snapshot's manifest tells."""
        log = manifest.get("log") or {}
        return cls(name, data_until, int(log.get("size", 0)), str(log.get("root_hash", "")))


@dataclass(frozen=True)
class VerdictCount:
    """How many have one verdict."""

    verdict: str
    count: int


@dataclass(frozen=True)
class StreamStatement:
    """One stream: whether complete, accepted claims cover the whole period, and what stands beside them.

    `covered_until` is the end of what they cover of it without a gap, None where that is nothing.
    """

    system: str
    stream: str
    is_covered: bool
    covered_until: datetime | None
    held_count: int
    quarantined_count: int


@dataclass(frozen=True)
class OpenException:
    """One exception of the period that no disposition has closed; what a person has said about it stands beside."""

    exception_key: str
    control_name: str
    subject_type: str
    subject_id: str
    verdict: str | None
    is_standing: bool
    occurred_at: datetime | None
    disposition: str | None = None


@dataclass(frozen=True)
class Statement:
    """All that is stated of a scope by one snapshot; rows in the order of their keys."""

    scope: Scope
    basis: Basis
    communication_count: int
    asset_uses: tuple[VerdictCount, ...]
    publications: tuple[VerdictCount, ...]
    streams: tuple[StreamStatement, ...]
    exceptions: tuple[OpenException, ...]
    unplaced_exception_count: int

    @property
    def asset_use_count(self) -> int:
        """How many asset uses the communications of the period have."""
        return sum(row.count for row in self.asset_uses)

    @property
    def is_complete(self) -> bool:
        """Whether claims cover the whole period for every stream, and nothing of it is held or in quarantine."""
        return bool(self.streams) and all(
            row.is_covered and not (row.held_count or row.quarantined_count) for row in self.streams
        )

    @property
    def gaps(self) -> tuple[StreamStatement, ...]:
        """The streams of which the statement does not know the whole period."""
        return tuple(row for row in self.streams if not row.is_covered or row.held_count or row.quarantined_count)

    @property
    def text(self) -> bytes:
        """The exact bytes that are signed."""
        return canonical_json(_document(self))


def read_statement(
    cursor: duckdb.DuckDBPyConnection,
    scope: Scope,
    basis: Basis,
    coverage: Sequence[StreamCoverage],
    dispositions_of: DispositionsOf,
) -> Statement:
    """Return what a snapshot states of a scope.

    `dispositions_of` gives, by exception key, what a person has said of an exception that stays open with it.
    """
    exceptions = read(cursor, OpenException, _EXCEPTIONS, scope.bound)
    dispositions = dispositions_of([row.exception_key for row in exceptions])
    return Statement(
        scope=scope,
        basis=basis,
        communication_count=read_number(cursor, _communications(relation(cursor, "communication_days")), scope.bound),
        asset_uses=tuple(read(cursor, VerdictCount, _asset_uses(relation(cursor, "use_days")), scope.bound)),
        publications=tuple(read(cursor, VerdictCount, _PUBLICATIONS, scope.bound)),
        streams=tuple(_stream(cover, scope.period) for cover in coverage),
        exceptions=tuple(replace(row, disposition=dispositions.get(row.exception_key)) for row in exceptions),
        unplaced_exception_count=read_number(cursor, _UNPLACED, scope.bound),
    )


_PUBLICATIONS = """
    select verdict_at_publication as verdict, count(*) as count from marts.fct_publications
    where
        published_at >= $starts_at and published_at < $ends_at
        and ($jurisdictions is null or list_contains(cast($jurisdictions as varchar[]), region_code))
    group by verdict_at_publication order by verdict_at_publication
"""
_EXCEPTIONS = """
    select exception_key, control_name, subject_type, subject_id, verdict, is_standing, occurred_at
    from reports.rpt_exceptions
    where
        occurred_at >= $starts_at and occurred_at < $ends_at
        and ($jurisdictions is null or list_contains(cast($jurisdictions as varchar[]), jurisdiction_code))
    order by exception_key
"""
_UNPLACED = """
    select count(*) from reports.rpt_exceptions
    where
        occurred_at >= $starts_at and occurred_at < $ends_at
        and $jurisdictions is not null and jurisdiction_code is null
"""


def _communications(days: str) -> str:
    """Return the question for communications; a period is made of whole days in UTC, as the rows are."""
    return f"""
        select sum(communication_count) from {days}
        where
            day_from >= $starts_at and day_from < $ends_at
            and ($jurisdictions is null or list_contains(cast($jurisdictions as varchar[]), jurisdiction_code))
    """  # noqa: S608 - a relation of ours


def _asset_uses(days: str) -> str:
    return f"""
        select verdict, cast(sum(asset_use_count) as bigint) as count from {days}
        where
            day_from >= $starts_at and day_from < $ends_at
            and ($jurisdictions is null or list_contains(cast($jurisdictions as varchar[]), jurisdiction_code))
        group by verdict order by verdict
    """  # noqa: S608 - a relation of ours


def _stream(cover: StreamCoverage, period: Period) -> StreamStatement:
    """Return what one stream's claims cover of a period."""
    until = cover.covered_until(period.starts_at)
    return StreamStatement(
        system=cover.system,
        stream=cover.stream,
        is_covered=until is not None and until >= period.ends_at,
        covered_until=until,
        held_count=cover.held_count,
        quarantined_count=cover.quarantined_count,
    )


def _document(statement: Statement) -> dict[str, Any]:
    scope, basis = statement.scope, statement.basis
    return {
        "format": FORMAT,
        "period": {"from": iso(scope.period.starts_at), "until": iso(scope.period.ends_at)},
        "jurisdictions": None if scope.jurisdictions is None else list(scope.jurisdictions),
        "snapshot": {
            "name": basis.snapshot_name,
            "data_until": _instant(basis.data_until),
            "log_size": basis.log_size,
            "log_root": basis.log_root,
        },
        "communications": statement.communication_count,
        "asset_uses": {row.verdict: row.count for row in statement.asset_uses},
        "publications": {row.verdict: row.count for row in statement.publications},
        "streams": [vars(row) | {"covered_until": _instant(row.covered_until)} for row in statement.streams],
        "exceptions": [vars(row) | {"occurred_at": _instant(row.occurred_at)} for row in statement.exceptions],
        "exceptions_without_jurisdiction": statement.unplaced_exception_count,
    }


def _instant(value: datetime | None) -> str | None:
    return None if value is None else iso(value)


def from_text(text: bytes) -> Statement:
    """Return the statement whose exact text this is. Raises EvidenceBroken when it is none of this format."""
    try:
        document = json.loads(text)
        if document["format"] != FORMAT or canonical_json(document) != text:
            raise _unreadable("another format, or text that is not canonical")
        return _statement(document)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _unreadable(f"{type(error).__name__}: {error}") from error


def _unreadable(found: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried="to read the text of a signed statement",
        found=found,
        expected=f"canonical JSON of the format {FORMAT!r}",
        remedy="compare its SHA-256 with the one in the log's leaf; the store was changed from outside",
    )


def _statement(document: Mapping[str, Any]) -> Statement:
    limited, snapshot = document["jurisdictions"], document["snapshot"]
    period = Period(_day(document["period"]["from"]), _day(document["period"]["until"]))
    return Statement(
        scope=Scope(period, None if limited is None else tuple(limited)),
        basis=Basis(snapshot["name"], _at(snapshot["data_until"]), snapshot["log_size"], snapshot["log_root"]),
        communication_count=document["communications"],
        asset_uses=_counts(document["asset_uses"]),
        publications=_counts(document["publications"]),
        streams=tuple(
            StreamStatement(**row | {"covered_until": _at(row["covered_until"])}) for row in document["streams"]
        ),
        exceptions=tuple(
            OpenException(**row | {"occurred_at": _at(row["occurred_at"])}) for row in document["exceptions"]
        ),
        unplaced_exception_count=document["exceptions_without_jurisdiction"],
    )


def _counts(verdicts: Mapping[str, int]) -> tuple[VerdictCount, ...]:
    return tuple(VerdictCount(verdict, count) for verdict, count in sorted(verdicts.items()))


def _at(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _day(text: str) -> date:
    return datetime.fromisoformat(text).date()
