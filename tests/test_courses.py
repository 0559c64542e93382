"""Loading before maintenance: the order of a course of doses in what is quoted."""

import pytest

from elara_local.engines.chat.candidates import Candidate
from elara_local.engines.chat.courses import is_later, put_start_first, replaces
from elara_local.records import Evidence

ASKED = "phenytoin dose in status epilepticus"
LOADING = "Phenytoin loading dose in status epilepticus is 20 mg/kg IV, then maintenance."
CHECK = "Watch the heart during phenytoin."
MAINTENANCE = "Phenytoin maintenance in status epilepticus is 5 mg/kg per day IV."
OTHER = "Diazepam for status epilepticus is 10 mg IV."


def make(text, number=0, title="Seizures", section="Treatment", lead=None):
    return Candidate((0, number), text, Evidence("s1", text, title, section), lead=lead)


def order(texts, question=ASKED, others=(), count=6):
    chosen = [make(text, number) for number, text in enumerate(texts)]
    ranked = [*chosen, *(make(text, 50 + n) for n, text in enumerate(others))]
    return [c.text for c in put_start_first(chosen, ranked, question, count)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LOADING, False),
        (MAINTENANCE, True),
        ("Give artesunate 2.4 mg/kg at 0, 12 and 24 hours, then once daily.", False),
        ("Then give quinine 10 mg/kg every 8 hours.", True),
        ("Repeat tranexamic acid 1 g if bleeding goes on.", True),
        ("After the uterus contracts, continue oxytocin 20 units in 1 L.", True),
        ("After the first dose: ribavirin 16 mg/kg every 6 hours.", True),
        ("Lassa fever, days 5 to 10: ribavirin 8 mg/kg.", True),
        ("Rabies vaccine on days 0, 3 and 7: 0.1 mL at 2 sites.", False),
        ("Digoxin first dose is 500 micrograms, repeated after 6 hours.", False),
        ("If quinine was taken, omit the 20 mg/kg loading dose and give 10 mg/kg.", True),
    ],
)
def test_a_later_dose_is_told_from_a_first_one(text, expected):
    assert is_later(text) is expected


def test_loading_comes_before_maintenance_and_the_rest_keeps_its_order():
    assert order([MAINTENANCE, OTHER, LOADING, CHECK]) == [LOADING, MAINTENANCE, OTHER, CHECK]
    assert order([OTHER, LOADING, MAINTENANCE]) == [OTHER, LOADING, MAINTENANCE]


def test_maintenance_brings_the_loading_dose_along():
    assert order([MAINTENANCE, CHECK], others=(LOADING,)) == [LOADING, MAINTENANCE, CHECK]
    assert order([MAINTENANCE, CHECK], others=(LOADING,), count=2) == [LOADING, MAINTENANCE]
    assert order([MAINTENANCE], others=(LOADING,), count=1) == [MAINTENANCE]


def test_a_long_line_of_a_card_is_of_its_course():
    late = "Digoxin for atrial fibrillation, adult: maintenance dose 125 micrograms by mouth."
    start = (
        "Digoxin for atrial fibrillation with fast pulse, adult with normal kidneys, who had none "
        "for 2 weeks: loading dose 500 micrograms by mouth once."
    )
    assert order([late, start], "digoxin dose in atrial fibrillation") == [start, late]


def test_another_medicine_or_document_is_another_course():
    assert order([MAINTENANCE, OTHER]) == [MAINTENANCE, OTHER]
    late, elsewhere = make(MAINTENANCE), make(LOADING, 1, title="Head injury")
    assert put_start_first([late, elsewhere], [late, elsewhere], ASKED, 6) == [late, elsewhere]


def test_in_a_document_on_the_medicine_another_use_is_another_course():
    late = make("Maintenance in epilepsy: phenytoin 5 mg/kg per day.", 0, "Phenytoin", "Dose")
    start = make("In arrhythmia give phenytoin 15 mg/kg.", 1, "Phenytoin", "Dose")
    same = make("Loading in epilepsy: phenytoin 20 mg/kg.", 2, "Phenytoin", "Dose")
    asked = "phenytoin dose in epilepsy"
    assert put_start_first([late, start], [late, start], asked, 6) == [late, start]
    assert put_start_first([late, same], [late, same], asked, 6) == [same, late]


@pytest.mark.parametrize(
    "question",
    [
        "phenytoin maintenance dose",
        "dose d'entretien de phénytoïne",
        "phenytoin toxicity, what dose of what",
    ],
)
def test_who_asks_for_the_later_dose_or_the_antidote_gets_it_first(question):
    assert order([MAINTENANCE, LOADING], question) == [MAINTENANCE, LOADING]


def test_a_sentence_stays_behind_the_one_it_is_not_understood_without():
    lead = make("In status epilepticus there are two steps.", 1)
    led = make("Phenytoin is 20 mg/kg at first.", 2, lead=lead)
    late = make(MAINTENANCE, 0)
    assert put_start_first([late, lead, led], [late, led], ASKED, 6) == [late, lead, led]


def test_the_antidote_that_is_named_has_a_course_too():
    later = "Acetylcysteine for paracetamol poisoning, adult: second dose 50 mg/kg over 4 hours."
    first = "Acetylcysteine for paracetamol poisoning, adult: first dose 150 mg/kg over 1 hour."
    asked = "acetylcysteine dose paracetamol poisoning"
    assert order([later, first], asked) == [first, later]


def test_what_replaces_a_medicine_that_is_asked_for_comes_last():
    substitute = "If artesunate and artemether are not available, give an adult quinine 20 mg/kg."
    dose = "Artesunate for severe malaria, adult: 2.4 mg/kg IV at 0, 12 and 24 hours."
    asked = "artesunate dose severe malaria adult"
    assert order([substitute, dose], asked) == [dose, substitute]
    assert order([substitute, dose], "quinine dose severe malaria")[0] == substitute
    assert replaces(substitute, ["artesunate"]) and not replaces(dose, ["artesunate"])


@pytest.mark.parametrize(
    "text",
    [
        "Adrenaline infusion for refractory anaphylaxis: 1 mg in 100 mL at 0.5 mL/kg per hour.",
        "Artesunate for severe malaria before referral, child under 6 years: 10 mg/kg rectally.",
    ],
)
def test_what_is_given_in_another_place_or_for_want_of_effect_is_later(text):
    assert is_later(text)
