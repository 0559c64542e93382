"""The panels of the page, in the order in which they are read, and the words on them.

It knows components and words; what happens when one is pressed is in page.py. `gr` is the
imported Gradio, handed in so that nothing is imported before the environment is quiet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from elara_local.clinical.register import CALCULATORS
from elara_local.records import Answer
from elara_local.roles import read_roles
from elara_local.ui import about_view, answer_view, search_view, sources_view
from elara_local.ui.calculators_tab import CalculatorsPanel
from elara_local.ui.desk import Answering
from elara_local.ui.evaluation_tab import EvaluationPanel
from elara_local.ui.frames import QUOTING, say_outcome
from elara_local.ui.library_tab import LibraryPanel, make_panel
from elara_local.ui.markup import escape, quiet, tag
from elara_local.ui.models_tab import ModelsPanel
from elara_local.ui.words import Words, all_words

EXAMPLES = ("ask.example_1", "ask.example_2", "ask.example_3", "ask.example_4")


class Shown(Protocol):
    """What the page is about; `assemble.Elara` fits."""

    @property
    def assistant(self) -> Answering:
        """Who answers."""

    @property
    def facts(self) -> about_view.Facts:
        """What is installed."""

    @property
    def ledger(self) -> about_view.Ledger:
        """What was tried to leave the machine."""

    @property
    def retriever(self) -> search_view.Searching:
        """Who finds passages."""


@dataclass(frozen=True)
class Choices:
    """What is chosen when the page opens, and which generators there are to choose from."""

    role: str = "professional"
    language: str = "en"
    generators: tuple[str, ...] = (QUOTING,)
    generator: str = QUOTING


class Panels:
    """The components of the page, made in the order in which they are read."""

    def __init__(
        self, gr: Any, elara: Shown, words: Words, choices: Choices, with_models: bool = False
    ) -> None:
        self.history = gr.State(())
        self.banner = make_panel(gr, "banner", "")
        with gr.Row(elem_id="head"):
            self.header = make_panel(gr, "header", paint_facts(elara, words)[0])
            self.language = gr.Radio(
                [(w.name, w.language) for w in all_words()],
                value=words.language,
                label=words.say("page.language"),
                elem_id="language",
            )
            with gr.Row(elem_id="looks"):
                self.larger = gr.Button(words.say("page.larger"), elem_id="larger", size="sm")
                self.theme = gr.Button(words.say("page.theme"), elem_id="theme", size="sm")
        with gr.Tabs(elem_id="tabs"):
            with gr.Tab(words.say("tabs.ask"), id="ask") as self.ask_tab, gr.Row(elem_id="desk"):
                self._make_asking(gr, words, choices)
            with gr.Tab(words.say("tabs.search"), id="search") as self.search_tab:
                self._make_search(gr, words)
            with gr.Tab(words.say("tabs.calculators"), id="calculators") as self.calculators_tab:
                self.calculators = CalculatorsPanel(gr, words, CALCULATORS)
            with gr.Tab(words.say("tabs.library"), id="library") as self.library_tab:
                self.library = LibraryPanel(gr, words)
            self.models_tab = gr.Tab(words.say("tabs.models"), id="models", visible=with_models)
            with self.models_tab:
                self.models = ModelsPanel(gr, words)
            with gr.Tab(words.say("tabs.evaluation"), id="evaluation") as self.evaluation_tab:
                self.evaluation = EvaluationPanel(gr, words)
            with gr.Tab(words.say("tabs.about"), id="about") as self.about_tab:
                self.about = make_panel(gr, "about", paint_facts(elara, words)[1])

    def _make_asking(self, gr: Any, words: Words, choices: Choices) -> None:
        with gr.Column(scale=3, elem_id="left"):
            self.question = gr.Textbox(
                label=words.say("ask.label"),
                placeholder=words.say("ask.placeholder"),
                lines=1,
                max_lines=8,
                autofocus=True,
                elem_id="question",
            )
            with gr.Row(elem_id="buttons"):
                self.ask = gr.Button(words.say("ask.button"), variant="primary", elem_id="ask")
                self.stop = gr.Button(words.say("ask.stop"), interactive=False, elem_id="stop")
                self.hint = make_panel(gr, "hint", _hint(words))
            self.stage = make_panel(gr, "stage", "")
            self.answer = make_panel(gr, "answer", answer_view.paint_empty(words))
            with gr.Column(elem_id="examples"):
                self.try_one = make_panel(gr, "try", quiet(words.say("ask.examples")))
                self.examples = [
                    gr.Button(words.say(key), size="sm", elem_classes="example") for key in EXAMPLES
                ]
            self.role = gr.Radio(**_roles(words), value=choices.role, elem_id="role")
            self.generator = gr.Radio(
                **_generators(words, choices),
                value=choices.generator,
                elem_id="generator",
                visible=len(choices.generators) > 1,
            )
            self.note = make_panel(gr, "note", _note(words, choices))
            self.past = make_panel(gr, "past", "")
            self.clear = gr.Button(
                words.say("history.clear"), size="sm", visible=False, elem_id="clear"
            )
        with gr.Column(scale=2, elem_id="right"):
            self.heading = make_panel(gr, "over", tag("h2", escape(words.say("sources.title"))))
            self.sources = make_panel(gr, "sources", sources_view.paint_empty(words))

    def _make_search(self, gr: Any, words: Words) -> None:
        with gr.Row(elem_id="searching"):
            self.sought = gr.Textbox(
                label=words.say("search.label"),
                placeholder=words.say("search.placeholder"),
                lines=1,
                max_lines=1,
                elem_id="sought",
            )
            self.search = gr.Button(words.say("search.button"), variant="primary", elem_id="search")
        self.found = make_panel(gr, "found", quiet(words.say("search.empty")))

    @property
    def spoken(self) -> list[Any]:
        """The components that `say_all` gives new words to, in its order."""
        return [
            self.header,
            self.about,
            self.language,
            self.larger,
            self.theme,
            self.ask_tab,
            self.search_tab,
            self.calculators_tab,
            self.library_tab,
            self.models_tab,
            self.evaluation_tab,
            self.about_tab,
            self.question,
            self.ask,
            self.stop,
            self.hint,
            self.role,
            self.generator,
            self.note,
            self.try_one,
            self.answer,
            self.heading,
            self.sources,
            self.clear,
            self.sought,
            self.search,
            self.found,
            self.banner,
            self.stage,
            self.past,
        ]


def say_all(
    gr: Any,
    elara: Shown,
    words: Words,
    choices: Choices,
    role: str,
    generator: str,
    history: Sequence[Answer],
) -> list[Any]:
    """Return every visible word of the page in another language; the last answer stays."""
    say = words.say
    answer, sources = answer_view.paint_empty(words), sources_view.paint_empty(words)
    banner, stage, past = "", "", answer_view.paint_history(history[:-1], words)
    if history:
        banner = answer_view.paint_emergency(history[-1].emergency, words)
        stage = say_outcome(history[-1], words)
        answer = answer_view.paint_answer(history[-1], words)
        sources = sources_view.paint_sources(history[-1].sources, words)
    return [
        *paint_facts(elara, words),
        gr.Radio(label=say("page.language")),
        gr.Button(say("page.larger")),
        gr.Button(say("page.theme")),
        gr.Tab(label=say("tabs.ask")),
        gr.Tab(label=say("tabs.search")),
        gr.Tab(label=say("tabs.calculators")),
        gr.Tab(label=say("tabs.library")),
        gr.Tab(label=say("tabs.models")),
        gr.Tab(label=say("tabs.evaluation")),
        gr.Tab(label=say("tabs.about")),
        gr.Textbox(label=say("ask.label"), placeholder=say("ask.placeholder")),
        gr.Button(say("ask.button")),
        gr.Button(say("ask.stop")),
        _hint(words),
        gr.Radio(**_roles(words), value=role),
        gr.Radio(**_generators(words, choices), value=generator),
        _note(words, choices),
        quiet(say("ask.examples")),
        answer,
        tag("h2", escape(say("sources.title"))),
        sources,
        gr.Button(say("history.clear")),
        gr.Textbox(label=say("search.label"), placeholder=say("search.placeholder")),
        gr.Button(say("search.button")),
        quiet(say("search.empty")),
        banner,
        stage,
        past,
    ]


def paint_facts(elara: Shown, words: Words) -> list[str]:
    """Return the header and the page about what is installed, as they stand now."""
    return [
        about_view.paint_header(elara.facts, elara.ledger, words),
        about_view.paint_about(elara.facts, elara.ledger, words),
    ]


def _hint(words: Words) -> str:
    return quiet(words.say("ask.keys"))


def _note(words: Words, choices: Choices) -> str:
    texts = []
    if len(choices.generators) < 2:
        texts.append(words.say("ask.only_quotes"))
    if words.language != "en":
        texts.append(words.say("ask.english_sources"))
    return quiet(" ".join(texts)) if texts else ""


def _roles(words: Words) -> dict[str, Any]:
    roles = read_roles().values()
    names = [(role.name_in(words.language), role.id) for role in roles]
    return {"choices": names, "label": words.say("ask.role")}


def _generators(words: Words, choices: Choices) -> dict[str, Any]:
    names = [
        (words.say("ask.quoting" if name == QUOTING else "ask.written"), name)
        for name in choices.generators
    ]
    return {"choices": names, "label": words.say("ask.generator")}
