"""What planters of partner communities work with: a community, its instants and numbers, publications, cases, threads.

The events of a community are made here; which of them make an exception true is said by the causes.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import with_member
from sandbox.scenario.events import CommunityEvent, DeliveryLink, OpenCase, PostMessage, Publish, Terms
from sandbox.scenario.library import AssetHistory, Library, Version
from sandbox.scenario.publication_verdicts import SaidPublication
from sandbox.scenario.stages import COVERAGE_STARTS, DAY, HOUR, MINUTE, spread

_OFFICE_HOURS = (9 * HOUR, 15 * HOUR)

Option = TypeVar("Option")


def office_instant(chance: Random, after: int, before: int) -> int:
    """An instant in (after, before) when communities are busy: 09:00-09:50 or 15:00-15:50 UTC.

    Needs a day of room. Raises ValueError when there is less.
    """
    if before - after < DAY:
        raise ValueError("an office instant needs a day of room")
    while True:
        drawn = chance.randint(after, before)
        at = drawn - drawn % DAY + chance.choice(_OFFICE_HOURS) + chance.randint(0, 50 * MINUTE)
        if after < at < before:
            return at


class Numbers:
    """Identifiers without order: a prefix and numbers that are never given twice."""

    def __init__(self, chance: Random, capacity: int) -> None:
        """`capacity` bounds how many numbers can be drawn."""
        self._numbers = chance.sample(range(10_000, 10_000 + 9 * capacity), capacity)

    def draw(self, prefix: str) -> str:
        """The next identifier."""
        return f"{prefix}-{self._numbers.pop()}"


@dataclass(frozen=True, slots=True)
class Community:
    """A community as its publications need it: whose rules it follows and who is in it."""

    community_id: str
    region: str
    language: str
    partners: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlantedCommunityCase:
    """One planted publication or case.

    `control` is violated or narrowly missed by it; `correction` is the kind that answers it, `is_cured` says that this
    ends it, `corrected_id` is what is corrected where that is not the subject.
    """

    cause: str
    control: str
    subject_id: str
    is_violation: bool
    correction: str | None = None
    is_cured: bool = False
    corrected_id: str | None = None


class CommunityDesk:
    """What a planter works with: a community, a library, and the events written so far."""

    def __init__(
        self,
        library: Library,
        communities: Sequence[Community],
        numbers: Numbers,
        cause: str,
        index: int,
    ) -> None:
        """`index` counts the repetitions of one cause and varies them."""
        self.library = library
        self.numbers = numbers
        self.cause = cause
        self.index = index
        self.chance = Random(f"{library.seed}/{cause}/{index}")
        self.community = self.chance.choice(communities)
        self.events: list[CommunityEvent] = []
        self.cases: list[PlantedCommunityCase] = []
        self.said: dict[str, SaidPublication] = {}
        region = self.community.region
        places = tuple(vocabulary.JURISDICTIONS)
        limited = self.chance.random() < 0.5
        self.terms = Terms(jurisdictions=with_member(self.chance, places, region) if limited else ())

    def pick(self, options: Sequence[Option]) -> Option:
        """The option of this repetition: repetitions walk through all of them."""
        return options[self.index % len(options)]

    def steps(self, count: int, until: int) -> list[int]:
        """`count` rising instants of history between the start of coverage and `until`, days apart."""
        return spread(self.chance, count, max(COVERAGE_STARTS + HOUR, until - 45 * DAY), until)

    def approved_asset(self, until: int, terms: Terms | None = None) -> tuple[AssetHistory, Version, int]:
        """An asset with one approved version; gives also the instant of approval, before `until`."""
        asset = self.library.new_asset()
        uploaded, approved = self.steps(2, until)
        version = asset.upload(uploaded)
        asset.approve(approved, version, terms or self.terms)
        return asset, version, approved

    def newer(self, asset: AssetHistory, granted: int, terms: Terms | None = None) -> Version:
        """A newer version, approved at an instant."""
        version = asset.upload(granted - self.chance.randint(HOUR, 10 * HOUR))
        asset.approve(granted, version, terms or self.terms)
        return version

    def publish(
        self, asset: AssetHistory, version: Version, after: int, before: int, replaces: str | None = None
    ) -> Publish:
        """Show a version in the desk's community at an instant in (after, before)."""
        event = publication(self, asset, version, office_instant(self.chance, after, before), replaces)
        self.events.append(event)
        return event

    def open_case(self, asset: AssetHistory, version: Version, at: int) -> str:
        """A partner reports a version of an asset; gives the case's id."""
        case_id = self.numbers.draw("CASE")
        self.events.append(case_opening(self, case_id, asset, version, at))
        return case_id

    def post(self, case_id: str, at: int, role: str, link: DeliveryLink | None) -> str:
        """A message in the thread by a partner or the team, with or without a link; gives the message's id."""
        message = thread_message(self, case_id, at, role, link)
        self.events.append(message)
        return message.message_id

    def holds(self, shown: Publish, at: str | None = None, now: str | None = None, later: str | None = None) -> None:
        """Say the verdicts of a publication when it was shown, at the end, and minutes later; None: it is in order."""
        said = self._said_of(shown)
        self.said[shown.publication_id] = replace(said, at_publication=at, now=now, after_corrections=later)

    def because(self, shown: Publish, at: str | None = None, now: str | None = None) -> None:
        """Say why nothing more is known of a publication when it was shown, and at the end."""
        self.said[shown.publication_id] = replace(self._said_of(shown), reason=at, reason_now=now)

    def nearly(self, shown: Publish, *names: str) -> None:
        """Say which verdicts (`at_publication`, `of_publication_now`) a publication narrowly misses."""
        said = self._said_of(shown)
        self.said[shown.publication_id] = replace(said, near_miss_of=(*said.near_miss_of, *names))

    def taken_down(self, shown: Publish) -> None:
        """Say that a correction whose subject is something else takes a publication down."""
        self.said[shown.publication_id] = replace(self._said_of(shown), is_taken_down=True)

    def _said_of(self, shown: Publish) -> SaidPublication:
        return self.said.get(shown.publication_id, SaidPublication())

    def violates(self, control: str, subject_id: str) -> None:
        """Say that a subject is a violation of a control beside the case's own."""
        self.cases.append(PlantedCommunityCase(self.cause, control, subject_id, is_violation=True))

    def found(
        self, control: str, subject_id: str, *, is_violation: bool, cured_by: str | None = None
    ) -> PlantedCommunityCase:
        """Write the case down with what its cause makes true."""
        return PlantedCommunityCase(self.cause, control, subject_id, is_violation, cured_by, cured_by is not None)


