"""Strict types, row hashes and "only what is new": the pure part of landing."""

import hashlib

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from assettrail.errors import ContractBroken
from evidence.leaves import canonical_json
from evidence.merkle import EMPTY_ROOT, leaf_hash, node_hash
from ingest.landed_hashes import Hashes, hash_numbers
from ingest.readable_rows import plain
from ingest.rows import hashed_table, new_events, new_states, read_rows, row_hashes, row_root
from ingest.schema import stream_schema
from tests.unit.landing.stores import EVENTS, STATES, access, community, rows_of

NOTIFICATIONS = stream_schema("cloudinary", "notifications")
NO_LANDED = pl.DataFrame(schema={"community_id": pl.String, "_row_hash": pl.String, "_log_index": pl.Int64})


def notification(**changes: object) -> dict[str, object]:
    return {
        "digest": "0" * 64,
        "ordinal": 0,
        "notification_type": "upload",
        "timestamp_raw": "2026-02-01T10:00:00Z",
    } | changes


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": "1767607200"}, "version: str where int is promised"),
        ({"version": 1767607200.0}, "version: float where int is promised"),
        ({"version": True}, "version: bool where int is promised"),
        ({"is_overwritten": 1}, "is_overwritten: int where bool is promised"),
        ({"etag": b"ab"}, "etag: bytes where str is promised"),
        ({"new_metadata": {"a": 1}}, "new_metadata: dict where str is promised"),
        ({"digest": None}, "digest: no value where one is required"),
        ({"bytes": 2**63}, "bytes: a whole number beyond 64 bits"),
        ({"bytes": -(2**63) - 1}, "bytes: a whole number beyond 64 bits"),
        ({"public_id": "a\ud800b"}, "text that is not valid Unicode"),
    ],
)
def test_a_value_of_another_type_refuses_only_its_row(change: dict[str, object], reason: str) -> None:
    """A cast, or NULL, would change what the vendor said; a refused batch would lose the other rows."""
    rows = rows_of([notification(), notification(**{"ordinal": 1, **change})])
    readable = read_rows(NOTIFICATIONS, rows)
    assert readable.table.column("ordinal").to_pylist() == [0]
    assert len(readable.hashes) == 32
    assert readable.table.column("digest").to_pylist() == ["0" * 64]
    (refused,) = readable.refused
    assert (refused.reason, refused.offset) == (reason, 1)


def test_a_column_that_the_stream_does_not_have_is_our_mistake() -> None:
    """A misspelt column in an adapter would otherwise land as NULL for ever."""
    with pytest.raises(ContractBroken, match="assetid"):
        read_rows(EVENTS, rows_of([access(1) | {"assetid": "x"}]))


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "name": st.none() | st.text(st.characters(exclude_categories=["Cs"])),
                "number": st.none() | st.integers(-(2**63), 2**63 - 1),
                "flag": st.none() | st.booleans(),
            }
        ),
        max_size=5,
    )
)
def test_a_row_hash_is_the_hash_of_canonical_json_without_nulls(rows: list[dict[str, object]]) -> None:
    """Anyone must be able to recompute a row hash from the landed row with a JSON library and SHA-256."""
    columns = {name: [row[name] for row in rows] for name in ("name", "number", "flag")}
    expected = [
        hashlib.sha256(canonical_json({k: v for k, v in row.items() if v is not None})).hexdigest() for row in rows
    ]
    assert row_hashes(columns, len(rows)) == expected


def test_a_new_empty_column_keeps_old_hashes() -> None:
    """When a stream gains a column, rows that do not have it must not all count as changed."""
    assert row_hashes({"a": ["x"]}, 1) == row_hashes({"a": ["x"], "b": [None]}, 1)


def test_the_row_root_is_the_tree_of_rfc_6962_over_the_hashes_bytes() -> None:
    """A proof for one row must be checkable with any RFC 6962 implementation."""
    first, second = hashlib.sha256(b"1"), hashlib.sha256(b"2")
    assert row_root([]) == EMPTY_ROOT.hex()
    expected = node_hash(leaf_hash(first.digest()), leaf_hash(second.digest()))
    assert row_root([first.hexdigest(), second.hexdigest()]) == expected.hex()


def none_landed(numbers: Hashes) -> NDArray[np.bool_]:
    return np.zeros(len(numbers), dtype=np.bool_)


def test_an_event_that_came_twice_lands_once() -> None:
    """Deliveries are at least once: a doubled event would be a doubled use in a report."""
    readable = read_rows(EVENTS, rows_of([access(1), access(2), access(1)]))
    assert new_events(readable, none_landed).tolist() == [0, 1]


def test_an_event_that_landed_does_not_land_again() -> None:
    """Windows overlap: what was read yesterday is read again today."""
    readable = read_rows(EVENTS, rows_of([access(1), access(2)]))
    landed = hash_numbers(readable.hashes[:32])
    assert new_events(readable, lambda numbers: (numbers == landed).all(axis=1)).tolist() == [1]


def test_an_event_with_other_content_is_not_swallowed() -> None:
    """Two contents under one event key contradict each other: the gate has to see both."""
    readable = read_rows(EVENTS, rows_of([access(1), access(1, kind="downloaded")]))
    assert new_events(readable, none_landed).tolist() == [0, 1]


def test_of_two_states_in_one_batch_the_last_counts() -> None:
    """A page that shifts while it is read shows the same thing twice; the older description must not win."""
    readable = read_rows(STATES, rows_of([community(1, name="old"), community(2), community(1, name="new")]))
    assert new_states(STATES, readable, NO_LANDED).tolist() == [1, 2]


def test_a_state_that_returns_to_an_earlier_one_is_news() -> None:
    """Compared with all history instead of the latest, a community that was renamed back would stay renamed."""
    a, b = (read_rows(STATES, rows_of([community(1, name=name)])) for name in ("a", "b"))
    landed = pl.DataFrame(
        {"community_id": ["C-1", "C-1"], "_row_hash": [b.hashes.hex(), a.hashes.hex()], "_log_index": [7, 3]}
    )
    assert new_states(STATES, a, landed).tolist() == [0]
    assert new_states(STATES, b, landed).tolist() == []


def test_rows_read_as_columns_are_the_rows_read_one_by_one() -> None:
    """Two readers with two hashes for one record would land it twice."""
    values = [access(number) for number in range(5)]
    columns = {name: [row.get(name) for row in values] for name in EVENTS.columns}
    table = hashed_table(EVENTS, columns, rows_of(values)[0].source_uri, "ab" * 32)
    assert plain(table).equals(read_rows(EVENTS, rows_of(values)).table)
    assert read_rows(EVENTS, rows_of(values[:1]), [table.slice(1)]).table.equals(table)
