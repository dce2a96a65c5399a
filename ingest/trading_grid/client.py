"""The only access to Trading Grid: one listing call per kind of object, by the customer's mapping. It reads, no more.

Here belong paging by offset and limit, and the agreement of counts. The only client that writes to Trading
Grid is in `corrections`. Not here: what a field means (`records`), and the mapping (`streams`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import datetime

from assettrail.errors import PermanentSourceError, RecordRejected
from assettrail.settings import TradingGridObject
from ingest.http import Answer, RestClient
from ingest.strict import JsonObject, objects, required_integer

_LISTING_ATTEMPTS = 3

KeyOf = Callable[[JsonObject], Hashable]


@dataclass(frozen=True)
class Page:
    """One page as received and the records in it."""

    answer: Answer
    records: tuple[JsonObject, ...]


@dataclass(frozen=True)
class Listing:
    """All pages of one listing; `is_counted`: as many different records as the service counts, from first to last."""

    pages: tuple[Page, ...]
    is_counted: bool
    total: int


class TradingGridClient:
    """Reads objects. Raises the errors of `ingest.http.RestClient`."""

    def __init__(self, rest: RestClient, page_size: int) -> None:
        self._rest = rest
        self._page_size = page_size

    def sign_in(self) -> None:
        """Fetch a token, so that wrong credentials show."""
        self._rest.sign_in()

    def count(self, mapped: TradingGridObject) -> int:
        """How many objects of a kind this client can see."""
        answer = self._rest.get_present(mapped.path, {"offset": 0, "limit": 1})
        return _total(answer, mapped)

    def listing(self, mapped: TradingGridObject, updated_since: datetime | None, key_of: KeyOf) -> Listing:
        """All objects of a kind, those changed at `updated_since` (UTC) or later when it is given.

        Objects move while they are changed, so that one can be read twice and another not at all: then, and
        when the count changes, the listing is read again, at most three times.
        """
        listing = self._one_pass(mapped, updated_since, key_of)
        for _ in range(1, _LISTING_ATTEMPTS):
            if listing.is_counted:
                break
            listing = self._one_pass(mapped, updated_since, key_of)
        return listing

    def _one_pass(self, mapped: TradingGridObject, updated_since: datetime | None, key_of: KeyOf) -> Listing:
        pages: list[Page] = []
        keys: set[Hashable] = set()
        totals: set[int] = set()
        offset = 0
        while True:
            asked: dict[str, str | int] = {"offset": offset, "limit": self._page_size}
            if updated_since is not None and mapped.updated_since:
                asked[mapped.updated_since] = updated_since.strftime("%Y-%m-%dT%H:%M:%SZ")
            answer = self._rest.get_present(mapped.path, asked)
            records = _records(answer, mapped)
            totals.add(_total(answer, mapped))
            keys.update(key_of(record) for record in records)
            offset += len(records)
            pages.append(Page(answer, tuple(records)))
            if not records or offset >= max(totals):
                break
        is_counted = totals == {offset} and len(keys) == offset
        return Listing(tuple(pages), is_counted, max(totals))


def _records(answer: Answer, mapped: TradingGridObject) -> list[JsonObject]:
    content = answer.json()
    try:
        if mapped.records not in content:
            raise _strange(answer, f"no field {mapped.records!r}")
        return objects(content, mapped.records)
    except RecordRejected as error:
        raise _strange(answer, error.found) from error


def _total(answer: Answer, mapped: TradingGridObject) -> int:
    try:
        return required_integer(answer.json(), mapped.total)
    except RecordRejected as error:
        raise _strange(answer, f"{error.found} in the field {mapped.total!r}") from error


def _strange(answer: Answer, found: str) -> PermanentSourceError:
    return PermanentSourceError(
        tried=f"to read the answer of {answer.uri}",
        found=found,
        expected="the envelope that the mapping describes: a list of records and their total",
        remedy="correct `records` and `total` of this object in trading_grid.objects",
    )
