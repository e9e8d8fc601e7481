"""The polite client against real HTTP on loopback: pauses, retries, limits, redirects."""

from __future__ import annotations

import gzip
import itertools
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
import yaml

from living_panel.codes import Code
from living_panel.ingestion.errors import SourceUnreachable
from living_panel.ingestion.fetching import http
from living_panel.ingestion.fetching.fetch_box import FetchBox
from living_panel.ingestion.fetching.http import Client, FetchError, Limits, secure
from living_panel.ingestion.provenance import catalog
from tests.fixtures.sources import standin
from tests.fixtures.sources.settings import quick
from tests.fixtures.sources.standin import Pages, Reply, as_json, html, serve
from tests.refusals import refuses


@pytest.fixture
def site():
    return Pages(pages={"/ok": as_json({"a": 1})})


@pytest.fixture
def host(site):
    with serve(site) as found:
        yield found


def test_an_answer_comes_with_what_a_receipt_needs(site, host) -> None:
    site.pages["/ok"].headers = {"ETag": "x1", "Set-Cookie": "secret=1"}
    answer = quick(host).get(f"http://{host}/ok", {"q": "北京"})
    assert (answer.status, answer.method, answer.content) == (200, "GET", b'{"a": 1}')
    assert answer.url == f"http://{host}/ok?q=%E5%8C%97%E4%BA%AC"
    assert answer.headers["ETag"] == "x1" and answer.media_type == "application/json"
    assert not any("cookie" in name.lower() for name in answer.headers)
    (request,) = site.seen
    assert "tests@example.org" in request.headers["User-Agent"]


@pytest.mark.parametrize(("hours", "requests"), [(1, 1), (25, 2)])
def test_a_stopped_fetch_uses_the_answers_of_one_day(
    site, host, tmp_path, hours: int, requests: int
) -> None:
    def ask() -> bytes:
        box = FetchBox(
            tmp_path, catalog.source("postal_express"), 2024, date.today(), quick(host), print
        )
        return box.get("ok.json", f"http://{host}/ok", ["application/json"])

    first = ask()
    (note,) = tmp_path.glob("landing/**/ok.json.receipt.yml")
    answered = yaml.safe_load(note.read_text(encoding="utf-8"))
    then = datetime.now(UTC) - timedelta(hours=hours)
    note.write_text(yaml.safe_dump(answered | {"retrieved_at": then.isoformat()}), encoding="utf-8")
    assert ask() == first
    assert len(site.seen) == requests


def test_a_posted_body_is_kept(site, host) -> None:
    answer = quick(host).post_json(f"http://{host}/ok", {"dts": ["2024YY-2025YY"]})
    assert answer.method == "POST" and "2024YY-2025YY" in str(answer.body)
    assert site.seen[0].body == str(answer.body).encode()


