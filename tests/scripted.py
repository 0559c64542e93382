"""A scripted assistant for tests of the window: it obeys the interface of the real one.

It answers from a small table, so that each state of the page (answered, not in the sources,
refused, failing, slow, emergency, crisis) can be brought about at will.
"""

from __future__ import annotations

import sys
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace

from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.events import Excerpts, Finished, Shown, Stage
from elara_local.records import (
    Answer,
    Confidence,
    Emergency,
    FiredRule,
    Hit,
    Passage,
    Provenance,
    Question,
    Refusal,
    Sentence,
    Source,
    Timings,
)
from elara_local.ui.app import make_private, mount, quieten
from elara_local.ui.desk import Desk
from elara_local.ui.library_tab import Library
from elara_local.ui.library_view import paint_report
from elara_local.ui.panels import Choices
from elara_local.ui.reading import Reader
from elara_local.ui.serve import listen, uvicorn_settings
from elara_local.ui.waiting import WaitingRoom
from elara_local.ui.words import read_words
from elara_local.ui.workshop import Workshop

CHILD = Path(__file__).resolve().parent / "child.py"
TEXT = (
    "Give artesunate by vein or muscle as soon as severe malaria is suspected. "
    "Children under 20 kg receive 3 mg/kg per dose. Everyone else receives 2.4 mg/kg per dose. "
    "Doses are given at 0, 12 and 24 hours, then once a day until the patient can swallow. "
    "Do not wait for the laboratory when danger signs are present. <b>Not bold</b> & *not* `code`."
)
LATER = "Watch blood sugar and breathing every hour in the first day. " * 20
SOURCES = (
    Source(
        "s1", "Severe malaria", "Treatment › Children", 4, "2026-11", "unreviewed",
        "handbook/severe-malaria.md", "Children under 20 kg receive 3 mg/kg per dose.",
        74, 120, 0.91, context=TEXT, origin="WHO Guidelines for malaria, 2023",
    ),
    Source(
        "s2", "Severe malaria", "Nursing care", None, "2026-11", "unreviewed",
        "handbook/severe-malaria.md", LATER[:60], len(TEXT), len(TEXT) + 60, 0.44, context=LATER,
        context_start=len(TEXT),
    ),
)  # fmt: skip
SENTENCES = (
    Sentence("Children under 20 kg receive 3 mg/kg per dose.", ("s1",), "quoted"),
    Sentence("Doses are given at 0, 12 and 24 hours.", ("s1",), "supported"),
)
ALARM = Emergency(
    "emergency",
    (FiredRule("airway", ("not breathing",), "Call for help. Open the airway and ventilate now."),),
)
CRISIS = Emergency(
    "crisis",
    (FiredRule("self-harm", ("end my life",), "Stay with someone you trust. Help is near."),),
)


@dataclass
class Scripted:
    """Answers by the first word of the question; any other question is answered in full."""

    pause: float = 0.0  # seconds before each sentence
    asked: list[str] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    stops: list[threading.Event] = field(default_factory=list)

    def answer(self, question: Question, stop: threading.Event | None = None):
        """Yield the events of one answer."""
        if not question.text.strip():
            raise WrongUse("The question is empty.", "Type or say what you want to know.")
        stop = stop or threading.Event()
        self.stops.append(stop)
        self.asked.append(question.text)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            yield Stage("received")
            yield from self._tell(question, stop)
        finally:
            self.at_once -= 1

    def _tell(self, question: Question, stop: threading.Event):
        text = question.text
        emergency = ALARM if "not breathing" in text else Emergency()
        emergency = CRISIS if "end my life" in text else emergency
        refusal = Refusal("r1", "Elara does not help with that.") if "forge" in text else None
        yield Stage("screened", emergency=emergency, refusal=refusal)
        if refusal:
            yield Finished(self._finish(question, "refused", refusal=refusal))
            return
        yield Stage("searching")
        if "broken" in text:
            raise Missing("The index is not there.", "Run: python -m index build")
        if "crash" in text:
            raise RuntimeError(f"internal words: {text}")
        yield Excerpts(SOURCES)
        if "unknown" in text:
            yield Finished(self._finish(question, "not_in_sources", emergency))
            return
        yield Stage("drafting", question.generator or "quoting")
        shown: list[Sentence] = []
        notes = ("1 drafted sentence was left out: the number 5 is not in the source.",)
        for sentence in SENTENCES:
            if "endless" in text or self.pause:
                if stop.wait(60 if "endless" in text else self.pause):
                    notes = ("Stopped before the answer was complete.",)
                    break
            shown.append(sentence)
            yield Shown(sentence)
        yield Finished(self._finish(question, "answered", emergency, tuple(shown), notes=notes))

    def _finish(self, question, status, emergency=None, sentences=(), notes=(), refusal=None):
        marks = ((74, 120), (164, 201))
        cited = replace(SOURCES[0], cited=True, marks=marks)
        sources = () if refusal else ((cited, SOURCES[1]) if sentences else SOURCES)
        return Answer(
            question.text, "en", question.role, question.text, emergency or Emergency(), refusal,
            status, " ".join(s.text for s in sentences), sentences, sources,
            Confidence("moderate", ("1 passage from 1 document.", "Not clinically reviewed.")),
            notes, "Excerpts from the installed sources. Check doses before acting.",
            Timings(screen=1.2, embed=8.0, search=3.1, total=42.0),
            Provenance("Scripted", "", "MiniLM", "handbook", "2026-11", "rules 1"),
        )  # fmt: skip


