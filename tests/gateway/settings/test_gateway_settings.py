"""Settings: sources, refusals that name file, key and reason, and the generated reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.mllp.service import Limits
from gateway.cli import reference
from gateway.settings import BadSettingError, Settings, load


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    def write(text: str) -> Path:
        file = tmp_path / "site.toml"
        file.write_text(text, encoding="utf-8")
        monkeypatch.setenv("YIQIAO_CONFIG", str(file))
        return file

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("YIQIAO_CONFIG", raising=False)
    return write


def test_defaults_need_no_file(config) -> None:
    settings = load()
    assert settings.server.port == 8080
    assert settings.fhir_base == "http://127.0.0.1:8080/fhir"


def test_file_then_environment_then_arguments(config, monkeypatch: pytest.MonkeyPatch) -> None:
    config("[server]\nport = 1\nhost = 'a'\n[auth]\ntoken_seconds = 60\n")
    monkeypatch.setenv("YIQIAO_SERVER__PORT", "2")
    settings = load(auth={"token_seconds": 30})
    assert (settings.server.host, settings.server.port) == ("a", 2)
    assert settings.auth.token_seconds == 30


def test_default_file_is_read_where_the_program_starts(tmp_path: Path, config) -> None:
    Path("yiqiao.toml").write_text("tenant = 'north'\n", encoding="utf-8")
    assert load().tenant == "north"


@pytest.mark.parametrize(
    ("server", "address"),
    [
        ({"port": 9000}, "http://127.0.0.1:9000"),
        ({"host": "0.0.0.0"}, "http://127.0.0.1:8080"),
        ({"host": "::", "port": 81}, "http://[::1]:81"),
        ({"host": "fd00::7"}, "http://[fd00::7]:8080"),
        ({"host": "bridge.example.org"}, "http://bridge.example.org:8080"),
        ({"port": 9000, "base_url": "https://h.example"}, "https://h.example"),
    ],
)
def test_the_address_follows_from_host_and_port_unless_it_is_set(config, server, address) -> None:
    assert load(server=server).server.address == address


def test_a_port_of_the_environment_moves_the_address(config, monkeypatch) -> None:
    monkeypatch.setenv("YIQIAO_SERVER__PORT", "9001")
    assert load().fhir_base == "http://127.0.0.1:9001/fhir"


def test_base_url_loses_its_trailing_slash(config) -> None:
    assert load(server={"base_url": "https://h.example/a/"}).fhir_base == "https://h.example/a/fhir"


@pytest.mark.parametrize(
    ("text", "line", "key", "why"),
    [
        ("[server]\nport = 'secret-value'\n", ":2", "server.port", "integer"),
        ("[server]\nproxies = '10.0.0.0/8, proxy'\n", ":2", "server.proxies", "networks"),
        ("[server]\nproxies = '*'\n", ":2", "server.proxies", "networks"),
        ("[server]\nprot = 1\n", ":2", "server.prot", "Extra inputs"),
        ("[nonsense]\na = 1\n", ":1", "nonsense", "Extra inputs"),
        (
            "# zones\n[ disclosure ]\n\ntimezone = 'Nowhere/Else'\n",
            ":4",
            "disclosure.timezone",
            "IANA",
        ),
        ("[database]\nurl = 'mysql://x'\n", ":2", "database.url", "pattern"),
        ("tenant = 'not allowed'\n", ":1", "tenant", "pattern"),
        ("[server\n", "", "", "line 1"),
    ],
)
def test_a_bad_file_names_file_line_key_and_reason(
    config, text: str, line: str, key: str, why: str
) -> None:
    file = config(text)
    with pytest.raises(BadSettingError) as caught:
        load()
    assert caught.value.origin == f"{file}{line}"
    assert caught.value.key == key
    assert why in caught.value.why
    assert "secret-value" not in str(caught.value)


@pytest.mark.parametrize(
    ("octets", "why"),
    [
        ("[server]\n# 端口\nport = 1\n".encode("gbk"), ":2: not UTF-8"),
        ("[server]\nport = 1\n".encode("utf-16"), ":1: not UTF-8"),
        ("[server]\nport = 1\n".encode("utf-8-sig"), ":1: begins with a byte order mark"),
    ],
)
def test_a_file_in_another_encoding_is_named(config, octets: bytes, why: str) -> None:
    file = config("")
    file.write_bytes(octets)
    with pytest.raises(BadSettingError, match=f"{file}{why}"):
        load()


def test_a_missing_file_is_named(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIQIAO_CONFIG", "absent.toml")
    with pytest.raises(BadSettingError, match=r"absent\.toml: there is no such file"):
        load()


def test_a_bad_variable_is_named(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIQIAO_SERVER__PORT", "x")
    with pytest.raises(BadSettingError, match="environment variable YIQIAO_SERVER__PORT"):
        load()


def test_an_unparsable_section_variable_is_refused(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIQIAO_SERVER", "{")
    with pytest.raises(BadSettingError, match="environment"):
        load()


def test_reference_describes_every_setting() -> None:
    page = reference.settings()
    for name, field in Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and hasattr(section, "model_fields"):
            assert f"## [{name}]" in page
            for inner, described in section.model_fields.items():
                assert described.description, inner
                assert f"| `{inner}` |" in page
        else:
            assert field.description
            assert f"| `{name}` |" in page
    assert "| none |" in page
    assert "| `true` |" in page


def test_mllp_is_set_as_the_listener_is_by_itself(config) -> None:
    mllp, limits = load().mllp, Limits()
    assert (mllp.max_frame_bytes, mllp.max_connections) == (limits.max_frame, limits.connections)
    assert (mllp.idle_seconds, mllp.frame_seconds) == (limits.idle, limits.frame)


@pytest.mark.parametrize("missing", ["library", "token", "pin"])
def test_an_hsm_must_be_named_in_full(config, missing: str) -> None:
    given = {"library": "/x.so", "token": "yiqiao", "pin": "s3cret"}
    lines = [f"{name} = '{value}'" for name, value in given.items() if name != missing]
    config("\n".join(["[keys]", "provider = 'pkcs11'", *lines]))
    with pytest.raises(BadSettingError, match="needs library, token and pin") as refused:
        load()
    assert refused.value.key == "keys"
    assert "s3cret" not in str(refused.value)


def test_a_pin_is_not_shown(config, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("YIQIAO_KEYS__PIN", "s3cret")
    assert "s3cret" not in repr(load())


@pytest.mark.parametrize("name", ["YIQIAO_SERVRE__PORT", "YIQIAO_TENNANT"])
def test_a_misspelt_variable_is_not_ignored(
    config, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "1")
    with pytest.raises(BadSettingError, match=f"{name}: there is no such setting"):
        load()
