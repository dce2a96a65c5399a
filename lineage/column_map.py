"""The column map: one document of what every model's columns are made of, kept under its own hash.

Here belongs its form and its keeping. A publish in the log names the map that held then by its SHA-256; so an event
that is derived from that entry later, by other models, still tells the columns of then. A map is written once and
never changes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Any

from assettrail.errors import ContractBroken
from evidence.durable import write_durably
from evidence.leaves import canonical_json
from lineage.columns import Column, ColumnsOf, CompiledModel, ModelLineage, model_lineage

FOLDER = Path("lineage") / "columns"


@dataclass(frozen=True)
class ColumnMap:
    """What every table of a build has for columns, and what each model's columns are made of; by `schema.table`."""

    columns_of: ColumnsOf
    models: Mapping[str, ModelLineage]

    def to_json(self) -> bytes:
        """Return the document: canonical JSON, the same map always the same bytes."""
        return canonical_json(
            {
                "tables": {table: list(columns) for table, columns in self.columns_of.items()},
                "models": {table: _as_plain(model) for table, model in self.models.items()},
            }
        )

    @classmethod
    def from_json(cls, document: bytes) -> ColumnMap:
        """Read what `to_json` wrote. Raises ValueError, TypeError, KeyError or AttributeError for anything else."""
        found = json.loads(document)
        return cls(
            {table: tuple(columns) for table, columns in found["tables"].items()},
            {table: _from_plain(model) for table, model in found["models"].items()},
        )


def map_of_manifest(manifest: Mapping[str, Any]) -> ColumnMap:
    """Return the map of a manifest that dbt wrote beside compiled models; a model that was not compiled is left out.

    Columns are those that the project documents, which its own tests hold equal to those that are there.
    """
    models, columns_of = _compiled(manifest)
    return ColumnMap(columns_of, model_lineage(models, columns_of))


def keep_map_of(home: Path, manifest: Mapping[str, Any]) -> tuple[str, ColumnMap]:
    """Keep the map of a manifest and return its hash with it; reading all SQL takes seconds, thus once a change.

    What was read of the very same SQL by the same reader is found again by a file beside the map, which may be lost.
    """
    models, columns_of = _compiled(manifest)
    read_from = canonical_json([metadata.version("sqlglot"), columns_of, [asdict(model) for model in models]])
    known = home / FOLDER / f"of-{hashlib.sha256(read_from).hexdigest()}"
    try:
        sha256 = known.read_text(encoding="ascii")
        return sha256, kept_map(home, sha256)
    except (OSError, ValueError, ContractBroken):
        found = ColumnMap(columns_of, model_lineage(models, columns_of))
        sha256 = keep_map(home, found)
        write_durably(known, sha256.encode())
        return sha256, found


def _compiled(manifest: Mapping[str, Any]) -> tuple[list[CompiledModel], ColumnsOf]:
    tables = {
        identity: node
        for kind in ("sources", "nodes")
        for identity, node in manifest[kind].items()
        if node["resource_type"] in {"source", "model", "seed"}
    }
    columns_of = {_table(node): tuple(node["columns"]) for node in tables.values()}
    models = [
        CompiledModel(
            _table(node),
            tuple(sorted(_table(tables[parent]) for parent in node["depends_on"]["nodes"] if parent in tables)),
            node["compiled_code"],
        )
        for node in tables.values()
        if node["resource_type"] == "model" and node.get("compiled_code")
    ]
    return sorted(models, key=lambda model: model.table), columns_of


def keep_map(home: Path, found: ColumnMap) -> str:
    """Keep a map under its hash, durably, and return the hash (lower-case hex); one that is kept stays as it is."""
    document = found.to_json()
    sha256 = hashlib.sha256(document).hexdigest()
    path = _path(home, sha256)
    if not path.exists():
        write_durably(path, document)
    return sha256


def kept_map(home: Path, sha256: str) -> ColumnMap:
    """Return the map of that hash. Raises ContractBroken when it is not there or is another one."""
    path = _path(home, sha256)
    try:
        document = path.read_bytes()
    except OSError as error:
        raise _unusable(path, f"{type(error).__name__}: {error.strerror}") from error
    if hashlib.sha256(document).hexdigest() != sha256:
        raise _unusable(path, "other bytes than its name says")
    return ColumnMap.from_json(document)


def _path(home: Path, sha256: str) -> Path:
    return home / FOLDER / f"{sha256}.json"


def _table(node: Mapping[str, Any]) -> str:
    return f"{node['schema']}.{node.get('identifier') or node['name']}"


def _as_plain(model: ModelLineage) -> dict[str, Any]:
    columns = {name: [[each.table, each.name] for each in sources] for name, sources in model.columns.items()}
    return {"parents": list(model.parents), "columns": columns, "unread": model.unread}


def _from_plain(model: Mapping[str, Any]) -> ModelLineage:
    columns = {name: tuple(Column(*each) for each in sources) for name, sources in model["columns"].items()}
    return ModelLineage(tuple(model["parents"]), columns, model["unread"])


def _unusable(path: Path, found: str) -> ContractBroken:
    return ContractBroken(
        tried=f"to read the column map {path}, which an entry of the log names",
        found=found,
        expected="the file that the build wrote before that publish",
        remedy="restore it from a copy of the home (a build with the same models and settings writes it again), or go "
        "past that publish with `assettrail lineage send --from INDEX`",
    )
