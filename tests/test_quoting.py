"""The generator without a model: what it picks, and that all it can pick passes the check."""

import threading

import pytest

from elara_local.engines.chat.quoting import Quoting, read_candidates
from elara_local.errors import Stopped
from elara_local.grounding.check import check_sentence
from elara_local.ports import Limits, Message
from elara_local.records import Evidence
from elara_local.text import sentence_spans

ARTESUNATE = Evidence(
    "s1",
    "Artesunate for severe malaria, adult or child 20 kg and over: 2.4 mg/kg per dose.\n"
    "Artesunate for severe malaria, child under 20 kg: 3 mg/kg per dose.\n"
    "Check the haemoglobin after artesunate.",
    "Severe malaria",
    "Treatment",
)
AVOID = Evidence("s2", "Do not give quinine as a bolus.", "Severe malaria", "Avoid")


def quote(question, evidence=(ARTESUNATE, AVOID), limits=None, embedder=None):
    asked = [Message("user", "", tuple(evidence), question)]
    tokens = list(Quoting(embedder).generate(asked, limits or Limits()))
    assert tokens[-1].usage is not None
    return [token.text.strip() for token in tokens[:-1]]


def test_the_dose_for_this_patient_comes_first_and_the_other_one_never():
    quotes = quote("child 15 kg severe malaria artesunate dose?")
    assert quotes[0] == "Artesunate for severe malaria, child under 20 kg: 3 mg/kg per dose. [1]"
    assert not any("2.4" in q for q in quotes)
    assert "2.4 mg/kg" in quote("man 60 kg severe malaria artesunate dose?")[0]


def test_what_to_avoid_is_found_when_that_is_asked():
    assert quote("what to avoid with quinine in severe malaria")[0].endswith("bolus. [2]")


def test_no_more_than_asked_for_and_nothing_from_nothing():
    assert len(quote("artesunate", limits=Limits(max_sentences=1))) == 1
    assert quote("artesunate", evidence=()) == []


def test_stop_is_obeyed():
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        quote("artesunate", limits=Limits(stop=stop))


def test_candidates_are_whole_sentences():
    texts = [c.text for c in read_candidates([ARTESUNATE], "malaria")]
    assert texts == ARTESUNATE.text.split("\n")


def test_the_same_fact_is_not_quoted_twice_and_two_doses_are_never_one():
    twice = Evidence(
        "s2", "For severe malaria, child under 20 kg, artesunate is 3 mg/kg per dose.", "Fever"
    )
    quotes = quote("child severe malaria artesunate dose", (ARTESUNATE, twice))
    assert sum("3 mg/kg" in q for q in quotes) == 1
    assert sum("2.4 mg/kg" in q for q in quotes) == 1


def test_nearly_every_sentence_of_the_handbook_passes_the_check_as_a_quote(prebuilt):
    sentences, refused = 0, []
    for p in prebuilt.store.passages():
        evidence = Evidence("s1", p.text, p.title, p.section, p.populations)
        for start, end in sentence_spans(p.text):
            sentences += 1
            if check_sentence(p.text[start:end], [evidence]).support != "quoted":
                refused.append(p.text[start:end])
    # What is refused stands under "Avoid" and does not itself say what to avoid.
    assert len(refused) <= 0.005 * sentences, refused


SNAKE = Evidence(
    "s1", "Do not cut fascia for a swollen snakebite limb.", "Snakebite", "Avoid", start=900
)
SNAKE_FIRST = Evidence(
    "s2",
    "First in snakebite calm the patient and keep the limb still.\n"
    "In snakebite secure airway and breathing.",
    "Snakebite",
    "First actions",
    start=100,
)


def test_what_to_do_begins_with_the_first_actions_in_their_order():
    quotes = quote("snake bite swollen leg what to do", (SNAKE, SNAKE_FIRST))
    assert quotes[0].startswith("First in snakebite") and quotes[1].startswith("In snakebite")


