"""What carries out each kind of correction. Here belongs the table only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from corrections.difference import Kind
from corrections.effects.artwork_issue import ArtworkIssue
from corrections.effects.asked_format import AskedFormat
from corrections.effects.community_publication import CommunityPublication
from corrections.effects.effect import Effect
from corrections.effects.file_push import FilePush
from corrections.effects.readiness_list import ReadinessList
from corrections.effects.rendition_improvement import RenditionImprovement
from corrections.effects.replacement_link import ReplacementLink
from corrections.effects.republication import Republication
from corrections.effects.template_image import TemplateImage
from corrections.effects.withdrawal import Withdrawal

EFFECTS: Final[Mapping[Kind, Effect]] = {
    "replacement_link": ReplacementLink(),
    "republish_approved_version": Republication(),
    "withdraw_recalled": Withdrawal(),
    "publish_variant": CommunityPublication(),
    "replace_foreign_variant": Republication(),
    "withdraw_foreign_variant": Withdrawal(),
    "publish_searched_asset": CommunityPublication(),
    "publish_asked_format": AskedFormat(),
    "post_readiness": ReadinessList(),
    "review_template_image": TemplateImage(),
    "send_artwork": ArtworkIssue(),
    "improve_rendition": RenditionImprovement(),
    "push_file": FilePush(),
}
