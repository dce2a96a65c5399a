"""Causes of exceptions of rendition requests: answers that do not fit, that never came, or that were not used.

Each planter writes a letter that makes its case true and says so; nothing here evaluates a rule.
"""

from dataclasses import replace

from sandbox.scenario.decision_desk import DecisionDesk, DecisionPlanter
from sandbox.scenario.events import DeliveryLink, Rendition
from sandbox.scenario.policies import (
    MOBILE_FORMAT_BEFORE_CHANGE,
    MOBILE_SMALL_BEFORE_CHANGE,
    PREFERENCES,
    RULES_CHANGE,
    UNFIT_FORMATS,
    rendition_formats,
    rendition_rule,
)
from sandbox.scenario.stages import DAY, HOUR

UNFITTING = "ctl_unfitting_renditions"
UNANSWERED_REQUESTS = "ctl_unanswered_rendition_requests"
UNUSED = "ctl_unused_renditions"

# --- answers that do not fit --------------------------------------------------------------------------


def width_beyond_most(desk: DecisionDesk) -> None:
    """A pixel wider than the channel takes for the preference."""
    preference = desk.pick(PREFERENCES)
    _measured(desk, preference, {"width": _limits(desk, preference)[1] + 1}, is_fit=False)


def width_below_least(desk: DecisionDesk) -> None:
    """A pixel narrower than a sharp image has to be."""
    _measured(desk, "sharp", {"width": _limits(desk, "sharp")[0] - 1}, is_fit=False)


def bytes_beyond_most(desk: DecisionDesk) -> None:
    """A byte more than the channel takes for the preference."""
    preference = desk.pick(PREFERENCES)
    _measured(desk, preference, {"size_bytes": _limits(desk, preference)[2] + 1}, is_fit=False)


def format_of_another_channel(desk: DecisionDesk) -> None:
    """A format that the channel cannot show."""
    desk.meet()
    image_format = UNFIT_FORMATS[desk.digital()][0]
    _measured(desk, "default", {"image_format": image_format}, is_fit=False)


def old_width_under_new_rule(desk: DecisionDesk) -> None:
    """As wide as the old rule of mobile allowed, asked for at the instant of the new one or later."""
    desk.meet_at(RULES_CHANGE + desk.pick((0, HOUR, 5 * HOUR)), in_time=False)
    _on_mobile(desk, {"width": MOBILE_SMALL_BEFORE_CHANGE.max_width}, is_fit=False)


def old_format_under_new_rule(desk: DecisionDesk) -> None:
    """A format that mobile took only before the rule changed."""
    desk.meet(stages=(3, 4))
    _on_mobile(desk, {"image_format": MOBILE_FORMAT_BEFORE_CHANGE}, is_fit=False)


def width_at_most(desk: DecisionDesk) -> None:
    """Exactly as wide as the channel takes."""
    preference = desk.pick(PREFERENCES)
    _measured(desk, preference, {"width": _limits(desk, preference)[1]}, is_fit=True)


def width_at_least(desk: DecisionDesk) -> None:
    """Exactly as wide as a sharp image has to be."""
    _measured(desk, "sharp", {"width": _limits(desk, "sharp")[0]}, is_fit=True)


def bytes_at_most(desk: DecisionDesk) -> None:
    """Exactly as many bytes as the channel takes."""
    preference = desk.pick(PREFERENCES)
    _measured(desk, preference, {"size_bytes": _limits(desk, preference)[2]}, is_fit=True)


def old_width_under_old_rule(desk: DecisionDesk) -> None:
    """As wide as the old rule of mobile allowed, asked for a second or an hour before the new one."""
    desk.meet_at(RULES_CHANGE - desk.pick((1, HOUR)), in_time=False)
    _on_mobile(desk, {"width": MOBILE_SMALL_BEFORE_CHANGE.max_width}, is_fit=True)


def old_format_under_old_rule(desk: DecisionDesk) -> None:
    """A format that mobile still took."""
    desk.meet_at(RULES_CHANGE - desk.pick((DAY, 1)), in_time=False)
    _on_mobile(desk, {"image_format": MOBILE_FORMAT_BEFORE_CHANGE}, is_fit=True)


def size_not_told(desk: DecisionDesk) -> None:
    """The answer tells neither width nor bytes: whether it fits is not known."""
    _measured(desk, "default", {"width": None, "size_bytes": None}, is_fit=True)


