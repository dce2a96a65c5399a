"""One request that changes something at a vendor, and the honest outcome of having made it.

Here belong the values only. Whether a write is wanted says an effect, who makes it is a vendor's client.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Method = Literal["POST", "PATCH", "PUT"]


@dataclass(frozen=True)
class Attachment:
    """A file that goes with a write."""

    name: str
    mime_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """SHA-256 of the file in hex."""
        return hashlib.sha256(self.content).hexdigest()


@dataclass(frozen=True)
class Write:
    """One request below a vendor's base address."""

    method: Method
    path: str
    body: Mapping[str, object]
    attachment: Attachment | None = None


@dataclass(frozen=True)
class Accepted:
    """The service said that it has written; `remote_id` is its id of what it wrote, where it told one."""

    remote_id: str | None


@dataclass(frozen=True)
class Refused:
    """The service said no: nothing was written, and the same write will be refused again."""

    reason: str


@dataclass(frozen=True)
class NotSent:
    """The write did not reach the service or was put off: nothing was written, and a later run may try."""

    reason: str


@dataclass(frozen=True)
class Uncertain:
    """No clear answer: it may have been written or not."""

    reason: str


WriteOutcome = Accepted | Refused | NotSent | Uncertain
