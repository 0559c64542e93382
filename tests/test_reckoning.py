"""What code works out from a quoted dose: where it stands, what it cites, when there is none."""

import json
from dataclasses import replace

import pytest

from elara_local import reckoning
from elara_local.assistant import Assistant
from elara_local.cards import dose_sentence, form_sentence, read_card
from elara_local.engines.chat.quoting import Quoting
from elara_local.errors import WrongFile
from elara_local.events import Finished, Shown, as_json
from elara_local.passages.folder import open_index
from elara_local.patient import read_patient
from elara_local.ports import Token, Usage
from elara_local.reckoning import find_words, read_stored, supply, surround, warn
from elara_local.records import WORKED, Hit, Provenance, Question, Sentence
from elara_local.retrieve import Retriever
from elara_local.roles import read_roles
from elara_local.settings import HANDBOOK, PREBUILT_INDEX
from elara_local.sources import sources_of
from elara_local.turn import Turn

ASKED = "child 15 kg severe malaria artesunate dose?"
LINE = "15 kg × 3 mg/kg = 45 mg per dose, by code"


@pytest.fixture(scope="module")
def index():
    opened = open_index(PREBUILT_INDEX)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def passages(index):
    """The passages of every medicine card, by document."""
    found = {}
    for passage in index.store.passages():
        found.setdefault(passage.document, []).append(replace(passage, shelf="handbook"))
    return found


@pytest.fixture
def turn_of(passages):
    def make(question, *documents, role="professional"):
        turn = Turn(Question(question), read_roles()[role], Provenance())
        turn.asked = turn.english = turn.read = question
        turn.patient = read_patient(question)
        cards = [p for d in documents for p in passages[d] if p.section.startswith("Dose for")]
        turn.hits = tuple(Hit(p, 1.0) for p in cards)
        turn.sources = sources_of(turn.hits, question)
        return turn

    return make


@pytest.fixture
def finder(passages):
    return lambda document, words: find_words(passages.get(document, []), document, words)


def quote(turn, document, amount, who):
    card = read_stored(document)
    text = next(dose_sentence(card, d) for d in card.doses if d.amount == amount and who in d.who)
    source = next(s for s in turn.sources if text in " ".join(s.context.split()))
    return Sentence(text, (source.id,), "quoted")


def test_the_line_stands_right_after_the_quoted_dose_and_cites_its_source(turn_of, finder):
    turn = turn_of(ASKED, "medicine-artesunate")
    sentence = quote(turn, "medicine-artesunate", "3 mg/kg", "under 20 kg")
    first, line = list(surround(turn, sentence, finder))
    assert first == sentence
    assert line.text.startswith(LINE) and line.citations == sentence.citations
    assert (line.support, line.reasons) == ("supported", (WORKED,))


def test_the_dose_for_another_weight_gets_no_line(turn_of, finder):
    turn = turn_of(ASKED, "medicine-artesunate")
    other = quote(turn, "medicine-artesunate", "2.4 mg/kg", "20 kg or more")
    assert list(surround(turn, other, finder)) == [other]


@pytest.mark.parametrize(
    "change",
    [
        lambda s: replace(s, text=s.text.replace("3 mg/kg", "5 mg/kg")),
        lambda s: replace(s, support="supported"),
        lambda s: replace(s, citations=()),
        lambda s: replace(s, text=s.text.split(";")[0] + "."),
    ],
)
def test_words_that_are_not_the_cards_get_no_line(turn_of, finder, change):
    turn = turn_of(ASKED, "medicine-artesunate")
    sentence = change(quote(turn, "medicine-artesunate", "3 mg/kg", "under 20 kg"))
    assert list(surround(turn, sentence, finder)) == [sentence]


def test_a_source_that_lacks_the_sentence_gives_no_line_and_a_note(turn_of, finder):
    turn = turn_of(ASKED, "medicine-artesunate")
    sentence = quote(turn, "medicine-artesunate", "3 mg/kg", "under 20 kg")
    turn.sources = tuple(replace(s, context="Another edition.") for s in turn.sources)
    assert list(surround(turn, sentence, finder)) == [sentence]
    assert any("not word for word" in note for note in turn.notes)


def test_a_users_document_that_says_it_is_a_card_is_none(turn_of, finder):
    turn = turn_of(ASKED, "medicine-artesunate")
    sentence = quote(turn, "medicine-artesunate", "3 mg/kg", "under 20 kg")
    turn.sources = tuple(replace(s, shelf="own") for s in turn.sources)
    assert list(surround(turn, sentence, finder)) == [sentence]


