"""APACHE II: the whole table of 1985, edge by edge."""

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, check_edges, run


@pytest.mark.parametrize(
    ("name", "edges"),
    [
        ("temperature", ((41, 4), (40.9, 3), (39, 3), (38.9, 1), (38.5, 1), (38.4, 0), (36, 0),
                         (35.9, 1), (34, 1), (33.9, 2), (32, 2), (31.9, 3), (30, 3), (29.9, 4))),
        ("pulse", ((180, 4), (179, 3), (140, 3), (139, 2), (110, 2), (109, 0), (70, 0), (69, 2),
                   (55, 2), (54, 3), (40, 3), (39, 4))),
        ("breaths", ((50, 4), (49, 3), (35, 3), (34, 1), (25, 1), (24, 0), (12, 0), (11, 1),
                     (10, 1), (9, 2), (6, 2), (5, 4))),
        ("oxygenation", ((71, 0), (70, 1), (61, 1), (60, 3), (55, 3), (54, 4))),
        ("ph", ((7.7, 4), (7.69, 3), (7.6, 3), (7.59, 1), (7.5, 1), (7.49, 0), (7.33, 0), (7.32, 2),
                (7.25, 2), (7.24, 3), (7.15, 3), (7.14, 4))),
        ("sodium", ((180, 4), (179, 3), (160, 3), (159, 2), (155, 2), (154, 1), (150, 1), (149, 0),
                    (130, 0), (129, 2), (120, 2), (119, 3), (111, 3), (110, 4))),
        ("potassium", ((7, 4), (6.9, 3), (6, 3), (5.9, 1), (5.5, 1), (5.4, 0), (3.5, 0), (3.4, 1),
                       (3, 1), (2.9, 2), (2.5, 2), (2.4, 4))),
        ("creatinine", ((3.5, 4), (3.4, 3), (2, 3), (1.9, 2), (1.5, 2), (1.4, 0), (0.6, 0),
                        (0.5, 2))),
        ("haematocrit", ((60, 4), (59.9, 2), (50, 2), (49.9, 1), (46, 1), (45.9, 0), (30, 0),
                         (29.9, 2), (20, 2), (19.9, 4))),
        ("leukocytes", ((40, 4), (39.9, 2), (20, 2), (19.9, 1), (15, 1), (14.9, 0), (3, 0),
                        (2.9, 2), (1, 2), (0.9, 4), ((16_000, "/µL"), 1))),
        ("gcs", ((15, 0), (10, 5), (3, 12))),
        ("age", ((44, 0), (45, 2), (54, 2), (55, 3), (64, 3), (65, 5), (74, 5), (75, 6))),
    ],
)  # fmt: skip
def test_edges(name, edges):
    check_edges("apache2", name, *edges)


@pytest.mark.parametrize(
    ("mean", "points"),
    [
        (160, 4),
        (159, 3),
        (130, 3),
        (129, 2),
        (110, 2),
        (109, 0),
        (70, 0),
        (69, 2),
        (50, 2),
        (49, 4),
    ],
)
def test_mean_pressure(mean, points):
    check("apache2", points, systolic=mean, diastolic=mean)


def test_with_much_oxygen_the_gradient_counts():
    edges = ((500, 4), (499, 3), (350, 3), (349, 2), (200, 2), (199, 0))
    check_edges("apache2", "oxygenation", *edges, fio2=50)


def test_creatinine_counts_twice_in_acute_failure():
    check("apache2", 8, creatinine=4, acute_failure=True)
    check("apache2", 0, creatinine=1, acute_failure=True)


def test_chronic_illness_by_surgery():
    check("apache2", 0, chronic=False, surgery="emergency")
    for surgery, points in (("none", 5), ("emergency", 5), ("elective", 2)):
        check("apache2", points, chronic=True, surgery=surgery)


def test_whole_patients():
    check("apache2", 0)
    # 39.2 3, pulse 125 2, breaths 30 1, pH 7.28 2, K 5.6 1, age 68 5, coma 11 4
    check("apache2", 18, temperature=39.2, pulse=125, breaths=30, ph=7.28, potassium=5.6, age=68,
          gcs=11)  # fmt: skip


def test_a_pressure_in_kpa_is_not_taken_for_mmhg():
    with pytest.raises(WrongUse, match="is it in kPa"):
        run("apache2", oxygenation=11)
    assert run("apache2", oxygenation=(11, "kPa")).value == run("apache2", oxygenation=82.5).value
    assert run("apache2", oxygenation=11, fio2=50).value == run("apache2", oxygenation=95).value
