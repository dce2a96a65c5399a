"""The signature of a print, by pyHanko: whoever opens the file sees who answers for it and that nothing was changed.

Here belong reading the key and certificate that the settings name, and signing. The time in the signature is given by
the caller, and nothing random enters the file, so that the same print signed with the same key (RSA or Ed25519) is the
same bytes. It is no time stamp of an authority: it says which state was signed, not when.
"""

from __future__ import annotations

import hashlib
import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.fields import InvisSigSettings, SigFieldSpec, SigSeedSubFilter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko.sign.signers.pdf_signer import PdfSigningSession

from assettrail.errors import ConfigurationError

FIELD = "assettrail"


@dataclass(frozen=True)
class Signer:
    """Who signs: the name in the certificate, and pyHanko's object with the key."""

    name: str
    keys: SimpleSigner


def load_signer(key_file: Path | None, certificate_file: Path | None) -> Signer | None:
    """Return the signer of the settings, None where none is set up.

    Raises ConfigurationError where only half of it is set, or the files do not fit.
    """
    if key_file is None and certificate_file is None:
        return None
    if key_file is None or certificate_file is None:
        raise _unreadable("only one of the two is set", key_file, certificate_file)
    load: Any = SimpleSigner.load
    keys = load(str(key_file), str(certificate_file), ca_chain_files=(str(certificate_file),))
    if keys is None or keys.signing_cert is None:
        raise _unreadable("a file that is missing, no PEM, or locked with a pass phrase", key_file, certificate_file)
    if keys.signing_cert.public_key.dump() != _public_part(key_file):
        raise _unreadable("a certificate of another key", key_file, certificate_file)
    return Signer(str(keys.signing_cert.subject.human_friendly), keys)


def _public_part(key_file: Path) -> bytes:
    key = load_pem_private_key(key_file.read_bytes(), None)
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


class _SameBytes(IncrementalPdfFileWriter):
    """Adds to a file without a random id and without the time of the machine."""

    @classmethod
    def _handle_id(cls, prev: PdfFileReader) -> generic.ArrayObject:
        prev.stream.seek(0)
        changed = generic.ByteStringObject(hashlib.sha256(prev.stream.read()).digest()[:16])
        before = prev.trailer["/ID"][0]
        first = before.original_bytes if isinstance(before, generic.TextStringObject) else bytes(before)
        return generic.ArrayObject([generic.ByteStringObject(first), changed])

    def _update_meta(self) -> None:
        """Leave title, producer and dates as they were: PDF/A wants them alike in two places."""


class _AtFixedTime(PdfSigner):
    """Signs with a time that was given."""

    def __init__(self, *arguments: Any, at: datetime, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._at = at

    def init_signing_session(self, *arguments: Any, **named: Any) -> PdfSigningSession:
        """Return the session, its time the given one."""
        session = super().init_signing_session(*arguments, **named)
        session.system_time = self._at
        return session


def sign(pdf: bytes, signer: Signer, at: datetime) -> bytes:
    """Return the file with a PAdES signature that covers all of it; no later change is allowed.

    The field has no place on a page: PDF/A wants it printable, PDF/UA wants it tagged or outside of the page.
    """
    meta = PdfSignatureMetadata(
        field_name=FIELD,
        name=signer.name,
        reason="Export of assettrail",
        md_algorithm="sha256",
        subfilter=SigSeedSubFilter.PADES,
        certify=False,
    )
    field = SigFieldSpec(FIELD, invis_sig_settings=InvisSigSettings(box_out_of_bounds=True))
    signing = _AtFixedTime(meta, signer.keys, new_field_spec=field, at=at)
    with ThreadPoolExecutor(1) as apart:  # pyHanko runs a loop of its own, which a thread that has one refuses.
        content: bytes = apart.submit(lambda: signing.sign_pdf(_SameBytes(io.BytesIO(pdf))).getvalue()).result()
    return content


def _unreadable(found: str, key_file: Path | None, certificate_file: Path | None) -> ConfigurationError:
    return ConfigurationError(
        tried="to read the key that signs prints",
        found=f"{found}: reports.signing_key_file {key_file}, reports.signing_certificate_file {certificate_file}",
        expected="a private key (PEM, without pass phrase) and its certificate (PEM, perhaps with the chain behind it)",
        remedy="set both, correct the files and their rights, or set neither: prints then say that they are not signed",
    )
