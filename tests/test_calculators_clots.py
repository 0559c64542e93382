"""Wells, PERC, HAS-BLED and Glasgow-Blatchford: points alone, edges, bands, whole patients."""

import pytest

from elara_local.errors import WrongUse
from tests.calculating import check, check_alone, check_bands, check_edges, run


def test_wells_for_embolism():
    check_alone("wells_pe", dvt_signs=3, pe_likely=3, immobile=1.5, surgery=1.5, earlier_pe=1.5,
                earlier_dvt=1.5, haemoptysis=1, cancer=1)  # fmt: skip
    check_edges("wells_pe", "pulse", (100, 0), (101, 1.5))
    check("wells_pe", 3, immobile=True, surgery=True, earlier_pe=True, earlier_dvt=True)
    check("wells_pe", 12.5, dvt_signs=True, pe_likely=True, pulse=120, immobile=True,
          earlier_pe=True, haemoptysis=True, cancer=True)  # fmt: skip
    check_bands("wells_pe", (0, "0 to 1.5"), (1.5, "0 to 1.5"), (2, "2 to 6"), (6, "2 to 6"),
                (6.5, "Over 6"))  # fmt: skip


def test_wells_for_thrombosis():
    check_alone(
        "wells_dvt",
        cancer=1,
        paralysis=1,
        bedridden=1,
        surgery=1,
        tender=1,
        leg_swollen=1,
        calf=1,
        pitting=1,
        collateral=1,
        earlier_dvt=1,
        other_likely=-2,
    )
    check("wells_dvt", 1, bedridden=True, surgery=True)
    check("wells_dvt", 2, cancer=True, tender=True, calf=True, leg_swollen=True, other_likely=True)
    check_bands("wells_dvt", (-2, "0 or less"), (0, "0 or less"), (1, "1 or 2"), (2, "1 or 2"),
                (3, "3 or more"))  # fmt: skip


def test_perc():
    check_alone("perc", leg_swelling=1, haemoptysis=1, surgery=1, earlier_pe=1, earlier_dvt=1,
                hormones=1)  # fmt: skip
    check_edges("perc", "age", (49, 0), (50, 1))
    with pytest.raises(WrongUse, match="Age is 12 years"):
        run("perc", age=12)
    check_edges("perc", "pulse", (99, 0), (100, 1))
    check_edges("perc", "saturation", (95, 0), (94, 1))
    check("perc", 0)
    check("perc", 3, age=66, pulse=110, saturation=90)
    check_bands("perc", (0, "None"), (1, "At least one"))


def test_has_bled():
    check_alone("has_bled", hypertension=1, kidney=1, liver=1, stroke=1, bleeding=1, labile=1,
                drugs=1)  # fmt: skip
    check_edges("has_bled", "age", (65, 0), (66, 1))
    check_edges("has_bled", "drinks", (7, 0), (8, 1))
    check("has_bled", 4, age=80, kidney=True, drugs=True, bleeding=True)
    check("has_bled", 9, hypertension=True, kidney=True, liver=True, stroke=True, bleeding=True,
          labile=True, age=70, drugs=True, drinks=10)  # fmt: skip
    check_bands("has_bled", (0, "0 to 2"), (2, "0 to 2"), (3, "3 or more"))


def test_blatchford_points_and_edges():
    check_alone("blatchford", melaena=1, syncope=2, liver=2, heart_failure=2)
    check_edges(
        "blatchford",
        "urea",
        ((6.4, "mmol/L"), 0),
        ((6.5, "mmol/L"), 2),
        ((7.9, "mmol/L"), 2),
        ((8, "mmol/L"), 3),
        ((9.9, "mmol/L"), 3),
        ((10, "mmol/L"), 4),
        ((24.9, "mmol/L"), 4),
        ((25, "mmol/L"), 6),
        (18.2, 2),
    )
    check_edges("blatchford", "haemoglobin", (13, 0), (12.9, 1), (12, 1), (11.9, 3), (10, 3),
                (9.9, 6), ((99, "g/L"), 6))  # fmt: skip
    check_edges("blatchford", "haemoglobin", (12, 0), (11.9, 1), (10, 1), (9.9, 6), sex="female")
    check_edges("blatchford", "systolic", (110, 0), (109, 1), (100, 1), (99, 2), (90, 2), (89, 3))
    check_edges("blatchford", "pulse", (99, 0), (100, 1))


def test_blatchford_of_whole_patients():
    check("blatchford", 0)
    check("blatchford", 23, urea=80, haemoglobin=8, systolic=80, pulse=120, melaena=True,
          syncope=True, liver=True, heart_failure=True)  # fmt: skip
    check_bands("blatchford", (0, "0:"), (1, "1 or more"))
