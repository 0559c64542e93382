from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.numerals import write_digits


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("sats eighty six", "sats 86"),
        ("one hundred and ten over seventy", "110 over 70"),
        ("pulse one forty", "pulse 140"),
        ("thirty nine point five", "39.5"),
        ("quatre-vingt-six", "86"),
        ("soixante-douze", "72"),
        ("ochenta y seis", "86"),
        ("ciento diez", "110"),
        ("oitenta e seis", "86"),
        ("themanini na sita", "86"),
        ("mia moja na kumi", "110"),
        ("five twenty", "five twenty"),
        ("noventa por ciento", "90 por ciento"),
        ("someone", "someone"),
    ],
)
def test_number_words_become_digits(text, digits):
    found = write_digits(text)
    assert " ".join(found.split()) == digits
    assert len(found) == len(text)


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="abcdefghijklmnopqrstuvwxyz éİſ0123456789-", max_size=80))
def test_the_length_stays(text):
    assert len(write_digits(text)) == len(text)
