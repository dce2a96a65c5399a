"""Who may land now, of streams that land beside one another.

Here belong two rules: leaves are appended in the streams' order, and only so many rows are landed at once, so that
several streams take no more memory than one that is large. Which streams land beside one another is `ingest.run`.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from threading import Condition
from typing import Final

MOST_ROWS: Final = 3_500_000
"""As many as the three streams of a report with half a million communications have."""


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
        self._changed = Condition()

    @contextmanager
    def landing(self, stream: str, rows: int, *, is_last: bool) -> Iterator[Callable[[], None]]:
        """Let a stream's batch in when there is room for its rows; give what waits for its turn to append the leaf.

        A batch with more rows than there may be is let in alone.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._outside[0] == stream and self._has_room(rows))
            self._rows += rows
            if is_last:
                self._outside.remove(stream)
            self._changed.notify_all()
        try:
            yield partial(self._wait_for_turn, stream)
        finally:
            with self._changed:
                self._rows -= rows
                self._changed.notify_all()

    def end(self, *streams: str) -> None:
        """These streams have landed, or will not."""
        with self._changed:
            self._running = [stream for stream in self._running if stream not in streams]
            self._outside = [stream for stream in self._outside if stream not in streams]
            self._changed.notify_all()

    def _has_room(self, rows: int) -> bool:
        return not self._rows or self._rows + rows <= self._most_rows

    def _wait_for_turn(self, stream: str) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._running[0] == stream)
