"""Stop works in the prompt and in the answer; two questions at once wait and do not mix.

No assertion compares times: how far a stopped run came is counted in tokens, and it must be
far less than the whole run has. The latencies are printed (`pytest -s`).
"""

import dataclasses
import sys
import threading
import time

import pytest

from elara_local.assemble import assemble
from elara_local.engine_table import LLAMA
from elara_local.errors import Stopped
from elara_local.events import Finished, Shown
from elara_local.grounding.check import check_sentence
from elara_local.ports import Limits, Message
from elara_local.records import Evidence, Question
from elara_local.settings import Settings
from tests.conftest import installed_model

DOSE = "child 15 kg severe malaria artesunate dose?"
OTHER = "oxytocin dose after birth"


@pytest.fixture(scope="module")
def elara(tmp_path_factory):
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    installed_model("all-minilm-l6-v2-int8")
    installed_model("smollm2-135m-instruct")
    made = assemble(Settings(tmp_path_factory.mktemp("stop") / "home", gpu_layers=0))
    made.warm()
    yield made
    made.close()


@pytest.fixture(scope="module")
def engine(elara):
    return elara.chat.engine()


@pytest.fixture(scope="module")
def alone(elara):
    """Both questions, each asked with nobody else there."""
    return {text: finish(elara.assistant, text) for text in (DOSE, OTHER)}


def finish(assistant, text, stop=None):
    """Ask the model and return the whole answer."""
    question = Question(text, role="emergency", generator=LLAMA)
    *_, last = assistant.answer(question, stop)
    assert isinstance(last, Finished)
    return last.answer


def require_right(answer, alone, named, foreign):
    """Hold an answer to its own question and sources.

    Its words may differ from those it had alone: what is left in the model's cache and the
    number of threads change the last digits of its scores, and so a draft.
    """
    assert (answer.question, answer.asked_in_english) == (alone.question, alone.asked_in_english)
    found = {source.id: source for source in answer.sources}
    assert [s.document for s in answer.sources[:5]] == [s.document for s in alone.sources[:5]]
    assert answer.sentences
    for sentence in (s for s in answer.sentences if not s.is_worked):
        cited = [Evidence(name, found[name].context) for name in sentence.citations]
        assert check_sentence(sentence.text, cited).passed
    assert named in answer.text.casefold() and foreign not in answer.text.casefold()


def with_model(assistant, model):
    """Return an assistant that writes with this model."""
    return dataclasses.replace(assistant, generators={**assistant.generators, LLAMA: model})


class StopAfter:
    """The model; the event is set when so many of its tokens came, or so much later."""

    def __init__(self, inner, count, seconds=0.0):
        self.inner = inner
        self.count = count
        self.seconds = seconds
        self.told = 0.0
        self.came = 0

    def generate(self, messages, limits):
        """Hand the tokens on."""
        self.plan(limits.stop)
        for token in self.inner.generate(messages, limits):
            self.came += 1
            self.plan(limits.stop)
            yield token

    def plan(self, stop):
        """Set the event if it is time, or set a clock for it."""
        if self.came == self.count:
            timer = threading.Timer(self.seconds, self.tell, (stop,))
            timer.start()
            if not self.seconds:
                timer.join()

    def tell(self, stop):
        """Set the event and note when."""
        self.told = time.perf_counter()
        stop.set()

    def say(self, what):
        """Print how long it took until now."""
        latency = (time.perf_counter() - self.told) * 1000
        sys.stdout.write(f"\n{what}: ended {latency:.0f} ms after it was told to stop\n")


def test_stop_in_the_prompt(engine):
    """What is in the cache afterwards tells how far the evaluation of the prompt came."""
    long = [Message("user", "The child has fever, a cough and fast breathing. " * 120)]
    stopping = StopAfter(engine, 0, seconds=0.05)
    tokens = []
    with pytest.raises(Stopped):
        tokens.extend(stopping.generate(long, Limits(max_tokens=1)))
    stopping.say("in the prompt")
    *_, last = engine.generate(long, Limits(max_tokens=1))
    assert tokens == [] and last.usage.prompt_tokens > 1000
    assert last.usage.cached_tokens < last.usage.prompt_tokens / 2


def test_stop_in_the_answer(engine):
    story = [Message("user", "Tell me a very long story about a river and a mountain.")]
    whole = list(engine.generate(story, Limits(max_tokens=200)))
    stopping = StopAfter(engine, 10)
    tokens = []
    with pytest.raises(Stopped):
        tokens.extend(stopping.generate(story, Limits(max_tokens=200)))
    stopping.say("in the answer")
    assert len(whole) > 60 and len(tokens) <= stopping.came == 10


@pytest.mark.parametrize(("count", "seconds"), [(0, 0.0), (0, 0.05), (1, 0.0), (4, 0.0)])
def test_a_stopped_question_is_finished_and_the_next_answer_is_right(elara, alone, count, seconds):
    stopping = StopAfter(elara.chat, count, seconds)
    answer = finish(with_model(elara.assistant, stopping), OTHER)
    stopping.say(f"a question, {count} tokens and {seconds} s into the draft")
    assert any("Stopped before" in note for note in answer.notes)
    assert stopping.came <= count + 1 and answer.sources
    require_right(finish(elara.assistant, DOSE), alone[DOSE], "artesunate", "oxytocin")


def test_a_question_that_was_stopped_before_it_began_writes_nothing(elara):
    stop = threading.Event()
    stop.set()
    answer = finish(elara.assistant, DOSE, stop)
    assert answer.sentences == () and any("Stopped" in note for note in answer.notes)


class Recording:
    """The model, and when each of its tokens came for which question."""

    def __init__(self, inner):
        self.inner = inner
        self.moments = []

    def generate(self, messages, limits):
        """Take every token at once, then hand them on."""
        tokens = []
        for token in self.inner.generate(messages, limits):
            self.moments.append((time.perf_counter(), threading.get_ident()))
            tokens.append(token)
        yield from tokens


def test_two_questions_at_once_wait_in_turn_and_do_not_mix(elara, alone):
    recording = Recording(elara.chat)
    assistant = with_model(elara.assistant, recording)
    answers, ready = {}, threading.Barrier(2)

    def ask(text):
        ready.wait()
        answers[text] = finish(assistant, text)

    threads = [threading.Thread(target=ask, args=(text,)) for text in (DOSE, OTHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    askers = [who for _, who in sorted(recording.moments)]
    changes = sum(left != right for left, right in zip(askers, askers[1:], strict=False))
    assert len(set(askers)) == 2 and changes == 1
    require_right(answers[DOSE], alone[DOSE], "artesunate", "oxytocin")
    require_right(answers[OTHER], alone[OTHER], "oxytocin", "artesunate")


def test_sentences_are_shown_before_the_answer_is_whole(elara):
    events = list(elara.assistant.answer(Question(DOSE, role="emergency", generator=LLAMA)))
    shown = [n for n, event in enumerate(events) if isinstance(event, Shown)]
    assert shown and shown[0] < len(events) - 1
    assert [events[n].sentence for n in shown] == list(events[-1].answer.sentences)
