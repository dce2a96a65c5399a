"""The gate: finds out who sends a request, in the way that the settings say.

Here belong the three ways (local, OpenID Connect, proxy) and the store that sessions and people are kept in, which is
opened at the first request that needs it. Rights are `rights`, signing in and out is `sign_in`.
"""

from __future__ import annotations

import ipaddress
import secrets
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta

from sqlalchemy.orm import Session
from starlette.requests import Request

from assettrail.clock import SystemClock, clock_from
from assettrail.errors import ConfigurationError, TransientSourceError
from assettrail.report_settings import ProxySettings
from assettrail.settings import Settings
from corrections.people.accesses import AccessKind, NewAccess
from corrections.people.register import Person, as_person, find_person
from corrections.people.sessions import Signed, signed_in, write_use
from corrections.people.sign_in_names import person_of_sign_in_name
from corrections.store.database import Store, is_absent, keep_store
from reports.people.access_writer import AccessWriter
from reports.people.asking import Visitor
from reports.people.cookies import Cookies
from reports.people.refusals import NotAllowed, unknown_person
from reports.people.rights import LOCAL_ROLES

USER_OF_THIS_MACHINE = Person("the user of this machine", LOCAL_ROLES)


class Gate:
    """Knows who sends a request. Safe to ask from several threads."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.clock = SystemClock()
        self.house_clock = clock_from(settings)
        self.cookies = Cookies(is_secure=(settings.reports.public_address or "").startswith("https://"))
        self._lock = threading.Lock()
        self._store: Store | None = None
        self._writer = AccessWriter(self.store, self.clock.now)

    @property
    def mode(self) -> str:
        """How people sign in."""
        return self.settings.reports.mode

    @property
    def idle(self) -> timedelta:
        """How long a session lasts without a request."""
        return timedelta(minutes=self.settings.reports.session_idle_minutes)

    def now(self) -> datetime:
        """Return the instant (UTC) by which pages tell what is due: the house's, as far as it answers."""
        clock = self.house_clock if self.settings.clock_url is None else self.clock
        return clock.now()

    def house_now(self) -> datetime:
        """Return the house's instant (UTC), or this machine's where its clock does not answer: pages are only read."""
        try:
            return self.house_clock.now()
        except TransientSourceError:
            return self.clock.now()

    def store(self) -> Store:
        """Return the open store; it is opened once. Raises ConfigurationError where it cannot be."""
        with self._lock:
            if self._store is None:
                self._store = keep_store(self.settings)
            return self._store

    def admit(self, request: Request) -> None:
        """Find out who sends the request, before any route looks at it. Raises NotAllowed past a proxy."""
        self._keep_open()
        request.state.visitor = self._visitor(request)

    def _keep_open(self) -> None:
        """Keep the store open where there is one: pages that read it by the settings then share it.

        One that cannot be opened is told of by whoever needs it.
        """
        if self._store is None and not is_absent(self.settings):
            with suppress(ConfigurationError):
                self.store()

    def record(self, person: Person, kind: AccessKind, subject: str, snapshot: str | None, detail: str = "") -> None:
        """Write an access down. Raises ConfigurationError where it cannot be written: then nothing may be shown."""
        self.begin_record(person, kind, subject, snapshot, detail).result()

    def begin_record(
        self, person: Person, kind: AccessKind, subject: str, snapshot: str | None, detail: str = ""
    ) -> Future[None]:
        """Have an access written down while its page is made; nothing may be shown before the result is there."""
        return self._writer.write(NewAccess(person, kind, subject, snapshot, detail))

    @contextmanager
    def reading(self) -> Iterator[Session | None]:
        """Open a transaction that reads, None where no store was ever made."""
        if is_absent(self.settings):
            yield None
            return
        with self.store().read() as session:
            yield session

    def _visitor(self, request: Request) -> Visitor:
        if self.mode == "proxy":
            return self._bound(request, self._person_by_proxy(request), is_proven=True)
        session_id = self.cookies.session_id(request)
        signed = self._signed(session_id) if session_id else None
        if signed is not None and session_id is not None:
            return Visitor(signed.person, is_proven=True, secret=session_id, has_session=True)
        return self._bound(request, self._local_person() if self.mode == "local" else None, is_proven=False)

    def _bound(self, request: Request, person: Person | None, *, is_proven: bool) -> Visitor:
        """Return a visitor without a session: forms are bound to the browser's cookie."""
        browser = self.cookies.browser(request)
        if browser is not None:
            return Visitor(person, is_proven, browser)
        return Visitor(person, is_proven, secrets.token_urlsafe(32), is_new_browser=True)

    def _signed(self, session_id: str) -> Signed | None:
        now = self.clock.now()
        with self.reading() as session:
            found = None if session is None else signed_in(session, session_id, now, self.idle)
        if found is not None and found.is_use_due:
            with self.store().begin() as session:
                write_use(session, session_id, now)
        return found

    def _local_person(self) -> Person:
        """Return the person whom the settings name, who has not proven anything, or the user of this machine."""
        name = self.settings.reports.person
        if name is None:
            return USER_OF_THIS_MACHINE
        with self.store().read() as session:
            return as_person(session, find_person(session, name))

    def _person_by_proxy(self, request: Request) -> Person:
        proxy = self.settings.reports.proxy
        if proxy is None or not _is_of(proxy, request):
            raise _past_the_proxy(request)
        given = request.headers.getlist(proxy.header)
        if len(given) != 1 or not given[0].strip():
            raise _no_name_from(proxy.header, len(given))
        name = _as_utf8(given[0].strip())
        with self.reading() as session:
            person = None if session is None else person_of_sign_in_name(session, name)
        if person is None:
            raise unknown_person(name)
        return person


def _is_of(proxy: ProxySettings, request: Request) -> bool:
    try:
        address = ipaddress.ip_address(request.client.host if request.client else "")
    except ValueError:
        return False
    return any(address in network for network in proxy.addresses if network.version == address.version)


def _past_the_proxy(request: Request) -> NotAllowed:
    return NotAllowed(
        tried=f"to open {request.url.path[:300]} from {request.client.host if request.client else 'nowhere'}",
        found="a request that did not come from the proxy that signs people in",
        expected="a request from one of the addresses in reports.proxy.addresses",
        remedy="open the public address of the reports",
    )


def _no_name_from(header: str, count: int) -> NotAllowed:
    return NotAllowed(
        tried="to find the person whom the proxy has signed in",
        found=f"{count} headers {header}, or an empty one",
        expected="exactly one, with the sign-in name of a person",
        remedy="have whoever runs the proxy set reports.proxy.header and take it out of what comes from outside",
    )


def _as_utf8(header: str) -> str:
    """Return a header as UTF-8, which proxies write, where it is; HTTP libraries give its bytes as Latin-1."""
    try:
        return header.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return header
