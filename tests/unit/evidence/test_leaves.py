"""Leaves: round trips, canonical bytes, and the limits of an entry."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assettrail.errors import ContractBroken, EvidenceBroken
from evidence.leaves import (
    BatchClaim,
    BatchLeaf,
    DispositionLeaf,
    FailedExpectation,
    KeyRotationLeaf,
    Leaf,
    PublishLeaf,
    RawRemovalLeaf,
    ReplayLeaf,
    canonical_json,
    decode_leaf,
    encode_leaf,
    publish_leaves,
)

NOW = datetime(2026, 1, 5, 10, 0, 0, 123456, tzinfo=UTC)
BATCH = BatchLeaf(
    system="cloudinary",
    stream="notifications",
    load_id="20260105T100000123456Z-0123456789ab",
    rows=2,
    row_root="00" * 32,
    parquet_sha256="11" * 32,
    quarantined=1,
    quarantine_sha256="22" * 32,
    claim=BatchClaim(None, NOW, 2, "a", "b", complete=True, how="end_marker", detail="Ünïcode"),
    cursor={"next": 7, "window": {"to": "x"}},
    outcome="held",
    evaluated=4,
    failed=(FailedExpectation("not_null", "asset_id", 3, ("aa", "bb")),),
    logged_at=NOW,
)
EMPTY_BATCH = BatchLeaf(
    system="exstream",
    stream="jobs",
    load_id=None,
    rows=0,
    row_root=None,
    parquet_sha256=None,
    quarantined=0,
    quarantine_sha256=None,
    claim=BatchClaim(NOW, NOW, 0, None, None, complete=False, how="unknown", detail=""),
    cursor=None,
    outcome="accepted",
    evaluated=0,
    failed=(),
    logged_at=NOW,
)
PUBLISH = PublishLeaf("2026-01", {"marts.dim_assets": {"rows": 3, "content_hash": "x"}}, ("k1",), ("k2",), NOW)
MAPPED = replace(PUBLISH, column_map_sha256="e" * 64)

REPLAY = ReplayLeaf("exstream", "asset_uses", ("0123456789abcdef",), None, NOW)
ROTATION = KeyRotationLeaf("pseudonym", "0123456789abcdef", "fedcba9876543210", NOW)
REMOVAL = RawRemovalLeaf(90, NOW - timedelta(days=90), 3, "4" * 64, NOW)


@pytest.mark.parametrize(
    "leaf",
    [
        BATCH,
        EMPTY_BATCH,
        DispositionLeaf("load", "rejected", "ana", "wrong file", NOW),
        PUBLISH,
        MAPPED,
        REPLAY,
        ROTATION,
        REMOVAL,
    ],
)
def test_leaves_survive_their_bytes(leaf: Leaf) -> None:
    """The warehouse is rebuilt from leaves: what is read must be what was logged."""
    assert decode_leaf(encode_leaf(leaf)) == leaf


def test_the_bytes_of_a_leaf_are_fixed() -> None:
    """Old logs must stay readable: another spelling of the same leaf is another hash."""
    assert encode_leaf(DispositionLeaf("l", "accepted", "ana", "ok", NOW)) == (
        b'{"by":"ana","decision":"accepted","kind":"disposition","load_id":"l",'
        b'"logged_at":"2026-01-05T10:00:00.123456Z","reason":"ok"}'
    )


def test_an_instant_is_written_in_utc() -> None:
    """The same instant in another zone must be the same bytes, and a naive one must not be guessed."""
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5)))
    assert encode_leaf(DispositionLeaf("l", "accepted", "a", "r", elsewhere)) == encode_leaf(
        DispositionLeaf("l", "accepted", "a", "r", NOW)
    )
    with pytest.raises(ContractBroken, match="no time zone"):
        encode_leaf(DispositionLeaf("l", "accepted", "a", "r", NOW.replace(tzinfo=None)))


@pytest.mark.parametrize("value", [float("nan"), {"x": b"bytes"}, {1, 2}, {"a": 1, 2: 3}, "\ud800"])
def test_what_has_no_canonical_form_is_refused(value: object) -> None:
    """A value that JSON writes in two ways, or not at all, would have no stable hash."""
    with pytest.raises(ContractBroken):
        canonical_json(value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(st.text("abc", max_size=3), JSON, max_size=5))
def test_the_order_of_keys_does_not_matter(value: dict[str, object]) -> None:
    """Two processes that build the same facts in another order must log the same bytes."""
    assert canonical_json(value) == canonical_json(dict(reversed(value.items())))


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b'{"kind":"unknown"}',
        b'{"kind":"batch"}',
        b'{"kind": "disposition"}',
        b"\xff",
        encode_leaf(PUBLISH).replace(b"Z", b"Q"),
        encode_leaf(BATCH).replace(b'"cursor":', b'"cursor":null,"cursor":'),
    ],
)
def test_bytes_that_are_no_leaf_are_refused(entry: bytes) -> None:
    """An entry that is read wrongly is worse than one that is not read."""
    with pytest.raises(EvidenceBroken):
        decode_leaf(entry)


def test_a_leaf_too_large_is_a_clear_error() -> None:
    """The log's limit must be told before anything is written."""
    with pytest.raises(ContractBroken, match="publish_leaves"):
        encode_leaf(PublishLeaf("s", {}, tuple(f"{n:064x}" for n in range(2000)), (), NOW))


def test_a_publish_with_many_exceptions_is_split_and_loses_none() -> None:
    """The first publish of a large house opens thousands of exceptions: more than one entry can hold."""
    opened = tuple(f"{number:064x}" for number in range(2500))
    closed = tuple(f"{number:064x}" for number in range(9000, 9300))
    tables = {f"marts.table_{number}": {"rows": number, "content_hash": "0" * 64} for number in range(40)}
    leaves = publish_leaves(PublishLeaf("s", tables, opened, closed, NOW))
    read = [decode_leaf(encode_leaf(leaf)) for leaf in leaves]
    assert all(isinstance(leaf, PublishLeaf) for leaf in read)
    assert tuple(key for leaf in leaves for key in leaf.exceptions_opened) == opened
    assert tuple(key for leaf in leaves for key in leaf.exceptions_closed) == closed
    assert [leaf.part for leaf in leaves] == list(range(1, len(leaves) + 1))
    assert len(leaves) <= 4
    assert leaves[0].tables == tables


def test_a_small_publish_is_one_leaf() -> None:
    """The usual case carries no part numbers."""
    assert publish_leaves(PUBLISH) == [PUBLISH]
    assert b"part" not in encode_leaf(PUBLISH)
    assert b"column_map" not in encode_leaf(PUBLISH), "entries of older releases keep their bytes"
