"""Causes of exceptions of retrievals: what was returned, what was stored, and what was neither.

Each planter writes a letter that makes its case true and says so; nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario import vocabulary
from sandbox.scenario.decision_desk import DecisionDesk, DecisionPlanter, other_jurisdictions
from sandbox.scenario.desk import without_members
from sandbox.scenario.events import BytesReference, ForeignAssetReference, ForeignLink, Terms
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.policies import FREE_DOCUMENT, RETRIEVED_DOCUMENTS, RETRIEVED_SINCE_CHANGE, RULES_CHANGE
from sandbox.scenario.stages import DAY, HOUR, grace_seconds, spread
from sandbox.scenario.use_cause import EXPIRED, NO_EVIDENCE, NOT_APPROVED, NOT_ELIGIBLE, SUPERSEDED

UNAPPROVED = "ctl_retrievals_of_unapproved_assets"
WITHOUT_RETRIEVAL = "ctl_uses_without_retrieval"
NOT_STORED = "ctl_retrieved_assets_not_stored"
WITHOUT_REFERENCES = "ctl_communications_without_references"

# --- returned, but not approved for what was asked ----------------------------------------------------


def returned_unapproved(desk: DecisionDesk) -> None:
    """Nobody ever approved what was returned."""
    desk.meet()
    asset = desk.asset()
    _returned(desk, asset, asset.upload(desk.earlier(1)[0]), NOT_APPROVED, is_violation=True)


def returned_after_revocation(desk: DecisionDesk) -> None:
    """The approval was revoked ten seconds or some days before."""
    at = desk.meet(room=8 * DAY)
    revoked = at - desk.pick((10, 4 * DAY))
    asset, version = desk.approved_asset(until=revoked - HOUR)
    asset.revoke(revoked, version)
    _returned(desk, asset, version, NOT_APPROVED, is_violation=True)


def returned_at_expiry(desk: DecisionDesk) -> None:
    """The approval ended at that very instant."""
    at = desk.meet()
    _on_terms(desk, replace(desk.terms, valid_to=at), EXPIRED, is_violation=True)


def returned_for_other_segment(desk: DecisionDesk) -> None:
    """Approved for other segments than the one that was asked for."""
    desk.meet()
    others = without_members(desk.chance, vocabulary.SEGMENTS, [desk.customer.segment])
    _on_terms(desk, Terms(segments=others), NOT_ELIGIBLE, is_violation=True)


def returned_for_other_place(desk: DecisionDesk) -> None:
    """Approved for other jurisdictions than the one that was asked for."""
    desk.meet()
    places = without_members(desk.chance, tuple(vocabulary.JURISDICTIONS), [desk.customer.jurisdiction])
    _on_terms(desk, Terms(jurisdictions=places), NOT_ELIGIBLE, is_violation=True)


def right_for_customer_wrong_for_question(desk: DecisionDesk) -> None:
    """Approved where the customer lives; the question was about another place."""
    desk.meet()
    asked = desk.chance.choice(other_jurisdictions(desk))
    places = without_members(desk.chance, tuple(vocabulary.JURISDICTIONS), [asked, desk.customer.jurisdiction])
    terms = Terms(jurisdictions=tuple(sorted((desk.customer.jurisdiction, *places))))
    _on_terms(desk, terms, desk.good, is_violation=True, asked=asked)


def wrong_for_customer_right_for_question(desk: DecisionDesk) -> None:
    """Approved for the place that was asked about; the customer lives elsewhere."""
    desk.meet()
    asked = desk.chance.choice(other_jurisdictions(desk))
    _on_terms(desk, Terms(jurisdictions=(asked,)), NOT_ELIGIBLE, is_violation=False, asked=asked)


def returned_for_other_offer(desk: DecisionDesk) -> None:
    """Approved for other offers than the customer's: a retrieval does not ask for offers."""
    desk.customer = replace(desk.customer, offers=vocabulary.draw_set(desk.chance, vocabulary.OFFERS, 1, 2))
    desk.meet()
    offers = without_members(desk.chance, vocabulary.OFFERS, desk.customer.offers)
    _on_terms(desk, Terms(offers=offers), NOT_ELIGIBLE, is_violation=False)


