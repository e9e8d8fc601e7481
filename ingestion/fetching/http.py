"""The one polite HTTP client: who may be asked, how often, how long, and how much is read.

Knows hosts, pauses, retries and limits. The sources decide the requests and the meaning of answers.
"""

from __future__ import annotations

import errno
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit, urlunsplit

import requests
import urllib3
from protego import Protego
from requests.adapters import HTTPAdapter
from urllib3.util import Retry
from urllib3.util.ssl_ import create_urllib3_context

from living_panel.codes import Code
from living_panel.ingestion import sentences
from living_panel.ingestion.errors import FailureCase, IngestionError, SourceUnreachable, shown
from living_panel.problems import Place, Problem, shortened

CONTACT_VARIABLE = "LIVING_PANEL_CONTACT"
KEPT_HEADERS = (
    "Content-Type",
    "Content-Length",
    "Content-Encoding",
    "Date",
    "ETag",
    "Last-Modified",
    "Location",
    "Retry-After",
)
"""Response headers that go into a receipt. Cookies never do."""

JSON = ("application/json", "text/json")
PAGES = ("text/html", "application/xhtml+xml")
"""Content types that an answer of each kind comes with."""

_BLOCK = 64 * 1024
_LARGEST_ROBOTS = 500 * 1024
_LOOPBACK = {"127.0.0.1", "localhost", "::1"}
_REDIRECTS = {301, 302, 303, 307, 308}
_KEEPING_METHOD = {307, 308}
_VALIDATORS = {"ETag": "If-None-Match", "Last-Modified": "If-Modified-Since"}
_AGENT = "living-panel"
_RETRY = Retry(allowed_methods=None, status_forcelist=range(500, 600))
"""Which answers are asked for again. Mounted in the session it would neither keep the pause between
two requests nor see an answer that is cut off, so `ask` goes by its rules."""


class FetchError(IngestionError):
    """A source answered, and the answer cannot be used.

    `exchange` holds what it sent, if anything; `cases` the failures of its content, if it was read.
    """

    def __init__(self, *problems: Problem | str, exchange: Exchange | None = None) -> None:
        self.exchange = exchange
        self.cases: list[FailureCase] = []
        super().__init__(*problems)

    def __str__(self) -> str:
        return "\n".join(shortened(self.problems))


@dataclass(frozen=True)
class Exchange:
    """One request and the bytes that came back, decoded from their transfer encoding."""

    url: str
    method: str
    body: str | None
    status: int
    headers: dict[str, str]
    content: bytes
    retrieved_at: str

    @property
    def validators(self) -> dict[str, str]:
        """The headers that ask for this address again only if it changed; often there are none."""
        return {
            asks: self.headers[name] for name, asks in _VALIDATORS.items() if name in self.headers
        }

    @property
    def media_type(self) -> str:
        """The content type without its parameters, in lower case."""
        return self.headers.get("Content-Type", "").split(";")[0].strip().lower()

    def require(self, *media_types: str) -> None:
        """Refuse an answer that is not a success of one of these content types.

        Raises
        ------
        FetchError
            Naming address, status and content type, with the start of what came instead.
        """
        if self.status in {401, 403, 412, 429}:
            raise FetchError(
                Code.FETCH_REFUSED(
                    "the server refuses with HTTP status {status} ({start}); the program does not ask it again",
                    "get the values yourself, and put the file into landing/",
                    Place(self.url),
                    status=self.status,
                    start=self._start(),
                ),
                exchange=self,
            )
        if self.status != 200:
            raise FetchError(
                Code.FETCH_NO_ANSWER(
                    "the server gives HTTP status {status} ({start})",
                    "run the fetch again later",
                    Place(self.url),
                    status=self.status,
                    start=self._start(),
                ),
                exchange=self,
            )
        if self.media_type not in media_types:
            media_type, expected = self.media_type or "missing", " or ".join(media_types)
            raise FetchError(
                Code.FETCH_ANSWER(
                    "the response has content type {found}, expected {expected} ({start})",
                    "open the address in a browser; if the page has moved, correct the address in the catalog",
                    Place(self.url),
                    found=media_type,
                    expected=expected,
                    start=self._start(),
                ),
                exchange=self,
            )

    def _start(self) -> str:
        text = self.content[:200].decode("utf-8", "replace")
        return "begins with " + shown(" ".join(text.split())) if text.strip() else "no content"


