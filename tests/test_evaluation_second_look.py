from types import SimpleNamespace

import pytest

from elara_local.evaluation.register import load_suite
from elara_local.evaluation.second_look import MEASURES, SUITE, judge, read_vignettes
from elara_local.evaluation.suites import Bench
from tests.conftest import shared_data

SCENE = "The little one hangs over my arm like a wet cloth and looks through me."


@pytest.fixture
def bench(embedder):
    opened = SimpleNamespace(retriever=SimpleNamespace(embedder=embedder))
    return lambda half="all", data=None: Bench(lambda: opened, data, half)


def test_the_suite_stands_in_the_table():
    assert load_suite("second_look") is SUITE


def test_both_sets_are_read_in_halves():
    texts = list(read_vignettes())
    assert {half for _, half, _, _ in texts} == {"dev", "test"}
    assert {groups[0].partition(",")[0] for *_, groups in texts} == {"triage", "lay"}
    assert {kind for _, _, kind, _ in texts} <= set(MEASURES)


def test_a_scene_is_counted_for_each_stage(embedder):
    case = judge(SCENE, "critical", ("dev",), embedder)
    assert case.values["caught_by_likeness"] == case.values["caught"] == 1.0
    assert case.note == ""
    known = judge("Convulsing and unconscious.", "critical", (), embedder)
    assert known.values["caught_by_rules"] == known.values["caught"] == 1.0
    assert "raised_caught" not in known.values
    quiet = judge("a wart on the finger", "critical", (), embedder)
    assert quiet.values["raised_caught"] == quiet.values["caught"] == 0.0
    assert "a wart" in quiet.note
    over = judge(SCENE, "routine", (), embedder)
    assert over.values["over_triaged"] == 1.0
    assert over.note


def test_the_half_that_is_asked_for_is_read(bench):
    dev, test, both = (
        [item.id for item in SUITE.read(bench(half))] for half in ("dev", "test", "all")
    )
    assert len(dev) + len(test) == len(both)
    assert not set(dev) & set(test)


def test_the_dev_half_keeps_its_bounds(bench):
    cases = [item.judge() for item in SUITE.read(bench("dev"))]
    for metric, goal in SUITE.goals.items():
        values = [case.values[metric] for case in cases if metric in case.values]
        if values:
            assert sum(values) / len(values) <= goal.value, metric


def test_questions_about_a_topic_stay_silent(bench):
    shared_data("medquad")
    data = shared_data("medquad").parent
    ours = {item.id for item in SUITE.read(bench("dev"))}
    topics = [item for item in SUITE.read(bench("dev", data)) if item.id not in ours][::5]
    assert len(topics) > 200
    raised = [item.judge().values.get("raised_medquad_alarms", 0.0) for item in topics]
    assert sum(raised) / len(raised) <= 0.005
