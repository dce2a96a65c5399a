"""The reports as they are served: a real server in a thread of the tests.

Here belongs starting and stopping it. No test talks to the application past its server, so that addresses are
decoded once, as they are in use.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from assettrail.report_settings import ReportSettings
from assettrail.settings import KeySettings, Settings
from reports.serve import address_of, bind, server_for


def settings_for(home: Path, **reports: object) -> Settings:
    """Return settings of an installation under `home`, the reports on a free port."""
    chosen = ReportSettings.model_validate({"port": 0, **reports})
    return Settings(home=home, keys=KeySettings(folder=home.parent / "keys"), reports=chosen)


@contextmanager
def running_reports(home: Path) -> Iterator[str]:
    """Serve the reports of `home` in a thread and give their address, without the last slash."""
    settings = settings_for(home)
    server = server_for(settings)
    with bind(settings) as listening:
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the server of the reports ended before it answered"
            time.sleep(0.01)
        try:
            yield address_of(listening).rstrip("/")
        finally:
            server.should_exit = True
            thread.join(10)


@contextmanager
def client_of(home: Path) -> Iterator[httpx.Client]:
    """Serve the reports of `home` and give a client of them; redirects are shown, not followed."""
    with running_reports(home) as address, httpx.Client(base_url=address, timeout=20) as client:
        yield client
