"""IMCI as two forms: the signs a health worker looks for, the numbers that decide some of them.

What is measured (breaths a minute, temperature, oxygen saturation, arm) becomes the signs of
the charts here, by age. It knows the charts through `imci`, and no face.
"""

from __future__ import annotations

from dataclasses import dataclass

from elara_local.clinical.basics import CHILDREN
from elara_local.clinical.forms import Calculator, Facts, Field, Result
from elara_local.clinical.imci import (
    COLOURS,
    Booklet,
    Classified,
    classify,
    read_booklet,
)

DAYS_A_MONTH = 30.4
FORMULA = "Each chart of the booklet, from the top: the first class whose signs are there."
# Limits of WHO's chart booklets (2014, 2019): breaths a minute, °C, %, mm, z-scores.
FAST = {"young_infant": 60, "below_12_months": 50, "from_12_months": 40}
FEVER, HOT, COLD = 37.5, 38.0, 35.5
LOW_SPO2 = 90
ARM_FROM_MONTHS = RUTF_FROM_MONTHS = 6
ARM_SEVERE, ARM_MODERATE = 115, 125
FIRST_WEEK_DAYS = 7
DO = {
    "pink": "Refer urgently, after the treatment that comes before referral.",
    "yellow": "Treat here, and follow up.",
    "green": "Advise on care at home and on when to return.",
}
# What the reader is told to look for, where a sign comes from a number.
MEASURED = {
    "fast_breathing": "breaths in one minute",
    "fast_breathing_first_week": "breaths in one minute",
    "fast_breathing_later": "breaths in one minute",
    "hot_38": "temperature",
    "cold": "temperature",
    "fever": "fever by history, touch or thermometer",
    "wasted": "weight for height, or the arm at 6 months or older",
    "thin": "weight for height, or the arm at 6 months or older",
    "wasted_and_complicated": "weight for height or arm; complications; the appetite test"
    " or, under 6 months, the breastfeeding",
    "malaria_treated": "malaria risk, and the malaria test",
    "dehydrated": "signs of dehydration",
    "spo2_low": "oxygen saturation",
    "restless_or_worse": "restless, irritable, or hardly to be roused",
    "thirsty_or_worse": "drinks eagerly, or poorly",
    "pinch_slow_or_worse": "skin pinch goes back slowly or very slowly",
}


def _number(name: str, label: str, unit: str, low: float, high: float) -> Field:
    return Field(name, label, units=(unit,), low=low, high=high, optional=True)


def _asked(booklet: Booklet) -> tuple[Field, ...]:
    return tuple(Field(name, label, "yes", optional=True) for name, label in booklet.signs.items())


def _compute_child(facts: Facts) -> Result:
    booklet, months = read_booklet("child"), float(facts["age"])  # type: ignore[arg-type]
    signs = read_child_signs(facts, months)
    found = classify(booklet, signs)
    if any(c.row and c.row.colour == "pink" for c in found):
        signs = read_child_signs({**facts, "medical_complication": True}, months)
        found = classify(booklet, signs)
    return _tell(booklet, found)


def _compute_young_infant(facts: Facts) -> Result:
    booklet, days = read_booklet("young_infant"), float(facts["age"])  # type: ignore[arg-type]
    return _tell(booklet, classify(booklet, read_infant_signs(facts, days)))


def read_child_signs(facts: Facts, months: float) -> dict[str, bool | None]:
    """Return the signs as asked, and those that numbers and other signs decide."""
    sign = _Signs(facts)
    limit = FAST["below_12_months" if months < 12 else "from_12_months"]
    poorly = _or(sign["drinks_poorly"], sign["unable_to_drink"])
    some = {
        "restless_or_worse": _or(sign["restless"], sign["lethargic"]),
        "thirsty_or_worse": _or(sign["drinks_eagerly"], poorly),
        "pinch_slow_or_worse": _or(sign["pinch_slow"], sign["pinch_very_slow"]),
    }
    severe = (sign["lethargic"], sign["sunken_eyes"], poorly, sign["pinch_very_slow"])
    return {
        **sign.asked,
        **some,
        "drinks_poorly": poorly,
        "fast_breathing": sign.at_least("breaths", limit),
        "spo2_low": sign.below("spo2", LOW_SPO2) or False,  # only where there is an oximeter
        "fever": _or(sign["hot"], sign.at_least("temperature", FEVER)),
        "malaria_treated": _is_malaria(sign),
        "dehydrated": _or(_two(*severe), _two(sign["sunken_eyes"], *some.values())),
        **_read_arm(sign, months),
    }


def read_infant_signs(facts: Facts, days: float) -> dict[str, bool | None]:
    """Return the signs of a young infant as asked, and those that numbers decide."""
    sign = _Signs(facts)
    fast, first = sign.at_least("breaths", FAST["young_infant"]), days < FIRST_WEEK_DAYS
    yellow_at_once = sign["jaundice"] if days < 1 else None
    return {
        **sign.asked,
        "jaundice_first_day": yellow_at_once or sign["jaundice_first_day"],
        "restless_or_worse": _or(sign["restless"], sign["moves_only_when_stimulated"]),
        "pinch_slow_or_worse": _or(sign["pinch_slow"], sign["pinch_very_slow"]),
        "hot_38": sign.at_least("temperature", HOT),
        "cold": sign.below("temperature", COLD),
        "fast_breathing_first_week": fast if first else False,
        "fast_breathing_later": False if first else fast,
    }


