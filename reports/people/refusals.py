"""Why somebody is not let through, in the four parts of every error.

Here belong the errors of signing in and of rights; which page shows them is `reports.application`.
"""

from __future__ import annotations

from assettrail.errors import AssettrailError


class NotSignedIn(AssettrailError):
    """Nobody is signed in, or the session is over."""


class NotAllowed(AssettrailError):
    """The person has no right to what was asked for, or the request did not come the way it has to."""


class FormRefused(AssettrailError):
    """A form did not come from a page that this session was shown, or is larger than a form may be."""


class ProviderFailed(AssettrailError):
    """The OpenID Connect provider did not answer, or answered what does not hold."""


def not_signed_in(path: str) -> NotSignedIn:
    """Return the refusal of a page that only people who are signed in may open."""
    return NotSignedIn(
        tried=f"to open {path[:300]}",
        found="nobody signed in, or a session that is over",
        expected="a person who has signed in",
        remedy="sign in; you come back to this page",
    )


def form_refused(found: str) -> FormRefused:
    """Return the refusal of a form."""
    return FormRefused(
        tried="to take what the form holds",
        found=found,
        expected="the form of a page that this browser was shown in the same session",
        remedy="go back, load the page again and send it from there; nothing was changed",
    )


def unknown_person(name: str) -> NotAllowed:
    """Return the refusal of somebody who is signed in elsewhere and whom this installation does not know."""
    return NotAllowed(
        tried="to find the person who signed in",
        found=f"the sign-in name {name[:320]!r}, which belongs to nobody here, or to a person who is not active",
        expected="a person whom an administrator has given this sign-in name",
        remedy="ask an administrator: `assettrail people sign-in-name NAME SIGN_IN_NAME`; nothing was shown",
    )
