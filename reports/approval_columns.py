"""The columns by which pages tell of an approval.

Here belongs the list alone, for those who ask `marts.fct_approvals`; which approvals they ask for is theirs.
"""

from typing import Final

APPROVAL_COLUMNS: Final = """
    version_number,
    etag,
    approver_id,
    granted_at,
    ended_at,
    ended_by,
    valid_from,
    valid_to,
    segments_list as segments,
    jurisdictions_list as jurisdictions,
    offers_list as offers,
    evidence_grade,
    _log_index as log_index
"""
