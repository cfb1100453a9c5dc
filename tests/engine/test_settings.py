"""Settings: one value for each choice, from the nearest place that names it, refused by the name it was given."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import BadSettings
from engine.flags import FLAGS
from engine.layers import load, sources
from engine.settings import ZERO_ADDRESS, Settings

TESTNET = "ST1PQHQKV0RJXZFY1DGX8MNSNYVE3VGZJSRTPGZGM"
CONTRACT = f"{TESTNET}.pay-per-view"
# INTERFACE.md, table of settings
DEFAULTS = {
    "chain_url": "off",
    "network": "testnet",
    "contract": None,
    "signer_keys_file": None,
    "node_api_key_file": None,
    "api_tokens_file": None,
    "remote": None,
    "remote_token_file": None,
    "host": "127.0.0.1",
    "port": 8420,
    "concurrency": 10,
    "window": 25,
    "confirmations": 1,
    "fee_default": 2000,
    "fee_max": 50000,
    "fee_max_batch": 2000000,
    "chain_timeout": 10,
    "chain_patience": 240,
    "unseen_after": 15,
    "stuck_after": 600,
    "bump_max": 3,
    "noop_address": None,
    "database_patience": 120,
    "slow_batch": 120,
    "failure_rate": 0.5,
    "off_chain_rate": 0.5,
    "max_batches_per_hour": 50,
    "max_items_per_hour": 5000,
    "memory_limit": 0.8,
    "log_level": "info",
    "log_file": None,
}


@pytest.fixture(autouse=True)
def _own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


def config(folder: Path, text: str) -> Path:
    path = folder / "config.toml"
    path.write_text(text)
    return path


def test_defaults() -> None:
    """Without a word from anybody every setting has the default of INTERFACE.md."""
    found = load()
    assert {name: getattr(found, name) for name in DEFAULTS} == DEFAULTS
    assert found.database_path.name == "batchdeck.sqlite3"
    assert found.noop_recipient == ZERO_ADDRESS["testnet"]


def test_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag beats the environment, which beats the file, which beats the default; each value knows whence it came."""
    path = config(tmp_path, "port = 1\nwindow = 2\nconcurrency = 3\n")
    monkeypatch.setenv("BATCHDECK_WINDOW", "12")
    monkeypatch.setenv("BATCHDECK_CONCURRENCY", "13")
    found = load({"concurrency": "23", "host": None}, path)
    assert (found.port, found.window, found.concurrency, found.confirmations) == (1, 12, 23, 1)
    origins = {source.name: source.origin for source in sources(found)}
    assert origins["port"] == f"port in {path}"
    assert origins["window"] == "BATCHDECK_WINDOW"
    assert origins["concurrency"] == "--concurrency"
    assert origins["confirmations"] == origins["host"] == "default"


def test_default_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file in the user's settings folder is read by commands, and never by a program's own Settings()."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "batchdeck").mkdir()
    config(tmp_path / "batchdeck", "chain_url = 'devnet'")
    assert load().simulated
    assert not Settings().simulated


def test_in_a_program(tmp_path: Path) -> None:
    """A program gives arguments; they are checked like flags and can't be changed afterwards."""
    found = Settings(database_url=f"sqlite:///{tmp_path}/x.sqlite3", chain_url="devnet")
    assert found.database_path == tmp_path / "x.sqlite3"
    assert found.simulated
    with pytest.raises(ValueError, match="frozen"):
        found.port = 1  # type: ignore[misc]
    with pytest.raises(BadSettings, match="databse_url is no setting: did you mean database_url"):
        Settings(databse_url="sqlite:///x")


@pytest.mark.parametrize(
    ("flags", "words"),
    [
        ({"port": "65536"}, ("--port", "65536", "65535")),
        ({"port": "x"}, ("--port", "'x'", "give a whole number from 0 to 65535")),
        ({"host": ""}, ("--host", "''", "give text of 1 to 255 characters")),
        ({"concurrency": "0"}, ("--concurrency", "'0'", "1")),
        ({"window": "26"}, ("--window", "26", "25")),
        ({"network": "devnet"}, ("--network", "devnet", "testnet")),
        ({"database_url": "postgresql+psycopg://u:hunter2@h/d"}, ("--database", "later release", "sqlite:///PATH")),
        ({"database_url": "x.db"}, ("--database", "x.db", "sqlite:///PATH")),
        ({"database_url": "sqlite:///:memory:"}, ("--database", "kept")),
        ({"chain_url": "ftp://node"}, ("--chain", "ftp://node", "https://HOST")),
        ({"chain_url": "https://node/hunter2?x, node"}, ("--chain", "https://node/...,node", "https://HOST")),
        ({"chain_url": "api.node/v2/hunter2"}, ("--chain", "api.node/...", "https://HOST")),
        ({"chain_url": "https://u:hunter2@node"}, ("--chain", "***@node", "secret")),
        ({"contract": "pay-per-view"}, ("--contract", "ADDRESS.NAME")),
        ({"contract": f"{TESTNET[:-1]}N.pay"}, ("--contract", "checksum")),
        ({"contract": CONTRACT, "network": "mainnet"}, ("--contract", "isn't of mainnet", "--network")),
        ({"chain_url": "https://node.example"}, ("--contract", "missing", "ADDRESS.NAME")),
        ({"chain_url": "devnet", "signer_keys_file": "k"}, ("--signer-keys-file", "devnet", "valid elsewhere")),
        ({"host": "0.0.0.0"}, ("--host", "0.0.0.0", "--tokens-file")),
        ({"log_level": "loud"}, ("--log-level", "loud", "give 'debug', 'info', 'warning' or 'error'")),
        ({"memory_limit": float("nan")}, ("BATCHDECK_MEMORY_LIMIT", "nan", "give a number above 0 and at most 1")),
    ],
)
def test_refusals(flags: dict[str, object], words: tuple[str, ...]) -> None:
    """A bad value is refused by the name that the user gave it, with the value and the remedy, without any secret."""
    with pytest.raises(BadSettings) as refused:
        load(flags)
    message = str(refused.value)
    assert all(word in message for word in words), message
    assert "hunter2" not in message


