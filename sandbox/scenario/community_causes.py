"""The causes of standing exceptions in partner communities: outdated publications and unanswered cases.

One function per cause, violations and near misses side by side, each saying what its own history makes
true at the end of the scenario. Nothing here evaluates a rule.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TypeVar

from sandbox.scenario import vocabulary
from sandbox.scenario.audit_controls import BEFORE_APPROVAL
from sandbox.scenario.correction_kinds import REPLACEMENT_LINK, REPUBLISH
from sandbox.scenario.desk import with_member, without_members
from sandbox.scenario.events import (
    CloseCase,
    CommunityEvent,
    DeliveryLink,
    ForeignLink,
    NameReference,
    OpenCase,
    PostMessage,
    Publish,
    Reference,
    Terms,
    Withdraw,
)
from sandbox.scenario.library import AssetHistory, Library, Version
from sandbox.scenario.stages import COVERAGE_STARTS, DAY, END, GRACE_DAYS_AFTER_CHANGE, HOUR, MINUTE, spread

OUTDATED = "ctl_outdated_community_assets"
UNANSWERED = "ctl_unanswered_corrected_cases"
UNRESOLVABLE = "ctl_cases_with_unresolvable_references"
STALE_LINKS = "ctl_case_answers_with_stale_links"
GRACE_AT_END = GRACE_DAYS_AFTER_CHANGE * DAY
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


# --- Outdated publications ----------------------------------------------------------------------------


def _long_superseded(desk: CommunityDesk) -> int:
    return END - GRACE_AT_END - desk.chance.randint(2 * DAY, 30 * DAY)


def superseded_publication(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer approved version is in force for days longer than the grace; the old one is still shown."""
    granted = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    desk.newer(asset, granted)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True, cured_by=REPUBLISH)


def superseded_by_an_hour(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer approved version is in force for an hour longer than the grace."""
    granted = END - GRACE_AT_END - HOUR
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    desk.newer(asset, granted)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True, cured_by=REPUBLISH)


def expired_without_successor(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval ended an hour to a month ago; there is nothing newer."""
    ended = END - desk.pick((HOUR, 4 * DAY, 30 * DAY))
    asset, version, approved = desk.approved_asset(ended - 3 * DAY, replace(desk.terms, valid_to=ended))
    shown = desk.publish(asset, version, approved, ended)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True)


def expired_with_successor(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval ended; a newer version was approved days ago."""
    ended = END - desk.chance.randint(DAY, 20 * DAY)
    asset, version, approved = desk.approved_asset(ended - 3 * DAY, replace(desk.terms, valid_to=ended))
    shown = desk.publish(asset, version, approved, ended - DAY)
    desk.newer(asset, ended - 10 * HOUR, replace(desk.terms, valid_to=END + 200 * DAY))
    return desk.found(OUTDATED, shown.publication_id, is_violation=True, cured_by=REPUBLISH)


def revoked_without_successor(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval was revoked after publication; there is nothing newer."""
    revoked = END - desk.chance.randint(HOUR, 30 * DAY)
    asset, version, approved = desk.approved_asset(revoked - 3 * DAY)
    shown = desk.publish(asset, version, approved, revoked)
    asset.revoke(revoked, version)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True)


