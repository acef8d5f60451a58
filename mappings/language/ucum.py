"""UCUM codes: a text in, whether it is one out.

The grammar and the atoms of the Unified Code for Units of Measure (case sensitive form), version
2.1, sections 2 to 4; what stands in braces is free.
"""

from __future__ import annotations

import re

UCUM = "http://unitsofmeasure.org"

_PREFIXES = "Y Z E P T G M k h da d c m u n p f a z y Ki Mi Gi Ti"
#: Atoms that take a prefix
_METRIC = """
m s g rad K C cd mol sr Hz N Pa J W A V F Ohm S Wb Cel T H lm lx Bq Gy Sv l L ar t bar u eV pc gf
cal cal_[15] cal_[20] cal_m cal_IT cal_th dyn erg P St Mx Oe G Gal Ky Bi Gb Lmb sb ph Ci R RAD REM
mho tex kat U eq osm bit By Bd Np B B[SPL] B[V] B[mV] B[uV] B[10.nV] B[W] B[kW] m[H2O] m[Hg] st
[g] [c] [h] [k] [eps_0] [mu_0] [e] [m_e] [m_p] [G] [ly] [pH] [IU] [iU] [CFU] [PFU] [FFU] [BAU] [AU]
"""
_OTHER = """
10* 10^ [pi] % [ppth] [ppm] [ppb] [pptr] gon deg ' '' min h d a_t a_j a_g a wk mo_s mo_j mo_g mo AU
circ sph atm att b bit_s [degF] [degR] [degRe] [in_i] [ft_i] [yd_i] [mi_i] [fth_i] [nmi_i] [kn_i]
[sin_i] [sft_i] [syd_i] [cin_i] [cft_i] [cyd_i] [bf_i] [cr_i] [mil_i] [cml_i] [hd_i] [ft_us] [yd_us]
[in_us] [rd_us] [ch_us] [lk_us] [rch_us] [rlk_us] [fth_us] [fur_us] [mi_us] [acr_us] [srd_us]
[smi_us] [sct] [twp] [mil_us] [in_br] [ft_br] [rd_br] [ch_br] [lk_br] [fth_br] [pc_br] [yd_br]
[mi_br] [nmi_br] [kn_br] [acr_br] [gal_us] [bbl_us] [qt_us] [pt_us] [gil_us] [foz_us] [fdr_us]
[min_us] [crd_us] [bu_us] [gal_wi] [pk_us] [dqt_us] [dpt_us] [tbs_us] [tsp_us] [cup_us] [foz_m]
[cup_m] [tsp_m] [tbs_m] [gal_br] [pk_br] [bu_br] [qt_br] [pt_br] [gil_br] [foz_br] [fdr_br] [min_br]
[gr] [lb_av] [oz_av] [dr_av] [scwt_av] [lcwt_av] [ston_av] [lton_av] [stone_av] [pwt_tr] [oz_tr]
[lb_tr] [sc_ap] [dr_ap] [oz_ap] [lb_ap] [oz_m] [lne] [pnt] [pca] [pnt_pr] [pca_pr] [pied] [pouce]
[ligne] [didot] [cicero] [lbf_av] [psi] [in_i'H2O] [in_i'Hg] [PRU] [wood'U] [diop] [p'diop] %[slope]
[mesh_i] [Ch] [drp] [hnsf'U] [MET] [hp'_X] [hp'_C] [hp'_M] [hp'_Q] [hp_X] [hp_C] [hp_M] [hp_Q]
[kp_X] [kp_C] [kp_M] [kp_Q] [Btu_39] [Btu_59] [Btu_60] [Btu_m] [Btu_IT] [Btu_th] [Btu] [Cal] [HP]
[arb'U] [USP'U] [GPL'U] [MPL'U] [APL'U] [beth'U] [anti'Xa'U] [todd'U] [dye'U] [smgy'U] [bdsk'U]
[ka'U] [knk'U] [mclg'U] [tb'U] [CCID_50] [TCID_50] [EID_50] [Amb'a'1'U] [PNU] [Lf] [D'ag'U] [FEU]
[ELU] [EU] [IR] [HPF] [LPF] [S] [car_m] [car_Au] [smoot] [m/s2/Hz^0.5] [NTU] [FNU]
"""


def _any(words: str) -> str:
    return "|".join(map(re.escape, sorted(words.split(), key=len, reverse=True)))


_GROUP = "\0"  # stands for a term in parentheses that was found right
_NOTE = re.compile(r"\{[!-z|~]*\}")
_SIMPLE = rf"(?:(?:{_any(_PREFIXES)})?(?:{_any(_METRIC)})|{_any(_OTHER)})(?:[+-]?[0-9]+)?|[0-9]+"
_PART = rf"(?:{_GROUP}|(?:{_SIMPLE})(?:\{{\}})?|\{{\}})"
_TERM = rf"/?{_PART}(?:[./]{_PART})*"
_WHOLE = re.compile(_TERM)
_INNER = re.compile(rf"\({_TERM}\)")


def is_ucum(text: str) -> bool:
    """Tell whether a text is a UCUM code: ``mmol/L``, ``10*9/L``, ``mL/min/{1.73_m2}``."""
    if _GROUP in text:
        return False
    left = _NOTE.sub("{}", text)
    while (outer := _INNER.sub(_GROUP, left)) != left:
        left = outer
    return _WHOLE.fullmatch(left) is not None


def no_ucum(text: str) -> str:
    """Return what is wrong with a text that should be a UCUM code."""
    return f"{text!r} is no UCUM code (https://ucum.org)"
