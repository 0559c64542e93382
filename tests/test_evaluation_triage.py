from __future__ import annotations

import pytest

from elara_local.evaluation.register import load_suite
from elara_local.evaluation.suites import Bench
from elara_local.evaluation.triage import (
    SUITE,
    describe,
    half_of,
    judge_crisis,
    judge_scene,
    judge_silence,
    judge_vignette,
    read_clinicaflow,
    read_crises,
    read_scenes,
    read_topics,
    read_vignettes,
)
from elara_local.roles import LANGUAGES
from elara_local.screening.emergency_rules import read_emergency_rules
from tests.conftest import shared_data


def bench(half="all", data=None):
    return Bench(lambda: pytest.fail("triage opens no assistant"), data, half)


def test_the_suite_stands_in_the_table():
    assert load_suite("triage") is SUITE


def test_our_sets_are_large_and_a_part_of_them_is_held_back():
    for read, least, held_back in ((read_crises, 350, 180), (read_vignettes, 400, 140)):
        halves = [half for _, half, _ in read()]
        assert len(halves) >= least
        assert halves.count("test") >= held_back
    lay = list(read_vignettes("lay.toml", "lay_"))
    assert len(lay) >= 500
    texts = [text for text, _, _ in (*read_crises(), *read_vignettes(), *lay)]
    assert len(texts) == len(set(texts))


def test_every_rule_has_a_scene_in_every_language():
    scenes = [text for text, _, _ in read_scenes()]
    assert len(scenes) == len(read_emergency_rules().rules) * len(LANGUAGES)


def test_the_half_that_is_asked_for_is_read():
    dev, test, both = (list(SUITE.read(bench(half))) for half in ("dev", "test", "all"))
    assert len(dev) + len(test) == len(both)
    assert not {item.id for item in dev} & {item.id for item in test}


def test_a_case_says_what_was_missed():
    group = {"language": "en", "route": "self"}
    assert judge_crisis("I want to kill myself", group, "dev").values["crisis_caught"] == 1.0
    missed = judge_crisis("a cold", group, "dev")
    assert missed.values["crisis_caught"] == 0.0
    assert "a cold" in missed.note
    assert judge_silence("chest pain now", "alarms", "dev").values["alarms"] == 1.0
    assert judge_vignette("a cold", "urgent", "", ()).values["caught"] == 0.0
    over = judge_vignette("chest pain now", "routine", "", ())
    assert (over.values["over_triaged"], over.values["exact"]) == (1.0, 0.0)
    assert judge_scene("a cold", "stroke", "en").note.startswith("stroke")


def test_a_vignette_is_written_out_as_text():
    vitals = {
        "heart_rate": 80,
        "systolic_bp": 120,
        "temperature_c": 37,
        "spo2": 98,
        "respiratory_rate": 14,
    }
    said = describe(
        {
            "demographics": {"age": 30, "sex": "male"},
            "chief_complaint": "Cough",
            "history": "Well.",
            "vitals": vitals,
        }
    )
    assert said.startswith("30 year old male. Cough. Well. HR 80, SBP 120, T 37 C")


def test_our_dev_half_reaches_the_goals():
    cases = [item.judge() for item in SUITE.read(bench("dev"))]
    for metric, goal in SUITE.goals.items():
        values = [case.values[metric] for case in cases if metric in case.values]
        if values and ":" not in metric and not metric.startswith("slower"):
            mean = sum(values) / len(values)
            assert mean <= goal.value if goal.most else mean >= goal.value, metric


def test_public_sets_are_split_and_judged():
    data = shared_data("triage_clinicaflow").parent
    rows = list(read_clinicaflow(data))
    assert {half for _, half, _ in rows} == {"dev", "test"}
    grave = [case.values.get("clinicaflow_caught") for case in (judge() for *_, judge in rows)]
    told = [value for value in grave if value is not None]
    assert sum(told) / len(told) >= 0.99


def test_questions_about_a_topic_stay_silent():
    shared_data("medquad")
    data = shared_data("medquad").parent
    rows = [row for row in read_topics(data) if half_of(row[0]) == "dev"][::5]
    assert len(rows) > 200
    alarms = [judge().values["medquad_alarms"] for *_, judge in rows]
    assert sum(alarms) / len(alarms) <= 0.005


def test_where_there_is_no_data_our_own_are_judged(tmp_path):
    assert not list(read_clinicaflow(tmp_path))
    assert not list(read_topics(tmp_path))
    assert len(list(SUITE.read(bench(data=tmp_path)))) == len(list(SUITE.read(bench())))
