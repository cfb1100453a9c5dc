"""What a post may mean: every answer of a node, every way in which none comes."""

from __future__ import annotations

import asyncio
import socket
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from engine.core.events import TxAccepted, TxDeferred, TxEvent, TxRefused, TxUnclear
from engine.node.reasons import RULINGS
from tests.node.loopback import RAW, TIMEOUT, TXID, Reply, both, client, ok, refusal, text

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
POST = "/v2/transactions"


async def post(reply: Reply, timeout: float = TIMEOUT) -> TxEvent:
    async with both(timeout=timeout) as (server, node):
        server.routes[POST] = reply
        event = await node.broadcast(RAW, TXID, NOW)
        assert server.paths() == [POST], "one post, never a second by itself"
        return event


def later(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


async def test_the_bytes_arrive_as_they_are() -> None:
    """A node gets exactly the stored bytes, with a length and the content type that it demands."""
    async with both(api_key="s3cret") as (server, node):
        server.routes[POST] = ok(TXID)
        assert await node.broadcast(RAW, TXID, NOW) == TxAccepted(TXID)
        (request,) = server.requests
        assert request.body == RAW
        assert request.headers["content-type"] == "application/octet-stream"
        assert request.headers["content-length"] == str(len(RAW))
        assert request.headers["x-api-key"] == "s3cret"


@pytest.mark.parametrize("said", [TXID, f"0x{TXID}", TXID.upper()])
async def test_a_txid_is_known_in_each_of_its_forms(said: str) -> None:
    """Nodes write a txid without 0x, the API with it: both are ours."""
    assert await post(ok(said)) == TxAccepted(TXID)


@pytest.mark.parametrize(
    "reply",
    [
        ok("ab" * 32),
        ok(None),
        ok({"txid": TXID}),
        ok([TXID]),
        Reply(body=b"NaN"),
        Reply(body=b"{"),
        Reply(body=b""),
        Reply(body=b"\xff\xfe"),
        Reply(body=b"[" * 100_000),
        Reply(body=b"9" * 10_000),
        Reply(body=b'"' + b"a" * (9 * 2**20) + b'"'),
        Reply(body=b"<html>ok</html>", headers={"content-type": "text/html"}),
    ],
    ids=str,
)
async def test_an_acceptance_that_names_nothing_of_ours_proves_nothing(reply: Reply) -> None:
    """A 200 counts only with our txid in it: all else may come from a proxy, and the bytes may have arrived."""
    event = await post(reply)
    assert isinstance(event, TxUnclear)
    assert len(event.reason) < 400


REFUSED = [
    "SignatureValidation",
    "BadTransactionVersion",
    "BadAddressVersionByte",
    "NoSuchContract",
    "NoSuchPublicFunction",
    "BadFunctionArgument",
    "ContractAlreadyExists",
    "TransferRecipientCannotEqualSender",
    "TransferAmountMustBePositive",
    "PoisonMicroblocksDoNotConflict",
    "PoisonMicroblockHasUnknownPubKeyHash",
    "PoisonMicroblockIsInvalid",
    "NoCoinbaseViaMempool",
    "NoTenureChangeViaMempool",
    "Serialization",
    "Deserialization",
]
WAITS = {
    "TooMuchChaining": 1,
    "EstimatorError": 5,
    "ServerFailureDatabase": 5,
    "ServerFailureNoSuchChainTip": 5,
    "ServerFailureOther": 5,
}
DOUBTS = ["BadNonce", "ConflictingNonceInMempool"]
OWN_TESTS = ["FeeTooLow", "NotEnoughFunds", "TemporarilyBlacklisted"]


def test_every_reason_of_a_node_is_ruled_on() -> None:
    """The table is complete: a reason that a node has and we don't would hang a lane in doubt."""
    assert set(RULINGS) == {*REFUSED, *WAITS, *DOUBTS, *OWN_TESTS}


@pytest.mark.parametrize("reason", REFUSED)
async def test_a_final_reason_refuses(reason: str) -> None:
    """What can never be admitted frees the nonce, and says why in a sentence with the node's own words."""
    event = await post(refusal(reason, {"message": "high-S"}))
    assert isinstance(event, TxRefused)
    assert event.reason.endswith(f"({reason}: high-S)")


@pytest.mark.parametrize(("reason", "seconds"), WAITS.items())
async def test_a_passing_reason_defers(reason: str, seconds: float) -> None:
    """What passes by itself is posted again later, the same bytes, and never counts as posted."""
    event = await post(refusal(reason))
    assert isinstance(event, TxDeferred)
    assert event.retry_at == later(seconds)
    assert not event.posted
    assert not event.unreachable
    assert event.fee_needed is None


@pytest.mark.parametrize("reason", DOUBTS)
async def test_a_taken_nonce_is_a_doubt(reason: str) -> None:
    """It may be our own transaction that took the nonce: refusing here is how duplicates are made."""
    event = await post(refusal(reason, {"expected": 9, "actual": 7, "principal": "ST1", "is_origin": True}))
    assert isinstance(event, TxUnclear)
    assert "must be looked up" in event.reason
    assert event.retry_at is None


async def test_a_fee_too_low_names_the_fee() -> None:
    """The node's least fee is what the call is signed with again."""
    event = await post(refusal("FeeTooLow", {"expected": 4000, "actual": 1000}))
    assert event == TxDeferred(TXID, "The fee is too low: the node wants 4000 µSTX", fee_needed=4000)


@pytest.mark.parametrize("expected", [None, "4000", 4000.5, True, 0, -1, 1, 999, 1000, 2**70, [], {}])
async def test_a_fee_that_makes_no_sense_is_never_paid(expected: object) -> None:
    """A hostile or broken node can't make us sign for what it likes, nor again and again for what we offer: 1000."""
    event = await post(refusal("FeeTooLow", {"expected": expected}))
    assert isinstance(event, TxUnclear)


async def test_missing_funds_are_named_in_figures() -> None:
    """The operator reads how much is needed and how much is there."""
    data = {"expected": f"0x{3000:032x}", "actual": f"0x{12:032x}"}
    event = await post(refusal("NotEnoughFunds", data))
    assert isinstance(event, TxDeferred)
    assert event.unfunded
    assert "3000 µSTX" in event.reason
    assert "12 µSTX" in event.reason
    assert event.retry_at == later(5)


@pytest.mark.parametrize("data", [None, {}, {"expected": 5, "actual": "0xzz"}, {"expected": "0x" + "f" * 33}])
async def test_missing_funds_without_figures_still_wait_for_funds(data: object) -> None:
    """The reason is clear even where its data isn't."""
    event = await post(refusal("NotEnoughFunds", data))
    assert isinstance(event, TxDeferred)
    assert event.unfunded


@pytest.mark.parametrize(
    "reply",
    [
        refusal("SomethingNew\x1b[31m", {"message": "boo\x07"}),
        refusal("", None),
        refusal("NoSuchContract", [1]),
        refusal("NoSuchContract", txid="ab" * 32),
        ok({"reason": 5}, 400),
        ok("Fee estimation not supported", 400),
        Reply(400, b"{"),
        Reply(400, b'{"reason": NaN}'),
        text("a proxy says no", 400),
        Reply(400, b"<html><script>", {"content-type": "text/html"}),
    ],
    ids=str,
)
async def test_a_refusal_that_cannot_be_read_proves_nothing(reply: Reply) -> None:
    """Only a reason that is known is believed; others are shown, cleaned, and the bytes stay in doubt."""
    event = await post(reply)
    assert isinstance(event, TxUnclear)
    assert event.reason.isprintable()
    assert "<" not in event.reason


async def test_an_unknown_reason_is_shown() -> None:
    """A node newer than we are is quoted, not guessed at."""
    event = await post(refusal("PostQuantumOnly", {"message": "too\nold"}))
    assert event == TxUnclear(TXID, "The node refused for a reason unknown here (PostQuantumOnly: too old)")


async def test_bytes_that_a_node_cannot_decode_are_refused() -> None:
    """The node's own plain text for unreadable bytes is a definite no."""
    event = await post(text("Failed to decode: bad length", 400))
    assert isinstance(event, TxRefused)
    assert "bad length" in event.reason


@pytest.mark.parametrize("status", [201, 202, 204, 303, 304, 408, 409, 425, 499, 500, 501, 502, 503, 504, 520])
async def test_an_odd_status_may_hide_a_success(status: int) -> None:
    """A proxy can fail after the node took the bytes, or say in its own way that it passed them on (promise 4)."""
    said = "" if status in (204, 304) else "Bad Gateway"
    event = await post(text(said, status, retry_after="7"))
    told = f"The node answered {status}: {said}" if said else f"The node answered {status}"
    assert event == TxUnclear(TXID, f"{told}; it may have arrived", later(7))


@pytest.mark.parametrize("status", [301, 302, 401, 402, 403, 404, 405, 413])
async def test_a_door_that_is_shut_took_nothing(status: int) -> None:
    """A wrong address or key is like a node that is away: nothing was posted, and the operator reads what to check."""
    event = await post(text("go away", status, location="http://127.0.0.1:1/"))
    assert isinstance(event, TxDeferred)
    assert event.unreachable
    assert not event.posted
    assert "CHAIN_URL" in event.reason


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"retry_after": "3"}, 3),
        ({"retry_after": "0"}, None),
        ({"ratelimit_reset": "4"}, 4),
        ({"retry_after": "soon", "ratelimit_reset": "4"}, 4),
        ({"retry_after": "99999999999999999999999"}, 3600),
        ({"retry_after": "-5"}, None),
        ({"ratelimit_reset": "0"}, None),
        ({"retry_after": "3", "x_ratelimit_remaining_stacks_month": "0"}, 3600),
        ({"retry_after": "3", "x_ratelimit_remaining_stacks_month": "9"}, 3),
        ({}, None),
        ({"retry_after": "nan"}, None),
        ({"retry_after": ""}, None),
        ({"retry_after": "Mon, 99 Foo 2026"}, None),
    ],
)
async def test_too_many_requests_says_when_to_come_back(headers: dict[str, str], wait: float | None) -> None:
    """A 429 may have reached the node behind a proxy that retries, so it counts as posted."""
    event = await post(text("Too Many Requests", 429, **headers))
    assert isinstance(event, TxDeferred)
    assert event.posted
    assert event.retry_at == (None if wait is None else later(wait))


