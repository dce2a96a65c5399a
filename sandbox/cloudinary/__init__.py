"""A stand-in for Cloudinary that the real `cloudinary` SDK cannot tell from the service.

How to use it
-------------
Point the SDK at it with `upload_prefix=<base_url>`, the cloud name and the credentials of `endpoints.json`
(per call, or by `cloudinary.config`). Delivery URLs are `<base_url>/<cloud name>/<resource type>/<type>/…`; the
`url` and `secure_url` of every response are both plain http on the address that the client used, so that they
can be followed.

Who did it. A notification names the person in `notification_context.triggered_by.id`. It is, in this order:
the request header `X-Sandbox-Actor`, the request's context value `uploaded_by`, its metadata value
`approved_by`, the API key. The SDK can send the header with every call, Upload API and Admin API alike:

    cloudinary.uploader.upload(path, public_id="claims/banner", extra_headers={"X-Sandbox-Actor": "a.meyer"})
    cloudinary.uploader.update_metadata({…}, ["claims/banner"], extra_headers={"X-Sandbox-Actor": "c.lead"})

Time. Everything that is recorded (version, created_at, notification time stamps, rate-limit windows, cursor
lifetimes) is on the sandbox clock. Two things are on real time, because the SDK uses its own `time.time()` for
them: the time stamp of a signed upload call (stale after one hour), and the signing time stamp of a notification
message (`message["timestamp"]`, not the payload's `timestamp`). Poll visibility runs on monotonic time.

Overwriting keeps asset_id and whatever the call does not give: tags, context and metadata stay. A metadata call
always makes a `resource_metadata_changed` notification, also when the values are the same as before; both maps
hold all values of the asset, not only the changed ones. Upload notifications carry the metadata set by the upload.

Knobs (`POST /_sandbox/knobs {"service": "cloudinary", …}`), with their defaults:
`rate_limit` 2000 Admin calls an hour · `backups` false · `folder_mode` "dynamic" ("fixed") ·
`rejected_delivery` "keep" ("placeholder") · `notification_duplicates` 0.0 (share of messages queued twice) ·
`notification_shuffle` false · `notification_held_seconds` 0 (of the sandbox's clock, before a poll channel gives it) ·
`notification_algorithm` "sha1" ("sha256") · `page_size_cap` 500 ·
`cursor_lifetime_seconds` 3600 · `search_lag_seconds` 0; and the faults of `sandbox.knobs`.

Not verified against a real account: the shapes that the project's README lists as unverified. Not served:
webhook delivery (poll channels only), fetching remote URLs, add-ons.
"""
