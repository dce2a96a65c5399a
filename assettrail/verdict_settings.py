"""The settings of the verdict: lateness, and how far clocks may be from each other.

Here belong the verdict's parameters that are no dated business rule, and the one sum over clocks that readers of the
warehouse ask for, too. The whole tree, and reading it, is `settings`; the same sum in SQL is the macro
`clock_uncertainty`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal, Self

from pydantic import AwareDatetime, Field, field_validator, model_validator

from assettrail.setting_kinds import Count, Section

ClockOwner = Literal["cloudinary", "exstream", "trading_grid"]


class ClockDeviation(Section):
    """How far one system's clock may be off in a period, beyond what sound clocks are."""

    valid_from: AwareDatetime
    """First instant of the period, with its offset; as that clock tells it."""
    valid_to: AwareDatetime
    """First instant behind the period."""
    seconds: Count
    """Seconds that it may be off, ahead or behind."""

    @field_validator("valid_from", "valid_to")
    @classmethod
    def _in_utc(cls, value: datetime) -> datetime:
        return value.astimezone(UTC)

    @model_validator(mode="after")
    def _is_a_period(self) -> Self:
        if self.valid_from >= self.valid_to:
            raise ValueError("valid_from is not before valid_to")
        return self


class VerdictSettings(Section):
    """Parameters of the verdict that are not a dated business rule."""

    late_after_hours: Count = 24
    """Hours after the use from which a record counts as recorded late."""
    clock_uncertainty_seconds: Annotated[int, Field(ge=0)] = 2
    """How far the sound clocks of two vendors may be apart."""
    clock_deviations: dict[ClockOwner, tuple[ClockDeviation, ...]] = Field(
        default={},
        description="By system: the periods in which its clock may be off by more, each as "
        "`{valid_from, valid_to, seconds}`. Between two vendors' instants what both may be off then is added; of one "
        "vendor's alone none is.",
    )

    def clock_uncertainty_at(self, system: ClockOwner, at: datetime | None) -> int:
        """Return the seconds within which a system's instant and one of Cloudinary's are not ordered."""
        owners: set[ClockOwner] = {system, "cloudinary"}
        return self.clock_uncertainty_seconds + sum(self._deviation(owner, at) for owner in owners)

    def _deviation(self, system: ClockOwner, at: datetime | None) -> int:
        periods = self.clock_deviations.get(system, ())
        found = [one.seconds for one in periods if at is not None and one.valid_from <= at < one.valid_to]
        return max(found, default=0)