def substitute_within_limits(desk: DecisionDesk) -> None:
    """Another rendition than the best was returned, and it fits."""
    desk.meet()
    _asked(desk, desk.digital(), "default", {}, outcome="fallback", is_fit=True)


def _limits(desk: DecisionDesk, preference: str) -> tuple[int, int, int]:
    """Least and most width and most bytes at the desk's moment, which is chosen here."""
    desk.meet()
    rule = rendition_rule(desk.digital(), preference, desk.at)
    return rule.min_width, rule.max_width, rule.max_bytes


def _measured(desk: DecisionDesk, preference: str, measures: dict[str, object], *, is_fit: bool) -> None:
    if not desk.at:
        desk.meet()
    _asked(desk, desk.digital(), preference, measures, outcome="returned", is_fit=is_fit)


def _on_mobile(desk: DecisionDesk, measures: dict[str, object], *, is_fit: bool) -> None:
    _asked(desk, "mobile", "small", measures, outcome="returned", is_fit=is_fit)


def _asked(
    desk: DecisionDesk, channel: str, preference: str, measures: dict[str, object], *, outcome: str, is_fit: bool
) -> None:
    desk.address()
    link = desk.link()
    returned = _fitting(desk, link, channel, preference)
    draft = desk.rendering(channel, link)
    draft.rendition_request = desk.request(
        channel=channel,
        preference=preference,
        returned=replace(returned, **measures),  # type: ignore[arg-type]
        outcome=outcome,
    )
    (desk.misses if is_fit else desk.violates)(UNFITTING, desk.place("RQ"))


def _fitting(desk: DecisionDesk, link: DeliveryLink, channel: str, preference: str = "default") -> Rendition:
    rule = rendition_rule(channel, preference, desk.at)
    return Rendition(
        link=link,
        image_format=desk.chance.choice(rendition_formats(channel)),
        width=(rule.min_width + rule.max_width) // 2,
        size_bytes=rule.max_bytes // 2,
    )


# --- answers that never came --------------------------------------------------------------------------


def gave_up_waiting(desk: DecisionDesk) -> None:
    """The wait ran out."""
    _answered(desk, "timeout", has_answer=False, latency=30_000, is_violation=True)


def service_failed(desk: DecisionDesk) -> None:
    """The service answered with an error."""
    _answered(desk, "error", has_answer=False, is_violation=True)


def nothing_said(desk: DecisionDesk) -> None:
    """Neither an answer nor an outcome was written down."""
    _answered(desk, None, has_answer=False, is_violation=True)


def said_but_not_given(desk: DecisionDesk) -> None:
    """The outcome says returned (or a substitute), but no rendition is there."""
    _answered(desk, desk.pick(("returned", "fallback")), has_answer=False, is_violation=True)


def outcome_of_unknown_word(desk: DecisionDesk) -> None:
    """The outcome is a word that nobody knows as an answer."""
    _answered(desk, "queued", has_answer=False, is_violation=True)


def nothing_there(desk: DecisionDesk) -> None:
    """The service answered that it has nothing that fits: a miss is an answer."""
    _answered(desk, "not_found", has_answer=False, is_violation=False)


def none_wanted(desk: DecisionDesk) -> None:
    """No rendition was needed."""
    _answered(desk, "not_needed", has_answer=False, is_violation=False)


def slow_answer(desk: DecisionDesk) -> None:
    """The answer took half a minute, and came."""
    _answered(desk, "returned", has_answer=True, latency=29_999, is_violation=False)


def answer_after_waiting(desk: DecisionDesk) -> None:
    """The wait ran out, but the rendition came and was used."""
    _answered(desk, "timeout", has_answer=True, latency=30_001, is_violation=False)


def answer_without_outcome(desk: DecisionDesk) -> None:
    """No outcome was written down, but the rendition is there."""
    _answered(desk, None, has_answer=True, is_violation=False)


def _answered(
    desk: DecisionDesk, outcome: str | None, *, has_answer: bool, is_violation: bool, latency: int = 400
) -> None:
    desk.meet()
    desk.address()
    channel = desk.digital()
    link = desk.link()
    draft = desk.rendering(channel, link)
    draft.rendition_request = desk.request(
        channel=channel,
        returned=_fitting(desk, link, channel) if has_answer else None,
        latency_ms=latency,
        outcome=outcome,
    )
    (desk.violates if is_violation else desk.misses)(UNANSWERED_REQUESTS, desk.place("RQ"))


