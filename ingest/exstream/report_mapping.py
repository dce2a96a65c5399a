"""The mapping of a report that a customer designed: which column is what, in a TOML file that is checked as a whole.

Here belong the mapping's shape and its mistakes, all told in one message. A mapping says how lines are split (`format`,
`layouts`), which streams they feed (`streams`) and from which column each of our fields comes (`fields`). Not here:
reading a report by it (`mapped_report`). Documented examples lie in `mappings/`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from assettrail.errors import ConfigurationError
from assettrail.setting_kinds import Zone
from ingest.dry_run import read_mapping_file
from ingest.form import in_form
from ingest.pseudonym import RecipientKind

REPORT_STREAMS: Final = ("communications", "renderings", "asset_uses")
DECISIONS: Final = ("selection", "retrieval", "rendition_request")
OBJECTS: Final = ("profile", *DECISIONS)
COMMUNICATION_FIELDS: Final = frozenset(
    {"communication_id", "flow_instance_id", "recipient_id", "document_type", "template_id", "template_version"}
    | {"segment", "jurisdiction", "language", "offer_ids", "generated_at"}
)
RENDERING_FIELDS: Final = frozenset({"rendering_id", "channel", "queue_name"})
REFERENCE_FIELDS: Final = frozenset({"asset_id", "version", "etag", "public_id"})
USE_FIELDS: Final = frozenset({"ordinal", "placeholder", "binding", "url", "target_reference"}) | REFERENCE_FIELDS
WHOLE_NUMBERS: Final = frozenset({"ordinal", "version"})
REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    "communications": ("communication_id", "generated_at"),
    "renderings": ("communication_id", "rendering_id", "channel"),
    "asset_uses": ("communication_id", "rendering_id", "ordinal", "binding"),
}
FOUND_BY: Final = ("asset_id", "public_id", "url")
"""What an asset is found by: a mapping of asset uses names at least one of them."""
_MOST_COLUMNS_TOLD: Final = 20


class _Part(BaseModel):
    """A part of a mapping: unknown names are mistakes."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class FieldSource(_Part):
    """Where one field comes from: one column, several joined, or always the same text; and how its text is read."""

    column: str | None = None
    columns: tuple[str, ...] = ()
    join: str = "/"
    constant: str | int | None = None
    values: dict[str, str] = Field(default_factory=dict)
    split: str | None = Field(default=None, min_length=1)
    format: str | None = None
    zone: Zone | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that the field is made of."""
        return (self.column,) if self.column is not None else self.columns


def _as_source(value: Any) -> Any:
    return {"column": value} if isinstance(value, str) else value


class Layout(_Part):
    """The columns of lines with this many fields."""

    columns: Annotated[tuple[str, ...], Field(min_length=1)]


class _Shape(_Part):
    """The mapping file."""

    system: Literal["exstream"]
    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    file: Annotated[str, Field(min_length=1)]
    format: Literal["csv", "pipe", "jsonlines"]
    streams: Annotated[tuple[Literal["communications", "renderings", "asset_uses"], ...], Field(min_length=1)]
    header: bool = False
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","
    encoding: Literal["utf-8", "iso-8859-1", "cp1252"] = "utf-8"
    expected: bool = True
    last_line_end: bool = True
    recipient_kind: RecipientKind = "customer"
    each: str | None = None
    columns: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    fields: dict[str, Annotated[FieldSource, BeforeValidator(_as_source)]]


@dataclass(frozen=True)
class ReportMapping:
    """A sound mapping. `layouts` are the column names by number of fields; empty where a header or keys tell them."""

    path: Path
    shape: _Shape
    layouts: Mapping[int, tuple[str, ...]]

    @property
    def name(self) -> str:
        """The mapping's name in messages."""
        return self.shape.name

    @property
    def file(self) -> str:
        """The name of the reports that it reads."""
        return self.shape.file

    @property
    def fields(self) -> Mapping[str, FieldSource]:
        """Our field to where it comes from."""
        return self.shape.fields

    @property
    def used_columns(self) -> tuple[str, ...]:
        """Every column that some field is made of, once."""
        return tuple(dict.fromkeys(name for source in self.fields.values() for name in source.names))


def load_mapping(path: Path) -> ReportMapping:
    """Read and check a mapping file. Raises ConfigurationError with all mistakes in one text."""
    content = read_mapping_file(path)
    try:
        shape = _Shape.model_validate(content)
    except ValidationError as error:
        said = [
            f"{'.'.join(map(str, mistake['loc'])) or 'mapping'}: {_in_words(mistake['type'], mistake['msg'])}"
            for mistake in error.errors(include_input=False, include_url=False)
        ]
        raise _refused(path, [*said, *_early_mistakes(content)]) from error
    mistakes = list(_mistakes(shape))
    if mistakes:
        raise _refused(path, mistakes)
    return ReportMapping(path, shape, {len(layout.columns): layout.columns for layout in _layouts(shape)})


def refuse_unknown_columns(mapping: ReportMapping, header: tuple[str, ...], where: str) -> None:
    """Raise ConfigurationError when a file's own header lacks columns that the mapping names, or has one twice.

    Of a file without a header this is its first record: what the mapping does not name is told by its form.
    """
    mistakes = [
        f"fields.{name}: the file has no column {column!r}"
        for name, source in mapping.fields.items()
        for column in source.names
        if column not in header
    ]
    shown = [f"{name!r}" if name in mapping.used_columns else in_form(name) for name in header]
    doubled = [shown[header.index(name)] for name in sorted(_doubled(header))]
    mistakes += [f"the column {told} stands twice in the file" for told in doubled]
    if mistakes:
        columns = ", ".join(f"{place}: {told}" for place, told in enumerate(shown[:_MOST_COLUMNS_TOLD], start=1))
        rest = f" and {len(header) - _MOST_COLUMNS_TOLD} more" if len(header) > _MOST_COLUMNS_TOLD else ""
        raise _refused(mapping.path, mistakes, f"names among the {len(header)} columns of {where}: {columns}{rest}")


