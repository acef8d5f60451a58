"""The story `yiqiao demo` tells: every line of it is what a real client got over the wire."""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import orjson
from rich.columns import Columns
from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.table import Table
from rich.text import Text

from adapters.charset import decode
from adapters.mllp.client import Sent, send_all
from gateway.demo.house import HOSPITALS, House, house
from gateway.demo.papers import ID_CARD, NUMBER, charset, consent, octets, paths, question

VISIT = "2026-03-01"
TYPES = ("Patient", "Encounter", "Condition", "Observation", "DiagnosticReport",
         "MedicationRequest", "Coverage")  # fmt: skip


class DemoError(RuntimeError):
    """Something did not go as the story tells it."""


def tell(out: Console | None = None) -> None:
    """Run the bridge once and tell what happened.

    Raises
    ------
    DemoError
        An answer was not what it must be.
    """
    out = out or Console(highlight=False, width=None if sys.stdout.isatty() else 110)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="yiqiao-demo-") as folder, house(Path(folder)) as here:
        Story(here, out).tell()
    out.print(f"\n[dim]{time.monotonic() - began:.1f} s; the demonstration's store is gone.[/]")


class Story:
    """The chapters, in order."""

    def __init__(self, here: House, out: Console) -> None:
        self.here = here
        self.out = out
        self.messages = [octets(path) for path in paths()]

    def tell(self) -> None:
        """Tell all of it."""
        self.out.print(
            "[bold]yiqiao 医桥[/] — two hospitals, one patient, three who ask. "
            f"The gateway runs at {self.here.base_url}, MLLP on port {self.here.mllp_port}."
        )
        self.feed()
        self.translation()
        self.consent()
        self.internet_hospital()
        self.insurer()
        self.third_party()
        self.proof()
        self.onwards()

    # -- 1 ---------------------------------------------------------------------------------------

    def feed(self) -> None:
        """Hospitals send; one message twice, and one that nobody can read."""
        self._chapter(1, "Two hospitals send HL7v2 over MLLP")
        broken = self.messages[1].replace("葉弢".encode("gb18030"), b"\xff\xff\xff")
        messages = [*self.messages, self.messages[0], broken]
        answers = self._send(messages)
        self._wait()
        table = Table("message", "bytes in", "answer", box=None, pad_edge=False)
        names = [*(p.name for p in paths()), "the first one again", "one with broken characters"]
        for name, sent, message in zip(names, answers, messages, strict=True):
            ack = sent.acknowledgement
            _must(ack is not None, f"{name} was not acknowledged")
            assert ack is not None
            style = "green" if sent.accepted else "yellow"
            table.add_row(name, charset(message), Text(f"{ack.code} {ack.text}".strip(), style))
        self.out.print(table)
        with self.here.gateway.store.read() as tx:
            depth = tx.spool.depth()
            quarantined = tx.spool.entries()
        _must(depth.pending == 0, "messages are still waiting")
        _must([q.reason for q in quarantined] == ["undecodable"], "the quarantine is not as told")
        for client in ("tjh01-his", "lakeside-core"):
            with self.here.asker(client) as asker:
                counts = {t: asker.get(t, _summary="count").json()["total"] for t in TYPES}
            listed = ", ".join(f"{n} {t}" for t, n in counts.items() if n)
            self.out.print(f"{client.partition('-')[0]} now has, sealed: {listed}.")
        self.out.print(
            "The repeated message was acknowledged again and applied once. The broken one is kept "
            f"in quarantine (number {quarantined[0].seq}: {quarantined[0].reason}), to be replayed "
            "once it is mended; it blocked nobody."
        )

    # -- 2 ---------------------------------------------------------------------------------------

    def translation(self) -> None:
        """One message beside its FHIR."""
        self._chapter(2, "What one line became (GB18030, undeclared; 弢's second byte is a '|')")
        text = decode(self.messages[1]).text
        line = next(x for x in text.split("\r") if x.startswith("OBX|1"))
        with self.here.asker("cloudcare") as asker:
            _must(asker.get("Patient", identifier=f"{ID_CARD}|{NUMBER}").json()["total"] == 0,
                  "somebody could be found before consenting")  # fmt: skip
        observation = self._own("Observation", code="4548-4")
        kept = ("code", "valueQuantity", "referenceRange", "status", "effectiveDateTime")
        json = _compact({name: observation[name] for name in kept})
        before = Panel(Text(line, overflow="fold"), title="HL7v2", width=42)
        after = Panel(Syntax(json, "json", word_wrap=True), title="FHIR R4", width=64)
        self.out.print(Columns([before, after]))
        name = self._own("Patient", identifier=f"{ID_CARD}|{NUMBER}")["name"][0]["text"]
        _must(name == "葉弢", "the colliding name did not survive")
        self.out.print(f"And the name arrived whole: [bold]{name}[/]")

    # -- 3 ---------------------------------------------------------------------------------------

    def consent(self) -> None:
        """Let the patient decide."""
        self._chapter(3, "The patient decides, through a patient app")
        with self.here.asker("my-records") as app:
            answer = app.post("Consent", consent(NUMBER))
        _must(answer.status_code == 201, f"the consent was refused: {answer.status_code}")
        self.out.print(
            "Consent: CloudCare may read for treatment — but nothing psychiatric (PSY); "
            "Evergreen may verify visits for payment. Everyone else: nothing (default deny)."
        )

    # -- 4 ---------------------------------------------------------------------------------------

    def internet_hospital(self) -> None:
        """Read what an online follow-up visit needs: an earlier diagnosis, and results."""
        self._chapter(4, "CloudCare (internet hospital, TREAT) prepares an online follow-up visit")
        with self.here.asker("cloudcare") as asker:
            found = _resources(asker.get("Patient", identifier=f"{ID_CARD}|{NUMBER}"))
            _must(bool(found), "the person was not found")
            person = next(one["id"] for one in found if "." not in one["id"])
            results = _resources(asker.get("Observation", patient=person, code="4548-4"))
            diagnoses = _resources(asker.get("Condition", patient=person))
            everything = asker.get(f"Patient/{person}/$everything").json()
        _must(len(results) == 2, "HbA1c of both hospitals was expected")
        _must(all("F32" not in str(d["code"]) for d in diagnoses), "a hidden diagnosis was shown")
        table = Table("HbA1c", "when", "from", box=None, pad_edge=False)
        for one in sorted(results, key=lambda r: str(r["effectiveDateTime"])):
            value = one["valueQuantity"]
            table.add_row(f"{value['value']} {value['unit']}", one["effectiveDateTime"],
                          self._hospital(one["id"]))  # fmt: skip
        self.out.print(table)
        for one in diagnoses:
            coding = one["code"]["coding"][0]
            name = f"{coding['code']} {coding.get('display', '')}"
            self.out.print(f"Diagnosis: {name} — {self._hospital(one['id'])}")
        self.out.print(
            f"$everything: {len(everything['entry'])} resources. The depressive episode that "
            "Lakeside recorded is not among them, not counted, and not hinted at."
        )

    # -- 5 ---------------------------------------------------------------------------------------

    def insurer(self) -> None:
        """Verify a visit, and learn no more than that."""
        self._chapter(5, "Evergreen (insurer, HPAYMT) verifies a visit")
        with self.here.asker("evergreen") as asker:
            right = _verdict(asker.post("Encounter/$verify-visit", question(VISIT, "E11")))
            wrong = _verdict(asker.post("Encounter/$verify-visit", question("2026-03-02", "E11")))
            reads = asker.get("Observation", code="4548-4").status_code
        _must(right[0] == "confirmed", "the visit was not confirmed")
        _must(wrong[0] == "not-confirmed", "a visit that never was has been confirmed")
        _must(reads == 403, "an insurer read an observation")
        self.out.print(
            f"Was there on {VISIT} a visit at tjh01 for E11?  → [green]{right[0]}[/] {right[1]}"
        )
        self.out.print(
            f"And on 2026-03-02?  → [yellow]{wrong[0]}[/] (no reason given: every no is alike)"
        )
        self.out.print(f"Reading the laboratory results instead?  → [red]{reads} forbidden[/]")
        self.out.print(f"Each answer carries a receipt signed by the gateway ({right[2][:40]}…)")

    # -- 6 ---------------------------------------------------------------------------------------

    def third_party(self) -> None:
        """No consent: no patient."""
        self._chapter(6, "Other Clinic (internet hospital, TREAT, not named in the consent)")
        hidden = self._own("Observation", code="4548-4")["id"]
        with self.here.asker("otherclinic") as asker:
            total = asker.get("Patient", identifier=f"{ID_CARD}|{NUMBER}").json()["total"]
            there = asker.get(f"Observation/{hidden}")
            never = asker.get("Observation/aaaaaaaaaaaaaaaa.bbbbbbbbbbbbbbbb")
        _must(total == 0, "a third party found the patient")
        _must(there.status_code == 404, "a third party read a result")
        _must(there.content == never.content, "a hidden resource can be told from none")
        self.out.print(
            f"Searching the patient: {total} found. A result's exact address: {there.status_code}, "
            "byte for byte the answer for an address that never existed."
        )

    # -- 7 ---------------------------------------------------------------------------------------

    def proof(self) -> None:
        """Prove the audit log."""
        from gateway.audit.verify import verify

        self._chapter(7, "Everything above is in the audit log")
        report = verify(self.here.gateway.store)
        _must(report.holds, "the audit log does not hold")
        self.out.print(
            f"{report.links} disclosures and refusals, each committed before its answer left, "
            "hash-chained; the chain and its signed head hold (yiqiao audit verify)."
        )

    def onwards(self) -> None:
        """Say what to do next."""
        self._chapter(8, "Where to go next")
        for command, meaning in (
            ("yiqiao translate FILE --explain", "see what a message of yours becomes, row by row"),
            ("yiqiao source add NAME --facility MSH-4", "register a hospital (docs/how-to)"),
            ("yiqiao serve", "start the gateway; docker compose up for PostgreSQL"),
            ("docs/tutorial.md", "the same story, step by step, by hand"),
        ):
            self.out.print(f"  [cyan]{command:<42}[/] {meaning}")

    # -- what the chapters use -----------------------------------------------------------------

    def _chapter(self, number: int, title: str) -> None:
        self.out.print(f"\n[bold cyan]{number}. {title}[/]")

    def _send(self, messages: list[bytes]) -> list[Sent]:
        sent: list[Sent] = []
        asyncio.run(send_all("127.0.0.1", self.here.mllp_port, messages, sent.append))
        return sent

    def _wait(self) -> None:
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            with self.here.gateway.store.read() as tx:
                if not tx.spool.depth().pending:
                    return
            time.sleep(0.02)
        raise DemoError("messages were not applied in time")

    def _own(self, search: str, **parameters: str) -> dict[str, Any]:
        """Return the first thing a search gives TJH01, which may read its own records."""
        with self.here.asker("tjh01-his") as asker:
            found = _resources(asker.get(search, **parameters))
        _must(bool(found), f"tjh01 has no such {search}")
        return found[0]

    def _hospital(self, id_: str) -> str:
        ours = self._own("Encounter")["id"].partition(".")[0]
        return HOSPITALS[0 if id_.startswith(ours) else 1][3]


