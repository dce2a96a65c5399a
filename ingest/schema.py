"""The landing streams: which columns each has, of which type, which are required, and what its key is.

Here belongs the shape of landed rows and nothing else: no parsing, no meaning, no quality rule. Vendor times
stay the vendor's text (`*_at_raw`), since staging parses them. The load columns (`_load_id` …) are the same
for every stream and are added by `ingest.landing`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, Literal

import pyarrow as pa

from assettrail.errors import ContractBroken

StreamKind = Literal["state", "event"]

TEXT: Final = pa.string()
WHOLE: Final = pa.int64()
TRUTH: Final = pa.bool_()

# Shorthand of the table below: s text, i whole number, b truth value, j text that holds one JSON value.
_TYPES: Final[Mapping[str, pa.DataType]] = MappingProxyType({"s": TEXT, "i": WHOLE, "b": TRUTH, "j": TEXT})

_TOLD_BY_PLACE: Final = frozenset(
    ("exstream", name)
    for name in (
        *("delivery_outputs", "engine_messages", "output_links"),
        *("communications", "renderings", "asset_uses", "resource_references"),
    )
)
"""What is read from the files of a run, or from a collection of it: the bytes name no run."""

LOAD_COLUMNS: Final[Mapping[str, pa.DataType]] = MappingProxyType(
    {
        "_load_id": TEXT,
        "_loaded_at": pa.timestamp("us", tz="UTC"),
        "_source_uri": TEXT,
        "_row_hash": TEXT,
        "_raw_hash": TEXT,
    }
)
"""The columns every landed row has behind its data columns; `_loaded_at` is an instant in UTC."""

ROW_HASH: Final = "_row_hash"
_OF_A_READER: Final = ("_source_uri", "_raw_hash", ROW_HASH)


@dataclass(frozen=True)
class StreamSchema:
    """The shape of one landing stream.

    `kind` says what a second row of the same key means: in a "state" stream the newer description of one
    thing, in an "event" stream the same event once more. Key columns are always required. With `is_told_by_place` what
    a record belongs to is told by the address of its raw object alone: equal bytes at two addresses are two objects.
    """

    system: str
    name: str
    kind: StreamKind
    key: tuple[str, ...]
    columns: Mapping[str, pa.DataType]
    required: frozenset[str]
    json_columns: frozenset[str] = field(default_factory=frozenset)
    is_told_by_place: bool = False

    @property
    def label(self) -> str:
        """The stream's name in messages: `<system>/<stream>`."""
        return f"{self.system}/{self.name}"

    def arrow_schema(self) -> pa.Schema:
        """The Arrow schema of a landed file: data columns, then load columns; required ones are not nullable."""
        return pa.schema([*self._data_fields(), *(_load_field(name) for name in LOAD_COLUMNS)])

    def hashed_schema(self) -> pa.Schema:
        """The Arrow schema of rows that are read and hashed, and not loaded yet: data, place and row hash."""
        return pa.schema([*self._data_fields(), *(_load_field(name) for name in _OF_A_READER)])

    def _data_fields(self) -> list[pa.Field]:
        return [pa.field(name, kind, nullable=name not in self.required) for name, kind in self.columns.items()]


def _load_field(name: str) -> pa.Field:
    return pa.field(name, LOAD_COLUMNS[name], nullable=False)


def _stream(system: str, name: str, kind: StreamKind, key: str, columns: str) -> StreamSchema:
    """One stream from the table's shorthand: `name type`, `!` behind the type where a value is required."""
    parsed = [entry.split() for entry in columns.replace("\n", " ").split(",") if entry.strip()]
    types = {column: kind_code.rstrip("!") for column, kind_code in parsed}
    return StreamSchema(
        system=system,
        name=name,
        kind=kind,
        key=tuple(key.split()),
        columns=MappingProxyType({column: _TYPES[code] for column, code in types.items()}),
        required=frozenset(column for column, code in parsed if code.endswith("!")),
        json_columns=frozenset(column for column, code in types.items() if code == "j"),
        is_told_by_place=(system, name) in _TOLD_BY_PLACE,
    )


