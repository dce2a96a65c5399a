"""The users of the reports' benchmark: an answer that is wrong counts as failed, however fast it came."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks.browsing import User

ANSWERS = {
    "/right": (200, b"<html>COM-1</html>\n"),
    "/other": (200, b"<html>COM-2</html>\n"),
    "/cut": (200, b"<html>COM-1"),
    "/error": (500, b"<html>COM-1</html>"),
}


class Answering(BaseHTTPRequestHandler):
    """Answers by the list above, and gives a cookie to whoever has none."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer one request; `/gone` ends the connection."""
        if self.path == "/gone":
            self.close_connection = True
            return
        status, body = (200, self.headers["Cookie"].encode() + b"</html>") if self.path == "/me" else ANSWERS[self.path]
        self.send_response(status)
        if "Cookie" not in self.headers:
            self.send_header("Set-Cookie", "browser=secret; Path=/; HttpOnly")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    """A server of these answers."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_only_the_page_that_was_asked_for_is_right(address: str) -> None:
    """A server that answers fast with errors, or with somebody else's page, would win every benchmark."""
    with User(address) as user:
        problems = {path: user.open(path, "COM-1").problem for path in (*ANSWERS, "/gone", "/right")}
        assert problems.pop("/right") is None
        assert all(problem is not None and problem.startswith(path) for path, problem in problems.items())
        assert user.open("/me", "browser=secret").problem is None
