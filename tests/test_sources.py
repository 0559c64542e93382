import pytest

from elara_local.records import Hit, Passage, Sentence
from elara_local.sources import evidence_of, locate, mark_sources, sources_of

TEXT = "Give zinc 20 mg once daily.\nDo not give aspirin to a child. Aspirin harms the child."
DOCUMENT = "Fever\n\nTreatment\n" + TEXT


def hits():
    start = DOCUMENT.index(TEXT)
    passage = Passage(0, "fever", "Fever", "Treatment", TEXT, start, start + len(TEXT))
    return [Hit(passage, 0.9, 1.0, 0.7)]


def test_a_source_quotes_the_sentence_nearest_to_the_question():
    (source,) = sources_of(hits(), "may a child have aspirin?")
    assert source.quote == "Do not give aspirin to a child."
    assert DOCUMENT[source.start : source.end] == source.quote
    assert (source.id, source.cited, source.marks) == ("s1", False, ())


def test_the_quote_spans_all_that_is_cited_and_marks_each_sentence():
    sentences = [
        Sentence("Aspirin harms the child.", ("s1",), "quoted"),
        Sentence("Give zinc 20 mg once daily.", ("s1",), "quoted"),
    ]
    (source,) = mark_sources(sources_of(hits(), "zinc"), sentences)
    assert source.cited
    assert [TEXT[a:b] for a, b in source.marks] == [s.text for s in reversed(sentences)]
    assert source.quote == TEXT
    assert DOCUMENT[source.start : source.end] == source.quote


def test_a_source_that_is_not_cited_keeps_its_quote():
    sources = sources_of(hits(), "zinc")
    assert mark_sources(sources, [Sentence("x", ("s2",))]) == sources


def test_words_are_located_across_folded_space_and_by_nearness():
    passage = "One two  three\nfour. Five six."
    assert passage[slice(*locate("One two three four.", passage))] == "One two  three\nfour."
    assert passage[slice(*locate("six five", passage))] == "Five six."


def test_evidence_is_numbered_from_one():
    assert [e.id for e in evidence_of(hits() * 2)] == ["s1", "s2"]


def hit_on(text, **facts):
    return Hit(Passage(0, "d", "T", "S", text, 10, 10 + len(text), **facts), 0.9)


def test_a_source_names_the_page_of_the_words_it_quotes():
    text = "Give fluids on page four. Give zinc 20 mg on page five."
    second = 10 + text.index("Give zinc")
    hit = hit_on(text, page_from=4, page_to=5, breaks=((second, 5),))
    (source,) = sources_of([hit], "zinc")
    assert (source.page, source.page_to) == (5, 5)
    (source,) = sources_of([hit], "fluids")
    assert (source.page, source.page_to) == (4, 4)
    marked = mark_sources(
        (source,),
        [Sentence("Give zinc 20 mg on page five.", ("s1",), "quoted")],
    )[0]
    assert (marked.page, marked.quote) == (5, "Give zinc 20 mg on page five.")


def test_a_quote_stays_on_the_page_that_is_named_while_every_mark_is_kept():
    text = "Give fluids on page four. Give zinc 20 mg on page five."
    hit = hit_on(text, page_from=4, page_to=5, breaks=((10 + text.index("Give zinc"), 5),))
    sentences = [Sentence(s, ("s1",), "quoted") for s in (text[:25], text[26:])]
    (source,) = mark_sources(sources_of([hit], "zinc"), sentences)
    assert (source.page, source.page_to, source.quote) == (4, 4, text[:25])
    assert len(source.marks) == 2


def test_a_sentence_over_a_page_break_names_both_pages():
    text = "Give fluids to the child."
    hit = hit_on(text, page_from=4, page_to=5, breaks=((10 + text.index("to the"), 5),))
    (source,) = mark_sources(sources_of([hit], "fluids"), [Sentence(text, ("s1",), "quoted")])
    assert (source.page, source.page_to) == (4, 5)


@pytest.mark.parametrize("notice", ["retracted", "superseded by edition 2023"])
def test_no_answer_rests_on_a_passage_with_a_notice_but_it_is_shown(notice):
    hits = [hit_on("One.", notice=notice), hit_on("Two.")]
    assert [(e.id, e.text) for e in evidence_of(hits)] == [("s2", "Two.")]
    assert [s.notice for s in sources_of(hits, "one")] == [notice, ""]


def test_headings_and_leads_in_front_do_not_move_the_mark():
    said = "Fever › Avoid: Do not give: Aspirin harms the child."
    assert TEXT[slice(*locate(said, TEXT))] == "Aspirin harms the child."
