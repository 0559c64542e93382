from __future__ import annotations

import dataclasses
import re

import pytest

from elara_local.errors import ElaraError
from elara_local.roles import LANGUAGES, ROLE_IDS, ROLES_FILE, read_roles


def test_five_roles_in_five_languages_are_there():
    roles = read_roles()
    assert tuple(roles) == ROLE_IDS
    for role in roles.values():
        assert set(role.names) == set(role.disclaimer) == set(LANGUAGES)
        assert all(role.names.values())
        assert all(len(words) > 40 for words in role.disclaimer.values())


def test_roles_differ_where_they_should():
    roles = read_roles()
    assert roles["emergency"].max_sentences < roles["student"].max_sentences
    assert roles["patient"].depth < roles["researcher"].depth
    for words in ("style", "reading"):
        assert len({getattr(role, words) for role in roles.values()}) == len(roles)
    for code in LANGUAGES:
        assert len({role.disclaimer[code] for role in roles.values()}) == len(roles)
        assert len({role.names[code] for role in roles.values()}) == len(roles)


def test_a_language_without_words_falls_back_to_english():
    role = read_roles()["patient"]
    assert role.name_in("sw") == "Mgonjwa"
    assert role.name_in("ar") == "Patient"
    assert role.disclaimer_in("unknown") == role.disclaimer["en"]


def test_roles_can_not_be_changed_by_a_reader():
    roles = read_roles()
    del roles["patient"]
    assert "patient" in read_roles()
    with pytest.raises(dataclasses.FrozenInstanceError):
        read_roles()["patient"].depth = 99
    with pytest.raises(TypeError):
        read_roles()["patient"].names["en"] = "Someone"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('id = "patient"', 'id = "visitor"', "must hold each of"),
        ('id = "patient"', 'id = "student"', "must hold each of"),
        ("max_sentences = 6", "max_sentences = 0", "max_sentences"),
        ("max_sentences = 6", 'max_sentences = "six"', "max_sentences"),
        ("depth = 8", "depth = true", "depth"),
        ('sw = "Mtafiti"', 'sw = " "', "'sw'"),
        ('version = "', 'edition = "', "version"),
        ("[role.disclaimer]", "[role.warning]", "disclaimer"),
        ('id = "professional"', "id = professional", "can't be read"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, old, new, said):
    text = ROLES_FILE.read_text(encoding="utf-8")
    assert old in text
    path = tmp_path / "roles.toml"
    path.write_text(re.sub(re.escape(old), new, text), encoding="utf-8")
    with pytest.raises(ElaraError) as caught:
        read_roles(path)
    assert said in str(caught.value)
    assert caught.value.hint


def test_an_absent_file_is_refused(tmp_path):
    with pytest.raises(ElaraError, match="can't be read"):
        read_roles(tmp_path / "none.toml")


def test_a_file_without_roles_is_refused(tmp_path):
    path = tmp_path / "roles.toml"
    path.write_text('version = "1"\nsource = "own"\n', encoding="utf-8")
    with pytest.raises(ElaraError, match="list of roles"):
        read_roles(path)
