"""The errors of the house: what was tried, what was found, what was expected, what to do.

Here belong only the error types. A new type is added where a caller must tell the case apart; the sentence itself
is written where the error is raised.
"""

from __future__ import annotations


class AssettrailError(Exception):
    """Base of every error that a user may read.

    The text always has four parts, so that whoever is called at night can act on it without reading code.
    """

    def __init__(self, tried: str, found: str, expected: str, remedy: str) -> None:
        self.tried = tried
        self.found = found
        self.expected = expected
        self.remedy = remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        return f"tried: {self.tried}\nfound: {self.found}\nexpected: {self.expected}\nwhat to do: {self.remedy}"

    def __reduce__(self) -> tuple[type[AssettrailError], tuple[str, str, str, str]]:
        return (type(self), (self.tried, self.found, self.expected, self.remedy))


class ConfigurationError(AssettrailError):
    """A setting, key or file of the installation is missing or wrong; a retry cannot help."""


class SourceError(AssettrailError):
    """A vendor does not give what was asked for."""


class TransientSourceError(SourceError):
    """A vendor did not answer as it should, and a later retry can help."""


class PermanentSourceError(SourceError):
    """A vendor refused, and the same call will be refused again."""


class RecordRejected(AssettrailError):
    """One record cannot be read; it goes to quarantine and the rest lands."""


class ContractBroken(AssettrailError):
    """Two parts of the house, or a batch and its promise, do not fit."""


class EvidenceBroken(AssettrailError):
    """A proof does not hold: log, checkpoint, raw bytes or a batch root were changed or lost."""
