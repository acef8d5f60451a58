"""`yiqiao profile` and `yiqiao source worklist`: begin, check, compare, and what a feed lacks."""

from __future__ import annotations

import asyncio
from pathlib import Path

import orjson
import pytest
from cli_command import Yiqiao

from consent.labels import labels_for
from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.worker import Worker
from gateway.profiles.proving import OTHERS
from gateway.store import Store
from gateway.translator import Translator

ORU = (
    "MSH|^~\\&|LIS|OURS|GW|HIE|20260301103000{offset}||ORU^R01|{number}|P|2.4\r"
    "PID|1||77^^^OURS^MR~88^^^张三^PI||彭^測試||19000101|M\r"
    "PV1|1|O|||||||||||||||||V1\r"
    "OBR|1|A1^HIS|L1^LIS|CHEM^x^L|||20260301084500||||||||||||||||||F\r"
    "OBX|1|NM|HB^Hemoglobin^L||7.8|克每升|||||F\r"
    "OBX|2|NM|13800000001^who knows^L||7.8|g/L|||||F\r"
    "OBX|3|NM|WBC^x||7.8|g/L|||||F\r"
    "OBX|4|NM|718-7^x^LN||7.8|g/L|||||F\r"
    "ZPI|1||首诊\r"
)
BAD = "MSH|^~\\&|LIS|OURS|GW|HIE|2026||ORU^R01|9|P|2.4\rNTE|1||nobody\r"


def feed(path: Path, *messages: str, encoding: str = "utf-8") -> str:
    path.write_bytes("\n".join(messages).encode(encoding))
    return str(path)


def oru(number: int = 1, offset: str = "") -> str:
    return ORU.format(number=number, offset=offset)


def test_a_profile_begun_from_a_feed_says_what_it_needs_and_loads(
    yiqiao: Yiqiao, home: Path
) -> None:
    sample = feed(home / "a.hl7", oru(1, "+0900"), oru(2), BAD)
    done = yiqiao("profile", "new", "ours", "--from", sample, "--out", home / "ours.map",
                  "--url", "https://ours.example.com/")  # fmt: skip
    assert done.code == 0, done.err
    text = (home / "ours.map").read_text("utf-8")
    for row in (
        "  timezone     +09:00       # of times without an offset",
        "  authority    OURS ",
        '  # charset      "UNICODE UTF-8" # 2 messages do not say it, and are read so'.replace(
            "# c", "c"
        ),
        "  HIS          https://ours.example.com/id/HIS  # 4 times",
        "  OURS         https://ours.example.com/id/OURS  # ",
        "  L            https://ours.example.com/codes/L  # ",
        "concepts - -> LN",
        "concepts L -> LN",
        "  # HB           ?          # 2 times: Observation.code",
        "  # (left out)   ?          # 2 times: Observation.code",
        "  # 克每升          ?          # 2 times: OBX-6",
        "# ZPI -> Encounter      # 2 times",
        "#   ZPI-3      ?          # valued 2 times",
        "#   ZPI",
    ):
        assert row in text, row
    for content in ("彭", "測試", "张三", "首诊", "13800000001", "77", "19000101", "7.8"):
        assert content not in text.replace("718-7", ""), content
    assert yiqiao("profile", "check", home / "ours.map", "--strict").code == 0
    again = yiqiao("profile", "new", "ours", "--out", home / "ours.map")
    assert (again.code, "is there already" in again.err) == (2, True)


def test_a_profile_begun_from_nothing_loads_too(yiqiao: Yiqiao, home: Path) -> None:
    done = yiqiao("profile", "new", "ours")
    assert "timezone     +08:00       # of times without an offset; assumed" in done.text
    (home / "o.map").write_text(done.text, "utf-8")
    assert yiqiao("profile", "check", "o.map").code == 0


