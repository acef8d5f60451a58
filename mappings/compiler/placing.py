"""A value and a target in, the lines that put it there out."""

from __future__ import annotations

import re

from mappings.compiler.account import ignored
from mappings.compiler.function import any_in
from mappings.compiler.numbering import Numbering
from mappings.compiler.reads import path as path_of
from mappings.compiler.types import Place
from mappings.compiler.watching import ALREADY_FILLED
from mappings.language.tree import Row, Step, TableError, Where


class Placing(Numbering):
    """Writes assignments."""

    def _assign(
        self, row: Row, place: Place, holder: str, made: str, at: str, is_item: bool = False,
        own: bool = True,
    ) -> None:  # fmt: skip
        """Put `made` where the row says; `own` if other rows may have built there before."""
        poured = made if not row.target and row.convert.endswith("()") else ""
        carried = self._traced(row, at, poured) + self._carried(row)
        if not self._waits(row, place, holder, made, at, carried):
            self._put(row, place, holder, made, at, is_item, own, carried)

    def _put(
        self, row: Row, place: Place, holder: str, made: str, at: str, is_item: bool, own: bool,
        carried: list[str],
    ) -> None:  # fmt: skip
        """Put `made` where the row says, at once."""
        out = self.out
        *path, last = row.target or (None,)
        inside = place.type == "Extension"
        base, done = holder, ""
        guards = self._choices(row, place) if own else {}
        guarded: list[int] = []
        self._assume(row, place, holder)
        for number, step in enumerate(path):
            assert step is not None
            done += f".{step}"
            if number in guards:
                self._unless(guards[number], holder, guarded)
            holder = self._descend(step, (holder, base, done), row, place, inside)
            inside = inside or step.name.lower().endswith("extension")
        if last is not None and len(path) in guards:
            self._unless(guards[len(path)], holder, guarded)
        if last is None:
            self._pour(row, holder, made, carried)
        elif self._extension_url(last, row.where, inside) and not is_item:
            raise TableError(row.where, "say which value of the extension: .value…")
        elif last.mark is not None:
            url = self._extension_url(last, row.where, inside)
            self._to_list(last, url, (holder, base, done), made, row, place, at, carried)
        elif last.name == "end" and self._ends_period(row, place):
            # One that is before the start is left out, and found.
            carried = [
                f"if 'end' in {holder}: {line}" if line.startswith("X.trace(") else line
                for line in carried
            ]
            self._unless_lost(f"period_end({holder}, {made}, X, {at})", row, carried)
        else:
            if not path:
                carried[:0] = self._guessed(row, holder, last.name, made, at)
            self._scalar(row, place, holder, last.name, made, not path, carried)
        for depth in reversed(guarded):
            out.depth = depth
            self._lines("else:", [*self._stands(row), *self._untold(row)])

    def _assume(self, row: Row, place: Place, holder: str) -> None:
        """Note whether all that stands below an element is assumed (``default``)."""
        resources = self.checker.definitions.resource_types
        if row.default and (place.path or place.type not in resources):
            raise TableError(row.where, "'default' is for elements of a resource")
        if not row.target or (len(row.target) == 1 and row.target[0].mark is None):
            return  # `_scalar` does
        name = row.target[0].name
        if row.default:
            self.out.line(f"if {name!r} not in {holder}: X.weak.add({name!r})")
        elif f"{place}.{name}" in self.weak:
            self.out.line(f"X.weak.discard({name!r})")

    def _pour(self, row: Row, holder: str, made: str, carried: list[str]) -> None:
        """Write what puts all members of a value into an object."""
        given = holder == "r" and self.reader.segment  # the resource: the walker holds it
        stands = self.rivals.may_stand(row, self.at)
        if not given and not stands:
            for line in (f"{holder}.update({made})", *carried):
                self.out.line(line)
        elif self._stands(row) or carried or stands:
            fill = f"fill({holder}, {made}, X.held)"
            if not given:
                fill += f" if {holder} else {holder}.update({made})"
            self._unless_lost(fill, row, carried)
        else:
            self.out.line(f"fill(r, {made}, X.held)")

    def _unless(self, names: list[str], holder: str, guarded: list[int]) -> None:
        """Go on only where no other type of a choice is taken."""
        guarded.append(self.out.depth)
        self.out.line(f"if not ({any_in(names, holder)}):")
        self.out.depth += 1

    def _lines(self, head: str, lines: list[str]) -> None:
        """Write lines below a head, if there are any."""
        if lines:
            self.out.line(head)
            with self.out.block():
                for line in lines:
                    self.out.line(line)

    def _unless_lost(self, call: str, row: Row, carried: list[str]) -> None:
        """Write a call that tells whether something of the value found no room."""
        stands, test = self._stands(row), call
        table = self.tables.maps.get(row.convert)
        named = table is not None and self.value is not None
        known = stands and call.startswith("fill(") and (named or row.rows)
        if known or (self.explain and "fill(" in call):
            test = self.out.fresh("n")
            self.out.line(f"{test} = {call}")
        lost = test
        if known and table is not None and self.value is not None:
            parts = self._constant(repr(self.reading.sole(table)))
            separator = "&" if "component" in self.value.level else "^"
            test = f"{lost} and told({lost}, {parts}, {self.value.name}.split({separator!r}))"
        elif known:
            stands = self._stands(row, members=lost)
        if "fill(" not in call:
            stands = [*stands, *self._untold(row)]
        if stands:
            self._lines(f"if {test}:", stands)
            self._lines("else:", carried)
        elif carried:
            self._lines(f"if not ({test}):", carried)
        else:
            self.out.line(test)
        if self.explain and "fill(" in call:
            self._lines(f"for k in {lost} or ():", self._untold(row, ".{k}"))

    def _to_list(
        self, step: Step, url: str | None, holders: tuple[str, str, str], made: str, row: Row,
        place: Place, at: str, carried: list[str],
    ) -> None:  # fmt: skip
        """Write what puts a value into a list: as a new item, the n-th, or a labelled one."""
        holder, base, done = holders
        if step.numbered or step.by_value or (step.mark and step.mark.isdigit()):
            item = self._one(row, step, holder, place, own=holder == base)
            self._unless_lost(f"fill({item}, {made}, X.held)", row, carried)
        elif step.mark and not url:
            item = self._item(step, holder, base, f"{done}.{step}")
            self._unless_lost(f"fill({item}, {made}, X.held)", row, carried)
        else:
            name = repr(step.name)
            call = f"add({holder}, {name}, {made}, X.held)"
            if step.name == "identifier":
                call = f"if {call}: X.miss({ALREADY_FILLED!r}, {at}, True)"
            known = self.out.fresh("n") if self.explain else ""
            if known:
                self.out.line(f"{known} = {made} in {holder}.get({name}, ())")
            self._lines(f"if {name} in {holder}:", [call])
            self.out.line(f"else: {holder}[{name}] = [{made}]")
            for line, again in zip(carried, self._repeats(carried), strict=True):
                self.out.line(line if line == again else f"{again} if {known} else {line}")

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

    def _scalar(
        self, row: Row, place: Place, holder: str, name: str, made: str, top: bool,
        carried: list[str],
    ) -> None:  # fmt: skip
        """Set an element once; an assumption (``default``) gives way to anything known."""
        out = self.out
        setting = f"{holder}[{name!r}] = {made}"
        free = f"{name!r} not in {holder}"
        if top and row.default:
            # What a field suggests is worth more than a constant assumed before.
            weaker = f" or {name!r} in X.weak" if row.sources[0].name != "-" else ""
            free += weaker
            setting += f"; X.weak.add({name!r})"
        elif top and f"{place}.{name}" in self.weak:
            free += f" or {name!r} in X.weak"
            setting += f"; X.weak.discard({name!r})"
        elif top and name == self.unset and holder == "r":
            for line in [setting, *carried]:
                out.line(line)
            return
        stands = [*self._stands(row), *self._untold(row)]
        if not carried and not stands:
            out.line(f"if {free}: {setting}")
            return
        outdone = [f"if {name!r} in X.weak: outdo(X, {holder}, {name!r}, {made})"]
        outdone = outdone if top and f"{place}.{name}" in self.guesses else []
        presumed = f"(id({holder}), {name!r})"
        if self.explain and "X.weak" in free:
            outdone.append(f"X.outdone({presumed})")
        noted = self._presumed(row, presumed) if top and row.default else []
        self._lines(f"if {free}:", [*outdone, setting, *carried, *noted])
        same = f"{holder}[{name!r}] == {made}"
        table = self.tables.maps.get(row.convert)
        if table is not None and table.target in self.checker.definitions.resource_types:
            same = f"X.same({holder}[{name!r}], {made}['reference'])"
        self._lines(f"elif {same}:", self._repeats(carried) or ["pass"])
        self._lines("else:", stands)

    def _guessed(self, row: Row, holder: str, name: str, made: str, at: str) -> list[str]:
        """Write what notes that a field suggests an element, which another may say for certain."""
        source = row.sources[0]
        if not row.default or source.name != self.map.source:
            return []
        if path_of(source) in ignored(self.map) or self.scopes[0].account.surely(source, row):
            return []
        # What another row has carried is not lost if this one is outdone.
        flag = next((f"if {f.name}: " for f in self.scopes[0].all if f.source == source), "")
        carriers = self._constant(repr(self.ledger.carriers(source, self.map)))
        return [f"{flag}assume(X, {holder}, {name!r}, {made}, {at}, {carriers})"]

    def _descend(
        self, step: Step, holders: tuple[str, str, str], row: Row, place: Place, inside: bool
    ) -> str:
        holder, base, path = holders
        below, out = self.out.fresh("h"), self.out
        url = self._extension_url(step, row.where, inside)
        if url:
            out.line(f"if {step.name!r} in {holder}: "
                     f"{below} = extension({holder}, {step.name!r}, {url!r})")  # fmt: skip
            out.line(f"else: {below} = {{'url': {url!r}}}; {holder}[{step.name!r}] = [{below}]")
            return below
        if step.mark is None:
            out.line(f"{below} = {holder}.get({step.name!r})")
            out.line(f"if {below} is None: {below} = {holder}[{step.name!r}] = {{}}")
            return below
        if step.mark == "":
            call = f"fresh({holder}, {step.name!r})"
        elif step.numbered or step.by_value or step.mark.isdigit():
            call = self._one(row, step, holder, place, own=holder == base)
        else:
            return self._item(step, holder, base, path)
        out.line(f"{below} = {call}")
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
