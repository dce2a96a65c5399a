"""The token desk: a client that is let in wrongly would hide sign-in bugs of the real product."""

from __future__ import annotations

import httpx
import pytest

from sandbox import credentials


def test_a_call_without_a_token_is_refused(service) -> None:
    """A product that forgets its token must fail here, not first at the customer."""
    reply = httpx.get(f"{service.http.base_url}/api/v1/cases")
    assert reply.status_code == 401
    assert reply.json()["error"] == "invalid_token"
    assert "Bearer" in reply.headers["WWW-Authenticate"]


@pytest.mark.parametrize(
    ("form", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "someone"}, 401, "invalid_client"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": "refresh_token", "refresh_token": "any"}, 400, "unsupported_grant_type"),
    ],
)
def test_wrong_credentials_get_the_oauth_error(service, form, status, error) -> None:
    """`sources check` tells a wrong secret from a wrong address by this body."""
    reply = service.token_request(**form)
    assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert reply.json()["error_description"]


def test_json_instead_of_a_form_is_refused(service) -> None:
    """A client that sends JSON would work against a lenient stand-in and fail at the customer."""
    reply = service.http.post("/oauth2/token", json={"grant_type": "client_credentials"})
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")


def test_a_scope_is_not_looked_at_and_nothing_is_refreshed(service) -> None:
    """The desk serves Exstream, too: what only that one offers must not make this stand-in kinder than the vendor."""
    reply = service.token_request(scope="anything").json()
    assert set(reply) == {"access_token", "token_type", "expires_in"}


def test_basic_authentication_is_accepted(service) -> None:
    """RFC 6749 lets a client send its credentials in the header; such a client must be let in."""
    reply = httpx.post(
        f"{service.http.base_url}/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(credentials.TRADING_GRID_CLIENT_ID, credentials.TRADING_GRID_CLIENT_SECRET),
    )
    assert reply.json()["token_type"] == "Bearer"


def test_a_token_ends_on_the_sandbox_clock(service) -> None:
    """Without expiry, a client that never renews its token would pass every test."""
    service.clock.advance(3599)
    assert service.http.get("/api/v1/cases").status_code == 200
    service.clock.advance(1)
    expired = service.http.get("/api/v1/cases")
    assert (expired.status_code, expired.json()["error"]) == (401, "invalid_token")
    service.sign_in()
    assert service.http.get("/api/v1/cases").status_code == 200
