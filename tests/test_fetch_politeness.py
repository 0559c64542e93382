"""The polite client: its pace, its patience, its bounds, and where it will not go."""

import asyncio
import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest

from elara_local.errors import WrongUse
from index.fetch.pace import Limit, Pace
from index.fetch.politeness import (
    HOSTS,
    GaveUp,
    Manners,
    Question,
    Refused,
    Unusable,
    _read_wait,
    open_client,
)
from tests.fetching import FAST, QUICK, TROUBLES, Reply, as_json, serve

ROOT = Path(__file__).resolve().parent.parent


def read(answer):
    try:
        return json.loads(answer.body)
    except ValueError as error:
        raise Unusable("no JSON") from error


def ask(site, count=1, limit=FAST, manners=QUICK, path="x", params=None):
    """Ask so many questions at once; return the answers and the client."""

    async def run():
        async with open_client({"pmc": limit}, manners, "me", {"pmc": site.address}) as client:
            questions = [
                Question("pmc", path, {"n": str(i), **(params or {})}) for i in range(count)
            ]
            return await asyncio.gather(*(client.ask(q, read) for q in questions)), client

    return asyncio.run(run())


def test_three_a_second_are_never_exceeded():
    with serve(lambda path, params: as_json(params)) as site:
        answers, _ = ask(site, 10, Limit(3))
        assert [int(a["n"]) for a in answers] == list(range(10))
        assert site.worst(1.0) == 3


def test_the_limit_holds_with_many_workers_and_every_trouble():
    with serve(lambda path, params: as_json(params), TROUBLES, 0.4) as site:
        answers, client = ask(site, 60)
        assert len(answers) == 60 and client.retries > 5
        assert client.requests == len(site.log)
        assert site.worst(FAST.seconds) <= FAST.count


def test_the_limit_holds_from_one_run_to_the_next():
    """A run may begin the moment after another was killed: every place rests first."""
    with serve(lambda path, params: as_json(params)) as site:
        for _ in range(3):
            ask(site, 3, Limit(3, 0.5))
        assert len(site.log) == 9 and site.worst(0.5) == 3


def test_an_answer_that_is_late_does_not_let_two_through():
    """The place is free a window after the answer, so a slow server sees even fewer."""
    import time

    def answer(path, params):
        time.sleep(0.05)
        return as_json(params)

    with serve(answer) as site:
        ask(site, 20)
        assert site.worst(FAST.seconds) <= FAST.count and site.worst(0.1) <= FAST.count


def test_a_cancelled_turn_gives_its_place_back():
    async def run():
        pace = Pace(Limit(1, 0.05))
        with pytest.raises(ZeroDivisionError):
            async with pace.turn():
                raise ZeroDivisionError
        async with asyncio.timeout(2):
            async with pace.turn() as answered:
                answered()
                answered()
        return pace._free.qsize()

    assert asyncio.run(run()) == 1


@pytest.mark.parametrize("trouble", TROUBLES)
def test_each_trouble_is_got_through(trouble):
    with serve(lambda path, params: as_json({"text": "a" * 5000}), [trouble], 1.0) as site:
        ((answer,), client) = ask(site)
        assert len(answer["text"]) == 5000
        assert [a.trouble for a in site.log] == [trouble] * 3 + [""] and client.retries == 3


def test_nothing_is_sent_while_the_host_asks_for_rest():
    with serve(lambda path, params: as_json(params), ["429"], 1.0) as site:
        site.retry_after = "1"
        ask(site, limit=Limit(3, 0.1))
        times = [arrival.at for arrival in site.log]
        assert len(times) == 4
        assert all(later - earlier >= 1.0 for earlier, later in zip(times, times[1:], strict=False))


def test_a_host_that_asks_for_too_long_a_rest_ends_the_run():
    with serve(lambda path, params: as_json(params), ["503"], 1.0) as site:
        site.retry_after = "86400"
        with pytest.raises(GaveUp, match="86400 seconds"):
            ask(site)
        assert len(site.log) == 1


