"""Sore throat, SIRS, qSOFA and NEWS2."""

import pytest

from tests.calculating import check, check_alone, check_bands, check_edges, run

SCALE_2 = "88 to 92 % (scale 2)"


def test_centor():
    check_alone("centor", no_cough=1, nodes=1, tonsils=1)
    check_edges("centor", "temperature", (38, 0), (38.1, 1), ((100.5, "°F"), 1))
    check_edges("centor", "age", (3, 1), (14, 1), (15, 0), (44, 0), (45, -1))
    check("centor", 5, age=8, temperature=39, no_cough=True, nodes=True, tonsils=True)
    check("centor", 1, age=50, no_cough=True, tonsils=True)
    check_bands("centor", (-1, "0 or less"), (0, "0 or less"), (1, "1:"), (2, "2:"), (3, "3:"),
                (4, "4 or 5"))  # fmt: skip


def test_fever_pain():
    check_alone("feverpain", fever=1, pus=1, rapid=1, inflamed=1, no_cough=1)
    check("feverpain", 3, fever=True, pus=True, rapid=True)
    check_bands("feverpain", (1, "0 or 1"), (2, "2 or 3"), (3, "2 or 3"), (4, "4 or 5"))


def test_sirs():
    check_edges("sirs", "temperature", (36, 0), (35.9, 1), (38, 0), (38.1, 1), ((96.8, "°F"), 0))
    check_edges("sirs", "pulse", (90, 0), (91, 1))
    check_edges("sirs", "breaths", (20, 0), (21, 1))
    check_edges("sirs", "leukocytes", (12, 0), (12.1, 1), (4, 0), (3.9, 1), ((13_000, "/µL"), 1))
    check_alone("sirs", low_paco2=1, bands=1)
    check("sirs", 4, temperature=39, pulse=120, breaths=30, leukocytes=18, low_paco2=True)
    check("sirs", 2, temperature=35, pulse=95)
    check_bands("sirs", (1, "Under 2"), (2, "2 or more"))


def test_qsofa():
    check_edges("qsofa", "breaths", (21, 0), (22, 1))
    check_edges("qsofa", "systolic", (101, 0), (100, 1))
    check_edges("qsofa", "gcs", (15, 0), (14, 1))
    check("qsofa", 3, breaths=30, systolic=80, gcs=12)
    check("qsofa", 1, gcs=13)
    check_bands("qsofa", (1, "Under 2"), (2, "2 or more"))


def test_news2_edges():
    check_edges("news2", "breaths", (8, 3), (9, 1), (11, 1), (12, 0), (20, 0), (21, 2), (24, 2),
                (25, 3))  # fmt: skip
    check_edges("news2", "saturation", (91, 3), (92, 2), (93, 2), (94, 1), (95, 1), (96, 0))
    check_edges("news2", "systolic", (90, 3), (91, 2), (100, 2), (101, 1), (110, 1), (111, 0),
                (219, 0), (220, 3))  # fmt: skip
    check_edges("news2", "pulse", (40, 3), (41, 1), (50, 1), (51, 0), (90, 0), (91, 1), (110, 1),
                (111, 2), (130, 2), (131, 3))  # fmt: skip
    check_edges("news2", "temperature", (35, 3), (35.1, 1), (36, 1), (36.1, 0), (38, 0), (38.1, 1),
                (39, 1), (39.1, 2))  # fmt: skip
    check_edges("news2", "temperature", ((95.1, "°F"), 1), ((100.5, "°F"), 1), ((100.4, "°F"), 0),
                ((94.9, "°F"), 3), ((28, "°C"), 3))  # fmt: skip
    check_alone("news2", oxygen=2)
    for awake in ("new confusion", "to voice", "to pain", "unresponsive"):
        check("news2", 3, awake=awake)


@pytest.mark.parametrize(
    ("saturation", "oxygen", "points"),
    [(83, False, 3), (84, False, 2), (85, False, 2), (86, False, 1), (87, False, 1), (88, False, 0),
     (92, False, 0), (99, False, 0), (92, True, 0), (93, True, 1), (94, True, 1), (95, True, 2),
     (96, True, 2), (97, True, 3), (84, True, 2)],
)  # fmt: skip
def test_the_second_scale_of_news2(saturation, oxygen, points):
    extra = 2 if oxygen else 0
    check("news2", points + extra, saturation=saturation, oxygen=oxygen, scale=SCALE_2)


def test_news2_of_whole_patients_and_bands():
    check("news2", 0)
    check("news2", 12, breaths=26, saturation=92, oxygen=True, systolic=95, pulse=115,
          temperature=38.5)  # fmt: skip
    assert run("news2").meaning.startswith("0 to 4")
    assert run("news2", pulse=135).meaning.startswith("One parameter has 3")
    assert run("news2", pulse=115, systolic=105).meaning.startswith("0 to 4")
    assert run("news2", pulse=135, temperature=39.5).meaning.startswith("5 or 6")
    assert run("news2", pulse=135, breaths=26, temperature=39).meaning.startswith("7 or more")
