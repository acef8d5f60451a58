"""Every segment of the standard has a table, or stands in the reference with the reason why not."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from mappings.dictionary import read
from mappings.language.tree import Node, Structure

PAGE = Path(__file__).parents[2] / "docs" / "reference" / "messages.md"
_NAMES = """
ABS ACC ADD ADJ AFF AIG AIL AIP AIS AL1 APR ARQ ARV AUT BHS BLC BLG BPO BPX BTS BTX BUI
CDM CDO CER CM0 CM1 CM2 CNS CON CSP CSR CSS CTD CTI DB1 DEV DG1 DMI DON DPS DRG DSC DSP DST
ECD ECR EDU EQL EQP EQU ERQ ERR EVN FAC FHS FT1 FTS GOL GP1 GP2 GSC GSP GSR GT1
IAM IAR IIM ILT IN1 IN2 IN3 INV IPC IPR ISD ITM IVC IVT LAN LCC LCH LDP LOC LRL
MCP MFA MFE MFI MRG MSA MSH NCK NDS NK1 NPU NSC NST NTE OBR OBX ODS ODT OH1 OH2 OH3 OH4
OM1 OM2 OM3 OM4 OM5 OM6 OM7 OMC ORC ORG OVR PAC PCE PCR PD1 PDA PDC PEO PES PID PKG PM1 PMT
PR1 PRA PRB PRC PRD PRT PSG PSH PSL PSS PTH PV1 PV2 PYE QAK QID QPD QRD QRF QRI
RCP RDF RDT REL RF1 RFI RGS RMI ROL RQ1 RQD RXA RXC RXD RXE RXG RXO RXR RXV
SAC SCD SCH SCP SDD SFT SGH SGT SHP SID SLT SPM SPR STF STZ TCC TCD TQ1 TQ2 TXA
UAC UB1 UB2 URD URS VAR VND VTQ
"""
#: All segments of HL7 versions 2.1 to 2.9 (appendix A)
STANDARD = frozenset(_NAMES.split())


def _structures() -> Iterable[Structure]:
    return read(("base", "cn"), None).structures.values()


def listed() -> list[str]:
    """The segments that the reference gives a reason for, in the order of its table."""
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition("## Segments without a table")[2].partition("\n## ")[0]
    found: list[str] = []
    for row in re.findall(r"^\| (.+?) \|", section, re.MULTILINE):
        for first, last in re.findall(r"\b([A-Z][A-Z0-9]{2})(?: to ([A-Z][A-Z0-9]{2}))?\b", row):
            end = int(last[2]) if last else 0
            found += [f"{first[:2]}{n}" for n in range(int(first[2]), end + 1)] if end else [first]
    return found


def translated() -> set[str]:
    """The segments that some structure knows."""
    waiting: list[Node] = [node for one in _structures() for node in one.nodes]
    names = set()
    while waiting:
        node = waiting.pop()
        names.add(node.name)
        waiting += node.children
    return names


def test_every_segment_has_a_table_or_a_reason() -> None:
    assert sorted(STANDARD - translated() - set(listed())) == []


def test_no_reason_is_given_for_a_segment_that_has_a_table_or_is_none() -> None:
    names = listed()
    assert len(names) == len(set(names))
    assert sorted(STANDARD & translated() & set(names)) == []
    assert sorted(set(names) - STANDARD) == []
