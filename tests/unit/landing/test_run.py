"""The ingest loop: cursor in, batches out, acknowledgement last."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from threading import Barrier, Event, Thread, current_thread, main_thread

import pytest

from assettrail.errors import ContractBroken, TransientSourceError
from ingest.extract import Extract
from ingest.landing_store import LandingStore
from ingest.landing_turns import LandingTurns
from ingest.run import ingest_stream, ingest_streams
from tests.unit.landing.stores import accept, access, extract_of, hold, open_store


class Scripted:
    """A source that gives prepared extracts, and notes the cursors that it was asked with."""

    name = "trading_grid"

    def __init__(self, extracts: Sequence[Extract]) -> None:
        self.extracts = list(extracts)
        self.asked: list[Mapping[str, object] | None] = []

    def streams(self) -> tuple[str, ...]:
        """Name the one stream."""
        return ("accesses",)

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """Give the next prepared extract."""
        self.asked.append(since)
        return self.extracts.pop(0)


def batch(numbers: Sequence[int], cursor: int, store: LandingStore, told: list[int], *, more: bool) -> Extract:
    base = extract_of([access(n) for n in numbers], cursor={"n": cursor})
    return Extract(
        base.rows,
        base.quarantined,
        base.claim,
        base.cursor,
        more,
        lambda: told.append(store.log.checkpoint().size),
    )


def test_every_batch_is_durable_before_the_source_is_told(tmp_path: Path) -> None:
    """A message that is acknowledged before its leaf is durable is lost with the next power cut."""
    store, told = open_store(tmp_path), list[int]()
    source = Scripted([batch([1], 1, store, told, more=True), batch([2], 2, store, told, more=False)])
    landed = ingest_stream(source, "accesses", store, accept)
    assert [each.rows for each in landed] == [1, 1]
    assert told == [1, 2]
    assert source.asked == [None, {"n": 1}]


def test_a_held_batch_is_acknowledged_as_its_bytes_are_kept(tmp_path: Path) -> None:
    """Without it a queue would deliver a held message for ever, though it is safe and logged."""
    store, told = open_store(tmp_path), list[int]()
    (landed,) = ingest_stream(Scripted([batch([1], 1, store, told, more=False)]), "accesses", store, hold)
    assert (landed.outcome, told) == ("held", [1])


def test_a_source_that_stands_still_is_stopped(tmp_path: Path) -> None:
    """An endless loop of empty extracts would fill the log with claims."""
    store, told = open_store(tmp_path), list[int]()
    source = Scripted([batch([1], 1, store, told, more=True), *[batch([], 1, store, told, more=True)] * 9])
    with pytest.raises(ContractBroken, match="asked for ever"):
        ingest_stream(source, "accesses", store, accept)


def test_a_source_that_fails_later_keeps_what_landed(tmp_path: Path) -> None:
    """A vendor that goes down half-way must cost only the rest."""

    class Failing(Scripted):
        def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
            """Fail when the prepared extracts are used up."""
            if not self.extracts:
                raise TransientSourceError("to read on", "503", "200", "try later")
            return super().extract(stream, since)

    store, told = open_store(tmp_path), list[int]()
    with pytest.raises(TransientSourceError):
        ingest_stream(Failing([batch([1], 1, store, told, more=True)]), "accesses", store, accept)
    assert store.cursor("trading_grid", "accesses") == {"n": 1}


class Large(Scripted):
    """A source of three streams, of which the last two are large: extracting one waits for the other."""

    def __init__(self, store: LandingStore, failing: str = "") -> None:
        super().__init__([])
        self._store = store
        self._failing = failing
        self._both = Barrier(2)

    def streams(self) -> tuple[str, ...]:
        """A small stream before two large ones."""
        return ("communities", "accesses", "publications")

    def beside(self) -> tuple[str, ...]:
        """The large ones."""
        return self.streams()[1:]

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """One batch without rows; it comes only when both large streams are asked for at once."""
        assert (current_thread() is main_thread()) == (stream == "communities")
        if stream == self._failing:
            raise TransientSourceError("to read on", "503", "200", "try later")
        if stream != "communities":
            self._both.wait(timeout=30)
        return batch([], 1, self._store, [], more=False)


def test_large_streams_are_extracted_at_once_and_logged_in_order(tmp_path: Path) -> None:
    """Leaves in the order in which threads end would make another log of the same input each time."""
    store = open_store(tmp_path)
    source = Large(store)
    landed = [
        (stream, each.log_index)
        for stream, batches in ingest_streams(source, source.streams(), store, accept)
        for each in batches
    ]
    assert landed == [("communities", 0), ("accesses", 1), ("publications", 2)]


def test_a_stream_that_fails_does_not_take_the_large_ones_along(tmp_path: Path) -> None:
    """Nor may they wait for its turn for ever."""
    store = open_store(tmp_path)
    source = Large(store, failing="communities")
    with pytest.raises(TransientSourceError):
        list(ingest_streams(source, source.streams(), store, accept))
    assert [store.cursor("trading_grid", stream) for stream in source.streams()] == [None, {"n": 1}, {"n": 1}]


class Partly:
    """A source of which some streams are not given; it notes which were asked for."""

    name = "trading_grid"

    def __init__(self, store: LandingStore, *failing: str) -> None:
        self._store = store
        self._failing = failing
        self.asked: list[str] = []

    def streams(self) -> tuple[str, ...]:
        """Five streams."""
        return ("communities", "partners", "accesses", "publications", "cases")

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """A batch without rows, or an error that says which stream it is of."""
        self.asked.append(stream)
        if stream in self._failing:
            raise TransientSourceError(f"to read {stream}", f"503 for {stream}", "200", "try later")
        return batch([], 1, self._store, [], more=False)


@pytest.mark.parametrize(
    ("failing", "given", "told"),
    [
        (["communities"], ["partners", "accesses", "publications", "cases"], "503 for communities"),
        (["partners", "publications"], ["communities", "accesses", "cases"], "publications: 503 for publications"),
        (["cases"], ["communities", "partners", "accesses", "publications"], "503 for cases"),
        (["partners", "accesses"], ["communities"], "accesses: 503 for accesses"),
    ],
    ids=["the first", "two apart", "the last", "two in a row: the service"],
)
def test_a_stream_that_is_not_given_leaves_the_others_alone(
    tmp_path: Path, failing: list[str], given: list[str], told: str
) -> None:
    """One address that is down all night took the night's approvals along; a service that is down is asked twice."""
    store = open_store(tmp_path)
    source = Partly(store, *failing)
    with pytest.raises(TransientSourceError, match=rf"(?s)to read {failing[0]}.*{told}"):
        list(ingest_streams(source, source.streams(), store, accept))
    assert [stream for stream in source.streams() if store.cursor("trading_grid", stream)] == given
    assert source.asked == [stream for stream in source.streams() if stream in [*failing, *given]]


