"""Cleaning, sentences and words: tables of real sentences, and properties over any text."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elara_local.text import (
    HIDDEN_CATEGORIES,
    LINE_BREAKS,
    VARIATION_SELECTORS,
    clean_text,
    sentence_spans,
    words,
)


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in sentence_spans(text)]


WHOLE = [
    "Give artesunate 2.4 mg/kg at 0, 12 and 24 hours.",
    "Give fluids, e.g. Ringer's lactate, over 30 minutes.",
    "Give ceftriaxone i.v. Artesunate can wait.",
    "Call Dr. Mensah at once.",
    "The dose is approx. 45 mg.",
    "1. Open the airway.",
    "a. Open the airway.",
    "See fig. 2 and table no. 5 for max. 60 mg.",
    "Infection with E. coli or S. aureus is likely.",
    "The score is 3.5, i.e. Low risk.",
    "Wait... then look again.",
    "Dose .5 mg is written 0.5 mg.",
]


@pytest.mark.parametrize("text", WHOLE)
def test_one_sentence_is_not_cut(text):
    assert cut(text) == [text]


CUT = [
    ("Give ORS. Refer at once.", ["Give ORS.", "Refer at once."]),
    ("Is it severe? Yes! Refer.", ["Is it severe?", "Yes!", "Refer."]),
    ("Give vitamin K. Keep warm.", ["Give vitamin K.", "Keep warm."]),
    ("Give 5. Then stop.", ["Give 5.", "Then stop."]),
    ("He said “stop.” Then he left.", ["He said “stop.”", "Then he left."]),
    ("One line\nanother line", ["One line", "another line"]),
    ("- Give ORS\n- Give zinc", ["- Give ORS", "- Give zinc"]),
    ("Signs: • fever • cough", ["Signs:", "• fever", "• cough"]),
    ("1. Give ORS. 2. Refer.", ["1. Give ORS.", "2. Refer."]),
    ("No. Give none.", ["No.", "Give none."]),
    ("发热。咳嗽。", ["发热。", "咳嗽。"]),
    ("Give ORS.\r\n\r\nRefer.", ["Give ORS.", "Refer."]),
    ("Donner le SRO. Évacuer.", ["Donner le SRO.", "Évacuer."]),
    ("", []),
    (" \n ", []),
]


@pytest.mark.parametrize(("text", "expected"), CUT)
def test_sentences_are_cut(text, expected):
    assert cut(text) == expected


@given(st.text(max_size=300))
def test_spans_are_ordered_and_hold_every_visible_character(text):
    spans = sentence_spans(text)
    assert all(start < end for start, end in spans)
    assert all(first[1] <= second[0] for first, second in zip(spans, spans[1:], strict=False))
    held = "".join("".join(text[start:end].split()) for start, end in spans)
    assert held == "".join(text.split())


@given(st.text(alphabet="ab. 1\n[]•)A!i.v", max_size=60), st.integers(0, 60))
def test_all_spans_but_the_last_survive_more_text(text, cutting):
    early = sentence_spans(text[:cutting])
    assert sentence_spans(text)[: max(len(early) - 1, 0)] == early[:-1]


CLEAN = [
    ("  fever\t and   cough ", "fever and cough"),
    ("no fever\r\n\r\n chest pain", "no fever\nchest pain"),
    ("para\x00ce\u200btamol", "paracetamol"),
    ("\u202edose\u202c \u2066x\u2069", "dose x"),
    ("hi\U000e0041\U000e0042", "hi"),
    ("e\u0301tat", "état"),
    ("soft\u00adhyphen \ufeffmark", "softhyphen mark"),
    ("\ud800lone", "lone"),
]


@pytest.mark.parametrize(("text", "expected"), CLEAN)
def test_hidden_characters_go_and_spaces_fold(text, expected):
    assert clean_text(text, 1000) == expected


def test_text_is_cut_at_the_limit():
    assert clean_text("a" * 100_000, 4000) == "a" * 4000
    assert clean_text("abc def", 4) == "abc"
    assert clean_text("abc", 0) == ""


@given(st.text(max_size=200), st.integers(0, 250))
def test_cleaning_twice_changes_nothing(text, limit):
    once = clean_text(text, limit)
    assert clean_text(once, limit) == once
    assert len(once) <= limit
    assert unicodedata.is_normalized("NFC", once)
    once.encode("utf-8")


def clean_by_characters(text):
    """What clean_text promises, one character at a time."""
    text = "".join("\n" if char in LINE_BREAKS else char for char in text)
    seen = [c for c in text if c in "\n\t" or unicodedata.category(c) not in HIDDEN_CATEGORIES]
    seen = unicodedata.normalize("NFC", VARIATION_SELECTORS.sub("", "".join(seen)))
    return re.sub(r"\s+", lambda run: "\n" if "\n" in run.group() else " ", seen).strip()


ODD = st.sampled_from(
    " \n\t\r\x00\x1f\x85\xa0\xad\u2009\u200b\u2028\ufe0f\ue000\U000e0101a5e\u0301"
)


@given(st.text(st.one_of(ODD, st.characters()), max_size=60))
def test_cleaning_whole_texts_is_cleaning_each_character(text):
    assert clean_text(text, 1000) == clean_by_characters(text)


def test_words_keep_decimals_accents_and_contractions():
    assert words("Don't give 2.4 mg/kg; 1,000 mL") == [
        "don't",
        "give",
        "2.4",
        "mg",
        "kg",
        "1,000",
        "ml",
    ]
    assert words("Pré-éclampsie SpO2 3mg") == ["pré", "éclampsie", "spo2", "3", "mg"]
    assert words("l’enfant n’est pas") == ["l", "enfant", "n", "est", "pas"]
    assert words("woman’s") == ["woman's"]
    assert words("") == []


@given(st.text(max_size=200))
def test_words_are_casefolded_and_free_of_space(text):
    for word in words(text):
        assert word == word.strip() != ""
        assert not any(char.isspace() for char in word)


def test_a_reference_mark_after_a_stop_ends_its_sentence():
    """Raised figures only: a plain figure may be a dose that lost its space."""
    text = "Keep the limb still.¹ Do not cut it.²,³ Give 2.5 mg/m².⁴ e.g.¹ Never."
    found = [text[start:end] for start, end in sentence_spans(text)]
    assert found[:3] == [
        "Keep the limb still.¹",
        "Do not cut it.²,³",
        "Give 2.5 mg/m².⁴ e.g.¹ Never.",
    ]
    for whole in (
        "Take it after meals.2 Tablets twice a day",
        "Give 10.5² of it",
        "Area 3 m² is it",
    ):
        assert sentence_spans(whole) == [(0, len(whole))]
