"""The landing gate: sound batches pass, each broken promise holds its batch and names the row."""

import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from assettrail.errors import ContractBroken
from ingest.schema import STREAMS, StreamSchema, stream_schema
from quality.gate import great_expectations_gate
from tests.unit.quality.samples import SOUND, landed_file_of

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize("schema", STREAMS.values(), ids=lambda schema: schema.label)
def test_a_sound_batch_is_accepted(tmp_path: Path, schema: StreamSchema) -> None:
    """A gate that holds what is in order would be switched off by the third night."""
    path = tmp_path / "batch.parquet"
    landed_file_of(schema, [SOUND[schema.system, schema.name]], path)
    outcome = great_expectations_gate(schema, path)
    assert (outcome.outcome, outcome.failed) == ("accepted", ())
    assert outcome.evaluated >= 2 + len(schema.required)


@pytest.mark.parametrize("schema", STREAMS.values(), ids=lambda schema: schema.label)
def test_an_empty_file_is_held(tmp_path: Path, schema: StreamSchema) -> None:
    """Expectations on values hold on nothing: a gate without a row count passes a batch that lost all its rows."""
    path = tmp_path / "batch.parquet"
    landed_file_of(schema, [], path)
    outcome = great_expectations_gate(schema, path)
    assert outcome.outcome == "held"
    assert [failed.expectation for failed in outcome.failed] == ["the batch has at least one row"]


@pytest.mark.parametrize("label", ["cloudinary/resources", "exstream/asset_uses", "trading_grid/accesses"])
def test_a_file_of_nulls_is_held(tmp_path: Path, label: str) -> None:
    """Expectations on values pass over NULL: a batch that lost all its values must not pass with them."""
    schema = stream_schema(*label.split("/"))
    path = tmp_path / "batch.parquet"
    sound = SOUND[schema.system, schema.name]
    landed_file_of(schema, [sound, sound], path)
    table = pq.ParquetFile(path).read()
    nulls = [pa.nulls(table.num_rows, field.type) for field in table.schema]
    pq.write_table(pa.table(nulls, names=table.schema.names), path)
    outcome = great_expectations_gate(schema, path)
    assert outcome.outcome == "held"
    assert {failed.unexpected_count for failed in outcome.failed} >= {2}


