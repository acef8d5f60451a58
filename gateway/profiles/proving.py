"""A site profile in; its rows that do not do what they say out, shown by messages made for them.

What `yiqiao conformance tables --profile` says of these rows, as fast as a check wants it.
"""

from __future__ import annotations

from typing import NamedTuple

from gateway.profiles.remarks import Remark
from gateway.proving import proof
from mappings.dictionary import LAYERS, read
from mappings.language.nested import flat
from mappings.language.tree import Tables, Where
from mappings.profile import find_profile
from mappings.proof.names import LISTS
from mappings.proof.rows import ABSENT

#: Why an element is not there in a message that was made up to show it
OTHERS = " in a message made for this row: another row says it before, or nothing makes the rest"


class Unproven(NamedTuple):
    """Rows that do something else than they say.

    FHIR does not allow what the ``forbidden`` make: every message that has them would be refused.
    """

    forbidden: list[Remark]
    others: list[Remark]


def unproven(profile: str) -> Unproven:
    """Return the rows of a profile that do not do what they say.

    Raises
    ------
    mappings.language.tree.TableError
        The profile cannot be read, or a row is wrong.
    """
    found = Unproven([], [])
    file = str(find_profile(profile))
    touched = _touched(read(LAYERS, profile), file)
    judged = proof(profile=profile, only=touched).of("unsatisfied") if touched else ()
    for verdict in (one.verdict for one in judged if one.verdict.where.file == file):
        beside = OTHERS if verdict.why == ABSENT else ""
        remark = Remark(verdict.where, f"{' '.join(verdict.row.split())}: {verdict.why}{beside}")
        (found.others if verdict.allowed else found.forbidden).append(remark)
    return found


def _touched(tables: Tables, file: str) -> set[str]:
    """Return the tables of which some row stands in a file."""

    def own(*wheres: Where) -> bool:
        return any(where.file == file for where in wheres)

    return {
        *(
            name for name, table in tables.maps.items()
            if own(table.where, *(row.where for row in flat(table.rows)),
                   *(erase.where for erase in table.erases))
        ),
        *(n for n, one in tables.codes.items() if own(*(c.where for c in one.codes.values()))),
        *(name for name, one in tables.structures.items() if own(one.where)),
        *(kind for (kind, _), where in tables.named.items() if own(where) and kind in LISTS),
    }  # fmt: skip
