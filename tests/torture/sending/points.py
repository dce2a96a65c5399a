"""All points of the torture of sending, and trying those that are asked for.

Here belongs which call is hurt in which way, and which harm vendors do. One point is `trial`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from tests.torture import tracing
from tests.torture.failpoints import Injury
from tests.torture.sending.calls import BODY, SAY, can_happen
from tests.torture.sending.installation import send
from tests.torture.sending.stages import DISK, FAULTS, LANE
from tests.torture.sending.trial import Bench, bench_in, faulted, judged, tried
from tests.torture.trial import Tried

INJURIES: Final[tuple[Injury, ...]] = ("SIGKILL", "SIGSTOP", "STALL", "RESET", "ENOSPC", "EIO")
_ONCE: Final[Mapping[str, object]] = {"times": 1}
_HANGS: Final[Mapping[str, object]] = {**_ONCE, "hang_after_headers": True}
HARM: Final[Mapping[str, Mapping[str, object]]] = {
    "503 instead of the work": {**_ONCE, "status": 503},
    "500 after the work": {**_ONCE, "status": 500, "is_done": True},
    "answer cut after the work": {**_ONCE, "truncate_body_after": 5},
    "answer hangs after the work": _HANGS,
    "work after the sender gave up": {**_ONCE, "delay_seconds": 1.5},
    "answer hangs, and the reading back": _HANGS,
}
"""What a vendor does to one write; the last one goes on with every attempt to read back."""
_READING_ATTEMPTS: Final = 4
_Point = tuple[str, str, str]
"""Lane, injury, point."""


def points(
    folder: Path, every: int, lanes: Container[str], injuries: Container[str], known: Container[_Point]
) -> Iterator[Tried]:
    """Try each `every`th point of these lanes and injuries that is not known; harm done by vendors is no injury."""
    if DISK in lanes and (why := tracing.missing()):
        sys.stderr.write(f"No system call on the outbox is hurt: {why}.\n")
    with bench_in(folder) as bench:
        for point, attempt in list(all_points(bench, lanes))[::every]:
            is_asked = point[0] == FAULTS or point[1] in injuries
            if is_asked and point not in known and (found := attempt()) is not None:
                yield found


def all_points(bench: Bench, lanes: Container[str]) -> Iterator[tuple[_Point, Callable[[], Tried | None]]]:
    """Every point, with what tries it."""
    if LANE in lanes:
        for injury in INJURIES:
            for at, (call, _) in enumerate(bench.calls, start=1):
                if can_happen(injury, call):
                    yield (LANE, injury, str(at)), partial(tried, bench, injury, at)
    if FAULTS in lanes:
        for number, (service, order, reading) in enumerate(_writes(bench.calls), start=1):
            for name, harm in HARM.items():
                orders = ({**order, **harm}, *([reading] if name.endswith("back") else []))
                yield (FAULTS, name, f"{service}:{number}"), partial(faulted, bench, name, number, service, orders)
    if DISK in lanes and tracing.missing() is None:
        settings = bench.fresh().settings()
        for injury, point in list(tracing.points_of(lambda: send(settings), _outbox(bench), bench.folder)):
            yield (DISK, injury, point), partial(_on_disk, bench, injury, point)


def _on_disk(bench: Bench, injury: str, point: str) -> Tried | None:
    """Hurt a sender at one system call on the files of its outbox, and judge."""
    hurt = bench.fresh()
    settings = hurt.settings()
    met = tracing.hurt_at(lambda: send(settings), _outbox(bench), bench.folder, injury, point)
    if met is None:
        return None
    code, said, path = met
    found = judged(bench, hurt, code, said)
    return Tried(DISK, injury, point, point.partition(":")[0], f"outbox.sqlite{path}", code, said.error, tuple(found))


def _outbox(bench: Bench) -> Path:
    return bench.folder / "hurt" / "home" / "corrections" / "outbox.sqlite"


def _writes(
    calls: Sequence[tuple[str, str]],
) -> Iterator[tuple[str, Mapping[str, object], Mapping[str, object]]]:
    """Give the service, the knob that meets the write, and the one that meets what is read after it, for each write."""
    asked = [what.split(" ") for call, what in calls if call == SAY and not what.endswith(BODY)]
    for place, (service, method, path) in enumerate(asked):
        if method == "GET" or "oauth" in path.lower():
            continue
        before = [(how, where) for whom, how, where in asked[:place] if whom == service]
        earlier = sum(how == method and path in where for how, where in before)
        read = sum(how == "GET" for how, _ in before)
        reading = {"method": "GET", "after": read, "times": _READING_ATTEMPTS, "hang_after_headers": True}
        yield service, {"method": method, "path": path, "after": earlier}, reading
