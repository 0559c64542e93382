"""The brain: coma scales for adults and young children, ABCD2.

What is not covered: a component that can't be tested has no points, so no total is given: the
components are written instead (Teasdale 2014).
"""

from __future__ import annotations

from collections.abc import Callable

from elara_local.clinical.basics import (
    ADULT_AGE,
    BRAIN,
    DIASTOLIC,
    SYSTOLIC,
    chosen,
    number,
    select,
)
from elara_local.clinical.forms import Calculator, Facts, Field, Result
from elara_local.clinical.points import Line, Score, make_score, pick, steps, yes

UNTESTED = "not testable"
EYES = {"spontaneous": 4, "to speech": 3, "to pain": 2, "none": 1}
SPEECH = {"oriented": 5, "confused": 4, "inappropriate words": 3, "sounds": 2, "none": 1}
BABY_SPEECH = {
    "coos and babbles": 5,
    "irritable cry": 4,
    "cries to pain": 3,
    "moans to pain": 2,
    "none": 1,
}
MOVEMENT = {
    "obeys commands": 6,
    "localises pain": 5,
    "withdraws from pain": 4,
    "abnormal flexion": 3,
    "extension": 2,
    "none": 1,
}
BABY_MOVEMENT = {
    "moves spontaneously": 6,
    "withdraws from touch": 5,
    "withdraws from pain": 4,
    "abnormal flexion": 3,
    "extension": 2,
    "none": 1,
}
BANDS = ((13, "13 to 15: mild"), (9, "9 to 12: moderate"), (3, "3 to 8: severe"))


def _fields(speech: dict[str, int], movement: dict[str, int]) -> tuple[Field, ...]:
    return (
        select("eyes", "Eyes open", (*EYES, UNTESTED), ("eye", "e")),
        select("speech", "Speech", (*speech, UNTESTED), ("verbal", "v")),
        select("movement", "Movement", (*movement, UNTESTED), ("motor", "m")),
    )


def _make_coma(speech: dict[str, int], movement: dict[str, int]) -> Callable[[Facts], Result]:
    tables = (
        ("eyes", "Eyes", EYES),
        ("speech", "Speech", speech),
        ("movement", "Movement", movement),
    )

    def compute(facts: Facts) -> Result:
        points = {name: table.get(chosen(facts, name)) for name, _, table in tables}
        worked = tuple(
            f"{label} ({chosen(facts, name)}): "
            + ("no points" if points[name] is None else f"+{points[name]}")
            for name, label, _ in tables
        )
        known = [value for value in points.values() if value is not None]
        if len(known) < len(tables):
            shown = zip("EVM", points.values(), strict=True)
            text = " ".join(f"{letter}{value or 'NT'}" for letter, value in shown)
            note = "A part could not be tested, so there is no total."
            return Result(text, "", worked, notes=(note,))
        total = sum(known)
        worked += (f"Sum: {' + '.join(map(str, known))} = {total}",)
        meaning = next(text for low, text in BANDS if total >= low)
        return Result(float(total), "points", worked, meaning)

    return compute


def _rate_pressure(facts: Facts) -> float:
    return 1 if number(facts, "systolic") >= 140 or number(facts, "diastolic") >= 90 else 0


ABCD2 = Score(
    (
        steps(ADULT_AGE, (60, 1)),
        Line("First blood pressure 140/90 or more", (SYSTOLIC, DIASTOLIC), _rate_pressure),
        pick(
            "features",
            "Features",
            {"weakness of one side": 2, "speech disturbed without weakness": 1, "other": 0},
            ("weakness", "speech"),
        ),
        pick(
            "duration",
            "Duration",
            {"60 minutes or more": 2, "10 to 59 minutes": 1, "under 10 minutes": 0},
            ("duration", "minutes"),
        ),
        yes("diabetes", "Diabetes", 1, ("dm", "diabetes")),
    ),
    (
        (0, "0 to 3: stroke in 2 days 1.0 %"),
        (4, "4 or 5: stroke in 2 days 4.1 %"),
        (6, "6 or 7: stroke in 2 days 8.1 %"),
    ),
    ("Guidelines now advise against sending people home by this score alone.",),
)
CALCULATORS = (
    Calculator(
        "gcs", "Glasgow Coma Scale", BRAIN, _fields(SPEECH, MOVEMENT),
        "eyes (1 to 4) + speech (1 to 5) + movement (1 to 6)",
        ("Teasdale G, Jennett B, Assessment of coma and impaired consciousness, Lancet 1974;2:81",
         "Teasdale G and others, The Glasgow Coma Scale at 40 years, Lancet Neurol 2014;13:844"),
        _make_coma(SPEECH, MOVEMENT),
        "Bands are for head injury. Under 2 years use the child's form.",
        ("gcs", "glasgow coma scale", "glasgow coma score", "coma scale"), 0,
    ),
    Calculator(
        "gcs_child", "Glasgow Coma Scale for young children", BRAIN,
        _fields(BABY_SPEECH, BABY_MOVEMENT), "eyes (1 to 4) + speech (1 to 5) + movement (1 to 6)",
        ("James HE, Neurologic evaluation and support in the child with an acute brain insult,"
         " Pediatr Ann 1986;15:16",),
        _make_coma(BABY_SPEECH, BABY_MOVEMENT), "Children who do not speak yet (under 2 years).",
        ("paediatric gcs", "pediatric gcs", "pgcs", "infant gcs", "child coma scale"), 0,
    ),
    make_score(
        "abcd2", "ABCD2 score", BRAIN, ABCD2,
        ("Johnston SC and others, Validation and refinement of scores to predict very early stroke"
         " risk after transient ischaemic attack, Lancet 2007;369:283",),
        "After a transient ischaemic attack.", ("abcd2", "tia score"),
    ),
)  # fmt: skip
