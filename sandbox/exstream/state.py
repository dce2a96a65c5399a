"""All that the Exstream stand-in holds: its tokens, runs, design resources, and where its files lie.

What belongs here: putting the parts together and the one operation that touches several of them, a run. What
does not belong here: HTTP (`service.py`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sandbox import credentials
from sandbox.clock import SandboxClock
from sandbox.exstream.composition import ENGINE_MOUNT, Composition, Order, RunIds, compose
from sandbox.exstream.design import Actor, Design
from sandbox.exstream.driver_data import Customer
from sandbox.exstream.output_folder import write_run
from sandbox.exstream.runtime import Run, Runtime, describe_run, to_milliseconds
from sandbox.journal import Journal
from sandbox.oauth import TokenDesk

FOLDER_NAME = "exstream"
OUTPUT_FOLDER_NAME = "exstream-output"
DOMAINS = (credentials.EXSTREAM_DOMAIN, "policies")


@dataclass(frozen=True)
class RunWish:
    """What the caller and the knobs want of a run; `clock_ahead_seconds` is how far the engine's clock is ahead."""

    domain: str
    channel: str
    mode: str
    triggered_by: str
    is_failed: bool
    is_delivery_file_cut: bool
    has_message_times: bool
    clock_ahead_seconds: int = 0


@dataclass(frozen=True)
class ExstreamState:
    """The service's parts. One event loop owns it; composing and writing may happen in a thread."""

    folder: Path
    output_folder: Path
    clock: SandboxClock
    directory: TokenDesk
    runtime: Runtime
    design: Design

    @classmethod
    def create(cls, folder: Path, clock: SandboxClock) -> ExstreamState:
        """Return the state kept in `folder/exstream`, with outputs under `folder/exstream-output`.

        Both folders are made if absent; a state that is there is taken up again.
        """
        own_folder = folder.absolute() / FOLDER_NAME
        output_folder = folder.absolute() / OUTPUT_FOLDER_NAME
        own_folder.mkdir(parents=True, exist_ok=True)
        output_folder.mkdir(parents=True, exist_ok=True)
        journal = Journal(own_folder / "records.jsonl")
        runtime, design = Runtime(journal), Design(journal, own_folder / "contents")
        for entry in journal.read():
            restored: Runtime | Design = runtime if entry["kind"] == "run" else design
            restored.restore(entry)
        directory = TokenDesk(
            credentials.EXSTREAM_CLIENT_ID,
            credentials.EXSTREAM_CLIENT_SECRET,
            scopes=frozenset(credentials.EXSTREAM_SCOPE.split()),
            has_refresh_tokens=True,
        )
        return cls(own_folder, output_folder, clock, directory, runtime, design)

    def order(self, wish: RunWish) -> tuple[int, Order]:
        """Reserve a run's place in its channel and return the place with what is to be composed."""
        place = self.runtime.next_order(wish.domain, wish.channel)
        ids = RunIds.of(wish.domain, wish.channel, place)
        return place, Order(
            domain=wish.domain,
            channel=wish.channel,
            ids=ids,
            output_path=ENGINE_MOUNT / ids.output_path(wish.domain),
            now=self.clock.now() + timedelta(seconds=wish.clock_ahead_seconds),
            is_failed=wish.is_failed,
            is_delivery_file_cut=wish.is_delivery_file_cut,
            has_message_times=wish.has_message_times,
        )

    def compose_and_write(self, customers: Sequence[Customer], order: Order, driver_data: bytes) -> Composition:
        """Compose a run and write its files. Touches no record, so a thread may do it."""
        composition = compose(customers, order)
        write_run(self.folder / "partial", self._run_folder(order), composition, driver_data)
        return composition

    def record(self, wish: RunWish, place: int, order: Order, composition: Composition) -> Run:
        """Enter a composed run into the runtime, with the resources that it used."""
        actor = Actor(wish.triggered_by, to_milliseconds(order.now))
        resources = self.design.resources_of_run(wish.domain, composition.templates, actor)
        run = describe_run(
            order,
            composition,
            output_folder=self._run_folder(order),
            mode=wish.mode,
            place=place,
            triggered_by=wish.triggered_by,
            resources=resources,
        )
        self.runtime.add(run)
        return run

    def _run_folder(self, order: Order) -> Path:
        return self.output_folder / order.output_path.relative_to(ENGINE_MOUNT)
