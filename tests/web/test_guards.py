"""A web page can't reach an engine without tokens, and nobody can drown it: who may come in is looked at first."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

import httpx
import pytest

from tests.web.support import CREATOR, JSON, PRICE, Api, check

BODY = {"creator": CREATOR, "contentIds": ["1"], "newPrice": 5}


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST:99", 200),
        ("127.0.0.1", 200),
        ("127.9.9.9:1", 200),
        ("[::1]:80", 200),
        ("evil.example", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example", 403),
        ("192.168.1.5:8420", 403),
        ("0.0.0.0", 403),
        ("", 403),
        (":80", 403),
        ("[::1", 403),
        ("localhost:x", 403),
        ("user@localhost", 403),
    ],
)
def test_only_its_own_names_reach_it(api: Api, host: str, status: int) -> None:
    """A name that an attacker points at this machine is not the engine's."""
    answer = httpx.get(f"{api.url}/api/engine", headers={"Host": host})
    assert answer.status_code == status
    if status == 403:
        assert answer.json()["code"] == "forbidden"
        assert answer.headers["x-request-id"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:3000", "http://127.0.0.1", ""])
def test_a_foreign_origin_is_refused(api: Api, origin: str) -> None:
    """Also to read, and also from another port of this machine."""
    for method, path in (("GET", "/api/engine"), ("POST", PRICE), ("GET", "/openapi.json")):
        answer = api.client.request(method, path, headers={**JSON, "Origin": origin})
        assert answer.status_code == 403


def test_its_own_page_may_call_it(api: Api) -> None:
    """An Origin that is the Host itself is no stranger."""
    assert api.client.get("/api/engine", headers={"Origin": api.url}).status_code == 200
    with_both = [("Origin", api.url), ("Origin", "https://evil.example")]
    assert api.client.get("/api/engine", headers=with_both).status_code == 403


@pytest.mark.parametrize(
    "kind",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonp",
        "text/json",
        "application/json; charset=latin-1",
        "application/json, text/plain",
        "application/json text/plain",
    ],
)
def test_a_post_is_json_or_nothing(api: Api, kind: str | None) -> None:
    """What a form of a web page could send is refused, also where no body is needed."""
    headers = {} if kind is None else {"Content-Type": kind}
    for path in (PRICE, "/api/engine/resume", "/api/batches/x/pause"):
        answer = api.client.post(path, content=b"{}", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (415, "unsupported-media-type")
        check(api.page(), answer)


@pytest.mark.parametrize("kind", ["application/json", "Application/JSON", "application/json;charset=UTF-8"])
def test_json_by_any_spelling(api: Api, kind: str) -> None:
    """Case and charset of the content type mean nothing."""
    assert api.client.post("/api/batches/x/pause", content=b"{}", headers={"Content-Type": kind}).status_code == 404


def test_a_body_has_an_end(api: Api) -> None:
    """Over 8 MB it is refused, whether its length is told or not; under it is read."""
    large = b'{"creator": "' + b"x" * 8_000_000 + b'"}'
    for content in (large, iter([large[:5_000_000], large[5_000_000:]])):
        answer = api.client.post(PRICE, content=content, headers=JSON)
        assert (answer.status_code, answer.json()["code"]) == (413, "too-large")
    check(api.page(), answer)
    assert api.client.post(PRICE, content=large[:7_900_000], headers=JSON).status_code == 400


@pytest.mark.parametrize(
    "sent",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03",
        b"GET /\xff HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
    ],
)
def test_what_isnt_http_is_told_so(api: Api, sent: bytes) -> None:
    """Bytes that are no request get 400 as JSON, and the engine lives on."""
    place = urlsplit(api.url)
    with contextlib.closing(socket.create_connection((place.hostname, place.port), timeout=20)) as line:
        line.sendall(sent + b"\r\n\r\n")
        head, _, body = b"".join(iter(lambda: line.recv(65536), b"")).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert b'"errors"' in body
    assert api.get("/api/engine")


def test_a_refusal_can_be_read_while_sending(api: Api) -> None:
    """A client that still sends its large body reads why it was refused."""
    answer = httpx.post(f"{api.url}{PRICE}", content=b"x" * 20_000_000, headers={"Content-Type": "text/plain"})
    assert answer.status_code == 415
