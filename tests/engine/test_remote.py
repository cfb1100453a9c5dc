"""Between an engine and whoever is far away lies a network: what it may do to a call, and what is said of it."""

from __future__ import annotations

import http.server
import os
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from engine.core.model import Content
from engine.core.oversight import AuditQuery
from engine.core.reports import BatchQuery, ContentQuery, ItemQuery
from engine.errors import BadSettings, Forbidden, InvalidDraft, NotFound, Unauthorized, Unavailable
from engine.remote import RemoteEngine, open_at, open_remote, overheard
from engine.settings import Settings
from tests.engine.doors import cutting, served
from tests.engine.rig import Rig, contents, price, rig

TOKEN = "Zm9vYmFyYmF6cXV4"


@pytest.fixture
async def play(tmp_path: Path) -> AsyncIterator[Rig]:
    async with rig(tmp_path / "d.sqlite3", catalogue=contents(3)) as opened:
        await opened.contact()
        yield opened


def token_file(folder: Path, text: str = TOKEN, mode: int = 0o600) -> Path:
    path = folder / f"token-{len(os.listdir(folder))}"
    path.write_text(text + "\n")
    path.chmod(mode)
    return path


@pytest.mark.parametrize("verb", ["submit", "submit_all", "retry"])
async def test_a_lost_answer_doubles_nothing(play: Rig, verb: str) -> None:
    """The engine took the batch and its answer was lost: asked again under the same key it gives the same batch."""
    parent = await play.engine.submit(price("missing"))
    await play.settled(parent)
    async with served(play) as url, cutting(url, lambda asked: asked.startswith(b"POST")) as (address, cut):
        async with open_at(address) as engine:
            if verb == "submit":
                batch = await engine.submit(price("c1"))
            elif verb == "submit_all":
                (batch,) = await engine.submit_all([price("c1")])
            else:
                batch = (await engine.retry(parent.id)).batch
        assert len(cut) == 1
    found = await play.engine.batches(BatchQuery())
    assert [one.id for one in found.rows] == [batch.id, parent.id]


async def test_what_may_have_been_done_is_said_so(play: Rig) -> None:
    """An import whose answer is lost isn't sent again: the sentence says that it may have happened, and to look."""
    async with served(play) as url, cutting(url, lambda asked: asked.startswith(b"POST")) as (address, cut):
        async with open_at(address) as engine:
            with pytest.raises(Unavailable, match="look before you do it again"):
                await engine.import_contents(contents(1, first=9))
            assert (await engine.contents(ContentQuery())).total == 4
        assert len(cut) == 1


async def test_an_answer_that_is_lost_twice_is_told_once(play: Rig) -> None:
    """The sentence says the doubt and what to do, not one thing in two ways; the same key then gives the same batch."""
    async with served(play) as url, cutting(url, lambda asked: asked.startswith(b"POST"), 2) as (address, cut):
        async with open_at(address) as engine:
            with pytest.raises(Unavailable, match=r"look before you do it again$"):
                await engine.submit(price("c1"), "a-key")
            batch = await engine.submit(price("c1"), "a-key")
        assert len(cut) == 2
    assert [one.id for one in (await play.engine.batches(BatchQuery())).rows] == [batch.id]


async def test_a_lost_read_is_asked_again(play: Rig) -> None:
    """Reading twice harms nobody, so a broken connection under a read is nothing that anybody sees."""
    async with (
        served(play) as url,
        cutting(url, lambda asked: b"/api/content?" in asked) as (address, cut),
        open_at(address) as engine,
    ):
        assert (await engine.contents(ContentQuery())).total == 3
        assert len(cut) == 1


async def test_an_engine_goes_and_comes_back(play: Rig) -> None:
    """While it is away every call says where it should be; once it is back the same object goes on with it."""
    life = served(play)
    url = await life.__aenter__()
    async with open_at(url) as engine:
        since = (await engine.changes("")).revision
        await life.__aexit__(None, None, None)
        with pytest.raises(Unavailable, match=f"The engine at {url} can't be reached"):
            await engine.changes(since)
        with pytest.raises(Unavailable, match="start it there with batchdeck engine"):
            await engine.submit(price("c1"))
        batch = await play.engine.submit(price("c2"))
        async with served(play, port=int(url.rpartition(":")[2])):
            assert [one.id for one in (await engine.changes(since)).batches] == [batch.id]


