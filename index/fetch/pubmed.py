"""Fetch PubMed: queries to ids by ESearch, ids to records by EFetch, 200 a call.

A query that finds more than ESearch gives is cut by date until every part fits, the newest
part first; a single day of one publication date that is still too large is noted as uneven,
never passed over. Each id is asked for once, whatever number of queries found it. Records
that nobody asked for are dropped; ids that did not come are asked for again, `TRIES` times,
then listed as missing. Shelf: collection.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from index.fetch.articles import Article, cut_articles, mark_article, write_articles
from index.fetch.entrez import Entrez, Found, read_span, whole_span
from index.fetch.errand import Errand, drain
from index.fetch.ledger import Settled, Slice
from index.fetch.politeness import Refused, Unusable
from index.fetch.queries import Query, read_specialties, select_queries

# What a record scores, and whether that is enough to keep it; None where nothing is scored.
Judge = Callable[[Article], tuple[float, bool]]
# Two collections of one database: what the other holds on disk is not asked for again.
KIN = {"pubmed": "africa", "africa": "pubmed"}
FETCHED = re.compile(rb'<\?elara identifier="pmid:(\d+)"[^\n]*? retrieved="([\d-]+)"')


@dataclass(frozen=True)
class Search:
    """Where ids come from: an E-utilities client and what "all" and "most" mean."""

    entrez: Entrez
    errand: Errand

    async def run(self, queries: Sequence[Query]) -> None:
        """Ask every slice of every query that is not done; the ledger holds what was found."""
        errand = self.errand
        for query in queries:
            most = query.most if errand.options.most < 0 else errand.options.most
            number = errand.ledger.add_query(
                errand.collection, query.name, query.term, most, errand.options.again
            )
            try:
                await self._run_one(query, most, number)
            except Refused as error:
                errand.tally.uneven.append(f"{query.name}: the search is refused ({error})")

    async def _run_one(self, query: Query, most: int, number: int) -> None:
        errand = self.errand
        while parts := errand.ledger.open_slices(number):
            if most and errand.ledger.count_found(number) >= most:
                errand.ledger.drop_slices(number)
                break
            await self._ask(query, most, parts[0])
        self._compare(query, most, number)

    async def _ask(self, query: Query, most: int, part: Slice) -> None:
        errand = self.errand
        left = max(0, most - errand.ledger.count_found(part.query)) if most else 0
        found = await self.entrez.search(self.entrez.narrow(query.term, part.span), left)
        if found.count and not found.ids and not found.note:
            span = read_span(part.span) if part.span else whole_span(datetime.now(UTC).date())
            if halves := span.halves():
                spans = [half.write() for half in halves]
                errand.ledger.split_slice(part, found.count, spans)
                return
            found = await self._take_first(query, part)
        new, known = errand.ledger.end_slice(
            part, errand.collection, found.ids, found.count, found.note
        )
        errand.tally.known += known
        if found.note:
            errand.tally.uneven.append(f"{query.name}: {found.note}")
        errand.progress.step(0, errand.progress.left + new)

    async def _take_first(self, query: Query, part: Slice) -> Found:
        """Take what ESearch gives of a part that can't be cut, and say that it is not all."""
        limit = self.errand.options.reach.search
        found = await self.entrez.search(self.entrez.narrow(query.term, part.span), limit)
        return Found(found.ids, found.count, f"{found.count} on one day, {limit} can be given")

    def _compare(self, query: Query, most: int, number: int) -> None:
        """Say so when the parts of a query hold other numbers than the whole."""
        errand = self.errand
        whole = errand.ledger.count_query(number)
        found = errand.ledger.count_found(number)
        if found < (min(whole, most) if most else whole):
            errand.tally.uneven.append(f"{query.name}: {whole} counted, {found} found")


async def fetch_pubmed(errand: Errand) -> None:
    """Fetch the specialties and conditions of pubmed.toml.

    Raises:
        GaveUp: the server no longer answers. WrongUse: a query is named that is not there.
    """
    queries = select_queries(read_specialties(), errand.options.only)
    await fetch_records(errand, queries, None)


async def fetch_records(errand: Errand, queries: Sequence[Query], judge: Judge | None) -> None:
    """Search, then fetch what is wanted, in batches, to "<collection>/batch-000001.xml"."""
    entrez = Entrez(errand.client, "pubmed", errand.options)
    await Search(entrez, errand).run(queries)
    _borrow(errand, judge)
    wanted = errand.ledger.count_states(errand.collection).get("wanted", 0)
    errand.progress.left = wanted

    def take(busy: set[str]) -> list[str]:
        return errand.ledger.list_wanted(errand.collection, errand.options.reach.batch, busy)

    async def handle(ids: list[str]) -> None:
        errand.tally.asked += len(ids)
        came = await entrez.fetch(ids)
        day = datetime.now(UTC).date().isoformat()
        _settle(errand, ids, came, judge, dict.fromkeys(ids, day))

    await drain(errand, take, handle)


def _borrow(errand: Errand, judge: Judge | None) -> None:
    """Take from the files of the kindred collection what this one wants as well."""
    other, files = KIN[errand.collection], dict[str, list[str]]()
    for id in errand.ledger.list_state(errand.collection, "wanted"):
        if name := errand.ledger.find_file(other, id):
            files.setdefault(name, []).append(id)
    for name, ids in files.items():
        try:
            data = (errand.store.root / name).read_bytes()
            came = [article for article in cut_articles(data) if article.id in ids]
        except (OSError, Unusable) as error:
            errand.say(f"{name} can't be read ({error}); its records are asked for again.")
            continue
        days = {id.decode(): day.decode() for id, day in FETCHED.findall(data)}
        _settle(errand, ids, came, judge, days)


def _settle(
    errand: Errand,
    ids: Sequence[str],
    came: Iterable[Article],
    judge: Judge | None,
    days: Mapping[str, str],
) -> None:
    """Write what came of a batch and settle it in the ledger."""
    asked = set(ids)
    settled: dict[str, Settled] = {}
    kept: list[tuple[Article, dict[str, str]]] = []
    for article in came:
        if article.id not in asked:
            errand.tally.unasked += 1
        elif article.id in settled:
            errand.tally.doubled += 1
        else:
            settled[article.id], marks = _judge(errand, article, days[article.id], judge)
            kept += [(article, marks)] if marks else []
    file = None
    if kept:
        name = errand.store.next_batch(errand.collection)
        file = errand.store.put_file(name, write_articles(kept))
    errand.ledger.settle(errand.collection, settled.values(), file)
    errand.ledger.miss(errand.collection, asked - settled.keys())
    errand.tally.new += len(kept)
    errand.progress.step(len(settled), max(0, errand.progress.left - len(settled)))


def _judge(
    errand: Errand, article: Article, day: str, judge: Judge | None
) -> tuple[Settled, dict[str, str]]:
    """Return how a record is settled and its marks; no marks when it is not kept."""
    marks = mark_article(article.id, errand.collection, day)
    if judge is None:
        return Settled(article.id, licence=marks["licence"]), marks
    score, enough = judge(article)
    if not enough:
        errand.tally.refused["little relevance"] += 1
        return Settled(article.id, "refused", score=score, note="little relevance"), {}
    marks["relevance"] = f"{score:.3f}"
    return Settled(article.id, licence=marks["licence"], score=score), marks
