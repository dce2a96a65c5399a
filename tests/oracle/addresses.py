"""A naive second opinion on what a delivery URL may name: every end of its path that an asset has for a name.

Shares no code with the product or the sandbox; it knows no grammar of transformations. Where a version stands in the
URL the public id is what stands behind it, and the records say which.
"""

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote


def possible_names(use: Mapping[str, Any]) -> list[str]:
    """The public ids that the address of a use may mean; the one that its record tells where there is no doubt."""
    if not is_in_doubt(use):
        return [use["public_id"]]
    pieces = unquote(use["url"].split("/upload/", 1)[1]).split("/")
    ends = ["/".join(pieces[at:]) for at in range(len(pieces))]
    return [*ends, *(re.sub(r"\.[a-z]+$", "", end) for end in ends if re.search(r"\.[a-z]+$", end))]


def is_in_doubt(use: Mapping[str, Any]) -> bool:
    """Whether no version parts what an address asks for from what it names."""
    return bool(use.get("url")) and "/upload/" in use["url"] and not re.search(r"/v\d+/", use["url"])
