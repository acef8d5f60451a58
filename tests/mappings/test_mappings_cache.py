"""Generated tables kept between starts: found again, and never used where others may write."""

from __future__ import annotations

import os
import pickle
from hashlib import sha256
from pathlib import Path

import pytest

from conformance.definitions import definitions
from gateway.caching import table_cache
from gateway.ingest.ids import DerivedIds
from gateway.keys.hashes import Hashes
from mappings import cache, dictionary
from mappings.cache import Cache
from mappings.dictionary import load

IDS = DerivedIds(Hashes(b"k" * 32), "default")
ADT = "MSH|^~\\&|HIS|A|GW|HIE|20260301||ADT^A08|1|P|2.4\rPID|1||7^^^A^MR||Doe^Jo||19000101|M\r"


@pytest.fixture
def at(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "yiqiao"


def stored(directory: Path, content: bytes) -> None:
    """Put a file there as `Cache` would."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    (directory / "k.tables").write_bytes(sha256(content).digest() + content)


def test_tables_that_were_kept_translate_as_those_that_were_compiled(
    at: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = tmp_path / "ours.map"
    profile.write_text("site\n  authority A\nauthorities\n  A  urn:a\nconcepts - -> LN\n  X  1-8\n")
    results = []
    for _ in range(2):
        monkeypatch.setattr(dictionary, "_loaded", {})
        monkeypatch.setattr(dictionary, "_compiled", {})
        loaded = load(definitions(), profile=str(profile), cache=Cache(at))
        results.append((loaded.translate(ADT, IDS, source="s"), loaded.site, loaded.local))
        monkeypatch.setattr(dictionary, "generate", None)  # from now on nothing may be compiled
    assert results[0] == results[1]
    assert results[0][0].made[0].resource["identifier"][0]["system"] == "urn:a"
    assert oct(at.stat().st_mode & 0o777) == "0o700"
    assert {oct(path.stat().st_mode & 0o777) for path in at.iterdir()} == {"0o600"}


def test_whatever_goes_into_tables_makes_another_key(at: Path) -> None:
    one = Cache(at)
    keys = {
        one.key(["a", "b"]),
        one.key(["ab"]),
        one.key(["a", "b", ""]),
        Cache(at, "5").key(["a"]),
    }
    assert len(keys | {one.key(["a"])}) == 5
    assert one.key(["a"]) == Cache(at).key(["a"])


def test_what_is_not_whole_is_not_used(at: Path) -> None:
    one = Cache(at)
    assert one.fetch("k") is None
    one.keep("k", ("value", frozenset({1})))
    assert one.fetch("k") == ("value", frozenset({1}))
    path = at / "k.tables"
    whole = path.read_bytes()
    for broken in (
        b"",
        whole[:20],
        whole[:-1],
        whole[:40] + bytes([whole[40] ^ 1]) + whole[41:],
        whole + b"x",
    ):
        path.write_bytes(broken)
        assert one.fetch("k") is None


class Other:
    """What nobody keeps."""


@pytest.mark.parametrize("value", [Other(), os.system, print, cache.Cache.key])
def test_nothing_but_the_package_s_own_classes_is_made(at: Path, value: object) -> None:
    stored(at, pickle.dumps(value))
    assert Cache(at).fetch("k") is None


@pytest.mark.parametrize("mode", [0o750, 0o702, 0o777])
def test_a_directory_that_others_may_enter_is_not_used(at: Path, mode: int) -> None:
    stored(at, pickle.dumps("value"))
    assert Cache(at).fetch("k") == "value"
    at.chmod(mode)
    assert Cache(at).fetch("k") is None
    Cache(at).keep("new", "value")
    assert [path.name for path in at.iterdir()] == ["k.tables"]


def test_neither_links_nor_what_is_another_s_are_used(
    at: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(at, pickle.dumps("value"))
    (at / "l.tables").symlink_to(at / "k.tables")
    (tmp_path / "link").symlink_to(at)
    assert Cache(at).fetch("l") is None
    assert Cache(tmp_path / "link").fetch("k") is None
    monkeypatch.setattr(os, "geteuid", lambda: os.getuid() + 1)
    assert Cache(at).fetch("k") is None


def test_where_nothing_can_be_kept_nothing_happens(
    at: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    Cache(tmp_path / "file").keep("k", 1)
    with monkeypatch.context() as patch:
        patch.setattr(os, "supports_dir_fd", set())
        Cache(at).keep("k", 1)
        assert Cache(at).fetch("k") is None
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", lambda *_, **__: (_ for _ in ()).throw(OSError("full")))
        Cache(at).keep("k", 1)
    assert list(at.iterdir()) == []


def test_the_longest_unused_go_first(at: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = Cache(at)
    one.keep("a", "a")
    monkeypatch.setattr(cache, "MOST", 2 * (at / "a.tables").stat().st_size)
    for number, name in enumerate("abc"):
        one.keep(name, name)
        os.utime(at / f"{name}.tables", (number, number))
        if name == "b":
            one.fetch("a")
    assert sorted(path.name for path in at.iterdir()) == ["a.tables", "c.tables"]


def test_the_directory_is_the_user_s_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "named"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for wanted in ("named/yiqiao", "home/.cache/yiqiao"):
        found = table_cache()
        assert found is not None
        found.keep("k", 1)
        assert (tmp_path / wanted / "k.tables").is_file()
        monkeypatch.setenv("XDG_CACHE_HOME", "relative")
    monkeypatch.setattr(Path, "home", lambda: (_ for _ in ()).throw(RuntimeError("no home")))
    assert table_cache() is None
