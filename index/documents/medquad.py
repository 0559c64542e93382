"""MedQuAD: questions and answers of the US National Institutes of Health, XML or JSONL.

What is covered: the original XML files (a Document with QAPairs) and one JSON object a line
with question, answer, focus, source and url. A pair without an answer (the authors withdrew
those of three collections) is left out. What is not covered: the semantic types.
Licence: the collection is CC BY 4.0 (github.com/abachaa/MedQuAD, LICENSE.txt).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.documents.lines import tidy
from index.documents.objects import read_lines
from index.documents.outlines import settle_each
from index.documents.plain import split_text
from index.documents.streams import open_stream, read_whole
from index.documents.trees import flatten, read_tree

LICENCE = "CC BY 4.0"
GAP = re.compile(
    r"(?<![-\s])[ \t]{3,}"
)  # where paragraphs and items were, before they were flattened
COLLECTION = "MedQuAD"


def read_medquad(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield a document for each question that has an answer.

    Raises:
        WrongFile: it is neither form of MedQuAD, or no question of it has an answer.
    """
    with open_stream(path) as stream:
        written_as_xml = stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    pairs = _from_xml(path) if written_as_xml else _from_lines(path)
    yield from settle_each(map(_describe, pairs), hints, path)


def _describe(pair: Mapping[str, Any]) -> Parsed:
    source = [COLLECTION, _text(pair, "source"), _text(pair, "url")]
    words = [_text(pair, "focus"), *map(str, pair.get("synonyms") or ())]
    identifier = _text(pair, "id")
    return Parsed(
        title=tidy(_text(pair, "question").replace(" ?", "?")) or words[0],
        blocks=tuple(_as_text(block) for block in split_text(GAP.sub("\n", _text(pair, "answer")))),
        licence=LICENCE,
        source=", ".join(part for part in source if part),
        identifier=f"medquad:{identifier}" if identifier else "",
        keywords=", ".join(dict.fromkeys(word for word in words if word)),
        language="en",
    )


def _as_text(block: Block) -> Block:
    """Answers are running text from web pages: what looks like a heading or a row is none."""
    return block if block.kind in ("item", "text") else Block(block.text)


def _from_lines(path: Path) -> Iterator[Mapping[str, Any]]:
    for number, line in enumerate(read_lines(path), 1):
        if not line.strip():
            continue
        try:
            pair = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise WrongFile(f"line {number:,} of it is not JSON.", "Fetch it again.") from error
        if not isinstance(pair, dict) or "question" not in pair:
            raise WrongFile(f"line {number:,} of it is no question.", "Add it as JSONL.")
        yield pair


def _from_xml(path: Path) -> Iterator[Mapping[str, Any]]:
    root = read_tree(read_whole(path))
    synonyms = [flatten(element) for element in root.iter("Synonym")]
    for number, element in enumerate(root.iter("QAPair"), 1):
        question = element.find("Question")
        answer = element.find("Answer")
        named = question.get("qid", "") if question is not None else ""
        yield {
            "id": named or f"{root.get('id', '')}-{element.get('pid', number)}",
            "question": flatten(question),
            "answer": "".join(answer.itertext()) if answer is not None else "",
            "focus": flatten(root.find("Focus")),
            "synonyms": synonyms,
            "source": root.get("source", ""),
            "url": root.get("url", ""),
        }


def _text(pair: Mapping[str, Any], name: str) -> str:
    value = pair.get(name)
    return value.strip() if isinstance(value, str) else ""
