"""The fixed credentials of the three services. They open nothing but the sandbox on loopback."""

from __future__ import annotations

CLOUDINARY_CLOUD_NAME = "assettrail-sandbox"
CLOUDINARY_API_KEY = "816412345678901"
CLOUDINARY_API_SECRET = "sandbox-cloudinary-secret"  # noqa: S105 (opens the loopback sandbox only)

EXSTREAM_CLIENT_ID = "sandbox-exstream-client"
EXSTREAM_CLIENT_SECRET = "sandbox-exstream-secret"  # noqa: S105 (opens the loopback sandbox only)
EXSTREAM_SCOPE = "otds:groups"
EXSTREAM_DOMAIN = "claims"
EXSTREAM_TOKEN_PATH = "/otds/otdsws/otdstenant/insurer/oauth2/token"  # noqa: S105 (a path)

TRADING_GRID_CLIENT_ID = "sandbox-trading-grid-client"
TRADING_GRID_CLIENT_SECRET = "sandbox-trading-grid-secret"  # noqa: S105 (opens the loopback sandbox only)
TRADING_GRID_TOKEN_PATH = "/oauth2/token"  # noqa: S105 (a path)

SIGN_IN_CLIENT_ID = "sandbox-reports"
SIGN_IN_CLIENT_SECRET = "sandbox-reports-secret"  # noqa: S105 (opens the loopback sandbox only)