@pytest.mark.parametrize("header", ["retry_after", "ratelimit_reset"])
async def test_too_many_requests_may_name_a_time_of_day(header: str) -> None:
    """Retry-After may be an HTTP date, and some hosts give the reset as a Unix time."""
    then = datetime.now(UTC) + timedelta(seconds=100)
    said = then.strftime("%a, %d %b %Y %H:%M:%S GMT") if header == "retry_after" else str(int(then.timestamp()))
    event = await post(text("", 429, **{header: said}))
    assert isinstance(event, TxDeferred)
    assert event.retry_at is not None
    assert 90 < (event.retry_at - NOW).total_seconds() <= 100


async def test_nobody_at_home_means_nothing_was_posted() -> None:
    """A refused connection proves that no node has the bytes."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with client(f"http://127.0.0.1:{port}") as node:
        event = await node.broadcast(RAW, TXID, NOW)
    assert isinstance(event, TxDeferred)
    assert (event.posted, event.unreachable, event.retry_at) == (False, True, later(2))


@pytest.mark.parametrize(
    "reply",
    [Reply(hang=5), Reply(cut=0), Reply(cut=20), Reply(body=b'"' + b"a" * 200, cut=120), Reply(99, b"x")],
    ids=["hang", "cut before", "cut in the head", "cut in the body", "no HTTP"],
)
async def test_silence_after_the_post_is_a_doubt(reply: Reply) -> None:
    """A time-out or a cut connection after the bytes went out can't tell whether they arrived."""
    event = await post(reply, timeout=1.0 if reply.hang else TIMEOUT)
    assert isinstance(event, TxUnclear)
    assert "may have arrived" in event.reason


