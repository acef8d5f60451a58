"""Messages of one interface are applied as they came, by however many workers, also of moves."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from ingest_feed import Feed, hl7, register

from consent.labels import labels_for
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.worker import Worker
from gateway.store import Store
from gateway.translator import Translator

PATIENTS = 12


def pid(number: int) -> str:
    return f"PID|1||{number}^^^TJH01^MR||测试甲||19800101|M"


def story(number: int) -> list[bytes]:
    """A visit and its result under a wrong number, the move, and the result's end."""
    wrong, right = 1000 + number, 2000 + number
    visit = f"PV1|1|I|W1{'|' * 16}V{number}^^^TJH01^VN{'|' * 25}202603010600"

    def result(of: int, status: str) -> bytes:
        return hl7(
            pid(of), visit, f"OBR|1|O{number}|F{number}|GLU^葡萄糖^L{'|' * 21}{status}",
            f"OBX|1|NM|GLU^葡萄糖^L||5|mmol/L|||||{status}",
            type_="ORU^R01", control_id=f"{status}{number}", sent=f"2026030108{number:02d}",
        )  # fmt: skip

    return [
        hl7(pid(wrong), visit, type_="ADT^A01", control_id=f"A{number}", sent="20260301070000"),
        result(wrong, "P"),
        hl7(
            pid(right), f"MRG|{wrong}^^^TJH01^MR||||V{number}^^^TJH01^VN", visit,
            type_="ADT^A45", control_id=f"M{number}", sent=f"2026030109{number:02d}",
        ),
        result(right, "F").replace(b"|2026030108", b"|2026030110"),
    ]  # fmt: skip


@pytest.mark.parametrize("workers", [1, 3])
def test_what_is_sent_before_a_move_is_applied_before_it(postgres_url, keys, workers):
    translator = Translator()
    pipeline = Pipeline(translator.of_feed, translator.valid, labels_for)
    store = Store.open(postgres_url, keys, pool_size=10)
    register(store, "tjh", "TJH01")
    feed = Feed(store, pipeline)
    feed.accept(*(message for number in range(PATIENTS) for message in story(number)))

    def work(worker: Worker) -> None:
        while True:
            worker.step()
            with store.read() as tx:
                if tx.spool.depth().pending == 0:
                    return

    with ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, [Worker(store, pipeline, size=16) for _ in range(workers)]))
    patients = {f"Patient/{one['id']}": one["identifier"][0]["value"]
                for one in feed.resources("Patient")}  # fmt: skip
    results = [(patients[one["subject"]["reference"]], one["status"])
               for one in feed.resources("Observation")]  # fmt: skip
    assert sorted(results) == [(f"{2000 + number}", "final") for number in range(PATIENTS)]
    store.close()
