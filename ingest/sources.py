"""The three vendor systems, opened from the settings; and the check that says whether they can be reached.

Here belongs wiring: settings, keys and clients into sources. The check raises the typed error that says
exactly what is wrong, or reports who we are there, what we can see, and how much rate is left. Not here:
anything about a vendor's records.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from assettrail.clock import Clock, clock_from
from assettrail.cloudinary_settings import CloudinarySettings
from assettrail.errors import ConfigurationError
from assettrail.exstream_settings import ExstreamSettings
from assettrail.settings import Settings
from assettrail.trading_grid_settings import TradingGridSettings
from assettrail.verdict_settings import ClockOwner
from evidence.keys import load_keys
from ingest.client_credentials import ClientCredentials
from ingest.cloudinary.budget import shared_budget
from ingest.cloudinary.client import CloudinaryClient
from ingest.cloudinary.landed import LandedAssets
from ingest.cloudinary.lease import PollLease
from ingest.cloudinary.pushed import PushedReader
from ingest.cloudinary.sdk_calls import SdkCalls
from ingest.cloudinary.search_index import SHOWN_BY_NOTIFICATION
from ingest.cloudinary.signature import NotificationKeys
from ingest.cloudinary.source import CloudinarySource
from ingest.cloudinary.streams import NEEDED_EVENTS
from ingest.cloudinary.triggers import covered_since, missing_events
from ingest.cloudinary.webhook_inbox import WebhookInbox, inbox_folder
from ingest.exstream.asset_links import rules_of
from ingest.exstream.client import ExstreamClient
from ingest.exstream.design import DesignStreams
from ingest.exstream.landed_design import LandedDesign
from ingest.exstream.opening import html_output_reader, run_file_reader
from ingest.exstream.run_files import RunFiles
from ingest.exstream.source import ExstreamSource
from ingest.exstream.walk import Walker
from ingest.extract import Source
from ingest.http import RestClient
from ingest.landing_store import LandingStore
from ingest.pseudonym_keys import run_pseudonyms
from ingest.service_clock import ServiceClock
from ingest.trading_grid.client import TradingGridClient
from ingest.trading_grid.drop_mapping import load_drop_mapping
from ingest.trading_grid.landed import LandedObjects
from ingest.trading_grid.opening import TradingGridStreams, open_drops, trading_grid_context
from ingest.trading_grid.source import TradingGridSource
from ingest.trading_grid.streams import contract_of

Section = TypeVar("Section")

SYSTEMS = ("cloudinary", "exstream", "trading_grid")


@dataclass(frozen=True)
class SourceReport:
    """What a check found: who we are there, what we can see, what rate is left, and what a person should know."""

    name: str
    identity: str
    sees: Mapping[str, object]
    rate: str
    warnings: tuple[str, ...] = ()

    def facts(self) -> Mapping[str, object]:
        """The report as named values, in the order in which a person reads them."""
        warnings = {f"warning {number}": text for number, text in enumerate(self.warnings, start=1)}
        return {"connected as": self.identity, **self.sees, "rate": self.rate, **warnings}


def open_source(settings: Settings, name: str, store: LandingStore) -> Source:
    """Open a vendor system for this landing; nothing is called yet.

    Raises ConfigurationError when the system is not connected, a key is missing or a mapping does not fit.
    """
    if name == "cloudinary":
        return _open_cloudinary(present(name, settings.cloudinary), store, service_clock(settings, name, store.clock))
    if name == "exstream":
        return _open_exstream(settings, present(name, settings.exstream), store)
    if name == "trading_grid":
        return _open_trading_grid(settings, present(name, settings.trading_grid), store)
    raise _unknown(name)


def check_source(settings: Settings, name: str) -> SourceReport:
    """Connect to a vendor system and report; raises the AssettrailError that says exactly what is wrong."""
    clock = clock_from(settings)
    theirs = service_clock(settings, name, clock)
    if name == "cloudinary":
        section = present(name, settings.cloudinary)
        calls = shared_budget(settings.home, section, clock) if settings.home.is_dir() else None
        return _check_cloudinary(
            section, CloudinaryClient(SdkCalls(section, clock, budget=calls, service_clock=theirs))
        )
    if name == "exstream":
        return _check_exstream(present(name, settings.exstream), theirs)
    if name == "trading_grid":
        return _check_trading_grid(present(name, settings.trading_grid), theirs)
    raise _unknown(name)


def service_clock(settings: Settings, name: str, clock: Clock) -> ServiceClock:
    """What a system's clock is seen with: what sound clocks are apart, and what this one may be off now."""
    verdicts = settings.verdicts
    sound = verdicts.clock_uncertainty_seconds
    if not verdicts.clock_deviations:
        return ServiceClock(sound, sound)
    return ServiceClock(sound, verdicts.clock_uncertainty_at(cast("ClockOwner", name), clock.now()))


