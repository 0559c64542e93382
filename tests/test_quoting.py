"""The generator without a model: what it picks, and that all it can pick passes the check."""

import threading

import pytest

from elara_local.engines.chat.quoting import Quoting, read_candidates, states_dose
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


@pytest.mark.parametrize(
    ("sentence", "medicines", "expected"),
    [
        ("Give oxytocin 10 units IM.", ["oxytocin"], True),
        ("If oxytocin fails, give ergometrine 0.2 mg IM.", ["oxytocin"], False),
        ("Give 10 units.", [], True),
        ("Give it early.", [], False),
        ("A child of 20 kg needs oxytocin.", ["oxytocin"], False),
    ],
)
def test_a_dose_is_an_amount_after_its_medicine(sentence, medicines, expected):
    assert states_dose(sentence, medicines) is expected


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
