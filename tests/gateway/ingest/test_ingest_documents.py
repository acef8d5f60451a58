"""Notices about a document (MDM) leave what they do not bring; a replacement supersedes."""

from __future__ import annotations

from base64 import b64decode
from itertools import permutations

import pytest
from ingest_feed import hl7, sent

PID = "PID|1||7^^^TJH01^MR||Doe^Jo||19000101|M"


def mdm(
    event, number, *content, parent="", available="AV", complete="LA", at="0830", status="F"
):  # fmt: skip
    txa = f"TXA|1|DS|TX|||20260310||||||{number}|{parent}||||{complete}||{available}"
    texts = [f"OBX|{n}|TX|||{text}||||||{status}" for n, text in enumerate(content, 1)]
    return hl7(
        PID, txa, *texts, type_=f"MDM^{event}", control_id=f"{event}{number}",
        sent=f"20260310{at}00",
    )  # fmt: skip


def documents(tjh):
    return {one["masterIdentifier"]["value"]: one for one in tjh.resources("DocumentReference")}


@pytest.mark.parametrize("event", ["T01", "T03", "T07", "T11"])
def test_a_notice_without_content_leaves_the_content(tjh, event):
    tjh(mdm("T02", "D1", "as dictated", complete="DI", available="UN"))
    before = documents(tjh)["D1"]
    tjh(mdm(event, "D1"))
    after = documents(tjh)["D1"]
    assert before["content"][0]["attachment"]["url"].startswith("Binary/")
    assert after["content"] == before["content"]
    assert (before["docStatus"], after["docStatus"]) == ("preliminary", "final")
    assert before["_status"]["extension"]
    assert "_status" not in after
    assert after["status"] == ("entered-in-error" if event == "T11" else "current")


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("event", "status"), [("T04", "W"), ("T08", "D")])
@pytest.mark.parametrize("text", ["of another patient", ""])
def test_content_that_is_withdrawn_is_shown_no_more(tjh, event, status, text, together):
    messages = [mdm("T02", "D1", "of another patient"),
                mdm(event, "D1", text, status=status, at="0840")]  # fmt: skip
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    (content,) = documents(tjh)["D1"]["content"]
    assert content["attachment"] == {"title": "document"}
    tjh(mdm("T08", "D1", "of this one", at="0850"))
    assert documents(tjh)["D1"]["content"][0]["attachment"]["size"] == 11


def test_a_change_that_says_no_state_leaves_it(tjh):
    tjh(mdm("T02", "D1", "obsolete", available="OB"))
    tjh(mdm("T03", "D1", available="", complete="AU"))
    assert documents(tjh)["D1"]["status"] == "superseded"


@pytest.mark.parametrize(("event", "code", "status"), [
    ("T10", "replaces", "superseded"), ("T09", "replaces", "superseded"),
    ("T06", "appends", "current"), ("T05", "appends", "current"),
])  # fmt: skip
def test_a_document_leads_to_the_one_it_is_about(tjh, event, code, status):
    tjh(mdm("T02", "D1", "first"))
    content = documents(tjh)["D1"]["content"]
    tjh(mdm(event, "D2", "second", parent="D1"))
    found = documents(tjh)
    (relation,) = found["D2"]["relatesTo"]
    target = relation["target"]["reference"]
    assert (relation["code"], target) == (code, f"DocumentReference/{found['D1']['id']}")
    assert (found["D1"]["status"], found["D1"]["content"]) == (status, content)


def test_an_addendum_may_come_before_its_document(tjh):
    tjh(mdm("T06", "D2", "second", parent="D1"))
    assert documents(tjh)["D1"]["content"] == [{"attachment": {"title": "document"}}]
    tjh(mdm("T02", "D1", "first"))
    found = documents(tjh)
    assert found["D1"]["content"][0]["attachment"]["url"].startswith("Binary/")
    assert len(found) == 2


