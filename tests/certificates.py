"""The certificates that HTTP clients trust in tests. Here belongs making them few: nobody but loopback is asked."""

from __future__ import annotations

import os
from pathlib import Path

import certifi


def trust_one_certificate(folder: Path) -> None:
    """Let HTTP clients of this process and its children trust one certificate instead of the world's hundred and fifty.

    Every client of `httpx` reads them all when it opens, fifty times as long as a question on loopback takes; and no
    test asks anybody else. `folder` is where the one is kept.
    """
    end = "-----END CERTIFICATE-----\n"
    first, _, _ = Path(certifi.where()).read_text(encoding="utf-8").partition(end)
    trusted = folder / "trusted.pem"
    trusted.write_text(first + end, encoding="utf-8")
    os.environ["SSL_CERT_FILE"] = str(trusted)
