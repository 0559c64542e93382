"""The library in a real browser: choosing, adding, refusing, stopping, removing, opening a page.

The child process is scripted here (tests/child.py); the real one is in test_browser_own.py.
"""

import base64

import pytest

from elara_local.ui.workshop import Progress
from tests.browsing import WIDTHS, ask, ask_endless, check_axe, has_room, open_tab, tab_to, visiting
from tests.scripted import Drawn, Shelf, open_window, scripted_elara

DOSE = "child 15 kg severe malaria artesunate dose?"
PIXEL = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    elara = scripted_elara()
    elara.index = Shelf(tmp_path_factory.mktemp("originals") / "original.pdf")
    with open_window(
        tmp_path_factory.mktemp("library") / "temp", elara, pages=Drawn(5, PIXEL)
    ) as opened:
        yield opened


@pytest.fixture
def visit(window, chromium):
    """Open pages of the scripted window with an empty library; end what a test left running."""
    window.library.room._folder.with_name("state.json").unlink(missing_ok=True)
    window.library.workshop._progress = Progress()
    yield from visiting(window, chromium)
    window.library.workshop.stop()
    list(window.library.workshop.watch())


def open_library(page):
    open_tab(page, "Library")
    page.wait_for_selector("#shelves .shelf")


def choose(page, folder, *names):
    paths = [folder / name for name in names]
    for path in paths:
        path.write_text("words " * 200)
    page.set_input_files("#files input[type=file]", paths)
    page.wait_for_selector(f"#chosen li >> nth={len(paths) - 1}")


def add(page, folder, *names):
    choose(page, folder, *names)
    page.click("#add")
    page.wait_for_selector(f"#report li:has-text('{names[-1]}')")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_documents_are_added_and_removed_by_mouse(visit, tmp_path, width, scheme):
    page = visit(width, scheme)
    open_library(page)
    choose(page, tmp_path, "guide.pdf", "bad.pdf")
    page.fill("#printed-edition :is(input, textarea)", "2026")
    assert has_room(page)
    page.click("#add")
    page.wait_for_selector("#report li")
    assert "bad.pdf: refused: it is encrypted." in page.inner_text("#report")
    assert "guide.pdf" in page.inner_text("#shelves") and "2026" in page.inner_text("#shelves")
    assert page.is_enabled("#add") and not page.locator("#chosen li").count()
    assert has_room(page)
    page.check("#own label:has-text('guide.pdf') input")
    page.click("#remove")
    page.wait_for_selector("#confirm li:has-text('guide.pdf')")
    page.click("#no")
    page.wait_for_selector("#confirm section", state="hidden")
    assert "guide.pdf" in page.inner_text("#shelves")
    page.click("#remove")
    page.wait_for_selector("#confirm li")
    page.click("#yes")
    page.wait_for_selector("#report :text('Removed.')")
    page.wait_for_selector("#shelves :text('None yet')")
    assert not page.locator("#own").is_visible()


def test_files_can_be_dropped(visit, tmp_path):
    page = visit()
    open_library(page)
    page.evaluate(
        """() => { const data = new DataTransfer();
           data.items.add(new File(['dropped words'], 'dropped été.txt'));
           const zone = document.querySelector('#files button');
           for (const kind of ['dragenter', 'dragover', 'drop'])
             zone.dispatchEvent(new DragEvent(kind, {bubbles: true, dataTransfer: data})); }"""
    )
    page.wait_for_selector("#chosen li:has-text('dropped été.txt')")
    page.click("#forget")
    page.wait_for_selector("#chosen li", state="detached")


def test_asking_goes_on_while_documents_are_added_and_stop_keeps_the_old(visit, tmp_path):
    page = visit()
    open_library(page)
    choose(page, tmp_path, "slow.pdf")
    page.click("#add")
    page.wait_for_selector("#work .working:has-text('Preparing') progress")
    assert page.is_disabled("#add") and page.is_enabled("#halt")
    open_tab(page, "Ask")
    ask(page, DOSE)
    open_tab(page, "Library")
    other = visit()
    open_library(other)
    other.wait_for_selector("#work .working:has-text('Preparing')")
    page.click("#halt")
    for opened in (page, other):
        opened.wait_for_selector("#report :text('Stopped.')")
        opened.wait_for_selector("#shelves :text('None yet')")
        assert opened.is_enabled("#add")


def choose_by_enter(page, presses=6):
    """Open the file chooser; a drop zone that Gradio has only just drawn may not listen yet."""
    from playwright.sync_api import TimeoutError as Late

    for press in range(presses):
        try:
            with page.expect_file_chooser(timeout=4_000) as opened:
                page.keyboard.press("Enter")
            return opened.value
        except Late:
            assert press < presses - 1, "Enter never opens the file chooser"
    return None


def test_the_library_by_keyboard_alone(visit, tmp_path):
    page = visit()
    page.focus("[role=tab] >> nth=0")
    tab_to(page, "[role=tab]:nth-of-type(4)")
    page.keyboard.press("Enter")
    page.wait_for_selector("#shelves .shelf")
    tab_to(page, "#files button")
    assert "Choose documents" in page.evaluate("document.activeElement.ariaLabel")
    path = tmp_path / "keys.pdf"
    path.write_text("words " * 200)
    choose_by_enter(page).set_files(path)
    page.wait_for_selector("#chosen li")
    tab_to(page, "#add")
    page.keyboard.press("Enter")
    page.wait_for_selector("#report li")
    tab_to(page, "#own input")
    page.keyboard.press("Space")
    tab_to(page, "#remove")
    page.keyboard.press("Enter")
    page.wait_for_selector("#confirm li")
    tab_to(page, "#yes")
    page.keyboard.press("Enter")
    page.wait_for_selector("#report :text('Removed.')")


