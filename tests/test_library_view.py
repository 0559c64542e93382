"""The library as it is read: every state in words, nothing of a file becomes markup."""

from dataclasses import replace

import pytest

from elara_local.roles import LANGUAGES
from elara_local.ui import library_view
from elara_local.ui.waiting import Chosen
from elara_local.ui.words import read_words
from elara_local.ui.workshop import Progress
from tests.test_views import NASTY, read

WORDS = read_words("en")
OWN = {
    "id": "own-1", "title": "National malaria guideline", "edition": "2026", "format": "pdf",
    "pages": 84, "passages": 412, "review": "own", "licence": "CC BY", "notice": "",
}  # fmt: skip
SHELVES = [
    {"kind": "own", "name": "", "edition": "", "documents": [OWN]},
    {"kind": "handbook", "name": "Starter", "edition": "2026-11",
     "documents": [OWN | {"id": "t", "title": "Topic", "notice": "retracted",
                          "review": "unreviewed", "pages": None}]},
]  # fmt: skip
RUNNING = Progress("running", "add", "embedding", 2, 3, 50, 200, 80.0)


def test_shelves_say_what_is_known_of_each_document():
    shown = library_view.paint_shelves(SHELVES, WORDS)
    said = read(shown).said
    for words in ("National malaria guideline", "2026", "pdf", "84", "412", "CC BY",
                  "your document, not checked by Elara", "RETRACTED", "Handbook: Starter",
                  "not clinically reviewed"):  # fmt: skip
        assert words in said
    assert "None" not in said and shown.index("Your own") < shown.index("Handbook")


def test_an_empty_library_invites():
    said = read(library_view.paint_shelves(SHELVES[1:], WORDS)).said
    assert "None yet" in said


def test_a_great_shelf_is_counted_and_not_listed_whole():
    many = [OWN | {"title": f"Article {n}"} for n in range(1000)]
    shelf = {"kind": "collection", "name": "PubMed", "edition": "", "documents": many}
    said = read(library_view.paint_shelves([shelf], WORDS)).said
    assert "Documents: 1,000" in said and "and 800 more" in said and "Article 999" not in said


def test_volumes_of_own_documents_are_one_shelf_and_what_lacks_is_told():
    more = SHELVES[0] | {"documents": [OWN | {"title": "Second"}], "total": 7}
    said = read(library_view.paint_shelves([*SHELVES, more], WORDS, ("A stick is away.",))).said
    assert said.count("Your own documents") == 1 and "Documents: 8" in said
    assert "Second" in said and said.index("A stick is away.") < said.index("Your own")


def test_only_own_documents_can_be_removed():
    assert library_view.own_documents(SHELVES) == [("National malaria guideline · 2026", "own-1")]


@pytest.mark.parametrize(
    ("left", "said"),
    [
        (None, ""),
        (0.2, "about 1 seconds left"),
        (80, "about 80 seconds left"),
        (100, "about 2 minutes left"),
        (5 * 3600, "about 5 hours left"),
    ],
)
def test_the_time_left_is_told_in_the_unit_that_fits(left, said):
    assert library_view.say_left(left, WORDS) == said


def test_progress_names_stage_file_and_passages():
    shown = library_view.paint_progress(RUNNING, WORDS)
    said = read(shown).said
    assert "50 of 200" in said and "80 seconds" in said and "go on asking" in said
    assert '<progress max="200" value="50">' in shown
    reading = replace(RUNNING, stage="reading", of=0, left=None)
    assert "file 2 of 3" in read(library_view.paint_progress(reading, WORDS)).said
    assert library_view.paint_progress(replace(RUNNING, state="done"), WORDS) == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"state": "done", "added": 2, "refused": 1, "report": ("a: read.", "b: refused: x.")},
         "Added: 2. Replaced: 0. Refused: 1.a: read.b: refused: x."),
        ({"state": "done", "verb": "remove"}, "Removed."),
        ({"state": "stopped"}, "Stopped."),
        ({"state": "failed"}, "ended before it was done"),
        ({"state": "failed", "why": "The disk is full."}, "The disk is full."),
        ({"state": "done", "unopened": "Damaged."}, "could not be opened: Damaged."),
    ],
)  # fmt: skip
def test_the_report_says_how_it_ended(changes, said):
    progress = replace(Progress(verb="add"), **changes)
    assert said in read(library_view.paint_report(progress, WORDS)).said


@pytest.mark.parametrize("state", ["idle", "running"])
def test_there_is_no_report_before_the_end(state):
    assert library_view.paint_report(Progress(state), WORDS) == ""


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("stage", [*library_view.STAGES, "done", "unheard of"])
@pytest.mark.parametrize("verb", ["add", "remove"])
def test_every_stage_has_words_in_every_language(language, stage, verb):
    words = read_words(language)
    shown = library_view.paint_progress(replace(RUNNING, stage=stage, verb=verb), words)
    assert "{" not in shown and len(read(shown).said) > 5


def test_nothing_of_a_file_becomes_markup(tmp_path):
    document = dict.fromkeys(OWN, NASTY) | {"id": "x"}
    shelf = {"kind": "own", "name": NASTY, "edition": NASTY, "documents": [document]}
    path = tmp_path / "![x](http:evil.example) <img src=x>.pdf"
    chosen = Chosen(tmp_path, [path], 3, 1)
    done = Progress("done", "add", report=(NASTY,), unopened=NASTY)
    for shown in (
        library_view.paint_shelves([shelf], WORDS),
        library_view.paint_chosen(chosen, WORDS),
        library_view.paint_report(done, WORDS),
        library_view.paint_confirm([NASTY], WORDS),
        library_view.paint_listing_failure(ValueError(NASTY), WORDS),
    ):
        assert "img" not in read(shown).tags and "h1" not in read(shown).tags
        assert all("\n" not in block for block in shown.split("\n\n"))
    assert "3 files were left out" in read(library_view.paint_chosen(chosen, WORDS)).said
    assert library_view.paint_chosen(None, WORDS) == ""
