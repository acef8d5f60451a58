"""Settings: one TOML file and the environment in, one validated immutable `Settings` out.

The file is ``$YIQIAO_CONFIG``, else ``./yiqiao.toml`` where it exists. An environment variable
``YIQIAO_<SECTION>__<NAME>`` overrides ``name`` of ``[section]``. Anything unknown or wrong stops
the program with the file (or variable), the key and the reason; values are not echoed, they may be
secrets.
"""

from __future__ import annotations

import codecs
import os
import re
import tomllib
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from gateway.sections import (
    Auth,
    Database,
    Disclosure,
    Ingest,
    Insurer,
    KeysSettings,
    Log,
    Mllp,
    Server,
)

PREFIX = "YIQIAO_"
DELIMITER = "__"
DEFAULT_FILE = "yiqiao.toml"
_HEADER = re.compile(r"\s*\[([^\[\]]+)\]")
_KEY = re.compile(r"\s*\"?([A-Za-z0-9_-]+)\"?\s*=")


class BadSettingError(Exception):
    """A setting cannot be used.

    Attributes
    ----------
    origin : str
        The file, or the environment variable, that holds it.
    key : str
        ``section.name``; empty where the whole file cannot be read.
    why : str
        The reason, without the value.
    """

    def __init__(self, origin: str, key: str, why: str) -> None:
        super().__init__(": ".join(part for part in (origin, key, why) if part))
        self.origin, self.key, self.why = origin, key, why


class Settings(BaseSettings):
    """All settings of a running gateway, by section."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter=DELIMITER,
        extra="forbid",
        frozen=True,
        nested_model_default_partial_update=True,
    )

    tenant: str = Field(
        default="default",
        pattern=r"^[A-Za-z0-9-]{1,32}$",
        description="Name of the tenant whose data new sources and organisations belong to.",
    )
    server: Server = Server()
    database: Database = Database()
    keys: KeysSettings = KeysSettings()
    mllp: Mllp = Mllp()
    ingest: Ingest = Ingest()
    auth: Auth = Auth()
    disclosure: Disclosure = Disclosure()
    insurer: Insurer = Insurer()
    log: Log = Log()

    @property
    def fhir_base(self) -> str:
        """Base URL of the FHIR API, without a trailing slash."""
        return f"{self.server.address}/fhir"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - named by the caller
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments before the environment before the file (pydantic-settings' hook)."""
        file = settings_file()
        toml = TomlConfigSettingsSource(settings_cls, file) if file else None
        return (init_settings, env_settings, *((toml,) if toml else ()))


#: After the prefix: sections and top-level settings; what clients, benchmarks and tests are told.
_KNOWN_VARIABLES = {
    *Settings.model_fields,
    "config",
    "url",
    "test_postgres_url",
    "test_corpus",
    "bench_url",
}


def settings_file() -> Path | None:
    """Return the file to read: ``$YIQIAO_CONFIG``, else ``./yiqiao.toml`` if it is there."""
    named = os.environ.get(f"{PREFIX}CONFIG")
    if named:
        return Path(named)
    return Path(DEFAULT_FILE) if Path(DEFAULT_FILE).is_file() else None


def load(**overrides: Any) -> Settings:
    """Read the settings.

    Parameters
    ----------
    **overrides
        Whole sections, as dictionaries, that win over file and environment.

    Raises
    ------
    BadSettingError
        The file is missing or is no TOML, or a setting is unknown or wrong.
    """
    file = settings_file()
    if file is not None:
        _check_file(file)
    for name in os.environ:
        section = name.upper().removeprefix(PREFIX).partition(DELIMITER)[0].lower()
        if name.upper().startswith(PREFIX) and section not in _KNOWN_VARIABLES:
            raise BadSettingError(f"environment variable {name}", "", "there is no such setting")
    try:
        return Settings(**overrides)
    except tomllib.TOMLDecodeError as fault:
        raise BadSettingError(str(file), "", f"not TOML: {fault}") from fault
    except SettingsError as fault:
        raise BadSettingError("environment", "", str(fault)) from fault
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_context=False, include_input=False)[0]
        where = tuple(str(part) for part in first["loc"])
        raise BadSettingError(_origin(where, file), ".".join(where), first["msg"]) from None


def _check_file(file: Path) -> None:
    """See that a file is there and is text as TOML has it; editors on Windows write other."""
    if not file.is_file():
        raise BadSettingError(str(file), "", "there is no such file")
    octets = file.read_bytes()
    if octets.startswith(codecs.BOM_UTF8):
        raise BadSettingError(f"{file}:1", "", "begins with a byte order mark: save it without")
    try:
        octets.decode()
    except UnicodeDecodeError as fault:
        line = octets.count(b"\n", 0, fault.start) + 1
        raise BadSettingError(f"{file}:{line}", "", "not UTF-8: save the file as UTF-8") from None


def _origin(where: tuple[str, ...], file: Path | None) -> str:
    variable = PREFIX + DELIMITER.join(where).upper()
    if any(variable == name.upper() for name in os.environ):
        return f"environment variable {variable}"
    return f"{file}{_line(file, where)}" if file else "settings"


def _line(file: Path, where: tuple[str, ...]) -> str:
    """Find the line of a setting in a TOML file: ``:7``; of its section, if it is not written."""
    *section, name = where
    found, current = "", ""
    for number, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if header := _HEADER.match(text):
            current = header[1].replace('"', "").replace(" ", "")
            if current in {".".join(section), ".".join(where)}:
                found = f":{number}"
        elif (key := _KEY.match(text)) and (current, key[1]) == (".".join(section), name):
            return f":{number}"
    return found
