"""Fetching PMC articles from a local object store: versions, licences, checksums, lies."""

import asyncio
import re
import xml.etree.ElementTree as ElementTree
from collections import Counter
from contextlib import ExitStack

import pytest

from index.fetch.ledger import Ledger
from index.fetch.pmc import fetch_pmc, read_listing, refuse
from index.fetch.politeness import Answer, Unusable
from index.fetch.queries import read_licences
from tests.entrez_site import Entrez, Paper
from tests.fetching import FAST, TROUBLES, fetch, make_options, serve
from tests.pmc_site import Bucket, Deposit, spoil_record

RECORD = {"is_retracted": False, "is_pmc_openaccess": True}


def run(folder, bucket, deposits, troubles=(), seed=1, **changes):
    """Fetch "malaria"; return the errand and the bucket's site."""
    papers = [Paper(deposit.id, deposit.words) for deposit in deposits]
    with ExitStack() as stack:
        sites = {
            "entrez": stack.enter_context(serve(Entrez(papers), troubles, 0.2, seed)),
            "pmc": stack.enter_context(serve(bucket, troubles, 0.25, seed)),
        }
        options = make_options(folder, sites, only=("malaria",), **changes)
        return asyncio.run(fetch("pmc", sites, options, fetch_pmc)), sites["pmc"], sites["entrez"]


def stored(folder):
    return {path.stem: path.read_text() for path in sorted((folder / "pmc").rglob("*.xml"))}


def test_the_newest_version_of_each_article_comes_once_with_its_origin(tmp_path):
    deposits = [Deposit(i, (1,)) for i in range(1, 12)] + [Deposit(9_876_543, (1, 2, 3, 10))]
    errand, bucket, entrez = run(tmp_path, Bucket(deposits), deposits)
    files = stored(tmp_path)
    assert sorted(files) == sorted(deposit.newest for deposit in deposits)
    assert (tmp_path / "pmc" / "00987" / "PMC9876543.10.xml").exists()
    asked = Counter(a.path for a in bucket.log if a.path.endswith(".xml"))
    assert set(asked.values()) == {1} and errand.tally.new == 12
    text = files["PMC9876543.10"]
    assert text.startswith(deposits[-1].text("PMC9876543.10").decode())
    assert ElementTree.fromstring(text).tag == "article"
    assert re.search(
        r'<\?elara identifier="pmcid:PMC9876543" version="10" source="https://pmc', text
    )
    assert 'licence="CC BY"' in text and "redistribute" not in text
    assert "cc_by_license" in entrez.log[0].params["term"]


def test_licences_are_kept_or_refused_by_rule(tmp_path):
    codes = ("CC0", "CC BY", "CC BY-NC", "CC BY-ND", "CC BY-SA", "CC BY-NC-ND", "TDM", "", "MIT")
    deposits = [Deposit(i, licence=code) for i, code in enumerate(codes, 1)]
    errand, _, _ = run(tmp_path, Bucket(deposits), deposits)
    assert sorted(stored(tmp_path)) == ["PMC1.1", "PMC2.1"]
    assert sum(errand.tally.refused.values()) == 7 and errand.tally.refused["licence CC BY-NC"] == 1
    assert errand.tally.refused["licence none"] == 1


def test_restricted_articles_are_marked(tmp_path):
    codes = ("CC0", "CC BY-NC", "CC BY-ND", "TDM")
    deposits = [Deposit(i, licence=code) for i, code in enumerate(codes, 1)]
    _, _, entrez = run(tmp_path, Bucket(deposits), deposits, restricted=True)
    files = stored(tmp_path)
    assert {name: 'redistribute="no"' in text for name, text in files.items()} == {
        "PMC1.1": False,
        "PMC2.1": True,
        "PMC3.1": True,
    }
    assert "cc_by_license" not in entrez.log[0].params["term"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({}, ""),
        ({"is_retracted": True}, "retracted"),
        ({"is_retracted": None}, "retraction not ruled out"),
        ({"is_historical_ocr": True}, "recognised from scanned pages"),
        ({"is_pmc_openaccess": False}, "not open access"),
        ({"is_pmc_openaccess": "yes"}, "not open access"),
        ({"license_code": None}, "licence none"),
        ({"license_code": "CC BY 4.0"}, "licence CC BY 4.0"),
        ({"license_code": "cc by"}, "licence cc by"),
    ],
)
def test_what_is_not_plainly_allowed_is_refused(changes, reason):
    record = {**RECORD, "license_code": "CC BY", **changes}
    assert refuse(record, read_licences(), restricted=False) == reason


def test_all_articles_come_exactly_once_through_every_trouble(tmp_path):
    deposits = [Deposit(i, (1, 2, 3)) for i in range(1, 31)]
    _, bucket, entrez = run(tmp_path, Bucket(deposits), deposits, TROUBLES)
    assert sorted(stored(tmp_path)) == sorted(deposit.newest for deposit in deposits)
    assert bucket.worst(FAST.seconds) <= FAST.count >= entrez.worst(FAST.seconds)


def test_an_article_that_is_not_in_the_store_is_missing_after_three_tries(tmp_path):
    deposits = [Deposit(i) for i in range(1, 6)]
    bucket = Bucket(deposits[1:], gone=("metadata/PMC2.1.json", "PMC3.1/PMC3.1.xml"))
    run(tmp_path, bucket, deposits)
    assert sorted(stored(tmp_path)) == ["PMC4.1", "PMC5.1"]
    assert Ledger(tmp_path / "ledger.sqlite").list_state("pmc", "missing") == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("changes", "failed"),
    [
        ({"pmcid": "PMC9"}, 1),  # the record of another article
        ({"xml_url": "s3://pmc-oa-opendata/PMC1.1/PMC1.1.xml?md5=" + "0" * 32}, 1),
        ({"xml_url": "https://example.org/PMC1.1/PMC1.1.xml"}, 0),  # refused: no text here
        ({"xml_url": "s3://pmc-oa-opendata/PMC2.1/PMC2.1.xml"}, 0),
        ({"xml_url": None}, 0),
    ],
)
def test_a_lie_about_an_article_keeps_it_out(tmp_path, changes, failed):
    deposits = [Deposit(1), Deposit(2)]
    bucket = spoil_record(Bucket(deposits), "PMC1.1", **changes)
    errand, site, _ = run(tmp_path, bucket, deposits)
    assert list(stored(tmp_path)) == ["PMC2.1"]
    assert (errand.tally.failed, errand.tally.refused["no text"]) == (failed, 1 - failed)
    assert not any("example.org" in arrival.path for arrival in site.log)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html></html>",
        b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
        b"<ListBucketResult><CommonPrefixes>",
        b"<ListBucketResult>" * 100_000,
    ],
)
def test_a_listing_that_is_none_is_asked_for_again(body):
    with pytest.raises(Unusable):
        read_listing(Answer(body, ""))
