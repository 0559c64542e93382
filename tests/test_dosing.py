"""Doses by weight: sums done by hand from the cards' words, every card's dose, and laws."""

from collections import Counter
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.cards import Dose, read_cards
from elara_local.clinical.amounts import maximum, read_amount, times_a_day
from elara_local.clinical.dosing import Body, Unworked, Worked, work_out
from elara_local.clinical.rounding import say_number
from elara_local.settings import HANDBOOK

CARDS = {card.id: card for card in read_cards(HANDBOOK / "medicines")}

# card | amount | for what (part) | for whom (part) | weight in kg | the sum, done by hand.
BY_HAND = """
artesunate|3 mg/kg|severe malaria|under 20 kg|15|45 mg per dose
artesunate|3 mg/kg|severe malaria|under 20 kg|19.9|59.7 mg per dose
artesunate|2.4 mg/kg|severe malaria|20 kg or more|20|48 mg per dose
artesunate|2.4 mg/kg|severe malaria|adult|62.5|150 mg per dose
artesunate|10 mg/kg|before referral|under 6 years|12|120 mg per dose
gentamicin|5 mg/kg|newborn sepsis|2.5 kg or more|3|15 mg per dose
gentamicin|3 mg/kg|newborn sepsis|first week|2.2|6.6 mg per dose
gentamicin|7.5 mg/kg|newborn sepsis|after the first week|3.2|24 mg per dose
gentamicin|5 to 7.5 mg/kg|serious bacterial|under 2 months|4|20 to 30 mg per dose
gentamicin|4.5 to 7.5 mg/kg|plague|child|20|90 to 150 mg per dose
paracetamol|15 mg/kg|pain or fever|1 month to under 12|12|180 mg per dose
paracetamol|15 mg/kg|pain or fever|adult below 50|48|720 mg per dose
paracetamol|10 mg/kg|pain or fever|newborn|3.1|31 mg per dose
paracetamol|7.5 mg/kg|swallowing|below 10 kg|8|60 mg per dose
paracetamol|10 mg/kg|dengue|1 month to under 12|60|600 mg, above the maximum of 500 mg per dose: 500 mg per dose
amoxicillin|40 mg/kg|fast breathing|2 to 59 months|9|360 mg per dose
amoxicillin|40 mg/kg|fast breathing|2 to 59 months|26|1040 mg, above the maximum of 1000 mg per dose: 1000 mg per dose
amoxicillin|40 to 50 mg/kg|malnutrition|6 to 59 months|7|280 to 350 mg per dose
amoxicillin|40 to 50 mg/kg|malnutrition|6 to 59 months|22|880 to 1100 mg, the upper end above the maximum of 1000 mg per dose: 880 to 1000 mg per dose
amoxicillin|25 mg/kg|sore throat|under 12|18|450 mg per dose
amoxicillin|50 mg/kg|sore throat|3 to under 18|25|1250 mg, above the maximum of 1000 mg per day: 1000 mg per dose
amoxicillin-clavulanate|80 to 90 mg/kg per day|ear infection|1 month|10|800 to 900 mg per day, in 2 doses: 400 to 450 mg per dose
amoxicillin-clavulanate|80 to 90 mg/kg per day|ear infection|1 month|35|2800 to 3150 mg, the upper end above the maximum of 3000 mg per day: 2800 to 3000 mg per day, in 2 doses: 1400 to 1500 mg per dose
amoxicillin-clavulanate|40 to 50 mg/kg per day|bite|1 month|16|640 to 800 mg per day, in 2 doses: 320 to 400 mg per dose
magnesium-sulfate|40 mg/kg|asthma|2 to under 18|20|800 mg per dose
magnesium-sulfate|50 mg/kg|asthma|2 to under 12|45|2250 mg, above the maximum of 2000 mg per dose: 2000 mg per dose
magnesium-sulfate|0.3 mL/kg|malnutrition|6 months|6|1.8 mL per dose
quinine|20 mg/kg|severe malaria|adult|75|1500 mg, above the maximum of 1400 mg per dose: 1400 mg per dose
quinine|10 mg/kg|severe malaria|adult|60|600 mg per dose
phenobarbital|20 mg/kg|convulsions|newborn|3.2|64 mg per dose
phenobarbital|5 mg/kg|prevention|newborn|2.8|14 mg per dose
phenobarbital|15 to 20 mg/kg|status|1 month|60|900 to 1200 mg, the upper end above the maximum of 1000 mg per dose: 900 to 1000 mg per dose
vancomycin|25 to 30 mg/kg|resistant staphylococci|adult|60|1500 to 1800 mg per dose
vancomycin|25 to 30 mg/kg|resistant staphylococci|adult|90|2250 to 2700 mg, above the maximum of 2000 mg per dose: 2000 mg per dose
vancomycin|10 to 15 mg/kg|resistant staphylococci|1 month|11|110 to 165 mg per dose
vancomycin|10 mg/kg|difficile|1 month|14|140 mg, above the maximum of 125 mg per dose: 125 mg per dose
heparin|80 units/kg|deep vein|adult|70|5600 units per dose
heparin|80 units/kg|deep vein|adult|130|10400 units, above the maximum of 10000 units per dose: 10000 units per dose
heparin|18 units/kg per hour|deep vein|adult|70|1260 units per hour
heparin|12 units/kg per hour|heart attack|adult|100|1200 units, above the maximum of 1000 units per hour: 1000 units per hour
insulin|0.1 units/kg per hour|ketoacidosis|adult|70|7 units per hour
insulin|0.05 to 0.1 units/kg per hour|ketoacidosis|1 month|22|1.1 to 2.2 units per hour
insulin|0.5 units/kg per day|new type 1|from 6 months|24|12 units per day, in 2 doses: 6 units per dose; in 4 doses: 3 units per dose
oral-rehydration-salts|75 mL/kg|plan B|under 5 years|8|600 mL per dose
oral-rehydration-salts|20 mL/kg per hour|plan C|under 12|9|180 mL per hour
oral-rehydration-salts|5 mL/kg per hour|plan C|under 12|9|45 mL per hour
ringers-lactate|30 mL/kg|plan C|under 12 months|6|180 mL per dose
ringers-lactate|70 mL/kg|plan C|under 12 months|6|420 mL per dose
ringers-lactate|10 to 20 mL/kg|shock|2 months|60|600 to 1200 mL, the upper end above the maximum of 1000 mL per dose: 600 to 1000 mL per dose
ringers-lactate|5 to 7 mL/kg per hour|dengue|adult|50|250 to 350 mL per hour
glucose|5 mL/kg|severe hypoglycaemia|1 month|14|70 mL per dose
glucose|60 mL/kg per day|day 1|newborn|2|120 mL per day
glucose|200 mg/kg|without severe signs|35 weeks|2.5|500 mg per dose
ceftriaxone|100 mg/kg|bacterial meningitis|1 month|13|1300 mg per dose
ceftriaxone|50 mg/kg|bacterial meningitis|1 month|45|2250 mg, above the maximum of 2000 mg per dose: 2000 mg per dose
ceftriaxone|50 mg/kg|gonococcal|newborn|3.4|170 mg, above the maximum of 150 mg per dose: 150 mg per dose
morphine|0.1 mg/kg|severe pain|adult|65|6.5 mg per dose
morphine|0.2 to 0.4 mg/kg|severe pain|1 year|10|2 to 4 mg per dose
phenytoin|3 to 4 mg/kg per day|epilepsy|1 month|18|54 to 72 mg per day, in 2 doses: 27 to 36 mg per dose
epinephrine|10 micrograms/kg|cardiac arrest|1 month|12|120 micrograms per dose
epinephrine|0.01 mg/kg|anaphylaxis|1 month|16|0.16 mg per dose
epinephrine|0.1 microgram/kg per minute|septic shock|adult|70|7 micrograms per minute
ampicillin|100 mg/kg|newborn meningitis|first week|2.7|270 mg per dose
ampicillin|50 mg/kg|severe pneumonia|2 to 59|11|550 mg per dose
enoxaparin|1 mg/kg|deep vein|15 to 30 mL/min|60|60 mg per dose
enoxaparin|1.5 mg/kg|deep vein|healthy kidneys|80|120 mg per dose
chloroquine|10 mg base/kg|vivax|adult|55|550 mg base per dose
dopamine|5 to 20 micrograms/kg per minute|shock after fluid|adult|60|300 to 1200 micrograms per minute
potassium-chloride|0.2 mmol/kg per hour|severe low|1 month|20|4 mmol per hour
potassium-chloride|0.2 mmol/kg per hour|severe low|1 month|60|12 mmol, above the maximum of 10 mmol per hour: 10 mmol per hour
f-75|130 mL/kg per day|without severe oedema|6 months|6|780 mL per day, in 12 doses: 65 mL per dose
f-75|100 mL/kg per day|with severe oedema|6 months|6|600 mL per day, in 12 doses: 50 mL per dose
atropine|20 micrograms/kg|organophosphate|1 month|12|240 micrograms per dose
caffeine-citrate|20 mg/kg|apnoea|preterm|1.4|28 mg per dose
cotrimoxazole|15 to 20 mg/kg per day|Pneumocystis|adult|60|900 to 1200 mg per day, in 3 doses: 300 to 400 mg per dose; in 4 doses: 225 to 300 mg per dose
albendazole|15 mg/kg per day|neurocysticercosis|adult|60|900 mg, above the maximum of 800 mg per day: 800 mg per day, in 2 doses: 400 mg per dose
isoniazid|5 mg/kg|tuberculosis|adult|70|350 mg, above the maximum of 300 mg per dose: 300 mg per dose
benzathine-benzylpenicillin|50,000 units/kg|exposure|newborn|3|150000 units per dose
acetylcysteine|150 mg/kg|paracetamol poisoning|adult|120|18000 mg, above the maximum of 16500 mg per dose: 16500 mg per dose
"""  # noqa: E501
TABLE = [line.split("|") for line in BY_HAND.strip().splitlines()]
WEIGHTS = st.fractions(Fraction(1, 2), 200, max_denominator=100)
BY_WEIGHT = [
    dose
    for card in CARDS.values()
    for dose in card.doses
    if isinstance(work_out(dose, Body(Fraction(10))), Worked)
]


