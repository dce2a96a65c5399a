"""Where a sender is hurt beside its files: at what it says to a vendor and hears of it, and in its outbox.

Here belongs counting these calls in a forked process. A request is met in front of its connection, in front of its
bytes, in front of each part of the answer and behind it; a transaction in front of each statement that writes, in front
of its commit and behind it. What SQLite does on the disk within a commit is reached by `tests.torture.tracing`.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from tests.torture.failpoints import Counter, Injury
from tests.torture.sending.installation import AN_HOUR, pass_time

CONNECT, SAY, HEAR, HEARD = "connect", "send", "receive", "received"
STATEMENT, COMMIT, COMMITTED = "statement", "commit", "committed"
BODY: Final = " (body)"
"""Ends what is said of a part of a request that is not its first."""
SPOKEN: Final = frozenset({CONNECT, SAY, HEAR})
"""Calls at which a connection can be lost."""
STORED: Final = frozenset({STATEMENT, COMMIT, COMMITTED})
_METHODS: Final = (b"GET ", b"POST ", b"PUT ", b"PATCH ", b"DELETE ")
_WRITING: Final = ("INSERT", "UPDATE")

_Call = Callable[..., Any]


def can_happen(injury: Injury, call: str) -> bool:
    """Whether an injury can happen at such a call: a disk refuses files, a network loses connections."""
    is_elsewhere = call in SPOKEN or call in STORED or call == HEARD
    match injury:
        case "RESET":
            return call in SPOKEN
        case "STALL":
            return is_elsewhere
        case "ENOSPC" | "EIO":
            return not is_elsewhere
        case _:
            return True


def watch(ports: Mapping[int, str], meant: tuple[str, str] | None = None) -> Callable[[Counter], None]:
    """Return what has a process's calls to the vendors at these ports, and to its outbox, counted.

    `meant` are the name of a call and a part of what it is about: no other call is hurt.
    """

    def begin(counter: Counter) -> None:
        _watch_sockets(counter, ports)
        _watch_statements(counter)
        counter.after_stall = lambda: pass_time(AN_HOUR)
        counter.fits = lambda name, what: (
            can_happen(counter.injury, name) and (meant is None or (name == meant[0] and meant[1] in what))
        )

    return begin


class _Sockets:
    """The connections of a process to the vendors, and the request that is under way on each."""

    def __init__(self, counter: Counter, ports: Mapping[int, str]) -> None:
        self._counter = counter
        self._ports = ports
        self._asked: dict[socket.socket, str] = {}

    def connecting(self, real: _Call) -> _Call:
        """Count in front of a connection."""

        def connect(connection: socket.socket, address: Any) -> Any:
            if (name := self._ports.get(address[1])) is not None:
                self._counter.count(CONNECT, name)
            return real(connection, address)

        return connect

    def saying(self, real: _Call) -> _Call:
        """Count in front of a part of a request."""

        def say(connection: socket.socket, content: Any, *rest: Any) -> Any:
            if (service := self._service(connection)) is not None:
                line = _request_line(content)
                if line is not None:
                    self._asked[connection] = f"{service} {line}"
                self._counter.count(SAY, self._asked.get(connection, service) + ("" if line else BODY))
            return real(connection, content, *rest)

        return say

    def hearing(self, real: _Call) -> _Call:
        """Count in front of a part of an answer, and behind it."""

        def hear(connection: socket.socket, *rest: Any) -> Any:
            if (service := self._service(connection)) is None:
                return real(connection, *rest)
            what = self._asked.get(connection, service)
            self._counter.count(HEAR, what)
            heard = real(connection, *rest)
            self._counter.count(HEARD, what)
            return heard

        return hear

    def _service(self, connection: socket.socket) -> str | None:
        try:
            return self._ports.get(int(connection.getpeername()[1]))
        except (OSError, IndexError, ValueError):
            return None


def _watch_sockets(counter: Counter, ports: Mapping[int, str]) -> None:
    kind: Any = socket.socket
    sockets = _Sockets(counter, ports)
    kind.connect = sockets.connecting(kind.connect)
    for name in ("send", "sendall"):
        setattr(kind, name, sockets.saying(getattr(kind, name)))
    for name in ("recv", "recv_into"):
        setattr(kind, name, sockets.hearing(getattr(kind, name)))


def _watch_statements(counter: Counter) -> None:
    def statement(_connection: Any, _cursor: Any, said: str, *_rest: Any) -> None:
        if said.startswith(_WRITING):
            counter.count(STATEMENT, " ".join(said.split()[:3]))

    event.listen(Engine, "before_cursor_execute", statement)
    event.listen(Engine, "commit", lambda _: counter.count(COMMIT, "outbox"))
    event.listen(Session, "after_commit", lambda _: counter.count(COMMITTED, "outbox"))


def _request_line(content: object) -> str | None:
    """`POST /path` of a request's first bytes."""
    head = bytes(content[:300]) if isinstance(content, bytes | bytearray | memoryview) else b""
    if not head.startswith(_METHODS):
        return None
    method, _, rest = head.decode("latin-1").partition(" ")
    return f"{method} {rest.split(' ')[0].partition('?')[0]}"
