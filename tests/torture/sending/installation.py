"""The installation that sends: its outbox with an approved correction of each kind, and one run of the sender.

Here belongs making it once, through proposing, measuring, pushing and approving, and copying it for each point; and
what its processes do. Where they are hurt is `calls`.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import duckdb
from cloudinary.api_client import call_api
from pydantic import SecretStr
from sqlalchemy import Engine, event, select

from assettrail.clock import SystemClock
from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridOutbound
from corrections.approval import approve
from corrections.difference import Difference
from corrections.people.register import Person
from corrections.propose import propose
from corrections.pushing.proposing import push_file
from corrections.renditions.improving import measure_feedback
from corrections.send import send_approved
from corrections.store.database import open_store
from corrections.store.outbox import approved_batch, to_correction
from corrections.store.records import CorrectionRecord, TransitionRecord
from evidence.keys import load_verification_key
from evidence.verify import verify_log
from tests.adapters.corrections.conftest import Desk
from tests.adapters.corrections.feedback_snapshot import write_feedback_snapshot
from tests.adapters.corrections.test_artwork import COLUMNS
from tests.torture.sending.vendors import BESIDE, PUSHED, Held, Sandbox, corrected
from tests.unit.corrections.recalled_snapshot import write_recalled_snapshot
from tests.unit.corrections.samples import CLOCK, approver, write_snapshot

PROPOSER: Final = Person("bea", frozenset({"proposer"}))
AN_HOUR: Final = timedelta(hours=1)
_ONE_BY_ONE: Final = ["07"]
"""The correction that is not approved together with others: its kind asks for a look at each."""
PATIENT, HASTY = 20.0, 1.0
"""Deadlines of one request in seconds: longer than a loaded machine takes, and soon over where a vendor hangs."""


@dataclass(frozen=True)
class Standing:
    """How a correction stands in the outbox, and how often it was freed for another write."""

    key: str
    kind: str
    state: str
    difference: Difference
    times_freed: int
    why: str


class Installation:
    """An installation in a folder, against a running sandbox."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self.folder = folder
        self._sandbox = sandbox

    @property
    def out(self) -> Path:
        """The folder that artwork goes out by."""
        return self.folder / "out"

    def settings(self, deadline_seconds: float = PATIENT) -> Settings:
        """The settings; `deadline_seconds` is how long one request may last."""
        settings = Desk(self.folder, self._sandbox.endpoints).settings
        grid, exstream, cloudinary = settings.trading_grid, settings.exstream, settings.cloudinary
        assert grid is not None
        assert exstream is not None
        assert cloudinary is not None
        outbound = TradingGridOutbound(folder=self.out, catalogue_columns=COLUMNS)
        hurry: dict[str, Any] = {"timeout_seconds": deadline_seconds}
        return settings.model_copy(
            update={
                "trading_grid": grid.model_copy(update={**hurry, "outbound": outbound, "page_size": 200}),
                "exstream": exstream.model_copy(update=hurry),
                "cloudinary": cloudinary.model_copy(update={**hurry, "content_timeout_seconds": deadline_seconds}),
            }
        )

    def beside(self, deadline_seconds: float = PATIENT) -> Settings:
        """The settings of a second installation on the same outbox: no lock file keeps the two apart.

        They share the folder of files that are kept for corrections, too.
        """
        settings = self.settings(deadline_seconds)
        second = self.folder / "second_home"
        if not second.exists():
            (second / "corrections").mkdir(parents=True)
            (second / "corrections" / "files").symlink_to(settings.home / "corrections" / "files")
        address = SecretStr(f"sqlite:///{settings.home}/corrections/outbox.sqlite")
        shared = settings.corrections.model_copy(update={"database_url": address})
        return settings.model_copy(update={"home": second, "corrections": shared})

    def make(self, held: Held) -> None:
        """Propose a correction of each kind and approve it, and propose one that nobody approves."""
        settings = self.settings()
        snapshot = write_snapshot(self.folder / "s1.duckdb", held.rows)
        propose(settings, CLOCK, snapshot, "s1")
        measured = write_feedback_snapshot(self.folder / "feedback.duckdb", [held.reported])
        measure_feedback(settings, CLOCK, measured, "s1", by=PROPOSER)
        self._push(settings, held)
        approve(settings, CLOCK, None, approver(), "looks right")
        approve(settings, CLOCK, _ONE_BY_ONE, approver(), "looks right, too")
        both = write_snapshot(self.folder / "s2.duckdb", [*held.rows, held.not_approved])
        propose(settings, CLOCK, both, "s2")

    def copy(self, to: Path) -> Installation:
        """A copy of this installation in place of what is there."""
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to)
        return Installation(to, self._sandbox)

    def standings(self) -> list[Standing]:
        """How each correction stands, by key."""
        freed, last = Counter[str](), dict[str, str]()
        with open_store(self.settings()) as store, store.begin() as session:
            for step in session.scalars(select(TransitionRecord).order_by(TransitionRecord.transition_id)):
                freed[step.correction_key] += step.to_state == "approved" and step.why.startswith(_FREED)
                last[step.correction_key] = step.why
            rows = session.scalars(select(CorrectionRecord).order_by(CorrectionRecord.correction_key))
            found = [to_correction(row) for row in rows]
        return [
            Standing(key := one.correction_key, one.kind, one.state, one.difference, freed[key], last[key])
            for one in found
        ]

    def unsound(self) -> list[str]:
        """What of the outbox and the log is broken, in words."""
        settings = self.settings()
        found = []
        with closing(sqlite3.connect(settings.home / "corrections" / "outbox.sqlite")) as connection:
            if (said := connection.execute("pragma integrity_check").fetchall()) != [("ok",)]:
                found.append(f"I1: SQLite says {said}")
            if broken := connection.execute("pragma foreign_key_check").fetchall():
                found.append(f"I1: rows of the outbox refer to nothing: {broken}")
        verify_log(settings.home / "log", load_verification_key(settings.keys.folder))
        return found

    def _push(self, settings: Settings, held: Held) -> None:
        file = self.folder / "corrected.jpg"
        file.write_bytes(corrected())
        for name, new in ((PUSHED, None), (BESIDE, f"{BESIDE}-corrected")):
            database = write_recalled_snapshot(self.folder / "assets.duckdb")
            with duckdb.connect(str(database)) as connection:
                connection.execute("insert into marts.dim_assets values ('p', ?, ?)", [held.assets[name], name])
            push_file(settings, CLOCK, database, "s1", file, name, "a wrong logo", by=PROPOSER, new_public_id=new)


_FREED: Final = ("read back completely", "not sent")
"""How the history begins to say that a correction may be written again: it is certain that it was not."""


def send(settings: Settings, ahead: timedelta = timedelta(0), store_wait_seconds: float = 30.0) -> None:
    """One run of the sender in this process, which is a forked one; `ahead` is by how much its clock is later.

    `store_wait_seconds` is how long it waits for a transaction of another that does not end.
    """
    call_api._http.clear()  # A connection that two processes share gives one the other's answer.
    waits = f"PRAGMA busy_timeout = {store_wait_seconds * 1000:.0f}"
    event.listen(Engine, "connect", lambda connection, _: connection.execute(waits))
    pass_time(ahead)
    send_approved(settings, CLOCK)


def pass_time(ahead: timedelta) -> None:
    """Let this machine's clock be later in this process."""
    real: Callable[[SystemClock], datetime] = SystemClock.now
    SystemClock.now = lambda clock: real(clock) + ahead  # type: ignore[method-assign]


def sensed(settings: Settings) -> list[str | None]:
    """What two ticks of the sensor see: the keys of the runs that they ask for."""
    return [batch.run_key if (batch := approved_batch(settings)) else None for _ in range(2)]
