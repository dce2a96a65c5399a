"""Who asks: the visitor of a request, the right that a route needs, and the token of forms.

Here belongs what routes and pages ask about the person behind a request: `require`, `current_person`, `decider`,
`jurisdictions_of`. Who a visitor is, is found by `gate`.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Any, Final

from fastapi import Depends
from starlette.requests import Request

from corrections.people.register import Person
from reports.people.refusals import NotAllowed, form_refused, not_signed_in
from reports.people.rights import MEANING, NEEDS_NAME, ROLES_OF, Right

CSRF_FIELD: Final = "csrf_token"
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Visitor:
    """Who sends a request: the person, whether they have proven it, and the secret that only their browser holds.

    `is_new_browser`: the secret was made for this answer and has to be given to the browser with it.
    """

    person: Person | None
    is_proven: bool
    secret: str
    is_new_browser: bool = False
    has_session: bool = False

    @property
    def csrf_token(self) -> str:
        """The token that a form of this browser and person must bring back."""
        whose = self.person.person_id if self.person and self.person.person_id else ""
        return hmac.new(self.secret.encode(), f"form:{whose}".encode(), hashlib.sha256).hexdigest()


class Require:
    """Lets a request through whose person has the right; a form must come from a page that they were shown."""

    def __init__(self, right: Right) -> None:
        self.right: Right = right

    async def __call__(self, request: Request) -> None:
        """Raise NotSignedIn, NotAllowed or FormRefused unless the request may go on."""
        refuse_without_right(request, self.right)
        if request.method not in _SAFE_METHODS:
            await _verify_form(request)


def require(right: Right) -> Any:
    """Return the dependency of a route (or of all routes of a router) that only people with `right` may use."""
    return Depends(Require(right))


def visitor_of(request: Request) -> Visitor:
    """Return who sends the request. Raises NotSignedIn where nobody looked yet."""
    visitor = getattr(request.state, "visitor", None)
    if not isinstance(visitor, Visitor):
        raise not_signed_in(request.url.path)
    return visitor


def current_person(request: Request) -> Person:
    """Return the person who sends the request, with roles and jurisdictions. Raises NotSignedIn for nobody."""
    person = visitor_of(request).person
    if person is None:
        raise not_signed_in(request.url.path)
    return person


def decider(request: Request) -> Person:
    """Return the person who decides by this request: one who has proven who they are. Raises NotAllowed otherwise."""
    visitor = visitor_of(request)
    if visitor.person is None or not visitor.is_proven:
        raise _no_name(request.url.path)
    return visitor.person


def jurisdictions_of(request: Request) -> frozenset[str] | None:
    """Return the jurisdictions whose communications the page may show; None: all."""
    return current_person(request).jurisdictions


def has_right(visitor: Visitor | None, right: Right) -> bool:
    """Tell whether a visitor may use a right: for links and forms, which are left out where they lead nowhere."""
    if visitor is None or visitor.person is None:
        return right == "sign_in"
    return bool(visitor.person.roles & ROLES_OF[right]) and (visitor.is_proven or right not in NEEDS_NAME)


def lacks_only_a_name(visitor: Visitor | None, right: Right) -> bool:
    """Tell whether a visitor would have the right once they have proven who they are."""
    if visitor is None or visitor.person is None or visitor.is_proven:
        return False
    return right in NEEDS_NAME and bool(visitor.person.roles & ROLES_OF[right])


def refuse_without_right(request: Request, right: Right) -> None:
    """Raise NotSignedIn for nobody, NotAllowed for a person without the right."""
    if right == "sign_in":
        return
    person = current_person(request)
    if not person.roles & ROLES_OF[right]:
        raise NotAllowed(
            tried=f"to open {request.url.path[:300]} as {person.name}",
            found=f"the roles {', '.join(sorted(person.roles)) or 'of nobody'}",
            expected=f"the role {' or '.join(sorted(ROLES_OF[right]))}: {MEANING[right]}",
            remedy="have somebody with the role do it, or an administrator grant it",
        )
    if right in NEEDS_NAME:
        decider(request)


def refuse_restricted(request: Request) -> None:
    """Raise NotAllowed for a person who is restricted to jurisdictions: for what shows a snapshot as a whole."""
    if jurisdictions_of(request) is not None:
        raise NotAllowed(
            tried=f"to open {request.url.path[:300]}",
            found="a person who is restricted to some jurisdictions",
            expected="a person who may see all: here a snapshot is read as a whole",
            remedy="use the pages and their exports, which show what you may see, or ask somebody who may see all",
        )


def _no_name(path: str) -> NotAllowed:
    return NotAllowed(
        tried=f"to use {path[:300]}",
        found="the user of this machine, who has not proven a name",
        expected="a person who has signed in: what they do stands in the history under their name",
        remedy="sign in with your personal token at /sign-in",
    )


async def _verify_form(request: Request) -> None:
    """Raise FormRefused unless the request comes from a page of ours that this browser was shown."""
    origin = request.headers.get("origin")
    if origin is not None and origin != request.app.state.origin_of(request):
        raise form_refused(f"a request that a page of {origin[:200]} sent")
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        raise form_refused("a request that a foreign page sent")
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        raise form_refused("a body that is no form")
    given = (await request.form()).get(CSRF_FIELD)
    if not isinstance(given, str) or not hmac.compare_digest(given.encode(), visitor_of(request).csrf_token.encode()):
        raise form_refused("no token of this session, or another one's")
