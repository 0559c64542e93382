"""Infection: sore throat, SIRS, qSOFA, NEWS2.

What is not covered: children in NEWS2 and qSOFA; the definition of sepsis needs SOFA.
"""

from __future__ import annotations

from elara_local.clinical.basics import (
    AGE,
    BREATHS,
    COMA,
    INFECTION,
    LEUKOCYTES,
    PULSE,
    SATURATION,
    SYSTOLIC,
    TEMPERATURE,
    chosen,
    number,
    question,
    select,
    true,
)
from elara_local.clinical.forms import Calculator, Facts, Field, Result
from elara_local.clinical.points import Line, Score, make_score, over, pick, steps, yes

THROAT_AGE = Field("age", "Age", units=AGE.units, low=3, high=125, words=AGE.words)
CENTOR = Score(
    (
        steps(THROAT_AGE, (3, 1), (15, 0), (45, -1)),
        over(TEMPERATURE, (38, 1)),
        yes("no_cough", "No cough", 1, ("no cough", "cough absent")),
        yes("nodes", "Tender nodes at the front of the neck", 1, ("lymph nodes", "nodes")),
        yes("tonsils", "Tonsils swollen or with exudate", 1, ("exudate", "tonsils")),
    ),
    (
        (-1, "0 or less: streptococcus 1 to 2.5 %, no test, no antibiotic"),
        (1, "1: 5 to 10 %, no test, no antibiotic"),
        (2, "2: 11 to 17 %, test"),
        (3, "3: 28 to 35 %, test"),
        (4, "4 or 5: 51 to 53 %, test, or treat where no test is to be had"),
    ),
)
FEVER_PAIN = Score(
    (
        yes("fever", "Fever in the last 24 hours", 1, ("fever",)),
        yes("pus", "Pus on the tonsils", 1, ("purulence", "pus", "purulent")),
        yes("rapid", "Came within 3 days of onset", 1, ("within 3 days",)),
        yes("inflamed", "Tonsils severely inflamed", 1, ("inflamed",)),
        yes("no_cough", "No cough and no coryza", 1, ("no cough", "coryza")),
    ),
    (
        (0, "0 or 1: streptococcus 13 to 18 %, no antibiotic"),
        (2, "2 or 3: 34 to 40 %, delayed antibiotic"),
        (4, "4 or 5: 62 to 65 %, antibiotic now or delayed"),
    ),
)


def _rate_temperature(facts: Facts) -> float:
    value = number(facts, "temperature")
    return 1 if value > 38 + 1e-9 or value < 36 - 1e-9 else 0


def _rate_breathing(facts: Facts) -> float:
    return 1 if number(facts, "breaths") > 20 or true(facts, "low_paco2") else 0


def _rate_white_cells(facts: Facts) -> float:
    value = number(facts, "leukocytes")
    return 1 if value > 12 or value < 4 or true(facts, "bands") else 0


LOW_PACO2 = Field(
    "low_paco2", "PaCO2 under 32 mmHg (4.3 kPa)", "yes", otherwise=False, words=("low paco2",)
)
BANDS = Field(
    "bands",
    "Over 10 % immature forms (bands)",
    "yes",
    otherwise=False,
    words=("bandaemia", "bandemia"),
)
SIRS = Score(
    (
        Line("Temperature over 38 or under 36", (TEMPERATURE,), _rate_temperature),
        over(PULSE, (90, 1)),
        Line("Breathing over 20, or PaCO2 under 32 mmHg", (BREATHS, LOW_PACO2), _rate_breathing),
        Line("White cells over 12 or under 4, or bands", (LEUKOCYTES, BANDS), _rate_white_cells),
    ),
    ((0, "Under 2: not met"), (2, "2 or more: systemic inflammatory response syndrome")),
)
QSOFA = Score(
    (
        steps(BREATHS, (22, 1)),
        over(SYSTOLIC, (100, 0), below=1),
        Line("Glasgow Coma Scale under 15", (COMA,), lambda f: 1 if number(f, "gcs") < 15 else 0),
    ),
    (
        (0, "Under 2: does not rule sepsis out"),
        (2, "2 or more: look for organ dysfunction; worse outcome is likely"),
    ),
)
AIR, CARBON = "94 to 98 % (scale 1)", "88 to 92 % (scale 2)"
SCALE = select("scale", "Target of oxygen saturation", (AIR, CARBON), ("scale", "copd"))
OXYGEN = question("oxygen", "On oxygen", ("supplemental oxygen", "supplemental o2", "on o2"))


