"""PubMed XML: baseline and update files, and what E-utilities give; .gz as well.

What is covered: articles, book chapters and deletions; inline signs, labelled sections,
abstracts in other languages, retractions, expressions of concern and errata. What is not
covered: references, affiliations, grants. Every version of a record is yielded; to keep the
newest is the index's work.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.documents.decoding import UNREADABLE
from index.documents.notices import (
    CONCERN,
    CORRECTED,
    DELETED,
    PARTLY,
    REPLACED,
    RETRACTED,
    REVISED,
    notice_of_title,
)
from index.documents.streams import open_stream
from index.documents.trees import below, flatten, read_records

ROOTS = frozenset(("PubmedArticleSet", "MedlineCitationSet", "PubmedBookArticleSet"))
# What was said of an article afterwards, by RefType of CommentsCorrections; gravest first.
NOTICES = {
    "RetractionIn": RETRACTED,
    "PartialRetractionIn": PARTLY,
    "RetractedandRepublishedIn": REPLACED,
    "ExpressionOfConcernIn": CONCERN,
    "CorrectedandRepublishedIn": REVISED,
    "ErratumIn": CORRECTED,
}
RETRACTED_TYPE = "Retracted Publication"
COMMON_TYPES = frozenset(("Journal Article", "English Abstract"))  # they tell nothing
MONTHS = {
    name: f"{number:02d}"
    for number, name in enumerate("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), 1)
}
UNLABELLED = frozenset(("UNLABELLED", "UNASSIGNED", ""))
LANGUAGES = {"eng": "en", "fre": "fr", "spa": "es", "por": "pt", "swa": "sw", "ger": "de"}
MOST_AUTHORS = 3
SECTION = 2  # heading level of a labelled section: a passage may hold several of one abstract
NO_TITLE = frozenset(("", "[Not Available].", "Not Available."))


def read_pubmed(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield a document for each record; a deleted one has no blocks and the notice "deleted".

    Of the hints only licence and source count: a file holds many titles and dates.

    Raises:
        WrongFile: it is not PubMed XML, or broken.
    """
    with open_stream(path) as stream:
        for root, element in read_records(stream):
            if root not in ROOTS:
                raise WrongFile("it is XML, but not of PubMed.", "Add a file of PubMed.")
            reader = READERS.get(element.tag)
            for parsed in reader(element) if reader else ():
                yield _with_hints(parsed, hints) if hints.licence or hints.source else parsed


def _with_hints(parsed: Parsed, hints: Hints) -> Parsed:
    return replace(
        parsed,
        licence=parsed.licence or hints.licence,
        source=parsed.source or hints.source,
    )


def _read_article(record: ET.Element) -> Iterator[Parsed]:
    """A PubmedArticle, or the bare MedlineCitation of older files."""
    citation = record if record.tag == "MedlineCitation" else record.find("MedlineCitation")
    article = citation.find("Article") if citation is not None else None
    pmid = citation.find("PMID") if citation is not None else None
    if citation is None or article is None or pmid is None:
        return
    journal, blocks = article.find("Journal"), _read_abstracts(citation, article)
    edition, year = _read_date(journal)
    vernacular = flatten(article.find("VernacularTitle"))
    title = flatten(article.find("ArticleTitle"))
    yield Parsed(
        title=vernacular if title in NO_TITLE and vernacular else title,
        blocks=blocks,
        edition=edition,
        licence=_read_licence(article),
        source=_cite(article, _name_journal(article, journal, year), _read_ids(record, article)),
        identifier=f"pmid:{(pmid.text or '').strip()}",
        version=_read_version(pmid),
        notice=_read_notice(citation, article) or notice_of_title(title),
        keywords=_read_keywords(citation, article, vernacular),
        language=_read_language(article, citation),
    )


def _read_book(record: ET.Element) -> Iterator[Parsed]:
    """A chapter of a book, or a whole book."""
    document = record.find("BookDocument")
    pmid = document.find("PMID") if document is not None else None
    if document is None or pmid is None:
        return
    book = document.find("Book")
    name = flatten(book.find("BookTitle")) if book is not None else ""
    publisher = book.findtext("Publisher/PublisherName", "") if book is not None else ""
    edition, year = _read_date(book)
    place = ". ".join(part for part in (name, publisher, year) if part)
    yield Parsed(
        title=flatten(document.find("ArticleTitle")) or name,
        blocks=_read_abstracts(document, document),
        edition=edition,
        licence=_read_licence(document),
        source=_cite(document, place, _read_ids(record, document)),
        identifier=f"pmid:{(pmid.text or '').strip()}",
        version=_read_version(pmid),
        keywords=_read_keywords(document, document, ""),
        language="en",
    )


def _read_deleted(record: ET.Element) -> Iterator[Parsed]:
    for pmid in record.iter("PMID"):
        name = f"pmid:{(pmid.text or '').strip()}"
        yield Parsed("", (), identifier=name, version=_read_version(pmid), notice=DELETED)


def _read_version(pmid: ET.Element) -> int:
    version = pmid.get("Version", "1")
    return int(version) if version.isdecimal() and len(version) < 6 else 1


def _read_licence(article: ET.Element) -> str:
    abstract = article.find("Abstract")
    return flatten(abstract.find("CopyrightInformation")) if abstract is not None else ""


