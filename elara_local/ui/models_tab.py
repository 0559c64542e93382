"""The Models tab: which chat model is asked, and making a new one from a base and an adapter.

No `from __future__ import annotations` here: Gradio reads the handlers' annotations. The work
is done by a child process (ui.conversion); choosing is the assistant's own deed. It knows no
file format and no figure.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from elara_local.catalogue import Installed
from elara_local.errors import ElaraError, WrongUse
from elara_local.settings import STARTER_MODELS
from elara_local.ui import conversion_view
from elara_local.ui.conversion import Conversion, Order
from elara_local.ui.library_tab import make_panel
from elara_local.ui.markup import escape, quiet, tag
from elara_local.ui.words import Words, read_words

KINDS = ("Q8_0", "Q6_K", "Q5_K_M", "Q4_K_M", "F16")  # what is offered; the terminal has all
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,60}")
LONGEST_PATH = 500
WATCHERS = 8  # pages that may watch a conversion at the same time
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
WATCH: dict[str, Any] = {
    "show_progress": "hidden",
    "concurrency_id": "models",
    "concurrency_limit": WATCHERS,
    "api_visibility": "private",
}


class Choosing(Protocol):
    """Who knows the chat models and asks one of them; `assemble.Elara` fits."""

    @property
    def chat_model(self) -> str:
        """The id of the model that is asked, "" where there is none."""

    def chat_models(self) -> Sequence[Installed]:
        """The chat models that may be chosen."""

    def use_chat_model(self, name: str) -> None:
        """Ask this model from the next question on, and after the next start."""

    def take_in(self, file: Path) -> Installed:
        """Make a proven file one of the chat models."""


@dataclass(frozen=True)
class Models:
    """What the tab works with. `home` is the user's folder, where new models go."""

    conversion: Conversion
    choosing: Choosing
    home: Path


class ModelsPanel:
    """The components of the tab, made in the order in which they are read."""

    def __init__(self, gr: Any, words: Words) -> None:
        say = words.say
        self.lead = make_panel(gr, "models-lead", quiet(say("models.lead")))
        self.installed = make_panel(gr, "models-installed")
        with gr.Row(elem_id="choosing"):
            self.chosen = gr.Dropdown(
                [], value=None, label=say("models.choose"), elem_id="chosen-model"
            )
            self.use = gr.Button(say("models.use"), elem_id="use-model")
        self.said = make_panel(gr, "models-said")
        self.make = make_panel(gr, "models-make", _head(words))
        with gr.Row(elem_id="making"):
            self.base = gr.Dropdown(
                [], label=say("models.base"), allow_custom_value=True, elem_id="base"
            )
            self.adapter = gr.Dropdown(
                [], label=say("models.adapter"), allow_custom_value=True, elem_id="adapter"
            )
            self.kind = gr.Dropdown(
                list(KINDS), value=KINDS[0], label=say("models.kind"), elem_id="kind"
            )
            self.name = gr.Textbox(
                label=say("models.name"), max_lines=1, max_length=60, elem_id="model-name"
            )
        with gr.Row(elem_id="converting"):
            self.convert = gr.Button(say("models.convert"), variant="primary", elem_id="convert")
            self.halt = gr.Button(say("models.halt"), interactive=False, elem_id="halt-model")
        self.work = make_panel(gr, "models-work")

    @property
    def spoken(self) -> list[Any]:
        """The components that `say` gives new words to, in its order."""
        fields = [self.chosen, self.base, self.adapter, self.kind, self.name]
        buttons = [self.use, self.convert, self.halt]
        return [self.lead, self.installed, self.make, *fields, *buttons, self.work, self.said]

    @property
    def listed(self) -> list[Any]:
        """The components that show what there is to choose from."""
        return [self.installed, self.chosen, self.base, self.adapter]

    def say(self, gr: Any, models: Models, words: Words) -> list[Any]:
        """Return every word of the tab in another language."""
        say = words.say
        lists = (gr.Dropdown(label=say(f"models.{n}")) for n in ("choose", *FIELDS))
        buttons = (gr.Button(say(f"models.{n}")) for n in ("use", "convert", "halt"))
        return [
            quiet(say("models.lead")),
            _paint_installed(models, words),
            _head(words),
            *lists,
            gr.Textbox(label=say("models.name")),
            *buttons,
            conversion_view.paint_making(models.conversion.now, words),
            "",
        ]


FIELDS = ("base", "adapter", "kind")


