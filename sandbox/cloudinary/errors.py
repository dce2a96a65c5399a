"""The one error of the stand-in: a status and the text that Cloudinary would send with it."""

from __future__ import annotations


class ApiError(Exception):
    """An answer with an error status; `message` goes into `{"error": {"message": …}}` as it is."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


def missing(parameter: str) -> ApiError:
    """Return the error for a parameter that the call needs and does not have."""
    return ApiError(400, f"Missing required parameter - {parameter}")


def not_found(what: str) -> ApiError:
    """Return the error for an asset that does not exist."""
    return ApiError(404, f"Resource not found - {what}")
