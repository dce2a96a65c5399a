"""A real PostgreSQL server for tests, in a folder of its own, reached over loopback.

Here belongs starting and ending it. It is Debian's package (`make test-system` installs it); it refuses to run as root,
so that root starts it as the user that the package made.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

_USER = "postgres"


def programs() -> Path:
    """The folder of the server's programs, of the newest version that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parent.parent.name))
    if not found:
        raise FileNotFoundError("The tests of the outbox need PostgreSQL. Run: make test-system")
    return found[-1].parent


@contextmanager
def running_server() -> Iterator[str]:
    """Run a server; give the address of its first database, without the scheme's driver."""
    folder = Path(tempfile.mkdtemp(prefix="assettrail-postgresql-"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    if os.geteuid() == 0:
        user = pwd.getpwnam(_USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        _run("initdb", "--pgdata", folder / "data", "--username", _USER, "--auth", "trust", "--no-sync")
        options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={folder} -c fsync=off"
        _run("pg_ctl", "start", "--wait", "--pgdata", folder / "data", "--log", folder / "log", "--options", options)
        try:
            yield f"{_USER}@127.0.0.1:{port}/{_USER}"
        finally:
            _run("pg_ctl", "stop", "--pgdata", folder / "data", "--mode", "immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_database(server: str, name: str) -> str:
    """Make an empty database; give its address for SQLAlchemy."""
    with psycopg.connect(f"postgresql://{server}", autocommit=True) as connection:
        connection.execute(f'create database "{name}"')
    return f"postgresql+psycopg://{server.rpartition('/')[0]}/{name}"


def _run(program: str, *words: str | Path) -> None:
    own = ["setpriv", f"--reuid={_USER}", f"--regid={_USER}", "--clear-groups"] if os.geteuid() == 0 else []
    done = subprocess.run(
        [*own, programs() / program, *words], cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')}")
