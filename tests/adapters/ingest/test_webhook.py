"""Pushed notifications over real HTTP: only the vendor's word gets in, once, and no 200 before it is durable."""

from __future__ import annotations

import hashlib
import json
import logging
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cloudinary import api
from pydantic import SecretStr

import ingest.cloudinary.pushed as cloudinary_pushed
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from evidence.raw_store import RawStore
from ingest.cloudinary import webhook_server
from ingest.cloudinary.signature import NotificationKeys, verify_notification
from ingest.cloudinary.streams import signed_bytes
from ingest.cloudinary.webhook import PATH, Receiver
from ingest.cloudinary.webhook_inbox import WebhookInbox, inbox_folder
from ingest.cloudinary.webhook_server import open_receiver
from ingest.extract import Source
from ingest.landing_store import LandingStore
from ingest.sources import open_source
from ingest.strict import sha256_hex
from tests.adapters.ingest.stand_ins import EVENTS, ROOT, Sandbox, land_all, landed_rows, serving
from tests.adapters.ingest.test_cloudinary_source import changed

Fresh = Callable[[str], str]
SECRET = "current-canary-secret"
PREVIOUS = "previous-canary-secret"
BODY = json.dumps(
    {"notification_type": "upload", "timestamp": "2026-01-10T08:00:00Z", "asset_id": "a" * 32, "é": 9007199254740993},
    ensure_ascii=False,
).encode()


def signed(body: bytes, second: int, secret: str = SECRET, algorithm: str = "sha1") -> dict[str, str]:
    """The vendor's headers for a body, as its documentation makes them."""
    made = hashlib.new(algorithm, body + str(second).encode() + secret.encode()).hexdigest()
    return {"X-Cld-Timestamp": str(second), "X-Cld-Signature": made}


def now() -> int:
    return int(time.time())


@pytest.fixture
def inbox(tmp_path: Path) -> WebhookInbox:
    return WebhookInbox(tmp_path / "inbox", RawStore(tmp_path / "raw", b"k" * 32))


def receiver_of(inbox: WebhookInbox, *algorithms: str, **options: Any) -> Receiver:
    keys = NotificationKeys(
        (SecretStr(SECRET), SecretStr(PREVIOUS)), frozenset(algorithms) or frozenset({"sha1", "sha256"})
    )
    return Receiver(inbox, lambda: keys, **{"bytes_cap": 10_000, **options})


def test_what_is_signed_is_kept_as_it_came(inbox: WebhookInbox) -> None:
    """A body that is decoded and written again has another hash, and proves nothing."""
    body = b' {"notification_type" :"upload",\n "n": 1.0, "n2": 9007199254740993}\n'
    second = now()
    with serving(receiver_of(inbox)) as address:
        assert httpx.post(address, content=body, headers=signed(body, second)).status_code == 200
    (note,) = inbox.waiting()
    assert inbox.body(note) == body
    assert (note.timestamp, note.raw_hash) == (str(second), hashlib.sha256(body).hexdigest())


@pytest.mark.parametrize("secret", [SECRET, PREVIOUS])
@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_both_secrets_of_a_rotation_and_both_hashes_count(inbox: WebhookInbox, secret: str, algorithm: str) -> None:
    """A rotation that refuses the old secret at once loses what was signed before the vendor switched (F30)."""
    with serving(receiver_of(inbox)) as address:
        assert httpx.post(address, content=BODY, headers=signed(BODY, now(), secret, algorithm)).status_code == 200