def test_a_card_that_cannot_be_read_leaves_the_quote_and_a_note(turn_of, finder, monkeypatch):
    def fail(document):
        raise WrongFile("x.toml: broken.", "Restore it.")

    turn = turn_of(ASKED, "medicine-artesunate")
    sentence = quote(turn, "medicine-artesunate", "3 mg/kg", "under 20 kg")
    monkeypatch.setattr(reckoning, "read_stored", fail)
    assert list(surround(turn, sentence, finder)) == [sentence]
    assert any("Nothing was worked out" in note for note in turn.notes)


@pytest.mark.parametrize(
    "question, note",
    [
        ("artesunate dose severe malaria child", "Give the weight in kg"),
        ("artesunate dose severe malaria child weight 15", "The weight has no unit."),
        ("artesunate dose severe malaria child 15 kg or 20 kg", "several weights"),
        ("artesunate dose severe malaria 5 year old 3 kg", "A weight of 3 kg at this age"),
        ("artesunate dose severe malaria 2 year old 150 kg", "A weight of 150 kg at this age"),
    ],
)
def test_what_lacks_or_cannot_be_is_said_and_nothing_is_worked_out(turn_of, finder, question, note):
    turn = turn_of(question, "medicine-artesunate")
    sentence = quote(turn, "medicine-artesunate", "3 mg/kg", "under 20 kg")
    assert list(surround(turn, sentence, finder)) == [sentence]
    assert any(note in told for told in turn.notes), turn.notes


def test_the_source_of_the_limits_is_named(turn_of, finder):
    turn = turn_of("artesunate dose severe malaria 2 year old 150 kg", "medicine-artesunate")
    list(surround(turn, quote(turn, "medicine-artesunate", "3 mg/kg", "under 20 kg"), finder))
    assert any("WHO growth standards 2006, widened: 4.6 to 21.4 kg" in note for note in turn.notes)


def test_the_volume_cites_the_forms_of_the_card_as_well(turn_of, finder):
    turn = turn_of("paracetamol dose by mouth for fever, child 12 kg", "medicine-paracetamol")
    sentence = quote(turn, "medicine-paracetamol", "15 mg/kg", "child 1 month")
    _, line, volume = list(surround(turn, sentence, finder))
    assert line.text.startswith("12 kg × 15 mg/kg = 180 mg per dose, by code")
    assert volume.text == "180 mg = 7.5 mL of the 120 mg/5 mL oral liquid, by code."
    home = next(s for s in turn.sources if s.id == volume.citations[-1])
    assert home.section == "Forms" and "oral liquid" in home.quote


def test_without_the_forms_in_the_index_there_is_no_volume(turn_of):
    turn = turn_of("paracetamol dose by mouth for fever, child 12 kg", "medicine-paracetamol")
    sentence = quote(turn, "medicine-paracetamol", "15 mg/kg", "child 1 month")
    assert len(list(surround(turn, sentence, lambda document, words: None))) == 2


def test_what_is_forbidden_in_pregnancy_is_said_first_and_not_worked_out(turn_of, finder):
    turn = turn_of(
        "sodium valproate dose epilepsy pregnant woman 60 kg", "medicine-sodium-valproate"
    )
    card = read_stored("medicine-sodium-valproate")
    sentence = quote(turn, "medicine-sodium-valproate", "300 mg", "adult")
    first, second = list(surround(turn, sentence, finder))
    assert first.text == card.pregnancy.text and first.support == "quoted"
    assert second == sentence
    assert any("No dose of sodium valproate was worked out" in note for note in turn.notes)


def test_kidney_function_is_asked_about_where_the_card_changes_the_dose(turn_of, finder):
    turn = turn_of("gentamicin dose newborn sepsis 10 days old 3 kg", "medicine-gentamicin")
    sentence = quote(turn, "medicine-gentamicin", "7.5 mg/kg", "after the first week")
    line = list(surround(turn, sentence, finder))[1]
    assert "kidney function not given: the card lists an adjustment" in line.text


def test_for_a_patient_every_line_says_to_check_it(turn_of, finder):
    turn = turn_of(
        "paracetamol dose for fever, child 12 kg", "medicine-paracetamol", role="patient"
    )
    sentence = quote(turn, "medicine-paracetamol", "15 mg/kg", "child 1 month")
    assert "check it with a health worker" in list(surround(turn, sentence, finder))[1].text