def test_the_end_of_adding_is_announced_once(visit, tmp_path):
    page = visit()
    open_library(page)
    page.evaluate(
        """() => { window.told = []; for (const region of document.querySelectorAll(
           '[role=status].only-read')) new MutationObserver(() => {
           if (region.textContent) window.told.push(region.textContent); }).observe(
           region, {childList: true}); }"""
    )
    add(page, tmp_path, "bad.pdf")
    assert page.evaluate("window.told") == ["Added: 0. Replaced: 0. Refused: 1."]


def test_the_language_changes_every_word_of_the_library(visit, tmp_path):
    page = visit()
    open_library(page)
    add(page, tmp_path, "guide.pdf", "bad.pdf")
    choose(page, tmp_path, "next.pdf")
    page.click("#language label:has-text('Français')")
    page.wait_for_selector("#add:has-text('Ajouter')")
    page.wait_for_selector("#report:has-text('Ajoutés')")
    panel = page.inner_text("[role=tabpanel]:visible")
    for words in ("Add", "Remove", "Title", "Licence (", "Choose", "Drop", "Upload", "Edition or"):
        assert words not in panel, words
    assert "next.pdf" in panel
    page.click("#forget")


def test_the_page_of_a_source_opens_and_turns(visit):
    page = visit()
    ask(page, DOSE)
    opener = page.locator("#sources button.opener >> nth=0")
    assert "Show page 4" in opener.inner_text()
    opener.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog.reading[open] img")
    picture = page.locator("dialog.reading img")
    assert "page 4" in picture.get_attribute("alt")
    assert "3 mg/kg per dose" in picture.get_attribute("alt")
    assert picture.get_attribute("src").startswith("data:image/png")
    page.click("dialog.reading button:has-text('Next page')")
    page.wait_for_selector("dialog.reading img[alt*='page 5']")
    assert "3 mg/kg" not in picture.get_attribute("alt")
    page.click("dialog.reading button:has-text('Previous page')")
    page.wait_for_selector("dialog.reading img[alt*='page 4']")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.reading", state="hidden")
    assert page.evaluate("document.activeElement.className").startswith("opener")


def test_a_source_without_pages_opens_in_its_text(visit):
    page = visit()
    ask(page, DOSE)
    page.click("#sources button.opener:has-text('Show in document')")
    page.wait_for_selector("dialog.reading[open] mark")
    assert "Watch blood sugar" in page.inner_text("dialog.reading mark")
    assert "Nursing care" in page.inner_text("dialog.reading")
    page.click("dialog.reading button:has-text('Close')")
    page.wait_for_selector("dialog.reading", state="hidden")


def test_escape_closes_the_page_and_not_the_answer(visit, window):
    page = visit()
    ask_endless(page)
    page.click("#sources button.opener >> nth=0")
    page.wait_for_selector("dialog.reading[open]")
    page.keyboard.press("Escape")
    page.wait_for_selector("dialog.reading", state="hidden")
    assert not window.elara.assistant.stops[-1].is_set()
    page.keyboard.press("Escape")
    page.wait_for_selector("#stage .outcome:has-text('Stopped')")


def test_at_twice_the_size_nothing_is_cut_off(visit, tmp_path):
    page = visit(640, height=430, device_scale_factor=2)
    open_library(page)
    add(page, tmp_path, "bad.pdf")
    for _ in range(2):
        page.click("#larger")
        assert has_room(page)
    open_tab(page, "Ask")
    ask(page, DOSE)
    page.click("#sources button.opener >> nth=0")
    page.wait_for_selector("dialog.reading[open] img")
    assert page.evaluate(
        "(d => d.scrollWidth <= d.clientWidth)(document.querySelector('dialog.reading'))"
    )


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, axe, tmp_path, scheme, width):
    page = visit(width, scheme, reduced_motion="reduce")
    page.evaluate(axe)
    open_library(page)
    check_axe(page, "empty library")
    add(page, tmp_path, "guide.pdf", "bad.pdf")
    page.click("#shelves summary")
    check_axe(page, "report")
    page.check("#own label:has-text('guide.pdf') input")
    page.click("#remove")
    page.wait_for_selector("#confirm li")
    check_axe(page, "confirmation")
    page.click("#yes")
    page.wait_for_selector("#report :text('Removed.')")
    choose(page, tmp_path, "slow.pdf")
    page.click("#add")
    page.wait_for_selector("#work progress")
    check_axe(page, "progress")
    page.click("#halt")
    page.wait_for_selector("#report :text('Stopped.')")
    open_tab(page, "Ask")
    ask(page, DOSE)
    for opener in ("Show page", "Show in document"):
        page.click(f"#sources button.opener:has-text('{opener}')")
        page.wait_for_selector("dialog.reading[open]")
        check_axe(page, opener)
        page.keyboard.press("Escape")
