"""The only access to Trading Grid over REST: one listing per kind of object, by the customer's mapping. It reads.

Here belong following the pages to their end, and whether a listing can be believed to be whole. The only client that
writes to Trading Grid is in `corrections`. Not here: what a page says (`paging`), what a field means (`records`), and
the mapping (`streams`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from assettrail.errors import PermanentSourceError
from assettrail.trading_grid_settings import TradingGridObject
from ingest.http import Parameters
from ingest.received import Answer
from ingest.strict import JsonObject, canonical_json, sha256_hex
from ingest.trading_grid.paging import Ask, Page, first_ask, read_page

_LISTING_ATTEMPTS = 3

KeyOf = Callable[[JsonObject], Hashable]


class Rest(Protocol):
    """What is needed of `ingest.http.RestClient`."""

    @property
    def base_url(self) -> str:
        """Address of the service."""
        ...

    def sign_in(self) -> None:
        """Fetch a token."""
        ...

    def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
        """GET of something that has to exist."""
        ...


@dataclass(frozen=True)
class Listing:
    """All pages of one listing. `how` tells by which sign it is known to be whole, None with the `doubts` that it is.

    `how` is `equal_counts` (as many different records as the service counts, on every page; or two readings that
    agree in everything) or `end_marker`.
    """

    pages: tuple[Page, ...]
    how: str | None
    doubts: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many records were read."""
        return sum(len(page.records) for page in self.pages)


@dataclass
class _Pass:
    """One reading of a listing from its first to its last page."""

    pages: list[Page] = field(default_factory=list)
    content: dict[Hashable, str] = field(default_factory=dict)
    doubts: list[str] = field(default_factory=list)

    @property
    def count(self) -> int:
        return sum(len(page.records) for page in self.pages)

    @property
    def is_end_explicit(self) -> bool:
        return bool(self.pages) and self.pages[-1].is_end_explicit

    def add(self, page: Page, key_of: KeyOf) -> None:
        """Take a page; a record that was there before is a doubt: what moves once can be missed once."""
        self.pages.append(page)
        known = len(self.content)
        self.content.update((key_of(record), _content_hash(record)) for record in page.records)
        if len(self.content) != known + len(page.records) and not self.doubts:
            self.doubts.append("the objects changed in number or place while they were read")
        if page.doubt:
            self.doubts.append(page.doubt)

    def is_repeated(self, known: int) -> bool:
        """Whether the last page brought records, and none that was new."""
        return bool(self.pages[-1].records) and len(self.content) == known


class TradingGridClient:
    """Reads objects. Raises the errors of `ingest.http.RestClient`."""

    def __init__(self, rest: Rest, page_size: int) -> None:
        self._rest = rest
        self._page_size = page_size

    def sign_in(self) -> None:
        """Fetch a token, so that wrong credentials show."""
        self._rest.sign_in()

    def count(self, mapped: TradingGridObject) -> int | str:
        """How many objects of a kind this client can see; in words where the service states no total."""
        page = self._page(mapped, first_ask(mapped, 1, None), 0)
        if page.total is not None:
            return page.total
        return "some; the service states no total" if page.records else 0

    def listing(self, mapped: TradingGridObject, updated_since: datetime | None, key_of: KeyOf) -> Listing:
        """All objects of a kind, those changed at `updated_since` (UTC) or later when it is given.

        Objects move while they are changed, so that one can be read twice and another not at all; cursors expire.
        Then, and when the count changes, the listing is read again from its first page, at most three times. Where the
        service states neither a total nor an end, two readings have to agree. Raises PermanentSourceError when every
        reading ended in a refused cursor.
        """
        before: _Pass | None = None
        how: str | None = None
        for attempt in range(1, _LISTING_ATTEMPTS + 1):
            try:
                found = self._one_pass(mapped, updated_since, key_of)
            except _CursorRefused as refused:
                if attempt == _LISTING_ATTEMPTS:
                    raise refused.error from refused
                continue
            how = _how(found, before)
            before = found
            if how:
                break
        if before is None:
            raise RuntimeError("a listing is read at least once")
        doubts = tuple(before.doubts) or ("nothing says that the last page was the last one",)
        return Listing(tuple(before.pages), how, () if how else doubts)

    def _one_pass(self, mapped: TradingGridObject, updated_since: datetime | None, key_of: KeyOf) -> _Pass:
        found = _Pass()
        asked = set()
        ask: Ask | None = first_ask(mapped, self._page_size, updated_since)
        while ask is not None:
            asked.add(ask.identity)
            known = len(found.content)
            try:
                page = self._page(mapped, ask, found.count)
            except PermanentSourceError as error:
                if found.pages and mapped.paging.style in {"cursor", "link"}:
                    raise _CursorRefused(error) from error
                raise
            found.add(page, key_of)
            ask = page.next_ask
            if ask is not None and (ask.identity in asked or found.is_repeated(known)):
                found.doubts.append("a page came again in the place of the next one")
                break
        totals = {page.total for page in found.pages}
        if mapped.total is not None and totals != {found.count}:
            stated = " and ".join(str(total) for total in sorted(t for t in totals if t is not None))
            found.doubts.append(f"{found.count} objects read where the service counts {stated}")
        return found

    def _page(self, mapped: TradingGridObject, ask: Ask, read_before: int) -> Page:
        answer = self._rest.get_present(ask.path, ask.parameters)
        return read_page(mapped, ask, answer, read_before, self._rest.base_url)


class _CursorRefused(Exception):
    """A page behind the first one was refused: its cursor is expired, and only the first page can be asked for."""

    def __init__(self, error: PermanentSourceError) -> None:
        super().__init__(str(error))
        self.error = error


def _how(found: _Pass, before: _Pass | None) -> str | None:
    """By which sign a reading is known to be whole; None when it is not."""
    if found.doubts:
        return None
    if found.pages[0].total is not None:
        return "equal_counts"
    if found.is_end_explicit:
        return "end_marker"
    style_ends_empty = not found.pages[-1].records
    if style_ends_empty and before is not None and not before.doubts and before.content == found.content:
        return "equal_counts"
    return None


def _content_hash(record: JsonObject) -> str:
    return sha256_hex(canonical_json(record).encode("utf-8", "surrogatepass"))
