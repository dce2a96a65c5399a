"""Causes of exceptions of selections: outside campaign, region or approval, or missing behind a campaign image.

Each planter writes a letter that makes its case true and says so; nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.decision_desk import DecisionDesk, DecisionPlanter
from sandbox.scenario.desk import without_members
from sandbox.scenario.events import Reference
from sandbox.scenario.policies import (
    CAMPAIGN_WINDOWS,
    FREE_DOCUMENT,
    RULES_CHANGE,
    SELECTED_DOCUMENT,
    SELECTED_LATER_ON_MOBILE,
)
from sandbox.scenario.stages import DAY, HOUR, grace_seconds
from sandbox.scenario.use_cause import EXPIRED, NOT_APPROVED, NOT_ELIGIBLE, SUPERSEDED

OUTSIDE = "ctl_selections_outside_campaign"
WITHOUT_SELECTION = "ctl_uses_without_selection"
_SPRING = "spring-drive"
_SPRING_PLACES = tuple(CAMPAIGN_WINDOWS[_SPRING])
_SPRING_STARTS, _SPRING_ENDS = CAMPAIGN_WINDOWS[_SPRING]["DE"]

# --- outside campaign, region or approval -------------------------------------------------------------


def second_before_campaign(desk: DecisionDesk) -> None:
    """Chosen a second, or some days, before the campaign starts there."""
    _in_spring(desk, _SPRING_STARTS - desk.pick((1, 3 * DAY)), is_inside=False)


def instant_of_campaign_end(desk: DecisionDesk) -> None:
    """Chosen at the very instant at which the campaign ends, or days later."""
    _in_spring(desk, _SPRING_ENDS + desk.pick((0, 5 * DAY)), is_inside=False)


def campaign_of_other_places(desk: DecisionDesk) -> None:
    """The campaign runs, but nowhere where the customer lives."""
    _living(desk, tuple(place for place in vocabulary.JURISDICTIONS if place not in _SPRING_PLACES))
    desk.meet(stages=(3,))
    _chosen(desk, _SPRING, desk.link(), is_inside=False)


def campaign_nobody_planned(desk: DecisionDesk) -> None:
    """A campaign that stands in no calendar."""
    desk.meet()
    _chosen(desk, desk.pick(("winter-glow", "autumn-safe")), desk.link(), is_inside=False)


def starts_later_in_customers_place(desk: DecisionDesk) -> None:
    """The campaign runs elsewhere already, and where the customer lives from a later day on."""
    _living(desk, ("US-CA", "US-NY", "US-TX", "US-FL"))
    desk.meet_at(CAMPAIGN_WINDOWS["renewal-2026"]["US-CA"][0] - desk.pick((1, 2 * DAY)), in_time=False)
    _chosen(desk, "renewal-2026", desk.link(), is_inside=False)


def chose_what_nobody_approved(desk: DecisionDesk) -> None:
    """The chosen image was never approved."""
    desk.meet()
    asset = desk.asset()
    version = asset.upload(desk.earlier(1)[0])
    _judged(desk, desk.reference(asset, version), NOT_APPROVED, is_inside=False)


def chose_what_had_expired(desk: DecisionDesk) -> None:
    """The chosen image's approval ended at the instant of the choice."""
    _with_terms(desk, {"valid_to": desk.meet()}, EXPIRED)


def chose_what_is_for_others(desk: DecisionDesk) -> None:
    """The chosen image is approved for other segments."""
    desk.meet()
    others = without_members(desk.chance, vocabulary.SEGMENTS, [desk.customer.segment])
    _with_terms(desk, {"segments": others}, NOT_ELIGIBLE)


def instant_of_campaign_start(desk: DecisionDesk) -> None:
    """Chosen at the very instant at which the campaign starts."""
    _in_spring(desk, _SPRING_STARTS, is_inside=True)


def second_before_campaign_end(desk: DecisionDesk) -> None:
    """Chosen in the campaign's last second."""
    _in_spring(desk, _SPRING_ENDS - 1, is_inside=True)


def campaign_for_everywhere(desk: DecisionDesk) -> None:
    """The campaign runs in every place alike."""
    desk.meet()
    _chosen(desk, "claims-care", desk.link(), is_inside=True)


