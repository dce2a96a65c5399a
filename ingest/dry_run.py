"""What a mapping file would make of a file: the same shape for every vendor's mapping, so that one command shows it.

Here belong the shape of the answer and the marks that stand for recipients in it. Nothing is written anywhere. Not
here: reading mappings and files, which is each vendor's own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from assettrail.errors import ConfigurationError
from ingest.pseudonym import normalised

FIRST_ROWS = 5
MOST_REFUSALS_SHOWN = 20


@dataclass(frozen=True)
class StreamDryRun:
    """What would land in one stream: rows, how many of them differ, and the first ones without empty columns."""

    stream: str
    rows: int
    distinct: int
    first: tuple[Mapping[str, object], ...]


@dataclass(frozen=True)
class RefusedPart:
    """A part of the file that would go to quarantine: its place in bytes, the streams it would miss in, and why."""

    offset: int
    streams: tuple[str, ...]
    reason: str


@dataclass(frozen=True)
class DryRun:
    """What a mapping makes of one file; `records` counts its lines or records, `notes` what a person should know."""

    system: str
    records: int
    streams: tuple[StreamDryRun, ...]
    refused: tuple[RefusedPart, ...]
    notes: tuple[str, ...] = ()


@dataclass
class PseudonymMarks:
    """Stands in for `Pseudonymizer` where no key is needed: `(customer 1)` for the first customer, and so on."""

    key_id: str = "(no key: dry run)"
    _numbers: dict[tuple[str, str], int] = field(default_factory=dict, repr=False)

    def pseudonym(self, kind: str, value: str) -> str:
        """A mark that is the same for the same value of the same kind, in this dry run only."""
        number = self._numbers.setdefault((kind, normalised(kind, value)), len(self._numbers) + 1)
        return f"({kind} {number})"


def read_mapping_file(path: Path) -> Mapping[str, object]:
    """The content of a mapping file. Raises ConfigurationError when it is no TOML or cannot be read."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _unreadable(path, error.strerror or type(error).__name__) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _unreadable(path, str(error)) from error


def _unreadable(path: Path, found: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to read the mapping file {path}",
        found=found,
        expected="a TOML file in UTF-8",
        remedy="correct the path or the file; nothing was read",
    )
