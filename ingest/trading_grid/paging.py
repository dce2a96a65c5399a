"""One page of a listing in each of the four styles, and what it says about the next one and about the end. Pure.

Here belong which page is asked for first and next, where an answer keeps its records and its total, and whether an
end is explicit. A short page is no end, and neither is a cursor that is not there: services cap pages as they like,
and an envelope that is read wrongly has no cursor, either. Not here: the calls and repetitions (`client`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import parse_qsl, urljoin, urlsplit

from assettrail.errors import PermanentSourceError, RecordRejected
from assettrail.trading_grid_settings import TradingGridObject
from ingest.received import Answer
from ingest.strict import INT64_MAX, JsonObject, decode_document

_LINK = re.compile(r"<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*=\s*(?:\"[^\"]*\"|[^\s\",;]+))*)")
_NEXT = re.compile(r";\s*rel\s*=\s*(?:\"(?:[^\"]*\s)?next(?:\s[^\"]*)?\"|next(?=[\s;,]|$))", re.IGNORECASE)
_IN_HEADER = "header:"


@dataclass(frozen=True)
class Ask:
    """One page that is asked for: path below the base address, and parameters."""

    path: str
    parameters: Mapping[str, str | int]

    @property
    def identity(self) -> tuple[str, tuple[tuple[str, str | int], ...]]:
        """The same for the same page."""
        return self.path, tuple(sorted(self.parameters.items()))


@dataclass(frozen=True)
class Page:
    """One page as received: its records, the total that it states, and what it says about what follows.

    `next_ask` None: nothing follows by this page. `is_end_explicit`: it says so itself. `doubt`: it contradicts itself.
    """

    answer: Answer
    records: tuple[JsonObject, ...]
    total: int | None
    next_ask: Ask | None
    is_end_explicit: bool
    doubt: str | None = None


def first_ask(mapped: TradingGridObject, page_size: int, updated_since: datetime | None) -> Ask:
    """The first page of all objects, or of those changed at `updated_since` (UTC) or later.

    The parameters that the mapped path has itself are part of it; where one is the paging's, too, the paging's counts.
    """
    paging = mapped.paging
    path, _, query = mapped.path.partition("?")
    parameters: dict[str, str | int] = {**dict(parse_qsl(query, keep_blank_values=True)), paging.limit: page_size}
    if paging.style == "offset":
        parameters[paging.offset] = 0
    elif paging.style == "page":
        parameters[paging.page] = paging.first_page
    if updated_since is not None and mapped.updated_since:
        parameters[mapped.updated_since] = updated_since.strftime("%Y-%m-%dT%H:%M:%SZ")
    return Ask(path, parameters)


def read_page(mapped: TradingGridObject, ask: Ask, answer: Answer, read_before: int, base_url: str) -> Page:
    """Read an answer; `read_before` counts the records of the pages before it.

    Raises PermanentSourceError when the envelope is not the one that the mapping describes, or when a link leads
    away from the service: it would be handed the token.
    """
    content = _content(answer)
    records = tuple(_records(content, mapped, answer))
    total = _total(content, mapped, answer)
    more = _more(content, mapped, answer)
    style = mapped.paging.style
    if style in {"offset", "page"}:
        return _counted_page(mapped, ask, answer, records, total, more, read_before)
    is_told, following = _link(ask, answer, base_url) if style == "link" else _cursor(content, mapped, ask, answer)
    doubt = None
    if more is True and following is None:
        doubt = "a page says that more follow and not where"
    if more is False:
        following = None
    is_explicit = following is None and doubt is None and (more is False or is_told or mapped.paging.absent_ends)
    return Page(answer, records, total, following, is_explicit, doubt)


def at_path(content: object, path: str) -> tuple[bool, object]:
    """Whether a dotted path leads somewhere in JSON objects, and what stands there."""
    found = content
    for name in path.split("."):
        if not isinstance(found, dict) or name not in found:
            return False, None
        found = found[name]
    return True, found


def _counted_page(
    mapped: TradingGridObject,
    ask: Ask,
    answer: Answer,
    records: tuple[JsonObject, ...],
    total: int | None,
    more: bool | None,
    read_before: int,
) -> Page:
    paging = mapped.paging
    read = read_before + len(records)
    if paging.style == "offset":
        following = Ask(ask.path, {**ask.parameters, paging.offset: read})
    else:
        following = Ask(ask.path, {**ask.parameters, paging.page: int(ask.parameters[paging.page]) + 1})
    if more is not None:
        doubt = "a page says that more follow and is empty" if more and not records else None
        goes_on = more and not doubt
        return Page(answer, records, total, following if goes_on else None, is_end_explicit=not more, doubt=doubt)
    is_over = not records or (total is not None and read >= total)
    return Page(answer, records, total, None if is_over else following, is_end_explicit=False)


def _cursor(content: object, mapped: TradingGridObject, ask: Ask, answer: Answer) -> tuple[bool, Ask | None]:
    is_there, value = at_path(content, mapped.paging.next_cursor)
    if value is None or value == "":
        return is_there, None
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise _strange(answer, f"a {type(value).__name__} as the next cursor", "paging.next_cursor")
    return True, Ask(ask.path, {**ask.parameters, mapped.paging.cursor: value})


def _link(ask: Ask, answer: Answer, base_url: str) -> tuple[bool, Ask | None]:
    """Whether there is a header Link at all, and the page it names as the next."""
    header = answer.headers.get("link", "")
    links = _LINK.findall(header)
    following = [address for address, rest in links if _NEXT.search(rest)]
    if not following:
        return bool(links), None
    if len(set(following)) > 1:
        raise _strange(answer, "two next pages in the header Link", "paging.style")
    return True, _ask_of(following[0], ask, answer, base_url)


def _ask_of(address: str, ask: Ask, answer: Answer, base_url: str) -> Ask:
    base = urlsplit(base_url.rstrip("/"))
    parts = urlsplit(urljoin(base_url.rstrip("/") + ask.path, address))
    is_ours = (parts.scheme, parts.netloc) == (base.scheme, base.netloc) and parts.path.startswith(base.path + "/")
    if not is_ours or "/../" in f"{parts.path}/":
        raise _strange(answer, f"a next page outside of {base_url}, at {parts.netloc}{parts.path}", "paging.style")
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    if len(dict(pairs)) != len(pairs):
        raise _strange(answer, "a parameter twice in the address of the next page", "paging.style")
    return Ask(parts.path[len(base.path) :], dict(pairs))


def _content(answer: Answer) -> object:
    try:
        return decode_document(answer.body, answer.uri)
    except RecordRejected as error:
        raise PermanentSourceError(
            tried=f"to read the answer of {answer.uri}",
            found=error.found,
            expected="one JSON document",
            remedy="check that the address is the service's API and not a portal or proxy page",
        ) from error


def _records(content: object, mapped: TradingGridObject, answer: Answer) -> list[JsonObject]:
    is_there, found = at_path(content, mapped.records) if mapped.records else (True, content)
    if not is_there:
        raise _strange(answer, f"no field {mapped.records!r}", "records")
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise _strange(answer, f"no list of objects in {mapped.records or 'the answer'!r}", "records")
    return found


def _total(content: object, mapped: TradingGridObject, answer: Answer) -> int | None:
    if mapped.total is None:
        return None
    if mapped.total.startswith(_IN_HEADER):
        found: object = answer.headers.get(mapped.total.removeprefix(_IN_HEADER).lower())
    else:
        _, found = at_path(content, mapped.total)
    if isinstance(found, str) and found.isascii() and found.isdigit() and len(found) <= 18:
        found = int(found)
    if isinstance(found, bool) or not isinstance(found, int) or not 0 <= found <= INT64_MAX:
        raise _strange(answer, f"no whole number in {mapped.total!r}", "total")
    return found


def _more(content: object, mapped: TradingGridObject, answer: Answer) -> bool | None:
    if mapped.more is None:
        return None
    _, found = at_path(content, mapped.more)
    if not isinstance(found, bool):
        raise _strange(answer, f"no true or false in {mapped.more!r}", "more")
    return found


def _strange(answer: Answer, found: str, setting: str) -> PermanentSourceError:
    return PermanentSourceError(
        tried=f"to read the answer of {answer.uri}",
        found=found,
        expected="the envelope that the mapping describes",
        remedy=f"correct `{setting}` of this object in trading_grid.objects",
    )