BROKEN = [
    ("cloudinary/resources", {"resource_type": "picture"}, "resource_type", "resource_type is one of"),
    ("cloudinary/resources", {"version": 1767607200000}, "version", "epoch seconds"),
    ("cloudinary/resources", {"version": 1}, "version", "epoch seconds"),
    ("cloudinary/resources", {"bytes": -1}, "bytes", "not negative"),
    ("cloudinary/resources", {"created_at_raw": "01.02.2026"}, "created_at_raw", "instant"),
    ("cloudinary/resources", {"created_at_raw": "2026-02-01T10:00:00"}, "created_at_raw", "instant"),
    ("cloudinary/resources", {"metadata": "{'a': 1}"}, "metadata", "holds JSON"),
    ("cloudinary/resources", {"public_id": "  "}, None, "no blank text"),
    ("cloudinary/notifications", {"digest": "ab"}, "digest", "SHA-256"),
    ("cloudinary/notifications", {"digest": "AB" * 32}, "digest", "SHA-256"),
    ("cloudinary/notifications", {"etag": 'W/"abc"'}, "etag", "MD5"),
    ("cloudinary/notifications", {"etag": None}, None, "an upload names"),
    ("cloudinary/notifications", {"notification_type": "rename", "to_public_id": "b"}, None, "a rename names"),
    (
        "cloudinary/notifications",
        {"notification_type": "resource_metadata_changed", "new_metadata": None},
        None,
        "a metadata change",
    ),
    ("cloudinary/metadata_fields", {"datasource": None}, None, "datasource"),
    ("cloudinary/asset_absences", {"listed_at_raw": "yesterday"}, "listed_at_raw", "instant"),
    ("cloudinary/asset_details", {"etag": "x"}, "etag", "MD5"),
    ("cloudinary/transformations", {"definition": None}, None, "a named transformation brings"),
    ("cloudinary/upload_presets", {"settings": None}, None, "an upload preset brings"),
    ("cloudinary/usage", {"resources": -1}, "resources", "not negative"),
    ("cloudinary/product_environment", {"folder_mode": "both"}, "folder_mode", "folder_mode is one of"),
    ("exstream/jobs", {"start_at_raw": "1767607200"}, "start_at_raw", "instant"),
    ("exstream/jobs", {"start_at_raw": "9" * 18}, "start_at_raw", "instant"),
    ("exstream/delivery_outputs", {"page_count": -2}, "page_count", "not negative"),
    ("exstream/delivery_outputs", {"recipient_pseudonym": "C-0001234"}, "recipient_pseudonym", "names its key"),
    ("exstream/communications", {"generated_at_raw": "yesterday"}, "generated_at_raw", "instant"),
    ("exstream/communications", {"pseudonym_key_id": None}, "recipient_pseudonym", "names its key"),
    ("exstream/communications", {"offer_ids": '"O-1"'}, "offer_ids", "JSON list"),
    ("exstream/asset_uses", {"binding": "linked"}, "binding", "binding is one of"),
    ("exstream/asset_uses", {"url": " "}, "url", "a live_url use has a url"),
    ("exstream/asset_uses", {"binding": "embedded"}, None, "an embedded use names"),
    ("exstream/asset_uses", {"etag": "AB" * 16}, "etag", "MD5"),
    ("exstream/asset_uses", {"etag": "a" * 33}, "etag", "MD5"),
    ("exstream/asset_uses", {"etag": "a" * 31 + "g"}, "etag", "MD5"),
    ("exstream/asset_uses", {"etag": ""}, "etag", "MD5"),
    ("exstream/asset_uses", {"communication_id": ""}, None, "no blank text"),
    ("exstream/asset_uses", {"communication_id": "   "}, None, "no blank text"),
    ("exstream/asset_uses", {"rendering_id": "\u2003 "}, None, "no blank text"),
    ("exstream/asset_uses", {"ordinal": -1}, "ordinal", "not negative"),
    ("exstream/asset_uses", {"delivery_state": "guessed"}, "delivery_state", "delivery_state is one of"),
    ("exstream/asset_uses", {"delivery_readings": "[]"}, "delivery_readings", "only an address in doubt"),
    (
        "exstream/output_links",
        {"customer_count": 2, "customer_number": None},
        "strength",
        "exact is what one customer was sent",
    ),
    ("exstream/output_links", {"customer_count": 2, "strength": "run_set"}, None, "one customer is named"),
    ("exstream/output_links", {"way": "unlinked"}, "way", "only what is unlinked has no strength"),
    ("exstream/output_links", {"delivery_public_id": None}, "delivery_public_id", "a link names a public id"),
    ("exstream/output_links", {"url": "https://res.cloudinary.com/x?customer=4711"}, "url", "without its query"),
    (
        "corrections/dispositions",
        {"disposition": "forget", "accepted_until": None},
        "disposition",
        "disposition is one of",
    ),
    ("corrections/dispositions", {"accepted_until": "2026-02-30"}, "accepted_until", "accepted_until is a day"),
    ("corrections/dispositions", {"accepted_until": None}, None, "an acceptance has a last day"),
    ("corrections/accesses", {"kind": "peek"}, "kind", "kind is one of"),
    ("corrections/accesses", {"subject": None}, None, "an access says what it is of"),
    ("corrections/accesses", {"kind": "query", "detail": "select 1"}, None, "the text of a query"),
    ("trading_grid/publications", {"asset_id": None}, None, "a publication names"),
    ("trading_grid/publications", {"content_sha256": "AB" * 32}, "content_sha256", "SHA-256"),
    ("trading_grid/accesses", {"kind": "seen"}, "kind", "kind is one of"),
    ("trading_grid/acknowledgements", {"kind": "999"}, "kind", "kind is one of"),
    ("trading_grid/thread_messages", {"author_role": "robot"}, "author_role", "author_role is one of"),
    ("trading_grid/documents", {"direction": "sideways"}, "direction", "direction is one of"),
    ("trading_grid/catalogue_images", {"action": "upsert"}, "action", "action is one of"),
    ("trading_grid/catalogue_images", {"product": "P"}, None, "not to both"),
    (
        "trading_grid/functional_acknowledgements",
        {"acknowledged_set_control_number": None},
        None,
        "has its control number",
    ),
    ("trading_grid/launches", {"launch_at_raw": "1 March"}, "launch_at_raw", "launch_at_raw"),
    ("trading_grid/launch_requirements", {"description": " "}, None, "a requirement names"),
    ("trading_grid/launch_messages", {"author_role": "robot"}, "author_role", "author_role is one of"),
    ("trading_grid/format_requests", {"publication_id": None}, None, "a format request names"),
    ("trading_grid/feedback", {"asset_url": None}, None, "feedback names"),
    ("trading_grid/searches", {"result_count": -1}, "result_count", "not negative"),
    ("trading_grid/distributions", {"content_sha256": None}, None, "a distribution names"),
    ("trading_grid/object_absences", {"publication_id": None}, None, "an absence names the object"),
    ("trading_grid/application_advices", {"at_raw": "2026-02-01T10:00:00"}, "at_raw", "at_raw"),
]


@pytest.mark.parametrize(("label", "change", "column", "text"), BROKEN, ids=[f"{b[0]}-{b[1]}" for b in BROKEN])
def test_a_broken_promise_holds_the_batch_and_names_the_row(
    tmp_path: Path, label: str, change: dict[str, object], column: str | None, text: str
) -> None:
    """Each of these would turn into a wrong verdict, count or match without anybody noticing."""
    schema = stream_schema(*label.split("/"))
    sound = SOUND[schema.system, schema.name]
    last = schema.key[-1]
    other = {last: int(str(sound[last])) + 1 if isinstance(sound[last], int) else "ff" * 32}
    path = tmp_path / "batch.parquet"
    hashes = landed_file_of(schema, [sound | other, dict(sound) | change], path)
    outcome = great_expectations_gate(schema, path)
    assert outcome.outcome == "held"
    (failed,) = outcome.failed
    assert text in failed.expectation
    assert (failed.column, failed.unexpected_count, failed.sample_row_hashes) == (column, 1, (hashes[1],))


