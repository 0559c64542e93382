"""The calculators in a real browser: choosing, filling in, the sum, and what is asked for."""

import pytest

from tests.browsing import check_axe, has_room, open_tab, visiting
from tests.scripted import open_window


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    with open_window(tmp_path_factory.mktemp("calculators") / "temp") as opened:
        yield opened


@pytest.fixture
def visit(window, chromium):
    yield from visiting(window, chromium)


def choose(page, name):
    open_tab(page, "Calculators")
    page.fill("#calculator input", name)
    page.click(f"[role=option]:has-text('{name}')")
    page.wait_for_selector("#calculate")


def fill(page, **facts):
    for name, value in facts.items():
        page.fill(f"#fact-{name} input, #fact-{name} textarea", value)


def test_a_form_is_filled_in_and_shows_its_sum(visit, axe):
    page = visit()
    choose(page, "Creatinine clearance (Cockcroft-Gault, actual weight)")
    fill(page, age="72", weight="60", creatinine="1,4")
    page.click("#fact-sex label:has-text('female')")
    page.click("#calculate")
    page.wait_for_selector("#calculated .reckoned")
    assert page.inner_text("#calculated .reckoned").startswith("34.4 mL/min")
    assert "(140 - 72)" in page.inner_text("#calculated")
    assert has_room(page)
    page.evaluate(axe)
    check_axe(page, "a calculated form")


def test_another_unit_gives_the_same(visit):
    page = visit()
    choose(page, "Creatinine clearance (Cockcroft-Gault, actual weight)")
    fill(page, age="72", weight="60", creatinine="123.76")
    page.click("#unit-creatinine label:has-text('µmol/L')")
    page.click("#fact-sex label:has-text('female')")
    page.click("#calculate")
    page.wait_for_selector("#calculated .reckoned")
    assert page.inner_text("#calculated .reckoned").startswith("34.4 mL/min")


def test_what_is_missing_or_wrong_is_said_and_nothing_typed_is_lost(visit):
    page = visit()
    choose(page, "Creatinine clearance (Cockcroft-Gault, actual weight)")
    fill(page, age="720", weight="60")
    page.click("#calculate")
    page.wait_for_selector("#calculated .state")
    assert "needs: Sex, Creatinine" in page.inner_text("#calculated")
    fill(page, creatinine="1,400")
    page.click("#fact-sex label:has-text('female')")
    page.click("#calculate")
    page.wait_for_selector("#calculated .state:has-text('without the comma')")
    fill(page, creatinine="1.4")
    page.click("#calculate")
    page.wait_for_selector("#calculated .state:has-text('Age is 720')")
    assert page.input_value("#fact-weight textarea, #fact-weight input") == "60"


def test_a_sick_child_is_classified(visit):
    page = visit()
    choose(page, "IMCI: sick child 2 months up to 5 years")
    fill(page, age="18", breaths="44", temperature="36.8", muac="140")
    for name in ("unable_to_drink", "vomits_everything", "convulsions", "lethargic"):
        page.click(f"#fact-{name} label:has-text('No')")
    page.click("#fact-cough label:has-text('Yes')")
    page.click("#fact-stridor label:has-text('No')")
    page.click("#calculate")
    page.wait_for_selector("#calculated .reckoned")
    told = page.inner_text("#calculated")
    assert "PNEUMONIA (yellow)" in told
    assert "Ear problem: not classified yet. Look for: Ear problem." in told


def test_the_form_speaks_the_language_of_the_page_and_keeps_what_was_typed(visit):
    page = visit()
    choose(page, "Body mass index")
    fill(page, weight="70")
    page.click("#language label:has-text('Français')")
    page.wait_for_selector("[role=tab]:has-text('Calculs')")
    assert page.input_value("#fact-weight textarea, #fact-weight input") == "70"
    page.fill("#calculator input", "Shock index")
    page.click("[role=option]:has-text('Shock index')")
    page.wait_for_selector("#calculate:has-text('Calculer')")


def test_what_was_typed_into_one_form_never_stands_in_another(visit):
    page = visit()
    choose(page, "Creatinine clearance (Cockcroft-Gault, actual weight)")
    fill(page, age="72", weight="60", creatinine="1.4")
    page.click("#fact-sex label:has-text('female')")
    choose(page, "IMCI: sick child 2 months up to 5 years")
    page.wait_for_selector("#fact-breaths")
    for name in ("age", "breaths", "temperature", "muac"):
        assert page.input_value(f"#fact-{name} textarea, #fact-{name} input") == ""
    choose(page, "Ideal body weight")
    page.wait_for_selector("#fact-height")
    assert page.input_value("#fact-height textarea, #fact-height input") == ""
    assert page.locator("#facts input[type=radio]:checked").count() == 1  # the unit's own