def test_requests_to_one_host_are_a_second_apart() -> None:
    times = [100.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        times[0] += seconds

    site = Pages(pages={"/ok": as_json({})})
    with serve(site) as host:
        client = Client([host], "tests@example.org", sleep=sleep, clock=lambda: times[0])
        client.get(f"http://{host}/ok")
        slept.clear()
        times[0] += 0.25
        for _ in range(3):
            client.get(f"http://{host}/ok")
            times[0] += 0.25
    assert Limits().pause >= 1.0
    assert slept == [0.75] * 3


@pytest.mark.parametrize("times", [1, 2])
def test_dropped_connections_and_5xx_are_tried_again_at_most_twice(site, host, times) -> None:
    site.fail("ok", standin.dropped, times)
    assert quick(host).get(f"http://{host}/ok").status == 200
    site.fail("ok", standin.instead(Reply(b"", status=503)), times)
    assert quick(host).get(f"http://{host}/ok").status == 200
    assert len(site.seen) == 2 * (times + 1)


def test_retries_wait_longer_each_time_and_then_the_failure_is_told(site, host) -> None:
    slept: list[float] = []
    client = quick(host, back_off=2.0)
    client.sleep = slept.append
    site.fail("ok", standin.instead(Reply(b"", status=500)), 3)
    assert client.get(f"http://{host}/ok").status == 500 and slept == [2.0, 4.0]
    site.fail("ok", standin.dropped)
    with refuses(SourceUnreachable, Code.FETCH_NO_ANSWER):
        client.get(f"http://{host}/ok")
    assert len(site.seen) == 6


@pytest.mark.parametrize("status", [400, 401, 403, 404, 412, 429])
def test_a_refusal_is_never_tried_again(site, host, status) -> None:
    site.fail("ok", standin.instead(Reply(b"reason:UrlACL", status=status, media_type="text/html")))
    answer = quick(host).get(f"http://{host}/ok")
    with pytest.raises(FetchError, match=str(status)) as caught:
        answer.require("application/json")
    assert "UrlACL" in str(caught.value) and caught.value.exchange is answer
    assert len(site.seen) == 1


def test_a_page_where_json_belongs_is_refused_by_its_content_type(site, host) -> None:
    site.fail("ok", standin.instead(standin.html()))
    with refuses(FetchError, Code.FETCH_ANSWER, found="text/html", expected="application/json"):
        quick(host).get(f"http://{host}/ok").require("application/json")


def test_a_challenge_by_cookie_on_the_same_host_is_answered_once(site, host) -> None:
    site.fail("ok", standin.challenge)
    assert quick(host).post_json(f"http://{host}/ok", {"x": 1}).content == b'{"a": 1}'
    assert [request.method for request in site.seen] == ["POST", "POST"]
    assert site.seen[0].body == site.seen[1].body


def test_an_endless_challenge_ends(site, host) -> None:
    site.fail("ok", standin.elsewhere("/ok", 307))
    with refuses(FetchError, Code.FETCH_ADDRESS, limit=3):
        quick(host).get(f"http://{host}/ok")
    assert len(site.seen) == 4


@pytest.mark.parametrize(
    "target", ["https://example.org/ok", "//example.org/ok", "http://127.0.0.1:1/ok"]
)
def test_a_redirect_to_another_host_or_port_is_not_followed(site, host, target) -> None:
    site.fail("ok", standin.elsewhere(target))
    with pytest.raises(FetchError, match=f"another host.*{target.split('/')[2]}") as caught:
        quick(host).get(f"http://{host}/ok")
    assert caught.value.exchange is not None


@pytest.mark.parametrize(
    ("url", "asked"),
    [
        ("http://www.stats.gov.cn/a?b", "https://www.stats.gov.cn/a?b"),
        ("https://www.stats.gov.cn/a", "https://www.stats.gov.cn/a"),
        ("ftp://www.stats.gov.cn/a", "ftp://www.stats.gov.cn/a"),
        ("http://127.0.0.1:80/a", "http://127.0.0.1:80/a"),
    ],
)
def test_another_machine_is_asked_over_tls(url: str, asked: str) -> None:
    assert secure(url) == asked


@pytest.mark.parametrize(
    "url", ["https://example.org/x", "http://data.stats.gov.cn/x", "file:///etc/passwd"]
)
def test_hosts_that_are_not_listed_are_not_asked(host, url) -> None:
    with pytest.raises(FetchError, match="requested nothing"):
        Client([host, "data.stats.gov.cn"], "tests@example.org").get(url)


def test_an_answer_cut_off_is_told_with_what_came(site, host) -> None:
    site.fail("ok", standin.cut)
    with refuses(FetchError, Code.FETCH_NO_ANSWER, bytes=8) as caught:
        quick(host).get(f"http://{host}/ok")
    assert caught.value.exchange.content == b'{"a": 1}'
    assert len(site.seen) == 3


@pytest.mark.long
def test_a_gzip_bomb_stops_at_the_cap(site, host) -> None:
    site.fail("ok", standin.bomb(200_000_000))
    started = time.monotonic()
    with refuses(FetchError, Code.FETCH_ANSWER, limit=1000000) as caught:
        quick(host, largest=1_000_000).get(f"http://{host}/ok")
    assert len(caught.value.exchange.content) <= 1_000_000
    assert time.monotonic() - started < 60


def test_an_answer_that_drips_is_given_up(site, host) -> None:
    site.pages["/ok"] = as_json({"a": "x" * 400})
    site.fail("ok", standin.slow(0.02))
    with refuses(FetchError, Code.FETCH_NO_ANSWER):
        quick(host, whole=0.3).get(f"http://{host}/ok")


@pytest.mark.parametrize(("whole", "finished"), [(1.0, True), (0.9, False)])
def test_an_answer_may_take_all_of_its_time_and_no_more(site, host, whole, finished) -> None:
    # A clock that advances by a second each time it is looked at: the answer takes one second.
    client = quick(host, whole=whole)
    client.clock = itertools.count().__next__
    if finished:
        assert client.get(f"http://{host}/ok").content == b'{"a": 1}'
    else:
        with refuses(FetchError, Code.FETCH_NO_ANSWER):
            client.get(f"http://{host}/ok")


def test_a_server_that_does_not_answer_in_time_is_unreachable(site, host) -> None:
    over = threading.Event()

    def silent(_request, reply):
        over.wait(60)
        return reply

    site.fail("ok", silent)
    try:
        with pytest.raises(SourceUnreachable):
            quick(host, read=0.2, retries=0).get(f"http://{host}/ok")
    finally:
        over.set()


def test_a_packed_answer_is_unpacked_and_what_only_claims_to_be_is_refused(site, host) -> None:
    content, packed = b"x" * 300_000, {"Content-Encoding": "gzip"}
    site.fail("ok", standin.instead(Reply(gzip.compress(content), headers=packed)), 1)
    assert quick(host).get(f"http://{host}/ok").content == content
    site.fail("ok", standin.instead(Reply(b"not gzip", headers=packed)))
    with refuses(FetchError, Code.FETCH_NO_ANSWER):
        quick(host).get(f"http://{host}/ok")


@pytest.mark.parametrize(
    ("nowhere", "said"),
    [
        ("no.such.host.invalid", r"no\.such\.host"),
        ("127.255.255.255", "does not respond"),  # a broadcast address: TCP has no route to it
    ],
)
def test_without_a_network_it_fails_at_once_and_is_not_retried(monkeypatch, nowhere, said) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    slept: list[float] = []
    client = Client([nowhere], "tests@example.org", sleep=slept.append)
    started = time.monotonic()
    with pytest.raises(SourceUnreachable, match=said):
        client.get(f"https://{nowhere}/x")
    assert slept == [] and time.monotonic() - started < 60


@contextmanager
def raw(sent: Iterable[bytes], every: float = 0.0) -> Iterator[str]:
    """A server that sends these bytes, whatever they are, to whoever connects."""
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def answer() -> None:
            while not stop.is_set():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    if b"/robots.txt" in connection.recv(65536):
                        # without `close` the client may ask on this connection while it is being closed
                        head = b"HTTP/1.1 404 None\r\nConnection: close\r\n"
                        connection.sendall(head + b"Content-Length: 0\r\n\r\n")
                        continue
                    for part in sent:
                        if stop.is_set():
                            return
                        try:
                            connection.sendall(part)
                        except OSError:
                            break
                        stop.wait(every)

        threading.Thread(target=answer, daemon=True).start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            stop.set()


OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "sent",
    [
        [bytes([byte]) for byte in OK + b"X: " + b"y" * 5_000],
        [b"HTTP/1.1 100 Continue\r\n\r\n"] * 5_000,
        [OK + b"Transfer-Encoding: chunked\r\n\r\n", *[b"0"] * 5_000],
    ],
    ids=["header by header", "endless 100", "endless chunk header"],
)
def test_the_limit_holds_from_the_first_packet_to_the_last_byte(sent: list[bytes]) -> None:
    started = time.monotonic()
    with raw(sent, every=0.02) as host, pytest.raises((FetchError, SourceUnreachable)) as caught:
        quick(host, whole=0.5, retries=0).get(f"http://{host}/x")
    assert time.monotonic() - started < 30  # all of it takes 100 seconds
    assert host in str(caught.value)


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 302 Found\r\nLocation: http://[::bad/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: http://\xff\xfe/\r\nContent-Length: 0\r\n\r\n",
        OK + b"Content-Length: " + b"9" * 5_000 + b"\r\n\r\n",
        OK + b"Content-Type: text/html\r\nContent-Length: -5\r\n\r\nwhole?",
        OK + b"Content-Type: \xff\xfe\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 999999999999999999999 \xff\r\n\r\n",
        b"\xff\xfe\x00",
    ],
)
def test_an_answer_that_is_no_http_is_an_error_in_words(sent: bytes) -> None:
    with raw([sent]) as host, pytest.raises((FetchError, SourceUnreachable)) as caught:
        quick(host, whole=30.0, retries=0).get(f"http://{host}/x").require("text/html")
    assert host in str(caught.value)


