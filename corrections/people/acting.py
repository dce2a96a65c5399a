"""Who acts on the command line, and whether their roles allow it.

Here belong where a personal token is read from and the refusal of a role that is missing. No option names a person:
whoever has the token acts. Whose it is, is `people`.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from assettrail.clock import Clock
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.people.register import Person, Role, person_of

TOKEN = "ASSETTRAIL_TOKEN"  # noqa: S105 - the variable's name
TOKEN_FILE = "ASSETTRAIL_TOKEN_FILE"  # noqa: S105 - the variable's name


def acting(settings: Settings, clock: Clock, *roles: Role) -> Person:
    """Return the person whose token this process has, and who has one of these roles.

    Raises ConfigurationError when there is no token, it does not count, others may read its file, or no role of the
    person allows what they are about to do.
    """
    person = person_of(settings, clock, _token())
    if not person.roles & set(roles):
        raise ConfigurationError(
            tried=f"to act as {person.name}",
            found=f"the roles {', '.join(sorted(person.roles)) or 'of nobody'}",
            expected=f"the role {' or '.join(roles)}",
            remedy="have somebody with the role do it, or an administrator grant it; nothing was done",
        )
    return person


def _token() -> str:
    own, named = os.environ.get(TOKEN), os.environ.get(TOKEN_FILE)
    if own:
        return own
    if not named:
        raise ConfigurationError(
            tried="to find who acts on the command line",
            found=f"neither {TOKEN} nor {TOKEN_FILE}",
            expected="your personal token, in the one or in the file that the other names",
            remedy="have an administrator issue one: `assettrail people token NAME`; the first one begins with "
            "`assettrail people begin NAME`",
        )
    return _from_file(Path(named))


def _from_file(path: Path) -> str:
    try:
        mode = path.stat().st_mode
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(
            tried=f"to read the personal token in {path}",
            found=getattr(error, "strerror", None) or type(error).__name__,
            expected=f"the file that {TOKEN_FILE} names, with your token in it",
            remedy=f"correct {TOKEN_FILE}",
        ) from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise ConfigurationError(
            tried=f"to read the personal token in {path}",
            found=f"a file that others may use (mode {stat.S_IMODE(mode):o})",
            expected="a file that only you may read",
            remedy=f"chmod 600 {path}, and have the token issued anew if somebody else may have read it",
        )
    return text
