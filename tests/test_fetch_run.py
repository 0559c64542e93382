"""`index fetch` as a whole: arguments, refusals, locks, summary, exit codes."""

import argparse
import asyncio
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock

from elara_local.errors import WrongUse
from index.fetch import SOURCES, add_fetch_arguments, read_options, run_fetch
from index.fetch.africa import fetch_africa
from index.fetch.errand import Progress
from index.fetch.options import NAMES, Options
from tests.entrez_site import Entrez, Paper
from tests.fetching import fetch, make_options, serve

ROOT = Path(__file__).resolve().parent.parent


def parse(*words):
    parser = argparse.ArgumentParser()
    add_fetch_arguments(parser)
    return read_options(parser.parse_args(words))


def test_there_are_five_sources_and_forums_stand_apart():
    assert tuple(SOURCES) == NAMES
    shelves = {name: source.shelf for name, source in SOURCES.items()}
    assert shelves.pop("stackexchange") == "forum" and set(shelves.values()) == {"collection"}


def test_arguments_become_options(tmp_path, user_folder):
    (tmp_path / "key").write_text("secret-key\nsecond line\n")
    options = parse(
        "pmc", "--to", str(tmp_path / "x"), "--email", "a@b.org", "--only", "malaria", "--only",
        "asthma", "--most", "0", "--restricted", "--key-file", str(tmp_path / "key"),
    )  # fmt: skip
    assert options.to == tmp_path / "x" and options.only == ("malaria", "asthma")
    assert options.most == 0 and options.restricted and options.key == "secret-key"
    assert "secret" not in repr(options)
    assert parse("pubmed").to == user_folder / "fetched" and parse("pubmed").most == -1


@pytest.mark.parametrize(
    "words",
    [("--most", "-2"), ("--least", "1.5"), ("--key-file", "/nowhere"), ("--key-file", "/dev/null")],
)
def test_arguments_that_can_not_be_used_are_refused(words):
    with pytest.raises(WrongUse):
        parse("pubmed", *words)


@pytest.mark.parametrize("email", ["", "me", "@example.org", "me@here"])
@pytest.mark.parametrize("source", ["pubmed", "africa", "pmc"])
def test_ncbi_is_not_asked_without_an_address(tmp_path, source, email):
    with pytest.raises(WrongUse, match="e-mail"):
        run_fetch(source, Options(tmp_path, email), print)


def test_an_unknown_source_and_a_guarded_process_are_refused(tmp_path):
    with pytest.raises(WrongUse, match="'arxiv' is no source"):
        run_fetch("arxiv", Options(tmp_path), print)
    with pytest.raises(WrongUse, match="may not leave the machine"):
        run_fetch("medlineplus", Options(tmp_path), print)


def test_one_folder_and_one_host_are_used_by_one_run(tmp_path, user_folder):
    with (
        FileLock(tmp_path / ".lock"),
        pytest.raises(WrongUse, match="Another fetch uses the folder"),
    ):
        run_fetch("medlineplus", Options(tmp_path), print)
    (user_folder / "fetch").mkdir(parents=True)
    lock = FileLock(user_folder / "fetch" / "entrez.lock")
    with lock, pytest.raises(WrongUse, match="Another fetch uses 'entrez'"):
        run_fetch("africa", Options(tmp_path, "a@b.org"), print)


def child(folder, site, source="pubmed"):
    command = [sys.executable, "-m", "tests.fetch_child", source, str(folder)]
    return subprocess.run(
        [*command, f"entrez={site.address}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ,
    )


def test_a_run_sums_up_and_its_exit_code_says_whether_all_is_there(tmp_path):
    protocol = Entrez([Paper(i) for i in range(1, 31)], withdrawn=(7,))
    with serve(protocol) as site:
        done = child(tmp_path, site)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "pubmed" / ".shelf").read_text() == "collection\n"
    assert re.search(r"pubmed: 32 asked, 29 new, 0 known, 0 failed, 0 refused", done.stdout)
    assert "the server does not give: 7" in done.stdout
    with serve(
        Entrez([Paper(i) for i in range(1, 41)], lie=lambda kind: kind == "wrong count")
    ) as site:
        done = child(tmp_path / "b", site)
    assert done.returncode == 1 and "not sure to be whole: malaria: 47" in done.stdout
    with serve(lambda path, params: replace(protocol(path, params), status=500)) as site:
        done = child(tmp_path / "c", site)
    assert done.returncode == 1 and "goes on where it stopped" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr


def test_with_a_key_ten_a_second_and_the_key_is_sent_but_in_no_address(tmp_path):
    with serve(Entrez([Paper(i) for i in range(1, 31)])) as site:
        options = make_options(
            tmp_path, {"entrez": site}, key="k" * 36, only=("malaria",), limits={}
        )
        asyncio.run(fetch("pubmed", {"entrez": site}, options, SOURCES["pubmed"].fetch))
        assert all(arrival.params["api_key"] == "k" * 36 for arrival in site.log)
        assert site.worst(1.0) <= 10
    assert not any("kkk" in path.read_text(errors="replace") for path in tmp_path.rglob("*.*"))


def test_the_african_collection_is_scored_and_what_is_not_relevant_is_left_out(tmp_path):
    held = [
        Paper(1, ("kenya",), title="Malaria in Kenya"),
        Paper(2, ("kenya",), title="Malaria", abstract="An author of Kenya."),
        Paper(3, ("kenya",), title="Roads of Kenya"),
    ]
    with serve(Entrez(held)) as site:
        options = make_options(tmp_path, {"entrez": site}, only=("malaria in Kenya",))
        errand = asyncio.run(fetch("africa", {"entrez": site}, options, fetch_africa))
    text = (tmp_path / "africa" / "batch-000001.xml").read_text()
    assert re.findall(r'identifier="pmid:(\d)".*?relevance="(0\.\d+)"', text)[0][0] == "1"
    assert errand.tally.refused == {"little relevance": 1} and "pmid:3" not in text
    with serve(Entrez(held)) as site:
        strict = replace(
            make_options(tmp_path / "b", {"entrez": site}, only=("malaria in Kenya",)), least=0.75
        )
        errand = asyncio.run(fetch("africa", {"entrez": site}, strict, fetch_africa))
    assert errand.tally.refused == {"little relevance": 2}


def test_progress_tells_rate_and_time_left(capsys):
    progress = Progress("pubmed", every=0.0)
    progress.step(200, 10_000)
    line = capsys.readouterr().err
    assert line.startswith("pubmed: 200 done, 10,000 to go, ") and line.endswith(" left\n")
    assert "time left unknown" in Progress("pmc").line()
