"""`python -m tests.torture`: hurts a run at every call that touches its home, and prints a table of what then held.

Here belongs the command: which points are tried, in which order, and the exit code, which is 1 when anything did not
hold. One point is `trial`; system calls are `tracing`; tests are `beside`; the sending of corrections is `sending`; the
tables are `page`.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from itertools import product
from pathlib import Path

from tests.certificates import trust_one_certificate
from tests.torture import beside, tracing
from tests.torture.failpoints import Injury
from tests.torture.faults import TESTS
from tests.torture.page import PAGE, by_fault, by_injury, of_sending, page, violations
from tests.torture.sending import points as sending
from tests.torture.sending.stages import LANES as SENDING
from tests.torture.trial import Tried, Whole, tried, undisturbed

INJURIES: tuple[Injury, ...] = ("SIGKILL", "SIGSTOP", "ENOSPC", "EIO")
FAILPOINT = "failpoint"
LANES = (FAILPOINT, tracing.LANE, beside.LANE, *SENDING)
PARTS = {"ingest": (FAILPOINT, tracing.LANE), "tests": (beside.LANE,), "sending": SENDING}
"""What `--only` names, and the lanes of it."""
Known = set[tuple[str, str, str]]
"""Lane, injury and point of what is not tried again."""


def main() -> int:
    """Try all points; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="each Nth point only (default 1)")
    parser.add_argument("--lane", choices=LANES, action="append", help="only these (default all)")
    parser.add_argument("--only", choices=PARTS, help="a part: its lanes (default all)")
    parser.add_argument("--injury", choices=sending.INJURIES, action="append", help="only these (default all)")
    parser.add_argument("--results", type=Path, help="keep the points as JSON lines; what is there is not tried again")
    parser.add_argument("--write", action="store_true", help=f"write {PAGE.name} in docs/")
    chosen = parser.parse_args()
    chosen.lane = chosen.lane or PARTS.get(chosen.only)
    results = kept(chosen.results)
    with tempfile.TemporaryDirectory() as folder:
        for point in points(Path(folder), chosen, {(one.lane, one.injury, one.point) for one in results}):
            results.append(point)
            keep(chosen.results, point)
            tell(len(results), point)
    sys.stdout.write(
        "\n".join(
            ["", by_fault(results), "", by_injury(results), "", of_sending(results), "", *violations(results), ""]
        )
    )
    if chosen.write:
        PAGE.write_text(page(results, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    return int(any(one.found for one in results))


def points(folder: Path, chosen: argparse.Namespace, known: Known) -> Iterator[Tried]:
    """Try the points that were asked for and are not known; tests first, then landing to publish, then sending."""
    lanes = set(chosen.lane or LANES)
    if beside.LANE in lanes:
        done = {point.partition("[")[0] for lane, _, point in known if lane == beside.LANE}
        if left := [test for test in TESTS if test not in done]:
            yield from beside.ran(left, folder)
    if lanes & {FAILPOINT, tracing.LANE}:
        yield from landed(folder, chosen, known, lanes)
    if lanes & set(SENDING):
        trust_one_certificate(folder)
        yield from sending.points(folder / "sending", chosen.every, lanes, chosen.injury or sending.INJURIES, known)


def landed(folder: Path, chosen: argparse.Namespace, known: Known, lanes: set[str]) -> Iterator[Tried]:
    """Try calls of Python and system calls of a run that lands, builds and publishes."""
    whole, injuries = undisturbed(folder), [each for each in chosen.injury or INJURIES if each in INJURIES]
    if FAILPOINT in lanes:
        for injury, at in product(injuries, range(1, whole.calls + 1, chosen.every)):
            if (FAILPOINT, injury, str(at)) not in known:
                yield tried(folder, injury, at, whole)
    if tracing.LANE in lanes:
        yield from traced(folder, chosen, known, whole)


def traced(folder: Path, chosen: argparse.Namespace, known: Known, whole: Whole) -> Iterator[Tried]:
    """Try system calls; say so where the machine does not allow it."""
    if why := tracing.missing():
        sys.stderr.write(f"No system call is hurt: {why}.\n")
        return
    for injury, point in list(tracing.points(folder))[:: chosen.every]:
        if injury in (chosen.injury or INJURIES) and (tracing.LANE, injury, point) not in known:
            found = tracing.tried(folder, injury, point, whole)
            if found is not None:
                yield found


def kept(file: Path | None) -> list[Tried]:
    """The points that an earlier run of this command tried."""
    if file is None or not file.exists():
        return []
    found = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    return [Tried(**{**one, "found": tuple(one["found"])}) for one in found]


def keep(file: Path | None, point: Tried) -> None:
    """Add a point to the file, if there is one."""
    if file is not None:
        with file.open("a", encoding="utf-8") as lines:
            lines.write(json.dumps(asdict(point)) + "\n")


def tell(number: int, point: Tried) -> None:
    """Say that a point was tried, on one line that is written over; what did not hold stays."""
    where = f"{number} {point.lane} {point.injury} {point.point} {point.call} {point.path}"
    sys.stderr.write(f"\r\033[K{where[:110]}" + "".join(f"\n  {each}\n" for each in point.found))


if __name__ == "__main__":
    sys.exit(main())
