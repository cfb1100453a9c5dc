"""What stands before every call: who may come in, from where, with what kind of a body, and how much of it.

A web page must not reach an engine without tokens, so Host, Origin and content type are looked at first.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from dataclasses import dataclass
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.responses import Response

from engine.ids import new_id
from engine.setting_rules import is_loopback
from engine.web.answers import refusal
from engine.web.taking import STALL, Receive, Scope, drain, ending, take_body
from engine.web.tokens import Caller, Tokens

WHO = "batchdeck.who"
"""Where the guards leave the name of the caller's token, in the scope of its request."""
READS = "batchdeck.reads"
"""Where they leave whether that token may only read."""
ID = "batchdeck.request_id"
OPEN = frozenset({"/openapi.json", "/docs"})
_WILD = ("0.0.0.0", "::")  # noqa: S104  # only compared with
_ID_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
STOPPING = "The engine is stopping: nothing of this was done, ask again once it runs"
CUT = "The engine stops, and this wasn't answered in time: look whether it was done, or ask again with the same key"
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Entry:
    """Under which names the engine may be called, which address it listens on, and whose tokens open it.

    ``stall`` is how many seconds a body may stand still.
    """

    host: str
    tokens: Tokens | None = None
    names: Collection[str] = ()
    stall: float = STALL


class Guards:
    """Wraps the app: refuses what may not come in, gives every answer its request's id, and writes the log line."""

    def __init__(self, app: App, entry: Entry) -> None:
        self._app = app
        self._entry = entry
        self._stopping = False

    def stop(self) -> None:
        """Answer what comes from now on with 503; what is under way goes on."""
        self._stopping = True

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, headers, told = time.monotonic(), Headers(scope=scope), _Told(send)
        scope[ID] = told.request_id = _request_id(headers)
        try:
            await self._serve(scope, headers, receive, told.send)
        except asyncio.CancelledError:
            if told.status:
                raise
            await ending(refusal(503, "unavailable", CUT))(scope, receive, told.send)
        finally:
            _log(scope, told, time.monotonic() - began)

    async def _serve(self, scope: Scope, headers: Headers, receive: Receive, send: Send) -> None:
        no = self._refusal(scope, headers)
        if no is None and self._stopping:
            no = ending(refusal(503, "unavailable", STOPPING))
        if no is None and scope["method"] == "POST":
            no = await take_body(scope, headers, receive, self._entry.stall)
        elif no is not None:
            no = await drain(no, receive, self._entry.stall)
        await (no or self._app)(scope, receive, send)

    def _refusal(self, scope: Scope, headers: Headers) -> Response | None:
        """Return why this request may not come in; None when it may."""
        if not self._known_host(scope, headers.getlist("host")):
            return refusal(403, "forbidden", "This Host isn't the engine's: call it by its address")
        if not all(_own_origin(origin, headers["host"]) for origin in headers.getlist("origin")):
            return refusal(403, "forbidden", "A web page of another origin may not call this engine")
        caller = None
        if self._entry.tokens is not None and scope["path"] not in OPEN:
            caller = _caller(self._entry.tokens, headers)
            if caller is None:
                said = "Send Authorization: Bearer TOKEN with a token of this engine"
                return refusal(401, "unauthorized", said, {"WWW-Authenticate": "Bearer"})
            scope[WHO], scope[READS] = caller.name, caller.read_only
        if scope["method"] != "POST":
            return None
        if caller is not None and caller.read_only:
            return refusal(403, "forbidden", f"The token {caller.name} may only read")
        if not _is_json(headers.getlist("content-type")):
            return refusal(415, "unsupported-media-type", "Send Content-Type: application/json")
        return None

    def _known_host(self, scope: Scope, given: list[str]) -> bool:
        name = _host_name(given[0]) if len(given) == 1 else None
        if name is None:
            return False
        known = {self._entry.host.lower(), *self._entry.names}
        if self._entry.host in _WILD and scope.get("server"):
            known.add(scope["server"][0].removeprefix("::ffff:"))
        return is_loopback(name) or name in known


class _Told:
    """Sends an answer with the headers that each one has, and remembers its status."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self.request_id = ""
        self.status = 0

    async def send(self, message: MutableMapping[str, Any]) -> None:
        """Send one part of the answer."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            more = {b"x-request-id": self.request_id.encode(), b"x-content-type-options": b"nosniff"}
            message["headers"] = [*message.get("headers", ()), *more.items(), (b"cache-control", b"no-store")]
        await self._send(message)


def _log(scope: Scope, told: _Told, seconds: float) -> None:
    """Write the line of a request, without its query; one that only read is of little interest."""
    write = log.debug if scope["method"] == "GET" and told.status < 400 else log.info
    write(
        "request",
        method=scope["method"],
        path=scope["path"][:200],
        status=told.status,
        ms=round(seconds * 1000, 1),
        who=scope.get(WHO) or "",
        request=told.request_id,
    )


def _request_id(headers: Headers) -> str:
    """Return the caller's own id if no log line could be forged with it, else a new one."""
    given = headers.get("x-request-id", "")
    return given if 1 <= len(given) <= 64 and set(given) <= _ID_LETTERS else new_id()


def _host_name(host: str) -> str | None:
    """Return the name in a Host header, without the port; None when there is none."""
    if host.startswith("["):
        inside, bracket, port = host[1:].partition("]")
        return inside.lower() if bracket and (not port or _is_port(port)) else None
    name, colon, port = host.partition(":")
    return name.lower() if name and (not colon or _is_port(f":{port}")) else None


def _is_port(text: str) -> bool:
    return text[:1] == ":" and len(text) < 7 and (text == ":" or (text[1:].isascii() and text[1:].isdecimal()))


def _own_origin(origin: str, host: str) -> bool:
    return origin.lower() in (f"http://{host.lower()}", f"https://{host.lower()}")


def _caller(tokens: Tokens, headers: Headers) -> Caller | None:
    given = headers.getlist("authorization")
    scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
    return tokens.caller(token.strip()) if scheme.lower() == "bearer" else None


def _is_json(given: list[str]) -> bool:
    kind, *parameters = given[0].lower().split(";") if len(given) == 1 else [""]
    charsets = [part.strip() for part in parameters if part.strip()]
    return kind.strip() == "application/json" and all(part.replace('"', "") == "charset=utf-8" for part in charsets)
