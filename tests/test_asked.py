"""A calculator asked for in a question: what is read, what is asked for, what is left alone."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.clinical.asked import read_request
from elara_local.clinical.forms import calculate
from elara_local.clinical.register import CALCULATORS
from elara_local.evaluation.golden import read_golden

ALL = tuple(CALCULATORS.values())


def ask(question):
    return read_request(question, ALL)


@pytest.mark.parametrize(
    ("question", "name", "value"),
    [
        # (140 - 72) × 60 × 0.85 / (72 × 1.4), by hand
        ("CrCl 72 y 60 kg creat 1.4 female", "crcl", 34.40),
        ("crcl 72F 60kg cr 1,4 mg/dL", "crcl", 34.40),
        (
            "creatinine clearance 72 year old woman 60 kg 160 cm creatinine 123.76 umol/L",
            "crcl",
            34.4,
        ),
        ("creat 1.4 mg/dl age 72 weight 60 kg female cockcroft gault", "crcl", 34.40),
        ("BMI 70 kg 1.75 m", "bmi", 22.86),
        ("MAP 120/80", "map", 93.33),
        ("QTc bazett QT 330 hr 48", "qtc_bazett", 295.16),
        ("anion gap na 140 cl 100 hco3 12", "anion_gap", 28),
        ("corrected calcium 7.6 mg/dl albumin 2.4 g/dl", "corrected_calcium", 8.88),
        ("qsofa rr 24 sbp 95 gcs 14", "qsofa", 3),
        ("maintenance fluids 17 kg", "maintenance_fluids", 54),
        ("parkland 70 kg 30 % burns 2 hours ago", "parkland", 8400),
        ("CURB-65 confusion yes urea 9 mmol/l rr 32 bp 85/50 age 76", "curb65", 5),
        ("gcs e3 v4 m5", "gcs", 12),
        ("GCS E4V5M6", "gcs", 15),
        ("fena na 140 cr 2 mg/dl urine na 20 urine cr 40 mg/dl", "fena", 0.714),
        ("who plan c 8 kg 7 months dehydration: severe dehydration (plan c)", "rehydration", 800),
        ("osmolality na 140 glucose 90 mg/dl blood urea nitrogen 14 mg/dl", "osmolality", 290),
        ("osmolality na 140 glucose 90 mg/dl urea 5 mmol/l", "osmolality", 290),
        ("sirs wbc 12000 cells/mm3 hr 95 rr 24/min t 38.5 c", "sirs", 3),
        ("CURB-65 no confusion urea 5 mmol/l rr 20 bp 120/80 age 40", "curb65", 0),
    ],
)
def test_a_whole_request_is_read_and_calculated(question, name, value):
    request = ask(question)
    assert request.calculator.id == name and request.ready
    found = calculate(request.calculator, request.given).value
    assert found == pytest.approx(value, rel=0.002)


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("CrCl 72 y 60 kg female", ["Creatinine"]),
        ("bmi 70 kg 175", ["Height"]),
        ("apgar pulse 90", ["Colour", "Response to a catheter", "Tone", "Breathing"]),
    ],
)
def test_what_is_missing_is_named(question, lacking):
    request = ask(question)
    assert [field.label for field in request.lacking] == lacking and not request.ready


@pytest.mark.parametrize(
    ("question", "doubt"),
    [
        ("egfr 55 y male cr 20", "Creatinine is 20. Give the unit: mg/dL or µmol/L."),
        ("bmi 65 kg and 70 kg, 170 cm", "Weight is given as 65.0 kg and 70.0 kg."),
        ("crcl 72 y 6000 kg creat 1.4 mg/dl female", "Weight is 6000 kg."),
        ("bmi weight 70 cm, height 170 cm", "Weight is 70 cm. Give it in: kg"),
        ("aa gradient 40 y oxygen 40 l/min paco2 40 mmhg", "Inspired oxygen is 40 l/min."),
        ("osmolality na 140 glucose 90 mg/dl blood urea 40 mg/dl", "Urea in mg/dL may be urea"),
        ("mme oxycodone 40 mg/day", "Oxycodone (all of one day) is 40."),
    ],
)
def test_what_can_not_be_taken_as_it_stands_is_asked_for(question, doubt):
    request = ask(question)
    assert not request.ready
    assert any(told.startswith(doubt) for told in request.doubts), request.doubts


def test_a_dose_of_one_medicine_is_never_another_s():
    assert "fentanyl_patch" not in ask("mme oxycodone 40 mg/day").given


def test_dates_need_a_month_in_letters_or_iso_order():
    assert ask("due date last period 2026-03-12").given["period"] == date(2026, 3, 12)
    request = ask("gestational age LMP 12 March 2026 today 2026-11-19")
    assert request.ready
    assert calculate(request.calculator, request.given).value == "36 weeks 0 days"
    assert ask("due date last period 03/04/2026") is None


@pytest.mark.parametrize(
    "question",
    [
        "What is the MAP?",
        "what does a CURB-65 of 3 mean",
        "When is the GCS 8?",
        "child 6-59 months MUAC cut-off for SAM",
        "fever + stiff neck 3 yr old IMCI colour",
        "treatment of dehydration",
        "GBS infection in a woman of 30 years, hr 100, bp 110/70",
        "bring the pressure to 10 psi in a man of 45 years, bp 120/80, hr 90",
        "any news on bp 120/80, hr 90, temp 37",
        "treatment of SAM in a child of 8 months with oedema",
        "plan B for a woman of 24 years and 60 kg",
        "dehydration in a child of 10 kg and 2 years",
        "HBs Ag positive, sodium 140 mmol/l",
        "SI units, hr 80, bp 120/80",
        "GA or spinal at 30 years, LMP 2026-03-12",
        "steroids dose 40 mg for asthma",
        "curb the fever in a man of 70 years, bp 85/50, rr 32",
        "which med, morphine 10 mg",
        "a man who has bled from the gut, 70 y, on aspirin",
        "kidney function and metformin in a man of 60 years",
        "",
    ],
)
def test_a_question_on_a_topic_is_no_request(question):
    assert ask(question) is None


@pytest.mark.parametrize(
    ("question", "unsaid"),
    [
        ("news2 rr 20 oxygen saturation 96 % bp 120/80 hr 80 temp 37", "oxygen"),
        ("news2 rr 20 o2 sat 96 % bp 120/80 hr 80 temp 37", "oxygen"),
        ("sirs temp 37 hr 80 rr 18 paco2 40 wbc 8 bands 3 %", "low_paco2"),
        ("sirs temp 37 hr 80 rr 18 paco2 40 wbc 8 bands 3 %", "bands"),
        ("cha2ds2-vasc 70 y male lvef 60 %", "heart_failure"),
        ("caprini 50 y male hit by a car, bmi 22", "hit"),
        ("caprini 50 y male, stroke in 2010, family history of diabetes", "stroke"),
        ("caprini 50 y male, stroke in 2010, family history of diabetes", "family"),
        ("has-bled 70 y hypertension controlled", "hypertension"),
        ("perc 40 y hr 80 spo2 98 surgery 3 months ago, thyroid hormone", "surgery"),
        ("perc 40 y hr 80 spo2 98 surgery 3 months ago, thyroid hormone", "hormones"),
        ("framingham 60 y male bp 130/80 treated with a statin", "treated"),
        ("aa gradient 40 y fio2 40 % paco2 40 mmhg altitude 500 m", "air"),
    ],
)
def test_a_word_that_may_mean_something_else_answers_nothing(question, unsaid):
    request = ask(question)
    assert unsaid in {field.name for field in request.calculator.fields}
    assert unsaid not in request.given


def test_the_two_scores_of_wells_are_told_apart():
    assert ask("Wells score DVT calf swelling, cancer").calculator.id == "wells_dvt"
    assert ask("Wells score for PE hr 110, cancer").calculator.id == "wells_pe"
    assert ask("Wells score: calf swelling, cancer") is None  # which one is not said


def test_hardly_any_golden_question_is_taken_for_a_request():
    taken = [g.text for g in read_golden() if (request := ask(g.text)) and request.ready]
    assert taken == ["maintenance fluid 14 kg child ml per hr"]


@settings(deadline=None)
@given(st.text(max_size=80))
def test_no_text_breaks_it(text):
    ask(text)
    ask(f"crcl {text}")


@settings(deadline=None)
@given(st.integers(18, 99), st.integers(35, 150), st.integers(4, 80))
def test_the_order_of_the_facts_does_not_matter(age, weight, tenths):
    facts = [f"{age} years", f"{weight} kg", f"creatinine {tenths / 10} mg/dl", "male"]
    one = ask(f"crcl {' '.join(facts)}")
    other = ask(f"crcl {', '.join(reversed(facts))}")
    assert one.ready and one.given == other.given


@pytest.mark.parametrize(
    "height", ["5 ft 7", "5ft 7in", "5'7\"", "5’7", "5 feet 7 inches", "67 in"]
)
def test_feet_and_inches_are_one_height(height):
    request = ask(f"BMI weight 154 lb height {height}")
    result = calculate(request.calculator, request.given)
    assert round(result.value, 1) == 24.1


def test_a_weight_behind_feet_is_no_inches():
    request = ask("BMI height 5 ft 70 kg")
    assert request.given["height"] == (5.0, "ft")


@pytest.mark.parametrize("question", ["CrCl 25 gentamicin 70 kg", "eGFR 20 metformin 60 kg dose"])
def test_a_clearance_that_is_stated_is_not_asked_for(question):
    assert ask(question) is None