def test_a_sentence_that_says_nothing_alone_brings_the_one_before_it():
    glucose = Evidence(
        "s1",
        "For hypoglycaemia give a child 10% glucose 5 mL/kg.\n"
        "In severe malaria give an adult 25 mL of glucose 50%. The French text gives 2 mL/kg.",
        "Severe malaria",
    )
    candidates = read_candidates([glucose], "severe malaria")
    assert [c.lead is not None for c in candidates] == [False, False, True]
    assert candidates[2].lead == candidates[1]
    texts = [c.text for c in read_candidates([glucose], "severe malaria child")]
    assert texts == ["For hypoglycaemia give a child 10% glucose 5 mL/kg."]


def test_a_warning_about_the_medicine_asked_for_comes_before_its_dose():
    rheumatic = Evidence(
        "s1", "For rheumatic fever give a child aspirin 20 mg/kg by mouth.", "Rheumatic fever"
    )
    reye = Evidence("s2", "Do not give aspirin for fever to a child.", "Fever", "Avoid")
    quotes = quote("aspirin dose for child with viral fever", (rheumatic, reye))
    assert quotes[0].startswith("Do not give aspirin")


def test_the_medicine_asked_for_comes_before_another_one():
    poisoning = Evidence(
        "s1",
        "Acetylcysteine for paracetamol poisoning in a child is 140 mg/kg by mouth once.",
        "Paracetamol poisoning",
        "Treatment",
    )
    fever = Evidence("s2", "Give a child paracetamol 15 mg/kg by mouth.", "Fever", "Treatment")
    for asked in ("paracetamol dose child", "dose de paracétamol enfant"):
        assert "15 mg/kg" in quote(asked, (poisoning, fever))[0]


def test_the_route_asked_for_comes_before_another_one():
    rectal = "Before referral give a child under 6 years artesunate 10 mg/kg rectally."
    vein = "Artesunate, adult or child 20 kg and over: 2.4 mg/kg intravenously."
    both = Evidence("s1", f"{rectal}\n{vein}", "Severe malaria", "Treatment")
    assert quote("artesunate IV dose 22 kg child", (both,))[0] == f"{vein} [1]"
    assert quote("artesunate rectal dose 22 kg child", (both,))[0] == f"{rectal} [1]"


def test_an_emergency_without_a_question_wants_the_first_actions():
    stop = Evidence(
        "s1", "Consider stopping if a baby is not breathing after 20 minutes.", "Birth", "Treatment"
    )
    act = Evidence(
        "s2", "Dry a baby not breathing after birth.", "Birth", "First actions", start=50
    )
    assert quote("baby not breathing after birth", (stop, act))[0].startswith("Dry a baby")


def test_the_first_actions_of_the_second_document_stand_in_where_the_first_has_none():
    valproate = Evidence(
        "s1", "Do not use valproate for seizures in pregnancy.", "Seizures", "Avoid"
    )
    act = Evidence(
        "s2",
        "A pregnant woman with seizures needs help: call.",
        "Eclampsia",
        "First actions",
        start=50,
    )
    asked = "pregnant woman with seizures what do I do"
    assert quote(asked, (valproate, act))[0].startswith("A pregnant woman")


def test_what_the_user_added_is_quoted_first(embedder):
    handbook = Evidence(
        "s9", "Give salbutamol 6 puffs by spacer to a child with acute asthma.", "Wheeze"
    )
    own = Evidence(
        "s2", "Give salbutamol 8 puffs by spacer to a child with acute asthma.", "Protocol",
        shelf="own",
    )  # fmt: skip
    question = "salbutamol dose acute asthma child"
    quotes = quote(question, (own, handbook), embedder=embedder)
    assert quotes[0].startswith("Give salbutamol 8 puffs")
    assert any("6 puffs" in text for text in quotes)


def own(number, text, section, title="Ward guide"):
    return Evidence(f"s{number}", text, title, section, shelf="own")


def test_a_dose_under_the_heading_of_another_patient_is_never_quoted():
    adults = own(1, "Give 2 g IV once daily for meningitis.", "Ceftriaxone › Adults")
    children = own(2, "Give 100 mg/kg IV once daily for meningitis.", "Ceftriaxone › Children")
    quotes = quote("ceftriaxone dose child meningitis", (adults, children))
    assert quotes == ["Give 100 mg/kg IV once daily for meningitis. [2]"]
    assert quote("ceftriaxone dose adult meningitis", (children,)) == []


