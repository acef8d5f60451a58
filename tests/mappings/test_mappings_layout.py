"""Where a table stands: who looks for a segment opens the file that is called after it."""

from __future__ import annotations

from pathlib import PurePosixPath

from mappings.dictionary import LAYERS, read

SEGMENTS = PurePosixPath("mappings/tables/base/segments")


def test_each_map_of_a_segment_stands_in_the_file_that_is_called_after_it() -> None:
    maps = read(LAYERS[:1], None).maps.values()
    found = {m.name: PurePosixPath(m.where.file) for m in maps if len(m.source) == 3}
    segments = {name: file for name, file in found.items() if file.parent == SEGMENTS}
    assert len(segments) > 100
    assert {name: file for name, file in segments.items() if file.stem != name[:3]} == {}
    elsewhere = {m.where.file for m in maps if PurePosixPath(m.where.file).parent != SEGMENTS}
    assert all(file.startswith("mappings/tables/base/datatypes/") for file in elsewhere)