# --- answers that were not used -----------------------------------------------------------------------


def larger_one_used(desk: DecisionDesk) -> None:
    """The same image in another transformation was used."""
    link = _opened(desk)
    _used(desk, link, [replace(link, transformation="c_scale,w_2001")], is_used=False)


def original_used(desk: DecisionDesk) -> None:
    """The image as it was uploaded was used."""
    link = replace(_opened(desk), transformation="c_limit,f_auto,q_auto,w_900")
    _used(desk, link, [replace(link, transformation="")], is_used=False)


def other_image_used(desk: DecisionDesk) -> None:
    """Another image was used in its place."""
    link = _opened(desk)
    other = desk.link()
    while other.public_id == link.public_id:
        other = desk.link()
    _used(desk, link, [other], is_used=False)


def bytes_used_instead(desk: DecisionDesk) -> None:
    """Bytes were embedded, no link was used at all."""
    desk.meet()
    desk.address()
    draft = desk.rendering("email", desk.stored())
    draft.rendition_request = desk.request(channel="email", returned=_fitting(desk, desk.link(), "email"))
    desk.violates(UNUSED, desk.place("RQ"))


def used_in_another_channel_only(desk: DecisionDesk) -> None:
    """The rendition of one channel was used in another channel of the same letter."""
    link = _opened(desk)
    _used(desk, link, [replace(link, transformation="c_fill,h_111,w_222")], is_used=False)
    desk.rendering("web", link)


def used_in_second_place(desk: DecisionDesk) -> None:
    """Another image stands first, the rendition second."""
    link = _opened(desk)
    _used(desk, link, [desk.link(), link], is_used=True)


def same_over_plain_http(desk: DecisionDesk) -> None:
    """The answer says http where the letter says https."""
    link = _opened(desk)
    _used(desk, link, [link], is_used=True, is_secure=False)


def same_with_analytics(desk: DecisionDesk) -> None:
    """The answer carries the analytics parameter that the vendor's SDKs add."""
    link = _opened(desk)
    _used(desk, link, [link], is_used=True, query="?_a=BAMAKxA0")


def same_under_another_version_number(desk: DecisionDesk) -> None:
    """The two addresses name different versions; both serve the newest bytes."""
    link = replace(_opened(desk), version=desk.at - 40 * DAY)
    _used(desk, link, [replace(link, version=desk.at - 30 * DAY)], is_used=True)


def never_returned_nor_used(desk: DecisionDesk) -> None:
    """A miss: nothing was returned that could have been used."""
    desk.meet()
    desk.address()
    draft = desk.rendering("email", desk.stored())
    draft.rendition_request = desk.request(channel="email", outcome="not_found")
    desk.misses(UNUSED, desk.place("RQ"))


def _opened(desk: DecisionDesk) -> DeliveryLink:
    desk.meet()
    desk.address()
    return desk.link()


def _used(
    desk: DecisionDesk, returned: DeliveryLink, used: list[DeliveryLink], *, is_used: bool, **form: object
) -> None:
    channel = "email"
    draft = desk.rendering(channel, *used)
    rendition = replace(_fitting(desk, returned, channel), **form)  # type: ignore[arg-type]
    draft.rendition_request = desk.request(channel=channel, returned=rendition)
    (desk.misses if is_used else desk.violates)(UNUSED, desk.place("RQ"))


RENDITION_CAUSES: tuple[DecisionPlanter, ...] = (
    width_beyond_most,
    width_below_least,
    bytes_beyond_most,
    format_of_another_channel,
    old_width_under_new_rule,
    old_format_under_new_rule,
    width_at_most,
    width_at_least,
    bytes_at_most,
    old_width_under_old_rule,
    old_format_under_old_rule,
    size_not_told,
    substitute_within_limits,
    gave_up_waiting,
    service_failed,
    nothing_said,
    said_but_not_given,
    outcome_of_unknown_word,
    nothing_there,
    none_wanted,
    slow_answer,
    answer_after_waiting,
    answer_without_outcome,
    larger_one_used,
    original_used,
    other_image_used,
    bytes_used_instead,
    used_in_another_channel_only,
    used_in_second_place,
    same_over_plain_http,
    same_with_analytics,
    same_under_another_version_number,
    never_returned_nor_used,
)
