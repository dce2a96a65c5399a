"""What is printed and what docs/torture.md says: the tables of a run, by fault and by injury.

Here belongs only the wording. The map of faults is `faults`; numbers are those of the points that are given.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from tests.torture.beside import LANE as TEST
from tests.torture.beside import test_of
from tests.torture.failpoints import FINISHED, REFUSED
from tests.torture.faults import FAULTS, OPENING, TESTS, Fault, fault_of
from tests.torture.sending.stages import LANES as SENDING_LANES
from tests.torture.sending.stages import STAGES, stage_of
from tests.torture.trial import Tried

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "torture.md"
_LANES: Final = {
    "failpoint": "calls of Python",
    "strace": "system calls",
    "sending": "calls of Python while sending",
    "outbox": "system calls on the outbox",
    "vendor": "one write at a vendor",
}

_HEAD: Final = """# Torture

Written by `make torture` from the points of its run.

There are about 515 calls of Python and, for three injuries, about 630 system calls at which a run of the house can be
hurt. `make torture` tries them all, which takes an hour or two; `TORTURE_ARGUMENTS="--every N"` takes each Nth, and
`--results FILE` goes on where an earlier run ended; a point that did not hold stands there until it is taken out and
tried again after the mend. The tables say how many points were tried for this page.

A run of the house is hurt at a call that touches its home, one point after the other, each in a new installation: it
lands two streams (a queue that forgets what is acknowledged, and a list with a cursor), builds a DuckDB file and
publishes it. After each injury a reader looks, another run goes to its end without an injury, and the judge looks at
what stands there. Points are told in two ways:

- *calls of Python*: opening, renaming, removing, making folders, flushing; hurt in front of the call,
- *system calls*: the same and `write`, `pwrite64`, `ftruncate`, `fdatasync`, by `strace`, which reaches what DuckDB,
  pyarrow and polars do by themselves. Where the machine has no `strace` or may not trace, this half is left out, and
  the command says so. `make torture-system` installs it.

dbt, Dagster's runs and the gates are hurt by tests of their own, which run with it and are counted by case. The sending
of corrections has a part of its own (`--only sending`), told below.

What must hold: log, landing and raw bytes verify (I1); nothing that the vendor was told to forget is lost (I2); each
record is there once (I3); tables have the content hashes of a run that was never hurt (I4); a reader sees a whole
snapshot or none (I5); each unreadable record is in quarantine once (I6); a run that was refused something says so in an
error of the house, no refused flush is tried again, and a run that says it finished has everything (I9). Secrets in
logs (I8) are judged by the tests of failures (`tests/integration/test_failures.py`).
"""

_SENDING: Final = """\
An installation has an approved correction of each kind, and one that nobody approved; the three vendors are the
sandbox, a process of its own that is asked over HTTP. A sender is hurt at one call:

- *calls of Python while sending*: the files of the home, as above; in front of each connection, each part of a request
  and each part of an answer, and behind it; in front of each statement that writes into the outbox, in front of each
  commit and behind it,
- *system calls on the outbox*: what SQLite writes and flushes within a commit,
- *one write at a vendor*: each request that writes meets a vendor that does not do it, does it and says that it failed,
  breaks or hangs the answer, or does it when the sender has given up; another sender follows at once.