def test_streams_that_are_not_large_are_landed_one_after_another(tmp_path: Path) -> None:
    """A thread for each small stream would only make a failure harder to read."""
    store, told = open_store(tmp_path), list[int]()
    source = Scripted([batch([1], 1, store, told, more=False)])
    ((stream, landed),) = ingest_streams(source, source.streams(), store, accept)
    assert (stream, [each.rows for each in landed], told) == ("accesses", [1], [1])


def test_streams_beside_one_another_land_no_more_rows_than_one_batch_may_have() -> None:
    """Three batches of a million rows at once take the memory of three."""
    turns = LandingTurns(["accesses", "publications"], ["accesses", "publications"], most_rows=10)
    let_in = Event()

    def land_the_second() -> None:
        with turns.landing("publications", 5, is_last=True):
            let_in.set()

    with turns.landing("accesses", 4, is_last=False):
        other = Thread(target=land_the_second)
        other.start()
        assert not let_in.wait(0.1), "the first one's last batch could not be let in any more"
    with turns.landing("accesses", 8, is_last=True):
        assert not let_in.wait(0.1)
    assert let_in.wait(30)
    other.join()


def test_the_turn_of_a_stream_comes_when_those_before_it_have_ended() -> None:
    """A leaf that is appended too early makes another log of the same input."""
    turns = LandingTurns(["communities", "accesses", "publications"], ["accesses", "publications"])
    appended: list[str] = []

    def append(stream: str) -> None:
        with turns.landing(stream, 1, is_last=True) as turn:
            turn.to_append()
            appended.append(stream)
        turns.end(stream)

    threads = [Thread(target=append, args=(stream,)) for stream in ("publications", "accesses")]
    for each in threads:
        each.start()
    threads[1].join(0.1)
    assert not appended
    turns.end("communities")
    for each in threads:
        each.join(30)
    assert appended == ["accesses", "publications"]


def test_the_batch_with_most_rows_is_hashed_first() -> None:
    """Its file takes longest to write, on one core: hashed last, it would be written when nothing else is left."""
    turns = LandingTurns(["accesses", "publications"], ["accesses", "publications"])
    larger_is_in = Event()
    hashed: list[str] = []

    def land(stream: str, rows: int) -> None:
        with turns.landing(stream, rows, is_last=True) as turn:
            larger_is_in.wait(30)
            with turn.to_hash():
                hashed.append(stream)

    smaller = Thread(target=land, args=("accesses", 1))
    smaller.start()
    with turns.landing("publications", 2, is_last=True) as turn:
        larger_is_in.set()
        smaller.join(0.1)
        assert not hashed
        with turn.to_hash():
            hashed.append("publications")
        smaller.join(30)
    assert hashed == ["publications", "accesses"]


def test_nobody_waits_for_the_tree_of_a_batch_that_failed() -> None:
    """A larger batch that ends before its tree was made lets the smaller one go on."""
    turns = LandingTurns(["accesses", "publications"], ["accesses", "publications"])
    larger_is_in, hashed = Event(), Event()

    def land() -> None:
        with turns.landing("accesses", 1, is_last=True) as turn:
            larger_is_in.wait(30)
            with turn.to_hash():
                hashed.set()

    def fail() -> None:
        with turns.landing("publications", 2, is_last=True):
            larger_is_in.set()
            assert not hashed.wait(0.1)
            raise TransientSourceError("to land", "503", "200", "try later")

    smaller = Thread(target=land)
    smaller.start()
    with pytest.raises(TransientSourceError):
        fail()
    assert hashed.wait(30)
    smaller.join()
