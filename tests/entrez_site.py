"""A small E-utilities server for the tests: ESearch with its history, EFetch, and their lies.

It holds records with two dates and the words they are found by. Like the real one it gives
the first `limit` records of a search only, keeps results under WebEnv and query_key, and puts
some errors into answers with status 200.
"""

import re
import threading
from dataclasses import dataclass
from datetime import date

from tests.fetching import Reply, as_json

RANGE = re.compile(r'\("([\d/]+)"\[(\w+)\] : "([\d/]+)"\[\w+\]\)')


@dataclass(frozen=True)
class Paper:
    """One record of the server."""

    id: int
    words: tuple = ("malaria",)
    entered: date = date(2020, 1, 1)
    published: date = date(2020, 1, 1)
    title: str = "Paper"
    abstract: str = "Text with <i>inline</i> marks &amp; an ampersand."

    def xml(self):
        return (
            f'<PubmedArticle><MedlineCitation><PMID Version="1">{self.id}</PMID><Article>'
            f"<Journal><JournalIssue><PubDate><Year>{self.published.year}</Year></PubDate>"
            f"</JournalIssue></Journal><ArticleTitle>{self.title}</ArticleTitle>"
            f"<Abstract><AbstractText>{self.abstract}</AbstractText></Abstract></Article>"
            f"<CommentsCorrectionsList><CommentsCorrections><PMID>1</PMID></CommentsCorrections>"
            f"</CommentsCorrectionsList></MedlineCitation></PubmedArticle>"
        )


class Entrez:
    """The protocol; `lie(kind)` tells whether the next answer of a kind is to be a lie."""

    def __init__(self, papers, limit=60, lie=lambda kind: False, withdrawn=()):
        self.papers = {str(paper.id): paper for paper in papers}
        self.limit, self.lie, self.withdrawn = limit, lie, set(map(str, withdrawn))
        self.stored, self._lock = {}, threading.Lock()

    def __call__(self, path, params):
        assert params["tool"] == "elara-local" and "@" in params["email"]
        return self.search(params) if path == "esearch.fcgi" else self.fetch(params)

    def find(self, params):
        term = params["term"]
        if term.startswith("#"):
            return self.stored.get((params["WebEnv"], term[1:]))
        ranges = [
            (kind, date(*map(int, a.split("/"))), date(*map(int, b.split("/"))))
            for a, kind, b in RANGE.findall(term)
        ]
        return [
            id
            for id, paper in sorted(self.papers.items(), key=lambda pair: -int(pair[0]))
            if any(word in term.casefold() for word in paper.words)
            and all(
                low <= (paper.published if kind == "pdat" else paper.entered) <= high
                for kind, low, high in ranges
            )
        ]

    def search(self, params):
        start, size = int(params["retstart"]), int(params["retmax"])
        found = self.find(params)
        if found is None or self.lie("gone"):
            return Reply(
                b"<eSearchResult><ERROR>Unable to obtain query</ERROR></eSearchResult>",
                "text/xml",
                400,
            )
        if start > self.limit - 1:
            return as_json({"esearchresult": {"ERROR": "Search Backend failed: 'retstart'"}})
        if self.lie("error in a 200"):
            return Reply(b'{"esearchresult":{"ERROR":"Search Backend failed: Exception:\ntime"}}')
        with self._lock:
            environment, key = f"MCID_{len(self.stored)}", "1"
            self.stored[environment, key] = found
        ids = found[start : min(start + size, self.limit)]
        if self.lie("doubled ids") and ids:
            ids = [ids[0], *ids[:-1]]
        count = len(found) + (7 if self.lie("wrong count") else 0)
        return as_json(
            {
                "header": {"type": "esearch"},
                "esearchresult": {
                    "count": str(count),
                    "retmax": str(len(ids)),
                    "retstart": str(start),
                    "querykey": key,
                    "webenv": environment,
                    "idlist": ids,
                },
            }
        )

    def fetch(self, params):
        ids = params["id"].split(",")
        given = [
            self.papers[id].xml() for id in ids if id in self.papers and id not in self.withdrawn
        ]
        if self.lie("error in a 200"):
            return Reply(
                b"<eFetchResult><ERROR>Cannot retrieve history data</ERROR></eFetchResult>",
                "text/xml",
            )
        if self.lie("left out"):
            given = given[1:]
        if self.lie("given twice") and given:
            given.append(given[0])
        if self.lie("not asked for"):
            given.insert(0, Paper(999_999_999).xml())
        head = (
            '<?xml version="1.0" ?>\n<!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, '
            '1st January 2025//EN" "https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">\n'
        )
        body = f"{head}<PubmedArticleSet>\n{''.join(given)}\n</PubmedArticleSet>"
        return Reply(body.encode(), "text/xml")
