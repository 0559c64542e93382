"""Passages are verbatim slices of the stored text, under their headings, on their pages."""

import random

from hypothesis import given
from hypothesis import strategies as st

from elara_local.grounding.source import units_of
from elara_local.records import Evidence
from index.documents.blocks import Block, Parsed
from index.slices import LONGEST_SENTENCE, slice_document

SENTENCE = "Give amoxicillin 40 mg/kg by mouth twice daily for five days."


def heading(text, level=1, page=None):
    return Block(text, "heading", level, page)


def sliced(*blocks, words=150, **facts):
    return slice_document(Parsed("Guide", tuple(blocks), **facts), "guide", 7, words)


def test_a_passage_is_a_slice_of_the_stored_text_and_knows_where_it_comes_from():
    document, passages = sliced(
        heading("Pneumonia"), heading("Dose", 2), Block(SENTENCE),
        edition="2023", licence="CC BY 4.0", source="Ministry of Health 2023",
    )  # fmt: skip
    (passage,) = passages
    assert document.text[passage.start : passage.end] == passage.text == SENTENCE
    assert (passage.id, passage.section) == (7, "Pneumonia › Dose")
    assert (passage.edition, passage.licence) == ("2023", "CC BY 4.0")
    assert passage.source == "Ministry of Health 2023"
    assert document.sources == ("Ministry of Health 2023",)


def test_a_passage_never_crosses_a_heading():
    _, passages = sliced(heading("A"), Block("One."), heading("B"), Block("Two."))
    assert [(p.section, p.text) for p in passages] == [("A", "One."), ("B", "Two.")]


def test_a_deeper_heading_ends_with_the_next_one_of_its_level():
    _, passages = sliced(
        heading("A"), heading("A1", 2), heading("A11", 3), Block("x"), heading("A2", 2), Block("y"),
        heading("B"), Block("z"),
    )  # fmt: skip
    assert [p.section for p in passages] == ["A › A1 › A11", "A › A2", "B"]


def test_a_heading_that_is_the_title_once_more_is_not_said_twice():
    _, passages = sliced(heading("GUIDE"), Block("One."), heading("Dose", 2), Block("Two."))
    assert [p.section for p in passages] == ["", "Dose"]


def test_a_list_keeps_the_line_that_leads_into_it_and_the_check_reads_it():
    _, passages = sliced(
        heading("Fever"),
        Block("Do not give to a child:"),
        Block("Aspirin 300 mg every 6 hours.", "item"),
        Block("Give fluids."),
    )
    listed, after = passages
    assert listed.text == "Do not give to a child:\nAspirin 300 mg every 6 hours."
    assert listed.section == "Fever › Do not give to a child:"
    assert (after.section, after.text) == ("Fever", "Give fluids.")
    unit = units_of(Evidence("s1", listed.text, listed.title, listed.section))[-1]
    assert "Do not give" in unit.lead and unit.text.startswith("Aspirin")


def test_a_long_list_is_cut_but_no_part_of_it_loses_its_lead():
    items = [Block(f"Medicine {n}, {n} mg every day.", "item") for n in range(60)]
    _, passages = sliced(Block("Never give:"), *items, words=50)
    assert len(passages) > 4
    for passage in passages:
        assert passage.section == "Never give:"
        for unit in units_of(Evidence("s1", passage.text, "T", passage.section)):
            assert "Never give" in unit.whole


def test_a_forbidding_heading_governs_what_stands_under_its_sub_headings():
    (unit,) = units_of(Evidence("s1", "Ibuprofen 400 mg.", "T", "Avoid › Kidney disease"))
    assert unit.lead.startswith("Avoid")


def test_rows_keep_the_heads_of_their_table():
    rows = [Block(f"Artesunate {n} kg {n * 3} mg", "row", table="Drug | Weight | Dose")
            for n in range(5, 60)]  # fmt: skip
    _, passages = sliced(heading("Malaria"), *rows, words=60)
    assert len(passages) > 3
    assert {p.section for p in passages} == {"Malaria › Drug | Weight | Dose"}


