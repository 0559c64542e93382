"""How a calculator is drawn: what it is for, its result with the sum, and where it comes from.

It knows calculators, and no component of the page.
"""

from __future__ import annotations

from collections.abc import Sequence

from elara_local.clinical.forms import Calculator, Field, Result
from elara_local.errors import ElaraError
from elara_local.sums import say_value
from elara_local.ui.markup import blocks, escape, quiet, tag
from elara_local.ui.words import Words


def list_choices(calculators: Sequence[Calculator]) -> list[tuple[str, str]]:
    """Return (what is shown, id) of every calculator, group by group, by name."""
    named = sorted(calculators, key=lambda c: (c.group, c.name.casefold()))
    return [(f"{c.group[:1].upper()}{c.group[1:]} › {c.name}", c.id) for c in named]


def label_field(field: Field, words: Words) -> str:
    """Return what stands over a field: name, unit where there is one, whether it may be left out.

    A sign to look for does not say so: it is better looked for.
    """
    units = f" ({field.unit})" if len(field.units) == 1 and field.unit else ""
    left = field.kind != "yes" and (field.optional or field.otherwise is not None)
    optional = words.say("calculators.optional") if left else ""
    return f"{field.label}{units} {optional}".strip()


def paint_head(calculator: Calculator, words: Words) -> str:
    """Return what stands over a form: the name, and for whom it was not made."""
    parts = [tag("h2", escape(calculator.name))]
    if calculator.limits:
        parts.append(quiet(calculator.limits))
    return blocks(parts)


def paint_result(calculator: Calculator, result: Result, words: Words) -> str:
    """Return a result: the value, its meaning, each step, the formula and its sources."""
    shown = say_value(calculator, result)
    parts = [tag("p", escape(shown), "reckoned")]
    if result.meaning:
        parts.append(tag("p", escape(result.meaning), "meaning"))
    parts.append(tag("h3", escape(words.say("calculators.worked"))))
    parts.append(_list(result.worked))
    if result.notes:
        parts += [tag("h3", escape(words.say("calculators.notes"))), _list(result.notes)]
    return tag("section", "".join(parts), "calculated") + "\n\n" + paint_basis(calculator, words)


def paint_basis(calculator: Calculator, words: Words) -> str:
    """Return the formula and where it stands, closed until somebody opens it."""
    inside = [tag("p", escape(calculator.formula)), _list(calculator.sources)]
    summary = tag("summary", escape(words.say("calculators.basis")))
    return tag("details", summary + "".join(inside), "basis")


def paint_failure(error: ElaraError) -> str:
    """Return in one line why nothing was calculated, and the way out."""
    return tag("section", tag("p", escape(str(error))), "state")


def _list(lines: Sequence[str]) -> str:
    return tag("ul", "".join(tag("li", escape(line)) for line in lines))
