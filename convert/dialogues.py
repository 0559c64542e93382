"""Training examples: a question in a role, the passages put before the model, the right answer.

Each lies in `convert/examples/<specialty>.toml` and names handbook lines by "document: first
words"; here they become the passages that hold them, so that an edited handbook changes the
example or breaks it. An example must pass the very checks that a drafted answer passes at run
time. Topics, not single examples, are held out. It knows no tokenizer and no model.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from elara_local.drafts import examine
from elara_local.errors import WrongFile
from elara_local.grounding.citations import Assembler
from elara_local.patient import read_patient
from elara_local.ports import Message
from elara_local.prompts import messages, silence
from elara_local.records import Evidence, Passage
from elara_local.roles import read_roles
from index.cutting import cut
from index.handbook import read_topics
from index.leaflets import MEDICINES, read_leaflets

EXAMPLES = Path(__file__).resolve().parent / "examples"
KINDS = ("answer", "not in the sources", "conflict")
HELD_OUT = 5  # one topic in so many is never trained on
MOST_PASSAGES = 5  # what the widest role is given at run time
FIELDS = {"topic", "role", "kind", "question", "passages", "response"}


@dataclass(frozen=True)
class Example:
    """One training pair; `evidence` is what the marks [1], [2], ... of the response point at."""

    file: str
    topic: str
    role: str
    kind: str
    question: str
    evidence: tuple[Evidence, ...]
    response: str

    @property
    def held_out(self) -> bool:
        """True for every example of a topic that adapters are judged by, never trained on."""
        return is_held_out(self.topic)

    @property
    def messages(self) -> list[Message]:
        """What the model is given: the prompt of the program itself."""
        return messages(read_roles()[self.role], self.question, self.evidence)


def is_held_out(topic: str) -> bool:
    """True when a topic, named by its document, is one that adapters are judged by."""
    return hashlib.sha256(topic.encode()).digest()[0] % HELD_OUT == 0


def read_examples(folder: Path, handbook: Path) -> list[Example]:
    """Read every example, with its passages from the handbook.

    Raises:
        WrongFile: an example lacks a field, has a strange one, or names no line of the handbook.
    """
    passages = read_passages(handbook)
    found = []
    for path in sorted(folder.glob("*.toml")):
        for number, entry in enumerate(tomllib.loads(path.read_text("utf-8"))["example"], 1):
            found.append(_read(entry, f"{path.name}, example {number}", path.stem, passages))
    return found


@lru_cache(maxsize=2)
def read_passages(handbook: Path) -> Mapping[str, tuple[Passage, ...]]:
    """Every passage of the handbook's topics and medicine cards, by document."""
    both = [*read_topics(handbook), *read_leaflets(handbook / MEDICINES)]
    return {topic.id: tuple(cut(topic, 0)[1]) for topic in both}


def _read(
    entry: Mapping[str, object],
    where: str,
    file: str,
    passages: Mapping[str, tuple[Passage, ...]],
) -> Example:
    if strange := {*entry, "kind"} ^ FIELDS:
        raise _wrong(where, f"the field '{min(strange)}' is missing or is none of its fields")
    named = [str(line) for line in entry["passages"]]  # type: ignore[attr-defined]
    held = dict.fromkeys(find_passage(line, passages, where) for line in named)
    evidence = tuple(
        Evidence(f"s{number}", p.text, p.title, p.section, p.populations, p.start)
        for number, p in enumerate(held, 1)
    )
    return Example(
        file,
        str(entry["topic"]),
        str(entry["role"]),
        str(entry.get("kind", KINDS[0])),
        str(entry["question"]),
        evidence,
        " ".join(str(entry["response"]).split()),
    )


def find_passage(
    line: str, passages: Mapping[str, tuple[Passage, ...]], where: str = "An example"
) -> Passage:
    """Return the passage with the line that "document: first words" names.

    Raises:
        WrongFile: no line begins so, or several do.
    """
    document, _, begin = line.partition(": ")
    held = [
        passage
        for passage in passages.get(document, ())
        if any(text.startswith(begin) for text in passage.text.split("\n"))
    ]
    if len(held) != 1 or not begin:
        raise _wrong(where, f"'{line}' begins {len(held)} lines of the handbook, not one")
    return held[0]


def find_faults(example: Example) -> Iterator[str]:
    """Yield what is wrong with an example; none for one that may be trained on."""
    roles = read_roles()
    if example.role not in roles or example.kind not in KINDS:
        yield f"role '{example.role}' or kind '{example.kind}' is not known"
        return
    if not 1 <= len(example.evidence) <= MOST_PASSAGES:
        yield f"has {len(example.evidence)} passages"
    if example.kind == "not in the sources":
        if example.response != silence():
            yield f"says something else than '{silence()}'"
        return
    yield from _find_in_response(example, roles[example.role].max_sentences)


def _find_in_response(example: Example, most: int) -> Iterator[str]:
    assembler = Assembler([item.id for item in example.evidence])
    drafts = [*assembler.feed(example.response), *assembler.close()]
    patient = read_patient(example.question)
    for draft in drafts:
        if not draft.citations or draft.unknown:
            yield f"'{draft.text}' has no mark, or one of no passage"
            continue
        sentence = examine(draft, example.evidence, patient)
        if sentence.support == "unsupported":
            yield f"'{draft.text}' fails its check: {'; '.join(sentence.reasons)}"
    if not 1 <= len(drafts) <= most:
        yield f"has {len(drafts)} sentences; the role allows {most}"
    if example.kind == "conflict" and len(drafts) < 2:
        yield "gives one side of a conflict only"


def count(examples: Sequence[Example]) -> Mapping[str, Counter[str]]:
    """How many examples there are by file, role and kind, and how many are held out."""
    return {
        "file": Counter(example.file for example in examples),
        "role": Counter(example.role for example in examples),
        "kind": Counter(example.kind for example in examples),
        "half": Counter("held out" if e.held_out else "training" for e in examples),
    }


def _wrong(where: str, why: str) -> WrongFile:
    return WrongFile(f"{where}: {why}.", "See convert/dialogues.py for the format.")
