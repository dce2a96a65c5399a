"""Processes that start with the heavy libraries in memory, for commands that tests run as a user does.

Great Expectations, Dagster and dbt take seconds to import, more than most commands work. Here they are imported once,
in a server of `multiprocessing`, from which each command is forked: it has its own memory, environment, output and
exit code, and imports everything of this house itself. Here belong starting such a process and what may run in one;
what is tried with it is written in the tests. A test that needs a PID or a signal starts a real command.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from multiprocessing.context import ForkServerContext
from pathlib import Path

_LIBRARIES = ("great_expectations", "dagster", "dagster_dbt", "dbt.cli.main", "dbt.adapters.duckdb", "sqlalchemy")
"""None of ours, and not polars: a fork leaves the threads behind that it starts."""


def run_assettrail(
    *words: str, env: Mapping[str, str], timeout: float = 1200, largest_file: int | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command of assettrail in this environment; `largest_file` bytes fill the disk.

    Raises subprocess.TimeoutExpired when it takes longer than `timeout` seconds.
    """
    return _run(_assettrail, ["assettrail", *words], env, timeout, largest_file)


def run_dbt(
    *words: str, parsed: Path, env: Mapping[str, str], timeout: float = 1200
) -> subprocess.CompletedProcess[str]:
    """Run dbt on a project that was parsed before (`partial_parse.msgpack`), as parsing takes longer than most builds.

    dbt itself, as a shell starts it, parses anew for each path of a build file. It works as in a run of the house.
    """
    return _run(_dbt, ["dbt", str(parsed), *words], env, timeout, None)


def _assettrail(words: Sequence[str]) -> None:
    sys.argv = list(words)
    from assettrail.command_line import main

    main()


def _dbt(words: Sequence[str]) -> None:
    from dbt.cli.main import dbtRunner
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder

    from orchestration import dbt_command

    dbt_command.prepare()
    _, parsed, *rest = words
    manifest = Manifest.from_msgpack(Path(parsed).read_bytes(), decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    done = dbtRunner(manifest=manifest).invoke(rest)
    if done.exception is not None:
        raise done.exception
    sys.exit(0 if done.success else 1)


def _run(
    work: Callable[[Sequence[str]], None],
    words: Sequence[str],
    env: Mapping[str, str],
    timeout: float,
    largest_file: int | None,
) -> subprocess.CompletedProcess[str]:
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder) / "out", Path(folder) / "err"
        out.touch()
        err.touch()
        process = _server().Process(target=_work, args=(work, words, dict(env), out, err, largest_file))
        process.start()
        try:
            process.join(timeout)
            is_late = process.exitcode is None
        finally:
            process.kill()
            process.join()
        if is_late:
            raise subprocess.TimeoutExpired(list(words), timeout, out.read_text(), err.read_text())
        return subprocess.CompletedProcess(list(words), process.exitcode or 0, out.read_text(), err.read_text())


def _work(
    work: Callable[[Sequence[str]], None],
    words: Sequence[str],
    env: Mapping[str, str],
    out: Path,
    err: Path,
    largest_file: int | None,
) -> None:
    """Become a process of that environment and output, and work; what it leaves to the end of a process is done."""
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), number)
    os.environ.clear()
    os.environ.update(env)
    if largest_file is not None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, largest_file))
    try:
        work(words)
    finally:
        atexit._run_exitfuncs()


@cache
def _server() -> ForkServerContext:
    """The server of this process; it starts with the first command and ends with this process."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(list(_LIBRARIES))
    return context
