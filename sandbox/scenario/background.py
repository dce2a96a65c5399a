"""Business as usual: assets, uses, publications and cases that are in order by construction.

A background use takes the newest approved version that suits the customer, with at least a minute to any
change of that asset; nothing here may become an exception, and nothing here evaluates a rule.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.community_desk import (
    Community,
    CommunityDesk,
    Numbers,
    case_opening,
    office_instant,
    publication,
    thread_message,
)
from sandbox.scenario.desk import Customer
from sandbox.scenario.events import (
    CloseCase,
    CommunityEvent,
    OpenCase,
    PostMessage,
    Reference,
    Terms,
    Withdraw,
)
from sandbox.scenario.library import AssetHistory, Library, Version
from sandbox.scenario.stages import COVERAGE_STARTS, DAY, END, HOUR, MINUTE, is_skewed

#: Everything a background use relies on is at least this far from the use.
MARGIN = MINUTE
#: The same where the engine's clock was ten minutes ahead, an edge's hour with it.
SKEWED_MARGIN = 2 * HOUR
#: How long an older approved version goes on being used: less than any grace.
TRANSITION = 5 * DAY
#: A day with room for both of its office hours.
_A_DAY = DAY + 2 * HOUR
_CaseEvent = OpenCase | PostMessage
_VERSION_COUNTS = (1, 2, 3, 4, 5)
_VERSION_WEIGHTS = (1, 3, 15, 56, 25)
#: Letters mostly link to what is not overwritten so soon; of those that do not, this share is linked to none the less.
_OVERWRITTEN_SOON = 14 * DAY
_LINKED_NONE_THE_LESS = 0.1


def add_background_assets(library: Library, count: int) -> list[AssetHistory]:
    """`count` assets with one to five versions, nearly all approved soon after their upload."""
    return [_background_asset(library) for _ in range(count)]


def _background_asset(library: Library) -> AssetHistory:
    asset = library.new_asset()
    chance = asset.chance
    early = chance.random() < 0.55
    first = COVERAGE_STARTS + (chance.randint(10 * MINUTE, 2 * DAY) if early else chance.randint(2 * DAY, 105 * DAY))
    versions = chance.choices(_VERSION_COUNTS, _VERSION_WEIGHTS)[0]
    uploads = [first]
    slot = (END - 2 * DAY - first) // versions
    uploads += [first + i * slot + chance.randint(0, slot // 2) for i in range(1, versions)]
    grants = [at + chance.randint(20 * MINUTE, 30 * HOUR) for at in uploads]
    _rename_sometimes(library, asset, uploads, grants)
    terms = _usual_terms(chance)
    if chance.random() < 0.3:
        terms = replace(terms, valid_from=first - first % DAY, valid_to=END + chance.randint(60, 400) * DAY)
    for number, (at, granted) in enumerate(zip(uploads, grants, strict=True)):
        version = asset.upload(at)
        if number == 0 or chance.random() < 0.96:
            names_bytes = number > 0 or chance.random() < 0.85
            asset.approve(granted, version, terms, names_bytes=names_bytes)
    _move_sometimes(asset, grants[-1] + HOUR)
    asset.terms = terms
    return asset


def _rename_sometimes(library: Library, asset: AssetHistory, uploads: Sequence[int], grants: Sequence[int]) -> None:
    """Rename one asset in sixteen, an hour or more from anything else that happens to it."""
    at = asset.chance.randint(uploads[0] + 2 * DAY, END - HOUR)
    if asset.chance.random() < 1 / 16 and all(abs(other - at) > HOUR for other in (*uploads, *grants)):
        asset.rename(at, library.new_name(asset.product_line))


def _move_sometimes(asset: AssetHistory, after: int) -> None:
    """Move one asset in sixteen into an archive folder: its public id, and so its address, stays."""
    chance = Random(f"{asset.handle}/move")
    if chance.random() < 1 / 16 and after < END - HOUR:
        asset.move(chance.randint(after, END - HOUR), f"{asset.folder}/archive")


def _usual_terms(chance: Random) -> Terms:
    """Half of the assets are for everybody, the others for some segments, places or offers."""
    if chance.random() < 0.5:
        return Terms()
    places = tuple(vocabulary.JURISDICTIONS)
    return Terms(
        segments=vocabulary.draw_set(chance, vocabulary.SEGMENTS, 2, 4) if chance.random() < 0.4 else (),
        jurisdictions=vocabulary.draw_set(chance, places, 3, 8) if chance.random() < 0.7 else (),
        offers=vocabulary.draw_set(chance, vocabulary.OFFERS, 2, 4) if chance.random() < 0.2 else (),
    )


def _suits(terms: Terms, customer: Customer) -> bool:
    """Whether an asset is picked for a customer."""
    return (
        (not terms.segments or customer.segment in terms.segments)
        and (not terms.jurisdictions or customer.jurisdiction in terms.jurisdictions)
        and (not terms.offers or any(offer in terms.offers for offer in customer.offers))
    )


@dataclass(slots=True)
class Shelf:
    """The background assets, ready to be picked from: newest approved version at an instant."""

    assets: list[AssetHistory]
    chance: Random
    _first_grants: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Sort by first approval, so that what is not approved yet is never looked at."""
        self.assets = sorted(self.assets, key=lambda asset: asset.grants[0][0])
        self._first_grants = [asset.grants[0][0] for asset in self.assets]

    def pick(self, at: int, customer: Customer, *, live: bool, by_id: bool = False) -> Reference:
        """A reference for a use at an instant that is certainly in order; `by_id` leaves names out of embedded ones.

        Raises LookupError when no asset is approved yet (before the third day of coverage).
        """
        available = bisect_right(self._first_grants, at - HOUR)
        for _ in range(500 if available else 0):
            asset = self.assets[self.chance.randrange(available)]
            if not _suits(asset.terms, customer) or asset.is_renamed_near(at, _margin(at)):
                continue
            reference = self._live(asset, at) if live else self._embedded(asset, at, by_id)
            if reference is not None:
                return reference
        raise LookupError(f"no background asset suits {customer} at {at}")

    def _live(self, asset: AssetHistory, at: int) -> Reference | None:
        if any(abs(version.uploaded_at - at) < _margin(at) for version in asset.versions):
            return None
        served = [version for version in asset.versions if version.uploaded_at < at][-1]
        if not any(version is served and granted <= at - _margin(at) for granted, version in asset.grants):
            return None
        is_overwritten = any(at < version.uploaded_at < at + _OVERWRITTEN_SOON for version in asset.versions)
        if is_overwritten and self.chance.random() >= _LINKED_NONE_THE_LESS:
            return None
        believed = self.chance.choices((served, asset.versions[0], None), (85, 10, 5))[0]
        return asset.link(believed, at)

    def _embedded(self, asset: AssetHistory, at: int, by_id: bool) -> Reference | None:
        granted = [grant for grant in asset.grants if grant[0] <= at - _margin(at)]
        if not granted:
            return None
        version = granted[-1][1]
        if len(granted) > 1 and granted[-1][0] > at - TRANSITION and self.chance.random() < 0.3:
            version = granted[-2][1]
        form = self.chance.random()
        if form < 0.1 and not by_id:
            return asset.by_name(version, at)
        return asset.by_bytes(version, has_etag=form < 0.8)


