"""Fetching PubMed from a local E-utilities server that fails, cuts short and lies."""

import asyncio
import random
import re
import threading
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest

from index.fetch.entrez import Span, read_span, whole_span
from index.fetch.ledger import Ledger
from index.fetch.pubmed import fetch_pubmed, fetch_records
from index.fetch.queries import Query
from tests.entrez_site import Entrez, Paper
from tests.fetching import FAST, TROUBLES, fetch, make_options, serve

MARK = re.compile(r'<\?elara identifier="pmid:(\d+)" [^\n]*\?>\n<PubmedArticle>')


def papers(count, first=1, **changes):
    """Records that were entered one a day."""
    day = date(2015, 1, 1)
    return [Paper(first + i, entered=day + timedelta(days=i), **changes) for i in range(count)]


def stored(folder, collection="pubmed"):
    """The PMIDs in the files, in order of the files."""
    files = sorted((folder / collection).glob("batch-*.xml"))
    return [id for path in files for id in MARK.findall(path.read_text())]


def fetched(site):
    """How often each id was asked for by EFetch."""
    return Counter(
        id for a in site.log if a.path == "efetch.fcgi" for id in a.params["id"].split(",")
    )


def run(folder, site, queries, judge=None, collection="pubmed", **changes):
    options = make_options(folder, {"entrez": site}, **changes)
    return asyncio.run(
        fetch(collection, {"entrez": site}, options, lambda e: fetch_records(e, queries, judge))
    )


def liar(share, seed=3):
    """Lie about anything, now and then, but not about the same thing for ever."""
    chance, lock, told = random.Random(seed), threading.Lock(), Counter()

    def lie(kind):
        with lock:
            told[kind] += 1
            return told[kind] % 4 != 0 and chance.random() < share

    return lie


def test_everything_is_fetched_once_from_a_calm_server(tmp_path):
    with serve(Entrez(papers(45))) as site:
        errand = run(tmp_path, site, [Query("malaria", "malaria", 0)])
    assert sorted(map(int, stored(tmp_path))) == list(range(1, 46))
    assert set(fetched(site).values()) == {1}
    assert all("test@example.org" in arrival.agent for arrival in site.log)
    assert max(len(a.params["id"].split(",")) for a in site.log if "id" in a.params) == 10
    assert errand.tally.new == errand.tally.asked == 45 and not errand.tally.uneven


def test_a_record_keeps_the_servers_bytes_and_carries_its_origin(tmp_path):
    with serve(Entrez(papers(3))) as site:
        run(tmp_path, site, [Query("malaria", "malaria", 0)])
    text = (tmp_path / "pubmed" / "batch-000001.xml").read_text()
    assert text.count("<PubmedArticleSet>") == 1 and papers(3)[1].xml() in text
    mark = next(line for line in text.splitlines() if 'identifier="pmid:2"' in line)
    assert 'source="https://pubmed.ncbi.nlm.nih.gov/2/"' in mark and 'collection="pubmed"' in mark
    assert "publisher" in mark and re.search(r'retrieved="\d{4}-\d\d-\d\d"', mark)


def test_what_is_larger_than_a_search_gives_is_cut_by_date(tmp_path):
    held = papers(400)
    with serve(Entrez(held, limit=60)) as site:
        errand = run(tmp_path, site, [Query("malaria", "malaria", 0)])
    assert sorted(map(int, stored(tmp_path))) == list(range(1, 401))
    assert not errand.tally.uneven and set(fetched(site).values()) == {1}
    assert all(int(a.params["retstart"]) < 60 for a in site.log if a.path == "esearch.fcgi")


def test_a_day_that_is_too_large_is_cut_by_publication_and_else_is_said(tmp_path):
    day = date(2019, 5, 5)
    spread = [
        Paper(i, entered=day, published=date(2000, 1, 1) + timedelta(days=i)) for i in range(1, 151)
    ]
    lump = [Paper(i, ("asthma",), entered=day, published=day) for i in range(1001, 1071)]
    queries = [Query("malaria", "malaria", 0), Query("asthma", "asthma", 0)]
    with serve(Entrez(spread + lump)) as site:
        errand = run(tmp_path, site, queries)
    found = sorted(map(int, stored(tmp_path)))
    assert found[:150] == list(range(1, 151)) and len(found) == 150 + 60
    assert errand.tally.uneven[0] == "asthma: 70 on one day, 60 can be given"


def test_most_takes_no_more_and_an_id_of_two_queries_is_asked_for_once(tmp_path):
    held = papers(30) + [Paper(i, ("malaria", "asthma")) for i in range(101, 121)]
    queries = [Query("malaria", "malaria", 35), Query("asthma", "asthma", 0)]
    with serve(Entrez(held)) as site:
        errand = run(tmp_path, site, queries)
        before = len(site.log)
        again = run(tmp_path, site, queries)
        assert len(site.log) == before  # all is known: not one request
    assert len(stored(tmp_path)) == 35 and set(fetched(site).values()) == {1}
    assert errand.tally.known == 20 and again.tally.asked == 0


