"""Who holds an asset, or certain bytes of it, by a published snapshot.

Here belong finding the asset that a person means, and its holders: publications that are live, templates in use that
show it, partners who have it as artwork, and how many communications carried it, by their report or by what an output
of theirs shows besides. What is done about them is `recall`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final, Literal

import duckdb

from assettrail.errors import ConfigurationError, ContractBroken

HolderType = Literal["publication", "template", "partner"]
_Ask = Callable[[str, Mapping[str, object]], list[tuple[Any, ...]]]
"""Asks one query with its values; returns all rows."""
READ_FROM: Final = (
    ("exstream", "resources"),
    ("trading_grid", "publications"),
    ("trading_grid", "distributions"),
)
"""The (system, stream) pairs that tell who holds an asset, besides the references that some runs report."""
_HASH: Final = re.compile(r"[0-9a-f]{32}|[0-9a-f]{64}")

_ASSETS: Final = """
    select distinct asset_id_cloudinary, cast(null as varchar), public_id
    from marts.dim_assets where asset_id_cloudinary = $subject or public_id = $subject
    union
    select distinct versions.asset_id_cloudinary, versions.etag, assets.public_id
    from marts.dim_asset_versions as versions
    inner join marts.dim_assets as assets on versions.asset_key = assets.asset_key
    where versions.etag = $subject or versions.content_hash = $subject
    order by all
"""
# Bytes that a record does not tell may be those that are recalled: a holder is let go by what is known only.
_PUBLICATIONS: Final = """
    select publication_id_trading_grid, community_id_trading_grid, version_number, etag
    from marts.fct_publications
    where
        (asset_id_cloudinary = $asset or (asset_id_cloudinary is null and public_id = $public_id))
        and is_live
        and (cast($etag as varchar) is null or etag is null or etag = $etag)
    order by 1
"""
_TEMPLATES: Final = """
    select distinct template_id_exstream, image_name
    from marts.fct_template_links
    where
        is_in_use
        and (
            asset_id_cloudinary = $asset
            or (
                asset_id_cloudinary is null
                and etag in (select etag from marts.dim_asset_versions where asset_id_cloudinary = $asset)
            )
        )
        and (cast($etag as varchar) is null or etag is null or etag = $etag)
    order by all
"""
_PARTNERS: Final = """
    select coalesce(partners.partner_id_trading_grid, distributions.partner_key), distributions.gtin14
    from marts.fct_distributions as distributions
    left join marts.dim_partners as partners on distributions.partner_key = partners.partner_key
    where
        distributions.asset_id_cloudinary = $asset
        and (cast($etag as varchar) is null or distributions.etag is null or distributions.etag = $etag)
        and not exists (
            select 1
            from marts.fct_distributions as later
            where
                later.partner_key = distributions.partner_key
                and later.gtin14 = distributions.gtin14
                and later.issued_at > distributions.issued_at
                and later.accepted_at is not null
                and (
                    later.asset_id_cloudinary <> distributions.asset_id_cloudinary
                    or (cast($etag as varchar) is not null and later.etag <> $etag)
                )
        )
    group by all
    order by all
"""
_COMMUNICATIONS: Final = """
    select count(distinct communication_key), count(distinct communication_key) filter (is_live_url)
    from (
        select communication_key, asset_id_cloudinary, etag, binding = 'live_url' as is_live_url
        from marts.fct_asset_uses
        union all
        select links.communication_key, links.asset_id_cloudinary, versions.etag, true
        from marts.fct_output_links as links
        left join marts.dim_asset_versions as versions on links.asset_version_key = versions.asset_version_key
        where links.is_beside_report
    )
    where asset_id_cloudinary = $asset and (cast($etag as varchar) is null or etag = $etag)
"""
_COPIES: Final = """
    select distinct others.asset_id_cloudinary
    from marts.dim_asset_versions as own
    inner join marts.dim_asset_versions as others on own.etag = others.etag
    where
        own.asset_id_cloudinary = $asset
        and others.asset_id_cloudinary <> $asset
        and (cast($etag as varchar) is null or own.etag = $etag)
    order by 1
"""
_COVERED: Final = """
    select system_code || '/' || stream_name, max(window_to) filter (is_complete and outcome = 'accepted')
    from marts.fct_claims
    where system_code || '/' || stream_name in ('trading_grid/publications', 'trading_grid/distributions')
        or system_code || '/' || stream_name in ('exstream/resource_references', 'exstream/resources')
    group by 1
