"""The enforcement cases, by number, over HTTP on both databases.

p1 has o1 (N), o2 (R, HIV) and c3 (Condition, PSY). K1 permits the internet hospital for TREAT; K2
denies HIV.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from gateway_world import HIV_CODE, Asker, Record, World, actor, consent, label, permit
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.disclosure.search.parameters import table
from gateway.store import NewCompartment

Give = Callable[..., httpx.Response]
DENY_HIV = {"type": "deny", "securityLabel": [label("HIV")]}


@dataclass
class P1:
    record: Record
    person: str
    o1: str
    o2: str
    c3: str


@pytest.fixture
def p1(world: World) -> P1:
    record = world.record("tjh01", "0000012345")
    o1 = record.observation()
    o2 = record.observation("R HIV", HIV_CODE)
    c3 = record.put(
        "Condition",
        "R PSY",
        code={"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "F32"}]},
        subject={"reference": f"Patient/{record.patient}"},
    )
    return P1(record, record.person, o1, o2, c3)


def same_as_absent(asker: Asker, path: str, method: str = "GET", **more: Any) -> None:
    """Check that a path is answered as one that never existed, byte for byte."""
    type_, _, id_ = path.partition("/")
    id_, _, rest = id_.partition("/")
    never = f"{type_}/{'a' * 16}.{'b' * 16}" + (f"/{rest}" if rest else "")
    hidden, absent = asker.request(method, path, **more), asker.request(method, never, **more)
    assert hidden.status_code == 404
    assert hidden.content == absent.content
    assert hidden.headers == absent.headers
    for word in (id_, never):
        assert word not in hidden.text


def code_of(answer: httpx.Response) -> str:
    code: str = answer.json()["issue"][0]["code"]
    return code


@pytest.mark.parametrize("purpose", [None, [], "nonsense with spaces", 5])
def test_case_1_no_purpose_in_the_token(world: World, p1: P1, give: Give, purpose: object) -> None:
    give(permit("ih"))
    asker = world.login("ih", purpose)
    answer = asker.get(f"Observation/{p1.o1}")
    assert (answer.status_code, code_of(answer)) == (403, "forbidden")
    assert world.events()[-1]["outcomeDesc"] == "no-purpose"


@pytest.mark.parametrize("purpose", ["HRESCH", "NOSUCH"])
def test_case_2_purpose_unknown_or_not_registered(
    world: World, p1: P1, give: Give, purpose: str
) -> None:
    give(permit("ih"))
    assert world.login("ih", purpose).get(f"Observation/{p1.o1}").status_code == 403


@pytest.mark.parametrize(
    "purpose",
    [
        "TREAT",
        ["TREAT"],
        "urn:oid:2.16.840.1.113883.5.8#TREAT",
        "http://terminology.hl7.org/CodeSystem/v3-ActReason|TREAT",
    ],
)
def test_case_3_permitted(world: World, p1: P1, give: Give, purpose: object) -> None:
    give(permit("ih", "TREAT"))
    answer = world.login("ih", purpose).get(f"Observation/{p1.o1}")
    assert answer.status_code == 200
    assert answer.json()["id"] == p1.o1
    assert answer.headers["etag"] == 'W/"1"'
    assert answer.headers["content-type"] == "application/fhir+json"


def test_case_4_another_purpose(world: World, p1: P1, give: Give) -> None:
    give(permit("ih", "TREAT"))
    same_as_absent(world.login("ih", "HPAYMT"), f"Observation/{p1.o1}")


def test_case_5_organisation_not_named(world: World, p1: P1, give: Give) -> None:
    give(permit("ih", "TREAT"))
    same_as_absent(world.login("other"), f"Observation/{p1.o1}")


def test_case_6_a_practitioner_role_of_the_organisation(world: World, p1: P1, give: Give) -> None:
    with world.store.begin() as tx:
        directory = tx.keys.derive_id("default", "ih", "directory")
        tx.compartments.ensure([NewCompartment(directory, "default", "directory", "ih")])
        role = f"{directory}.{'r' * 16}"
        content = {"resourceType": "PractitionerRole", "id": role, "active": True}
        tx.resources.put(directory, content, owner="ih")
    give({**permit("ih", "TREAT"), "actor": [actor(f"PractitionerRole/{role}")]})
    assert world.login("ih").get(f"Observation/{p1.o1}").status_code == 200
    assert world.login("ih").ids("Observation?code=4548-4") == [p1.o1]
    same_as_absent(world.login("other"), f"Observation/{p1.o1}")


@pytest.mark.parametrize(
    "forged",
    [
        actor("Organization/nobody", display="IH"),
        actor("Organization/nobody", identifier={"system": "urn:x", "value": "ih"}),
        actor("PractitionerRole/aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb", display="Dr Li of IH"),
    ],
)
def test_case_6_forged_display_or_identifier(
    world: World, p1: P1, give: Give, forged: dict[str, Any]
) -> None:
    give({**permit("ih", "TREAT"), "actor": [forged]})
    same_as_absent(world.login("ih"), f"Observation/{p1.o1}")


def test_case_7_period(world: World, p1: P1, give: Give) -> None:
    china = datetime.now(UTC) + timedelta(hours=8)
    today, tomorrow, yesterday = (
        (china + timedelta(days=days)).strftime("%Y-%m-%d") for days in (0, 1, -1)
    )
    asker = world.login("ih")
    give(permit("ih", period={"start": tomorrow}))
    give(permit("ih", period={"end": yesterday}))
    same_as_absent(asker, f"Observation/{p1.o1}")
    give(permit("ih", period={"start": today, "end": today}))
    assert asker.get(f"Observation/{p1.o1}").status_code == 200


@pytest.mark.parametrize(
    "status", ["draft", "proposed", "rejected", "inactive", "entered-in-error"]
)
def test_case_8_status(world: World, p1: P1, give: Give, status: str) -> None:
    give(permit("ih"), status=status)
    same_as_absent(world.login("ih"), f"Observation/{p1.o1}")


def test_case_9_no_consent(world: World, p1: P1) -> None:
    asker = world.login("ih")
    same_as_absent(asker, f"Observation/{p1.o1}")
    same_as_absent(asker, f"Patient/{p1.record.patient}")
    assert asker.get(f"Patient/{p1.person}").content == asker.get("Patient/nobody").content
    assert asker.ids(f"Observation?patient={p1.person}") == []
    assert asker.ids("Patient?name=测试") == []


def test_case_10_permit_with_nested_deny(world: World, p1: P1, give: Give) -> None:
    give(permit("ih", provision=[DENY_HIV]))
    asker = world.login("ih")
    assert asker.get(f"Observation/{p1.o1}").status_code == 200
    same_as_absent(asker, f"Observation/{p1.o2}")


def test_case_11_deny_with_nested_permit_for_btg(world: World, p1: P1, give: Give) -> None:
    give({"type": "deny", "provision": [permit("ih", "BTG")]})
    assert world.login("ih", "BTG").get(f"Observation/{p1.o1}").status_code == 200
    same_as_absent(world.login("ih", "TREAT"), f"Observation/{p1.o1}")


@pytest.mark.parametrize("first", ["permit", "deny"])
def test_case_12_a_permit_and_a_deny_in_either_order(
    world: World, p1: P1, give: Give, first: str
) -> None:
    both = [permit("ih"), {"type": "deny", "actor": permit("ih")["actor"]}]
    for provision in both if first == "permit" else reversed(both):
        give(provision)
    same_as_absent(world.login("ih"), f"Observation/{p1.o1}")


@pytest.fixture
def sees_o1(world: World, p1: P1, give: Give) -> Asker:
    """The internet hospital, under K1 and K2."""
    give(permit("ih", "TREAT"))
    give(DENY_HIV)
    return world.login("ih")


def test_case_26_total_is_the_visible_count(sees_o1: Asker, p1: P1) -> None:
    answer = sees_o1.get(f"Observation?patient={p1.person}").json()
    assert answer["total"] == 1
    assert [one["resource"]["id"] for one in answer["entry"]] == [p1.o1]


@pytest.mark.parametrize("parameter", ["_summary=count", "_total=accurate", "_count=0"])
def test_case_27_counts_are_of_the_visible(sees_o1: Asker, p1: P1, parameter: str) -> None:
    answer = sees_o1.get(f"Observation?patient=Patient/{p1.person}&{parameter}").json()
    assert answer["total"] == 1
    assert ("entry" in answer) is (parameter == "_total=accurate")


def test_case_28_pages_are_full(sees_o1: Asker, p1: P1) -> None:
    shown = {p1.o1}
    for number in range(12):
        labels, code = ("R HIV", HIV_CODE) if number % 3 == 0 else ("N", None)
        id_ = p1.record.observation(labels, code)
        shown |= {id_} if number % 3 else set()
    answer = sees_o1.get(f"Observation?patient={p1.person}&_count=4&_sort=-date")
    pages = []
    while True:
        bundle = answer.json()
        assert bundle["total"] == len(shown)
        pages.append([one["resource"]["id"] for one in bundle["entry"]])
        following = [one["url"] for one in bundle["link"] if one["relation"] == "next"]
        if not following:
            break
        answer = sees_o1.get(following[0])
    assert [len(page) for page in pages] == [4, 4, 1]
    assert sorted(itertools.chain(*pages)) == sorted(shown)


def _next(asker: Asker, path: str) -> str:
    links = asker.get(path).json()["link"]
    url: str = next(one["url"] for one in links if one["relation"] == "next")
    return url


def test_case_28_a_page_link_is_bound(world: World, sees_o1: Asker, p1: P1, give: Give) -> None:
    p1.record.observation()
    url = _next(sees_o1, f"Observation?patient={p1.person}&_count=1")
    assert p1.person not in url
    assert sees_o1.get(url).status_code == 200
    give(permit("other", "TREAT"))
    for stranger in (world.login("other"), world.login("ih")):
        assert stranger.get(url).status_code == 400
    elsewhere = url.replace("/Observation?", "/Condition?")
    assert sees_o1.get(elsewhere).status_code == 400
    assert sees_o1.get(url + "&code=1").status_code == 400
    expired = sees_o1.get(url)  # a consent was written since
    assert (expired.status_code, code_of(expired)) == (410, "expired")
    fresh = _next(sees_o1, f"Observation?patient={p1.person}&_count=1")
    assert sees_o1.get(fresh).status_code == 200


def test_case_29_has_is_answered_on_the_visible(sees_o1: Asker, p1: P1) -> None:
    hidden, shown = HIV_CODE["code"], "4548-4"
    assert sees_o1.ids(f"Patient?_has:Observation:patient:code={hidden}") == []
    assert sees_o1.ids(f"Patient?_has:Observation:patient:code={shown}") == [p1.person]
    assert sees_o1.ids(f"Patient?_id={p1.person}&_has:Observation:subject:code={hidden}") == []


def test_case_33_a_hidden_include_is_omitted(sees_o1: Asker, p1: P1) -> None:
    report = p1.record.put(
        "DiagnosticReport",
        status="final",
        code={"text": "panel"},
        subject={"reference": f"Patient/{p1.record.patient}"},
        result=[{"reference": f"Observation/{one}"} for one in (p1.o1, p1.o2)],
    )
    answer = sees_o1.get(
        f"DiagnosticReport?patient={p1.person}&_include=DiagnosticReport:result"
        "&_include=DiagnosticReport:subject"
    ).json()
    found = [(one["resource"]["id"], one["search"]["mode"]) for one in answer["entry"]]
    assert sorted(found) == sorted(
        [(report, "match"), (p1.o1, "include"), (p1.record.patient, "include")]
    )
    assert answer["total"] == 1


@pytest.mark.parametrize("since", ["", "?_since=2020-01-01"])
def test_case_36_everything_is_filtered(sees_o1: Asker, p1: P1, since: str) -> None:
    found = sees_o1.ids(f"Patient/{p1.person}/$everything{since}")
    assert sorted(found) == sorted([p1.person, p1.record.patient, p1.o1, p1.c3])
    assert sees_o1.ids(f"Patient/{p1.person}/$everything?_since=2999-01-01") == []
    assert sorted(sees_o1.ids(f"Patient/{p1.record.patient}/$everything")) == sorted(
        [p1.record.patient, p1.o1, p1.c3]
    )


@pytest.mark.parametrize("path", ["", "/_history", "/_history/1"])
@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {}),
        ("HEAD", {}),
        ("GET", {"if-none-match": 'W/"1"'}),
        ("GET", {"if-none-match": "*"}),
        ("GET", {"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"}),
    ],
)
def test_case_43_conditional_requests_get_the_same_404(
    sees_o1: Asker, p1: P1, path: str, method: str, headers: dict[str, str]
) -> None:
    if method == "HEAD" and path:
        return
    same_as_absent(sees_o1, f"Observation/{p1.o2}{path}", method, headers=headers)


def test_case_43_a_visible_one_is_answered_304_and_head(sees_o1: Asker, p1: P1) -> None:
    path = f"Observation/{p1.o1}"
    unchanged = sees_o1.get(path, headers={"if-none-match": 'W/"1"'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    head = sees_o1.request("HEAD", path)
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers == sees_o1.get(path).headers


def test_case_54_another_tenants_id(world: World, p1: P1, give: Give) -> None:
    world.organisation("far", "source", tenant="north")
    far = world.record("far", "1")
    observation = far.observation()
    give(permit("ih"))
    asker = world.login("ih")
    assert far.person != p1.person
    same_as_absent(asker, f"Observation/{observation}")
    assert asker.get(f"Patient/{far.person}").status_code == 404
    assert asker.ids(f"Patient?_id={far.person},{far.patient}") == []
    assert asker.get("Organization/far").content == asker.get("Organization/nobody").content


def test_case_55_revoked_after_the_token_was_issued(world: World, p1: P1, give: Give) -> None:
    written = give(permit("ih")).json()
    asker = world.login("ih")
    assert asker.get(f"Observation/{p1.o1}").status_code == 200
    app = world.login("app", "PATRQT")
    revoked = app.request("PUT", f"Consent/{written['id']}", json={**written, "status": "inactive"})
    assert revoked.status_code == 200
    same_as_absent(asker, f"Observation/{p1.o1}")
    assert asker.ids(f"Observation?patient={p1.person}") == []


def test_case_55_a_revoked_client_is_refused(world: World, p1: P1, give: Give) -> None:
    give(permit("ih"))
    client = world.client("ih")
    asker = Asker(world, world.token(client))
    assert asker.get(f"Observation/{p1.o1}").status_code == 200
    with world.store.begin() as tx:
        assert tx.directory.revoke_client(client)
    assert asker.get(f"Observation/{p1.o1}").status_code == 403
    assert world.events()[-1]["outcomeDesc"] == "client-revoked"


def test_a_third_level_of_provision_is_refused(world: World) -> None:
    nested = permit("ih", provision=[{"type": "deny", "provision": [{"type": "permit"}]}])
    app = world.login("app", "PATRQT")
    answer = app.request("POST", "Consent", json=consent(nested))
    assert answer.status_code == 422
    assert answer.json()["issue"][0]["expression"] == [
        "Consent.provision.provision[0].provision[0]"
    ]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    type_=st.sampled_from(sorted(set(table()) - {"Consent"})),
    labels=st.sampled_from(["N", "R", "V", "R HIV", "R PSY STD"]),
    rest=st.sampled_from(["", "/_history", "/_history/1", "/_history/9"]),
    header=st.sampled_from([{}, {"if-none-match": 'W/"1"'}, {"prefer": "handling=lenient"}]),
)
def test_whatever_is_hidden_is_answered_as_absent(
    world: World, p1: P1, type_: str, labels: str, rest: str, header: dict[str, str]
) -> None:
    if "stranger" not in world.keys:
        world.client("other", id_="stranger")
    hidden = p1.record.put(type_, labels, status="active")
    asker = Asker(world, world.token("stranger"))
    same_as_absent(asker, f"{type_}/{hidden}{rest}", headers=header)
    if type_ == "Patient":
        same_as_absent(asker, f"Patient/{hidden}/$everything", headers=header)
