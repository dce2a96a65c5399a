"""What the uses of a communication rest on: the versions and approvals of their assets.

Here belong the queries of single tables by their keys, and joining their rows. One query that joins five tables takes
DuckDB longer to plan than all of these to answer: a dossier has a handful of keys, and each is found by an index.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import duckdb

from reports.approval_columns import APPROVAL_COLUMNS
from reports.communication_names import Rows
from reports.dossier.rows import Communication, KnownApproval, Use
from reports.rows import from_structs, read_entries

USES_AT_MOST = 400
LITERALS_AT_MOST: Final = 40
"""Up to so many keys are written as parameters of their own, which an index finds; more are joined."""
Entry = dict[str, Any]
_ABSENT: Final[Entry] = {}
_OF_APPROVALS: Final = ("ended_at", "ended_by", "valid_from", "valid_to")


@dataclass(frozen=True)
class Evidence:
    """The versions and approvals by their keys, the ends of versions that another one began at, names of assets."""

    versions: Mapping[str, Entry]
    approvals: Mapping[str, Entry]
    begun: frozenset[tuple[object, object]]
    names: Mapping[str, str | None]
    known_approvals: tuple[KnownApproval, ...]

    def use(self, recorded: Entry) -> Use:
        """Return a recorded use with the evidence that its keys name."""
        version = self.versions.get(recorded["asset_version_key"], _ABSENT)
        approval = self.approvals.get(recorded["approval_key"], _ABSENT)
        newer = self.versions.get(recorded["superseding_asset_version_key"], _ABSENT)
        name = _first(recorded["public_id"], version.get("public_id_at_upload"))
        taken: Entry = {field: recorded[field] for field in _TAKEN}
        of_approval: Entry = {field: approval.get(field) for field in _OF_APPROVALS}
        return Use(
            **taken,
            **of_approval,
            public_id=_first(name, self.names.get(recorded["asset_key"])),
            format_code=_first(recorded["format_code"], version.get("format_code")),
            version_live_from=version.get("live_from"),
            version_live_to=version.get("live_to"),
            version_uploaded_by=version.get("uploaded_by_id"),
            version_evidence_grade=version.get("evidence_grade"),
            version_log_index=version.get("log_index"),
            is_version_known=bool(version),
            is_version_replaced=bool(version) and (version["asset_key"], version["live_to"]) in self.begun,
            approver_id=_first(approval.get("approver_id"), recorded["approver_id"]),
            granted_at=_first(approval.get("granted_at"), recorded["approved_at"]),
            segments=approval.get("segments"),
            jurisdictions=approval.get("jurisdictions"),
            approval_offers=approval.get("offers"),
            approval_log_index=approval.get("log_index"),
            superseding_version_number=newer.get("version_number"),
            superseding_etag=newer.get("etag"),
        )


def read_recorded_uses(
    cursor: duckdb.DuckDBPyConnection, communication: Communication, rows: Rows | None
) -> list[Entry]:
    """Return the uses of a communication as the warehouse judged them, by rendering and ordinal.

    Where it is known in which rows they lie, no other is looked at, and the few that they are are put in order here:
    DuckDB takes half as long again to read them sorted.
    """
    if rows is None or rows.first_use_row is None or rows.last_use_row is None:
        return _recorded(cursor, "communication_key = ?", [communication.communication_key])
    lying = [rows.first_use_row, rows.last_use_row]
    in_order = "" if lying[1] - lying[0] < USES_AT_MOST else _IN_ORDER
    found = _recorded(
        cursor, "rowid between ? and ? and communication_key = ?", [*lying, communication.communication_key], in_order
    )
    return found if in_order else sorted(found, key=_by_rendering)


def _by_rendering(entry: Entry) -> tuple[bool, str, bool, int]:
    """Return the place of a use among those of its communication, as `_IN_ORDER` has it: what is absent comes last."""
    rendering, ordinal = entry["rendering_id"], entry["ordinal"]
    return rendering is None, rendering or "", ordinal is None, ordinal or 0


_IN_ORDER: Final = f"order by rendering_id_exstream, ordinal limit {USES_AT_MOST}"


def _recorded(
    cursor: duckdb.DuckDBPyConnection, condition: str, bound: Sequence[object], in_order: str = _IN_ORDER
) -> list[Entry]:
    return read_entries(
        cursor,
        f"""
        select
            asset_use_key,
            asset_use_id,
            rendering_key,
            rendering_id_exstream as rendering_id,
            ordinal,
            placeholder_name,
            binding,
            channel_code,
            asset_key,
            asset_version_key,
            approval_key,
            superseding_asset_version_key,
            asset_id_cloudinary as asset_id,
            public_id,
            version_number,
            etag,
            delivery_url,
            transformation,
            format_code,
            generated_at,
            verdict,
            verdict_reason,
            evidence_strength,
            evidence_grade,
            approver_id,
            approved_at,
            recorded_at,
            _log_index as use_log_index
        from marts.fct_asset_uses
        where {condition}
        {in_order}
        """,  # noqa: S608 - only a condition and an order of ours are written into the text
        bound,
    )


_TAKEN: Final = (
    "asset_use_key",
    "asset_use_id",
    "rendering_key",
    "rendering_id",
    "ordinal",
    "placeholder_name",
    "binding",
    "channel_code",
    "asset_key",
    "asset_version_key",
    "approval_key",
    "asset_id",
    "version_number",
    "etag",
    "delivery_url",
    "transformation",
    "generated_at",
    "verdict",
    "verdict_reason",
    "evidence_strength",
    "evidence_grade",
    "recorded_at",
    "use_log_index",
)


def read_evidence(cursor: duckdb.DuckDBPyConnection, recorded: Sequence[Entry]) -> Evidence:
    """Return what these uses rest on."""
    assets = _keys(recorded, "asset_key")
    of_assets = _versions(cursor, "asset_key", assets)
    wanted = _keys(recorded, "asset_version_key", "superseding_asset_version_key")
    elsewhere = _versions(cursor, "asset_version_key", wanted - {entry["asset_version_key"] for entry in of_assets})
    # A version that is not of the asset of its use: whether another one followed it is told by its own asset.
    others = _versions(cursor, "asset_key", _keys(elsewhere, "asset_key") - assets)
    versions = [*of_assets, *elsewhere, *others]
    approvals = _approvals(cursor, "asset_key", assets)
    missing = _keys(recorded, "approval_key") - {entry["approval_key"] for entry in approvals}
    by_key = {entry["asset_version_key"]: entry for entry in versions}
    return Evidence(
        versions=by_key,
        approvals={
            entry["approval_key"]: entry for entry in [*approvals, *_approvals(cursor, "approval_key", missing)]
        },
        begun=frozenset((entry["asset_key"], entry["live_from"]) for entry in versions if entry["live_from"]),
        names=_names(cursor, _keys([entry for entry in recorded if entry["public_id"] is None], "asset_key")),
        known_approvals=from_structs(
            KnownApproval, [{field: entry[field] for field in _OF_KNOWN} for entry in approvals]
        ),
    )


_OF_KNOWN: Final = (
    "approval_key",
    "asset_key",
    "version_number",
    "etag",
    "approver_id",
    "granted_at",
    "ended_at",
    "ended_by",
    "valid_from",
    "valid_to",
    "evidence_grade",
    "log_index",
)


def _versions(cursor: duckdb.DuckDBPyConnection, column: str, keys: Iterable[str]) -> list[Entry]:
    return of_keys(
        cursor,
        """
        select
            asset_version_key,
            asset_key,
            version_number,
            etag,
            public_id_at_upload,
            format_code,
            live_from,
            live_to,
            uploaded_by_id,
            evidence_grade,
            _log_index as log_index
        from marts.dim_asset_versions
        """,
        column,
        keys,
    )


def _approvals(cursor: duckdb.DuckDBPyConnection, column: str, keys: Iterable[str]) -> list[Entry]:
    """Return approvals by asset, the oldest first."""
    found = of_keys(
        cursor,
        f"""
        select
            approval_key,
            asset_key,
            {APPROVAL_COLUMNS}
        from marts.fct_approvals
        """,  # noqa: S608 - a constant
        column,
        keys,
    )
    return sorted(found, key=lambda entry: (entry["asset_key"] or "", entry["granted_at"], entry["approval_key"]))


def _names(cursor: duckdb.DuckDBPyConnection, keys: Iterable[str]) -> dict[str, str | None]:
    """Return what assets are called now."""
    found = of_keys(cursor, "select asset_key, public_id from marts.dim_assets", "asset_key", keys)
    return {entry["asset_key"]: entry["public_id"] for entry in found}


def of_keys(cursor: duckdb.DuckDBPyConnection, question: str, column: str, keys: Iterable[str]) -> list[Entry]:
    """Return the rows of one table that have one of these keys in a column of ours; none for no key."""
    wanted = sorted(keys)
    if not wanted:
        return []
    if len(wanted) <= LITERALS_AT_MOST:
        return read_entries(cursor, f"{question} where {column} in ({', '.join('?' * len(wanted))})", wanted)
    return read_entries(cursor, f"{question} where {column} in (select unnest(?::varchar[]))", [wanted])


def _keys(entries: Iterable[Entry], *columns: str) -> set[str]:
    return {entry[column] for entry in entries for column in columns if entry[column]}


def _first(*values: Any) -> Any:
    """Return the first value that is there."""
    return next((value for value in values if value is not None), None)
