"""The addresses of unsealing: the form that says what would be opened and asks for a reason, and what it shows.

Here belong the routes, the order (found, opened, written down, shown) and the pages. What is shown is the answer to a
POST: it has no address of its own, so that no link, history or cache leads to it. A failed attempt is written down.
"""

from __future__ import annotations

import re
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query
from starlette.requests import Request
from starlette.responses import Response

from assettrail.errors import AssettrailError
from evidence.raw_removals import removed
from ingest.pseudonym import mask_identifiers
from reports.addresses import HOME, Cursor, PageQuery, Text, not_found
from reports.letters import one_communication
from reports.pages import Crumb, Page, Presenter, address
from reports.people.access_log import record_access
from reports.people.asking import current_person, require
from reports.people.gate import Gate
from reports.problems import NothingFound
from reports.shelf import OpenSnapshot
from reports.text import path_part
from reports.unsealing.sealed import (
    WORDS,
    OpenedRecord,
    SealedPlace,
    SealedRecords,
    Subject,
    What,
    read_queues,
    read_use,
)

NEEDED: Final = (
    ("exstream", "communications"),
    ("exstream", "renderings"),
    ("exstream", "asset_uses"),
    ("exstream", "delivery_outputs"),
)
"""What raw records are of."""

MOST_OPENED: Final = 10
"""Raw records that one request opens; a delivery has one for each of its outputs."""

LONGEST_REASON: Final = 1_000
_STEERING: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_FieldText = Annotated[str, Form(max_length=300)]


class UnsealingQuery(PageQuery):
    """What is to be unsealed: a record of a communication; `use` is the key of one of its uses."""

    communication: Text
    domain: Text = ""
    record: What = "communication"
    use: Text = ""


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the addresses of unsealing."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("unseal")])
    pages = _Pages(presenter, SealedRecords(gate.settings), gate)

    @routes.get("/unsealing.json")
    @routes.get("/unsealing")
    def ask(request: Request, query: Annotated[UnsealingQuery, Query()]) -> Response:
        return pages.asking(request, query)

    @routes.post("/unsealing")
    def unseal(
        request: Request,
        communication: _FieldText,
        domain: _FieldText = "",
        record: Annotated[What, Form()] = "communication",
        use: _FieldText = "",
        snapshot: Annotated[str, Form(max_length=100)] = "",
        reason: Annotated[str, Form(max_length=LONGEST_REASON)] = "",
    ) -> Response:
        asked = UnsealingQuery(communication=communication, domain=domain, record=record, use=use, snapshot=snapshot)
        return pages.unsealed(request, asked, reason)

    return routes


def visible(text: str) -> str:
    """Return a text with characters that would steer its display (controls, directions) written as escapes."""
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


