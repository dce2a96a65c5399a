"""`assettrail people`: who may do what, and their personal tokens."""

from typing import TYPE_CHECKING, Annotated

import typer

from assettrail.clock import Clock, clock_from
from assettrail.output import print_facts, print_json, print_table, text_of
from assettrail.settings import Settings, load_settings

if TYPE_CHECKING:
    from corrections.people.register import Person

application = typer.Typer(
    help="People: list, add, roles and personal tokens. Who acts is the owner of the token in ASSETTRAIL_TOKEN.",
    no_args_is_help=True,
)
Name = Annotated[str, typer.Argument(help="Name of a person, as it stands in histories.")]
RoleName = Annotated[
    str, typer.Argument(help="reader, analyst, officer, proposer, approver, engineer or administrator.")
]
Days = Annotated[int, typer.Option("--days", min=1, max=366, help="Days for which the token counts.")]


@application.command("begin")
def begin(name: Name, days: Days = 90) -> None:
    """Add yourself as the first administrator, and print your token once.

    An administrator gets a new one here when none of them has a token that counts.
    """
    from corrections.people import register as people

    settings = load_settings()
    typer.echo(people.begin(settings, clock_from(settings), name, days).text)


@application.command("list")
def list_all(json_output: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """List everybody with their roles, and how many tokens of theirs count."""
    from corrections.people.register import list_people

    settings = load_settings()
    found, now = list_people(settings), clock_from(settings).now()
    if json_output:
        print_json([vars(person) | {"tokens": [vars(token) for token in person.tokens]} for person in found])
        return
    rows = []
    for person in found:
        counting = sum(token.revoked_at is None and token.expires_at > now for token in person.tokens)
        state = "active" if person.is_active else "deactivated"
        rows.append((person.name, state, ", ".join(person.roles), counting, person.added_at, person.added_by))
    print_table(["name", "state", "roles", "tokens", "added", "by"], rows)


@application.command("show")
def show(name: Name) -> None:
    """Show one person with the ids of their tokens; no secret is kept that could be shown."""
    from assettrail.errors import ConfigurationError
    from corrections.people.names import plain_name
    from corrections.people.register import list_people

    for person in list_people(load_settings()):
        if plain_name(person.name) == plain_name(name):
            print_facts({"name": person.name, "active": person.is_active, "roles": ", ".join(person.roles)})
            typer.echo("")
            rows = [(token.token_id, token.issued_at, token.expires_at, token.revoked_at) for token in person.tokens]
            print_table(["token", "issued", "expires", "revoked"], rows)
            return
    raise ConfigurationError(
        tried=f"to show the person {name!r}",
        found="nobody of this name",
        expected="the name of a person who was added",
        remedy="`assettrail people list` shows everybody",
    )


@application.command("add")
def add(
    name: Name,
    role: Annotated[list[str] | None, typer.Option("--role", help="A role; may be given several times.")] = None,
) -> None:
    """Add a person; needs an administrator's token."""
    from corrections.people import register as people

    settings, clock, by = _administrator()
    people.add_person(settings, clock, name, [people.role_of(each) for each in role or []], by)
    typer.echo(f"added {text_of(name)}; `assettrail people token` issues their token")


@application.command("grant")
def grant(name: Name, role: RoleName) -> None:
    """Give a person a role; needs an administrator's token."""
    from corrections.people import register as people

    settings, clock, by = _administrator()
    people.grant(settings, clock, name, people.role_of(role), by)
    typer.echo(f"{text_of(name)} has the role {text_of(role)}")


@application.command("revoke")
def revoke(name: Name, role: RoleName) -> None:
    """Take a role from a person; needs an administrator's token."""
    from corrections.people import register as people

    settings, clock, by = _administrator()
    people.revoke(settings, clock, name, people.role_of(role), by)
    typer.echo(f"{text_of(name)} no longer has the role {text_of(role)}")


@application.command("deactivate")
def deactivate(name: Name) -> None:
    """End what a person may do, with all their tokens; needs an administrator's token."""
    from corrections.people import register as people

    settings, clock, by = _administrator()
    people.deactivate(settings, clock, name, by)
    typer.echo(f"deactivated {text_of(name)}")


@application.command("reactivate")
def reactivate(name: Name) -> None:
    """Let a person act again under the name that they had; needs an administrator's token."""
    from corrections.people import register as people

    settings, clock, by = _administrator()
    people.reactivate(settings, clock, name, by)
    typer.echo(f"reactivated {text_of(name)}")


@application.command("token")
def token(name: Name, days: Days = 90) -> None:
    """Issue a personal token and print it once; needs an administrator's token."""
    from corrections.people import register as people

    settings, clock, by = _administrator()
    typer.echo(people.issue_token(settings, clock, name, days, by).text)


@application.command("revoke-token")
def revoke_token(token_id: Annotated[str, typer.Argument(help="Id of the token, as `show` tells it.")]) -> None:
    """End a token at once; needs an administrator's token."""
    from corrections.people import register as people

    settings, clock, by = _administrator()
    people.revoke_token(settings, clock, token_id, by)
    typer.echo(f"revoked the token {text_of(token_id)}")


@application.command("sign-in-name")
def sign_in_name(
    name: Name,
    called: Annotated[
        str | None, typer.Argument(help="What the provider or proxy calls them, exactly; absent: nobody signs in so.")
    ] = None,
) -> None:
    """Say by which sign-in name a person opens the reports; needs an administrator's token."""
    from corrections.people import sign_in_names

    settings, clock, by = _administrator()
    sign_in_names.set_sign_in_name(settings, clock, name, called, by)
    typer.echo(f"{text_of(name)} signs in as {text_of(called)}" if called else f"{text_of(name)} has no sign-in name")


@application.command("restrict")
def restrict(
    name: Name,
    jurisdiction: Annotated[
        list[str] | None, typer.Option("--jurisdiction", help="Code of a jurisdiction; may be given several times.")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Take the restriction away.")] = False,
) -> None:
    """Let a person see the communications of some jurisdictions only; needs an administrator's token."""
    from assettrail.errors import ConfigurationError
    from corrections.people import sign_in_names

    if bool(jurisdiction) == every:
        raise ConfigurationError(
            tried=f"to restrict {name}",
            found="both --jurisdiction and --all" if every else "neither --jurisdiction nor --all",
            expected="one of the two",
            remedy="name the jurisdictions that they may see, or --all; nothing was changed",
        )
    settings, clock, by = _administrator()
    sign_in_names.restrict(settings, clock, name, jurisdiction or None, by)
    seen = text_of(", ".join(jurisdiction)) if jurisdiction else "all jurisdictions"
    typer.echo(f"{text_of(name)} sees the communications of {seen}")


@application.command("accesses")
def accesses(
    after: Annotated[int, typer.Option("--after", min=0, help="Id of the last access that is known.")] = 0,
) -> None:
    """Print the log of accesses as JSON lines, the oldest first; needs an administrator's token."""
    from corrections.people.accesses import access_lines

    settings, _, _ = _administrator()
    for line in access_lines(settings, after):
        typer.echo(line)


@application.command("whoami")
def whoami() -> None:
    """Show who acts: whose token this is, and their roles."""
    from corrections.people.acting import acting
    from corrections.people.register import ROLES

    settings = load_settings()
    person = acting(settings, clock_from(settings), *ROLES)
    print_facts({"name": person.name, "roles": ", ".join(role for role in ROLES if role in person.roles)})


def _administrator() -> "tuple[Settings, Clock, Person]":
    from corrections.people.acting import acting

    settings = load_settings()
    clock = clock_from(settings)
    return settings, clock, acting(settings, clock, "administrator")
