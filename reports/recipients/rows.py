"""The communications of one recipient, by the pseudonyms that stand for them, the newest first.

Here belong the page's questions. They read what lies in the order of pseudonyms (`publish.serving`), and the marts
where a snapshot is older than that; what somebody may not see is not there for them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import duckdb

from reports.exception_list import EPOCH, Place
from reports.exports.listing import Listing
from reports.remembered import relation
from reports.rows import read, read_one
from reports.words import VerdictWords, verdict_words

PAGE_ROWS: Final = 50
NEEDED: Final = (
    ("exstream", "communications"),
    ("exstream", "asset_uses"),
    ("cloudinary", "notifications"),
)
GRAIN: Final = "One row per communication to the recipient: one intent, in as many renderings as it had."

_COLUMNS: Final = """
    select
        communication_id_exstream as communication_id,
        domain_code,
        happened_at as generated_at,
        document_type,
        template_id_exstream as template_id,
        segment_code,
        jurisdiction_code,
        use_count,
        worst_verdict,
        recipient_pseudonym,
        communication_key
"""
_OF_RECIPIENT: Final = "recipient_pseudonym in (select unnest(cast($pseudonyms as varchar[])))"
_LATEST_FIRST: Final = "order by happened_at desc, communication_key desc"


@dataclass(frozen=True)
class Received:
    """One row per communication to the recipient; `worst_verdict` is the worst of what it carried. In UTC."""

    communication_id: str
    domain_code: str
    generated_at: datetime | None
    document_type: str | None
    template_id: str | None
    segment_code: str | None
    jurisdiction_code: str | None
    use_count: int
    worst_verdict: str | None
    recipient_pseudonym: str
    communication_key: str

    @property
    def words(self) -> VerdictWords:
        """The words of the worst verdict."""
        return verdict_words(self.worst_verdict)

    @property
    def place(self) -> Place:
        """The place of this row in the list."""
        return Place(self.generated_at or EPOCH, self.communication_key)


@dataclass(frozen=True)
class _Counted:
    communication_count: int
    pseudonym_count: int
    first_generated_at: datetime | None
    last_generated_at: datetime | None


@dataclass(frozen=True)
class RecipientPage:
    """The page: its pseudonyms, the rows, how many there are under how many of the pseudonyms, and where it goes on."""

    pseudonyms: tuple[str, ...]
    rows: tuple[Received, ...]
    communication_count: int
    pseudonym_count: int
    first_generated_at: datetime | None
    last_generated_at: datetime | None
    after: str | None
    is_first_page: bool


def read_recipient(cursor: duckdb.DuckDBPyConnection, pseudonyms: Sequence[str], after: str | None) -> RecipientPage:
    """Return one page of a recipient's communications. Raises BadQuestion for a place that no link carries."""
    place = Place.from_text(after) if after is not None else None
    source, bound = relation(cursor, "recipient_communications"), _bound(pseudonyms)
    counted = read_one(cursor, _Counted, _counts(source), bound) or _Counted(0, 0, None, None)
    behind = "" if place is None else "and (happened_at, communication_key) < ($instant, $key)"
    rows = read(
        cursor,
        Received,
        f"{_COLUMNS} from {source} where {_OF_RECIPIENT} {behind} {_LATEST_FIRST} limit {PAGE_ROWS + 1}",
        bound if place is None else bound | {"instant": place.instant, "key": place.key},
    )
    shown = tuple(rows[:PAGE_ROWS])
    return RecipientPage(
        pseudonyms=tuple(pseudonyms),
        rows=shown,
        communication_count=counted.communication_count,
        pseudonym_count=counted.pseudonym_count,
        first_generated_at=counted.first_generated_at,
        last_generated_at=counted.last_generated_at,
        after=str(shown[-1].place) if len(rows) > PAGE_ROWS else None,
        is_first_page=place is None,
    )


def recipient_listing(cursor: duckdb.DuckDBPyConnection, pseudonyms: Sequence[str]) -> Listing:
    """Return all communications of a recipient, to be exported; an unknown instant is 1970-01-01."""
    return Listing(
        name="recipient-communications",
        grain=GRAIN,
        sql=f"{_COLUMNS} from {relation(cursor, 'recipient_communications')} where {_OF_RECIPIENT} {_LATEST_FIRST}",
        parameters=_bound(pseudonyms),
        filters={"pseudonyms": ",".join(pseudonyms)},
    )


def _counts(source: str) -> str:
    return f"""
        select
            count(*) as communication_count,
            count(distinct recipient_pseudonym) as pseudonym_count,
            min(nullif(happened_at, timestamptz '1970-01-01 00:00:00+00')) as first_generated_at,
            max(nullif(happened_at, timestamptz '1970-01-01 00:00:00+00')) as last_generated_at
        from {source}
        where {_OF_RECIPIENT}
    """  # noqa: S608 - a name of `publish.serving` and a constant


def _bound(pseudonyms: Sequence[str]) -> dict[str, object]:
    return {"pseudonyms": list(pseudonyms)}
