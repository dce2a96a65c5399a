"""How many pages a worker makes at once: who comes while that many are being made waits in the socket, in order.

Here belong the turns of one worker process and the event loop that accepts a connection when one is free. All workers
accept from one socket, so that whoever came first is next, wherever a turn becomes free first. Threads that share an
interpreter and two cores finish no page sooner by beginning more of them; each of them takes as long as all together.
What a page is belongs to the application, how workers are started and stopped to `serve`.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import uvloop
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

TURNS = 2
"""Pages that a worker makes at once: while DuckDB reads for one, Python computes for the other."""
HELD_SECONDS = 0.25
"""How long one page may hold a turn: what takes longer (a PDF, an analyst's query, a slow upload) holds up nobody."""
SILENT_SECONDS = 0.02
"""How long a new connection is waited for to ask something: browsers open some that they may never use."""
FULL_SECONDS = 1.0
"""When to try again where no connection can be accepted (no file descriptor is left): as asyncio does."""

_OVER = "end_turn"
_LOG = logging.getLogger("uvicorn.error")


class Turns:
    """The turns of one process; for one event loop, not for threads."""

    def __init__(self, count: int) -> None:
        self._free = count
        self._is_free = asyncio.Event()
        self._is_free.set()
        self._has_begun = asyncio.Event()

    async def free(self) -> None:
        """Wait until a turn is free; none is taken yet."""
        await self._is_free.wait()

    def expect(self) -> None:
        """Let `taken` wait for a request that takes a turn from now on."""
        self._has_begun.clear()

    async def taken(self, seconds: float) -> None:
        """Wait until the request that is expected takes a turn, but no longer than so many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._has_begun.wait(), seconds)

    def take(self) -> Callable[[], None]:
        """Take a turn, also where none is free, and return what gives it back; only the first call of that does."""
        self._has_begun.set()
        self._change(-1)
        is_held = True

        def give_back() -> None:
            nonlocal is_held
            if is_held:
                is_held = False
                overdue.cancel()
                self._change(1)

        overdue = asyncio.get_running_loop().call_later(HELD_SECONDS, give_back)
        return give_back

    def _change(self, by: int) -> None:
        self._free += by
        if self._free > 0:
            self._is_free.set()
        else:
            self._is_free.clear()


class InTurns:
    """An application whose requests each hold a turn of the process, from when they are read until they are answered.

    A turn is given back when the answer starts, or before (`end_turn`): all of a page is made by then, and neither the
    disk nor a slow reader takes any of it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        loop = asyncio.get_running_loop()
        if scope["type"] != "http" or not isinstance(loop, LoopInTurns):
            await self._app(scope, receive, send)
            return
        give_back = loop.turns.take()
        scope.setdefault("state", {})[_OVER] = lambda: loop.call_soon_threadsafe(give_back)

        async def send_and_give_back(message: Message) -> None:
            give_back()
            await send(message)

        try:
            await self._app(scope, receive, send_and_give_back)
        finally:
            give_back()


def end_turn(request: Request) -> None:
    """Give the turn of a request back before it is answered: all is computed, and it waits. From any thread."""
    over = getattr(request.state, _OVER, None)
    if over is not None:
        over()


class LoopInTurns(uvloop.Loop):
    """An event loop whose servers accept a connection only while a turn is free."""

    def __init__(self) -> None:
        super().__init__()
        self.turns = Turns(TURNS)

    async def create_server(  # type: ignore[override]
        self, protocol_factory: Callable[[], asyncio.Protocol], *, sock: socket.socket, **_: Any
    ) -> Accepting:
        """Begin to accept connections of a socket that listens already, which is how workers get theirs."""
        return Accepting(self, protocol_factory, sock)


class Accepting:
    """What accepts the connections of one socket, one after the other; as uvicorn uses an asyncio.Server."""

    def __init__(
        self, loop: LoopInTurns, protocol_factory: Callable[[], asyncio.Protocol], listening: socket.socket
    ) -> None:
        self._loop = loop
        self._protocol_factory = protocol_factory
        self._listening = listening
        self._listening.setblocking(False)
        self._task = loop.create_task(self._accept())
        self._task.add_done_callback(_end_worker)

    async def _accept(self) -> None:
        while True:
            await self._loop.turns.free()
            try:
                connection, _ = await self._loop.sock_accept(self._listening)
            except OSError as error:
                _LOG.error("No connection can be accepted (%s); trying again in %g s", error, FULL_SECONDS)
                await asyncio.sleep(FULL_SECONDS)
                continue
            self._loop.turns.expect()
            try:
                await self._loop.connect_accepted_socket(self._protocol_factory, connection)
            except OSError:  # Whoever connected has gone: that is no reason to keep the next one waiting.
                connection.close()
                continue
            await self._loop.turns.taken(SILENT_SECONDS)

    def close(self) -> None:
        """Accept no more; connections that were accepted go on."""
        self._task.cancel()

    async def wait_closed(self) -> None:
        """Wait until nothing is accepted any more."""
        await asyncio.wait([self._task])


def _end_worker(accepting: asyncio.Task[None]) -> None:
    """End a worker that accepts nobody any more because of a mistake of ours; its supervisor starts another one."""
    if not accepting.cancelled():
        _LOG.critical("Accepting connections has failed", exc_info=accepting.exception())
        signal.raise_signal(signal.SIGTERM)
