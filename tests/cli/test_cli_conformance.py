"""`yiqiao conformance tables`: what a reader of the tables gets, proven or not."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from cli_command import Yiqiao

MAP = "EIP[Identifier-PlacerAssignedIdentifier]"
DEAD = 'ZPI -> Encounter\n  -      serviceType       = "anything"\n  ZPI-3  serviceType.text\n'


def test_a_map_is_proven_and_counted(yiqiao: Yiqiao) -> None:
    done = yiqiao("conformance", "tables", "--map", MAP)
    lines = {line[:58].strip(): line[58:].split() for line in done.text.splitlines()}
    assert lines[""] == ["rows", "exercised", "satisfied", "waived"]
    rows, exercised, satisfied, _, share, _ = lines[MAP]
    assert rows == exercised == satisfied == lines["all"][0]
    assert (share, done.code, done.err) == ("100.0", 0, "")
    assert "messages translated" in done.text


def test_every_row_is_shown_with_its_message(yiqiao: Yiqiao) -> None:
    done = yiqiao("conformance", "tables", "--map", MAP, "--verbose")
    shown = [line for line in done.text.splitlines() if line.startswith("satisfied ")]
    assert all("mappings/tables/base/datatypes/identifiers.map:" in line for line in shown)
    assert done.text.count("    MSH|^~\\&|") == len(shown) > 0


def test_a_row_that_does_not_do_what_it_says_is_named(yiqiao: Yiqiao, home: Path) -> None:
    (home / "site.map").write_text(DEAD, encoding="utf-8")
    words = ("conformance", "tables", "--profile", "site.map", "--map", "ZPI[Encounter]")
    done = yiqiao(*words, "--failures")
    assert done.code == 1
    assert done.text.splitlines()[-1].strip().startswith("ZPI|")
    assert "unsatisfied site.map:3  ZPI[Encounter]  ZPI-3  serviceType.text: " in done.text
    assert "rows do not do what they say" in done.err
    assert "satisfied   " not in done.text.replace("unsatisfied", "")


def test_what_nothing_calls_is_told(yiqiao: Yiqiao, home: Path) -> None:
    text = "ST -> Annotation as ST[Annotation-Spare]\n  ST  text  text()\n"
    (home / "site.map").write_text(text, encoding="utf-8")
    name = "ST[Annotation-Spare]"
    done = yiqiao("conformance", "tables", "--profile", "site.map", "--map", name)
    assert f"called by no row: {name}" in done.text
    assert done.code == 0


def test_a_row_that_no_message_shows_is_listed(yiqiao: Yiqiao, home: Path) -> None:
    text = "NTE -> Account\n  NTE-3  description\n"
    (home / "site.map").write_text(text, encoding="utf-8")
    done = yiqiao("conformance", "tables", "--profile", "site.map", "--map", "NTE[Account]")
    assert "idle        site.map:2  NTE[Account]" in done.text
    assert "no message structure names this map" in done.text
    assert done.code == 0


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--map", "PID"), "is called 'PID'"),
        (("--profile", "nowhere"), "there is no such site profile"),
        (("--published", "empty"), "has no published maps"),
        (("--published", "odd"), "notes.csv"),
        (("--published", "missing"), "has no published maps"),
    ],
)
def test_wrong_words_are_refused(
    yiqiao: Yiqiao, home: Path, words: tuple[str, ...], why: str
) -> None:
    (home / "empty").mkdir()
    (home / "odd" / "segments").mkdir(parents=True)
    (home / "odd" / "segments" / "notes.csv").write_text("a,b\n", encoding="utf-8")
    done = yiqiao("conformance", "tables", *words)
    assert done.code == 2
    assert why in " ".join(done.err.split())


def sheet(folder: Path, *targets: tuple[str, str]) -> None:
    """Write a published map of PID in the form of HL7's spreadsheets."""
    (folder / "segments").mkdir(parents=True)
    name = "HL7 Segment - FHIR R4_ PID[Patient] - PID.csv"
    with (folder / "segments" / name).open("w", encoding="utf-8", newline="") as file:
        rows = [["", element, *[""] * 7, target, *[""] * 7] for element, target in targets]
        csv.writer(file).writerows([["HL7 v2"], ["Sort Order", "Identifier"], *rows])


def test_published_maps_are_accounted_for(yiqiao: Yiqiao, home: Path) -> None:
    sheet(home / "theirs", ("PID-7", "birthDate"), ("PID-3", "identifier[1]"))
    done = yiqiao("conformance", "tables", "--published", "theirs")
    assert "satisfied 100.00 %, mended 0.00 %, unreached 0.00 %, waived 0.00 %" in done.text
    assert done.code == 0


def test_a_published_row_that_is_missing_is_named(yiqiao: Yiqiao, home: Path) -> None:
    sheet(home / "theirs", ("PID-7", "birthDate"), ("PID-7", "photo.title"))
    done = yiqiao("conformance", "tables", "--published", "theirs", "--verbose")
    assert done.code == 1
    assert "missing  PID[Patient]  PID-7  photo.title" in done.text
    shares, reached, conditions = done.text.splitlines()[-3:]
    assert conditions.startswith("of 0 conditions of rows that are there, 0 say the same")
    assert shares.startswith("satisfied 50.00 %")
    assert reached.startswith("of 2 rows that messages can reach, 1 satisfied or mended (50.00 %)")
