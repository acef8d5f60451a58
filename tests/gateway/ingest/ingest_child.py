"""A process that accepts and works until it is killed; prints the control id of every receipt.

Arguments: database address, key directory, number of messages.
"""

import asyncio
import sys
from pathlib import Path

from ingest_feed import hl7, pid, translate

from conformance.validator import Validator
from consent.labels import labels_for
from gateway.ingest.arrival.accept import Acceptor
from gateway.ingest.pipeline import Pipeline
from gateway.ingest.worker import Worker
from gateway.keys import Keys
from gateway.store import Store

PATIENTS = 40


def messages(number):
    """Give messages of few patients: each changes the name, and adds one result."""
    for index in range(number):
        patient = pid(f"m{index % PATIENTS}", name=f"甲{index:06d}")
        yield hl7(patient, f"OBX|1|ST|G{index}||{index}", control_id=f"c{index}")


async def feed(acceptor, batch):
    """Send on as many connections as there are patients, each waiting for its receipt."""

    async def connection(own):
        for message in own:
            receipt = await acceptor.accept(message)
            sys.stdout.write(f"{receipt.control_id}\n")
            sys.stdout.flush()

    await asyncio.gather(*(connection(batch[lane::PATIENTS]) for lane in range(PATIENTS)))


def main():
    url, directory, number = sys.argv[1:]
    store = Store.open(url, Keys(Path(directory)))
    worker = Worker(store, Pipeline(translate, Validator().valid, labels_for), size=16)
    worker.start()
    asyncio.run(feed(Acceptor(store, committed=worker.wake), list(messages(int(number)))))


if __name__ == "__main__":
    main()
