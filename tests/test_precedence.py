"""Own documents come before the handbook, newer editions before older, forums last."""

import pytest

from elara_local.passages.holdings import File
from elara_local.passages.library import open_library
from elara_local.passages.volumes import Addition, change
from elara_local.precedence import Standing, family, leave_room, rank, say_older, year_of
from elara_local.records import Passage
from elara_local.retrieve import Retriever
from elara_local.settings import PREBUILT_INDEX
from index.documents.blocks import Block, Parsed
from index.slices import embedding_text, slice_document


def passage(number, shelf, title="Malaria", edition="", notice=""):
    return Passage(number, f"d{number}", title, "", "x", 0, 1, edition=edition, notice=notice,
                   shelf=shelf)  # fmt: skip


def order(passages, **standings):
    found = {p.id: standings.get(f"p{p.id}", Standing(0.5, 0.8, 0.6)) for p in passages}
    scores = rank(passages, found)
    assert all(0 <= score <= 1 for score in scores.values())
    return sorted(scores, key=lambda i: -scores[i])


def test_an_own_passage_goes_before_a_handbook_passage_that_scores_higher():
    passages = [passage(0, "handbook"), passage(1, "own")]
    assert order(passages, p0=Standing(0.9, 0.8, 0.7), p1=Standing(0.3, 0.75, 0.6)) == [1, 0]


@pytest.mark.parametrize("own", [Standing(0.8, 0.3, 0.7), Standing(0.8, 0.8, 0.3)])
def test_an_own_passage_about_something_else_does_not(own):
    passages = [passage(0, "handbook"), passage(1, "own")]
    assert order(passages, p0=Standing(0.9, 0.8, 0.7), p1=own) == [0, 1]


def test_the_users_documents_leave_room_for_the_others():
    own = [passage(n, "own") for n in range(20)]
    others = [passage(n, "handbook") for n in range(20, 40)]
    assert [p.id for p in leave_room([*own, *others], 12)] == [*range(8), 20, 21, 22, 23]
    assert [p.id for p in leave_room([*own, others[0]], 12)] == [*range(11), 20]
    assert [p.id for p in leave_room([*own[:2], *others], 6)] == [0, 1, 20, 21, 22, 23]
    assert leave_room([*others, *own], 5) == others[:5]
    assert leave_room(own, 5) == own[:5]
    assert leave_room([own[0], *others], 1) == own[:1]


def test_shelves_come_in_order():
    passages = [passage(0, "forum"), passage(1, "collection"), passage(2, "handbook")]
    assert order(passages) == [2, 1, 0]


def test_a_newer_edition_goes_before_an_older_one_which_says_so():
    old = passage(0, "own", "Malaria guideline, 2nd edition 2015", "2015")
    new = passage(1, "own", "Malaria Guideline 2023", "2023-05")
    assert family(old) == family(new)
    assert order([old, new], p0=Standing(0.9, 0.8, 0.7)) == [1, 0]
    assert [p.notice for p in say_older([old, new])] == ["superseded by edition 2023-05", ""]


def test_two_documents_of_one_edition_and_other_titles_are_left_alone():
    passages = [
        passage(0, "own", "Malaria 2020", "2020"),
        passage(1, "own", "Cholera 2023", "2023"),
    ]
    assert [p.notice for p in say_older(passages)] == ["", ""]


def test_a_notice_of_the_document_is_kept():
    old = passage(0, "own", "M 2015", "2015", "retracted")
    assert say_older([old, passage(1, "own", "M 2020", "2020")])[0].notice == "retracted"


@pytest.mark.parametrize(
    ("edition", "year"), [("2023", 2023), ("2023-05-01", 2023), ("", 0), ("3", 0), ("12345", 0)]
)
def test_the_year_of_an_edition(edition, year):
    assert year_of(edition) == year


def shelve(folder, embedder, documents):
    additions = []
    for name, parsed in documents.items():
        document, passages = slice_document(parsed, name, review="own")
        rows = embedder.embed([embedding_text(p) for p in passages])
        additions.append(Addition(document, tuple(passages), rows))
    about = {"name": "Own", "edition": "", "shelf": "own", "embedding_sha256": embedder.fingerprint}
    change(folder, about, additions, {name: File(name, (name,)) for name in documents})


def guideline(title, edition, words):
    blocks = (Block("Severe malaria", "heading", 1), Block("Treatment", "heading", 2), Block(words))
    return Parsed(title, blocks, edition=edition)


def test_the_ministry_goes_before_the_handbook_and_its_new_edition_before_the_old(
    embedder, prebuilt, tmp_path
):
    shelve(
        tmp_path / "library",
        embedder,
        {
            "new": guideline(
                "National malaria guideline", "2024",
                "Give artesunate 2.4 mg/kg intravenously to an adult with severe malaria.",
            ),
            "old": guideline(
                "National malaria guideline 2015", "2015",
                "Give quinine 20 mg/kg by infusion to an adult with severe malaria.",
            ),
        },
    )  # fmt: skip
    retriever = Retriever(open_library(PREBUILT_INDEX, tmp_path / "library"), embedder)
    found = retriever.search("treatment of severe malaria in an adult", 12)
    documents = [hit.passage.document for hit in found.hits]
    assert found.about and documents[0] == "new"
    assert found.hits[0].passage.shelf == "own"
    if "old" in documents:
        assert found.hits[documents.index("old")].passage.notice.startswith("superseded")
    other = retriever.search("oxytocin dose in postpartum haemorrhage", 5)
    assert {hit.passage.shelf for hit in other.hits} == {"handbook"}
