"""The scenario's calendar: stages, the start of coverage, and how instants are written.

An instant is an `int`: whole seconds since the epoch, UTC. Rules of verdicts do not belong here.
"""

from datetime import UTC, datetime
from random import Random

MINUTE = 60
HOUR = 3_600
DAY = 86_400


def instant(text: str) -> int:
    """Epoch seconds of an ISO 8601 text that carries its zone."""
    return int(datetime.fromisoformat(text).timestamp())


def iso(at: int) -> str:
    """`2026-01-05T10:00:00Z` for an instant."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


START = instant("2026-01-05T00:00:00+00:00")
#: The notification triggers are created at this instant; what happened before left no notification.
COVERAGE_STARTS = instant("2026-01-10T00:00:00+00:00")
STAGE_ENDS = (
    instant("2026-02-05T00:00:00+00:00"),
    instant("2026-03-05T00:00:00+00:00"),
    instant("2026-04-05T00:00:00+00:00"),
    instant("2026-05-05T00:00:00+00:00"),
)
STAGES = range(1, len(STAGE_ENDS) + 1)
END = STAGE_ENDS[-1]
#: The statement run of a stage: its last twenty hours, all recorded within a day of composition.
STATEMENT_RUN = 20 * HOUR
#: A day on which the engine ran with a clock that was ten minutes ahead: what it wrote is that much later than it was.
#: No other run is on that day, and who knows of it says so in the settings.
SKEWED_DAY = instant("2026-03-12T00:00:00+00:00")
SKEW_SECONDS = 10 * MINUTE
#: The mid-month runs, in days after the stage's start: recorded more than a day after composition.
MID_MONTH_DAYS = (9, 16, 23)
#: How many days a newer approved version may wait before use of the older one is a finding.
GRACE_DAYS_BEFORE_CHANGE = 14
GRACE_DAYS_AFTER_CHANGE = 7
GRACE_CHANGES = instant("2026-03-01T00:00:00+00:00")


def grace_seconds(at: int) -> int:
    """The grace of the rule valid at an instant, in seconds."""
    days = GRACE_DAYS_BEFORE_CHANGE if at < GRACE_CHANGES else GRACE_DAYS_AFTER_CHANGE
    return days * DAY


#: How long a live link counts as opened after composition, in days by channel, before and after the rules changed.
EXPOSURE_DAYS = {"email": (21, 30), "web": (10, 10), "mobile": (14, 7)}
#: How long an edge may go on serving what was overwritten, moved or deleted.
CDN_SECONDS = HOUR
#: Instants of two systems that are closer than this are not ordered, where both clocks are sound ones.
CLOCK_SECONDS = 2


def exposure_seconds(channel: str, at: int) -> int:
    """The exposure of a link in a letter that was composed at an instant, in seconds."""
    before, after = EXPOSURE_DAYS.get(channel, (14, 14))
    return (before if at < GRACE_CHANGES else after) * DAY


def stage_start(stage: int) -> int:
    """First instant of a stage (1 to 4)."""
    return START if stage == 1 else STAGE_ENDS[stage - 2]


def stage_end(stage: int) -> int:
    """The instant at which a stage's records are ingested; nothing happens in it at or after this."""
    return STAGE_ENDS[stage - 1]


def stage_of(at: int) -> int:
    """The stage in which an instant lies.

    Raises ValueError outside the scenario's four months.
    """
    if at >= START:
        for stage in STAGES:
            if at < stage_end(stage):
                return stage
    raise ValueError(f"{iso(at)} lies outside the scenario, {iso(START)} to {iso(END)}")


def statement_instant(chance: Random, stage: int) -> int:
    """An instant in the stage's statement run, at least ten minutes before its end."""
    end = stage_end(stage)
    return chance.randint(end - STATEMENT_RUN, end - 10 * MINUTE)


def mid_month_instant(chance: Random, stage: int) -> int:
    """An instant in one of the stage's three mid-month runs (06:00 to 20:00 of a day)."""
    day = stage_start(stage) + chance.choice(MID_MONTH_DAYS) * DAY
    return day + chance.randint(6 * HOUR, 20 * HOUR)


def is_skewed(at: int) -> bool:
    """Whether an instant that the engine wrote is one of the day on which its clock was ahead."""
    return SKEWED_DAY <= at < SKEWED_DAY + DAY


def true_instant(at: int) -> int:
    """When it was that the engine wrote an instant."""
    return at - SKEW_SECONDS if is_skewed(at) else at


def spread(chance: Random, count: int, after: int, before: int) -> list[int]:
    """`count` rising instants in (after, before), clearly apart: one in the middle of each equal slot."""
    slot = (before - after) // count
    if slot < 5 * MINUTE:
        raise ValueError(f"no room for {count} instants between {iso(after)} and {iso(before)}")
    return [after + i * slot + chance.randint(slot // 5, slot * 4 // 5) for i in range(count)]