def test_retry_after_is_read_as_seconds_or_as_a_date():
    later = datetime.now(UTC) + timedelta(seconds=100)
    assert _read_wait("7") == 7.0
    assert 90 < _read_wait(format_datetime(later, usegmt=True)) <= 100
    assert _read_wait("Wed, 21 Oct 2015 07:28:00 GMT") == 0.0
    for odd in ("", "soon", "²", "Mon, 01 Jan 99999999999 00:00:00 GMT"):
        assert _read_wait(odd) == 0.0


def test_after_so_many_tries_it_gives_up():
    with serve(lambda path, params: Reply(b"<html>", "text/html")) as site:
        with pytest.raises(GaveUp, match="in 9 tries: no JSON"):
            ask(site)
        assert len(site.log) == 9


def test_an_answer_that_trips_its_reader_up_is_asked_for_again():
    deep = Reply(b"[" * 200_000, "application/json")
    with serve(lambda path, params: deep) as site:
        with pytest.raises(GaveUp, match=r"in 9 tries: .* can't be read \(RecursionError\)"):
            ask(site)
        assert len(site.log) == 9


@pytest.mark.parametrize("status", [301, 302, 400, 401, 403, 404, 410])
def test_a_refusal_is_not_asked_again_and_a_redirect_is_not_followed(status):
    elsewhere = {"Location": "https://example.org/"}
    with serve(lambda path, params: Reply(b"{}", status=status, headers=elsewhere)) as site:
        with pytest.raises(Refused) as refused:
            ask(site)
        assert refused.value.status == status and len(site.log) == 1


def test_an_answer_is_bounded_after_unpacking():
    import gzip

    bomb = Reply(gzip.compress(b"0" * 5_000_000), headers={"Content-Encoding": "gzip"})
    with serve(lambda path, params: bomb) as site:
        with pytest.raises(Refused, match="larger than 1,000,000 bytes"):
            ask(site, manners=Manners(attempts=2, most_bytes=1_000_000))


def test_a_server_that_drips_is_left():
    import time

    def answer(path, params):
        time.sleep(0.2)
        return as_json({})

    patience = Manners(attempts=2, first_wait=0.01, timeout=5, patience=0.1)
    with serve(answer) as site, pytest.raises(GaveUp, match="no whole answer in time"):
        ask(site, manners=patience)


@pytest.mark.parametrize(
    "address", ["http://example.org/", "ftp://127.0.0.1/", "http://localhost.evil/"]
)
def test_only_https_or_this_machine(address):
    async def run():
        async with open_client({"pmc": FAST}, QUICK, "", {"pmc": address}):
            raise AssertionError("it was opened")

    with pytest.raises(WrongUse, match="is not an https address"):
        asyncio.run(run())


def test_the_hosts_are_https_and_no_dead_path_is_left():
    assert all(address.startswith("https://") for address, _ in HOSTS.values())
    assert HOSTS["entrez"][1] == Limit(3, 1.0)
    sources = "".join(p.read_text(encoding="utf-8") for p in (ROOT / "index/fetch").glob("*.*"))
    assert not any(dead in sources for dead in ("oa_comm", "oa_bulk", "oa_package", "ftp."))


def test_a_guarded_process_fetches_nothing(tmp_path):
    """The tests run under the guard, so the real addresses are refused before any look-up."""

    async def run():
        async with open_client({"pmc": FAST}, QUICK):
            raise AssertionError("it was opened")

    with pytest.raises(WrongUse, match="may not leave the machine"):
        asyncio.run(run())


def test_importing_the_room_opens_and_loads_nothing():
    code = "import sys, index.fetch; print('httpx' in sys.modules, 'tenacity' in sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=os.environ
    )
    assert done.stdout.split() == ["False", "False"], done.stderr
