"""What carries out each kind of correction. Here belongs the table only."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from corrections.artwork_issue import ArtworkIssue
from corrections.asked_format import AskedFormat
from corrections.community_publication import CommunityPublication
from corrections.difference import Kind
from corrections.effects import Effect
from corrections.readiness_list import ReadinessList
from corrections.replacement_link import ReplacementLink
from corrections.republication import Republication
from corrections.template_image import TemplateImage
from corrections.withdrawal import Withdrawal

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
}
