"""Recipients' identifiers planted in every input: none may stand in clear anywhere but in the vendors' own bytes.

The three stand-ins give them, the receiver of pushed notifications takes them, the command line ingests them, dbt
builds over them. Then everything under the home is read as whoever stole the disk would read it: bytes, decoded
Parquet, decoded DuckDB; and so is all that was printed or logged.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.settings import Settings
from evidence.keys import load_raw_keys
from evidence.raw_store import RawStore
from ingest.cloudinary.webhook_server import open_receiver
from ingest.landing_store import LandingStore
from ingest.projection import project_log
from ingest.quarantine import list_quarantine
from tests.adapters.ingest.stand_ins import Sandbox, landed_rows, serving
from tests.dbt.conftest import dbt
from tests.warm_processes import run_assettrail

CUSTOMER, ACCOUNT, POLICY = "C-7310042", "ACC-9920331", "POL-44711908"
EMAIL, TELEPHONE, IBAN = "jane.canary@kunde.example", "+49 171 5550133", "DE89 3704 0044 0532 0130 00"
NAME = "Canarybird"
CANARIES = (CUSTOMER, ACCOUNT, POLICY, EMAIL, TELEPHONE, IBAN, NAME)
FREE_TEXT = f"Customer {CUSTOMER}, policy {POLICY}: write to {EMAIL}, call {TELEPHONE}, pay to {IBAN}"
"""Free text holds no name: a name cannot be told from any other word. `NAME` stands where only recipients do."""

LETTER = {
    "account_number": ACCOUNT,
    "communication_id": "COM-1",
    "recipient_id": CUSTOMER,
    "document_type": "Annual statement",
    "template_id": "T1",
    "segment": "private",
    "profile": {"age_band": FREE_TEXT, "name": NAME, "email": EMAIL, "policy": POLICY, "nested": {"iban": IBAN}},
    "renderings": [
        {
            "rendering_id": "email",
            "channel": "email",
            "queue_name": "email",
            "selection": {"selection_id": "S", "inputs": {"who": NAME, "age_band": EMAIL}, "candidates": [FREE_TEXT]},
            "retrieval": {"retrieval_id": "R", "asked": {"account": ACCOUNT}},
            "uses": [
                {"ordinal": 1, "binding": "embedded", "asset_reference": {"asset_id": "a" * 32, "version": 1768035600}},
                {
                    "ordinal": 2,
                    "binding": "live_url",
                    "url": f"http://127.0.0.1/cloud/image/upload/l_text:Arial_20:{NAME}/v1/hero.png?mail={EMAIL}",
                    "target_reference": f"https://shop.example/welcome?account={ACCOUNT}&mail={quote(EMAIL)}",
                },
                {"ordinal": 3, "binding": "live_url", "url": None, "target_reference": f"mailto:{EMAIL}"},
            ],
        }
    ],
}
DELIVERY = f"""<?xml version="1.0" encoding="UTF-8"?>
<outputList transactions="0" customersProcessed="1" pagesProcessed="1">
  <queue mimeType="application/pdf" pdl="PDF" name="archive">
    <file name="/x/claims/jobs/J/F/docgen/D/output/Queue_25_archive/{ACCOUNT}_{NAME}.pdf">
      <customer number="1"><key name="AccountNumber">{ACCOUNT}</key><key name="Holder">{NAME}</key>
        <key name="EMail">{EMAIL}</key></customer>
      <pageCount>1</pageCount><fileSize>9</fileSize>
    </file>
    <file name="/x/claims/jobs/J/F/docgen/D/output/Queue_25_archive/{NAME}.pdf"><pageCount>1</pageCount></file>
  </queue>