class _Pages:
    """Makes the pages of unsealing."""

    def __init__(self, presenter: Presenter, sealed: SealedRecords, gate: Gate) -> None:
        self._presenter = presenter
        self._sealed = sealed
        self._gate = gate

    def asking(self, request: Request, asked: UnsealingQuery, *, lacks_reason: bool = False) -> Response:
        """Return the form; nothing is opened for it."""
        snapshot, subject = self._subject(request, asked)
        rows = self._sealed.rows(subject)
        places = self._sealed.places(rows[:MOST_OPENED])
        page = Page(
            template="unsealing.html",
            title=f"Unseal the raw record of {subject.name}",
            crumbs=self._crumbs(snapshot, subject, "Unseal"),
            needed=NEEDED,
            content={
                "subject": subject,
                "what": WORDS[subject.what],
                "asked": asked,
                "places": places,
                "is_all_removed": all(place.removal for place in places),
                "row_count": len(rows),
                "lacks_reason": lacks_reason,
                "longest": LONGEST_REASON,
                "back": _dossier(snapshot, subject),
            },
            figures={
                "record": subject.what,
                "subject": subject.name,
                "snapshot": snapshot.name,
                "places": [_told(place) for place in places],
                "place_count": len(rows),
            },
            status=400 if lacks_reason else 200,
        )
        return self._presenter.plain(request, page)

    def unsealed(self, request: Request, asked: UnsealingQuery, reason: str) -> Response:
        """Open the record, write down that it was, and show it. Nothing is shown that could not be written down."""
        why = mask_identifiers(" ".join(reason.split()))
        if not why:
            return self.asking(request, asked, lacks_reason=True)
        snapshot, subject = self._subject(request, asked)
        rows = self._sealed.rows(subject)
        if not rows:
            raise _nothing_landed(subject)
        places = self._sealed.places(rows[:MOST_OPENED])
        opened = self._opened(request, subject, places, why)
        at = self._gate.clock.now()
        hashes = ", ".join(dict.fromkeys(each.row.raw_hash for each in opened))
        record_access(request, "unsealed", subject.name, f"{why} (raw object {hashes})")
        page = Page(
            template="unsealed.html",
            title=f"Raw record of {subject.name}",
            crumbs=self._crumbs(snapshot, subject, "Raw record"),
            needed=NEEDED,
            content={
                "subject": subject,
                "what": WORDS[subject.what],
                "opened": [(each, [visible(part.text) for part in each.parts]) for each in opened],
                "removed": [place for place in places if place.removal],
                "row_count": len(rows),
                "reason": why,
                "is_masked": why != " ".join(reason.split()),
                "person": current_person(request),
                "at": at,
                "snapshot_name": snapshot.name,
                "back": _dossier(snapshot, subject),
            },
            figures={},
        )
        return self._presenter.plain(request, page)

    def _opened(self, request: Request, subject: Subject, places: list[SealedPlace], why: str) -> list[OpenedRecord]:
        """Open each that was not removed; where one does not open, or none is left, the attempt is written down.

        Nothing is shown then.
        """
        removals = [(place.row.raw_hash, place.removal) for place in places if place.removal]
        try:
            if len(removals) == len(places):
                raise removed(*removals[0])
            return [self._sealed.opened(subject, place.row) for place in places if not place.removal]
        except AssettrailError as error:
            record_access(
                request, "unsealed", subject.name, f"did not open, nothing was shown: {error.found[:300]}; {why}"
            )
            raise

    def _subject(self, request: Request, asked: UnsealingQuery) -> tuple[OpenSnapshot, Subject]:
        """Return what is asked for, as the person may see it. Raises NothingFound for what they may not see."""
        shelf = self._presenter.shelf
        snapshot = shelf.pinned(asked.snapshot) if asked.snapshot else shelf.current()
        request.state.snapshot = snapshot.head
        with snapshot.cursor(current_person(request).jurisdictions) as cursor:
            return snapshot, _read_subject(cursor, snapshot, asked)

    def _crumbs(self, snapshot: OpenSnapshot, subject: Subject, last: str) -> tuple[Crumb, ...]:
        return (HOME, Crumb(subject.communication.communication_id, _dossier(snapshot, subject)), Crumb(last))


def _read_subject(cursor: Cursor, snapshot: OpenSnapshot, asked: UnsealingQuery) -> Subject:
    letter = one_communication(cursor, asked.communication, asked.domain, "to unseal a record of the communication")
    use = read_use(cursor, letter, asked.use) if asked.record == "use" else None
    if asked.record == "use" and use is None:
        raise not_found(
            cursor,
            "asset use",
            asked.use,
            f"the key of an asset use of {letter.communication_id}, as its dossier has it",
        )
    return Subject(asked.record, letter, use, read_queues(cursor, letter), _until(snapshot))


def _until(snapshot: OpenSnapshot) -> int | None:
    log = snapshot.manifest.get("log")
    size = log.get("size") if isinstance(log, dict) else None
    return size if isinstance(size, int) else None


def _dossier(snapshot: OpenSnapshot, subject: Subject) -> str:
    letter = subject.communication
    path = f"/communications/{path_part(letter.communication_id)}"
    return address(snapshot.name if snapshot.is_pinned else None, path, domain=letter.domain_code)


def _told(place: SealedPlace) -> dict[str, object]:
    row, removal = place.row, place.removal
    return {
        "stream": f"{row.system}/{row.stream}",
        "batch": row.load_id,
        "log_entry": row.log_index,
        "logged_at": row.logged_at,
        "source": row.source_uri,
        "raw_object": row.raw_hash,
        "row_hash": row.row_hash,
        "is_kept": place.is_kept,
        "removed_at": None if removal is None else removal.leaf.logged_at,
        "removed_by_log_entry": None if removal is None else removal.log_index,
    }


def _nothing_landed(subject: Subject) -> NothingFound:
    return NothingFound(
        tried=f"to find the raw record of {WORDS[subject.what]} {subject.name[:300]}",
        found="no landed row of it",
        expected="a row of an accepted batch that the snapshot knows",
        remedy="look on the trust page whether delivery files of that time were read; nothing was opened",
    )
