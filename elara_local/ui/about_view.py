"""The header line and the page about what is installed, drawn from facts and the ledger.

It knows what it is shown, not where it comes from; nothing here is asked or answered.
"""

from __future__ import annotations

from typing import Protocol

from elara_local.ui.markup import blocks, escape, tag
from elara_local.ui.words import Words


class Facts(Protocol):
    """What is known of the installed parts; `assemble.Facts` fits."""

    chat_model: str
    chat_model_state: str
    embedding_model: str
    index_name: str
    documents: int
    passages: int
    edition: str
    review_note: str
    languages: tuple[str, ...]


class Ledger(Protocol):
    """The count of tries to leave the machine; `offline.Ledger` fits."""

    attempts: int
    tried: list[str]
    allowed: frozenset[tuple[str, int]]


def paint_header(facts: Facts, ledger: Ledger, words: Words) -> str:
    """Return the header: the name, the connections, the model and the index in use."""
    name = tag("h1", escape(words.say("page.title")))
    dot = tag("span", "●", "dot", role="presentation")
    state = tag("p", f"{dot} {escape(say_connections(ledger, words))}", _kind(ledger))
    index = words.say("model.index", name=facts.index_name, n=f"{facts.passages:,}")
    parts = [escape(say_model(facts, words)), escape(index)]
    if facts.edition:
        parts.append(escape(words.say("model.edition", edition=facts.edition)))
    parts.append(tag("span", escape(say_review(facts, words)), "review"))
    return tag("header", name + state + tag("p", " · ".join(parts), "facts"), "top")


def say_connections(ledger: Ledger, words: Words) -> str:
    """Return the state of the network in words."""
    if ledger.attempts:
        return words.say("page.refused", n=ledger.attempts)
    if ledger.allowed:
        address = ", ".join(f"{host}:{port}" for host, port in sorted(ledger.allowed))
        return words.say("page.clinic", address=address)
    return words.say("page.offline")


def say_model(facts: Facts, words: Words) -> str:
    """Return the language model and whether it can be used, in words."""
    if not facts.chat_model or facts.chat_model_state == "absent":
        return words.say("model.absent")
    if facts.chat_model_state.startswith("failed"):
        return words.say("model.failed")
    ready = facts.chat_model_state == "ready"
    return words.say("model.ready" if ready else "model.loading", name=facts.chat_model)


def say_review(facts: Facts, words: Words) -> str:
    """Return the review status of the index: ours in the reader's language, else as written."""
    return (
        facts.review_note
        if facts.review_note.startswith("reviewed")
        else (words.say("page.unreviewed"))
    )


def paint_about(facts: Facts, ledger: Ledger, words: Words) -> str:
    """Return the page about what is installed."""
    rows = [
        ("about.chat_model", say_model(facts, words)),
        ("about.embedding_model", facts.embedding_model),
        ("about.index", facts.index_name),
        ("about.documents", f"{facts.documents:,}"),
        ("about.passages", f"{facts.passages:,}"),
        ("about.edition", facts.edition),
        ("about.review", say_review(facts, words)),
        ("about.languages", ", ".join(facts.languages)),
        ("about.connections", f"{ledger.attempts}"),
    ]
    written = "".join(
        tag("dt", escape(words.say(key))) + tag("dd", escape(value)) for key, value in rows if value
    )
    failed = facts.chat_model_state.startswith("failed")
    return blocks(
        [
            tag("h2", escape(words.say("about.title"))),
            tag("dl", written),
            tag("p", escape(facts.chat_model_state), "quiet") if failed else "",
            tag("p", escape(words.say("about.promise"))),
            tag("p", escape(words.say("about.limits"))),
        ]
    )


def _kind(ledger: Ledger) -> str:
    return "network tried" if ledger.attempts else "network"
