"""Pregnancy by the last period, Bishop score, Apgar score.

What is not covered: dates by ultrasound, which replace these where they differ enough.
"""

from __future__ import annotations

from datetime import timedelta

from elara_local.clinical.basics import BIRTH, chosen, day, measure, number
from elara_local.clinical.forms import Calculator, Facts, Field, Result
from elara_local.clinical.points import Score, make_score, over, pick, steps
from elara_local.errors import WrongUse

PERIOD = Field(
    "period", "First day of the last period", "date", words=("lmp", "last menstrual period")
)
TODAY = Field("today", "Day to reckon for", "date", words=("today", "current date"))
CYCLE = measure("cycle", "Length of the cycle", ("days",), 20, 45, ("cycle", "cycle length"))
BEFORE_NEXT, AFTER_LAST = "14 days before the next period", "14 days after the last period began"
BY = Field("by", "Ovulation taken as", "choice", choices=(BEFORE_NEXT, AFTER_LAST),
           otherwise=BEFORE_NEXT, words=("ovulation",))  # fmt: skip
LONGEST = 44 * 7


def due_on(facts: Facts) -> Result:
    """Naegele's rule, moved by the length of the cycle."""
    start, cycle = day(facts, "period"), number(facts, "cycle")
    extra = round(cycle) - 28
    value = start + timedelta(days=280 + extra)
    line = f"{start:%d %B %Y} + 280 days + ({cycle:g} - 28) days = {value:%d %B %Y}"
    return Result(value, "", (line,))


def conceived_on(facts: Facts) -> Result:
    """The likely day of conception, by the cycle or by the plain convention of two weeks."""
    start, cycle = day(facts, "period"), number(facts, "cycle")
    if chosen(facts, "by") == AFTER_LAST:
        value = start + timedelta(days=14)
        line = f"{start:%d %B %Y} + 14 days = {value:%d %B %Y}"
    else:
        value = start + timedelta(days=14 + round(cycle) - 28)
        line = f"{start:%d %B %Y} + 14 days + ({cycle:g} - 28) days = {value:%d %B %Y}"
    return Result(value, "", (line,), notes=("Give or take several days.",))


def age_pregnancy(facts: Facts) -> Result:
    """Weeks and days since the last period.

    Raises:
        WrongUse: the day lies before the period or over 44 weeks after it.
    """
    start, now = day(facts, "period"), day(facts, "today")
    days = (now - start).days
    if not 0 <= days <= LONGEST:
        raise WrongUse(
            f"From {start:%d %B %Y} to {now:%d %B %Y} are {days} days.",
            "A pregnancy lasts from 0 to 44 weeks: correct a date.",
        )
    text = f"{days // 7} weeks {days % 7} days"
    line = f"{now:%d %B %Y} - {start:%d %B %Y} = {days} days = {text}"
    return Result(text, "", (line,), _trimester(days // 7))


def _trimester(weeks: int) -> str:
    if weeks < 14:
        return "First trimester (up to 13 weeks 6 days)"
    return "Second trimester (14 to 27 weeks)" if weeks < 28 else "Third trimester (from 28 weeks)"


DILATION = measure("dilation", "Dilation of the cervix", ("cm",), 0, 10, ("dilation", "dilated"))
EFFACEMENT = measure("effacement", "Effacement", ("%",), 0, 100, ("effacement", "effaced"))
BISHOP = Score(
    (
        steps(DILATION, (0, 0), (1, 1), (3, 2), (5, 3)),
        steps(EFFACEMENT, (0, 0), (40, 1), (60, 2), (80, 3)),
        pick("station", "Station", {"-3": 0, "-2": 1, "-1 or 0": 2, "+1 or +2": 3}, ("station",)),
        pick("consistency", "Consistency", {"firm": 0, "medium": 1, "soft": 2}, ("cervix",)),
        pick("position", "Position", {"posterior": 0, "middle": 1, "anterior": 2}, ("position",)),
    ),
    (
        (0, "Up to 6: unfavourable, ripening is usual before induction"),
        (7, "7 or 8: between"),
        (9, "Over 8: vaginal birth after induction as likely as in spontaneous labour"),
    ),
)
NEWBORN_PULSE = measure("pulse", "Heart rate", ("beats/min",), 0, 300, ("hr", "pulse"))
APGAR = Score(
    (
        pick("colour", "Colour", {"blue or pale": 0, "body pink, limbs blue": 1, "pink": 2}),
        over(NEWBORN_PULSE, (0, 1), (99.5, 2)),
        pick("reflex", "Response to a catheter", {"none": 0, "grimace": 1, "cough or cry": 2}),
        pick("tone", "Tone", {"limp": 0, "some flexion": 1, "active": 2}, ("tone",)),
        pick("breathing", "Breathing", {"none": 0, "weak or irregular": 1, "good cry": 2}),
    ),
    ((0, "0 to 3: low"), (4, "4 to 6: moderately abnormal"), (7, "7 to 10: reassuring")),
    ("Resuscitation is not to wait for the score at 1 minute.",),
)
NAEGELE = "Naegele FC, Lehrbuch der Geburtshülfe, 1830 (280 days)"
ACOG = "ACOG Committee Opinion 700, Methods for estimating the due date, 2017"
REGULAR = "Regular cycles and a sure date; an early ultrasound is better."
CALCULATORS = (
    Calculator(
        "due_date", "Estimated due date", BIRTH, (PERIOD, CYCLE),
        "first day of the last period + 280 days + (cycle - 28)", (NAEGELE, ACOG), due_on, REGULAR,
        ("edd", "due date", "estimated due date", "edc", "naegele"), 0,
    ),
    Calculator(
        "conception", "Estimated day of conception", BIRTH, (PERIOD, CYCLE, BY),
        "first day of the last period + 14 days + (cycle - 28); or + 14 days whatever the cycle",
        (ACOG,), conceived_on, REGULAR,
        ("conception", "conception date", "date of conception"), 0,
    ),
    Calculator(
        "gestational_age", "Gestational age", BIRTH, (PERIOD, TODAY),
        "days since the first day of the last period", (ACOG,), age_pregnancy, REGULAR,
        ("gestational age", "weeks pregnant"), 0,
    ),
    make_score(
        "bishop", "Bishop score", BIRTH, BISHOP,
        ("Bishop EH, Pelvic scoring for elective induction, Obstet Gynecol 1964;24:266",
         "ACOG Practice Bulletin 107, Induction of labor, 2009 (bands)"),
        "At term, head first.", ("bishop", "bishop score", "cervix score"),
    ),
    make_score(
        "apgar", "Apgar score", BIRTH, APGAR,
        ("Apgar V, A proposal for a new method of evaluation of the newborn infant, Curr Res Anesth"
         " Analg 1953;32:260", "ACOG and AAP, Committee Opinion 644, 2015 (bands)"),
        "Newborns at 1 and 5 minutes; not to foretell how the child will develop.",
        ("apgar", "apgar score"),
    ),
)  # fmt: skip
