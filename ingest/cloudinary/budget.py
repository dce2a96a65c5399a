"""The hour's allowance of Admin API calls: one account's budget, shared by all who call and kept across runs.

Here belongs the small file that remembers what the last good answer said (allowed, remaining, reset), how many calls
were ours in that hour, and what still waits for calls; and the rule that leaves a share to the account's other users.
The vendor's word counts: each good answer replaces our own count of what remains. Not here: the calls themselves
(`client`), and what a stream does without calls (`source`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from assettrail.clock import Clock
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError, TransientSourceError
from evidence.durable import write_durably
from evidence.file_lock import file_lock

_Change = Callable[["BudgetState"], "BudgetState"]


@dataclass(frozen=True)
class Reserve:
    """A share of our calls that calls of which many are needed leave to others; `whose` says to which."""

    share: float
    whose: str


LEFT_BY_DETAILS = Reserve(0.1, "what tells changes")
"""What tells that something changed must not wait behind details."""

LEFT_BY_LISTINGS = Reserve(0.05, "the queue of notifications")
"""The queue, which is read behind them, must not wait for hours behind a large listing or a large change."""

UNCOUNTED = frozenset(
    {
        "notifications",
        "metadata_fields",
        "resources",
        "asset_absences",
        "upload_presets",
        "usage",
        "product_environment",
    }
)
"""Streams of which only whether something waits is known, not how much: pages and messages that were not asked for."""

CALLS_NEEDED: Mapping[str, str] = {
    "a first sync needs": "a call for each 500 assets, one for each detail and each named transformation, 20 more",
    "a quiet run needs": "at most 6; each cloudinary.configuration_hours those of the configuration besides",
    "waiting messages need": "two calls for each 100; a first sync asks for 200 of them (cloudinary.first_sync_polls)",
}
"""The most calls that a run needs, with the resource and delivery types of the default; held by a test that counts."""


class BudgetUsedUp(TransientSourceError):
    """No call of our share is left in this hour; what was read so far can land, and the next run goes on."""


@dataclass(frozen=True)
class RateBudget:
    """What the last good answer said about the hour's allowance: calls allowed, remaining, and its end (UTC)."""

    allowed: int
    remaining: int
    resets_at: datetime

    def in_words(self) -> str:
        """For messages and reports."""
        return f"{self.remaining} of {self.allowed} calls left until {self.resets_at:%Y-%m-%dT%H:%M:%SZ}"


@dataclass(frozen=True)
class BudgetState:
    """The budget as its file has it.

    `rate` is None before the first answer; `used` counts our own calls of the hour that ends with `rate`, `calls` all
    that were ever made under this home; `waiting` says per stream how many things still need calls (1 for one of
    `UNCOUNTED`).
    """

    rate: RateBudget | None = None
    used: int = 0
    calls: int = 0
    waiting: Mapping[str, int] = field(default_factory=dict)


