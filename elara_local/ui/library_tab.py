"""The Library tab: its components, their words, and what happens when one is pressed.

No `from __future__ import annotations` here: Gradio reads the handlers' annotations, and
`gr.Request` has to be the class itself. The work is done in the workshop's child process;
this module starts it, watches it and shows it. It knows no file format and no index.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from elara_local.errors import ElaraError
from elara_local.ui import library_view
from elara_local.ui.markup import quiet
from elara_local.ui.waiting import WaitingRoom, discard
from elara_local.ui.words import Words, read_words
from elara_local.ui.workshop import Workshop

PRINTED = ("edition", "licence", "source")  # what may be told of the files that are added
LONGEST_HINT = 200  # characters of each
WATCHERS = 8  # pages that may watch a change at the same time
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
WATCH: dict[str, Any] = {
    "show_progress": "hidden",
    "concurrency_id": "library",
    "concurrency_limit": WATCHERS,
    "api_visibility": "private",
}


def make_panel(gr: Any, name: str, html: str = "") -> Any:
    """Return a panel for HTML of ours: the page's own sanitiser reads it a second time."""
    return gr.Markdown(html, elem_id=name, latex_delimiters=[], sanitize_html=True)


@dataclass(frozen=True)
class Library:
    """What the tab works with: who adds and removes, and where chosen files wait."""

    workshop: Workshop
    room: WaitingRoom


class LibraryPanel:
    """The components of the tab, made in the order in which they are read."""

    def __init__(self, gr: Any, words: Words) -> None:
        say = words.say
        self.files = gr.File(
            label=say("library.files"), file_count="multiple", height=150, elem_id="files"
        )
        self.chosen = make_panel(gr, "chosen")
        with gr.Column(elem_id="printed"):
            self.details = make_panel(gr, "details", quiet(say("library.details")))
            with gr.Row():
                self.printed = [
                    gr.Textbox(
                        label=say(f"library.{name}"),
                        max_lines=1,
                        max_length=LONGEST_HINT,
                        min_width=180,
                        elem_id=f"printed-{name}",
                    )
                    for name in PRINTED
                ]
        with gr.Row(elem_id="adding"):
            self.add = gr.Button(say("library.add"), variant="primary", elem_id="add")
            self.forget = gr.Button(say("library.forget"), elem_id="forget")
            self.halt = gr.Button(say("library.halt"), interactive=False, elem_id="halt")
        self.work = make_panel(gr, "work")
        self.report = make_panel(gr, "report")
        self.shelves = make_panel(gr, "shelves")
        self.own = gr.CheckboxGroup(
            [], label=say("library.choose_remove"), visible=False, elem_id="own"
        )
        self.remove = gr.Button(say("library.remove"), size="sm", visible=False, elem_id="remove")
        self.confirm = make_panel(gr, "confirm")
        with gr.Row(visible=False, elem_id="sure") as self.sure:
            self.yes = gr.Button(say("library.yes"), size="sm", elem_id="yes")
            self.no = gr.Button(say("library.no"), size="sm", elem_id="no")

    @property
    def spoken(self) -> list[Any]:
        """The components that `say` gives new words to, in its order."""
        buttons = [self.add, self.forget, self.halt, self.remove, self.yes, self.no]
        shown = [self.chosen, self.work, self.report, self.shelves, self.own, self.confirm]
        return [self.files, self.details, *self.printed, *buttons, *shown, self.sure]

    def say(self, gr: Any, library: Library, sitting: str, words: Words) -> list[Any]:
        """Return every word of the tab in another language."""
        say = words.say
        keys = ("add", "forget", "halt", "remove", "yes", "no")
        progress = library.workshop.progress
        return [
            gr.File(label=say("library.files")),
            quiet(say("library.details")),
            *(gr.Textbox(label=say(f"library.{name}")) for name in PRINTED),
            *(gr.Button(say(f"library.{key}")) for key in keys),
            library_view.paint_chosen(library.room.peek(sitting), words),
            library_view.paint_progress(progress, words),
            library_view.paint_report(progress, words),
            *_shelves(gr, library, words, again=False)[:2],
            "",
            gr.Row(visible=False),
        ]


def connect_library(
    gr: Any,
    page: Any,
    panel: LibraryPanel,
    library: Library,
    language: Any,
    facts: Sequence[Any],
    say_facts: Callable[[Words], list[str]],
) -> None:
    """Connect choosing, adding, stopping and removing, and the list on opening the page.

    `facts` are the panels that `say_facts` paints anew when the library has changed.
    """

    def follow(words: Words, opening: bool = False) -> Iterator[list[Any]]:
        """Show the change until it has ended, then what there is; on opening at once as well."""
        unlisted = opening
        for now in library.workshop.watch():
            running = now.state == "running"
            shown = [library_view.paint_progress(now, words), library_view.paint_report(now, words)]
            buttons = [gr.Button(interactive=not running), gr.Button(interactive=running)]
            rest = [gr.skip()] * (3 + len(facts))
            if unlisted or not running:
                rest = [*_shelves(gr, library, words), *say_facts(words)]
                unlisted = False
            yield [*shown, *buttons, *rest]
        # Gradio sends the last frame twice, and what was ticked in between would be lost.
        yield [gr.skip()] * (7 + len(facts))

    def open_page(spoken: str) -> Iterator[list[Any]]:
        yield from follow(read_words(spoken), opening=True)

    followed = [panel.work, panel.report, panel.add, panel.halt]
    followed += [panel.shelves, panel.own, panel.remove, *facts]
    page.load(open_page, language, followed, **WATCH)
    _connect_adding(gr, page, panel, library, language, followed, follow)
    _connect_removing(gr, panel, library, language, followed, follow)