async def test_names_beyond_one_address(play: Rig) -> None:
    """Many and long names are asked about in several calls, and the pages are as whole as in one."""
    long = [long_named(number) for number in range(300)]
    assert await play.engine.import_contents(long) == []
    names = frozenset(content.content_id for content in long)
    async with served(play) as url, open_at(url) as engine:
        query = ContentQuery(content_ids=names, limit=120)
        pages = [await engine.contents(query)]
        while pages[-1].next is not None:
            pages.append(await engine.contents(ContentQuery(content_ids=names, limit=120, after=pages[-1].next)))
        rows = [content for page in pages for content in page.rows]
        assert {page.total for page in pages} == {300}
        assert all(len(page.rows) <= 120 for page in pages)
        assert sorted(rows, key=lambda one: one.content_id) == sorted(long, key=lambda one: one.content_id)
        chosen = [content.content_id for content in long[:100]]
        batch = await engine.submit(price(*chosen))
        await play.settled(batch)
        items = await engine.items(batch.id, ItemQuery(content_ids=frozenset(chosen)))
        assert items == await play.engine.items(batch.id, ItemQuery(content_ids=frozenset(chosen)))
        selected = await engine.select_revert(batch.id, chosen)
        assert selected == await play.engine.select_revert(batch.id, chosen)


async def test_what_no_call_can_carry_is_told_before_it_is_sent(play: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """All or none can't be kept in two calls: an import or drafts beyond one are refused, and nothing is stored."""
    async with served(play) as url, open_at(url) as engine:
        large = [replace(one, description="x" * 10_000) for one in contents(810, first=100)]
        with pytest.raises(InvalidDraft, match=r"rows: 810 contents are 8\.\d MB, .* import them in parts"):
            await engine.import_contents(large)
        assert await engine.import_contents(large[:700]) == []
        drafts = [price(f"c{n}") for n in range(501)]
        with pytest.raises(InvalidDraft, match=r"501 batches at once, .* it takes 500, so submit them in parts"):
            await engine.submit_all(drafts)
        monkeypatch.setattr("engine.remote.parts.MAX_BODY", 1000)
        with pytest.raises(InvalidDraft, match=r"drafts: 20 batches are 0\.0 MB"):
            await engine.submit_all(drafts[:20])
        assert (await engine.batches(BatchQuery())).total == 0
        assert (await engine.contents(ContentQuery())).total == 703


def long_named(number: int) -> Content:
    (content,) = contents(1, first=1000 + number)
    return replace(content, content_id=f"{number}-" + "é/?&#" * 20)


async def test_tokens(play: Rig, tmp_path: Path) -> None:
    """Without a token, with a wrong one and with one that only reads, the refusal says what to do, and no token."""
    tokens = token_file(tmp_path, f"alice:{TOKEN}\nbob:{TOKEN}b:read")
    said = []
    async with served(play, tokens=tokens) as url:
        for given, remedy in ((None, "asks for a token: give --token-file"), (TOKEN + "x", "doesn't know this token")):
            with pytest.raises(Unauthorized, match=remedy) as caught:
                async with open_at(url, token_file(tmp_path, given) if given else None):
                    raise AssertionError("it was opened")
            said.append(str(caught.value))
        async with open_at(url, token_file(tmp_path, TOKEN + "b")) as engine:
            assert (engine.about.who, engine.about.read_only) == ("bob", True)
            assert (await engine.contents(ContentQuery())).total == 3
            with pytest.raises(Forbidden, match="The token bob may only read") as caught:
                await engine.submit(price("c1"))
            said.append(str(caught.value))
        async with open_at(url, token_file(tmp_path, TOKEN)) as engine:
            assert (engine.about.who, engine.about.read_only) == ("alice", False)
            batch = await engine.submit(price("c1"))
            assert batch.who == "alice"
            assert [deed.who for deed in (await engine.audit(AuditQuery(batch.id))).rows] == ["alice"]
            said += [repr(engine), repr(vars(engine)), repr(vars(engine._client))]
    assert TOKEN not in "".join(said)


@pytest.mark.parametrize(
    ("text", "mode", "why"),
    [
        (TOKEN, 0o644, "chmod 600"),
        (f"alice:{TOKEN}", 0o600, "stands behind NAME:"),
        (f"{TOKEN}\n{TOKEN}", 0o600, "has 2 lines"),
        ("", 0o600, "has no token"),
        (f"{TOKEN} é", 0o600, "holds no token"),
    ],
)
async def test_a_token_file_is_its_owners_and_holds_one_token(tmp_path: Path, text: str, mode: int, why: str) -> None:
    """The file is refused before anything is asked of anybody, in a sentence without what stands in it."""
    with pytest.raises(BadSettings, match=why) as caught:
        async with open_at("http://127.0.0.1:9", token_file(tmp_path, text, mode)):
            raise AssertionError("it was opened")
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("address", "token", "told"),
    [
        ("http://192.0.2.7:8420", True, True),
        ("http://engine.example", True, True),
        ("http://192.0.2.7:8420", False, False),
        ("https://engine.example", True, False),
        ("http://127.0.0.1:8420", True, False),
        ("http://[::1]:8420", True, False),
        ("http://localhost:8420", True, False),
    ],
)
def test_a_token_on_an_open_road_is_told(address: str, token: bool, told: bool, tmp_path: Path) -> None:
    """In plain HTTP beyond this machine whoever is on the way reads it; the sentence says so, and not the token."""
    said = overheard(Settings(remote=address, remote_token_file=token_file(tmp_path) if token else None))
    assert bool(said) == told
    assert TOKEN not in (said or "")