@pytest.mark.parametrize(
    ("wish", "waits"), [("7", [7.0]), ("9999", []), ("soon", []), ("9" * 5_000, []), ("", [])]
)
def test_a_server_that_is_too_busy_is_asked_again_when_it_says(site, host, wish, waits) -> None:
    busy = Reply(b"busy", status=429, headers={"Retry-After": wish})
    site.fail("ok", standin.instead(busy), times=1)
    waited: list[float] = []
    client = quick(host)
    client.sleep = waited.append
    assert client.get(f"http://{host}/ok").status == (200 if waits else 429)
    assert waited == waits and len(site.seen) == 1 + len(waits)


# -- robots.txt ------------------------------------------------------------------------------------

RULES = b"User-agent: *\nDisallow: /*secret\nCrawl-delay: 2\n\nUser-agent: other\nDisallow: /\n"


def test_robots_txt_is_asked_once_a_host_and_kept_to(site, host) -> None:
    site.robots, site.pages["/secret"] = Reply(RULES, media_type="text/plain"), as_json({})
    slept: list[float] = []
    client = quick(host)
    client.sleep, client.clock = slept.append, lambda: 0.0
    assert client.get(f"http://{host}/ok").status == 200
    with refuses(FetchError, Code.FETCH_REFUSED):
        client.get(f"http://{host}/a/secret/list")
    site.fail("ok", standin.elsewhere("/secret"))
    with refuses(FetchError, Code.FETCH_REFUSED):
        client.get(f"http://{host}/ok")
    assert site.robots_asked == 1 and [r.path for r in site.seen] == ["/ok", "/ok"]
    assert slept == [2.0, 2.0]


