"""Images that a letter's template shows by itself: they stand in the HTML output, and no asset-use report names them.

Here belong one function per cause, and putting them into letters. A letter is any one with an e-mail: what stands in
its report is not touched. Each function builds the history that makes its verdict true and says that verdict; nothing
here evaluates a rule.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from random import Random

from sandbox.scenario import vocabulary
from sandbox.scenario.desk import (
    HISTORY,
    WITHIN_UNCERTAINTY,
    Customer,
    UseDesk,
    suitable_terms,
    with_member,
    without_members,
)
from sandbox.scenario.events import Communication, Rendering, Terms, template_image_id
from sandbox.scenario.fitting_addresses import fitting_link
from sandbox.scenario.letter_drafts import TemplateImage
from sandbox.scenario.letters import Letter
from sandbox.scenario.library import AssetHistory, Library, Version
from sandbox.scenario.stages import COVERAGE_STARTS, DAY, HOUR, MINUTE, is_skewed, spread, stage_end, stage_of
from sandbox.scenario.use_cause import (
    AMBIGUOUS,
    EXPIRED,
    NO_EVIDENCE,
    NOT_APPROVED,
    NOT_ELIGIBLE,
    PROVEN,
    PROVEN_LATE,
    SUPERSEDED,
)

_CHANNEL = "email"
#: How often each cause is planted; one of them is the only one of its verdict.
_REPETITIONS = 5
_MOST_OF_A_DAY = 15
"""Letters that are recorded on one day are of one run, and an engine keeps only its first HTML outputs."""


class TemplateImageDesk(UseDesk):
    """A desk whose moment and customer are those of a letter that is written already."""

    def __init__(self, library: Library, cause: str, index: int, letter: Letter) -> None:
        """Take the letter's customer, and terms that suit them."""
        super().__init__(library, cause, (), index)
        communication = letter.communication
        self.customer = Customer(communication.segment, communication.jurisdiction, communication.offers)
        self.terms = suitable_terms(self.chance, self.customer)
        self.meet_at(communication.generated_at, in_time=is_told_in_time(letter))

    def earlier(self, count: int, until: int | None = None) -> list[int]:
        """`count` rising instants as of any desk, behind the drafts."""
        end = self.at - HOUR if until is None else until
        return spread(self.chance, count, self._drafted_until(), end)

    def asset(self) -> AssetHistory:
        """An asset with three drafts of a logo that nobody approved."""
        asset = self.undrafted_asset()
        for uploaded in self.instants_of_drafts(3):
            asset.upload(uploaded)
        return asset

    def undrafted_asset(self) -> AssetHistory:
        """An asset without any history."""
        return super().asset()

    def instants_of_drafts(self, count: int) -> list[int]:
        """`count` rising instants in the first third of the weeks before the letter."""
        return spread(self.chance, count, self._begin(), self._drafted_until())

    def _begin(self) -> int:
        return max(COVERAGE_STARTS + 10 * MINUTE, self.at - HISTORY)

    def _drafted_until(self) -> int:
        return self._begin() + (self.at - self._begin()) // 3

    def approved_on(self, terms: Terms) -> tuple[AssetHistory, Version]:
        """An asset with one version, approved on these terms."""
        asset = self.asset()
        uploaded, approved = self.earlier(2)
        version = asset.upload(uploaded)
        asset.approve(approved, version, terms, names_bytes=self.chance.random() < 0.75)
        return asset, version

    def shown(self, asset: AssetHistory, verdict: str, *near_miss_of: str) -> TemplateImage:
        """The asset by its address as the e-mail's template has it."""
        return TemplateImage(fitting_link(asset.link(None, self.at), _CHANNEL), verdict, near_miss_of)


def approved_logo(desk: TemplateImageDesk) -> TemplateImage:
    """Everything is in order."""
    return desk.shown(desk.approved_on(desk.terms)[0], desk.good)


