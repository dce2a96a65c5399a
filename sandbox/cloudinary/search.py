"""The Search API: its expression grammar, evaluated over the assets in memory.

Belongs here: parsing and matching. Does not belong here: other listings. Values of a `:` condition are compared by
words, those of `=` as a whole; both ignore case.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from sandbox.clock import parse_instant
from sandbox.cloudinary.errors import ApiError
from sandbox.cloudinary.listing import page
from sandbox.cloudinary.representation import search_item
from sandbox.cloudinary.wire import parse_list

if TYPE_CHECKING:
    from sandbox.cloudinary.environment import Environment
    from sandbox.cloudinary.model import Asset
    from sandbox.cloudinary.wire import Exchange

Predicate = Callable[["Asset"], bool]
_DEFAULT_PAGE = 50
_ALWAYS = frozenset({"public_id", "asset_id", "asset_folder", "created_at", "status", "type", "resource_type"})
_NUMBER_FIELDS = frozenset({"bytes", "width", "height", "version", "pixels", "aspect_ratio", "pages"})
_FIELD = re.compile(r"([A-Za-z_][\w.\-]*)\s*(:?>=|:?<=|:?>|:?<|=|:)\s*")
_WORD = re.compile(r"[^\s()\[\]{}\"]+")
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"')
_RANGE = re.compile(r'([\[{])\s*("[^"]*"|\S+)\s+TO\s+("[^"]*"|[^\s\]}]+)\s*([\]}])')
_RELATIVE = re.compile(r"(\d+)([smhdwMy])")
_RESERVED = frozenset({"AND", "OR", "NOT", "TO"})
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800, "M": 2592000, "y": 31536000}
_SIZE = re.compile(r"(-?\d+(?:\.\d+)?)\s*(kb|mb|gb|b)?", re.IGNORECASE)
_SIZES = {"b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_WORDS = re.compile(r"[^\W_]+")


def search(environment: Environment, exchange: Exchange) -> dict[str, Any]:
    """Answer one search: results, their number, and a cursor unless it is the last page. Raises ApiError 400."""
    now = environment.clock.now()
    predicate = parse_expression(exchange.text("expression") or "", now)
    lag = timedelta(seconds=float(environment.knob("search_lag_seconds")))
    visible = [asset for asset in environment.state.assets if not asset.is_deleted and asset.created_at <= now - lag]
    matching = [asset for asset in visible if predicate(asset)]
    fields = parse_list(exchange.params.get("fields"))
    wanted = set(fields or parse_list(exchange.params.get("with_field")))

    def show(assets: Sequence[Asset]) -> list[dict[str, Any]]:
        shown = [search_item(environment, exchange.base_url, asset, wanted) for asset in assets]
        if not fields:
            return shown
        return [{name: value for name, value in item.items() if name in _ALWAYS | wanted} for item in shown]

    answer = page(environment, exchange, lambda: _sorted(matching, exchange.params.get("sort_by")), _DEFAULT_PAGE, show)
    answer = {"total_count": len(matching), "time": 1} | answer
    aggregates = parse_list(exchange.params.get("aggregate"))
    if aggregates:
        answer["aggregations"] = {name: dict(Counter(str(_value(a, name)) for a in matching)) for name in aggregates}
    return answer


def parse_expression(text: str, now: datetime) -> Predicate:
    """Return the predicate of a search expression; an empty one matches everything.

    `now` is what relative dates count back from. Raises ApiError 400 `Query Error (at position N)`.
    """
    parser = _Parser(text, now)
    if parser.is_at_end():
        return lambda _: True
    predicate = parser.alternatives()
    if not parser.is_at_end():
        raise parser.error()
    return predicate


@dataclass(frozen=True)
class _Value:
    """One value of a condition: its text, and whether it stood in quotes (then `*` is a plain character)."""

    text: str
    is_quoted: bool


class _Parser:
    def __init__(self, text: str, now: datetime) -> None:
        self._text = text
        self._now = now
        self._at = 0

    def error(self) -> ApiError:
        return ApiError(400, f"Query Error (at position {self._at})")

    def is_at_end(self) -> bool:
        while self._at < len(self._text) and self._text[self._at].isspace():
            self._at += 1
        return self._at >= len(self._text)

    def alternatives(self) -> Predicate:
        parts = [self._all_of()]
        while self._word("OR"):
            parts.append(self._all_of())
        return parts[0] if len(parts) == 1 else lambda asset: any(part(asset) for part in parts)

    def _all_of(self) -> Predicate:
        parts = [self._negatable()]
        while not self.is_at_end() and self._text[self._at] != ")" and not self._peek("OR"):
            self._word("AND")
            parts.append(self._negatable())
        return parts[0] if len(parts) == 1 else lambda asset: all(part(asset) for part in parts)

    def _negatable(self) -> Predicate:
        if self.is_at_end():
            raise self.error()
        if self._word("NOT") or self._sign("-") or self._sign("!"):
            inner = self._negatable()
            return lambda asset: not inner(asset)
        if self._sign("("):
            inner = self.alternatives()
            if not self._sign(")"):
                raise self.error()
            return inner
        return self._condition()

    def _condition(self) -> Predicate:
        found = _FIELD.match(self._text, self._at)
        if found is None:
            value = self._value()
            return lambda asset: any(_matches(_value(asset, name), value) for name in _FREE_TEXT_FIELDS)
        self._at = found.end()
        name, operator = found.group(1), found.group(2)
        operator = operator.removeprefix(":") or ":"
        _refuse_unknown(name, self)
        if operator in {":", "="} and self._at < len(self._text) and self._text[self._at] in "[{":
            return self._range(name)
        if operator == ":" and self._sign("("):
            return self._group(name)
        return _compared(name, operator, self._value(), self._now, self)

    def _group(self, name: str) -> Predicate:
        """Read `field:(a OR b)`, `field:(a AND b)`."""
        parts, is_any = [_compared(name, ":", self._value(), self._now, self)], False
        while not self._sign(")"):
            is_any = self._word("OR") or is_any
            self._word("AND")
            parts.append(_compared(name, ":", self._value(), self._now, self))
        combine = any if is_any else all
        return lambda asset: combine(part(asset) for part in parts)

    def _range(self, name: str) -> Predicate:
        found = _RANGE.match(self._text, self._at)
        if found is None:
            raise self.error()
        low, high = (_Value(text.strip('"'), text.startswith('"')) for text in found.group(2, 3))
        lower = _compared(name, ">=" if found.group(1) == "[" else ">", low, self._now, self)
        upper = _compared(name, "<=" if found.group(4) == "]" else "<", high, self._now, self)
        self._at = found.end()
        return lambda asset: lower(asset) and upper(asset)

    def _value(self) -> _Value:
        self.is_at_end()
        found = _QUOTED.match(self._text, self._at)
        if found is not None:
            self._at = found.end()
            return _Value(re.sub(r"\\(.)", r"\1", found.group(1)), is_quoted=True)
        found = _WORD.match(self._text, self._at)
        if found is None or found.group(0).startswith("*") or found.group(0) in _RESERVED:
            raise self.error()
        self._at = found.end()
        return _Value(re.sub(r"\\(.)", r"\1", found.group(0)), is_quoted=False)

    def _peek(self, word: str) -> bool:
        self.is_at_end()
        return re.match(rf"{word}(?=[\s(]|$)", self._text[self._at :]) is not None

    def _word(self, word: str) -> bool:
        if not self._peek(word):
            return False
        self._at += len(word)
        return True

    def _sign(self, sign: str) -> bool:
        self.is_at_end()
        if not self._text.startswith(sign, self._at):
            return False
        self._at += 1
        return True


_FREE_TEXT_FIELDS = ("public_id", "display_name", "tags", "context_values")
_GETTERS: Mapping[str, Callable[[Asset], Any]] = {
    "asset_id": lambda asset: asset.asset_id,
    "public_id": lambda asset: asset.public_id,
    "filename": lambda asset: asset.public_id.rpartition("/")[2],
    "folder": lambda asset: asset.public_id.rpartition("/")[0],
    "asset_folder": lambda asset: asset.asset_folder,
    "display_name": lambda asset: asset.display_name,
    "resource_type": lambda asset: asset.resource_type,
    "type": lambda asset: asset.delivery_type,
    "format": lambda asset: asset.version.file.format,
    "etag": lambda asset: asset.version.file.etag,
    "bytes": lambda asset: asset.version.file.size,
    "width": lambda asset: asset.version.file.width,
    "height": lambda asset: asset.version.file.height,
    "pages": lambda asset: asset.version.file.pages,
    "version": lambda asset: asset.version.number,
    "pixels": lambda asset: (asset.version.file.width or 0) * (asset.version.file.height or 0),
    "aspect_ratio": lambda asset: (asset.version.file.width or 0) / (asset.version.file.height or 1),
    "created_at": lambda asset: asset.created_at,
    "uploaded_at": lambda asset: asset.version.uploaded_at,
    "moderation_status": lambda asset: asset.moderation_status,
    "moderation_kind": lambda asset: asset.moderation[-1].kind if asset.moderation else None,
    "status": lambda asset: "pending" if asset.moderation_status == "pending" else "active",
    "tags": lambda asset: asset.tags,
    "context": lambda asset: list(asset.context),
    "context_values": lambda asset: list(asset.context.values()),
    "last_updated": lambda asset: asset.last_updated.get("updated_at", asset.version.uploaded_at),
}


def _value(asset: Asset, name: str) -> Any:
    """Return what an asset has for a search field, None for nothing."""
    if name in _GETTERS:
        return _GETTERS[name](asset)
    prefix, _, key = name.partition(".")
    holders: dict[str, Mapping[str, Any]] = {
        "metadata": asset.metadata,
        "context": asset.context,
        "last_updated": asset.last_updated,
    }
    return holders.get(prefix, {}).get(key)


def _refuse_unknown(name: str, parser: _Parser) -> None:
    prefix, separator, _ = name.partition(".")
    if name not in _GETTERS and not (separator and prefix in {"metadata", "context", "last_updated"}):
        raise parser.error()


def _compared(name: str, operator: str, value: _Value, now: datetime, parser: _Parser) -> Predicate:
    if name in _NUMBER_FIELDS:
        number = _number(value, parser)
        return lambda asset: _in_order(_value(asset, name), operator, number)
    if name.endswith("_at") or name.startswith("last_updated"):
        instant, is_day = _instant(value, now, parser)
        if operator in {":", "="} and is_day:
            return lambda asset: _is_within(_value(asset, name), instant, timedelta(days=1))
        return lambda asset: _in_order(_value(asset, name), operator, instant)
    if operator == "=":
        return lambda asset: _equals(_value(asset, name), value)
    if operator == ":":
        return lambda asset: _matches(_value(asset, name), value)
    return lambda asset: _in_order(_value(asset, name), operator, value.text)


def _in_order(found: Any, operator: str, wanted: Any) -> bool:
    if found is None:
        return False
    if isinstance(found, int) and isinstance(wanted, str):
        wanted = int(wanted) if re.fullmatch(r"-?\d+", wanted) else 0
    checks: dict[str, bool] = {
        ">": found > wanted,
        "<": found < wanted,
        ">=": found >= wanted,
        "<=": found <= wanted,
    }
    return checks.get(operator, bool(found == wanted))


def _is_within(found: datetime | None, start: datetime, length: timedelta) -> bool:
    return found is not None and start <= found < start + length


def _equals(found: Any, wanted: _Value) -> bool:
    return any(str(item).lower() == wanted.text.lower() for item in _each(found))


def _matches(found: Any, wanted: _Value) -> bool:
    text = wanted.text.lower()
    is_prefix = text.endswith("*") and not wanted.is_quoted
    text = text.rstrip("*") if is_prefix else text
    return any(_matches_one(str(item).lower(), text, is_prefix=is_prefix) for item in _each(found))


def _matches_one(item: str, text: str, *, is_prefix: bool) -> bool:
    if is_prefix and f"{item}/".startswith(text):
        return True
    have, want = _WORDS.findall(item), _WORDS.findall(text)
    if not want:
        return item == text
    if is_prefix:
        last = want.pop()
        return all(word in have for word in want) and any(word.startswith(last) for word in have)
    return item == text or all(word in have for word in want)


def _each(found: Any) -> Iterable[Any]:
    if found is None:
        return ()
    return found if isinstance(found, list) else (found,)


def _number(value: _Value, parser: _Parser) -> float:
    found = _SIZE.fullmatch(value.text)
    if found is None:
        raise parser.error()
    return float(found.group(1)) * _SIZES[(found.group(2) or "b").lower()]


def _instant(value: _Value, now: datetime, parser: _Parser) -> tuple[datetime, bool]:
    """Return the instant that a value names, and whether it names a whole day."""
    relative = _RELATIVE.fullmatch(value.text)
    if relative is not None:
        return now - timedelta(seconds=int(relative.group(1)) * _UNITS[relative.group(2)]), False
    text = value.text
    if text.isdigit():
        return datetime.fromtimestamp(int(text), now.tzinfo), False
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return parse_instant(f"{text}T00:00:00Z"), True
        return parse_instant(text if text.endswith("Z") or "+" in text[10:] else f"{text}Z"), False
    except ValueError as error:
        raise parser.error() from error


def _sorted(assets: list[Asset], sort_by: object) -> list[Asset]:
    orders = sort_by if isinstance(sort_by, list) and sort_by else [{"created_at": "desc"}]
    ordered = sorted(assets, key=lambda asset: asset.sequence)
    for order in reversed(orders):
        if not isinstance(order, Mapping) or len(order) != 1:
            raise ApiError(400, f"Illegal value {order} for sort_by")
        name, direction = next(iter(order.items()))
        ordered.sort(key=partial(_sort_key, str(name)), reverse=direction == "desc")
    return ordered


def _sort_key(name: str, asset: Asset) -> tuple[bool, Any]:
    found = _value(asset, name)
    return (found is not None, found if found is not None else 0)