def _rate_saturation(facts: Facts) -> float:
    value = number(facts, "saturation")
    if chosen(facts, "scale") == AIR:
        return _last(value, ((0, 3), (92, 2), (94, 1), (96, 0)))
    if value >= 93 and true(facts, "oxygen"):
        return _last(value, ((93, 1), (95, 2), (97, 3)))
    return _last(value, ((0, 3), (84, 2), (86, 1), (88, 0)))


def _last(value: float, cuts: tuple[tuple[float, float], ...]) -> float:
    return next(points for low, points in reversed(cuts) if value >= low)


def _warn_temperature(facts: Facts) -> float:
    """The chart is in tenths: 100.5 °F are 38.06 °C and count as 38.1."""
    cuts = ((0, 3), (35.1, 1), (36.1, 0), (38.1, 1), (39.1, 2))
    return _last(round(number(facts, "temperature"), 1), cuts)


NEWS2 = Score(
    (
        steps(BREATHS, (9, 1), (12, 0), (21, 2), (25, 3), below=3),
        Line("Oxygen saturation", (SATURATION, SCALE), _rate_saturation),
        Line("On oxygen", (OXYGEN,), lambda facts: 2 if true(facts, "oxygen") else 0),
        steps(SYSTOLIC, (91, 2), (101, 1), (111, 0), (220, 3), below=3),
        steps(PULSE, (41, 1), (51, 0), (91, 1), (111, 2), (131, 3), below=3),
        pick("awake", "Consciousness",
             {"alert": 0, "new confusion": 3, "to voice": 3, "to pain": 3, "unresponsive": 3},
             ("avpu", "acvpu", "alert")),
        Line("Temperature", (TEMPERATURE,), _warn_temperature),
    ),
    (
        (0, "0 to 4: low (a single 3: urgent review by a clinician on the ward)"),
        (5, "5 or 6: medium, urgent response"),
        (7, "7 or more: high, emergency response"),
    ),
)  # fmt: skip


def warn_early(facts: Facts) -> Result:
    """NEWS2, with the rule for one parameter that has 3 points."""
    result = NEWS2(facts)
    single = any(line.count(facts) == 3 for line in NEWS2.lines)
    if isinstance(result.value, float | int) and result.value < 5 and single:
        meaning = "One parameter has 3 points: low-medium, urgent review"
        return Result(result.value, result.unit, result.worked, meaning)
    return result


CALCULATORS = (
    make_score(
        "centor", "Sore throat (Centor, McIsaac)", INFECTION, CENTOR,
        ("McIsaac WJ and others, A clinical score to reduce unnecessary antibiotic use in patients"
         " with sore throat, CMAJ 1998;158:75",
         "Choby BA, Diagnosis and treatment of streptococcal pharyngitis, Am Fam Physician"
         " 2009;79:383 (bands)"),
        "From 3 years; not where rheumatic fever is common or an epidemic runs.",
        ("centor", "mcisaac", "sore throat score", "strep score"),
    ),
    make_score(
        "feverpain", "Sore throat (FeverPAIN)", INFECTION, FEVER_PAIN,
        ("Little P and others, Clinical score and rapid antigen detection test to guide antibiotic"
         " use for sore throats (PRISM), BMJ 2013;347:f5806",),
        "From 3 years.", ("feverpain", "fever pain", "fever-pain"),
    ),
    make_score(
        "sirs", "SIRS criteria", INFECTION, SIRS,
        ("Bone RC and others, ACCP/SCCM consensus conference: definitions for sepsis, Chest"
         " 1992;101:1644",),
        "Adults; no longer part of the definition of sepsis (2016).", ("sirs", "sirs criteria"),
    ),
    make_score(
        "qsofa", "qSOFA", INFECTION, QSOFA,
        ("Seymour CW and others, Assessment of clinical criteria for sepsis, JAMA 2016;315:762",),
        "Adults with suspected infection; not to be the only screen.", ("qsofa", "quick sofa"),
    ),
    Calculator(
        "news2", "NEWS2", INFECTION, NEWS2.fields,
        "The points of every line that holds are added.",
        ("Royal College of Physicians, National Early Warning Score (NEWS) 2, 2017",), warn_early,
        "From 16 years; not in pregnancy or spinal cord injury. Scale 2 only where a clinician has"
        " set 88 to 92 % for a failure of breathing with high carbon dioxide.",
        ("news2", "news 2", "news score", "early warning score", "national early warning score"), 0,
    ),
)  # fmt: skip