def forgeries() -> dict[str, tuple[bytes, dict[str, str]]]:
    """Every way to push what Cloudinary did not say, by name (F39)."""
    second = now()
    good = signed(BODY, second)
    shifted = BODY + str(second)[:3].encode()
    return {
        "another secret": (BODY, signed(BODY, second, "guess")),
        "another body": (BODY + b" ", good),
        "no signature": (BODY, {"X-Cld-Timestamp": str(second)}),
        "no timestamp": (BODY, {"X-Cld-Signature": good["X-Cld-Signature"]}),
        "an empty signature": (BODY, good | {"X-Cld-Signature": ""}),
        "a signature of another kind": (BODY, good | {"X-Cld-Signature": "md5" + "0" * 29}),
        "another second": (BODY, good | {"X-Cld-Timestamp": str(second + 1)}),
        "too old": (BODY, signed(BODY, second - 301)),
        "too far ahead": (BODY, signed(BODY, second + 330)),
        "eleven digits": (BODY, signed(BODY, int(f"{second}0"))),
        "digits moved into the body": (shifted, good | {"X-Cld-Timestamp": str(second)[3:]}),
        "digits of another script": (BODY, good | {"X-Cld-Timestamp": "\u0661" * 10}),
    }


@pytest.mark.parametrize("name", list(forgeries()))
def test_forgeries_are_refused_and_told(inbox: WebhookInbox, name: str, caplog: pytest.LogCaptureFixture) -> None:
    """Whoever finds the address could otherwise invent an approval; and nobody would know that it was tried."""
    body, headers = forgeries()[name]
    raw = [(key.encode(), value.encode()) for key, value in headers.items()]
    with caplog.at_level(logging.WARNING, "assettrail.security"), serving(receiver_of(inbox)) as address:
        assert httpx.post(address, content=body, headers=raw).status_code == 401
    assert inbox.waiting() == []
    (told,) = [json.loads(record.getMessage()) for record in caplog.records if record.name == "assettrail.security"]
    assert (told["event"], told["number"], told["from"]) == ("forged_notification", 1, "127.0.0.1")
    assert (told["sha256"], told["bytes"]) == (hashlib.sha256(body).hexdigest(), len(body))
    assert "canary" not in caplog.text
    assert "notification_type" not in caplog.text


def test_two_signatures_are_none(inbox: WebhookInbox) -> None:
    """A proxy and we could each believe another one of two headers."""
    good = signed(BODY, now())
    headers = [*good.items(), ("X-Cld-Signature", "0" * 40)]
    with serving(receiver_of(inbox)) as address:
        assert httpx.post(address, content=BODY, headers=headers).status_code == 401


def test_sha1_is_refused_where_the_settings_say_so(inbox: WebhookInbox) -> None:
    """An account that signs with SHA-256 has no use for SHA-1, a forger may."""
    with serving(receiver_of(inbox, "sha256")) as address:
        assert httpx.post(address, content=BODY, headers=signed(BODY, now())).status_code == 401
        assert httpx.post(address, content=BODY, headers=signed(BODY, now(), SECRET, "sha256")).status_code == 200


