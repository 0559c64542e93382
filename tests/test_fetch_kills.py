"""A fetch that is killed at any moment goes on: nothing lost, nothing fetched twice.

A child process fetches from local sites that also fail; it is killed (SIGKILL) a random
moment after a random number of requests, again and again, then left to end. Before each kill
the ledger is read: what it holds must not be asked for by any later run.
"""

import os
import random
import re
import sqlite3
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from time import monotonic, sleep

import pytest

from index.fetch.ledger import Ledger, Settled
from index.fetch.store import Store
from tests.entrez_site import Entrez, Paper
from tests.fetching import FAST, serve
from tests.pmc_site import Bucket, Deposit
from tests.stackexchange_site import Exchange, Post
from tests.test_fetch_pubmed import papers
from tests.test_fetch_pubmed import stored as stored_papers

ROOT = Path(__file__).resolve().parent.parent
TROUBLES = ("500", "reset", "cut text", "html")
PATIENCE = 60.0


def start(source, folder, sites):
    """Start the child and return it."""
    command = [sys.executable, "-m", "tests.fetch_child", source, str(folder)]
    command += [f"{name}={site.address}" for name, site in sites.items()]
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=os.environ,
    )


def settled(folder, source):
    """The ids that the ledger holds as settled."""
    path = folder / "ledger.sqlite"
    if not path.exists():
        return set()
    with sqlite3.connect(path) as ledger:
        try:
            rows = ledger.execute(
                "SELECT id FROM records WHERE collection=? AND state<>'wanted'", (source,)
            ).fetchall()
        except sqlite3.OperationalError:  # killed before the tables were made
            rows = []
    ledger.close()
    return {id for (id,) in rows}


def kill_and_end(source, folder, sites, kills, seed, asked_for):
    """Kill so many runs at random moments, then let one end; return how many were cut short."""
    chance, cut = random.Random(seed), 0
    for _ in range(kills):
        before, known = {n: len(s.log) for n, s in sites.items()}, settled(folder, source)
        child, wanted = start(source, folder, sites), chance.randint(1, 14)
        deadline = monotonic() + PATIENCE
        while child.poll() is None and monotonic() < deadline:
            if sum(len(s.log) - before[n] for n, s in sites.items()) >= wanted:
                sleep(chance.random() * 0.02)
                break
            sleep(0.001)
        cut += child.poll() is None
        child.kill()
        child.communicate()
        for site in sites.values():
            site.settle()
        assert not known & asked_for({n: s.log[before[n] :] for n, s in sites.items()})
    before, known = {n: len(s.log) for n, s in sites.items()}, settled(folder, source)
    last = start(source, folder, sites)
    output, _ = last.communicate(timeout=PATIENCE)
    assert last.returncode == 0, output
    assert not known & asked_for({n: s.log[before[n] :] for n, s in sites.items()})
    assert all(site.worst(FAST.seconds) <= FAST.count for site in sites.values())
    return cut


def test_pubmed_is_whole_after_30_kills(tmp_path):
    held = papers(1300) + [Paper(i, ("asthma", "malaria")) for i in range(9001, 9041)]

    def asked_for(logs):
        return {id for a in logs["entrez"] if "id" in a.params for id in a.params["id"].split(",")}

    with serve(Entrez(held), TROUBLES, 0.1) as site:
        cut = kill_and_end("pubmed", tmp_path, {"entrez": site}, 30, 7, asked_for)
    assert cut >= 30
    assert sorted(map(int, stored_papers(tmp_path))) == sorted(paper.id for paper in held)


def test_stackexchange_is_whole_after_8_kills(tmp_path):
    posts = [Post(i, scores=(1, 2)) for i in range(1, 5001)]

    def asked_for(logs):
        found = re.compile(r"questions/([\d;]+)/answers")
        paths = [found.fullmatch(a.path) for a in logs["stackexchange"]]
        return {id for match in paths if match for id in match[1].split(";")}

    with serve(Exchange(posts), TROUBLES, 0.1) as site:
        cut = kill_and_end("stackexchange", tmp_path, {"stackexchange": site}, 8, 8, asked_for)
    assert cut >= 8
    text = (tmp_path / "stackexchange" / "questions-1.jsonl").read_text()
    found = [int(id) for id in re.findall(r'"id": "stackexchange:[a-z.]+:(\d+)"', text)]
    assert found == list(range(1, 5001))


