"""Files of runs that do not come: which are passed over, and when it is the service that does not give them.

Here belongs that decision for one walk. One file that is refused, broken at the vendor's or too slow must not keep all
others from landing; a service that is down, or a client without rights, must not look like so many broken files. Not
here: what a claim says of a file that was passed over (`walk`, `source`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, TypeAlias

from assettrail.errors import PermanentSourceError, SourceError
from ingest.exstream.streams import FileKind

Asked: TypeAlias = tuple[str, FileKind, str]
"""What is asked for of one step after the other: the domain, the kind of file, and its name in words."""

_FAILURES_IN_A_ROW: Final = 3
"""How many files the service may fail to give, one after the other and each after several tries, before it is down."""


@dataclass
class PassedOver:
    """The answers and failures of one walk. That a file is gone is an answer; a refusal is none, and costs little."""

    _in_a_row: dict[Asked, int] = field(default_factory=dict)
    _last: dict[Asked, SourceError] = field(default_factory=dict)
    _answered: set[Asked] = field(default_factory=set)

    def has_answered(self, asked: Asked) -> None:
        """Note that the service answered for one step."""
        self._answered.add(asked)
        self._in_a_row.pop(asked, None)

    def passes(self, asked: Asked, error: SourceError) -> bool:
        """Note a failure; whether the file is passed over and the next step is asked."""
        self._last[asked] = error
        if isinstance(error, PermanentSourceError):
            self._in_a_row.pop(asked, None)
            return True
        self._in_a_row[asked] = self._in_a_row.get(asked, 0) + 1
        return self._in_a_row[asked] < _FAILURES_IN_A_ROW

    def unanswered(self) -> dict[FileKind, SourceError]:
        """The kinds of files of which the service gave none in some domain though it was asked, and why."""
        return {asked[1]: error for asked, error in self._last.items() if asked not in self._answered}
