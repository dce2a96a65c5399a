"""Where the reports listen, and what they say when they cannot."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from assettrail.errors import ConfigurationError
from reports.serve import address_of, bind, serve, serve_documentation
from tests.browser.live_reports import settings_for


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.1.2.3", "reports.example"])  # noqa: S104 - must be refused
def test_an_address_that_others_can_reach_is_refused(tmp_path: Path, host: str) -> None:
    """Without a sign-in, everybody on the network would read every dossier."""
    with pytest.raises(ConfigurationError, match="loopback address"):
        serve(settings_for(tmp_path / "home", host=host))


def test_a_port_in_use_is_told_with_what_to_do(tmp_path: Path) -> None:
    """A stack trace about errno 98 helps nobody who only wants to read, nor does a wait for a site that nobody sees."""
    made: list[Path] = []

    def make_site() -> Path:
        made.append(tmp_path / "site.html")
        return made[-1]

    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(ConfigurationError, match="another process listens there") as told:
            serve(settings_for(tmp_path / "home", port=port))
        with pytest.raises(ConfigurationError, match="to serve the documentation on") as documentation:
            serve_documentation(settings_for(tmp_path / "home"), make_site, port)
    assert "ASSETTRAIL_REPORTS__PORT" in str(told.value)
    assert "another port with --port" in str(documentation.value)
    assert not made


def test_a_free_port_is_taken_and_its_address_told(tmp_path: Path) -> None:
    """Port 0 is how two installations live beside each other; the reader must be told which one it became."""
    with bind(settings_for(tmp_path / "home")) as listening:
        port = listening.getsockname()[1]
        assert port > 0
        assert address_of(listening) == f"http://127.0.0.1:{port}/"
