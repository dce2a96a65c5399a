"""How often each service was asked for what.

Belongs here: counting, and the label under which a request is counted. Does not belong here: bodies, headers or
anything else of a request, so that no secret can end up in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping


class RequestLog:
    """Counts by service and label since the start or the last `clear`; and how many are under way."""

    def __init__(self) -> None:
        self.under_way = 0
        self._counts: dict[str, Counter[str]] = {}

    def begin(self) -> None:
        """Say that a service begins to work for a request."""
        self.under_way += 1

    def end(self, service: str, label: str) -> None:
        """Count a request of `service` under `label`, whose work is done."""
        self.under_way -= 1
        self._counts.setdefault(service, Counter())[label] += 1

    def counts(self) -> dict[str, dict[str, int]]:
        """Return service → label → number of requests, labels in alphabetical order."""
        return {service: dict(sorted(counts.items())) for service, counts in sorted(self._counts.items())}

    def clear(self) -> None:
        """Forget everything counted so far."""
        self._counts.clear()


def request_label(method: str, path: str, path_parameters: Mapping[str, object] | None) -> str:
    """Return `METHOD /path/{name}`: the route with the values that it captured put back to their names.

    A path that no route took (an injected fault, a 404; `path_parameters` is None) is cut to three segments.
    """
    if path_parameters is None:
        segments = path.split("/")
        return f"{method} {'/'.join(segments[:4])}{'/…' if len(segments) > 4 else ''}"
    label = path
    for name, value in sorted(path_parameters.items(), key=lambda item: -len(str(item[1]))):
        text = str(value)
        if text:
            label = f"{label}/".replace(f"/{text}/", f"/{{{name}}}/", 1).removesuffix("/")
    return f"{method} {label}"