_CLOUDINARY: Final = (
    _stream(
        "cloudinary",
        "resources",
        "state",
        "asset_id",
        """asset_id s!, public_id s!, resource_type s!, type s!, format s, version i!, bytes i, width i, height i,
        created_at_raw s!, asset_folder s, display_name s, tags j, context j, metadata j, moderation_status s,
        is_placeholder b, secure_url s""",
    ),
    _stream(
        "cloudinary",
        "notifications",
        "event",
        "digest ordinal",
        """digest s!, ordinal i!, notification_type s!, timestamp_raw s!, request_id s, triggered_by_source s,
        triggered_by_id s, asset_id s, resource_type s, type s, public_id s, version i, etag s, version_id s,
        bytes i, format s, width i, height i, is_overwritten b, from_public_id s, to_public_id s,
        previous_metadata j,
        new_metadata j, moderation_status s, moderation_kind s, change j""",
    ),
    _stream(
        "cloudinary",
        "metadata_fields",
        "state",
        "external_id",
        "external_id s!, label s, type s!, is_mandatory b, datasource j, is_absent b",
    ),
    _stream(
        "cloudinary",
        "asset_absences",
        "event",
        "listed_at_raw asset_id",
        """asset_id s!, listed_at_raw s!, is_absent b!, public_id s!, resource_type s!, type s!, version i!""",
    ),
    _stream(
        "cloudinary",
        "asset_details",
        "state",
        "asset_id",
        """asset_id s!, public_id s!, resource_type s!, type s!, version i!, etag s, bytes i, format s, width i,
        height i, pages i, created_at_raw s!, asset_folder s, display_name s, original_filename s, is_placeholder b!,
        access_mode s, access_control j, moderation j, moderation_status s, last_updated j, quality_override s,
        quality_analysis j, quality_score j, accessibility_analysis j, derived j, backup_versions j""",
    ),
    _stream(
        "cloudinary",
        "asset_contents",
        "state",
        "asset_id version etag",
        """asset_id s!, version i!, etag s!, way s!, outcome s!, is_etag_matched b, seen_md5 s, seen_sha256 s,
        seen_bytes i, format s, width i, height i, is_decodable b, preview_sha256 s, is_original_kept b!, reason s""",
    ),
    _stream(
        "cloudinary",
        "transformations",
        "state",
        "name",
        "name s!, is_named b!, is_allowed_for_strict b, is_used b, definition j, is_absent b",
    ),
    _stream("cloudinary", "upload_presets", "state", "name", "name s!, is_unsigned b, settings j, is_absent b"),
    _stream(
        "cloudinary",
        "usage",
        "state",
        "last_updated_raw",
        """last_updated_raw s!, plan s, resources i, derived_resources i, requests i, transformations j, objects j,
        bandwidth j, storage j, credits j, media_limits j""",
    ),
    _stream(
        "cloudinary",
        "product_environment",
        "state",
        "cloud_name",
        "cloud_name s!, created_at_raw s, folder_mode s, settings j",
    ),
)

