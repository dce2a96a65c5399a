"""Names of people, and of what acts without one.

Here belongs telling whether two names could be read as one. Who exists is `people`, what a decision needs `approval`.
"""

from __future__ import annotations

import unicodedata
from typing import Final

PROPOSER: Final = "assettrail"
"""Who proposes what a snapshot asks for."""
POLICY_PREFIX: Final = "policy:"
"""What the name of a policy begins with, where it approved."""


def plain_name(name: str) -> str:
    """The name without what only makes it look different: case, white space, width, invisible characters."""
    normal = unicodedata.normalize("NFKC", name)
    return "".join(c for c in normal if unicodedata.category(c)[0] not in {"C", "Z"}).casefold()


def is_name_of_person(name: str) -> bool:
    """Whether a name can be a person's: it is not empty, and neither the house's nor a policy's."""
    plain = plain_name(name)
    return plain not in {"", PROPOSER} and not plain.startswith(POLICY_PREFIX)