def logo_put_back(desk: TemplateImageDesk) -> TemplateImage:
    """The first logo is restored over a newer one, approved for weeks, hours before or within two seconds.

    Both are approved. What an address serves is the newest upload: whichever it is, nothing supersedes it.
    """
    asset = desk.undrafted_asset()
    asset.is_backed_up = True
    first, approved, second, approved_too = desk.instants_of_drafts(4)
    version = asset.upload(first)
    asset.approve(approved, version, desk.terms)
    asset.approve(approved_too, asset.upload(second), desk.terms)
    asset.restore(desk.at + desk.pick((-DAY // 2, -3 * HOUR, -1, 1, 2)), version)
    return desk.shown(asset, desk.good, SUPERSEDED)


def never_approved_logo(desk: TemplateImageDesk) -> TemplateImage:
    """Nobody approved any of its bytes."""
    asset = desk.asset()
    asset.upload(desk.earlier(1)[0])
    return desk.shown(asset, NOT_APPROVED)


def overwritten_logo(desk: TemplateImageDesk) -> TemplateImage:
    """Bytes that nobody approved came under the name of approved ones, an hour or days before."""
    asset = desk.asset()
    uploaded, approved, overwritten = desk.earlier(3)
    asset.approve(approved, asset.upload(uploaded), desk.terms)
    asset.upload(overwritten)
    return desk.shown(asset, NOT_APPROVED)


def logo_overwritten_afterwards(desk: TemplateImageDesk) -> TemplateImage:
    """Bytes that nobody approved came under the name some minutes after composition."""
    asset, _ = desk.approved_on(desk.terms)
    asset.upload(desk.at + 5 * MINUTE)
    return desk.shown(asset, desk.good, NOT_APPROVED, AMBIGUOUS)


def logo_overwritten_just_then(desk: TemplateImageDesk) -> TemplateImage:
    """Bytes that nobody approved came within the uncertainty of the clocks."""
    asset, _ = desk.approved_on(desk.terms)
    asset.upload(desk.at + desk.pick(WITHIN_UNCERTAINTY))
    return desk.shown(asset, AMBIGUOUS)


def expired_logo(desk: TemplateImageDesk) -> TemplateImage:
    """The approval was valid until a second, an hour or a day before."""
    ended = desk.at - desk.pick((1, HOUR, DAY))
    return desk.shown(_valid_to(desk, ended), EXPIRED)


def logo_that_expires_next(desk: TemplateImageDesk) -> TemplateImage:
    """The approval is valid until a second, an hour or a day after composition."""
    return desk.shown(_valid_to(desk, desk.at + desk.pick((1, HOUR, DAY))), desk.good, EXPIRED)


def logo_for_others(desk: TemplateImageDesk) -> TemplateImage:
    """The approval names other segments or places than the customer's."""
    chance, customer = desk.chance, desk.customer
    places = tuple(vocabulary.JURISDICTIONS)
    terms = desk.pick(
        (
            Terms(segments=without_members(chance, vocabulary.SEGMENTS, [customer.segment])),
            Terms(jurisdictions=without_members(chance, places, [customer.jurisdiction])),
        )
    )
    return desk.shown(desk.approved_on(terms)[0], NOT_ELIGIBLE)


def logo_for_them_among_others(desk: TemplateImageDesk) -> TemplateImage:
    """The approval names the customer's segment and place among others."""
    chance, customer = desk.chance, desk.customer
    terms = Terms(
        segments=with_member(chance, vocabulary.SEGMENTS, customer.segment),
        jurisdictions=with_member(chance, tuple(vocabulary.JURISDICTIONS), customer.jurisdiction),
    )
    return desk.shown(desk.approved_on(terms)[0], desk.good, NOT_ELIGIBLE)


def logo_of_an_old_name(desk: TemplateImageDesk) -> TemplateImage:
    """The asset had another name by then, and nothing has the old one."""
    asset = desk.asset()
    uploaded, approved = desk.earlier(2, desk.at - 3 * HOUR)
    asset.approve(approved, asset.upload(uploaded), desk.terms)
    shown = desk.shown(asset, NO_EVIDENCE)
    asset.rename(desk.at - 2 * HOUR, desk.library.new_name(asset.product_line))
    return shown


Planter = Callable[[TemplateImageDesk], TemplateImage]
_IN_TIME: tuple[Planter, ...] = (
    logo_put_back,
    never_approved_logo,
    overwritten_logo,
    logo_overwritten_afterwards,
    logo_overwritten_just_then,
    expired_logo,
    logo_that_expires_next,
    logo_for_others,
    logo_for_them_among_others,
    logo_of_an_old_name,
)
_LATE: tuple[Planter, ...] = (approved_logo, logo_overwritten_afterwards)
TEMPLATE_IMAGE_VERDICTS = (NOT_APPROVED, EXPIRED, NOT_ELIGIBLE, AMBIGUOUS, NO_EVIDENCE, PROVEN_LATE, PROVEN)
"""An address serves the newest upload, and what is restored is one: nothing supersedes what it served."""


def plant_template_images(library: Library, letters: Iterable[Letter]) -> None:
    """Put an image of each cause into letters of their own, as often as it is planted.

    Raises ValueError when too few letters have an e-mail.
    """
    fitting = _chosen(library.seed, letters)
    for planters, is_in_time in ((_IN_TIME, True), (_LATE, False)):
        own = iter([letter for letter in fitting if is_told_in_time(letter) == is_in_time])
        for index in range(_REPETITIONS):
            for planter in planters:
                letter = next(own, None)
                if letter is None:
                    raise ValueError(f"too few letters with an e-mail for {planter.__name__}")
                _put_in(letter, planter(TemplateImageDesk(library, planter.__name__, index, letter)))


def _chosen(seed: int, letters: Iterable[Letter]) -> list[Letter]:
    """Letters that fit, in an order that chance makes, no more of a day than one run can show."""
    fitting = sorted(filter(_fits, letters), key=lambda one: one.communication.communication_id)
    Random(f"{seed}/template images").shuffle(fitting)
    of_day: Counter[int] = Counter()
    chosen = []
    for letter in fitting:
        of_day[letter.recorded_at // DAY] += 1
        if of_day[letter.recorded_at // DAY] <= _MOST_OF_A_DAY:
            chosen.append(letter)
    return chosen


def is_told_in_time(letter: Letter) -> bool:
    """Whether the letter's records are ingested within a day of its composition."""
    return stage_end(stage_of(letter.recorded_at)) <= letter.communication.generated_at + DAY


def _fits(letter: Letter) -> bool:
    """Whether a letter has an e-mail, and there is room for a history before it."""
    at = letter.communication.generated_at
    has_room = at - COVERAGE_STARTS > HISTORY // 5 and not is_skewed(at)
    return has_room and any(rendering.channel == _CHANNEL for rendering in letter.communication.renderings)


def _valid_to(desk: TemplateImageDesk, valid_to: int) -> AssetHistory:
    asset = desk.asset()
    uploaded, approved = desk.earlier(2, min(valid_to, desk.at) - HOUR)
    asset.approve(approved, asset.upload(uploaded), replace(desk.terms, valid_to=valid_to))
    return asset


def _put_in(letter: Letter, image: TemplateImage) -> None:
    """Show the image in the letter's e-mail, and note its verdict."""
    communication = letter.communication
    place = next(rendering for rendering in communication.renderings if rendering.channel == _CHANNEL)
    shown = replace(place, template_images=(image.link,))
    letter.communication = replace(communication, renderings=tuple(_replaced(communication, place, shown)))
    letter.template_images[template_image_id(communication.communication_id, place.rendering_id)] = image


def _replaced(communication: Communication, place: Rendering, shown: Rendering) -> Iterable[Rendering]:
    return (shown if rendering is place else rendering for rendering in communication.renderings)