@pytest.mark.parametrize(
    ("header", "encoding", "row"),
    [
        ("", "gb18030", "  charset      GB18030      # 1 messages do not say it"),
        ("||||GB2312", "gb18030", "  charset      MSH-17       # MSH-18 is empty"),
        ("|||||UNICODE UTF-8", "gb18030", "  charset      GB18030      # overrides MSH-18"),
        ("|||||UNICODE UTF-8", "utf-8", None),
    ],
)
def test_the_character_set_is_proposed(
    yiqiao: Yiqiao, home: Path, header: str, encoding: str, row: str | None
) -> None:
    text = oru().replace("|P|2.4", f"|P|2.4|{header}".removesuffix("|"), 1)
    done = yiqiao("profile", "new", "ours", "--from", feed(home / "a.hl7", text, encoding=encoding))
    assert done.code == 0, done.err
    assert (row in done.text) if row else ("charset " not in done.text)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (("new", "天津"), 2, "is no name"),
        (("new", "a", "--url", "hospital"), 2, "--url must be an address"),
        (("new", "a", "--from", "nowhere.hl7"), 2, "nowhere.hl7: No such file"),
        (("new", "a", "--from", "empty.hl7"), 1, "empty.hl7: no message found"),
        (("new", "a", "--from", "wide.hl7"), 1, "wide.hl7: octets not valid in utf-16-le"),
        (("check", "nowhere.map"), 2, "nowhere.map: there is no such site profile: write the path"),
        (("check", ""), 2, "'': there is no such site profile"),
        (("diff", "none", ""), 2, "'': there is no such site profile"),
        (("check", "folder"), 2, "folder: is a folder: name the .map file"),
        (("check", "tjh01", "--against", "folder"), 2, "folder: Is a directory"),
        (("check", "wrong.map"), 1, "wrong.map:2: 'timezon' is no setting"),
        (("check", "gbk.map"), 1, "gbk.map:2: not UTF-8"),
        (("check", "charset.map"), 1, "charset.map:2: no character set is called 'klingon'"),
        (("check", "element.map"), 1, "element.map:2: "),
        (("check", "alias.map"), 1, "alias.map:2: there is no map CWE[Nothing]"),
        (("check", "drop.map"), 1, "'PV1-18 foo[]' to drop: there is PV1-18 type[]"),
        (("check", "uri.map"), 1, "uri.map:2: 'a.example.org' is no URI"),
        (("check", "unfit.map"), 1, "unfit.map:2: ZPA-1 telecom.value: FHIR does not allow what "),
        (("check", "tjh01", "--against", "empty.hl7"), 1, "empty.hl7: no message found"),
        (("diff", "none", "tjh01", "empty.hl7"), 1, "empty.hl7: no message found"),
        (("diff", "none", "wrong.map"), 2, "wrong.map:2: "),
        (("check", "type.map"), 1, "type.map:1: FHIR has no type patient"),
        (("check", "made.map"), 1, "XPN[HumanName] makes a HumanName, serviceType is a Codeable"),
        (("check", "dot.map"), 1, "dot.map:2: PID.8 is no field: write PID-8"),
    ],
)
def test_what_cannot_be_done_is_told(
    yiqiao: Yiqiao, home: Path, words: tuple[str, ...], code: int, told: str
) -> None:
    (home / "empty.hl7").write_text("")
    (home / "wide.hl7").write_bytes(b"\xff\xfeM")
    (home / "folder").mkdir()
    (home / "wrong.map").write_text("site\n  timezon +08:00\n")
    (home / "gbk.map").write_bytes("site\n  # 时区\n".encode("gbk"))
    (home / "charset.map").write_text("site\n  charset klingon\n")
    (home / "alias.map").write_text("aliases\n  ABC[Nothing]  CWE[Nothing]\n")
    (home / "drop.map").write_text("PV1 -> Encounter\n  PV1-4  length\n  drop PV1-18 foo[]\n")
    (home / "unfit.map").write_text("ZPA -> Patient\n  ZPA-1  telecom[].value\n")
    (home / "uri.map").write_text("authorities\n  OURS  a.example.org\n")
    (home / "element.map").write_text("PID -> Patient\n  PID-5  nome[]\n")
    (home / "type.map").write_text("PID -> patient\n  PID-8  gender\n")
    (home / "made.map").write_text("PV1 -> Encounter\n  PV1-10  serviceType  XPN[HumanName]\n")
    (home / "dot.map").write_text("PID -> Patient\n  PID.8  gender\n")
    done = yiqiao("profile", *words)
    assert done.code == code
    assert told in done.err
    assert "Traceback" not in done.err


def test_rows_without_effect_are_remarked(yiqiao: Yiqiao, home: Path) -> None:
    (home / "a.map").write_text("systems\n  LN  http://loinc.org\n")
    done = yiqiao("profile", "check", "a.map")
    assert (done.code, done.text) == (0, "a.map: it can be used; 1 row to look at\n")
    assert done.err.strip() == "a.map:2: LN is known without this row"
    assert yiqiao("profile", "check", "a.map", "--strict").code == 1


