from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.screening.phrases import Lexicon, distance, fold, tokens


def found(phrase, text, real_words=()):
    words = tokens(text)
    hits = Lexicon({("k", "k"): [phrase]}, real_words).find(words)
    return [text[words[hit.start].start : words[hit.end - 1].end] for hit in hits]


@pytest.mark.parametrize(
    ("phrase", "text", "hits"),
    [
        (
            "chest pain|tightness",
            "Chest PAIN and chest-tightness",
            ["Chest PAIN", "chest-tightness"],
        ),
        ("bleed*", "bleeding, bleeds", ["bleeding", "bleeds"]),
        ("vomit* .. blood", "vomiting a lot of blood", ["vomiting a lot of blood"]),
        ("vomit* .. blood", "vomiting a lot of very dark red blood", []),
        ("chest pain", "chest. Pain in the leg", []),
        ("pain", "painting", []),
        ("convulsions", "convlusions", ["convlusions"]),
        ("convulsions", "convulsons", ["convulsons"]),
        ("=stroke", "stroek", []),
        ("stroke", "stroek", ["stroek"]),
        ("fits", "fist", []),
        ("étouffe", "etouffe ÉTOUFFE", ["etouffe", "ÉTOUFFE"]),
        ("cant breathe", "can’t breathe", ["can’t breathe"]),
        ("l enfant", "l'enfant", ["l'enfant"]),
        ("10+ tablets", "10 tablets, 2 tablets, 40 tablets", ["10 tablets", "40 tablets"]),
        ("chest pain", "chestpain", ["chestpain"]),
        ("not able", "notable", []),
    ],
)
def test_find(phrase, text, hits):
    assert found(phrase, text) == hits


def test_a_real_word_is_no_misspelling():
    assert found("confusion", "contusion") == ["contusion"]
    assert found("confusion", "contusion", ["contusion"]) == []


@pytest.mark.parametrize("phrase", ["", "..", "pain ..", ".. pain", "ab*", "!"])
def test_a_useless_phrase_is_refused(phrase):
    with pytest.raises(ValueError, match="gap|word"):
        Lexicon({("k", "k"): [phrase]})


def test_sentences_and_clauses_are_counted():
    words = tokens("No pain, T 38.5. Cough; worse\nnow")
    assert [word.word for word in words] == ["no", "pain", "t", "38.5", "cough", "worse", "now"]
    assert [word.sentence for word in words] == [0, 0, 0, 0, 1, 2, 3]
    assert words[1].clause != words[2].clause


def test_distance_counts_a_swap_once():
    assert distance("stroke", "stroke") == 0
    assert distance("stroke", "stroek") == 1
    assert distance("stroke", "stoke") == 1
    assert distance("stroke", "") == 6


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_tokens_lie_in_the_text_in_order(text):
    words = tokens(text)
    assert all(0 <= w.start < w.end <= len(text) for w in words)
    assert all(one.end <= two.start for one, two in zip(words, words[1:], strict=False))
    assert all(fold(text[w.start : w.end]) == w.word for w in words)


def find(phrase, text, **more):
    return [
        text[words[m.start].start : words[m.end - 1].end]
        for words in [tokens(text)]
        for m in Lexicon({("k", "v"): [phrase]}, **more).find(words)
    ]


def test_parts_stand_in_either_order():
    assert find("foot ~ cold", "my foot has gone cold") == ["foot has gone cold"]
    assert find("foot ~ cold", "a cold and pale foot") == ["cold and pale foot"]
    with pytest.raises(ValueError, match="parts"):
        Lexicon({("k", "v"): ["a ~ b ~ c ~ d"]})


def test_a_wide_gap_does_not_leap_over_a_denial():
    text = "vomiting since the morning with much blood"
    assert find("vomiting ... blood", text) == [text]
    assert find("vomiting ... blood", "vomiting but no blood", barred=["no"]) == []
    assert find("vomiting ... no blood", "vomiting but no blood", barred=["no"])
    assert find("vomiting .. blood", "vomiting but no blood", barred=["no"])
