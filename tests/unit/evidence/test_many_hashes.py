"""Hashes of many entries at once are those of one after the other, however the plugin has laid them in memory."""

from __future__ import annotations

import hashlib
import hmac
import random

import numpy as np
import pyarrow as pa
import pytest

from evidence.many_hashes import digests_of_each, hmac_of_each, sha256_of_each


@pytest.mark.parametrize("count", [0, 1, 2, 127, 129, 5000])
@pytest.mark.parametrize("lies_in_order", [True, False])
def test_hashes_are_those_of_single_entries(monkeypatch: pytest.MonkeyPatch, count: int, lies_in_order: bool) -> None:
    """A hash that stands at another row's place is a row that no proof of inclusion finds again."""
    if not lies_in_order:  # As a later polars may lay texts.
        monkeypatch.setattr(np, "array_equal", lambda *_: False)
    chance = random.Random(count)
    entries = [chance.randbytes(chance.randrange(200)) for _ in range(count)]
    expected = [hashlib.sha256(entry).hexdigest() for entry in entries]
    assert sha256_of_each(entries).to_pylist() == expected
    assert sha256_of_each(pa.array(entries, pa.binary())).to_pylist() == expected
    rows = np.frombuffer(chance.randbytes(33 * count), dtype=np.uint8).reshape(-1, 33)
    assert [bytes(row) for row in digests_of_each(rows)] == [hashlib.sha256(bytes(row)).digest() for row in rows]
    keyed = [hmac.new(b"key", entry, "sha256").hexdigest() for entry in entries]
    assert hmac_of_each(b"key", pa.array(entries, pa.binary())).to_pylist() == keyed
