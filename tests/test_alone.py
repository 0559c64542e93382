"""A sentence of a clinic's own document that misleads without what stands around it."""

import pytest

from elara_local.grounding.alone import fault_alone, needed_headings
from elara_local.grounding.check import check_sentence
from elara_local.grounding.source import units_of
from elara_local.records import Evidence


def own(text, section="", title="Protocol"):
    return Evidence("s1", text, title, section, shelf="own")


@pytest.mark.parametrize(
    "text",
    [
        "Do not give gentamicin in:",
        "Dose in neonates as above.",
        "Give quinine 200* mg.",
        "Loading dose (mg): 1200†",
        "Give 10 mg¹ once.",
        "Give magnesium sulfate l0 g IM.",
        "Give O.5 mg/kg.",
        "Give 5O mg.",
        "Give l mg.",
        "Give 10 mg^a once.",
        "Give 10 mg^1 once.",
        "Is the dose 10 mg?",
        "Yes: give adrenaline 0.5 mg.",
        "NO -> paracetamol 15 mg/kg.",
        "The adult dose is half of that.",
    ],
)
def test_what_can_not_be_read_alone_is_never_an_answer(text):
    assert fault_alone(text)
    assert check_sentence(text, [own(text)]).support == "unsupported"


@pytest.mark.parametrize(
    "text",
    [
        "Give oxygen 5 l/min by IO access is not possible.",
        "SpO2 below 90%, CO2 40, vitamin B12 1 mg, 5 x 10⁹/L, 10^9 per L, 25 kg/m², kg/m^2.",
        "Give **10 mg** slowly, *never* fast.",
        "Give 3 mg/kg per dose below 20 kg.",
        "Give 5 IU IM, then 10 l of oxygen, type II.",
    ],
)
def test_ordinary_signs_are_no_fault(text):
    assert fault_alone(text) == ""


def test_a_row_without_its_heads_supports_nothing():
    row = "Aminophylline; not given; 250 mg over 20 min"
    passage = own(row, "Asthma › Drug | Child | Adult")
    assert check_sentence(row, [passage]).support == "unsupported"
    assert check_sentence("Give aminophylline 250 mg over 20 min.", [passage]).reasons
    named = "Drug: Aminophylline; Child: not given; Adult: 250 mg over 20 min"
    assert check_sentence(named, [own(named, "Asthma › Table | Doses")]).support == "quoted"


@pytest.mark.parametrize(
    "heading",
    ["Contre-indications:", "Not for children", "Ne pas donner en cas de choc", "No dar en choque",
     "Don'ts", "Withhold in shock", "Cannot be given in shock", "Usimpe mtoto"],
)  # fmt: skip
def test_a_heading_that_forbids_in_other_words_goes_with_the_sentence(heading):
    passage = own("Chloroquine 600 mg once.", f"Malaria › {heading}")
    assert check_sentence("Chloroquine 600 mg once.", [passage]).support == "unsupported"
    assert units_of(passage)[0].whole == f"{heading.strip(':')}: Chloroquine 600 mg once."
    assert check_sentence(units_of(passage)[0].whole, [passage]).support == "quoted"


def test_what_went_wrong_or_was_once_done_is_no_advice():
    for heading in ("Medication errors", "Example of a mistake", "Old doses", "Case history"):
        text = "The nurse gave adrenaline 10 mg IV to a child."
        assert check_sentence(text, [own(text, f"Anaphylaxis › {heading}")]).reasons


def test_two_blocks_of_a_document_are_never_read_as_one_sentence():
    text = "dose: 5 mg; route: nebuliser\ndrug: Aminophylline; patient: adult"
    assert [unit.text for unit in units_of(own(text))] == text.split("\n")
    claim = "Aminophylline 5 mg by nebuliser for an adult."
    assert check_sentence(claim, [own(text)]).support == "unsupported"


def test_every_item_keeps_its_lead_without_a_mark_and_in_a_later_passage():
    lead = "For adults over 50 kg:"
    for text in ("Ibuprofen 400 mg", f"{lead}\nAspirin 300 mg\nIbuprofen 400 mg"):
        unit = units_of(own(text, f"Fever › {lead}"))[-1]
        assert unit.whole == "For adults over 50 kg: Ibuprofen 400 mg"
    units = units_of(own("Do not give:\nAspirin 300 mg\nIbuprofen 400 mg\nGive fluids."))
    assert [unit.lead for unit in units] == ["", "Do not give:", "Do not give:", ""]


def test_an_order_under_a_line_that_forbids_is_in_doubt():
    (unit,) = units_of(own("Give 5 mg/kg instead in myasthenia.", "Do not give gentamicin in:"))
    assert unit.fault


@pytest.mark.parametrize(
    ("section", "text", "needed"),
    [
        ("Ceftriaxone › Children", "Give 100 mg/kg IV once daily.", "Ceftriaxone › Children"),
        ("Ceftriaxone", "It should not be given to neonates.", "Ceftriaxone"),
        ("Ceftriaxone › Dose", "Age: Child; Dose (mg/kg): 50", "Ceftriaxone"),
        ("Salbutamol › Dose", "Give salbutamol 5 mg.", ""),
        ("Gonorrhoea", "Give ceftriaxone 250 mg once.", "Gonorrhoea"),
        ("Malaria › If vomiting", "Give artesunate 2.4 mg/kg.", "If vomiting"),
        ("Ceftriaxone", "Examine the child.", ""),
    ],
)
def test_a_dose_needs_the_headings_that_say_of_what_for_whom_and_when(section, text, needed):
    assert needed_headings(own(text, section), text) == needed
    assert needed_headings(Evidence("s1", text, "Protocol", section), text) == ""


def test_a_line_of_an_inner_list_keeps_the_line_above_it():
    text = "Adult\n100 mg IM\nChild\n4 mg/kg IM\n5 mg/kg rectally\nAspirin 300 mg is harmful."
    leads = [unit.lead for unit in units_of(own(text, "Ketamine"))]
    assert leads == ["", "Adult:", "", "Child:", "Child:", ""]
    assert check_sentence("4 mg/kg IM", [own(text, "Ketamine")]).support == "unsupported"


def test_a_line_that_repeats_its_heading_is_no_answer():
    passage = own("Not for children\nQuinine 600 mg.", "Malaria › Not for children")
    assert [bool(unit.fault) for unit in units_of(passage)] == [True, False]
