"""Child-Pugh, MELD-Na of 2016 and FIB-4."""

from tests.calculating import check, check_alone, check_bands, check_edges, run


def test_child_pugh_edges():
    check_edges("child_pugh", "bilirubin", (1.9, 0), (2, 1), (3, 1), (3.1, 2), ((34, "µmol/L"), 0))
    check_edges("child_pugh", "albumin", (3.6, 0), (3.5, 1), (2.8, 1), (2.7, 2), ((27, "g/L"), 2))
    check_edges("child_pugh", "inr", (1.6, 0), (1.7, 1), (2.3, 1), (2.4, 2))
    check_alone("child_pugh", 5, ascites=("slight", 1), encephalopathy=("grade 1-2", 1))
    check_edges("child_pugh", "ascites", ("moderate to severe", 2))
    check_edges("child_pugh", "encephalopathy", ("grade 3-4", 2))


def test_child_pugh_of_whole_patients_and_classes():
    check("child_pugh", 5)
    check("child_pugh", 15, bilirubin=5, albumin=2.0, inr=3, ascites="moderate to severe",
          encephalopathy="grade 3-4")  # fmt: skip
    check("child_pugh", 9, bilirubin=2.5, albumin=3.0, inr=1.9, ascites="slight")
    check_bands("child_pugh", (5, "Class A"), (6, "Class A"), (7, "Class B"), (9, "Class B"),
                (10, "Class C"), (15, "Class C"))  # fmt: skip


def test_meld_na():
    # all at their lower bounds: 6.43 rounds to 6, and sodium does not count up to 11
    check("meld_na", 6, bilirubin=0.5, inr=0.9, creatinine=0.6, sodium=125)
    # ln 2 = 0.6931: 6.633 + 2.620 + 7.763 + 6.43 = 23.4, 23; Na 130: 23 + 9.24 - 5.313 = 26.9
    check("meld_na", 27, bilirubin=2, inr=2, creatinine=2, sodium=130)
    check("meld_na", 23, bilirubin=2, inr=2, creatinine=2, sodium=145)  # 137 is the bound
    check("meld_na", 30, bilirubin=2, inr=2, creatinine=2, sodium=110)  # 125: 23 + 15.84 - 9.108
    check("meld_na", 40, bilirubin=40, inr=6, creatinine=4, sodium=125)


def test_dialysis_counts_as_a_creatinine_of_four():
    facts = {"bilirubin": 2, "inr": 2, "sodium": 137}
    assert run("meld_na", **facts, creatinine=1, dialysis=True).value == 30
    assert run("meld_na", **facts, creatinine=9).value == 30  # the bound is 4


def test_fib4_and_its_bands():
    check("fib4", 1.25, age=50, ast=40, alt=64, platelets=200)
    check("fib4", 3.0, age=60, ast=50, alt=100, platelets=100)
    check("fib4", 3.0, age=60, ast=50, alt=100, platelets=(100_000, "/µL"))
    bands = ((144.9, "Under 1.45"), (145, "1.45 to"), (325, "1.45 to"), (326, "Above"))
    for ast, start in bands:
        assert run("fib4", age=50, ast=ast, alt=25, platelets=1000).meaning.startswith(start)
