"""The address of a recipient: the pseudonyms that one identifier has under the keys that are live, and nothing else.

Here belong writing and reading it. A recipient has one pseudonym for each key; their address carries all of them, so
that it leads to what landed before a rotation of keys as well as to what landed after it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from reports.problems import BadQuestion

MOST: Final = 40
"""Pseudonyms in one address: some more than a house has keys, and less than a browser or proxy cuts off."""
_PSEUDONYM: Final = re.compile(r"[0-9a-f]{64}")


def path_of(pseudonyms: Sequence[str]) -> str:
    """Return the path of the recipient who has these pseudonyms."""
    return f"/recipients/{','.join(pseudonyms)}"


def pseudonyms_in(text: str) -> tuple[str, ...]:
    """Return the pseudonyms of an address, each once. Raises BadQuestion, which does not repeat what else it holds."""
    given = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",", MOST)))
    if len(given) <= MOST and all(_PSEUDONYM.fullmatch(one) for one in given):
        return given
    raise BadQuestion(
        tried="to read the pseudonyms in the address of a recipient",
        found="something else, which is not repeated here: it may be an identifier",
        expected=f"at most {MOST} pseudonyms of 64 hexadecimal digits, with commas between them",
        remedy="look the recipient up with the form at /recipients; an identifier never belongs into an address, "
        "where histories and logs keep it",
    )
