"""Settings: one TOML file and the environment in, one validated immutable `Settings` out.

The file is ``$YIQIAO_CONFIG``, else ``./yiqiao.toml`` where it exists. An environment variable
``YIQIAO_<SECTION>__<NAME>`` overrides ``name`` of ``[section]``. Anything unknown or wrong stops
the program with the file (or variable), the key and the reason; values are not echoed, they may be
secrets. `reference` writes the page ``docs/reference/settings.md`` from the fields below.
"""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticUndefined
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
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


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(_Section):
    """The HTTP side: FHIR, OAuth 2, ingest, health."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=8080, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    base_url: str = Field(
        default="",
        pattern=r"^(https?://[^/\s]+(/[^\s?#]*)?)?$",
        description="The gateway's address as clients see it, without `/fhir`. Tokens, links and "
        "`fullUrl`s are made from it. Empty: `http://`, `host` and `port`.",
    )
    max_body_bytes: int = Field(
        default=16 * 1024 * 1024,
        ge=1024,
        description="Largest request body; a larger one gets 413.",
    )
    threads: int = Field(
        default=16,
        ge=1,
        le=256,
        description="Requests that may be inside the store at the same time.",
    )

    @field_validator("base_url")
    @classmethod
    def _without_trailing_slash(cls, value: str) -> str:
        return value.rstrip("/")

    @property
    def address(self) -> str:
        """The gateway's address as clients see it; of all interfaces, this machine's own."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104
        shown = f"[{host}]" if ":" in host else host
        return self.base_url or f"http://{shown}:{self.port}"


class Database(_Section):
    """Where everything is kept."""

    url: str = Field(
        default="sqlite:///yiqiao.db",
        pattern=r"^(sqlite|postgresql(\+psycopg)?)://",
        description="SQLAlchemy address: `sqlite:///file` or `postgresql+psycopg://…`.",
    )


class KeysSettings(_Section):
    """Where key-encryption keys live, and what records are sealed with."""

    provider: Literal["file", "pkcs11"] = Field(
        default="file",
        description="Holder of the key-encryption keys: a file in `directory`, or a PKCS#11 token.",
    )
    directory: Path = Field(
        default=Path("keys"),
        description="Directory of `secrets.json` and of the file keyring; made at first start, "
        "mode 0700.",
    )
    library: Path | None = Field(
        default=None, description="The PKCS#11 library of the HSM; needed for `pkcs11`."
    )
    token: str | None = Field(
        default=None, description="Label of the PKCS#11 token; needed for `pkcs11`."
    )
    pin: SecretStr | None = Field(
        default=None,
        description="PIN of the token's user; needed for `pkcs11`. Better in the environment "
        "(`YIQIAO_KEYS__PIN`) than in the file.",
    )
    algorithm: Literal["aes-256-gcm", "sm4-gcm"] = Field(
        default="aes-256-gcm",
        description="What new values are sealed with; those there are stay as they are, and open.",
    )

    @model_validator(mode="after")
    def _complete(self) -> KeysSettings:
        if self.provider == "pkcs11" and not (self.library and self.token and self.pin):
            raise ValueError("pkcs11 needs library, token and pin")
        return self


class Mllp(_Section):
    """The HL7v2 listener (MLLP)."""

    enabled: bool = Field(default=True, description="Whether `yiqiao serve` listens for MLLP.")
    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=2575, ge=0, le=65535, description="Port to listen on; 0 takes a free one."
    )
    max_frame_bytes: int = Field(
        default=16 * 1024 * 1024,
        ge=1024,
        description="Largest frame; a larger one is refused with AR.",
    )
    max_connections: int = Field(
        default=512, ge=1, description="Connections at the same time; the next is refused."
    )
    idle_seconds: float = Field(
        default=86_400.0,
        gt=0,
        description="A connection without a message for this long is closed; feeds rest at night.",
    )
    frame_seconds: float = Field(
        default=60.0, gt=0, description="Longest time a frame may take to arrive."
    )
    charset: str | None = Field(
        default=None,
        description="Character set of every connection, by its Table 0211 name; overrides a "
        "source's and MSH-18.",
    )
    tls_certificate: Path | None = Field(
        default=None, description="PEM certificate chain; turns TLS on."
    )
    tls_key: Path | None = Field(default=None, description="PEM private key of the certificate.")
    tls_client_ca: Path | None = Field(
        default=None, description="PEM authorities; senders must then show a certificate of theirs."
    )


