"""JATS: the full text of one article, or of many, as PMC gives them.

What is covered: what the article says of itself (title, authors, journal, date, licence,
identifiers, keywords, retraction), its abstracts and its body (jats_body.py). What is not
covered: references, acknowledgements, reviews and translations inside the file. A retraction
that was published after the file was made is not in it.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.documents.jats_body import Body
from index.documents.licences import name_licence
from index.documents.notices import CONCERN, CORRECTED, PARTLY, RETRACTED, notice_of_title
from index.documents.outlines import add_lacking, leave_out
from index.documents.streams import read_whole
from index.documents.trees import flatten, read_tree

HREF = "{http://www.w3.org/1999/xlink}href"
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
# Of an article that something was published about later: its related-article-type.
NOTICES = {
    "retraction-forward": RETRACTED,
    "retraction": RETRACTED,
    "partial-retraction-forward": PARTLY,
    "partial-retraction": PARTLY,
    "concern-forward": CONCERN,
    "expression-of-concern": CONCERN,
    "correction-forward": CORRECTED,
    "correction": CORRECTED,
    "corrected-article-forward": CORRECTED,
    "erratum": CORRECTED,
}
TYPES = {"retracted-article": RETRACTED, "partially-retracted-article": PARTLY}
# Articles that are themselves such a notice: what they relate to is another one.
ABOUT_OTHERS = ("retraction", "partial-retraction", "correction", "expression-of-concern")
SHORT = frozenset("toc graphical teaser web-summary key-points-toc precis".split())
DATES = ("epub", "pub", "epub-ppub", "ppub", "collection", "")  # best first
NOT_PUBLISHED = frozenset("pmc-release nihms-submitted preprint corrected retracted".split())
VERSIONED = re.compile(r"(?:PMC)?(\d+)(?:\.(\d{1,4}))?", re.IGNORECASE)
MOST_AUTHORS = 3
TEXT, NOTES, FLOATS = "Text", "Further sections", "Figures and tables"


def read_jats(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield a document for each article of a file.

    Raises:
        WrongFile: it is not JATS, or broken.
    """
    root = _without_namespace(read_tree(read_whole(path)))
    articles = [root] if root.tag == "article" else root.findall(".//article")
    if not articles:
        raise WrongFile("it is XML, but holds no article.", "Add a file of JATS, as PMC has them.")
    for article in articles:
        yield _read_article(article, hints)


def _without_namespace(root: ET.Element) -> ET.Element:
    """Name the elements of JATS plainly, where a harvester has put them into a namespace."""
    if any("jats" in e.tag or "archiving" in e.tag for e in (root, *root) if "}" in str(e.tag)):
        for element in root.iter():
            if "Math/MathML" not in element.tag:
                element.tag = element.tag.rpartition("}")[2]
    return root


def _read_article(article: ET.Element, hints: Hints) -> Parsed:
    meta = article.find("front/article-meta")
    if meta is None:
        meta = ET.Element("article-meta")
    title = _read_title(meta)
    identifier, version, doi = _read_ids(meta)
    edition = _read_date(meta)
    body = Body()
    blocks, lacking = leave_out(tuple(_read_blocks(article, meta, body)), "")
    if body.pictured:
        lacking = add_lacking(lacking, f"{body.pictured} formulas or tables are pictures")
    return Parsed(
        title=hints.title or title,
        blocks=blocks,
        edition=hints.edition or edition,
        licence=hints.licence or _read_licence(meta),
        source=hints.source or _cite(article, meta, edition[:4], doi),
        identifier=identifier,
        version=version,
        notice=_read_notice(article, meta, title),
        keywords="; ".join(dict.fromkeys(filter(None, map(flatten, meta.iter("kwd"))))),
        language=article.get(LANGUAGE, "").lower()[:2],
        lacking=lacking,
    )


def _read_title(meta: ET.Element) -> str:
    group = meta.find("title-group")
    if group is None:
        return ""
    marks = frozenset(("xref", "fn"))
    parts = [flatten(group.find(name), marks) for name in ("article-title", "subtitle")]
    return ": ".join(part for part in parts if part)


def _read_blocks(article: ET.Element, meta: ET.Element, body: Body) -> Iterator[Block]:
    for abstract in (*meta.findall("abstract"), *meta.findall("trans-abstract")):
        if abstract.get("abstract-type", "") not in SHORT:
            yield from _under(_name_abstract(abstract), abstract, body, 2)
    main = article.find("body")
    if main is not None:
        opening = next((child.tag for child in main), "")
        yield from _under("" if opening == "sec" else TEXT, main, body, 1)
    for name, heading in (("back", NOTES), ("floats-group", FLOATS), ("floats-wrap", FLOATS)):
        for part in article.findall(name):
            yield from _under(heading, part, body, 2)


