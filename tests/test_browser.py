"""The window in a real browser: mouse, keyboard, light, dark, narrow, zoomed, offline.

Needs Chromium and the Python package playwright; axe-core comes from npm at test time. What is
missing is skipped, with the reason.
"""

import pytest

from tests.browsing import WIDTHS, ask, ask_endless, check_axe, has_room, open_tab, tab_to, visiting
from tests.scripted import open_window

CANARY = "zebrafinch-canary-4711"
DOSE = "child 15 kg severe malaria artesunate dose?"


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    with open_window(tmp_path_factory.mktemp("browser") / "temp") as opened:
        yield opened


@pytest.fixture
def visit(window, chromium):
    """Open pages of the scripted window."""
    yield from visiting(window, chromium)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_main_path_by_mouse(visit, width, scheme):
    page = visit(width, scheme)
    assert has_room(page)
    page.click("#question textarea")
    page.keyboard.type(DOSE)
    page.click("#ask")
    page.wait_for_selector("#stage .outcome:has-text('Answer ready')")
    assert "3 mg/kg per dose" in page.inner_text("#answer .sentence >> nth=0")
    assert "3 mg/kg per dose" in page.inner_text("#sources mark >> nth=0")
    assert has_room(page)
    page.click("#answer a.cite >> nth=0")
    assert page.evaluate("document.activeElement.id") == "s1"
    assert page.locator("#s1.meant").is_visible()
    page.click("#answer summary")
    assert page.locator("#answer dl").is_visible()
    open_tab(page, "Search")
    page.fill("#sought input, #sought textarea", "artesunate")
    page.click("#search")
    page.wait_for_selector("#found .source")
    open_tab(page, "About")
    page.wait_for_selector("#about dl")
    assert has_room(page)


def test_the_main_path_by_keyboard_alone(visit):
    page = visit()
    tab_to(page, "#language")
    tab_to(page, "#theme")
    tab_to(page, "[role=tab]")
    tab_to(page, "#question textarea")
    outline = "getComputedStyle(document.activeElement).outlineWidth"
    assert page.evaluate(outline) == "3px"
    page.keyboard.type(DOSE)
    tab_to(page, "#role")
    page.keyboard.press("ArrowRight")
    assert page.is_checked("#role input[value=patient]")
    tab_to(page, "#generator")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector("#stage .outcome:has-text('Answer ready')")
    tab_to(page, "a.cite")
    assert page.evaluate(outline) == "3px"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "s1"
    page.focus("[role=tab] >> nth=0")
    tab_to(page, "[role=tab]:nth-of-type(2)")
    page.keyboard.press("Enter")
    tab_to(page, "#sought")
    page.keyboard.type("artesunate")
    page.keyboard.press("Enter")
    page.wait_for_selector("#found .source")


@pytest.mark.parametrize("how", ["mouse", "keyboard"])
def test_stop_keeps_the_question_and_what_was_found(visit, window, how):
    page = visit()
    ask_endless(page)
    page.click("#stop") if how == "mouse" else page.keyboard.press("Escape")
    page.wait_for_selector("#stage .outcome:has-text('Stopped')")
    assert window.elara.assistant.stops[-1].is_set()
    assert page.input_value("#question textarea") == "endless"
    assert page.locator("#sources .source").count() == 2
    assert page.is_disabled("#stop") and page.is_enabled("#ask")


@pytest.mark.parametrize(
    ("text", "outcome"),
    [("broken", "No answer"), ("unknown thing", "Not in the"), ("forge it", "not answered")],
)
def test_what_was_typed_stays_in_every_state_without_an_answer(visit, text, outcome):
    page = visit()
    ask(page, text, outcome)
    assert page.input_value("#question textarea") == text
    assert page.locator("#answer .state").is_visible()
    ask(page, DOSE)


def test_an_emergency_stands_above_everything_and_alone_is_red(visit):
    page = visit()
    ask(page, "my baby is not breathing")
    alarm, header = page.locator(".alarm.emergency"), page.locator("#header")
    assert alarm.bounding_box()["y"] < header.bounding_box()["y"]
    red = "e => getComputedStyle(e).backgroundColor"
    assert alarm.evaluate(red) == "rgb(168, 28, 20)"
    ask(page, "I want to end my life")
    assert page.locator(".alarm.crisis").evaluate(red) != "rgb(168, 28, 20)"
    ask(page, DOSE)
    assert page.locator(".alarm").count() == 0


def test_at_twice_the_size_nothing_is_cut_off(visit):
    page = visit(640, height=430, device_scale_factor=2)
    ask(page, DOSE)
    assert has_room(page)
    page.click("#larger")
    page.click("#larger")
    assert has_room(page)


def test_each_answer_is_announced_once(visit):
    page = visit()
    page.evaluate(
        """() => { window.told = []; new MutationObserver(() => {
           const text = document.querySelector('[role=status].only-read').textContent;
           if (text) window.told.push(text); }).observe(
           document.querySelector('[role=status].only-read'), {childList: true}); }"""
    )
    ask(page, DOSE)
    ask(page, "unknown thing", "Not in the")
    assert len(page.evaluate("window.told")) == 2
    assert set(page.locator("[aria-live]").all_inner_texts()) <= {""}  # Gradio's own says nothing


def test_the_language_changes_every_word_and_keeps_what_was_typed(visit):
    page = visit()
    ask(page, DOSE)
    page.fill("#question textarea", "half a question")
    page.click("#language label:has-text('Kiswahili')")
    page.wait_for_selector("#ask:has-text('Uliza')")
    page.wait_for_selector("#answer .asked:has-text('Uliuliza')")
    assert page.evaluate("document.documentElement.lang") == "sw"
    assert page.input_value("#question textarea") == "half a question"
    for words in ("Answer for", "Stop", "Search", "Sources", "Clear", "Notes"):
        assert words not in page.inner_text("body")


def test_the_looks_can_be_changed_and_are_not_stored(visit):
    page = visit()
    page.click("#theme")
    assert page.evaluate("document.body.classList.contains('dark')")
    page.click("#theme")
    assert not page.evaluate("document.body.classList.contains('dark')")
    assert page.evaluate("Object.keys(localStorage).length") == 0


def test_nothing_that_was_asked_stays_in_the_browser(visit):
    page = visit()
    ask(page, CANARY)
    ask(page, f"{CANARY} again")
    assert CANARY in page.inner_text("#past")
    stored = page.evaluate(
        """async () => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie,
           await indexedDB.databases(), await caches.keys(), location.href, history.length])"""
    )
    assert CANARY not in stored and "token" not in stored
    page.click("#clear")
    page.wait_for_selector("#answer .blank")
    assert CANARY not in page.content() and page.input_value("#question textarea") == ""


STATES = ["empty", "answered", "emergency", "crisis", "stopped", "error", "search", "about"]


def bring_about(page, state):
    if state in ("search", "about"):
        open_tab(page, state.title())
        if state == "search":
            page.fill("#sought input, #sought textarea", "artesunate")
            page.click("#search")
            page.wait_for_selector("#found .source")
    elif state == "stopped":
        ask_endless(page)
    elif state != "empty":
        asked = {"emergency": "not breathing", "crisis": "end my life", "error": "broken"}
        ask(page, asked.get(state, DOSE), "No answer" if state == "error" else "Answer ready")


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(visit, axe, scheme, width):
    page = visit(width, scheme, reduced_motion="reduce")
    page.evaluate(axe)
    for state in STATES:
        bring_about(page, state)
        check_axe(page, state)
        if state == "stopped":
            page.keyboard.press("Escape")
            page.wait_for_selector("#stage .outcome:has-text('Stopped')")