def revoked_with_successor(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval was revoked after publication; a newer version is approved."""
    revoked = END - desk.chance.randint(2 * DAY, 30 * DAY)
    asset, version, approved = desk.approved_asset(revoked - 3 * DAY)
    shown = desk.publish(asset, version, approved, revoked)
    asset.revoke(revoked, version)
    desk.newer(asset, revoked + DAY)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True, cured_by=REPUBLISH)


def published_unapproved(desk: CommunityDesk) -> PlantedCommunityCase:
    """Nobody ever approved what is shown."""
    uploaded = desk.steps(1, END - 3 * DAY)[0]
    asset = desk.library.new_asset()
    version = asset.upload(uploaded)
    shown = desk.publish(asset, version, uploaded, END - HOUR)
    desk.violates(BEFORE_APPROVAL, shown.publication_id)
    return desk.found(OUTDATED, shown.publication_id, is_violation=True)


def superseded_inside_grace(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer approved version is in force for two days less than the grace."""
    granted = END - GRACE_AT_END + 2 * DAY
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted)
    desk.newer(asset, granted)
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def superseded_and_withdrawn(desk: CommunityDesk) -> PlantedCommunityCase:
    """Superseded for long, but taken down."""
    granted = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    desk.newer(asset, granted)
    at = office_instant(desk.chance, granted, END)
    desk.events.append(Withdraw(at, shown.publication_id, desk.chance.choice(vocabulary.COMMUNITY_TEAM)))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def superseded_and_replaced(desk: CommunityDesk) -> PlantedCommunityCase:
    """Superseded for long, but replaced by the newer version."""
    granted = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    old = desk.publish(asset, version, approved, granted - DAY // 2)
    newer = desk.newer(asset, granted)
    new = desk.publish(asset, newer, granted, END, replaces=old.publication_id)
    return desk.found(OUTDATED, desk.pick((old, new)).publication_id, is_violation=False)


def newer_publication_candidate_unapproved(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer version is there for long, but nobody approved it."""
    uploaded = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(uploaded - 3 * DAY)
    shown = desk.publish(asset, version, approved, uploaded)
    asset.upload(uploaded)
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def newer_publication_candidate_revoked(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer version was approved for long, and revoked again."""
    granted = _long_superseded(desk)
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    asset.revoke(granted + desk.chance.randint(HOUR, 8 * DAY), desk.newer(asset, granted))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def newer_for_other_regions(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer version is approved for long, but not for the community's region."""
    granted = _long_superseded(desk)
    places = tuple(vocabulary.JURISDICTIONS)
    region = desk.community.region
    desk.terms = Terms(jurisdictions=with_member(desk.chance, places, region))
    asset, version, approved = desk.approved_asset(granted - 3 * DAY)
    shown = desk.publish(asset, version, approved, granted - DAY // 2)
    desk.newer(asset, granted, Terms(jurisdictions=without_members(desk.chance, places, [region])))
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


def expires_soon(desk: CommunityDesk) -> PlantedCommunityCase:
    """The approval ends two days after the end of the scenario."""
    terms = replace(desk.terms, valid_to=END + 2 * DAY)
    asset, version, approved = desk.approved_asset(END - 5 * DAY, terms)
    shown = desk.publish(asset, version, approved, END)
    return desk.found(OUTDATED, shown.publication_id, is_violation=False)


# --- Unanswered corrected cases -----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Corrected:
    """A case whose asset got a newer approved version after it was opened."""

    case_id: str
    asset: AssetHistory
    reported: Version
    corrected: Version
    opened_at: int
    granted_at: int


def _corrected(desk: CommunityDesk, terms: Terms | None = None) -> _Corrected:
    desk.terms = Terms()
    granted = END - desk.chance.randint(4 * DAY, 70 * DAY)
    uploaded, approved, opened = spread(
        desk.chance, 3, max(COVERAGE_STARTS + HOUR, granted - 40 * DAY), granted - 2 * DAY
    )
    asset = desk.library.new_asset()
    reported = asset.upload(uploaded)
    asset.approve(approved, reported, desk.terms)
    opened = office_instant(desk.chance, opened, opened + DAY + HOUR)
    case_id = desk.open_case(asset, reported, opened)
    corrected = desk.newer(asset, granted, terms)
    return _Corrected(case_id, asset, reported, corrected, opened, granted)


def _after(desk: CommunityDesk, instant: int) -> int:
    return office_instant(desk.chance, instant, min(END, instant + 10 * DAY))


def corrected_and_silent(desk: CommunityDesk) -> PlantedCommunityCase:
    """A corrected version is approved; nobody wrote."""
    case = _corrected(desk)
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def answered_with_stale_link(desk: CommunityDesk) -> PlantedCommunityCase:
    """The team answered, but with the link that was reported."""
    case = _corrected(desk)
    at = _after(desk, case.granted_at)
    desk.violates(STALE_LINKS, desk.post(case.case_id, at, "team", case.asset.link(case.reported, at)))
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def answered_without_link(desk: CommunityDesk) -> PlantedCommunityCase:
    """The team answered with words only."""
    case = _corrected(desk)
    desk.post(case.case_id, _after(desk, case.granted_at), "team", None)
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def partner_found_it(desk: CommunityDesk) -> PlantedCommunityCase:
    """The partner itself posted the new link; the team did not."""
    case = _corrected(desk)
    at = _after(desk, case.granted_at)
    desk.post(case.case_id, at, "partner", case.asset.link(case.corrected, at))
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def answered_with_another_asset(desk: CommunityDesk) -> PlantedCommunityCase:
    """The team posted the link of another asset, whose version number is higher."""
    case = _corrected(desk)
    other = desk.library.new_asset()
    version = other.upload(case.granted_at + desk.chance.randint(HOUR, 10 * HOUR))
    approved = version.uploaded_at + desk.chance.randint(HOUR, 10 * HOUR)
    other.approve(approved, version, Terms())
    at = office_instant(desk.chance, approved, END)
    desk.post(case.case_id, at, "team", other.link(version, at))
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def corrected_again(desk: CommunityDesk) -> PlantedCommunityCase:
    """Answered with the first correction, then corrected again: the link is stale now."""
    case = _corrected(desk)
    second = case.granted_at + 2 * DAY
    at = office_instant(desk.chance, case.granted_at, second)
    desk.post(case.case_id, at, "team", case.asset.link(case.corrected, at))
    desk.newer(case.asset, second + 12 * HOUR)
    return desk.found(UNANSWERED, case.case_id, is_violation=True, cured_by=REPLACEMENT_LINK)


def answered_with_correction(desk: CommunityDesk) -> PlantedCommunityCase:
    """The team posted the link of the corrected version after its approval."""
    case = _corrected(desk)
    at = _after(desk, case.granted_at)
    desk.post(case.case_id, at, "team", case.asset.link(case.corrected, at))
    return desk.found(UNANSWERED, case.case_id, is_violation=False)


def corrected_and_closed(desk: CommunityDesk) -> PlantedCommunityCase:
    """Corrected, never answered, but closed."""
    case = _corrected(desk)
    desk.events.append(CloseCase(_after(desk, case.granted_at), case.case_id))
    return desk.found(UNANSWERED, case.case_id, is_violation=False)


def nothing_newer(desk: CommunityDesk) -> PlantedCommunityCase:
    """The reported version is the newest one."""
    desk.terms = Terms()
    asset, version, approved = desk.approved_asset(END - 10 * DAY)
    case_id = desk.open_case(asset, version, office_instant(desk.chance, approved, END - DAY))
    return desk.found(UNANSWERED, case_id, is_violation=False)


def newer_before_opening(desk: CommunityDesk) -> PlantedCommunityCase:
    """The newer version was approved before the case was opened."""
    desk.terms = Terms()
    granted = END - desk.chance.randint(5 * DAY, 40 * DAY)
    asset, version, _ = desk.approved_asset(granted - 2 * DAY)
    desk.newer(asset, granted)
    case_id = desk.open_case(asset, version, office_instant(desk.chance, granted, END))
    return desk.found(UNANSWERED, case_id, is_violation=False)


def newer_unapproved_in_case(desk: CommunityDesk) -> PlantedCommunityCase:
    """A newer version was uploaded after the case was opened, but nobody approved it."""
    desk.terms = Terms()
    asset, version, approved = desk.approved_asset(END - 20 * DAY)
    opened = office_instant(desk.chance, approved, END - 10 * DAY)
    case_id = desk.open_case(asset, version, opened)
    asset.upload(opened + desk.chance.randint(HOUR, 9 * DAY))
    return desk.found(UNANSWERED, case_id, is_violation=False)


def correction_revoked(desk: CommunityDesk) -> PlantedCommunityCase:
    """The correction was approved and then revoked."""
    case = _corrected(desk)
    case.asset.revoke(case.granted_at + desk.chance.randint(HOUR, 3 * DAY), case.corrected)
    return desk.found(UNANSWERED, case.case_id, is_violation=False)


def correction_expired(desk: CommunityDesk) -> PlantedCommunityCase:
    """The correction's approval has ended."""
    case = _corrected(desk, Terms(valid_to=END - DAY))
    return desk.found(UNANSWERED, case.case_id, is_violation=False)


def unresolvable_reference(desk: CommunityDesk) -> PlantedCommunityCase:
    """The case refers to something that the media service never had; another asset was corrected."""
    case = _corrected(desk)
    desk.events.pop()
    unknown = desk.library.new_name(case.asset.product_line)
    references: tuple[Reference, ...] = (
        NameReference(unknown, case.reported.uploaded_at),
        ForeignLink("https://portal.partner.example/visual/77"),
    )
    opened = replace(
        case_opening(desk, case.case_id, case.asset, case.reported, case.opened_at), reference=desk.pick(references)
    )
    desk.events.append(opened)
    desk.violates(UNRESOLVABLE, case.case_id)
    return desk.found(UNANSWERED, case.case_id, is_violation=False)


COMMUNITY_CAUSES: tuple[Callable[[CommunityDesk], PlantedCommunityCase], ...] = (
    superseded_publication,
    superseded_by_an_hour,
    expired_without_successor,
    expired_with_successor,
    revoked_without_successor,
    revoked_with_successor,
    published_unapproved,
    superseded_inside_grace,
    superseded_and_withdrawn,
    superseded_and_replaced,
    newer_publication_candidate_unapproved,
    newer_publication_candidate_revoked,
    newer_for_other_regions,
    expires_soon,
    corrected_and_silent,
    answered_with_stale_link,
    answered_without_link,
    partner_found_it,
    answered_with_another_asset,
    corrected_again,
    answered_with_correction,
    corrected_and_closed,
    nothing_newer,
    newer_before_opening,
    newer_unapproved_in_case,
    correction_revoked,
    correction_expired,
    unresolvable_reference,
)
