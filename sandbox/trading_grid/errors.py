"""The one error type of the service, which becomes an HTTP reply.

What belongs here: the error and its JSON shape. OAuth errors of the token endpoint have their own shape
(RFC 6749) and live in `tokens.py`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class ApiError(Exception):
    """A refused request: HTTP status, code for machines, sentence for people, one detail per field."""

    def __init__(self, status: int, code: str, message: str, details: Sequence[tuple[str, str]] = ()) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = tuple(details)

    def body(self) -> Mapping[str, object]:
        """Return the JSON body of the reply."""
        return {
            "error": self.code,
            "message": self.message,
            "details": [{"field": name, "problem": problem} for name, problem in self.details],
        }


def not_found(what: str, record_id: str) -> ApiError:
    """Return the 404 for an object that does not exist."""
    return ApiError(404, "not_found", f"There is no object {record_id!r} in {what}.")
