"""The calculator suite: its rows, its halves, its shares, and what it reads from a row."""

import csv
from datetime import date

import pytest

from elara_local.clinical.forms import Result
from elara_local.errors import Missing, WrongUse
from elara_local.evaluation.calculators import FOLDER, SUITE, half_of, judge, read_rows
from elara_local.evaluation.medcalc import find, read_number, squeeze
from elara_local.evaluation.medcalc_faults import FAULTS, Row, find_faults
from elara_local.evaluation.medcalc_table import TABLE, WHOLE, answer, is_within
from elara_local.evaluation.suites import Bench
from tests.conftest import shared_data

ROW = {
    "Row Number": "1",
    "Note ID": "own-1",
    "Calculator ID": "5",
    "Calculator Name": "Mean Arterial Pressure (MAP)",
    "Relevant Entities": "{'Systolic Blood Pressure': [120.0, 'mm hg'],"
    " 'Diastolic Blood Pressure': [80.0, 'mm hg']}",
    "Ground Truth Answer": "93.333",
    "Lower Limit": "88.66635",
    "Upper Limit": "97.99965",
    "Ground Truth Explanation": "",
}


def no_assistant():
    raise AssertionError("the suite needs no assistant")


def write_table(folder, *rows):
    (folder / FOLDER).mkdir()
    with (folder / FOLDER / "own.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, ROW)
        writer.writeheader()
        writer.writerows(rows)
    return folder


def test_a_row_within_and_one_outside_its_limits():
    case = judge(ROW)
    assert case.values == {"within": 1.0, "within_sound": 1.0}
    assert case.groups == ("05 Mean Arterial Pressure (MAP)",)
    assert case.note == ""
    wrong = judge({**ROW, "Lower Limit": "100", "Upper Limit": "110"})
    assert wrong.values["within"] == 0.0
    assert wrong.note == "label 93.333, here 93.3333"


def test_a_row_that_is_refused_is_a_miss_with_its_reason():
    case = judge({**ROW, "Relevant Entities": "{'Systolic Blood Pressure': [120.0, 'mm hg']}"})
    assert case.values["within"] == 0.0
    assert "Mean arterial pressure needs: Diastolic blood pressure" in case.note


def test_without_the_set_it_says_so(tmp_path):
    for data in (None, tmp_path):
        with pytest.raises(Missing, match="MedCalc-Bench is not there"):
            read_rows(data)


def test_the_halves_are_the_whole_and_the_limit_is_kept(tmp_path):
    rows = [{**ROW, "Row Number": str(n)} for n in range(40)]
    data = write_table(tmp_path, *rows)
    ids = {}
    for half in ("dev", "test", "all"):
        items = list(SUITE.read(Bench(no_assistant, data, half)))
        ids[half] = {item.id for item in items}
    assert ids["dev"] | ids["test"] == ids["all"]
    assert not ids["dev"] & ids["test"] and ids["dev"] and ids["test"]
    assert len(list(SUITE.read(Bench(no_assistant, data, limit=3)))) == 3
    assert half_of(rows[0]) == half_of(dict(rows[0]))


def test_names_are_found_in_spite_of_case_and_misspelling():
    assert squeeze("Congestive Heart Faliure") == squeeze("congestive heart failure")
    assert find({"FiO₂": [50, "%"]}, "FiO2") == [50, "%"]
    assert find({"Stroke": True}, "TIA") is None


@pytest.mark.parametrize(
    ("given", "expected"),
    [(5, 5.0), ([5], 5.0), ([37, "degrees celsisus"], (37.0, "°C")),
     ([4000, "m^3"], (4000.0, "/mm3")),
     ([1, "years", 6, "months"], (1.5, "years")), ([[1, "years"], [6, "months"]], (1.5, "years")),
     ([120, "mm  Hg"], (120.0, "mmHg")), ([250_000, "µL"], (250_000.0, "/µL"))],
)  # fmt: skip
def test_numbers_with_their_units(given, expected):
    assert read_number(given) == expected


@pytest.mark.parametrize("bad", [None, "many", [], [None, "kg"]])
def test_what_is_no_number_is_refused(bad):
    with pytest.raises(WrongUse):
        read_number(bad)


def test_every_calculator_of_the_set_has_ours():
    numbers = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
               27, 28, 29, 30, 32, 33, 36, 38, 39, 40, 43, 44, 45, 46, 48, 49, 51, 56, 57, 58, 59,
               60, 61, 62, 63, 64, 65, 66, 67, 68, 69}  # fmt: skip
    assert set(TABLE) | set(WHOLE) == numbers
    assert set(FAULTS) <= numbers


