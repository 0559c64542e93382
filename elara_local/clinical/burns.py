"""How much of the skin is burnt: rule of nines for adults, Lund and Browder by age.

What is not covered: depth; red skin without blisters does not count.
"""

from __future__ import annotations

from elara_local.clinical.basics import AGE, SURGERY, number
from elara_local.clinical.forms import Calculator, Facts, Field, Result
from elara_local.errors import WrongUse

NINES: dict[str, tuple[str, float]] = {
    "head": ("Head and neck", 9),
    "front": ("Front of the trunk", 18),
    "back": ("Back of the trunk", 18),
    "right_arm": ("Right arm", 9),
    "left_arm": ("Left arm", 9),
    "right_leg": ("Right leg", 18),
    "left_leg": ("Left leg", 18),
    "perineum": ("Perineum", 1),
}
# Percent of the whole by age from: 0, 1, 5, 10, 15 years and adult (from 18); head, both
# halves together; one thigh; one lower leg. The other parts keep their share.
AGES = (0, 1, 5, 10, 15, 18)
HEAD = (19, 17, 13, 11, 9, 7)
THIGH = (5.5, 6.5, 8, 8.5, 9, 9.5)
LOWER_LEG = (5, 5, 5.5, 6, 6.5, 7)
CONSTANT: dict[str, tuple[str, float]] = {
    "neck": ("Neck", 2),
    "front": ("Front of the trunk", 13),
    "back": ("Back of the trunk", 13),
    "buttocks": ("Both buttocks", 5),
    "perineum": ("Genitals", 1),
    "upper_arms": ("Both upper arms", 8),
    "forearms": ("Both forearms", 6),
    "hands": ("Both hands", 5),
    "feet": ("Both feet", 7),
}
BY_AGE = {
    "head": ("Head", HEAD, 1),
    "thighs": ("Both thighs", THIGH, 2),
    "lower_legs": ("Both lower legs", LOWER_LEG, 2),
}


def _part(name: str, label: str) -> Field:
    return Field(
        name, f"{label}: how much of it", units=("%",), high=100, otherwise=0.0,
        words=(label.lower(),),
    )  # fmt: skip


def _add(parts: dict[str, tuple[str, float]], facts: Facts) -> Result:
    worked, total = [], 0.0
    for name, (label, share) in parts.items():
        burnt = number(facts, name)
        if burnt:
            total += share * burnt / 100
            worked.append(f"{label}: {burnt:g} % of {share:g} % = {share * burnt / 100:.4g} %")
    if not worked:
        raise WrongUse("No part is given as burnt.", "Give how much of each part is burnt.")
    worked.append(f"Sum: {total:.4g} % of the skin")
    return Result(total, "%", tuple(worked))


def add_nines(facts: Facts) -> Result:
    """Wallace's rule of nines."""
    return _add(NINES, facts)


def add_by_age(facts: Facts) -> Result:
    """Lund and Browder's chart."""
    age = number(facts, "age")
    place = max(i for i, start in enumerate(AGES) if age >= start)
    parts = {name: (label, both * shares[place]) for name, (label, shares, both) in BY_AGE.items()}
    return _add(parts | CONSTANT, facts)


CALCULATORS = (
    Calculator(
        "nines", "Burnt skin: rule of nines", SURGERY,
        tuple(_part(name, label) for name, (label, _) in NINES.items()),
        "head 9, each arm 9, front 18, back 18, each leg 18, perineum 1 percent",
        ("Wallace AB, The exposure treatment of burns, Lancet 1951;1:501",), add_nines,
        "Adults; for children the chart of Lund and Browder. Skin that is only red does not count.",
        ("rule of nines", "wallace", "tbsa", "burn percentage", "burn size"), 1,
    ),
    Calculator(
        "lund_browder", "Burnt skin: Lund and Browder", SURGERY,
        (AGE, *(_part(name, label) for name, (label, _, _) in BY_AGE.items()),
         *(_part(name, label) for name, (label, _) in CONSTANT.items())),
        "head, thighs and lower legs by age; the other parts have the same share at every age",
        ("Lund CC, Browder NC, The estimation of areas of burns, Surg Gynecol Obstet 1944;79:352",),
        add_by_age, "Blisters or deeper; skin that is only red does not count.",
        ("lund-browder", "lund browder", "burn chart", "child burn percentage"), 1,
    ),
)  # fmt: skip