"""


@dataclass(frozen=True)
class Recalled:
    """What is recalled: an asset, or the bytes of one etag of it."""

    asset_id: str
    etag: str | None
    public_id: str


@dataclass(frozen=True)
class Holder:
    """One place that holds it. `version` and `etag` are those that a publication shows."""

    holder_type: HolderType
    holder_id: str
    place: str
    version: int | None = None
    etag: str | None = None


@dataclass(frozen=True)
class Holders:
    """All holders by one snapshot, and how many communications carried it: those cannot be taken back.

    `live_communications` are those that carried an address: it serves whatever Cloudinary serves now. `copies` are
    other assets with the same bytes: a recall of the bytes takes them back, too, one of the asset leaves them alone.
    `covered` tells up to which instant (UTC) each stream that holders are read from is completely known; None where no
    claim says so.
    """

    found: tuple[Holder, ...]
    communications: int
    live_communications: int
    copies: tuple[str, ...] = ()
    covered: Mapping[str, datetime | None] = field(default_factory=dict)


def find_recalled(database: Path, subject: str) -> Recalled:
    """Find the asset that an id, public id or hash (etag, or SHA-256 of the bytes) means.

    Raises ConfigurationError when it is none or several, ContractBroken when the snapshot cannot be read.
    """
    found = _found(database, subject)
    if len(found) != 1:
        raise _not_found(subject, found)
    return found[0]


def find_all_recalled(database: Path, subject: str) -> list[Recalled]:
    """Find what an id, public id or hash means: one asset, or every asset that holds the bytes of a hash.

    Raises ConfigurationError when it is none, or a name or id of several, ContractBroken as `find_recalled` does.
    """
    found = _found(database, subject)
    if not found or (len(found) > 1 and any(one.etag is None for one in found)):
        raise _not_found(subject, found)
    return found


def is_held(database: Path, etag: str) -> bool:
    """Whether a version of any asset has these bytes, by the snapshot. Raises as `find_recalled` does."""
    return any(one.etag is not None for one in _found(database, etag))


def _found(database: Path, subject: str) -> list[Recalled]:
    wanted = subject.strip()
    wanted = wanted.lower() if _HASH.fullmatch(wanted.lower()) else wanted
    with _reading(database) as ask:
        return [Recalled(*row) for row in ask(_ASSETS, {"subject": wanted})]


def _not_found(subject: str, found: list[Recalled]) -> ConfigurationError:
    shown = ", ".join(f"{one.public_id} ({one.asset_id}{', ' + one.etag if one.etag else ''})" for one in found[:5])
    return ConfigurationError(
        tried=f"to find what is to be recalled by {subject.strip()[:200]!r}",
        found=f"{len(found)} assets: {shown}" if found else "no asset of this id, public id or hash",
        expected="the asset id, public id, etag or SHA-256 of one asset of the current snapshot",
        remedy="give the asset id or the etag; nothing was proposed",
    )


def holders_of(database: Path, recalled: Recalled) -> Holders:
    """Return everything that holds it. Raises ContractBroken when the snapshot cannot be read."""
    return holders_of_each(database, [recalled])[recalled]


def holders_of_each(database: Path, recalled: Iterable[Recalled]) -> dict[Recalled, Holders]:
    """Return everything that holds each of them, by one reading of the snapshot.

    Raises ContractBroken when the snapshot cannot be read.
    """
    wanted = list(dict.fromkeys(recalled))
    if not wanted:
        return {}
    with _reading(database) as ask:
        covered = dict(ask(_COVERED, {}))
        return {one: _holders(ask, one, covered) for one in wanted}


def _holders(ask: _Ask, recalled: Recalled, covered: Mapping[str, datetime | None]) -> Holders:
    of: dict[str, object] = {"asset": recalled.asset_id, "etag": recalled.etag}
    own = of | {"public_id": recalled.public_id}
    publications = [
        Holder("publication", publication, f"community {community}", version, etag)
        for publication, community, version, etag in ask(_PUBLICATIONS, own)
    ]
    templates = [
        Holder("template", template, f"as image {image}" if image else "") for template, image in ask(_TEMPLATES, of)
    ]
    partners = [
        Holder("partner", f"{partner}/{gtin or ''}", f"artwork of GTIN {gtin}" if gtin else "artwork without GTIN")
        for partner, gtin in ask(_PARTNERS, of)
    ]
    ((communications, live),) = ask(_COMMUNICATIONS, of)
    copies = tuple(asset for (asset,) in ask(_COPIES, of))
    return Holders((*publications, *_once(templates), *partners), communications, live, copies, covered)


def _once(holders: list[Holder]) -> list[Holder]:
    """Each holder once: a template may show the same asset as several images."""
    return list({holder.holder_id: holder for holder in reversed(holders)}.values())[::-1]


@contextmanager
def _reading(database: Path) -> Iterator[_Ask]:
    """Open the snapshot once for all that is asked of it: opening costs more than any of these questions."""
    try:
        with duckdb.connect(str(database), read_only=True) as connection:
            yield lambda query, values: connection.execute(query, values).fetchall()
    except duckdb.Error as error:
        raise ContractBroken(
            tried=f"to find who holds a recalled asset by the snapshot {database}",
            found=f"{type(error).__name__}: {str(error).splitlines()[0]}",
            expected="a published snapshot of this release",
            remedy="publish again with `assettrail build`; nothing was proposed",
        ) from error