def test_opioids_and_steroids_are_read_whole():
    patch = {"FentANYL patch Dose": [25, "mg"], "FentANYL patch Dose Per Day": [1, "per day"],
             "OxyCODONE Dose": [10, "mg"], "OxyCODONE Dose Per Day": [3, "per day"]}  # fmt: skip
    assert answer(49, patch).value == pytest.approx(105)
    with pytest.raises(WrongUse, match="No factor is known for buprenorphine"):
        answer(49, {"Buprenorphine Dose": [8, "mg"], "Buprenorphine Dose Per Day": [1, "per day"]})
    steroid = {"input steroid": ["PredniSONE PO", 10.0, "mg"], "target steroid": "Cortisone PO"}
    assert answer(24, steroid).value == pytest.approx(50)


def test_what_is_left_out_is_no_or_normal():
    assert answer(4, {"age": [70, "years"], "sex": "Male"}).value == 1
    assert answer(15, {"Bilirubin": [1, "mg/dL"], "Albumin": [4, "g/dL"],
                       "international normalized ratio": 1}).value == 5  # fmt: skip
    assert answer(51, {"Heart Rate or Pulse": [120, "bpm"]}).value == 1
    with pytest.raises(WrongUse, match="needs: Heart rate"):
        answer(11, {"QT interval": [400, "msec"]})  # a formula takes nothing for granted
    child = {"age": [5, "years"], "Temperature": [101, "degrees fahreinheit"]}
    assert answer(20, child).value == 2


def test_dates_and_weeks_must_be_the_same():
    found = Result(date(2024, 10, 7), "", ())
    assert is_within(found, "10/07/2024", "10/07/2024")
    assert not is_within(found, "10/08/2024", "10/08/2024")
    weeks = Result("3 weeks 4 days", "", ())
    label = "('3 weeks', '4 days')"
    assert is_within(weeks, label, label)
    assert not is_within(Result("4 weeks 3 days", "", ()), label, label)
    assert is_within(Result(-2.0, "", ()), "-1.9", "-2.1")


@pytest.mark.parametrize(
    ("number", "entities", "label", "working", "found"),
    [
        (13, {"cycle length": 24, "Last menstrual date": "01/01/2024"}, "10/11/2024", "", True),
        (13, {"cycle length": 24, "Last menstrual date": "01/01/2024"}, "10/03/2024", "", False),
        (13, {"cycle length": 28, "Last menstrual date": "01/01/2024"}, "10/07/2024", "", False),
        (15, {"Ascites": "slight"}, "6", "Encephalopathy state is none", True),
        (15, {"Ascites": "slight"}, "6", "Ascites is slight", False),
        (28, {}, "30", "Glasgow Coma Score is 15.0, and so we add 15.0 points", True),
        (28, {}, "15", "patient's pH. Coma Score is 12.0, and so we add 3.0 points", False),
        (29, {"Temperature": [37, "degrees celsius"]}, "99", "37 degrees fahrenheit", True),
        (29, {"Temperature": [99, "degrees fahrenheit"]}, "99", "99 degrees fahrenheit", False),
        (36, {}, "4", "current total, 0 + 2 = 2. ... current total 1 + 1 = 2.", True),
        (36, {}, "3", "current total, 0 + 2 = 2. ... current total 1 + 2 = 3.", False),
        (43, {"EPINEPHrine": [0.3, "mcg/kg/min"]}, "9", "For three points to be given", True),
        (43, {"EPINEPHrine": [0.1, "mcg/kg/min"]}, "9", "For three points to be given", False),
        (5, {}, "9", "anything", False),
    ],
)
def test_faults_are_shown_by_the_row_itself(number, entities, label, working, found):
    assert bool(find_faults(Row(number, entities, label, working))) is found


def test_the_public_half_reaches_what_the_notes_say():
    data = shared_data(FOLDER).parent
    cases = [item.judge() for item in SUITE.read(Bench(no_assistant, data))]
    sound = [c.values["within_sound"] for c in cases if "within_sound" in c.values]
    assert sum(c.values["within"] for c in cases) / len(cases) >= 0.82
    assert sum(sound) / len(sound) >= 0.98
    assert all(case.note for case in cases if not case.values["within"])
