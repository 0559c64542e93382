"""The page: which panels there are, and which event fills which.

No `from __future__ import annotations` here: Gradio reads the handlers' annotations, and
`gr.Request` has to be the class itself. No event uses js=, so that the page needs no
'unsafe-eval'; keys and theme are in keys.js. This module knows no engine and no HTML tag.
"""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from elara_local.clinical.register import CALCULATORS
from elara_local.records import Answer, Question
from elara_local.ui import answer_view, search_view, sources_view
from elara_local.ui.calculators_tab import connect_calculators
from elara_local.ui.desk import Desk
from elara_local.ui.evaluation_tab import connect_evaluation
from elara_local.ui.frames import Frame, frames
from elara_local.ui.library_tab import Library, connect_library
from elara_local.ui.models_tab import Models, connect_choosing, connect_making
from elara_local.ui.panels import EXAMPLES, Choices, Panels, Shown, paint_facts, say_all
from elara_local.ui.words import Words, read_words

KEPT = 50  # answers of a sitting that stay in memory
# Events that answer at once: no turn in the queue, no spinner, no name for programs.
QUICK: dict[str, Any] = {
    "queue": False,
    "show_progress": "hidden",
    "api_visibility": "private",
}
AT_ONCE = 4  # sittings that may wait at the desk; the desk lets one through at a time


def build_page(
    elara: Shown,
    desk: Desk,
    choices: Choices,
    library: Library,
    home: Path | None = None,
    models: Models | None = None,
) -> Any:
    """Return the Gradio page of `elara`, not yet mounted.

    `home` holds the evaluation's runs; without `models` there is no tab for them.
    """
    import gradio as gr

    words = read_words(choices.language)
    with gr.Blocks(title="Elara Local", analytics_enabled=False, delete_cache=(60, 600)) as page:
        parts = Panels(gr, elara, words, choices, with_models=models is not None)
        _answer_events(gr, parts, desk, elara)
        _clear_event(gr, parts)
        _other_events(gr, parts, elara, choices, library, home, models)
        connect_calculators(gr, parts.calculators, CALCULATORS, parts.language)
        connect_evaluation(gr, parts.evaluation_tab, parts.evaluation, home, parts.language)
        connect_library(
            gr,
            page,
            parts.library,
            library,
            parts.language,
            [parts.header, parts.about],
            partial(paint_facts, elara),
        )

        if models is not None:
            facts = [parts.header, parts.about]
            tell = partial(paint_facts, elara)
            connect_choosing(
                gr, parts.models_tab, parts.models, models, parts.language, facts, tell
            )
            connect_making(gr, parts.models, models, parts.language)

        def leave(request: gr.Request) -> None:
            desk.stop(str(request.session_hash))
            library.room.forget(str(request.session_hash))
            # Gradio would keep a sitting's history for an hour after its page is closed.
            sitting = page.state_holder.session_data.get(request.session_hash)
            if sitting is not None:
                sitting.state_data.clear()

        page.unload(leave)
        page.load(
            lambda language: paint_facts(elara, read_words(language)),
            parts.language,
            [parts.header, parts.about],
            **QUICK,
        )
    return page


def _answer_events(gr: Any, parts: Panels, desk: Desk, elara: Shown) -> None:
    """Connect asking, stopping and the examples."""
    asking = _asking(gr, parts, desk, elara)
    gr.on([parts.question.submit, parts.ask.click], api_name="ask", **asking)
    for key, button in zip(EXAMPLES, parts.examples, strict=True):
        button.click(
            lambda language, key=key: read_words(language).say(key),
            parts.language,
            parts.question,
            **QUICK,
        ).then(api_visibility="private", **asking)

    def stop(request: gr.Request) -> None:
        desk.stop(str(request.session_hash))

    parts.stop.click(stop, queue=False, show_progress="hidden", api_name="stop")


def _asking(gr: Any, parts: Panels, desk: Desk, elara: Shown) -> dict[str, Any]:
    """Return what every event that asks has in common."""

    def ask(
        text: str,
        role: str,
        language: str,
        generator: str,
        history: Sequence[Answer],
        request: gr.Request,
    ) -> Iterator[list[Any]]:
        question = Question(text or "", role, generator=generator)
        words = read_words(language)
        first = True
        for frame in frames(desk, str(request.session_hash), question, words):
            header = paint_facts(elara, words)[0] if frame.done else gr.skip()
            yield [*_outputs(gr, frame, tuple(history), words, first), header]
            first = False

    shown = [parts.banner, parts.stage, parts.answer, parts.sources]
    kept = [parts.ask, parts.stop, parts.history, parts.past, parts.clear, parts.header]
    return {
        "fn": ask,
        "inputs": [parts.question, parts.role, parts.language, parts.generator, parts.history],
        "outputs": [*shown, *kept],
        "show_progress": "hidden",
        "concurrency_id": "llm",
        "concurrency_limit": AT_ONCE,
        "trigger_mode": "once",
    }


def _clear_event(gr: Any, parts: Panels) -> None:
    """Connect the clearing of a sitting."""

    def clear(language: str) -> list[Any]:
        words = read_words(language)
        empty = [answer_view.paint_empty(words), sources_view.paint_empty(words)]
        return ["", "", "", *empty, (), "", gr.Button(visible=False)]

    shown = [parts.question, parts.banner, parts.stage, parts.answer, parts.sources]
    outputs = [*shown, parts.history, parts.past, parts.clear]
    parts.clear.click(clear, parts.language, outputs, **QUICK)


def _outputs(
    gr: Any, frame: Frame, history: tuple[Answer, ...], words: Words, first: bool
) -> list[Any]:
    """Return one value for each output; what stays as it is costs a few bytes only."""
    same = gr.skip()
    panels = [same if p is None else p for p in (frame.banner, frame.stage, frame.answer)]
    panels.append(same if frame.sources is None else frame.sources)
    buttons = [same, same]
    if first or frame.done:
        buttons = [gr.Button(interactive=frame.done), gr.Button(interactive=not frame.done)]
    past, clear, kept = same, same, same
    if first:
        past = answer_view.paint_history(history, words)
    if frame.done:
        clear = gr.Button(visible=True)
    if frame.answer_record:
        kept = (*history, frame.answer_record)[-KEPT:]
    return [*panels, *buttons, kept, past, clear]


def _other_events(
    gr: Any,
    parts: Panels,
    elara: Shown,
    choices: Choices,
    library: Library,
    home: Path | None,
    models: Models | None,
) -> None:
    """Connect the change of language and the search of passages."""

    def translate(
        language: str,
        role: str,
        generator: str,
        history: Sequence[Answer],
        request: gr.Request,
    ) -> list[Any]:
        words = read_words(language)
        said = say_all(gr, elara, words, choices, role, generator, history)
        said += parts.library.say(gr, library, str(request.session_hash), words)
        said += parts.calculators.say(gr, words) + parts.evaluation.say(gr, home, words)
        return said if models is None else said + parts.models.say(gr, models, words)

    spoken = parts.spoken + parts.library.spoken
    spoken += parts.calculators.spoken + parts.evaluation.spoken
    parts.language.change(
        translate,
        [parts.language, parts.role, parts.generator, parts.history],
        spoken if models is None else spoken + parts.models.spoken,
        **QUICK,
    )
    gr.on(
        [parts.sought.submit, parts.search.click],
        lambda text, language: search_view.search(elara.retriever, text, read_words(language)),
        [parts.sought, parts.language],
        parts.found,
        show_progress="hidden",
        concurrency_limit=AT_ONCE,
        api_name="search",
    )
