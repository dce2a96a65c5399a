"""The vendors that a run of corrections reads and writes, each opened when the first correction needs it.

Here belongs which vendors are connected, and opening and closing their clients. What is asked of a client is the
effect's, what a write came to `write_outcome`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

from assettrail.clock import Clock
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError
from assettrail.settings import Settings
from corrections.vendors.artwork_outbound import ArtworkOutbound, open_outbox
from corrections.vendors.cloudinary_writer import CloudinaryWriter
from corrections.vendors.exstream_design import ExstreamDesign, open_exstream_design
from corrections.vendors.names import Vendor
from corrections.vendors.trading_grid import TradingGrid, open_trading_grid
from corrections.vendors.writes import Write, WriteOutcome
from ingest.cloudinary.budget import CallBudget, shared_budget
from ingest.cloudinary.client import CloudinaryClient
from ingest.cloudinary.sdk_calls import SdkCalls


class Writer(Protocol):
    """A vendor's writing client."""

    @property
    def deadline_seconds(self) -> float:
        """How long one request may last."""
        ...

    def write_once(self, write: Write) -> WriteOutcome:
        """Make one request and say what became of it."""
        ...


@dataclass
class Vendors:
    """The connected vendors; a property raises ConfigurationError when the settings have no section for its vendor."""

    settings: Settings
    clock: Clock
    cloudinary: CloudinarySettings
    _closing: ExitStack = field(default_factory=ExitStack)

    @cached_property
    def grid(self) -> TradingGrid:
        """Trading Grid."""
        return self._closing.enter_context(open_trading_grid(self.settings))

    @cached_property
    def design(self) -> ExstreamDesign:
        """Exstream's Design."""
        return self._closing.enter_context(open_exstream_design(self.settings))

    def connect(self, vendor: Vendor) -> Writer:
        """Open a vendor's writing client. Raises ConfigurationError when its section is absent."""
        match vendor:
            case "trading_grid":
                return self.grid
            case "exstream":
                return self.design
            case "artwork":
                return ArtworkOutbound(self.grid, open_outbox(self.settings))
            case "cloudinary":
                return CloudinaryWriter(self.cloudinary, self._calls)

    def write_once(self, vendor: Vendor, write: Write) -> WriteOutcome:
        """Make one request at a vendor and say what became of it."""
        return self.connect(vendor).write_once(write)

    def deadline_seconds(self, vendor: Vendor) -> float:
        """How long one request to a vendor may last."""
        return self.connect(vendor).deadline_seconds

    @cached_property
    def _calls(self) -> CallBudget:
        return shared_budget(self.settings.home, self.cloudinary, self.clock)

    @cached_property
    def library(self) -> CloudinaryClient:
        """Cloudinary to read from, within the hour's calls that ingest has, too."""
        return CloudinaryClient(SdkCalls(self.cloudinary, self.clock, budget=self._calls))


@contextmanager
def open_vendors(settings: Settings, clock: Clock) -> Iterator[Vendors]:
    """Give the vendors of an installation. Raises ConfigurationError when no cloud is named whose links are given."""
    if settings.cloudinary is None:
        raise ConfigurationError(
            tried="to send corrections",
            found="no section cloudinary in the settings",
            expected="the cloud whose delivery links partners are given",
            remedy="add the section to assettrail.toml; approved corrections stay in the outbox",
        )
    with ExitStack() as closing:
        yield Vendors(settings, clock, settings.cloudinary, closing)
