"""Multiple choice by log-probabilities: the numbers are llama.cpp's, the options stay hidden."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from elara_local.errors import WrongFile
from elara_local.evaluation.choice import LABELS, SUITE, judge
from elara_local.evaluation.likelihood import Likelihood, Score, log_softmax
from elara_local.evaluation.multiple_choice import (
    WAYS,
    Choice,
    answer_choice,
    read_choices,
    write_messages,
)
from elara_local.records import Hit, Passage
from tests.conftest import installed_model

ZINC = Choice("own", "1", "Is zinc given in diarrhoea?", {"A": "yes", "B": "no"}, "A")


@pytest.fixture(scope="module")
def gguf():
    return installed_model("smollm2-135m-instruct").file(".gguf")


@pytest.fixture(scope="module")
def model(gguf):
    opened = Likelihood(gguf, threads=2, context=1024)
    yield opened
    opened.close()


def by_llama_cpp(path, prompt, continuation):
    """The summed log-probability as llama-cpp-python's own class gives it."""
    llama_cpp = pytest.importorskip("llama_cpp")
    settings = {"n_ctx": 512, "n_threads": 2, "n_batch": 128, "flash_attn": True}  # as Context
    llama = llama_cpp.Llama(str(path), logits_all=True, verbose=False, **settings)
    llama.eval([*prompt, *continuation])
    rows = np.array(llama.scores[len(prompt) - 1 : len(prompt) + len(continuation) - 1])
    logs = llama.logits_to_logprobs(rows)
    llama.close()
    return sum(float(row[token]) for row, token in zip(logs, continuation, strict=True))


def test_log_probabilities_are_llama_cpps(model, gguf):
    prompt = model.read_prompt(write_messages(ZINC), "Answer:")
    tokens = model.read_text(" yes, in every child")
    assert len(tokens) > 2
    (found,) = model.score(prompt, [tokens])
    assert found.tokens == len(tokens) and found.mean == found.total / len(tokens)
    assert found.total == pytest.approx(by_llama_cpp(gguf, prompt, tokens), abs=1e-3)


def test_the_order_of_the_options_changes_no_score(model):
    prompt = model.read_prompt(write_messages(ZINC), "Answer:")
    texts = [model.read_text(text) for text in (" yes, in every child", " yes, in no child", " no")]
    there, back = model.score(prompt, texts), model.score(prompt, texts[::-1])
    for one, other in zip(there, back[::-1], strict=True):
        assert one.total == pytest.approx(other.total, abs=1e-3)
    with pytest.raises(ValueError, match="at least one token"):
        model.score(prompt, [[]])


def test_a_softmax_sums_to_one():
    logs = log_softmax(np.array([1000.0, 999.0, -5.0], dtype=np.float32))
    assert np.exp(logs).sum() == pytest.approx(1) and logs[0] == pytest.approx(-0.3133, abs=1e-3)


def test_passages_that_do_not_fit_are_left_out(model):
    long = "Zinc shortens diarrhoea in children under five years. " * 20
    chosen, used = answer_choice(model, ZINC, [long] * 6)
    assert 0 < used < 6 and set(chosen) == set(WAYS) and set(chosen.values()) <= {"A", "B"}
    assert answer_choice(model, ZINC)[1] == 0


class Certain:
    """A model that finds "yes" likely with passages and "no" without; texts count by length."""

    size = 10_000

    def read_prompt(self, messages, opening=""):
        return [len(messages[-1].content.split("[1]"))]

    def read_text(self, text):
        return [ord(c) for c in text]

    def score(self, prompt, continuations):
        wanted = {" A", " yes"} if prompt == [2] else {" B", " no"}
        said = ["".join(map(chr, c)) for c in continuations]
        return [Score(-0.1 if text in wanted else -9.0, len(text)) for text in said]


class Searching:
    """A search that notes what it was asked."""

    def __init__(self, about):
        self.about, self.asked = about, []

    def search(self, text, top):
        self.asked.append(text)
        passage = Passage(0, "d", "Zinc", "", "Zinc shortens diarrhoea.", 0, 24)
        return SimpleNamespace(hits=[Hit(passage, 1.0)], about=self.about)


def test_the_gate_decides_between_the_two_prompts():
    opened, closed = (judge(Certain(), ZINC, Searching(about), "B").values for about in (1, 0))
    for way in WAYS:
        assert opened[f"plain {way}"] == closed[f"plain {way}"] == 0
        assert opened[f"retrieved {way}"] == closed[f"retrieved {way}"] == 1
        assert opened[f"gated {way}"] == 1 and closed[f"gated {way}"] == 0
        assert opened[f"cost {way}"] == -1 and closed[f"cost {way}"] == 0
    assert opened["commonest"] == 0 and opened["chance"] == 0.5


def test_what_passages_break_is_a_cost():
    wrong = Choice("own", "2", ZINC.question, ZINC.options, "B")
    case = judge(Certain(), wrong, Searching(True), "B")
    assert all(case.values[f"cost {way}"] == 1 for way in WAYS)
    assert ZINC.question not in case.note, "a question of the user's own is not told"


def test_the_search_sees_the_question_and_no_option():
    searching = Searching(True)
    judge(Certain(), ZINC, searching, "A")
    assert searching.asked == [ZINC.question]


def test_long_options_are_not_punished_by_the_mean():
    class Even(Certain):
        def score(self, prompt, continuations):
            return [Score(-2.0 if len(c) > 5 else -1.9, len(c)) for c in continuations]

    long = Choice("own", "3", "Which?", {"A": "a long option", "B": "no"}, "A")
    chosen, _ = answer_choice(Even(), long)
    assert chosen["text"] == "B" and chosen["text_mean"] == "A"


def test_mirages_form_is_read_and_another_is_refused(tmp_path):
    path = tmp_path / "benchmark.json"
    entry = {"question": "Which?", "options": {"A": "one", "B": "two"}, "answer": "B"}
    path.write_text(json.dumps({"medqa": {"0001": entry}}))
    assert read_choices(path) == [Choice("medqa", "0001", "Which?", {"A": "one", "B": "two"}, "B")]
    for wrong in ([], {"medqa": {"1": {}}}, {"medqa": {"1": {**entry, "answer": "C"}}}):
        path.write_text(json.dumps(wrong))
        with pytest.raises(WrongFile):
            read_choices(path)


def test_every_goal_bounds_what_retrieval_costs():
    assert all(name.startswith("cost") and goal.most for name, goal in SUITE.goals.items())
    assert all(goal.value == 0.01 for goal in SUITE.goals.values()) and len(LABELS) == 2