class Ingest(_Section):
    """From the spool to the store."""

    batch: int = Field(
        default=64, ge=1, le=4096, description="Most messages applied in one transaction."
    )
    poll_seconds: float = Field(
        default=0.2,
        gt=0,
        description="How often an idle worker looks for messages of other processes.",
    )
    ready_lag_seconds: float = Field(
        default=60.0,
        gt=0,
        description="`/readyz` says no while a message has waited longer than this.",
    )


class Auth(_Section):
    """OAuth 2 client credentials with `private_key_jwt` (SMART Backend Services)."""

    token_seconds: int = Field(
        default=300, ge=10, le=300, description="Lifetime of an access token."
    )
    assertion_seconds: int = Field(
        default=300,
        ge=10,
        le=300,
        description="Longest lifetime accepted of a client assertion (RFC 7523).",
    )
    clock_skew_seconds: int = Field(
        default=5,
        ge=0,
        le=60,
        description="Difference between clocks forgiven when judging `exp`, `iat`, `nbf`.",
    )


class Disclosure(_Section):
    """The way out."""

    page_size: int = Field(
        default=50, ge=1, le=1000, description="Entries of a search page without `_count`."
    )
    max_page_size: int = Field(
        default=1000, ge=1, le=10000, description="Largest `_count` honoured."
    )
    page_link_seconds: int = Field(default=600, ge=10, description="Lifetime of a `next` link.")
    max_persons: int = Field(
        default=200,
        ge=1,
        description="Most persons a search that names none may run over; above: 400 `too-costly`.",
    )
    timezone: str = Field(
        default="Asia/Shanghai",
        description="Zone of dates without an offset, in searches and visits (IANA name).",
    )

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as fault:
            raise ValueError("not an IANA time zone") from fault
        return value


class Insurer(_Section):
    """`Encounter/$verify-visit`."""

    attempts_per_visit: int = Field(
        default=10,
        ge=1,
        description="Questions an insurer may ask in a day about one identity, hospital and date; "
        "beyond, every answer is `not-confirmed`.",
    )
    attempts_per_person: int = Field(
        default=50,
        ge=1,
        description="Questions an insurer may ask in a day about one identity; beyond, every "
        "answer is `not-confirmed`.",
    )
    answer_milliseconds: int = Field(
        default=50,
        ge=0,
        le=1000,
        description="Answers leave at a multiple of this after the question came, so that their "
        "time tells nothing; 0 answers at once.",
    )


class Log(_Section):
    """Structured logs on standard error; never patient content."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severity written."
    )
    format: Literal["json", "console"] = Field(
        default="json", description="One JSON object a line, or aligned text for a person."
    )


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
    if file is not None and not file.is_file():
        raise BadSettingError(str(file), "", "there is no such file")
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


def reference() -> str:
    """Write the settings reference as Markdown, one table a section."""
    lines = [
        "# Settings",
        "",
        "One TOML file — `$YIQIAO_CONFIG`, else `./yiqiao.toml` — and the environment, which wins:",
        f"`{PREFIX}SERVER{DELIMITER}PORT=9000` overrides `port` of `[server]`. A bad setting stops "
        "the program.",
        "This page is generated from `gateway/settings.py`.",
        "",
        "## Top level",
        "",
    ]
    top = {
        name: field
        for name, field in Settings.model_fields.items()
        if not isinstance(field.annotation, type) or not issubclass(field.annotation, _Section)
    }
    lines += _table(top)
    for name, field in Settings.model_fields.items():
        if name not in top and isinstance(field.annotation, type):
            section = field.annotation
            lines += ["", f"## [{name}]", "", (section.__doc__ or "").strip(), ""]
            lines += _table(section.model_fields)
    return "\n".join(lines) + "\n"


def _table(fields: dict[str, Any]) -> list[str]:
    rows = ["| Setting | Default | Meaning |", "| --- | --- | --- |"]
    for name, field in fields.items():
        default = "required" if field.default is PydanticUndefined else _shown(field.default)
        rows.append(f"| `{name}` | {default} | {field.description} |")
    return rows


def _shown(value: object) -> str:
    if value is None:
        return "none"
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"