async def test_a_dripping_answer_ends_too() -> None:
    """A server that sends a byte now and then can't hold a lane for ever."""

    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")
        try:
            for _ in range(100):
                writer.write(b" ")
                await writer.drain()
                await asyncio.sleep(0.05)
        except ConnectionError:
            pass
        writer.close()

    server = await asyncio.start_server(drip, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with client(f"http://127.0.0.1:{port}", timeout=0.1) as node:
        async with asyncio.timeout(3):
            event = await node.broadcast(RAW, TXID, NOW)
    server.close()
    assert isinstance(event, TxUnclear)


class Raising(httpx.AsyncBaseTransport):
    """A transport that ends every request in the same error: some can't be made on loopback at will."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise self.error


@pytest.mark.parametrize(
    ("error", "sent"),
    [
        (httpx.ConnectError("refused"), False),
        (httpx.ConnectTimeout(""), False),
        (httpx.PoolTimeout(""), False),
        (httpx.ReadTimeout(""), True),
        (httpx.WriteTimeout(""), True),
        (httpx.WriteError("broken pipe"), True),
        (httpx.ReadError("reset\x1b[2J"), True),
        (httpx.RemoteProtocolError("disconnected"), True),
    ],
    ids=repr,
)
async def test_only_a_failed_connection_proves_that_nothing_was_posted(error: Exception, sent: bool) -> None:
    """Before a connection stands no byte can have gone out; after that any may have."""
    async with client("http://devnet", transport=Raising(error)) as node:
        event = await node.broadcast(RAW, TXID, NOW)
    assert isinstance(event, TxUnclear if sent else TxDeferred)
    assert event.reason.isprintable()
    if isinstance(event, TxDeferred):
        assert (event.posted, event.unreachable, event.retry_at) == (False, True, later(2))


async def test_a_transport_that_breaks_in_an_unheard_of_way_is_a_doubt() -> None:
    """Whatever an in-process node raises, a post ends in an event."""

    async with client("http://devnet", transport=Raising(KeyError("bug in the simulation"))) as node:
        event = await node.broadcast(RAW, TXID, NOW)
        assert isinstance(event, TxUnclear)
        assert node.name == "devnet (simulated)"


async def test_no_more_connections_than_allowed() -> None:
    """Posts share their connections, and leave some for reads."""
    async with both(concurrency=3) as (server, node):
        server.routes[POST] = Reply(body=f'"{TXID}"'.encode(), hang=0.02)
        server.routes["/v2/accounts/*"] = ok({"nonce": 0, "balance": "0x0"})
        posts = asyncio.gather(*(node.broadcast(RAW, TXID, NOW) for _ in range(30)))
        account = await node.account("ST1")
        assert not posts.done()
        events = await posts
        assert set(events) == {TxAccepted(TXID)}
        assert account.nonce == 0
        assert server.most_open <= 5
