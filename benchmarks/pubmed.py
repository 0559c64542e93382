"""PubMed records read per second on one core, against the usual way of reading them.

    python -m benchmarks.pubmed [--records 10000] [--rounds 3]

The records are made here: a labelled abstract, 6 authors, 10 MeSH headings, 12 references,
about 6.7 kB each. The usual way is a loop over lxml's iterparse with a path for every field,
as in pubmed_parser. Both take turns in processor seconds; the best round of each counts.
Asked for: at least 7,500 records a second.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from index.documents.blocks import Hints
from index.documents.pubmed import read_pubmed

WORDS = (
    "the of and patients treatment with malaria severe artesunate children mortality risk trial "
    "dose hospital group versus placebo infection outcome adverse events oral intravenous sepsis"
).split()
LABELS = ("BACKGROUND", "METHODS", "RESULTS", "CONCLUSIONS")
INLINE = " Counts were 10<sup>3</sup> of <i>P. falciparum</i>."
DOCTYPE = (
    '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE PubmedArticleSet PUBLIC '
    '"-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
    '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
)


def make_record(draw: random.Random, number: int) -> str:
    """Return one record as PubMed writes it."""

    def words(count: int) -> str:
        return " ".join(draw.choices(WORDS, k=count)).capitalize() + "."

    abstract = "".join(
        f'<AbstractText Label="{label}" NlmCategory="{label}">{words(40)}'
        f"{INLINE if label == 'RESULTS' else ''}</AbstractText>"
        for label in LABELS
    )
    authors = "".join(
        f'<Author ValidYN="Y"><LastName>Name{n}</LastName><ForeName>Fore{n}</ForeName>'
        f"<Initials>F</Initials><AffiliationInfo><Affiliation>{words(6)}</Affiliation>"
        "</AffiliationInfo></Author>"
        for n in range(6)
    )
    mesh = "".join(
        f'<MeshHeading><DescriptorName UI="D00{n}" MajorTopicYN="N">Descriptor {n}'
        "</DescriptorName></MeshHeading>"
        for n in range(10)
    )
    references = "".join(
        f"<Reference><Citation>{words(6)}</Citation><ArticleIdList>"
        f'<ArticleId IdType="pubmed">{n + 1000}</ArticleId></ArticleIdList></Reference>'
        for n in range(12)
    )
    return (
        f'<PubmedArticle><MedlineCitation Status="MEDLINE" Owner="NLM"><PMID Version="1">{number}'
        "</PMID><DateRevised><Year>2022</Year><Month>05</Month><Day>02</Day></DateRevised>"
        '<Article PubModel="Print"><Journal><ISSN IssnType="Print">0140-6736</ISSN><JournalIssue>'
        "<Volume>12</Volume><Issue>3</Issue><PubDate><Year>2020</Year><Month>Mar</Month></PubDate>"
        "</JournalIssue><Title>Journal of tests</Title><ISOAbbreviation>J Test</ISOAbbreviation>"
        f"</Journal><ArticleTitle>{words(12)}</ArticleTitle><Pagination><MedlinePgn>1-9"
        f"</MedlinePgn></Pagination><Abstract>{abstract}</Abstract><AuthorList>{authors}"
        "</AuthorList><Language>eng</Language><PublicationTypeList><PublicationType>"
        "Journal Article</PublicationType></PublicationTypeList></Article><MeshHeadingList>"
        f"{mesh}</MeshHeadingList></MedlineCitation><PubmedData><ArticleIdList>"
        f'<ArticleId IdType="doi">10.1/x{number}</ArticleId></ArticleIdList><ReferenceList>'
        f"{references}</ReferenceList></PubmedData></PubmedArticle>\n"
    )


def make_file(path: Path, records: int) -> int:
    """Write the file and return its size in bytes."""
    draw = random.Random(7)
    body = "".join(make_record(draw, number) for number in range(1, records + 1))
    path.write_text(f"{DOCTYPE}<PubmedArticleSet>\n{body}</PubmedArticleSet>\n", "utf-8")
    return path.stat().st_size


def read_usual(path: Path) -> Iterator[dict[str, Any]]:
    """Read the same fields the usual way."""
    from lxml import etree

    for _, record in etree.iterparse(str(path), tag="PubmedArticle"):
        parts = record.findall(".//Abstract/AbstractText")
        yield {
            "pmid": record.findtext(".//PMID"),
            "title": "".join(record.find(".//ArticleTitle").itertext()),
            "abstract": [(part.get("Label"), "".join(part.itertext())) for part in parts],
            "authors": [
                (author.findtext("LastName"), author.findtext("Initials"))
                for author in record.findall(".//AuthorList/Author")
            ],
            "journal": record.findtext(".//Journal/ISOAbbreviation"),
            "year": record.findtext(".//PubDate/Year"),
            "month": record.findtext(".//PubDate/Month"),
            "mesh": [d.text for d in record.findall(".//MeshHeadingList//DescriptorName")],
            "types": [t.text for t in record.findall(".//PublicationType")],
            "doi": record.findtext(".//ArticleIdList/ArticleId[@IdType='doi']"),
        }
        record.clear()


def rate(read: Callable[[], Iterator[object]]) -> float:
    """Return records per processor second of one pass."""
    begin = time.process_time()
    count = sum(1 for _ in read())
    return count / (time.process_time() - begin)


def measure(records: int = 10_000, rounds: int = 3) -> dict[str, float]:
    """The figures of both loops, which take turns; the best round of each counts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pubmed.xml"
        size = make_file(path, records)
        turns = [
            (rate(lambda: read_pubmed(path, Hints())), rate(lambda: read_usual(path)))
            for _ in range(rounds)
        ]
    ours, usual = (max(column) for column in zip(*turns, strict=True))
    return {
        "bytes_per_record": size // records,
        "records_per_s": round(ours),
        "megabytes_per_s": round(ours * size / records / 1e6, 1),
        "usual_records_per_s": round(usual),
        "ratio": round(ours / usual, 2),
    }


def main() -> None:
    """Print one JSON object."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--records", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    print(json.dumps(measure(options.records, options.rounds), indent=2))


if __name__ == "__main__":
    main()
