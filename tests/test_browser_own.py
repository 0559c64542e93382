"""A clinic's own PDF in the window of the real assistant, from the file to the cited page.

The child process, the reader of PDFs, the embedder and the index are the real ones. Skips what
is not installed. ELARA_SCREENSHOTS=1 writes the pictures of docs/screenshots/.
"""

import os

import pytest
from reportlab.pdfgen.canvas import Canvas

from elara_local import pages
from elara_local.settings import child_environment, read_settings
from elara_local.ui.library_tab import Library
from elara_local.ui.waiting import WaitingRoom
from elara_local.ui.workshop import Workshop
from tests.browsing import ask, assemble_or_skip, has_room, open_tab, shoot, visiting
from tests.scripted import open_window

DOSE = "Give succimer 10 mg/kg by mouth every 8 hours for 5 days to a child with lead poisoning."
PAGES = (
    ("Lead poisoning", ["District hospital. For the health workers of the district."]),
    (
        "Treatment",
        [DOSE, "Measure the blood lead again two weeks after the last dose of succimer."],
    ),
    ("Referral", ["Refer the child to the district hospital when there is a convulsion."]),
)
QUESTION = "What is the succimer dose for a child with lead poisoning?"


def write_pdf(path):
    canvas = Canvas(str(path))
    for title, lines in PAGES:
        canvas.setFont("Helvetica-Bold", 20)
        canvas.drawString(72, 770, title)
        canvas.setFont("Helvetica", 11)
        for number, line in enumerate(lines):
            canvas.drawString(72, 730 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return path


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The window of the real assistant, with a library of its own."""
    base = tmp_path_factory.mktemp("own")
    environment = {**os.environ, "ELARA_HOME": str(base / "home")}
    settings = read_settings(environment=environment)
    elara = assemble_or_skip(settings)
    workshop = Workshop(elara.reload, child_environment(settings))
    library = Library(workshop, WaitingRoom(base / "temp" / "waiting"))
    with open_window(base / "temp", elara, None, library, pages) as opened:
        yield opened
    elara.close()


@pytest.fixture
def visit(real, chromium):
    yield from visiting(real, chromium)


def add(page, *paths):
    open_tab(page, "Library")
    page.wait_for_selector("#shelves .shelf")
    page.set_input_files("#files input[type=file]", paths)
    page.wait_for_selector(f"#chosen li >> nth={len(paths) - 1}")
    page.fill("#printed-edition :is(input, textarea)", "2026")
    page.click("#add")
    page.wait_for_selector(f"#report li >> nth={len(paths) - 1}")


def test_an_own_document_is_asked_first_cited_by_page_and_removed_again(visit, real, tmp_path):
    page = visit()
    before = real.elara.facts.passages
    pdf, broken = write_pdf(tmp_path / "Lead poisoning.pdf"), tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 and then nothing that a PDF holds")
    add(page, pdf, broken)
    report = page.locator("#report li").all_inner_texts()
    assert "added" in report[0] and "Lead poisoning.pdf" in report[0]
    assert "broken.pdf: refused: " in report[1] and len(report[1]) > 30
    assert f"{real.elara.facts.passages:,} passages" in page.inner_text("#header")
    assert real.elara.facts.passages > before
    shoot(page, "library-light-1280")

    open_tab(page, "Ask")
    ask(page, QUESTION)
    assert "10 mg/kg" in page.inner_text("#answer .sentence >> nth=0")
    first = page.inner_text("#sources .source >> nth=0")
    for words in ("p. 2", "edition 2026", "your document, not checked by Elara", DOSE):
        assert words in first
    page.click("#sources .source >> nth=0 >> button.opener")
    page.wait_for_selector("dialog.reading[open] img")
    picture = page.locator("dialog.reading img")
    assert "page 2" in picture.get_attribute("alt") and DOSE in picture.get_attribute("alt")
    assert picture.evaluate("i => i.complete && i.naturalWidth") > 500
    assert "Page 2 of 3" in page.inner_text("dialog.reading")
    shoot(page, "page-light-1280")
    page.keyboard.press("Escape")

    open_tab(page, "Library")
    page.check("#own label:has-text('Lead') input")
    page.click("#remove")
    page.wait_for_selector("#confirm li:has-text('Lead')")
    page.click("#yes")
    page.wait_for_selector("#report :text('Removed.')")
    page.wait_for_selector("#shelves :text('None yet')")
    assert real.elara.facts.passages == before
    open_tab(page, "Ask")
    ask(page, QUESTION, "Not in the")
    assert has_room(page)


def test_stopping_leaves_the_library_as_it_was(visit, real, tmp_path):
    page = visit()
    long = tmp_path / "long.txt"
    long.write_text("\n\n".join(f"Give drug {n} at {n} mg. " * 40 for n in range(4_000)))
    open_tab(page, "Library")
    page.wait_for_selector("#shelves .shelf")
    page.set_input_files("#files input[type=file]", [long])
    page.wait_for_selector("#chosen li")
    page.click("#add")
    page.wait_for_selector("#work .working:has-text('Preparing') progress")
    open_tab(page, "Ask")
    ask(page, "What is the adrenaline dose for anaphylaxis?")
    open_tab(page, "Library")
    page.click("#halt")
    page.wait_for_selector("#report :text('Stopped.')")
    page.wait_for_selector("#shelves :text('None yet')")
    assert not list(real.library.room._folder.rglob("*.txt"))
