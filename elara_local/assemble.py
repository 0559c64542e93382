"""From settings to a working assistant: the index, the engines, the chat model, put together.

The chat model is loaded when first needed, or ahead of that by `warm`; another one can be
chosen while it runs. Which engines there are is in `engine_table`.
"""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from elara_local.assistant import QUOTING, Assistant
from elara_local.catalogue import Installed, find_installed, verify
from elara_local.chat_models import (
    CHAT,
    find_chat_model,
    find_source,
    find_standing,
    require_chat_model,
    require_proven,
)
from elara_local.engine_table import ENGINES, LLAMA, available, choose, load
from elara_local.engines.chat.late import LateGenerator
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.events import Event
from elara_local.facts import Facts, count, facts_of
from elara_local.grounding.meaning import RULES_ALONE, Meaning
from elara_local.offline import Ledger, guard
from elara_local.passages.folder import Index
from elara_local.passages.library import Library, open_library
from elara_local.ports import Embedder, Entailment, Generator
from elara_local.prompts import messages
from elara_local.provision import take_in
from elara_local.records import Provenance, Question
from elara_local.retrieve import Retriever
from elara_local.roles import read_roles
from elara_local.settings import Settings, save_setting

log = logging.getLogger(__name__)

BUILD = "Build it again: python3 launcher.py index build"
CONTENT = Path(__file__).resolve().parent / "content"


@dataclass
class Elara:
    """A working assistant and what is known about it."""

    assistant: Assistant
    facts: Facts
    ledger: Ledger
    index: Library
    retriever: Retriever
    settings: Settings
    chat: LateGenerator | None = None

    def answer(self, question: Question, stop: threading.Event | None = None) -> Iterator[Event]:
        """Answer from the library as it is now; see `Assistant.answer`."""
        return self.assistant.answer(question, stop)

    def reload(self) -> None:
        """Ask the library as it is on disk from the next question on.

        An answer that is being made ends with the library it began with.

        Raises:
            Missing: the handbook's index can't be opened; the library stays as it was.
        """
        library = open_library(self.settings.index, self.settings.library)
        self.index = library
        self.retriever = Retriever(library, self.retriever.embedder)
        before = self.assistant.provenance
        self.assistant = replace(
            self.assistant,
            retriever=self.retriever,
            provenance=replace(before, index=library.fingerprint),
        )
        for name, value in count(library).items():
            setattr(self.facts, name, value)

    @property
    def chat_model(self) -> str:
        """The id of the chat model that is asked, "" where there is none."""
        found = find_chat_model(self.settings)
        return found.model.id if found else ""

    def chat_models(self) -> list[Installed]:
        """Return the installed chat models that may be chosen."""
        found = find_installed(self.settings.model_folders, CHAT).values()
        return [one for one in found if not find_standing(one).fault]

    def take_in(self, file: Path) -> Installed:
        """Make a proven file in a folder of its own one of the chat models; see provision."""
        return take_in(file)

    def use_chat_model(self, name: str) -> None:
        """Ask this model from the next question on, and after the next start.

        An answer that is being written with the one before goes on with quotes.

        Raises:
            Missing, WrongFile: it is not installed or was not proven; nothing is changed.
        """
        settings = replace(self.settings, chat_model=name)
        model = require_chat_model(settings)
        save_setting(settings.home, "chat_model", model.model.id)
        self.settings, before = settings, self.chat
        self.facts.chat_model = model.model.name
        self.facts.chat_model_state = "not loaded yet"
        self.chat = open_chat(settings, model, self.facts)
        written = {LLAMA: self.chat} if self.chat else {}
        self.assistant = replace(
            self.assistant,
            generators={**self.assistant.generators, **written},
            provenance=_provenance(self.index, model),
            adapters=model.adapter_names,
        )
        if before is not None:
            before.close()

    def warm(self) -> None:
        """Read every rule and load the chat model now; its failure is kept in the facts."""
        for event in self.assistant.answer(Question("fever", generator=QUOTING)):
            log.debug("warming: %s", type(event).__name__)
        if self.chat is not None:
            role = "professional"
            self.chat.warm(messages(self.assistant.roles[role], "", ()), role)

    def close(self) -> None:
        """Free the engines and the index."""
        if self.chat is not None:
            self.chat.close()
        self.index.close()


