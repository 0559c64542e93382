"""Which chat models may be chosen: what the catalogue pins, and what has a report that passed.

What is covered: a model without a report, with one that did not pass, or with one of another
file; a file that was altered after it was installed or proven, also when its recorded sum was
altered with it. Every byte is read at each load: no remembered sum could be trusted more than
the file. What is not covered: a model, its report and its card forged together; adapters, which
are held against their base by the chat engine. It knows the catalogue and reports, no engine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from elara_local.catalogue import Installed, find_installed, read_catalogue, verify
from elara_local.errors import Missing, WrongFile
from elara_local.proofs import PUBLISHED, find_faults, read_proof, require_proof
from elara_local.settings import Settings

CHAT = "chat"
PINNED = "pinned by the catalogue"
LIST = "See: python3 launcher.py models list"


@dataclass(frozen=True)
class Standing:
    """What a chat model is proven by, in a few words, or why it may not be used.

    Both are "" for a model of another kind; `fault` is "" for one that may be used.
    """

    proof: str = ""
    fault: str = ""


def find_standing(installed: Installed) -> Standing:
    """Judge a model by the sums that were recorded and its report, without reading its weights."""
    if installed.model.kind != CHAT:
        return Standing()
    path = installed.file(".gguf")
    sha256 = installed.sums[path]
    if sha256 in read_pins():
        return Standing(PINNED)
    try:
        proof = read_proof(path)
    except Missing as error:
        return Standing(fault=str(error))
    if faults := find_faults(proof):
        return Standing(fault=f"{path.name} was not proven: {'; '.join(faults)}.")
    if sha256 and proof.sha256 != sha256:
        return Standing(fault=f"The report of {path.name} is that of another file.")
    if proof.reference == PUBLISHED:
        return Standing("checked by itself, as published")
    return Standing(f"proven equal to {proof.reference}")


def require_proven(
    installed: Installed, progress: Callable[[str], None] = lambda line: None
) -> None:
    """Read every byte of a chat model; pass one that is pinned or proven, and whole.

    Raises:
        Missing: it has no report.
        WrongFile: a file is not the one that was installed or proven, or it did not pass.
    """
    verify(installed, progress)
    if installed.model.kind != CHAT:
        return
    path = installed.file(".gguf")
    if installed.sums[path] not in read_pins():
        require_proof(path, installed.sums[path])


def find_source(installed: Installed) -> str:
    """Return the sha256 of what a proven model was made of, "" where that is not the same model.

    An adapter written for a Hugging Face folder fits the file that was made of the folder, but
    not one that another adapter was merged into.
    """
    try:
        proof = read_proof(installed.file(".gguf"))
    except Missing:
        return ""
    return "" if proof.adapter or proof.reference == PUBLISHED else proof.base_sha256


def find_chat_model(settings: Settings) -> Installed | None:
    """Return the chat model to use: the one named in the settings, else the first that may be.

    Raises:
        Missing: the settings name one that is not installed.
        WrongFile: the settings name one that was not proven.
    """
    installed = find_installed(settings.model_folders, CHAT)
    if not settings.chat_model:
        usable = (one for one in installed.values() if not find_standing(one).fault)
        return next(usable, None)
    if settings.chat_model not in installed:
        raise Missing(f"The chat model '{settings.chat_model}' is not installed.", LIST)
    chosen = installed[settings.chat_model]
    if fault := find_standing(chosen).fault:
        raise WrongFile(f"The chat model '{settings.chat_model}' can't be used: {fault}", LIST)
    return chosen


def require_chat_model(settings: Settings) -> Installed:
    """Return the chat model to use.

    Raises:
        Missing: there is none; exact quotes work without it.
    """
    model = find_chat_model(settings)
    if model is None:
        raise Missing(
            "No chat model is installed; exact quotes work without one.",
            "Run: python3 launcher.py models prepare",
        )
    return model


@lru_cache(maxsize=1)
def read_pins() -> frozenset[str]:
    """Return the sha256 of every file of a chat model that the catalogue gives."""
    models = [model for model in read_catalogue().values() if model.kind == CHAT]
    return frozenset(f.sha256 for model in models for f in model.files if f.sha256)
