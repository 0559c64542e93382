"""What holds for every calculator: its form, its sources, its refusals, and its worked lines."""

import math
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from elara_local.clinical.basics import GROUPS
from elara_local.clinical.forms import Field, calculate
from elara_local.clinical.points import Score
from elara_local.clinical.register import CALCULATORS
from elara_local.clinical.units import convert
from elara_local.errors import WrongUse
from tests.calculating import EXAMPLES, draw_facts, points_of

# The booklet of IMCI is a form of its own, with its own tests.
BY_ID = sorted(id for id in CALCULATORS if not id.startswith("imci"))
SCORES = [i for i in BY_ID if isinstance(CALCULATORS[i].compute, Score)]


@pytest.mark.parametrize("id", BY_ID)
def test_a_calculator_says_what_it_is_and_where_it_comes_from(id):
    calculator = CALCULATORS[id]
    assert calculator.id == id
    assert calculator.group in GROUPS
    assert calculator.formula and calculator.sources and calculator.also
    assert all(name == name.lower() for name in calculator.also)
    assert any(re.search(r"\b(1[89]|20)\d\d\b", s) or "law" in s or "Dictionary" in s
               for s in calculator.sources)  # fmt: skip
    names = [field.name for field in calculator.fields]
    assert len(names) == len(set(names))


def test_no_two_calculators_answer_to_one_name():
    seen = {}
    for calculator in CALCULATORS.values():
        for name in calculator.also:
            assert seen.setdefault(name, calculator.id) == calculator.id, name


@pytest.mark.parametrize("id", BY_ID)
def test_every_unit_of_every_field_is_known_and_its_limits_are_finite(id):
    for field in CALCULATORS[id].fields:
        assert field.kind != "choice" or len(field.choices) > 1
        if field.kind == "number":
            assert math.isfinite(field.high) and field.low < field.high
            for unit in field.units:
                convert(1.0, unit, field.unit, field.substance)


@pytest.mark.parametrize("id", BY_ID)
def test_every_number_outside_its_limits_is_refused_with_its_value(id):
    calculator = CALCULATORS[id]
    facts = EXAMPLES[id]
    for field in calculator.fields:
        if field.kind != "number":
            continue
        for bad in (field.low - 1, field.high * 1.01 + 1, float("nan")):
            with pytest.raises(WrongUse, match=re.escape(f"{field.label} is {bad:g}")):
                calculate(calculator, {**facts, field.name: bad})
        with pytest.raises(WrongUse, match="can't be read"):
            calculate(calculator, {**facts, field.name: (1.0, "furlong")})


@pytest.mark.parametrize("id", BY_ID)
def test_every_fact_that_must_be_given_is_asked_for(id):
    calculator = CALCULATORS[id]
    for field in calculator.fields:
        if field.otherwise is None:
            rest = {k: v for k, v in EXAMPLES[id].items() if k != field.name}
            with pytest.raises(WrongUse, match=re.escape(field.label)):
                calculate(calculator, rest)


@pytest.mark.parametrize("id", BY_ID)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_unit_does_not_change_the_result(id, data):
    calculator = CALCULATORS[id]
    facts = draw_facts(calculator, data)
    other = {
        name: rewrite(field_of(calculator, name), value, data) for name, value in facts.items()
    }
    try:
        plain = calculate(calculator, facts)
    except WrongUse:
        return
    turned = calculate(calculator, other)
    if isinstance(plain.value, float | int):
        assert turned.value == pytest.approx(plain.value, rel=1e-6, abs=1e-6)
    else:
        assert turned.value == plain.value
    assert turned.meaning == plain.meaning


def field_of(calculator, name) -> Field:
    return next(field for field in calculator.fields if field.name == name)


def rewrite(field, value, data):
    if field.kind != "number" or not field.units:
        return value
    unit = data.draw(st.sampled_from(field.units))
    return convert(value, field.unit, unit, field.substance), unit


@pytest.mark.parametrize("id", SCORES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_the_points_of_the_worked_lines_add_up_to_the_value(id, data):
    calculator = CALCULATORS[id]
    try:
        result = calculate(calculator, draw_facts(calculator, data))
    except WrongUse:
        return
    assert sum(points_of(line) for line in result.worked[:-1]) == pytest.approx(result.value)
    assert result.worked[-1].endswith(f"= {result.value:g}")


@pytest.mark.parametrize("id", SCORES)
def test_each_yes_adds_its_own_points_and_no_others(id):
    calculator = CALCULATORS[id]
    base = {f.name: False if f.kind == "yes" else EXAMPLES[id][f.name]
            for f in calculator.fields if f.kind == "yes" or f.name in EXAMPLES[id]}  # fmt: skip
    before = calculate(calculator, base)
    for line in calculator.compute.lines:
        for field in line.fields:
            if field.kind != "yes":
                continue
            after = calculate(calculator, {**base, field.name: True})
            alone = line.count({f.name: base.get(f.name, f.otherwise) for f in calculator.fields}
                               | {field.name: True})  # fmt: skip
            was = line.count({f.name: base.get(f.name, f.otherwise) for f in calculator.fields})
            assert after.value - before.value == pytest.approx(alone - was)


def test_a_converted_value_stands_on_its_limit_and_not_beside_it():
    kpa = convert(79.0, "mmHg", "kPa")
    given = {"systolic": (79.0, "mmHg"), "diastolic": (kpa, "kPa")}
    assert calculate(CALCULATORS["map"], given).value == 79.0
