"""The words of a question that may say what it is about."""

import pytest

from elara_local.common_words import topic_words


@pytest.mark.parametrize(
    ("text", "topics"),
    [
        ("What is the dose of zinc for a child?", ["zinc"]),
        ("AL tablets for 7 kg infant", ["al", "infant"]),
        ("dosis al niño", []),
        ("SE of MgSO4 IV in labour", ["se", "mgso4", "labour"]),
        ("WHAT TO DO IN SNAKE BITE", ["snake", "bite"]),
        ("my sister drank bleach yesterday", ["bleach"]),
        ("que faire devant une morsure", ["morsure"]),
    ],
)
def test_topic_words(text, topics):
    assert topic_words(text) == topics
