"""A value outside its limits is called by what it is; a dose is no value."""

import pytest

from elara_local.lab_values import name_values
from elara_local.synonyms import expand


@pytest.mark.parametrize(
    ("text", "called"),
    [
        ("potassium 2.1 weak legs", "low potassium hypokalaemia"),
        ("K 6,8 renal failure", "high potassium hyperkalaemia"),
        ("K+ is 6.8 mmol/L", "high potassium hyperkalaemia"),
        ("sodium 112 confused", "low sodium hyponatraemia"),
        ("Na 165", "high sodium hypernatraemia"),
        ("potassium 4.2", ""),
        ("potassium 40 mmol in 1 litre", ""),
        ("potassium 10 mmol per hour", ""),
        ("potassium chloride 8 mL", ""),
        ("vitamin K 1 mg newborn", ""),
        ("vitamin K 2", ""),
        ("sodium chloride 0.9%", ""),
        ("sodium 120 mg", ""),
    ],
)
def test_a_value_is_called_by_what_it_is(text, called):
    assert [means for _, _, means in name_values(text)] == ([called] if called else [])
    assert [e.means for e in expand(text) if e.kind == "value"] == ([called] if called else [])
