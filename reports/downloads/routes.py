"""The page of a snapshot and its files.

Here belong the addresses. A file's address names its snapshot, so that a download that was cut off goes on with the
same bytes after another snapshot was published.
"""

from __future__ import annotations

from functools import partial
from typing import Annotated
from urllib.parse import quote

import duckdb
from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import FileResponse, RedirectResponse, Response

from evidence.witness import MANIFEST
from publish.reading import Snapshot
from reports.addresses import HOME, PageQuery
from reports.downloads.files import one_file, snapshot_files, snapshot_tables
from reports.downloads.made_by import made_of
from reports.pages import Crumb, Page, Presenter, address
from reports.people.asking import refuse_restricted, require
from reports.shelf import OpenSnapshot
from reports.twins import instant_of

MEDIA_TYPES = {".duckdb": "application/vnd.duckdb", ".parquet": "application/vnd.apache.parquet"}


def router(presenter: Presenter) -> APIRouter:
    """Return the addresses of the snapshot's page and files."""
    routes = APIRouter(include_in_schema=False, dependencies=[require("take_out"), Depends(refuse_restricted)])

    @routes.get("/snapshot.json")
    @routes.get("/snapshot")
    def page(request: Request, query: Annotated[PageQuery, Query()]) -> Response:
        folder = presenter.shelf.folder_of(query.snapshot)
        return presenter.answer(request, folder.name, partial(snapshot_page, folder))

    @routes.get("/snapshot/manifest")
    def manifest(query: Annotated[PageQuery, Query()]) -> Response:
        folder = presenter.shelf.folder_of(query.snapshot)
        name = f"{folder.name}-{MANIFEST}"
        return FileResponse(folder.folder / MANIFEST, media_type="application/json", filename=name)

    @routes.get("/snapshot/files/{name:path}")
    @routes.head("/snapshot/files/{name:path}")
    def file(request: Request, name: str, query: Annotated[PageQuery, Query()]) -> Response:
        folder = presenter.shelf.folder_of(query.snapshot)
        found = one_file(folder, name)
        if not query.snapshot:
            return RedirectResponse(address(folder.name, f"/snapshot/files/{quote(found.name)}"), 303)
        presenter.take_out(request, f"/snapshot/files/{found.name}", folder.name)
        headers = {"ETag": f'"{found.sha256}"'} if found.sha256 else {}
        return FileResponse(
            found.path,
            media_type=MEDIA_TYPES[found.path.suffix],
            filename=f"{folder.name}-{found.path.name}",
            headers=headers,
        )

    return routes


def snapshot_page(folder: Snapshot, _cursor: duckdb.DuckDBPyConnection, snapshot: OpenSnapshot) -> Page:
    """Return the page of a snapshot: what it holds, what made it, its files."""
    files = snapshot_files(folder)
    tables = snapshot_tables(folder, files)
    made = made_of(folder.manifest)
    told = [{"name": file.name, "size_bytes": file.size_bytes, "sha256": file.sha256} for file in files]
    held = [{"name": each.name, "row_count": each.row_count, "content_hash": each.content_hash} for each in tables]
    return Page(
        template="snapshot.html",
        title=f"Snapshot {snapshot.name}",
        crumbs=(HOME, Crumb("Snapshot")),
        needed=[(cover.system, cover.stream) for cover in snapshot.coverage],
        content={
            "files": files,
            "tables": tables,
            "manifest": folder.manifest,
            "made": made,
            "created_at": instant_of(snapshot, "created_at"),
        },
        figures={
            "created_at": folder.manifest.get("created_at"),
            "previous": folder.manifest.get("previous"),
            "made_by": made,
            "files": told,
            "tables": held,
        },
    )
