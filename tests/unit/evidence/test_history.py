"""Naming an earlier state of the log: the wrong state would be a wrong answer to "what did you know then"."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError
from evidence.history import LogState, state_at
from evidence.keys import create_keys, load_keys
from evidence.leaves import DispositionLeaf, encode_leaf
from evidence.log import Log
from evidence.merkle import leaf_hash, prefix_roots, tree_hash

NOON = datetime(2026, 2, 1, 12, tzinfo=UTC)
ORIGIN = "assettrail.test/history"


def log_of(folder: Path, hours: Sequence[int]) -> Log:
    """A real log with one entry per hour after noon, in this order."""
    create_keys(folder / "keys", ORIGIN)
    log = Log.open(folder / "log", ORIGIN, load_keys(folder / "keys").signing_key)
    for number, hour in enumerate(hours):
        leaf = DispositionLeaf(f"load-{number}", "accepted", "ada", "seen", NOON + timedelta(hours=hour))
        log.append([encode_leaf(leaf)])
    return log


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return log_of(tmp_path, range(12))


def named(log: Log, wanted: str) -> LogState:
    return state_at(log, wanted, NOON + timedelta(days=1))


def test_a_state_is_named_by_size_root_or_instant(log: Log) -> None:
    """Harm prevented: an auditor and an officer mean the same moment and get two answers."""
    by_size = named(log, "3")
    assert by_size == LogState(3, log.root_hashes([3])[3], NOON + timedelta(hours=2))
    assert named(log, by_size.root_hash) == by_size
    assert named(log, by_size.root_hash[:8].upper()) == by_size
    assert named(log, "2026-02-01T14:00:00+00:00") == by_size
    assert named(log, "2026-02-01T15:59:59.999999+01:00") == by_size, "the newest state that is not after it"


def test_a_root_of_digits_alone_is_a_root(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: one root hash in fifty begins with eight digits, and would be an unknown size."""
    monkeypatch.setattr(log, "sizes_with_root", lambda prefix: [5] if prefix == "12345678" else [])
    assert named(log, "12345678").size == 5


def test_an_entry_of_a_clock_that_ran_ahead_ends_what_was_known(tmp_path: Path) -> None:
    """Harm prevented: a state in which a later entry is known and one before it is not was never the log's."""
    log = log_of(tmp_path, [0, 5, 1, 6])
    assert named(log, "2026-02-01T14:00:00Z").size == 1
    assert named(log, "2026-02-01T17:00:00Z").size == 3


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("0", "nothing was known"),
        ("13", "a log of 12 entries"),
        ("99999999", "no state of this log"),
        ("deadbeef", "no state of this log"),
        ("-1", "Invalid isoformat"),
        ("yesterday", "Invalid isoformat"),
        ("0001-01-01T00:00:00+14:00", "out of range"),
        ("2026-02-01T11:59:59Z", "a log that began at 2026-02-01T12:00:00"),
        ("2026-02-03T00:00:00Z", "has not come yet"),
        ("2026-02-01", "without an offset"),
        ("2026-02-01T14:00:00", "without an offset"),
    ],
)
def test_what_names_no_state_is_said_in_words(log: Log, wanted: str, told: str) -> None:
    """Harm prevented: a report about another day than the one that was asked for."""
    with pytest.raises(ConfigurationError, match=told) as raised:
        named(log, wanted)
    assert repr(wanted) in raised.value.tried


def test_two_states_with_the_same_first_digits_are_both_told(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: one of two states is chosen for the person who asked."""
    monkeypatch.setattr(log, "sizes_with_root", lambda _: [4, 9])
    with pytest.raises(ConfigurationError, match="at the sizes 4, 9"):
        named(log, "abcdef01")


def test_a_log_without_entries_knew_nothing(tmp_path: Path) -> None:
    """Harm prevented: a crash where nothing was landed yet."""
    with pytest.raises(ConfigurationError, match="without entries"):
        named(log_of(tmp_path, []), "1")


def test_roots_of_all_beginnings_are_those_of_the_definition() -> None:
    """Harm prevented: a root that somebody kept as evidence is not found in the log that it belongs to."""
    hashes = [leaf_hash(bytes([number])) for number in range(70)]
    assert list(prefix_roots(hashes)) == [tree_hash(hashes[:size]) for size in range(1, 71)]
