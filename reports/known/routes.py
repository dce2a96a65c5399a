"""The address of what was known of a communication: `/known`, for an instant, a snapshot, or all that are kept.

Here belong the query, and the step from it to the page. The page's own snapshot is the "now" that the past is compared
with, so that a pinned address compares two pasts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated

import duckdb
from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from assettrail.errors import AssettrailError, ConfigurationError, EvidenceBroken
from evidence.keys import load_verification_key
from evidence.log_reader import LogReader
from publish.origin import made_differently
from publish.reading import open_snapshot
from reports.addresses import HOME, Cursor, PageQuery, Text
from reports.dossier.questions import NEEDED, read_communications, read_dossier
from reports.dossier.rows import Communication
from reports.known.changes import Asked, Later, UseChange, ask, compare, later_entries, tellings
from reports.known.moments import KeptSnapshot, Moment, entry_instants, kept_snapshots, moment_at
from reports.letters import one_communication
from reports.pages import Crumb, Page, Presenter
from reports.people.asking import current_person, require
from reports.people.gate import Gate
from reports.problems import NothingFound, NothingToRead
from reports.shelf import OpenSnapshot
from reports.text import path_part

SNAPSHOTS_AT_ONCE = 12
"""Kept snapshots that one page asks; each is opened for it."""


class KnownQuery(PageQuery):
    """The communication; an instant (`at`), or a snapshot (`then`) to compare with; `before` continues the list."""

    communication: Text
    domain: Text = ""
    at: Text = ""
    then: Text = ""
    before: Text = ""


@dataclass(frozen=True)
class Comparison:
    """What is different between a snapshot and the page's own; `is_held`: whether it held the communication at all.

    `made_differently` says in words which release, models, rules or settings differ; None where one does not tell.
    """

    snapshot: KeptSnapshot
    is_held: bool
    changes: tuple[UseChange, ...]
    made_differently: tuple[str, ...] | None

    @property
    def changed(self) -> tuple[UseChange, ...]:
        """The uses that are told otherwise."""
        return tuple(change for change in self.changes if not change.is_same)

    @property
    def verdict_count(self) -> int:
        """How many uses have another verdict, or are held by one of the two only."""
        return sum(change.has_other_verdict for change in self.changes)


def router(presenter: Presenter, gate: Gate) -> APIRouter:
    """Return the address of what was known."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("read")])

    @routes.get("/known.json")
    @routes.get("/known")
    def known(request: Request, query: Annotated[KnownQuery, Query()]) -> Response:
        build = partial(_Known(presenter, gate, current_person(request).jurisdictions).page, query)
        return presenter.answer(request, query.snapshot, build)

    return routes


class _Known:
    """Makes the page for one person."""

    def __init__(self, presenter: Presenter, gate: Gate, jurisdictions: frozenset[str] | None) -> None:
        self._shelf = presenter.shelf
        self._gate = gate
        self._jurisdictions = jurisdictions
        self._verdicts = gate.settings.verdicts

    def page(self, query: KnownQuery, cursor: Cursor, snapshot: OpenSnapshot) -> Page:
        """Return the page. Raises NothingFound for a communication that the person may not see in this snapshot."""
        letter = one_communication(
            cursor, query.communication, query.domain, "to tell what was known of the communication"
        )
        kept = kept_snapshots(self._gate.settings.home)
        moment, refusal = self._moment(query.at.strip(), kept)
        then = _named(kept, query.then) if query.then else moment.chosen if moment else None
        compared = None if then is None else self._compared(letter, then, cursor, snapshot)
        listed = _behind(kept, query.before)
        asked = [(each, self._asked(each, letter)) for each in listed[: SNAPSHOTS_AT_ONCE + 1]]
        told = tellings(asked)[:SNAPSHOTS_AT_ONCE]
        back = f"/communications/{path_part(letter.communication_id)}"
        return Page(
            template="known.html",
            title=f"What was known of {letter.communication_id}",
            crumbs=(
                HOME,
                Crumb(letter.communication_id, back),
                Crumb("As known then"),
            ),
            needed=NEEDED,
            content={
                "letter": letter,
                "back": back,
                "query_at": query.at.strip(),
                "moment": moment,
                "refusal": refusal,
                "compared": compared,
                "told": told,
                "kept_count": len(kept),
                "older": told[-1].snapshot.name if len(listed) > len(told) else "",
                "is_first": not query.before,
            },
            figures={
                "communication": letter,
                "at": moment,
                "command": moment.command if moment else None,
                "refusal": None if refusal is None else str(refusal),
                "compared_with": compared,
                "snapshots": told,
                "snapshot_count": len(kept),
            },
            seen=("dossier", letter.communication_id),
        )

    def _moment(
        self, at: str, kept: list[KeptSnapshot]
    ) -> tuple[Moment | None, ConfigurationError | EvidenceBroken | None]:
        """Return what was known at the instant, or why that cannot be told, in words beside the form."""
        if not at:
            return None, None
        try:
            return moment_at(self._log(), kept, at, self._gate.house_now()), None
        except (ConfigurationError, EvidenceBroken) as error:
            return None, error

    def _log(self) -> LogReader:
        settings = self._gate.settings
        return LogReader(settings.home / "log", load_verification_key(settings.keys.folder))

    def _asked(self, kept: KeptSnapshot, letter: Communication) -> Asked | str:
        try:
            with self._shelf.glance(kept.name, self._jurisdictions) as cursor:
                return ask(cursor, letter.communication_id, letter.domain_code)
        except (NothingFound, NothingToRead) as error:
            return error.found
        except duckdb.Error as error:
            return f"{type(error).__name__}: other tables than this release reads"

    def _compared(
        self, letter: Communication, then: KeptSnapshot, cursor: Cursor, snapshot: OpenSnapshot
    ) -> Comparison:
        """Return the difference between a kept snapshot and the page's own, and what became known in between."""
        now = read_dossier(cursor, letter, self._verdicts)
        with self._shelf.glance(then.name, self._jurisdictions) as other:
            candidates = read_communications(other, letter.communication_id)
            mine = [one for one in candidates if one.domain_code == letter.domain_code]
            changes = compare(read_dossier(other, mine[0], self._verdicts), now) if mine else []
        made = made_differently(open_snapshot(self._gate.settings.home, then.name).manifest, snapshot.manifest)
        return Comparison(then, bool(mine), tuple(self._with_later(changes, then.read_entries)), made)

    def _with_later(self, changes: list[UseChange], known_entries: int | None) -> list[UseChange]:
        later = {change.asset_use_key: later_entries(change.now, known_entries) for change in changes}
        wanted = {index for found in later.values() for _, index in found}
        try:
            instants = entry_instants(self._log(), wanted) if wanted else {}
        except AssettrailError:
            instants = {}  # The entries' numbers are told all the same; the trust page tells of a broken log.
        return [
            replace(
                change,
                later=tuple(Later(label, index, instants.get(index)) for label, index in later[change.asset_use_key]),
            )
            for change in changes
        ]


def _named(kept: list[KeptSnapshot], name: str) -> KeptSnapshot:
    found = next((each for each in kept if each.name == name), None)
    if found is None:
        raise NothingFound(
            tried=f"to compare with the snapshot {name!r}",
            found="no snapshot of that name is kept",
            expected="one of the list on this page",
            remedy="leave then= out of the address, and choose one",
        )
    return found


def _behind(kept: list[KeptSnapshot], before: str) -> list[KeptSnapshot]:
    if not before:
        return kept
    _named(kept, before)
    names = [each.name for each in kept]
    return kept[names.index(before) + 1 :]
