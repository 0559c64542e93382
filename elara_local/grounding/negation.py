"""Negation, prohibition, modality and conditions: the small words that turn a dose around.

What is covered: not, n't, no, never, without, avoid, contraindicated, "not recommended";
must, should, may and their like; if, when, unless, except, only, until. A negation is known
by the word it falls on ("not effective"), a prohibition ("do not give", "avoid") by its
strength. What is not covered: negation by a verb's meaning ("withhold", "stop", "refuse"),
which is compared as a word; double negation; irony.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from elara_local.grounding.items import Page

MUST, SHOULD, MAY = 3, 2, 1
STRONG, MILD, EITHER = 3, 2, 0


@dataclass(frozen=True)
class Cue:
    """A small word that changes the meaning of those around it.

    `family` is negation, prohibition, modality or condition. `strength` orders modality
    (MUST, SHOULD, MAY) and prohibition (STRONG, MILD, EITHER); `label` names a condition.
    """

    family: str
    label: str
    strength: int = 0


_BE = r"(?:is |are )?"
_CUES: tuple[tuple[str, str, int, str], ...] = (
    (
        "prohibition",
        "never",
        STRONG,
        r"(?:must |should )?never|must not|mustn't|under no circumstances|contra-?indications?"
        r"|(?:strictly |absolutely )?(?:contra-?indicated|forbidden|prohibited)",
    ),
    (
        "prohibition",
        "avoid",
        MILD,
        r"avoid(?:ed|ing|ance|s)?|should not|shouldn't|ought not|(?:is|are) not to be"
        r"|not (?:be )?(?:recommended|advised|advisable|indicated)",
    ),
    ("negation", "cannot", 0, r"cannot|can't|can not|could not|couldn't|unable to"),
    ("negation", "may not", 0, r"may not|might not|need not|needn't|not (?:need|have) to"),
    ("negation", "do not", 0, r"do not|don't|does not|doesn't|did not|didn't"),
    (
        "negation",
        "not",
        0,
        r"(?:is|are|was|were|has|have|had|will|would)(?: not|n't)|not|won't",
    ),
    (
        "negation",
        "no",
        0,
        r"no|none|neither|nor|nothing|nobody|without|absence of|lack of|free of|instead of"
        r"|rather than",
    ),
    ("condition", "only", 0, r"only|solely|exclusively"),
    ("condition", "unless", 0, r"unless"),
    ("condition", "except", 0, r"except(?: for| in)?|excluding|other than|apart from|all but"),
    ("condition", "until", 0, r"until|till"),
    (
        "condition",
        "if",
        0,
        r"if|when(?:ever)?|as soon as|in case of|in the event of|provided(?: that)?|as long as"
        r"|whether",
    ),
    (
        "modality",
        "must",
        MUST,
        rf"must|has to|have to|{_BE}(?:essential|mandatory|required|compulsory)|always",
    ),
    ("modality", "should", SHOULD, rf"should|ought to|{_BE}(?:recommended|advised|indicated)"),
    (
        "modality",
        "may",
        MAY,
        rf"(?:may|might|can|could) be considered|may|might|(?<!who )(?<!that )(?:can|could)"
        rf"|consider(?:ed)?|{_BE}(?:optional|permitted|allowed|an option)"
        r"|possibly|perhaps",
    ),
)
CUES = tuple(
    (Cue(family, label, strength), re.compile(rf"(?<![a-z-])(?:{words})(?![a-z-])"))
    for family, label, strength, words in _CUES
)


def take_cues(page: Page) -> None:
    """Take every cue out of the page, as items of kind "cue"; quantities must be out already.

    ("No more than" belongs to a quantity, so what is left of "no" is a negation.)
    """
    for cue, words in CUES:
        for found in words.finditer(page.text):
            page.take("cue", cue, *found.span())
