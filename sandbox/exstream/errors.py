"""Errors of the REST calls, in the shape that Exstream's services reply.

What belongs here: the error and its JSON body. The token endpoint has its own shape (RFC 6749), in `tokens.py`.
"""

from __future__ import annotations

from http import HTTPStatus


class ExstreamError(Exception):
    """A refused call: HTTP status, the vendor's kind of error code, and a sentence for people."""

    def __init__(self, status: int, error_code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.error_code = error_code
        self.message = message

    def body(self, path: str, timestamp: str) -> dict[str, object]:
        """Return the JSON body `{timestamp, status, message, error, details, errorCode, path}`."""
        return {
            "timestamp": timestamp,
            "status": self.status,
            "message": self.message,
            "error": HTTPStatus(self.status).phrase,
            "details": None,
            "errorCode": self.error_code,
            "path": path,
        }


def bad_request(message: str) -> ExstreamError:
    """Return the 400 for a call that cannot be understood."""
    return ExstreamError(400, "INVALID_REQUEST", message)


def not_found(message: str) -> ExstreamError:
    """Return the 404 for an object or a file that is not there."""
    return ExstreamError(404, "NOT_FOUND", message)


def conflict(message: str) -> ExstreamError:
    """Return the 409 for a change that the object's present state does not allow."""
    return ExstreamError(409, "CONFLICT", message)