_EXSTREAM: Final = (
    _stream(
        "exstream",
        "jobs",
        "state",
        "domain job_id",
        """domain s!, job_id s!, channel s, mode s, status s!, flow_model_type s, external_id s, triggered_by s,
        message s, aggregated_fmc_snapshot_id s, start_at_raw s, end_at_raw s, written_times j""",
    ),
    _stream(
        "exstream",
        "flow_instances",
        "state",
        "domain flow_instance_id",
        """domain s!, flow_instance_id s!, job_id s!, flow_model_id s, flow_model_snapshot_id s, status s!, message s,
        external_id s, start_at_raw s, end_at_raw s, written_times j""",
    ),
    _stream(
        "exstream",
        "flow_steps",
        "state",
        "domain flow_step_id",
        """domain s!, flow_step_id s!, flow_instance_id s!, step_name s, display_name s, status s!, step_type s!,
        is_delivery_file_retrievable b, is_message_file_retrievable b, start_at_raw s, execute_at_raw s,
        end_at_raw s, written_times j""",
    ),
    _stream(
        "exstream",
        "delivery_outputs",
        "event",
        "flow_instance_id docgen_uuid queue_name file_name customer_number",
        """domain s!, job_id s!, flow_instance_id s!, docgen_uuid s!, queue_name s!, mime_type s, pdl s, file_name s!,
        customer_number i!, page_count i, file_size i, total_pages_in_document i, recipient_pseudonym s,
        recipient_kind s, pseudonym_key_id s, keys j""",
    ),
    _stream(
        "exstream",
        "engine_messages",
        "event",
        "flow_instance_id engine_run_id source_file_sha256 line_number",
        """source_file_sha256 s!, line_number i!, flow_instance_id s!, engine_run_id s!, flow_step_id s,
        message_number s, message_id s, severity s, sequence i, text s!, issued_at_raw s, written_times j""",
    ),
    _stream(
        "exstream",
        "resource_references",
        "state",
        "flow_instance_id resource_id version",
        """domain s!, flow_instance_id s!, collection_id s!, resource_id s!, version i!, resource_type s, name s,
        state s, approved_by s, last_modified_at_raw s, metadata j, written_times j""",
    ),
    _stream(
        "exstream",
        "communications",
        "event",
        "domain communication_id",
        """domain s!, flow_instance_id s!, communication_id s!, recipient_pseudonym s, pseudonym_key_id s,
        document_type s, template_id s, template_version s, segment s, jurisdiction s, language s, offer_ids
        j,
        profile j, generated_at_raw s!""",
    ),
    _stream(
        "exstream",
        "renderings",
        "event",
        "domain communication_id rendering_id",
        """domain s!, communication_id s!, rendering_id s!, channel s!, queue_name s, selection j, retrieval j,
        rendition_request j""",
    ),
    _stream(
        "exstream",
        "asset_uses",
        "event",
        "domain communication_id rendering_id ordinal",
        """domain s!, communication_id s!, rendering_id s!, ordinal i!, placeholder s, binding s!, asset_id s,
        version i, etag s, public_id s, url s, delivery_state s, delivery_cloud s, delivery_resource_type s,
        delivery_type s, delivery_transformation s, delivery_version i, delivery_public_id s, delivery_format
        s,
        delivery_readings j, target_reference s""",
    ),
    _stream(
        "exstream",
        "output_links",
        "event",
        "flow_instance_id docgen_uuid queue_name file_name output_sha256 ordinal",
        """domain s!, job_id s!, flow_instance_id s!, docgen_uuid s!, queue_name s!, file_name s!, output_sha256 s!,
        ordinal i!, customer_number i, customer_count i!, is_shown b!, way s!, strength s!, reason s, url s!,
        delivery_state s!, delivery_cloud s, delivery_resource_type s, delivery_type s, delivery_transformation s,
        delivery_version i, delivery_public_id s, delivery_format s, delivery_readings j""",
    ),
    _stream(
        "exstream",
        "resources",
        "state",
        "domain resource_id version",
        """domain s!, resource_id s!, version i!, name s, resource_type s, state s, state_comment s, description s,
        created_by s, created_at_raw s, last_modified_by s, last_modified_at_raw s, is_locked b, locked_by s,
        effective_start_at_raw s, effective_end_at_raw s, categories j, metadata j, is_latest_version b, approved_by s,
        approved_at_raw s, content_sha256 s, content_md5 s, content_bytes i, content_addresses j, written_times j""",
    ),
    _stream(
        "exstream",
        "resource_history",
        "event",
        "domain resource_id version revision history_type operation modified_at_raw",
        """domain s!, resource_id s!, version i!, revision i!, history_type s!, operation s!, modified_at_raw s!,
        modified_by s, state s, resource_type s, audited_comment s, written_times j""",
    ),
    _stream(
        "exstream",
        "design_links",
        "event",
        "domain subject_id subject_version object_id",
        "domain s!, subject_id s!, subject_version i!, object_id s!",
    ),
    _stream(
        "exstream",
        "resource_links",
        "state",
        "domain resource_id version ordinal",
        """domain s!, resource_id s!, version i!, ordinal i!, resource_type s, resource_name s, way s!, strength s!,
        asset_id s, public_id s, asset_version i, etag s, delivery_readings j, evidence s, findings j""",
    ),
)

# Control numbers start again, so that the interchange's own date and time belong to the key.
_X12_KEY: Final = (
    "sender_qualifier sender_id receiver_qualifier receiver_id interchange_control_number interchange_written "
    "group_control_number set_control_number ordinal"
)
_X12_ENVELOPE: Final = (
    "sender_qualifier s!, sender_id s!, receiver_qualifier s!, receiver_id s!, interchange_control_number s!, "
    "interchange_written s!, group_control_number s!, set_control_number s!, ordinal i!, is_test b!, x12_version s, "
    "at_raw s!, written_times j"
)

