"""The Calculators tab: a list to choose from, the form of the one chosen, and its result.

No `from __future__ import annotations` here: Gradio reads the handlers' annotations. What is
typed stays in the page and in the memory of one calculation. It knows no formula.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from elara_local.clinical.forms import Calculator, Field, Given, calculate
from elara_local.errors import ElaraError, WrongUse
from elara_local.ui import calculators_view
from elara_local.ui.library_tab import make_panel
from elara_local.ui.markup import quiet
from elara_local.ui.words import Words, read_words

QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
YES, NO = "yes", "no"
THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")  # 1,400 may be 1400 or 1.4
FEW = 4  # choices that are shown as buttons; more are a list


class CalculatorsPanel:
    """The components of the tab that are always there."""

    def __init__(self, gr: Any, words: Words, calculators: Mapping[str, Calculator]) -> None:
        self.choice = gr.Dropdown(
            calculators_view.list_choices(list(calculators.values())),
            value=None,
            label=words.say("calculators.choose"),
            elem_id="calculator",
        )
        self.lead = make_panel(gr, "calculators", quiet(words.say("calculators.lead")))

    @property
    def spoken(self) -> list[Any]:
        """The components that `say` gives new words to, in its order."""
        return [self.choice, self.lead]

    def say(self, gr: Any, words: Words) -> list[Any]:
        """Return every word of the tab in another language."""
        label = words.say("calculators.choose")
        return [gr.Dropdown(label=label), quiet(words.say("calculators.lead"))]


def connect_calculators(
    gr: Any, panel: CalculatorsPanel, calculators: Mapping[str, Calculator], language: Any
) -> None:
    """Draw the form of the calculator that is chosen, and calculate when it is asked to."""

    # Drawn when another is chosen, not when the language changes: what was typed stays.
    @gr.render(  # type: ignore[untyped-decorator]
        inputs=[panel.choice, language],
        triggers=[panel.choice.change],
        queue=False,
        show_progress="hidden",
    )
    def draw(chosen: str | None, spoken: str) -> None:
        if chosen and chosen in calculators:
            _draw_form(gr, calculators[chosen], read_words(spoken))


def _draw_form(gr: Any, calculator: Calculator, words: Words) -> None:
    """Make the components of one form and connect its button."""
    make_panel(gr, "calculator-head", calculators_view.paint_head(calculator, words))
    with gr.Row(elem_id="facts"):
        parts = [
            part for field in calculator.fields for part in _make(gr, calculator, field, words)
        ]
    button = gr.Button(words.say("calculators.button"), variant="primary", elem_id="calculate")
    result = make_panel(gr, "calculated", calculators_view.paint_basis(calculator, words))

    def reckon(*typed: Any) -> str:
        try:
            given = read_form(calculator, typed)
            found = calculate(calculator, given)
        except ElaraError as error:
            return calculators_view.paint_failure(error)
        except Exception as error:  # noqa: BLE001 - no traceback may reach a clinician
            told = words.say("answer.failed_inside", name=type(error).__name__)
            return calculators_view.paint_failure(ElaraError(told))
        return calculators_view.paint_result(calculator, found, words)

    button.click(reckon, parts, result, **QUICK)


def _place(gr: Any, calculator: Calculator, field: Field, words: Words) -> list[Any]:
    """Make the components of one field, one under the other."""
    with gr.Column(min_width=240, elem_classes="fact"):
        return _make(gr, calculator, field, words)


def _make(gr: Any, calculator: Calculator, field: Field, words: Words) -> list[Any]:
    """The components of one field: one, and its unit where there is a choice of units."""
    key = f"{calculator.id}.{field.name}"
    common = {
        "label": calculators_view.label_field(field, words),
        "key": key,
        "min_width": 220,
        "interactive": True,  # Gradio takes a part with a value for an output otherwise
        "elem_id": f"fact-{field.name}",
    }
    if field.kind == "yes":
        answers = [(words.say("calculators.yes"), YES), (words.say("calculators.no"), NO)]
        return [gr.Radio(answers, value=None, **common)]
    if field.kind == "choice":
        kind = gr.Radio if len(field.choices) <= FEW else gr.Dropdown
        return [kind(list(field.choices), value=None, **common)]
    if field.kind == "date":
        return [gr.Textbox(value="", placeholder="2026-11-21", max_lines=1, **common)]
    number = gr.Textbox(value="", max_lines=1, **common)
    if len(field.units) < 2:
        return [number]
    unit = gr.Radio(
        list(field.units),
        value=field.unit,
        label=words.say("calculators.unit", name=field.label),
        key=f"{key}.unit",
        min_width=120,
        interactive=True,
        elem_id=f"unit-{field.name}",
    )
    return [number, unit]


def read_form(calculator: Calculator, typed: tuple[Any, ...]) -> dict[str, Given]:
    """Return what was typed into a form, by field; what was left empty is left out.

    Raises:
        WrongUse: something typed is not of its field's kind; the message shows it.
    """
    values = iter(typed)
    given: dict[str, Given] = {}
    for field in calculator.fields:
        value = next(values)
        unit = next(values) if field.kind == "number" and len(field.units) > 1 else field.unit
        if value not in (None, ""):
            given[field.name] = _read_typed(field, str(value).strip(), unit)
    return given


def _read_typed(field: Field, value: str, unit: str) -> Given:
    if field.kind == "yes":
        return value == YES
    if field.kind == "choice":
        return value
    if THOUSANDS.fullmatch(value):
        raise WrongUse(f"{field.label} is '{value}'.", "Type the number without the comma.")
    try:
        if field.kind == "date":
            return date.fromisoformat(value)
        return float(value.replace(",", ".")), unit
    except ValueError as error:
        form = "a date such as 2026-11-21" if field.kind == "date" else "a number such as 1.4"
        raise WrongUse(f"{field.label} is '{value[:40]}'.", f"Type {form}.") from error
