"""Coma scales and ABCD2."""

import pytest

from tests.calculating import check, check_alone, check_bands, check_edges, run


def test_every_answer_of_the_coma_scale_has_its_points():
    for name, top, answers in (
        ("eyes", 4, ("spontaneous", "to speech", "to pain", "none")),
        ("speech", 5, ("oriented", "confused", "inappropriate words", "sounds", "none")),
        ("movement", 6, ("obeys commands", "localises pain", "withdraws from pain",
                         "abnormal flexion", "extension", "none")),
    ):  # fmt: skip
        for place, answer in enumerate(answers):
            assert run("gcs", **{name: answer}).value == 15 - place, (top, answer)


def test_the_coma_scale_of_whole_patients():
    check("gcs", 15)
    check("gcs", 3, eyes="none", speech="none", movement="none")
    check("gcs", 9, eyes="to pain", speech="inappropriate words", movement="withdraws from pain")
    worked = run("gcs", eyes="to pain").worked
    assert worked == (
        "Eyes (to pain): +2",
        "Speech (oriented): +5",
        "Movement (obeys commands): +6",
        "Sum: 2 + 5 + 6 = 13",
    )


def test_what_can_not_be_tested_leaves_no_total():
    result = run("gcs", speech="not testable", movement="localises pain")
    assert result.value == "E4 VNT M5"
    assert result.notes == ("A part could not be tested, so there is no total.",)


@pytest.mark.parametrize(
    ("facts", "start"),
    [({"speech": "inappropriate words"}, "13 to 15"),
     ({"speech": "sounds"}, "9 to 12"),
     ({"eyes": "none", "speech": "none", "movement": "withdraws from pain"}, "3 to 8"),
     ({"eyes": "none", "speech": "inappropriate words", "movement": "localises pain"}, "9 to 12")],
)  # fmt: skip
def test_bands_of_the_coma_scale(facts, start):
    assert run("gcs", **facts).meaning.startswith(start)


def test_the_childs_coma_scale():
    check("gcs_child", 15)
    check("gcs_child", 10, eyes="to speech", speech="cries to pain", movement="withdraws from pain")
    check("gcs_child", 3, eyes="none", speech="none", movement="none")


def test_abcd2():
    check_alone("abcd2", 4, diabetes=1, features=("other", -2), duration=("under 10 minutes", -2))
    check_edges("abcd2", "age", (59, 0), (60, 1))
    check_edges("abcd2", "systolic", (139, 0), (140, 1))
    check_edges("abcd2", "diastolic", (89, 0), (90, 1))
    check_edges("abcd2", "features", ("speech disturbed without weakness", -1))
    check_edges("abcd2", "duration", ("10 to 59 minutes", -1))
    check("abcd2", 7, age=70, systolic=160, diastolic=95, diabetes=True)
    check("abcd2", 2, age=70, features="other", duration="10 to 59 minutes")
    check_bands("abcd2", (3, "0 to 3"), (4, "4 or 5"), (5, "4 or 5"), (6, "6 or 7"))