def test_a_row_that_never_speaks_is_remarked(yiqiao: Yiqiao, home: Path) -> None:
    (home / "a.map").write_text(
        'ZPI -> Encounter\n  -  serviceType  = "anything"\n  ZPI-3  serviceType.text\n'
        "units\n  克每升  g/L\n"
    )
    done = yiqiao("profile", "check", "a.map")
    assert done.text == "a.map: it can be used; 1 row to look at\n"
    assert done.err.startswith("a.map:3: ZPI-3 serviceType.text: ")


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        (
            "ZPI -> Encounter\n  ZPI-1  period.start\nZPI -> Encounter\n  ZPI-1  period.start\n",
            "a.map:4: ZPI-1 period.start is said in line 2 already; this counts",
        ),
        (
            "concepts - -> LN\n  WBC  6690-2\nconcepts - -> LN\n  WBC  718-7\n",
            "a.map:4: WBC is said in line 2 already; this counts",
        ),
        (
            "ZPI -> Observation\n  -  status  = final\n  ZPI-1  code  CWE[CodeableConcept]\n",
            "a.map:1: makes no Observation of its own without a key: it adds to the nearest\n"
            f"a.map:2: - status: the element is not there{OTHERS}\n"  # the nearest one has said it
            f"a.map:3: ZPI-1 code: the element is not there{OTHERS}",
        ),
        ("concepts - -> LN\n  WBC  6690-2\nconcepts - -> SCT\n  WBC  767002\n", ""),
        ("concepts - -> LN\n  WBC  6690-2\n  none QC1\n", ""),
        (
            "ZPI -> Observation\n  key ZPI-1.1\n  -  status  = final\n"
            "  ZPI-1  code  CWE[CodeableConcept]\n",
            "",
        ),
        ("ZPI -> Observation\n  ZPI-1  method  CWE[CodeableConcept]\n", ""),
        ("ZPI -> Encounter\n  ZPI-1  status  = planned  when ZPI-1 is P\n"
         "  ZPI-1  status  = finished  when ZPI-1 is F\n", ""),
    ],
)  # fmt: skip
def test_what_is_said_twice_or_makes_nothing_is_remarked(
    yiqiao: Yiqiao, home: Path, text: str, remark: str
) -> None:
    (home / "a.map").write_text(text)
    done = yiqiao("profile", "check", "a.map")
    assert (done.code, done.err.strip()) == (0, remark)


def test_which_lists_are_whole_is_checked(yiqiao: Yiqiao, home: Path) -> None:
    for words, code, told in (
        ("none", 0, ""),
        ("AL1 DG1 IN1 NK1 PID", 0, "a.map:2: these are lists in full without this row"),
        (
            "PR1",
            1,
            "a.map:2: no message lists PR1 as a whole: it is one of AL1, DG1, IN1, NK1",
        ),
    ):
        (home / "a.map").write_text(f"site\n  snapshots {words}\n")
        done = yiqiao("profile", "check", "a.map")
        assert (done.code, told in done.err) == (code, True)
        assert bool(done.err) == bool(told)


def test_a_profile_is_tried_on_messages(yiqiao: Yiqiao, home: Path) -> None:
    (home / "a.map").write_text(
        "site\n  authority OURS\nauthorities\n  OURS urn:ours\nunits\n  克每升  g/L\n"
        "ZPI -> Encounter\n  ZPI-2  hospitalization.origin.display\nignore\n  NTE\n"
    )
    done = yiqiao("profile", "check", "a.map", "--against", feed(home / "a.hl7", oru(), oru(2)))
    assert done.code == 0, done.err
    assert "2\twarning\tunmapped-field\tZPI-3" in done.text
    assert "2\tlocal-code\tL\tHB\tObservation.code" in done.text
    assert "a.map:8: made nothing of these messages" in done.text
    assert "2 messages: 2 translated, 0 rejected" in done.text
    assert "\tunit\t" not in done.text
    assert "OURS\t" not in done.text
    assert "彭" not in done.text + done.err
    bad = yiqiao("profile", "check", "a.map", "--against", feed(home / "b.hl7", BAD))
    assert bad.code == 1
    assert "1 message: 0 translated, 1 rejected" in bad.text
    assert "it can be used" not in bad.text
    assert "a.map: 1 message rejected" in bad.err
    declared = BAD.replace("|2.4", "|2.4||||||UNICODE UTF-8")
    (home / "c.hl7").write_bytes(declared.replace("nobody", "无人").encode("gb18030"))
    garbled = yiqiao("profile", "check", "a.map", "--against", "c.hl7")
    assert "1\terror\tundecodable\tMSH-18" in garbled.text


def test_profiles_are_compared(yiqiao: Yiqiao, home: Path) -> None:
    (home / "a.map").write_text("site\n  timezone +08:00\nsystems\n  L  urn:l\nconcepts L -> LN\n")
    (home / "b.map").write_text(
        "site\n  timezone +09:00\nsystems\n  L  urn:l\nconcepts L -> LN\n  HB 718-7 \"Hb\"\n"
        "PID -> Patient\n  drop PID-8 gender\n  ignore PID-8\nignore\n  ZPI\n"
    )  # fmt: skip
    done = yiqiao("profile", "diff", "a.map", "b.map")
    assert done.code == 0, done.err
    rows = {row["what"]: (row["a.map"], row["b.map"]) for row in done.rows}
    before, after = rows.pop("PID[Patient] PID-8 gender")
    assert ("base/segments/PID.map:" in before, after) == (True, "")
    assert rows == {
        "PID[Patient] ignore PID-8": ("", "ignored"),
        "concepts L LN HB": ("", '718-7 "Hb"'),
        "ignore ZPI": ("", "ignored (b.map:11)"),
        "site timezone": ("+08:00", "+09:00"),
    }
    assert yiqiao("profile", "diff", "b.map", "b.map").rows == []