async def test_another_network_than_was_asked_for(play: Rig) -> None:
    """Who asks for mainnet by name gets no engine of testnet: prices there are other money."""
    async with served(play) as url:
        with pytest.raises(BadSettings, match=r"network is mainnet, and the engine at .* works on testnet"):
            async with open_remote(Settings(remote=url, network="mainnet")):
                raise AssertionError("it was opened")
        async with open_remote(Settings(remote=url)) as engine:
            assert engine.about.network == "testnet"


class Stranger(http.server.BaseHTTPRequestHandler):
    """A web server that isn't ours."""

    def do_GET(self) -> None:
        status, body = STRANGE[self.path.split("/")[1]]
        self.send_response(status)
        self.send_header("Location", "http://127.0.0.1:9/elsewhere")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        """Say nothing."""


STRANGE = {
    "html": (200, b"<!doctype html><p>Welcome"),
    "other": (200, b'{"hello": 1}'),
    "list": (200, b"[1]"),
    "missing": (404, b"<p>Not found"),
    "broken": (502, b"Bad gateway"),
    "moved": (307, b""),
}


@contextmanager
def stranger() -> Iterator[str]:
    """Serve something else than an engine."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Stranger) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


async def test_something_else_answers_there() -> None:
    """A page, another service, a gateway, a redirection: none is taken for an engine, and none is followed."""
    with stranger() as url:
        for kind in STRANGE:
            with pytest.raises(Unavailable) as caught:
                async with open_at(f"{url}/{kind}"):
                    raise AssertionError(f"{kind} was taken for an engine")
            remedy = "give the address of the engine itself" if kind == "moved" else "check the address"
            assert remedy in str(caught.value)


async def test_no_proxy_of_the_environment_is_asked(play: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token must not travel through what the environment names for web pages."""
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with served(play) as url, open_at(url) as engine:
        with pytest.raises(NotFound):
            await engine.batch("B1")


async def test_closing_lets_the_engine_go_on(play: Rig) -> None:
    """`close` is the console's goodbye: the engine behind it works on."""
    async with served(play) as url:
        async with open_at(url) as engine:
            assert isinstance(engine, RemoteEngine)
            batch = await engine.submit(price("c1"))
            await engine.close()
        await play.settled(batch)
