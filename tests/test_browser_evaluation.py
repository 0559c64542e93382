"""The Evaluation tab: what it draws, and in a real browser its pictures, keys and languages."""

import re

import pytest

from elara_local.evaluation.comparison import compare_runs
from elara_local.evaluation.plots import write_plots
from elara_local.evaluation.report import PLOTS, read_results, write_report
from elara_local.evaluation.runs import Asked, begin
from elara_local.evaluation.suites import Case, Goal, Suite
from elara_local.evaluation.summary import summarise
from elara_local.roles import LANGUAGES
from elara_local.ui import evaluation_view
from elara_local.ui.words import read_words
from tests.browsing import WIDTHS, check_axe, has_room, open_tab, tab_to, visiting
from tests.scripted import open_window

SUITE = Suite("golden", "Golden <b>questions</b>", "What it shows.", None, {"right": Goal(0.9)})
SHARES = {"first": 0.5, "second": 0.8}
ITEMS = 60


def make_run(home, name):
    """A stored run in which the first of ITEMS items are right, as many as SHARES says."""
    run = begin(home, Asked("all", 7, 0, {"chat_model": name, "index": "abc"}))
    cases = {}
    run.mend("golden")
    for number in range(ITEMS):
        right = number < SHARES[name] * ITEMS
        note = "" if right else f"missed <script>alert({number})</script>"
        cases[f"{number}"] = Case({"right": right}, ("dev" if number % 2 else "test",), note)
        run.keep("golden", f"{number}", cases[f"{number}"])
    result = summarise(SUITE, cases, ITEMS)
    write_report(run, [result], run.folder)
    write_plots([result], run.folder / PLOTS)
    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    folder = tmp_path_factory.mktemp("home")
    for name in SHARES:
        make_run(folder, name)
    return folder


@pytest.fixture(scope="module")
def window(home, tmp_path_factory):
    with open_window(tmp_path_factory.mktemp("window") / "temp", home=home) as opened:
        yield opened


@pytest.fixture
def visit(window, chromium):
    yield from visiting(window, chromium)


def open_runs(page, name="Evaluation"):
    open_tab(page, name)
    page.wait_for_function("() => document.querySelector('#run input').value.includes('·')")


def show(page):
    page.click("#show-run")
    page.wait_for_selector("#evaluation table")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_run_is_drawn_with_its_words_escaped(tmp_path, language):
    words, run = read_words(language), make_run(tmp_path, "first")
    drawn = evaluation_view.paint_run(run, read_results(run.folder), words)
    assert "Golden &lt;b&gt;questions&lt;/b&gt;" in drawn and "<script" not in drawn
    assert f">{words.say('evaluation.no')}<" in drawn, "the goal is not reached"
    assert re.search(r'src="data:image/svg\+xml;base64,[\w+/=]+"', drawn)
    assert evaluation_view.COMMAND in evaluation_view.paint_lead((), words)


def test_a_picture_that_is_none_of_ours_is_not_shown(tmp_path):
    run, words = make_run(tmp_path, "first"), read_words("en")
    (result,) = read_results(run.folder)
    (run.folder / PLOTS / "golden.svg").write_bytes(b"x" * (evaluation_view.LARGEST + 1))
    assert evaluation_view.paint_picture(run.folder / PLOTS, result, words) == ""
    (run.folder / PLOTS / "golden.svg").unlink()
    assert evaluation_view.paint_picture(run.folder / PLOTS, result, words) == ""


def test_a_difference_is_drawn_with_what_changed(tmp_path):
    runs, words = [make_run(tmp_path, name) for name in SHARES], read_words("en")
    drawn = evaluation_view.paint_differences(*runs, compare_runs(*runs), words)
    assert "+0.300" in drawn and "yes" in drawn and "What differs: chat_model" in drawn
    same = evaluation_view.paint_differences(
        runs[0], runs[0], compare_runs(runs[0], runs[0]), words
    )
    assert "+0.000" in same and "What differs" not in same and "yes" not in same


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_run_and_its_picture_are_shown(visit, axe, width, scheme):
    page = visit(width, scheme)
    open_runs(page)
    show(page)
    picture = "document.querySelector('#evaluation img')"
    page.wait_for_function(f"() => {picture}.complete && {picture}.naturalWidth > 300")
    assert has_room(page)
    page.evaluate(axe)
    check_axe(page, f"evaluation {width} {scheme}")


def test_two_runs_are_compared_with_the_keyboard_alone(visit):
    page = visit()
    open_runs(page)
    tab_to(page, "#other")
    page.wait_for_selector("[role=option]:visible:has-text('nothing')")
    page.wait_for_timeout(300)
    for _ in range(2):  # from "nothing" to the newest run, then to the other
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(300)
    page.keyboard.press("Enter")
    page.wait_for_function("() => document.querySelector('#other input').value.includes('·')")
    page.wait_for_timeout(300)
    tab_to(page, "#show-run")
    page.keyboard.press("Enter")
    page.wait_for_selector("#evaluation td:has-text('0.300')")


def test_the_tab_speaks_another_language(visit):
    page = visit()
    page.click("#language label:has-text('Français')")
    page.wait_for_selector("[role=tab]:has-text('Évaluation')")
    open_runs(page, "Évaluation")
    show(page)
    assert "Intervalle à 95 %" in page.inner_text("#evaluation thead")
    assert "Objectif" in page.inner_text("#evaluation thead")
