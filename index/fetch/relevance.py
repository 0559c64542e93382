"""How relevant a PubMed record is to one of 20 African countries and one of 18 diseases.

    relevance = 0.35 x disease + 0.30 x place + 0.20 x kind + 0.15 x recency      (0 to 1)

disease  1.0 named in the title or a major MeSH topic, 0.6 another MeSH heading,
         0.4 in the abstract only, 0 nowhere; the best of the 18.
place    1.0 a country in the title or a MeSH heading, 0.5 in the abstract, 0.25 only
         "Africa" anywhere, 0.1 only an author's address, 0 nowhere; the best of the 20.
kind     what sort of publication: see KINDS; 0.4 for any other.
recency  0.5 to the power of (age in years / 10), 0.5 where no year is given.

The weights are a judgement, not a measurement: what an article is about counts for two
thirds. Below the limit (0.30 unless the user says otherwise) a record is not kept; a record
that names neither a disease nor a place can reach 0.35 only as a guideline of this year, so
both must be above 0 as well. It knows words, not meanings: "not in Kenya" counts as Kenya.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass

from index.fetch.queries import Pairs, Subject

WEIGHTS = {"disease": 0.35, "place": 0.30, "kind": 0.20, "recency": 0.15}
HALF_LIFE = 10.0  # years
KINDS = {
    "Practice Guideline": 1.0,
    "Guideline": 1.0,
    "Meta-Analysis": 0.9,
    "Systematic Review": 0.9,
    "Randomized Controlled Trial": 0.8,
    "Clinical Trial": 0.7,
    "Review": 0.6,
    "Multicenter Study": 0.6,
    "Observational Study": 0.5,
    "Case Reports": 0.2,
    "Letter": 0.1,
    "Editorial": 0.1,
    "Comment": 0.1,
    "News": 0.1,
}
OTHER_KIND = 0.4


@dataclass(frozen=True)
class Subjects:
    """The words of one record, where they stand, in lower case."""

    title: str
    abstract: str
    major: str
    headings: str
    addresses: str
    kinds: tuple[str, ...]
    year: int | None


@dataclass(frozen=True)
class Relevance:
    """The four parts and their weighted sum, each from 0 to 1."""

    disease: float
    place: float
    kind: float
    recency: float

    @property
    def score(self) -> float:
        """The weighted sum; 0 when the record names no disease or no place."""
        if not (self.disease and self.place):
            return 0.0
        return sum(weight * float(getattr(self, name)) for name, weight in WEIGHTS.items())


def read_subjects(xml: bytes) -> Subjects:
    """Return the words of a PubmedArticle whose entities were refused before (articles)."""
    root = ElementTree.fromstring(xml)
    headings = root.findall(".//MeshHeading")
    major = [h for h in headings if any(part.get("MajorTopicYN") == "Y" for part in h)]
    year = root.findtext(".//PubDate/Year") or root.findtext(".//ArticleDate/Year") or ""
    dated = re.search(r"\b(?:19|20)\d\d\b", year or (root.findtext(".//MedlineDate") or ""))
    return Subjects(
        _words(root.findall(".//ArticleTitle")),
        _words(root.findall(".//Abstract/AbstractText")),
        _words(major),
        _words(headings),
        _words(root.findall(".//Affiliation")),
        tuple((kind.text or "").strip() for kind in root.findall(".//PublicationType")),
        int(dated.group()) if dated else None,
    )


def rate(record: Subjects, pairs: Pairs, year: int) -> Relevance:
    """Return the relevance of a record in a year such as 2026."""
    known = [KINDS[kind] for kind in record.kinds if kind in KINDS]
    weak = [value for value in known if value < OTHER_KIND]
    kind = min(weak) if weak else max(known, default=OTHER_KIND)
    age = max(0, year - record.year) if record.year else HALF_LIFE
    return Relevance(
        _rate_disease(record, pairs.diseases),
        _rate_place(record, pairs.countries),
        kind,
        0.5 ** (age / HALF_LIFE),
    )


def _rate_disease(record: Subjects, diseases: Sequence[Subject]) -> float:
    words = [word for disease in diseases for word in disease.words]
    if _names(record.title, words) or _names(record.major, words):
        return 1.0
    if _names(record.headings, words):
        return 0.6
    return 0.4 if _names(record.abstract, words) else 0.0


def _rate_place(record: Subjects, countries: Sequence[Subject]) -> float:
    words = [word for country in countries for word in country.words]
    if _names(record.title, words) or _names(record.headings, words):
        return 1.0
    if _names(record.abstract, words):
        return 0.5
    if _names(f"{record.title} {record.abstract} {record.headings}", ["africa", "african"]):
        return 0.25
    return 0.1 if _names(record.addresses, words) else 0.0


def _names(text: str, words: Sequence[str]) -> bool:
    """Tell whether a text holds one of the words, not inside a longer one."""
    found = "|".join(map(re.escape, words))
    return re.search(rf"(?<!\w)(?:{found})(?!\w)", text) is not None


def _words(elements: Sequence[ElementTree.Element]) -> str:
    text = " ".join(" ".join(element.itertext()) for element in elements)
    return " ".join(text.split()).casefold()
