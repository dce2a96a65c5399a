"""The W3C PROV document of one communication: what it carried, from which bytes, approved and uploaded by whom.

Here belongs what of a snapshot becomes which entity, activity and agent; the document is made by the library `prov`.
It tells what the records tell and no verdict of its own: the verdict of the warehouse stands on the asset use.
Instants are UTC. No identifier of a recipient is told, not even its pseudonym.

| PROV | here |
|---|---|
| entity | communication, rendering, asset use, asset version, approval record, stretch of claims, log entry, snapshot |
| activity | composition, approval, upload, overwrite or deletion |
| agent | approver, uploader, who overwrote or deleted |
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import quote

import duckdb
from prov.constants import PROV
from prov.identifier import Identifier
from prov.model import ProvDocument

from assettrail.errors import ContractBroken

NAMESPACE = "urn:assettrail:"
NEVER = 9999
"""The year of the sentinel that closes an interval that is open."""
Row = Mapping[str, Any]


class NamedSnapshot(Protocol):
    """What is told of the snapshot that the document was read from."""

    @property
    def name(self) -> str:
        """Its name."""
        ...

    @property
    def manifest(self) -> Mapping[str, Any]:
        """What was written with it."""
        ...


_ENDS = {"replaced": "Overwrite", "deleted": "Deletion"}

_COMMUNICATIONS = """
    select communication_key, communication_id_exstream, domain_code, document_type, template_id_exstream,
        template_version, segment_code, jurisdiction_code, language_code, generated_at, worst_verdict, _log_index
    from marts.fct_communications
    where communication_id_exstream = ? and ? in ('', domain_code)
    order by domain_code
"""
_RENDERINGS = """
    select rendering_key, rendering_id_exstream, channel_code, file_name, page_count, generated_at, _log_index
    from marts.fct_renderings
    where communication_key = ?
    order by rendering_id_exstream
"""
_USES = """
    select asset_use_key, rendering_key, asset_version_key, approval_key, placeholder_name, binding, public_id,
        delivery_url, verdict, verdict_reason, evidence_strength, _log_index
    from marts.fct_asset_uses
    where communication_key = ?
    order by rendering_id_exstream, ordinal
"""
_VERSIONS = """
    select asset_version_key, asset_id_cloudinary, version_number, etag, format_code, content_hash, uploaded_by_id,
        public_id_at_upload, live_from, live_to, ended_by, ended_by_id, evidence_grade, _log_index
    from marts.dim_asset_versions
    where asset_version_key in (
        select asset_version_key from marts.fct_asset_uses where communication_key = ?
        union
        select approvals.asset_version_key
        from marts.fct_approvals as approvals
        join marts.fct_asset_uses as uses on uses.approval_key = approvals.approval_key
        where uses.communication_key = ?
    )
    order by asset_version_key
"""
_APPROVALS = """
    select approval_key, asset_version_key, approver_id, etag, granted_at, in_force_from, in_force_to, ended_by,
        segments_list, jurisdictions_list, offers_list, evidence_grade, _log_index
    from marts.fct_approvals
    where approval_key in (select approval_key from marts.fct_asset_uses where communication_key = ?)
    order by approval_key
"""
_STRETCHES = """
    select dossiers.asset_use_key, stretches.coverage_key, stretches.system_code, stretches.stream_name,
        stretches.covered_from, stretches.covered_to, stretches._first_log_index, stretches._last_log_index
    from reports.rpt_communication_dossier as dossiers
    join marts.fct_claim_stretches as stretches on stretches.coverage_key = dossiers.coverage_key
    where dossiers.communication_id_exstream = ? and dossiers.communication_key = ?
    order by dossiers.asset_use_key
