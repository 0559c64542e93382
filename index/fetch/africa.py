"""Fetch the African collection: 20 countries x 18 endemic diseases, scored record by record.

The queries ask for the disease and the country in title, abstract or MeSH headings, so an
author's address alone finds nothing. What comes is rated (index.fetch.relevance) and kept
from a limit on. A record that the PubMed collection already holds is taken from its file
and not asked for again. Shelf: collection.
"""

from __future__ import annotations

from datetime import UTC, datetime

from index.fetch.articles import Article
from index.fetch.errand import Errand
from index.fetch.pubmed import fetch_records
from index.fetch.queries import Pairs, Query, read_africa, select_queries
from index.fetch.relevance import rate, read_subjects


def pair_queries(pairs: Pairs) -> list[Query]:
    """Return one query for each disease in each country."""
    return [
        Query(
            f"{disease.name} in {country.name}",
            f"({disease.term}) AND ({country.term}) AND {pairs.filter}",
            pairs.most,
        )
        for country in pairs.countries
        for disease in pairs.diseases
    ]


async def fetch_africa(errand: Errand) -> None:
    """Fetch and rate the African collection.

    Raises:
        GaveUp: the server no longer answers. WrongUse: a query is named that is not there.
    """
    pairs = read_africa()
    queries = select_queries(pair_queries(pairs), errand.options.only)
    year = datetime.now(UTC).year

    def judge(article: Article) -> tuple[float, bool]:
        score = rate(read_subjects(article.xml), pairs, year).score
        return score, score >= errand.options.least

    await fetch_records(errand, queries, judge)