</outputList>
"""
MESSAGES = f"EX003004W (1) Placeholder of account {ACCOUNT} has no value\ncustomer {CUSTOMER}, {EMAIL}, {TELEPHONE}\n"
BROKEN_LINE = f'{{"communication_id":"COM-2","recipient_id":"{CUSTOMER}","profile":{{"name":"{NAME}","mail":"{EMAIL}"'


@pytest.fixture(autouse=True)
def _in_february(sandbox: Sandbox) -> None:
    """The clock at 2026-02-10 08:00."""
    sandbox.set_clock("2026-02-10T08:00:00Z")


def environment(settings: Settings, sandbox: Sandbox) -> dict[str, str]:
    """The settings as variables, for commands that run as a user runs them."""
    cloudinary, exstream, grid = settings.cloudinary, settings.exstream, settings.trading_grid
    assert cloudinary is not None
    assert exstream is not None
    assert grid is not None
    secrets = {name: sandbox.endpoints[name] for name in ("exstream", "trading_grid")}
    given: dict[str, object] = {
        "HOME": settings.home,
        "KEYS__FOLDER": settings.keys.folder,
        "CLOCK_URL": settings.clock_url,
        "CLOUDINARY__CLOUD_NAME": cloudinary.cloud_name,
        "CLOUDINARY__API_KEY": cloudinary.api_key,
        "CLOUDINARY__API_SECRET": sandbox.cloudinary["api_secret"],
        "CLOUDINARY__UPLOAD_PREFIX": cloudinary.upload_prefix,
        "CLOUDINARY__POLL_CHANNEL": cloudinary.poll_channel,
        "CLOUDINARY__DELIVERY_HOSTS": '["127.0.0.1"]',
        "EXSTREAM__SCOPE": exstream.scope,
        "EXSTREAM__DOMAINS": json.dumps(exstream.domains),
        "EXSTREAM__RECIPIENT_KEYS": '{"AccountNumber": "account"}',
    }
    for name, own in secrets.items():
        for part in ("base_url", "token_url", "client_id", "client_secret"):
            given[f"{name.upper()}__{part.upper()}"] = own[part]
    return {f"ASSETTRAIL_{name}": str(value) for name, value in given.items()}


def plant(sandbox: Sandbox, settings: Settings, folder: Path, channel: str) -> None:
    """Let every input speak of the recipient: runs over REST and in a folder, cases, threads, subjects."""
    assert settings.exstream is not None
    sandbox.create_triggers(channel)
    sandbox.upload("brand/hero", "red", tags=[EMAIL, POLICY], context={"note": FREE_TEXT}, display_name=f"for {EMAIL}")
    sandbox.run_exstream(settings.exstream.domains[0], "statements", [LETTER])
    sandbox.write_trading_grid("communities", {"communityId": "nord", "name": "nord"})
    sandbox.write_trading_grid("partners", {"partnerId": "P", "name": "Partner GmbH"})
    sandbox.write_trading_grid("members", {"communityId": "nord", "partnerId": "P", "status": "Active"})
    case = {"caseId": "K", "communityId": "nord", "partnerId": "P", "status": "open", "subject": FREE_TEXT}
    sandbox.write_trading_grid("cases", case)
    message = {"author": "Team", "authorRole": "team", "body": f"{FREE_TEXT} https://x.example/?m={EMAIL}"}
    sandbox.write_trading_grid("cases/K/messages", message)
    run = folder / "claims" / "jobs" / "J" / "F" / "docgen" / "D" / "output"
    (run / "Report_1").mkdir(parents=True)
    (run / "_STDDELIVERYFILE.xml").write_text(DELIVERY, encoding="utf-8")
    (run / "ExstreamMessages.dat").write_text(MESSAGES, encoding="utf-8")
    sound = {**LETTER, "communication_id": "COM-3", "flow_instance_id": "F", "generated_at": "2026-02-10T08:00:00Z"}
    report = run / "Report_1" / "AssetUseReport.jsonl"
    report.write_text(f"{json.dumps(sound)}\n{BROKEN_LINE}\n", encoding="utf-8")


def push(sandbox: Sandbox, settings: Settings) -> str:
    """Push a signed notification that speaks of the recipient, once more, and a forged one; the asset it tells of."""
    named = {"asset_id": "c" * 32, "public_id": "pushed", "resource_type": "image", "type": "upload", "version": 1}
    told = {"notification_type": "upload", "timestamp": "2026-02-10T08:00:00Z", "created_at": "2026-02-10T08:00:00Z"}
    words = {"tags": [EMAIL, POLICY], "context": {"custom": {"note": FREE_TEXT}}, "display_name": f"for {EMAIL}"}
    who = {"notification_context": {"triggered_by": {"source": "api", "id": "1"}}, "original_filename": f"{IBAN}.png"}
    body = json.dumps(named | told | words | who).encode()
    second = str(int(time.time()))
    secret = str(sandbox.cloudinary["api_secret"])
    signature = hashlib.sha1(body + second.encode() + secret.encode(), usedforsecurity=False).hexdigest()
    headers = {"X-Cld-Timestamp": second, "X-Cld-Signature": signature}
    with serving(open_receiver(settings)) as address:
        answers = [
            sandbox.http.post(address, content=sent, headers=headers).status_code
            for sent in (body, body, body.replace(b"pushed", b"forged"))
        ]
    assert answers == [200, 409, 401]
    return str(named["asset_id"])


def said_by(words: list[str], stdin: str = "") -> str:
    """Everything that a command prints in this process, whether it succeeds or not."""
    shown = CliRunner().invoke(application, words, input=stdin)
    return f"{shown.output}\n{shown.exception or ''}"


def run(words: list[str], given: Mapping[str, str]) -> str:
    """Run a command as a user does; everything that it prints, whether it succeeds or not."""
    shown = run_assettrail(*words, env={**os.environ, **given})
    return shown.stdout + shown.stderr


def spellings(canary: str) -> set[str]:
    """The ways in which an identifier could stand in a text."""
    plain = {canary, canary.replace(" ", ""), quote(canary), quote(canary, safe="@"), canary.replace(".", "%2E")}
    return {each.lower() for each in plain}


def found_in(text: str) -> set[str]:
    lowered = text.lower()
    return {canary for canary in CANARIES if any(each in lowered for each in spellings(canary))}


def decoded(path: Path) -> Iterator[str]:
    """The file as text: its bytes, as UTF-16 too, and for Parquet and DuckDB every value."""
    data = path.read_bytes()
    yield data.decode("utf-8", "replace")
    yield data.decode("utf-16-le", "replace")
    yield data[1:].decode("utf-16-le", "replace")
    if path.suffix == ".parquet":
        with duckdb.connect(":memory:") as connection:
            yield from _values(connection, f"read_parquet('{path}', hive_partitioning = false)")
    if path.suffix == ".duckdb":
        with duckdb.connect(str(path), read_only=True) as connection:
            tables = connection.execute("SELECT schema_name, table_name FROM duckdb_tables()").fetchall()
            for schema, table in tables:
                yield from _values(connection, f'"{schema}"."{table}"')


def _values(connection: duckdb.DuckDBPyConnection, relation: str) -> Iterator[str]:
    for (row,) in connection.execute(f"SELECT CAST(to_json(t) AS VARCHAR) FROM {relation} AS t").fetchall():
        yield row


def test_the_search_sees_through_compression_and_spelling(tmp_path: Path) -> None:
    """Harm prevented: a search that finds nothing because it looks at packed bytes."""
    parquet, database, plain = tmp_path / "a.parquet", tmp_path / "a.duckdb", tmp_path / "a.txt"
    pq.write_table(pa.table({"a": [[{"b": EMAIL}]] * 1000}), parquet, compression="zstd")
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE t AS SELECT ? AS a FROM range(10000)", [f"x {NAME.upper()} y"])
    plain.write_bytes(f"..{quote(TELEPHONE)} and {IBAN.replace(' ', '')}".encode())
    assert {path.name: set().union(*map(found_in, decoded(path))) for path in (parquet, database, plain)} == {
        "a.parquet": {EMAIL},
        "a.duckdb": {NAME},
        "a.txt": {TELEPHONE, IBAN},
    }
    plain.write_bytes(ACCOUNT.encode("utf-16-le"))
    assert set().union(*map(found_in, decoded(plain))) == {ACCOUNT}


@pytest.mark.timeout(900)
def test_no_recipient_stands_in_clear_anywhere(
    sandbox: Sandbox,
    settings: Settings,
    store: LandingStore,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Harm prevented: a copy of the warehouse, or a log file sent to support, that tells who got which letter."""
    assert settings.cloudinary is not None
    given = environment(settings, sandbox)
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    caplog.set_level(logging.DEBUG)
    plant(sandbox, settings, tmp_path / "drop", settings.cloudinary.poll_channel)
    pushed = push(sandbox, settings)
    ingests = [["ingest", "cloudinary"], ["ingest", "exstream"], ["ingest", "trading_grid"]]
    printed = [said_by(words) for words in ingests]
    printed.append(run(["ingest", "exstream", "--folder", str(tmp_path / "drop")], given))
    assert pushed in {row["asset_id"] for row in landed_rows(store, "cloudinary", "notifications")}
    records = list_quarantine(store, store.ledger)
    assert {record.stream for record in records} >= {"communications", "delivery_outputs"}
    shows = [["quarantine", "show", record.record_id] for record in records]
    listings = [["quarantine", "list"], ["quarantine", "list", "--json"], ["batches", "list", "--json"]]
    listings += [["claims"], ["claims", "--json"], ["quarantine", "replay"], ["log", "verify", "--all"]]
    printed += [said_by(words) for words in [*shows, *listings]]
    printed.append(said_by(["recipients", "pseudonyms"], CUSTOMER))
    raw = RawStore(settings.home / "raw", load_raw_keys(settings.keys.folder)[0])
    hashes = [path.parent.name + path.stem for path in (settings.home / "raw").rglob("*.sealed")]
    planted = set().union(*(found_in(raw.get(each).decode("utf-8", "replace")) for each in hashes))
    assert planted == set(CANARIES), "what was not planted cannot be found"
    (pseudonym,) = set(re.findall(r"\b[0-9a-f]{64}\b", printed[-1]))
    project_log(store)
    (settings.home / "warehouse").mkdir(exist_ok=True)
    built = dbt(
        tmp_path, "build", "--exclude-resource-type", "unit_test", "--exclude-resource-type", "test", home=settings.home
    )
    assert built.returncode == 0, built.stdout
    files = [path for path in settings.home.rglob("*") if path.is_file()]
    assert {".parquet", ".duckdb", ".sealed", ".db"} <= {path.suffix for path in files}
    leaks = {
        str(path.relative_to(settings.home)): found for path in files for found in map(found_in, decoded(path)) if found
    }
    assert leaks == {}
    assert "forged_notification" in caplog.text
    said = [found_in(text) for text in [*printed, built.stdout, built.stderr, caplog.text]]
    assert said == [set()] * len(said), printed
    with duckdb.connect(str(settings.home / "warehouse" / "build.duckdb"), read_only=True) as connection:
        query = "SELECT count(*) FROM staging.stg_exstream__communications WHERE recipient_pseudonym = ?"
        assert connection.execute(query, [pseudonym]).fetchone() == (2,), (
            "the look-up finds what the pseudonym stands for"
        )