def _under(heading: str, element: ET.Element, body: Body, level: int) -> Iterator[Block]:
    """The blocks of an element under a top heading, where there are any."""
    titled = element.tag.endswith("abstract")
    title = element.find("title") if titled else None
    blocks = [b for child in element if child is not title for b in body.read(child, level)]
    if blocks and heading:
        yield Block(heading, "heading", 1)
    yield from blocks


def _name_abstract(abstract: ET.Element) -> str:
    name = flatten(abstract.find("title")) or "Abstract"
    language = abstract.get(LANGUAGE, "")
    return f"{name} ({language})" if abstract.tag == "trans-abstract" and language else name


def _read_ids(meta: ET.Element) -> tuple[str, int, str]:
    """Return (identifier, version, DOI); the number of PMC is preferred as identifier."""
    found = {e.get("pub-id-type", ""): flatten(e) for e in meta.findall("article-id")}
    doi, pmid = found.get("doi", ""), found.get("pmid", "")
    for kind in ("pmcid-ver", "pmcid", "pmc"):
        if number := VERSIONED.fullmatch(found.get(kind, "")):
            return f"pmcid:PMC{number[1]}", int(number[2] or 1), doi
    return f"doi:{doi}" if doi else f"pmid:{pmid}" if pmid else "", 1, doi


def _read_date(meta: ET.Element) -> str:
    """The day of publication, "2013-02-28" or less; not that of its release by PMC."""
    found: dict[str, str] = {}
    for element in meta.iter("pub-date"):
        kind = element.get("pub-type") or element.get("date-type") or ""
        written = _write_date([element.findtext(n) or "" for n in ("year", "month", "day")])
        if written and kind not in NOT_PUBLISHED:
            found.setdefault(kind, written)
    known = [found[kind] for kind in DATES if kind in found]
    return max(known or found.values(), key=len, default="")


def _write_date(parts: list[str]) -> str:
    numbers = [int(part) for part in parts if part.strip().isdecimal()]
    for count in (3, 2, 1):
        try:
            whole = date(*(numbers[:count] + [1] * (3 - count))) if len(numbers) >= count else None
        except ValueError:
            continue
        if whole:
            return whole.isoformat()[: (4, 7, 10)[count - 1]]
    return ""


def _read_licence(meta: ET.Element) -> str:
    permissions = meta.find("permissions")
    place = meta if permissions is None else permissions
    granted = place.findall("license") or place.findall("copyright-statement")
    links = [e.get(HREF, "") for part in granted for e in part.iter()]
    links += [e.text or "" for e in place.iter() if str(e.tag).endswith("license_ref")]
    return name_licence(links, " ".join(map(flatten, granted)))


def _read_notice(article: ET.Element, meta: ET.Element, title: str) -> str:
    kind = article.get("article-type", "")
    if kind in ABOUT_OTHERS:
        return ""
    said = {e.get("related-article-type", "") for e in meta.iter("related-article")}
    later = next((notice for name, notice in NOTICES.items() if name in said), "")
    return TYPES.get(kind) or notice_of_title(title) or later


def _cite(article: ET.Element, meta: ET.Element, year: str, doi: str) -> str:
    """Return "Fafetine J, ... PLoS Negl Trop Dis. 2013;7(2):e2065. doi:10..."."""
    journal = article.find("front/journal-meta")
    name = flatten(next(journal.iter("journal-title"), None)) if journal is not None else ""
    volume, issue = (flatten(meta.find(n)) for n in ("volume", "issue"))
    first = flatten(meta.find("elocation-id")) or flatten(meta.find("fpage"))
    last = flatten(meta.find("lpage"))
    pages = f"{first}-{last}" if last and last != first else first
    place = volume + (f"({issue})" if issue else "") + (f":{pages}" if pages else "")
    when = ";".join(filter(None, (year, place)))
    return ". ".join(filter(None, (_name_authors(meta), name, when, f"doi:{doi}" if doi else "")))


def _name_authors(meta: ET.Element) -> str:
    names = []
    for contributor in meta.findall("contrib-group/contrib"):
        if contributor.get("contrib-type", "author") == "author":
            surname = flatten(next(contributor.iter("surname"), None))
            given = flatten(next(contributor.iter("given-names"), None))
            initials = "".join(part[0] for part in re.split(r"[\s.-]+", given) if part)
            names.append(f"{surname} {initials}".strip() or flatten(contributor.find("collab")))
    people = ", ".join(name for name in names[:MOST_AUTHORS] if name)
    return people + (", et al" if len(names) > MOST_AUTHORS else "")
