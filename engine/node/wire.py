"""The connections to one node: one shared client, bounded in number, in time, and in what an answer may weigh."""

from __future__ import annotations

import asyncio
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import httpx
import structlog

from engine.node.answers import Answer
from engine.node.patience import TOO_MANY, Pace, asked_wait, too_many
from engine.node.wording import clean
from engine.ports import NodeUnreachable

MOST = 32
FOR_READS = 2
IDLE = 10.0
LARGEST = 8 * 2**20
HIDDEN = b"***"
SHORTEST_KEY = 8
"""Shorter ones could stand anywhere in an answer by chance."""
SHORTEST_IN_PATH = 16
"""Shorter parts of a path are words, and would be missed where a node says them."""
SENDING = "send_request_headers.started"
TIP = "x-canonical-stacks-tip-height"
_NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
log = structlog.get_logger()


class Lost(Exception):
    """No answer came; ``sent`` tells whether the request may have reached the node all the same."""

    def __init__(self, reason: str, sent: bool) -> None:
        self.sent = sent
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Question:
    """One request: method, path and what goes with it."""

    method: str
    path: str
    params: tuple[tuple[str, str], ...] = ()
    json: object = None
    content: bytes | None = None
    kind: str | None = None


class Trace:
    """Learns from the transport when a request begins to go out: up to there, no node can have it."""

    def __init__(self, sent: bool) -> None:
        self.sent = sent

    async def __call__(self, name: str, info: object) -> None:
        """Take note of a step of httpcore's."""
        self.sent = self.sent or name.endswith(SENDING)


class Wire:
    """Sends questions and brings back whole answers; the API key stays in here."""

    def __init__(
        self,
        url: str,
        timeout: float,
        api_key: str | None,
        concurrency: int,
        transport: httpx.AsyncBaseTransport | None,
    ) -> None:
        parts = urlsplit(url)
        self.tip_height: int | None = None
        self._pace = Pace()
        self._secrets = _secrets(api_key, parts.path)
        self._timeout = timeout
        self._traced = transport is None
        posts = max(1, min(concurrency, MOST - FOR_READS))
        self.posts = asyncio.Semaphore(posts)
        self._base = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path.rstrip('/')}"
        self._client = httpx.AsyncClient(
            headers={"accept-encoding": "identity", **_key_header(api_key)},
            timeout=timeout,
            limits=httpx.Limits(
                max_connections=posts + FOR_READS, max_keepalive_connections=posts + FOR_READS, keepalive_expiry=IDLE
            ),
            transport=transport,
            trust_env=False,
            follow_redirects=False,
        )

    async def read(self, question: Question) -> Answer:
        """Ask something that changes nothing; NodeUnreachable without an answer, on 429, on 5xx but 501."""
        rest = self._pace.wait(time.monotonic())
        if rest:
            raise NodeUnreachable("The node's rate limit is used up", rest)
        try:
            answer = await self.exchange(question)
        except Lost as lost:
            raise NodeUnreachable(str(lost)) from lost
        if answer.status == TOO_MANY:
            rest = self._pace.wait(time.monotonic())
            raise NodeUnreachable(too_many(answer.headers), rest or answer.wait)
        if answer.status >= 500 and answer.status != 501:
            raise NodeUnreachable(answer.complaint, answer.wait)
        return answer

    def rest(self) -> float:
        """Return for how many seconds nothing may be posted, because the node has said 429."""
        return self._pace.post_wait(time.monotonic())

    async def exchange(self, question: Question) -> Answer:
        """Send a request and return the answer whatever its status; raises Lost, and nothing else."""
        answer = await self._tried(question)
        if isinstance(answer, Lost):
            raise answer
        self._learn(answer)
        return answer

    async def _tried(self, question: Question) -> Answer | Lost:
        """Lost is returned, not raised: behind it would hang frames of the transport that hold the API key."""
        trace = Trace(sent=not self._traced)
        try:
            # httpx bounds each step alone, and an in-process transport not at all.
            async with asyncio.timeout(self._timeout):
                return await self._send(question, trace)
        except _NEVER_SENT as lost:
            return Lost(f"No connection to the node{_detail(lost)}", sent=False)
        except Lost as lost:
            return lost
        except (httpx.TimeoutException, TimeoutError):
            said = "did not answer" if trace.sent else "could not be reached"
            return Lost(f"The node {said} in time", trace.sent)
        except httpx.HTTPError as lost:
            return Lost(f"The connection broke before the answer came{_detail(lost)}", sent=True)
        except Exception as odd:
            log.error("exchange with the node failed", trace="".join(traceback.format_exception(odd)))
            return Lost(f"The exchange with the node failed: {type(odd).__name__}", sent=True)

    async def _send(self, question: Question, trace: Trace) -> Answer:
        async with self._client.stream(
            question.method,
            self._base + question.path,
            params=list(question.params) or None,
            json=question.json,
            content=question.content,
            headers={"content-type": question.kind} if question.kind else None,
            extensions={"trace": trace},
        ) as response:
            # A small packed answer may unpack to gigabytes.
            if response.headers.get("content-encoding", "identity").lower() != "identity":
                raise Lost("The node's answer is packed, though it was asked not to be", sent=True)
            body = bytearray()
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) > LARGEST:
                    raise Lost("The node's answer is larger than any that it should give", sent=True)
            headers = {name.lower(): value for name, value in response.headers.items()}
            wait = asked_wait(response.status_code, headers, datetime.now(UTC))
            return Answer(response.status_code, headers, self._without_key(bytes(body)), wait)

    def _without_key(self, body: bytes) -> bytes:
        """A gateway that refuses a key may quote it, and what a node says goes on to screens, logs and results."""
        for secret in self._secrets:
            body = body.replace(secret, HIDDEN)
        return body

    def _learn(self, answer: Answer) -> None:
        self._pace.observe(answer.status, answer.headers, datetime.now(UTC), time.monotonic())
        height = told_tip(answer)
        self.tip_height = self.tip_height if height is None else height

    async def close(self) -> None:
        """Let go of the connections."""
        await self._client.aclose()


def told_tip(answer: Answer) -> int | None:
    """Return the height at which whoever answered stood; None where the answer doesn't say."""
    height = answer.headers.get(TIP, "")
    return int(height) if height.isascii() and height.isdigit() and len(height) < 20 else None


def name_of(url: str) -> str:
    """Return host and port of an address, without credentials, path and query."""
    return clean(urlsplit(url).netloc.rpartition("@")[2])


def _secrets(api_key: str | None, path: str) -> tuple[bytes, ...]:
    """Return what an answer may not say: the key, and of the address's path what may be one at some providers."""
    parts = [part for part in path.split("/") if len(part) >= SHORTEST_IN_PATH]
    keys = [api_key] if api_key and len(api_key) >= SHORTEST_KEY else []
    return tuple(one.encode() for one in [*keys, *parts])


def _key_header(api_key: str | None) -> Mapping[str, str]:
    """Refuse a key that can't stand in a header here: further down, the error would quote it."""
    if not api_key:
        return {}
    if not api_key.isascii() or not api_key.isprintable() or api_key != api_key.strip():
        raise ValueError("The node's API key has characters that no header may have: check NODE_API_KEY_FILE")
    return {"x-api-key": api_key}


def _detail(lost: httpx.HTTPError) -> str:
    said = clean(str(lost), 120)
    return f": {said}" if said else ""
