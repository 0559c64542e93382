"""The lungs: CURB-65, Pneumonia Severity Index, A-a gradient, pack-years, oxygen left.

What is not covered: pneumonia got in hospital or with weak immunity.
"""

from __future__ import annotations

from elara_local.clinical.basics import (
    ADULT_AGE,
    BREATHS,
    BUN,
    BUN_NOTE,
    DIASTOLIC,
    FIO2,
    GLUCOSE,
    HAEMATOCRIT,
    LUNGS,
    PACO2,
    PAO2,
    PH,
    PULSE,
    SEX,
    SODIUM,
    SYSTOLIC,
    TEMPERATURE,
    female,
    measure,
    number,
)
from elara_local.clinical.forms import Calculator, Facts, Result
from elara_local.clinical.points import Line, Score, make_score, over, steps, yes
from elara_local.errors import WrongUse


def _rate_pressure(facts: Facts) -> float:
    return 1 if number(facts, "systolic") < 90 or number(facts, "diastolic") <= 60 else 0


UREA_MG_DL = 7 * 2.8014  # 7 mmol/L
CURB65 = Score(
    (
        yes("confusion", "New confusion", 1, ("confusion", "confused")),
        over(BUN, (UREA_MG_DL, 1)),
        steps(BREATHS, (30, 1)),
        Line("Systolic under 90 or diastolic 60 or less", (SYSTOLIC, DIASTOLIC), _rate_pressure),
        steps(ADULT_AGE, (65, 1)),
    ),
    (
        (0, "0 or 1: low risk (death 1.5 %), home may suit"),
        (2, "2: intermediate (9.2 %), hospital"),
        (3, "3 or more: severe (22 %), consider intensive care at 4 or 5"),
    ),
    (BUN_NOTE,),
)


ILLNESSES = (
    yes("neoplastic", "Cancer", 30, ("cancer", "malignancy", "neoplastic")),
    yes("liver", "Liver disease", 20, ("liver disease", "cirrhosis")),
    yes("heart_failure", "Heart failure", 10, ("heart failure", "chf")),
    yes("cerebrovascular", "Cerebrovascular disease", 10, ("stroke", "tia")),
    yes("kidney", "Kidney disease", 10, ("renal disease", "ckd")),
)
SIGNS = (
    yes("confusion", "Altered mental state", 20, ("altered mental status", "confusion")),
    steps(BREATHS, (30, 20)),
    steps(SYSTOLIC, (90, 0), below=20),
    steps(TEMPERATURE, (35, 0), (40, 15), below=15),
    steps(PULSE, (125, 10)),
)
PSI = Score(
    (
        Line("Age (10 less in women)", (ADULT_AGE, SEX),
             lambda facts: number(facts, "age") - (10 if female(facts) else 0)),
        yes("nursing_home", "Lives in a nursing home", 10, ("nursing home",)),
        *ILLNESSES,
        *SIGNS,
        steps(PH, (7.35, 0), below=30),
        steps(BUN, (30, 20)),
        steps(SODIUM, (130, 0), below=20),
        steps(GLUCOSE, (250, 10)),
        steps(HAEMATOCRIT, (30, 0), below=10),
        steps(PAO2, (60, 0), below=10),
        yes("effusion", "Pleural effusion", 10, ("effusion", "pleural effusion")),
    ),
    (
        (float("-inf"), "Class II (70 or less): death 0.6 %"),
        (71, "Class III (71 to 90): 0.9 %"),
        (91, "Class IV (91 to 130): 9.3 %"),
        (131, "Class V (over 130): 27.0 %"),
    ),
    (BUN_NOTE,),
)  # fmt: skip


def rate_pneumonia(facts: Facts) -> Result:
    """PSI: class I needs no points: 50 years or less, none of the illnesses and signs."""
    result = PSI(facts)
    if number(facts, "age") > 50 or any(line.count(facts) for line in (*ILLNESSES, *SIGNS)):
        return result
    meaning = "Class I (50 years or less, no illness, no abnormal sign): 0.1 %"
    return Result(result.value, result.unit, result.worked, meaning, result.notes)


PRESSURE_OF_AIR = measure(
    "air",
    "Barometric pressure (760 at the sea)",
    ("mmHg", "kPa"),
    250,
    800,
    ("patm", "barometric pressure"),
)


def find_gradient(facts: Facts) -> Result:
    """Alveolar less arterial oxygen, with a respiratory quotient of 0.8."""
    share, air, carbon, oxygen = (number(facts, n) for n in ("fio2", "air", "paco2", "pao2"))
    alveolar = share / 100 * (air - 47) - carbon / 0.8
    value = alveolar - oxygen
    age = number(facts, "age")
    worked = (
        f"Alveolar: {share / 100:g} × ({air:.4g} - 47) - {carbon:.4g} / 0.8 = {alveolar:.1f} mmHg",
        f"{alveolar:.1f} - {oxygen:.4g} = {value:.1f} mmHg",
        f"Usual on air at this age: 2.5 + 0.21 × {age:g} = {2.5 + 0.21 * age:.1f} mmHg",
    )
    below = "Below zero no gradient can be: check the inspired oxygen and the pressure of the air."
    return Result(value, "mmHg", worked, notes=(below,) if value < 0 else ())


