"""Building FHIR JSON: an object, an element's name and a value in; what found no room out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mappings.runtime.state.fitting import fit
from mappings.runtime.state.held import MANY, Long, held, joined, number_of, whole
from mappings.runtime.text import primitives
from mappings.runtime.types import JSON, NOTHING, Location, Made, Sole

if TYPE_CHECKING:
    from mappings.runtime.state.context import Context

_SIDES = frozenset({"PLAC", "FILL"})
#: Elements of what is said once (`finishing`) that are of one of several types: onset[x].
CHOICES = ("abatement", "deceased", "multipleBirth", "onset")


def add(holder: JSON, name: str, value: Any, long: Long) -> bool:
    """Append to a list element, without making doubles; one number is one identifier.

    What extends a reference that is there already (as what somebody did) is said of that one.
    An order's placer's number and its filler's are two, though one system may give out both.
    Returns whether an identifier says something that finds no room beside what is known of it.
    """
    known = holder.get(name)
    if known is None:
        holder[name] = [value]
    elif len(known) >= MANY:
        same = held(long, known, number_of if name == "identifier" else whole).find(value)
        if same is None:
            known.append(value)
        elif name == "identifier":
            return bool(fill(same, value, long))
    elif value not in known:
        if name == "identifier":
            for same in known:
                if (
                    same.get("value") == value.get("value")
                    and same.get("system") == value.get("system")
                    and not _are_two(same, value)
                ):
                    return bool(fill(same, value, long))
        elif _is_said_of_one(known, value):
            return False
        known.append(value)
    return False


def _is_said_of_one(known: list[Any], value: Any) -> bool:
    """Whether what extends a reference could be said of the same one that is known."""
    if isinstance(value, dict) and "extension" in value and "reference" in value:
        for position, same in enumerate(known):
            if same.get("reference") == value["reference"] and "extension" not in same:
                known[position] = {**same, "extension": value["extension"]}
                return True
    return False


def _are_two(one: JSON, other: JSON) -> bool:
    """Whether one is a placer's number and the other a filler's."""
    kinds = [
        {coding.get("code") for coding in each.get("type", NOTHING).get("coding", ())}
        for each in (one, other)
    ]
    return all(kind & _SIDES for kind in kinds) and kinds[0].isdisjoint(kinds[1])


def fresh(holder: JSON, name: str) -> JSON:
    """Return a new item of a list element."""
    item: JSON = {}
    holder.setdefault(name, []).append(item)
    return item


def period_end(holder: JSON, value: str, context: Context, location: Location) -> bool:
    """Set the end of a period, unless it is before the start: that is found, and left out.

    Returns whether another end stands there already.
    """
    if "end" in holder:
        return bool(holder["end"] != value)
    if primitives.is_after(holder.get("start", ""), value):
        context.say("warning", "bad-value", location, "the end is before the start")
    else:
        holder["end"] = value
    return False


def in_order(range_: JSON) -> bool:
    """Whether the low end of a range is not above the high one."""
    low, high = (range_.get(end, NOTHING).get("value") for end in ("low", "high"))
    return low is None or high is None or bool(low <= high)


def nth(holder: JSON, name: str, number: int) -> JSON:
    """Item `number` (from 1) of a list element, made if need be."""
    items: list[JSON] = holder.setdefault(name, [])
    while len(items) < number:
        items.append({})
    return items[number - 1]


def extension(holder: JSON, name: str, url: str) -> JSON:
    """Return the extension (or modifierExtension) with that URL, made if need be."""
    for item in holder.get(name, ()):
        if item["url"] == url:
            found: JSON = item
            return found
    item = {"url": url}
    holder.setdefault(name, []).append(item)
    return item


def fill(holder: JSON, value: JSON, long: Long) -> tuple[str, ...]:
    """Put members into an object that lacks them; lists and objects are brought together.

    Returns the members that are there already with another value, which stays.
    """
    lost: tuple[str, ...] = ()
    for name, item in value.items():
        known = holder.setdefault(name, item)
        if known is item or known == item:
            continue
        if isinstance(known, list) and isinstance(item, list):
            if len(known) >= MANY:
                holder[name] = joined(long, known, item)
            elif more := [each for each in item if not says(known, [each])]:
                holder[name] = known + more
        elif isinstance(known, dict) and isinstance(item, dict):
            holder[name] = {**known}  # it may be shared with other messages
            lost += (name,) if fill(holder[name], item, long) else ()
        else:
            lost += (name,)
    return lost


def together(known: Made, other: Made, long: Long) -> tuple[JSON, bool]:
    """Return what two say of one thing, and whether the second says anything otherwise.

    Of a person or place of the directory the first has said all there is to an element. What either
    merely assumes gives way; of a choice the first has said the type, too.
    """
    if known.home == "directory":
        merged = {**other.resource, **known.resource}
        lost = any(not says(merged[name], item) for name, item in other.resource.items())
        return merged, lost
    merged = {**known.resource}
    surer = known.weak and {n for n in known.weak if n in other.resource and n not in other.weak}
    merged.update((name, other.resource[name]) for name in surer)
    said = {n: v for n, v in other.resource.items() if n not in other.weak or n not in merged}
    of_another_type = [name for name in said if _is_taken(merged, name)]
    for name in of_another_type:
        del said[name]
    lost = bool(fill(merged, said, long) or of_another_type)
    fit(merged)
    return merged, lost


def _is_taken(resource: JSON, name: str) -> bool:
    """Whether a choice is there as another type: of one thing R4 takes one of them."""
    choice = next((each for each in CHOICES if name.startswith(each)), None)
    return choice is not None and any(n.startswith(choice) and n != name for n in resource)


def says(known: Any, item: Any) -> bool:
    """Whether what is known says everything that an item does."""
    if isinstance(known, dict) and isinstance(item, dict):
        return all(name in known and says(known[name], part) for name, part in item.items())
    if isinstance(known, list) and isinstance(item, list):
        if len(known) >= MANY:
            return {*map(whole, known)}.issuperset(map(whole, item))
        return all(any(says(one, each) for one in known) for each in item)
    return bool(known == item)


def told(lost: tuple[str, ...], sole: Sole, parts: list[str]) -> bool:
    """Whether members that found no room tell a part of a value that no other member tells."""
    length = len(parts)
    return any(
        "&" in parts[-n - 1] if n < 0 else parts[n - 1]
        for name in lost for n in sole.get(name, ()) if abs(n) <= length
    )  # fmt: skip


def called(resource: JSON) -> str | None:
    """Return what a reference to a resource may show: its name, or that of who has the role."""
    name = resource.get("name") or resource.get("practitioner", {}).get("display")
    if isinstance(name, list):
        name = name[0].get("text")
    return name if isinstance(name, str) else None
