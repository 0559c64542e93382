"""The second look at a question: is it like an emergency that no rule names?

Where the emergency rules are silent, each sentence is compared by meaning with our own examples
of grave and of harmless texts (content/emergency/likeness.toml). It can only raise, from "none"
to "urgent": never to "emergency", and it lowers nothing. A sentence that is about a topic, as
the rules judge it, raises nothing. Refusals are judged here too, so that both share one embedding.
What is covered: grave scenes in English (or translated) in words nobody foresaw. What is not
covered: other languages, crisis (self-harm, violence: rules alone), bare numbers, a negation of
a word or two, a course over time. Where the embedder fails a note says that the second look did
not run; the rules stand and nothing is held up. `screen` alone never looks here.
"""

from __future__ import annotations

import hashlib
import json
import logging
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from elara_local.emergency import judge_subject
from elara_local.errors import WrongFile
from elara_local.intent import read_intents
from elara_local.ports import Embedder
from elara_local.records import Emergency, FiredRule, Refusal
from elara_local.refusal import refuse_wholly
from elara_local.roles import LANGUAGES
from elara_local.screening.function_words import likely_languages
from elara_local.screening.likeness import Examples, Once, Subject, cut, liken
from elara_local.text import clean_text

log = logging.getLogger(__name__)

FOLDER = Path(__file__).resolve().parent / "content" / "emergency"
RULE = "like-an-emergency"
# Score above which a sentence raises, set on the dev halves of content/evaluation/triage.toml and
# of the golden questions: at most 1 % of the golden questions on which the rules are silent, and
# 5 % of the routine vignettes. Questions of clinicians lie nearer to grave scenes than harmless
# scenes do, so that a sentence which asks something must be more alike.
ALIKE = 0.0
ALIKE_ASKED = 0.22
UNSEEN = (
    "The second look for emergencies, by likeness, could not run; the rules did. Judge by the "
    "patient."
)


@dataclass(frozen=True)
class Scenes:
    """The examples, and what to do first by language code."""

    examples: Examples
    action: Mapping[str, str]


def look_again(
    said: str, english: str, role: str, found: Emergency, embedder: Embedder
) -> tuple[Emergency, Refusal | None, list[str]]:
    """Return the emergency, raised where it must be, the refusal if any, and notes.

    `said` is the question in its own words, `english` the same in English where it is known,
    `found` what the emergency rules found in both. The embedder's failure is a note, no error.
    """
    once = Once(embedder)
    refusal, notes = refuse_wholly(said, english, role, once)
    try:
        found |= raise_alike(said, english, found, once)
    except Exception as error:  # noqa: BLE001 - the rules stand; the note says what did not run
        log.error("The likeness to emergencies failed: %s", type(error).__name__)
        notes = [*notes, UNSEEN]
    return found, refusal, notes


def raise_alike(said: str, english: str, found: Emergency, embedder: Embedder) -> Emergency:
    """Return "urgent" with the sentence that is most like an emergency, else `found`.

    Raises whatever the embedder raises, and WrongFile where the examples can't be read.
    """
    if found.level != "none" or "en" not in likely_languages(english):
        return found
    units = cut(clean_text(english, len(english)))
    scores = [score for score, _ in liken(units, GRAVE, embedder)]
    parts = list(zip(scores, units, strict=True))
    if not any(is_grave(score, unit) for score, unit in parts):
        return found
    _, nearest = max(parts[1:] or parts)  # the first is the whole text
    language = min(likely_languages(said), key=LANGUAGES.index)
    return Emergency("urgent", (FiredRule(RULE, (nearest,), read_scenes().action[language]),))


def is_grave(score: float, unit: str) -> bool:
    """True when a sentence of this score raises: one that asks must be more alike."""
    if score <= ALIKE or (score <= ALIKE_ASKED and _asks(unit)):
        return False
    return judge_subject(unit) == "patient"


def _asks(unit: str) -> bool:
    low = unit.casefold()
    return "?" in unit or any(intent.words.search(low) for intent in read_intents().values())


@cache
def read_scenes(path: Path = FOLDER / "likeness.toml") -> Scenes:
    """Read the examples and the action.

    Raises:
        WrongFile: the file is absent, is not TOML, or lacks its examples or an action.
    """
    hint = "Put back the file that came with Elara."
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        pairs = [
            (text, group if kind == "grave" else "")
            for kind in ("grave", "harmless")
            for group, texts in table[kind].items()
            for text in texts
        ]
        action = {code: str(table["action"][code]).strip() for code in LANGUAGES}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WrongFile(f"{path.name} can't be read: {error!r}.", hint) from error
    sha256 = hashlib.sha256(json.dumps(pairs).encode()).hexdigest()
    examples = Examples(tuple((t,) for t, _ in pairs), tuple(label for _, label in pairs), sha256)
    return Scenes(examples, action)


def _read_examples() -> Examples:
    return read_scenes().examples


# The fit was chosen by leaving out each example in turn, under the bounds above.
GRAVE = Subject(_read_examples, FOLDER / "likeness.npz", nearness=2.0, ridge=0.3)
