"""What dbt's manifest tells of the warehouse: what landed columns mean, what is published, and which models made it.

Here belongs only reading it: a column's type is stated in `ingest.schema`, its meaning in a doc block of `dbt_project`,
the published schemas in `publish.content`.
"""

import hashlib
import importlib.metadata
import json
from collections.abc import Mapping
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import dagster as dg
import pyarrow as pa

from assettrail.settings import Settings
from corrections.people.names import PROPOSER
from orchestration.resources import dbt_project
from publish.content import SCHEMAS
from publish.files import TableWords
from publish.origin import MadeBy
from publish.report_words import ReportWords

KEY_TESTS = frozenset({"is_key", "is_key_of"})


@cache
def manifest() -> Mapping[str, Any]:
    """Return dbt's manifest of the project, made anew where the project is newer."""
    read: Mapping[str, Any] = json.loads(dbt_project().manifest_path.read_text(encoding="utf-8"))
    return read


def landed_columns(system: str, stream: str) -> Mapping[str, str]:
    """Return what each landed column of a stream means, as the dbt source describes it; empty for no such source."""
    for source in manifest()["sources"].values():
        if (source["source_name"], source["name"]) == (system, stream):
            return {name: column["description"] for name, column in source["columns"].items() if column["description"]}
    return {}


def published_keys() -> list[dg.AssetKey]:
    """Return the keys of the tables that readers see: marts, controls, reports and rules."""
    return [dg.AssetKey([node["schema"], node["name"]]) for node in _published()]


def _published() -> list[Mapping[str, Any]]:
    return [
        node
        for node in manifest()["nodes"].values()
        if node["resource_type"] in {"model", "seed"} and node["schema"] in SCHEMAS
    ]


def published_table_keys() -> dict[str, str]:
    """Return the key of each published table (`schema.table`), as its test `is_key` or `is_key_of` says.

    It is a column, or several with a comma and a space between them.
    """
    nodes = manifest()["nodes"]
    keys = {}
    for node in nodes.values():
        tested = nodes.get(node.get("attached_node") or "", {})
        told = node.get("test_metadata") or {}
        if told.get("name") in KEY_TESTS and tested.get("schema") in SCHEMAS:
            columns = told["kwargs"].get("columns") or [node["column_name"]]
            keys[f"{tested['schema']}.{tested['name']}"] = ", ".join(columns)
    return keys


def published_words() -> dict[str, TableWords]:
    """Return what each published table (`schema.table`) and its columns mean, as the project documents it."""
    return {
        f"{node['schema']}.{node['name']}": TableWords(
            _line(node["description"]), {name: _line(told["description"]) for name, told in node["columns"].items()}
        )
        for node in _published()
    }


def published_reports() -> dict[str, ReportWords]:
    """Return what each published report is for, by its name, as the exposure that depends on it says.

    The order of its rows is told by the report itself (`meta.order`).
    """
    nodes = manifest()["nodes"]
    return {
        nodes[parent]["name"]: ReportWords(
            label=exposure["label"],
            question=_line(exposure["description"]),
            owner=exposure["owner"]["name"],
            owner_email=exposure["owner"]["email"],
            path=urlsplit(exposure["url"]).path,
            order=str(nodes[parent]["config"]["meta"].get("order", "")),
        )
        for exposure in manifest()["exposures"].values()
        for parent in exposure["depends_on"]["nodes"]
        if nodes[parent]["schema"] == "reports"
    }


def _line(text: str) -> str:
    return " ".join(text.split())


def made_by(settings: Settings, own_rules: Mapping[str, str]) -> MadeBy:
    """Return what builds now: release, dbt, DuckDB, the text of project, models, seeds and macros, and the settings.

    `own_rules` are the SHA-256 of the operator's rules by name: what they replace is not told. A shipped seed has that
    of its file, too, and not dbt's, which is of another text: a rule that is copied as it is shipped stays the same.
    """
    found = manifest()
    rules = {name: node["checksum"]["checksum"] for name, node in found["nodes"].items() if _is(node, "model")}
    rules |= {
        name: hashlib.sha256((dbt_project().project_dir / node["original_file_path"]).read_bytes()).hexdigest()
        for name, node in found["nodes"].items()
        if _is(node, "seed")
    }
    rules |= {f"seed.{found['metadata']['project_name']}.{name}": text for name, text in own_rules.items()}
    rules |= {
        name: hashlib.sha256(macro["macro_sql"].encode()).hexdigest()
        for name, macro in found["macros"].items()
        if macro["package_name"] == found["metadata"]["project_name"]
    }
    project = hashlib.sha256((dbt_project().project_dir / "dbt_project.yml").read_bytes()).hexdigest()
    return MadeBy(
        assettrail=importlib.metadata.version("assettrail"),
        dbt=importlib.metadata.version("dbt-core"),
        duckdb=importlib.metadata.version("duckdb"),
        rules={_short(name): text[:16] for name, text in sorted(rules.items())} | {"project": project[:16]},
        settings=dbt_settings(settings),
    )


def _is(node: Mapping[str, Any], resource_type: str) -> bool:
    return bool(node["resource_type"] == resource_type)


def dbt_settings(settings: Settings) -> dict[str, Any]:
    """Return the variables that tell the models of the settings."""
    return {
        "approval_fields": settings.approval_fields.model_dump(),
        "late_after_hours": settings.verdicts.late_after_hours,
        "clock_uncertainty_seconds": settings.verdicts.clock_uncertainty_seconds,
        "clock_deviations": clock_deviations(settings),
        "cloud_name": settings.cloudinary.cloud_name if settings.cloudinary else "",
        "own_accounts": own_accounts(settings),
    }


def clock_deviations(settings: Settings) -> dict[str, list[dict[str, Any]]]:
    """Return by system the periods in which its clock may be off; instants as texts with an offset."""
    return {
        system: [period.model_dump(mode="json") for period in periods]
        for system, periods in sorted(settings.verdicts.clock_deviations.items())
        if periods
    }


def own_accounts(settings: Settings) -> dict[str, list[str]]:
    """Return the accounts that corrections are written by, by system: those of the settings, else the connected one.

    Trading Grid's records name the actor that the writer states, and not its client.
    """
    connected: dict[str, list[str]] = {
        "cloudinary": [settings.cloudinary.api_key] if settings.cloudinary else [],
        "exstream": [settings.exstream.client_id] if settings.exstream else [],
        "trading_grid": [PROPOSER],
    }
    named = {system: list(accounts) for system, accounts in settings.corrections.own_accounts.items()}
    return connected | named


def _short(unique_id: str) -> str:
    """Return `<kind>.<name>` of dbt's `<kind>.<project>.<name>`."""
    kind, _, name = unique_id.split(".", 2)
    return f"{kind}.{name}"


def arrow_columns(schema: pa.Schema, descriptions: Mapping[str, str]) -> dg.TableSchema:
    """Return the columns of an Arrow schema with their types, and what each one means where it is told."""
    return dg.TableSchema(
        columns=[
            dg.TableColumn(
                field.name,
                str(field.type),
                description=descriptions.get(field.name),
                constraints=dg.TableColumnConstraints(nullable=field.nullable),
            )
            for field in schema
        ]
    )