def _connect_adding(
    gr: Any,
    page: Any,
    panel: LibraryPanel,
    library: Library,
    language: Any,
    followed: Sequence[Any],
    follow: Callable[[Words], Iterator[list[Any]]],
) -> None:
    def take(paths: Any, spoken: str, request: gr.Request) -> list[Any]:
        chosen = library.room.take(str(request.session_hash), paths or (), page.upload_file_set)
        return [None, library_view.paint_chosen(chosen, read_words(spoken))]

    def forget(request: gr.Request) -> str:
        library.room.forget(str(request.session_hash))
        return ""

    def add(
        edition: str, licence: str, source: str, spoken: str, request: gr.Request
    ) -> Iterator[list[Any]]:
        words = read_words(spoken)
        told = zip(PRINTED, (edition, licence, source), strict=True)
        hints = {name: _tidy(text) for name, text in told}
        problem = _begin(library, str(request.session_hash), hints)
        same = [gr.skip()] * (1 + len(PRINTED))
        emptied = ["", *[""] * len(PRINTED)]  # once: more may be chosen while these are added
        if problem:
            shown = library_view.paint_told(problem, words)
            yield [gr.skip(), shown, *[gr.skip()] * (len(followed) - 2), *same]
            return
        for frame in follow(words):
            yield [*frame, *emptied]
            emptied = same

    panel.files.upload(take, [panel.files, language], [panel.files, panel.chosen], **QUICK)
    panel.forget.click(forget, None, panel.chosen, **QUICK)
    outputs = [*followed, panel.chosen, *panel.printed]
    panel.add.click(add, [*panel.printed, language], outputs, trigger_mode="once", **WATCH)
    panel.halt.click(library.workshop.stop, None, None, **QUICK)


def _connect_removing(
    gr: Any,
    panel: LibraryPanel,
    library: Library,
    language: Any,
    followed: Sequence[Any],
    follow: Callable[[Words], Iterator[list[Any]]],
) -> None:
    def ask(ticked: Sequence[str], spoken: str) -> list[Any]:
        words = read_words(spoken)
        if not ticked:
            return [library_view.paint_told("none_ticked", words), gr.Row(visible=False)]
        names = [title for title, key in _own(library) if key in ticked]
        return [library_view.paint_confirm(names, words), gr.Row(visible=True)]

    def keep() -> list[Any]:
        return ["", gr.Row(visible=False)]

    def remove(ticked: Sequence[str], spoken: str) -> Iterator[list[Any]]:
        words = read_words(spoken)
        known = {key for _, key in _own(library)}
        ids = [key for key in ticked if key in known]
        hidden = ["", gr.Row(visible=False)]
        if not ids or not library.workshop.remove(ids):
            shown = library_view.paint_told("busy" if ids else "none_ticked", words)
            yield [gr.skip(), shown, *[gr.skip()] * (len(followed) - 2), *hidden]
            return
        for frame in follow(words):
            yield [*frame, *hidden]

    asked = [panel.confirm, panel.sure]
    panel.remove.click(ask, [panel.own, language], asked, **QUICK)
    panel.no.click(keep, None, asked, **QUICK)
    panel.yes.click(
        remove, [panel.own, language], [*followed, *asked], trigger_mode="once", **WATCH
    )


def _begin(library: Library, sitting: str, hints: dict[str, str]) -> str:
    """Begin to add what a sitting has chosen; return "" or the key of why not."""
    if library.workshop.progress.state == "running":
        return "busy"
    chosen = library.room.hand_over(sitting)
    if chosen is None or not chosen.files:
        return "empty"
    if not library.workshop.add(chosen.files, hints, lambda: discard(chosen)):
        discard(chosen)
        return "busy"
    return ""


def _shelves(gr: Any, library: Library, words: Words, again: bool = True) -> list[Any]:
    """Return the shelves, the boxes to tick and the button that removes.

    `again` asks for them anew; without it they are as they were last told.
    """
    try:
        shelves = library.workshop.shelves(again)
    except ElaraError as error:
        shown = library_view.paint_listing_failure(error, words)
        return [shown, gr.CheckboxGroup(visible=False), gr.Button(visible=False)]
    own = library_view.own_documents(shelves)
    boxes = gr.CheckboxGroup(
        choices=own, value=[], label=words.say("library.choose_remove"), visible=bool(own)
    )
    shown = library_view.paint_shelves(shelves, words, library.workshop.lacking)
    return [shown, boxes, gr.Button(visible=bool(own))]


def _own(library: Library) -> list[tuple[str, str]]:
    try:
        return library_view.own_documents(library.workshop.shelves(again=False))
    except ElaraError:
        return []


def _tidy(text: str) -> str:
    return " ".join("".join(c for c in text or "" if c.isprintable()).split())[:LONGEST_HINT]
