"""Causes of uses that break their channel's policy: too wide, of a format it does not take, not adaptive, too coarse.

Each planter writes a letter with an address (or a printed image) that makes its case true and says so; nothing here
evaluates a rule.
"""

from dataclasses import replace
from itertools import count

from sandbox.scenario.correction_kinds import ADVISE_TRANSFORMATION
from sandbox.scenario.decision_desk import DecisionDesk, DecisionPlanter
from sandbox.scenario.events import DeliveryLink, Terms
from sandbox.scenario.images import image_size
from sandbox.scenario.letter_drafts import Slot
from sandbox.scenario.library import AssetHistory, Version
from sandbox.scenario.policies import (
    MAX_WIDTHS,
    MEASURED_PLACEHOLDER,
    RULES_CHANGE,
    least_printed_width,
    max_width,
)
from sandbox.scenario.stages import HOUR

BREAKING = "ctl_uses_breaking_channel_policy"
_ADAPTIVE = ("web", "mobile")
_SINCE_CHANGE = (3, 4)
_BEFORE_CHANGE = (1,)

# --- breaking -----------------------------------------------------------------------------------------


def a_pixel_too_wide(desk: DecisionDesk) -> None:
    """A pixel wider than the channel delivers."""
    desk.meet(in_time=True)
    channel = desk.digital()
    _sent(desk, channel, f"c_limit,f_auto,q_auto,w_{max_width(channel, desk.at) + 1}", breaks=True)


def old_width_under_new_policy(desk: DecisionDesk) -> None:
    """As wide as the channel delivered before its policy changed, at the instant of the new one or later."""
    desk.meet_at(RULES_CHANGE + desk.pick((0, HOUR)), in_time=False)
    channel = desk.pick(_ADAPTIVE)
    _sent(desk, channel, f"c_limit,f_auto,q_auto,w_{MAX_WIDTHS[channel][0]}", breaks=True)


def widened_at_last(desk: DecisionDesk) -> None:
    """Cut to a small image first, then scaled up beyond what the channel delivers."""
    desk.meet(in_time=True)
    _sent(desk, "email", "c_fill,g_auto,h_200,w_300/c_scale,q_auto,w_3000", extension=".jpg", breaks=True)


def format_not_automatic(desk: DecisionDesk) -> None:
    """The channel needs the format that suits the device; the address asks for none, or for one in particular."""
    desk.meet(in_time=True)
    _sent(desk, "mobile", desk.pick(("q_auto,w_640", "f_webp,q_auto,w_640")), extension=".jpg", breaks=True)


def format_not_automatic_since_change(desk: DecisionDesk) -> None:
    """The web needs the format that suits the device since the policy changed."""
    desk.meet(stages=_SINCE_CHANGE, in_time=True)
    _sent(desk, "web", "c_limit,q_auto,w_900", extension=".jpg", breaks=True)


def quality_not_automatic(desk: DecisionDesk) -> None:
    """The channel needs the quality that suits the image; the address asks for none, or for a number."""
    desk.meet(in_time=True)
    _sent(desk, desk.pick(_ADAPTIVE), desk.pick(("f_auto,w_640", "f_auto,q_90,w_640")), breaks=True)


def format_that_email_does_not_show(desk: DecisionDesk) -> None:
    """A format that e-mail does not show, by parameter or by ending."""
    desk.meet(in_time=True)
    if desk.pick((True, False)):
        _sent(desk, "email", "f_webp,q_auto", extension=".jpg", breaks=True)
    else:
        _sent(desk, "email", "q_auto,w_500", extension=".avif", breaks=True)


def original_that_email_does_not_show(desk: DecisionDesk) -> None:
    """The address asks for no format, and the image was uploaded in one that e-mail does not show."""
    desk.meet(in_time=True)
    _sent_of(desk, "webp", "email", "c_limit,w_600", breaks=True)


def printed_too_coarse(desk: DecisionDesk) -> None:
    """An image printed with fewer dots per inch than print takes."""
    desk.meet(stages=_BEFORE_CHANGE, in_time=True)
    _printed(desk, 128, MEASURED_PLACEHOLDER, breaks=True)


def printed_too_coarse_since_change(desk: DecisionDesk) -> None:
    """An image with the dots per inch that print took until the policy changed."""
    desk.meet(stages=_SINCE_CHANGE, in_time=True)
    _printed(desk, 160, MEASURED_PLACEHOLDER, breaks=True)


# --- not breaking -------------------------------------------------------------------------------------


def just_as_wide_as_delivered(desk: DecisionDesk) -> None:
    """Exactly as wide as the channel delivers."""
    desk.meet(in_time=True)
    channel = desk.digital()
    _sent(desk, channel, f"c_limit,f_auto,q_auto,w_{max_width(channel, desk.at)}", breaks=False)


