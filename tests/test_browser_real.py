"""The window of the real assistant in a real browser: what a clinician meets.

Skips what is not installed. ELARA_SCREENSHOTS=1 writes the pictures of docs/screenshots/.
"""

import pytest

from elara_local.settings import read_settings
from tests.browsing import WIDTHS, ask, assemble_or_skip, has_room, open_tab, shoot, visiting
from tests.scripted import open_window


@pytest.fixture(scope="module")
def real(tmp_path_factory):
    """The window of the real assistant on the index and the models that are installed."""
    home = {"ELARA_HOME": str(tmp_path_factory.mktemp("home"))}
    elara = assemble_or_skip(read_settings(environment=home))
    with open_window(tmp_path_factory.mktemp("real") / "temp", elara) as opened:
        elara.warm()
        yield opened
    elara.close()


@pytest.fixture
def visit(real, chromium):
    yield from visiting(real, chromium)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_real_answer_can_be_checked_in_its_source(visit, scheme, width):
    page = visit(width, scheme)
    ask(page, "What is the adrenaline dose for anaphylaxis?")
    first = page.locator("#answer .sentence >> nth=0")
    quoted = first.inner_text().split(" [")[0]
    page.click("#answer a.cite >> nth=0")
    source = page.evaluate("document.activeElement.querySelector('blockquote').textContent")
    assert " ".join(quoted.split()) in " ".join(source.split())
    assert "not clinically reviewed" in page.inner_text("#header")
    page.evaluate("scrollTo(0, 0)")
    assert has_room(page)
    shoot(page, f"answer-{scheme}-{width}")


def test_a_real_written_answer_shows_checked_sentences_only(visit, real):
    if len(real.elara.assistant.generators) < 2:
        pytest.skip("no language model is installed")
    page = visit()
    page.click("#generator label:nth-of-type(2)")
    ask(page, "How much zinc for a child with diarrhoea?")
    cited = page.locator("#answer .sentence:has(a.cite)").count()
    assert cited == page.locator("#answer .sentence").count() > 0
    shoot(page, "written-light-1280")


def test_real_states_without_an_answer(visit):
    page = visit()
    ask(page, "What is the capital of France?", "Not in the")
    assert page.locator("#answer .state").is_visible()
    shoot(page, "not-in-sources-light-1280")
    open_tab(page, "Search")
    page.fill("#sought input, #sought textarea", "artesunate dose child")
    page.click("#search")
    page.wait_for_selector("#found .source")
    shoot(page, "search-light-1280")


def test_a_real_emergency_is_raised(visit):
    page = visit()
    ask(page, "My 2 year old is not breathing and is blue, what do I do?", "")
    assert page.locator(".alarm.emergency").is_visible()
    shoot(page, "emergency-light-1280")
