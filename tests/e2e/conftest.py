"""An installation on each database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from processes import Gateway


@pytest.fixture
def gateway(database_url: str, tmp_path: Path) -> Iterator[Gateway]:
    """Return an installation with the demonstration's participants; no process runs yet."""
    with Gateway(database_url, tmp_path) as made:
        yield made
