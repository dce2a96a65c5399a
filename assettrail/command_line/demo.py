"""`assettrail demo`: the whole path on the sandbox."""

from pathlib import Path
from typing import Annotated

import typer

from assettrail.output import print_json


def demo(
    seed: Annotated[int, typer.Option(help="Seed of the scenario.", min=0)] = 1,
    communications: Annotated[int, typer.Option(help="Number of communications.", min=500)] = 20_000,
    folder: Annotated[Path, typer.Option(help="Folder of the demo; emptied at the start.")] = Path("demo"),
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave reports, Dagster and sandbox running until Ctrl-C.")
    ] = False,
    serve_only: Annotated[
        bool, typer.Option("--serve-only", help="Start an empty sandbox and Dagster's pages, until Ctrl-C.")
    ] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print the summary as one JSON object.")] = False,
) -> None:
    """Play a scenario on the sandbox, ingest, build, publish, correct, and see that the corrections worked."""
    from assettrail.demo.play import play_demo, serve_sandbox
    from assettrail.demo.summary import print_summary

    if serve_only:
        serve_sandbox(folder.resolve())
        return
    with play_demo(folder.resolve(), seed, communications) as played:
        if json_output:
            print_json(played.summary)
        else:
            print_summary(played)
        if keep:
            played.keep_running()
