"""`doctor`: is this machine ready for the field? Every part is tried for real."""

from __future__ import annotations

import argparse
import json

from elara_local.assemble import embedder_of, load_chat
from elara_local.catalogue import find_installed
from elara_local.chat_models import find_standing, require_chat_model
from elara_local.errors import WrongFile
from elara_local.events import as_json
from elara_local.facts import facts_of
from elara_local.health import ModelFact, examine, is_ready
from elara_local.offline import guard
from elara_local.passages.folder import open_index
from elara_local.passages.library import open_library
from elara_local.provision import verify_models
from elara_local.settings import REPOSITORY, Settings


def print_doctor(arguments: argparse.Namespace, settings: Settings) -> int:
    """Say of each part whether it is ready for the field; 0 when all are."""
    ledger = guard()
    parts = examine(
        home=settings.home,
        requirements=REPOSITORY / "requirements-field.txt",
        models=lambda: list_facts(settings),
        probes={
            "index": lambda: probe_index(settings),
            "embedding": lambda: probe_embedding(settings),
            "chat": lambda: probe_chat(settings),
        },
        guarded=lambda: ledger is guard(),
    )
    if arguments.json:
        print(json.dumps({"ready": is_ready(parts), "parts": as_json(parts)}, ensure_ascii=False))
    else:
        for part in parts:
            print(f"{part.state:8} {part.name}: {part.said} {part.todo}".rstrip())
    return 0 if is_ready(parts) else 3


def list_facts(settings: Settings) -> list[ModelFact]:
    """Read every installed model for `doctor`; say of a chat model what it is proven by."""
    installed = find_installed(settings.model_folders)
    return [
        ModelFact(check.id, check.passed, check.reason, find_standing(installed[check.id]).proof)
        for check in verify_models(settings.model_folders)
    ]


def probe_index(settings: Settings) -> str:
    """Open the index and the user's library for `doctor` and say what they are.

    Raises:
        WrongFile: a part of the library can't be opened.
    """
    library = open_library(settings.index, settings.library)
    facts = facts_of(library, None)
    library.close()
    if facts.lacking:
        raise WrongFile(" ".join(facts.lacking))
    own = f", {facts.own_documents} of them added here" if facts.own_documents else ""
    return (
        f"{facts.index_name} {facts.edition}, {facts.passages} passages of {facts.documents} "
        f"documents{own}, {facts.review_note}"
    )


def probe_embedding(settings: Settings) -> str:
    """Load the embedding model of the index for `doctor` and embed one sentence."""
    index = open_index(settings.index)
    rows = embedder_of(index, settings).embed(["Is the embedding model ready?"])
    index.close()
    return f"{index.manifest['embedding_model']} makes vectors of {rows.shape[1]} numbers"


def probe_chat(settings: Settings) -> str:
    """Load the chat model for `doctor` and say where it runs.

    Raises:
        Missing: there is none; exact quotes work without it.
    """
    model = require_chat_model(settings)
    engine = load_chat(settings, model)
    said = str(engine.describe())
    engine.close()
    return said
