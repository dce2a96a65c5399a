"""The delivery file as a stream: batches, counts behind very many customers, and files made to fill the memory."""

from __future__ import annotations

import io
import itertools
import tracemalloc
from collections.abc import Iterator
from typing import BinaryIO, cast

import pytest

from assettrail.errors import RecordRejected
from ingest.exstream import delivery_file, delivery_outputs, delivery_text
from ingest.exstream.delivery_file import delivery_batches
from ingest.exstream.delivery_outputs import DeliveryBatch

HEAD = '<?xml version="1.0" encoding="UTF-16"?>\n<!DOCTYPE outputList>\n<outputList customersProcessed="9">'
QUEUE = '<queue name="q" mimeType="m" pdl="p">'
TAIL = "</queue></outputList>\n"


def customer(number: int) -> str:
    return f'<customer number="{number}"><key name="AccountNumber">A{number} &amp; Söhne</key></customer>'


def output(number: int, customers: int = 1, pages: str = "2") -> str:
    inner = "".join(customer(1000 * number + at) for at in range(customers))
    return f'<file name="/f/{number}">{inner}<pageCount>{pages}</pageCount><fileSize>{number}</fileSize></file>'


def batches(text: str, encoding: str = "utf-16") -> list[DeliveryBatch]:
    return list(delivery_batches(io.BytesIO(text.encode(encoding))))


def test_a_file_comes_in_batches_in_its_own_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A batch that repeats or skips an output doubles or loses a letter."""
    monkeypatch.setattr(delivery_file, "BATCH_OUTPUTS", 7)
    monkeypatch.setattr(delivery_text, "CHUNK_BYTES", 1001)
    whole = HEAD + QUEUE + "".join(output(number) for number in range(100)) + TAIL
    for encoding in ("utf-16", "utf-8"):
        found = batches(whole, encoding)
        assert len(found) > 5
        outputs = [one for batch in found for one in batch.outputs]
        assert [one.path for one in outputs] == [f"/f/{number}" for number in range(100)]
        assert outputs[42].keys == {"AccountNumber": "A42000 & Söhne"}
        assert (outputs[42].page_count, outputs[42].size_bytes) == (2, 42)


def test_counts_stand_with_every_customer_of_a_very_large_output(monkeypatch: pytest.MonkeyPatch) -> None:
    """One print file may hold millions of customers, and its page count stands behind the last of them."""
    monkeypatch.setattr(delivery_outputs, "LARGE_FILE_CUSTOMERS", 10)
    monkeypatch.setattr(delivery_text, "CHUNK_BYTES", 1001)
    whole = HEAD + QUEUE + output(1, 3) + output(2, 35) + output(3, 10) + output(4, 12, "x") + output(5) + TAIL
    found = batches(whole)
    outputs = [one for batch in found for one in batch.outputs]
    assert [(path, len(list(group))) for path, group in itertools.groupby(one.path for one in outputs)] == [
        ("/f/1", 3),
        ("/f/2", 35),
        ("/f/3", 10),
        ("/f/5", 1),
    ]
    assert {(one.path, one.size_bytes, one.page_count) for one in outputs} == {
        (f"/f/{number}", number, 2) for number in (1, 2, 3, 5)
    }
    assert {one.number for batch in found for one in batch.refused} == {4}


def test_one_bad_customer_costs_only_himself() -> None:
    """Two values of one key leave open who got the letter; the other customers of the file are known."""
    twice = '<customer number="2"><key name="A">1</key><key name="A">2</key></customer><customer number="x"/>'
    (found,) = batches(HEAD + QUEUE + f'<file name="/f">{customer(1)}{twice}{customer(3)}</file>' + TAIL)
    assert [one.customer_number for one in found.outputs] == [1, 3]
    assert [one.number for one in found.refused] == [1, 1]


@pytest.mark.parametrize(
    ("queue", "path"), [("q" * 4097, "/f"), ("q", "x" * 4097), ('q" pdl="' + "p" * 4097, "/f"), ("q", "x" * 70_000)]
)
def test_a_name_that_each_output_would_repeat_is_refused(queue: str, path: str) -> None:
    """A queue's name of a megabyte stood with each of its outputs: a file of a megabyte took seven gigabytes."""
    named = f'<queue name="{queue}"><file name="{path}">{customer(1)}</file>'
    (found,) = batches(HEAD + named + TAIL, "utf-8")
    assert not found.outputs
    (refused,) = found.refused
    assert "more than 4096 characters" in refused.error.found
    assert refused.path is not None
    assert len(refused.path) <= 4096


def test_attributes_that_are_declared_once_for_all_are_refused() -> None:
    """A declared path of a megabyte is made anew for each file that states none: expat does what entities would."""
    declared = f'<!DOCTYPE outputList [<!ATTLIST file name CDATA "{"x" * 1000}">]><outputList>'
    with pytest.raises(RecordRejected, match="declares entities, attributes"):
        batches(declared + QUEUE + f"<file>{customer(1)}</file>" + TAIL, "utf-8")


@pytest.mark.parametrize(
    ("inside", "reason"),
    [
        ("<!--" + "x" * 3_000_000 + "-->", "tag or comment"),
        ('<file name="' + "x" * 3_000_000 + '"/>', "tag or comment"),
        (
            '<file name="f"><customer number="1"><key name="k">' + "x" * 3_000_000 + "</key></customer></file>",
            "text of",
        ),
        (
            '<file name="f"><customer number="1">'
            + "".join(f'<key name="{n}">v</key>' for n in range(20_000))
            + "</customer></file>",
            "more than 1000 keys",
        ),
        ("<a>" * 100 + "</a>" * 100, "nested deeper"),
    ],
)
def test_what_would_swell_is_refused(inside: str, reason: str) -> None:
    """One hostile tag must not take the memory of a whole night's ingest."""
    with pytest.raises(RecordRejected) as refusal:
        batches(HEAD + QUEUE + inside + TAIL, "utf-8")
    assert reason in refusal.value.found


class _Generated(io.RawIOBase):
    """A delivery file of many outputs that lies nowhere, so that only what the reader keeps is measured."""

    def __init__(self, count: int) -> None:
        block = "".join(output(number) for number in range(1000)).encode()
        self._head, self._tail, self._block = (HEAD + QUEUE).encode(), TAIL.encode(), block
        self._size = len(self._head) + count // 1000 * len(block) + len(self._tail)
        self._at = 0

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}[whence] + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        parts = []
        left = self._size - self._at if size < 0 else min(size, self._size - self._at)
        while left:
            part = self._piece()[:left]
            parts.append(part)
            self._at += len(part)
            left -= len(part)
        return b"".join(parts)

    def _piece(self) -> bytes:
        if self._at < len(self._head):
            return self._head[self._at :]
        inner = self._at - len(self._head)
        if self._at < self._size - len(self._tail):
            return self._block[inner % len(self._block) :]
        return self._tail[self._at - self._size + len(self._tail) :]


def test_memory_does_not_grow_with_the_file() -> None:
    """A month-end manifest of gigabytes has to be read on the machine that reads a small one."""

    def peak(count: int) -> tuple[int, int]:
        tracemalloc.start()
        read = sum(len(batch.outputs) for batch in _read(count))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return read, most

    small, large = peak(20_000), peak(80_000)
    assert (small[0], large[0]) == (20_000, 80_000)
    assert large[1] < small[1] * 1.3


def _read(count: int) -> Iterator[DeliveryBatch]:
    yield from delivery_batches(cast("BinaryIO", _Generated(count)))
