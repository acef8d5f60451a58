"""A hospital's profile in a running gateway: how it writes, what it lacks, and its being edited."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest
from structlog.testing import capture_logs

from adapters.header import read_header
from adapters.mllp.client import MllpClient
from gateway.ingest.arrival.reading import read
from gateway.ingest.sources import Feed, SourceBook
from gateway.keys import open_keys
from gateway.refreshing import fresh
from gateway.serving import running
from gateway.settings import Settings
from gateway.store import Store
from gateway.store.models import Organisation, Source
from gateway.store.worklist import Lacking
from gateway.translator import Translator, tables
from mappings.language.tree import TableError

ORU = (
    "MSH|^~\\&|LIS|TJH01|GW|HIE|20260301103000||ORU^R01|{0}|P|2.4||||||{1}\r"
    "PID|1||77^^^TJH01^MR||彭^測試||19000101|M\r"
    "OBR|1|A1^HIS|L{0}^LIS|HB^x^L|||20260301084500||||||||||||||||||F\r"
    "OBX|1|NM|HB^Hemoglobin^L||7.8|g/L|||||F\r"
)
PROFILE = "site\n  authority  TJH01\nsystems\n  L  https://tjh.example.org/l\nconcepts L -> LN\n"
HB = Lacking("local-code", "L", "HB", "Observation.code")


def edited(path: Path, text: str) -> None:
    """Put another file in the place of one, whole."""
    new = path.with_suffix(".new")
    new.write_text(text, "utf-8")
    new.replace(path)


async def until(look: Callable[[], object]) -> object:
    for _ in range(400):
        if found := await asyncio.to_thread(look):
            return found
        await asyncio.sleep(0.02)
    raise AssertionError("never came")


def test_what_a_profile_lacks_is_counted_until_it_is_mended(
    tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.refreshing.SECONDS", 0.02)
    settings = Settings(
        database={"url": database_url}, keys={"directory": tmp_path / "keys"}, mllp={"port": 0}
    )
    profile = tmp_path / "tjh.map"
    profile.write_text(PROFILE, "utf-8")
    store = Store.open(settings.database.url, open_keys(settings))
    with store.begin() as tx:
        tx.directory.add(Organisation(id="tjh", kind="source", name="TJH", created=1))
        tx.directory.add(Source(organisation="tjh", facility="TJH01", profile=str(profile)))

    def counted(what: Lacking, at_least: int = 1) -> bool:
        with store.read() as tx:
            return any(w == what and n >= at_least for w, n, _, _ in tx.worklist.of("tjh"))

    def codes() -> list[str]:
        with store.read() as tx:
            homes = [one.id for one in tx.compartments.of_organisation("tjh", limit=9)]
            rows = tx.resources.rows(homes, ("Observation",))
            found = [orjson.loads(body)["code"]["coding"] for body in tx.resources.bodies(rows)]
            return sorted(coding["code"] for codings in found for coding in codings)

    async def story() -> None:
        async with running(settings, ("mllp", "worker")) as here:
            client = await MllpClient.connect("127.0.0.1", here.mllp_port)
            send: Callable[[bytes], Awaitable[bytes]] = client.send
            async with client:
                assert b"MSA|AA|1" in await send(ORU.format(1, "").encode())
                await send(ORU.format(2, "").encode())
                await until(lambda: counted(HB, 2))
                before = here.gateway.translator.dictionary(str(profile))
                edited(profile, PROFILE + "  HB  718-7\n")
                await until(lambda: here.gateway.translator.dictionary(str(profile)) != before)
                await send(ORU.format(3, "").encode())
                await until(lambda: "718-7" in codes())

    asyncio.run(story())
    with store.read() as tx:
        kinds = {one.what: one.times for one in tx.worklist.of("tjh")}
    store.close()
    assert kinds[HB] == 2
    assert kinds[Lacking("authority", "HIS", "", "DiagnosticReport.identifier")] == 3
    assert not any("彭" in text or "77" in text for what in kinds for text in what)


def test_a_profile_edited_wrongly_is_told_once_and_the_one_before_holds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: object
) -> None:
    monkeypatch.setattr("gateway.refreshing.SECONDS", 0.01)
    profile = tmp_path / "tjh.map"
    profile.write_text(PROFILE, "utf-8")
    translator = Translator()
    translator.dictionary(None)
    before = translator.dictionary(str(profile))

    async def look_on(logs: Sequence[object]) -> None:
        async with fresh(keys, translator):  # type: ignore[arg-type]
            edited(profile, PROFILE + "what is this\n")
            await until(lambda: len(logs) > 0)
            await asyncio.sleep(0.1)  # and it is not told again
            edited(profile, PROFILE + "# mended\n")
            await until(lambda: len(logs) > 1)

    with capture_logs() as logs:
        asyncio.run(look_on(logs))
    assert translator.dictionary(str(profile)) is not before
    told = [(one["event"], one.get("why", "")) for one in logs]
    wrong = ("profile-wrong", f"{profile}:6: no table begins with 'what is this'")
    assert told[0] == wrong
    assert told.count(wrong) == 1
    assert set(told[1:]) == {("profile-changed", "")}  # twice, if it was edited while being read


def test_a_profile_names_a_character_set_that_exists(tmp_path: Path) -> None:
    path = tmp_path / "a.map"
    path.write_text("site\n  charset  GB 18030-2000\n", "utf-8")
    assert tables(str(path)).settings["charset"].value == "GB 18030-2000"
    path.write_text("site\n  charset  klingon\n", "utf-8")
    with pytest.raises(TableError, match=r"a\.map:2: no character set is called 'klingon'"):
        tables(str(path))


def test_a_feed_is_read_as_its_profile_says(tmp_path: Path, store: Store) -> None:
    profile = tmp_path / "a.map"
    profile.write_text("site\n  charset  BIG-5\n  timezone  +09:00\n", "utf-8")
    with store.begin() as tx:
        for name, charset in (("a", None), ("b", "GBK")):
            tx.directory.add(Organisation(id=name, kind="source", name=name, created=1))
            tx.directory.add(
                Source(organisation=name, facility=name, profile=str(profile), charset=charset)
            )
    book = SourceBook(store)
    book.refresh()
    raw = ORU.replace("TJH01|GW", "a|GW").format(1, "").encode("big5hkscs")
    reading = read(raw, book.of_facility)
    assert (reading.charset, reading.declared) == ("big5hkscs", "BIG-5")
    assert read(raw.replace(b"|a|GW", b"|b|GW"), book.of_facility).declared == "GBK"
    feed = book.of_organisation("a")
    assert feed is not None
    assert datetime.now(feed.zone).utcoffset() == timedelta(hours=9)

    profile.write_text("site\n  charset\n", "utf-8")  # while it is being edited
    book.refresh()
    assert read(raw, book.of_facility).declared == "BIG-5"
    fresh_book = SourceBook(store)
    fresh_book.refresh()
    feed = fresh_book.of_organisation("a")
    assert feed is not None
    assert feed.charset is None
    assert datetime(2026, 1, 1, tzinfo=feed.zone).astimezone(UTC).hour == 16


@pytest.mark.parametrize(
    ("country", "declared", "counts"),
    [
        ("GB2312", "", "GB2312"),  # in the country's field, as some senders write it
        ("CHN", "", None),
        ("GB2312", "UNICODE UTF-8", None),
        ("", "", None),
    ],
)
def test_msh_17_may_name_the_character_set(country: str, declared: str, counts: str | None) -> None:
    feed = Feed("a", "default", Source(organisation="a", facility="a"), charset="MSH-17")
    msh = f"MSH|^~\\&|LIS|a|GW|HIE|2026||ORU^R01|1|P|2.4|||||{country}|{declared}"
    header = read_header(msh)
    assert header is not None
    assert feed.charset_of(header) == counts
    raw = f"{msh}\rPID|1||77||彭".encode("gb18030" if counts else "utf-8")
    assert read(raw, {"a": feed}.get).declared == counts
