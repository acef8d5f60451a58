"""What several rows assume of one element (``default``): the first that holds, as of all rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pytest
from golden_pairs import ReadableIds

from conformance.definitions import definitions
from mappings.dictionary import Dictionary, load

HEAD = "MSH|^~\\&|HIS|H1|||20260301103000+0800||{}|C1|P|2.5.1"
PID = "PID|1||100^^^H1^MR"
V1 = "|" * 17 + "V1"


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Dictionary]:
    """Return the tables of a hospital whose visits have these rows of their own."""

    @cache
    def of(rows: str) -> Dictionary:
        profile = tmp_path_factory.mktemp("profile") / "ours.map"
        profile.write_text(f"PV1 -> Encounter\n{rows}", "utf-8")
        return load(definitions(), profile=str(profile) if rows else None)

    return of


def status(tables: Dictionary, type_: str, *segments: str) -> str:
    text = "\r".join([HEAD.format(type_), *segments])
    made = tables.translate(text, ReadableIds(), source="src")
    (visit,) = (m for m in made.made if m.resource["resourceType"] == "Encounter")
    assert "status" in visit.weak
    said: str = visit.resource["status"]
    return said


@pytest.mark.parametrize(
    ("rows", "kind", "becomes"),
    [
        ("", "I", "in-progress"),
        ("", "", "unknown"),
        # A row of the profile stands before those of the standard.
        ("  PV1-2  status  = onleave  default\n", "I", "onleave"),
        ("  PV1-2  status  = onleave  default\n", "", "unknown"),
        (
            "  PV1-2  status  = onleave  default  when PV1-2 is I\n"
            "  PV1-2  status  = triaged  default\n",
            "I",
            "onleave",
        ),
        (
            "  PV1-2  status  = onleave  default  when PV1-2 is I\n"
            "  PV1-2  status  = triaged  default\n",
            "O",
            "triaged",
        ),
        # A constant yields to what a field suggests; of constants the first counts.
        ("  -  status  = planned  default\n", "I", "in-progress"),
        ("  -  status  = planned  default\n", "", "planned"),
    ],
)
def test_the_first_that_holds_counts(
    tables: Callable[[str], Dictionary], rows: str, kind: str, becomes: str
) -> None:
    assert status(tables(rows), "ADT^A08", PID, f"PV1|1|{kind}{V1}") == becomes
