"""`python -m sandbox.scenario`: plays a scenario, stages of it, or its reviewer, into a running sandbox.

Prints one JSON line on standard output (what was played, by kind); progress goes to standard error.
Exit codes: 0 played, 1 refused by a stand-in or not fitting the folder, 2 wrong option.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from sandbox.scenario.errors import PlayError
from sandbox.scenario.media_player import POLL_CHANNEL
from sandbox.scenario.plan import SMALLEST, make_plan
from sandbox.scenario.play import play_stages
from sandbox.scenario.reviews import play_reviews
from sandbox.scenario.stages import STAGES


def main(arguments: Sequence[str] | None = None) -> int:
    """Play what the options ask for; gives the exit code."""
    options = _options(arguments)
    stages = STAGES if options.stage == "all" else (int(options.stage),)
    plan = make_plan(options.seed, options.communications)
    try:
        if options.reviews:
            summary = play_reviews(plan, options.folder)
        else:
            summary = play_stages(plan, options.folder, stages, tuple(options.channel or [POLL_CHANNEL]))
    except PlayError as error:
        sys.stderr.write(f"scenario: {error}\n")
        return 1
    sys.stdout.write(json.dumps(asdict(summary), separators=(",", ":")) + "\n")
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox.scenario", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="the sandbox's folder with endpoints.json")
    parser.add_argument("--seed", type=int, default=1, help="which scenario (default 1)")
    parser.add_argument(
        "--communications", type=_size, default=20_000, help=f"how many, {SMALLEST} or more (default 20000)"
    )
    part = parser.add_mutually_exclusive_group()
    part.add_argument("--stage", choices=[*map(str, STAGES), "all"], default="all", help="default all")
    part.add_argument(
        "--reviews",
        action="store_true",
        help="after the last stage and the corrections: approve in Exstream some of the images that are in review",
    )
    parser.add_argument(
        "--channel",
        action="append",
        help=f"a poll channel that is notified; several readers name several (default {POLL_CHANNEL})",
    )
    return parser.parse_args(arguments)


def _size(text: str) -> int:
    size = int(text)
    if size < SMALLEST:
        raise argparse.ArgumentTypeError(f"{size} is too few for the planted cases; use {SMALLEST} or more")
    return size


if __name__ == "__main__":
    sys.exit(main())
