"""The wiring of HL7's validator, with stand-ins for Maven and Java."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.official.__main__ import main
from conformance.official.judge import BrokenError, Remark, UnreachableError, judge

MAVEN = 'for word; do case "$word" in -Dmdep.outputFile=*) echo jars >"${word#*=}";; esac; done'
CANARY = "printf '1\\terror\\tPatient.gender\\tKEY\\tunknown code\\n1\\tdone\\n'"
GOOD = """{"resourceType":"Patient","id":"a"}"""


@pytest.fixture
def machine(tmp_path, monkeypatch):
    """Make a machine that has only the commands given: name → shell script."""
    monkeypatch.setenv("PATH", str(tmp_path))

    def install(**commands: str) -> None:
        for name, script in commands.items():
            path = tmp_path / name
            path.write_text(f"#!/bin/sh\n{script}\n")
            path.chmod(0o755)

    return install


@pytest.fixture
def given(tmp_path) -> Path:
    path = tmp_path / "resources.ndjson"
    path.write_text(f"{GOOD}\n{GOOD}\n")
    return path


def test_remarks_are_of_the_lines_given(machine) -> None:
    second = "printf '2\\tdone\\n3\\twarning\\tPatient\\t\\tno narrative\\n3\\tdone\\n'"
    machine(mvn=MAVEN, java=f"{CANARY}; {second}")
    assert judge([GOOD.encode()] * 2) == [Remark(2, "warning", "Patient", "", "no narrative")]


def test_java_gets_the_resources_behind_one_that_is_wrong(machine, tmp_path) -> None:
    machine(
        mvn=MAVEN,
        java=f'echo "$2" >{tmp_path}/classes; while read -r l; do echo "$l"; done >{tmp_path}/in; '
        f"{CANARY}; printf '2\\tdone\\n'",
    )
    assert judge([GOOD.encode()]) == []
    assert (tmp_path / "classes").read_text() == "jars\n"
    wrong, given = (tmp_path / "in").read_text().splitlines()
    assert "canary" in wrong
    assert given == GOOD


@pytest.mark.parametrize(
    ("commands", "reason"),
    [
        ({}, "no mvn on this machine"),
        ({"mvn": MAVEN}, "no java on this machine"),
        (
            {"mvn": "echo '[INFO] x'; echo '[ERROR] Unknown host'; exit 1"},
            "Maven failed: [ERROR] Unknown host",
        ),
        ({"mvn": "exit 1"}, "Maven failed: no reason"),
    ],
)
def test_a_machine_without_it_is_told_and_may_be_passed(
    machine, given, capsys, commands, reason
) -> None:
    machine(**commands)
    with pytest.raises(UnreachableError) as raised:
        judge([])
    assert str(raised.value) == reason
    assert main([str(given)]) == 2
    assert main([str(given), "--if-reachable"]) == 0
    assert capsys.readouterr().out == f"official validation NOT RUN: {reason}\n" * 2


@pytest.mark.parametrize(
    ("java", "reason"),
    [
        (f"{CANARY}; echo 'java.lang.Exception: lost' >&2", "stopped after 1 of 2"),
        ("printf '1\\tdone\\n2\\tdone\\n'", "passed a resource that is wrong for certain"),
    ],
)
def test_a_validator_that_fails_is_never_a_clean_bill(machine, given, capsys, java, reason) -> None:
    machine(mvn=MAVEN, java=java)
    with pytest.raises(BrokenError, match=reason):
        judge([GOOD.encode()])
    assert main([str(given), "--if-reachable"]) == 2
    assert "FAILED" in capsys.readouterr().out


def test_an_error_fails_the_command_and_a_warning_is_shown_on_demand(
    machine, given, capsys
) -> None:
    said = (
        "printf '2\\terror\\tPatient.gender\\tK\\tunknown\\n2\\tdone\\n"
        "3\\twarning\\tPatient\\tdom-6\\tno narrative\\n3\\tdone\\n'"
    )
    machine(mvn=MAVEN, java=f"{CANARY}; {said}")
    assert main([str(given)]) == 1
    quiet = capsys.readouterr().out.splitlines()
    assert quiet == [
        "error: a: Patient.gender: unknown (K)",
        "official validation: 2 judged, 1 errors, 1 warnings",
    ]
    assert main([str(given), "--warnings"]) == 1
    assert "warning: a: Patient: no narrative (dom-6)" in capsys.readouterr().out


def test_nothing_wrong_passes(machine, given, capsys) -> None:
    machine(mvn=MAVEN, java=f"{CANARY}; printf '2\\tdone\\n3\\tdone\\n'")
    assert main([str(given)]) == 0
    assert "2 judged, 0 errors, 0 warnings" in capsys.readouterr().out
