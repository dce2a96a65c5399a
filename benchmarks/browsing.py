"""Users of the reports as the benchmark has them: a connection each that is kept open, and answers that are looked at.

Here belong one user's connection, and what computing everybody takes. Users compute on the same cores as the server, so
that theirs is what a connection costs and no more: no client library, nothing parsed but status, cookie and a mark.
"""

from __future__ import annotations

import http.client
import time
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import psutil

END = b"</html>"


@dataclass(frozen=True)
class Got:
    """One answer: how long it took (seconds), and what was wrong with it, None where nothing was."""

    seconds: float
    problem: str | None


class User:
    """One person with a browser: a kept connection, and the cookie that the server gave it. For one thread."""

    def __init__(self, address: str) -> None:
        place = urlsplit(address)
        self._connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=60)
        self._headers = {"Accept": "text/html"}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def open(self, path: str, mark: str) -> Got:
        """Open a page. It is right with status 200, whole, and when the mark (an id that it is about) stands in it."""
        started = time.perf_counter()
        try:
            self._connection.request("GET", path, headers=self._headers)
            answer = self._connection.getresponse()
            body = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self._connection.close()
            return Got(time.perf_counter() - started, f"{path}: {type(error).__name__}: {error}")
        seconds = time.perf_counter() - started
        if given := answer.getheader("set-cookie"):
            self._headers["Cookie"] = given.partition(";")[0]
        is_right = answer.status == 200 and mark.encode() in body and body.rstrip().endswith(END)
        return Got(seconds, None if is_right else f"{path}: {answer.status}, {len(body)} bytes")


def computed(process: psutil.Process) -> float:
    """Return the seconds that a process and all its children have computed so far."""
    taken = 0.0
    for one in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            taken += times.user + times.system
    return taken