def test_the_same_message_is_taken_once_for_ever(
    inbox: WebhookInbox, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A recorded message that is sent again could bring a revoked approval back; also after a restart and a landing."""
    headers = signed(BODY, now())
    with serving(receiver_of(inbox)) as address:
        answers = [httpx.post(address, content=BODY, headers=headers).status_code for _ in range(2)]
    assert answers == [200, 409]
    restarted = WebhookInbox(tmp_path / "inbox", RawStore(tmp_path / "raw", b"k" * 32))
    restarted.clear(restarted.waiting(), time.time())
    assert restarted.waiting() == []
    with caplog.at_level(logging.WARNING, "assettrail.security"), serving(receiver_of(restarted)) as address:
        assert httpx.post(address, content=BODY, headers=headers).status_code == 409
    assert "replayed_notification" in caplog.text
    assert restarted.waiting() == []


def test_many_at_once_take_one_message_once(inbox: WebhookInbox) -> None:
    """Two copies in one instant pass a look before the leap; the name of the note decides."""
    headers = signed(BODY, now())
    answers: list[int] = []
    with serving(receiver_of(inbox)) as address:
        threads = [
            threading.Thread(
                target=lambda: answers.append(httpx.post(address, content=BODY, headers=headers).status_code)
            )
            for _ in range(12)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert sorted(answers) == [200, *[409] * 11]
    assert len(inbox.waiting()) == 1


def test_a_body_beyond_the_cap_is_not_read(inbox: WebhookInbox) -> None:
    """One request must not fill the memory; a body without a length must not either."""
    body = b"x" * 10_001
    with serving(receiver_of(inbox)) as address:
        assert httpx.post(address, content=body, headers=signed(body, now())).status_code == 413
        chunked = httpx.post(address, content=iter([body[:6000], body[6000:]]), headers=signed(body, now()))
    assert chunked.status_code == 413


def test_a_body_that_drips_is_given_up(inbox: WebhookInbox) -> None:
    """Connections that never end would keep the vendor's out."""

    def drip() -> Iterator[bytes]:
        for _ in range(20):
            yield b"x"
            time.sleep(0.1)

    with serving(receiver_of(inbox, body_deadline_seconds=0.3)) as address:
        began = time.monotonic()
        assert httpx.post(address, content=drip(), headers=signed(b"x" * 20, now())).status_code == 408
        assert time.monotonic() - began < 5


def test_connections_that_ask_nothing_keep_nobody_out(inbox: WebhookInbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many silent ones as there are places, half of them with a header that never ends, and all news is refused."""
    monkeypatch.setattr(webhook_server, "REQUEST_SECONDS", 0.5)
    with serving(receiver_of(inbox)) as address, ExitStack() as silent:
        host = urlsplit(address)
        for number in range(70):
            connection = silent.enter_context(socket.create_connection((str(host.hostname), int(host.port or 0))))
            connection.sendall(b"POST / HTTP/1.1\r\nX-Long: " if number % 2 else b"")
        assert httpx.post(address, content=BODY, headers=signed(BODY, now())).status_code == 503
        time.sleep(1.0)
        with httpx.Client() as client:
            assert client.post(address, content=BODY, headers=signed(BODY, now())).status_code == 200
            assert client.post(address, content=BODY, headers=signed(BODY, now())).status_code == 409


def test_no_200_while_the_disk_refuses(inbox: WebhookInbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """A 200 for what is not on the disk loses the event: the vendor forgets it (F32)."""

    def full(_self: RawStore, _data: bytes) -> str:
        raise ConfigurationError(tried="to write", found="ENOSPC", expected="space", remedy="free some")

    headers = signed(BODY, now())
    with serving(receiver_of(inbox)) as address:
        with monkeypatch.context() as patched:
            patched.setattr(RawStore, "put", full)
            assert httpx.post(address, content=BODY, headers=headers).status_code == 503
        assert httpx.post(address, content=BODY, headers=headers).status_code == 200, "the vendor's second attempt"


def test_other_paths_and_methods_say_nothing(inbox: WebhookInbox) -> None:
    """A receiver that answers more than it must tells a stranger what it is."""
    with serving(receiver_of(inbox)) as address:
        assert httpx.get(address).status_code == 405
        assert httpx.post(address.removesuffix(PATH), content=BODY).status_code == 404


@pytest.fixture
def pushing(sandbox: Sandbox, settings: Settings) -> Iterator[tuple[Settings, str]]:
    """An installation that polls and is pushed to as well, told of everything from 2026-01-10 on."""
    channel = settings.cloudinary.poll_channel if settings.cloudinary else ""
    with serving(open_receiver(settings)) as address:
        sandbox.set_clock("2026-01-10T00:00:00Z")
        sandbox.create_triggers(channel)
        for event in EVENTS:
            api.create_trigger(address, event, **sandbox.cloudinary)
        sandbox.set_clock("2026-01-10T08:00:00Z")
        yield settings, address
        for trigger in api.triggers(**sandbox.cloudinary)["triggers"]:
            if trigger["uri"] == address:
                api.delete_trigger(trigger["id"], **sandbox.cloudinary)


def inbox_of(store: LandingStore) -> WebhookInbox:
    return WebhookInbox(inbox_folder(store.home), store.raw)


def await_pushed(store: LandingStore, count: int) -> None:
    """Wait until so many notifications are in the inbox."""
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and len(inbox_of(store).waiting()) < count:
        time.sleep(0.02)
    assert len(inbox_of(store).waiting()) == count


def test_an_event_by_poll_and_by_push_is_one_event(
    sandbox: Sandbox, pushing: tuple[Settings, str], store: LandingStore, fresh: Fresh
) -> None:
    """Counted twice, an overwrite would be two versions in one second and its verdict AMBIGUOUS (F13)."""
    settings, _ = pushing
    first = sandbox.upload(fresh("a"), "red")
    await_pushed(store, 1)
    batches = land_all(open_source(settings, "cloudinary", store), store)["notifications"]
    assert batches[-1].claim.complete
    assert "1 pushed" in batches[-1].claim.detail
    assert [row["asset_id"] for row in landed_rows(store, "cloudinary", "notifications")] == [first["asset_id"]]
    assert inbox_of(store).waiting() == []
    again = land_all(open_source(settings, "cloudinary", store), store)["notifications"]
    assert [batch.rows for batch in again] == [0]


def test_what_only_push_brought_lands_once_also_after_a_kill(
    sandbox: Sandbox, pushing: tuple[Settings, str], store: LandingStore, fresh: Fresh
) -> None:
    """The note is put away after the leaf: killed in between, the event lands again and says nothing new (I2, I3)."""
    settings, address = pushing
    sandbox.upload(fresh("a"), "red", notification_url=address)
    await_pushed(store, 1)
    channel = settings.cloudinary.poll_channel if settings.cloudinary else ""
    polled = api.notifications(channel=channel, wait_seconds=0, **sandbox.cloudinary)["messages"]
    api.ack_notifications([message["receipt_handle"] for message in polled], **sandbox.cloudinary)
    killed = open_source(settings, "cloudinary", store).extract("notifications", None)
    assert (len(killed.rows), len(inbox_of(store).waiting())) == (1, 1)
    land_all(open_source(settings, "cloudinary", store), store)
    rows = landed_rows(store, "cloudinary", "notifications")
    assert [row["_source_uri"].partition("/notifications/")[2] for row in rows] == ["webhook"]
    kept = json.loads(store.raw.get(rows[0]["_raw_hash"]))
    assert sha256_hex(signed_bytes(kept)) == rows[0]["digest"], "the bytes as received, with their signature"
    assert settings.cloudinary is not None
    verify_notification(
        signed_bytes(kept), kept["timestamp"], kept["signature"], settings.cloudinary.secret, time.time()
    )


def test_a_full_inbox_lands_in_batches(
    sandbox: Sandbox,
    pushing: tuple[Settings, str],
    store: LandingStore,
    fresh: Fresh,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A window that is claimed while notifications wait covers events that nobody has read."""
    monkeypatch.setattr(cloudinary_pushed, "PUSHED_PER_BATCH", 2)
    settings, _ = pushing
    for _ in range(3):
        sandbox.upload(fresh("a"), "red")
    await_pushed(store, 3)
    batches = land_all(open_source(settings, "cloudinary", store), store)["notifications"]
    assert [batch.claim.complete for batch in batches] == [False, True]
    assert sum(batch.rows for batch in batches) == 3


def ask_with_the_key_of(settings: Settings, source: Source, store: LandingStore) -> None:
    """Have the source ask the account by other settings, and verify what was pushed by its own."""
    reader = source._notifications  # type: ignore[attr-defined]
    asking = open_source(settings, "cloudinary", store)._access  # type: ignore[attr-defined]
    reader._access = replace(reader._access, client=asking.client, triggers=asking.triggers)


def test_a_secret_that_was_taken_out_too_early_loses_nothing(
    sandbox: Sandbox, pushing: tuple[Settings, str], store: LandingStore, fresh: Fresh
) -> None:
    """What was answered with 200 never comes again: it waits until the old secret is back, and the claim says so."""
    settings, _ = pushing
    sandbox.upload(fresh("a"), "red")
    await_pushed(store, 1)
    source = open_source(changed(settings, api_secret=SecretStr("rotated")), "cloudinary", store)
    ask_with_the_key_of(settings, source, store)
    extract = source.extract("notifications", None)
    assert not extract.claim.complete
    assert "previous_api_secret" in extract.claim.detail
    assert extract.acknowledge is not None
    source._notifications._pushed.clear([])  # type: ignore[attr-defined]
    assert len(inbox_of(store).waiting()) == 1
    secret = settings.cloudinary.api_secret if settings.cloudinary else None
    both = changed(settings, api_secret=SecretStr("rotated"), previous_api_secret=secret)
    source = open_source(both, "cloudinary", store)
    ask_with_the_key_of(settings, source, store)
    pushed = [row for row in source.extract("notifications", None).rows if row.source_uri.endswith("/webhook")]
    assert len(pushed) == 1


@contextmanager
def command(settings: Settings, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command as an operator starts it, and the address that it says."""
    section = settings.cloudinary
    assert section is not None
    config = tmp_path / "assettrail.toml"
    secret = tmp_path / "secret"
    secret.write_text(SECRET)
    config.write_text(
        f'home = "{settings.home}"\n[keys]\nfolder = "{settings.keys.folder}"\n[cloudinary]\n'
        f'cloud_name = "{section.cloud_name}"\napi_key = "k"\napi_secret_file = "{secret}"\n'
    )
    words = [Path(sys.executable).with_name("assettrail"), "sources", "cloudinary", "receive", "--port", "0"]
    environment = {"ASSETTRAIL_CONFIG": str(config), "PATH": "/usr/bin", "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(words, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            assert "http://127.0.0.1:" in line, line
            yield process, next(word for word in line.split() if word.startswith("http"))
        finally:
            process.terminate()
            process.wait(10)


def test_the_command_receives(settings: Settings, store: LandingStore, tmp_path: Path) -> None:
    """The command binds loopback, says where, and tells of forgeries on its standard error."""
    with command(settings, tmp_path) as (process, address):
        assert httpx.post(address, content=BODY, headers=signed(BODY, now(), "guess")).status_code == 401
        assert process.stderr is not None
        told = process.stderr.readline()
        assert "forged_notification" in told
        assert "canary" not in told
        assert httpx.post(address, content=BODY, headers=signed(BODY, now())).status_code == 200
    assert [inbox_of(store).body(note) for note in inbox_of(store).waiting()] == [BODY]


def test_a_kill_loses_nothing_that_was_answered_with_200(
    settings: Settings, store: LandingStore, tmp_path: Path
) -> None:
    """What was answered with 200 never comes again (I2); what a killed receiver left half-written is read by nobody."""
    answered: list[bytes] = []
    half = threading.Event()

    def send(sender: int) -> None:
        with httpx.Client() as client:
            for number in range(200):
                body = json.dumps({"sender": sender, "number": number, "text": "x" * 500}).encode()
                try:
                    status = client.post(address, content=body, headers=signed(body, now())).status_code
                except httpx.HTTPError:
                    return
                if status == 200:
                    answered.append(body)
                if len(answered) > 60:
                    half.set()

    with command(settings, tmp_path) as (process, address):
        threads = [threading.Thread(target=send, args=(sender,)) for sender in range(4)]
        for thread in threads:
            thread.start()
        assert half.wait(60)
        process.kill()
        for thread in threads:
            thread.join(30)
    inbox = inbox_of(store)
    kept = {inbox.body(note) for note in inbox.waiting()}
    assert set(answered) <= kept
    assert len(kept) <= len(answered) + 4, "at most one unanswered message for each sender"