def _mistakes(shape: _Shape) -> Iterator[str]:
    yield from _mistakes_of_form(shape)
    yield from _mistakes_of_fields(shape.fields)
    yield from _missing_fields(shape.streams, set(shape.fields))
    known = {name for layout in _layouts(shape) for name in layout.columns}
    if known:
        for name, source in shape.fields.items():
            for column in source.names:
                if column not in known:
                    yield f"fields.{name}: no column {column!r} among the columns of the mapping"
    recipient = set(shape.fields["recipient_id"].names) if "recipient_id" in shape.fields else set()
    for name, source in shape.fields.items():
        if name != "recipient_id" and recipient & set(source.names):
            yield f"fields.{name}: the column of recipient_id; an identifier would land in clear"


def _early_mistakes(content: Mapping[str, object]) -> Iterator[str]:
    """What can be said of the fields of a mapping whose shape is wrong elsewhere."""
    fields, streams = content.get("fields"), content.get("streams")
    if not isinstance(fields, dict):
        return
    yield from _unknown_fields(fields)
    if isinstance(streams, list):
        yield from _missing_fields([one for one in streams if isinstance(one, str)], set(fields))


def _mistakes_of_form(shape: _Shape) -> Iterator[str]:
    is_lines = shape.format == "jsonlines"
    if is_lines and (shape.header or shape.layouts):
        yield "format: jsonlines has keys, no header and no layouts"
    if not is_lines and shape.each is not None:
        yield "each: only jsonlines has lists"
    if shape.format != "csv" and shape.delimiter != ",":
        yield "delimiter: only of csv; pipe is always |"
    if is_lines:
        return
    if shape.header and (shape.columns or shape.layouts):
        yield "header: the file tells its columns itself; leave columns and layouts out"
    if not shape.header and not (shape.columns or shape.layouts):
        yield "columns: a file without header needs columns, or layouts where their number varies"
    counts = [len(layout.columns) for layout in _layouts(shape)]
    if len(set(counts)) != len(counts):
        yield "layouts: two of the same number of columns; nothing tells their lines apart"
    for layout in _layouts(shape):
        for name in sorted(_doubled(layout.columns)):
            yield f"columns: {name!r} stands twice"


def _mistakes_of_fields(fields: Mapping[str, FieldSource]) -> Iterator[str]:
    yield from _unknown_fields(fields)
    for name, source in fields.items():
        if (source.column is not None) + bool(source.columns) + (source.constant is not None) != 1:
            yield f"fields.{name}: exactly one of column, columns and constant"
        if source.split is not None and name != "offer_ids":
            yield f"fields.{name}: only offer_ids is split"
        if (source.format or source.zone) and name != "generated_at":
            yield f"fields.{name}: only generated_at has format and zone"
        whole = name.partition(".")[0]
        if whole != name and whole in fields:
            yield f"fields.{name}: fields.{whole} is mapped as a whole, too"
    binding = fields.get("binding")
    if binding is not None:
        known = set(binding.values.values()) or ({str(binding.constant)} if binding.constant is not None else set())
        for value in sorted(known - {"embedded", "live_url"}):
            yield f"fields.binding: {value!r} is neither embedded nor live_url"


def _unknown_fields(fields: Mapping[str, object]) -> Iterator[str]:
    known = COMMUNICATION_FIELDS | RENDERING_FIELDS | USE_FIELDS | set(OBJECTS)
    for name in fields:
        head, dot, rest = name.partition(".")
        if name not in known and not (dot and rest and head in OBJECTS):
            yield f"fields.{name}: no such field; there are {', '.join(sorted(known))}, and profile.<name> and the like"


def _missing_fields(streams: Iterator[str] | list[str] | tuple[str, ...], fields: set[str]) -> Iterator[str]:
    wanted: dict[str, list[str]] = {}
    for stream in streams:
        for name in REQUIRED.get(stream, ()):
            if name not in fields:
                wanted.setdefault(name, []).append(stream)
    for name, needing in wanted.items():
        yield f"fields.{name}: required by {', '.join(needing)} and not mapped"
    if "asset_uses" in streams and not fields & set(FOUND_BY):
        yield f"fields: asset_uses needs one of {', '.join(FOUND_BY)}"


def _layouts(shape: _Shape) -> tuple[Layout, ...]:
    return (*shape.layouts, *([Layout(columns=shape.columns)] if shape.columns else []))


def _doubled(names: tuple[str, ...]) -> set[str]:
    return {name for name in names if names.count(name) > 1}


def _in_words(kind: str, said: str) -> str:
    if kind == "extra_forbidden":
        return "no such line in a mapping"
    return "missing" if kind == "missing" else said.removeprefix("Value error, ")


def _refused(
    path: Path, mistakes: list[str], expected: str = "a mapping of this form and of these columns"
) -> ConfigurationError:
    told = list(dict.fromkeys(mistakes))
    return ConfigurationError(
        tried=f"to read reports by the mapping {path}",
        found=f"{len(told)} mistake(s):\n  - " + "\n  - ".join(told),
        expected=expected,
        remedy="correct each line above and try it with `assettrail sources check FILE --mapping MAPPING`; "
        "nothing was read by it",
    )
