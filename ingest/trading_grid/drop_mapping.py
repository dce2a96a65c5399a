"""The mapping of one export that is dropped as a file: a TOML file that is checked as a whole.

Here belong the mapping's shape and its mistakes, all told in one message:

    system = "trading_grid"
    stream = "acknowledgements"
    files = "ack_*.csv*"              # names of the files, as in a shell
    format = "csv"                    # or "jsonl"; both also as gzip
    delimiter = ";"                   # csv only
    zone = "Europe/Berlin"            # of times without an offset; left out, such records are refused
    time_format = "%d.%m.%Y %H:%M"    # left out: ISO 8601, or milliseconds since 1970
    numbers = ["acknowledgement_id"]  # jsonl only: our columns of text that are whole numbers there, as ids or times
    [columns]                         # our column = their header (csv), or dotted path (jsonl)
    acknowledgement_id = "Ack No"
    [constants]                       # the same in every record
    kind = "portal"

Documented examples lie in `mappings/`. Not here: reading a file by it (`drop_records`).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from assettrail.errors import ConfigurationError
from assettrail.setting_kinds import Zone
from ingest.dry_run import read_mapping_file
from ingest.trading_grid.records import RECORDS
from ingest.trading_grid.streams import mapping_mistakes, number_mistakes


class _Shape(BaseModel):
    """The mapping file; unknown names are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    system: Literal["trading_grid"]
    stream: str
    files: Annotated[str, Field(min_length=1)]
    format: Literal["csv", "jsonl"]
    delimiter: Annotated[str, Field(pattern=r"^[^\"\r\n\w]$")] = ","
    zone: Zone | None = None
    time_format: str | None = None
    numbers: tuple[str, ...] = ()
    columns: dict[str, Annotated[str, Field(min_length=1)]]
    constants: dict[str, str | int] = Field(default_factory=dict)


@dataclass(frozen=True)
class DropMapping:
    """A sound mapping of one export to one stream."""

    path: Path
    shape: _Shape

    @property
    def stream(self) -> str:
        """The stream that the export feeds."""
        return self.shape.stream

    def reads(self, file_name: str) -> bool:
        """Whether a file of this name is such an export."""
        return fnmatchcase(file_name, self.shape.files)


def load_drop_mapping(path: Path) -> DropMapping:
    """Read and check a mapping file. Raises ConfigurationError with all mistakes in one text."""
    content = read_mapping_file(path)
    try:
        shape = _Shape.model_validate(content)
    except ValidationError as error:
        raise _refused(
            path,
            [
                *(
                    f"{'.'.join(map(str, mistake['loc'])) or 'mapping'}: {mistake['msg'].removeprefix('Value error, ')}"
                    for mistake in error.errors(include_input=False, include_url=False)
                ),
                *_early_mistakes(content),
            ],
        ) from error
    mistakes = _mistakes(shape)
    if mistakes:
        raise _refused(path, mistakes)
    return DropMapping(path, shape)


def _early_mistakes(content: Mapping[str, object]) -> list[str]:
    """What can be said of the stream and its columns in a mapping whose shape is wrong elsewhere."""
    stream, columns, constants = content.get("stream"), content.get("columns"), content.get("constants", {})
    if not isinstance(stream, str) or not isinstance(columns, dict) or not isinstance(constants, dict):
        return []
    return _column_mistakes(stream, columns, constants)


def _column_mistakes(stream: str, columns: Collection[str], constants: Collection[str]) -> list[str]:
    if stream not in RECORDS:
        return [f"stream: {stream!r} is none of {', '.join(RECORDS)}"]
    return [
        *mapping_mistakes(stream, [*columns, *constants], "columns"),
        *(f"{name} stands in columns and in constants" for name in sorted(set(columns) & set(constants))),
    ]


def _mistakes(shape: _Shape) -> list[str]:
    return [
        *_column_mistakes(shape.stream, shape.columns, shape.constants),
        *number_mistakes(shape.numbers, shape.columns),
        *(["numbers: in csv everything is text"] if shape.format == "csv" and shape.numbers else []),
        *(["delimiter: JSON lines have none"] if shape.format == "jsonl" and shape.delimiter != "," else []),
    ]


def _refused(path: Path, mistakes: list[str]) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to use the mapping file {path}",
        found=f"{len(mistakes)} mistake(s):\n  - " + "\n  - ".join(mistakes),
        expected="system, stream, files, format, and for our columns their headers or paths",
        remedy="compare it with the examples in ingest/trading_grid/mappings/; nothing was read",
    )
