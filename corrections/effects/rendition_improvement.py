"""T7: a rendition that a partner complained of, improved as it was measured, republished, and the feedback answered.

Here belong the three requests, at two vendors, and when each may be made: `explicit` makes Cloudinary derive the
measured rendition ahead and forget its copies of it, a publication takes the place of the reported one, and the
feedback is answered with it. Where several partners reported one publication, one correction publishes and the others
answer with what it published. What is better is `renditions`; what the partner reads stands in the difference.
"""

from __future__ import annotations

from dataclasses import dataclass

from assettrail.errors import ContractBroken
from corrections.difference import Difference, Rendition
from corrections.effects.delivery_link import transformation_of
from corrections.effects.effect import Absent, Begun, Conflict, Present, Ready
from corrections.effects.publishing import own_publication, publication_write
from corrections.renditions.improvement import Improvement
from corrections.vendors.cloudinary_asset import CloudinaryAsset, read_asset
from corrections.vendors.cloudinary_writer import explicit_write
from corrections.vendors.opened import Vendor, Vendors
from corrections.vendors.trading_grid import Feedback, Publication, feedback_path
from corrections.vendors.writes import Write

NARROWEST_PX = 160
_BREAKPOINT_BYTES, _MOST_BREAKPOINTS = 20_000, 6
_PREPARE, _PUBLISH, _ANSWER, _STEPS = 1, 2, 3, 3


@dataclass(frozen=True)
class RenditionImprovement:
    """The effect of the kind `improve_rendition`."""

    gives_bytes = True
    vendor: Vendor = "trading_grid"

    def examine(self, vendors: Vendors, difference: Difference) -> Ready | Conflict | Present:
        """See that the feedback and the publication are as they were when it was measured."""
        improvement = _improvement(difference)
        feedback = vendors.grid.feedback(difference.object_id)
        if feedback is None:
            return Conflict("the feedback is not there any more")
        own = _published(vendors, difference)
        if own is not None and _is_answered(feedback, difference, own):
            return Present(own)
        state = (feedback.status, feedback.answer_publication_id)
        if state != (improvement.status, improvement.answered_by):
            return Conflict(f"the feedback is {state[0]}, answered by {state[1] or 'no publication'}")
        if own is not None:
            answer = {"status": "answered", "answer": difference.text, "answerPublicationId": own}
            return Ready(Write("PATCH", feedback_path(difference.object_id), answer), _ANSWER, _STEPS)
        return _next(vendors, difference, improvement)

    def read_back(self, vendors: Vendors, difference: Difference) -> Present | Begun | Absent:
        """Look for the publication with the correlation id, whether it answers, and for the mark on the asset."""
        own = _published(vendors, difference)
        if own is not None:
            feedback = vendors.grid.feedback(difference.object_id)
            is_answered = feedback is not None and _is_answered(feedback, difference, own)
            return Present(own) if is_answered else Begun(_ANSWER)
        asset = read_asset(vendors.library, difference.asset_id)
        is_prepared = asset is not None and asset.mark == difference.correlation_id
        return Begun(_PUBLISH) if is_prepared else Absent()


def _improvement(difference: Difference) -> Improvement:
    if difference.improvement is None or difference.rendition is None or not difference.text:
        raise ContractBroken(
            tried=f"to send the correction {difference.correction_key}",
            found="no measures, no rendition or no answer",
            expected="all of them in a correction of the kind improve_rendition",
            remedy="reject it, and measure the feedback again",
        )
    return difference.improvement


def _is_answered(feedback: Feedback, difference: Difference, publication_id: str) -> bool:
    return (feedback.answer, feedback.answer_publication_id) == (difference.text, publication_id)


def _published(vendors: Vendors, difference: Difference) -> str | None:
    """The publication that carries the correlation id, or the very same one in place of the reported one, by another.

    Raises PermanentSourceError as `own_publication` does.
    """
    own = own_publication(vendors.grid, difference)
    if own is not None:
        return own
    rendition = difference.rendition or Rendition()
    wanted = (difference.desired.number, difference.desired.etag, rendition)
    for shown in vendors.grid.publications_in(difference.community_id or ""):
        transformation = transformation_of(vendors.cloudinary, shown.url)
        place = Rendition(shown.rendition, shown.region, shown.language, shown.device, transformation)
        is_same = shown.is_live and shown.replaces_publication_id == difference.publication_id
        if is_same and (shown.version, shown.etag, place) == wanted:
            return shown.publication_id
    return None


def _next(vendors: Vendors, difference: Difference, improvement: Improvement) -> Ready | Conflict:
    """What Cloudinary is asked first, and then the publication."""
    old = vendors.grid.publication(difference.publication_id or "")
    if old is None:
        return Conflict("the publication is not there any more")
    if (other := _other(vendors, difference, improvement, old)) is not None:
        return Conflict(other)
    asset = read_asset(vendors.library, difference.asset_id)
    if asset is None or asset.is_placeholder:
        return Conflict("Cloudinary has no such asset any more")
    if asset.mark == difference.correlation_id:
        rendition = difference.rendition or Rendition()
        write = publication_write(vendors, difference, old.community_id, rendition, old.publication_id)
        return Ready(write, _PUBLISH, _STEPS)
    return Ready(_preparation(difference, improvement, asset), _PREPARE, _STEPS, vendor="cloudinary")


def _other(vendors: Vendors, difference: Difference, improvement: Improvement, shown: Publication) -> str | None:
    """What the publication shows that is not what was measured, in words."""
    if not shown.is_live:
        return "the publication is withdrawn"
    version, expected = (shown.version, shown.etag), (difference.expected.number, difference.expected.etag)
    if version != expected:
        return (
            f"the publication shows version {version[0]} with etag {version[1]}, "
            f"expected was version {expected[0]} with etag {expected[1]}"
        )
    transformation = transformation_of(vendors.cloudinary, shown.url) or ""
    if transformation != improvement.delivered:
        return f"the publication shows {transformation or 'the original'}, measured was {improvement.delivered}"
    return None


def _preparation(difference: Difference, improvement: Improvement, asset: CloudinaryAsset) -> Write:
    """The `explicit` call. Cloudinary keeps no mark of its own that it was made: it is the context value."""
    transformation = (difference.rendition or Rendition()).transformation or ""
    extension = "" if difference.resource_type == "raw" else difference.format_code or ""
    options: dict[str, object] = {
        "type": "upload",
        "eager": [f"{transformation}/{extension}" if extension else transformation],
        "invalidate": True,
        "context": asset.context_with(difference.correlation_id),
    }
    if improvement.custom_coordinates is not None:
        options["custom_coordinates"] = ",".join(map(str, improvement.custom_coordinates))
    if improvement.widest_px is not None:
        options["responsive_breakpoints"] = [
            {
                "create_derived": True,
                "min_width": min(NARROWEST_PX, improvement.widest_px),
                "max_width": improvement.widest_px,
                "bytes_step": _BREAKPOINT_BYTES,
                "max_images": _MOST_BREAKPOINTS,
                "transformation": {"raw_transformation": transformation},
            }
        ]
    return explicit_write(difference.resource_type, difference.public_id, options)
