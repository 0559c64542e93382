"""SOFA: every organ, its edges, the strongest medicine, whole patients."""

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, check_bands, check_edges, run


def test_lungs():
    edges = ((84, 0), (83.9, 1), (63, 1), (62.9, 2), (42, 2), (41.9, 2), (20.9, 2))
    check_edges("sofa", "pao2", *edges)  # 21 %: 400, 300, 200 and 100 mmHg
    helped = ((42, 2), (41.9, 3), (21, 3), (20.9, 4))
    check_edges("sofa", "pao2", *helped, ventilated=True)


def test_blood_liver_brain_kidneys():
    check_edges("sofa", "platelets", (150, 0), (149, 1), (100, 1), (99, 2), (50, 2), (49, 3),
                (20, 3), (19, 4))  # fmt: skip
    check_edges("sofa", "bilirubin", (1.1, 0), (1.2, 1), (1.9, 1), (2, 2), (5.9, 2), (6, 3),
                (11.9, 3), (12, 4))  # fmt: skip
    check_edges("sofa", "gcs", (14, 1), (13, 1), (12, 2), (10, 2), (9, 3), (6, 3), (5, 4))
    check_edges("sofa", "creatinine", (1.1, 0), (1.2, 1), (1.9, 1), (2, 2), (3.4, 2), (3.5, 3),
                (4.9, 3), (5, 4), ((150, "µmol/L"), 1))  # fmt: skip
    check_edges("sofa", "urine", ("200 to 499 mL", 3), ("under 200 mL", 4))


@pytest.mark.parametrize(
    ("facts", "points"),
    [({"systolic": 90, "diastolic": 60}, 0), ({"systolic": 89, "diastolic": 60}, 1),
     ({"dopamine": 5}, 2), ({"dobutamine": 1}, 2), ({"dopamine": 5.1}, 3), ({"adrenaline": 0.1}, 3),
     ({"noradrenaline": 0.05}, 3), ({"dopamine": 15.1}, 4), ({"adrenaline": 0.11}, 4),
     ({"noradrenaline": 0.2, "dobutamine": 5}, 4)],
)  # fmt: skip
def test_circulation(facts, points):
    check("sofa", points, **facts)


def test_a_rate_in_micrograms_a_minute_is_not_taken_for_one_by_weight():
    with pytest.raises(WrongUse, match="from 0 to 10 mcg/kg/min"):
        run("sofa", noradrenaline=12)


def test_whole_patients():
    check("sofa", 0)
    check("sofa", 24, pao2=50, fio2=80, ventilated=True, platelets=10, bilirubin=15, gcs=3,
          noradrenaline=0.5, creatinine=6)  # fmt: skip
    check("sofa", 8, pao2=60, fio2=24, platelets=90, bilirubin=2.5, gcs=14, systolic=80,
          diastolic=50)  # fmt: skip
    check_bands("sofa", (1, "Under 2"), (2, "A rise of 2"))
