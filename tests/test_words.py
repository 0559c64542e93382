"""Every language of the window has every word, with the same blanks to fill in."""

import re
import string
import tomllib
from dataclasses import fields

import pytest

from elara_local.errors import WrongFile
from elara_local.records import LEVELS, Provenance, Timings
from elara_local.roles import LANGUAGES
from elara_local.ui.words import FOLDER, all_words, read_words

ENGLISH = read_words("en").texts
UI = FOLDER.parent.parent / "ui"


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_there_is_one_file_for_each_language():
    assert sorted(path.stem for path in FOLDER.glob("*.toml")) == sorted(LANGUAGES)
    assert [words.language for words in all_words()] == list(LANGUAGES)
    assert len({words.name for words in all_words()}) == len(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_same_keys_and_blanks_as_english(language):
    texts = read_words(language).texts
    assert texts.keys() == ENGLISH.keys()
    for key, text in texts.items():
        assert text.strip() == text != "", key
        assert blanks(text) == blanks(ENGLISH[key]), key


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_file_says_what_it_is(language):
    data = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    for name in ("version", "language", "source", "review"):
        assert data[name].strip()
    for section, table in data.items():
        if isinstance(table, dict):
            assert all(isinstance(text, str) for text in table.values()), section


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_a_language_is_really_translated(language):
    texts = read_words(language).texts
    own = [key for key, text in texts.items() if re.search("[a-z]{4}", text)]
    same = [key for key in own if texts[key] == ENGLISH[key] and "example" not in key]
    assert len(same) < 0.12 * len(own), same


def test_every_key_is_used_and_every_used_key_exists():
    code = "\n".join(path.read_text(encoding="utf-8") for path in UI.glob("*.py"))
    sections = {key.split(".")[0] for key in ENGLISH}
    named = re.findall(r"\"([a-z]+)\.([a-z_0-9]+)\"", code)
    used = {f"{section}.{name}" for section, name in named if section in sections}
    families = set(re.findall(r"f\"([a-z]+)\.\{", code))
    assert used <= ENGLISH.keys()
    assert {key for key in ENGLISH.keys() - used if key.split(".")[0] not in families} == set()


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_python_names_by_pieces_has_its_words(language):
    texts = read_words(language).texts
    for family, names in {
        "emergency": set(LEVELS) - {"none"},
        "confidence": {"high", "moderate", "low", "none"},
        "timing": {field.name for field in fields(Timings)},
        "provenance": {field.name for field in fields(Provenance)},
    }.items():
        for name in names:
            assert texts[f"{family}.{name}"]


def test_an_unknown_language_is_english_and_a_wrong_key_is_an_error():
    assert read_words("xx").language == "en"
    with pytest.raises(WrongFile, match="nothing.here"):
        read_words("en").say("nothing.here")
    with pytest.raises(WrongFile):
        read_words("en").say("stage.waiting", other=1)
