"""What a reader must know of a document before it reads on, in fixed words.

It knows no format; the readers of article formats map their own names to these.
"""

from __future__ import annotations

import re

DELETED = "deleted"
RETRACTED = "retracted"
PARTLY = "retracted in part"
REPLACED = "retracted and published again"
CONCERN = "expression of concern"
REVISED = "corrected and published again"
CORRECTED = "corrected later: see its erratum"
# Journals write it before the title: "RETRACTED: ...", "WITHDRAWN: ...", "Retracted article: ...".
TITLE = re.compile(r"\W*(?:retracted|withdrawn)(?:\s+article)?\s*[:\]]", re.IGNORECASE)


def notice_of_title(title: str) -> str:
    """Return "retracted" for a title that says so."""
    return RETRACTED if TITLE.match(title) else ""
