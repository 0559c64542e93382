from __future__ import annotations

import shutil

import pytest

from elara_local.errors import ElaraError
from elara_local.roles import LANGUAGES
from elara_local.screening.assertion import CUES
from elara_local.screening.emergency_rules import RULES_FOLDER, Limit, read_emergency_rules
from elara_local.vitals import Vital


def test_every_rule_has_what_a_reader_needs():
    rules = read_emergency_rules()
    assert len(rules.rules) >= 12
    assert {rule.level for rule in rules.rules} == {"urgent", "emergency", "crisis"}
    for rule in rules.rules:
        assert rule.id and rule.group and rule.who and rule.version
        assert any(char.isdigit() for char in rule.source), "the source names a year"
        assert set(rule.action) == set(LANGUAGES)
        assert len({*rule.action.values()}) == len(LANGUAGES)
        assert all(len(action) > 60 for action in rule.action.values())


def copy_of_rules(tmp_path):
    return shutil.copytree(RULES_FOLDER, tmp_path / "emergency")


@pytest.mark.parametrize(
    ("name", "old", "new", "said"),
    [
        ("rules.toml", 'level = "urgent"', 'level = "grave"', "level 'grave'"),
        ("rules.toml", 'id = "stroke"', 'id = "shock"', "same id"),
        ("rules.toml", 'name = "spo2", below = 92', 'name = "spo2", under = 92', "limit"),
        ("rules.toml", 'name = "gcs"', 'name = "mood"', "not known"),
        ("rules.toml", 'if = "pregnant"', 'if = "tall"', "no group of people"),
        ("rules.toml", 'version = "', 'edition = "', "version"),
        ("rules.toml", "[[rule]]", "[[rule]", "can't be read"),
        ("sw.toml", "[rules.stroke]", "[rules.stork]", "missing"),
        ("fr.toml", "[rules.stroke]\naction", "[rules.stroke]\ndeed", "'action'"),
        ("pt.toml", "negates = ", "denial = ", "cues"),
        ("es.toml", "=ictus", "ab*", "can't be used"),
        ("en.toml", "[who]", "[whom]", "[who]"),
    ],
)
def test_a_broken_file_is_refused_with_the_place(tmp_path, name, old, new, said):
    folder = copy_of_rules(tmp_path)
    text = (folder / name).read_text(encoding="utf-8")
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ElaraError) as caught:
        read_emergency_rules(folder)
    assert said in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[rules.stroke]\naction = "x"\nwords = ["y"]\n', "again: stroke"),
        ("[sets]\n", "has no table"),
        ('[more.stork]\nwords = ["y"]\n', "missing: stork"),
        ('[more.stroke]\naction = "y"\n', "besides words"),
        ('[rules.new]\naction = "x"\nwords = ["<unknown> pain"]\n', "unknown"),
    ],
)
def test_a_further_file_of_a_language_is_checked(tmp_path, more, said):
    folder = copy_of_rules(tmp_path)
    head = 'version = "1"\nsource = "own words"\n'
    (folder / "en-more.toml").write_text(head + more, encoding="utf-8")
    with pytest.raises(ElaraError, match=said):
        read_emergency_rules(folder)


def test_a_language_that_is_not_there_is_told(tmp_path):
    folder = copy_of_rules(tmp_path)
    (folder / "sw.toml").unlink()
    with pytest.raises(ElaraError, match=r"sw\.toml"):
        read_emergency_rules(folder)


def test_limits_hold_their_edges_and_ages():
    limit = Limit("spo2", below=90)
    assert limit.fires(Vital("spo2", 89, 0, 0), 360, True)
    assert not limit.fires(Vital("spo2", 90, 0, 0), 360, True)
    assert limit.fires(Vital("spo2", 90, 0, 0, "<"), 360, True)
    band = Limit("rr", at_least=50, from_months=2, to_months=12)
    assert band.fires(Vital("rr", 50, 0, 0), 2, True)
    assert not band.fires(Vital("rr", 50, 0, 0), 12, True)
    assert not Limit("sbp", at_least=160, only_members=True).fires(
        Vital("sbp", 170, 0, 0), 360, False
    )


def test_every_language_has_every_cue():
    cues = read_emergency_rules().cues
    assert cues is not None
    assert len(CUES) == len(set(CUES))
