"""One HTTP client to one engine: it asks again where that is harmless, and says in a sentence what went wrong.

A write that nobody answered may have been done. One with an Idempotency-Key is sent once more with the same key;
any other is told of as in doubt. The token stands in a header of the client, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import httpx

from engine.errors import Unavailable
from engine.remote.asking import encoded
from engine.remote.refusals import error, stranger

CONNECT = 5.0
PATIENCE = 30.0
"""Seconds that an engine may take for an answer, where the call itself doesn't say more."""
IDLE = 15.0
"""Seconds that an idle connection is kept; the engine itself keeps it longer, so none ends under a call."""
CONNECTIONS = 16
_JSON = {"Content-Type": "application/json"}
_DOUBT = ", and nobody can say whether it was done: look before you do it again"
Parameters = Sequence[tuple[str, str]]
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Client:
    """Calls one engine; ``transport`` is for an engine in this process."""

    def __init__(self, address: str, token: str | None = None, transport: httpx.AsyncBaseTransport | None = None):
        self.address = address
        self._known = token is not None
        self._http = httpx.AsyncClient(
            base_url=address,
            headers={"Authorization": f"Bearer {token}"} if token is not None else {},
            timeout=httpx.Timeout(PATIENCE, connect=CONNECT),
            limits=httpx.Limits(max_connections=CONNECTIONS, keepalive_expiry=IDLE),
            trust_env=False,
            follow_redirects=False,
            transport=transport,
        )

    async def get(
        self, path: str, parameters: Parameters = (), also: Sequence[int] = (), patience: float = PATIENCE
    ) -> Any:
        """Ask for something, twice if need be; an answer with a status of ``also`` is as good as one with 200."""
        timeout = httpx.Timeout(patience, connect=CONNECT)
        return await self._call("GET", path, again=True, also=also, params=list(parameters), timeout=timeout)

    async def post(
        self,
        path: str,
        body: Mapping[str, object] | bytes,
        *,
        key: str | None = None,
        again: bool = False,
        patience: float = 0,
    ) -> Any:
        """Do something; with a key it is sent again under the same key when no answer came."""
        headers = _JSON if key is None else _JSON | {"Idempotency-Key": key}
        timeout = httpx.Timeout(max(PATIENCE, patience), connect=CONNECT)
        again = again or key is not None
        content = body if isinstance(body, bytes) else encoded(body)
        return await self._call("POST", path, again=again, content=content, headers=headers, timeout=timeout)

    async def close(self) -> None:
        """Let go of the connections; the engine goes on."""
        await self._http.aclose()

    async def _call(self, method: str, path: str, *, again: bool, also: Sequence[int] = (), **given: Any) -> Any:
        try:
            answer = await self._http.request(method, path, **given)
        except _NEVER_SENT as away:
            raise Unavailable(self._away(away)) from None
        except httpx.TransportError as lost:
            slow = isinstance(lost, httpx.TimeoutException)
            if not again or (slow and method == "GET"):
                raise Unavailable(self._lost(lost, doubtful=method == "POST")) from None
            return await self._again(method, path, also=also, **given)
        return self._body(answer, also)

    async def _again(self, method: str, path: str, **given: Any) -> Any:
        try:
            return await self._call(method, path, again=False, **given)
        except Unavailable as away:
            if method != "POST" or _DOUBT in str(away):
                raise
            raise Unavailable(f"{away} (what was sent before that may have been done: look first)") from None

    def _body(self, answer: httpx.Response, also: Sequence[int]) -> Any:
        try:
            body = answer.json()
        except ValueError:
            body = None
        wanted = answer.is_success or (answer.status_code in also and not _refuses(body))
        if not wanted:
            raise error(answer.status_code, answer.headers, body, self.address, self._known)
        if not isinstance(body, Mapping):
            raise stranger(self.address, f"status {answer.status_code}")
        return body

    def _away(self, away: httpx.TransportError) -> str:
        return (
            f"The engine at {self.address} can't be reached ({_reason(away)}): start it there with batchdeck engine, "
            "or check the address"
        )

    def _lost(self, lost: httpx.TransportError, *, doubtful: bool) -> str:
        said = "it took too long" if isinstance(lost, httpx.TimeoutException) else "the connection broke"
        doubt = _DOUBT if doubtful else ": try again"
        return f"The engine at {self.address} gave no answer ({said}){doubt}"


def _refuses(body: object) -> bool:
    """Tell a refusal from an answer whose status says that something isn't well."""
    return isinstance(body, Mapping) and "code" in body


def _reason(away: httpx.TransportError) -> str:
    if isinstance(away, httpx.TimeoutException):
        return f"no connection within {CONNECT:g} s"
    return str(away) or type(away).__name__