def test_bad_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    """What came from the environment is called by its variable, in a command and in a program."""
    monkeypatch.setenv("BATCHDECK_PORT", "many")
    for make in (load, Settings):
        with pytest.raises(BadSettings, match="BATCHDECK_PORT is 'many'"):
            make()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("chain = 'off'", ("chain in ", "no setting", "chain_url")),
        ("port = true", ("port in ", "is true", "give a whole number from 0 to 65535")),
        ("fee_max = 'lots'", ("fee_max in ", "'lots'", "give a whole number from 1 to")),
        ("fee_max = 1.5", ("fee_max in ", "1.5", "give a whole number from 1 to")),
        ("failure_rate = 'half'", ("failure_rate in ", "'half'", "give a number from 0 to 1")),
        ("chain_timeout = 1979-05-27", ("chain_timeout in ", "is 1979-05-27: ", "give a number above 0 and at most")),
        ("chain_url = ['devnet']", ("chain_url in ", "is a list: give text in quotes")),
        ("network = 7", ("network in ", "is 7: ", "give 'testnet' or 'mainnet'")),
        ("log_file = 3", ("log_file in ", "is 3: ", "give the path of a file in quotes")),
        ("port = 1\nport = 2", ("isn't TOML", "overwrite")),
        ("[engine]\nport = 1", ("engine in ", "no setting")),
        ("port = 70000", ("port in ", "70000", "65535")),
        ("contract = 5", ("contract in ", "5", "give text in quotes")),
    ],
)
def test_bad_file(tmp_path: Path, text: str, words: tuple[str, ...]) -> None:
    """A mistake in the file is named with the file, the key and the remedy; an unknown key is never ignored."""
    path = config(tmp_path, text)
    with pytest.raises(BadSettings) as refused:
        load(config=path)
    assert all(word in str(refused.value) for word in (str(path), *words)), refused.value


@pytest.mark.parametrize(
    "text",
    [
        f"signer_keys_file = {['legal', 'winner', 'thank', 'hunter', 'year', 'wave', 'sausage', 'worth'] * 2}",
        "api_tokens_file = ['ops:hunter2']",
        "node_api_key_file = {key = 'hunter2'}",
        "chain_url = ['https://node.example/v2/hunter2']",
    ],
)
def test_no_secret_in_a_list(tmp_path: Path, text: str) -> None:
    """Somebody wrote the secrets themselves, as a list or a table: none of them is repeated, nor a node's path."""
    path = config(tmp_path, text)
    with pytest.raises(BadSettings, match=r" is a (list|table): give .* in quotes") as refused:
        load(config=path)
    assert "hunter" not in str(refused.value)


@pytest.mark.parametrize("field", ["signer_keys_file", "api_tokens_file", "remote_token_file"])
@pytest.mark.parametrize(
    "secret", ["5e" * 32, "0x" + "5e" * 32, "ops:" + "5e" * 32, "ops:" + "5e" * 32 + ":read", "leg " * 12]
)
def test_a_secret_in_place_of_its_file_is_refused_unseen(field: str, secret: str) -> None:
    """A key, a phrase, or a whole line of the tokens: it isn't looked for as a file, and not repeated."""
    with pytest.raises(BadSettings, match="but a secret: write it into a file") as refused:
        load({field: secret})
    assert secret.strip() not in str(refused.value)
    assert "5e5e" not in str(refused.value)


def test_missing_file(tmp_path: Path) -> None:
    """A file that somebody names must be there."""
    with pytest.raises(BadSettings, match=r"--config is .*no such file"):
        load(config=tmp_path / "none.toml")


def test_nodes() -> None:
    """Several nodes stand by comma, each once; a node of this machine may be a devnet, which knows its contract."""
    found = load({"chain_url": "https://a.example/, https://b.example:1,https://a.example", "contract": CONTRACT})
    assert found.nodes == ("https://a.example", "https://b.example:1")
    assert load({"chain_url": "http://127.0.0.1:3999"}).nodes == ("http://127.0.0.1:3999",)


def test_paths(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three slashes begin a path from here, four one from the root; ~ is the home folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/someone")
    paths = [Settings(database_url=f"sqlite:///{path}").database_path for path in ("a b.db", "/a.db", "~/a.db")]
    assert paths == [tmp_path / "a b.db", Path("/a.db"), Path("/home/someone/a.db")]


def test_flags_are_settings() -> None:
    """Each flag of the light table is a setting: `--help` promises nothing that settings don't know."""
    assert set(FLAGS) <= set(Settings.model_fields)