def test_missing_records_are_asked_for_again_then_listed(tmp_path):
    with serve(Entrez(papers(25), withdrawn=(4, 9))) as site:
        run(tmp_path, site, [Query("malaria", "malaria", 0)])
    ledger = Ledger(tmp_path / "ledger.sqlite")
    assert ledger.list_state("pubmed", "missing") == ["4", "9"]
    assert fetched(site)["4"] == fetched(site)["9"] == 3
    assert len(stored(tmp_path)) == 23


@pytest.mark.parametrize("seed", [1, 2])
def test_all_records_come_exactly_once_through_every_trouble_and_lie(tmp_path, seed):
    held = papers(160) + papers(40, 501, words=("asthma", "malaria"))
    queries = [Query("malaria", "malaria", 0), Query("asthma", "asthma", 0)]
    protocol = Entrez(held, lie=liar(0.12, seed))
    with serve(protocol, TROUBLES, 0.2, seed) as site:
        for _ in range(6):
            errand = run(tmp_path, site, queries, again=True)
            if not errand.tally.uneven and not errand.tally.failed:
                break
        assert site.worst(FAST.seconds) <= FAST.count
        assert len({a.trouble for a in site.log}) > 5
    assert sorted(map(int, stored(tmp_path))) == sorted(paper.id for paper in held)


def test_a_search_whose_counts_never_agree_is_not_called_whole(tmp_path):
    with serve(Entrez(papers(40), lie=lambda kind: kind == "wrong count")) as site:
        errand = run(tmp_path, site, [Query("malaria", "malaria", 0)])
    assert len(stored(tmp_path)) == 40
    assert errand.tally.uneven[0] == "malaria: 47 records counted, 40 ids given"
    with serve(Entrez(papers(45))) as site:  # an honest server, another day
        errand = run(tmp_path, site, [Query("malaria", "malaria", 0)])
    assert not errand.tally.uneven and errand.tally.new == 5 and len(stored(tmp_path)) == 45


def test_a_history_that_is_gone_is_searched_anew(tmp_path):
    gone = iter([False, True] + [False] * 99)
    lie = lambda kind: kind == "gone" and next(gone)  # noqa: E731
    with serve(Entrez(papers(55), lie=lie)) as site:
        errand = run(tmp_path, site, [Query("malaria", "malaria", 0)])
    assert len(stored(tmp_path)) == 55 and not errand.tally.uneven


def test_the_second_collection_takes_what_the_first_holds(tmp_path):
    with serve(Entrez(papers(20))) as site:
        run(tmp_path, site, [Query("malaria", "malaria", 0)])
        errand = run(
            tmp_path,
            site,
            [Query("malaria", "malaria", 0)],
            lambda article: (int(article.id) / 20, int(article.id) > 5),
            "africa",
        )
    assert set(fetched(site).values()) == {1}
    assert sorted(map(int, stored(tmp_path, "africa"))) == list(range(6, 21))
    assert errand.tally.asked == 0 and errand.tally.refused == {"little relevance": 5}
    text = (tmp_path / "africa" / "batch-000001.xml").read_text()
    assert 'collection="africa" relevance="0.500"' in text


def test_a_server_that_is_down_ends_the_run_and_what_came_stays(tmp_path):
    protocol = Entrez(papers(55))
    fetches = []

    def answer(path, params):
        if path == "efetch.fcgi":
            fetches.append(path)
            if len(fetches) > 2:
                return replace(protocol(path, params), status=500)
        return protocol(path, params)

    with serve(answer) as site, pytest.raises(Exception, match="no usable answer in 9 tries"):
        run(tmp_path, site, [Query("malaria", "malaria", 0)])
    assert len(stored(tmp_path)) == 20
    with serve(protocol) as site:
        run(tmp_path, site, [Query("malaria", "malaria", 0)])
    assert sorted(map(int, stored(tmp_path))) == list(range(1, 56))
    assert sum(fetched(site).values()) == 35


def test_the_specialties_are_what_is_asked(tmp_path):
    held = [Paper(1, ("asthma",)), Paper(2, ("cholera",)), Paper(3, ("rabies",))]
    with serve(Entrez(held)) as site:
        options = make_options(tmp_path, {"entrez": site}, only=("asthma", "rabies"))
        asyncio.run(fetch("pubmed", {"entrez": site}, options, fetch_pubmed))
    assert sorted(stored(tmp_path)) == ["1", "3"]
    assert "hasabstract" in site.log[0].params["term"]


def test_spans_halve_to_a_day_and_lose_none():
    span = whole_span(date(2026, 11, 21))
    older, newer = span.halves()
    assert older.entered[1] + timedelta(days=1) == newer.entered[0]
    assert (older.entered[0], newer.entered[1]) == span.entered
    assert read_span(span.write()) == span
    day = date(2020, 2, 29)
    assert Span((day, day), (day, day)).halves() is None
    older, newer = Span((day, day), (day, day + timedelta(days=1))).halves()
    assert older.published == (day, day) and newer.entered == (day, day)
