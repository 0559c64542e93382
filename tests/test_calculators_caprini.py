"""Caprini 2005: every line alone, edges, whole patients, bands."""

from tests.calculating import check, check_alone, check_bands, check_edges

MAJOR = "major, over 45 minutes"


def test_points_alone():
    check_alone("caprini", earlier_surgery=1, varicose=1, bowel=1, swollen=1, infarction=1,
                heart_failure=1, sepsis=1, pneumonia=1, lungs=1, cancer=2, plaster=2, line=2,
                earlier_dvt=3, earlier_pe=3, family=3, leiden=3, prothrombin=3, homocysteine=3,
                lupus=3, cardiolipin=3, hit=3, thrombophilia=3, fracture=5, stroke=5, trauma=5,
                cord=5)  # fmt: skip


def test_edges():
    check_edges("caprini", "age", (40, 0), (41, 1), (60, 1), (61, 2), (74, 2), (75, 3))
    check_edges("caprini", "bmi", (25, 0), (25.1, 1))
    check_edges("caprini", "surgery", ("minor", 1), (MAJOR, 2), ("arthroscopic", 2),
                ("laparoscopic, over 45 minutes", 2),
                ("elective replacement of hip or knee", 5))  # fmt: skip
    check_edges("caprini", "mobility", ("bed rest, medical patient", 1),
                ("in bed over 72 hours", 2))  # fmt: skip


def test_what_only_women_have_counts_only_in_women():
    for name in ("hormones", "pregnant", "losses"):
        check("caprini", 1, **{name: True}, sex="female")
        check("caprini", 0, **{name: True}, sex="male")


def test_whole_patients():
    # 68 years 2, major surgery 2, BMI 31 1, cancer 2, central line 2
    check("caprini", 9, age=68, surgery=MAJOR, bmi=31, cancer=True, line=True)
    # 80 years 3, hip broken 5, earlier thrombosis and embolism 3, in bed 2
    check("caprini", 13, age=80, fracture=True, earlier_dvt=True, earlier_pe=True,
          mobility="in bed over 72 hours")  # fmt: skip


def test_bands():
    check_bands("caprini", (0, "0 or 1"), (1, "0 or 1"), (2, "2:"), (3, "3 or 4"), (4, "3 or 4"),
                (5, "5 or more"), (20, "5 or more"))  # fmt: skip
