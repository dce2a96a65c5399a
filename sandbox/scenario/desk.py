"""The desk at which one case of an asset use is planted: its moment, its customer, its asset, its reference.

A planter (see `use_cause.py`) picks the moment of use first and builds the asset's history backwards from
it, with clear room between steps that are not the point of the case.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import TypeVar

from sandbox.scenario import vocabulary
from sandbox.scenario.events import Reference, Terms
from sandbox.scenario.library import AssetHistory, Library, Version
from sandbox.scenario.stages import (
    CDN_SECONDS,
    COVERAGE_STARTS,
    DAY,
    END,
    HOUR,
    MINUTE,
    STAGES,
    mid_month_instant,
    spread,
    statement_instant,
)

Option = TypeVar("Option")

#: How far back the history of a planted asset reaches before the use.
HISTORY = 25 * DAY
LIVE = "live"
WITH_ETAG = "with_etag"
VERSION_ONLY = "version_only"
NAME = "name"
EMBEDDED_FORMS = (WITH_ETAG, VERSION_ONLY, NAME)
#: Seconds beside the use at which another system's event is neither before nor after it.
WITHIN_UNCERTAINTY = (-1, 0, 1, 2)
ALL_FORMS = (LIVE, WITH_ETAG, VERSION_ONLY, LIVE, NAME)


@dataclass(frozen=True, slots=True)
class Customer:
    """Whom a communication goes to, as far as eligibility cares."""

    segment: str
    jurisdiction: str
    offers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlantedUse:
    """One planted use: when, to whom, of what, and the verdict that its cause makes true.

    `recorded_at` is the instant of the job when the job ran long after composition, else None. `exposure` is the
    verdict so far over the exposure of a link, None where nothing happens behind it; `channel` is where it stands.
    """

    cause: str
    verdict: str
    near_miss_of: tuple[str, ...]
    at: int
    is_in_time: bool
    customer: Customer
    reference: Reference
    recorded_at: int | None = None
    exposure: str | None = None
    channel: str | None = None


class UseDesk:
    """What a planter works with; `index` counts the repetitions of one cause and varies them."""

    def __init__(self, library: Library, cause: str, near_miss_of: tuple[str, ...], index: int) -> None:
        """Draw the customer and the terms that suit them; the moment comes with `meet`."""
        self.library = library
        self.cause = cause
        self.near_miss_of = near_miss_of
        self.index = index
        self.chance = Random(f"{library.seed}/{cause}/{index}")
        self.at = 0
        self.is_in_time = False
        self.channel: str | None = None
        self.customer = draw_customer(self.chance)
        self.terms = suitable_terms(self.chance, self.customer)

    @property
    def good(self) -> str:
        """The verdict of a use with everything in order: proven, late if it was recorded after a day."""
        return "PROVEN" if self.is_in_time else "PROVEN_LATE"

    def meet(self, *, stages: Sequence[int] = tuple(STAGES), room: int = 3 * DAY, in_time: bool | None = None) -> int:
        """Choose the moment of use in one of `stages`, at least `room` after coverage began."""
        while True:
            stage = stages[(self.index + self.chance.randrange(2)) % len(stages)]
            self.is_in_time = self.chance.random() < 0.85 if in_time is None else in_time
            draw = statement_instant if self.is_in_time else mid_month_instant
            self.at = draw(self.chance, stage)
            if self.at - room >= COVERAGE_STARTS + 6 * HOUR:
                return self.at

    def meet_at(self, at: int, *, in_time: bool) -> int:
        """Set the moment of use exactly."""
        self.at, self.is_in_time = at, in_time
        return at

    def earlier(self, count: int, until: int | None = None) -> list[int]:
        """`count` rising instants of history that end an hour before the use, or before `until`."""
        end = self.at - HOUR if until is None else until
        return spread(self.chance, count, max(COVERAGE_STARTS + 10 * MINUTE, end - HISTORY), end)

    def pick(self, options: Sequence[Option]) -> Option:
        """The option of this repetition: repetitions walk through all of them."""
        return options[self.index % len(options)]

    def asset(self) -> AssetHistory:
        """A new asset of the library."""
        return self.library.new_asset()

    def backed_up_asset(self) -> AssetHistory:
        """A new asset of which backups are kept, so that versions of it can be restored."""
        asset = self.asset()
        asset.is_backed_up = True
        return asset

    def approved_asset(self, until: int | None = None) -> tuple[AssetHistory, Version]:
        """An asset with one version, approved on this desk's terms, all before `until`."""
        asset = self.asset()
        uploaded, approved = self.earlier(2, until)
        version = asset.upload(uploaded)
        asset.approve(approved, version, self.terms, names_bytes=self.chance.random() < 0.75)
        return asset, version

    def reference(self, asset: AssetHistory, version: Version, forms: Sequence[str] = ALL_FORMS) -> Reference:
        """A reference to a version in one of the forms; `live` is right only for the live version."""
        form = forms[(self.index + len(self.cause)) % len(forms)]
        if form == LIVE:
            believed = self.chance.choice((version, asset.versions[0], None))
            return asset.link(believed, self.at)
        if form == NAME:
            return asset.by_name(version, self.at)
        return asset.by_bytes(version, has_etag=form == WITH_ETAG)

    def bare_from(self, changed: int) -> str:
        """What becomes of a link's exposure by bytes that nobody approves: in doubt until every edge serves them."""
        return "NOT_APPROVED" if changed + CDN_SECONDS < END - MINUTE else "AMBIGUOUS"

    def plant(
        self, verdict: str, reference: Reference, recorded_at: int | None = None, *, exposure: str | None = None
    ) -> PlantedUse:
        """Write the case down with the verdict that its cause makes true, and that over the exposure of a link."""
        return PlantedUse(
            cause=self.cause,
            verdict=verdict,
            near_miss_of=self.near_miss_of,
            at=self.at,
            is_in_time=self.is_in_time,
            customer=self.customer,
            reference=reference,
            recorded_at=recorded_at,
            exposure=exposure,
            channel=self.channel,
        )