def _margin(at: int) -> int:
    """How far from a use everything is that it relies on."""
    return SKEWED_MARGIN if is_skewed(at) else MARGIN


def _newest_granted(asset: AssetHistory, at: int) -> Version | None:
    """The newest version approved an hour before an instant or earlier; None within an hour of an approval."""
    if any(abs(granted - at) < HOUR for granted, _ in asset.grants):
        return None
    return [version for granted, version in asset.grants if granted < at][-1]


class CommunityLife:
    """Background publications and cases of the communities."""

    def __init__(
        self, library: Library, communities: Sequence[Community], numbers: Numbers, assets: list[AssetHistory]
    ) -> None:
        """`assets` are background assets."""
        self._library = library
        self._communities = communities
        self._numbers = numbers
        self._assets = assets
        self._chance = Random(f"{library.seed}/community-life")

    def _desk(self, index: int, what: str) -> CommunityDesk:
        return CommunityDesk(self._library, self._communities, self._numbers, what, index)

    def publications(self, count: int) -> list[CommunityEvent]:
        """At least `count` publications, each replaced soon after a newer version is approved."""
        events: list[CommunityEvent] = []
        made = 0
        while made < count:
            chain = self._publication_chain(self._desk(made, "shelf"))
            made += sum(1 for event in chain if not isinstance(event, Withdraw))
            events += chain
        return events

    def _publication_chain(self, desk: CommunityDesk) -> list[CommunityEvent]:
        asset = self._chance.choice(self._assets)
        places = asset.terms.jurisdictions
        if places and desk.community.region not in places:
            return []
        grants = [grant for grant in asset.grants if grant[0] < END - TRANSITION]
        events: list[CommunityEvent] = []
        replaces: str | None = None
        for granted, version in grants[self._chance.choice((0, 0, -1)) :]:
            after = max([granted + HOUR, *(event.at for event in events[-1:])])
            event = publication(desk, asset, version, office_instant(desk.chance, after, after + _A_DAY), replaces)
            events.append(event)
            replaces = event.publication_id
        if replaces and desk.chance.random() < 0.15 and events[-1].at < END - 2 * DAY:
            gone = office_instant(desk.chance, events[-1].at, END)
            events.append(Withdraw(gone, replaces, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
        return events

    def cases(self, count: int) -> list[CommunityEvent]:
        """`count` cases: closed ones, and ones about a version that has no newer approved one."""
        events: list[CommunityEvent] = []
        for index in range(count):
            desk = self._desk(index, "usual-case")
            asset = desk.chance.choice([asset for asset in self._assets if asset.grants[-1][0] < END - 6 * DAY])
            events += self._closed(desk, asset) if desk.chance.random() < 0.6 else self._current(desk, asset)
        return events

    def _closed(self, desk: CommunityDesk, asset: AssetHistory) -> list[CommunityEvent]:
        granted, version = desk.chance.choice(asset.grants)
        opened = office_instant(desk.chance, granted, min(END - 3 * DAY, granted + 40 * DAY))
        events = self._thread(desk, asset, version, opened)
        closed = office_instant(desk.chance, max(event.at for event in events), END)
        return [*events, CloseCase(closed, events[0].case_id)]

    def _current(self, desk: CommunityDesk, asset: AssetHistory) -> list[CommunityEvent]:
        granted, version = asset.grants[-1]
        opened = office_instant(desk.chance, granted, END - 3 * DAY)
        return list(self._thread(desk, asset, version, opened))

    def _thread(self, desk: CommunityDesk, asset: AssetHistory, version: Version, opened: int) -> list[_CaseEvent]:
        case_id = self._numbers.draw("CASE")
        events: list[_CaseEvent] = [case_opening(desk, case_id, asset, version, opened)]
        at = opened
        for _ in range(desk.chance.randint(0, 2)):
            if at > END - 3 * DAY:
                break
            at = office_instant(desk.chance, at, at + _A_DAY)
            role = desk.chance.choice(("team", "partner"))
            named = _newest_granted(asset, at) if role == "team" else version
            link = asset.link(named, at) if named and desk.chance.random() < 0.4 else None
            events.append(thread_message(desk, case_id, at, role, link))
        return events
