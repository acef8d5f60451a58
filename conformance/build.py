"""Maintainers' tool: HL7's published R4 package in, the compact files under ``conformance/r4`` out.

Run as ``python -m conformance.build FOLDER``, where FOLDER is the unpacked npm package
``hl7.fhir.r4.examples`` 4.0.1 (HL7's own publication of R4, CC0-1.0, which carries the definitions
beside the examples). What the files hold is described in ``conformance/r4/README.md``; the
program itself never runs this module.
"""

from __future__ import annotations

import argparse
import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from conformance.expansion import Terminology

Json = dict[str, Any]

PROVENANCE = {
    "source": "npm package hl7.fhir.r4.examples 4.0.1, published by HL7",
    "specification": "http://hl7.org/fhir/R4",
    "version": "4.0.1",
    "license": "CC0-1.0",
}
CORE = "http://hl7.org/fhir/StructureDefinition/"
VALUE_SETS = "http://hl7.org/fhir/ValueSet/"
FHIR_TYPE = CORE + "structuredefinition-fhir-type"
REGEX = CORE + "regex"
PROFILED = {CORE + "SimpleQuantity": "SimpleQuantity"}  # profiles R4 uses as if they were types


def main(arguments: list[str] | None = None) -> None:
    """Read the package and write the compact files."""
    parser = argparse.ArgumentParser(prog="python -m conformance.build", description=__doc__)
    parser.add_argument("folder", type=Path, help="the unpacked package")
    parser.add_argument("--to", type=Path, default=Path(__file__).parent / "r4")
    options = parser.parse_args(arguments)
    for name, content in build(options.folder).items():
        write(options.to / f"{name}.json.gz", content)


def build(folder: Path) -> dict[str, Json]:
    """Return the content of each compact file by its name."""
    source = folder / "package" if (folder / "package").is_dir() else folder
    types = structures(read(source, "StructureDefinition"))
    terms = Terminology(read(source, "CodeSystem"), read(source, "ValueSet"))
    required = sorted({row.split("@")[1] for row in rows(types) if "@" in row})
    return {
        "structures": types,
        "valuesets": {short: found for short in required if (found := terms.expand(long(short)))},
        "search": {"parameters": search_parameters(read(source, "SearchParameter"))},
        "codesystems": terms.displays(),
        "bindings": {url: found for url in terms.value_sets if (found := terms.expand(url))},
    }


def read(source: Path, kind: str) -> Iterator[Json]:
    """Yield the package's resources of one kind, in the order of their file names."""
    for path in sorted(source.glob(f"{kind}-*.json")):
        resource = json.loads(path.read_bytes())
        if resource["resourceType"] == kind:
            yield resource


def write(path: Path, content: Json) -> None:
    """Write *content* with its provenance; the same content always gives the same bytes."""
    text = json.dumps({"about": PROVENANCE, **content}, ensure_ascii=False, separators=(",", ":"))
    path.write_bytes(gzip.compress(text.encode(), compresslevel=9, mtime=0))


# --- structures ---------------------------------------------------------------------------------


def structures(definitions: Iterator[Json]) -> Json:
    """Return ``{type: {kind, base, …, elements}}``; a backbone is a type by its path."""
    found: Json = {}
    for definition in definitions:
        if definition["kind"] == "logical":
            continue
        if definition.get("derivation") == "constraint" and definition["url"] not in PROFILED:
            continue
        found |= structure(definition)
    return found


def structure(definition: Json) -> Json:
    """Return one definition's own structure and those of the backbones inside it."""
    name = definition["id"]
    parent = definition.get("baseDefinition", "").removeprefix(CORE)
    found: Json = {name: {"kind": definition["kind"].split("-")[0], "base": parent, "elements": {}}}
    if definition["abstract"]:
        found[name]["abstract"] = True
    for element in definition["snapshot"]["element"][1:]:
        owner, _, leaf = element["path"].rpartition(".")
        owner = name if owner == definition["type"] else owner
        if found[name]["kind"] == "primitive":
            found[name] |= pattern(element) if leaf == "value" else {}
        elif element["max"] == "0" or element["base"]["path"] == element["path"]:
            row = element_row(element)
            found[owner]["elements"][leaf] = row
            if row.split()[1] in {"BackboneElement", "Element"} and leaf != "extension":
                path = element["path"]
                found[path] = {"kind": "backbone", "base": row.split()[1], "elements": {}}
    return found


def pattern(element: Json) -> Json:
    """Return the published regular expression of a primitive type's value."""
    extensions = element["type"][0].get("extension", [])
    found = next((each["valueString"] for each in extensions if each["url"] == REGEX), None)
    return {"regex": found} if found else {}


def element_row(element: Json) -> str:
    """Return an element as ``min..max types [@required value set]``."""
    if element["path"] == "Resource.id":
        kinds = "id"  # R4's own table says string here, its text says id (3.1.0.4)
    elif "contentReference" in element:
        kinds = element["contentReference"]
    else:
        kinds = "|".join(dict.fromkeys(type_text(each) for each in element["type"]))
    binding = element.get("binding", {})
    bound = binding.get("strength") == "required" and "valueSet" in binding
    suffix = f" @{binding['valueSet'].split('|')[0].removeprefix(VALUE_SETS)}" if bound else ""
    return f"{element['min']}..{element['max']} {kinds}{suffix}"


def type_text(kind: Json) -> str:
    """Return a type as ``Reference(Patient,Group)``, ``SimpleQuantity`` or its plain name."""
    for profile in kind.get("profile", []):
        if profile in PROFILED:
            return PROFILED[profile]
    for extension in kind.get("extension", []):
        if extension["url"] == FHIR_TYPE:
            return str(extension["valueUrl"])
    targets = ",".join(each.removeprefix(CORE) for each in kind.get("targetProfile", []))
    return f"{kind['code']}({targets})" if targets else str(kind["code"])


def rows(types: Json) -> Iterator[str]:
    """Yield every element row."""
    for each in types.values():
        yield from each["elements"].values()


def long(short: str) -> str:
    """Return a value set's URL from the form the element rows use."""
    return short if ":" in short else VALUE_SETS + short


# --- search -------------------------------------------------------------------------------------


def search_parameters(definitions: Iterator[Json]) -> Json:
    """Return ``{base: {code: [type, expression, targets]}}``."""
    found: Json = {}
    for each in definitions:
        if each.get("version") != PROVENANCE["version"] or "-extensions-" in each["id"]:
            continue  # an example, or a parameter that only an extension's user would offer
        for base in each.get("base", []):
            row = [each["type"], each.get("expression", ""), *each.get("target", [])]
            found.setdefault(base, {})[each["code"]] = row
    return dict(sorted(found.items()))


if __name__ == "__main__":
    main()
