"""Feedback of partners that asks for a better rendition, as a published snapshot shows it.

Here belongs reading the marts. What is tried and proposed is `improving`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from assettrail.errors import ContractBroken

_APPROVED: Final = frozenset({"PROVEN", "PROVEN_LATE"})
# The rendition that the partner has now: the answer's, where the feedback was answered with one, else the reported one.
_QUERY: Final = """
    select
        feedback.feedback_id_trading_grid,
        feedback.category,
        coalesce(feedback.device_code, publications.device_code),
        feedback.status_code,
        answers.publication_id_trading_grid,
        exceptions.exception_key,
        publications.publication_id_trading_grid,
        publications.community_id_trading_grid,
        publications.asset_id_cloudinary,
        publications.version_number,
        publications.etag,
        publications.url,
        publications.rendition_name,
        publications.region_code,
        publications.language_code,
        publications.device_code,
        coalesce(publications.is_live, false),
        publications.verdict_now
    from marts.fct_feedback as feedback
    left join marts.fct_publications as answers
        on feedback.answer_publication_key = answers.publication_key
    left join marts.fct_publications as publications
        on coalesce(feedback.answer_publication_key, feedback.publication_key) = publications.publication_key
    left join (
        select subject_key, min(exception_key) as exception_key
        from marts.fct_exceptions
        where control_name in ('ctl_unanswered_feedback', 'ctl_republications_without_change')
        group by subject_key
    ) as exceptions
        on feedback.feedback_key = exceptions.subject_key
    where feedback.is_open or feedback.change_reason = 'unchanged'
    order by feedback.feedback_id_trading_grid
"""


@dataclass(frozen=True)
class OpenFeedback:
    """Feedback that waits for a better rendition, and the publication that its partner has now.

    `exception_key` is None while nothing is overdue. `answered_by` is the publication that it was answered with.
    """

    feedback_id: str
    category: str | None
    device: str | None
    status: str | None
    answered_by: str | None
    exception_key: str | None
    publication_id: str | None
    community_id: str | None
    asset_id: str | None
    version: int | None
    etag: str | None
    url: str | None
    rendition_name: str | None
    region: str | None
    language: str | None
    publication_device: str | None
    is_live: bool
    verdict_now: str | None

    @property
    def is_approved(self) -> bool:
        """Whether what the publication shows is approved and current now."""
        return self.verdict_now in _APPROVED


def read_open_feedback(database: Path) -> Iterator[OpenFeedback]:
    """Give the feedback by its id. Raises ContractBroken when the snapshot cannot be read."""
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            rows = connection.execute(_QUERY).fetchall()
    except duckdb.Error as error:
        raise ContractBroken(
            tried=f"to read the feedback of the snapshot {database}",
            found=f"{type(error).__name__}: {str(error).splitlines()[0]}",
            expected="a published snapshot with marts.fct_feedback, fct_publications and fct_exceptions",
            remedy="publish again with `assettrail build`; nothing was measured",
        ) from error
    return (OpenFeedback(*row) for row in rows)