def count_pack_years(facts: Facts) -> Result:
    """Packs of 20 a day, times years."""
    daily, years = number(facts, "cigarettes"), number(facts, "years")
    value = daily / 20 * years
    return Result(value, "pack-years", (f"{daily:g} / 20 × {years:g} = {value:.1f}",))


def last_oxygen(facts: Facts) -> Result:
    """How long a cylinder lasts above the reserve.

    Raises:
        WrongUse: the pressure is not above the reserve.
    """
    size, bar, reserve, flow = (number(facts, n) for n in ("size", "bar", "reserve", "flow"))
    if bar <= reserve:
        raise WrongUse(
            f"The pressure is {bar:g} bar, not above the reserve of {reserve:g} bar.",
            "Change the cylinder.",
        )
    value = (bar - reserve) * size / flow
    line = f"({bar:g} - {reserve:g}) bar × {size:g} L / {flow:g} L/min = {value:.0f} min"
    notes = ("No allowance for leaks: change early.",)
    return Result(value, "min", (line, f"{value / 60:.1f} hours"), notes=notes)


CIGARETTES = measure("cigarettes", "Cigarettes a day", (), 0, 150, ("cigarettes", "per day"))
YEARS = measure("years", "Years of smoking", ("years",), 0, 100, ("years", "smoked"))
SIZE = measure("size", "Water volume of the cylinder", ("L",), 0.3, 60, ("cylinder", "size"))
BAR = measure("bar", "Pressure on the gauge", ("bar", "psi", "kPa"), 1, 310, ("gauge", "pressure"))
RESERVE = measure("reserve", "Reserve to leave", ("bar", "psi", "kPa"), 0, 60, ("reserve",))
FLOW = measure("flow", "Flow", ("L/min",), 0.1, 100, ("flow", "lpm"))
COMMUNITY = "Pneumonia got outside hospital, in adults without immune deficiency."
CALCULATORS = (
    make_score(
        "curb65", "CURB-65", LUNGS, CURB65,
        ("Lim WS and others, Defining community acquired pneumonia severity on presentation to"
         " hospital, Thorax 2003;58:377",),
        COMMUNITY, ("curb-65", "curb65", "curb 65"),
    ),
    Calculator(
        "psi", "Pneumonia Severity Index", LUNGS, PSI.fields,
        "Age (10 less in women) and the points of every line that holds.",
        ("Fine MJ and others, A prediction rule to identify low-risk patients with"
         " community-acquired pneumonia, N Engl J Med 1997;336:243",),
        rate_pneumonia,
        f"{COMMUNITY} What was not measured counts as normal in the source: give a normal value."
        " Where only the saturation is known, under 90 % counts as a PaO2 under 60 mmHg.",
        ("psi score", "psi/port", "port score", "pneumonia severity index"), 0,
    ),
    Calculator(
        "aa_gradient", "A-a gradient", LUNGS, (ADULT_AGE, FIO2, PRESSURE_OF_AIR, PAO2, PACO2),
        "FiO2 × (barometric pressure - 47) - PaCO2 / 0.8 - PaO2",
        ("Mellemgaard K, The alveolar-arterial oxygen difference, Acta Physiol Scand 1966;67:10",),
        find_gradient,
        "The expected value holds for room air. The pressure of the air falls with height: about"
        " 674 mmHg at 1000 m, 596 at 2000 m, 526 at 3000 m.",
        ("a-a gradient", "aa gradient", "alveolar-arterial gradient"),
    ),
    Calculator(
        "pack_years", "Pack-years", LUNGS, (CIGARETTES, YEARS), "cigarettes a day / 20 × years",
        ("National Cancer Institute, Dictionary of cancer terms: pack year",), count_pack_years,
        "Cigarettes only.", ("pack-years", "pack years", "pack year", "smoking history"),
    ),
    Calculator(
        "oxygen_cylinder", "Oxygen cylinder: time left", LUNGS, (SIZE, BAR, RESERVE, FLOW),
        "(pressure - reserve) in bar × water volume in L / flow in L/min",
        ("Boyle's law: the gas in a cylinder is its water volume times its pressure",), last_oxygen,
        "Compressed gas cylinders, not concentrators or liquid oxygen.",
        ("oxygen cylinder", "oxygen cylinder duration", "oxygen tank", "o2 cylinder"), 0,
    ),
)  # fmt: skip
