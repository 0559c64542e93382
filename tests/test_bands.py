"""Weights and ages that a row, a line or a sentence in another language is for."""

import math

import pytest

from elara_local.bands import Band, read_bands


def under(value):
    return math.nextafter(value, 0)


@pytest.mark.parametrize(
    ("sentence", "bands"),
    [
        ("Weight (kg): 40; Paracetamol (mg): 600", [Band("kg", 40, 40)]),
        ("Weight: 6-9.9 kg; Dose: 1", [Band("kg", 6, 9.9)]),
        ("Drug: x; Weight band (kg): 10 to <14; Tablets: 2", [Band("kg", 10, under(14))]),
        ("Age (years): 5–9; Dose (mg): 100", [Band("months", 60, 108)]),
        ("Age: 2 months - 5 years; Dose: 1", [Band("months", 2, 60)]),
        ("Weight: < 5 kg; Dose: half", [Band("kg", 0, under(5))]),
        ("Weight (kg): ≥ 35; Dose: 4", [Band("kg", 35, math.inf)]),
        ("Poids (kg): 7,5; Dose (mg): 75", [Band("kg", 7.5, 7.5)]),
        ("Weight 5-10 kg: 1 tablet; Weight 10-20 kg: 2 tablets",
         [Band("kg", 5, 10), Band("kg", 10, 20)]),
        ("Dose by weight (mg): 150; Volume: 3 ml", []),
        ("Dose (mg/kg): 50", []),
        ("10 kg: 150 mg of paracetamol", [Band("kg", 10, 10)]),
        ("a child of 4 to under 10 kg", [Band("kg", 4, under(10))]),
        ("enfant de moins de 20 kg", [Band("kg", 0, under(20))]),
        ("enfant de 20 kg et plus", [Band("kg", 20, math.inf)]),
        ("enfant de 6 mois à 5 ans", [Band("months", 6, 60)]),
        ("niños de 5 a 10 kg", [Band("kg", 5, 10)]),
        ("the dose is a 10 kg bag", []),
        ("Between 1 and 3 years: 120 mg", [Band("months", 12, 36)]),
        ("between 6 months and 2 years", [Band("months", 6, 24)]),
    ],
)  # fmt: skip
def test_bands_of_rows_lines_and_other_languages(sentence, bands):
    assert read_bands(sentence) == bands
