"""Cloudinary: its landing streams, hourly."""

from datetime import timedelta

from orchestration.landing import gate_checks, ingest_freshness, ingest_job, ingest_schedule, landing_assets

STREAMS = {
    "asset_contents": "One row per asset version and etag whose bytes were fetched: whether their MD5 is the etag, "
    "their SHA-256, format and size. At most `contents_per_run` a run.",
    "metadata_fields": "One row per state of a structured metadata field, with its datasource; that it is gone is one.",
    "notifications": "One row per resource named by a verified poll notification: uploads, renames, deletes, "
    "metadata changes; who triggered it and when. About 3 per asset and version.",
    "resources": "One row per state of an asset as listings show it, with tags, context and metadata: changes by the "
    "search index, everything every `full_listing_days`.",
    "asset_absences": "One row per asset and complete full listing that lacks it, though an earlier one had it.",
    "asset_details": "One row per state of an asset's detail: etag, derived files, backed-up versions. One call of the "
    "hourly allowance each, only for assets of which something new landed.",
    "transformations": "One row per state of a transformation, named ones with their definition; that it is gone is "
    "one.",
    "upload_presets": "One row per state of an upload preset; that it is gone is one.",
    "usage": "One row per day of usage figures and state of them.",
    "product_environment": "One row per state of the account's settings.",
}

cloudinary_landing = landing_assets("cloudinary", STREAMS, ingest_freshness(timedelta(hours=1)))
cloudinary_gate = gate_checks("cloudinary", STREAMS)
ingest_cloudinary = ingest_job("cloudinary")
ingest_cloudinary_schedule = ingest_schedule("cloudinary", "5 * * * *")
