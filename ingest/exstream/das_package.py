"""A Design (DAS) export package, a zip or a folder: its entries, and the guards around them.

Here belong finding `metadata.json`, `resources/<type>-<uuid>-<version>.json`, `links/links.json` and
`content/<type>-<uuid>-<version>-CONTENT.*`, and what is refused before anything is believed: names that lead out of the
package, links, encrypted entries, two entries of one name, and archives that swell. Archives inside of a package are
never opened. Not here: what an entry means (`design_records`), and landing (`package_source`).
"""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from assettrail.errors import ConfigurationError, RecordRejected
from ingest.exstream.zip_directory import open_zip
from ingest.form import in_form
from ingest.lying_files import open_lying

LARGEST_PACKAGE: Final = 1 << 30
HIGHEST_RATIO: Final = 100
SMALL_ENTRY: Final = 1 << 20
"""What is smaller may be packed as tightly as it likes."""

MOST_ENTRIES: Final = 100_000
LARGEST_DIRECTORY: Final = 32 << 20
LARGEST_ENTRY: Final = 256 << 20
_METADATA: Final = "metadata.json"
_NAMED = r"(?P<type>[A-Za-z0-9]+)-(?P<id>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})-(?P<version>\d{1,9})"
_RESOURCE = re.compile(rf"resources/{_NAMED}\.json")
_CONTENT = re.compile(rf"contents?/{_NAMED}-CONTENT\.(?!json$)[A-Za-z0-9]{{1,10}}")
_LINKS: Final = "links/links.json"
_QUOTED = re.compile(r"""b?['"]""")


@dataclass(frozen=True)
class ResourceEntry:
    """A resource of the package by the name of its entry; `content` is the entry of its bytes, if there is one."""

    name: str
    resource_type: str
    resource_id: str
    version: int
    content: str | None


@dataclass(frozen=True)
class DasPackage:
    """An open package. `read` gives the bytes of an entry; RecordRejected when they cannot be had or swell."""

    resources: tuple[ResourceEntry, ...]
    links: str | None
    metadata: str
    read: Callable[[str], bytes]


@contextmanager
def open_package(path: Path) -> Iterator[DasPackage]:
    """Open a package for as long as the block.

    Raises ConfigurationError when there is nothing to open, RecordRejected when what is there is no sound package.
    """
    if path.is_dir():
        yield _package_of(_files_of(path), lambda name: _read_file(path, name))
        return
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        raise _no_package(path, error.strerror or type(error).__name__) from error
    if not is_file:
        raise _no_package(path, "a pipe or device")
    try:
        with path.open("rb") as file, open_zip(file, LARGEST_DIRECTORY) as archive:
            entries = _sound_entries(archive, path.stat().st_size)
            reader = _ZipReader(archive, entries)
            yield _package_of(list(entries), reader.read)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
        raise _rejected(f"no sound zip: {_without_names(error)}") from error
    except OSError as error:
        raise _no_package(path, error.strerror or type(error).__name__) from error


class _ZipReader:
    """Reads entries, and counts what comes out of them."""

    def __init__(self, archive: zipfile.ZipFile, entries: Mapping[str, zipfile.ZipInfo]) -> None:
        self._archive = archive
        self._entries = entries
        self._left = LARGEST_PACKAGE

    def read(self, name: str) -> bytes:
        """The bytes of an entry. Raises RecordRejected when they swell or are not what was packed."""
        info = self._entries[name]
        try:
            with self._archive.open(info) as entry:
                data = _bounded(entry, min(LARGEST_ENTRY, self._left, info.file_size), name)
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
            raise _rejected(f"entry {name!r}: {_without_names(error)}") from error
        self._left -= len(data)
        return data


