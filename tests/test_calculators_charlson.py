"""Charlson: every illness alone, the ages, whole patients."""

from tests.calculating import check, check_alone, check_edges


def test_points_alone():
    check_alone(
        "charlson",
        infarction=1,
        heart_failure=1,
        arteries=1,
        stroke=1,
        tia=1,
        dementia=1,
        lungs=1,
        connective=1,
        ulcer=1,
        liver=("mild", 1),
        diabetes=("uncomplicated", 1),
        hemiplegia=2,
        kidney=2,
        tumour=("localised", 2),
        leukaemia=2,
        lymphoma=2,
        aids=6,
    )
    check_edges("charlson", "liver", ("moderate to severe", 3))
    check_edges("charlson", "diabetes", ("end-organ damage", 2))
    check_edges("charlson", "tumour", ("metastatic", 6))


def test_ages():
    check_edges("charlson", "age", (49, 0), (50, 1), (59, 1), (60, 2), (69, 2), (70, 3), (79, 3),
                (80, 4), (95, 4))  # fmt: skip


def test_whole_patients():
    check("charlson", 1, stroke=True, tia=True)
    check("charlson", 7, age=72, infarction=True, lungs=True, diabetes="end-organ damage")
    check("charlson", 13, age=55, aids=True, tumour="metastatic")