def test_a_row_for_another_weight_is_never_quoted():
    rows = own(
        1, "Weight (kg): 10; Paracetamol (mg): 150\nWeight (kg): 40; Paracetamol (mg): 600", ""
    )
    (only,) = quote("paracetamol dose child 10 kg", (rows,))
    assert only == "Weight (kg): 10; Paracetamol (mg): 150 [1]"
    assert quote("paracetamol dose child 18 kg", (rows,)) == []


def test_an_amount_under_another_medicine_is_never_quoted():
    passage = own(1, "Give 5 mg by nebuliser every 20 minutes.", "Asthma › Salbutamol")
    assert quote("ipratropium nebuliser dose asthma", (passage,)) == []
    assert quote("salbutamol nebuliser dose asthma", (passage,))


def test_an_item_is_quoted_with_the_line_that_leads_into_it():
    lead = "Do not give gentamicin in:"
    passage = own(1, f"{lead}\nKidney failure\nPregnancy", f"Gentamicin › {lead}")
    quotes = quote("gentamicin in pregnancy", (passage,))
    assert quotes[0] == "Do not give gentamicin in: Pregnancy [1]"
    assert f"{lead} [1]" not in quotes


def test_a_row_without_heads_and_a_footnote_are_left_to_the_sources():
    row = own(1, "Diazepam rectal; 10 kg; 5 mg; 1 ml", "Doses › Drug | Weight | Dose | Volume")
    note = own(2, "Diazepam rectal loading dose is 200* mg for a child.", "Doses")
    assert quote("diazepam rectal dose", (row, note)) == []


def test_what_the_user_added_leaves_room_for_what_the_handbook_says():
    wards = [f"Give a child with fever paracetamol {n} mg/kg in ward {n}." for n in range(20, 26)]
    added = own(1, "\n".join(wards), "Fever", "Fever")
    handbook = Evidence("s2", "Give a child with fever paracetamol 15 mg/kg.", "Fever")
    quotes = quote("paracetamol dose child fever", (added, handbook), Limits(max_sentences=3))
    assert len(quotes) == 3 and "15 mg/kg" in quotes[2]
    assert len(quote("paracetamol dose child fever", (added,), Limits(max_sentences=3))) == 3


def test_an_own_sentence_on_another_medicine_answers_nothing():
    book = Evidence(
        "s1",
        "Lidocaine is contraindicated in adults with heart block.\n"
        "Metformin is contraindicated in adults with kidney failure.",
        "Pharmacology", "Contraindications", shelf="own",
    )  # fmt: skip
    quotes = quote("contraindications of metformin", (book,))
    assert [q.split()[-1] for q in quotes] and all("Metformin" in q for q in quotes)
    aside = Evidence("s1", "Digoxin is contraindicated in heart block.", "Heart", shelf="own")
    assert quote("contraindications of metformin", (aside,)) == []


def test_an_own_sentence_beside_the_point_does_not_come_first(embedder):
    own = Evidence(
        "s1", "Studies of metformin were done in 1998 by the institute.", "Book", shelf="own"
    )
    handbook = Evidence(
        "s2", "Never give metformin to an adult with kidney failure.", "Diabetes", "Avoid"
    )
    question = "when is metformin contraindicated in kidney failure"
    assert quote(question, (own, handbook), embedder=embedder)[0].startswith("Never give")


def test_of_a_class_the_dose_of_a_member_comes_first():
    crisis = Evidence(
        "s1",
        "Severe pain in sickle cell crisis: give an adult morphine 10 mg.\n"
        "Add ibuprofen 400 mg by mouth every 8 hours for pain.",
        "Sickle cell crisis",
        "Treatment",
    )
    assert quote("NSAID dose in sickle cell crisis", (crisis,))[0].startswith("Add ibuprofen")


def test_what_did_the_harm_is_not_what_is_to_be_given():
    toxic = Evidence(
        "s1",
        "Magnesium sulfate in eclampsia is 4 g intravenously.\n"
        "For magnesium toxicity in eclampsia give calcium gluconate 1 g intravenously.",
        "Eclampsia",
        "Treatment",
    )
    asked = "magnesium toxicity in eclampsia: antidote and dose"
    assert quote(asked, (toxic,))[0].startswith("For magnesium toxicity")
