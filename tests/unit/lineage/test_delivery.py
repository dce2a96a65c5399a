"""Delivery: whatever happens between us and the service, each event arrives, and arrives as the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assettrail.command_line.application import application
from assettrail.errors import ConfigurationError, ContractBroken, PermanentSourceError, TransientSourceError
from lineage.column_map import FOLDER as COLUMNS
from lineage.delivery import SENDING, events_of, next_entry, send
from tests.unit.lineage.service import Service, lineage_service
from tests.unit.lineage.stores import ToldHome, batch, told_home

EVENTS = 14


@pytest.fixture
def home(tmp_path: Path) -> ToldHome:
    return told_home(tmp_path)


def expected(home: ToldHome) -> list[bytes]:
    """Every event of the log in order."""
    return [event for _, event in events_of(home.settings, home.log, 0)]


def test_everything_arrives_once_and_nothing_is_sent_twice(home: ToldHome) -> None:
    """Harm prevented: a service that is told everything at every run, or never told what is new."""
    with lineage_service() as service:
        settings = home.telling(url=service.url, api_key="geheim")
        done = send(settings, home.log)
        assert (done.events, done.first_entry, done.next_entry) == (EVENTS, 0, 6)
        assert service.taken == expected(home)
        assert set(service.tokens) == {"Bearer geheim"}
        assert "geheim" not in done.backend
        assert send(settings, home.log).events == 0
        home.append(batch(9))
        assert send(settings, home.log).events == 2
        assert service.taken == expected(home)


def test_a_start_sends_the_same_bytes_again(home: ToldHome) -> None:
    """Harm prevented: a service that lost its data cannot be filled again, or is filled with something else."""
    with lineage_service() as service:
        settings = home.telling(url=service.url)
        send(settings, home.log)
        send(settings, home.log, 0)
        assert service.taken == expected(home) * 2
        with pytest.raises(ConfigurationError, match="a log of 6 entries"):
            send(settings, home.log, 7)
        send(settings, home.log, 6)
        assert len(service.taken) == 2 * EVENTS


@pytest.mark.parametrize("status", [500, 503, 429])
def test_a_service_that_is_down_is_told_and_tried_again_from_the_cursor(home: ToldHome, status: int) -> None:
    """Harm prevented: events that a service did not take count as delivered."""
    with lineage_service() as service:
        settings = home.telling(url=service.url)
        service.answer = lambda number: status if number == 5 else 201
        with pytest.raises(TransientSourceError, match=f"HTTP {status}: not this one"):
            send(settings, home.log)
        assert next_entry(home.settings.home) == 0
        service.answer = lambda _: 201
        assert send(settings, home.log).events == EVENTS
        assert service.taken[5:] == expected(home)
        assert service.taken[:5] == expected(home)[:5]


def test_nobody_there_and_nobody_who_answers(home: ToldHome) -> None:
    """Harm prevented: a service that hangs holds the run for ever."""
    with lineage_service() as service:
        silent = home.telling(url=service.url, timeout_seconds=0.3)
        service.answer = lambda _: 0
        with pytest.raises(TransientSourceError, match=r"within 0\.3 s"):
            send(silent, home.log)
    with pytest.raises(TransientSourceError, match="ConnectError"):
        send(home.telling(url=service.url), home.log)


@pytest.mark.parametrize("status", [301, 401, 422])
def test_a_refusal_is_no_delivery_and_another_try_would_not_help(home: ToldHome, status: int) -> None:
    """Harm prevented: a wrong token or address is tried for ever as if the service were down."""
    with lineage_service() as service:
        service.answer = lambda _: status
        with pytest.raises(PermanentSourceError, match=f"HTTP {status}"):
            send(home.telling(url=service.url), home.log)
        assert next_entry(home.settings.home) == 0


def test_a_kill_between_sending_and_the_cursor_sends_the_same_bytes_again(home: ToldHome, tmp_path: Path) -> None:
    """Harm prevented: after a kill the service has a part, and what follows does not fit it."""
    with lineage_service() as service:
        killed = _sending(home, service)

        def answer(number: int) -> int:
            """Kill the sender when it has sent all, before it can know it."""
            if number == EVENTS:
                os.kill(killed.pid, signal.SIGKILL)
            return 201

        service.answer = answer
        with killed:
            _, said = killed.communicate("go\n", timeout=120)
        assert killed.returncode == -signal.SIGKILL, said
        assert next_entry(home.settings.home) == 0
        first = list(service.taken)
        assert first == expected(home)
        for map_file in (home.settings.home / COLUMNS).glob("*.json"):
            map_file.unlink()  # What was written down needs nothing else, not even the release that wrote it.
        service.answer = lambda _: 201
        assert send(home.telling(url=service.url), home.log).events == EVENTS
        assert service.taken[EVENTS:] == first


def _sending(home: ToldHome, service: Service) -> subprocess.Popen[str]:
    """A process that sends when it is told to."""
    config = home.settings.home.parent / "assettrail.toml"
    config.write_text(
        f'home = "{home.settings.home}"\n[keys]\nfolder = "{home.settings.keys.folder}"\n'
        f'[lineage]\nurl = "{service.url}"\n',
        encoding="utf-8",
    )
    code = (
        "import sys; sys.stdin.readline(); sys.argv[1:] = ['lineage', 'send']; "
        "from assettrail.command_line import main; main()"
    )
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ASSETTRAIL_")}
    return subprocess.Popen(
        [sys.executable, "-c", code],
        env={**environment, "ASSETTRAIL_CONFIG": str(config)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_file_takes_one_event_a_line_and_no_torn_one(home: ToldHome, tmp_path: Path) -> None:
    """Harm prevented: a line that a killed writer broke off makes the next event unreadable, too."""
    file = tmp_path / "told" / "events.jsonl"
    settings = home.telling(file=file)
    send(settings, home.log)
    assert file.read_bytes().splitlines() == expected(home)
    home.append(batch(9))
    with file.open("ab") as handle:
        handle.write(expected(home)[-1][:40])
    send(settings, home.log)
    assert file.read_bytes().splitlines() == expected(home)


def test_a_lost_column_map_is_told_and_can_be_gone_past(home: ToldHome, tmp_path: Path) -> None:
    """Harm prevented: an event without the columns of then is sent as if there had been none."""
    settings = home.telling(file=tmp_path / "events.jsonl")
    for map_file in (home.settings.home / COLUMNS).glob("*.json"):
        map_file.unlink()
    with pytest.raises(ContractBroken, match="column map"):
        send(settings, home.log)
    home.append(batch(9))
    assert send(settings, home.log, 6).events == 2


def test_a_changed_note_is_not_sent(home: ToldHome, tmp_path: Path) -> None:
    """Harm prevented: what somebody else wrote into the home leaves the house as our event."""
    (home.settings.home / "lineage" / SENDING).write_text('{"first": 0}', encoding="utf-8")
    with pytest.raises(ContractBroken, match="how far lineage events were delivered"):
        send(home.telling(file=tmp_path / "events.jsonl"), home.log)
    assert send(home.telling(file=tmp_path / "events.jsonl"), home.log, 0).events == EVENTS


def test_without_a_backend_nothing_is_sent(home: ToldHome) -> None:
    """Harm prevented: an installation that never asked for it tells its lineage to somebody."""
    with pytest.raises(ConfigurationError, match=r"neither lineage\.url nor lineage\.file"):
        send(home.settings, home.log)


def test_events_can_be_looked_at_without_sending(home: ToldHome, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harm prevented: what leaves the house is first seen when it has left."""
    monkeypatch.setenv("ASSETTRAIL_HOME", str(home.settings.home))
    monkeypatch.setenv("ASSETTRAIL_KEYS__FOLDER", str(home.settings.keys.folder))
    shown = CliRunner().invoke(application, ["lineage", "show", "--limit", "50"])
    assert shown.exit_code == 0, shown.output
    assert shown.output.count("COMPLETE") == shown.output.count("START") == EVENTS // 2
    printed = CliRunner().invoke(application, ["lineage", "show", "--json", "--from", "5", "--limit", "50"])
    assert [line.encode() for line in printed.output.splitlines()] == expected(home)[8:]
    assert next_entry(home.settings.home) == 0
