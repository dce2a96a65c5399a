"""The words for what is being done about an exception, as the exceptions page shows them.

Here belong the phrase of each kind of correction that a snapshot proposes, and of what it waits for.
"""

from __future__ import annotations

from collections.abc import Mapping

CORRECTION_PHRASES: Mapping[str, str] = {
    "replacement_link": "the link to the corrected version into the case",
    "republish_approved_version": "the newest approved version in its place",
    "publish_variant": "the missing variant into the community",
    "replace_foreign_variant": "the community's own variant in its place",
    "withdraw_foreign_variant": "taken out of the community",
    "publish_asked_format": "the format that was asked for, and an answer with it",
    "post_readiness": "the list of what is missing into the launch's discussion",
    "review_template_image": "the approved image into Exstream, to be reviewed there",
    "send_artwork": "the approved artwork to the partner",
    "advise_transformation": "advice: a transformation that keeps to the channel's policy",
    "advise_thumbnail": "advice: the thumbnail of the present video",
    "exstream_approval": "awaits approval in Exstream",
}
