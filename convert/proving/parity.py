"""Whether a GGUF file cuts texts into the very tokens that its model was trained with.

One text in a thousand that is cut otherwise is a fault of the conversion, so only a share of 1
passes. The texts are the handbook's lines, the golden questions in five languages, `texts.txt`
beside this file, and the file's own markers in the middle of words. All are in Unicode's form
NFC, as the program's own prompts are: llama.cpp normalises nothing. What is not covered: a
text of a kind that is not among them. It knows no weight.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from convert.proving.references import Reference, read_reference
from convert.proving.vocabulary import GgufVocabulary, open_vocabulary
from convert.weights.chat_templates import CONVERSATIONS, render_published
from elara_local.engines.chat.templates import render
from elara_local.errors import ElaraError
from elara_local.settings import HANDBOOK, REPOSITORY
from index.handbook import read_topics

FILE = Path(__file__).resolve().parent / "texts.txt"
QUESTIONS = REPOSITORY / "elara_local" / "content" / "golden"
ESCAPE = re.compile(r"\\(?:u([0-9a-f]{4})|([nrt]))")
LETTERS = {"n": "\n", "r": "\r", "t": "\t"}
EVERY = 20  # of the handbook's bullets one in so many is a text
SHOWN = 5  # differences
MARKERS = 200  # of the file's own at most

Tokenize = Callable[[str], list[int]]


@dataclass(frozen=True)
class Difference:
    """A text of ours that is cut otherwise."""

    text: str
    expected: tuple[int, ...]
    found: tuple[int, ...]


@dataclass(frozen=True)
class Parity:
    """How many texts are cut alike, and the first that are not."""

    texts: int
    equal: int
    differences: tuple[Difference, ...]

    @property
    def share(self) -> float:
        """Share of texts that are cut alike; 0 when there was none."""
        return self.equal / self.texts if self.texts else 0.0


@dataclass(frozen=True)
class TokenProof:
    """What was compared of two tokenizers; `faults` is one sentence for each difference."""

    parity: Parity
    specials: bool
    templates: float  # share of conversations that are written alike
    faults: tuple[str, ...]
    notes: tuple[str, ...] = ()

    def figures(self) -> dict[str, float]:
        """Return the figures of a report: shares, where a wrong special token counts as all."""
        share = self.parity.share if self.specials else 0.0
        return {"token_parity": share, "template_parity": self.templates}


@lru_cache(maxsize=1)
def read_texts() -> tuple[str, ...]:
    """Return the texts, at least 800, none twice."""
    lines = FILE.read_text(encoding="utf-8").split("\n")
    own = [_unescape(line) for line in lines if line and not line.startswith("# ")]
    bullets: list[str] = []
    names: list[str] = []
    for topic in read_topics(HANDBOOK):
        found = [bullet.text for _, section in topic.sections for bullet in section]
        bullets += [*found[::EVERY], "\n".join(found[:3])]
        names += ["; ".join(words) for words in topic.names.values()][:1]
    asked = [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(QUESTIONS.glob("*.toml"))]
    questions = [question["text"] for file in asked for question in file["question"]]
    texts = dict.fromkeys([*own, *questions, *names, *bullets])
    return tuple(unicodedata.normalize("NFC", text) for text in texts if text)


def measure_parity(reference: Tokenize, model: Path, texts: Sequence[str] = ()) -> Parity:
    """Compare a tokenizer with llama.cpp's reading of a GGUF file.

    Args:
        reference: text to tokens; markers are read, nothing is put before or after.
        model: the GGUF file; its weights are not loaded.
        texts: what to compare on; by default `read_texts` and the file's own markers.

    Raises:
        Missing: there is no such file.
        WrongFile: llama.cpp refuses it.
    """
    with open_vocabulary(model) as vocabulary:
        return _compare(reference, vocabulary, texts)


def prove_tokens(reference: Path, model: Path) -> TokenProof:
    """Compare tokens, special tokens and chat template with a folder or another GGUF file.

    Args:
        reference: a Hugging Face folder or a GGUF file.
        model: the GGUF file to be proven.

    Raises:
        Missing: one of them is not there.
        WrongFile: one of them can't be read.
    """
    with read_reference(reference) as expected, open_vocabulary(model) as found:
        parity = _compare(expected.tokenize, found, ())
        specials = _compare_specials(expected, found)
        templates, told = _compare_templates(expected, found)
    faults = [
        f"'{one.text[:80]}' is {list(one.found[:20])}, not {list(one.expected[:20])}"
        for one in parity.differences
    ]
    return TokenProof(parity, not specials, templates, (*faults, *specials, *told), expected.notes)


def _compare(reference: Tokenize, found: GgufVocabulary, texts: Sequence[str]) -> Parity:
    texts = texts or (*read_texts(), *_write_markers(found))
    differences = []
    for text in texts:
        wanted, got = reference(text), found.tokenize(text)
        if wanted != got:
            differences.append(Difference(text, tuple(wanted), tuple(got)))
    return Parity(len(texts), len(texts) - len(differences), tuple(differences[:SHOWN]))


def _write_markers(vocabulary: GgufVocabulary) -> list[str]:
    """Put each of the file's own markers where a chat template or a user may put it."""
    markers = list(dict.fromkeys(vocabulary.markers()))
    chosen = markers[: MARKERS // 2] + markers[MARKERS // 2 :][-MARKERS // 2 :]
    return [f"{mark}user\nfever{mark}\n{mark} {mark}x" for mark in chosen if mark]


def _compare_specials(expected: Reference, found: GgufVocabulary) -> list[str]:
    wanted: Mapping[str, object] = {
        **expected.specials,
        "put before a text": expected.adds[0],
        "put after a text": expected.adds[1],
    }
    got: Mapping[str, object] = {
        **found.specials,
        "put before a text": found.adds[0],
        "put after a text": found.adds[1],
    }
    return [
        f"the special token '{kind}' is {got.get(kind)}, not {value}"
        for kind, value in wanted.items()
        if got.get(kind) != value
    ]


def _compare_templates(expected: Reference, found: GgufVocabulary) -> tuple[float, list[str]]:
    """Compare what the program writes for a conversation with what the template says.

    A BOS at the very front is left out on both sides: the engine adds it as a token.
    """
    if not expected.template:
        return (0.0 if found.template else 1.0), []
    bos, eos = (found.text_of(found.specials.get(kind, -1)) for kind in ("bos", "eos"))
    alike, faults = 0, []
    for number, conversation in enumerate(CONVERSATIONS, 1):
        try:
            wanted = render_published(expected.template, conversation, bos, eos)
            parts = render(conversation, found.template, bos, True)
        except ElaraError as error:
            faults.append(f"conversation {number}: {error.message}")
            continue
        got = "".join(part.text for part in parts)
        same = got.removeprefix(bos) == wanted.removeprefix(bos)
        alike += same
        if not same:
            faults.append(f"conversation {number} is written {got!r}, not {wanted!r}")
    return alike / len(CONVERSATIONS), faults


def _unescape(line: str) -> str:
    return ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else LETTERS[m[2]], line)
