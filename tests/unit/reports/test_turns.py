"""How many pages a worker makes at once: a real server on a real socket, with pages that tell when they are made."""

from __future__ import annotations

import asyncio
import http.client
import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import reports.turns
from reports.turns import HELD_SECONDS, TURNS, InTurns, LoopInTurns, Turns, end_turn
from tests.browser.example_snapshot import LETTER, publish_example
from tests.browser.live_reports import client_of, settings_for

PATIENCE = 30


class Pages:
    """Pages that stay in the making until they are let go, and how many were in the making at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._changed = threading.Condition(self._lock)
        self._let_go = threading.Event()
        self._count = 0
        self.most = 0
        self.order: list[str] = []

    def page(self, request: Request) -> Response:
        """Answer when all are let go; at once where the address says so, with an error where it says that."""
        path = request.url.path
        if path == "/wrong":
            raise ValueError(path)
        if path.startswith("/written"):
            end_turn(request)
            assert self._let_go.wait(PATIENCE)
        with self._changed:
            self._count += 1
            self.most = max(self.most, self._count)
            self.order.append(path)
            self._changed.notify_all()
        if path.startswith("/slow"):
            assert self._let_go.wait(PATIENCE)
        with self._lock:
            self._count -= 1
        return PlainTextResponse(path)

    def await_begun(self, count: int) -> None:
        """Wait until so many pages have been begun."""
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.order) >= count, PATIENCE), self.order

    def let_go(self) -> None:
        """Let every slow page end."""
        self._let_go.set()


@contextmanager
def serving(pages: Pages) -> Iterator[tuple[str, int]]:
    """Serve the pages as a worker does; give host and port."""
    application = InTurns(Starlette(routes=[Route("/{name}", pages.page)]))
    configuration = uvicorn.Config(
        application,
        loop="reports.turns:LoopInTurns",
        lifespan="off",
        headers=[("Connection", "close")],
        log_config=None,
    )
    server = uvicorn.Server(configuration)
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            yield listening.getsockname()
        finally:
            pages.let_go()
            server.should_exit = True
            thread.join(PATIENCE)
    assert not thread.is_alive()


def opened(place: tuple[str, int], path: str) -> tuple[int, str]:
    """Return status and text of a page."""
    connection = http.client.HTTPConnection(*place, timeout=PATIENCE)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


@pytest.fixture
def long_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages may hold their turn as long as a test takes."""
    monkeypatch.setattr(reports.turns, "HELD_SECONDS", float(PATIENCE))


@pytest.mark.usefixtures("long_turns")
@pytest.mark.parametrize("turns", [1, TURNS])
def test_no_more_pages_are_begun_than_there_are_turns_and_who_came_first_is_next(
    monkeypatch: pytest.MonkeyPatch, turns: int
) -> None:
    """Threads that share two cores each take as long as all together: the last of eight is answered no sooner."""
    monkeypatch.setattr(reports.turns, "TURNS", turns)
    pages = Pages()
    with serving(pages) as place, ThreadPoolExecutor(turns + 4) as readers:
        answers: list[Future[tuple[int, str]]] = []
        for number in range(turns):
            answers.append(readers.submit(opened, place, f"/slow{number}"))
            pages.await_begun(number + 1)
        for number in range(4):
            answers.append(readers.submit(opened, place, f"/quick{number}"))
            time.sleep(0.1)
        assert len(pages.order) == turns, "more were begun than there are turns"
        pages.let_go()
        assert {answer.result(PATIENCE)[0] for answer in answers} == {200}
    assert pages.most == turns
    came, begun = ["/quick0", "/quick1", "/quick2", "/quick3"], pages.order[turns:]
    assert sorted(begun) == came
    assert begun == came or turns > 1, "pages of several turns begin in threads, at the same time"


def test_pages_that_take_long_keep_nobody_waiting() -> None:
    """Three analysts whose queries take a minute would close the reports to all officers for that minute."""
    pages = Pages()
    with serving(pages) as place, ThreadPoolExecutor(TURNS + 1) as readers:
        slow = [readers.submit(opened, place, f"/slow{number}") for number in range(TURNS)]
        pages.await_begun(TURNS)
        started = time.monotonic()
        assert readers.submit(opened, place, "/quick").result(PATIENCE) == (200, "/quick")
        assert time.monotonic() - started < PATIENCE / 2
        assert not any(answer.done() for answer in slow)
        pages.let_go()
    assert HELD_SECONDS < 1


@pytest.mark.usefixtures("long_turns")
def test_pages_that_wait_for_the_log_of_accesses_hold_no_turn() -> None:
    """The disk takes as long as computing a page does: both cores would wait for it."""
    pages = Pages()
    with serving(pages) as place, ThreadPoolExecutor(2 * TURNS) as readers:
        waiting = [readers.submit(opened, place, f"/written{number}") for number in range(2 * TURNS)]
        assert opened(place, "/quick") == (200, "/quick")
        assert not any(answer.done() for answer in waiting)
        pages.let_go()
        assert {answer.result(PATIENCE)[0] for answer in waiting} == {200}


@pytest.mark.usefixtures("long_turns")
def test_connections_that_ask_nothing_hold_no_turn() -> None:
    """A browser opens connections that it may never use; an attacker opens as many as it can."""
    pages = Pages()
    with serving(pages) as place:
        silent = [socket.create_connection(place, PATIENCE) for _ in range(4 * TURNS)]
        try:
            assert opened(place, "/quick") == (200, "/quick")
        finally:
            for connection in silent:
                connection.close()