def test_pmc_is_whole_after_8_kills(tmp_path):
    deposits = [Deposit(i, (1, 2)) for i in range(1, 60)]

    def asked_for(logs):
        return {a.path[3:].partition(".")[0] for a in logs["pmc"] if a.path.endswith(".xml")}

    with ExitStack() as stack:
        words = [Paper(deposit.id) for deposit in deposits]
        sites = {
            "entrez": stack.enter_context(serve(Entrez(words), TROUBLES, 0.1)),
            "pmc": stack.enter_context(serve(Bucket(deposits), TROUBLES, 0.1)),
        }
        cut = kill_and_end("pmc", tmp_path, sites, 8, 9, asked_for)
    assert cut >= 7
    files = sorted((tmp_path / "pmc").rglob("*.*ml*"))
    assert sorted(path.name for path in files) == sorted(f"{d.newest}.xml" for d in deposits)


@pytest.fixture
def opened(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    yield ledger, Store(tmp_path, ledger)
    ledger.close()


def test_a_file_that_was_written_but_not_committed_is_removed(tmp_path, opened):
    ledger, store = opened
    ledger.settle("pubmed", [Settled("1")], store.put_file("pubmed/batch-000001.xml", b"one"))
    store.put_file("pubmed/batch-000002.xml", b"two")
    (tmp_path / "pubmed" / "batch-000003.xml.part").write_bytes(b"thr")
    (tmp_path / "pubmed" / "notes.txt").write_text("mine")
    assert store.next_batch("pubmed") == "pubmed/batch-000002.xml"
    store.mend("pubmed")
    names = sorted(path.name for path in (tmp_path / "pubmed").iterdir())
    assert names == ["batch-000001.xml", "notes.txt"]


def test_lines_that_were_written_but_not_committed_are_cut_off(tmp_path, opened):
    ledger, store = opened
    name = "stackexchange/questions-1.jsonl"
    ledger.settle("stackexchange", [Settled("1")], store.add_lines(name, ["é1"]))
    store.add_lines(name, ["2"])  # killed before the ledger knew
    store.mend("stackexchange")
    assert (tmp_path / name).read_text() == "é1\n"
    store.add_lines(name, ["2"])  # ... or written over, without mending
    ledger.settle("stackexchange", [Settled("3")], store.add_lines(name, ["3"]))
    assert (tmp_path / name).read_text() == "é1\n3\n"


def test_a_committed_file_that_was_cut_by_someone_is_said(tmp_path, opened):
    from elara_local.errors import WrongFile

    ledger, store = opened
    ledger.settle("pubmed", [Settled("1")], store.put_file("pubmed/batch-000001.xml", b"one"))
    (tmp_path / "pubmed" / "batch-000001.xml").write_bytes(b"o")
    with pytest.raises(WrongFile, match="1 of the 3 bytes"):
        store.mend("pubmed")
    (tmp_path / "pubmed" / "batch-000001.xml").unlink()
    with pytest.raises(WrongFile, match="0 of the 3 bytes"):
        store.mend("pubmed")


def test_another_ledger_is_not_used(tmp_path):
    from elara_local.errors import WrongFile

    (tmp_path / "a").write_bytes(b"not a database at all, but long enough to be read" * 9)
    with pytest.raises(WrongFile, match="is not a ledger"):
        Ledger(tmp_path / "a")
    with sqlite3.connect(tmp_path / "b") as other:
        other.execute("PRAGMA user_version=9")
    other.close()
    with pytest.raises(WrongFile, match="version 9"):
        Ledger(tmp_path / "b")
