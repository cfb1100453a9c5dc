"""The flags of the command line that are settings: one light table, so that `--help` loads no pydantic.

`engine.settings` names them in its refusals; `console.cli` makes the options of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Flag(NamedTuple):
    """One flag: how it is written, what stands for its value, and what it means."""

    name: str
    metavar: str
    help: str


FLAGS: Mapping[str, Flag] = {
    "database_url": Flag("--database", "URL", "Database, sqlite:///PATH (default: in your data folder)."),
    "chain_url": Flag(
        "--chain", "off|devnet|URLS", "No chain (default), the simulated node, or Stacks nodes by comma."
    ),
    "network": Flag("--network", "NAME", "testnet (default) or mainnet."),
    "contract": Flag("--contract", "ADDRESS.NAME", "The pay-per-view contract; a real node needs it."),
    "signer_keys_file": Flag("--signer-keys-file", "FILE", "Keys or mnemonics, one a line, mode 0600 or 0400."),
    "api_tokens_file": Flag("--tokens-file", "FILE", "Tokens of the HTTP API, NAME:TOKEN[:read] a line."),
    "remote": Flag("--remote", "URL", "Talk to the engine at this address."),
    "remote_token_file": Flag("--token-file", "FILE", "The token for that engine."),
    "host": Flag("--host", "ADDRESS", "Address that the HTTP API listens on (127.0.0.1)."),
    "port": Flag("--port", "PORT", "Port that is listened on; 0 is any free one."),
    "concurrency": Flag("--concurrency", "N", "Items in a step at once (10)."),
    "window": Flag("--window", "N", "Transactions in flight for one signer (25)."),
    "block_seconds": Flag("--block-seconds", "SECONDS", "Time between two blocks of the simulated node (2)."),
    "log_level": Flag("--log-level", "LEVEL", "debug, info (default), warning or error."),
    "log_file": Flag("--log-file", "FILE", "Where the log goes."),
}
ENVIRONMENT = "BATCHDECK_"
CONFIG = "config"
"""The name among the flags of the one that names the settings file, and is no setting itself."""
CONFIG_FLAG = Flag("--config", "FILE", "Settings file (default: config.toml in your settings folder).")


def flag_of(field: str) -> str:
    """Return how a setting is written on the command line, or in the environment when it has no flag."""
    return FLAGS[field].name if field in FLAGS else variable_of(field)


def variable_of(field: str) -> str:
    """Return the environment variable of a setting."""
    return ENVIRONMENT + field.upper()
