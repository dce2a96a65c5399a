"""The rules of the dbt project's structure, read from its manifest: layers, names, docs, keys, contracts, exposures."""

import csv
import html
import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient

from ingest.schema import STREAMS
from publish.content import SCHEMAS
from tests.dbt.conftest import PROJECT
from tests.unit.reports.people.house import build_house, signed_in_as_everybody
from tests.verify.mutants import FILES

NAMES = {
    "staging": r"stg_(cloudinary|exstream|trading_grid|corrections|log)__[a-z_]+",
    "intermediate": r"int_[a-z_]+__[a-z_]+",
    "marts": r"(dim|fct)_[a-z_]+|bridge_[a-z_]+",
    "controls": r"ctl_[a-z_]+",
    "corrections": r"correction_[a-z_]+",
    "reports": r"rpt_[a-z_]+",
}
READS = {
    "staging": {"source"},
    "intermediate": {"staging", "intermediate", "rules"},
    "marts": {"staging", "intermediate", "marts", "controls", "corrections", "rules"},
    "controls": {"intermediate", "marts"},
    "corrections": {"marts", "rules"},
    "reports": {"marts", "rules"},
}
PARTITIONS, WEIGHED, ASSETS = "int_partitions__affected", "int_increments__weighed", "int_assets__affected"
"""Which landed records are read anew: what arrived is asked of the landing itself, and staging reads by the answer."""

UNRELATED = {
    # One of several kinds of subjects; the column beside it says of which.
    ("fct_exceptions", "subject_key"),
    ("dim_partner_subjects", "subject_key"),
    # What was found may be mended since: then it stands in no control, and what was decided about it stays.
    ("fct_dispositions", "exception_key"),
    # They name groups of the table's own rows, and no row of another one.
    ("fct_searches", "search_topic_key"),
    ("fct_template_links", "template_image_key"),
    ("fct_acknowledgements", "acknowledgement_key"),
}
"""Columns of marts that are called a key and lead to no row of one other table."""

CLOCKS = re.compile(
    r"\b(now|current_timestamp|current_date|get_current_time|today|transaction_timestamp)\b", re.IGNORECASE
)

Node = dict[str, Any]


def _listed_controls() -> set[str]:
    """The controls that the seed of their titles lists."""
    with (PROJECT / "seeds" / "control_parameters.csv").open(encoding="utf-8") as lines:
        return {row["control_name"] for row in csv.DictReader(lines)}


def _layer(node: Node) -> str:
    return "source" if node["resource_type"] == "source" else str(node["schema"])


def test_models_are_named_by_their_layer(models: list[Node]) -> None:
    """A name that does not say its layer is looked for in the wrong place."""
    assert [node["name"] for node in models if not re.fullmatch(NAMES[node["schema"]], node["name"])] == []


def test_layers_read_only_what_lies_below(manifest: dict[str, dict[str, Node]], models: list[Node]) -> None:
    """A mart that reads a source, or a report that reads staging, has a meaning of its own that nobody tests."""
    everything = manifest["nodes"] | manifest["sources"]
    wrong = {
        (node["name"], everything[parent]["name"])
        for node in models
        for parent in node["depends_on"]["nodes"]
        if _layer(everything[parent]) not in READS[node["schema"]]
    }
    # What stands behind a use is asked of the bytes that its mart shows: nothing beneath it holds all uses.
    by_use = {("int_asset_uses__justified", "fct_asset_uses")}
    streams = ("asset_uses", "communications", "renderings")
    by_partition = {(f"stg_exstream__{stream}_anew", said) for stream in streams for said in (PARTITIONS, WEIGHED)}
    by_asset = {
        ("stg_cloudinary__notifications_anew", ASSETS),
        ("stg_cloudinary__notifications_of_approvals", "int_approvals__affected"),
    }
    landed = {(PARTITIONS, stream) for stream in streams}
    landed |= {
        (ASSETS, stream)
        for stream in ("asset_absences", "asset_contents", "asset_details", "notifications", "resources")
    }
    assert wrong == by_use | by_partition | by_asset | landed