def pick(card, amount, what, who):
    found = [
        d for d in CARDS[card].doses if d.amount == amount and what in d.indication and who in d.who
    ]
    assert found, f"no dose of {card} is {amount} for {what}, {who}"
    return found[0]


@pytest.mark.parametrize("card, amount, what, who, weight, expected", TABLE)
def test_the_sum_is_the_one_done_by_hand(card, amount, what, who, weight, expected):
    worked = work_out(pick(card, amount, what, who), Body(Fraction(weight)))
    assert isinstance(worked, Worked)
    assert worked.line == f"{weight} kg × {amount} = {expected}"


def test_the_table_is_as_long_as_it_should_be():
    assert len(TABLE) >= 60


def test_every_dose_of_every_card_is_worked_out_or_says_why_not():
    counts = Counter()
    for card in CARDS.values():
        for dose in card.doses:
            found = work_out(dose, Body(Fraction(10)))
            by_weight = "/kg" in dose.amount
            if isinstance(found, Worked):
                assert by_weight and found.line.startswith("10 kg × ")
                assert 0 < found.low <= found.high
                counts["worked"] += 1
            else:
                assert found.reason and not found.lacks
                each = dose.indication.startswith("each ")
                assert not by_weight or each, f"{card.id}: {dose.amount}"
                counts[found.reason] += 1
    assert sum(counts.values()) == sum(len(card.doses) for card in CARDS.values()) >= 2_188
    assert counts["worked"] >= 690


