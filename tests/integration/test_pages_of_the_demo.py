"""The pages on a snapshot that the warehouse published: each kind of page opens, whatever columns its tables have.

What pages show is tested on the example (`tests/browser`), which has the columns that pages ask for and no others. Here
belongs what only all of them can show: a name that two tables have, a table that is called otherwise.
"""

from __future__ import annotations

import html
import re
from collections import Counter, deque
from urllib.parse import urlsplit

from starlette.testclient import TestClient

from assettrail.demo.play import Played
from assettrail.settings import load_settings
from reports.application import create_application

_ID = re.compile(r"[0-9a-f]{16,}|[A-Z]{2,}-[\w-]+|\d+|[^/]*%[^/]*")
_OF_A_KIND = 2
_LEADS_OUT = ("/static/", "/docs/", "/snapshot/files/")
_KINDS = {
    *("/communications/#", "/assets/#", "/templates/#", "/cases/#", "/partners/#", "/launches/#", "/feedback/#"),
    *(
        "/corrections/#",
        "/dispositions/#",
        "/recipients/#",
        "/brand",
        "/trust",
        "/known",
        "/sql",
        "/exceptions.parquet",
    ),
}


def test_every_kind_of_page_opens_on_what_the_warehouse_published(played: Played) -> None:
    """Harm prevented: a page that every test of the pages passed, and that answers an officer with an error.

    The sandbox's clock does not answer the reports: they are read long after it was played.
    """
    settings = load_settings().model_copy(update={"clock_url": "http://127.0.0.1:9/"})
    failed: list[tuple[str, int]] = []
    opened: Counter[str] = Counter()
    with TestClient(create_application(settings), base_url="http://127.0.0.1:8765") as client:
        waiting = deque(["/"])
        while waiting:
            address = waiting.popleft()
            kind = _ID.sub("#", urlsplit(address).path)
            if opened[kind] == _OF_A_KIND or address.startswith(_LEADS_OUT):
                continue
            opened[kind] += 1
            answer = client.get(address)
            if answer.status_code >= 500:
                failed.append((address, answer.status_code))
            if answer.headers.get("content-type", "").startswith("text/html"):
                waiting.extend(html.unescape(each) for each in re.findall(r'href="(/[^"#]*)', answer.text))
    assert failed == []
    assert opened.keys() >= _KINDS, _KINDS - opened.keys()
