"""`assettrail recipients`: from a recipient's identifier to the pseudonyms that stand for it."""

import sys
from enum import StrEnum
from typing import Annotated

import typer

from assettrail.output import print_json, print_table
from assettrail.settings import load_settings

application = typer.Typer(help="Recipients, who are known by pseudonyms only.", no_args_is_help=True)


class Kind(StrEnum):
    """What an identifier is; values of two kinds never meet."""

    CUSTOMER = "customer"
    ACCOUNT = "account"
    POLICY = "policy"
    EMAIL = "email"
    TELEPHONE = "telephone"


@application.callback()
def _group() -> None:
    """Keep `recipients` a group, so that later commands fit in."""


@application.command("pseudonyms")
def pseudonyms(
    kind: Annotated[Kind, typer.Option(help="What the identifier is.")] = Kind.CUSTOMER,
    json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Read one identifier from standard input and print its pseudonym under every live key.

    It is kept nowhere and not repeated. Search for each pseudonym that is printed: what landed before a rotation of
    keys has the older one.
    """
    from evidence.keys import load_pseudonym_keys
    from ingest.pseudonym_keys import live_pseudonyms

    keys = load_pseudonym_keys(load_settings().keys.folder)
    found = live_pseudonyms(keys, kind.value, _identifier(kind))
    if json_output:
        print_json([vars(each) for each in found])
        return
    print_table(
        ["pseudonym", "key", "for new batches"],
        [(each.pseudonym, each.key_id, "yes" if each.is_in_use else "no") for each in found],
    )
    typer.echo(f"Their communications stand in the reports at /recipients/{','.join(each.pseudonym for each in found)}")


def _identifier(kind: Kind) -> str:
    """The identifier from a pipe, or asked for without showing what is typed."""
    if sys.stdin.isatty():
        return str(typer.prompt(f"{kind} (is not shown)", hide_input=True, err=True, default="", show_default=False))
    return sys.stdin.readline().strip()
