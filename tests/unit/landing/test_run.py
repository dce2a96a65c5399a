"""The ingest loop: cursor in, batches out, acknowledgement last."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from assettrail.errors import ContractBroken, TransientSourceError
from ingest.extract import Extract
from ingest.landing_store import LandingStore
from ingest.run import ingest_stream
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