@pytest.mark.parametrize("label", ["exstream/asset_uses", "trading_grid/accesses"])
def test_one_key_with_two_contents_is_held(tmp_path: Path, label: str) -> None:
    """Two contents for one event contradict each other: which of them a model takes would be chance."""
    schema = stream_schema(*label.split("/"))
    sound = SOUND[schema.system, schema.name]
    free = next(name for name in schema.columns if name not in schema.key and schema.columns[name] == "string")
    path = tmp_path / "batch.parquet"
    hashes = landed_file_of(schema, [sound, dict(sound) | {free: "embedded" if free == "binding" else "zz"}], path)
    outcome = great_expectations_gate(schema, path)
    (failed,) = [each for each in outcome.failed if "is unique" in each.expectation]
    assert failed.unexpected_count == 2
    assert set(failed.sample_row_hashes) == set(hashes)


@pytest.mark.parametrize(
    ("label", "change"),
    [
        ("exstream/jobs", {"status": "paused", "mode": "STREAM"}),
        ("exstream/flow_steps", {"step_type": "splitter", "status": "odd"}),
        ("trading_grid/cases", {"status": "escalated"}),
        ("cloudinary/notifications", {"notification_type": "publish"}),
        ("cloudinary/resources", {"type": "fetch", "moderation_status": "queued"}),
        ("cloudinary/notifications", {"notification_type": "delete", "etag": None, "version": None}),
        ("exstream/communications", {"generated_at_raw": "2026-02-01T11:00:00.5+01:00"}),
        ("exstream/jobs", {"start_at_raw": "2026-02-01"}),
    ],
)
def test_what_a_vendor_may_add_to_its_lists_passes(tmp_path: Path, label: str, change: dict[str, object]) -> None:
    """A new status must not stop the night's run: staging keeps it as it is."""
    schema = stream_schema(*label.split("/"))
    path = tmp_path / "batch.parquet"
    landed_file_of(schema, [dict(SOUND[schema.system, schema.name]) | change], path)
    assert great_expectations_gate(schema, path).outcome == "accepted"


def test_every_failure_of_a_large_batch_is_counted_and_few_rows_are_named(tmp_path: Path) -> None:
    """A batch that is wrong throughout must fit into one entry of the log."""
    schema = stream_schema("trading_grid", "accesses")
    sound = SOUND["trading_grid", "accesses"]
    path = tmp_path / "batch.parquet"
    landed_file_of(
        schema, [dict(sound) | {"access_id": f"X-{n}", "kind": "seen", "at_raw": ""} for n in range(500)], path
    )
    outcome = great_expectations_gate(schema, path)
    assert {failed.column: failed.unexpected_count for failed in outcome.failed} == {
        None: 500,
        "kind": 500,
        "at_raw": 500,
    }
    assert all(len(failed.sample_row_hashes) == 10 for failed in outcome.failed)


def test_any_folder_name_can_be_read(tmp_path: Path) -> None:
    """A quote, colon or brace in a path must not become SQL, a parameter or a placeholder."""
    schema = stream_schema("trading_grid", "accesses")
    path = tmp_path / "it's a:b {x} %s" / "batch.parquet"
    landed_file_of(schema, [SOUND["trading_grid", "accesses"]], path)
    assert great_expectations_gate(schema, path).outcome == "accepted"


def test_an_expectation_that_cannot_run_is_a_crash(tmp_path: Path) -> None:
    """A file without the column must not be held as "a few bad rows", and never be accepted."""
    accesses, cases = stream_schema("trading_grid", "accesses"), stream_schema("trading_grid", "cases")
    path = tmp_path / "batch.parquet"
    landed_file_of(accesses, [SOUND["trading_grid", "accesses"]], path)
    with pytest.raises(ContractBroken, match=r"quality/suites/trading_grid\.py"):
        great_expectations_gate(cases, path)


QUIET = """
import socket, sys
from pathlib import Path
def refuse(*arguments, **named):
    raise SystemExit(f"a network call: {arguments[1:]}")
socket.socket.connect = socket.socket.connect_ex = socket.socket.sendto = refuse
socket.getaddrinfo = refuse
from ingest.schema import stream_schema
from quality.gate import great_expectations_gate
assert "great_expectations" not in sys.modules, "imported at load"
for _ in range(2):
    outcome = great_expectations_gate(stream_schema("trading_grid", "accesses"), Path(sys.argv[1]))
assert outcome.outcome == "held"
"""


def test_the_gate_prints_nothing_calls_nobody_and_imports_late(tmp_path: Path) -> None:
    """JSON on standard output must stay JSON, an audit tool must not phone home, and a start must not take seconds."""
    path = tmp_path / "batch.parquet"
    landed_file_of(stream_schema("trading_grid", "accesses"), [dict(SOUND["trading_grid", "accesses"], kind="x")], path)
    ran = subprocess.run(
        [sys.executable, "-c", QUIET, str(path)], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