def assemble(settings: Settings) -> Elara:
    """Put the assistant together; refuses the network from here on.

    Raises:
        Missing: the index or the embedding model is not there or not what it should be.
    """
    ledger = guard()
    index = open_library(settings.index, settings.library)
    embedder = embedder_of(index, settings)
    retriever = Retriever(index, embedder)
    model = find_chat_model(settings)
    if settings.generator not in ("", *ENGINES["generator"]):
        names = ", ".join(ENGINES["generator"])
        raise WrongUse(f"The setting generator is '{settings.generator}'.", f"Choose: {names}.")
    facts = facts_of(index, model)
    quoting: Generator = load("generator", QUOTING, embedder=embedder)
    generators: dict[str, Generator] = {QUOTING: quoting}
    chat = open_chat(settings, model, facts) if model else None
    if chat is not None:
        generators[LLAMA] = chat
    facts.default_generator = choose(
        settings.generator, list(generators), model.model.default_generator if model else QUOTING
    )
    entailment = load_entailment(settings)
    meaning = Meaning(embedder, entailment) if entailment is not None else RULES_ALONE
    assistant = Assistant(
        retriever,
        generators,
        facts.default_generator,
        read_roles(),
        _provenance(index, model),
        meaning=meaning,
        adapters=model.adapter_names if model else {},
    )
    return Elara(assistant, facts, ledger, index, retriever, settings, chat)


def open_chat(settings: Settings, model: Installed, facts: Facts) -> LateGenerator | None:
    """Return the chat engine, to be loaded when first asked; None where its package lacks."""
    if LLAMA not in available("generator"):
        return None
    return LateGenerator(
        partial(load_chat, settings, model),
        lambda state: setattr(facts, "chat_model_state", state),
    )


def load_chat(settings: Settings, model: Installed) -> Any:
    """Load the chat engine after every byte of its model was compared with what was proven.

    Raises:
        Missing: the engine or the memory is not there, or the model has no report.
        WrongFile: the model's file is not what it should be, or was not proven.
    """
    require_proven(model)
    return load(
        "generator",
        LLAMA,
        model=model.file(".gguf"),
        threads=settings.threads,
        context=settings.context,
        gpu_layers=settings.gpu_layers,
        known=model.pinned,
        adapters=model.adapters,
        sha256=model.sums[model.file(".gguf")],
        source_sha256=find_source(model),
    )


def load_embedder(settings: Settings, name: str, device: str = "cpu") -> tuple[Embedder, str]:
    """Load an installed embedding model by its catalogue name; also return its sha256.

    `device` is "cpu", or "cuda" for a build on a machine with a graphics card.

    Raises:
        Missing: it is not installed, or there is no such device.
        WrongFile: a file of it is not what it should be.
    """
    installed = find_installed(settings.model_folders, "embedding").get(name)
    if installed is None:
        raise Missing(
            f"The embedding model '{name}' is not installed.",
            "Run: python3 launcher.py models prepare",
        )
    verify(installed)
    folder, threads = installed.folder, settings.threads
    embedder: Any = load("embedder", "ctranslate2", folder=folder, threads=threads, device=device)
    return embedder, embedder.fingerprint


def load_entailment(settings: Settings) -> Entailment | None:
    """Load the first entailment model that is installed for CTranslate2; None where none is.

    Raises:
        Missing: the engine can't be loaded.
        WrongFile: a file of the model is not what it should be.
    """
    for installed in find_installed(settings.model_folders, "entailment").values():
        if installed.model.format == "ctranslate2":
            verify(installed)
            options = {"folder": installed.folder, "threads": settings.threads}
            engine: Entailment = load("entailment", "ctranslate2", **options)
            return engine
    return None


def embedder_of(index: Index | Library, settings: Settings) -> Embedder:
    """Load the embedding model that built the index.

    Raises:
        Missing: it is not installed.
        WrongFile: what is installed under its name is another one.
    """
    name = settings.embedding_model or index.manifest["embedding_model"]
    embedder, sha256 = load_embedder(settings, name)
    if sha256 != index.manifest["embedding_sha256"]:
        raise WrongFile(f"The index was built with another '{name}'.", BUILD)
    return embedder


def _provenance(index: Library, model: Installed | None) -> Provenance:
    manifest = index.manifest
    rules = hashlib.sha256()
    for path in sorted(CONTENT.rglob("*.toml")):
        rules.update(path.read_bytes())
    return Provenance(
        chat_model=f"{model.model.id} {model.sums[model.file('.gguf')][:12]}" if model else "",
        embedding_model=f"{manifest['embedding_model']} {manifest['embedding_sha256'][:12]}",
        index=index.fingerprint,
        handbook=f"{manifest['name']} {manifest['edition']}",
        rules=rules.hexdigest()[:12],
    )