@pytest.mark.parametrize("card, amount, what, who", [row[:4] for row in TABLE[:6]])
def test_without_a_weight_the_weight_is_asked_for(card, amount, what, who):
    assert work_out(pick(card, amount, what, who), Body()) == Unworked(
        "the dose is by weight", "weight"
    )


def test_a_maximum_of_the_day_is_said_and_kept():
    dose = pick("paracetamol", "15 mg/kg", "swallowing", "adult below 50 kg")
    worked = work_out(dose, Body(Fraction(49)))
    assert worked.day == (2940, 2940)  # 4 × 735 mg, below the 3 g of the note and 60 mg/kg
    heavy = work_out(dose, Body(Fraction(60)))
    assert heavy.day == (3000, 3000)
    assert "above the maximum of 3000 mg per day" in " ".join(heavy.remarks)


def test_a_volume_over_stated_hours_is_also_said_as_a_rate():
    dose = pick("ringers-lactate", "70 mL/kg", "plan C", "under 12 months")
    assert "84 mL per hour" in work_out(dose, Body(Fraction(6))).remarks  # 420 mL over 5 hours
    day = pick("glucose", "60 mL/kg per day", "day 1", "newborn")
    assert "5 mL per hour" in work_out(day, Body(Fraction(2))).remarks


