"""How a medicine is given: IV, IM, oral, rectal ... by one name each.

What is covered: the routes below in words and abbreviations. What is not covered: sites of
injection ("into the thigh"), devices; these stay ordinary words and are compared as words.
"""

from __future__ import annotations

import re

from elara_local.grounding.items import Page

_ROUTES = {
    "intravenous": r"i\.?v\.?(?![a-z])|intravenous(?:ly)?",
    "intramuscular": r"i\.?m\.?(?![a-z'])|intramuscular(?:ly)?",
    "oral": r"oral(?:ly)?|by mouth|per os|p\.o\.|po(?![a-z])",
    "rectal": r"rectal(?:ly)?|per rectum|p\.r\.|pr(?![a-z])",
    "subcutaneous": r"subcutaneous(?:ly)?|s\.c\.|sc(?![a-z])|subcut(?![a-z])",
    "intraosseous": r"intraosseous(?:ly)?|i\.o\.|io(?![a-z])",
    "inhaled": r"inhaled|by inhalation|inhalation|inhaler|metered[- ]dose inhaler",
    "nebulised": r"nebuli[sz]ed|by nebuli[sz]er|nebuli[sz]er|via nebuli[sz]er",
    "sublingual": r"sublingual(?:ly)?|under the tongue",
    "buccal": r"buccal(?:ly)?",
    "intranasal": r"intranasal(?:ly)?|into the nose|nasal(?:ly)?",
    "topical": r"topical(?:ly)?|to the skin",
    "vaginal": r"vaginal(?:ly)?|per vaginam",
    "intradermal": r"intradermal(?:ly)?",
    "transdermal": r"transdermal(?:ly)?",
    "intrathecal": r"intrathecal(?:ly)?",
    "nasogastric": r"nasogastric|by nasogastric tube|ng(?= tube)",
    "ophthalmic": r"eye drops|into the eyes?|eye ointment",
}
ROUTES = [(name, re.compile(rf"(?<![a-z])(?:{words})")) for name, words in _ROUTES.items()]
NOT_A_ROUTE = re.compile(r"\s+(?:rehydration|cavity|thrush|hygiene|candidiasis|temperature|mucosa)")


def take_routes(page: Page) -> None:
    """Take every route out of the page, as items of kind "route"."""
    for name, words in ROUTES:
        for found in words.finditer(page.text):
            if not NOT_A_ROUTE.match(page.text, found.end()):
                page.take("route", name, *found.span())
