"""Personal tokens: what one looks like, and what of it is kept.

Here belong making a token, taking one apart, and comparing it with what is kept. A secret has 256 random bits, so that
its plain SHA-256 can be kept: nobody finds it by trying. Whose token it is, is `people`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Final

_TOKEN: Final = re.compile(r"assettrail_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True)
class Token:
    """A token as its owner has it. It is shown once, when it is issued, and stands in no message."""

    token_id: str
    secret: str

    def __repr__(self) -> str:
        return f"Token({self.token_id})"

    @property
    def text(self) -> str:
        """The token as it is given to its owner."""
        return f"assettrail_{self.token_id}_{self.secret}"

    @property
    def secret_sha256(self) -> str:
        """What is kept of the secret."""
        return hashlib.sha256(self.secret.encode()).hexdigest()

    def is_of(self, secret_sha256: str) -> bool:
        """Whether this is the token of which the hash is kept; takes the same time whatever differs."""
        return hmac.compare_digest(self.secret_sha256, secret_sha256)


def new_token() -> Token:
    """Make a token that nobody has had before."""
    return Token(secrets.token_hex(8), secrets.token_urlsafe(32))


def read_token(text: str) -> Token | None:
    """Take a token apart; None for a text that is none."""
    found = _TOKEN.fullmatch(text.strip())
    return Token(found[1], found[2]) if found else None
