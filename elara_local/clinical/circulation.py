"""Pressure and rhythm: mean arterial pressure, shock index, five corrections of the QT interval.

What is not covered: a QT measured in atrial fibrillation or with a wide QRS.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from elara_local.clinical.basics import DIASTOLIC, HEART, PULSE, SYSTOLIC, measure, number
from elara_local.clinical.forms import Calculator, Facts, Field, Result
from elara_local.errors import WrongUse

QT = measure("qt", "QT interval", ("ms", "s"), 100, 1000, ("qt", "qt interval"))
RATE = Field(
    PULSE.name, PULSE.label, units=PULSE.units, low=15, high=350, words=PULSE.words
)  # the formulas divide by it
QT_NOTE = (
    "American Heart Association 2009: long from 450 ms in men and 460 ms in women, short at"
    " 390 ms or less. 500 ms or more is commonly held to be a high risk of torsades."
)


def mean_pressure(systolic: float, diastolic: float) -> float:
    """Return the mean arterial pressure in mmHg.

    Raises:
        WrongUse: the diastolic pressure is above the systolic.
    """
    if diastolic > systolic:
        raise WrongUse(
            f"Diastolic {diastolic:g} mmHg is above systolic {systolic:g} mmHg.",
            "Correct one of them.",
        )
    return (systolic + 2 * diastolic) / 3


def find_mean(facts: Facts) -> Result:
    """Mean arterial pressure."""
    systolic, diastolic = number(facts, "systolic"), number(facts, "diastolic")
    value = mean_pressure(systolic, diastolic)
    line = f"({systolic:g} + 2 × {diastolic:g}) / 3 = {value:.1f} mmHg"
    return Result(value, "mmHg", (line,))


def index_shock(facts: Facts) -> Result:
    """Heart rate over systolic pressure."""
    pulse, systolic = number(facts, "pulse"), number(facts, "systolic")
    value = pulse / systolic
    meaning = "Above 0.7: raised" if value > 0.7 else "0.5 to 0.7: normal in adults"
    if value < 0.5:
        meaning = "Under 0.5: below the usual range"
    return Result(value, "", (f"{pulse:g} / {systolic:g} = {value:.2f}",), meaning)


def _correct(formula: Callable[[float, float], tuple[float, str]]) -> Callable[[Facts], Result]:
    def compute(facts: Facts) -> Result:
        qt, rate = number(facts, "qt"), number(facts, "pulse")
        value, line = formula(qt, rate)
        worked = (f"RR = 60 / {rate:g} = {60 / rate:.3f} s", f"{line} = {value:.1f} ms")
        return Result(value, "ms", worked, notes=(QT_NOTE,))

    return compute


def _bazett(qt: float, rate: float) -> tuple[float, str]:
    return qt / sqrt(60 / rate), f"{qt:g} / √{60 / rate:.3f}"


def _fridericia(qt: float, rate: float) -> tuple[float, str]:
    return qt / (60 / rate) ** (1 / 3), f"{qt:g} / {60 / rate:.3f}^(1/3)"


def _framingham(qt: float, rate: float) -> tuple[float, str]:
    return qt + 154 * (1 - 60 / rate), f"{qt:g} + 154 × (1 - {60 / rate:.3f})"


def _hodges(qt: float, rate: float) -> tuple[float, str]:
    return qt + 1.75 * (rate - 60), f"{qt:g} + 1.75 × ({rate:g} - 60)"


def _rautaharju(qt: float, rate: float) -> tuple[float, str]:
    return qt * (120 + rate) / 180, f"{qt:g} × (120 + {rate:g}) / 180"


def _interval(
    id: str,
    who: str,
    formula: str,
    source: str,
    compute: Callable[[float, float], tuple[float, str]],
    more: tuple[str, ...] = (),
) -> Calculator:
    aha = (
        "Rautaharju PM and others, AHA/ACCF/HRS recommendations, Circulation 2009;119:e241 (bands)"
    )
    return Calculator(
        id, f"Corrected QT ({who})", HEART, (QT, RATE), formula, (source, aha), _correct(compute),
        "Not for atrial fibrillation or a wide QRS; Bazett overcorrects at high rates.",
        (f"qtc {who.lower()}", f"{who.lower()} qtc", *more), 0,
    )  # fmt: skip


CALCULATORS = (
    Calculator(
        "map", "Mean arterial pressure", HEART, (SYSTOLIC, DIASTOLIC),
        "(systolic + 2 × diastolic) / 3",
        ("Razminia M and others, Validation of a new formula for mean arterial pressure, Catheter"
         " Cardiovasc Interv 2004;63:419 (states the usual formula, used here)",),
        find_mean, "An estimate from the cuff at usual heart rates.",
        ("map", "mean arterial pressure", "mean pressure"),
    ),
    Calculator(
        "shock_index", "Shock index", HEART, (PULSE, SYSTOLIC),
        "heart rate / systolic pressure",
        ("Allgöwer M, Burri C, Schockindex, Dtsch Med Wochenschr 1967;92:1947",
         "Rady MY and others, Resuscitation 1992;23:227 (0.5 to 0.7)"),
        index_shock, "Adults; beta blockers and pacemakers hide it.", ("shock index",), 2,
    ),
    _interval(
        "qtc_bazett", "Bazett", "QT / √RR", "Bazett HC, An analysis of the time-relations of"
        " electrocardiograms, Heart 1920;7:353", _bazett, ("qtc", "corrected qt"),
    ),
    _interval(
        "qtc_fridericia", "Fridericia", "QT / RR^(1/3)", "Fridericia LS, Die Systolendauer im"
        " Elektrokardiogramm, Acta Med Scand 1920;53:469", _fridericia,
    ),
    _interval(
        "qtc_framingham", "Framingham", "QT + 154 × (1 - RR)", "Sagie A and others, An improved"
        " method for adjusting the QT interval, Am J Cardiol 1992;70:797", _framingham,
    ),
    _interval(
        "qtc_hodges", "Hodges", "QT + 1.75 × (rate - 60)", "Hodges M and others, Bazett's QT"
        " correction reviewed, J Am Coll Cardiol 1983;1:694", _hodges,
    ),
    _interval(
        "qtc_rautaharju", "Rautaharju", "QT × (120 + rate) / 180", "Rautaharju"
        " PM, Mason JW, Akiyama T, New age- and sex-specific criteria for QT prolongation, Int J"
        " Cardiol 2014;174:535", _rautaharju,
    ),
)  # fmt: skip