def publication(desk: CommunityDesk, asset: AssetHistory, version: Version, at: int, replaces: str | None) -> Publish:
    """The event that shows a version in the desk's community."""
    chance = desk.chance
    return Publish(
        at=at,
        publication_id=desk.numbers.draw("PUB"),
        community_id=desk.community.community_id,
        region=desk.community.region,
        language=desk.community.language,
        device=chance.choice(vocabulary.DEVICES),
        rendition=chance.choice(vocabulary.RENDITIONS),
        actor=chance.choice(vocabulary.COMMUNITY_TEAM),
        asset=asset.handle,
        public_id=asset.name_at(at),
        version=version.uploaded_at,
        content=version.content,
        image_format=asset.image_format,
        replaces=replaces,
    )


def case_opening(desk: CommunityDesk, case_id: str, asset: AssetHistory, version: Version, at: int) -> OpenCase:
    """A partner's report, with the reference in one of three forms and personal data in its words."""
    chance = desk.chance
    references = (asset.by_name(version, at), asset.link(version, at), asset.by_bytes(version, has_etag=False))
    partner = chance.choice(desk.community.partners)
    subject = chance.choice(
        (
            "The visual in our portal still shows last year's wording",
            f"Customer with policy 44-{chance.randint(100_000, 999_999)} got the wrong logo",
            f"Disclaimer outdated, please call me on +49 30 {chance.randint(1_000_000, 9_999_999)}",
            f"Blurred picture, details at office{chance.randint(1, 99)}@partner.example",
        )
    )
    return OpenCase(
        at=at,
        case_id=case_id,
        community_id=desk.community.community_id,
        partner_id=partner,
        category=chance.choice(vocabulary.CASE_CATEGORIES),
        subject=subject,
        reference=chance.choice(references),
    )


def thread_message(desk: CommunityDesk, case_id: str, at: int, role: str, link: DeliveryLink | None) -> PostMessage:
    """A message; what it says does not tell whether it helps."""
    chance = desk.chance
    texts = {
        "team": ("Thank you for the report.", "Please use this one.", "We have looked into it."),
        "partner": ("Any news?", "Reach me at broker@partner.example.", "We still see the old picture."),
    }[role]
    team = chance.choice(vocabulary.COMMUNITY_TEAM)
    author = team if role == "team" else chance.choice(desk.community.partners)
    return PostMessage(at, desk.numbers.draw("MSG"), case_id, author, role, chance.choice(texts), link)