def _open_cloudinary(section: CloudinarySettings, store: LandingStore, theirs: ServiceClock) -> CloudinarySource:
    lease = store.stream_folder("cloudinary", "notifications") / "poll_lease.json"
    return CloudinarySource(
        client=CloudinaryClient(
            SdkCalls(section, store.clock, budget=shared_budget(store.home, section, store.clock), service_clock=theirs)
        ),
        settings=section,
        clock=store.clock,
        keep_raw=store.put_raw,
        lease=PollLease(lease, section.visibility_timeout_seconds),
        landed=LandedAssets(store),
        pushed=PushedReader(
            WebhookInbox(inbox_folder(store.home), store.raw),
            partial(NotificationKeys.from_settings, section),
            store.put_raw,
            f"cloudinary://{section.cloud_name}/notifications/webhook",
        ),
    )


def _open_exstream(settings: Settings, section: ExstreamSettings, store: LandingStore) -> ExstreamSource:
    reader = run_file_reader(settings, run_pseudonyms(settings, store))
    theirs = service_clock(settings, "exstream", store.clock)
    client = _exstream_client(section, theirs, store.spill)
    landed = LandedDesign(store)
    design = DesignStreams(
        client=client,
        domains=section.domains,
        clock=store.clock,
        rules=rules_of(section, reader.hosts, reader.cloud),
        assets_of=landed.assets_of,
        landed_resources=landed.resources,
        keep_raw=store.put_raw,
        overlap_days=section.overlap_days,
        is_read=section.read_design,
        zone=section.engine_zone,
    )
    walker = Walker(
        client=client,
        domains=section.domains,
        report_name=section.asset_use_report_artifact,
        keep_raw=store.put_raw,
        keep_raw_open=store.put_raw_open,
        mappings=reader.mappings,
        zone=section.engine_zone,
        outputs=html_output_reader(settings, reader, store.spill),
    )
    files = RunFiles(reader, store.raw.open, store.spill)
    return ExstreamSource(walker, section, store.clock, files, design, theirs)


def _open_trading_grid(settings: Settings, section: TradingGridSettings, store: LandingStore) -> Source:
    load_keys(settings.keys.folder)
    sources: list[Source] = []
    if section.base_url is not None or section.mailbox is None:
        theirs = service_clock(settings, "trading_grid", store.clock)
        sources.append(
            TradingGridSource(
                client=_trading_grid_client(section, theirs),
                settings=section,
                contract=contract_of(section),
                clock=store.clock,
                context=trading_grid_context(settings),
                keep_raw=store.put_raw,
                landed=LandedObjects(store, section.base_url or ""),
                service_clock=theirs,
            )
        )
    if section.mailbox is not None:
        from ingest.trading_grid.mailbox import SftpMailbox

        sources.append(open_drops(settings, store, SftpMailbox(section.mailbox)))
    return TradingGridStreams(*sources)


def _exstream_client(section: ExstreamSettings, theirs: ServiceClock, spill: Path | None = None) -> ExstreamClient:
    rest = RestClient(
        name="Exstream",
        section="exstream",
        base_url=section.base_url,
        credentials=ClientCredentials(section.token_url, section.client_id, section.secret, section.scope or None),
        deadline_seconds=section.timeout_seconds,
        spill=spill,
        service_clock=theirs,
    )
    return ExstreamClient(rest, section.page_size)


