"""What the tests of the calculators share: a healthy person's facts, and comparing."""

import re
from datetime import date

import pytest
from hypothesis import strategies as st

from elara_local.clinical.forms import calculate
from elara_local.clinical.register import CALCULATORS

NUMBERS = {
    "age": 40,
    "weight": 70,
    "height": 175,
    "systolic": 120,
    "diastolic": 80,
    "pulse": 75,
    "breaths": 16,
    "temperature": 37,
    "saturation": 98,
    "fio2": 21,
    "pao2": 95,
    "paco2": 40,
    "oxygenation": 95,
    "ph": 7.4,
    "creatinine": 0.9,
    "urea": 14,
    "sodium": 140,
    "potassium": 4.2,
    "chloride": 104,
    "bicarbonate": 20,
    "glucose": 100,
    "albumin": 4,
    "bilirubin": 0.8,
    "inr": 1,
    "platelets": 250,
    "leukocytes": 7,
    "haematocrit": 42,
    "haemoglobin": 14.5,
    "gcs": 15,
    "bmi": 22,
    "qt": 400,
    "cycle": 28,
    "air": 760,
    "arm": 140,
    "neutrophils": 60,
    "drinks": 0,
    "dilation": 0,
    "effacement": 0,
    "bar": 100,
    "reserve": 10,
}
ADJUSTED = {  # where the healthy adult is not whom the calculator is for
    "muac": {"age": 24},
    "apgar": {"pulse": 0},
    "schwartz": {"age": 8, "height": 125},
    "mme": {"morphine": 10},
    "nines": {"head": 50},
    "lund_browder": {"head": 50},
    "rehydration": {"age": 2, "weight": 12},
    "appendicitis_child": {"neutrophils": 4},
}
DATES = {"period": date(2024, 1, 1), "today": date(2024, 3, 11)}


def normal(id):
    """Every fact of a calculator: no to every question, the first choice, healthy numbers."""
    facts = {}
    for field in CALCULATORS[id].fields:
        if field.kind == "yes":
            facts[field.name] = False
        elif field.kind == "choice":
            facts[field.name] = "male" if field.name == "sex" else field.choices[0]
        elif field.kind == "date":
            facts[field.name] = DATES[field.name]
        elif field.otherwise is not None:
            facts[field.name] = field.otherwise
        else:
            middle = min(max(field.low + 1, 20), field.high)
            facts[field.name] = NUMBERS.get(field.name, middle)
    return facts | ADJUSTED.get(id, {})


EXAMPLES = {id: normal(id) for id in CALCULATORS}


def run(id, **facts):
    return calculate(CALCULATORS[id], {**EXAMPLES[id], **facts})


def value(id, **facts):
    return run(id, **facts).value


def check(id, expected, rel=1e-3, **facts):
    """Compare a number with one that was worked out apart from the code."""
    assert value(id, **facts) == pytest.approx(expected, rel=rel, abs=1e-9)


def check_edges(id, name, *edges, **facts):
    """Compare the points of a score over the base for (value, points over the base)."""
    base = value(id, **facts)
    for given, points in edges:
        found = value(id, **{**facts, name: given}) - base
        assert found == pytest.approx(points), f"{id}: {name} {given} gives {found:+g}"


def check_alone(id, base=0, **points):
    """Compare what each question or choice adds alone."""
    assert value(id) == base
    for name, given in points.items():
        answer, expected = given if isinstance(given, tuple) else (True, given)
        assert value(id, **{name: answer}) - base == pytest.approx(expected), name


def check_bands(id, *bands):
    """Compare the band of a total with how its text begins."""
    for total, text in bands:
        assert CALCULATORS[id].compute.place(total).startswith(text), (total, text)


def points_of(line):
    """The points that a worked line shows at its end."""
    return float(re.search(r": ([+-]?[\d.]+)$", line).group(1))


def draw_facts(calculator, data):
    """Any facts that the form allows."""
    facts = {}
    for field in calculator.fields:
        if field.kind == "yes":
            facts[field.name] = data.draw(st.booleans())
        elif field.kind == "choice":
            facts[field.name] = data.draw(st.sampled_from(field.choices))
        elif field.kind == "date":
            facts[field.name] = data.draw(st.dates(date(2000, 1, 1), date(2030, 1, 1)))
        else:
            usual = NUMBERS.get(field.name, (field.low + field.high) / 2)
            low, high = max(field.low, usual * 0.3), min(field.high, usual * 2 + 1)
            drawn = data.draw(st.floats(low + 1e-3 * (high - low), high - 1e-3 * (high - low)))
            facts[field.name] = round(drawn, 3) if low < 10 else round(drawn, 1)
    return facts
