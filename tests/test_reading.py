"""Where quoted words stand: always the stored text's words, whatever is asked."""

import base64
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from elara_local.ui.reading import AROUND, LONGEST_QUOTE, Reader, Wanted, read_wanted
from tests.scripted import TEXT, Drawn, Shelf, open_window

DOCUMENT = "handbook/severe-malaria.md"
WHOLE = Shelf().text_of(DOCUMENT)
QUOTE = "Children under 20 kg receive 3 mg/kg per dose."
START = WHOLE.index(QUOTE)
END = START + len(QUOTE)
FILE = Path("original.pdf")


def reader(original=None):
    pages = Drawn(9)
    made = Reader(lambda: Shelf(original), pages)
    made.drawn = pages.asked
    return made


def test_the_words_are_shown_in_their_place():
    shown = reader().show(Wanted(DOCUMENT, START, END, title="Severe malaria", section="Treatment"))
    assert shown["quote"] == QUOTE and shown["place"] == "Treatment"
    joined = (shown["before"] + shown["quote"] + shown["after"]).removeprefix("… ")
    assert joined.removesuffix(" …") in WHOLE
    assert len(joined) > AROUND
    assert "note" not in shown and "picture" not in shown


def test_a_page_is_shown_with_its_words_marked_and_told():
    made = reader(FILE)
    shown = made.show(Wanted(DOCUMENT, START, END, 4, 4, 4, "Severe malaria"))
    assert base64.b64decode(shown["picture"].removeprefix("data:image/png;base64,")) == b"png"
    assert made.drawn == [(FILE, 4, QUOTE)]
    assert (shown["page"], shown["pages"], shown["place"]) == (4, 9, "Page 4 of 9")
    for words in ("Severe malaria", "page 4", QUOTE):
        assert words in shown["alt"]


def test_words_that_are_not_found_on_their_page_are_said_to_be_unmarked():
    class Lost(Shelf):
        def text_of(self, document):
            return "some lost words"

    shown = Reader(lambda: Lost(FILE), Drawn(9)).show(Wanted("d", 0, 15, 4, 4, 4))
    assert "lost words" not in shown["alt"] and "picture" in shown
    assert "could not be marked" in shown["note"]


def test_another_page_is_shown_without_marks():
    made = reader(FILE)
    shown = made.show(Wanted(DOCUMENT, START, END, 5, 4, 4, "Severe malaria"))
    assert made.drawn == [(FILE, 5, "")] and QUOTE not in shown["alt"]


@pytest.mark.parametrize("original", [None, FILE])
def test_a_page_that_can_not_be_drawn_gives_its_words(original):
    shown = reader(original).show(Wanted(DOCUMENT, START, END, 12, 12, 12))
    assert shown["quote"] == QUOTE and "picture" not in shown
    assert "as a picture" in shown["note"]


def test_a_document_that_is_gone_is_told():
    assert "no longer" in reader().show(Wanted("removed", 0, 9))["note"]
    assert "plus" in reader().show(Wanted("removed", 0, 9, language="fr"))["note"]


@given(st.integers(0, 10**11), st.integers(0, 10**11), st.integers(0, 10**6))
def test_any_offsets_give_words_of_the_document_or_none(start, end, page):
    shown = reader().show(Wanted(DOCUMENT, start, end, page))
    assert shown["quote"] in WHOLE and len(shown["quote"]) <= LONGEST_QUOTE


@given(st.dictionaries(st.sampled_from(["document", "start", "end", "page", "title"]), st.text()))
def test_any_query_is_read(asked):
    wanted = read_wanted(asked)
    assert wanted.start >= 0 and wanted.page <= 100_000 and len(wanted.title) <= 300


@pytest.mark.parametrize("number", ["-1", "1e3", "²", "٣" * 11, " 1", "0x10", "9" * 40])
def test_a_number_that_is_none_is_nothing(number):
    assert read_wanted({"start": number, "page": number}) == Wanted("", language="")


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    with open_window(tmp_path_factory.mktemp("reading") / "temp") as opened:
        yield opened


def test_the_route_is_guarded_and_stored_nowhere(window):
    url = f"{window.origin}/reading"
    asked = {"document": DOCUMENT, "start": START, "end": END, "language": "en"}
    assert httpx.get(url, params=asked).status_code == 401
    headers = {"Authorization": f"Bearer {window.token}"}
    answer = httpx.get(url, params=asked, headers=headers)
    assert answer.json()["quote"] == QUOTE
    assert answer.headers["cache-control"] == "no-store"
    evil = headers | {"Origin": "https://other.example"}
    assert httpx.get(url, params=asked, headers=evil).status_code == 403
    assert httpx.post(url, headers=headers).status_code in (404, 405)


@pytest.mark.parametrize("document", ["../../etc/passwd", "/etc/passwd", "\x00", "x" * 5000, ""])
def test_the_route_reads_no_file_that_is_asked_for(window, document):
    headers = {"Authorization": f"Bearer {window.token}"}
    asked = {"document": document, "start": 0, "end": 99, "page": 1}
    answer = httpx.get(f"{window.origin}/reading", params=asked, headers=headers)
    assert answer.status_code == 200 and "root:" not in answer.text
    assert "no longer" in answer.json()["note"] and TEXT not in answer.text
