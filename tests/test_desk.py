"""One question at a time, in turn, each stoppable at once; the frames that the page shows."""

import threading

import pytest

from elara_local.events import Finished, Stage
from elara_local.records import Question
from elara_local.ui.desk import Desk, Waiting
from elara_local.ui.frames import frames
from elara_local.ui.words import read_words
from tests.scripted import Scripted, wait_until

WORDS = read_words("en")


def collect(desk, sitting, text, into):
    for event in desk.ask(sitting, Question(text)):
        into.append(event)


def test_two_questions_wait_in_turn_and_nothing_mixes():
    assistant = Scripted(pause=0.05)
    desk = Desk(assistant)
    seen = [[] for _ in range(4)]
    threads = [
        threading.Thread(target=collect, args=(desk, f"page {n}", f"question {n}", seen[n]))
        for n in range(4)
    ]
    for n, thread in enumerate(threads):
        thread.start()
        wait_until(lambda n=n: len(desk._line) > n or seen[n])
    for thread in threads:
        thread.join(20)
    assert assistant.most_at_once == 1
    assert assistant.asked == [f"question {n}" for n in range(4)]
    for n, events in enumerate(seen):
        assert isinstance(events[-1], Finished)
        assert events[-1].answer.question == f"question {n}"
    assert any(isinstance(event, Waiting) for event in seen[3])
    assert not desk._line and not desk._running


def test_a_stop_reaches_a_running_answer_at_once():
    assistant = Scripted()
    desk, seen = Desk(assistant), []
    thread = threading.Thread(target=collect, args=(desk, "a", "endless", seen))
    thread.start()
    wait_until(lambda: any(isinstance(e, Stage) and e.name == "drafting" for e in seen))
    assert desk.stop("b") == 0 and not assistant.stops[0].is_set()
    assert desk.stop("a") == 1 and assistant.stops[0].is_set()
    thread.join(20)
    assert isinstance(seen[-1], Finished) and not desk._running


def test_a_waiting_question_can_be_stopped_without_being_asked():
    assistant = Scripted()
    desk, first, second = Desk(assistant), [], []
    running = threading.Thread(target=collect, args=(desk, "a", "endless", first))
    running.start()
    wait_until(lambda: first)
    waiting = threading.Thread(
        target=lambda: second.extend(frames(desk, "b", Question("next"), WORDS))
    )
    waiting.start()
    wait_until(lambda: len(second) >= 2)
    assert "Waiting for the question before yours: 1" in second[1].stage
    desk.stop("b")
    waiting.join(20)
    assert "Stopped" in second[-1].stage and second[-1].done
    assert assistant.asked == ["endless"]
    desk.stop_all()
    running.join(20)
    assert not running.is_alive()


def test_a_page_that_goes_away_ends_its_answer():
    assistant = Scripted()
    asked = Desk(assistant).ask("a", Question("anything"))
    next(asked)
    asked.close()
    assert assistant.stops[0].is_set() and assistant.at_once == 0


def panels(text, **given):
    return list(frames(Desk(Scripted()), "a", Question(text, **given), WORDS))


def test_excerpts_come_before_any_sentence_and_the_rest_in_order():
    seen = panels("dose?")
    first = next(n for n, f in enumerate(seen) if f.sources and "Severe malaria" in f.sources)
    sentence = next(n for n, f in enumerate(seen) if f.answer and "3 mg/kg" in f.answer)
    assert first < sentence
    assert [frame.done for frame in seen] == [False] * (len(seen) - 1) + [True]
    assert seen[-1].answer_record.question == "dose?"
    assert "Answer ready. Sentences: 2. Sources: 1." in seen[-1].stage
    assert "left out" in seen[-1].answer


@pytest.mark.parametrize(
    ("text", "stage", "answer"),
    [
        ("unknown disease", "Not in the installed sources", "Not in the installed sources"),
        ("forge a script", "not answered", "Elara does not help with that."),
        ("broken", "No answer", "The index is not there. Run: python -m index build"),
        ("crash", "No answer", "Something failed inside Elara (RuntimeError)."),
        ("  ", "No answer", "The question is empty. Type or say what you want to know."),
    ],
)
def test_the_states_without_an_answer_are_told(text, stage, answer):
    last = panels(text)[-1]
    assert last.done and stage in last.stage and answer in last.answer
    assert "internal words" not in last.answer


def test_an_alarm_is_shown_before_the_search():
    seen = panels("my baby is not breathing")
    alarm = next(n for n, frame in enumerate(seen) if frame.banner)
    excerpts = next(n for n, frame in enumerate(seen) if frame.sources)
    assert alarm < excerpts and "Open the airway" in seen[alarm].banner
    assert "Open the airway" in seen[-1].banner


def test_an_old_alarm_is_gone_with_the_next_question():
    assert panels("dose?")[0].banner == ""
