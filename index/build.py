"""`index build`: the handbook's topics and medicine cards, embedded, as one index folder.

The embedder is handed in; this room reads topics and cards, cuts passages and writes files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from elara_local.errors import Missing
from elara_local.passages.folder import write_index
from elara_local.passages.store import Document
from elara_local.ports import Embedder
from elara_local.records import Passage
from index.cutting import PASSAGE_WORDS, cut
from index.handbook import Topic, read_topics
from index.leaflets import MEDICINES, read_leaflets
from index.slices import embedding_text

NAME = "Elara starter handbook"


@dataclass(frozen=True)
class Built:
    """What a build made."""

    folder: Path
    documents: int
    passages: int


def build_index(
    source: Path,
    target: Path,
    embedder: Embedder,
    embedding_model: str,
    embedding_sha256: str,
    say: Callable[[str], None] = lambda line: None,
) -> Built:
    """Build the index of a handbook folder and put it in place of `target`.

    Raises:
        Missing: the folder holds no topics.
        WrongFile: a topic or a card breaks the format.
    """
    topics = read_topics(source)
    if not topics:
        raise Missing(f"There are no topics (*.md) in {source}.", "Name the handbook's folder.")
    leaflets = read_leaflets(source / MEDICINES)
    documents, passages = cut_all([*topics, *leaflets])
    say(
        f"{len(topics)} topics and {len(leaflets)} medicine cards, {len(passages)} passages; "
        "embedding ..."
    )
    rows = embedder.embed([embedding_text(p) for p in passages])
    about = {
        "name": NAME,
        "edition": max(t.edition for t in topics),
        "embedding_model": embedding_model,
        "embedding_sha256": embedding_sha256,
        "settings": {"passage_words": PASSAGE_WORDS, "vectors": "exact SQ8, inner product"},
    }
    write_index(target, documents, passages, rows, about)
    return Built(target, len(documents), len(passages))


def cut_all(topics: Sequence[Topic]) -> tuple[list[Document], list[Passage]]:
    """Cut every topic; passage ids run from 0 in the order of the topics."""
    documents: list[Document] = []
    passages: list[Passage] = []
    for topic in topics:
        document, cut_passages = cut(topic, len(passages))
        documents.append(document)
        passages += cut_passages
    return documents, passages