"""


def provenance_of(
    cursor: duckdb.DuckDBPyConnection, snapshot: NamedSnapshot, communication_id: str, domain: str = ""
) -> dict[str, Any]:
    """Return the PROV-JSON document of a communication in a snapshot, as plain values.

    Raises ContractBroken where there is none of that id, or more than one and no domain chooses.
    """
    found = _rows(cursor, _COMMUNICATIONS, communication_id, domain)
    if len(found) != 1:
        domains = ", ".join(str(row["domain_code"]) for row in found)
        raise ContractBroken(
            tried=f"to tell the provenance of the communication {communication_id!r}",
            found=f"one in each of the domains {domains}" if found else f"none of that id in {snapshot.name}",
            expected="one communication of Exstream",
            remedy="choose one with the domain"
            if found
            else "check the id: `assettrail sql` reads marts.fct_communications",
        )
    (communication,) = found
    key = communication["communication_key"]
    told = _Told(snapshot)
    told.communication(communication)
    for row in _rows(cursor, _RENDERINGS, key):
        told.rendering(row, communication)
    for row in _rows(cursor, _VERSIONS, key, key):
        told.version(row)
    for row in _rows(cursor, _APPROVALS, key):
        told.approval(row)
    for row in _rows(cursor, _USES, key):
        told.use(row, communication)
    for row in _stretches(cursor, communication):
        told.stretch(row)
    return told.as_plain()


class _Told:
    """A document that grows by the rows of a snapshot; each agent, entry and activity is told once."""

    def __init__(self, snapshot: NamedSnapshot) -> None:
        self._document = ProvDocument()
        self._document.add_namespace("assettrail", NAMESPACE)
        self._document.add_namespace("log", f"{NAMESPACE}log:")
        self._once: set[str] = set()
        self._snapshot = _name("snapshot", snapshot.name)
        log = snapshot.manifest.get("log") or {}
        self._entity(
            self._snapshot,
            {"log_size": log.get("size"), "log_root_hash": log.get("root_hash")},
            "Snapshot",
        )

    def communication(self, row: Row) -> None:
        """Tell of the communication and its composition."""
        me, composition = _name("communication", row["communication_key"]), _composition(row)
        facts = {name: value for name, value in row.items() if name not in {"communication_key", "_log_index"}}
        self._entity(me, facts, "Communication")
        self._recorded(me, row)
        self._document.activity(composition, row["generated_at"], row["generated_at"], self._typed("Composition"))
        self._document.wasGeneratedBy(me, composition, row["generated_at"])
        self._document.hadMember(self._snapshot, me)

    def rendering(self, row: Row, communication: Row) -> None:
        """Tell of one channel of the communication."""
        me = _name("rendering", row["rendering_key"])
        facts = {name: row[name] for name in ("rendering_id_exstream", "channel_code", "file_name", "page_count")}
        self._entity(me, facts, "Rendering")
        self._recorded(me, row)
        self._document.wasGeneratedBy(me, _composition(communication), row["generated_at"])
        self._document.specializationOf(me, _name("communication", communication["communication_key"]))

    def version(self, row: Row) -> None:
        """Tell of the bytes of an asset: who uploaded them, and what ended them."""
        me, key = _name("asset_version", row["asset_version_key"]), row["asset_version_key"]
        facts = ("asset_id_cloudinary", "version_number", "etag", "format_code", "content_hash", "public_id_at_upload")
        self._entity(me, {name: row[name] for name in (*facts, "evidence_grade")}, "AssetVersion")
        self._recorded(me, row)
        self._done(_name("upload", key), "Upload", row["live_from"], row["uploaded_by_id"])
        self._document.wasGeneratedBy(me, _name("upload", key), row["live_from"])
        if row["live_to"] is not None and row["live_to"].year < NEVER:
            end, kind = _name("end", key), _ENDS.get(row["ended_by"], "End")
            self._done(end, kind, row["live_to"], row["ended_by_id"], {"ended_by": row["ended_by"]})
            self._document.wasInvalidatedBy(me, end, row["live_to"])

    def approval(self, row: Row) -> None:
        """Tell of the record by which these bytes were approved."""
        me, act = _name("approval", row["approval_key"]), _name("approving", row["approval_key"])
        facts = {
            "etag": row["etag"],
            "in_force_from": row["in_force_from"],
            "in_force_to": row["in_force_to"] if row["in_force_to"] and row["in_force_to"].year < NEVER else None,
            "ended_by": row["ended_by"],
            "evidence_grade": row["evidence_grade"],
            **{name: ", ".join(row[f"{name}_list"] or ()) or None for name in ("segments", "jurisdictions", "offers")},
        }
        self._entity(me, facts, "ApprovalRecord")
        self._recorded(me, row)
        self._done(act, "Approval", row["granted_at"], row["approver_id"])
        self._document.wasGeneratedBy(me, act, row["granted_at"])
        if row["asset_version_key"] is not None:
            version = _name("asset_version", row["asset_version_key"])
            self._document.used(act, version, row["granted_at"])
            self._document.wasDerivedFrom(me, version, act)

    def use(self, row: Row, communication: Row) -> None:
        """Tell of one asset version in one rendering, with the verdict of the warehouse."""
        me = _name("asset_use", row["asset_use_key"])
        facts = ("placeholder_name", "binding", "public_id", "delivery_url", "verdict", "verdict_reason")
        self._entity(me, {name: row[name] for name in (*facts, "evidence_strength")}, "AssetUse")
        self._recorded(me, row)
        composition = _composition(communication)
        if row["rendering_key"] is not None:
            self._document.hadMember(_name("rendering", row["rendering_key"]), me)
        if row["asset_version_key"] is not None:
            version = _name("asset_version", row["asset_version_key"])
            self._document.used(composition, version, communication["generated_at"])
            self._document.wasDerivedFrom(me, version, composition)
        if row["approval_key"] is not None:
            self._document.wasInfluencedBy(me, _name("approval", row["approval_key"]))

    def stretch(self, row: Row) -> None:
        """Tell of the complete claims that cover the moment of a use, by the entries of the log that say so."""
        me = _name("claim_stretch", row["coverage_key"])
        if self._is_new(me):
            facts = ("system_code", "stream_name", "covered_from", "covered_to")
            self._entity(me, {name: row[name] for name in facts}, "ClaimStretch")
            for index in dict.fromkeys((row["_first_log_index"], row["_last_log_index"])):
                self._recorded(me, {"_log_index": index})
        self._document.wasInfluencedBy(_name("asset_use", row["asset_use_key"]), me)

    def as_plain(self) -> dict[str, Any]:
        """Return the document as PROV-JSON."""
        plain: dict[str, Any] = json.loads(str(self._document.serialize(format="json")))
        return plain

    def _entity(self, name: str, facts: Row, kind: str) -> None:
        told: dict[str | Identifier, Any] = {
            f"assettrail:{fact.removesuffix('_exstream')}": value.isoformat() if isinstance(value, datetime) else value
            for fact, value in facts.items()
            if value is not None
        }
        self._document.entity(name, told | self._typed(kind))

    def _recorded(self, name: str, row: Row) -> None:
        """Tell by which entry of the log a record became known."""
        if row["_log_index"] is None:
            return
        entry = f"log:{row['_log_index']}"
        if self._is_new(entry):
            self._document.entity(entry, self._typed("LogEntry") | {"assettrail:log_index": row["_log_index"]})
        self._document.hadPrimarySource(name, entry)

    def _done(self, name: str, kind: str, at: datetime | None, by: str | None, facts: Row | None = None) -> None:
        told: dict[str | Identifier, Any] = {f"assettrail:{fact}": value for fact, value in (facts or {}).items()}
        self._document.activity(name, at, at, told | self._typed(kind))
        if by is not None:
            agent = _name("person", by)
            if self._is_new(agent):
                self._document.agent(agent, {"prov:type": PROV["Person"], "prov:label": by})
            self._document.wasAssociatedWith(name, agent)

    def _typed(self, kind: str) -> dict[str | Identifier, Any]:
        """Return the type as a name, not as a text that looks like one."""
        return {"prov:type": self._document.valid_qualified_name(f"assettrail:{kind}")}

    def _is_new(self, name: str) -> bool:
        is_new = name not in self._once
        self._once.add(name)
        return is_new


def _rows(cursor: duckdb.DuckDBPyConnection, query: str, *parameters: object) -> list[Row]:
    cursor.execute(query, list(parameters))
    names = [str(column[0]) for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _stretches(cursor: duckdb.DuckDBPyConnection, communication: Row) -> list[Row]:
    """Return the stretch of claims behind each use; none where a snapshot is older than these."""
    try:
        return _rows(cursor, _STRETCHES, communication["communication_id_exstream"], communication["communication_key"])
    except (duckdb.CatalogException, duckdb.BinderException):
        return []


def _composition(communication: Row) -> str:
    return _name("composition", communication["communication_key"])


def _name(kind: str, key: object) -> str:
    """Return a qualified name; what PROV-JSON would read as part of the name's form is escaped."""
    return f"assettrail:{kind}/{quote(str(key), safe='')}"
