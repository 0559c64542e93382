"""From the events of an answer to what each panel of the page shows, step by step.

A Frame names only the panels that change; None leaves a panel as it is, so that little
travels to the browser. This module knows words and HTML, and nothing of Gradio.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from elara_local.errors import ElaraError, Stopped
from elara_local.events import Event, Excerpts, Finished, Shown, Stage
from elara_local.records import Answer, Question, Sentence
from elara_local.ui import answer_view, sources_view
from elara_local.ui.desk import Desk, Waiting
from elara_local.ui.markup import escape, tag
from elara_local.ui.words import Words

QUOTING = "quoting"


@dataclass(frozen=True)
class Frame:
    """HTML of the panels that change; `answer_record` and `done` come with the last frame."""

    banner: str | None = None
    stage: str | None = None
    answer: str | None = None
    sources: str | None = None
    answer_record: Answer | None = None
    done: bool = False


def frames(desk: Desk, sitting: str, question: Question, words: Words) -> Iterator[Frame]:
    """Yield frames until the answer, the refusal, the stop or the error is shown.

    Never raises for what goes wrong on the way: the last frame says it, and keeps what is
    already shown when the answer was stopped.
    """
    drawing = Drawing(question, words)
    asked = desk.ask(sitting, question)
    try:
        yield drawing.begin()
        for event in asked:
            frame = drawing.draw(event, desk.is_stopping(sitting))
            if frame:
                yield frame
    except Stopped:
        yield drawing.stop()
    except ElaraError as error:
        yield drawing.fail(error)
    except Exception as error:  # noqa: BLE001 - no traceback may reach a clinician
        yield drawing.fail(error)
    finally:
        asked.close()


class Drawing:
    """Draws one question's events; holds the sentences shown so far."""

    def __init__(self, question: Question, words: Words) -> None:
        self.question = question
        self.words = words
        self.sentences: list[Sentence] = []

    def begin(self) -> Frame:
        """Return the first frame: the old answer gone, the question in its place."""
        return Frame("", self._working("searching"), self._growing(), "")

    def draw(self, event: Event | Waiting, stopping: bool) -> Frame | None:
        """Return the frame of one event; None when nothing changes for the reader."""
        if isinstance(event, Waiting):
            return Frame(stage=self._working("waiting", n=event.before))
        if isinstance(event, Stage):
            return self._draw_stage(event)
        if isinstance(event, Excerpts):
            return Frame(sources=sources_view.paint_sources(event.sources, self.words))
        if isinstance(event, Shown):
            self.sentences.append(event.sentence)
            return Frame(answer=self._growing())
        return self._finish(event, stopping)

    def stop(self) -> Frame:
        """Return the frame of a question that was stopped while it waited."""
        title, text = "answer.stopped_title", "answer.stopped_none"
        told = f"{self.words.say(title)}. {self.words.say(text)}"
        return Frame(
            stage=_outcome(self.words, "stopped", sentences=0), answer=self._told(told), done=True
        )

    def fail(self, error: Exception) -> Frame:
        """Return the frame of an error, in words, with the way out."""
        shown = answer_view.paint_failure(self.question.text, error, self.words)
        return Frame(stage=_outcome(self.words, "failed"), answer=shown, done=True)

    def _draw_stage(self, stage: Stage) -> Frame | None:
        if stage.name == "screened" and stage.emergency and stage.emergency.level != "none":
            return Frame(banner=answer_view.paint_emergency(stage.emergency, self.words))
        if stage.name == "drafting":
            return Frame(stage=self._working("quoting" if stage.detail == QUOTING else "drafting"))
        return None

    def _finish(self, event: Finished, stopping: bool) -> Frame:
        answer = event.answer
        heading = "" if answer.sentences or stopping else self.words.say("sources.nearest")
        sources = sources_view.paint_sources(answer.sources, self.words, heading)
        return Frame(
            banner=answer_view.paint_emergency(answer.emergency, self.words),
            stage=say_outcome(answer, self.words, stopping),
            answer=answer_view.paint_answer(answer, self.words, stopping),
            sources="" if answer.refusal or answer_view.is_helped(answer) else sources,
            answer_record=answer,
            done=True,
        )

    def _growing(self) -> str:
        return answer_view.paint_growing(self.question.text, self.sentences, self.words)

    def _told(self, text: str) -> str:
        asked = answer_view.paint_asked(self.question.text, self.words)
        return f"{asked}\n\n{tag('p', escape(text), 'quiet')}"

    def _working(self, key: str, **values: object) -> str:
        return tag("p", escape(self.words.say(f"stage.{key}", **values)), "working")


def say_outcome(answer: Answer, words: Words, stopped: bool = False) -> str:
    """Return the one line that says how an answer ended; it is announced once."""
    sentences = sum(1 for s in answer.sentences if s.support != "unsupported")
    if stopped:
        return _outcome(words, "stopped", sentences=sentences)
    if answer.refusal:
        return _outcome(words, "refused")
    if answer_view.is_helped(answer):
        return _outcome(words, "helping")
    if not sentences:
        return _outcome(words, "nothing", sources=len(answer.sources))
    cited = sum(1 for source in answer.sources if source.cited)
    return _outcome(words, "ready", sentences=sentences, sources=cited)


def _outcome(words: Words, key: str, **values: object) -> str:
    return tag("p", escape(words.say(f"stage.{key}", **values)), "outcome")
