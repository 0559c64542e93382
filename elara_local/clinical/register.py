"""All calculators by id, in the order of their groups. It knows no formula."""

from __future__ import annotations

from elara_local.clinical import (
    abdomen,
    apache,
    body,
    brain,
    burns,
    caprini,
    charlson,
    circulation,
    clots,
    electrolytes,
    fluids,
    gaps,
    heart,
    infection,
    kidney,
    lipids,
    liver,
    lungs,
    medicines,
    pregnancy,
    sofa,
)
from elara_local.clinical.basics import GROUPS
from elara_local.clinical.forms import Calculator
from elara_local.clinical.imci_form import make_imci

_ALL = (
    *kidney.CALCULATORS,
    *circulation.CALCULATORS,
    *heart.CALCULATORS,
    *lipids.CALCULATORS,
    *lungs.CALCULATORS,
    *clots.CALCULATORS,
    *caprini.CALCULATORS,
    *liver.CALCULATORS,
    *brain.CALCULATORS,
    *fluids.CALCULATORS,
    *electrolytes.CALCULATORS,
    *gaps.CALCULATORS,
    *body.CALCULATORS,
    *pregnancy.CALCULATORS,
    *infection.CALCULATORS,
    *sofa.CALCULATORS,
    *apache.CALCULATORS,
    *medicines.CALCULATORS,
    *abdomen.CALCULATORS,
    *burns.CALCULATORS,
    *charlson.CALCULATORS,
    *make_imci(),
)
CALCULATORS: dict[str, Calculator] = {
    calculator.id: calculator
    for calculator in sorted(_ALL, key=lambda each: GROUPS.index(each.group))
}