class Finder:
    """A scripted search: everything is about malaria."""

    def search(self, text: str, top: int):
        """Return one passage, or none for the word nothing."""
        passage = Passage(
            1, "d", "Severe malaria", "Treatment", TEXT, 0, len(TEXT), 4, 4, "2026-11"
        )
        hits = () if "nothing" in text else (Hit(passage, 0.9),)
        return SimpleNamespace(
            hits=hits,
            about="off topic" not in text,
            unknown=(),
            corrected={},
        )


def scripted_elara(pause: float = 0.0, generators=("quoting", "llama.cpp"), state="ready"):
    """Return what `assemble` would return, with the scripted assistant in it."""
    facts = SimpleNamespace(
        chat_model="SmolLM2 135M", chat_model_state=state, default_generator="quoting",
        embedding_model="MiniLM L6 int8", index_name="Starter handbook", documents=60,
        passages=2140, edition="2026-11", review_note="not clinically reviewed", languages=("en",),
    )  # fmt: skip
    ledger = SimpleNamespace(attempts=0, tried=[], allowed=frozenset())
    assistant = Scripted(pause)
    assistant.generators = dict.fromkeys(generators)
    return SimpleNamespace(
        assistant=assistant, facts=facts, ledger=ledger, retriever=Finder(),
        warm=lambda: None, close=lambda: None, reload=lambda: None, index=Shelf(),
    )  # fmt: skip


class Drawn:
    """Scripted pages: `count` of them, the quoted words on each but where they hold "lost"."""

    def __init__(self, count=0, picture=b"png"):
        self.count, self.picture, self.asked = count, picture, []

    def page_count(self, path):
        """Return how many pages there are."""
        return self.count

    def render_page(self, path, page, quote, width):
        """Return the picture; refuse a page that is not there."""
        self.asked.append((path, page, quote))
        if not 1 <= page <= self.count:
            raise WrongFile("There is no such page.", "")
        return self.picture

    def find_boxes(self, path, page, quote):
        """Return one box, or none."""
        return [] if "lost" in quote else [(0, 0, 1, 1)]


class Shelf:
    """A scripted library: one document in two parts, its original at `original`."""

    def __init__(self, original=None):
        self.original = original
        self.store = self

    def text_of(self, document):
        """Return the text of the one document."""
        return f"{TEXT}{LATER}" if document == "handbook/severe-malaria.md" else ""

    def original_of(self, document):
        """Return where its file is."""
        return self.original


def scripted_library(temp, after=lambda: None, command=None):
    """Return a workshop whose child is tests/child.py, and a waiting room in `temp`."""
    command = command or (sys.executable, str(CHILD), str(temp / "state.json"))
    return Library(Workshop(after, command=command), WaitingRoom(temp / "waiting"))


@dataclass
class OpenWindow:
    """A window that is being served in this process."""

    port: int
    token: str
    elara: SimpleNamespace
    desk: Desk
    page: object
    library: Library

    @property
    def origin(self) -> str:
        """Where it is, without the token."""
        return f"http://127.0.0.1:{self.port}"

    def report(self) -> str:
        """What the library says of the last change."""
        return paint_report(self.library.workshop.progress, read_words("en"))

    @property
    def address(self) -> str:
        """What the browser opens."""
        return f"{self.origin}/?t={self.token}"


@contextmanager
def open_window(temp, elara=None, choices=None, library=None, pages=None, home=None, models=None):
    """Serve the real page of a scripted assistant on a free port; files go to `temp` only."""
    make_private(temp)
    quieten(temp)
    import uvicorn

    from elara_local.ui.page import build_page

    elara = elara or scripted_elara()
    desk = Desk(elara if hasattr(elara, "answer") else elara.assistant)
    listener = listen(0)
    port, token = listener.getsockname()[1], "token-for-tests-0123456789"
    library = library or scripted_library(temp, elara.reload)
    choices = choices or Choices(generators=tuple(elara.assistant.generators))
    page = build_page(elara, desk, choices, library, home, models)
    reader = Reader(lambda: elara.index, pages or Drawn())
    config = uvicorn.Config(mount(page, port, token, [], "system", reader), **uvicorn_settings())
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield OpenWindow(port, token, elara, desk, page, library)
    finally:
        desk.stop_all()
        library.workshop.close()
        server.should_exit = True
        thread.join(20)
        page.close(verbose=False)


def wait_until(condition, seconds=20):
    """Wait for a condition; a test that waits too long fails."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.005)
