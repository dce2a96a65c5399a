"""`python -m tests.torture`: hurts a run at every call that touches its home, and prints a table of what then held.

For each point: a new installation, a run that is hurt there, a look as a reader, a run that is not hurt, and the
judge. This process starts no thread, as threads do not survive a fork: all else is done by its children. `--every N`
takes only each Nth point. Exit code 1 when anything did not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assettrail.errors import AssettrailError
from tests.torture.failpoints import BROKE, FINISHED, Injury, forked
from tests.torture.pipeline import half_published, prepare, published, run, settings_in, violations

STOPPED_SECONDS = 0.2
INJURIES: tuple[Injury, ...] = ("SIGKILL", "ENOSPC", "EIO", "SIGSTOP")


def main() -> int:
    """Try all points; give the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="each Nth point only (default 1)")
    parser.add_argument("--injury", choices=INJURIES, action="append", help="only these (default all)")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        whole, calls = undisturbed(Path(folder))
        rows = [tried(Path(folder), injury, calls, chosen.every, whole) for injury in chosen.injury or INJURIES]
    print("| injury | points tried | refused cleanly | violations |\n|---|---:|---:|---:|")
    for injury, points, refused, found in rows:
        print(f"| {injury} | {points} | {refused} | {len(found)} |")
    for *_, found in rows:
        print("\n".join(found[:20]))
    return int(any(found for *_, found in rows))


def undisturbed(folder: Path) -> tuple[dict[str, str], int]:
    """Run once without an injury; give what was published and how many points there are."""
    home, report = fresh(folder, "whole"), folder / "calls"
    code = wait(forked(lambda: run(home), settings_in(home).home, "none", 0, report))
    if code != FINISHED:
        raise SystemExit(f"the undisturbed run ended with {code}")
    content = in_child(lambda: json.dumps(published(settings_in(home).home)), folder / "content")
    return json.loads(content), int(report.read_text())


def tried(
    folder: Path, injury: Injury, calls: int, every: int, whole: dict[str, str]
) -> tuple[str, int, int, list[str]]:
    """Try one injury at each point; give its row of the table and what did not hold."""
    found: list[str] = []
    refused = points = 0
    for at in range(1, calls + 1, every):
        installation = fresh(folder, "hurt")
        code, told = hurt(installation, injury, at, folder / "calls")
        points += 1
        refused += code not in {FINISHED, BROKE, -signal.SIGKILL}
        if code == BROKE:
            told.append("I9: the run ended with an error that is not one of ours")
        told += judged(installation, whole)
        found += [f"{injury} at {at}: {one}" for one in told]
        sys.stderr.write(f"\r{injury}: {at} of {calls}, {len(found)} violations ")
    return injury, points, refused, found


def hurt(installation: Path, injury: Injury, at: int, report: Path) -> tuple[int, list[str]]:
    """Run until the injury, let another run come by where the first one stands still; give code and problems."""
    home = settings_in(installation).home
    child = forked(lambda: run(installation), home, injury, at, report)
    if injury != "SIGSTOP":
        code = wait(child)
        told = seen(home, installation)
        if injury in {"ENOSPC", "EIO"} and code == FINISHED and not report.read_text():
            told.append("I9: the disk refused and nobody was told")
        return code, told
    deadline = time.monotonic() + 30
    while not is_stopped(child) and time.monotonic() < deadline:
        time.sleep(0.01)
    other = wait(forked(lambda: run(installation, STOPPED_SECONDS), home, "none", 0, report))
    os.kill(child, signal.SIGCONT)
    code = wait(child)
    told = ["I9: the other run broke"] if other == BROKE else []
    return code, told + seen(home, installation)


def judged(installation: Path, whole: dict[str, str]) -> list[str]:
    """Run to the end without an injury, in a process of its own, and judge what stands there."""
    text = in_child(lambda: "\n".join(judgement(installation, whole)), installation / "judgement")
    return text.splitlines() if text is not None else ["the run after the injury did not end"]


def seen(home: Path, installation: Path) -> list[str]:
    """What a reader sees that is not whole."""
    text = in_child(lambda: "\n".join(half_published(home)), installation / "seen")
    return text.splitlines() if text is not None else ["I5: a reader could not open what is published"]


def in_child(work: Callable[[], str], answer: Path) -> str | None:
    """What a function says in a process of its own; None where it broke."""
    child = os.fork()
    if not child:
        try:
            answer.write_text(work())
        finally:
            os._exit(0)
    wait(child)
    return answer.read_text() if answer.exists() else None


def judgement(installation: Path, whole: dict[str, str]) -> list[str]:
    """Run again and name what does not hold."""
    try:
        run(installation)
        return violations(installation, whole)
    except AssettrailError as error:
        return [f"I1: {type(error).__name__}: {error.found}"]


def fresh(folder: Path, name: str) -> Path:
    """A new installation under a name, in place of the one before."""
    installation = folder / name
    shutil.rmtree(installation, ignore_errors=True)
    installation.mkdir()
    prepare(installation)
    return installation


def is_stopped(child: int) -> bool:
    """Whether a process stands still or has ended."""
    try:
        state = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return True
    return state in {"T", "Z"}


def wait(child: int) -> int:
    """The exit code of a process, negative where a signal ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


if __name__ == "__main__":
    sys.exit(main())