def test_rows_without_heads_are_known_as_rows():
    named = Block("Weight: 10 kg; Dose: 30 mg", "row", table="Doses")
    _, passages = sliced(heading("Malaria"), Block("10 kg 30 mg 3 ml", "row"), named)
    assert [p.section for p in passages] == ["Malaria › Table", "Malaria › Doses"]


def test_a_long_paragraph_is_cut_between_sentences():
    _, passages = sliced(heading("A"), Block(" ".join([SENTENCE] * 30)))
    assert len(passages) > 1
    for passage in passages:
        assert passage.text.startswith("Give") and passage.text.endswith("days.")
        assert len(passage.text.split()) <= 150


def test_a_text_without_full_stops_is_cut_at_white_space():
    text = "word " * 4_000
    document, passages = sliced(Block(text.strip()))
    assert all(len(p.text) <= LONGEST_SENTENCE for p in passages)
    assert " ".join(p.text for p in passages).split() == text.split()


def test_pages_follow_the_words():
    first = "It begins on page four and goes on"
    block = Block(f"{first} to page five.", page=4, breaks=((len(first) + 1, 5),))
    document, (passage, other) = sliced(block, heading("B", page=6), Block("Here.", page=6))
    assert (passage.page_from, passage.page_to) == (4, 5)
    assert passage.page_at(passage.start) == 4
    assert passage.page_at(document.text.index("to page five")) == 5
    assert (other.page_from, other.page_to, other.breaks) == (6, 6, ())


def test_a_document_without_pages_has_none():
    _, (passage,) = sliced(Block("Words."))
    assert passage.page_from is None and passage.page_at(passage.start) is None


def test_the_populations_of_a_heading_are_those_of_its_passages():
    _, (passage,) = sliced(heading("Dose"), heading("Children", 2), Block(SENTENCE))
    assert passage.populations == ("child",)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\n"), min_size=1, max_size=300)
blocks = st.lists(
    st.builds(
        Block,
        texts,
        st.sampled_from(["heading", "text", "item", "row"]),
        st.integers(0, 4),
        table=st.sampled_from(["", "Drug | Dose"]),
    ),
    max_size=12,
)


@given(blocks)
def test_nothing_is_lost_and_every_offset_is_true(found):
    document, passages = slice_document(Parsed("T", tuple(found)), "d")
    for passage in passages:
        assert document.text[passage.start : passage.end] == passage.text
    kept = "".join("".join(p.text.split()) for p in passages)
    body = "".join("".join(b.text.split()) for b in found if b.kind != "heading")
    assert kept == body


def test_every_page_is_that_of_the_block_it_was_read_from():
    rng = random.Random(3)
    found, page = [], 1
    for n in range(300):
        text = " ".join(f"w{n}x{k}" for k in range(rng.randint(1, 60))) + "."
        cut = text.find(" ", len(text) // 2) + 1
        crosses = cut > 0 and rng.random() < 0.2
        found.append(Block(text, page=page, breaks=((cut, page + 1),) if crosses else ()))
        page += crosses + (rng.random() < 0.2)
    where = {}
    for block in found:
        for word in block.text.split():
            at = block.text.index(word)
            later = [p for offset, p in block.breaks if offset <= at]
            where[word] = later[-1] if later else block.page
    document, passages = slice_document(Parsed("T", tuple(found)), "d")
    for passage in passages:
        for word in passage.text.split():
            assert passage.page_at(document.text.index(word)) == where[word]


def test_a_heading_that_forbids_stands_in_the_passage_and_still_governs():
    warning = "DO NOT GIVE ORALLY"
    document, passages = sliced(
        heading("Artesunate"), heading(warning, 2, page=3), Block(SENTENCE, page=4),
        heading("Contraindications", 2), Block("Allergy."), heading("When not to give it?", 2),
        Block("Never."),
    )  # fmt: skip
    first, *others = passages
    assert first.text.split("\n") == [warning, SENTENCE]
    assert document.text[first.start : first.end] == first.text
    assert (first.section, first.page_from, first.page_to) == (f"Artesunate › {warning}", 3, 4)
    assert [p.text for p in others] == ["Allergy.", "Never."]
    units = units_of(Evidence("s1", first.text, first.title, first.section))
    assert [unit.text for unit in units] == [warning, SENTENCE]
    assert units[1].fault and units[1].lead == f"{warning}:"
