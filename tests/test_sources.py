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
