"""What the fetchers write is what the readers of index/documents read."""

import asyncio
from contextlib import ExitStack

from index.documents.blocks import Hints
from index.documents.jats import read_jats
from index.documents.kinds import recognise
from index.documents.objects import read_jsonl
from index.documents.pubmed import read_pubmed
from index.fetch.medlineplus import fetch_medlineplus
from index.fetch.pmc import fetch_pmc
from index.fetch.pubmed import fetch_pubmed
from index.fetch.stackexchange import fetch_stackexchange
from index.records import read_record, write_record
from tests.entrez_site import Entrez, Paper
from tests.fetching import fetch, make_options, serve
from tests.pmc_site import Bucket, Deposit
from tests.stackexchange_site import Exchange, Post
from tests.test_fetch_medlineplus import TOPICS, pack, site_of


def read(folder, collection, protocols, fetcher, reader):
    """Fetch, and return (kind, documents) of every file that came."""
    with ExitStack() as stack:
        sites = {name: stack.enter_context(serve(p)) for name, p in protocols.items()}
        options = make_options(folder, sites, only=() if "entrez" not in sites else ("malaria",))
        asyncio.run(fetch(collection, sites, options, fetcher))
    files = sorted(path for path in (folder / collection).rglob("*") if path.is_file())
    return [(recognise(path), list(reader(path, Hints()))) for path in files]


def test_pubmed_batches_are_read(tmp_path):
    protocols = {"entrez": Entrez([Paper(i) for i in range(1, 16)])}
    found = read(tmp_path, "pubmed", protocols, fetch_pubmed, read_pubmed)
    assert [kind for kind, _ in found] == ["pubmed", "pubmed"]
    documents = [document for _, several in found for document in several]
    assert sorted(d.identifier for d in documents) == sorted(f"pmid:{i}" for i in range(1, 16))
    assert "Text with inline marks & an ampersand." in documents[0].blocks[0].text


def test_pmc_articles_are_read(tmp_path):
    deposits = [Deposit(1), Deposit(2)]
    protocols = {"entrez": Entrez([Paper(1), Paper(2)]), "pmc": Bucket(deposits)}
    found = read(tmp_path, "pmc", protocols, fetch_pmc, read_jats)
    assert [(kind, len(several)) for kind, several in found] == [("jats", 1)] * 2
    assert "Text. Text." in found[0][1][0].blocks[-1].text


def test_questions_are_read(tmp_path):
    protocols = {"stackexchange": Exchange([Post(1), Post(2)])}
    ((kind, documents),) = read(
        tmp_path, "stackexchange", protocols, fetch_stackexchange, read_jsonl
    )
    assert kind == "jsonl" and [d.title for d in documents] == ['What of "1"?', 'What of "2"?']
    first = documents[0]
    text = "Question Question 1 with 5 < 6. Answer (score 5) Answer 1 of 1 one"
    assert " ".join(block.text for block in first.blocks) == text
    assert (
        first.licence == "CC BY-SA 3.0"
        and first.identifier == "stackexchange:medicalsciences.stackexchange.com:1"
    )
    assert "by Author 1 (https://example.org/u/2)" in first.source and "questions/1" in first.source


def test_lines_are_records_that_cleaning_keeps(tmp_path):
    protocols = {"stackexchange": Exchange([Post(1)])}
    read(tmp_path, "stackexchange", protocols, fetch_stackexchange, read_jsonl)
    (line,) = (tmp_path / "stackexchange" / "questions-1.jsonl").read_text().splitlines()
    record = read_record(line)
    assert record.text.startswith("Question\n") and record.keywords == "fever"
    assert record.extra["url"].endswith("/questions/1") and write_record(record).count("url") == 1


def test_topics_are_read(tmp_path):
    protocols = {"medlineplus": site_of({"2026-11-19": pack(TOPICS)})}
    ((kind, documents),) = read(tmp_path, "medlineplus", protocols, fetch_medlineplus, read_jsonl)
    assert kind == "jsonl" and [d.title for d in documents] == ["Malaria", "Cholera"]
    first = documents[0]
    assert " ".join(block.text for block in first.blocks) == "Is Malaria < 5 mg? One"
    assert first.edition == "2026-11-19" and first.identifier == "medlineplus:1"
    assert "https://medlineplus.gov/1.html" in first.source and first.language == "en"
