"""Pages of a listing: whatever a service does with them, nothing is lost in silence."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st
from pydantic import ValidationError

from assettrail.errors import PermanentSourceError
from assettrail.trading_grid_settings import TradingGridObject, TradingGridPaging
from ingest.http import Parameters
from ingest.received import Answer
from ingest.trading_grid.client import Listing, TradingGridClient
from ingest.trading_grid.paging import first_ask

BASE = "https://grid.example/tenant"
Style = Literal["offset", "page", "cursor", "link"]
Fault = Literal["none", "repeat", "skip", "shrink", "grow", "ignore"]


@dataclass
class ListService:
    """A service that lists ids in one style, and does to one page of each reading what a fault says, so many times."""

    ids: list[int]
    style: Style
    states_total: bool = True
    fault: Fault = "none"
    faulty_page: int = 1
    faults_left: int = 0
    base_url: str = BASE
    asked: list[dict[str, Any]] = field(default_factory=list)
    _number: int = 0

    def sign_in(self) -> None:
        """Nothing to do."""

    def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
        """One page."""
        asked = dict(parameters or {})
        self.asked.append(asked)
        limit = int(asked["limit"])
        start = self._start(asked, limit)
        self._number = self._number + 1 if start else 0
        if self._number == self.faulty_page and self.faults_left and self.fault != "none":
            self.faults_left -= 1
            if self.fault == "shrink" and self.ids:
                del self.ids[0]
            elif self.fault == "grow":
                self.ids.append(max(self.ids, default=0) + 1)
            elif self.fault == "repeat":
                return self._answer(path, max(0, start - limit), limit, following=start + limit)
            elif self.fault == "skip":
                return self._answer(path, start + limit, limit, following=start + 2 * limit)
            elif self.fault == "ignore":
                return self._answer(path, 0, limit, following=start)
        return self._answer(path, start, limit, following=start + limit)

    def _start(self, asked: dict[str, Any], limit: int) -> int:
        if self.style == "offset":
            return int(asked["offset"])
        if self.style == "cursor":
            return int(asked.get("cursor", 0))
        return (int(asked.get("page", 1)) - 1) * limit

    def _answer(self, path: str, start: int, limit: int, following: int) -> Answer:
        records = [{"id": str(number)} for number in self.ids[start : start + limit]]
        is_last = following >= len(self.ids)
        body: dict[str, Any] = {"records": records}
        headers: dict[str, str] = {"link": f'<{BASE}/x?page=1>; rel="first"'}
        if self.states_total:
            body["total"] = len(self.ids)
        if self.style == "cursor":
            body["nextCursor"] = None if is_last else str(following)
        if self.style == "link" and not is_last:
            headers["link"] += f', <{BASE}/x?page={following // limit + 1}&limit={limit}>; title="a, b"; rel="next"'
        return Answer(f"{BASE}{path}", json.dumps(body).encode(), is_length_known=True, headers=headers)


def mapping(style: Style, *, states_total: bool, **paging: Any) -> TradingGridObject:
    return TradingGridObject(
        path="/x",
        total="total" if states_total else None,
        paging=TradingGridPaging(style=style, **paging),
        fields={"partner_id": "id"},
    )


def read(service: ListService, mapped: TradingGridObject, page_size: int) -> Listing:
    return TradingGridClient(service, page_size).listing(mapped, None, lambda item: item["id"])


def ids(listing: Listing) -> list[str]:
    return [str(record["id"]) for page in listing.pages for record in page.records]


styles = st.sampled_from(["offset", "page", "cursor", "link"])


@how(deadline=None)
@given(style=styles, count=st.integers(0, 30), size=st.integers(1, 10), states_total=st.booleans())
def test_a_quiet_listing_is_read_whole_in_order(style: Style, count: int, size: int, states_total: bool) -> None:
    """A count that is an exact multiple of the page size, one page, no page: each has lost records somewhere."""
    service = ListService(list(range(count)), style, states_total=states_total)
    listing = read(service, mapping(style, states_total=states_total), size)
    assert ids(listing) == [str(number) for number in range(count)]
    assert listing.how is not None
    assert listing.doubts == ()


@how(deadline=None)
@given(
    style=styles,
    count=st.integers(1, 30),
    size=st.integers(1, 10),
    fault=st.sampled_from(["repeat", "skip", "shrink", "grow", "ignore"]),
    page=st.integers(1, 4),
    times=st.integers(1, 5),
)
def test_a_listing_that_misses_an_object_is_never_called_whole(
    style: Style, count: int, size: int, fault: Fault, page: int, times: int
) -> None:
    """A window that is claimed complete over a repeated or skipped page proves the absence of what it skipped."""
    service = ListService(list(range(count)), style, fault=fault, faulty_page=page, faults_left=times)
    listing = read(service, mapping(style, states_total=True), size)
    if listing.how is not None:
        assert sorted(ids(listing)) == sorted(map(str, service.ids))
        assert listing.doubts == ()
    else:
        assert listing.doubts
    assert len(service.asked) < 200


@how(deadline=None)
@given(count=st.integers(1, 20), size=st.integers(1, 7), page=st.integers(1, 3))
def test_without_a_total_two_readings_have_to_agree(count: int, size: int, page: int) -> None:
    """One skipped page of a service that counts nothing looks like a shorter list."""
    service = ListService(
        list(range(count)), "offset", states_total=False, fault="skip", faulty_page=page, faults_left=1
    )
    listing = read(service, mapping("offset", states_total=False), size)
    assert listing.how == "equal_counts"
    assert ids(listing) == [str(number) for number in range(count)]


@pytest.mark.parametrize("style", ["offset", "page", "cursor", "link"])
def test_parameters_of_the_mapped_path_are_sent_with_every_page(style: Style) -> None:
    """A filter that gets lost lists other objects than were mapped, and decides which of them are gone."""
    service = ListService(list(range(7)), style)
    mapped = mapping(style, states_total=True).model_copy(update={"path": "/x?status=live%20now&all&limit=100"})
    assert ids(read(service, mapped, 3)) == [str(number) for number in range(7)]
    assert len(service.asked) == 3
    for asked in service.asked[:1] if style == "link" else service.asked:  # A link is followed as the service wrote it.
        assert (asked["status"], asked["all"], asked["limit"]) == ("live now", "", 3)
    since = datetime(2026, 3, 1, tzinfo=UTC)
    ask = first_ask(mapped.model_copy(update={"path": "/x?updatedSince=2020-01-01&kind=a"}), 3, since)
    assert (ask.path, ask.parameters["updatedSince"], ask.parameters["kind"]) == ("/x", "2026-03-01T00:00:00Z", "a")
    with pytest.raises(ValidationError, match="'status' stands twice"):
        TradingGridObject(path="/x?status=a&status=b", fields={"partner_id": "id"})


def test_a_cursor_that_is_not_there_is_no_end() -> None:
    """A wrapper whose cursor has another name is read as its first page only, with success."""
    service = ListService(list(range(9)), "cursor", states_total=False)
    listing = read(service, mapping("cursor", states_total=False, next_cursor="paging.next"), 3)
    assert listing.how is None
    assert listing.doubts == ("nothing says that the last page was the last one",)
    told = read(service, mapping("cursor", states_total=False, next_cursor="paging.next", absent_ends=True), 3)
    assert told.how == "end_marker"


def test_a_service_that_gives_the_same_cursor_for_ever_is_left() -> None:
    """A run that never ends holds its stream, and nothing of it lands."""

    class Stuck(ListService):
        def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
            self.asked.append(dict(parameters or {}))
            body = {"records": [{"id": str(len(self.asked))}], "nextCursor": "same"}
            return Answer(f"{BASE}{path}", json.dumps(body).encode(), is_length_known=True)

    service = Stuck([], "cursor")
    listing = read(service, mapping("cursor", states_total=False), 3)
    assert listing.how is None
    assert "a page came again" in listing.doubts[0]
    assert len(service.asked) < 12


def test_more_without_a_place_to_go_on_is_a_doubt() -> None:
    """A service that says `hasMore` and forgets the cursor has more."""

    class Forgets(ListService):
        def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
            body = {"records": [{"id": "1"}], "nextCursor": None, "hasMore": True}
            return Answer(f"{BASE}{path}", json.dumps(body).encode(), is_length_known=True)

    mapped = mapping("cursor", states_total=False).model_copy(update={"more": "hasMore"})
    listing = read(Forgets([], "cursor"), mapped, 3)
    assert (listing.how, listing.doubts) == (None, ("a page says that more follow and not where",))


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/tenant/x?page=2",
        "http://grid.example/tenant/x?page=2",
        "https://grid.example:8443/tenant/x",
        "https://grid.example/other/x?page=2",
        "https://grid.example/tenant/../other/x?page=2",
        "//169.254.169.254/latest",
        "file:///etc/passwd",
    ],
)
def test_a_link_never_leads_away_from_the_service(address: str) -> None:
    """Whoever can write the header Link would be handed the token, or be read from inside of the network."""

    class Leads(ListService):
        def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
            self.asked.append(dict(parameters or {}))
            headers = {"link": f"<{address}>; rel=next"}
            return Answer(f"{BASE}{path}", b'{"records": [{"id": "1"}]}', is_length_known=True, headers=headers)

    service = Leads([], "link")
    with pytest.raises(PermanentSourceError, match="outside of"):
        read(service, mapping("link", states_total=False), 3)
    assert len(service.asked) == 1


@pytest.mark.parametrize(
    ("body", "found"),
    [
        (b'{"records": {}}', "no list of objects"),
        (b'{"records": [1], "total": 1}', "no list of objects"),
        (b'{"items": [], "total": 0}', "no field 'records'"),
        (b'{"records": []}', "no whole number in 'total'"),
        (b'{"records": [], "total": -1}', "no whole number"),
        (b'{"records": [], "total": true}', "no whole number"),
        (b'{"records": [], "total": "3 "}', "no whole number"),
        (b"<html>sign in</html>", "no sound JSON"),
    ],
)
def test_an_envelope_of_another_shape_is_an_error_and_not_an_empty_list(body: bytes, found: str) -> None:
    """A portal page or a renamed field that reads as nothing becomes `no publications` in every report."""

    class Odd(ListService):
        def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
            return Answer(f"{BASE}{path}", body, is_length_known=True)

    with pytest.raises(PermanentSourceError, match=found):
        read(Odd([], "offset"), mapping("offset", states_total=True), 3)


def test_a_total_may_stand_deep_in_the_answer_or_in_a_header() -> None:
    """Services count in many places; one that cannot be mapped could never be claimed complete."""
    answers: Sequence[Callable[[], Answer]] = [
        lambda: Answer(BASE, b'{"d": {"results": [{"id": "1"}], "n": "1"}}', is_length_known=True),
        lambda: Answer(BASE, b'[{"id": "1"}]', is_length_known=True, headers={"x-total-count": "1"}),
    ]
    for answer, (records, total) in zip(answers, [("d.results", "d.n"), ("", "header:X-Total-Count")], strict=True):

        class One(ListService):
            def get_present(self, path: str, parameters: Parameters | None = None) -> Answer:
                return answer()  # noqa: B023 - called within the loop

        mapped = mapping("offset", states_total=True).model_copy(update={"records": records, "total": total})
        assert read(One([], "offset"), mapped, 3).how == "equal_counts"
