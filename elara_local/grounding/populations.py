"""For whom: newborn, young infant, infant, child, adult, pregnancy, and so on.

What is covered: the groups below in their usual words. A group equals only itself: a fact
about children is not a fact about infants. Ages and weights are quantities (quantities.py).
What is not covered: groups by disease ("people with HIV"), which are compared as words.
"""

from __future__ import annotations

import re

from elara_local.grounding.items import Page, fold

_GROUPS = {
    "young infant": r"young infants?",
    "newborn": r"newborns?(?: (?:babies|baby|infants?))?|neonat(?:es?|al)|new-borns?",
    "preterm": r"preterm|premature(?: (?:babies|baby|infants?))?|low birth ?weight",
    "infant": r"infants?|infancy|bab(?:y|ies)",
    "pregnancy": r"(?:non-)?pregnan(?:t|cy|cies)(?: (?:women|woman|patients?))?|antenatal",
    "breastfeeding": r"(?:breast-?feeding|lactating|nursing) (?:women|woman|mothers?|patients?)"
    r"|lactation",
    "child": r"child(?:ren)?(?:hood)?(?!birth|-birth)|pa?ediatric(?: patients?)?|toddlers?|kids?",
    "adolescent": r"adolescen(?:ts?|ce)|teenagers?",
    "older adult": r"(?:older|elderly|geriatric) (?:adults?|people|persons?|patients?)|elderly",
    "adult": r"adults?(?:hood)?",
    "girl": r"girls?",
    "boy": r"boys?",
    "woman": r"wom[ae]n|females?",
    "man": r"m[ae]n(?![a-z])|males?",
}
GROUPS = [
    (name, re.compile(rf"(?<![a-z-])(?:{words})(?![a-z])")) for name, words in _GROUPS.items()
]


def take_populations(page: Page) -> None:
    """Take every population out of the page, as items of kind "population"."""
    for name, words in GROUPS:
        for found in words.finditer(page.text):
            negative = found.group().startswith("non-")
            page.take("population", f"non-{name}" if negative else name, *found.span())


def populations_in(text: str) -> frozenset[str]:
    """The groups that a heading or a tag names."""
    return frozenset(
        name
        for name, words in GROUPS
        for found in words.finditer(fold(text))
        if not found.group().startswith("non-")
    )
