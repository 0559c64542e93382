"""What is installed, as the window, the terminal and `doctor` tell it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from elara_local.catalogue import Installed
from elara_local.passages.library import Library


@dataclass
class Facts:
    """What the window shows of what is installed; `chat_model_state` changes as it loads."""

    chat_model: str
    chat_model_state: str  # "ready", "not loaded yet", "absent" or "failed: why"
    default_generator: str
    embedding_model: str
    index_name: str
    documents: int
    passages: int
    edition: str
    review_note: str
    own_documents: int = 0
    lacking: tuple[str, ...] = ()  # what of the library could not be opened, and why
    languages: tuple[str, ...] = ("en",)


def facts_of(index: Library, model: Installed | None) -> Facts:
    """Say what is installed."""
    manifest = index.manifest
    return Facts(
        chat_model=model.model.name if model else "",
        chat_model_state="not loaded yet" if model else "absent",
        default_generator="",
        embedding_model=manifest["embedding_model"],
        index_name=manifest["name"],
        edition=manifest["edition"],
        **count(index),
    )


def count(index: Library) -> dict[str, Any]:
    """Return the facts that a change of the library changes."""
    documents, reviewed = index.manifest["documents"], index.store.count_reviewed()
    return {
        "documents": documents,
        "passages": index.manifest["passages"],
        "review_note": f"{reviewed} of {documents} documents clinically reviewed",
        "own_documents": len(index.holdings.documents),
        "lacking": index.lacking,
    }
