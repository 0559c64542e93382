"""Citations in a stream: the same sentences come out however the draft is cut."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.grounding.citations import Assembler, Draft

IDS = ("s1", "s2", "s3")


def read(chunks) -> list[Draft]:
    assembler = Assembler(IDS)
    drafts = [draft for chunk in chunks for draft in assembler.feed(chunk)]
    return drafts + assembler.close()


TABLE = [
    ("Give ORS [1].", [Draft("Give ORS.", ("s1",))]),
    (
        "Give ORS. [1] Give zinc. [2]",
        [Draft("Give ORS.", ("s1",)), Draft("Give zinc.", ("s2",))],
    ),
    ("Give ORS [1, 2] now.", [Draft("Give ORS now.", ("s1", "s2"))]),
    ("Give ORS [1][2].", [Draft("Give ORS.", ("s1", "s2"))]),
    ("Give ORS [1] [1].", [Draft("Give ORS.", ("s1",))]),
    ("Give ORS [[1]].", [Draft("Give ORS.", ("s1",))]),
    ("Give ORS【1】.", [Draft("Give ORS.", ("s1",))]),
    ("Give ORS `[1]`.", [Draft("Give ORS.", ("s1",))]),
    ("Give ORS [s2].", [Draft("Give ORS.", ("s2",))]),
    ("Give ORS [1-3].", [Draft("Give ORS.", ("s1", "s2", "s3"))]),
    ("Give ORS (1).", [Draft("Give ORS (1).")]),
    ("Give ORS [9].", [Draft("Give ORS.", (), ("[9]",))]),
    ("Give ORS [1, 9] [0].", [Draft("Give ORS.", ("s1",), ("[9]", "[0]"))]),
    (
        "BP [supine 120/80 was low. Refer [2].",
        [Draft("BP [supine 120/80 was low."), Draft("Refer.", ("s2",))],
    ),
    ("BP [120/80] is normal [1].", [Draft("BP [120/80] is normal.", ("s1",))]),
    (
        "Give 2.4 mg/kg.[1]Then refer.[2]",
        [Draft("Give 2.4 mg/kg.", ("s1",)), Draft("Then refer.", ("s2",))],
    ),
    ("[1] Give ORS.\n[2] Give zinc.", [Draft("Give ORS.", ("s1",)), Draft("Give zinc.", ("s2",))]),
    ("Give ORS.\n[1]\nGive zinc [2].", [Draft("Give ORS.", ("s1",)), Draft("Give zinc.", ("s2",))]),
    (
        "- Give ORS [1]\n- Give zinc [2]",
        [Draft("- Give ORS", ("s1",)), Draft("- Give zinc", ("s2",))],
    ),
    ("Give ORS. [1", [Draft("Give ORS.")]),
    ("Give ORS [", [Draft("Give ORS [")]),
    ("Use `code` here [1].", [Draft("Use `code` here.", ("s1",))]),
    ("", []),
    ("[1]", []),
    ("No citation here", [Draft("No citation here")]),
]


@pytest.mark.parametrize(("text", "expected"), TABLE)
def test_citations_are_read(text, expected):
    assert read([text]) == expected


@pytest.mark.parametrize("text", [row[0] for row in TABLE])
def test_every_split_in_two_and_every_character_alone_give_the_same(text):
    whole = read([text])
    assert read(list(text)) == whole
    for cut in range(len(text) + 1):
        assert read([text[:cut], text[cut:]]) == whole


PIECES = [
    "Give ",
    "ORS",
    ".",
    " ",
    "\n",
    "[1]",
    "[",
    "]",
    "1",
    "2",
    ", ",
    "【",
    "】",
    "`",
    "(1)",
    "[9]",
    "2.4 mg",
    "- ",
    "i.v. ",
    "s",
    "[[2]]",
    "Then",
    "é",
    "?",
]


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=25), st.data())
def test_any_chunking_gives_the_same(pieces, data):
    text = "".join(pieces)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    edges = [0, *cuts, len(text)]
    chunks = [text[a:b] for a, b in zip(edges, edges[1:], strict=False)]
    assert read(chunks) == read([text])


@given(st.lists(st.sampled_from(PIECES), max_size=25))
def test_every_citation_named_was_given(pieces):
    for draft in read(["".join(pieces)]):
        assert set(draft.citations) <= set(IDS)


def test_an_unmatched_bracket_does_not_hold_the_stream_back():
    assembler = Assembler(IDS)
    assert assembler.feed("BP [supine 120/80. Then") == [Draft("BP [supine 120/80.")]
    assert assembler.feed(" refer [1]. Now") == [Draft("Then refer.", ("s1",))]


def test_a_sentence_comes_out_as_soon_as_the_next_one_begins():
    assembler = Assembler(IDS)
    assert assembler.feed("Give ORS. ") == []
    assert assembler.feed("[1] ") == []
    assert assembler.feed("G") == [Draft("Give ORS.", ("s1",))]
