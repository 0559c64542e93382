"""What a reader must know of a document before it reads on, in fixed words.

It knows no format; the readers of article formats map their own names to these.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

DELETED = "deleted"
RETRACTED = "retracted"
PARTLY = "retracted in part"
REPLACED = "retracted and published again"
CONCERN = "expression of concern"
REVISED = "corrected and published again"
CORRECTED = "corrected later: see its erratum"
# Journals write it before the title: "RETRACTED: ...", "WITHDRAWN: ...", "Retracted article: ...".
TITLE = re.compile(r"\W*(?:retracted|withdrawn)(?:\s+article)?\s*[:\]]", re.IGNORECASE)


# What a clinic writes on top of a document: "WITHDRAWN", "This protocol is no longer valid."
BANNER = re.compile(
    r"\W*(?:this \w+ (?:is|was|has been) )?(?:now )?(?:withdrawn|retracted|superseded|obsolete"
    r"|out of date|no longer (?:valid|in use|used)|replaced by\b.*|retiré|périmé|abrogé|retirado"
    r"|obsoleto|not (?:for|in) (?:clinical )?use)\W*$",
    re.IGNORECASE,
)
LONGEST_BANNER = 120  # characters
WITHDRAWN = "withdrawn, as it says of itself"


def notice_of_banner(lines: Iterable[str]) -> str:
    """Return a notice where one of the first lines of a document says it is no longer valid."""
    short = (line for line in lines if len(line) <= LONGEST_BANNER)
    said = any(BANNER.match(part) for line in short for part in re.split(r"(?<=[.!:])\s", line))
    return WITHDRAWN if said else ""


def notice_of_title(title: str) -> str:
    """Return "retracted" for a title that says so."""
    return RETRACTED if TITLE.match(title) else ""
