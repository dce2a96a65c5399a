"""The stand-in's HTTP surface: routes, credentials, rate-limit headers, request ids, error bodies.

Belongs here: what every call has in common. Does not belong here: what a single call does.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import inspect
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.cloudinary import (
    account_api,
    admin_api,
    deletion_api,
    listing,
    metadata_api,
    notification_api,
    recipe_api,
    relations,
    search,
)
from sandbox.cloudinary.delivery import deliver
from sandbox.cloudinary.environment import KNOBS, SERVICE, CloudinaryState, Environment
from sandbox.cloudinary.errors import ApiError, not_found
from sandbox.cloudinary.model import RESOURCE_TYPES
from sandbox.cloudinary.signatures import verify_call
from sandbox.cloudinary.upload_api import ACTIONS
from sandbox.cloudinary.wire import Exchange, read_exchange
from sandbox.knobs import FaultMiddleware

if TYPE_CHECKING:
    from starlette.requests import Request

    from sandbox.clock import SandboxClock
    from sandbox.knobs import Knobs
    from sandbox.request_log import RequestLog

__all__ = ["CloudinaryState", "application"]

Handler = Callable[[Environment, Exchange], dict[str, Any] | Awaitable[dict[str, Any]]]
Endpoint = Callable[["Request"], Awaitable[Response]]
_UNSIGNED_NOTIFICATION_ACTIONS = frozenset({"tags", "context", "metadata"})
_RATE_LIMITED = 420
_OUR_PREFIX = "/v1_1/{cloud}"


def application(state: CloudinaryState, clock: SandboxClock, knobs: Knobs, request_log: RequestLog) -> Starlette:
    """Return the service on `state`, with its knobs declared, its requests counted and its faults injected."""
    knobs.declare(SERVICE, **KNOBS)
    environment = Environment(state, clock, knobs)
    routes = [*_upload_routes(environment), *_admin_routes(environment), *_other_routes(environment)]

    async def nothing_here(request: Request, _error: Exception) -> Response:
        message = f"The sandbox does not serve {request.method} {request.url.path}"
        return JSONResponse({"error": {"message": message}}, status_code=404)

    service = Starlette(
        routes=routes,
        middleware=[Middleware(FaultMiddleware, service=SERVICE, knobs=knobs, request_log=request_log)],
        exception_handlers={404: nothing_here, 405: nothing_here},
    )
    # The vendor answers an unknown path with 404; the framework would send clients to the path with a slash.
    service.router.redirect_slashes = False
    return service


def _upload_routes(environment: Environment) -> list[Route]:
    return [
        Route(f"{_OUR_PREFIX}/{{resource_type}}/{name}", _upload_call(environment, name, action), methods=["POST"])
        for name, action in ACTIONS.items()
    ]


def _admin_routes(environment: Environment) -> list[Route]:
    def route(method: str, path: str, handler: Handler) -> Route:
        return Route(f"{_OUR_PREFIX}{path}", _admin_call(environment, handler), methods=[method])

    one_field, one_datasource = "/metadata_fields/{external_id}", "/metadata_fields/{external_id}/datasource"
    kind, one = "/resources/{resource_type}/{type}", "/resources/{resource_type}/{type}/{public_id:path}"
    return [
        route("GET", "/ping", account_api.ping),
        route("GET", "/config", account_api.configuration),
        route("GET", "/usage", account_api.usage),
        route("GET", "/usage/{date}", account_api.usage),
        route("GET", "/tags/{resource_type}", account_api.tags),
        route("GET", "/folders", account_api.folders),
        route("GET", "/folders/{folder:path}", account_api.folders),
        route("GET", "/transformations", recipe_api.show_transformations),
        route("POST", "/transformations", recipe_api.create_transformation),
        route("DELETE", "/transformations", recipe_api.delete_transformation),
        route("GET", "/upload_presets", recipe_api.list_presets),
        route("POST", "/upload_presets", recipe_api.create_preset),
        route("GET", "/upload_presets/{name}", recipe_api.show_preset),
        route("PUT", "/upload_presets/{name}", recipe_api.update_preset),
        route("DELETE", "/upload_presets/{name}", recipe_api.delete_preset),
        route("POST", "/resources/search", search.search),
        route("POST", "/resources/restore", deletion_api.restore_by_asset_ids),
        route("POST", "/resources/related_assets/{asset_id}", relations.relate_by_asset_id),
        route("POST", f"/resources/related_assets{one.removeprefix('/resources')}", relations.relate_by_public_id),
        route("GET", "/resources", account_api.resource_types),
        route("DELETE", "/resources", deletion_api.delete_by_asset_ids),
        route("GET", "/resources/by_asset_ids", listing.by_asset_ids),
        route("GET", "/resources/by_asset_folder", listing.by_asset_folder),
        route("GET", "/resources/{name}", _list_or_show),
        route("DELETE", "/resources/backup/{asset_id}", deletion_api.delete_backups),
        route("GET", "/resources/{resource_type}/tags/{tag:path}", listing.by_tag),
        route("DELETE", "/resources/{resource_type}/tags/{tag:path}", deletion_api.delete_by_tag),
        route("GET", "/resources/{resource_type}/context", listing.by_context),
        route("GET", "/resources/{resource_type}/moderations/{kind}/{status}", listing.by_moderation),
        route("GET", kind, listing.by_type),
        route("DELETE", kind, deletion_api.delete_by_type),
        route("POST", f"{kind}/restore", deletion_api.restore_by_public_ids),
        route("GET", one, admin_api.show_by_public_id),
        route("POST", one, admin_api.update),
        route("DELETE", "/derived_resources", deletion_api.delete_derived),
        route("GET", "/metadata_fields", metadata_api.list_fields),
        route("POST", "/metadata_fields", metadata_api.create_field),
        route("PUT", "/metadata_fields/order", metadata_api.reorder_fields),
        route("GET", one_field, metadata_api.show_field),
        route("PUT", one_field, metadata_api.update_field),
        route("DELETE", one_field, metadata_api.delete_field),
        route("PUT", one_datasource, metadata_api.update_datasource),
        route("DELETE", one_datasource, metadata_api.delete_datasource_entries),
        route("POST", f"{one_datasource}_restore", metadata_api.restore_datasource_entries),
        route("POST", f"{one_datasource}/order", metadata_api.reorder_datasource),
        route("GET", "/triggers", notification_api.list_triggers),
        route("POST", "/triggers", notification_api.create_trigger),
        route("PUT", "/triggers/{trigger_id}", notification_api.update_trigger),
        route("DELETE", "/triggers/{trigger_id}", notification_api.delete_trigger),
    ]


def _other_routes(environment: Environment) -> list[Route]:
    async def delivery(request: Request) -> Response:
        if request.path_params["cloud"] in {"v1_1", "v2"}:
            raise HTTPException(404)
        if request.path_params["cloud"] != environment.cloud_name:
            message = f"Invalid cloud_name {request.path_params['cloud']}"
            return Response(status_code=404, headers={"x-cld-error": message.encode("ascii", "replace").decode()})
        return await deliver(environment, request)

    messages = "/v2/notifications/{cloud}/messages"
    return [
        Route(messages, _admin_call(environment, notification_api.poll_messages), methods=["GET"]),
        Route(f"{messages}/ack", _admin_call(environment, notification_api.acknowledge_messages), methods=["POST"]),
        Route(f"{_OUR_PREFIX}/download_backup", _backup_download(environment), methods=["GET"]),
        Route("/{cloud}/{resource_type}/{type}/{rest:path}", delivery, methods=["GET"]),
    ]


def _list_or_show(environment: Environment, exchange: Exchange) -> dict[str, Any] | Awaitable[dict[str, Any]]:
    """Serve `/resources/{name}`: a resource type lists, anything else is an asset_id."""
    is_listing = exchange.path["name"] in RESOURCE_TYPES
    path = {**exchange.path, "resource_type" if is_listing else "asset_id": exchange.path["name"]}
    handler = listing.by_type if is_listing else admin_api.show_by_asset_id
    renamed = Exchange(
        params=exchange.params,
        path=path,
        base_url=exchange.base_url,
        actor=exchange.actor,
        headers=exchange.headers,
        request_id=exchange.request_id,
    )
    return handler(environment, renamed)


def _upload_call(environment: Environment, name: str, action: Handler) -> Endpoint:
    has_unsigned = name in _UNSIGNED_NOTIFICATION_ACTIONS

    async def endpoint(request: Request) -> Response:
        request_id = environment.state.next_request_id()
        headers = {"X-Request-Id": request_id}
        try:
            _verify_cloud(environment, request)
            exchange = await read_exchange(request, request_id)
            verify_call(
                exchange.params,
                environment.api_key,
                environment.api_secret,
                has_unsigned_notification_params=has_unsigned,
            )
            return JSONResponse(action(environment, exchange), headers=headers)
        except ApiError as error:
            return _refusal(error, headers)

    return endpoint


def _admin_call(environment: Environment, handler: Handler) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        request_id = environment.state.next_request_id()
        headers = {"X-Request-Id": request_id}
        try:
            _verify_cloud(environment, request)
            _verify_basic_credentials(environment, request)
            headers |= _use_allowance(environment, headers)
            exchange = await read_exchange(request, request_id)
            answer = handler(environment, exchange)
            return JSONResponse(await answer if inspect.isawaitable(answer) else answer, headers=headers)
        except ApiError as error:
            return _refusal(error, headers)

    return endpoint


def _backup_download(environment: Environment) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        """Serve the bytes of a backed-up version by a signed URL."""
        headers = {"X-Request-Id": environment.state.next_request_id()}
        try:
            _verify_cloud(environment, request)
            exchange = await read_exchange(request, headers["X-Request-Id"])
            verify_call(
                exchange.params, environment.api_key, environment.api_secret, has_unsigned_notification_params=False
            )
            asset = environment.state.assets.by_id(exchange.required("asset_id"))
            version_id = exchange.required("version_id")
            backups = asset.backups if asset else []
            version = next((item for item in backups if item.version_id == version_id), None)
            if version is None:
                raise not_found(version_id)
            content = environment.state.files.get(version.file.etag)
            return Response(content, media_type="application/octet-stream", headers=headers)
        except ApiError as error:
            return _refusal(error, headers)

    return endpoint


def _verify_cloud(environment: Environment, request: Request) -> None:
    cloud = request.path_params["cloud"]
    if cloud != environment.cloud_name:
        raise ApiError(401, f"Invalid cloud_name {cloud}")


def _verify_basic_credentials(environment: Environment, request: Request) -> None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        raise ApiError(401, "Must supply api_key and api_secret")
    try:
        key, _, secret = base64.b64decode(encoded).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise ApiError(401, "Invalid credentials") from error
    if key != environment.api_key:
        raise ApiError(401, f"Unknown API key {key}")
    if not hmac.compare_digest(secret.encode(), environment.api_secret.encode()):
        raise ApiError(401, "Invalid credentials")


def _use_allowance(environment: Environment, headers: dict[str, str]) -> dict[str, str]:
    """Count one Admin call and return its rate-limit headers. Raises ApiError 420 when the hour is used up."""
    limit = int(environment.knob("rate_limit"))
    left, reset = environment.state.allowance.use(environment.clock.now(), limit)
    shown = {
        "X-FeatureRateLimit-Limit": str(limit),
        "X-FeatureRateLimit-Remaining": str(max(0, left)),
        "X-FeatureRateLimit-Reset": format_datetime(reset, usegmt=True),
    }
    if left < 0:
        headers |= shown
        at = reset.strftime("%Y-%m-%d %H:%M:%S UTC")
        raise ApiError(
            _RATE_LIMITED, f"Rate Limit Exceeded. Limit of {limit} api operations reached. Try again on {at}"
        )
    return shown


def _refusal(error: ApiError, headers: dict[str, str]) -> Response:
    headers = headers | {"X-Cld-Error": error.message.encode("ascii", "backslashreplace").decode()}
    return JSONResponse({"error": {"message": error.message}}, status_code=error.status, headers=headers)
