"""The reviewer in Exstream's Design: approves some of the images that corrections have brought to review.

The reviewer comes five minutes after the end of the scenario, if at all, and looks at the images that the plan says;
one that is not in review then is left alone. What a plan approves does not belong here.
"""

import time
from collections.abc import Sequence
from pathlib import Path

from sandbox.scenario.design_events import ChangeDesignState, DesignName
from sandbox.scenario.design_player import DesignPlayer
from sandbox.scenario.endpoints import read_endpoints
from sandbox.scenario.plan import Plan
from sandbox.scenario.play import StageSummary
from sandbox.scenario.services import OAuthService, RemoteClock
from sandbox.scenario.stages import END, MINUTE
from sandbox.scenario.template_desk import REVIEWERS

_AT = END + 5 * MINUTE


def play_reviews(plan: Plan, folder: Path) -> StageSummary:
    """Approve what the plan's reviewer approves and finds in review. Raises PlayError when Design refuses it."""
    started = time.monotonic()
    endpoints = read_endpoints(folder)
    clock = RemoteClock(endpoints.clock_url)
    service = OAuthService(endpoints.exstream, clock)
    player = DesignPlayer(service, endpoints.exstream_domain, endpoints.cloudinary.cloud_name)
    try:
        clock.set(_AT)
        approved = _approve(player, [image for image in plan.reviewed_images if player.state_of(image) == "REVIEW"])
    finally:
        service.close()
        clock.close()
    return StageSummary((), {"design_state": approved}, round(time.monotonic() - started, 3))


def _approve(player: DesignPlayer, images: Sequence[DesignName]) -> int:
    for image in images:
        player.play(ChangeDesignState(_AT, image, "APPROVED", REVIEWERS[0]))
    return len(images)
