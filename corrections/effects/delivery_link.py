"""The Cloudinary address of one version of an asset, as partners are given it.

Here belongs making the address with Cloudinary's own helper, every option given per call. Reading addresses is
`ingest.cloudinary.delivery_url`.
"""

from __future__ import annotations

import ipaddress
from typing import Any
from urllib.parse import urlsplit

from cloudinary.utils import cloudinary_url

from assettrail.cloudinary_settings import CloudinarySettings
from corrections.difference import Difference
from ingest.cloudinary.delivery_url import parse_delivery_url

_SHARED_HOST = "res.cloudinary.com"


def delivery_link(settings: CloudinarySettings, difference: Difference, transformation: str | None = None) -> str:
    """Return the address of the desired version: it carries `v<version>` and, except for raw files, the format.

    The host is the first of `cloudinary.delivery_hosts`: the shared one, a host of the customer's own (private CDN,
    https), or one on loopback (http). `transformation` is put in as it is written.
    """
    is_raw = difference.resource_type == "raw"
    address, _ = cloudinary_url(
        difference.public_id,
        cloud_name=settings.cloud_name,
        resource_type=difference.resource_type,
        type="upload",
        version=difference.desired_number,
        format=None if is_raw else difference.format_code,
        raw_transformation=transformation,
        sign_url=False,
        urlAnalytics=False,
        **_host_options(settings.delivery_hosts[0] if settings.delivery_hosts else _SHARED_HOST),
    )
    return str(address)


def transformation_of(settings: CloudinarySettings, address: str | None) -> str | None:
    """Return the transformation that an address carries, None when it has none or cannot be read for certain."""
    if address is None:
        return None
    parsed = parse_delivery_url(address, settings.delivery_hosts, settings.cloud_name)
    return parsed.transformation if parsed.state == "parsed" else None


def version_of(settings: CloudinarySettings, address: str | None, public_id: str) -> int | None:
    """Return the version that an address of this public id names, None when it names none or another asset."""
    if address is None:
        return None
    parsed = parse_delivery_url(address, settings.delivery_hosts, settings.cloud_name)
    return parsed.version if parsed.public_id == public_id else None


def _host_options(host: str) -> dict[str, Any]:
    if host == _SHARED_HOST:
        return {"secure": True, "private_cdn": False}
    if _is_loopback(host):
        return {"secure": False, "cname": host, "private_cdn": False}
    return {"secure": True, "secure_distribution": host, "private_cdn": True}


def _is_loopback(host: str) -> bool:
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"
