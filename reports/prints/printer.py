"""The press: a document, what stands on each print, and the signature where one is set up.

Here belongs the order of these. The settings are read when the press is made, the key when something is printed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from assettrail.report_settings import ReportSettings
from reports.prints.document import Document
from reports.prints.signature import load_signer, sign
from reports.prints.typesetting import typeset
from reports.text import instant

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class State:
    """What a print tells of: the snapshot, when it was written, how far its data reaches, what the claims cover.

    Instants are UTC; `written_at` is the time that the file and its signature state.
    """

    snapshot: str
    written_at: datetime | None
    data_until: datetime | None
    completeness: str
    address: str


class Printer:
    """Prints documents, signed with the key that the settings name."""

    def __init__(self, settings: ReportSettings) -> None:
        self._key_file: Path | None = settings.signing_key_file
        self._certificate_file: Path | None = settings.signing_certificate_file

    def pdf(self, document: Document, state: State, figures: bytes) -> bytes:
        """Return the print of a document with its figures (JSON in UTF-8) attached.

        Raises ConfigurationError where the signature is set up wrongly, ContractBroken where it cannot be typeset.
        """
        signer = load_signer(self._key_file, self._certificate_file)
        at = state.written_at or state.data_until or EPOCH
        pdf = typeset(document, statement(state, signer.name if signer else None), state.snapshot, figures, at)
        return sign(pdf, signer, at) if signer else pdf


def statement(state: State, signer: str | None) -> list[str]:
    """Return the sentences that stand on every print: of what, how far, how complete, signed by whom."""
    until = f"{instant(state.data_until)} UTC" if state.data_until else "an instant that its manifest does not tell"
    signed = (
        f"Signed by: {signer}. The time in the signature is that of the snapshot."
        if signer
        else "This print is not signed: nothing in the file shows who made it or whether it was changed."
    )
    return [
        f"From the snapshot {state.snapshot}, whose data reaches until {until}.",
        state.completeness,
        signed,
        f"Permanent address: {state.address}. The figures are attached as figures.json.",
    ]