@pytest.mark.usefixtures("long_turns")
def test_a_page_that_fails_and_a_reader_who_leaves_give_their_turns_back(caplog: pytest.LogCaptureFixture) -> None:
    """Each error would otherwise take a turn for good, and the third one the last."""
    caplog.set_level(logging.CRITICAL, "uvicorn.error")
    pages = Pages()
    with serving(pages) as place:
        for _ in range(2 * TURNS):
            assert opened(place, "/wrong")[0] == 500
        for number in range(2 * TURNS):
            leaving = socket.create_connection(place, PATIENCE)
            leaving.sendall(f"GET /quick{number} HTTP/1.1\r\nHost: here\r\n\r\n".encode())
            leaving.close()
        assert opened(place, "/quick") == (200, "/quick")


def test_it_is_tried_again_where_no_connection_can_be_accepted(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """A process that had no file descriptor left for a moment would never accept anybody again."""
    accept: Callable[..., object] = LoopInTurns.sock_accept
    failures = [OSError(24, "Too many open files")]

    async def accept_later(loop: LoopInTurns, listening: socket.socket) -> object:
        if failures:
            raise failures.pop()
        return await accept(loop, listening)  # type: ignore[misc]

    monkeypatch.setattr(LoopInTurns, "sock_accept", accept_later)
    monkeypatch.setattr(reports.turns, "FULL_SECONDS", 0.01)
    with serving(Pages()) as place:
        assert opened(place, "/quick") == (200, "/quick")
    assert "Too many open files" in caplog.text


def test_a_connection_that_is_gone_before_it_is_taken_stops_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker would go on living, be healthy for its supervisor, and accept nobody ever again."""
    connect: Callable[..., object] = LoopInTurns.connect_accepted_socket
    failures = [ConnectionResetError(104, "Connection reset by peer")]

    async def connect_later(loop: LoopInTurns, *given: object) -> object:
        if failures:
            raise failures.pop()
        return await connect(loop, *given)  # type: ignore[misc]

    monkeypatch.setattr(LoopInTurns, "connect_accepted_socket", connect_later)
    with serving(Pages()) as place:
        with pytest.raises((OSError, http.client.HTTPException)):
            opened(place, "/quick")
        assert opened(place, "/quick") == (200, "/quick")
    assert not failures


def test_a_worker_that_accepts_nobody_any_more_ends(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Its supervisor asks only whether it lives."""
    ended: list[int] = []
    has_ended = threading.Event()

    async def mistaken(*_: object) -> object:
        raise ValueError("a mistake of ours")

    def end(number: int) -> None:
        ended.append(number)
        has_ended.set()

    monkeypatch.setattr(LoopInTurns, "sock_accept", mistaken)
    monkeypatch.setattr("reports.turns.signal.raise_signal", end)
    with serving(Pages()):
        assert has_ended.wait(PATIENCE)
    assert ended == [signal.SIGTERM]
    assert "a mistake of ours" in caplog.text


def test_a_request_that_begins_at_once_is_not_waited_for() -> None:
    """It begins while its connection is still being taken: the next reader would wait for one that has come already."""

    async def began() -> float:
        turns = Turns(1)
        turns.expect()
        give_back = turns.take()
        started = time.monotonic()
        await turns.taken(PATIENCE)
        give_back()
        return time.monotonic() - started

    with ThreadPoolExecutor(1) as thread:
        assert thread.submit(asyncio.run, began()).result(2 * PATIENCE) < PATIENCE / 2


def test_another_event_loop_has_no_turns() -> None:
    """One process alone keeps its connections, so that holding them back would change nothing but the log."""
    answered: list[str] = []

    async def application(scope: object, receive: object, send: object) -> None:
        answered.append("yes")

    async def nothing(*_: object) -> dict[str, object]:
        return {}

    asked = InTurns(application)({"type": "http"}, nothing, nothing)  # type: ignore[arg-type]
    # In a thread of its own: one in which a browser was driven has a loop.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asked).result(PATIENCE)
    assert answered == ["yes"]


def test_a_dossier_gives_its_turn_back_before_it_waits_for_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody else would wait for the disk, too."""
    home = tmp_path / "home"
    publish_example(home, letters=2)
    written: Future[None] = Future()
    monkeypatch.setattr("reports.people.gate.Gate.begin_record", lambda *_: written)
    monkeypatch.setattr("reports.pages.end_turn", lambda _: written.set_result(None))
    too_late = threading.Timer(PATIENCE, written.set_exception, [TimeoutError("the turn was kept")])
    too_late.start()
    with client_of(home) as client:
        assert client.get(f"/communications/{LETTER}").status_code == 200
    too_late.cancel()


def test_a_worker_is_prepared_before_it_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who opens the first dossier of the day would wait for the templates of all pages."""
    from reports.application import create_application

    settings = settings_for(tmp_path / "home")
    create_application(settings).state.presenter.prepare()
    publish_example(tmp_path / "home", letters=2)
    presenter = create_application(settings).state.presenter
    presenter.prepare()
    monkeypatch.setattr("jinja2.environment.Environment.compile", None)
    assert presenter._templates.get_template("dossier.html") is not None
    assert presenter.shelf._current is not None