def test_a_part_of_a_table_is_replaced_and_never_merged(models: list[Node]) -> None:
    """A merge leaves rows of which nothing says that they are no longer derived; each engine has another one."""
    parts = {node["name"]: node["config"] for node in models if node["config"]["materialized"] == "incremental"}
    assert parts.keys() == {
        "int_asset_versions__told",
        "int_asset_versions__ended",
        "int_asset_versions__bounded",
        "int_asset_versions__approved",
        "int_plain_versions__bounded",
        "int_addresses__bounded",
        "int_asset_names__held",
        "int_approval_events__read",
        "int_approvals__granted",
        "int_candidates__judged",
        "int_references__judged",
        "fct_asset_uses",
        "int_exposures__composed",
        "fct_exposures",
        "fct_exposure_versions",
    }
    assert {config["incremental_strategy"] for config in parts.values()} == {"delete+insert"}
    said = [node["name"] for node in models if re.search(r"incremental|delete\+insert|unique_key", node["raw_code"])]
    assert said == []


def test_the_build_reads_what_an_earlier_state_of_the_log_can_be_cut_from(manifest: dict[str, dict[str, Node]]) -> None:
    """What enters the build beside landing and log would stay as it is today when the past is built.

    A new source is cut in `ingest.projection.project_log_as_known`, then named here.
    """
    sources = {(node["source_name"], node["name"]) for node in manifest["sources"].values()}
    # What the kept build has read is no record: the home of a past has no kept build.
    assert sources <= {*STREAMS, ("log", "batches"), ("log", "built_batches")}
    texts = [node["raw_code"] for node in manifest["nodes"].values()]
    ours = [macro for macro in manifest["macros"].values() if macro["package_name"] == "assettrail"]
    texts += [macro["macro_sql"] for macro in ours]
    variables = {found for text in texts for found in re.findall(r"env_var\('(\w+)'", text)}
    assert variables == {"ASSETTRAIL_HOME"}
    readers = {macro["name"] for macro in ours if "read_parquet" in macro["macro_sql"]}
    assert readers == {"batches_view_sql", "built_batches_view_sql", "landing_view_sql"}
    # Rules are no record: what is built of the past is judged by those of today, each with the period that it holds in.
    loaders = {macro["name"] for macro in ours if re.search(r"^\s*copy\b", macro["macro_sql"], re.MULTILINE)}
    assert loaders == {"duckdb__load_csv_rows"}
    assert not [text for text in texts if re.search(r"read_(csv|json|text|blob)|\bscan_|\battach\b", text)]


def test_every_model_and_column_is_described(models: list[Node]) -> None:
    """A column without a meaning gets as many as it has readers."""
    silent = [node["name"] for node in models if not node["description"]]
    columns = [
        f"{node['name']}.{name}"
        for node in models
        for name, column in node["columns"].items()
        if not column["description"]
    ]
    assert silent + columns == []


def test_every_rule_and_column_is_described_and_has_a_key(manifest: dict[str, dict[str, Node]]) -> None:
    """Rules are published: a parameter without a meaning, or a row that nothing names, explains no verdict."""
    nodes = manifest["nodes"].values()
    seeds = [node for node in nodes if node["resource_type"] == "seed"]
    silent = [
        f"{seed['name']}.{name}"
        for seed in seeds
        for name, column in seed["columns"].items()
        if not (seed["description"] and column["description"])
    ]
    keyed = {
        node["attached_node"]
        for node in nodes
        if node["resource_type"] == "test" and node["test_metadata"]["name"] in {"is_key", "is_key_of"}
    }
    assert silent == []
    assert [seed["name"] for seed in seeds if seed["unique_id"] not in keyed] == []
    assert [seed["name"] for seed in seeds if list(seed["columns"]) != list(seed["config"]["column_types"])] == []


def test_every_source_and_column_is_described(manifest: dict[str, dict[str, Node]]) -> None:
    """Landed columns are read by analysts too."""
    sources = list(manifest["sources"].values())
    assert len(sources) == len(STREAMS) + 2
    silent = [
        f"{source['name']}.{name}"
        for source in sources
        for name, column in source["columns"].items()
        if not (source["description"] and column["description"])
    ]
    assert silent == []


def test_described_columns_are_those_that_are_built(manifest: dict[str, dict[str, Node]], warehouse: Any) -> None:
    """A description of a column that is not there, or a column without one, is a page that lies."""
    built: dict[str, set[str]] = {}
    for schema, table, column in warehouse.rows(
        "select table_schema, table_name, column_name from information_schema.columns"
    ):
        built.setdefault(f"{schema}.{table}", set()).add(column)
    described = {
        f"{node['schema']}.{node['name']}": set(node["columns"])
        for node in [*manifest["nodes"].values(), *manifest["sources"].values()]
        if node["resource_type"] in {"model", "seed", "source"}
    }
    assert {name for name in described if described[name] != built.get(name)} == set()