def no_campaign_named(desk: DecisionDesk) -> None:
    """A selection that belongs to no campaign."""
    desk.meet()
    _chosen(desk, None, desk.link(), is_inside=True)


def chose_what_is_superseded(desk: DecisionDesk) -> None:
    """The chosen image has a newer version for longer than the grace, and is still approved."""
    at = desk.meet(stages=(2, 3, 4), room=22 * DAY)
    granted = at - grace_seconds(at) - 2 * DAY
    asset, version = desk.approved_asset(until=granted - DAY)
    newer = asset.upload(granted - HOUR)
    asset.approve(granted, newer, desk.terms)
    _judged(desk, asset.by_bytes(version), SUPERSEDED, is_inside=True)


def chose_what_was_revoked_later(desk: DecisionDesk) -> None:
    """The chosen image's approval was revoked ten seconds after the choice."""
    at = desk.meet()
    asset, version = desk.approved_asset()
    asset.revoke(at + 10, version)
    _judged(desk, asset.by_bytes(version), desk.good, is_inside=True)


def _living(desk: DecisionDesk, places: tuple[str, ...]) -> None:
    desk.customer = replace(desk.customer, jurisdiction=desk.chance.choice(places))


def _in_spring(desk: DecisionDesk, at: int, *, is_inside: bool) -> None:
    _living(desk, _SPRING_PLACES)
    desk.meet_at(at, in_time=False)
    _chosen(desk, _SPRING, desk.link(), is_inside=is_inside)


def _with_terms(desk: DecisionDesk, change: dict[str, object], verdict: str) -> None:
    asset = desk.asset()
    uploaded, approved = desk.earlier(2)
    version = asset.upload(uploaded)
    asset.approve(approved, version, replace(desk.terms, **change))  # type: ignore[arg-type]
    _judged(desk, desk.reference(asset, version), verdict, is_inside=False)


def _judged(desk: DecisionDesk, reference: Reference, verdict: str, *, is_inside: bool) -> None:
    _chosen(desk, "brand-core", reference, is_inside=is_inside, verdict=verdict)


def _chosen(
    desk: DecisionDesk, campaign: str | None, reference: Reference, *, is_inside: bool, verdict: str | None = None
) -> None:
    """A renewal whose campaign image was chosen by this selection."""
    desk.address(SELECTED_DOCUMENT)
    draft = desk.rendering("email", desk.link(), (reference, verdict or desk.good))
    draft.selection = desk.chosen(reference, campaign)
    (desk.misses if is_inside else desk.violates)(OUTSIDE, desk.place("SEL"))


# --- uses without a selection -------------------------------------------------------------------------


def nothing_chose_it(desk: DecisionDesk) -> None:
    """No selection stands behind the campaign image."""
    _renewal(desk)
    desk.rendering(desk.digital(), desk.link(), desk.link())
    desk.violates(WITHOUT_SELECTION, desk.use_id(1, 2))


def another_was_chosen(desk: DecisionDesk) -> None:
    """The selection chose another image than the one that was used."""
    _renewal(desk)
    used, other = desk.stored(), desk.stored()
    while other.asset == used.asset:
        other = desk.stored()
    draft = desk.rendering("print", desk.stored(), used)
    draft.selection = desk.chosen(other)
    desk.violates(WITHOUT_SELECTION, desk.use_id(1, 2))


def chosen_for_another_channel(desk: DecisionDesk) -> None:
    """The selection stands behind another channel's rendering."""
    _renewal(desk)
    chosen = desk.link()
    draft = desk.rendering("email", desk.link(), chosen)
    draft.selection = desk.chosen(chosen)
    desk.rendering("web", desk.link(), chosen)
    desk.violates(WITHOUT_SELECTION, desk.use_id(2, 2))


def nothing_chose_it_on_mobile(desk: DecisionDesk) -> None:
    """A welcome pack on mobile, at the instant of the stricter rule or later."""
    desk.meet_at(RULES_CHANGE + desk.pick((0, 6 * HOUR)), in_time=False)
    desk.address(SELECTED_LATER_ON_MOBILE)
    desk.rendering("mobile", desk.link(), desk.link())
    desk.violates(WITHOUT_SELECTION, desk.use_id(1, 2))


