"""A survey of a hospital's feed in, the text of a site profile to begin with out.

What the feed shows for certain is written as rows; what somebody must decide stands beside it as
comments, to be completed. So the file loads as it is. It names vocabulary, never patient content.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from urllib.parse import quote

from gateway.profiles.survey import Survey
from mappings.language.tree import Tables
from mappings.worklist import NO_SYSTEM, Want

_HEADER = """\
# Site profile of {name}: what this hospital writes in its own way{made}.
# It is the last layer of the tables: a row here takes the place of a row for the same field and
# element, other rows are added, and what it does not mention stays as it is. A line that begins
# with # says nothing yet: complete it where it has a ?, and take the # away. Names and codes stand
# here where they look like vocabulary: look them through before you show the file. After a change:
#     yiqiao profile check {name}.map{against}
"""
_CHARSETS = {
    "wrong": ("GB18030", "overrides MSH-18, in which {0} of the messages are not readable"),
    "MSH-17": ("MSH-17", "MSH-18 is empty; MSH-17 names it"),
    "gb18030": ("GB18030", "{0} messages do not say it, and are read so"),
    "utf-8": ('"UNICODE UTF-8"', "{0} messages do not say it, and are read so"),
}
#: The system of standard codes for what a resource speaks of; elsewhere LOINC.
_STANDARDS = {
    "AllergyIntolerance": "SCT",
    "Condition": "I10",
    "Medication": "WC",
    "MedicationAdministration": "WC",
    "MedicationDispense": "WC",
    "MedicationRequest": "WC",
    "Procedure": "SCT",
}


def starter(name: str, url: str, found: Survey, tables: Tables) -> str:
    """Write a site profile for what a survey found.

    Parameters
    ----------
    name
        The source's name.
    url
        The address below which the hospital's own identifiers and codes are named.
    tables
        The tables without a profile, for the names of their maps.
    """
    facility = next((one for one, _ in found.facilities.most_common(1)), "")
    seen = found.messages > 0
    made = f", as seen in {found.messages} messages" if seen else ""
    against = " --against FEED.hl7" if seen else ""
    sections = [
        [_HEADER.format(name=name, made=made, against=against).rstrip()],
        _site(found, facility),
        _authorities(found, facility, url),
        _systems(found, url),
        *_concepts(found),
        _units(found),
        *_codes(found, tables),
        *_segments(found),
        _fields(found, tables),
    ]
    return "\n\n".join("\n".join(lines) for lines in sections if lines) + "\n"


def _site(found: Survey, facility: str) -> list[str]:
    offset, why = "+08:00", "of times without an offset; assumed: no time here has one"
    if found.offsets:
        offset, why = found.offsets.most_common(1)[0][0], "of times without an offset"
        if len(found.offsets) > 1:  # summer and winter, most likely
            why += "; of several here: name the zone (Europe/Berlin) if its clocks change"
    lines = ["site", f"  timezone     {offset:<12} # {why}"]
    if facility:
        lines.append(f"  authority    {facility:<12} # whose the numbers are that name nobody")
    ways = {way: times for way, times in found.charsets.items() if way in _CHARSETS}
    for way, times in sorted(ways.items()):
        charset, says = _CHARSETS[way]
        mark = "" if len(found.charsets) == 1 else "# "
        lines.append(f"  {mark}charset      {charset:<12} # {says.format(times)}")
    return lines


def _authorities(found: Survey, facility: str, url: str) -> list[str]:
    names = _names(found, "authority")
    if facility:
        names[facility] += 0
    lines = [
        "# Assigning authorities, as CX.4 and EI.2 name them, and the address that makes their",
        "# numbers unique in the world. Choose addresses of the hospital's own, once and for ever.",
        "authorities",
    ]
    return [*lines, *_addresses(names, f"{url}/id")] if names else []


def _systems(found: Survey, url: str) -> list[str]:
    names = _names(found, "system")
    lines = ["# Coding systems, as CWE.3 names them, and the address of each.", "systems"]
    return [*lines, *_addresses(names, f"{url}/codes")] if names else []


def _addresses(names: Counter[str], below: str) -> Iterator[str]:
    for name, times in sorted(names.items()):
        seen = f"  # {_times(times)}" if times else ""
        if name:
            yield f"  {name:<12} {below}/{quote(name, safe='')}{seen}"
        else:
            yield f"  # some whose names may be more than vocabulary and are left out{seen}"


def _concepts(found: Survey) -> Iterator[list[str]]:
    """Group local codes by their system and by the system of the codes that may be meant."""
    lists: dict[tuple[str, str], dict[str, Counter[str]]] = {}
    for want, times in found.lacking.items():
        if want.kind == "local-code" and want.name:
            resource = want.place.partition(".")[0]
            codes = lists.setdefault((want.name, _STANDARDS.get(resource, "LN")), {})
            codes.setdefault(want.code, Counter())[want.place] += times
    if lists:
        yield [
            "# Local codes and the standard ones that mean the same; the local code stays beside.",
            "# Where none does, write: none CODE",
        ]
    for (name, standard), codes in sorted(lists.items()):
        lines = [f"concepts {name} -> {standard}"]
        if name == NO_SYSTEM:
            lines.insert(0, "# Codes that name no coding system:")
        yield [*lines, *_rows(codes, "  # ")]


def _rows(codes: dict[str, Counter[str]], begin: str) -> Iterator[str]:
    """Write a row for each code, the most frequent first, and where it stood."""
    for code, places in sorted(codes.items(), key=lambda item: (-item[1].total(), item[0])):
        where = ", ".join(sorted(places))
        yield f"{begin}{code or '(left out)':<12} ?          # {_times(places.total())}: {where}"


def _units(found: Survey) -> list[str]:
    names = _names(found, "unit")
    lines = ["# Units as the laboratory writes them, and their UCUM code.", "units"]
    rows = _rows({name: Counter({"OBX-6": n}) for name, n in names.items() if name}, "  # ")
    return [*lines, *rows] if any(names) else []


def _codes(found: Survey, tables: Tables) -> Iterator[list[str]]:
    lists: dict[str, dict[str, Counter[str]]] = {}
    for want, times in found.lacking.items():
        if want.kind == "code" and want.name in tables.codes:
            codes = lists.setdefault(want.name, {})
            codes.setdefault(want.code, Counter())[want.place] += times
    if lists:
        yield ["# Codes that the tables do not have: say what each means, or - where nothing does."]
    for name, codes in sorted(lists.items()):
        table = tables.codes[name]
        yield [f"# codes {name}  {table.table} -> {table.system}", *_rows(codes, "#   ")]


def _segments(found: Survey) -> Iterator[list[str]]:
    if found.segments:
        yield [
            "# Segments without a table, with the fields that have a value. Say which resource and",
            "# element each belongs to; `ignore` is for what nobody needs.",
        ]
    for name, times in sorted(found.segments.items()):
        lines = [f"# {name} -> Encounter      # {_times(times)}"]
        numbers = sorted(number for segment, number in found.fields if segment == name)
        for number in numbers:
            valued = _times(found.fields[name, number])
            lines.append(f"#   {f'{name}-{number}':<10} ?          # valued {valued}")
        yield [*lines, "# ignore", f"#   {name}"]


def _fields(found: Survey, tables: Tables) -> list[str]:
    lines: list[str] = []
    maps: dict[str, list[tuple[str, int]]] = {}
    for want, times in found.lacking.items():
        if want.kind == "field":
            maps.setdefault(want.name.partition("-")[0], []).append((want.name, times))
        elif want.kind == "component":
            lines.append(f"#   {want.name:<12} # a component, {_times(times)}")
    for segment, wanted in sorted(maps.items()):
        target = next((m.target for m in tables.maps.values() if m.source == segment), "?")
        lines.append(f"# {segment} -> {target}")
        lines += [f"#   ignore {name:<10} # {_times(times)}" for name, times in sorted(wanted)]
    if not lines:
        return []
    return ["# What has a value and no row: give it one, or say that it may be left out.", *lines]


def _names(found: Survey, kind: str) -> Counter[str]:
    names: Counter[str] = Counter()
    for want, times in found.lacking.items():
        if want.kind == kind:
            names[want.name] += times
    return names


def _times(times: int) -> str:
    return "once" if times == 1 else f"{times} times"


def lines_for(lacking: Iterable[tuple[Want, int]], tables: Tables) -> str:
    """Write what a worklist has as rows for a profile, to be completed."""
    found = Survey(lacking=Counter(dict(lacking)))
    found.segments.update({w.name: n for w, n in found.lacking.items() if w.kind == "segment"})
    parts = [
        _names_only(found, "authority", "authorities"),
        _names_only(found, "system", "systems"),
        *list(_concepts(found))[1:],
        _units(found),
        *_codes(found, tables),
        *_segments(found),
        _fields(found, tables),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def _names_only(found: Survey, kind: str, header: str) -> list[str]:
    codes = {name: Counter({kind: n}) for name, n in _names(found, kind).items() if name}
    return [header, *_rows(codes, "  # ")] if codes else []
