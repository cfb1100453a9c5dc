"""Settings: every choice of whoever runs Batchdeck, checked once, frozen after that.

`Settings(chain_url="devnet")` in a program reads arguments, then `BATCHDECK_*`, then defaults;
`engine.layers.load` puts flags and the settings file on top. Times are seconds, fees µSTX, rates shares.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, PrivateAttr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from engine import setting_rules as rules
from engine.core.summary import Thresholds
from engine.errors import BadSettings
from engine.flags import ENVIRONMENT, flag_of, variable_of
from engine.folders import data

ZERO_ADDRESS = {"testnet": "ST000000000000000000002AMW42H", "mainnet": "SP000000000000000000002Q6VF78"}

Seconds = Annotated[float, Field(gt=0, le=86_400, allow_inf_nan=False)]
Patience = Annotated[float, Field(ge=0, le=31_536_000, allow_inf_nan=False)]
Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Fee = Annotated[int, Field(ge=1, le=2**63 - 1)]
Limit = Annotated[int, Field(ge=0, le=1_000_000_000)]
File = Annotated[Path, AfterValidator(rules.file)]
Url = Annotated[str, AfterValidator(rules.web_address)]


def default_database() -> str:
    """Return the address of the database in the user's data folder."""
    return f"{rules.SQLITE}{data() / 'batchdeck.sqlite3'}"


class Settings(BaseSettings):
    """The settings of INTERFACE.md under the names of their variables; BadSettings for a bad one."""

    model_config = SettingsConfigDict(
        env_prefix=ENVIRONMENT, env_ignore_empty=True, extra="forbid", frozen=True, hide_input_in_errors=True
    )

    database_url: Annotated[str, AfterValidator(rules.database)] = Field(default_factory=default_database)
    chain_url: Annotated[str, AfterValidator(rules.chain)] = rules.OFF
    network: Literal["testnet", "mainnet"] = "testnet"
    contract: Annotated[str, AfterValidator(rules.contract)] | None = None
    signer_keys_file: File | None = None
    node_api_key_file: File | None = None
    api_tokens_file: File | None = None
    remote: Url | None = None
    remote_token_file: File | None = None
    host: Annotated[str, Field(min_length=1, max_length=255)] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65_535)] = 8420
    concurrency: Annotated[int, Field(ge=1, le=256)] = 10
    window: Annotated[int, Field(ge=1, le=25)] = 25
    confirmations: Annotated[int, Field(ge=1, le=1000)] = 1
    fee_default: Fee = 2_000
    fee_max: Fee = 50_000
    fee_max_batch: Fee = 2_000_000
    chain_timeout: Seconds = 10
    chain_patience: Patience = 240
    unseen_after: Seconds = 15
    stuck_after: Seconds = 600
    bump_max: Annotated[int, Field(ge=0, le=100)] = 3
    noop_address: Annotated[str, AfterValidator(rules.principal)] | None = None
    database_patience: Patience = 120
    slow_batch: Patience = 120
    failure_rate: Share = 0.5
    off_chain_rate: Share = 0.5
    max_batches_per_hour: Limit = 50
    max_items_per_hour: Limit = 5_000
    memory_limit: Annotated[float, Field(gt=0, le=1, allow_inf_nan=False)] = 0.8
    block_seconds: Annotated[float, Field(ge=0.05, le=3_600, allow_inf_nan=False)] = 2
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_file: File | None = None

    _origins: dict[str, str] = PrivateAttr(default_factory=dict)

    def __init__(self, _origins: Mapping[str, str] | None = None, **given: Any) -> None:
        """Check the values; ``_origins`` tells how the user wrote each setting that was given."""
        written = {name: name for name in given} if _origins is None else dict(_origins)

        def name(field: str) -> str:
            variable = variable_of(field)
            return written.get(field) or (variable if variable in os.environ else flag_of(field))

        try:
            super().__init__(**given)
        except ValidationError as error:
            raise BadSettings(rules.refusal(error, type(self).model_fields, name)) from None
        self._origins = written
        if problems := rules.conflicts(self, name):
            raise BadSettings("; ".join(problems))

    def origin(self, field: str) -> str:
        """Return how the user wrote a setting: a flag, a variable, a key of the file, or ``default``."""
        if field in self._origins:
            return self._origins[field]
        return variable_of(field) if field in self.model_fields_set else "default"

    @property
    def database_path(self) -> Path:
        """The SQLite file, absolute."""
        return rules.database_path(self.database_url)

    @property
    def nodes(self) -> tuple[str, ...]:
        """The addresses of the Stacks nodes; none for `off` and `devnet`."""
        return () if self.chain_url in (rules.OFF, rules.DEVNET) else tuple(self.chain_url.split(","))

    @property
    def chain_told(self) -> str:
        """The chain as whoever may read is told of it: of a node no path, for that may be a key."""
        return rules.nodes_told(self.chain_url)

    @property
    def simulated(self) -> bool:
        """Whether the chain is the simulated node inside the process."""
        return self.chain_url == rules.DEVNET

    @property
    def noop_recipient(self) -> str:
        """Where the 1-µSTX no-op that fills a hole goes."""
        return self.noop_address or ZERO_ADDRESS[self.network]

    @property
    def thresholds(self) -> Thresholds:
        """When a batch deserves an alert."""
        return Thresholds(self.slow_batch, self.failure_rate, self.off_chain_rate)