class CallBudget:
    """One account's budget in one file; several processes may share it. Without a path it lives in memory only.

    Raises TransientSourceError when another process holds the file for long, ConfigurationError when the disk refuses.
    """

    def __init__(self, path: Path | None, cloud_name: str, share: float, clock: Clock) -> None:
        self._path = path
        self._cloud_name = cloud_name
        self._share = share
        self._clock = clock
        self._state = BudgetState()
        self.refused = 0
        """How often this budget refused a call, or the vendor did: what is under way then is cut off."""

    def state(self) -> BudgetState:
        """The budget as it is now; an hour that has ended has no rate and nothing used."""
        self._state = self._current(self._read())
        return self._state

    def facts(self) -> Mapping[str, object]:
        """The budget as named values, in the order in which a person reads them."""
        state = self.state()
        rate = state.rate
        unknown = "not known in this hour until the next answer"
        shown: dict[str, object] = {
            "allowance": f"{rate.allowed} calls an hour" if rate else unknown,
            "remaining": rate.remaining if rate else unknown,
            "kept back for others": f"{self.kept_back(rate.allowed):.0f}" if rate else f"{1 - self._share:.0%}",
            "used by us": state.used,
            "resets at": f"{rate.resets_at:%Y-%m-%dT%H:%M:%SZ}" if rate else unknown,
            "calls since the beginning": state.calls,
            **CALLS_NEEDED,
        }
        waiting = {f"waiting: {name}": _in_words(name, number) for name, number in sorted(state.waiting.items())}
        return {**shown, **(waiting or {"waiting": "nothing"})}

    def kept_back(self, allowed: int) -> float:
        """How many calls of an allowance are left to the account's other users."""
        return round(allowed * (1 - self._share), 6)

    def require(self, what: str, reserve: Reserve | None = None) -> None:
        """Return when a call about `what`, which leaves a `reserve`, may be made now.

        Raises BudgetUsedUp, naming the instant of the reset.
        """
        rate = self.state().rate
        if rate is None:
            return
        kept_back = self.kept_back(rate.allowed)
        reserved = rate.allowed * self._share * reserve.share if reserve else 0.0
        if rate.remaining > kept_back + reserved:
            return
        also = f", and {reserved:.0f} for {reserve.whose}" if reserve else ""
        self.refused += 1
        raise BudgetUsedUp(
            tried=f"to ask Cloudinary cloud {self._cloud_name!r} for {what}",
            found=f"{rate.in_words()}, of which {kept_back:.0f} are kept back for others{also}",
            expected="calls of our share to be left",
            remedy=f"run again after {rate.resets_at:%Y-%m-%dT%H:%M:%SZ}, "
            "or raise cloudinary.hourly_allowance_share; what had landed is kept",
        )

    def note(self, rate: RateBudget | None) -> None:
        """Count one call; `rate` is what its answer said, None when there was no good answer: then we count down."""

        def counted(state: BudgetState) -> BudgetState:
            known = rate or _one_less(state.rate)
            return replace(state, rate=known, used=state.used + 1, calls=state.calls + 1)

        self._change(counted)

    def note_refusal(self) -> datetime:
        """Nothing is left, by the vendor's word; return when to come back: the known reset, else the next full hour."""
        next_hour = self._clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)

        def emptied(state: BudgetState) -> BudgetState:
            known = state.rate or RateBudget(0, 0, next_hour)
            return replace(state, rate=replace(known, remaining=0))

        self.refused += 1
        self._change(emptied)
        return self._state.rate.resets_at if self._state.rate else next_hour

    def note_waiting(self, stream: str, count: int) -> None:
        """Remember how many things of a stream still need calls; 0 forgets the stream."""
        if self.state().waiting.get(stream, 0) == count:
            return

        def noted(state: BudgetState) -> BudgetState:
            others = {name: number for name, number in state.waiting.items() if name != stream}
            return replace(state, waiting={**others, **({stream: count} if count else {})})

        self._change(noted)

    def _change(self, change: _Change) -> None:
        if self._path is None:
            self._state = change(self._current(self._state))
            return
        with file_lock(self._path.with_suffix(".lock"), "the budget of Cloudinary calls"):
            self._state = change(self._current(self._read()))
            write_durably(self._path, _as_bytes(self._cloud_name, self._state))

    def _current(self, state: BudgetState) -> BudgetState:
        if state.rate is not None and self._clock.now() >= state.rate.resets_at:
            return replace(state, rate=None, used=0)
        return state

    def _read(self) -> BudgetState:
        return self._state if self._path is None else read_budget(self._path, self._cloud_name)


def budget_path(home: Path) -> Path:
    """Where an installation remembers Cloudinary's allowance."""
    return home / "budgets" / "cloudinary.json"


def shared_budget(home: Path, section: CloudinarySettings, clock: Clock) -> CallBudget:
    """The budget that all of an installation share who call the account's Admin API: ingest, checks and corrections."""
    return CallBudget(budget_path(home), section.cloud_name, section.hourly_allowance_share, clock)


def read_budget(path: Path, cloud_name: str) -> BudgetState:
    """The budget as written; where it is missing, unreadable or another account's, nothing is known of it.

    Nothing is lost by an unreadable file: the next good answer tells the truth again.
    """
    try:
        content = json.loads(path.read_bytes())
        if content["cloud_name"] != cloud_name:
            return BudgetState()
        rate = content["rate"]
        return BudgetState(
            rate=_rate(rate) if rate else None,
            used=int(content["used"]),
            calls=int(content["calls"]),
            waiting={str(name): int(number) for name, number in content["waiting"].items()},
        )
    except FileNotFoundError:
        return BudgetState()
    except (ValueError, KeyError, TypeError, AttributeError):
        return BudgetState()
    except OSError as error:
        raise ConfigurationError(
            tried=f"to read the budget of Cloudinary calls {path}",
            found=f"{type(error).__name__}: {error.strerror or error}",
            expected="a file that this user may read",
            remedy="correct the rights of the file and its folder; Cloudinary was not asked",
        ) from error


def _in_words(stream: str, number: int) -> str:
    """How many calls a stream waits for, as far as that is known."""
    return "at least 1 call; how many is not known before" if stream in UNCOUNTED else f"{number} calls"


def _rate(content: Mapping[str, object]) -> RateBudget:
    resets_at = datetime.fromisoformat(str(content["resets_at"]))
    return RateBudget(int(str(content["allowed"])), int(str(content["remaining"])), resets_at.astimezone(UTC))


def _one_less(rate: RateBudget | None) -> RateBudget | None:
    return replace(rate, remaining=max(0, rate.remaining - 1)) if rate else None


def _as_bytes(cloud_name: str, state: BudgetState) -> bytes:
    rate = state.rate
    content = {
        "cloud_name": cloud_name,
        "rate": rate
        and {"allowed": rate.allowed, "remaining": rate.remaining, "resets_at": rate.resets_at.isoformat()},
        "used": state.used,
        "calls": state.calls,
        "waiting": dict(sorted(state.waiting.items())),
    }
    return json.dumps(content, indent=1).encode()
