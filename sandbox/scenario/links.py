"""Delivery URLs as senders write them, made by the vendor's own SDK."""

from cloudinary.utils import cloudinary_url

from sandbox.scenario.events import DeliveryLink


def delivery_url(link: DeliveryLink, cloud_name: str) -> str:
    """The https URL of a link; the SDK writes `v1` where the link names no version and is not written by hand."""
    url, _ = cloudinary_url(
        f"{link.public_id}{link.extension}",
        cloud_name=cloud_name,
        secure=True,
        version=link.version,
        raw_transformation=link.transformation,
        resource_type=link.resource_type,
        force_version=not link.is_by_hand,
    )
    return str(url)
