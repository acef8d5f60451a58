"""The memory that one large message takes, octets to JSON, in a process of its own.

Counted is everything from before the message is there: its octets, its text, what is made of it
and the JSON of that. A small message goes first, so that tables and libraries do not count.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from adapters.charset import decode
from benchmarks.measure import Ratio
from benchmarks.messages import with_pdf
from benchmarks.translation import IDS
from gateway.serving import settle_memory
from gateway.translator import Translator
from mappings import exact

SIZE = 20_000_000
RUNS = 3
ENDS = ("", "\\.br\\")  # of the lines of the PDF's Base64: in one line, and as mail has it


def of_pdf() -> Ratio:
    """Return the promised ratio: the most memory a message with a PDF takes, by its size.

    The dearer way to write the PDF counts.
    """
    low, middle, high = max((_ratios(with_pdf(SIZE, end)) for end in ENDS), key=lambda one: one[1])
    return Ratio(
        "memory for a message with a PDF", middle, low, high,
        f"{middle * SIZE / 1e6:,.0f} MB", f"{SIZE / 1e6:,.0f} MB of message", 4.0,
    )  # fmt: skip


def _ratios(message: bytes) -> tuple[float, float, float]:
    """Return the least, the median and the most memory that a message took, by its size."""
    with tempfile.NamedTemporaryFile() as file:
        Path(file.name).write_bytes(message)
        command = [sys.executable, "-m", "benchmarks.memory", file.name]
        peaks = sorted(
            int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
            for _ in range(RUNS)
        )
    return peaks[0] / len(message), peaks[RUNS // 2] / len(message), peaks[-1] / len(message)


def _peak(path: Path) -> int:
    """Octets of memory that this process needed at most for a file's message."""
    translator = Translator()

    def work(octets: bytes) -> None:
        result = translator.translate(decode(octets).content, IDS, source="bench", envelope=False)
        assert not result.rejected
        for made in result.made:
            exact.dumps(made.resource)

    work(with_pdf(2_000))
    settle_memory()
    Path("/proc/self/clear_refs").write_text("5")  # the peak is counted from here (proc(5))
    before = _status("VmRSS")
    work(path.read_bytes())
    return _status("VmHWM") - before


def _status(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


if __name__ == "__main__":
    print(_peak(Path(sys.argv[1])))