def test_a_replacement_that_is_cancelled_replaces_nothing(tjh):
    tjh(mdm("T02", "D1", "first"))
    tjh(mdm("T10", "D2", "second", parent="D1"))
    before = documents(tjh)["D2"]
    tjh(mdm("T11", "D2", parent="D1", available="CA"))
    found = documents(tjh)
    assert {n: one["status"] for n, one in found.items()} == {
        "D1": "current", "D2": "entered-in-error",
    }  # fmt: skip
    assert found["D2"]["relatesTo"] == before["relatesTo"]
    assert found["D1"]["content"][0]["attachment"]["url"].startswith("Binary/")
    tjh(mdm("T10", "D3", "third", parent="D1"))
    assert documents(tjh)["D1"]["status"] == "superseded"


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize("parent", ["D1", ""])  # of the cancellation, which need not name it
@pytest.mark.parametrize("event", ["T06", "T10"])
@pytest.mark.parametrize("order", [*permutations(range(3))])
def test_what_a_document_says_is_kept_though_later_messages_of_it_come_first(
    tjh, event, order, parent, together
):
    messages = [
        mdm("T02", "D1", "one", at="0830"), mdm(event, "D2", "two", parent="D1", at="0840"),
        mdm("T11", "D2", parent=parent, at="0850"),
    ]  # fmt: skip
    sent(tjh, [messages[number] for number in order], together)
    sizes = {name: one["content"][0]["attachment"]["size"] for name, one in documents(tjh).items()}
    assert sizes == {"D1": 3, "D2": 3}
    states = {name: one["status"] for name, one in documents(tjh).items()}
    assert states == {"D1": "current", "D2": "entered-in-error"}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(
    ("said", "states"),
    [
        ([("T02", "D1", ""), ("T10", "D2", "D1"), ("T11", "D2", "")], "current wrong"),
        ([("T02", "D1", ""), ("T09", "D2", "D1"), ("T11", "D2", "")], "current wrong"),
        ([("T02", "D1", ""), ("T06", "D2", "D1"), ("T11", "D2", "")], "current wrong"),
        ([("T10", "D2", "D1"), ("T11", "D2", "")], "current wrong"),
        # It had been replaced itself: that holds up what it replaced.
        ([("T02", "D1", ""), ("T10", "D2", "D1"), ("T10", "D3", "D2"), ("T11", "D2", "")],
         "superseded wrong current"),
        # That is cancelled, too: what comes back is behind both.
        ([("T02", "D1", ""), ("T10", "D2", "D1"), ("T10", "D3", "D2"), ("T11", "D2", ""),
          ("T11", "D3", "")], "current wrong wrong"),
        ([("T02", "D1", ""), ("T10", "D2", "D1"), ("T10", "D3", "D2"), ("T11", "D3", "")],
         "superseded current wrong"),
        # Another one has taken its place as well.
        ([("T02", "D1", ""), ("T10", "D2", "D1"), ("T10", "D3", "D1"), ("T11", "D2", "")],
         "superseded wrong current"),
        ([("T02", "D1", "OB"), ("T06", "D2", "D1"), ("T11", "D2", "")], "superseded wrong"),
        ([("T11", "D2", "")], "wrong"),
        ([("T02", "D1", ""), ("T10", "D2", "D1"), ("T11", "D2", ""), ("T11", "D2", "")],
         "current wrong"),
    ],
)  # fmt: skip
def test_what_a_cancelled_document_had_replaced_is_current_again(tjh, said, states, together):
    messages = [
        mdm(event, number, "text" if event != "T11" else "", parent=more if more != "OB" else "",
            available=more if more == "OB" else "AV", at=f"09{n:02}")
        for n, (event, number, more) in enumerate(said)
    ]  # fmt: skip
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    found = documents(tjh)
    words = {"entered-in-error": "wrong"}
    assert " ".join(words.get(found[n]["status"], found[n]["status"]) for n in sorted(found)) == (
        states
    )


def test_a_document_that_was_obsolete_by_itself_stays_so(tjh):
    tjh(mdm("T02", "D1", "first"), mdm("T10", "D2", "second", parent="D1", at="0840"))
    tjh(mdm("T03", "D1", available="OB", at="0850"), mdm("T11", "D2", at="0900"))
    assert documents(tjh)["D1"]["status"] == "superseded"


def test_a_cancellation_that_comes_late_brings_nothing_back(tjh):
    tjh(mdm("T02", "D1", "first"), mdm("T10", "D2", "second", parent="D1", at="0850"))
    tjh(mdm("T11", "D2", at="0840"))
    assert {n: one["status"] for n, one in documents(tjh).items()} == {
        "D1": "superseded", "D2": "current",
    }  # fmt: skip


@pytest.mark.parametrize("together", [True, False])
def test_content_that_was_withdrawn_before_it_came_is_not_shown(tjh, together):
    messages = [mdm("T08", "D1", "of another patient", status="W", at="0840"),
                mdm("T02", "D1", "of another patient")]  # fmt: skip
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    (content,) = documents(tjh)["D1"]["content"]
    assert content["attachment"] == {"title": "document"}


@pytest.mark.parametrize("together", [True, False])
@pytest.mark.parametrize(("later", "size"), [
    # Nobody has told the content since: it is what was said last of it.
    (("T03", "D1"), 6), (("T11", "D1"), 6), (("T04", "D1", "final text"), 10),
])  # fmt: skip
def test_content_that_comes_behind_a_notice_that_was_sent_later_is_the_last(
    tjh, later, size, together
):
    messages = [
        mdm("T02", "D1", "old"),
        mdm(*later, at="0850"),
        mdm("T08", "D1", "edited", at="0840"),
    ]
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    document = documents(tjh)["D1"]
    assert document["content"][0]["attachment"]["size"] == size
    assert document["status"] == ("entered-in-error" if later[0] == "T11" else "current")
    sizes = {len(b64decode(one["data"])) for one in tjh.resources("Binary")}
    assert size in sizes


@pytest.mark.parametrize("together", [True, False])
def test_content_that_is_withdrawn_behind_a_notice_that_was_sent_later_is_none(tjh, together):
    messages = [mdm("T02", "D1", "wrong"), mdm("T03", "D1", at="0850"),
                mdm("T08", "D1", "wrong", at="0840", status="W")]  # fmt: skip
    for batch in [messages] if together else [[one] for one in messages]:
        tjh(*batch)
    (content,) = documents(tjh)["D1"]["content"]
    assert content["attachment"] == {"title": "document"}