_TRADING_GRID: Final = (
    _stream(
        "trading_grid",
        "communities",
        "state",
        "community_id",
        "community_id s!, name s!, region s, language s, status s, updated_at_raw s, written_times j",
    ),
    _stream(
        "trading_grid",
        "partners",
        "state",
        "partner_id",
        """partner_id s!, name s!, gln s, duns s, edi_qualifier s, edi_id s, mailbox s, partner_van s,
        partnership_status s, updated_at_raw s, written_times j""",
    ),
    _stream(
        "trading_grid",
        "members",
        "state",
        "community_id partner_id",
        "community_id s!, partner_id s!, status s!, updated_at_raw s, written_times j",
    ),
    _stream(
        "trading_grid",
        "publications",
        "state",
        "publication_id",
        """publication_id s!, community_id s!, asset_id s, public_id s, asset_version i, etag s, url s, rendition s,
        language s, region s, device s, published_at_raw s!, published_by s, withdrawn_at_raw s, withdrawn_by
        s,
        replaces_publication_id s, content_sha256 s, correlation_id s, updated_at_raw s!, written_times j""",
    ),
    _stream(
        "trading_grid",
        "accesses",
        "event",
        "access_id",
        "access_id s!, publication_id s!, partner_id s!, user_id s, kind s!, at_raw s!, written_times j",
    ),
    _stream(
        "trading_grid",
        "acknowledgements",
        "event",
        "acknowledgement_id",
        """acknowledgement_id s!, kind s!, partner_id s!, publication_id s, distribution_id s, launch_id s, code s,
        content_sha256 s, at_raw s!, written_times j""",
    ),
    _stream(
        "trading_grid",
        "cases",
        "state",
        "case_id",
        """case_id s!, community_id s!, partner_id s!, opened_at_raw s!, updated_at_raw s!, status s!, category s,
        subject s, asset_id s, public_id s, asset_version i, asset_url s, written_times j""",
    ),
    _stream(
        "trading_grid",
        "thread_messages",
        "event",
        "message_id",
        """message_id s!, case_id s!, author s, author_role s, posted_at_raw s!, body s, linked_url s,
        linked_public_id s, linked_version i, correlation_id s, written_times j""",
    ),
    _stream(
        "trading_grid",
        "documents",
        "state",
        "mailbox document_id",
        """mailbox s!, document_id s!, document_type s, direction s, status s, partner_id s, publication_id s,
        gxs_ref_num s, service_reference s, sender_reference s, application_reference s, sender_qualifier s,
        sender_id s, receiver_qualifier s, receiver_id s, interchange_control_number s, group_control_number s,
        set_control_number s, created_at_raw s!, updated_at_raw s, written_times j""",
    ),
    _stream(
        "trading_grid",
        "catalogue_images",
        "state",
        "item_reference file_name",
        """item_kind s!, item_reference s!, file_name s!, action s!, gtin s, product s, color_code s,
        selection_code s, file_type s, image_type s, purpose s, orientation s, location_type s,
        external_location s, file_size s, pixel_density s, height s, width s, image_style s, facing s, angle s,
        clipping_path s, description s""",
    ),
    _stream(
        "trading_grid",
        "functional_acknowledgements",
        "event",
        _X12_KEY,
        f"""{_X12_ENVELOPE}, level s!, code s!, acknowledged_group_type s!, acknowledged_group_control_number s!,
        acknowledged_set_type s, acknowledged_set_control_number s, error_codes j, errors j, sets_included s,
        sets_received s, sets_accepted s, other_segments j""",
    ),
    _stream(
        "trading_grid",
        "application_advices",
        "event",
        _X12_KEY,
        f"""{_X12_ENVELOPE}, code s!, advice_purpose s, advice_reference s, advice_written s,
        reference_qualifier s, reference s, original_group_control_number s, original_set_control_number s,
        original_set_type s, problems j, other_segments j""",
    ),
    _stream(
        "trading_grid",
        "launches",
        "state",
        "launch_id",
        """launch_id s!, name s!, community_ids j, product_line s, campaign s, status s, launch_at_raw s!,
        readiness_due_at_raw s, updated_at_raw s!, written_times j""",
    ),
    _stream(
        "trading_grid",
        "launch_requirements",
        "state",
        "launch_id ordinal",
        """launch_id s!, ordinal i!, community_id s, asset_id s, public_id s, asset_version i, asset_url s,
        description s, market s, language s, format s, status s, due_at_raw s, updated_at_raw s!, written_times j""",
    ),
    _stream(
        "trading_grid",
        "launch_messages",
        "event",
        "message_id",
        """message_id s!, launch_id s!, author s, author_role s, posted_at_raw s!, body s, correlation_id s,
        written_times j""",
    ),
    _stream(
        "trading_grid",
        "tasks",
        "state",
        "task_id",
        """task_id s!, launch_id s, community_id s, partner_id s, kind s!, text s, status s!, created_at_raw s!,
        due_at_raw s, done_at_raw s, updated_at_raw s!, written_times j""",
    ),
    _stream(
        "trading_grid",
        "flags",
        "state",
        "flag_id",
        """flag_id s!, launch_id s, requirement_ordinal i, community_id s, partner_id s!, asset_id s, public_id s,
        asset_version i, asset_url s, text s, status s!, raised_at_raw s!, due_at_raw s, resolved_at_raw s,
        updated_at_raw s!, written_times j""",
    ),
    _stream(
        "trading_grid",
        "format_requests",
        "state",
        "format_request_id",
        """format_request_id s!, launch_id s, community_id s, partner_id s!, publication_id s, asset_id s, public_id
        s, asset_version i, asset_url s, requested_format s!, text s, status s!, requested_at_raw s!, due_at_raw
        s, answered_at_raw s, answer_publication_id s, updated_at_raw s!, written_times j""",
    ),
    _stream(
        "trading_grid",
        "feedback",
        "state",
        "feedback_id",
        """feedback_id s!, community_id s, partner_id s!, publication_id s, category s!, asset_id s, public_id s,
        asset_version i, asset_url s, rendition s, device s, text s, status s!, reported_at_raw s!,
        answered_at_raw s, reopened_at_raw s, answer s, answer_publication_id s, updated_at_raw s!, written_times
        j""",
    ),
    _stream(
        "trading_grid",
        "searches",
        "event",
        "search_id",
        """search_id s!, partner_id s!, user_id s, community_id s, terms s, product_line s, campaign s, market s,
        result_count i, at_raw s!, written_times j""",
    ),
    _stream(
        "trading_grid",
        "community_needs",
        "state",
        "community_id asset_reference region language device",
        """community_id s!, asset_reference s!, region s!, language s!, device s!, asset_id s, public_id s, status
        s, updated_at_raw s, written_times j""",
    ),
    _stream(
        "trading_grid",
        "distributions",
        "event",
        "distribution_id",
        """distribution_id s!, partner_id s!, community_id s, publication_id s, gtin s, asset_id s, public_id s,
        asset_version i, asset_url s, etag s, file_name s, content_sha256 s, mailbox s, document_id s,
        correlation_id s, at_raw s!, written_times j""",
    ),
    _stream(
        "trading_grid",
        "object_absences",
        "event",
        "listed_at_raw stream object_key",
        """stream s!, object_key s!, listed_at_raw s!, last_seen_at_raw s!, is_absent b!, community_id s, partner_id s,
        publication_id s""",
    ),
)

