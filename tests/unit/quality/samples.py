"""A sound row of every landing stream, and files of them, for the tests of gate and reconciliation."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from ingest.landing import parquet_bytes
from ingest.rows import row_hashes
from ingest.schema import StreamSchema
from tests.unit.landing.stores import NOON

AT = "2026-02-01T10:00:00Z"
MD5, SHA256 = "0f" * 16, "ab" * 32

SOUND: Mapping[tuple[str, str], Mapping[str, object]] = {
    ("cloudinary", "resources"): {
        "asset_id": "a1" * 16,
        "public_id": "campaign/hero",
        "resource_type": "image",
        "type": "upload",
        "format": "jpg",
        "version": 1767607200,
        "bytes": 1000,
        "width": 0,
        "height": 10,
        "created_at_raw": AT,
        "tags": '["a"]',
        "context": '{"custom":{"k":"v"}}',
        "metadata": "{}",
        "is_placeholder": False,
    },
    ("cloudinary", "notifications"): {
        "digest": SHA256,
        "ordinal": 0,
        "notification_type": "upload",
        "timestamp_raw": AT,
        "asset_id": "a1" * 16,
        "resource_type": "image",
        "type": "upload",
        "public_id": "campaign/hero",
        "version": 1767607200,
        "etag": MD5,
        "bytes": 1000,
        "new_metadata": '{"approval_status":"approved"}',
    },
    ("cloudinary", "metadata_fields"): {
        "external_id": "approval_status",
        "type": "enum",
        "is_mandatory": False,
        "datasource": '{"values":[]}',
    },
    ("exstream", "jobs"): {
        "domain": "claims",
        "job_id": "j-1",
        "status": "complete",
        "start_at_raw": "1767607200000",
        "end_at_raw": "2026-02-01T10:00:00.123+00:00",
    },
    ("exstream", "flow_instances"): {
        "domain": "claims",
        "flow_instance_id": "f-1",
        "job_id": "j-1",
        "status": "complete",
        "start_at_raw": AT,
    },
    ("exstream", "flow_steps"): {
        "domain": "claims",
        "flow_step_id": "s-1",
        "flow_instance_id": "f-1",
        "status": "complete",
        "step_type": "communication",
        "start_at_raw": AT,
    },
    ("exstream", "delivery_outputs"): {
        "domain": "claims",
        "job_id": "j-1",
        "flow_instance_id": "f-1",
        "docgen_uuid": "u-1",
        "queue_name": "archive",
        "file_name": "0001.pdf",
        "customer_number": 1,
        "page_count": 2,
        "file_size": 12345,
        "recipient_pseudonym": SHA256,
        "recipient_kind": "account",
        "pseudonym_key_id": "k1",
        "keys": "{}",
    },
    ("exstream", "engine_messages"): {
        "source_file_sha256": SHA256,
        "line_number": 1,
        "text": "EX004120E (1) too wide",
        "issued_at_raw": "02/01/2026 10:00:00",
    },
    ("exstream", "resource_references"): {
        "domain": "claims",
        "flow_instance_id": "f-1",
        "collection_id": "c-1",
        "resource_id": "r-1",
        "version": 3,
        "state": "APPROVED",
        "last_modified_at_raw": "1767607200000",
    },
    ("exstream", "communications"): {
        "domain": "claims",
        "flow_instance_id": "f-1",
        "communication_id": "COM-1",
        "recipient_pseudonym": SHA256,
        "pseudonym_key_id": "k1",
        "offer_ids": '["O-1"]',
        "profile": "{}",
        "generated_at_raw": AT,
    },
    ("exstream", "renderings"): {
        "domain": "claims",
        "communication_id": "COM-1",
        "rendering_id": "email",
        "channel": "email",
        "selection": "{}",
    },
    ("exstream", "asset_uses"): {
        "domain": "claims",
        "communication_id": "COM-1",
        "rendering_id": "email",
        "ordinal": 0,
        "binding": "live_url",
        "etag": MD5,
        "url": "https://res.cloudinary.com/x/image/upload/hero.jpg",
        "delivery_state": "parsed",
        "delivery_resource_type": "image",
        "delivery_version": 1767607200,
    },
    ("trading_grid", "communities"): {"community_id": "C-1", "name": "North", "updated_at_raw": AT},
    ("trading_grid", "partners"): {"partner_id": "P-1", "name": "Partner", "updated_at_raw": AT},
    ("trading_grid", "members"): {"community_id": "C-1", "partner_id": "P-1", "status": "Active"},
    ("trading_grid", "publications"): {
        "publication_id": "U-1",
        "community_id": "C-1",
        "asset_id": "a1" * 16,
        "asset_version": 1767607200,
        "etag": MD5,
        "published_at_raw": AT,
        "content_sha256": SHA256,
        "updated_at_raw": AT,
    },
    ("trading_grid", "accesses"): {
        "access_id": "X-1",
        "publication_id": "U-1",
        "partner_id": "P-1",
        "kind": "opened",
        "at_raw": AT,
    },
    ("trading_grid", "acknowledgements"): {
        "acknowledgement_id": "K-1",
        "kind": "portal",
        "partner_id": "P-1",
        "content_sha256": SHA256,
        "at_raw": AT,
    },
    ("trading_grid", "cases"): {
        "case_id": "S-1",
        "community_id": "C-1",
        "partner_id": "P-1",
        "opened_at_raw": AT,
        "updated_at_raw": AT,
        "status": "open",
        "asset_version": 1767607200,
    },
    ("trading_grid", "thread_messages"): {
        "message_id": "M-1",
        "case_id": "S-1",
        "author_role": "team",
        "posted_at_raw": AT,
        "linked_version": 1767607200,
    },
}


def landed_file_of(schema: StreamSchema, rows: Sequence[Mapping[str, object]], path: Path) -> list[str]:
    """Write rows as landing does and return their row hashes; nothing is validated here."""
    columns = {name: [row.get(name) for row in rows] for name in schema.columns}
    hashes = [str(row_hash) for row_hash in row_hashes(columns, len(rows))]
    loads: dict[str, list[object]] = {
        "_load_id": ["L"] * len(rows),
        "_loaded_at": [NOON] * len(rows),
        "_source_uri": ["https://vendor.test/"] * len(rows),
        "_row_hash": list(hashes),
        "_raw_hash": [SHA256] * len(rows),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(parquet_bytes(schema.arrow_schema(), {**columns, **loads}))
    return hashes
