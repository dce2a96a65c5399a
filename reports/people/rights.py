"""Which role may do what: the one table of rights.

Here belong the rights and who has them. A route names the right that it needs (`asking.require`); a route without one
is refused when the application is made. Rights are told to people in docs/security.md, which a test holds to this
table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal, get_args

from corrections.people.register import ROLES, Role

Right = Literal[
    "sign_in",
    "read",
    "watch_pipeline",
    "query",
    "save_query",
    "withdraw_query",
    "take_out",
    "unseal",
    "look_up_recipients",
    "see_corrections",
    "decide_corrections",
    "dispose_exceptions",
    "recall",
    "sign_off",
    "administer",
]
RIGHTS: Final[tuple[Right, ...]] = get_args(Right)

_READERS: Final[frozenset[Role]] = frozenset({"reader", "analyst", "officer", "proposer", "approver"})

ROLES_OF: Final[Mapping[Right, frozenset[Role]]] = {
    "sign_in": frozenset(ROLES),
    "read": _READERS,
    "watch_pipeline": _READERS | {"engineer"},
    "query": frozenset({"analyst"}),
    "save_query": frozenset({"analyst"}),
    "withdraw_query": frozenset({"analyst", "administrator"}),
    "take_out": frozenset({"analyst", "officer"}),
    "unseal": frozenset({"officer"}),
    "look_up_recipients": frozenset({"officer"}),
    "see_corrections": frozenset({"officer", "proposer", "approver"}),
    "decide_corrections": frozenset({"approver"}),
    "dispose_exceptions": frozenset({"officer"}),
    "recall": frozenset({"officer", "proposer"}),
    "sign_off": frozenset({"officer"}),
    "administer": frozenset({"administrator"}),
}
"""`sign_in` is for everybody, signed in or not: it opens the pages that lead in and out."""

MEANING: Final[Mapping[Right, str]] = {
    "sign_in": "sign in and out",
    "read": "overview, search, dossiers, assets, exceptions, cases, partners, launches, reports",
    "watch_pipeline": "the trust page: claims, freshness, quarantine, checkpoint, controls",
    "query": "free queries over a snapshot",
    "save_query": "save a query under a name",
    "withdraw_query": "withdraw a saved query: one's own, or as an administrator any",
    "take_out": "exports, PDF and the download of snapshots",
    "unseal": "the sealed raw record of a use",
    "look_up_recipients": "from a recipient's identifier to the communications that they got",
    "see_corrections": "the corrections inbox and recalls",
    "decide_corrections": "approve and reject corrections that another person proposed",
    "dispose_exceptions": "give an exception an owner, a due date and a disposition",
    "recall": "recall an asset: propose every withdrawal",
    "sign_off": "sign a period",
    "administer": "the log of accesses",
}
"""What a right opens, in words."""

LOCAL_ROLES: Final[frozenset[str]] = frozenset({"reader", "analyst", "officer", "engineer"})
"""What the user of this machine may see without a name: the files are theirs. Nothing is decided without a name."""

NEEDS_NAME: Final[frozenset[Right]] = frozenset(
    {
        *("save_query", "withdraw_query", "decide_corrections", "dispose_exceptions", "recall", "sign_off"),
        *("unseal", "look_up_recipients", "administer"),
    }
)
"""Rights that are only used by a person who has proven who they are."""