@pytest.mark.long
def test_rules_that_are_kept_elsewhere_on_the_host_are_asked_once_too(site, host) -> None:
    site.robots = Reply(status=302, headers={"Location": "/kept"})
    site.pages["/kept"] = Reply(RULES, media_type="text/plain")
    client = quick(host)
    assert client.get(f"http://{host}/ok").status == 200
    with refuses(FetchError, Code.FETCH_REFUSED):
        client.get(f"http://{host}/secret")
    assert site.robots_asked == 1 and [r.path for r in site.seen] == ["/kept", "/ok"]


@pytest.mark.parametrize(
    "reply",
    [
        Reply(status=403),
        html("<html>Disallow: /</html>"),
        Reply(status=302, headers={"Location": "https://example.org/"}),
    ],
)
def test_a_host_without_rules_allows_everything(site, host, reply) -> None:
    site.robots = reply
    assert quick(host).get(f"http://{host}/ok").status == 200


@pytest.mark.parametrize(
    ("reply", "said", "asked"),
    [
        (Reply(status=503), "the server gives HTTP status 503", 3),
        (
            Reply(b"Disallow", headers={"Content-Encoding": "gzip"}),
            "the response cannot be unpacked",
            1,
        ),
    ],
)
def test_rules_that_a_server_cannot_tell_are_not_guessed(site, host, reply, said, asked) -> None:
    site.robots = reply
    with pytest.raises(FetchError, match=rf"robots\.txt: {said}"):
        quick(host).get(f"http://{host}/ok")
    assert not site.seen and site.robots_asked == asked


# -- what a host wants -----------------------------------------------------------------------------


def test_the_referer_goes_to_the_host_that_wants_one(site, host) -> None:
    other = Pages(pages={"/ok": as_json({})})
    with serve(other) as plain:
        page = "https://data.stats.gov.cn/dg/website/page.html"
        limits = Limits(pause=0.0)
        client = Client([host, plain], "tests@example.org", limits, referers={host: page})
        client.get(f"http://{host}/ok")
        client.post_json(f"http://{host}/ok", {})
        client.get(f"http://{plain}/ok")
    assert [request.headers["Referer"] for request in site.seen] == [page, page]
    assert "Referer" not in other.seen[0].headers


