"""The calibration suite counts an answer at the level that it was given."""

import pytest

from elara_local.assistant import Assistant
from elara_local.engines.chat.quoting import Quoting
from elara_local.evaluation.calibration import SUITE, _judge
from elara_local.evaluation.golden import Golden, read_golden
from elara_local.records import Provenance
from elara_local.retrieve import Retriever
from elara_local.roles import read_roles


@pytest.fixture(scope="module")
def assistant(prebuilt, embedder):
    """An assistant on the committed index that answers in exact quotes."""
    quoting = {"quoting": Quoting(embedder)}
    return Assistant(Retriever(prebuilt, embedder), quoting, "quoting", read_roles(), Provenance())


def test_a_question_is_counted_at_its_level(assistant):
    right = next(g for g in read_golden() if g.topic and "dose" in g.text)
    level = _judge(assistant, right).values
    told = [name for name in level if name.endswith("_right")]
    assert len(told) == 1 and level["said_high"] == float(told == ["high_right"])
    wrong = Golden(right.text, right.topic, ("words that stand nowhere",), "dev")
    case = _judge(assistant, wrong)
    assert case.values[told[0]] == 0.0 and right.text in case.note


def test_the_goals_are_those_that_were_asked_for():
    assert SUITE.goals["high_right"].value == 0.95
    assert SUITE.goals["unanswerable_high"].most
