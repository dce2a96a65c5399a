"""A lineage service on loopback that takes events over real HTTP, and does what a test tells it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Service:
    """What the service took, in order; `answer` says what each event is answered with: a status, or 0 for silence."""

    url: str = ""
    taken: list[bytes] = field(default_factory=list)
    tokens: list[str | None] = field(default_factory=list)
    answer: Callable[[int], int] = lambda _: 201
    silence_seconds: float = 5.0


@contextmanager
def lineage_service() -> Iterator[Service]:
    """Serve on a free port while the block runs."""
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.taken.append(body)
            service.tokens.append(self.headers.get("Authorization"))
            status = service.answer(len(service.taken))
            if status == 0:
                time.sleep(service.silence_seconds)
                self.close_connection = True
                return
            said = b"" if status < 300 else b"not this one"
            self.send_response(status)
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        def log_message(self, *_: object) -> None:
            """Keep the test's output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}/api/v1/lineage"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