@pytest.mark.parametrize(
    "header", [{"ETag": '"v1"'}, {"Last-Modified": "Tue, 01 Jul 2025 00:00:00 GMT"}]
)
def test_an_answer_is_asked_again_only_if_it_changed(site, host, header) -> None:
    site.pages["/ok"].headers = header
    client = quick(host)
    first = client.get(f"http://{host}/ok", {"page": "1"})
    assert not {"If-None-Match", "If-Modified-Since"} & set(site.seen[0].headers)
    site.fail("ok", standin.unchanged)
    assert client.get(f"http://{host}/ok", {"page": "1"}, earlier=first) is first
    # another address is another thing: nothing is known about it
    assert client.get(f"http://{host}/ok", {"page": "2"}, earlier=first).content == first.content
    assert not {"If-None-Match", "If-Modified-Since"} & set(site.seen[2].headers)
    assert len(site.seen) == 3


def test_a_304_that_nobody_asked_for_is_no_answer(site, host) -> None:
    site.fail("ok", standin.instead(Reply(status=304)))
    answer = quick(host).get(f"http://{host}/ok")
    with refuses(FetchError, Code.FETCH_NO_ANSWER, status=304):
        answer.require("application/json")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A key and a certificate of 127.0.0.1 that has signed itself."""
    folder = tmp_path_factory.mktemp("tls")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    return folder / "cert.pem", folder / "key.pem"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl to make a certificate")
@pytest.mark.parametrize("newest", [ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_3])
def test_old_tls_is_spoken_with_a_listed_host_only(certificate, monkeypatch, newest) -> None:
    site = Pages(pages={"/ok": as_json({"a": 1})})
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.set_ciphers("DEFAULT@SECLEVEL=0")
    context.minimum_version, context.maximum_version = ssl.TLSVersion.TLSv1, newest
    context.load_cert_chain(*certificate)
    slept: list[float] = []

    def client(**more) -> Client:
        return Client([host], "tests@example.org", Limits(pause=0.0), sleep=slept.append, **more)

    with serve(site, context) as host:
        with refuses(SourceUnreachable, Code.FETCH_NO_ANSWER):
            client().get(f"https://{host}/ok")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate[0]))
        listed = client(legacy_tls=[host])
        assert listed.get(f"https://{host}/ok").content == b'{"a": 1}'
        modern = client()
        if newest is ssl.TLSVersion.TLSv1_1:
            with pytest.raises(SourceUnreachable):
                modern.get(f"https://{host}/ok")
        else:
            assert modern.get(f"https://{host}/ok").status == 200
        # an old protocol is no licence to talk to anybody: the certificate is checked all the same
        monkeypatch.delenv("REQUESTS_CA_BUNDLE")
        with refuses(SourceUnreachable, Code.FETCH_NO_ANSWER):
            client(legacy_tls=[host]).get(f"https://{host}/ok")
    assert not slept  # asking again mends neither


def test_a_redirect_to_no_address_and_one_of_a_post_are_not_followed(site, host) -> None:
    site.fail("ok", standin.elsewhere("http://[none/ok"), times=1)
    with refuses(FetchError, Code.FETCH_ANSWER, reason="Invalid IPv6 URL") as caught:
        quick(host).get(f"http://{host}/ok")
    assert caught.value.problems[0].place.file == f"http://{host}/ok"
    site.fail("ok", standin.elsewhere(f"http://{host}/other"), times=1)
    with refuses(FetchError, Code.FETCH_ADDRESS, status=302):
        quick(host).post_json(f"http://{host}/ok", {"a": 1})


def test_a_name_that_is_not_resolved_in_time_is_named(monkeypatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: time.sleep(0.5))
    with refuses(SourceUnreachable, Code.FETCH_NO_ANSWER, seconds=0.01) as caught:
        http._look_up("slow.example.org", 0.01)
    assert caught.value.problems[0].place.file == "slow.example.org"
