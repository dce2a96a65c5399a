"""OTDS tokens: a client that is let in wrongly would hide sign-in bugs of the real product."""

from __future__ import annotations

import httpx
import pytest

from sandbox import credentials

RUNTIME = "/orchestration/api/v1/runtime/claims"


def test_a_call_without_a_token_is_refused(service) -> None:
    """A product that forgets its token must fail here, not first at the customer."""
    for path in (f"{RUNTIME}/jobs", "/design/api/v1/resources/claims"):
        reply = httpx.get(f"{service.http.base_url}{path}")
        assert reply.status_code == 401
        assert reply.json()["errorCode"] == "UNAUTHORIZED"
        assert reply.json()["path"] == path


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "someone"}, 401, "invalid_client"),
        ({"scope": "otds:groups search"}, 400, "invalid_scope"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "authorization_code"}, 400, "unsupported_grant_type"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "made up"}, 400, "invalid_grant"),
    ],
)
def test_refused_token_requests(service, form, status, error) -> None:
    """`sources check` tells a wrong secret, scope and grant apart by these bodies."""
    reply = service.token_request(**form)
    assert (reply.status_code, reply.json()["error"]) == (status, error)


def test_credentials_in_a_header_alone_are_refused(service) -> None:
    """OTDS is asked with a form here: a client that sends another form must fail here, not first at the customer."""
    reply = service.http.post(
        "/otds/otdsws/otdstenant/insurer/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(credentials.EXSTREAM_CLIENT_ID, credentials.EXSTREAM_CLIENT_SECRET),
    )
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_client")


def test_the_token_request_must_be_a_form(service) -> None:
    """OTDS takes forms only; a client that sends JSON must fail here."""
    reply = service.http.post("/otds/otdsws/otdstenant/insurer/oauth2/token", json={"grant_type": "client_credentials"})
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_a_token_ends_on_the_sandbox_clock(service) -> None:
    """Without expiry, a client that never renews its token would pass every test."""
    service.clock.advance(3599)
    assert service.http.get(f"{RUNTIME}/jobs").status_code == 200
    service.clock.advance(1)
    assert service.http.get(f"{RUNTIME}/jobs").status_code == 401
    service.sign_in()
    assert service.http.get(f"{RUNTIME}/jobs").status_code == 200


def test_a_refresh_token_works_once(service) -> None:
    """Rotated refresh tokens are lost by clients that do not store the new one; that must show."""
    first = service.token_request().json()
    again = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    assert service.token_request(**again).json()["access_token"] != first["access_token"]
    assert service.token_request(**again).json()["error"] == "invalid_grant"
