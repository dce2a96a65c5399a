"""The one communication that an address names, where it has to be one.

Here belongs choosing between Exstream domains that have the same communication id, for addresses that cannot offer the
choice themselves; the dossier offers it as a page.
"""

from __future__ import annotations

from reports.addresses import Cursor, not_found
from reports.dossier.questions import read_communications
from reports.dossier.rows import Communication
from reports.problems import BadQuestion


def one_communication(cursor: Cursor, wanted: str, domain: str, doing: str) -> Communication:
    """Return the communication of that id, in that domain where one is named, as the cursor's owner may see it.

    `doing` is what the address does, as errors tell it. Raises NothingFound where there is none, BadQuestion where two
    domains have it.
    """
    candidates = read_communications(cursor, wanted)
    chosen = [one for one in candidates if domain in ("", one.domain_code)]
    if not chosen:
        raise not_found(cursor, "communication", wanted, "a communication id of Exstream")
    if len(chosen) > 1:
        raise BadQuestion(
            tried=f"{doing} “{wanted[:300]}”",
            found="one in each of the domains " + ", ".join(one.domain_code for one in chosen),
            expected="one communication",
            remedy="come from its dossier, or choose one with domain=",
        )
    return chosen[0]
