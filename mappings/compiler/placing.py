"""A value and a target in, the lines that put it there out."""

from __future__ import annotations

import re

from mappings.compiler.function import Function
from mappings.compiler.types import Place
from mappings.language.tree import Row, Step, TableError, Where


class Placing(Function):
    """Writes assignments."""

    def _assign(
        self, row: Row, place: Place, holder: str, made: str, at: str, is_item: bool = False,
        own: bool = True,
    ) -> None:  # fmt: skip
        """Put `made` where the row says; `own` if other rows may have built there before."""
        out = self.out
        *path, last = row.target or (None,)
        inside = place.type == "Extension"
        base, done = holder, ""
        guards = self._choices(row, place) if own else {}
        depth = out.depth
        for number, step in enumerate(path):
            assert step is not None
            done += f".{step}"
            if number in guards:
                out.line(f"if not ({_any_in(guards[number], holder)}):")
                out.depth += 1
            holder = self._descend(step, holder, row.where, inside, base, done)
            inside = inside or step.name.lower().endswith("extension")
        if last is not None and len(path) in guards:
            out.line(f"if not ({_any_in(guards[len(path)], holder)}):")
            out.depth += 1
        if last is None:
            given = holder == "r" and self.reader.segment  # the resource, which the walker holds
            out.line(f"fill(r, {made})" if given else f"{holder} = {holder} | {made} | {holder}")
        elif self._extension_url(last, row.where, inside) and not is_item:
            raise TableError(row.where, "say which value of the extension: .value…")
        elif last.mark is not None:
            url = self._extension_url(last, row.where, inside)
            self._to_list(last, url, holder, base, done, made)
        elif last.name == "end" and self._ends_period(row, place):
            out.line(f"period_end({holder}, {made}, X, {at})")
        else:
            self._scalar(row, place, holder, last.name, made, not path)
        out.depth = depth
        self._note(row, place, at)

    def _to_list(
        self, step: Step, url: str | None, holder: str, base: str, done: str, made: str
    ) -> None:
        """Write what puts a value into a list: as a new item, the n-th, or a labelled one."""
        out, name = self.out, repr(step.name)
        if step.mark and step.mark.isdigit():
            out.line(f"fill(nth({holder}, {name}, {step.mark}), {made})")
        elif step.mark and not url:
            out.line(f"fill({self._item(step, holder, base, f'{done}.{step}')}, {made})")
        else:
            out.line(f"if {name} in {holder}: add({holder}, {name}, {made})")
            out.line(f"else: {holder}[{name}] = [{made}]")

    def _note(self, row: Row, place: Place, at: str) -> None:
        """Write what remembers that a row yielded a value."""
        for source in row.sources:
            if source.name == self.map.source and source.field in self.guarded:
                self.out.line(f"{self.guarded[source.field]} = True")
        if self.explain:
            label = f"{row.where}@{row.where.layer}"
            self.out.line(f"X.trace(r, {str(place) + '.' + row.path!r}, {at}, {label!r})")

    def _choices(self, row: Row, place: Place) -> dict[int, list[str]]:
        """Return steps of the target at which another row may have taken another type: which."""
        found: dict[int, list[str]] = {}
        for number, step in enumerate(row.target):
            if step.name.startswith("_") or "xtension" in step.name:
                break
            _, element = self.checker.resolve(place, row.target[: number + 1], row.where)
            if element is not None and element.choice:
                choice = element.choice
                others = [n for n in self.names if n.startswith(choice) and n != step.name]
                if others:
                    found[number] = sorted(others)
        return found

    def _ends_period(self, row: Row, place: Place) -> bool:
        above, _ = self.checker.resolve(place, row.target[:-1], row.where)
        return above.type == "Period" and not above.path

    def _scalar(self, row: Row, place: Place, holder: str, name: str, made: str, top: bool) -> None:
        """Set an element once; an assumption (``default``) gives way to anything known."""
        out = self.out
        if top and row.default:
            if place.path:
                raise TableError(row.where, "'default' is for elements of a resource")
            # What a field suggests is worth more than a constant assumed before.
            weaker = f" or {name!r} in X.weak" if row.sources[0].name != "-" else ""
            out.line(f"if {name!r} not in {holder}{weaker}: {holder}[{name!r}] = {made}; "
                     f"X.weak.add({name!r})")  # fmt: skip
        elif top and f"{place}.{name}" in self.weak:
            out.line(f"if {name!r} not in {holder} or {name!r} in X.weak: "
                     f"{holder}[{name!r}] = {made}; X.weak.discard({name!r})")  # fmt: skip
        elif top and name == self.unset and holder == "r":
            out.line(f"r[{name!r}] = {made}")
        else:
            out.line(f"if {name!r} not in {holder}: {holder}[{name!r}] = {made}")

    def _descend(
        self, step: Step, holder: str, where: Where, inside: bool, base: str, path: str
    ) -> str:
        below = self.out.fresh("h")
        url = self._extension_url(step, where, inside)
        if url:
            call = f"extension({holder}, {step.name!r}, {url!r})"
        elif step.mark is None:
            call = f"child({holder}, {step.name!r})"
        elif step.mark == "":
            call = f"fresh({holder}, {step.name!r})"
        elif step.mark.isdigit():
            call = f"nth({holder}, {step.name!r}, {step.mark})"
        else:
            return self._item(step, holder, base, path)
        self.out.line(f"{below} = {call}")
        return below

    def _item(self, step: Step, holder: str, base: str, path: str) -> str:
        """Return the local variable of a labelled item, which is made when first needed.

        It is reset wherever the object it belongs to is begun (`base`), so that no item survives
        from one repetition to the next.
        """
        name = "i_" + re.sub(r"[^a-zA-Z0-9]+", "_", f"{base}_{path}")
        self.items[name] = self.begun[base]
        self.out.line(f"if {name} is None: {name} = fresh({holder}, {step.name!r})")
        return name

    def _extension_url(self, step: Step, where: Where, inside: bool = False) -> str | None:
        """Return the URL of an ``extension[name]`` step; inside another, names are URLs."""
        if step.name not in {"extension", "modifierExtension"}:
            return None
        if not step.mark:
            raise TableError(where, "name the extension: extension[…]")
        url = self.tables.names.get("extensions", {}).get(step.mark)
        if url is None and not inside:
            raise TableError(where, f"no extension is called {step.mark!r}: add it to extensions")
        return url or step.mark


def _any_in(names: list[str], holder: str) -> str:
    return " or ".join(f"{name!r} in {holder}" for name in names)