def _compact(resource: dict[str, Any]) -> str:
    """JSON with one line for whatever fits one."""

    def lines(value: Any, indent: str, room: int) -> str:
        flat = orjson.dumps(value).decode()
        if len(flat) + len(indent) <= room or not isinstance(value, dict | list):
            return flat
        deeper = indent + "  "
        if isinstance(value, dict):
            inner = [f'{deeper}"{k}": {lines(v, deeper, room)}' for k, v in value.items()]
            return "{\n" + ",\n".join(inner) + f"\n{indent}}}"
        inner = [deeper + lines(v, deeper, room) for v in value]
        return "[\n" + ",\n".join(inner) + f"\n{indent}]"

    return lines(resource, "", 58)


def _verdict(answer: Any) -> tuple[str, str, str]:
    _must(answer.status_code == 200, f"$verify-visit answered {answer.status_code}")
    parameters = {p["name"]: p for p in answer.json()["parameter"]}
    matched = ", ".join(
        f"{part['name']}: {'yes' if part['valueBoolean'] else 'no'}"
        for part in parameters.get("matched", {}).get("part", ())
    )
    receipt = next((v for k, v in parameters["receipt"].items() if k.startswith("value")), "")
    return parameters["result"]["valueCode"], f"({matched})" if matched else "", str(receipt)


def _resources(answer: Any) -> list[dict[str, Any]]:
    _must(answer.status_code == 200, f"a search answered {answer.status_code}")
    return [entry["resource"] for entry in answer.json().get("entry", ())]


def _must(holds: bool, otherwise: str) -> None:
    if not holds:
        raise DemoError(otherwise)