def returned_superseded(desk: DecisionDesk) -> None:
    """A newer version is in force for longer than the grace; the returned one is still approved."""
    at = desk.meet(stages=(2, 3, 4), room=22 * DAY)
    granted = at - grace_seconds(at) - 2 * DAY
    asset, version = desk.approved_asset(until=granted - DAY)
    newer = asset.upload(granted - HOUR)
    asset.approve(granted, newer, desk.terms)
    _returned(desk, asset, version, SUPERSEDED, is_violation=False)


def returned_a_second_before_expiry(desk: DecisionDesk) -> None:
    """The approval ends a second later."""
    at = desk.meet()
    _on_terms(desk, replace(desk.terms, valid_to=at + 1), desk.good, is_violation=False)


def returned_unknown_id(desk: DecisionDesk) -> None:
    """An asset id that the media service never gave: nothing is known of its approval."""
    at = desk.meet()
    desk.address(desk.pick(RETRIEVED_DOCUMENTS))
    unknown = ForeignAssetReference(
        f"{desk.chance.getrandbits(128):032x}", at - 9 * DAY, f"{desk.chance.getrandbits(128):032x}"
    )
    draft = desk.rendering("print", (unknown, NO_EVIDENCE))
    draft.retrieval = desk.retrieved(unknown)
    desk.misses(UNAPPROVED, _first_of(desk))


def _on_terms(desk: DecisionDesk, terms: Terms, verdict: str, *, is_violation: bool, asked: str | None = None) -> None:
    asset = desk.asset()
    uploaded, approved = desk.earlier(2)
    version = asset.upload(uploaded)
    asset.approve(approved, version, terms)
    _returned(desk, asset, version, verdict, is_violation=is_violation, asked=asked)


def _returned(
    desk: DecisionDesk,
    asset: AssetHistory,
    version: Version,
    verdict: str,
    *,
    is_violation: bool,
    asked: str | None = None,
) -> None:
    """A letter that stored what its retrieval returned."""
    desk.address(desk.pick(RETRIEVED_DOCUMENTS))
    reference = asset.by_bytes(version)
    draft = desk.rendering(desk.pick(("print", "email")), (reference, verdict))
    draft.retrieval = desk.retrieved(reference)
    if asked:
        draft.retrieval = replace(draft.retrieval, jurisdiction=asked)
    (desk.violates if is_violation else desk.misses)(UNAPPROVED, _first_of(desk))


def _first_of(desk: DecisionDesk, rendering: int = 1) -> str:
    return f"{desk.place('RET', rendering)}/1"


# --- stored, but never returned -----------------------------------------------------------------------


def nothing_retrieved(desk: DecisionDesk) -> None:
    """No retrieval stands behind an embedded image."""
    _retrieving(desk)
    desk.rendering("print", desk.stored())
    desk.violates(WITHOUT_RETRIEVAL, desk.use_id(1))


def one_left_out(desk: DecisionDesk) -> None:
    """One of two embedded images was not returned."""
    _retrieving(desk)
    first, second = _two(desk)
    draft = desk.rendering("print", first, second)
    draft.retrieval = desk.retrieved(first)
    desk.violates(WITHOUT_RETRIEVAL, desk.use_id(1, 2))


def older_one_returned(desk: DecisionDesk) -> None:
    """An older version was returned than the one that stands in the letter."""
    _retrieving(desk)
    asset, older, newer = _recent_versions(desk)
    draft = desk.rendering("email", asset.by_bytes(newer))
    draft.retrieval = desk.retrieved(asset.by_bytes(older))
    desk.violates(WITHOUT_RETRIEVAL, desk.use_id(1))
    desk.violates(NOT_STORED, _first_of(desk))


def nothing_retrieved_under_new_rule(desk: DecisionDesk) -> None:
    """A statement at the instant of the stricter rule, or later, without a retrieval."""
    desk.meet_at(RULES_CHANGE + desk.pick((0, 7 * HOUR)), in_time=False)
    desk.address(RETRIEVED_SINCE_CHANGE)
    desk.rendering("print", desk.stored())
    desk.violates(WITHOUT_RETRIEVAL, desk.use_id(1))


