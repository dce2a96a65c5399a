"""Addresses as careful senders write them: whatever a channel's policy needs is in their transformation.

The same address is always put right in the same way, so that what was the same stays the same. Nothing here judges.
"""

from dataclasses import replace

from sandbox.scenario.events import DeliveryLink, Reference, Rendering, Rendition

#: Channels that deliver what suits the reader's device, in format and quality.
_ADAPTIVE = ("web", "mobile")
#: Endings whose format e-mail shows everywhere.
_SHOWN_EVERYWHERE = (".jpg", ".png", ".gif")


def with_fitting_addresses(rendering: Rendering) -> Rendering:
    """The rendering with every address in it put right for its channel: of uses, choices and what was returned."""

    def fitting(reference: Reference) -> Reference:
        return fitting_link(reference, rendering.channel) if isinstance(reference, DeliveryLink) else reference

    selection, request = rendering.selection, rendering.rendition_request
    if selection:
        candidates = tuple(fitting(one) for one in selection.candidates)
        selection = replace(selection, candidates=candidates, chosen=fitting(selection.chosen))
    if request and request.returned:
        request = replace(request, returned=_fitting_rendition(request.returned, rendering.channel))
    uses = tuple(replace(use, reference=fitting(use.reference)) for use in rendering.uses)
    return replace(rendering, uses=uses, selection=selection, rendition_request=request)


def _fitting_rendition(rendition: Rendition, channel: str) -> Rendition:
    return replace(rendition, link=fitting_link(rendition.link, channel))


def fitting_link(link: DeliveryLink, channel: str) -> DeliveryLink:
    """The link with automatic format and quality where the channel needs them; as it is where it is written by hand."""
    if link.is_by_hand:
        return link
    if channel in _ADAPTIVE:
        return replace(link, transformation=_with(_with(link.transformation, "f_auto"), "q_auto"))
    if channel == "email" and link.extension not in _SHOWN_EVERYWHERE:
        return replace(link, transformation=_with(link.transformation, "f_auto"))
    return link


def _with(transformation: str, parameter: str) -> str:
    """The transformation with a parameter in its first component, sorted as the vendor's SDKs write it."""
    first, slash, others = transformation.partition("/")
    parts = sorted({*filter(None, first.split(",")), parameter})
    return f"{','.join(parts)}{slash}{others}"
