"""A sandbox in a process of its own, a desk that makes cases and publications, and settings that reach it."""

import hashlib
import io
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from cloudinary import api, uploader
from PIL import Image

from assettrail.settings import Settings
from corrections.approval import approve
from corrections.propose import propose
from corrections.send import SendReport, send_approved
from corrections.store.outbox import Correction, list_corrections
from tests.adapters.ingest.stand_ins import plain_client
from tests.unit.corrections.samples import CLOCK, approver, link_row, republish_row, settings_for, write_snapshot

EXSTREAM_SETTINGS = ("base_url", "token_url", "client_id", "client_secret", "scope")
ROOT = Path(__file__).parents[3]
CLOUD = "assettrail-sandbox"
NEW = 1769900000
"""The version of everything that is uploaded: the instant at which the sandbox's clock stands."""


def cloudinary_address(version: int, name: str = "banners/spring.jpg") -> str:
    return f"https://res.cloudinary.com/{CLOUD}/image/upload/c_fit,w_600/v{version}/{name}"


def picture(colour: str) -> bytes:
    """A small picture of one colour."""
    kept = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(kept, "JPEG")
    return kept.getvalue()


def etag_of(colour: str) -> str:
    """The etag of that picture in Cloudinary."""
    return hashlib.md5(picture(colour), usedforsecurity=False).hexdigest()


NEW_ETAG = etag_of("green")
ASSET_ID = hashlib.sha256(b"image/upload/banners/spring#1").hexdigest()[:32]
"""The sandbox's id of the first asset of its life: the banner that the corrections are about."""


class Library:
    """Cloudinary as its users see it."""

    def __init__(self, endpoints: Mapping[str, Any]) -> None:
        section = endpoints["cloudinary"]
        self._address = section["base_url"]
        self._options = {name: section[name] for name in ("cloud_name", "api_key", "api_secret")}
        self._options["upload_prefix"] = self._address
        self._http = plain_client()

    def upload(self, public_id: str, colour: str, **options: Any) -> str:
        """Upload, or overwrite, a picture of that colour; return the asset's id."""
        stream = io.BytesIO(picture(colour))
        stored = uploader.upload(stream, public_id=public_id, overwrite=True, **options, **self._options)
        assert (stored["version"], stored["etag"]) == (NEW, etag_of(colour))
        return str(stored["asset_id"])

    def upload_file(self, public_id: str, content: bytes, **options: Any) -> dict[str, Any]:
        """Upload, or overwrite, a file; return Cloudinary's answer."""
        stream = io.BytesIO(content)
        stored: dict[str, Any] = uploader.upload(
            stream, public_id=public_id, overwrite=True, **options, **self._options
        )
        return stored

    def explicit(self, public_id: str, **options: Any) -> None:
        """Apply options to an asset."""
        uploader.explicit(public_id, type="upload", **options, **self._options)

    def relate(self, asset_id: str, other: str) -> None:
        """Relate two assets."""
        api.add_related_assets_by_asset_ids(asset_id, [other], **self._options)

    def show(self, public_id: str, **options: Any) -> dict[str, Any]:
        """Return the detail of an asset."""
        shown: dict[str, Any] = api.resource(
            public_id, coordinates=True, related=True, max_results=500, **options, **self._options
        )
        return shown

    def writes(self) -> int:
        """Return how many uploads and explicit calls came since the counts were last reset."""
        counts = self._http.get(f"{self._address}/_sandbox/requests").json().get("cloudinary", {})
        return sum(count for label, count in counts.items() if label.startswith("POST /v1_1"))

    def rename(self, public_id: str, to: str) -> None:
        """Give an asset another name."""
        uploader.rename(public_id, to, **self._options)

    def delete(self, public_id: str) -> None:
        """Delete an asset."""
        uploader.destroy(public_id, **self._options)

    def knob(self, **order: Any) -> None:
        """Turn a knob of the sandbox."""
        self._http.post(f"{self._address}/_sandbox/knobs", json={"service": "cloudinary", **order}).raise_for_status()

    def reads(self) -> int:
        """Return how many assets were asked for since the counts were last reset."""
        counts = self._http.get(f"{self._address}/_sandbox/requests").json().get("cloudinary", {})
        return sum(count for label, count in counts.items() if label.startswith("GET") and "resources" in label)