def _trading_grid_client(section: TradingGridSettings, theirs: ServiceClock) -> TradingGridClient:
    base_url, token_url, client_id = section.service
    rest = RestClient(
        name="Trading Grid",
        section="trading_grid",
        base_url=base_url,
        credentials=ClientCredentials(token_url, client_id, section.secret, section.scope, section.token_auth),
        deadline_seconds=section.timeout_seconds,
        service_clock=theirs,
    )
    return TradingGridClient(rest, section.page_size)


def _check_cloudinary(section: CloudinarySettings, client: CloudinaryClient) -> SourceReport:
    client.ping()
    page = client.usage_page()
    usage = page.items[0] if page else {}
    fields = client.metadata_fields_page().items
    triggers = client.triggers()
    missing = missing_events(triggers, section.poll_channel)
    covered = covered_since(triggers, section.poll_channel)
    unseen = missing_events(triggers, section.poll_channel, SHOWN_BY_NOTIFICATION.keys() - NEEDED_EVENTS)
    to = f"to poll://{section.poll_channel}"
    warnings = {
        f"no notification trigger sends {', '.join(missing)} {to}: "
        "without them no window of notifications is complete and no use can be proven": missing,
        f"no notification trigger sends {', '.join(unseen)} {to}: the search index may not show such a change, so that "
        f"it is seen by the next full listing only, up to {section.full_listing_days} days later, and no window of "
        "resources in between is complete": unseen,
    }
    return SourceReport(
        name="cloudinary",
        identity=f"cloud {section.cloud_name} with API key {section.api_key}",
        sees={
            "resources": usage.get("resources", "the account does not say"),
            "metadata fields": len(fields),
            "poll channel": section.poll_channel,
            "events told since": covered.isoformat() if covered else "never",
            "clock": client.service_clock.in_words,
        },
        rate=client.budget.in_words() if client.budget else "the service states no rate",
        warnings=(
            *(words for words, events in warnings.items() if events),
            *warnings_of(client.service_clock),
        ),
    )


def _check_exstream(section: ExstreamSettings, theirs: ServiceClock) -> SourceReport:
    client = _exstream_client(section, theirs)
    client.sign_in()
    counts = {f"jobs in domain {domain}": client.job_count(domain) for domain in section.domains}
    return SourceReport(
        name="exstream",
        identity=f"client {section.client_id} at {section.base_url}",
        sees={**counts, "clock": theirs.in_words},
        rate="the service states no rate",
        warnings=warnings_of(theirs),
    )


def _check_trading_grid(section: TradingGridSettings, theirs: ServiceClock) -> SourceReport:
    sees: dict[str, object] = {}
    names = []
    if section.base_url is not None or section.mailbox is None:
        contract = contract_of(section)
        client = _trading_grid_client(section, theirs)
        client.sign_in()
        mapping = "the customer's mapping" if section.objects else "the shipped example mapping"
        names.append(f"client {section.client_id} at {section.base_url}, by {mapping}")
        sees |= {name.replace("_", " "): client.count(mapped) for name, mapped in contract.items()}
        sees["clock"] = theirs.in_words
    if section.mailbox is not None:
        from ingest.trading_grid.mailbox import SftpMailbox

        mailbox = SftpMailbox(section.mailbox)
        names.append(mailbox.address)
        sees["files in the mailbox"] = mailbox.count()
    sees |= {f"drop mapping {path}": load_drop_mapping(path).stream for path in section.drops}
    return SourceReport(
        name="trading_grid",
        identity="; ".join(names),
        sees=sees,
        rate="the service states no rate",
        warnings=warnings_of(theirs),
    )


def warnings_of(clock: ServiceClock) -> tuple[str, ...]:
    """The warning about a service's clock, if there is one."""
    return () if clock.warning is None else (clock.warning,)


def present(name: str, section: Section | None) -> Section:
    """Return a system's section of the settings. Raises ConfigurationError when it is not connected."""
    if section is None:
        raise ConfigurationError(
            tried=f"to open {name}",
            found=f"no section [{name}] in the settings",
            expected="its address and credentials",
            remedy="see docs/settings.md; check them with `assettrail sources check`",
        )
    return section


def _unknown(name: str) -> ConfigurationError:
    return ConfigurationError(
        tried=f"to open the system {name!r}",
        found="no such system",
        expected=f"one of {', '.join(SYSTEMS)}",
        remedy="correct the name",
    )
