"""What was acknowledged survives SIGKILL, once."""

import subprocess
import sys
from pathlib import Path

import orjson
from ingest_child import PATIENTS

from gateway.store import Store

HERE = Path(__file__).parent
NUMBER = 4000


def start(url, keys_directory):
    command = [sys.executable, str(HERE / "ingest_child.py"), url, str(keys_directory), str(NUMBER)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=Path.cwd())


def run_until(url, keys_directory, receipts):
    """Run the feed, kill it when it has given that many receipts, and return the receipts."""
    process = start(url, keys_directory)
    given = []
    for line in process.stdout:
        given.append(line.strip())
        if len(given) == receipts:
            process.kill()
    process.wait()
    process.stdout.close()
    return given


def test_what_was_acknowledged_survives_a_kill_once(hospital, feed, database_url, tmp_path):
    acknowledged = set()
    for receipts in (300, 700, 1200):
        acknowledged.update(run_until(database_url, tmp_path / "keys", receipts))
    feed.worker.drain()
    store = Store.open(database_url, hospital.keys)
    with store.read() as tx:
        done = tx.spool.entries("done", limit=NUMBER)
        assert tx.spool.depth()[:2] == (0, 0)
        homes = [row.id for row in tx.compartments.of_organisation("tjh")]
        observations = tx.resources.rows(homes, ["Observation"])
        values = [orjson.loads(body)["valueString"] for body in tx.resources.bodies(observations)]
        patients = tx.resources.rows(homes, ["Patient"])
        versions = {row.id: tx.resources.history("Patient", row.id) for row in patients}
        names = {
            row.id: [orjson.loads(body)["name"][0]["text"] for body in tx.resources.bodies(history)]
            for row in patients
            for history in (versions[row.id],)
        }
    store.close()
    stored = [entry.control_id for entry in done]
    assert acknowledged <= set(stored)
    assert len(stored) == len(set(stored)) == len(values)
    assert sorted(values, key=int) == sorted((one[1:] for one in stored), key=int)
    assert all(row.version == 1 for row in observations)
    # Every patient's names follow one another as they were sent: order held, nothing twice.
    assert len(names) == PATIENTS
    for history in names.values():
        assert history == sorted(set(history), reverse=True)
