"""Which events the account's triggers send to our poll channel, and since when.

Here belong asking for the list, once for two streams that follow each other, and what it says of a window: from when
on every needed event was sent, and of which changes nobody told us in it. Not here: which events a stream needs
(`streams`, `search_index`), and the messages themselves.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from assettrail.clock import Clock
from assettrail.errors import PermanentSourceError, RecordRejected
from ingest.cloudinary.client import CloudinaryClient
from ingest.cloudinary.records import Trigger
from ingest.cloudinary.search_index import SHOWN_BY_NOTIFICATION
from ingest.cloudinary.streams import NEEDED_EVENTS, instant
from ingest.reading import in_one_line


def trigger_starts(triggers: Sequence[Trigger], channel: str, events: Collection[str]) -> dict[str, datetime | None]:
    """From when on (UTC) each of the events was sent to the channel; None for one that is not sent at all."""
    own = [trigger for trigger in triggers if trigger.uri == f"poll://{channel}"]
    told = {event: [instant(t.created_at_raw) for t in own if t.event_type in {event, "all"}] for event in events}
    return {event: min(starts, default=None) for event, starts in told.items()}


def covered_since(triggers: Sequence[Trigger], channel: str) -> datetime | None:
    """The instant (UTC) from which every needed event was sent to the channel; None when one is not sent at all."""
    starts = [start for start in trigger_starts(triggers, channel, NEEDED_EVENTS).values() if start is not None]
    return max(starts) if len(starts) == len(NEEDED_EVENTS) else None


def missing_events(triggers: Sequence[Trigger], channel: str, events: Collection[str] = NEEDED_EVENTS) -> list[str]:
    """The events (without others said, the needed ones) that no trigger sends to the channel."""
    return sorted(event for event, start in trigger_starts(triggers, channel, events).items() if start is None)


@dataclass(frozen=True)
class AskedTriggers:
    """The account's triggers, and the instant (UTC) at which they were asked for."""

    triggers: tuple[Trigger, ...]
    asked_at: datetime


@dataclass(frozen=True)
class Sight:
    """From when on (UTC) each event was told that shows what the search index may not show; None: it is not told.

    `hidden` says why nobody can know, where the account does not show its triggers; then `starts` is empty.
    """

    starts: Mapping[str, datetime | None]
    channel: str
    hidden: str | None = None

    def unseen_to(self, window_from: datetime, window_to: datetime) -> datetime | None:
        """Up to when something of a window may have gone unseen; None when all of it was told."""
        if self.hidden is not None:
            return window_to
        late = self._late(window_from)
        starts = [start for start in late.values() if start is not None]
        if not late:
            return None
        return min(max(starts), window_to) if len(starts) == len(late) else window_to

    def reason(self, window_from: datetime) -> str:
        """What may have gone unseen from an instant on, and why, in words that are the same in each such window."""
        if self.hidden is not None:
            return f"whether changes that the search index does not show are told to us cannot be seen: {self.hidden}"
        late = self._late(window_from)
        missing = sorted(event for event, start in late.items() if start is None)
        younger = sorted(event for event, start in late.items() if start is not None)
        why = [f"no trigger sends {', '.join(missing)} to poll://{self.channel}"] if missing else []
        if younger:
            since = max(start for start in late.values() if start is not None)
            words = "the trigger of" if len(younger) == 1 else "triggers of"
            why.append(f"{words} {', '.join(younger)} for poll://{self.channel} came with {since.isoformat()} only")
        facts = " or ".join(SHOWN_BY_NOTIFICATION[event] for event in sorted(late))
        return f"{'; '.join(why)}: a change of {facts} may be seen by the next full listing only"

    def _late(self, window_from: datetime) -> dict[str, datetime | None]:
        return {event: start for event, start in self.starts.items() if start is None or start > window_from}


class TriggerList:
    """The account's triggers: one call serves the listing, which must know what it is not told, and the queue's reader.

    Raises the client's errors, BudgetUsedUp when they cannot be asked for.
    """

    def __init__(self, client: CloudinaryClient, clock: Clock, channel: str) -> None:
        self._client = client
        self._clock = clock
        self._channel = channel
        self._asked: AskedTriggers | None = None

    def take(self) -> AskedTriggers:
        """The triggers that were asked for last and not taken since, or asked for now."""
        asked, self._asked = self._asked, None
        return asked or self._ask()

    def sight(self) -> Sight:
        """What is told of what the search index may not show, by triggers that are asked for now."""
        try:
            self._asked = self._ask()
            starts = trigger_starts(self._asked.triggers, self._channel, SHOWN_BY_NOTIFICATION)
        except (PermanentSourceError, RecordRejected) as error:
            return Sight({}, self._channel, in_one_line(error))
        return Sight(starts, self._channel)

    def _ask(self) -> AskedTriggers:
        asked_at = self._clock.now()
        return AskedTriggers(tuple(self._client.triggers()), asked_at)
