"""From the settings to the parts of the Trading Grid adapter: reading context, drop mappings, mailbox, both at once.

Here belongs the wiring of settings and keys, and nothing else. The `trading_grid` section may be absent when a folder
is read: then there is no mapping and no partner's zone.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from assettrail.errors import ContractBroken
from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridSettings
from evidence.keys import load_keys
from ingest.cloudinary.delivery_url import parse_delivery_url
from ingest.extract import Extract, Source
from ingest.landing_store import LandingStore
from ingest.pseudonym import mask_identifiers
from ingest.trading_grid.context import Context
from ingest.trading_grid.drop_mapping import load_drop_mapping
from ingest.trading_grid.drop_source import DropSource, Place


def trading_grid_context(settings: Settings) -> Context:
    """What reading Trading Grid's objects needs besides them: masking, how addresses are read, partners' zones."""
    cloudinary = settings.cloudinary
    read_address = partial(
        parse_delivery_url,
        hosts=tuple(host.lower() for host in cloudinary.delivery_hosts) if cloudinary else (),
        cloud=cloudinary.cloud_name if cloudinary else None,
    )
    section = settings.trading_grid
    return Context(mask_identifiers, read_address, section.partner_zones if section else {})


def open_drops(settings: Settings, store: LandingStore, place: Place) -> DropSource:
    """Open the files of a place as a source for this installation's landing; nothing is read yet.

    Raises ConfigurationError when a key is missing or a mapping file of `trading_grid.drops` has mistakes.
    """
    load_keys(settings.keys.folder)
    section = settings.trading_grid or TradingGridSettings()
    return DropSource(
        place=place,
        mappings=[load_drop_mapping(path) for path in section.drops],
        context=trading_grid_context(settings),
        clock=store.clock,
        keep_raw=store.put_raw,
        read_raw=store.raw.get,
    )


class TradingGridStreams:
    """Several sources of one system, each with streams of its own; of two with the same stream the first gives it."""

    name = "trading_grid"

    def __init__(self, *sources: Source) -> None:
        self._of: Mapping[str, Source] = {stream: source for source in reversed(sources) for stream in source.streams()}
        self._order = tuple(dict.fromkeys(stream for source in sources for stream in source.streams()))

    def streams(self) -> tuple[str, ...]:
        """The streams in landing order."""
        return self._order

    def source_of(self, stream: str) -> Source | None:
        """The source that gives a stream; None where none has it."""
        return self._of.get(stream)

    def extract(self, stream: str, since: Mapping[str, object] | None) -> Extract:
        """What the stream's own source gives. Raises ContractBroken for a stream that none has."""
        if stream not in self._of:
            raise ContractBroken(
                tried=f"to extract trading_grid/{stream}",
                found="neither a service nor a mailbox that has it",
                expected=f"one of {', '.join(self._order)}",
                remedy="set trading_grid.base_url or trading_grid.mailbox, or do not ask for it",
            )
        return self._of[stream].extract(stream, since)