def test_the_amount_for_each_percent_burnt_is_no_dose():
    dose = pick("ringers-lactate", "4 mL/kg", "each 1%", "adult")
    assert "calculator" in work_out(dose, Body(Fraction(70))).reason


@pytest.mark.parametrize(
    "frequency, times",
    [("every 6 hours", 4), ("every 4 to 6 hours as needed", 6), ("3 to 4 times daily", 4),
     ("twice daily", 2), ("once daily", 1), ("every 5 hours", None), ("once", None),
     ("at 0, 12 and 24 hours, then once daily", None), ("every 48 hours", None)],
)  # fmt: skip
def test_how_often_a_day(frequency, times):
    assert times_a_day(frequency) == times


@pytest.mark.parametrize("text", ["500 mg to 1 g", "half a tablet", "up to 5 L per day", "5"])
def test_what_is_no_single_amount_is_none(text):
    assert read_amount(text) is None


@settings(max_examples=400)
@given(st.sampled_from(BY_WEIGHT), WEIGHTS, WEIGHTS)
def test_a_heavier_person_never_gets_less(dose, one, other):
    light, heavy = sorted((one, other))
    less, more = work_out(dose, Body(light)), work_out(dose, Body(heavy))
    assert less.low <= more.low and less.high <= more.high


@settings(max_examples=400)
@given(st.sampled_from(BY_WEIGHT), WEIGHTS)
def test_no_maximum_is_ever_passed(dose, weight):
    worked, amount = work_out(dose, Body(weight)), read_amount(dose.amount)
    most = maximum(dose, worked.per, amount, weight)
    assert most is None or worked.high <= most
    day = maximum(dose, "day", amount, weight)
    if day is not None and worked.per in ("dose", "day"):
        assert worked.high <= day
        assert worked.day is None or worked.day[1] <= day


@settings(max_examples=300)
@given(st.sampled_from([d for d in BY_WEIGHT if "per day" in d.amount]), WEIGHTS)
def test_the_divided_doses_add_up_to_the_day(dose, weight):
    worked = work_out(dose, Body(weight))
    parts = dose.frequency.removeprefix("in ").split(" divided")[0]
    if parts.isdigit() and not dose.max_dose:
        assert (worked.low * int(parts), worked.high * int(parts)) == worked.day


@given(st.integers(1, 10**7), st.sampled_from([1, 10, 100, 1000, 10_000]))
def test_a_short_decimal_is_written_exactly(number, parts):
    value = Fraction(number, parts)
    assert Fraction(say_number(value)) == value


def test_a_long_decimal_is_about():
    assert say_number(Fraction(1, 3)) == "about 0.333"
    assert say_number(Fraction(1400, 3)) == "about 467"


def test_a_dose_that_says_not_whether_of_a_day_is_not_worked_out():
    dose = Dose("x", "adult", ("PO",), "in 2 divided doses", (), amount="10 mg/kg")
    assert "does not say" in work_out(dose, Body(Fraction(60))).reason


def test_in_great_obesity_a_dose_without_a_maximum_asks_which_weight_counts():
    doses = {d.indication: d for d in CARDS["gentamicin"].doses if d.who == "adult"}
    for weight, asked in ((160, True), (120, False)):
        worked = work_out(doses["plague"], Body(Fraction(weight)))
        assert any("which weight counts" in remark for remark in worked.remarks) is asked
    capped = work_out(CARDS["heparin"].doses[0], Body(Fraction(160)))
    assert not any("which weight counts" in remark for remark in capped.remarks)
