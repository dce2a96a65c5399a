"""What the HTTP client's own log may say of an address: host and path, and nothing that opens a file.

Here belongs only the cut. httpx writes each request at the level INFO; the signature of a backup stands in the query,
that of a private asset in the path, and whoever has either has the file (F31).
"""

from __future__ import annotations

import logging
import re

import httpx

_SIGNATURE = re.compile(r"s--[A-Za-z0-9_-]+--")


def cut_logged_addresses() -> None:
    """Let httpx log addresses without queries and signatures, in this process from now on; again is the same."""
    logging.getLogger("httpx").addFilter(_without_signatures)


def _without_signatures(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(_cut(part) if isinstance(part, httpx.URL) else part for part in record.args)
    return True


def _cut(address: httpx.URL) -> str:
    return str(address.copy_with(query=None, path=_SIGNATURE.sub("s--...--", address.path)))
