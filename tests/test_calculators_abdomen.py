"""Alvarado, and the Pediatric Appendicitis Score."""

from tests.calculating import check, check_alone, check_bands, check_edges


def test_alvarado():
    check_alone("alvarado", migration=1, appetite=1, vomiting=1, tender=2, rebound=1)
    check_edges("alvarado", "temperature", (37.2, 0), (37.3, 1))
    check_edges("alvarado", "leukocytes", (10, 0), (10.1, 2))
    check_edges("alvarado", "neutrophils", (75, 0), (76, 1))
    check("alvarado", 10, migration=True, appetite=True, vomiting=True, tender=True, rebound=True,
          temperature=38, leukocytes=15, neutrophils=85)  # fmt: skip
    check("alvarado", 5, tender=True, rebound=True, leukocytes=12)
    check_bands("alvarado", (4, "0 to 4"), (5, "5 or 6"), (6, "5 or 6"), (7, "7 or 8"), (9, "9 or"))


def test_the_childs_score():
    check_alone("appendicitis_child", migration=1, appetite=1, vomiting=1, tender=2, jolt=2)
    check_edges("appendicitis_child", "temperature", (37.9, 0), (38, 1))
    check_edges("appendicitis_child", "leukocytes", (10, 0), (10.1, 1))
    check_edges("appendicitis_child", "neutrophils", (7.5, 0), (7.6, 1), ((8000, "/µL"), 1))
    check("appendicitis_child", 10, migration=True, appetite=True, vomiting=True, tender=True,
          jolt=True, temperature=38.5, leukocytes=14, neutrophils=9)  # fmt: skip
    check("appendicitis_child", 4, tender=True, jolt=True)
    check_bands("appendicitis_child", (5, "Up to 5"), (6, "6 or more"))