@dataclass(frozen=True)
class _Signs:
    """The given facts as signs: True, False, or None for what was not looked for."""

    facts: Facts

    @property
    def asked(self) -> dict[str, bool | None]:
        return {name: value for name, value in self.facts.items() if isinstance(value, bool)}

    def __getitem__(self, name: str) -> bool | None:
        value = self.facts.get(name)
        return value if isinstance(value, bool) else None

    def at_least(self, name: str, limit: float) -> bool | None:
        value = self.facts.get(name)
        return None if value is None else float(value) >= limit  # type: ignore[arg-type]

    def below(self, name: str, limit: float) -> bool | None:
        reached = self.at_least(name, limit)
        return None if reached is None else not reached


def _or(*signs: bool | None) -> bool | None:
    """True where one is; None where that can't be said."""
    if True in signs:
        return True
    return None if None in signs else False


def _and(*signs: bool | None) -> bool | None:
    if False in signs:
        return False
    return None if None in signs else True


def _two(*found: bool | None) -> bool | None:
    if found.count(True) >= 2:
        return True
    return None if found.count(True) + found.count(None) >= 2 else False


def _is_malaria(sign: _Signs) -> bool | None:
    """Treated as malaria: a positive test; without one, high risk, or low and no other cause."""
    if sign["malaria_positive"]:
        return True
    if sign["malaria_risk"] is False:
        return False
    if sign["malaria_positive"] is not None or sign["malaria_risk"] is None:
        return sign["malaria_positive"]
    no_cause = None if sign["other_cause"] is None else not sign["other_cause"]
    return _or(sign["malaria_high"], no_cause)


def _read_arm(sign: _Signs, months: float) -> dict[str, bool | None]:
    """Wasting by z-score or by the arm, which counts from 6 months on; one of them is enough."""
    measured = [sign.below("weight_for_height", -3), sign.below("weight_for_height", -2)]
    if months >= ARM_FROM_MONTHS:
        arm = [sign.below("muac", ARM_SEVERE), sign.below("muac", ARM_MODERATE)]
        measured = [_either(*pair) for pair in zip(measured, arm, strict=True)]
    wasted, thin = measured
    feeding = "unable_to_finish_rutf" if months >= RUTF_FROM_MONTHS else "breastfeeding_problem"
    medical = sign["chest_indrawing"] or sign["medical_complication"]
    complicated = _or(medical, sign[feeding])
    return {
        "wasted": wasted,
        "thin": thin,
        "wasted_and_complicated": _and(wasted, complicated),
    }


def _either(one: bool | None, other: bool | None) -> bool | None:
    """True where one measure says so; None only where neither was taken."""
    if one is None or other is None:
        return other if one is None else one
    return one or other


def _tell(booklet: Booklet, found: list[Classified]) -> Result:
    """Put the classifications into a result, the gravest first."""
    rows = sorted((c.row for c in found if c.row), key=lambda row: COLOURS.index(row.colour))
    told = [row for row in rows if row.colour != "green"]
    open_charts = [c for c in found if c.row is None]
    worst = rows[0].colour if rows else "green"
    value = "; ".join(f"{row.name} ({row.colour})" for row in told)
    nothing = "not complete" if open_charts else "no pink or yellow class"
    meaning = "" if open_charts and not told else DO[worst]
    return Result(
        value=value or nothing,
        unit="",
        worked=tuple(_line(booklet, c) for c in found),
        meaning=meaning,
        notes=tuple(f"{row.name}: {row.do}" for row in told or rows),
    )


def _line(booklet: Booklet, chart: Classified) -> str:
    def names(signs: tuple[str, ...]) -> str:
        return "; ".join(dict.fromkeys(_name(booklet, s) for s in signs))

    if chart.row is None:
        return f"{chart.chart}: not classified yet. Look for: {names(chart.lacking)}."
    why = f" because of: {names(chart.found)}" if chart.found else ""
    return f"{chart.chart}: {chart.row.name} ({chart.row.colour}){why}."


def _name(booklet: Booklet, sign: str) -> str:
    return booklet.signs.get(sign) or MEASURED[sign]


def make_imci() -> tuple[Calculator, Calculator]:
    """Return the two forms.

    Raises:
        WrongFile: the charts are absent or broken.
    """
    child, infant = read_booklet("child"), read_booklet("young_infant")
    breaths_range = ("breaths/min", 0, 150)
    breaths = _number("breaths", "Breaths in one minute (calm child)", *breaths_range)
    again = _number("breaths", "Breaths in one minute (60 or more: count again)", *breaths_range)
    temperature = _number("temperature", "Temperature (armpit)", "°C", 20, 46)
    spo2 = _number("spo2", "Oxygen saturation", "%", 30, 100)
    arm = _number("muac", "Mid-upper arm circumference", "mm", 60, 300)
    height = _number("weight_for_height", "Weight for height or length (z-score)", "", -6, 6)
    age = Field("age", "Age", units=("months",), low=2, high=59.999)
    days = Field("age", "Age", units=("days",), low=0, high=2 * DAYS_A_MONTH)
    return (
        Calculator(
            id="imci-child",
            name=child.title,
            group=CHILDREN,
            fields=(age, breaths, temperature, spo2, arm, height, *_asked(child)),
            formula=FORMULA,
            sources=(child.source,),
            compute=_compute_child,
            limits=child.limits,
        ),
        Calculator(
            id="imci-young-infant",
            name=infant.title,
            group=CHILDREN,
            fields=(days, again, temperature, *_asked(infant)),
            formula=FORMULA,
            sources=(infant.source,),
            compute=_compute_young_infant,
            limits=infant.limits,
        ),
    )
