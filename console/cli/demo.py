"""The demo: sample titles and a simulated node in a folder of its own, whatever the settings say of real ones."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.resources import files

from console.cli import places
from engine.core.catalogue import read_catalogue
from engine.core.reports import ContentQuery
from engine.door import Engine
from engine.errors import BadSettings
from engine.flags import CONFIG, CONFIG_FLAG, flag_of
from engine.folders import made
from engine.setting_rules import DEVNET, SQLITE
from engine.settings import Settings

_UNUSED = ("contract", "signer_keys_file", "node_api_key_file", "noop_address", "remote", "remote_token_file")
_FIXED = (CONFIG, "database_url", "chain_url", "network", *_UNUSED)


def demo_settings(flags: Mapping[str, str]) -> Settings:
    """Return settings that reach neither the user's database, nor a real node, nor a key."""
    for field in flags:
        if field in _FIXED:
            name = CONFIG_FLAG.name if field == CONFIG else flag_of(field)
            raise BadSettings(f"{name} can't be used with demo: it has a folder and a chain of its own")
    own: dict[str, object] = dict.fromkeys(_UNUSED)
    own |= {
        "database_url": f"{SQLITE}{places.demo() / 'batchdeck.sqlite3'}",
        "chain_url": DEVNET,
        "network": "testnet",
        "log_file": places.demo() / "batchdeck.log",
    }
    origins = dict.fromkeys(own, "demo") | {field: flag_of(field) for field in flags}
    return Settings(_origins=origins, **{**own, **flags})


def make_folder() -> None:
    """Make the demo's folder; Unavailable when it can't be made."""
    made(places.demo(), "make it writable, or set XDG_DATA_HOME to a folder that is")


@asynccontextmanager
async def demo_engine(settings: Settings, *, read_only: bool = False) -> AsyncIterator[Engine]:
    """Open the demo's engine; the first time its catalogue is the sample.

    For looking only the database is opened beside the demo that works on it: two may watch what one does.
    """
    from engine.assemble import open_engine

    make_folder()
    looks = read_only and settings.database_path.exists()
    async with open_engine(settings, read_only=looks) as engine:
        if not looks and not (await engine.contents(ContentQuery(removed=True, limit=1))).total:
            text = files("console").joinpath("sample.csv").read_text(encoding="utf-8")
            contents, _ = read_catalogue(text, "csv", settings.network)
            await engine.import_contents(contents)
        yield engine
