"""The player: makes a plan happen at the three stand-ins, stage by stage, through their public interfaces.

Every event is played in the plan's order, one at a time, with the sandbox's clock at its instant: that order
is what ids and versions depend on. What the media service tells of it comes out of order, and some of it twice. At the
end of a stage the clock stands at its end.

An interrupted play goes on behind the last event in `events.jsonl`. The one event that was under way then is
played again: an upload of the same bytes in the same second, or a job whose letters the engine reports twice.
"""

import sys
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from sandbox.scenario.community_player import CommunityPlayer
from sandbox.scenario.design_events import DesignEvent
from sandbox.scenario.design_player import DesignPlayer
from sandbox.scenario.driver_data import driver_lines
from sandbox.scenario.drop_events import DropAcknowledgement, PartnerDrops
from sandbox.scenario.endpoints import read_endpoints
from sandbox.scenario.errors import PlayError
from sandbox.scenario.events import Compose, Event, MediaEvent, Upload
from sandbox.scenario.journal import (
    EventFile,
    read_records,
    read_state,
    write_answer_key,
    write_state,
)
from sandbox.scenario.media_player import POLL_CHANNEL, MediaPlayer
from sandbox.scenario.plan import Plan
from sandbox.scenario.records import content_formats, event_records, stage_end_record
from sandbox.scenario.services import OAuthService, RemoteClock, engine_clock_ahead, let_notifications_stray
from sandbox.scenario.stages import SKEW_SECONDS, is_skewed, iso, stage_end

_PROGRESS_SECONDS = 5.0
_CHANNEL = "statements"


@dataclass(frozen=True, slots=True)
class StageSummary:
    """What one call of `play_stages` did: events by kind (empty where a stage was played before)."""

    stages: tuple[int, ...]
    events: dict[str, int]
    seconds: float


def play_stages(
    plan: Plan, folder: Path, stages: Iterable[int], channels: tuple[str, ...] = (POLL_CHANNEL,)
) -> StageSummary:
    """Play stages into the sandbox of a folder; those that were played before are left alone.

    Each of the poll channels is notified of every change.

    Raises PlayError when a stage before them was not played, or a stand-in refuses something.
    """
    started = time.monotonic()
    state = read_state(folder, plan)
    write_answer_key(folder, plan)
    wanted = tuple(stages)
    counts: Counter[str] = Counter()
    player = _Player(plan, folder, channels)
    try:
        for stage in wanted:
            if stage <= state.stages_played:
                continue
            if stage > state.stages_played + 1:
                raise PlayError(
                    f"Tried to play stage {stage}; found that {state.stages_played} stages were played; "
                    f"expected {stage - 1}. Play the stages in order."
                )
            counts += player.play_stage(stage)
            state = replace(state, stages_played=stage)
            write_state(folder, state)
    finally:
        player.close()
    return StageSummary(wanted, dict(sorted(counts.items())), round(time.monotonic() - started, 3))


class _Player:
    """One open connection to each stand-in, and the place in the plan."""

    def __init__(self, plan: Plan, folder: Path, channels: tuple[str, ...]) -> None:
        endpoints = read_endpoints(folder)
        self._plan = plan
        self._folder = folder
        self._formats = content_formats(plan)
        self._clock = RemoteClock(endpoints.clock_url)
        let_notifications_stray(endpoints.cloudinary)
        self._knobs_of = endpoints.cloudinary
        self._media = MediaPlayer(endpoints.cloudinary, channels)
        self._engine = OAuthService(endpoints.exstream, self._clock)
        self._batches = f"/orchestration/api/v1/inputs/batch/{endpoints.exstream_domain}/{_CHANNEL}"
        self._design = DesignPlayer(self._engine, endpoints.exstream_domain, endpoints.cloudinary.cloud_name)
        self._grid = OAuthService(endpoints.trading_grid, self._clock)
        self._communities = CommunityPlayer(self._grid, self._media, self._formats)
        self._drops = PartnerDrops(folder)
        self._next = self._go_on()
        self._file = EventFile(folder)

    def _go_on(self) -> int:
        """The position of the first event that is not in `events.jsonl`; remembers what uploads gave."""
        following = 0
        for record in read_records(self._folder):
            if record["kind"] == "stage_end":
                continue
            following = record["n"] + 1
            event = self._plan.events[record["n"]]
            if isinstance(event, Upload):
                self._media.remember(event, record["asset_id"], record["etag"])
        return following

    def play_stage(self, stage: int) -> Counter[str]:
        """Play what is left of a stage; gives the number of events by kind."""
        counts: Counter[str] = Counter()
        events = [(n, event) for n, event in self._plan.stage(stage) if n >= self._next]
        progress = _Progress(stage, len(events))
        for position, event in events:
            self._clock.set(event.at)
            self._play(event)
            records = list(event_records(position, event, self._media, self._formats))
            self._file.append(records)
            counts.update(record["kind"] for record in records)
            self._next = position + 1
            progress.step(event)
        self._clock.set(stage_end(stage))
        self._file.append([stage_end_record(stage)])
        return counts

    def _play(self, event: Event) -> None:
        if isinstance(event, Compose):
            body = driver_lines(event, self._media, self._formats)
            with engine_clock_ahead(self._knobs_of, SKEW_SECONDS if is_skewed(_last_written(event)) else 0):
                self._engine.send("POST", self._batches, content=body)
        elif isinstance(event, MediaEvent):
            self._media.play(event)
        elif isinstance(event, DesignEvent):
            self._design.play(event)
        elif isinstance(event, DropAcknowledgement):
            self._drops.add(event)
        else:
            self._communities.play(event)

    def close(self) -> None:
        """Close all connections and the event file."""
        for part in (self._file, self._engine, self._grid, self._clock):
            part.close()


def _last_written(job: Compose) -> int:
    """The last instant that the engine writes of a job's letters."""
    return max(letter.generated_at for letter in job.communications)


class _Progress:
    """A line on standard error every few seconds."""

    def __init__(self, stage: int, total: int) -> None:
        self._stage = stage
        self._total = total
        self._done = 0
        self._next_line = time.monotonic() + _PROGRESS_SECONDS
        self._say(f"stage {stage}: {total} events to play")

    def step(self, event: Event) -> None:
        """One more event was played."""
        self._done += 1
        if self._done == self._total or time.monotonic() >= self._next_line:
            self._next_line = time.monotonic() + _PROGRESS_SECONDS
            self._say(f"stage {self._stage}: {self._done} of {self._total} events, {iso(event.at)}")

    def _say(self, text: str) -> None:
        sys.stderr.write(f"scenario: {text}\n")