def test_a_draft_in_other_words_gets_the_cards_dose_and_its_line(turn_of, finder):
    turn = turn_of(ASKED, "medicine-artesunate")
    quoted, line = list(supply(turn, finder))
    assert quoted.support == "quoted" and "child under 20 kg: 3 mg/kg" in quoted.text
    assert line.text.startswith(LINE)


def test_no_dose_for_such_a_person_is_said(turn_of, finder):
    turn = turn_of("ibuprofen dose newborn 3 kg", "medicine-ibuprofen")
    assert list(supply(turn, finder)) == []
    assert turn.notes == ["The medicine card of ibuprofen gives no dose for this person."]


def test_every_dose_and_form_of_the_cards_is_in_the_index_word_for_word(passages):
    for document, found in passages.items():
        if document.startswith("medicine-"):
            card, text = read_stored(document), " ".join(" ".join(p.text for p in found).split())
            assert all(dose_sentence(card, dose) in text for dose in card.doses), document
            assert all(form_sentence(card, form) in text for form in card.forms), document


def test_the_cards_are_those_of_the_handbook():
    path = HANDBOOK / "medicines" / "artesunate.toml"
    assert read_stored("medicine-artesunate") == read_card(path)


class Writer:
    """A generator that writes what it is given."""

    def __init__(self, text):
        self.text = text

    def generate(self, messages, limits):
        yield Token(self.text)
        yield Token("", Usage(0, 0, 1, 0.0, 0.0))


@pytest.fixture(scope="module")
def assistant(index, embedder):
    def make(written=""):
        generators = {"quoting": Quoting(embedder), "writer": Writer(written)}
        name = "writer" if written else "quoting"
        retriever = Retriever(index, embedder)
        return Assistant(retriever, generators, name, read_roles(), Provenance())

    return make


@pytest.mark.parametrize("written", ["", "Artesunate by injection is the first choice. [1]"])
def test_the_line_is_in_the_answer_whoever_writes_it(assistant, written):
    events = list(assistant(written).answer(Question(ASKED)))
    assert isinstance(events[-1], Finished)
    answer = events[-1].answer
    place = next(n for n, s in enumerate(answer.sentences) if s.is_worked)
    assert "child under 20 kg: 3 mg/kg" in answer.sentences[place - 1].text
    assert answer.sentences[place].text.startswith(LINE)
    assert [e.sentence for e in events if isinstance(e, Shown)] == list(answer.sentences)
    told = json.loads(json.dumps(as_json(answer)))["sentences"][place]
    assert set(told) == {"text", "citations", "support", "reasons"}
    cited = next(s for s in answer.sources if s.id == told["citations"][0])
    assert "3 mg/kg" in cited.quote


def test_what_is_stopped_at_this_clearance_is_said_before_a_dose_for_better_kidneys(
    turn_of, finder
):
    turn = turn_of("metformin dose adult creatinine clearance 25", "medicine-metformin")
    sentence = quote(turn, "medicine-metformin", "500 mg", "45 mL/min")
    first, second = list(surround(turn, sentence, finder))
    assert "stopped below 30" in first.text and second == sentence
    better = turn_of("metformin dose adult creatinine clearance 50", "medicine-metformin")
    assert list(surround(better, sentence, finder))[0] == sentence


def test_a_warning_stands_before_the_dose_and_keeps_it_from_being_worked_out(turn_of, finder):
    turn = turn_of("penicillin allergy, 12 kg, amoxicillin dose pneumonia", "medicine-amoxicillin")
    first, *_ = turn.sentences = list(warn(turn, finder))
    assert "any penicillin" in first.text and first.support == "quoted"
    assert [*supply(turn, finder)] == []
    assert any("No dose of amoxicillin was worked out" in note for note in turn.notes)


def test_nothing_is_worked_out_of_a_medicine_beside_the_one_asked_for(turn_of, finder):
    turn = turn_of("ceftriaxone dose child 14 kg meningitis", "medicine-chloramphenicol")
    sentence = quote(turn, "medicine-chloramphenicol", "25 mg/kg", "child 2 months")
    assert list(surround(turn, sentence, finder)) == [sentence]


def test_a_warning_of_a_card_that_was_not_found_is_taken_from_the_index(turn_of, finder):
    turn = turn_of("simvastatin dose 60 kg on clarithromycin", "medicine-ibuprofen")
    found = [sentence.text for sentence in warn(turn, finder)]
    assert any("Do not give simvastatin" in text for text in found)
    assert "simvastatin" in turn.barred
