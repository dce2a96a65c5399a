"""`python -m sandbox.sign_in --reports http://127.0.0.1:8765`: the provider on loopback until Ctrl-C.

Belongs here: reading the command line, and telling the settings that the reports need.
"""

from __future__ import annotations

import argparse
import sys

import uvicorn

from sandbox.credentials import SIGN_IN_CLIENT_ID, SIGN_IN_CLIENT_SECRET
from sandbox.sign_in.issuer import Issuer, scenario_accounts


def main() -> int:
    """Serve the provider."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.sign_in", description="A stand-in for an OpenID provider.")
    parser.add_argument("--port", type=int, default=8770, help="port on loopback")
    parser.add_argument("--reports", required=True, help="public address of the reports")
    chosen = parser.parse_args()
    address = f"http://127.0.0.1:{chosen.port}"
    issuer = Issuer(
        address,
        SIGN_IN_CLIENT_ID,
        SIGN_IN_CLIENT_SECRET,
        f"{chosen.reports.rstrip('/')}/sign-in/callback",
        scenario_accounts(),
    )
    sys.stderr.write(
        "The reports sign in here with\n"
        f"  ASSETTRAIL_REPORTS__MODE=oidc ASSETTRAIL_REPORTS__PUBLIC_ADDRESS={chosen.reports}\n"
        f"  ASSETTRAIL_REPORTS__OIDC__ISSUER={address} ASSETTRAIL_REPORTS__OIDC__CLIENT_ID={SIGN_IN_CLIENT_ID}\n"
        f"  ASSETTRAIL_REPORTS__OIDC__CLIENT_SECRET={SIGN_IN_CLIENT_SECRET}\n"
    )
    uvicorn.run(issuer.application(), host="127.0.0.1", port=chosen.port, log_level="warning", access_log=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