@dataclass
class Limits:
    """How the client waits and where it stops; seconds and bytes."""

    pause: float = 1.0
    retries: int = 2
    back_off: float = 2.0
    connect: float = 10.0
    read: float = 30.0
    whole: float = 180.0
    """From the first packet to the last byte, whatever the server does in between."""
    patience: float = 120.0
    """The longest wait that a server may ask for with Retry-After."""
    lookup: float = 5.0
    largest: int = 64 * 1024 * 1024
    redirects: int = 3


@dataclass
class Client:
    """A session that asks listed hosts only, one request a second each.

    Parameters
    ----------
    hosts
        The hosts that may be asked, as the catalog lists them; with a port where it is not the
        usual one. Only loopback may be spoken to without TLS.
    contact
        Whom an administrator of the source can write to; part of the User-Agent.
    limits
        Pauses, retries, time-outs, sizes.
    referers
        The page that a host expects to be named as the one its data are asked from.
    legacy_tls
        The hosts with which TLS older than 1.2 is spoken; certificates are checked there too.
    """

    hosts: Sequence[str]
    contact: str
    limits: Limits = field(default_factory=Limits)
    referers: Mapping[str, str] = field(default_factory=dict)
    legacy_tls: Sequence[str] = ()
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def __post_init__(self) -> None:
        """Open the session. Credentials of the environment (.netrc) are never sent."""
        self._last: dict[str, float] = {}
        self._rules: dict[str, Protego] = {}
        self._open()

    def _open(self) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = os.environ.get("REQUESTS_CA_BUNDLE") or True
        self._session.headers.update(
            {
                "User-Agent": f"{_AGENT}/0.1 (research; contact: {self.contact})",
                "Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5",
            }
        )
        for host in self.legacy_tls:
            self._session.mount(f"https://{host}/", _LegacyTls())

    def get(
        self, url: str, params: Mapping[str, str] | None = None, earlier: Exchange | None = None
    ) -> Exchange:
        """Ask for `url`, if there is an earlier answer only for what changed since; see `ask`.

        Where nothing did (status 304), the earlier answer is returned as it is.
        """
        at = requests.Request("GET", url, params=params).prepare().url
        conditions = earlier.validators if earlier and earlier.url == at else {}
        answer = self.ask("GET", url, params=params, headers=conditions)
        return earlier if earlier and conditions and answer.status == 304 else answer

    def post_json(self, url: str, payload: Any) -> Exchange:
        """Post `payload` as JSON; see `ask`."""
        return self.ask("POST", url, json=payload)

    def ask(self, method: str, url: str, **content: Any) -> Exchange:
        """Send one request, after the pause its host is due, and return whatever answers.

        A host's robots.txt is asked for before its first request. Connection errors and 5xx are
        tried again, at most twice and with growing pauses, and 413, 429 or 503 after the wait that
        the server asks for; nothing else is. A redirect is followed on the same host only.

        Raises
        ------
        SourceUnreachable
            If no server answers.
        FetchError
            If the host is not listed or its robots.txt excludes the address, a redirect leaves it,
            the answer is too large, too slow or cut off.
        """
        self._allow(url, url)
        for attempt in range(self.limits.retries + 1):
            last = attempt == self.limits.retries
            try:
                answer = self._follow(method, url, content)
            except _Dropped as error:
                if last or error.final:
                    raise error.public() from error
            else:
                seconds_asked = _wait_asked(answer)
                if last or not _RETRY.is_retry(method, answer.status, seconds_asked is not None):
                    return answer
                if seconds_asked is not None:
                    if seconds_asked > self.limits.patience:
                        return answer
                    self.sleep(seconds_asked)
                    continue
            self.sleep(self.limits.back_off * 2**attempt)
        raise AssertionError("unreachable")

    def _allow(self, url: str, asked: str) -> None:
        """Refuse an address to which `asked` led; wherever a host keeps its rules may be looked at."""
        parts = urlsplit(url)
        if parts.netloc not in self.hosts:
            raise FetchError(
                Code.FETCH_ADDRESS(
                    "the catalog does not list the host {host}, only {hosts}; the program requested nothing",
                    "add the host to `hosts` in the catalog",
                    Place(url),
                    host=parts.netloc,
                    hosts=self.hosts,
                )
            )
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise FetchError(
                Code.FETCH_ADDRESS(
                    "the address does not begin with https; the program requested nothing",
                    "write the address with https",
                    Place(url),
                )
            )
        rules = urlsplit(asked).path == "/robots.txt"
        if not rules and not self._robots(parts).can_fetch(url, _AGENT):
            raise FetchError(
                Code.FETCH_REFUSED(
                    "robots.txt of {host} forbids programs; the program requested nothing",
                    "get the values yourself, and put the file into landing/",
                    Place(url),
                    host=parts.netloc,
                )
            )

    def _robots(self, parts: SplitResult) -> Protego:
        """Return the rules of a host, asked for once; a host that has none allows everything."""
        if parts.netloc not in self._rules:
            url = urlunsplit((parts.scheme, parts.netloc, "/robots.txt", "", ""))
            try:
                answer = self.ask("GET", url)
            except FetchError as error:
                if error.exchange is None or error.exchange.status not in _REDIRECTS:
                    raise
                answer = error.exchange
            if answer.status >= 500:
                raise FetchError(
                    Code.FETCH_NO_ANSWER(
                        "the server gives HTTP status {status}",
                        "run the fetch again later",
                        Place(url),
                        status=answer.status,
                    ),
                    exchange=answer,
                )
            content = answer.content[:_LARGEST_ROBOTS] if answer.status == 200 else b""
            self._rules[parts.netloc] = Protego.parse(content.decode("utf-8", "replace"))
        return self._rules[parts.netloc]

    def _follow(self, method: str, url: str, content: dict[str, Any]) -> Exchange:
        at, sending = url, dict(content)
        for _ in range(self.limits.redirects + 1):
            answer = self._once(method, at, sending)
            target = answer.headers.get("Location")
            if answer.status not in _REDIRECTS or not target:
                return answer
            target = secure(urljoin(answer.url, target))  # requests has refused what is no address
            elsewhere = urlsplit(target).netloc != urlsplit(at).netloc
            if elsewhere:
                raise FetchError(
                    Code.FETCH_ADDRESS(
                        "the address redirects to another host, {target}; the program did not follow",
                        "correct the address in the catalog",
                        Place(at),
                        target=shown(target),
                    ),
                    exchange=answer,
                )
            if method != "GET" and answer.status not in _KEEPING_METHOD:
                raise FetchError(
                    Code.FETCH_ADDRESS(
                        "the server redirects the query (HTTP POST, status {status}) to another "
                        "address; the program does not follow",
                        "correct the address in the catalog",
                        Place(at),
                        status=answer.status,
                    ),
                    exchange=answer,
                )
            self._allow(target, url)
            at = target
            sending.pop("params", None)
        raise FetchError(
            Code.FETCH_ADDRESS(
                "the address redirects more than {limit} times",
                "correct the address in the catalog",
                Place(url),
                limit=self.limits.redirects,
            ),
            exchange=answer,
        )

    def _once(self, method: str, url: str, content: dict[str, Any]) -> Exchange:
        parts = urlsplit(url)
        self._wait(parts.netloc)
        proxies = requests.utils.get_environ_proxies(url)
        if not proxies.get(parts.scheme):
            _look_up(parts.hostname or "", self.limits.lookup)
        session, started = self._session, self.clock()
        if parts.netloc in self.referers:
            headers = {"Referer": self.referers[parts.netloc]}
            content = content | {"headers": headers | content.get("headers", {})}

        def talk() -> Exchange:
            with session.request(
                method,
                url,
                timeout=(self.limits.connect, self.limits.read),
                allow_redirects=False,
                stream=True,
                proxies=proxies,
                **content,
            ) as response:
                return self._read(response, started)

        try:
            answer: Exchange
            done, answer = _within(self.limits.whole + 0.5, talk)
            if not done:
                # a server that sends a header line a minute never times out by itself
                self._open()
                raise FetchError(sentences.SLOW_ANSWER(Place(url), seconds=self.limits.whole))
            return answer
        except (requests.ConnectionError, requests.Timeout) as error:
            raise _Dropped(url, error) from error
        except IngestionError:
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            reason = " ".join(str(error).split())[:200]
            raise FetchError(
                Code.FETCH_ANSWER(
                    "the program cannot interpret the response ({reason})",
                    "run the fetch again later",
                    Place(url),
                    reason=reason,
                )
            ) from error

    def _wait(self, host: str) -> None:
        delay = self._rules[host].crawl_delay(_AGENT) if host in self._rules else None
        due = self._last.get(host, -1e9) + max(
            self.limits.pause, min(delay or 0.0, self.limits.patience)
        )
        now = self.clock()
        if now < due:
            self.sleep(due - now)
        self._last[host] = self.clock()

    def _read(self, response: requests.Response, started: float) -> Exchange:
        """Read the answer block by block, so that neither size nor slowness is unbounded."""
        size = 0
        blocks: list[bytes] = []
        request = response.request
        body = request.body.decode("utf-8") if isinstance(request.body, bytes) else request.body

        def exchange() -> Exchange:
            return Exchange(
                url=str(request.url),
                method=str(request.method),
                body=body,
                status=response.status_code,
                headers={
                    name: response.headers[name]
                    for name in KEPT_HEADERS
                    if name in response.headers
                },
                content=b"".join(blocks),
                retrieved_at=datetime.now(UTC).isoformat(timespec="seconds"),
            )

        _check_length(response, exchange)
        place = Place(str(request.url))
        try:
            # what has arrived, at once: a slow answer is noticed, a cut one is kept so far
            while block := response.raw.read1(_BLOCK, decode_content=True):
                size += len(block)
                if size > self.limits.largest:
                    raise FetchError(
                        Code.FETCH_ANSWER(
                            "the unpacked response is larger than {limit} bytes",
                            "get the values yourself, and put the file into landing/",
                            place,
                            limit=self.limits.largest,
                        ),
                        exchange=exchange(),
                    )
                if self.clock() - started > self.limits.whole:
                    raise FetchError(
                        sentences.SLOW_ANSWER(place, seconds=self.limits.whole), exchange=exchange()
                    )
                blocks.append(block)
        except urllib3.exceptions.DecodeError as error:
            raise FetchError(
                Code.FETCH_NO_ANSWER(
                    "the response cannot be unpacked ({reason})",
                    "run the fetch again later",
                    Place(str(request.url)),
                    reason=str(error),
                ),
                exchange=exchange(),
            ) from error
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise _Dropped(str(request.url), error, exchange()) from error
        return exchange()