def draw_customer(chance: Random) -> Customer:
    """A customer with segment, jurisdiction and up to three offers."""
    return Customer(
        segment=chance.choice(vocabulary.SEGMENTS),
        jurisdiction=vocabulary.draw_jurisdiction(chance),
        offers=vocabulary.draw_set(chance, vocabulary.OFFERS, 0, 3),
    )


def suitable_terms(chance: Random, customer: Customer) -> Terms:
    """Terms under which the customer is eligible, each set empty or with the customer's value in it."""
    segments = () if chance.random() < 0.5 else with_member(chance, vocabulary.SEGMENTS, customer.segment)
    places = tuple(vocabulary.JURISDICTIONS)
    jurisdictions = () if chance.random() < 0.4 else with_member(chance, places, customer.jurisdiction)
    offers: tuple[str, ...] = ()
    if customer.offers and chance.random() < 0.4:
        offers = with_member(chance, vocabulary.OFFERS, chance.choice(customer.offers))
    return Terms(segments=segments, jurisdictions=jurisdictions, offers=offers)


def with_member(chance: Random, values: tuple[str, ...], member: str) -> tuple[str, ...]:
    """A sorted set of one to four values with `member` among them."""
    others = [value for value in values if value != member]
    return tuple(sorted([member, *chance.sample(others, chance.randint(0, 3))]))


def without_members(chance: Random, values: tuple[str, ...], excluded: Sequence[str]) -> tuple[str, ...]:
    """A sorted set of two or three values with none of `excluded` among them."""
    others = [value for value in values if value not in excluded]
    return tuple(sorted(chance.sample(others, min(len(others), chance.randint(2, 3)))))
