"""The anion gap and what is made of it: corrected for albumin, delta gap, delta ratio.

A normal gap is taken as 12 mmol/L without potassium and a normal bicarbonate as 24; where a
laboratory has its own, its own counts.
"""

from __future__ import annotations

from collections.abc import Callable

from elara_local.clinical.basics import (
    ALBUMIN,
    BICARBONATE,
    CHLORIDE,
    FLUIDS,
    SODIUM,
    number,
)
from elara_local.clinical.forms import Calculator, Facts, Field, Result
from elara_local.errors import WrongUse

NORMAL_GAP, NORMAL_BICARBONATE, NORMAL_ALBUMIN = 12.0, 24.0, 4.0
RATIOS = (
    (2.0, "2 or more: metabolic alkalosis or an old respiratory acidosis as well"),
    (1.0, "1 to 2: a metabolic acidosis with a raised gap alone"),
    (0.4, "0.4 to 1: acidosis with and without a raised gap together"),
    (float("-inf"), "Under 0.4: acidosis with a normal gap (high chloride)"),
)
Step = tuple[float, tuple[str, ...]]  # the value so far and the lines that led to it


def _gap(facts: Facts) -> Step:
    sodium, chloride, base = (number(facts, n) for n in ("sodium", "chloride", "bicarbonate"))
    value = sodium - chloride - base
    return value, (f"Anion gap: {sodium:g} - {chloride:g} - {base:g} = {value:.4g} mmol/L",)


def _corrected(facts: Facts) -> Step:
    gap, lines = _gap(facts)
    albumin = number(facts, "albumin")
    value = gap + 2.5 * (NORMAL_ALBUMIN - albumin)
    line = f"Corrected for albumin: {gap:.4g} + 2.5 × (4 - {albumin:.3g}) = {value:.4g} mmol/L"
    return value, (*lines, line)


def _make_gap(start: Callable[[Facts], Step]) -> Callable[[Facts], Result]:
    def compute(facts: Facts) -> Result:
        value, lines = start(facts)
        meaning = f"Above {NORMAL_GAP:g}: raised" if value > NORMAL_GAP else "Not raised"
        return Result(value, "mmol/L", lines, meaning)

    return compute


def _make_delta(start: Callable[[Facts], Step]) -> Callable[[Facts], Result]:
    def compute(facts: Facts) -> Result:
        gap, lines = start(facts)
        value = gap - NORMAL_GAP
        line = f"Delta gap: {gap:.4g} - {NORMAL_GAP:g} = {value:.4g} mmol/L"
        return Result(value, "mmol/L", (*lines, line))

    return compute


def _make_ratio(start: Callable[[Facts], Step]) -> Callable[[Facts], Result]:
    def compute(facts: Facts) -> Result:
        gap, lines = start(facts)
        base = number(facts, "bicarbonate")
        if abs(NORMAL_BICARBONATE - base) < 1e-9:
            raise WrongUse(
                "The delta ratio has no value at a bicarbonate of 24 mmol/L: nothing has fallen.",
                "Read the anion gap itself.",
            )
        value = (gap - NORMAL_GAP) / (NORMAL_BICARBONATE - base)
        line = f"Delta ratio: ({gap:.4g} - 12) / (24 - {base:g}) = {value:.3f}"
        raised = gap > NORMAL_GAP and base < NORMAL_BICARBONATE
        meaning = next(text for low, text in RATIOS if value >= low) if raised else ""
        notes = () if raised else ("Read only where the gap is raised and bicarbonate low.",)
        return Result(value, "", (*lines, line), meaning, notes)

    return compute


_PLAIN = (SODIUM, CHLORIDE, BICARBONATE)
_GAP = "Emmett M, Narins RG, Clinical use of the anion gap, Medicine 1977;56:38"
_FIGGE = "Figge J and others, Anion gap and hypoalbuminemia, Crit Care Med 1998;26:1807"
_WREN = "Wrenn K, The delta gap, Ann Emerg Med 1990;19:1310"
_RATIO = "Rastegar A, Use of the delta AG/delta HCO3 ratio, J Am Soc Nephrol 2007;18:2429"


NORMAL_TAKEN = "Normal values differ between laboratories (12 and 24 mmol/L are taken here)."
ALBUMIN_TAKEN = "A normal albumin is taken as 4.0 g/dL; with Figge's 4.4 the gap is 1 mmol/L more."


def _calculator(
    id: str,
    name: str,
    formula: str,
    compute: Callable[[Facts], Result],
    sources: tuple[str, ...],
    also: tuple[str, ...],
    fields: tuple[Field, ...] = _PLAIN,
) -> Calculator:
    return Calculator(
        id, name, FLUIDS, fields, formula, sources, compute,
        f"{NORMAL_TAKEN} {ALBUMIN_TAKEN}" if ALBUMIN in fields else NORMAL_TAKEN, also,
        2 if "ratio" in id else 1,
    )  # fmt: skip


CALCULATORS = (
    _calculator(
        "anion_gap", "Anion gap", "sodium - chloride - bicarbonate", _make_gap(_gap), (_GAP,),
        ("anion gap",),
    ),
    _calculator(
        "delta_gap", "Delta gap", "anion gap - 12", _make_delta(_gap), (_WREN,), ("delta gap",)
    ),
    _calculator(
        "delta_ratio", "Delta ratio", "(anion gap - 12) / (24 - bicarbonate)", _make_ratio(_gap),
        (_RATIO,), ("delta ratio", "delta delta", "delta-delta"),
    ),
    _calculator(
        "albumin_gap", "Anion gap corrected for albumin", "anion gap + 2.5 × (4 - albumin in g/dL)",
        _make_gap(_corrected), (_FIGGE,), ("corrected anion gap", "albumin corrected anion gap"),
        (*_PLAIN, ALBUMIN),
    ),
    _calculator(
        "albumin_delta_gap", "Delta gap corrected for albumin", "corrected anion gap - 12",
        _make_delta(_corrected), (_WREN, _FIGGE), ("albumin corrected delta gap",),
        (*_PLAIN, ALBUMIN),
    ),
    _calculator(
        "albumin_delta_ratio", "Delta ratio corrected for albumin",
        "(corrected anion gap - 12) / (24 - bicarbonate)", _make_ratio(_corrected),
        (_RATIO, _FIGGE), ("albumin corrected delta ratio",), (*_PLAIN, ALBUMIN),
    ),
)  # fmt: skip