def returned_nothing(desk: DecisionDesk) -> None:
    """The retrieval found nothing, and the letter holds an image all the same."""
    _retrieving(desk)
    draft = desk.rendering("email", desk.stored())
    draft.retrieval = desk.retrieved()
    desk.violates(WITHOUT_RETRIEVAL, desk.use_id(1))


def statement_before_new_rule(desk: DecisionDesk) -> None:
    """A statement without a retrieval, a second or hours before the stricter rule."""
    desk.meet_at(RULES_CHANGE - desk.pick((1, 7 * HOUR)), in_time=False)
    desk.address(RETRIEVED_SINCE_CHANGE)
    desk.rendering("print", desk.stored())
    desk.misses(WITHOUT_RETRIEVAL, desk.use_id(1))


def stored_by_name(desk: DecisionDesk) -> None:
    """Returned by asset id, stored by public id and version."""
    _retrieving(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("print", asset.by_name(version, desk.at))
    draft.retrieval = desk.retrieved(asset.by_bytes(version))
    desk.misses(WITHOUT_RETRIEVAL, desk.use_id(1))


def stored_without_hash(desk: DecisionDesk) -> None:
    """Returned with a hash, stored by asset id and version only."""
    _retrieving(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("print", asset.by_bytes(version, has_etag=False))
    draft.retrieval = desk.retrieved(asset.by_bytes(version))
    desk.misses(WITHOUT_RETRIEVAL, desk.use_id(1))


def retrieved_for_another_channel(desk: DecisionDesk) -> None:
    """Returned once, stored in two channels of one letter."""
    _retrieving(desk)
    reference = desk.stored()
    draft = desk.rendering("print", reference)
    draft.retrieval = desk.retrieved(reference)
    desk.rendering("email", reference)
    desk.misses(WITHOUT_RETRIEVAL, desk.use_id(2))


def links_need_none(desk: DecisionDesk) -> None:
    """A link beside an embedded image that was returned."""
    _retrieving(desk)
    reference = desk.stored()
    draft = desk.rendering("email", reference, desk.link())
    draft.retrieval = desk.retrieved(reference)
    desk.misses(WITHOUT_RETRIEVAL, desk.use_id(1, 2))


# --- returned, but not stored -------------------------------------------------------------------------


def one_more_returned(desk: DecisionDesk) -> None:
    """Two were returned, one stands in the letter."""
    _free(desk)
    first, second = _two(desk)
    draft = desk.rendering("print", first)
    draft.retrieval = desk.retrieved(first, second)
    desk.violates(NOT_STORED, f"{desk.place('RET')}/2")


def older_one_returned_too(desk: DecisionDesk) -> None:
    """Two versions of one asset were returned, one stands in the letter."""
    _free(desk)
    asset, older, newer = _recent_versions(desk)
    draft = desk.rendering("print", asset.by_bytes(newer))
    draft.retrieval = desk.retrieved(asset.by_bytes(older), asset.by_bytes(newer))
    desk.violates(NOT_STORED, _first_of(desk))


def only_other_images_linked(desk: DecisionDesk) -> None:
    """One was returned, and the letter links to another image only."""
    _free(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("web", desk.link())
    draft.retrieval = desk.retrieved(asset.by_bytes(version))
    desk.violates(NOT_STORED, _first_of(desk))


def twin_of_same_second_stored(desk: DecisionDesk) -> None:
    """Two uploads of one second, both approved: one was returned, the other stands in the letter."""
    _free(desk)
    asset = desk.asset()
    uploaded, approved, approved_too = desk.earlier(3)
    one, other = asset.upload(uploaded), asset.upload(uploaded)
    asset.approve(approved, one, desk.terms)
    asset.approve(approved_too, other, desk.terms)
    draft = desk.rendering("print", asset.by_bytes(one))
    draft.retrieval = desk.retrieved(asset.by_bytes(other))
    desk.violates(NOT_STORED, _first_of(desk))


def asked_again_for_nothing(desk: DecisionDesk) -> None:
    """The second channel's retrieval returned what stands in no channel."""
    _free(desk)
    first, second = _two(desk)
    draft = desk.rendering("print", first)
    draft.retrieval = desk.retrieved(first)
    other = desk.rendering("email", first)
    other.retrieval = desk.retrieved(second)
    desk.violates(NOT_STORED, _first_of(desk, 2))


def stored_in_another_channel(desk: DecisionDesk) -> None:
    """Returned for one channel, stored in another one of the same letter."""
    _free(desk)
    first, second = _two(desk)
    draft = desk.rendering("print", first)
    draft.retrieval = desk.retrieved(first, second)
    desk.rendering("email", second)
    desk.misses(NOT_STORED, f"{desk.place('RET')}/2")


def returned_twice(desk: DecisionDesk) -> None:
    """Returned twice, stored once."""
    _free(desk)
    reference = desk.stored()
    draft = desk.rendering("print", reference)
    draft.retrieval = desk.retrieved(reference, reference)
    desk.misses(NOT_STORED, f"{desk.place('RET')}/2")


def returned_and_named(desk: DecisionDesk) -> None:
    """Returned by asset id, stored by public id and version, in a document that needs no retrieval."""
    _free(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("print", asset.by_name(version, desk.at))
    draft.retrieval = desk.retrieved(asset.by_bytes(version))
    desk.misses(NOT_STORED, _first_of(desk))


def returned_with_hash_only(desk: DecisionDesk) -> None:
    """Returned with a hash, stored without one, in a document that needs no retrieval."""
    _free(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("email", asset.by_bytes(version, has_etag=False))
    draft.retrieval = desk.retrieved(asset.by_bytes(version))
    desk.misses(NOT_STORED, _first_of(desk))


def returned_and_linked(desk: DecisionDesk) -> None:
    """The returned version is the one that the letter's link served."""
    _free(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("web", asset.link(version, desk.at))
    draft.retrieval = desk.retrieved(asset.by_bytes(version))
    desk.misses(NOT_STORED, _first_of(desk))


# --- communications without a stored reference --------------------------------------------------------


def links_only(desk: DecisionDesk) -> None:
    """A document that has to keep its references links to images only."""
    _retrieving(desk)
    desk.rendering(desk.digital(), desk.link(), desk.link())
    desk.violates(WITHOUT_REFERENCES, desk.communication.communication_id)


def links_in_all_channels(desk: DecisionDesk) -> None:
    """Two channels, and links only in both."""
    _retrieving(desk)
    desk.rendering("web", desk.link())
    desk.rendering("mobile", desk.link())
    desk.violates(WITHOUT_REFERENCES, desk.communication.communication_id)


def linked_elsewhere(desk: DecisionDesk) -> None:
    """The only image lies outside the media service."""
    _retrieving(desk)
    foreign = ForeignLink(f"https://intranet.insurer.example/media/banner-{desk.chance.randint(1_000, 9_999)}.jpg")
    desk.rendering("email", (foreign, NO_EVIDENCE))
    desk.violates(WITHOUT_REFERENCES, desk.communication.communication_id)


def statement_of_links_under_new_rule(desk: DecisionDesk) -> None:
    """A statement of links only, at the instant of the stricter rule or later."""
    desk.meet_at(RULES_CHANGE + desk.pick((0, 8 * HOUR)), in_time=False)
    desk.address(RETRIEVED_SINCE_CHANGE)
    desk.rendering("web", desk.link())
    desk.violates(WITHOUT_REFERENCES, desk.communication.communication_id)


def retrieved_then_linked(desk: DecisionDesk) -> None:
    """A retrieval was made, but the letter links to what it returned instead of storing it."""
    _retrieving(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("web", asset.link(version, desk.at))
    draft.retrieval = desk.retrieved(asset.by_bytes(version))
    desk.violates(WITHOUT_REFERENCES, desk.communication.communication_id)


def statement_of_links_before_new_rule(desk: DecisionDesk) -> None:
    """A statement of links only, a second or hours before the stricter rule."""
    desk.meet_at(RULES_CHANGE - desk.pick((1, 8 * HOUR)), in_time=False)
    desk.address(RETRIEVED_SINCE_CHANGE)
    desk.rendering("web", desk.link())
    desk.misses(WITHOUT_REFERENCES, desk.communication.communication_id)


def links_without_rule(desk: DecisionDesk) -> None:
    """A document of which the rule does not speak."""
    _free(desk)
    desk.rendering(desk.digital(), desk.link())
    desk.misses(WITHOUT_REFERENCES, desk.communication.communication_id)


def reference_in_second_channel(desk: DecisionDesk) -> None:
    """Links on the web, a stored reference in print."""
    _retrieving(desk)
    desk.rendering("web", desk.link())
    reference = desk.stored()
    draft = desk.rendering("print", reference)
    draft.retrieval = desk.retrieved(reference)
    desk.misses(WITHOUT_REFERENCES, desk.communication.communication_id)


def reference_by_name(desk: DecisionDesk) -> None:
    """The only stored reference is a public id with a version."""
    _retrieving(desk)
    asset, version = desk.approved_asset()
    draft = desk.rendering("email", asset.by_name(version, desk.at))
    draft.retrieval = desk.retrieved(asset.by_bytes(version))
    desk.misses(WITHOUT_REFERENCES, desk.communication.communication_id)


def reference_below_links(desk: DecisionDesk) -> None:
    """Two links first, a stored reference in the third place."""
    _retrieving(desk)
    reference = desk.stored()
    draft = desk.rendering("email", desk.link(), desk.link(), reference)
    draft.retrieval = desk.retrieved(reference)
    desk.misses(WITHOUT_REFERENCES, desk.communication.communication_id)


def _retrieving(desk: DecisionDesk) -> None:
    desk.meet(room=6 * DAY)
    desk.address(desk.pick(RETRIEVED_DOCUMENTS))


def _free(desk: DecisionDesk) -> None:
    desk.meet(room=6 * DAY)
    desk.address(FREE_DOCUMENT)


def _two(desk: DecisionDesk) -> tuple[BytesReference, BytesReference]:
    """Two images of different assets."""
    first, second = desk.stored(), desk.stored()
    while second.asset == first.asset:
        second = desk.stored()
    return first, second


def _recent_versions(desk: DecisionDesk) -> tuple[AssetHistory, Version, Version]:
    """Two approved versions, the newer one in force for less than any grace."""
    asset = desk.asset()
    first, approved, second, approved_too = spread(desk.chance, 4, desk.at - 4 * DAY, desk.at - HOUR)
    older = asset.upload(first)
    asset.approve(approved, older, desk.terms)
    newer = asset.upload(second)
    asset.approve(approved_too, newer, desk.terms)
    return asset, older, newer


RETRIEVAL_CAUSES: tuple[DecisionPlanter, ...] = (
    returned_unapproved,
    returned_after_revocation,
    returned_at_expiry,
    returned_for_other_segment,
    returned_for_other_place,
    right_for_customer_wrong_for_question,
    wrong_for_customer_right_for_question,
    returned_for_other_offer,
    returned_superseded,
    returned_a_second_before_expiry,
    returned_unknown_id,
    nothing_retrieved,
    one_left_out,
    older_one_returned,
    nothing_retrieved_under_new_rule,
    returned_nothing,
    statement_before_new_rule,
    stored_by_name,
    stored_without_hash,
    retrieved_for_another_channel,
    links_need_none,
    one_more_returned,
    older_one_returned_too,
    only_other_images_linked,
    twin_of_same_second_stored,
    asked_again_for_nothing,
    stored_in_another_channel,
    returned_twice,
    returned_and_named,
    returned_with_hash_only,
    returned_and_linked,
    links_only,
    links_in_all_channels,
    linked_elsewhere,
    statement_of_links_under_new_rule,
    retrieved_then_linked,
    statement_of_links_before_new_rule,
    links_without_rule,
    reference_in_second_channel,
    reference_by_name,
    reference_below_links,
)
