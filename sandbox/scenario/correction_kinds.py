"""The kinds of correction that the scenario plants cases for, as an installation names them."""

from typing import Final

REPUBLISH: Final = "republish_approved_version"
REPLACEMENT_LINK: Final = "replacement_link"
PUBLISH_VARIANT: Final = "publish_variant"
REPLACE_FOREIGN_VARIANT: Final = "replace_foreign_variant"
WITHDRAW_FOREIGN_VARIANT: Final = "withdraw_foreign_variant"
PUBLISH_ASKED_FORMAT: Final = "publish_asked_format"
POST_READINESS: Final = "post_readiness"
REVIEW_IMAGE: Final = "review_template_image"
SEND_ARTWORK: Final = "send_artwork"
ADVISE_TRANSFORMATION: Final = "advise_transformation"
ADVISE_THUMBNAIL: Final = "advise_thumbnail"
IMPROVE_RENDITION: Final = "improve_rendition"

TAKING_DOWN: Final = (REPUBLISH, REPLACE_FOREIGN_VARIANT, WITHDRAW_FOREIGN_VARIANT)
"""The kinds that take down the publication that they answer, mostly for another one."""

KINDS: Final = (
    REPUBLISH,
    REPLACEMENT_LINK,
    PUBLISH_VARIANT,
    REPLACE_FOREIGN_VARIANT,
    WITHDRAW_FOREIGN_VARIANT,
    PUBLISH_ASKED_FORMAT,
    POST_READINESS,
    REVIEW_IMAGE,
    SEND_ARTWORK,
    ADVISE_TRANSFORMATION,
    ADVISE_THUMBNAIL,
    IMPROVE_RENDITION,
)
