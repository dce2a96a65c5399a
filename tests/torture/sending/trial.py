"""One point of the torture of sending: vendors made anew, a sender that is hurt there, and later one that is not.

Here belongs what happens around one injury, and what is written down of it. This process starts no thread, as threads
do not survive a fork: all else is done by its children.
"""

from __future__ import annotations

import gc
import os
import signal
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final

from assettrail.demo.processes import sandbox_process
from assettrail.errors import AssettrailError
from assettrail.settings import Settings
from tests.torture.failpoints import BROKE, FINISHED, Injury, Told, forked, told
from tests.torture.sending.calls import watch
from tests.torture.sending.installation import AN_HOUR, HASTY, Installation, send, sensed
from tests.torture.sending.judge import at_once, in_the_end, looked_at
from tests.torture.sending.stages import FAULTS, LANE
from tests.torture.sending.vendors import Held, Sandbox
from tests.torture.trial import Tried, is_stopped, load_what, wait

LATER: Final = timedelta(hours=3)
"""When the next reconciliation comes: later than any write that was begun can last, also an hour's stall later."""
_STOPPED_WAIT_SECONDS: Final = 0.2
"""How long another sender waits for a transaction of one that stands still."""


@dataclass(frozen=True)
class Bench:
    """What every point begins with, and what a run does that nothing hurts: its calls, and its requests that write."""

    folder: Path
    sandbox: Sandbox
    template: Installation
    held: Held
    calls: tuple[tuple[str, str], ...]
    writes: int

    def fresh(self) -> Installation:
        """The vendors made anew, and an installation with everything approved."""
        if self.sandbox.hold_anew() != self.held:
            raise SystemExit("the sandbox gave other identifiers than before: the approved outbox does not fit")
        return self.template.copy(self.folder / "hurt")


@contextmanager
def bench_in(folder: Path) -> Iterator[Bench]:
    """Start the sandbox, make the installation that is copied, and send everything once without an injury."""
    (folder / "sandbox").mkdir(parents=True)
    with sandbox_process(folder / "sandbox") as endpoints:
        sandbox = Sandbox(endpoints)
        held = sandbox.hold_anew()
        template = Installation(folder / "template", sandbox)
        template.folder.mkdir()
        load_what(lambda: template.make(held), folder)
        bench = Bench(folder, sandbox, template, held, (), 0)
        whole = bench.fresh()
        load_what(lambda: send(whole.settings()), folder)
        whole = bench.fresh()
        code, said = _ended(bench, whole, whole.settings(), "none", 0)
        if code != FINISHED:
            raise SystemExit(f"the undisturbed sender ended with {code}: {said.error}")
        writes = sandbox.writes()
        if problems := in_the_end(looked_at(sandbox, whole), writes, writes):
            raise SystemExit(f"the undisturbed sender: {problems}")
        gc.freeze()  # What is here by now is shared with every process that is forked, as long as nobody writes to it.
        try:
            yield Bench(folder, sandbox, template, held, said.seen, writes)
        finally:
            gc.unfreeze()


def tried(bench: Bench, injury: Injury, at: int, meant: tuple[str, str] | None = None) -> Tried:
    """Hurt a sender at its call number `at`, or at the first behind it that is `meant`, and judge."""
    hurt = bench.fresh()
    if injury in {"SIGSTOP", "STALL"}:
        code, said, found = _beside_another(bench, hurt, injury, at, meant)
    else:
        (code, said), found = _ended(bench, hurt, hurt.settings(), injury, at, meant), []
    found += judged(bench, hurt, code, said)
    return Tried(LANE, injury, str(at), said.call, said.path, code, said.error, tuple(found))


def faulted(bench: Bench, fault: str, number: int, service: str, orders: tuple[Mapping[str, object], ...]) -> Tried:
    """Let a vendor do harm to the sender's write number `number` there, run again at once, and judge."""
    hurt = bench.fresh()
    for order in orders:
        bench.sandbox.knob(service, **order)
    hasty = hurt.settings(HASTY)
    code, said = _ended(bench, hurt, hasty, "none", 0)
    wait(forked(lambda: send(hasty), hurt.folder, "none", 0, bench.folder / "report_of_the_next"))
    found = judged(bench, hurt, code, said)
    return Tried(FAULTS, fault, f"{service}:{number}", "write", service, code, said.error, tuple(found))


def judged(bench: Bench, hurt: Installation, code: int, said: Told) -> list[str]:
    """What does not hold after a sender was hurt: right then, and when the next reconciliation has come."""
    bench.sandbox.wait_until_idle()
    found = [f"I9: the sender ended with an error that is not one of ours: {said.error}"] if code == BROKE else []
    found += [f"I9: {path} was flushed again after the disk had refused it" for path in said.retried]
    found += _checked(lambda: _asked_for(hurt))
    found += _checked(lambda: at_once(looked_at(bench.sandbox, hurt)))
    bench.sandbox.knob_reset()
    found += _reconciled(bench, hurt)
    return found + _checked(
        lambda: [*in_the_end(looked_at(bench.sandbox, hurt), bench.sandbox.writes(), bench.writes), *hurt.unsound()]
    )


def _asked_for(hurt: Installation) -> list[str]:
    keys = sensed(hurt.settings())
    return [] if len(set(keys)) == 1 else [f"I7: two ticks of the sensor ask for two runs: {keys}"]


def _reconciled(bench: Bench, hurt: Installation) -> list[str]:
    """Run two senders at the same moment, later, as two ticks of the sensor would; what of them did not end well."""
    settings = hurt.settings()
    reports = [bench.folder / f"report_later_{number}" for number in range(2)]
    running = [forked(lambda: send(settings, LATER), hurt.folder, "none", 0, report) for report in reports]
    codes = [wait(child) for child in running]
    return [
        f"I9: the next run ended with {code}: {told(report).error}"
        for code, report in zip(codes, reports, strict=True)
        if code != FINISHED
    ]


def _beside_another(
    bench: Bench, hurt: Installation, injury: Injury, at: int, meant: tuple[str, str] | None
) -> tuple[int, Told, list[str]]:
    """Stop a sender, let one of another installation send from the same outbox, and let the first go on."""
    report, settings = bench.folder / "report", hurt.settings()
    child = forked(lambda: send(settings), hurt.folder, injury, at, report, watch(bench.sandbox.ports, meant))
    os.waitid(os.P_PID, child, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
    found = []
    if is_stopped(child):
        other, beside = hurt.beside(), bench.folder / "report_of_the_other"
        ahead = AN_HOUR if injury == "STALL" else timedelta(0)
        code = wait(forked(lambda: send(other, ahead, _STOPPED_WAIT_SECONDS), hurt.folder, "none", 0, beside))
        if code == BROKE:
            found.append(f"I9: the other sender broke: {told(beside).error}")
        os.kill(child, signal.SIGCONT)
    return wait(child), told(report), found


def _ended(
    bench: Bench, hurt: Installation, settings: Settings, injury: Injury, at: int, meant: tuple[str, str] | None = None
) -> tuple[int, Told]:
    report = bench.folder / "report"
    child = forked(lambda: send(settings), hurt.folder, injury, at, report, watch(bench.sandbox.ports, meant))
    return wait(child), told(report)


def _checked(look: Callable[[], list[str]]) -> list[str]:
    try:
        return look()
    except (AssettrailError, sqlite3.Error) as error:
        return [f"I1: {type(error).__name__}: {error}"]
