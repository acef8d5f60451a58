"""Constants in, the lines that put them somewhere out: codes are judged, and units."""

from __future__ import annotations

from mappings.compiler import literals
from mappings.compiler.placing import Placing
from mappings.compiler.types import QUANTITIES, Element, Place
from mappings.language.near import instead
from mappings.language.nested import building
from mappings.language.tree import Row, TableError
from mappings.language.ucum import UCUM, is_ucum, no_ucum
from mappings.runtime.text.currencies import CURRENCIES, currency_code


class Constants(Placing):
    """Writes constants."""

    def _check_binding(self, row: Row, element: Element | None, codes: set[str]) -> None:
        if element is None or element.binding is None:
            return
        wrong = sorted(c for c in codes if c and c not in element.binding)
        if wrong:
            why = f"{', '.join(wrong)} not in the required value set"
            raise TableError(row.where, why + instead(wrong[0], element.binding))

    def _check_unit(self, row: Row, place: Place) -> None:
        """Refuse a unit's code that is none of UCUM, if no row beside it names another system."""
        assert row.literal is not None
        above, _ = self.checker.resolve(place, row.target[:-1], row.where)
        if above.type not in QUANTITIES or is_ucum(row.literal.text):
            return
        path = ".".join([*row.path.split(".")[:-1], "system"])
        beside = [one.literal for one in building(self.block or self.map.rows) if one.path == path]
        systems = {
            literals.system_uri(self.tables, one.text, row.where) for one in beside if one
        }  # fmt: skip
        if not systems - {UCUM}:
            raise TableError(row.where, no_ucum(row.literal.text))

    def _check_currency(self, row: Row, place: Place) -> None:
        """Refuse what may be no currency of ISO 4217, to which FHIR binds the element."""
        if not row.target or row.target[-1].name != "currency":
            return
        above, _ = self.checker.resolve(place, row.target[:-1], row.where)
        if above.type != "Money":
            return
        if row.literal is None:
            if not row.convert and not row.codes:
                why = "a required value set binds this element: add currency()"
                raise TableError(row.where, why)
        elif (text := row.literal.text) not in CURRENCIES and not text.startswith("$"):
            meant = currency_code(text)
            rather = f": did you mean {meant}?" if meant else ""
            raise TableError(row.where, f"{text!r} is no currency of ISO 4217{rather}")

    def _literal(
        self, row: Row, element: Element | None, place: Place, holder: str, at: str
    ) -> None:
        assert row.literal is not None
        if element is None:
            raise TableError(row.where, "a constant needs an element to stand in")
        text = literals.expression(
            self.tables, row, element, self.map.parameters, self.checker.definitions
        )
        made = self.out.fresh("x")
        self.out.line(f"{made} = {text}")
        if element.type == "code" and not row.literal.text.startswith("$"):
            self._check_binding(row, element, {row.literal.text})
            self._check_unit(row, place)
            self._check_currency(row, place)
        self._assign(row, place, holder, made, at)
