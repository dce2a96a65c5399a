"""The causes of standing exceptions in partner communities, in the order in which they are planted.

The order is part of a seed's scenario. What each makes true is said by `publication_causes` and `case_causes`.
"""

from collections.abc import Callable

from sandbox.scenario.case_causes import (
    answered_with_another_asset,
    answered_with_correction,
    answered_with_stale_link,
    answered_without_link,
    corrected_again,
    corrected_and_closed,
    corrected_and_silent,
    correction_expired,
    correction_revoked,
    newer_before_opening,
    newer_unapproved_in_case,
    nothing_newer,
    partner_found_it,
    unresolvable_reference,
)
from sandbox.scenario.community_desk import CommunityDesk, PlantedCommunityCase
from sandbox.scenario.publication_causes import (
    expired_with_successor,
    expired_without_successor,
    expires_soon,
    newer_for_other_regions,
    newer_publication_candidate_revoked,
    newer_publication_candidate_unapproved,
    published_unapproved,
    revoked_with_successor,
    revoked_without_successor,
    superseded_and_deleted,
    superseded_and_replaced,
    superseded_and_withdrawn,
    superseded_by_an_hour,
    superseded_inside_grace,
    superseded_publication,
)

COMMUNITY_CAUSES: tuple[Callable[[CommunityDesk], PlantedCommunityCase], ...] = (
    superseded_publication,
    superseded_by_an_hour,
    expired_without_successor,
    expired_with_successor,
    revoked_without_successor,
    revoked_with_successor,
    published_unapproved,
    superseded_inside_grace,
    superseded_and_withdrawn,
    superseded_and_replaced,
    newer_publication_candidate_unapproved,
    newer_publication_candidate_revoked,
    newer_for_other_regions,
    expires_soon,
    corrected_and_silent,
    answered_with_stale_link,
    answered_without_link,
    partner_found_it,
    answered_with_another_asset,
    corrected_again,
    answered_with_correction,
    corrected_and_closed,
    nothing_newer,
    newer_before_opening,
    newer_unapproved_in_case,
    correction_revoked,
    correction_expired,
    unresolvable_reference,
    superseded_and_deleted,
)
