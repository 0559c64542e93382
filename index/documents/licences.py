"""The name of an open licence, from a link or from the sentence that grants it.

What is covered: the Creative Commons licences of every version, CC0, the public domain mark
and dedication. Of several links the licence with most conditions counts, since an article's
data are often freer than its text. What is not covered: any other licence; its own words are
kept. A wish of "non-commercial" or "no derivatives" is never lost.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

LINK = re.compile(
    r"creativecommons\.org/(?:licen[sc]es|publicdomain)/([a-z-]+)(?:/(\d\.\d))?", re.IGNORECASE
)
VERSION = re.compile(r"\b([1-4]\.0|2\.5)\b")
SHORT = re.compile(r"\bCC[ -](BY(?:-(?:NC|SA|ND))*)\b")
CONDITIONS = (("NC", r"non-?\s?commercial"), ("ND", r"no-?\s?deriv"), ("SA", r"share-?\s?alike"))
ORDER = ("BY", "NC", "ND", "SA")
DOMAIN = "public domain"
LONGEST = 300


def name_licence(links: Iterable[str], text: str) -> str:
    """Return "CC BY 4.0", "CC0 1.0", "public domain", or the text itself where it is another."""
    named = [_name(*found.groups()) for link in links for found in LINK.finditer(link)]
    named += [_name(*found.groups()) for found in LINK.finditer(text)]
    if named:
        return max(named, key=lambda name: (name.startswith("CC BY"), name.count("-"), name))
    found = SHORT.search(text)
    if found or re.search(r"Creative\s+Commons.{0,40}Attribution", text, re.IGNORECASE):
        parts = set(found[1].split("-")) if found else {"BY"}
        parts |= {code for code, words in CONDITIONS if re.search(words, text, re.IGNORECASE)}
        code = "-".join(part for part in ORDER if part in parts)
        version = VERSION.search(text)
        return f"CC {code}{f' {version[1]}' if version else ''}"
    if re.search(r"\bpublic domain\b", text, re.IGNORECASE):
        return DOMAIN
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}\u2026"


def _name(code: str, version: str | None) -> str:
    kind = code.lower()
    if kind == "zero":
        return f"CC0 {version or '1.0'}"
    if kind in ("mark", "publicdomain"):
        return DOMAIN
    return f"CC {code.upper()}{f' {version}' if version else ''}"