_CORRECTIONS: Final = (
    _stream(
        "corrections",
        "transitions",
        "event",
        "transition_id",
        """transition_id i!, correction_key s!, kind s!, from_state s, to_state s!, at_raw s!, made_by s!,
        difference_hash s, correlation_id s, object_type s, object_id s, community_id s, asset_id s, public_id s,
        new_public_id s, desired_version i, desired_etag s""",
    ),
    _stream(
        "corrections",
        "dispositions",
        "event",
        "disposition_id",
        """disposition_id i!, exception_key s!, disposition s!, owner s!, due_on s, accepted_until s, reason s!,
        at_raw s!, made_by s!""",
    ),
    _stream(
        "corrections",
        "accesses",
        "event",
        "access_id",
        """access_id i!, at_raw s!, person_id s, person s!, roles s, kind s!, outcome s!, subject s, snapshot_name s,
        detail s""",
    ),
)

STREAMS: Final[Mapping[tuple[str, str], StreamSchema]] = MappingProxyType(
    {(schema.system, schema.name): schema for schema in (*_CLOUDINARY, *_EXSTREAM, *_TRADING_GRID, *_CORRECTIONS)}
)
"""Every landing stream by (system, stream)."""


def stream_schema(system: str, stream: str) -> StreamSchema:
    """The schema of one stream. Raises ContractBroken when there is no such stream."""
    try:
        return STREAMS[(system, stream)]
    except KeyError as missing:
        raise ContractBroken(
            tried=f"to find the landing schema of {system}/{stream}",
            found="no stream of that name",
            expected="one of " + ", ".join(f"{name[0]}/{name[1]}" for name in STREAMS),
            remedy="correct the name, or add the stream to ingest/schema.py",
        ) from missing
