"""What a vendor's answer gave: its bytes in memory, or a file of any size that has no name.

Here belong the two shapes of an answer and the laying aside of a body while it comes. A file without a name goes with
whoever holds it: neither a refusal nor a kill leaves one behind, and recipients' data stands in none that can be found.
Not here: how bytes are fetched (`http`).
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, cast

from assettrail.errors import PermanentSourceError, RecordRejected
from evidence.refusing_disk import disk_told
from ingest.strict import JsonObject, decode_envelope, sha256_hex

HELD_IN_MEMORY: Final = 1 << 20
"""Bytes of a file up to which it is not worth a file on disk."""


@dataclass(frozen=True)
class Answer:
    """One answer of a vendor: bytes as received, where from, and whether their length was announced.

    A chunked answer announces none: its end is only the end of the last hop, so that a cut one can look whole.
    """

    uri: str
    body: bytes
    is_length_known: bool
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def sha256(self) -> str:
        """Lower-case hex SHA-256 of the body."""
        return sha256_hex(self.body)

    def json(self) -> JsonObject:
        """The body as one strict JSON object; PermanentSourceError when it is not one.

        Texts in it may hold a NUL or a lone surrogate: whoever reads a record of it refuses that record.
        """
        try:
            return decode_envelope(self.body, self.uri)
        except RecordRejected as error:
            raise PermanentSourceError(
                tried=f"to read the answer of {self.uri}",
                found=error.found,
                expected="one JSON object",
                remedy="check that the address is the service's API and not a portal or proxy page",
            ) from error


@dataclass(frozen=True)
class ReceivedFile:
    """A file that a vendor answered with: open for reading, its size in bytes and its SHA-256 in lower-case hex.

    Whoever takes it closes `content`, with which the file goes.
    """

    uri: str
    content: BinaryIO
    size: int
    sha256: str
    is_length_known: bool


def received(parts: Iterable[bytes], uri: str, folder: Path | None, *, is_length_known: bool) -> ReceivedFile:
    """Lay parts aside as they come, on the disk of `folder` (None: of temporary files) when they are many.

    Raises what `parts` raises, and ConfigurationError with the free bytes when the disk refuses; nothing is left then.
    """
    digest, size = hashlib.sha256(), 0
    where = folder or Path(tempfile.gettempdir())
    with disk_told(f"to lay {uri} aside", where):
        where.mkdir(parents=True, exist_ok=True)
        content = cast("BinaryIO", tempfile.SpooledTemporaryFile(HELD_IN_MEMORY, dir=str(where)))  # noqa: SIM115 - handed on
    try:
        for part in parts:
            digest.update(part)
            size += len(part)
            with disk_told(f"to lay {uri} aside", where):
                content.write(part)
        with disk_told(f"to lay {uri} aside", where):
            content.seek(0)
    except BaseException:
        content.close()
        raise
    return ReceivedFile(uri, content, size, digest.hexdigest(), is_length_known)