def _sound_entries(archive: zipfile.ZipFile, size: int) -> dict[str, zipfile.ZipInfo]:
    """The entries by name. Raises RecordRejected for a package that nobody should unpack."""
    infos = archive.infolist()
    if len(infos) > MOST_ENTRIES:
        raise _rejected(f"{len(infos)} entries", f"at most {MOST_ENTRIES}")
    entries: dict[str, zipfile.ZipInfo] = {}
    whole = 0
    for number, info in enumerate(infos, start=1):
        _refuse_name(info.orig_filename)
        if info.is_dir():
            continue
        if stat.S_ISLNK(info.external_attr >> 16):
            raise _rejected(f"entry {number}, {in_form(info.filename)}, is a link")
        if info.flag_bits & 0x1:
            raise _rejected(f"entry {number}, {in_form(info.filename)}, is encrypted")
        if info.filename in entries:
            raise _rejected(f"two entries of one name, the second of them entry {number}: {in_form(info.filename)}")
        if info.file_size > SMALL_ENTRY and info.file_size > HIGHEST_RATIO * max(info.compress_size, 1):
            found = f"entry {number}, {in_form(info.filename)}, swells more than {HIGHEST_RATIO} times"
            raise _rejected(found, "no bomb")
        whole += info.file_size
        entries[info.filename] = info
    if whole > LARGEST_PACKAGE:
        raise _rejected(f"{whole} bytes unpacked", f"at most {LARGEST_PACKAGE}")
    if whole > SMALL_ENTRY and whole > HIGHEST_RATIO * size:
        raise _rejected(f"a package that swells more than {HIGHEST_RATIO} times", "no bomb")
    return entries


def _refuse_name(name: str) -> None:
    """Raise RecordRejected for a name that leads out of the package, or that systems read in different ways."""
    parts = name.removesuffix("/").split("/")
    if not name or "\\" in name or "\x00" in name or ":" in parts[0] or any(part in {"", ".", ".."} for part in parts):
        raise _rejected(f"an entry named by {in_form(name)}", "names below the package's own folder")


def _files_of(folder: Path) -> list[str]:
    """The files below a folder. Raises RecordRejected for links, which could lead out of it, and for too much."""
    names, whole = [], 0
    for found in sorted(folder.rglob("*")):
        status = found.lstat()
        if stat.S_ISDIR(status.st_mode):
            continue
        name = found.relative_to(folder).as_posix()
        if not stat.S_ISREG(status.st_mode):
            raise _rejected(f"{in_form(name)} is the name of a link, pipe or device")
        whole += status.st_size
        names.append(name)
        if whole > LARGEST_PACKAGE or len(names) > MOST_ENTRIES:
            raise _rejected("too much in the folder", f"at most {LARGEST_PACKAGE} bytes in {MOST_ENTRIES} files")
    return names


def _read_file(folder: Path, name: str) -> bytes:
    try:
        with open_lying(folder, folder / name) as file:
            return _bounded(file, LARGEST_ENTRY, name)
    except OSError as error:
        raise _rejected(f"{name!r}: {error.strerror}") from error


def _bounded(file: IO[bytes], most: int, name: str) -> bytes:
    data = file.read(most + 1)
    if len(data) > most:
        raise _rejected(f"entry {name!r} has more than {most} bytes", "no more than it says")
    return data


def _package_of(names: list[str], read: Callable[[str], bytes]) -> DasPackage:
    """The package by its names, which may all lie in one folder. Raises RecordRejected when it is none."""
    roots = [name.removesuffix(_METADATA) for name in names if name == _METADATA or name.endswith(f"/{_METADATA}")]
    roots = [root for root in roots if root.count("/") <= 1]
    if len(roots) != 1:
        raise _rejected(f"{len(roots)} files {_METADATA} at its top", "one")
    root = roots[0]
    contents: dict[tuple[str, int], str] = {}
    resources: list[tuple[str, re.Match[str]]] = []
    for name in names:
        inner = name.removeprefix(root)
        content = _CONTENT.fullmatch(inner)
        resource = _RESOURCE.fullmatch(inner)
        if content:
            contents.setdefault((content["id"].lower(), int(content["version"])), name)
        elif resource:
            resources.append((name, resource))
    return DasPackage(
        resources=tuple(
            ResourceEntry(
                name=name,
                resource_type=found["type"],
                resource_id=found["id"].lower(),
                version=int(found["version"]),
                content=contents.get((found["id"].lower(), int(found["version"]))),
            )
            for name, found in resources
        ),
        links=f"{root}{_LINKS}" if f"{root}{_LINKS}" in names else None,
        metadata=f"{root}{_METADATA}",
        read=read,
    )


def _without_names(error: Exception) -> str:
    """What `zipfile` says, up to the name of the entry that it says it of."""
    return _QUOTED.split(str(error), maxsplit=1)[0].strip()


def _rejected(found: str, expected: str = "an export package of Design") -> RecordRejected:
    return RecordRejected(
        tried="to read an export package of Design",
        found=found,
        expected=expected,
        remedy="have the package exported again; nothing of it was unpacked to disk",
    )


def _no_package(path: Path, found: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to open the export package {path}",
        found=found,
        expected="a zip or a folder with metadata.json, resources, links and content",
        remedy="correct the path; nothing was read",
    )