def test_every_model_has_a_tested_key(manifest: dict[str, dict[str, Node]], models: list[Node]) -> None:
    """Without a key a join doubles rows and nobody sees it."""
    keyed = {
        node["attached_node"]
        for node in manifest["nodes"].values()
        if node["resource_type"] == "test" and node["test_metadata"]["name"] == "is_key"
    }
    assert [node["name"] for node in models if node["unique_id"] not in keyed] == []


def test_every_key_of_a_mart_leads_somewhere(manifest: dict[str, dict[str, Node]], models: list[Node]) -> None:
    """A key that leads nowhere loses rows in every join, and no total shows it."""
    tests = [node for node in manifest["nodes"].values() if node["resource_type"] == "test"]
    tested = {
        (node["attached_node"], node["column_name"])
        for node in tests
        if node["test_metadata"]["name"] in {"is_key", "relationships"}
    }
    untested = {
        (node["name"], column)
        for node in models
        if node["schema"] == "marts"
        for column in node["columns"]
        if column.endswith("_key") and (node["unique_id"], column) not in tested
    }
    assert untested == UNRELATED


def test_what_snapshots_hold_has_contracts(models: list[Node]) -> None:
    """Readers of snapshots rely on types and columns; without a contract a change reaches them unseen."""
    wrong = [
        node["name"]
        for node in models
        if node["schema"] in {"marts", "controls", "reports"}
        and not (
            node["contract"]["enforced"]
            and all(column["data_type"] for column in node["columns"].values())
            and (node["schema"] == "reports" or any(column["constraints"] for column in node["columns"].values()))
        )
    ]
    assert wrong == []


def test_models_have_access_and_a_group_with_an_owner(manifest: dict[str, dict[str, Node]], models: list[Node]) -> None:
    """A table without an owner is repaired by nobody."""
    owned = {group["name"] for group in manifest["groups"].values() if group["owner"]["email"].endswith("@example.com")}
    access = dict.fromkeys(("staging", "intermediate", "corrections"), "protected")
    wrong = [
        node["name"]
        for node in models
        if node["group"] not in owned or node["access"] != access.get(node["schema"], "public")
    ]
    assert wrong == []