def first_image_was_chosen(desk: DecisionDesk) -> None:
    """The selection chose the header, the campaign image below it came from elsewhere."""
    _renewal(desk)
    header, campaign_image = desk.stored(), desk.stored()
    while campaign_image.asset == header.asset:
        campaign_image = desk.stored()
    draft = desk.rendering("email", header, campaign_image)
    draft.selection = desk.chosen(header)
    desk.violates(WITHOUT_SELECTION, desk.use_id(1, 2))


def mobile_before_stricter_rule(desk: DecisionDesk) -> None:
    """A welcome pack on mobile, a second or hours before the stricter rule."""
    desk.meet_at(RULES_CHANGE - desk.pick((1, 6 * HOUR)), in_time=False)
    desk.address(SELECTED_LATER_ON_MOBILE)
    desk.rendering("mobile", desk.link(), desk.link())
    desk.misses(WITHOUT_SELECTION, desk.use_id(1, 2))


def print_of_welcome_pack(desk: DecisionDesk) -> None:
    """A welcome pack in print, of which the rule does not speak."""
    desk.meet()
    desk.address(SELECTED_LATER_ON_MOBILE)
    desk.rendering("print", desk.stored(), desk.stored())
    desk.misses(WITHOUT_SELECTION, desk.use_id(1, 2))


def document_without_rule(desk: DecisionDesk) -> None:
    """A document type of which the rule does not speak."""
    desk.meet()
    desk.address(FREE_DOCUMENT)
    desk.rendering(desk.digital(), desk.link(), desk.link())
    desk.misses(WITHOUT_SELECTION, desk.use_id(1, 2))


def header_needs_none(desk: DecisionDesk) -> None:
    """The first image is no campaign image."""
    _renewal(desk)
    desk.rendering(desk.digital(), desk.link())
    desk.misses(WITHOUT_SELECTION, desk.use_id(1))


def chosen_by_name_used_by_id(desk: DecisionDesk) -> None:
    """The selection names the image by its public id, the letter embeds it by asset id."""
    _renewal(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("print", desk.stored(), asset.by_bytes(version))
    draft.selection = desk.chosen(asset.by_name(version, desk.at))
    desk.misses(WITHOUT_SELECTION, desk.use_id(1, 2))


def chosen_by_id_used_by_link(desk: DecisionDesk) -> None:
    """The selection names the image by its asset id, the letter links to it."""
    _renewal(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("web", desk.link(), asset.link(version, desk.at))
    draft.selection = desk.chosen(asset.by_bytes(version))
    desk.misses(WITHOUT_SELECTION, desk.use_id(1, 2))


def chosen_in_another_size(desk: DecisionDesk) -> None:
    """The selection's address and the letter's differ in their transformation only."""
    _renewal(desk)
    link = desk.link()
    draft = desk.rendering("web", desk.link(), replace(link, transformation="c_scale,w_777"))
    draft.selection = desk.chosen(link)
    desk.misses(WITHOUT_SELECTION, desk.use_id(1, 2))


def _renewal(desk: DecisionDesk) -> None:
    desk.meet()
    desk.address(SELECTED_DOCUMENT)


SELECTION_CAUSES: tuple[DecisionPlanter, ...] = (
    second_before_campaign,
    instant_of_campaign_end,
    campaign_of_other_places,
    campaign_nobody_planned,
    starts_later_in_customers_place,
    chose_what_nobody_approved,
    chose_what_had_expired,
    chose_what_is_for_others,
    instant_of_campaign_start,
    second_before_campaign_end,
    campaign_for_everywhere,
    no_campaign_named,
    chose_what_is_superseded,
    chose_what_was_revoked_later,
    nothing_chose_it,
    another_was_chosen,
    chosen_for_another_channel,
    nothing_chose_it_on_mobile,
    first_image_was_chosen,
    mobile_before_stricter_rule,
    print_of_welcome_pack,
    document_without_rule,
    header_needs_none,
    chosen_by_name_used_by_id,
    chosen_by_id_used_by_link,
    chosen_in_another_size,
)
