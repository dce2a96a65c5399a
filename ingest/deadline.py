"""One call with a wall-clock deadline, also where its library only knows time-outs per read.

Here belongs waiting no longer than that. What a late call means is said by who waits; its thread is left behind and
ends with its connection or with the process.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


class DeadlinePassed(Exception):
    """The call was not over in time."""


def within(seconds: float, call: Callable[[], Result]) -> Result:
    """Return the result of a call, or raise what it raises; DeadlinePassed when it takes longer than `seconds`."""
    done: list[Result] = []
    failed: list[BaseException] = []

    def run() -> None:
        try:
            done.append(call())
        except BaseException as error:  # noqa: BLE001 - handed to the caller's thread, where it is raised
            failed.append(error)

    thread = threading.Thread(target=run, name="call-with-deadline", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        raise DeadlinePassed(f"not over within {seconds:g} s")
    if failed:
        raise failed[0]
    return done[0]
