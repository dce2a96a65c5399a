"""Where a browser goes after signing in: only back into the reports.

Here belongs telling an address of ours from one that leads elsewhere.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlencode, urlsplit

HOME: Final = "/"
LONGEST: Final = 2_000
_ORDINARY: Final = re.compile(r"/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]*")
_OWN_PATHS: Final = ("/sign-in", "/sign-out")


def safe_return(wanted: str) -> str:
    """Return `wanted` if it is a path of the reports, with its query, as a browser sends it; else the home page.

    A second slash or a backslash at the beginning would be another host; so would a scheme; control characters and
    white space are taken out by browsers before they look. A fragment never reaches the server.
    """
    if len(wanted) > LONGEST or not _ORDINARY.fullmatch(wanted) or wanted.startswith("//"):
        return HOME
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return HOME
    if parts.scheme or parts.netloc or parts.path.startswith(_OWN_PATHS):
        return HOME
    return wanted


def sign_in_address(path: str, back_to: str) -> str:
    """Return an address of signing in that comes back to a page."""
    back = safe_return(back_to)
    return path if back == HOME else f"{path}?{urlencode({'return_to': back})}"
