from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from elara_local.errors import ElaraError
from elara_local.language import detect
from elara_local.screening.function_words import WORDS_FILE, read_function_words

TICO = Path(__file__).resolve().parents[2] / "shared/data/tico19/tico19_dev.tsv.gz"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("dose of amoxicillin in a child?", "en"),
        ("what is the treatment for malaria", "en"),
        ("PREGNANT WOMAN WITH BLEEDING", "en"),
        ("how is severe malaria treated", "en"),
        ("quelle est la dose d'amoxicilline chez l'enfant ?", "fr"),
        ("traitement du paludisme grave", "fr"),
        ("femme enceinte qui saigne", "fr"),
        ("¿cuál es la dosis de amoxicilina en niños?", "es"),
        ("tratamiento de la malaria grave", "es"),
        ("mujer embarazada con sangrado", "es"),
        ("qual é a dose de amoxicilina na criança?", "pt"),
        ("não consegue respirar", "pt"),
        ("mulher grávida com febre", "pt"),
        ("mtoto ana homa na degedege", "sw"),
        ("dozi ya amoxicillin kwa mtoto ni ipi?", "sw"),
        ("nina maumivu ya kifua", "sw"),
        ("ما هي جرعة الأموكسيسيلين للأطفال المصابين بالتهاب رئوي", "ar"),
        ("बच्चे को तेज बुखार है और वह दूध नहीं पी रहा है", "hi"),
        ("小儿肺炎的阿莫西林剂量是多少", "zh"),
        ("子供の肺炎の治療は何ですか", "ja"),
        ("ልጁ ትኩሳት አለው", "am"),
        ("Какова доза амоксициллина для ребёнка при пневмонии", "ru"),
    ],
)
def test_detect(text, code):
    assert detect(text) == code


@pytest.mark.parametrize(
    "text", ["", " ", "500 mg", "amoxicillin", "BP 82/54", "???", "🙂🙂", "\x00", "x", "no"]
)
def test_a_text_that_can_not_tell_is_unknown(text):
    assert detect(text) == "unknown"


def test_the_same_text_gets_the_same_answer():
    text = "Behandlung der schweren Malaria bei Kindern unter fünf Jahren im Krankenhaus"
    assert {detect(text) for _ in range(5)} == {"de"}


def test_langdetect_is_loaded_only_when_needed():
    code = (
        "import sys; from elara_local.language import detect; "
        "assert detect('what is the dose in a child') == 'en'; "
        "assert 'langdetect' not in sys.modules"
    )
    root = Path(__file__).resolve().parents[1]
    subprocess.run([sys.executable, "-c", code], check=True, cwd=root)


def test_function_words_are_there_for_five_languages():
    lists = read_function_words()
    assert set(lists) == {"en", "fr", "es", "pt", "sw"}
    assert all(len(words) > 50 for words in lists.values())


def test_a_broken_word_list_is_refused(tmp_path):
    path = tmp_path / "language.toml"
    path.write_text(WORDS_FILE.read_text(encoding="utf-8").replace("\nsw = ", "\nso = "))
    with pytest.raises(ElaraError, match="sw"):
        read_function_words(path)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=200))
def test_any_text_gets_an_answer(text):
    assert detect(text)


@pytest.mark.skipif(not TICO.is_file(), reason="TICO-19 is not on this machine")
def test_short_clinical_sentences():
    with gzip.open(TICO, "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[:141]
    for code in ("en", "fr", "es", "pt", "sw"):
        column = next(name for name in rows[0] if name.split("-")[0].split("_")[0] == code)
        found = [detect(row[column]) for row in rows if row[column]]
        wrong = [other for other in found if other not in (code, "unknown")]
        assert found.count(code) / len(found) >= 0.80
        assert len(wrong) / len(found) <= 0.03
