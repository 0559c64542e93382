"""The prompt: a fixed prefix for the role, the numbered passages as data, the question last.

The words live in content/prompts.toml, written for models of 135M to 4B parameters. Whatever
stands in a passage or a question is data: chat marks ("<|im_start|>"), numbers in brackets that
could pass for citations, and the prompt's own headings are made harmless before they go in. What
is not covered: a model that obeys an order in plain words; the grounding check drops what it then
writes. Passages are not cut here: the assistant has already chosen and cut them.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from elara_local.errors import WrongFile
from elara_local.ports import Message
from elara_local.records import Evidence
from elara_local.roles import Role
from elara_local.text import clean_text, words

PROMPTS_FILE = Path(__file__).resolve().parent / "content" / "prompts.toml"
LONGEST_QUESTION = 1000  # characters that the model is given
LONGEST_TITLE = 120
_FIELDS = {
    "prefix": ("{style}", "{sentences}", "{silence}"),
    "silence": (),
    "passages": (),
    "passage": ("{number}", "{title}", "{text}"),
    "question": ("{question}",),
    "closing": (),
}
_CHAT_MARKS = re.compile(r"<\|.*?\|?>|<\|+|\|+>|</?s>|\[/?INST\]|<</?SYS>>|<(?:start|end)_of_turn>")
_CITATION = re.compile(r"[\[［【](\s*\d{1,3}(?:\s*[,;–-]\s*\d{1,3})*\s*)[\]］】]")
_HEADING = re.compile(
    r"\b(system|assistant|user|passages?|question|answer|developer)\s*[:：]", re.IGNORECASE
)


def messages(role: Role, question: str, evidence: Sequence[Evidence]) -> list[Message]:
    """Return the system message (fixed for the role) and the user message.

    The passages are numbered from [1] in the order of `evidence`.

    Raises:
        WrongFile: content/prompts.toml is absent or broken.
    """
    said = read_prompts()
    prefix = said["prefix"].format(
        style=role.style, sentences=role.max_sentences, silence=said["silence"]
    )
    lines = [said["passages"]]
    for number, passage in enumerate(evidence, 1):
        lines.append(
            said["passage"].format(
                number=number,
                title=defuse(passage.title, LONGEST_TITLE) or "Passage",
                text=defuse(passage.text, len(passage.text)),
            )
        )
    lines += ["", said["question"].format(question=defuse(question, LONGEST_QUESTION))]
    lines.append(said["closing"])
    return [
        Message("system", prefix),
        Message("user", "\n".join(lines), tuple(evidence), question),
    ]


def silence() -> str:
    """Return the sentence that a model is to write when the passages do not answer."""
    return read_prompts()["silence"]


def is_silence(text: str) -> bool:
    """True for the sentence that says that nothing answers, whatever its last word is."""
    begin = words(silence())[:-1]
    return words(text)[: len(begin)] == begin


def defuse(text: str, limit: int) -> str:
    """Make data out of text: one line, no chat marks, no brackets or headings of ours.

    "[1]" becomes "(1)", "System:" becomes "System -"; numbers, units and words stay as they are.
    """
    flat = " ".join(clean_text(text, limit).split())
    while (bare := _CHAT_MARKS.sub(" ", flat)) != flat:  # removing one mark may close up another
        flat = bare
    flat = _CITATION.sub(r"(\1)", flat)
    return " ".join(_HEADING.sub(r"\1 -", flat).split())


@cache
def read_prompts(path: Path = PROMPTS_FILE) -> dict[str, str]:
    """Read and check the words of the prompt.

    Raises:
        WrongFile: the file is absent, is not TOML, or a text lacks a field it needs.
    """
    hint = "Mend the file or put back the one that came with Elara."
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise WrongFile(f"{path.name} can't be read: {error}.", hint) from error
    for name, needed in (*_FIELDS.items(), ("version", ()), ("source", ())):
        text = table.get(name)
        if not isinstance(text, str) or not text.strip():
            raise WrongFile(f"{path.name} has no text for '{name}'.", hint)
        held = set(re.findall(r"\{[^{}]*\}", text))
        if held != set(needed):
            raise WrongFile(f"'{name}' in {path.name} must hold exactly: {needed}.", hint)
    return {name: table[name].strip() for name in _FIELDS}
