"""All causes of communities and partners that no correction cures, and the controls that they are about.

Here belongs the list; the causes themselves stand in the modules that it names.
"""

from sandbox.scenario.artwork_causes import (
    ARTWORK_CAUSES,
    CATALOGUE,
    OTHER_BYTES,
    OUTDATED_ARTWORK,
    UNACKNOWLEDGED,
)
from sandbox.scenario.audit_causes import AUDIT_CAUSES
from sandbox.scenario.audit_controls import AUDIT_CONTROLS
from sandbox.scenario.case_causes import STALE_LINKS, UNRESOLVABLE
from sandbox.scenario.download_causes import DOWNLOAD_CAUSES, DOWNLOADS
from sandbox.scenario.feedback_causes import FEEDBACK_CAUSES, UNANSWERED_FEEDBACK, UNCHANGED, WORSE
from sandbox.scenario.foreign_change_causes import FOREIGN_CHANGE_CAUSES, FOREIGN_CHANGES
from sandbox.scenario.grid_desk import GridPlanter
from sandbox.scenario.launch_readiness_causes import LAUNCH_READINESS_CAUSES
from sandbox.scenario.launch_visual_causes import LAUNCH_VISUAL_CAUSES, OLD_VISUALS
from sandbox.scenario.publication_reference_causes import PUBLICATION_REFERENCE_CAUSES
from sandbox.scenario.publication_verdict_causes import PUBLICATION_VERDICT_CAUSES
from sandbox.scenario.readiness_causes import (
    MISSING_ASSETS,
    OVERDUE_FLAGS,
    READINESS_CAUSES,
    UNANSWERED_FORMATS,
    UNAPPROVED_VISUALS,
)
from sandbox.scenario.required_asset_causes import REQUIRED_ASSET_CAUSES
from sandbox.scenario.search_causes import SEARCH_CAUSES
from sandbox.scenario.shelf_causes import INELIGIBLE, SHELF_CAUSES
from sandbox.scenario.thread_causes import THREAD_CAUSES
from sandbox.scenario.variant_causes import FOREIGN, MISSING, VARIANT_CAUSES
from sandbox.scenario.wall_clock_causes import WALL_CLOCK_CAUSES

GRID_CAUSES: tuple[GridPlanter, ...] = (
    *SHELF_CAUSES,
    *VARIANT_CAUSES,
    *ARTWORK_CAUSES,
    *READINESS_CAUSES,
    *FEEDBACK_CAUSES,
    *THREAD_CAUSES,
    *LAUNCH_VISUAL_CAUSES,
    *DOWNLOAD_CAUSES,
    *AUDIT_CAUSES,
    *WALL_CLOCK_CAUSES,
    *FOREIGN_CHANGE_CAUSES,
)
ANSWER_CAUSES: tuple[GridPlanter, ...] = (
    *PUBLICATION_VERDICT_CAUSES,
    *PUBLICATION_REFERENCE_CAUSES,
    *LAUNCH_READINESS_CAUSES,
    *REQUIRED_ASSET_CAUSES,
    *SEARCH_CAUSES,
)
"""Causes of answers beside controls; one round of them is enough of any scenario."""
GRID_CONTROLS = (
    INELIGIBLE,
    MISSING,
    FOREIGN,
    OUTDATED_ARTWORK,
    UNACKNOWLEDGED,
    OTHER_BYTES,
    CATALOGUE,
    MISSING_ASSETS,
    OVERDUE_FLAGS,
    UNANSWERED_FORMATS,
    UNANSWERED_FEEDBACK,
    UNCHANGED,
    WORSE,
    UNRESOLVABLE,
    STALE_LINKS,
    OLD_VISUALS,
    UNAPPROVED_VISUALS,
    DOWNLOADS,
    *AUDIT_CONTROLS,
    FOREIGN_CHANGES,
)
