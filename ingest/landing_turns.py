"""Who may land now, of streams that land beside one another.

Here belong three rules: leaves are appended in the streams' order; only so many rows are landed at once, so that
several streams take no more memory than one that is large; and the batch with the most rows goes first where several
cores can work on one batch, as the others make their trees while it is written. Which streams land beside one another
is `ingest.run`.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Condition
from typing import Final

MOST_ROWS: Final = 3_500_000
"""As many as the three streams of a report with half a million communications have."""


@dataclass(frozen=True)
class Turn:
    """The turns of one batch that is let in."""

    turns: "LandingTurns"
    stream: str

    @contextmanager
    def to_hash(self) -> Iterator[None]:
        """Make the batch's tree in here: after those of all batches that are in and have more rows."""
        self.turns.wait_to_hash(self.stream)
        try:
            yield
        finally:
            self.turns.is_hashed(self.stream)

    def to_append(self) -> None:
        """Wait until the leaf may be appended."""
        self.turns.wait_to_append(self.stream)


class LandingTurns:
    """The turns of streams, in their order; `beside` are those of them that land in threads of their own.

    A batch is let in when the last ones of the streams before it, of those that land beside one another, are in, so
    that whoever is waited for has always been let in.
    """

    def __init__(self, streams: Sequence[str], beside: Sequence[str], most_rows: int = MOST_ROWS) -> None:
        self._running = list(streams)
        self._outside = list(beside)
        self._most_rows = most_rows
        self._rows = 0
        self._unhashed: dict[str, int] = {}
        self._changed = Condition()

    @contextmanager
    def landing(self, stream: str, rows: int, *, is_last: bool) -> Iterator[Turn]:
        """Let a stream's batch in when there is room for its rows; give what waits for its turns.

        A batch with more rows than there may be is let in alone.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._outside[0] == stream and self._has_room(rows))
            self._rows += rows
            self._unhashed[stream] = rows
            if is_last:
                self._outside.remove(stream)
            self._changed.notify_all()
        try:
            yield Turn(self, stream)
        finally:
            self.is_hashed(stream)
            with self._changed:
                self._rows -= rows
                self._changed.notify_all()

    def end(self, *streams: str) -> None:
        """These streams have landed, or will not."""
        with self._changed:
            self._running = [stream for stream in self._running if stream not in streams]
            self._outside = [stream for stream in self._outside if stream not in streams]
            self._changed.notify_all()

    def wait_to_hash(self, stream: str) -> None:
        """Wait until the batches that are in and have more rows are hashed."""
        with self._changed:
            own = self._unhashed[stream]
            self._changed.wait_for(lambda: all(rows <= own for rows in self._unhashed.values()))

    def is_hashed(self, stream: str) -> None:
        """The stream's batch needs several cores no more."""
        with self._changed:
            self._unhashed.pop(stream, None)
            self._changed.notify_all()

    def wait_to_append(self, stream: str) -> None:
        """Wait until the streams before this one have landed, or will not."""
        with self._changed:
            self._changed.wait_for(lambda: self._running[0] == stream)

    def _has_room(self, rows: int) -> bool:
        return not self._rows or self._rows + rows <= self._most_rows
