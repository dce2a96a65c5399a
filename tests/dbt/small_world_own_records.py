"""What people of our own made of exceptions in the small world, and what they looked at.

Here belong dispositions and accesses; corrections stand with the partners they go to (`small_world_partners`).
"""

from hashlib import sha256

from tests.dbt.small_world_rows import Row


def _key(*values: str) -> str:
    """A surrogate key, as dbt's macro of that name makes it."""
    return sha256("\x1f".join(values).encode()).hexdigest()


SILENT_CASE = _key("ctl_unanswered_corrected_cases", _key("silent"))
STALE_LINK = _key("ctl_unanswered_corrected_cases", _key("stale-link"))
DISPOSITIONS: tuple[Row, ...] = tuple(
    {
        "disposition_id": number,
        "exception_key": exception,
        "disposition": disposition,
        "owner": owner,
        "reason": "asked [e-mail]",
        "at_raw": f"2026-01-17T0{number}:00:00+00:00",
        "made_by": "olga",
        **days,
    }
    for number, (exception, disposition, owner, days) in enumerate(
        (
            (SILENT_CASE, "escalate", "ana", {"due_on": "2026-01-18"}),
            (SILENT_CASE, "correct", "ben", {"due_on": "2026-12-31"}),
            (STALE_LINK, "accept_until", "ana", {"accepted_until": "2026-01-18"}),
            (_key("ctl_of_old", _key("gone")), "false_alarm", "ana", {}),
        ),
        1,
    )
)
ACCESSES: tuple[Row, ...] = tuple(
    {
        "access_id": number,
        "at_raw": at,
        "person_id": "0" * 32,
        "person": "olga",
        "roles": "officer",
        "kind": kind,
        "outcome": outcome,
        "subject": subject,
        "snapshot_name": "s1",
    }
    for number, (at, kind, outcome, subject) in enumerate(
        (
            ("2026-01-17T08:00:00+00:00", "dossier", "given", "superseded"),
            ("2026-01-17T09:00:00+00:00", "dossier", "given", "superseded"),
            ("2026-02-01T00:00:00+00:00", "dossier", "given", "superseded"),
            ("2026-01-17T10:00:00+00:00", "refused", "refused", "/access"),
        ),
        1,
    )
)
