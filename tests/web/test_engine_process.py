"""`batchdeck engine` begins with READY, ends in order, and lets a plain client follow a batch."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path

import httpx
import pytest

from engine.errors import BadSettings
from engine.web.server import listener
from tests.console.command import Batchdeck, catalogue
from tests.web.support import CREATOR, PATIENCE, PRICE, Api, served


def test_the_polling_client(api: Api, ids: list[str]) -> None:
    """POST, then GET until completed or failed: plain httpx is enough, and the counts only grow on the way."""
    answer = httpx.post(f"{api.url}{PRICE}", json={"creator": CREATOR, "contentIds": ids, "newPrice": 1234567})
    assert answer.status_code == 201
    done, seen = False, 0
    while not done:
        batch = httpx.get(f"{api.url}/api/batches/{answer.json()['batchId']}").json()
        counted = batch["successCount"] + batch["failureCount"]
        assert counted == len(batch["results"])
        assert seen <= counted <= batch["totalItems"]
        seen, done = counted, batch["status"] in ("completed", "failed")
        time.sleep(0.02)  # the source document's client waits 2 s
    assert (batch["status"], seen) == ("completed", 5)


def test_the_log_of_an_engine_is_read_from_afar(api: Api) -> None:
    """Whoever can't look at its file asks: the newest first, by a word, and no more than was asked for."""
    refused = httpx.post(f"{api.url}{PRICE}", json={"creator": "nobody"})
    found = api.get("/api/engine/log", q="request", limit=1)
    (line,) = found["lines"]
    assert (line["event"], line["level"]) == ("request", "info")
    assert f"request='{refused.headers['X-Request-Id']}'" in line["values"]
    assert "status=400" in line["values"]
    assert api.get("/api/engine/log")["total"] >= found["total"]


def test_an_unreachable_node_delays_nothing(tmp_path: Path) -> None:
    """READY comes at once, batches are accepted, and health says 503 with the reason."""
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        began = time.monotonic()
        contract = "ST000000000000000000002AMW42H.pay-per-view"
        chain = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        with served(tmp_path, "--chain", chain, "--contract", contract) as api:
            assert time.monotonic() - began < PATIENCE
            api.start(["1"])
            found = api.get("/api/batches/health", 503)
            assert "node" in found["message"]
            assert not found["ok"]


def test_sigterm_ends_with_0_and_the_rest_goes_on(tmp_path: Path) -> None:
    """A batch that waits for its time outlives the engine, and the next one carries it."""
    with served(tmp_path) as api:
        batch_id = api.start(["1"], scheduledFor="2126-01-01T00:00:00Z")
        api.process.send_signal(signal.SIGTERM)
        assert api.process.wait(timeout=20) == 0
        assert api.process.stdout
        assert api.process.stdout.read() == ""
    with served(tmp_path) as api:
        assert api.get(f"/api/batches/{batch_id}")["status"] == "scheduled"


def test_drain_serves_until_nothing_is_left(tmp_path: Path) -> None:
    """With --drain it says READY with its address, and ends by itself."""
    deck = Batchdeck(tmp_path)
    (tmp_path / "c.csv").write_text(catalogue(2))
    deck.run("catalogue", "import", str(tmp_path / "c.csv"))
    deck.run("submit", "update-price", "--creator", CREATOR, "--ids", "1,2", "--price", "5")
    done = deck.run("engine", "--drain", "--port", "0")
    assert done.stdout.startswith("READY http://127.0.0.1:")
    assert done.stdout.count("\n") == 1
    assert deck.json("batches")["operations"][0]["status"] == "completed"


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    """The engine doesn't begin to carry what it can't be asked about."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        done = Batchdeck(tmp_path).run("engine", "--port", port, code=3)
        assert f"can't listen on 127.0.0.1 port {port}" in done.stderr
        assert done.stdout == ""
    done = Batchdeck(tmp_path).run("engine", "--no-api", "--drain")
    assert done.stdout == "READY\n"


@pytest.mark.parametrize(
    ("host", "words"),
    [("192.0.2.1", "no address of this machine"), ("a\0b", "no such address"), ("a..b", "no such address")],
)
def test_a_host_that_isnt_here_is_named(host: str, words: str) -> None:
    """It is a slip in the settings, told with the remedy, whatever is wrong with it."""
    with pytest.raises(BadSettings, match=words) as caught:
        listener(host, 0)
    assert f"--host is {host!r}" in str(caught.value)


def test_a_host_that_isnt_here_ends_with_2(tmp_path: Path) -> None:
    """One sentence, and nothing on stdout."""
    (tmp_path / "tokens").write_text("shop:abc\n")
    (tmp_path / "tokens").chmod(0o600)
    done = Batchdeck(tmp_path).run("engine", "--host", "192.0.2.1", "--tokens-file", "tokens", "--port", "0", code=2)
    assert done.stderr.endswith(
        "--host is '192.0.2.1', which is no address of this machine: give one that it has, or 127.0.0.1\n"
    )
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