def connect_making(gr: Any, panel: ModelsPanel, models: Models, language: Any) -> None:
    """Connect converting, watching it from any page, and stopping."""

    def follow(words: Words) -> Iterator[list[Any]]:
        for now in models.conversion.watch():
            running = now.state == "running"
            work = conversion_view.paint_making(now, words)
            if now.state == "done" and now.out is not None:
                work += _take_in(models, now.out)
            buttons = [gr.Button(interactive=not running), gr.Button(interactive=running)]
            lists = [gr.skip()] * 4 if running else _lists(gr, models, words, now.out)
            yield [work, *buttons, *lists]

    def convert(
        base: str | None, adapter: str | None, kind: str, name: str, spoken: str
    ) -> Iterator[list[Any]]:
        words = read_words(spoken)
        try:
            order = read_order(models.home, base, adapter, kind, name)
        except ElaraError as error:
            yield [tag("p", escape(str(error)), "notice"), *[gr.skip()] * 6]
            return
        models.conversion.begin(order)
        yield from follow(words)

    followed = [panel.work, panel.convert, panel.halt, *panel.listed]
    asked = [panel.base, panel.adapter, panel.kind, panel.name, language]
    panel.convert.click(convert, asked, followed, **WATCH)
    panel.halt.click(models.conversion.stop, **QUICK)


def connect_choosing(
    gr: Any,
    tab: Any,
    panel: ModelsPanel,
    models: Models,
    language: Any,
    facts: Sequence[Any],
    say_facts: Callable[[Words], list[str]],
) -> None:
    """Connect opening the tab and choosing the model that is asked.

    `facts` are the panels that `say_facts` paints anew when another model is asked.
    """

    def open_tab(spoken: str) -> list[Any]:
        return _lists(gr, models, read_words(spoken))

    def use(name: str | None, spoken: str) -> list[Any]:
        words = read_words(spoken)
        try:
            models.choosing.use_chat_model(name or "")
            said = tag("p", escape(words.say("models.used", name=name or "")), "notice good")
        except ElaraError as error:
            said = tag("p", escape(str(error)), "notice")
        return [said, _paint_installed(models, words), *say_facts(words)]

    tab.select(open_tab, language, panel.listed, **QUICK)
    panel.use.click(use, [panel.chosen, language], [panel.said, panel.installed, *facts], **WATCH)


def read_order(home: Path, base: str | None, adapter: str | None, kind: str, name: str) -> Order:
    """Return what was asked for.

    Raises:
        WrongUse: nothing is chosen, a path is not there, or the name can't be one.
    """
    if not base or not base.strip():
        raise WrongUse("No base is chosen.", "Choose a model, or type the path of a folder.")
    paths = [_read_path(text) for text in (base, adapter or "") if text.strip()]
    if not NAME.fullmatch(name.strip()):
        raise WrongUse(f"'{name.strip()}' can't name a model.", "Use small letters, digits, . - _.")
    if kind not in KINDS:
        raise WrongUse(f"'{kind}' is not offered here.", f"Choose: {', '.join(KINDS)}.")
    out = home / "models" / name.strip() / f"{name.strip()}.gguf"
    if out.exists():
        raise WrongUse(f"{name.strip()} is already installed.", "Choose another name.")
    return Order(paths[0], paths[1] if len(paths) > 1 else None, kind, out)


def find_adapters(folders: Sequence[Path]) -> list[Path]:
    """Return the adapter folders in these folders, by name."""
    found = [path.parent for folder in folders for path in folder.glob("*/adapter_config.json")]
    return sorted(found, key=lambda path: path.name)


def _read_path(text: str) -> Path:
    path = Path(text.strip()[:LONGEST_PATH]).expanduser()
    if not path.exists():
        raise WrongUse(f"{path} is not there.", "Choose from the list, or type a whole path.")
    return path.resolve()


def _take_in(models: Models, file: Path) -> str:
    """Make the finished file one of the models; return "" or why that failed."""
    try:
        models.choosing.take_in(file)
    except ElaraError as error:
        return "\n\n" + tag("p", escape(str(error)), "notice")
    return ""


def _lists(gr: Any, models: Models, words: Words, made: Path | None = None) -> list[Any]:
    """Return the table of models and the three lists, as they stand now."""
    found = list(models.choosing.chat_models())
    names = [(one.model.name, one.model.id) for one in found]
    ids = [one.model.id for one in found]
    value = made.stem if made and made.stem in ids else models.choosing.chat_model
    bases = [(one.model.name, str(one.file(".gguf"))) for one in found if _holds_base(one)]
    folders = (STARTER_MODELS / "adapters", models.home / "adapters")
    adapters = [(path.name, str(path)) for path in find_adapters(folders)]
    none = (words.say("models.no_adapter"), "")
    return [
        _paint_installed(models, words),
        gr.Dropdown(names, value=value if value in ids else None),
        gr.Dropdown(bases),
        gr.Dropdown([none, *adapters]),
    ]


def _holds_base(found: Installed) -> bool:
    return any(file.path.endswith(".gguf") for file in found.model.files)


def _paint_installed(models: Models, words: Words) -> str:
    return conversion_view.paint_models(
        models.choosing.chat_models(), models.choosing.chat_model, words
    )


def _head(words: Words) -> str:
    return tag("h2", escape(words.say("models.make"))) + "\n\n" + quiet(words.say("models.how"))