def _check_length(response: requests.Response, exchange: Callable[[], Exchange]) -> None:
    """Refuse an answer whose Content-Length is no count of bytes: a whole answer and a cut one would look alike.

    Raises
    ------
    FetchError
        With what was sent.
    """
    for part in response.headers.get("Content-Length", "0").split(","):
        if not (part.strip().isascii() and part.strip().isdigit()):
            place = Place(str(response.request.url))
            raise FetchError(
                Code.FETCH_NO_ANSWER(
                    "Content-Length {length} is not a number of bytes",
                    "run the fetch again later",
                    place,
                    length=shown(part),
                ),
                exchange=exchange(),
            )


class _Dropped(Exception):
    """A connection that failed; `final` where trying again at once cannot help."""

    def __init__(self, url: str, cause: Exception, exchange: Exchange | None = None) -> None:
        self.url, self.cause, self.exchange = url, cause, exchange
        super().__init__(str(cause))

    @property
    def final(self) -> bool:
        """Name not found, no route, no answer to the first packet, or a proxy that refuses."""
        reason: BaseException | None = self.cause
        while reason is not None:
            if isinstance(reason, socket.gaierror | requests.exceptions.ProxyError):
                return True
            if isinstance(reason, requests.ConnectTimeout | requests.exceptions.SSLError):
                return True
            if getattr(reason, "errno", None) in {errno.ENETUNREACH, errno.EHOSTUNREACH}:
                return True
            inner = reason.args[0] if reason.args else None
            inner = getattr(inner, "reason", inner)
            reason = reason.__cause__ or (inner if isinstance(inner, Exception) else None)
        return False

    def public(self) -> IngestionError:
        """Return the error that the caller sees: cut off after an answer began, or unreachable."""
        cause = " ".join(str(self.cause).split())[:200]
        if self.exchange is not None:
            return FetchError(
                Code.FETCH_NO_ANSWER(
                    "the response ended early, after {bytes} bytes ({reason})",
                    "run the fetch again later",
                    Place(self.url),
                    bytes=len(self.exchange.content),
                    reason=cause,
                ),
                exchange=self.exchange,
            )
        return SourceUnreachable(
            Code.FETCH_NO_ANSWER(
                "the server does not respond ({reason})",
                "check the network, or run the fetch again later",
                Place(self.url),
                reason=cause,
            )
        )


