"""Run a job of the house and SIGKILL this very process at a named call.

`killed_run.py JOB MODULE:NAME WHEN NTH [ASSET]`: WHEN is `before` or `after`; with an asset (`publish/snapshot`) the
job makes that one alone. The product knows nothing of it: the call is wrapped from outside, in this process.
"""

from __future__ import annotations

import functools
import importlib
import os
import signal
import sys
from typing import Any

from assettrail.settings import load_settings


def kill_at(target: str, when: str, nth: int) -> None:
    """Wrap the function or method so that its nth call ends this process, before or after its work."""
    module_name, path = target.split(":")
    owner: Any = importlib.import_module(module_name)
    *parents, name = path.split(".")
    for parent in parents:
        owner = getattr(owner, parent)
    original = getattr(owner, name)
    calls = iter(range(1, sys.maxsize))

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        count = next(calls)
        if count == nth and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*args, **kwargs)
        if count == nth and when == "after":
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(owner, name, wrapped)


if __name__ == "__main__":
    job, target, when, nth, *assets = sys.argv[1:]
    kill_at(target, when, int(nth))
    import dagster as dg

    from orchestration.running import run_job

    selection = [dg.AssetKey(asset.split("/")) for asset in assets]
    run_job(job, load_settings().home, selection=selection or None)
