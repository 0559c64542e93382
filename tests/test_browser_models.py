"""The Models tab in a real browser: choosing, making, refusing, stopping, by mouse and by keys."""

import sys

import pytest

from elara_local.catalogue import Installed
from elara_local.entries import Model, ModelFile
from elara_local.errors import Missing
from elara_local.ui.conversion import Conversion
from elara_local.ui.models_tab import Models
from tests.browsing import WIDTHS, check_axe, has_room, open_tab, shoot, tab_to, visiting
from tests.scripted import open_window

CHILD = (sys.executable, "-m", "tests.convert_child")


class Choice:
    """Chat models in a folder; one of them is asked."""

    def __init__(self, folder):
        self.folder = folder
        self.chat_model = ""
        self.models = {}

    def add(self, name, file=""):
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / (file or f"{name}.gguf")).write_bytes(b"GGUF")
        files = (ModelFile(file or f"{name}.gguf"),)
        model = Model(name, "chat", f"The {name}", "gguf", "MIT", "here", 0, 0, ("en",), files)
        self.models[name] = Installed(model, folder)
        return self.models[name]

    def chat_models(self):
        return list(self.models.values())

    def use_chat_model(self, name):
        if name not in self.models:
            raise Missing(f"The chat model '{name}' is not installed.", "See the list.")
        self.chat_model = name

    def take_in(self, file):
        return self.add(file.stem, file.name)


@pytest.fixture(scope="module")
def choice(tmp_path_factory):
    made = Choice(tmp_path_factory.mktemp("home") / "models")
    made.add("first")
    for name in ("unequal", "slow"):
        (made.add("first").folder / f"{name}.gguf").write_bytes(b"GGUF")
    made.chat_model = "first"
    return made


@pytest.fixture(scope="module")
def window(choice, tmp_path_factory):
    conversion = Conversion(command=CHILD)
    models = Models(conversion, choice, choice.folder.parent)
    temp = tmp_path_factory.mktemp("window") / "temp"
    with open_window(temp, home=choice.folder.parent, models=models) as opened:
        yield opened
    conversion.close()


@pytest.fixture
def visit(window, chromium):
    yield from visiting(window, chromium)


def open_models(page, name="Models"):
    open_tab(page, name)
    page.wait_for_selector("#models-installed td:has-text('The first')")


def order(page, base, name):
    page.fill("#base input", str(base))
    page.press("#base input", "Tab")
    page.fill("#model-name input, #model-name textarea", name)
    page.click("#convert")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS)
def test_the_models_are_shown(visit, axe, width, scheme):
    page = visit(width, scheme)
    open_models(page)
    assert "in use" in page.inner_text("#models-installed tr:has-text('The first')")
    assert has_room(page)
    shoot(page, f"models-{scheme}-{width}")
    page.evaluate(axe)
    check_axe(page, f"models {width} {scheme}")


def test_a_model_is_made_and_then_used(visit, choice):
    page = visit()
    open_models(page)
    order(page, choice.models["first"].file(".gguf"), "second")
    page.wait_for_selector("#models-work .notice.good:has-text('second was made and proven')")
    assert "0.001" in page.inner_text("#models-work table")
    page.wait_for_selector("#models-installed td:has-text('The second')")
    page.wait_for_function(
        "() => document.querySelector('#chosen-model input').value === 'The second'"
    )
    page.click("#use-model")
    page.wait_for_selector("#models-said .notice.good:has-text('second is asked')")
    assert choice.chat_model == "second"
    choice.use_chat_model("first")


def test_a_model_that_is_not_equal_is_told_with_its_reason(visit, choice):
    page = visit()
    open_models(page)
    order(page, choice.models["first"].folder / "unequal.gguf", "third")
    page.wait_for_selector("#models-work .notice:has-text('kl is 0.7')")
    assert "third" not in choice.models


def test_a_conversion_is_stopped(visit, choice):
    page = visit()
    open_models(page)
    order(page, choice.models["first"].folder / "slow.gguf", "fourth")
    page.wait_for_selector("#models-work:has-text('merging: 10 %')")
    page.click("#halt-model:not([disabled])")
    page.wait_for_selector("#models-work:has-text('Nothing was kept')")
    assert "fourth" not in choice.models


def test_a_path_that_is_not_there_is_told_before_anything_starts(visit):
    page = visit()
    open_models(page)
    order(page, "/nowhere/base.gguf", "fifth")
    page.wait_for_selector("#models-work .notice:has-text('/nowhere/base.gguf is not there')")


def test_every_field_is_reached_with_the_keyboard_alone(visit):
    page = visit()
    open_models(page)
    for field in (
        "#chosen-model",
        "#use-model",
        "#base",
        "#adapter",
        "#kind",
        "#model-name",
        "#convert",
    ):
        tab_to(page, field)


def test_the_tab_speaks_another_language(visit):
    page = visit()
    page.click("#language label:has-text('Français')")
    page.wait_for_selector("[role=tab]:has-text('Modèles')")
    open_models(page, "Modèles")
    assert "utilisé" in page.inner_text("#models-installed")
    assert "Fabriquer et prouver" in page.inner_text("#convert")
