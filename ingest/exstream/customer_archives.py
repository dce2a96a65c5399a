"""The outputs of one customer of a run as REST gives them: a zip, of which one entry is taken.

Here belong finding the entry and the guards around it. How entries lie in the archive is not public: an entry is known
by the end of its name. Which outputs are asked for is `html_outputs`.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from assettrail.errors import RecordRejected
from ingest.exstream.html_outputs import LARGEST_OUTPUT, HtmlOutput
from ingest.exstream.zip_directory import open_zip
from ingest.received import ReceivedFile, received

MOST_ENTRIES: Final = 10_000
LARGEST_DIRECTORY: Final = 8 << 20
HIGHEST_RATIO: Final = 100
SMALL_ENTRY: Final = 1 << 20
"""What is smaller may be packed as tightly as it likes."""
_BLOCK_BYTES: Final = 1 << 16
_BROKEN: Final = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, UnicodeDecodeError)
"""What `zipfile` raises of an archive that is cut, encrypted (RuntimeError) or packed in an unknown way."""


@dataclass(frozen=True)
class CustomerArchives:
    """Opens outputs out of the archives that `fetch` gives by customer number; `spill` is for what is unpacked."""

    fetch: Callable[[int], ReceivedFile | None]
    spill: Path

    def open(self, output: HtmlOutput) -> BinaryIO | None:
        """The bytes of an output; None where there is no archive, or no such entry in it.

        Raises RecordRejected for an archive that is none, or swells, and what `fetch` raises.
        """
        archive = self.fetch(output.customer_number)
        if archive is None:
            return None
        with archive.content as content:
            try:
                return self._opened(content, archive.uri, output.place.name)
            except _BROKEN as error:
                raise _refused(f"no sound zip ({type(error).__name__})") from error

    def _opened(self, content: BinaryIO, uri: str, name: str) -> BinaryIO | None:
        with open_zip(content, LARGEST_DIRECTORY) as archive:
            entry = _entry_of(archive.infolist(), name)
            if entry is None:
                return None
            if entry.file_size > SMALL_ENTRY and entry.file_size > HIGHEST_RATIO * max(entry.compress_size, 1):
                raise _refused(f"an entry that swells more than {HIGHEST_RATIO} times")
            return received(_parts(archive, entry), uri, self.spill, is_length_known=True).content


def _entry_of(entries: list[zipfile.ZipInfo], name: str) -> zipfile.ZipInfo | None:
    """The entry of this name, below whatever folder; else the only one whose file is called so."""
    if len(entries) > MOST_ENTRIES:
        raise _refused(f"an archive of {len(entries)} entries")
    plain = {entry: f"/{entry.filename}".replace("\\", "/").removesuffix(".gz") for entry in entries}
    wanted = f"/{name.removesuffix('.gz')}"
    for ending in (wanted, f"/{wanted.rpartition('/')[2]}"):
        found = [entry for entry, known in plain.items() if known.endswith(ending)]
        if len(found) > 1:
            raise _refused("an archive with several entries of one name")
        if found:
            return found[0]
    return None


def _parts(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    size = 0
    with archive.open(entry) as file:
        while part := file.read(_BLOCK_BYTES):
            size += len(part)
            if size > LARGEST_OUTPUT:
                raise _refused(f"more than {LARGEST_OUTPUT} bytes")
            yield part


def _refused(found: str) -> RecordRejected:
    return RecordRejected(
        tried="to read an HTML output out of its customer's archive",
        found=found,
        expected="a zip with the customer's outputs",
        remedy="compare it with the answer of customer-artifacts; once it is whole, ingest again",
    )
