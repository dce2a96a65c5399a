"""Signing in: who gets in, who does not, and what a stolen or foreign request can do."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from starlette.testclient import TestClient

from assettrail.clock import FixedClock, SystemClock
from reports.people.return_address import safe_return
from sandbox.sign_in.issuer import Issuer, new_key
from tests.browser.example.names import LETTER, RIGHT_TO_LEFT, SCRIPT
from tests.unit.reports.people.house import (
    ADA,
    CLOCK,
    OFFICER,
    PUBLIC,
    SUBJECT,
    House,
    application_of,
    client_of,
    csrf_of,
    oidc_of,
    sign_in,
    signed_in,
)

DEEP = f"/communications/{LETTER}?snapshot="
TEN_MEGABYTES = 10 * 1024 * 1024


def at_provider(client: TestClient, path: str, subject: str = SUBJECT) -> Any:
    """Open a page, sign in at the provider as its form does, and come back: the answer of the callback."""
    begun = client.get(client.get(path).headers["location"])
    assert begun.status_code == 303, begun.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    assert asked["code_challenge_method"] == "S256"
    provider = "{0.scheme}://{0.netloc}/authorize".format(urlsplit(begun.headers["location"]))
    back = httpx.post(provider, data=asked | {"subject": subject})
    return client.get(back.headers["location"].removeprefix(PUBLIC))


def test_a_deep_link_survives_the_sign_in_at_the_provider(house: House, issuer: Issuer) -> None:
    """A link in a ticket that ends on the home page after the sign-in has to be looked up again."""
    client = client_of(application_of(house, **oidc_of(issuer)))
    answer = at_provider(client, DEEP)
    assert (answer.status_code, answer.headers["location"]) == (303, DEEP)
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    page = client.get(DEEP)
    assert (page.status_code, OFFICER in page.text) == (200, True)


def test_whom_the_provider_knows_and_we_do_not_sees_nothing(house: House, issuer: Issuer) -> None:
    """Everybody of the company can sign in at its provider; not everybody may read dossiers."""
    client = client_of(application_of(house, **oidc_of(issuer)))
    answer = at_provider(client, DEEP, "sandbox|q.stranger")
    assert (answer.status_code, "sandbox|q.stranger" in answer.text) == (403, True)
    assert client.get(DEEP).status_code == 303


@pytest.mark.parametrize(
    "lie",
    [
        lambda claims: claims | {"nonce": "another"},
        lambda claims: claims | {"aud": "another-client"},
        lambda claims: claims | {"iss": "https://issuer.example"},
        lambda claims: claims | {"exp": claims["iat"] - 3_600},
        lambda claims: claims | {"azp": "another-client"},
        lambda claims: {name: value for name, value in claims.items() if name != "sub"},
    ],
)
def test_an_id_token_that_was_not_made_for_this_sign_in_is_refused(
    house: House, issuer: Issuer, lie: Callable[[dict[str, object]], dict[str, object]]
) -> None:
    """A token of another client, another browser or last week would sign anybody in as anybody."""
    issuer.tamper = lie
    answer = at_provider(client_of(application_of(house, **oidc_of(issuer))), "/")
    assert (answer.status_code, "Signing in did not work" in answer.text) == (502, True)
    assert "assettrail-session" not in answer.headers.get("set-cookie", "")


def test_an_id_token_that_another_key_signed_is_refused(house: House, issuer: Issuer) -> None:
    """Without the signature the claims are anybody's words."""
    issuer.signing_key = new_key()
    assert at_provider(client_of(application_of(house, **oidc_of(issuer))), "/").status_code == 502


def test_an_unverified_email_address_is_nobodys(house: House, issuer: Issuer) -> None:
    """Whoever may type any address at the provider could sign in as the officer."""
    issuer.tamper = lambda claims: claims | {"email_verified": False}
    assert at_provider(client_of(application_of(house, **oidc_of(issuer, "email"))), "/").status_code == 502


def test_an_answer_counts_once_and_only_in_the_browser_that_asked(house: House, issuer: Issuer) -> None:
    """A code that leaked, or that an attacker slips into another's browser, must sign nobody in."""
    application = application_of(house, **oidc_of(issuer))
    client, other = client_of(application), client_of(application)
    begun = client.get("/sign-in/begin")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    back = httpx.post(f"{issuer.address}/authorize", data=asked | {"subject": SUBJECT}).headers["location"]
    callback = back.removeprefix(PUBLIC)
    assert other.get(callback).status_code == 502
    assert client.get(callback).status_code == 303
    assert client.get(callback).status_code == 502


def test_a_token_signs_in_and_the_session_is_another_each_time(house: House) -> None:
    """A session id that was there before the sign-in may be one that an attacker has set."""
    client = client_of(application_of(house))
    assert sign_in(client, house.tokens["officer"], DEEP).headers["location"] == DEEP
    first = client.cookies["assettrail-session"]
    sign_in(client, house.tokens["officer"])
    second = client.cookies["assettrail-session"]
    assert first != second
    client.cookies.set("assettrail-session", first, domain="127.0.0.1")
    assert OFFICER not in client.get("/").text


