"""From the settings to the parts of the Exstream adapter that REST and the drop folder share.

Here belongs the wiring of settings and keys, and nothing else. The `exstream` section may be absent when a
folder is read: then its defaults count.
"""

from __future__ import annotations

from collections.abc import Mapping

from assettrail.settings import ExstreamSettings, Settings
from evidence.keys import load_keys
from ingest.exstream.discretion import Kept
from ingest.exstream.streams import RunFileReader
from ingest.pseudonym import Pseudonymizer


def run_file_reader(settings: Settings) -> RunFileReader:
    """The reader of run files with this installation's pseudonym key; ConfigurationError when a key is missing."""
    cloudinary = settings.cloudinary
    return RunFileReader(
        recipients=Pseudonymizer(load_keys(settings.keys.folder)),
        recipient_keys=_recipient_keys(settings),
        kept=_kept(settings),
        hosts=tuple(host.lower() for host in cloudinary.delivery_hosts) if cloudinary else (),
        cloud=cloudinary.cloud_name if cloudinary else None,
    )


def report_name(settings: Settings) -> str:
    """The file name of the asset-use report."""
    if settings.exstream:
        return settings.exstream.asset_use_report_artifact
    return str(ExstreamSettings.model_fields["asset_use_report_artifact"].default)


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
