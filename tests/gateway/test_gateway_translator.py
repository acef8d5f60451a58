"""The translator: what it takes at the door, and what it says of a message of an unknown type."""

from __future__ import annotations

import pytest

from gateway.ingest.ids import DerivedIds
from gateway.ingest.sources import Feed
from gateway.keys.hashes import Hashes
from gateway.store.models import Source
from gateway.translator import Translator

FEED = Feed("tjh", "default", Source(organisation="tjh", facility="TJH01"))
HEADER = "MSH|^~\\&|HIS|TJH01|GW|HIE|20260301083015||{}|1|P|2.5"
PID = "PID|1||100^^^TJH01^MR||Doe^Jo||19800101|M"


@pytest.mark.parametrize(
    ("type_", "segments", "taken"),
    [
        ("ADT^A01", (), True),
        ("ADT^A99", (), True),
        ("ZZZ^Z99", (PID,), True),
        ("ZZZ^Z99", ("STF|7||Li^Shi",), True),
        ("ZZZ^Z99", ("ZZ1|PID|1",), False),
        ("QBP^Q22", ("QPD|Q22|1|Doe", "RCP|I"), False),
        ("ACK^A01", ("MSA|AA|1",), False),
    ],
)
def test_a_message_is_taken_where_a_table_says_something_of_it(
    type_: str, segments: tuple[str, ...], taken: bool
) -> None:
    text = "\r".join([HEADER.format(type_), *segments])
    code, event = type_.split("^")
    assert Translator().knows(FEED, code, event, text) is taken


def test_an_unknown_type_is_translated_by_its_segments() -> None:
    text = "\r".join([HEADER.format("ZZZ^Z99"), PID, "AL1|1|DA|1605^Penicillin"])
    made = Translator().of_feed(FEED, text, DerivedIds(Hashes(b"k" * 32), "default"))
    assert [f.code for f in made.findings] == ["no-structure"]
    assert {m.resource["resourceType"] for m in made.made} == {"Patient", "AllergyIntolerance"}
    assert not made.rejected