@pytest.mark.parametrize("token", ["", "assettrail_0123456789abcdef_" + "A" * 43, SCRIPT, RIGHT_TO_LEFT, "x" * 200])
def test_a_text_that_is_no_token_signs_nobody_in(house: House, token: str) -> None:
    """A refusal that lets in, or that runs what was typed, is worse than none."""
    client = client_of(application_of(house))
    answer = sign_in(client, token)
    assert answer.status_code == 403
    assert "<script>" not in answer.text
    assert 'aria-invalid="true"' in answer.text
    assert "assettrail-session" not in client.cookies


def test_the_database_holds_no_session_id(house: House) -> None:
    """A copy of the database would sign its reader in as everybody who is at work."""
    client = signed_in(house, "officer")
    with sqlite3.connect(house.home / "corrections" / "outbox.sqlite") as connection:
        kept = str(connection.execute("select * from sessions").fetchall())
    assert client.cookies["assettrail-session"] not in kept


@pytest.mark.parametrize(("minutes", "still"), [(29, True), (31, False)])
def test_an_idle_session_ends(house: House, minutes: int, still: bool) -> None:
    """A browser that was left open in the lobby reads and approves as whoever sat there."""
    client = signed_in(house, "officer")
    client.app.state.gate.clock = FixedClock(SystemClock().now() + timedelta(minutes=minutes))  # type: ignore[attr-defined]
    assert (OFFICER in client.get("/").text) is still


def test_a_session_ends_however_busy_it_is(house: House) -> None:
    """A session that lives as long as it is used is a key that is never given back."""
    client, begun = signed_in(house, "officer"), SystemClock().now()
    for quarters in range(1, 48):
        client.app.state.gate.clock = FixedClock(begun + timedelta(minutes=15 * quarters))  # type: ignore[attr-defined]
        assert OFFICER in client.get("/sign-in").text
    client.app.state.gate.clock = FixedClock(begun + timedelta(hours=12, seconds=1))  # type: ignore[attr-defined]
    assert OFFICER not in client.get("/sign-in").text


def test_signing_out_ends_the_session_on_the_server(house: House) -> None:
    """A cookie that only the browser forgets still opens everything for whoever copied it."""
    client = signed_in(house, "officer")
    kept = client.cookies["assettrail-session"]
    assert client.post("/sign-out", data={"csrf_token": csrf_of(client.get("/").text)}).status_code == 303
    client.cookies.set("assettrail-session", kept, domain="127.0.0.1")
    assert OFFICER not in client.get("/").text


def test_attempts_are_limited(house: House) -> None:
    """An endless number of attempts writes the disk full and tries every leaked token."""
    client = client_of(application_of(house, sign_ins_per_minute=3))
    client.app.state.gate.clock = FixedClock(SystemClock().now() + timedelta(hours=2))  # type: ignore[attr-defined]
    codes = [sign_in(client, "nonsense").status_code for _ in range(5)]
    assert codes == [403, 403, 403, 429, 429]
    assert sign_in(client, house.tokens["officer"]).status_code == 429


@pytest.mark.parametrize(
    "wanted",
    [
        "https://attacker.example/",
        "//attacker.example/",
        "/\\attacker.example",
        "/\t/attacker.example",
        "javascript:alert(1)",
        "/sign-out",
        "/x" * 2_000,
        "/\u202e",
        "/x\r\nSet-Cookie: a=b",
        "",
        "communications",
    ],
)
def test_nobody_is_sent_elsewhere_after_signing_in(house: House, wanted: str) -> None:
    """A sign-in that ends at an attacker's copy of the page hands the next password over."""
    assert safe_return(wanted) == "/"
    client = client_of(application_of(house))
    assert sign_in(client, house.tokens["officer"], wanted[:4_000]).headers["location"] == "/"


@pytest.mark.parametrize("path", ["/", "/exceptions?text=a%20b&after=%22", f"/communications/{LETTER}.json"])
def test_a_path_of_ours_comes_back_as_it_is(path: str) -> None:
    """A return address that is changed on its way loses the filters of the day."""
    assert safe_return(path) == path


def test_a_form_of_a_foreign_page_is_not_taken(house: House) -> None:
    """A page that an officer visits in another tab would sign them out, or approve in their name."""
    client = signed_in(house, "officer")
    token, foreign = csrf_of(client.get("/").text), csrf_of(signed_in(house, "approver").get("/").text)
    attempts: list[dict[str, Any]] = [
        {"data": {}},
        {"data": {"csrf_token": foreign}},
        {"data": {"csrf_token": token}, "headers": {"Origin": "https://attacker.example"}},
        {"data": {"csrf_token": token}, "headers": {"Sec-Fetch-Site": "cross-site"}},
        {"json": {"csrf_token": token}},
        {"content": f"csrf_token={token}", "headers": {"Content-Type": "text/plain"}},
    ]
    assert [client.post("/sign-out", **attempt).status_code for attempt in attempts] == [403] * len(attempts)
    assert OFFICER in client.get("/").text
    assert client.post("/sign-out", data={"csrf_token": token}, headers={"Origin": PUBLIC}).status_code == 303


