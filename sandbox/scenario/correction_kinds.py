"""The kinds of correction that the scenario plants cases for, as an installation names them."""

from typing import Final

REPUBLISH: Final = "republish_approved_version"
REPLACEMENT_LINK: Final = "replacement_link"
PUBLISH_VARIANT: Final = "publish_variant"
PUBLISH_ASKED_FORMAT: Final = "publish_asked_format"
POST_READINESS: Final = "post_readiness"
IMPROVE_RENDITION: Final = "improve_rendition"

KINDS: Final = (
    REPUBLISH,
    REPLACEMENT_LINK,
    PUBLISH_VARIANT,
    PUBLISH_ASKED_FORMAT,
    POST_READINESS,
    IMPROVE_RENDITION,
)
