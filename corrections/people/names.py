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

_RESERVED: Final = frozenset({PROPOSER, "tradinggrid", "cloudinary", "exstream", "thefirstadministrator"})
"""What acts without being a person, and stands as who did it in histories."""
_UNSEEN_RANGES: Final = (
    *((0x34F, 0x34F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800)),
    *((0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0), (0xE0100, 0xE01EF)),
)
_UNSEEN: Final = frozenset(chr(code) for first, last in _UNSEEN_RANGES for code in range(first, last + 1))
"""Characters that show nothing and are neither control characters nor spaces by their category."""
_ONE_SCRIPT: Final = frozenset({"CJK", "HIRAGANA", "KATAKANA"})
"""Scripts that are written together, and count as one."""
_SIGNS: Final = frozenset(" .'’-")


def plain_name(name: str) -> str:
    """The name without what only makes it look different: case, white space, width, invisible characters."""
    seen = "".join(c for c in name if c not in _UNSEEN and unicodedata.category(c)[0] not in {"C", "Z"})
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", seen).casefold())


def is_name_of_person(name: str) -> bool:
    """Whether a name can be a person's: letters of one script that all are seen, and nobody else's."""
    plain = plain_name(name)
    is_own = plain not in _RESERVED and not plain.startswith(POLICY_PREFIX)
    return bool(plain) and is_own and _is_of_one_script(name)


def _is_of_one_script(name: str) -> bool:
    """Whether a name has only letters, marks, digits and the signs of names, and no letter of a second script."""
    rest = [c for c in name if c not in _SIGNS]
    scripts = {unicodedata.name(c, "?").split()[0] for c in rest if c.isalpha()}
    if scripts & _ONE_SCRIPT:
        scripts = {"CJK", *scripts - _ONE_SCRIPT}
    return len(scripts) == 1 and all(c not in _UNSEEN and unicodedata.category(c)[0] in "LMN" for c in rest)
