"""What Exstream, and the customer's asset-use report, promise about each landing stream.

Here belong formats and rules without which a communication could be dated, counted or tied to an asset wrongly.
Statuses, step types, channels, modes and severities are lists that the vendor or the customer extends: they are not
closed here.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from great_expectations.expectations.expectation import Expectation

from quality.suites.promises import instant, md5, never, not_negative, one_of, pseudonym, sha256

BINDINGS: Final = ("embedded", "live_url")
DELIVERY_STATES: Final = ("parsed", "ambiguous", "unparsable")
RESOURCE_TYPES: Final = ("image", "video", "raw")
LINK_WAYS: Final = (
    "metadata_tag",
    "original_source",
    "name_rule",
    "html_output",
    "cross_reference",
    "content_hash",
    "unlinked",
)
OUTPUT_WAYS: Final = ("html_output", "unlinked")
OUTPUT_STRENGTHS: Final = ("exact", "run_set", "none")
LINK_STRENGTHS: Final = ("exact", "observed", "declared", "inferred", "none")


def jobs() -> list[Expectation]:
    """One row per job: start and end are instants."""
    return [instant("start_at_raw"), instant("end_at_raw")]


def flow_instances() -> list[Expectation]:
    """One row per flow instance: start and end are instants."""
    return [instant("start_at_raw"), instant("end_at_raw")]


def flow_steps() -> list[Expectation]:
    """One row per flow step: start, execution and end are instants."""
    return [instant("start_at_raw"), instant("execute_at_raw"), instant("end_at_raw")]


def delivery_outputs() -> list[Expectation]:
    """One row per customer in an output file: counts are counts, the recipient is a pseudonym."""
    return [
        not_negative("customer_number"),
        not_negative("page_count"),
        not_negative("file_size"),
        not_negative("total_pages_in_document"),
        pseudonym(),
    ]


def engine_messages() -> list[Expectation]:
    """One row per line of an engine message file; its times have no zone and are not promised."""
    return [sha256("source_file_sha256"), not_negative("line_number"), not_negative("sequence")]


def resource_references() -> list[Expectation]:
    """One row per design resource of a run: its change time is an instant, its version a count."""
    return [not_negative("version"), instant("last_modified_at_raw")]


def communications() -> list[Expectation]:
    """One row per communication: its instant decides every verdict; the recipient is a pseudonym."""
    return [
        instant("generated_at_raw"),
        pseudonym(),
        never("offer_ids is not null and json_type(offer_ids) <> 'ARRAY'", "offer_ids is a JSON list", "offer_ids"),
    ]


def renderings() -> list[Expectation]:
    """One row per rendering: only its shape is promised."""
    return []


def asset_uses() -> list[Expectation]:
    """One row per asset use: it says how it is bound, and by what it can be found."""
    return [
        not_negative("ordinal"),
        one_of("binding", BINDINGS),
        one_of("delivery_state", DELIVERY_STATES),
        one_of("delivery_resource_type", RESOURCE_TYPES),
        not_negative("version"),
        not_negative("delivery_version"),
        md5("etag"),
        _readings(),
        never("(url is null or ltrim(url) = '') and binding = 'live_url'", "a live_url use has a url", "url"),
        never(
            "binding = 'embedded' and nullif(trim(asset_id), '') is null and nullif(trim(public_id), '') is null",
            "an embedded use names an asset id or a public id",
        ),
    ]


def _readings() -> Expectation:
    return never(
        "delivery_readings is not null and delivery_state is distinct from 'ambiguous'",
        "only an address in doubt has several readings",
        "delivery_readings",
    )


def resources() -> list[Expectation]:
    """One row per version of a design resource: its times are instants, its hashes are hashes."""
    return [
        not_negative("version"),
        instant("created_at_raw"),
        instant("last_modified_at_raw"),
        instant("approved_at_raw"),
        sha256("content_sha256"),
        md5("content_md5"),
        not_negative("content_bytes"),
    ]


def resource_history() -> list[Expectation]:
    """One row per change of a design resource: its instant orders approvals."""
    return [not_negative("version"), not_negative("revision"), instant("modified_at_raw")]


def design_links() -> list[Expectation]:
    """One row per use of a design resource by a version of another."""
    return [not_negative("subject_version")]


def output_links() -> list[Expectation]:
    """One row per address of ours in an HTML output: what is not one customer's output proves nothing of one."""
    return [
        not_negative("ordinal"),
        not_negative("customer_number"),
        sha256("output_sha256"),
        one_of("way", OUTPUT_WAYS),
        one_of("strength", OUTPUT_STRENGTHS),
        one_of("delivery_state", DELIVERY_STATES),
        one_of("delivery_resource_type", RESOURCE_TYPES),
        not_negative("delivery_version"),
        _readings(),
        never("customer_count < 1", "an output has a customer", "customer_count"),
        never("(way = 'unlinked') <> (strength = 'none')", "only what is unlinked has no strength", "way"),
        never("strength = 'exact' and customer_count <> 1", "exact is what one customer was sent", "strength"),
        never("(customer_number is null) <> (customer_count <> 1)", "one customer is named, and no other"),
        never("way <> 'unlinked' and delivery_public_id is null", "a link names a public id", "delivery_public_id"),
        never("contains(url, '?')", "an address lands without its query", "url"),
    ]


def resource_links() -> list[Expectation]:
    """One row per link of a design resource to an asset, or to none: way and strength are lists of ours."""
    return [
        not_negative("version"),
        not_negative("ordinal"),
        one_of("way", LINK_WAYS),
        one_of("strength", LINK_STRENGTHS),
        never("(way = 'unlinked') <> (strength = 'none')", "only what is unlinked has no strength", "way"),
        never(
            "way <> 'unlinked' and nullif(trim(asset_id), '') is null and nullif(trim(public_id), '') is null",
            "a link names an asset id or a public id",
        ),
    ]


PROMISES: Final[Mapping[str, Callable[[], list[Expectation]]]] = MappingProxyType(
    {
        "jobs": jobs,
        "flow_instances": flow_instances,
        "flow_steps": flow_steps,
        "delivery_outputs": delivery_outputs,
        "engine_messages": engine_messages,
        "resource_references": resource_references,
        "communications": communications,
        "renderings": renderings,
        "asset_uses": asset_uses,
        "output_links": output_links,
        "resources": resources,
        "resource_history": resource_history,
        "design_links": design_links,
        "resource_links": resource_links,
    }
)
