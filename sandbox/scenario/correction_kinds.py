"""The kinds of correction that the scenario plants cases for, as an installation names them."""

from typing import Final

REPUBLISH: Final = "republish_approved_version"
REPLACEMENT_LINK: Final = "replacement_link"

KINDS: Final = (REPUBLISH, REPLACEMENT_LINK)