def test_a_body_of_ten_megabytes_is_refused_whole(house: House) -> None:
    """Bodies that are read into memory before anybody looks take the server from everybody."""
    client = client_of(application_of(house))
    assert client.post("/sign-in", data={"token": "x" * TEN_MEGABYTES}).status_code == 413

    def chunks() -> Any:
        for _ in range(160):
            yield b"x" * 65_536

    assert client.post("/sign-in", content=chunks()).status_code == 413


PROXY = {"mode": "proxy", "public_address": PUBLIC, "proxy": {"addresses": ["10.1.2.0/24"], "header": "X-Remote-User"}}


def test_the_header_of_the_proxy_is_the_person(house: House) -> None:
    """Behind the company's own sign-in nobody should have to sign in twice."""
    client = client_of(application_of(house, **PROXY), client=("10.1.2.3", 40_000))
    assert OFFICER in client.get("/", headers={"X-Remote-User": SUBJECT}).text


@pytest.mark.parametrize(
    ("address", "headers"),
    [
        ("10.1.3.3", [("X-Remote-User", SUBJECT)]),
        ("127.0.0.1", [("X-Remote-User", SUBJECT)]),
        ("not-an-address", [("X-Remote-User", SUBJECT)]),
        ("10.1.2.3", [("X-Remote-User", SUBJECT), ("X-Remote-User", "other")]),
        ("10.1.2.3", [("X-Remote-User", "")]),
        ("10.1.2.3", [("X-Remote-User", SCRIPT)]),
        ("10.1.2.3", []),
    ],
)
def test_a_header_that_the_proxy_did_not_set_is_not_believed(
    house: House, address: str, headers: list[tuple[str, str]]
) -> None:
    """Whoever reaches the port past the proxy could say that they are the administrator."""
    client = client_of(application_of(house, **PROXY), client=(address, 40_000))
    answer = client.get("/", headers=headers)
    assert (answer.status_code, "<script>" in answer.text) == (403, False)


def test_only_the_public_name_is_answered_to(house: House) -> None:
    """A foreign page whose name is pointed at this address would read it as its own (DNS rebinding)."""
    client = client_of(application_of(house, **PROXY), client=("10.1.2.3", 40_000))
    for host in ("attacker.example", "localhost:8765", "127.0.0.1:9999", "127.0.0.1:8765.attacker.example", ""):
        assert client.get("/", headers={"Host": host, "X-Remote-User": SUBJECT}).status_code == 421, host


def test_over_https_cookies_are_secure_and_bound_to_the_host(house: House) -> None:
    """A cookie that goes over plain HTTP once is everybody's on the way; one of another subdomain is an attacker's."""
    public = "https://reports.example"
    application = application_of(house, **(PROXY | {"public_address": public}))
    client = TestClient(application, base_url=public, client=("10.1.2.3", 40_000))
    answer = client.get("/", headers={"X-Remote-User": SUBJECT})
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-assettrail-browser=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}
    assert "max-age" in answer.headers["strict-transport-security"]


def test_local_mode_says_on_every_page_that_nobody_has_to_sign_in(house: House) -> None:
    """Whoever believes that pages are guarded leaves the machine open."""
    client = client_of(application_of(house))
    for path in ("/", "/exceptions", f"/communications/{LETTER}", "/nowhere/at/all", "/sign-in"):
        page = client.get(path).text
        assert ("Local mode: only this machine" in page) is (path != "/nowhere/at/all"), path


def test_the_person_of_the_settings_reads_and_does_not_decide(house: House) -> None:
    """Whoever may write the settings could otherwise approve in another's name."""
    named = client_of(application_of(house, person=ADA.name))
    page = named.get("/sign-in").text
    assert "named in the settings" in page
    assert named.get("/access").status_code == 403


def test_a_deactivated_person_and_a_revoked_token_are_out_at_once(house: House) -> None:
    """Who leaves the company this morning must not approve this afternoon."""
    from corrections.people import register

    settings = house.settings()
    register.add_person(settings, CLOCK, "Gone Soon", ["officer"], ADA)
    token = register.issue_token(settings, CLOCK, "Gone Soon", 5, ADA)
    client = client_of(application_of(house))
    sign_in(client, token.text)
    assert "Gone Soon" in client.get("/").text
    register.revoke_token(settings, CLOCK, token.token_id, ADA)
    assert "Gone Soon" not in client.get("/").text
    assert sign_in(client, token.text).status_code == 403
