"""What a quoted dose is for: real cards and topics, cut as for an index, and asked without one."""

from functools import cache

import pytest

from elara_local.cards import read_card
from elara_local.engines.chat.indications import is_one_word, read_matter, what_for
from elara_local.engines.chat.quoting import Quoting
from elara_local.ports import Limits, Message
from elara_local.records import Evidence
from elara_local.settings import HANDBOOK
from elara_local.text import words
from index.build import cut_all
from index.handbook import read_topic
from index.leaflets import make_leaflet, read_sources


@cache
def evidence(*names):
    """The passages of topics and, where a name ends on ".toml", of cards."""
    known = read_sources(HANDBOOK / "sources.toml")
    paths = [HANDBOOK / "medicines" / n if n.endswith(".toml") else HANDBOOK / n for n in names]
    topics = [
        make_leaflet(read_card(p), p, known) if p.suffix == ".toml" else read_topic(p)
        for p in paths
    ]
    _, passages = cut_all(topics)
    return tuple(
        Evidence(f"s{n}", p.text, p.title, p.section, p.populations, p.start, "handbook")
        for n, p in enumerate(passages, start=1)
    )


def quote(question, *names, count=6):
    asked = [Message("user", "", evidence(*names), question)]
    tokens = list(Quoting().generate(asked, Limits(max_sentences=count)))
    return [token.text.strip() for token in tokens[:-1]]


def what_for_whom(sentence):
    return sentence.partition(":")[0]


MAGNESIUM = ("magnesium-sulfate.toml", "pre-eclampsia-and-eclampsia.md")


@pytest.mark.parametrize(
    "question",
    [
        "dose of magnesium sulfate in eclampsia",
        "Quelle est la dose de sulfate de magnésium dans l'éclampsie ?",
        "dosis de sulfato de magnesio en la eclampsia",
        "dose de sulfato de magnésio na eclâmpsia",
    ],
)
def test_no_dose_for_another_indication_than_the_one_asked_about(question):
    quotes = quote(question, *MAGNESIUM)
    assert any("4 g" in q for q in quotes)
    doses = [q for q in quotes if what_for(q)]
    assert doses and all("eclampsia" in what_for_whom(q) for q in doses)


def test_the_dose_of_a_contact_is_for_contacts():
    contact = "close contact of meningococcal meningitis"
    asked = "ceftriaxone dose for 4 year old with bacterial meningitis"
    quotes = quote(asked, "ceftriaxone.toml", "meningitis.md")
    assert any("100 mg/kg" in q for q in quotes) and not any(contact in q for q in quotes)
    assert not any(
        contact in q for q in quote("ceftriaxone dose meningitis child", "ceftriaxone.toml")
    )
    asked = "ceftriaxone dose child, close contact of meningococcal meningitis"
    assert any(contact in q for q in quote(asked, "ceftriaxone.toml"))


def test_normal_kidneys_are_not_weak_ones():
    quotes = quote(
        "enoxaparin dose for deep vein thrombosis, adult 70 kg, normal kidneys", "enoxaparin.toml"
    )
    assert any("1 mg/kg subcutaneously every 12 hours" in q for q in quotes)
    assert not quotes[0].count("creatinine clearance")


def test_an_answer_about_a_section_of_the_card_stops_there():
    quotes = quote("can a breastfeeding mother take doxycycline", "doxycycline.toml")
    assert len(quotes) == 1 and quotes[0].startswith("A breastfeeding woman")
    quotes = quote("paracetamol and warfarin interaction", "paracetamol.toml", "warfarin.toml")
    assert quotes and all({"warfarin", "paracetamol"} <= set(words(q)) for q in quotes)
    quotes = quote("what strengths does amoxicillin come in", "amoxicillin.toml")
    assert quotes and all(q.startswith("Amoxicillin comes as") for q in quotes)
    quotes = quote("antidote for heparin overdose", "heparin.toml")
    assert quotes[0].startswith("Protamine sulfate is the antidote")
    assert not any("subcutaneously" in q for q in quotes)


def test_kidney_doses_and_the_kidney_section_answer_together():
    quotes = quote("gentamicin dose in renal failure", "gentamicin.toml")
    assert any("kidney failure" in q for q in quotes)
    assert any(q.startswith("In kidney disease gentamicin") for q in quotes)
    assert not any("normal kidneys" in q for q in quotes)


def test_a_medicine_alone_gives_its_main_indications_for_whom_is_asked():
    quotes = quote("gentamicin dose", "gentamicin.toml")
    grown = ["adult" in what_for_whom(q) for q in quotes]
    assert len(quotes) == 6 and grown == sorted(grown, reverse=True) and sum(grown) == 3
    assert len({what_for(q) for q in quotes}) == 6
    assert not any(
        "adult" in what_for_whom(q) for q in quote("gentamicin dose child", "gentamicin.toml")
    )
    assert all(
        "adult" in what_for_whom(q) for q in quote("paracetamol dose adult", "paracetamol.toml")[:1]
    )


def test_what_not_to_give_is_shown_for_a_class():
    asked = "NSAID dose in dengue"
    quotes = quote(asked, "dengue.md", "ibuprofen.toml")
    assert any(q.startswith("Do not give aspirin, ibuprofen") for q in quotes)


def test_words_are_one_in_several_forms_and_languages():
    assert is_one_word("convulsing", "convulsions") and is_one_word("gonorreia", "gonorrhoea")
    assert not is_one_word("meningitis", "meningococcal")
    assert not is_one_word("hypotension", "hypertension")
    assert read_matter("What is the dose of gentamicin for a child of 10 kg?") == set()
    assert what_for("Iron for anaemia in pregnancy, adult woman: 60 mg.") == "anaemia in pregnancy"
