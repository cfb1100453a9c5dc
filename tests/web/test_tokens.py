"""With tokens the engine opens to their holders alone, and a token is never seen again anywhere."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from engine.errors import BadSettings
from engine.serving import Door
from engine.settings import Settings
from engine.web.tokens import read_tokens
from tests.console.command import Batchdeck
from tests.engine.rig import rig
from tests.web.support import CREATOR, PRICE, Api, served

pytestmark = pytest.mark.xdist_group("tokens")  # one worker, or each would start a guarded engine
WRITER, READER = "w-4f1c9a7e53b84d20", "r-9e2b6d1f70c34a85"
BODY = {"creator": CREATOR, "contentIds": ["1"], "newPrice": 5}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    home = tmp_path_factory.mktemp("guarded")
    tokens = home / "tokens"
    tokens.write_text(f"# who may come in\nshop:{WRITER}\nviewer:{READER}:read\n")
    tokens.chmod(0o600)
    with served(home, "--tokens-file", str(tokens), "--log-level", "debug", token=WRITER) as found:
        yield found


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        "Bearer",
        "Bearer nope",
        f"Basic {WRITER}",
        WRITER,
        f"Bearer {WRITER}x",
        f"Bearer {WRITER[:-1]}",
        f"Bearer shop:{WRITER}",
        f"Bearer {READER}:read",
    ],
)
def test_without_a_token_nothing_is_told(guarded: Api, given: str | None) -> None:
    """Not even whether a call exists; only the pages about the API are open."""
    headers = {} if given is None else {"Authorization": given}
    for path in ("/api/batches", "/metrics", "/nope"):
        answer = httpx.get(f"{guarded.url}{path}", headers=headers)
        assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert httpx.post(f"{guarded.url}{PRICE}", json=BODY, headers=headers).status_code == 401
    for path in ("/openapi.json", "/docs"):
        assert httpx.get(f"{guarded.url}{path}", headers=headers).status_code == 200


def test_a_read_token_reads(guarded: Api) -> None:
    """It gets 403 on every POST, also on those that would change nothing."""
    assert httpx.get(f"{guarded.url}/api/batches", headers=bearer(READER)).status_code == 200
    for path, methods in guarded.page()["paths"].items():
        if "post" in methods:
            url = guarded.url + path.replace("{batchId}", "x").replace("{address}", "x")
            answer = httpx.post(url, json={}, headers=bearer(READER))
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path


def test_deeds_bear_the_name_of_the_token(guarded: Api) -> None:
    """Who did it is whose token it was."""
    batch_id = guarded.start(["1"], why="sale")
    assert guarded.get(f"/api/batches/{batch_id}")["who"] == "shop"
    (deed,) = guarded.get(f"/api/batches/{batch_id}/audit")["deeds"]
    assert (deed["who"], deed["act"], deed["why"]) == ("shop", "submit", "sale")


def test_a_token_is_never_seen_again(guarded: Api) -> None:
    """Not in the log, an error, the list of processes, the metrics, or the database."""
    wrong = "x-5d0e8c3b"
    for token in (WRITER, READER, wrong):
        httpx.get(f"{guarded.url}/api/batches?token={token}", headers=bearer(token))
        httpx.post(f"{guarded.url}{PRICE}", json={"creator": token}, headers=bearer(token))
        httpx.get(f"{guarded.url}/nope", headers={**bearer(token), "Host": "evil.example"})
    seen = subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, check=True).stdout
    seen += guarded.client.get("/metrics").content
    for path in guarded.deck.home.rglob("*"):
        if path.is_file() and path.name != "tokens":
            seen += path.read_bytes()
    assert b"request" in seen
    for token in (WRITER, READER, wrong):
        assert token.encode() not in seen


def test_a_public_address_needs_tokens(tmp_path: Path) -> None:
    """Without them the engine doesn't even start."""
    done = Batchdeck(tmp_path).run("engine", "--host", "0.0.0.0", "--port", "0", code=2)
    assert "without tokens only a loopback address is allowed" in done.stderr
    assert done.stdout == ""
    for host in ("::", "192.0.2.1"):
        with pytest.raises(BadSettings, match="without tokens only a loopback address is allowed"):
            Settings(host=host)


async def test_a_public_address_answers_by_its_own_name(tmp_path: Path) -> None:
    """Bound everywhere, it goes by the address that was called, and by no stranger's name."""
    (tmp_path / "tokens").write_text(f"shop:{WRITER}\n")
    door = Door(Settings(host="0.0.0.0", port=0, api_tokens_file=tmp_path / "tokens"))
    async with rig(tmp_path / "d.sqlite3") as play:
        await door.open(play.engine)
        url = door.address.replace("0.0.0.0", "127.0.0.1")
        async with httpx.AsyncClient(base_url=url, headers=bearer(WRITER)) as client:
            assert (await client.get("/api/engine")).status_code == 200
            assert (await client.get("/api/engine", headers={"Host": "evil.example"})).status_code == 403
        await door.close()
        door.shut()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "has no token"),
        ("# only a comment\n", "has no token"),
        ("shop\n", "line 1: behind the name"),
        (":secret-7\n", "line 1: it doesn't begin with a name"),
        ("shop:secret-7:write\n", "line 1: behind the token"),
        ("shop:secret-7\n\nshop:secret-8\n", "line 3: shop has a token already"),
        ("shop:secret-7\nother:secret-7\n", "line 2: this token is shop's already"),
        ("shop:secret 7\n", "line 1: behind the name"),
    ],
)
def test_a_file_of_tokens_that_cant_be_read(tmp_path: Path, text: str, words: str) -> None:
    """The line is named, and nothing of what stands there."""
    path = tmp_path / "tokens"
    path.write_text(text)
    with pytest.raises(BadSettings, match=words) as caught:
        read_tokens(path)
    assert "secret" not in str(caught.value)


def test_tokens_are_kept_as_hashes(tmp_path: Path) -> None:
    """No attribute of what is kept holds a token; each opens for its own holder."""
    path = tmp_path / "tokens"
    path.write_text(f"shop:{WRITER}\nviewer:{READER}:read\n")
    tokens = read_tokens(path)
    assert WRITER.encode() not in repr(vars(tokens)).encode()
    found = [tokens.caller(one) for one in (WRITER, READER, "nope", "\ud800", "")]
    assert [caller and (caller.name, caller.read_only) for caller in found] == [
        ("shop", False),
        ("viewer", True),
        None,
        None,
        None,
    ]
