"""The four ways in which services cut a list into pages; which one this stand-in speaks is a switch.

What belongs here: from a request and a page's records to the reply in one style. What does not belong here: which
records there are (`state.py`).

    offset   ?offset=&limit=   {"records", "total", "offset", "limit"}
    page     ?page=&limit=     {"records", "total", "page", "limit"}, pages count from 1
    cursor   ?cursor=&limit=   {"data": {"records"}, "nextCursor", "hasMore"}; nextCursor is null on the last page
    link     ?page=&limit=     a bare list, the header Link with rel="next", the header X-Total-Count

With the switch `states_total` off no total is told. A cursor is good until the switch `cursor_epoch` changes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping

from starlette.responses import JSONResponse, Response

from sandbox.trading_grid.errors import ApiError
from sandbox.trading_grid.shapes import RecordType
from sandbox.trading_grid.state import TradingGridState
from sandbox.trading_grid.validation import parse_list_query

STYLES = ("offset", "page", "cursor", "link")


def listed(
    state: TradingGridState,
    record_type: RecordType,
    parameters: Mapping[str, str],
    style: str,
    *,
    states_total: bool,
    epoch: int,
) -> Response:
    """Return one page in a style. Raises ApiError 400 for what cannot be read, 410 for an expired cursor."""
    asked = dict(parameters)
    offset = _offset_of(asked, style, epoch)
    if style != "offset":
        asked["offset"] = str(offset)
    query = parse_list_query(record_type, asked)
    page = dict(state.page(record_type.path, query))
    records, total = page["records"], page["total"]
    following = query.offset + len(records) if query.offset + len(records) < total else None  # type: ignore[arg-type, operator]
    if style == "cursor":
        body: dict[str, object] = {"data": {"records": records}, "hasMore": following is not None}
        body["nextCursor"] = None if following is None else _cursor(following, epoch)
        return JSONResponse(body | ({"total": total} if states_total else {}))
    if style == "link":
        headers = {"X-Total-Count": str(total)} if states_total else {}
        number = query.offset // query.limit + 1
        headers["Link"] = f'<?page=1&limit={query.limit}>; rel="first"'
        if following is not None:
            kept = "".join(f"&{name}={value}" for name, value in parameters.items() if name not in {"page", "limit"})
            headers["Link"] += f', <?page={number + 1}&limit={query.limit}{kept.replace("+", "%2B")}>; rel="next"'
        return JSONResponse(records, headers=headers)
    if style == "page":
        page = {"records": records, "total": total, "page": query.offset // query.limit + 1, "limit": query.limit}
    if not states_total:
        del page["total"]
    return JSONResponse(page)


def _offset_of(asked: dict[str, str], style: str, epoch: int) -> int:
    """Take the style's own parameter out of a request; return how many records lie before the page."""
    if style in {"page", "link"}:
        page, limit = asked.pop("page", "1"), asked.get("limit", "100")
        if not (page.isdigit() and limit.isdigit() and int(page) > 0):
            raise ApiError(400, "invalid_request", "page and limit must be whole numbers from 1.")
        return (int(page) - 1) * int(limit)
    if style == "cursor" and (text := asked.pop("cursor", "")):
        try:
            made, offset = base64.urlsafe_b64decode(text).decode().split(":")
        except (binascii.Error, ValueError) as error:
            raise ApiError(400, "invalid_request", "The cursor is none of ours.") from error
        if int(made) != epoch:
            raise ApiError(410, "cursor_expired", "The cursor is expired; begin again.")
        return int(offset)
    return 0


def _cursor(offset: int, epoch: int) -> str:
    return base64.urlsafe_b64encode(f"{epoch}:{offset}".encode()).decode()
