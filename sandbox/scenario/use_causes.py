"""The causes of verdicts of asset uses, in the order in which the plan walks through them.

Here belongs the list alone: one function per cause stands in the rooms, violations and near misses side by side.
"""

from sandbox.scenario import (
    approval_use_causes,
    clock_use_causes,
    evidence_use_causes,
    exposure_evidence_causes,
    exposure_use_causes,
    limit_change_causes,
    restoration_use_causes,
    same_second_approval_causes,
    version_use_causes,
)

CAUSES = (
    *approval_use_causes.CAUSES,
    *version_use_causes.CAUSES,
    *evidence_use_causes.CAUSES,
    *restoration_use_causes.CAUSES,
)
CLOCK_CAUSES = clock_use_causes.CAUSES
EXPOSURE_CAUSES = (
    *exposure_use_causes.CAUSES,
    *exposure_evidence_causes.CAUSES,
    *restoration_use_causes.EXPOSURE_CAUSES,
)
SHARED_LETTERS = (same_second_approval_causes.LETTER, limit_change_causes.LETTER)
