from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.screening.disguises import drop_heaped, unmask


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ＳｐＯ２ ８４％", "SpO2 84%"),
        ("SpO₂", "SpO2"),
        ("étouffé", "etouffe"),
        ("39ºC", "39°C"),
        ("сhеst раin", "chest pain"),
        ("ch3st pa1n", "chest pain"),
        ("What is (are) Stroke", "What is  are  Stroke"),
        ("q4h", "q4h"),
        ("ألم في الصدر", "الم في الصدر"),
    ],
)
def test_unmask(text, plain):
    assert unmask(text) == plain


def test_marks_that_stand_on_nothing_are_dropped():
    assert drop_heaped("p\u0336a\u0336in") == "pain"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=120))
def test_the_length_stays(text):
    assert len(unmask(text)) == len(text)
