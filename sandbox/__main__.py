"""`python -m sandbox serve`: the three vendors on loopback until Ctrl-C.

Belongs here: reading the command line and exit codes (0 stopped in order, 2 wrong option, 3 port in use).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from sandbox.clock import DEFAULT_START, format_instant, parse_instant
from sandbox.server import Options, PortInUseError, serve

EXIT_PORT_IN_USE = 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return the exit code."""
    chosen = _parser().parse_args(arguments)
    ports = {
        "cloudinary": chosen.cloudinary_port,
        "exstream": chosen.exstream_port,
        "trading_grid": chosen.trading_grid_port,
    }
    try:
        serve(Options(folder=chosen.folder, start=chosen.start, ports=ports))
    except PortInUseError as error:
        print(error, file=sys.stderr)  # noqa: T201 (a command line's message)
        return EXIT_PORT_IN_USE
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Stand-ins for the three vendors.")
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("serve", help="serve all three on loopback until SIGTERM or Ctrl-C")
    command.add_argument("--folder", type=Path, required=True, help="where bytes and endpoints.json are kept")
    for service in ("cloudinary", "exstream", "trading-grid"):
        command.add_argument(f"--{service}-port", type=int, default=0, help="0 (default): any free port")
    command.add_argument(
        "--start",
        type=parse_instant,
        default=DEFAULT_START,
        help=f"where the sandbox clock stands at first (default {format_instant(DEFAULT_START)})",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