def _read_abstracts(citation: ET.Element, article: ET.Element) -> tuple[Block, ...]:
    """The abstract, then those in other languages or for other readers, each under a heading."""
    abstract = article.find("Abstract")
    blocks = list(_read_abstract(abstract)) if abstract is not None else []
    for other in citation.findall("OtherAbstract"):
        found = list(_read_abstract(other))
        kind = other.get("Type", "")
        heading = "Plain language summary" if "plain" in kind else "Abstract"
        language = other.get("Language", "")
        if found:
            name = f"{heading} ({language})" if language else heading
            blocks += [Block(name, "heading", 1), *found]
    return tuple(blocks)


def _read_abstract(abstract: ET.Element) -> Iterator[Block]:
    for part in abstract.findall("AbstractText"):
        label = part.get("Label", "").strip()
        text = flatten(part)
        if UNREADABLE in text:  # a dose with a hole in it is worse than none
            text = ""
        if text and label not in UNLABELLED:
            yield Block(" ".join(label.split()), "heading", SECTION)
        if text:
            yield Block(text)


def _read_date(place: ET.Element | None) -> tuple[str, str]:
    """Return (edition, year) of a journal issue or a book: ("2020-03-09", "2020")."""
    dated = below(place, "JournalIssue", "PubDate") or below(place, "PubDate")
    found = {part.tag: (part.text or "").strip() for part in dated}
    year = found.get("Year") or found.get("MedlineDate", "")[:4]
    if len(year) != 4 or not year.isdecimal():
        return "", ""
    month = found.get("Month", "")
    month = MONTHS.get(month[:3].title(), month.zfill(2))
    day = found.get("Day", "").zfill(2)
    for edition in (f"{year}-{month}-{day}", f"{year}-{month}"):
        if _is_date(edition):
            return edition, year
    return year, year


def _is_date(text: str) -> bool:
    try:
        return bool(date.fromisoformat(text if len(text) > 7 else f"{text}-01"))
    except ValueError:
        return False


def _name_journal(article: ET.Element, journal: ET.Element | None, year: str) -> str:
    """Return "J Test. 2020;12(3):1-9"."""
    if journal is None:
        return year
    name = journal.findtext("ISOAbbreviation") or journal.findtext("Title") or ""
    parts = {part.tag: part.text or "" for part in below(journal, "JournalIssue")}
    parts |= {part.tag: part.text or "" for part in below(article, "Pagination")}
    volume, issue, pages = (parts.get(n, "") for n in ("Volume", "Issue", "MedlinePgn"))
    place = volume + (f"({issue})" if issue else "") + (f":{pages}" if pages else "")
    when = ";".join(part for part in (year, place) if part)
    return ". ".join(part for part in (name.strip().rstrip("."), when) if part)


def _cite(article: ET.Element, place: str, ids: str) -> str:
    authors = []
    listed = below(article, "AuthorList")
    for author in listed[:MOST_AUTHORS]:
        name = author.findtext("CollectiveName") or author.findtext("LastName") or ""
        initials = author.findtext("Initials") or ""
        authors.append(" ".join(f"{name} {initials}".split()))
    people = ", ".join(name for name in authors if name)
    people += ", et al" if len(listed) > MOST_AUTHORS else ""
    return ". ".join(part for part in (people, place, ids) if part)


def _read_ids(record: ET.Element, article: ET.Element) -> str:
    """Return the DOI and the PMC or bookshelf number, as a citation has them."""
    found: dict[str, str] = {}
    for item in below(record, "PubmedData", "ArticleIdList") or below(article, "ArticleIdList"):
        found.setdefault(item.get("IdType", ""), (item.text or "").strip())
    for item in article.findall("ELocationID"):
        if item.get("ValidYN", "Y") == "Y":
            found.setdefault(item.get("EIdType", ""), (item.text or "").strip())
    doi, number = found.get("doi"), found.get("pmc") or found.get("bookaccession")
    return " ".join(part for part in (f"doi:{doi}" if doi else "", number) if part)


def _read_notice(citation: ET.Element, article: ET.Element) -> str:
    """Return the gravest thing that was said of the article afterwards."""
    said = {item.get("RefType", "") for item in below(citation, "CommentsCorrectionsList")}
    types = {item.text for item in below(article, "PublicationTypeList")}
    if RETRACTED_TYPE in types:
        return RETRACTED
    return next((notice for kind, notice in NOTICES.items() if kind in said), "")


def _read_keywords(citation: ET.Element, article: ET.Element, vernacular: str) -> str:
    """Return what else the article should be found by; each once."""
    words = [vernacular] if vernacular else []
    for heading in below(citation, "MeshHeadingList"):
        words.append(heading.findtext("DescriptorName") or "")
    for chemical in below(citation, "ChemicalList"):
        words.append(chemical.findtext("NameOfSubstance") or "")
    for listed in citation.findall("KeywordList"):
        words += [flatten(keyword) for keyword in listed]
    words += _list_types(article)
    return "; ".join(dict.fromkeys(word for word in words if word))


def _list_types(article: ET.Element) -> Sequence[str]:
    types = [item.text or "" for item in below(article, "PublicationTypeList")]
    return [name for name in types if name not in COMMON_TYPES and not name.startswith("Research")]


def _read_language(article: ET.Element, citation: ET.Element) -> str:
    """The language of the text: abstracts and titles of PubMed are English, whatever the paper.

    Only where the one abstract is in another language is that one given.
    """
    other = citation.find("OtherAbstract")
    if article.find("Abstract") is None and other is not None:
        return LANGUAGES.get(other.get("Language", ""), other.get("Language", ""))
    return "en"


READERS: dict[str, Callable[[ET.Element], Iterator[Parsed]]] = {
    "PubmedArticle": _read_article,
    "MedlineCitation": _read_article,
    "PubmedBookArticle": _read_book,
    "DeleteCitation": _read_deleted,
}
