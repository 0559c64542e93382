"""E-utilities: ESearch with the history server, and EFetch, and how both lie.

ESearch answers in JSON: a count, one page of ids, and the name under which the history
server keeps the whole result; further pages are read from there, so that the result does
not change between them. It gives the first 9,999 records at most (NBK25499), so a larger
result is cut by the date a record was entered, and a single day by the date of publication.
EFetch is asked by POST for named ids. Both put errors into answers with status 200, and
both can be an HTML page; those are asked again.

What a caller must still do: compare the ids that came with those that were asked for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from index.fetch.articles import Article, cut_articles
from index.fetch.options import Options, Reach
from index.fetch.politeness import Answer, GaveUp, PoliteClient, Question, Refused, Unusable

TOOL = "elara-local"
ROUNDS = 3  # whole searches, when the pages of one do not agree with its count
# The search fields by which a result is cut: entered, then published.
FIELDS = {"pubmed": ("edat", "pdat"), "pmc": ("pmcrdat", "pdat")}
FIRST = date(1500, 1, 1)


@dataclass(frozen=True)
class Found:
    """The ids of a search in the server's order, its count, and "" or what did not agree."""

    ids: tuple[str, ...]
    count: int
    note: str = ""


@dataclass(frozen=True)
class Page:
    """One answer of ESearch; `key` and `environment` name the stored result."""

    count: int
    ids: tuple[str, ...]
    key: str
    environment: str


@dataclass(frozen=True)
class Span:
    """Two ranges of days, both ends included: entered, and published."""

    entered: tuple[date, date]
    published: tuple[date, date]

    def write(self) -> str:
        """Return the span as text for the ledger."""
        return " ".join(day.isoformat() for day in (*self.entered, *self.published))

    def halves(self) -> tuple[Span, Span] | None:
        """Return an older and a newer half; None where a day can't be cut."""
        if cut := _halve(*self.entered):
            return Span(cut[0], self.published), Span(cut[1], self.published)
        if cut := _halve(*self.published):
            return Span(self.entered, cut[0]), Span(self.entered, cut[1])
        return None

    def narrow(self, term: str, fields: tuple[str, str]) -> str:
        """Return a query that finds only records of this span."""
        parts = [f"({term})"]
        for field, (low, high) in zip(fields, (self.entered, self.published), strict=True):
            parts.append(f'("{low:%Y/%m/%d}"[{field}] : "{high:%Y/%m/%d}"[{field}])')
        return " AND ".join(parts)


def whole_span(today: date) -> Span:
    """Return the span of everything: publishers date issues up to two years ahead."""
    return Span((FIRST, today + timedelta(days=2)), (FIRST, today + timedelta(days=1000)))


def read_span(text: str) -> Span:
    """Return the span that `Span.write` wrote."""
    a, b, c, d = (date.fromisoformat(part) for part in text.split())
    return Span((a, b), (c, d))


class Entrez:
    """ESearch and EFetch of one database, "pubmed" or "pmc"."""

    def __init__(self, client: PoliteClient, database: str, options: Options) -> None:
        self._client = client
        self._database = database
        self._reach: Reach = options.reach
        self._signed = {"tool": TOOL, "email": options.email}
        if options.key:
            self._signed["api_key"] = options.key

    def narrow(self, term: str, span: str) -> str:
        """Return the query of a slice; "" is the whole."""
        return read_span(span).narrow(term, FIELDS[self._database]) if span else term

    async def search(self, term: str, most: int) -> Found:
        """Return up to `most` ids of a query, 0 for all; repeated while it is uneven.

        A result that must be cut first, because all of it is wanted and it is larger than
        ESearch gives, comes back with its count and no ids.

        Raises:
            GaveUp: no usable answer. Refused: the query is refused.
        """
        limit = self._reach.search
        seen: dict[str, None] = {}
        for _ in range(ROUNDS):
            first = await self._page({"term": term, "sort": "relevance"}, 0, most or limit)
            if first.count > limit and not 0 < most <= limit:
                return Found((), first.count)
            wanted = min(first.count, most or limit)
            ids = dict.fromkeys(first.ids)
            even = await self._read_on(first, ids, wanted)
            seen |= ids
            if even and len(ids) == wanted:
                return Found(tuple(ids), first.count)
        note = f"{first.count} records counted, {len(seen)} ids given"
        return Found(tuple(seen), first.count, note)

    async def _read_on(self, first: Page, ids: dict[str, None], wanted: int) -> bool:
        """Add the further pages of a stored result; False when they do not agree with it."""
        place = len(first.ids)
        stored = {"term": f"#{first.key}", "WebEnv": first.environment}
        while place < wanted:
            try:
                page = await self._page(stored, place, wanted)
            except (GaveUp, Refused):  # the stored result is gone: search anew
                return False
            if page.count != first.count or not page.ids:
                return False
            ids |= dict.fromkeys(page.ids)
            place += len(page.ids)
        return True

    async def _page(self, what: dict[str, str], start: int, most: int) -> Page:
        size = max(0, min(self._reach.page, self._reach.search - start, most - start))
        params = {
            **self._signed,
            **what,
            "db": self._database,
            "usehistory": "y",
            "retmode": "json",
            "retstart": str(start),
            "retmax": str(size),
        }

        def read(answer: Answer) -> Page:
            return read_search(answer, size)

        return await self._client.ask(Question("entrez", "esearch.fcgi", form=params), read)

    async def fetch(self, ids: Sequence[str]) -> list[Article]:
        """Return the records that came, in any order, whatever was asked.

        Raises:
            GaveUp: no usable answer. Refused: the server refuses.
        """
        form = {**self._signed, "db": self._database, "retmode": "xml", "id": ",".join(ids)}
        return await self._client.ask(Question("entrez", "efetch.fcgi", form=form), read_fetch)


def read_search(answer: Answer, size: int) -> Page:
    """Return one answer of ESearch.

    Raises:
        Unusable: it is not JSON, is cut short, or holds an error.
    """
    try:
        found = json.loads(answer.body, strict=False)
    except ValueError as error:
        raise Unusable("ESearch gave no JSON") from error
    result: Any = found.get("esearchresult") if isinstance(found, dict) else None
    if not isinstance(result, dict):
        raise Unusable("ESearch gave no result")
    if problem := result.get("ERROR"):
        raise Unusable(f"ESearch says: {' '.join(str(problem).split())[:200]}")
    try:
        ids = tuple(str(id) for id in result["idlist"])
        page = Page(int(result["count"]), ids, str(result["querykey"]), str(result["webenv"]))
    except (KeyError, TypeError, ValueError) as error:
        raise Unusable("ESearch gave an incomplete result") from error
    if page.count < 0 or len(ids) > size or not all(id.isascii() and id.isdigit() for id in ids):
        raise Unusable("ESearch gave ids that were not asked for")
    return page


def read_fetch(answer: Answer) -> list[Article]:
    """Return the records of an answer of EFetch.

    Raises:
        Unusable: it is no set of PubMed records, is cut short, or holds an error.
    """
    return cut_articles(answer.body)


def _halve(low: date, high: date) -> tuple[tuple[date, date], tuple[date, date]] | None:
    if low >= high:
        return None
    middle = low + (high - low) // 2
    return (low, middle), (middle + timedelta(days=1), high)