@pytest.fixture(scope="module")
def everybody(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """The browser of somebody who may open every page of the reports over the example snapshot."""
    return signed_in_as_everybody(build_house(tmp_path_factory.mktemp("exposed") / "house"))


def test_every_report_has_an_exposure(
    manifest: dict[str, dict[str, Node]], models: list[Node], everybody: TestClient
) -> None:
    """A report that nobody is known to read is changed without asking; an address that answers nothing is no reader.

    A report belongs to one exposure, whose address is a page that says the question, or names its report or itself.
    """
    exposures = list(manifest["exposures"].values())
    shown = [parent for exposure in exposures for parent in exposure["depends_on"]["nodes"] if ".rpt_" in parent]
    reports = [node["unique_id"] for node in models if node["schema"] == "reports"]
    assert sorted(shown) == sorted(reports)
    assert [exposure["name"] for exposure in exposures if not exposure["owner"]] == []
    assert [exposure["name"] for exposure in exposures if not _answers(everybody, exposure)] == []


def _answers(browser: TestClient, exposure: Node) -> bool:
    """Tell whether the page at an exposure's address says its question, names its reports, or has its name."""
    answer = browser.get(urlsplit(exposure["url"]).path)
    if answer.status_code != 200:
        return False
    reports = [parent.rpartition(".")[2] for parent in exposure["depends_on"]["nodes"] if ".rpt_" in parent]
    page = html.unescape(answer.text)
    is_named = all(f"<code>{name}</code>" in page for name in reports) if reports else False
    return " ".join(exposure["description"].split()) in page or is_named or f"<h1>{exposure['label']}</h1>" in page


def test_every_exposure_tells_its_question_and_its_owner(manifest: dict[str, dict[str, Node]]) -> None:
    """A report of which nobody knows what it answers, and whom to ask, answers whatever its reader thinks."""
    silent = [
        exposure["name"]
        for exposure in manifest["exposures"].values()
        if not (
            exposure["description"].strip().endswith("?")
            and exposure["owner"].get("name")
            and exposure["owner"].get("email", "").endswith("@example.com")
        )
    ]
    assert silent == []


def test_every_report_tells_the_order_of_its_rows(models: list[Node]) -> None:
    """A page that guesses an order from columns shows a reader of letters when an image went live."""
    reports = [node for node in models if node["schema"] == "reports"]
    wrong = [
        (node["name"], term)
        for node in reports
        for term in str(node["config"]["meta"].get("order", "")).split(",")
        if not re.fullmatch(r" ?[a-z_]+( desc)?", term)
        or term.split()[0] not in node["columns"]
        or term.split()[0].endswith("_key")
        or term.split()[0] in {"evaluated_at", "_log_index", "recipient_pseudonym"}
    ]
    assert wrong == []
    assert len(reports) > 20


def test_the_first_page_of_the_documentation_names_what_there_is(
    manifest: dict[str, dict[str, Node]], models: list[Node]
) -> None:
    """Who opens the site read dbt's own words about dbt; a page that names tables of yesterday is worse."""
    overview = manifest["docs"]["doc.assettrail.__overview__"]["block_contents"]
    by_id = {node["unique_id"]: node["name"] for node in models}
    links = re.findall(r"\[([a-z_]+)\]\(#!/model/([a-z_.]+)\)", overview)
    assert {name: by_id.get(unique_id) for name, unique_id in links} == {name: name for name, _ in links}
    named = re.findall(r"\b(?:stg|int|dim|fct|bridge|ctl|correction|rpt)_[a-z_]*[a-z]\b", overview)
    assert set(named) <= {node["name"] for node in models}
    assert {"fct_asset_uses", "dim_assets", "fct_exceptions", "rpt_communication_dossier"} <= set(named)
    schemas = {node["schema"] for node in models} | {"rules"}
    layers = overview.partition("## Layers")[2].partition("## ")[0]
    assert set(re.findall(r"^\| `([a-z]+)` \|", layers, re.MULTILINE)) == schemas
    published = re.findall(r"^\| `([a-z]+)` \|.*\| yes \|$", layers, re.MULTILINE)
    assert set(published) == {schema for schema in SCHEMAS if schema in schemas}
    queries = (PROJECT.parent / "docs" / "queries.md").read_text(encoding="utf-8")
    assert len(re.findall(r"^## \d+\. ", queries, re.MULTILINE)) == 23
    assert "twenty-three worked queries" in overview


def test_every_control_has_a_page(models: list[Node]) -> None:
    """A finding whose rule, reason, example and remedy stand nowhere is argued about, not worked."""
    controls = [node for node in models if node["schema"] == "controls"]
    assert {node["name"] for node in controls} == _listed_controls()
    parts = ("**Rule.**", "**Why.**", "**Example.**", "**Remedy.**")
    assert [node["name"] for node in controls if not all(part in node["description"] for part in parts)] == []


def test_every_control_is_in_the_exceptions(manifest: dict[str, dict[str, Node]], models: list[Node]) -> None:
    """A control that is not united into the exceptions finds in vain."""
    controls = {node["unique_id"] for node in models if node["schema"] == "controls"}
    united = set(manifest["nodes"]["model.assettrail.fct_exceptions"]["depends_on"]["nodes"])
    assert controls <= united


def test_no_model_reads_a_clock(models: list[Node]) -> None:
    """A build that asks for the time cannot be repeated."""
    assert [node["name"] for node in models if CLOCKS.search(node["raw_code"])] == []


def test_every_report_has_a_unit_test(manifest: dict[str, dict[str, Node]], models: list[Node]) -> None:
    """A figure that no example looks at loses a condition or a group, and whoever reads it does not see it."""
    tested = {test["model"] for test in manifest["unit_tests"].values()}
    assert [node["name"] for node in models if node["schema"] == "reports" and node["name"] not in tested] == []


def test_every_control_has_examples_and_its_conditions_are_dropped(
    manifest: dict[str, dict[str, Node]], models: list[Node]
) -> None:
    """A control without an example loses a condition, or counts each finding twice, and nobody notices."""
    controls = {node["name"]: node["original_file_path"] for node in models if _layer(node) == "controls"}
    covered = {test["model"] for test in manifest["unit_tests"].values()}
    assert set(controls) - covered == set()
    assert set(controls.values()) == {file for file in FILES if file.startswith("models/controls/")}


def test_every_file_whose_conditions_are_dropped_has_a_guard(manifest: dict[str, dict[str, Node]]) -> None:
    """Where no unit test is run on a mutant, every mutant survives, and the file itself passes."""
    covered = {test["model"] for test in manifest["unit_tests"].values()}
    assert {guard for guards in FILES.values() for guard in guards} - covered == set()


def test_unit_tests_cover_what_verdicts_rest_on(manifest: dict[str, dict[str, Node]]) -> None:
    """The models that decide must have examples, not only keys."""
    covered = {test["model"] for test in manifest["unit_tests"].values()}
    assert {
        "stg_cloudinary__notifications",
        "int_claims__covered",
        "int_asset_versions__told",
        "int_asset_versions__observed",
        "int_asset_versions__ended",
        "int_claims__reached",
        "int_versions__affected",
        "int_asset_versions__bounded",
        "int_asset_versions__lived",
        "int_asset_absences__ended",
        "int_metadata_fields__lived",
        "int_asset_names__held",
        "int_approval_events__read",
        "int_approvals__granted",
        "int_subjects__fingerprinted",
        "int_plain_versions__affected",
        "int_plain_versions__bounded",
        "int_asset_versions__plain",
        "int_asset_uses__matched",
        "int_references__unioned",
        "int_references__covered",
        "int_references__graced",
        "int_candidates__matched",
        "int_candidates__judged",
        "int_references__judged",
        "int_references__evidenced",
        "int_cases__resolved",
        "int_cases__answered",
        "stg_exstream__renderings",
        "int_selection_candidates__resolved",
        "int_asset_uses__justified",
        "int_communications__referenced",
        "ctl_unapproved_asset_uses",
        "ctl_expired_asset_uses",
        "ctl_ineligible_asset_uses",
        "ctl_superseded_asset_uses",
        "fct_communications",
        "fct_rendition_requests",
        "fct_selection_decisions",
        "bridge_retrievals_assets",
        "int_partner_references__unioned",
        "fct_community_needs",
        "ctl_ineligible_community_assets",
        "ctl_missing_variants",
        "ctl_outdated_artwork",
        "ctl_acknowledgements_of_other_bytes",
        "ctl_artwork_against_catalogue_rules",
        "ctl_foreign_region_variants",
        "fct_publications",
        "fct_distributions",
        "fct_acknowledgements",
        "ctl_unacknowledged_artwork",
        "int_partner_assets__resolved",
        "fct_launch_requirements",
        "fct_flags",
        "fct_format_requests",
        "ctl_missing_launch_assets",
        "ctl_overdue_flags",
        "ctl_unanswered_format_requests",
        "fct_feedback",
        "fct_cases",
        "fct_corrections",
        "fct_eligibilities",
        "rpt_label_reconciliation",
        "rpt_communication_dossier",
        "dim_variants",
        "int_case_links__judged",
        "ctl_cases_with_unresolvable_references",
        "ctl_unanswered_feedback",
        "int_resource_versions__used",
        "int_template_images__shown",
        "int_template_links__resolved",
        "fct_template_links",
        "stg_exstream__asset_uses",
        "fct_delivered_renditions",
        "int_launch_visuals__named",
        "fct_launch_visuals",
        "fct_uses_after_launch",
        "ctl_old_visuals_after_launch",
        "ctl_launches_without_approved_visuals",
        "fct_searches",
        "fct_downloads",
        "ctl_downloads_of_unapproved_assets",
        "int_media_targets__named",
        "int_claims__changed",
        "int_addresses__bounded",
        "int_addresses__served",
        "int_exposures__composed",
        "int_exposures__reached",
        "int_exposures__bounded",
        "int_exposures__served",
        "int_exposures__instants",
        "int_exposures__judged",
        "fct_exposures",
        "fct_rich_media_uses",
        "ctl_rich_media_with_unusable_targets",
        "ctl_thumbnails_of_other_versions",
        "fct_shares",
        "fct_partner_receipts",
        "ctl_shares_before_approval",
        "ctl_shares_after_approval_ended",
        "ctl_receipts_of_what_was_never_shared",
        "ctl_shares_approved_by_their_uploader",
        "int_own_writes__begun",
        "int_own_changes__told",
        "fct_own_changes",
        "ctl_foreign_changes",
        "fct_dispositions",
    } <= covered