@pytest.fixture(scope="session")
def _library(endpoints: dict[str, Any]) -> Library:
    library = Library(endpoints)
    assert library.upload("banners/spring", "green") == ASSET_ID
    return library


@pytest.fixture
def library(_library: Library, grid: "Grid") -> Iterator[Library]:
    yield _library
    _library.knob(reset=True)


@pytest.fixture(scope="session")
def endpoints(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("sandbox")
    with subprocess.Popen([sys.executable, "-m", "sandbox", "serve", "--folder", str(folder)], cwd=ROOT) as process:
        try:
            deadline = time.monotonic() + 30
            while not (folder / "endpoints.json").exists():
                assert process.poll() is None, "the sandbox did not start"
                assert time.monotonic() < deadline, "the sandbox did not listen in time"
                time.sleep(0.05)
            endpoints = json.loads((folder / "endpoints.json").read_text())
            now = datetime.fromtimestamp(NEW, UTC).isoformat()
            httpx.put(endpoints["clock_url"], json={"now": now}).raise_for_status()
            yield endpoints
        finally:
            process.terminate()


class Studio:
    """Exstream's Design as its designers see it: images, their states, and the sandbox's knobs."""

    def __init__(self, endpoints: Mapping[str, Any]) -> None:
        section = endpoints["exstream"]
        self.domain = section["domain"]
        credentials = {"client_id": section["client_id"], "client_secret": section["client_secret"]}
        self._http = httpx.Client(base_url=section["base_url"], headers={"X-Sandbox-Actor": "x.tanaka"}, timeout=60.0)
        token = self._http.post(section["token_url"], data={"grant_type": "client_credentials", **credentials})
        self._http.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        self._made = 0

    def make_image(self, colour: str = "red") -> str:
        """Make an approved image of that colour; return its id."""
        self._made += 1
        query = {"name": f"IMG-{self._made}", "type": "image"}
        made = self._http.post(f"{self._resources}/content", params=query, files=_file(colour))
        image = str(self._done(made)["id"])
        self.move(image, "REVIEW")
        self.move(image, "APPROVED")
        return image

    def move(self, image: str, state: str, *, locked: bool = False, comment: str = "") -> None:
        """Move an image to a state."""
        order = {"state": state, "auditedComment": comment, "locked": locked}
        self._done(self._http.put(f"{self._resources}/{image}/state", json=order))

    def fill(self, image: str, colour: str) -> None:
        """Put a picture into a draft."""
        self._done(self._http.put(f"{self._resources}/{image}/content", files=_file(colour)))

    def newest(self, image: str) -> dict[str, Any]:
        """Return the newest version."""
        return self._done(self._http.get(f"{self._resources}/{image}"))

    def content(self, image: str, version: int) -> bytes:
        """Return the content of a version."""
        return self._http.get(f"{self._resources}/{image}/content", params={"version": version}).content

    def history(self, image: str) -> list[dict[str, Any]]:
        """Return what happened to an image, oldest first."""
        found: list[dict[str, Any]] = self._http.get(f"{self._resources}/history/{image}").json()["data"]
        return found

    def knob(self, **order: Any) -> None:
        """Turn a knob of the sandbox."""
        self._http.post("/_sandbox/knobs", json={"service": "exstream", **order}).raise_for_status()

    def puts(self) -> int:
        """Return how many writes the service was asked for since the last reset."""
        counts = self._http.get("/_sandbox/requests").json().get("exstream", {})
        return sum(n for label, n in counts.items() if label.startswith("PUT "))

    def reset(self) -> None:
        """Take all faults and counts back."""
        self.knob(reset=True)
        self._http.delete("/_sandbox/requests")

    @property
    def _resources(self) -> str:
        return f"/design/api/v1/resources/{self.domain}"

    def _done(self, response: httpx.Response) -> dict[str, Any]:
        assert response.is_success, response.text
        found: dict[str, Any] = response.json()["data"]
        return found


def _file(colour: str) -> dict[str, tuple[str, bytes, str]]:
    return {"file": ("content.jpg", picture(colour), "image/jpeg")}


@pytest.fixture(scope="session")
def _studio(endpoints: dict[str, Any]) -> Studio:
    return Studio(endpoints)


@pytest.fixture
def studio(_studio: Studio) -> Iterator[Studio]:
    yield _studio
    _studio.reset()


class Grid:
    """Trading Grid as its users see it: makes objects, reads them, and turns the sandbox's knobs."""

    def __init__(self, endpoints: Mapping[str, Any]) -> None:
        grid = endpoints["trading_grid"]
        credentials = {"client_id": grid["client_id"], "client_secret": grid["client_secret"]}
        self._http = httpx.Client(base_url=grid["base_url"], timeout=60.0)
        token = self._http.post("/oauth2/token", data={"grant_type": "client_credentials", **credentials})
        self._http.headers["Authorization"] = f"Bearer {token.json()['access_token']}"
        self.community_id = self.make("communities", name="Dealers")["communityId"]
        self.partner_id = self.make("partners", name="Acme")["partnerId"]

    def make(self, objects: str, **body: Any) -> dict[str, Any]:
        """Create an object."""
        return self._done(self._http.post(f"/api/v1/{objects}", json=body))

    def get(self, path: str) -> dict[str, Any]:
        """Read one object or page."""
        return self._done(self._http.get(f"/api/v1/{path}"))

    def make_case(self, version: int = 1767600000) -> str:
        """Open a case about a version of the banner."""
        asset = {"assetId": ASSET_ID, "publicId": "banners/spring", "version": version}
        case = self.make("cases", communityId=self.community_id, partnerId=self.partner_id, asset=asset)
        return str(case["caseId"])

    def make_publication(self, version: int = 1767600000, etag: str = "old") -> str:
        """Publish a version of the banner."""
        asset = {
            "assetId": ASSET_ID,
            "publicId": "banners/spring",
            "version": version,
            "etag": etag,
            "url": cloudinary_address(version),
        }
        place = {"rendition": "web", "language": "fr", "region": "FR", "device": "mobile"}
        made = self.make("publications", communityId=self.community_id, asset=asset, publishedBy="ana", **place)
        return str(made["publicationId"])

    def thread(self, case_id: str) -> list[dict[str, Any]]:
        """Return a case's messages."""
        records: list[dict[str, Any]] = self.get(f"cases/{case_id}/messages?limit=500")["records"]
        return records

    def say(self, case_id: str, body: str, role: str = "team") -> None:
        """Post a message into a case's thread."""
        self.make(f"cases/{case_id}/messages", author="ana", authorRole=role, body=body)

    def close(self, case_id: str) -> None:
        """Close a case."""
        self._done(self._http.patch(f"/api/v1/cases/{case_id}", json={"status": "closed"}))

    def withdraw(self, publication_id: str) -> None:
        """Withdraw a publication."""
        self._done(self._http.post(f"/api/v1/publications/{publication_id}/withdraw", json={"withdrawnBy": "ana"}))

    def knob(self, **order: Any) -> None:
        """Turn a knob of the sandbox."""
        self._done(self._http.post("/_sandbox/knobs", json={"service": "trading_grid", **order}))

    def posts(self) -> int:
        """Return how many writes the service was asked for since the last reset."""
        return self.requests("POST /api")

    def requests(self, start: str = "") -> int:
        """Return how many requests, of those that begin so, the service had since the last reset; tokens count, too."""
        counts = self._done(self._http.get("/_sandbox/requests")).get("trading_grid", {})
        return sum(n for label, n in counts.items() if label.startswith(start))

    def reset(self) -> None:
        """Take all faults and counts back."""
        self.knob(reset=True)
        self._http.delete("/_sandbox/requests")

    def _done(self, response: httpx.Response) -> dict[str, Any]:
        assert response.is_success, response.text
        found: dict[str, Any] = response.json()
        return found


@pytest.fixture(scope="session")
def _grid(endpoints: dict[str, Any]) -> Grid:
    return Grid(endpoints)


@pytest.fixture
def grid(_grid: Grid) -> Iterator[Grid]:
    _grid.reset()
    yield _grid
    _grid.reset()


HASTY_SECONDS = 1.0


class Desk:
    """An installation of its own against the sandbox."""

    def __init__(self, folder: Path, endpoints: Mapping[str, Any], **corrections: Any) -> None:
        folder.mkdir(exist_ok=True)
        grid = endpoints["trading_grid"]
        self.settings: Settings = settings_for(
            folder / "home",
            corrections=corrections,
            cloudinary={
                "cloud_name": CLOUD,
                "api_key": endpoints["cloudinary"]["api_key"],
                "api_secret": endpoints["cloudinary"]["api_secret"],
                "upload_prefix": endpoints["cloudinary"]["base_url"],
                "fetch_hosts": ["127.0.0.1=127.0.0.1"],
            },
            exstream={
                **{name: value for name, value in endpoints["exstream"].items() if name in EXSTREAM_SETTINGS},
                "domains": [endpoints["exstream"]["domain"]],
            },
            trading_grid={**grid, "page_size": 2},
        )
        self._database = folder / "snapshot.duckdb"

    def propose(self, *rows: dict[str, Any], name: str = "s1", by: str | None = "ana") -> None:
        """Publish a snapshot with these rows, propose from it, and approve everything."""
        propose(self.settings, CLOCK, write_snapshot(self._database, rows), name)
        if by is not None:
            approve(self.settings, CLOCK, None, approver(by), "looks right")

    def hurry(self) -> None:
        """Let a request last a second, an upload two, where a test waits for the longest that a write may take."""
        grid, exstream, cloudinary = self.settings.trading_grid, self.settings.exstream, self.settings.cloudinary
        assert grid is not None
        assert exstream is not None
        assert cloudinary is not None
        hasty, upload = {"timeout_seconds": HASTY_SECONDS}, 2 * HASTY_SECONDS
        hasty_library = {"timeout_seconds": upload, "content_timeout_seconds": upload}
        self.settings = self.settings.model_copy(
            update={
                "trading_grid": grid.model_copy(update=hasty),
                "exstream": exstream.model_copy(update=hasty),
                "cloudinary": cloudinary.model_copy(update=hasty_library),
            }
        )

    def send(self) -> SendReport:
        """Run the sender once."""
        return send_approved(self.settings, CLOCK)

    def corrections(self) -> list[Correction]:
        """Return the corrections by key."""
        return sorted(list_corrections(self.settings), key=lambda row: row.correction_key)

    def states(self) -> list[str]:
        """Return the states by key."""
        return [row.state for row in self.corrections()]


@pytest.fixture
def desk(tmp_path: Path, endpoints: dict[str, Any], library: Library) -> Desk:
    return Desk(tmp_path, endpoints)


@pytest.fixture
def new_desk(tmp_path: Path, endpoints: dict[str, Any], library: Library):  # type: ignore[no-untyped-def]
    """Make further installations: `new_desk("b", database_url=…)`."""

    def make(name: str, **corrections: Any) -> Desk:
        return Desk(tmp_path / name, endpoints, **corrections)

    (tmp_path / "shared").mkdir()
    return make


BANNER = {"asset_id_cloudinary": ASSET_ID, "desired_version_number": NEW, "desired_etag": NEW_ETAG}


def link(number: int, case_id: str, **changes: Any) -> dict[str, Any]:
    return link_row(number, **{"case_id_trading_grid": case_id, "subject_id": case_id, **BANNER, **changes})


def republish(number: int, publication_id: str, grid: Grid, **changes: Any) -> dict[str, Any]:
    return republish_row(
        number,
        publication_id_trading_grid=publication_id,
        subject_id=publication_id,
        community_id_trading_grid=grid.community_id,
        **{**BANNER, **changes},
    )