class _LegacyTls(HTTPAdapter):
    """TLS from 1.0 on and renegotiation as it was, for servers that speak nothing newer."""

    def _context(self) -> ssl.SSLContext:
        context = create_urllib3_context(
            ciphers="DEFAULT@SECLEVEL=0", ssl_minimum_version=ssl.TLSVersion.TLSv1
        )
        context.options |= getattr(ssl, "OP_LEGACY_SERVER_CONNECT", 0x4)
        return context

    def init_poolmanager(self, *args: Any, **more: Any) -> None:
        super().init_poolmanager(*args, **more, ssl_context=self._context())

    def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
        return super().proxy_manager_for(*args, **more, ssl_context=self._context())


def _wait_asked(answer: Exchange) -> float | None:
    """Return the seconds that a server asks to wait; a wish that cannot be read is none."""
    try:
        return _RETRY.parse_retry_after(answer.headers["Retry-After"])
    except (KeyError, ValueError, OverflowError, urllib3.exceptions.InvalidHeader):
        return None


def _within(seconds: float, work: Callable[[], Any]) -> tuple[bool, Any]:
    """Run `work` in a thread of its own; return whether it ended in time, and what it returned."""
    outcome: list[tuple[bool, Any]] = []

    def run() -> None:
        try:
            outcome.append((True, work()))
        except BaseException as error:
            outcome.append((False, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if not outcome:
        return False, None
    fine, value = outcome[0]
    if not fine:
        raise value
    return True, value


def secure(url: str) -> str:
    """Return `url` with https in place of http, unless it is on this machine."""
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in _LOOPBACK:
        return urlunsplit(parts._replace(scheme="https"))
    return url


def _look_up(host: str, seconds: float) -> None:
    """Fail at once where no name can be resolved, instead of after the resolver's own patience."""
    try:
        done, _ = _within(seconds, lambda: socket.getaddrinfo(host, None))
    except (OSError, UnicodeError) as error:
        raise SourceUnreachable(
            Code.FETCH_NO_ANSWER(
                "the name of the host cannot be resolved ({reason})",
                "check the network, or run the fetch again later",
                Place(host),
                reason=str(error),
            )
        ) from None
    if not done:
        raise SourceUnreachable(
            Code.FETCH_NO_ANSWER(
                "the name of the host was not resolved within {seconds:g} s",
                "check the network, or run the fetch again later",
                Place(host),
                seconds=seconds,
            )
        )
