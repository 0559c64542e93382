from __future__ import annotations

import dataclasses
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from elara_local.records import (
    WORKED,
    Answer,
    Confidence,
    Discord,
    Emergency,
    FiredRule,
    Provenance,
    Refusal,
    Sentence,
    Source,
    Statement,
    Timings,
)
from elara_local.render import escape_markdown, review_words, to_markdown, to_text

SOURCE = Source(
    id="s1",
    title="Severe malaria",
    section="Treatment › Children",
    page=4,
    edition="2026-11",
    review="unreviewed",
    document="severe-malaria.md",
    quote="Children under 20 kg receive 3 mg/kg per dose.",
    start=0,
    end=46,
    score=0.9,
)
ANSWER = Answer(
    question="child 15 kg severe malaria artesunate dose?",
    language="en",
    role="professional",
    asked_in_english="child 15 kg severe malaria artesunate dose?",
    emergency=Emergency(
        "emergency", (FiredRule("sepsis-meningitis", ("severe malaria",), "Treat at once."),)
    ),
    refusal=None,
    status="answered",
    text="Give 3 mg/kg per dose.",
    sentences=(Sentence("Give 3 mg/kg per dose.", ("s1",), "supported"),),
    sources=(SOURCE,),
    confidence=Confidence("moderate", ("1 passage.", "Not clinically reviewed.")),
    notes=("One sentence was dropped.",),
    disclaimer="Check doses.",
    timings_ms=Timings(),
    provenance=Provenance(chat_model="starter", index="abc", rules="1"),
)


DISCORD = Discord(
    "artesunate",
    (
        Statement("s1", "Give 3 mg/kg.", "National guideline", "2026"),
        Statement("s2", "Give 2.4 mg/kg.", "Older guideline", ""),
    ),
)


def test_sources_that_differ_are_told_before_the_sources():
    answer = dataclasses.replace(ANSWER, discords=(DISCORD,))
    text = to_text(answer)
    told = text.index("!! SOURCES DIFFER on artesunate")
    assert told < text.index('[s1] National guideline, edition 2026: "Give 3 mg/kg."')
    assert text.index('Older guideline, no date given: "Give 2.4 mg/kg."') < text.index(
        "[s1] Severe"
    )
    sheet = to_markdown(answer)
    assert sheet.index("SOURCES DIFFER") < sheet.index("## Sources")
    assert "SOURCES DIFFER" not in to_text(ANSWER) + to_markdown(ANSWER)


def test_a_source_says_its_pages_whose_it_is_and_what_to_know_of_it():
    own = dataclasses.replace(SOURCE, page_to=5, review="own", notice="retracted")
    text = " ".join(to_text(dataclasses.replace(ANSWER, sources=(own,))).split())
    assert "[s1] RETRACTED: Severe malaria" in text and "pp. 4-5, edition 2026-11" in text
    assert "your document, not checked by Elara" in text
    assert ", p. 4, " in to_text(ANSWER)


def test_text_has_every_part_in_order():
    text = to_text(ANSWER)
    parts = [
        "!! EMERGENCY !!",
        "severe malaria",
        "Treat at once.",
        "Give 3 mg/kg per dose. [s1]",
        "[s1] Severe malaria › Treatment › Children, p. 4, edition 2026-11, not clinically",
        '"Children under 20 kg receive 3 mg/kg per dose."',
        "Confidence: moderate (1 passage. Not clinically reviewed.)",
        "Note: One sentence was dropped.",
        "Check doses.",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert all(len(line) <= 88 for line in text.splitlines())


def test_no_emergency_leaves_no_banner():
    calm = dataclasses.replace(ANSWER, emergency=Emergency())
    assert "!!" not in to_text(calm)
    assert "EMERGENCY" not in to_markdown(calm)


def test_refusal_and_silence_are_said():
    refused = dataclasses.replace(
        ANSWER, status="refused", refusal=Refusal("illicit", "I can't help."), sentences=()
    )
    assert "I can't help." in to_text(refused)
    assert "can't help" in to_markdown(refused)
    silent = dataclasses.replace(ANSWER, status="not_in_sources", sentences=())
    assert "Not in the installed sources" in to_text(silent)
    assert "Not in the installed sources" in to_markdown(silent)


def test_an_unsupported_sentence_is_marked():
    shaky = dataclasses.replace(ANSWER, sentences=(Sentence("Give 9 g.", ("s1",)),))
    assert "not supported by the source" in to_text(shaky)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("unreviewed", "not clinically reviewed"),
        ("", "not clinically reviewed"),
        ("reviewed by Dr A, 2026", "reviewed by Dr A, 2026"),
    ],
)
def test_review_words(status, words):
    assert review_words(status) == words


ATTACK = "![x](http://a.b/c.png) <script>alert(1)</script>\n# Title\n[l](http://a.b) `c` **b** | t"


def kinds_of(markdown):
    found = set()
    for token in MarkdownIt("commonmark").enable("table").parse(markdown):
        found.add(token.type)
        found |= {child.type for child in token.children or ()}
    return found


def attacked(text):
    return dataclasses.replace(
        ANSWER,
        question=text,
        sentences=(Sentence(text, (text,), "quoted"),),
        sources=(dataclasses.replace(SOURCE, title=text, section=text, quote=text, edition=text),),
        emergency=Emergency("urgent", (FiredRule("shock", (text,), text),)),
        notes=(text,),
        disclaimer=text,
    )


FOREIGN = {"link_open", "image", "html_block", "html_inline", "code_inline", "fence", "code_block"}


def test_foreign_text_stays_text():
    sheet = to_markdown(attacked(ATTACK))
    assert not kinds_of(sheet) & FOREIGN
    assert "<script>" not in MarkdownIt("commonmark").render(sheet)
    assert sheet.count("\n# ") + sheet.startswith("# ") == 1


def test_escape_keeps_the_words():
    rendered = MarkdownIt("commonmark").render(escape_markdown("3 mg/kg * 15 kg = 45 mg [1]"))
    assert rendered == "<p>3 mg/kg * 15 kg = 45 mg [1]</p>\n"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_renders_and_stays_text(text):
    answer = attacked(text)
    shown = to_text(answer)
    assert "\x00" not in shown and "\x1b" not in shown and "\u202e" not in shown
    assert not kinds_of(to_markdown(answer)) & FOREIGN


@pytest.mark.parametrize("show", [to_text, lambda answer: to_markdown(answer).replace("\\", "")])
def test_an_alarm_without_an_answer_says_that_the_passages_are_only_near(show):
    near = "Not in the installed sources."
    alone = dataclasses.replace(ANSWER, status="escalated", sentences=())
    assert near in show(alone)
    assert near not in show(dataclasses.replace(alone, sources=()))
    stopped = dataclasses.replace(ANSWER, status="quoted", sentences=())
    assert "word for word" not in show(stopped)


def test_what_code_worked_out_is_told_beside_the_quotes():
    worked = Sentence("15 kg × 3 mg/kg = 45 mg per dose, by code.", ("s1",), "supported", (WORKED,))
    quoted = replace(ANSWER, status="quoted")
    assert "by code" not in to_text(quoted)
    text = to_text(replace(quoted, sentences=(*ANSWER.sentences, worked)))
    assert "word for word. Lines marked 'by code' are worked out" in text
    assert "15 kg × 3 mg/kg = 45 mg per dose, by code. [s1]" in text