def old_width_under_old_policy(desk: DecisionDesk) -> None:
    """As wide as the channel delivered before its policy changed, a second or an hour before that."""
    desk.meet_at(RULES_CHANGE - desk.pick((1, HOUR)), in_time=False)
    channel = desk.pick(_ADAPTIVE)
    _sent(desk, channel, f"c_limit,f_auto,q_auto,w_{MAX_WIDTHS[channel][0]}", breaks=False)


def narrowed_at_last(desk: DecisionDesk) -> None:
    """Wider than the channel delivers on the way, narrow at last."""
    desk.meet(in_time=True)
    _sent(desk, desk.digital(), "c_scale,f_auto,w_5000/c_limit,q_auto:good,w_640", breaks=False)


def fixed_where_nothing_is_needed(desk: DecisionDesk) -> None:
    """E-mail needs neither automatic format nor quality."""
    desk.meet(in_time=True)
    _sent(desk, "email", desk.pick(("q_70,w_600", "")), extension=desk.pick((".jpg", ".gif")), breaks=False)


def format_fixed_before_change(desk: DecisionDesk) -> None:
    """The web did not need the automatic format until the policy changed."""
    desk.meet(stages=_BEFORE_CHANGE, in_time=True)
    _sent(desk, "web", "c_limit,q_auto:eco,w_900", extension=".jpg", breaks=False)


def parameter_before_ending(desk: DecisionDesk) -> None:
    """The ending is one that the channel does not take; the parameter goes before it."""
    desk.meet(in_time=True)
    _sent(desk, "email", desk.pick(("f_auto", "f_png,w_300")), extension=".webp", breaks=False)


def original_converted(desk: DecisionDesk) -> None:
    """The image was uploaded in a format that e-mail does not show, and is delivered in another one."""
    desk.meet(in_time=True)
    _sent_of(desk, "webp", "email", "f_jpg,w_600", breaks=False)


def printed_just_fine_enough(desk: DecisionDesk) -> None:
    """Exactly as many dots per inch as print takes."""
    desk.meet(in_time=True)
    _printed(desk, least_printed_width(desk.at), MEASURED_PLACEHOLDER, breaks=False)


def printed_in_unmeasured_place(desk: DecisionDesk) -> None:
    """A small image in a place whose printed width nobody wrote down."""
    desk.meet(in_time=True)
    _printed(desk, 64, "map", breaks=False)


def _sent(desk: DecisionDesk, channel: str, transformation: str, *, extension: str = "", breaks: bool) -> None:
    """A letter with an address of an image in order."""
    desk.address()
    _carries(desk, channel, replace(desk.link(), transformation=transformation, extension=extension), breaks=breaks)


def _sent_of(desk: DecisionDesk, image_format: str, channel: str, transformation: str, *, breaks: bool) -> None:
    """A letter with an address, without an ending, of a new image that was uploaded in a format."""
    asset, version = _uploaded(desk, image_format)
    desk.address()
    _carries(
        desk, channel, replace(asset.link(version, desk.at), transformation=transformation, extension=""), breaks=breaks
    )


def _carries(desk: DecisionDesk, channel: str, link: DeliveryLink, *, breaks: bool) -> None:
    desk.rendering(channel, link).keeps_addresses = True
    if breaks:
        desk.advised(BREAKING, desk.use_id(1), ADVISE_TRANSFORMATION, f"{channel}/{link.transformation}")
    else:
        desk.misses(BREAKING, desk.use_id(1))


def _printed(desk: DecisionDesk, width: int, placeholder: str, *, breaks: bool) -> None:
    """A printed letter with an image so many pixels wide in a place."""
    asset, version = _uploaded(desk, "jpg", width)
    desk.address()
    draft = desk.rendering("print")
    draft.slots.append(Slot(asset.by_bytes(version), desk.good, placeholder=placeholder))
    (desk.violates if breaks else desk.misses)(BREAKING, desk.use_id(1))


def _uploaded(desk: DecisionDesk, image_format: str, width: int | None = None) -> tuple[AssetHistory, Version]:
    """A new asset of a format, with an approved version of a width."""
    asset = desk.asset()
    asset.image_format = image_format
    uploaded, approved = desk.earlier(2)
    keys = (f"{asset.handle}/{number}w" for number in count())
    content = next(key for key in keys if width in (None, image_size(key)[0]))
    version = asset.upload(uploaded, content)
    asset.approve(approved, version, Terms())
    return asset, version


DELIVERY_CAUSES: tuple[DecisionPlanter, ...] = (
    a_pixel_too_wide,
    old_width_under_new_policy,
    widened_at_last,
    format_not_automatic,
    format_not_automatic_since_change,
    quality_not_automatic,
    format_that_email_does_not_show,
    original_that_email_does_not_show,
    printed_too_coarse,
    printed_too_coarse_since_change,
    just_as_wide_as_delivered,
    old_width_under_old_policy,
    narrowed_at_last,
    fixed_where_nothing_is_needed,
    format_fixed_before_change,
    parameter_before_ending,
    original_converted,
    printed_just_fine_enough,
    printed_in_unmeasured_place,
)
