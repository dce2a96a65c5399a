"""From the settings to the parts of the Exstream adapter that REST and the drop folder share.

Here belongs the wiring of settings and keys, and nothing else. The `exstream` section may be absent when a
folder is read: then its defaults count.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from assettrail.errors import ConfigurationError
from assettrail.exstream_settings import ExstreamSettings
from assettrail.run_layout_settings import RunLayout
from assettrail.settings import Settings
from evidence.keys import load_keys
from ingest.exstream.discretion import Kept
from ingest.exstream.html_outputs import HtmlOutputReader
from ingest.exstream.report_mapping import ReportMapping, load_mapping
from ingest.exstream.streams import RunFileReader
from ingest.pseudonym import MakesPseudonyms, Pseudonymizer


def run_file_reader(settings: Settings, recipients: MakesPseudonyms | None = None) -> RunFileReader:
    """The reader of run files with this installation's pseudonym key, unless `recipients` makes its own.

    Raises ConfigurationError when a key is missing, or a report mapping has mistakes.
    """
    cloudinary = settings.cloudinary
    return RunFileReader(
        recipients=recipients or Pseudonymizer(load_keys(settings.keys.folder)),
        recipient_keys=_recipient_keys(settings),
        kept=_kept(settings),
        hosts=tuple(host.lower() for host in cloudinary.delivery_hosts) if cloudinary else (),
        cloud=cloudinary.cloud_name if cloudinary else None,
        mappings=report_mappings(settings),
        zone=settings.exstream.engine_zone if settings.exstream else None,
        layout=run_layout(settings),
    )


def report_mappings(settings: Settings) -> Mapping[str, ReportMapping]:
    """The mappings of the reports that this customer designed, by name.

    Raises ConfigurationError for a mapping with mistakes, and for two of one name or file.
    """
    found = [load_mapping(path) for path in (settings.exstream.report_mappings if settings.exstream else ())]
    names, files = [mapping.name for mapping in found], [mapping.file for mapping in found]
    doubled = sorted({one for told in (names, files) for one in told if told.count(one) > 1})
    if doubled:
        raise ConfigurationError(
            tried="to read the mappings of exstream.report_mappings",
            found=f"more than one of the name or file {', '.join(doubled)}",
            expected="a name and a file of its own for each",
            remedy="correct the line `name` of one of them, or put both into one mapping",
        )
    return {mapping.name: mapping for mapping in found}


def report_name(settings: Settings) -> str:
    """The file name of the asset-use report."""
    if settings.exstream:
        return settings.exstream.asset_use_report_artifact
    return str(ExstreamSettings.model_fields["asset_use_report_artifact"].default)


def rest_seconds(settings: Settings) -> float:
    """How long nothing may have been written to a run's files before they are read."""
    if settings.exstream:
        return settings.exstream.rest_seconds
    return float(ExstreamSettings.model_fields["rest_seconds"].default)


def html_output_reader(settings: Settings, reader: RunFileReader, spill: Path) -> HtmlOutputReader | None:
    """What reads the HTML outputs of runs; None where they are not read."""
    most = settings.exstream.html_outputs_per_run if settings.exstream else 0
    return HtmlOutputReader(most, reader.layout, reader.hosts, reader.cloud, spill) if most else None


def run_layout(settings: Settings) -> RunLayout:
    """Where the files of runs lie."""
    return settings.exstream.run_layout if settings.exstream else RunLayout()


def _recipient_keys(settings: Settings) -> Mapping[str, str]:
    if settings.exstream:
        return settings.exstream.recipient_keys
    return dict(ExstreamSettings.model_fields["recipient_keys"].default)


def _kept(settings: Settings) -> Kept:
    if settings.exstream:
        return Kept(
            frozenset(settings.exstream.kept_delivery_keys),
            frozenset(settings.exstream.kept_profile_fields),
        )
    fields = ExstreamSettings.model_fields
    return Kept(
        frozenset(fields["kept_delivery_keys"].default),
        frozenset(fields["kept_profile_fields"].default),
    )