SIGSTOP lets a second installation send from the same outbox, where no lock file keeps the two apart, and lets the first
go on behind it; STALL does so for an hour by the clocks of both, so that what the first has begun counts as given up.
Then the vendors' own objects are compared with the outbox: nothing is done twice, what is done is listed as under way,
unknown or done, and the sensor asks for one run however often it looks. Three hours later two senders start at the same
moment. Now each correction has to be confirmed and to be there exactly once, with no more requests that write than the
history explains; what nobody approved is not done; SQLite, the log and the files are sound (I7, I1).
"""


def page(points: Sequence[Tried], before: str) -> str:
    """Return docs/torture.md; a part of which no point was tried stays as the page before has it."""
    sending = [point for point in points if point.lane in SENDING_LANES]
    others = [point for point in points if point.lane not in SENDING_LANES]
    kept = {section.partition("\n")[0]: section for section in before.split("\n## ")[1:]}
    beyond = [f"- {fault.number}: {fault.beyond}" for fault in FAULTS if fault.beyond]
    made = {
        "By fault": (others, [by_fault(others)]),
        "By injury": (others, [by_injury(others)]),
        "Not shown here": (others, [*beyond, *_untried(others)]),
        "Tests beside the points": (others, [*_tests(others)]),
        "Sending of corrections": (sending, [_SENDING, of_sending(sending), "", by_injury(sending)]),
    }
    sections = [
        "\n".join([title, "", *lines]) if tried or title not in kept else kept[title].rstrip("\n")
        for title, (tried, lines) in made.items()
    ]
    return "\n## ".join([_HEAD, *(f"{section}\n" for section in sections)])


def by_fault(points: Sequence[Tried]) -> str:
    """Return the table of faults: how many points and cases were tried, and how many did not hold."""
    lines = ["| fault | where | expected | points | cases | violations |", "|---|---|---|---:|---:|---:|"]
    tried = [(fault_of(point), point) for point in points if point.lane != TEST]
    for fault in (*FAULTS, Fault("", "while the home is opened", "the next run begins or goes on")):
        mine = [point for number, point in tried if number == (fault.number or OPENING)]
        cases = [point for point in points if point.lane == TEST and test_of(point) in fault.tests]
        violations = sum(bool(point.found) for point in [*mine, *cases])
        cells = (fault.number, fault.where, fault.expected, str(len(mine)), str(len(cases)), str(violations))
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines)


def by_injury(points: Sequence[Tried]) -> str:
    """Return the table of injuries, by the way in which the points were told."""
    lines = [
        "| injury | at | points tried | killed | told as an error | went on to the end | violations |",
        "|---|---|---:|---:|---:|---:|---:|",
    ]
    kinds = sorted({(point.lane, point.injury) for point in points if point.lane != TEST})
    for lane, injury in kinds:
        mine = [point for point in points if (point.lane, point.injury) == (lane, injury)]
        lines.append(f"| {injury} | {_LANES[lane]} | " + " | ".join(_counts(mine)) + " |")
    lines.append("| **all** | | " + " | ".join(_counts([point for point in points if point.lane != TEST])) + " |")
    return "\n".join(lines)


def of_sending(points: Sequence[Tried]) -> str:
    """Return the table of sending: where the sender was, and how many points did not hold."""
    lines = [
        "| the sender was | points tried | killed | told as an error | went on to the end | violations |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    of_lanes = [point for point in points if point.lane in SENDING_LANES]
    for stage in STAGES:
        mine = [point for point in of_lanes if stage_of(point) == stage]
        lines.append(f"| {stage} | " + " | ".join(_counts(mine)) + " |")
    lines.append("| **all** | " + " | ".join(_counts(of_lanes)) + " |")
    return "\n".join(lines)


def violations(points: Sequence[Tried]) -> Iterator[str]:
    """Give one line for each thing that did not hold."""
    for point in points:
        for text in point.found:
            yield f"{point.lane} {point.injury} {point.point} {point.call} {point.path}: {text}"


def _counts(points: Sequence[Tried]) -> list[str]:
    numbers = [
        len(points),
        sum(point.code < 0 for point in points),
        sum(point.code == REFUSED for point in points),
        sum(point.code == FINISHED for point in points),
        sum(bool(point.found) for point in points),
    ]
    return [str(number) for number in numbers]


def _untried(points: Sequence[Tried]) -> Iterator[str]:
    if not any(point.lane == "strace" for point in points):
        yield "- In this run no system call was hurt: the machine has no `strace`, or may not trace."


def _tests(points: Sequence[Tried]) -> Iterator[str]:
    counted = [test_of(point) for point in points if point.lane == TEST]
    for test in TESTS:
        numbers = ", ".join(fault.number for fault in FAULTS if test in fault.tests)
        cases = counted.count(test)
        told = f"{cases} {'case' if cases == 1 else 'cases'}" if cases else "not run for this page"
        yield f"- `{test}` ({numbers}): {told}"
