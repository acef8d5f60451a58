"""What can be set, section by section: the fields, their defaults and limits, what they mean.

`gateway.settings` reads them; `gateway.cli.reference` writes a page of them.
"""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

from adapters.charset import codec_named


class Section(BaseModel):
    """Settings that belong together; nothing else may stand among them."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Server(Section):
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
    proxies: str = Field(
        default="127.0.0.1, ::1",
        description="Addresses and networks of the proxies in front of the gateway, separated by "
        "commas. The client's address is taken from their `X-Forwarded-For`.",
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

    @field_validator("proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for one in filter(None, (part.strip() for part in value.split(","))):
            try:
                ip_network(one)
            except ValueError as fault:
                raise ValueError("addresses and networks, with commas") from fault
        return value

    @property
    def address(self) -> str:
        """The gateway's address as clients see it; of all interfaces, this machine's own."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(self.host, self.host)  # noqa: S104
        shown = f"[{host}]" if ":" in host else host
        return self.base_url or f"http://{shown}:{self.port}"


class Database(Section):
    """Where everything is kept."""

    url: str = Field(
        default="sqlite:///yiqiao.db",
        pattern=r"^(sqlite|postgresql(\+psycopg)?)://",
        description="SQLAlchemy address: `sqlite:///file` or `postgresql+psycopg://…`.",
    )


class KeysSettings(Section):
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
        description="What new values are sealed with. Existing values stay as they are.",
    )

    @model_validator(mode="after")
    def _complete(self) -> KeysSettings:
        if self.provider == "pkcs11" and not (self.library and self.token and self.pin):
            raise ValueError("pkcs11 needs library, token and pin")
        return self


class Mllp(Section):
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
        description="A connection without a message for this long is closed; feeds pause at night.",
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
        default=None,
        description="PEM authorities; senders must then show a certificate of theirs. Which source "
        "sends with which: `yiqiao source add --certificate`.",
    )

    @field_validator("charset")
    @classmethod
    def _known_charset(cls, value: str | None) -> str | None:
        if value is not None and codec_named(value) is None:
            raise ValueError("no character set is called so")
        return value

    @model_validator(mode="after")
    def _encrypted(self) -> Mllp:
        if self.tls_certificate is None and (self.tls_key or self.tls_client_ca):
            raise ValueError("tls_key and tls_client_ca need tls_certificate")
        return self


class Ingest(Section):
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
    requests_per_minute: int = Field(
        default=0,
        ge=0,
        description="Requests to `/ingest` of one source in a minute and a process; more get 429. "
        "0: any number.",
    )


class Auth(Section):
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
    requests_per_minute: int = Field(
        default=600,
        ge=0,
        description="Token requests, and requests without a valid token, of one address in a "
        "minute and a process; more get 429. 0: any number.",
    )


class Disclosure(Section):
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


class Insurer(Section):
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


class Log(Section):
    """Structured logs on standard error; never patient content."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least severity written."
    )
    format: Literal["json", "console"] = Field(
        default="json", description="One JSON object a line, or aligned text for a person."
    )
