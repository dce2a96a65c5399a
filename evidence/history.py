"""Which state of the log somebody means: by its size, by its root, or by an instant.

Here belongs finding the state and saying why there is none. What was known at it is read by `ingest.ledger`; the
newest state is the log's own checkpoint.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from assettrail.errors import ConfigurationError
from evidence.leaves import decode_leaf
from evidence.log_reader import LogReader

SHORTEST_ROOT = 8
_HEX = frozenset("0123456789abcdef")
_TIME_FORMS = "an ISO 8601 instant with its offset, as 2026-03-31T18:00:00+02:00"
_FORMS = f"a number of entries, {SHORTEST_ROOT} or more digits of a checkpoint's root hash, or {_TIME_FORMS}"
_SEE = "`assettrail log verify` prints the size and root of today, each snapshot's manifest.json those of its day"


@dataclass(frozen=True)
class LogState:
    """The log as it was with its first `size` entries: their root (lower-case hex), and when the last was logged."""

    size: int
    root_hash: str
    logged_at: datetime


def state_at(log: LogReader, wanted: str, now: datetime) -> LogState:
    """Return the state that a size, a root's first digits or an instant names; `now` is the present instant (UTC).

    An instant names the longest beginning of the log in which every entry was logged at it or before. Raises
    ConfigurationError that says why there is no such state.
    """
    tried = f"to find the state of the log that {wanted!r} names"
    size, word = log.checkpoint().size, wanted.strip().lower()
    if not size:
        raise ConfigurationError(tried, "a log without entries", "a log", "land something: `assettrail ingest`")
    if word.isascii() and word.isdigit() and int(word) <= size:
        if int(word) == 0:
            raise ConfigurationError(tried, "0 entries: nothing was known", f"1 to {size} entries", _SEE)
        return _state(log, int(word))
    if _HEX.issuperset(word) and len(word) >= SHORTEST_ROOT:
        return _state(log, _size_of_root(log, word, tried))
    if word.isascii() and word.isdigit():
        raise ConfigurationError(tried, f"a log of {size} entries", f"1 to {size} entries", _SEE)
    return _state(log, _size_at(log, _instant(wanted.strip(), tried), now, tried))


def _state(log: LogReader, size: int) -> LogState:
    _, last = next(log.entries(size - 1))
    return LogState(size, log.root_hashes([size])[size], decode_leaf(last).logged_at)


def _size_of_root(log: LogReader, prefix: str, tried: str) -> int:
    sizes = log.sizes_with_root(prefix)
    if len(sizes) == 1:
        return sizes[0]
    found = f"{len(sizes)} states whose root begins with it: at the sizes {', '.join(map(str, sizes[:5]))}"
    raise ConfigurationError(
        tried,
        found if sizes else f"no state of this log ({log.checkpoint().size} entries) whose root begins with it",
        "the root hash of one state that the log went through; its first digits are enough",
        "give more digits, or the number of entries" if sizes else _SEE,
    )


def _instant(text: str, tried: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        in_utc = instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ConfigurationError(tried, f"{error}", _FORMS, _SEE) from error
    if instant.tzinfo is None:
        raise ConfigurationError(
            tried,
            "an instant without an offset: it means another one in each time zone",
            _TIME_FORMS,
            f"add the offset that you mean: {instant.isoformat()}+00:00 is UTC",
        )
    return in_utc


def _size_at(log: LogReader, instant: datetime, now: datetime, tried: str) -> int:
    if instant > now:
        raise ConfigurationError(
            tried,
            f"an instant that has not come yet: it is {now.isoformat(timespec='seconds')}",
            "an instant of the past: what will be known then nobody knows",
            "build without --as-known-at for what is known now",
        )
    size, first = 0, None
    for index, entry in log.entries():
        logged_at = decode_leaf(entry).logged_at
        first = first or logged_at
        if logged_at > instant:
            break
        size = index + 1
    if not size:
        began = first.astimezone(UTC).isoformat(timespec="microseconds") if first else "not yet"
        raise ConfigurationError(
            tried, f"a log that began at {began}", "an instant at which something was known", "name a later instant"
        )
    return size