def test_what_messages_become_differently(yiqiao: Yiqiao, home: Path) -> None:
    (home / "b.map").write_text(
        "site\n  authority OURS\n  charset UNICODE UTF-8\nauthorities\n  OURS  urn:ours\n"
        "PID -> Patient\n  drop PID-7 birthDate\n"
    )
    sample = feed(home / "a.hl7", oru(), oru(2))
    wrong = feed(home / "b.hl7", oru(), encoding="gb18030")
    done = yiqiao("profile", "diff", "none", "b.map", sample)
    changed = done.text.partition("\n\n")[2]
    assert "2\tPatient.birthDate\tonly with the first\n" in changed
    assert "2\tPatient.identifier.system\tanother value\n" in changed
    assert "reference" not in changed  # ids differ, what they mean does not
    assert "1900" not in done.text
    told = yiqiao("profile", "diff", "none", "b.map", sample, "--content").text
    assert '1\tPatient.birthDate\t"1900-01-01"\t\n' in told
    lost = yiqiao("profile", "diff", "none", "b.map", wrong)
    assert "1\tPatient.gender\tonly with the first\n" in lost.text


def test_a_source_s_worklist(yiqiao: Yiqiao, home: Path, store: Store) -> None:
    profile = home / "ours.map"
    profile.write_text("site\n  authority OURS\nsystems\n  L  urn:l\nconcepts L -> LN\n")
    added = yiqiao("source", "add", "ours", "--facility", "OURS", "--profile", profile)
    assert added.code == 0, added.err
    translator = Translator()
    worker = Worker(
        store,
        Pipeline(translator.of_feed, translator.valid, labels_for, translator.lacking),
    )

    async def take() -> None:
        acceptor = Acceptor(store)
        for number in (1, 2, 3):
            await acceptor.accept(oru(number).encode())
        acceptor.close()

    asyncio.run(take())
    assert worker.drain() == 3
    done = yiqiao("source", "worklist", "ours")
    rows = {(r["lacking"], r["name"], r["code"]): r["times"] for r in done.rows}
    assert rows["local-code", "L", "HB"] == "3"
    assert rows["local-code", "L", ""] == "3"
    assert rows["segment", "ZPI", ""] == "3"
    assert rows["unit", "克每升", ""] == "3"
    assert "13800000001" not in done.text
    begun = yiqiao("source", "worklist", "ours", "--as", "rows").text
    assert "# ZPI -> Encounter      # 3 times\n# ignore\n#   ZPI\n" in begun

    profile.write_text(profile.read_text() + "  HB  718-7\nignore\n  ZPI\nunits\n  克每升 g/L\n")
    left = {(line["kind"], line["name"], line["code"]): line["times"]
            for line in yiqiao("source", "worklist", "ours", "--as", "json").lines}  # fmt: skip
    assert ("local-code", "L", "HB") not in left
    assert ("segment", "ZPI", "") not in left
    assert ("unit", "克每升", "") not in left
    assert left["local-code", "-", "WBC"] == 3
    assert "HB" in yiqiao("source", "worklist", "ours", "--all").text

    rows_ = yiqiao("source", "worklist", "ours", "--as", "rows", "--clear").text
    assert "concepts - -> LN\n  # WBC          ?          # 3 times: Observation.code\n" in rows_
    profile.write_text(f"{profile.read_text()}\n{rows_}")
    assert yiqiao("profile", "check", profile).code == 0
    assert yiqiao("source", "worklist", "ours").rows == []
    assert orjson.loads(b"[]") == yiqiao("source", "worklist", "ours", "--as", "json").lines
    nobody = yiqiao("source", "worklist", "nobody")
    assert (nobody.code, "there is no source nobody" in nobody.err) == (1, True)


def test_a_profile_begun_from_a_feed_of_two_offsets_asks_for_the_zone(
    yiqiao: Yiqiao, home: Path
) -> None:
    sample = feed(home / "a.hl7", oru(1, "-0500"), oru(2, "-0500"), oru(3, "-0400"))
    done = yiqiao("profile", "new", "ours", "--from", sample, "--out", home / "ours.map",
                  "--url", "https://ours.example.com/")  # fmt: skip
    assert done.code == 0, done.err
    text = (home / "ours.map").read_text("utf-8")
    assert "  timezone     -05:00       # of times without an offset; of several here: name" in text
    (home / "ours.map").write_text(text.replace("-05:00", "America/New_York"), "utf-8")
    assert yiqiao("profile", "check", home / "ours.map").code == 0
