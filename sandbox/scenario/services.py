"""Calls of the player to services behind OAuth2, and to the sandbox's clock and knobs.

Nothing is tried again but a call whose token had ended. What is sent does not belong here.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from sandbox.scenario.endpoints import MediaEndpoint, OAuthEndpoint
from sandbox.scenario.errors import PlayError
from sandbox.scenario.stages import HOUR, MINUTE, iso

_TIMEOUT_SECONDS = 120.0
_TOKEN_LIFE = HOUR - MINUTE
#: As the vendor gives no order and delivers at least once: one message in ten comes twice, and all in disorder.
_NOTIFICATIONS = {"notification_duplicates": 0.1, "notification_shuffle": True}


def let_notifications_stray(endpoint: MediaEndpoint) -> None:
    """Let the poll channels give notifications out of order, some of them twice, and none of them late.

    Raises PlayError when the sandbox cannot be reached.
    """
    _turn(endpoint, _NOTIFICATIONS | {"notification_held_seconds": 0})


@contextmanager
def notifications_held(endpoint: MediaEndpoint, seconds: int) -> Iterator[None]:
    """Let the poll channels give what is said in the block only so many seconds of the sandbox's clock later.

    Raises PlayError when the sandbox cannot be reached.
    """
    if seconds:
        _turn(endpoint, {"notification_held_seconds": seconds})
    yield
    if seconds:
        _turn(endpoint, {"notification_held_seconds": 0})


@contextmanager
def engine_clock_ahead(endpoint: MediaEndpoint, seconds: int) -> Iterator[None]:
    """Let the engine's clock be so many seconds ahead of the sandbox's for what is said in the block.

    The knobs are turned at `endpoint`, as every service of the sandbox takes them. Raises PlayError when the sandbox
    cannot be reached.
    """
    if seconds:
        _turn(endpoint, {"clock_ahead_seconds": seconds}, "exstream")
    yield
    if seconds:
        _turn(endpoint, {"clock_ahead_seconds": 0}, "exstream")


def _turn(endpoint: MediaEndpoint, knobs: Mapping[str, float], service: str = "cloudinary") -> None:
    url = f"{endpoint.base_url}/_sandbox/knobs"
    try:
        answer = httpx.post(url, json={"service": service, **knobs}, timeout=_TIMEOUT_SECONDS)
        answer.raise_for_status()
    except httpx.HTTPError as error:
        raise PlayError(
            f"Tried to turn the sandbox's knobs at {url}; found {error!r}; expected them to be turned. "
            "Is the sandbox still running?"
        ) from error


class RemoteClock:
    """The sandbox's clock; told only when the instant changes."""

    def __init__(self, url: str) -> None:
        """`url` is the address of the clock."""
        self._client = httpx.Client(timeout=_TIMEOUT_SECONDS)
        self._url = url
        self.at: int | None = None

    def set(self, at: int) -> None:
        """Make the sandbox's now an instant. Raises PlayError when it cannot be reached."""
        if at == self.at:
            return
        try:
            self._client.put(self._url, json={"now": iso(at)}).raise_for_status()
        except httpx.HTTPError as error:
            raise PlayError(
                f"Tried to set the sandbox's clock at {self._url} to {iso(at)}; found {error!r}; "
                "expected it to be taken. Is the sandbox still running?"
            ) from error
        self.at = at

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


class OAuthService:
    """One service; tokens end on the sandbox's clock."""

    def __init__(self, endpoint: OAuthEndpoint, clock: RemoteClock) -> None:
        """The clock tells when a token has to be fetched anew."""
        self._endpoint = endpoint
        self._clock = clock
        self._client = httpx.Client(base_url=endpoint.base_url, timeout=_TIMEOUT_SECONDS)
        self._token = ""
        self._token_from: int | None = None

    def send(
        self,
        method: str,
        path: str,
        *,
        body: Any = None,
        content: bytes | None = None,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        files: Mapping[str, tuple[str, bytes, str]] | None = None,
        headers: Mapping[str, str] | None = None,
        accept: frozenset[int] = frozenset(),
    ) -> httpx.Response:
        """One call with a JSON body, raw content, or files (name, bytes, MIME type) with form fields.

        Raises PlayError for any answer that is neither a success nor one of `accept`.
        """
        what: dict[str, Any] = {"json": body, "content": content, "params": query, "data": form, "files": files}
        response = self._call(method, path, what, headers)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            self._token_from = None
            response = self._call(method, path, what, headers)
        if response.is_success or response.status_code in accept:
            return response
        raise PlayError(
            f"Tried {method} {self._endpoint.base_url}{path} at {iso(self._clock.at or 0)}; "
            f"found {response.status_code} {response.text[:500]}; expected success"
        )

    def _call(self, method: str, path: str, what: Mapping[str, Any], more: Mapping[str, str] | None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self._bearer()}", **(more or {})}
        try:
            return self._client.request(method, path, headers=headers, **what)
        except httpx.HTTPError as error:
            raise PlayError(
                f"Tried {method} {self._endpoint.base_url}{path}; found {error!r}; expected an answer. "
                "Is the sandbox still running?"
            ) from error

    def _bearer(self) -> str:
        now = self._clock.at or 0
        if self._token_from is None or not self._token_from <= now < self._token_from + _TOKEN_LIFE:
            form = {
                "grant_type": "client_credentials",
                "client_id": self._endpoint.client_id,
                "client_secret": self._endpoint.client_secret,
            }
            if self._endpoint.scope:
                form["scope"] = self._endpoint.scope
            response = self._client.post(self._endpoint.token_url, data=form)
            if not response.is_success:
                raise PlayError(
                    f"Tried to get a token at {self._endpoint.token_url}; "
                    f"found {response.status_code} {response.text[:500]}; expected success"
                )
            self._token = response.json()["access_token"]
            self._token_from = now
        return self._token

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
