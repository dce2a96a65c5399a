"""What the addresses of all rooms share: parameters that every page understands, forms of a page, what is not found.

Here belong the base of every room's query, the addresses of a page's forms, and the error of an address that names
nothing. The addresses themselves
belong to `routes.py` and to the rooms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, TypeVar

import duckdb
from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from reports.pages import Crumb
from reports.problems import NothingFound
from reports.search import near_matches
from reports.text import FORM_ENDINGS

HOME = Crumb("Home", "/")
Text = Annotated[str, Field(max_length=300)]
Cursor = duckdb.DuckDBPyConnection
Handler = TypeVar("Handler", bound=Callable[..., Response])


class PageQuery(BaseModel):
    """What every page understands; anything else in the address is a mistake that is told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    snapshot: Annotated[str, Field(max_length=100)] = ""


def each_form(routes: APIRouter, path: str, *needs: Any) -> Callable[[Handler], Handler]:
    """Return the decorator that answers a page's address and the addresses of its forms (`/exceptions.csv`).

    `needs` are dependencies of these routes alone, such as a right.
    """

    def register(handler: Handler) -> Handler:
        for ending in ("", *FORM_ENDINGS):
            routes.get(path + ending, dependencies=list(needs))(handler)
        return handler

    return register


def not_found(cursor: Cursor, kind: str, wanted: str, expected: str) -> NothingFound:
    """Return the error of an address that names nothing, with what may have been meant."""
    near = near_matches(cursor, wanted)
    return NothingFound(
        tried=f"to open the {kind} “{wanted[:300]}”",
        found=f"no {kind} of that id in this snapshot; what its claims do not cover may exist all the same",
        expected=expected,
        remedy="choose one of the near matches, or search by another id"
        if near
        else "check the id, or search by another",
        near=near,
    )
