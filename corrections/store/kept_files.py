"""Files that corrections keep under `home`, each under the SHA-256 of its bytes: written once, never changed.

Here belongs keeping and giving back. A file that is gone or was changed is never given back as if it were the one.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from assettrail.errors import EvidenceBroken
from assettrail.settings import Settings
from evidence.durable import make_folder_durably, make_home, write_durably

_NAME = re.compile(r"[0-9a-f]{64}")
_ONLY_THE_OWNER = 0o600


def keep_file(settings: Settings, content: bytes) -> str:
    """Keep these bytes and return their SHA-256 in hex. Raises ConfigurationError when `home` cannot be written."""
    name = hashlib.sha256(content).hexdigest()
    path = _folder(settings) / name
    if not path.exists() or path.read_bytes() != content:
        make_home(settings.home)
        make_folder_durably(path.parent)
        write_durably(path, content, _ONLY_THE_OWNER)
    return name


def kept_file(settings: Settings, sha256: str) -> bytes:
    """Return the bytes with this SHA-256. Raises EvidenceBroken when they are gone or others lie in their place."""
    path = _folder(settings) / sha256
    if not _NAME.fullmatch(sha256):
        raise _broken(path, "a name that is no SHA-256")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _broken(path, error.strerror or type(error).__name__) from error
    if (found := hashlib.sha256(content).hexdigest()) != sha256:
        raise _broken(path, f"bytes with SHA-256 {found}")
    return content


def _folder(settings: Settings) -> Path:
    return settings.home / "corrections" / "files"


def _broken(path: Path, found: str) -> EvidenceBroken:
    return EvidenceBroken(
        tried=f"to read the kept file {path}",
        found=found,
        expected="the bytes that were kept when the correction was proposed",
        remedy="propose the correction again with the file; nothing was sent",
    )
