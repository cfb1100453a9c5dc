"""The layers of the settings: flags over the environment over the settings file over defaults.

Apart from `Settings` because a program gives its own arguments and shouldn't read a person's settings file.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs
from pydantic_settings import EnvSettingsSource

from engine.crash import VARIABLE as CRASH_AT
from engine.errors import BadSettings
from engine.flags import CONFIG_FLAG, ENVIRONMENT, flag_of, variable_of
from engine.folders import APP
from engine.setting_rules import MASK, masked, nodes_told, shown, unknown
from engine.setting_words import wanted
from engine.settings import Settings

KEYS = "keys"
"""The section of the settings file that binds the console's keys anew: no setting of an engine."""


@dataclass(frozen=True, slots=True)
class Source:
    """One setting as `doctor` prints it: its name, its value without secrets, and where it came from."""

    name: str
    value: str
    origin: str


def default_config() -> Path:
    """Return where the settings file is looked for when nobody names one."""
    return platformdirs.user_config_path(APP) / "config.toml"


def load(flags: Mapping[str, object] | None = None, config: Path | None = None) -> Settings:
    """Return the settings of all layers; ``flags`` by field name. BadSettings names what can't be used."""
    path = config or default_config()
    file = _read_file(path, must_exist=config is not None)
    environment = EnvSettingsSource(Settings)()
    given = {field: value for field, value in (flags or {}).items() if value is not None}
    origins = {field: f"{field} in {path}" for field in file}
    origins |= {field: variable_of(field) for field in environment}
    origins |= {field: flag_of(field) for field in given}
    return Settings(_origins=origins, **{**file, **environment, **given})


def strange_variables() -> list[str]:
    """Return a sentence for each variable that is named as a setting and is none, so that nobody reads it."""
    known = [field.upper() for field in Settings.model_fields]
    given = {
        name: name.upper().removeprefix(ENVIRONMENT) for name in os.environ if name.upper().startswith(ENVIRONMENT)
    }
    strange = {name: field for name, field in given.items() if field not in known and name != CRASH_AT}
    return [unknown(name, field, known, ENVIRONMENT) for name, field in sorted(strange.items())]


def keys_section(config: Path | None = None) -> tuple[str, object]:
    """Return where the settings file is, and its section of keys as it stands there; what it means the console knows.

    Empty where there is no file, or none that can be read: who needs its settings is told by `load`.
    """
    path = config or default_config()
    try:
        return str(path), tomllib.loads(path.read_text(encoding="utf-8-sig")).get(KEYS, {})
    except (OSError, ValueError):
        return str(path), {}


def sources(settings: Settings) -> list[Source]:
    """Return every setting with its value and where that came from, in the order of INTERFACE.md."""
    return [
        Source(field, "none" if value is None else _told(field, str(value)), settings.origin(field))
        for field in type(settings).model_fields
        for value in (getattr(settings, field),)
    ]


def _told(field: str, value: str) -> str:
    return nodes_told(value, MASK) if field == "chain_url" else masked(value)


def _read_file(path: Path, *, must_exist: bool) -> dict[str, object]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        if must_exist:
            raise BadSettings(f"{CONFIG_FLAG.name} is {shown(path)}: there is no such file") from None
        return {}
    except OSError as error:
        raise BadSettings(f"{path} can't be read ({error.strerror}): make it readable, or move it away") from None
    except UnicodeDecodeError as error:
        raise BadSettings(f"{path} isn't UTF-8 ({error.reason}): save it as UTF-8") from None
    return _checked(path, text)


def _checked(path: Path, text: str) -> dict[str, object]:
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadSettings(f"{path} isn't TOML: {error}") from None
    values.pop(KEYS, None)
    known = Settings.model_fields
    problems = [unknown(f"{key} in {path}", key, known) for key in values if key not in known]
    problems += [
        f"{key} in {path} is {shown(value)}: give {wanted(known[key], value)}"
        for key, value in values.items()
        if key in known and (isinstance(value, bool) or not isinstance(value, str | int | float))
    ]
    if problems:
        raise BadSettings("; ".join(problems))
    return values
