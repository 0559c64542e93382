"""Appendicitis: the Alvarado score, and the Pediatric Appendicitis Score.

What is not covered: neither rules appendicitis in or out alone.
"""

from __future__ import annotations

from elara_local.clinical.basics import LEUKOCYTES, SURGERY, TEMPERATURE, measure
from elara_local.clinical.points import Line, Score, make_score, over, steps, yes

NEUTROPHILS = measure("neutrophils", "Neutrophils", ("%",), 0, 100, ("neutrophils", "shift"))
NEUTROPHIL_COUNT = measure(
    "neutrophils", "Neutrophil count", ("10^9/L", "/µL"), 0, 500, ("neutrophils", "anc")
)


def _complaints() -> tuple[Line, ...]:
    return (
        yes("migration", "Pain moved to the right lower belly", 1, ("migration",)),
        yes("appetite", "No appetite", 1, ("anorexia", "no appetite")),
        yes("vomiting", "Nausea or vomiting", 1, ("nausea", "vomiting")),
        yes("tender", "Tender in the right lower belly", 2, ("rlq tenderness", "tender")),
    )


ALVARADO = Score(
    (
        *_complaints(),
        yes("rebound", "Rebound pain", 1, ("rebound",)),
        steps(TEMPERATURE, (37.3, 1)),
        over(LEUKOCYTES, (10, 2)),
        over(NEUTROPHILS, (75, 1)),
    ),
    (
        (0, "0 to 4: appendicitis unlikely"),
        (5, "5 or 6: possible, observe"),
        (7, "7 or 8: probable"),
        (9, "9 or 10: very probable"),
    ),
)
CHILDREN = Score(
    (
        *_complaints(),
        yes(
            "jolt",
            "Pain on cough, hop or tap",
            2,
            ("pain on cough", "hop tenderness", "percussion tenderness"),
        ),
        steps(TEMPERATURE, (38, 1)),
        over(LEUKOCYTES, (10, 1)),
        over(NEUTROPHIL_COUNT, (7.5, 1)),
    ),
    ((0, "Up to 5: not in favour of appendicitis"), (6, "6 or more: in favour")),
)
CALCULATORS = (
    make_score(
        "alvarado", "Alvarado score", SURGERY, ALVARADO,
        ("Alvarado A, A practical score for the early diagnosis of acute appendicitis, Ann Emerg"
         " Med 1986;15:557",),
        "Weaker in women, children and the old.", ("alvarado", "mantrels", "appendicitis score"),
    ),
    make_score(
        "appendicitis_child", "Pediatric Appendicitis Score", SURGERY, CHILDREN,
        ("Samuel M, Pediatric appendicitis score, J Pediatr Surg 2002;37:877",),
        "From 4 to 15 years.",
        ("pas score", "pediatric appendicitis score", "paediatric appendicitis score",
         "samuel score"),
    ),
)  # fmt: skip
