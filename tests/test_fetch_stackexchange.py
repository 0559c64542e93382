"""Fetching StackExchange from a local API that throttles, backs off, fails and lies."""

import asyncio
import json

import pytest

from elara_local.errors import ElaraError
from index.fetch import sources
from index.fetch.queries import read_table
from index.fetch.stackexchange import fetch_stackexchange, make_record, read_html
from tests.fetching import FAST, TROUBLES, fetch, make_options, serve
from tests.stackexchange_site import Exchange, Post


@pytest.fixture(autouse=True)
def small_pages(monkeypatch):
    monkeypatch.setattr("index.fetch.stackexchange.PAGE", 10)


def run(folder, site, **changes):
    sites = {"stackexchange": site}
    options = make_options(folder, sites, **changes)
    return asyncio.run(fetch("stackexchange", sites, options, fetch_stackexchange))


def stored(folder):
    path = folder / "stackexchange" / "questions-1.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()]


def numbers(folder):
    return [int(record["id"].rpartition(":")[2]) for record in stored(folder)]


def test_every_question_with_an_answer_comes_once(tmp_path):
    posts = [Post(i) for i in range(1, 56)] + [Post(60, scores=()), Post(61, tags=("gossip",))]
    with serve(Exchange(posts)) as site:
        errand = run(tmp_path, site)
        listed = len(site.log)
        again = run(tmp_path, site)
        assert len(site.log) == listed + 1  # one look for newer questions
    assert numbers(tmp_path) == list(range(1, 56))
    assert errand.tally.refused == {"no answer": 1} and again.tally.new == 0
    posts.append(Post(70))
    with serve(Exchange(posts)) as site:
        assert run(tmp_path, site).tally.new == 1
    assert numbers(tmp_path)[-1] == 70


def test_a_record_names_author_link_and_licence():
    post = Post(7, scores=(9, 2, 4), accepted=1)
    record = make_record(post.question(), post.answers(), "medicalsciences")
    text = "Question\nQuestion 7 with 5 < 6.\n\nAnswer (score 2, accepted)\nAnswer 1 of 7\none"
    assert record["title"] == 'What of "7"?' and record["text"] == text
    assert "question by Asker (https://example.org/u/1)" in record["source"]
    assert "answer 701 by Author 1 (https://example.org/u/2), fetched 20" in record["source"]
    assert record["licence"] == "CC BY-SA 3.0" and record["url"].endswith("/questions/7")
    assert record["date"] == "2017-07-14" and sources.SOURCES["stackexchange"].shelf == "forum"
    best = make_record(Post(8).question(), Post(8).answers(), "x")
    assert "Answer (score 5)\n" in best["text"] and "801" in best["source"]
    gone = make_record(Post(9).question(), [{**Post(9).answers()[0], "owner": {}}], "x")
    assert "by a deleted user, fetched" in gone["source"]


def test_the_planted_posts_are_dropped(tmp_path):
    posts = [Post(1), Post(1000000001, created=2), Post(1000000010, created=3)]
    # ... and as answers: ids of answers are question * 100 + place
    posts.append(Post(10_000_000, scores=(1, 50), created=4))
    with serve(Exchange(posts)) as site:
        errand = run(tmp_path, site)
    assert numbers(tmp_path) == [1, 10_000_000] and errand.tally.refused["planted"] == 3
    assert stored(tmp_path)[1]["text"].count("Answer (score 1)") == 1
    assert not any(str(id) in a.path for a in site.log for id in (1000000001, 1000000010))


def test_pages_above_the_last_are_reached_by_date(tmp_path, monkeypatch):
    monkeypatch.setattr("index.fetch.stackexchange.LAST_PAGE", 3)
    with serve(Exchange([Post(i) for i in range(1, 90)], last_page=3)) as site:
        run(tmp_path, site)
    assert numbers(tmp_path) == list(range(1, 90))
    assert max(int(a.params["page"]) for a in site.log) == 3


def test_more_of_one_second_than_there_are_pages_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr("index.fetch.stackexchange.LAST_PAGE", 2)
    posts = [Post(i, scores=(1,), created=50) for i in range(1, 60)]
    with serve(Exchange(posts, last_page=2)) as site:
        with pytest.raises(ElaraError, match="questions of one second"):
            run(tmp_path, site)
    assert numbers(tmp_path) == list(range(1, 21))


def test_backoff_is_obeyed(tmp_path):
    with serve(Exchange([Post(i) for i in range(1, 25)], backoff=1, every=3)) as site:
        run(tmp_path, site)
    times = [arrival.at for arrival in site.log]
    assert numbers(tmp_path) == list(range(1, 25)) and len(times) == 11
    assert all(times[i] - times[i - 1] >= 1.0 for i in range(3, len(times), 3))


def test_a_used_up_quota_ends_the_run_and_the_next_day_goes_on(tmp_path):
    exchange = Exchange([Post(i) for i in range(1, 56)], quota=5)
    with serve(exchange) as site:
        with pytest.raises(ElaraError, match="quota"):
            run(tmp_path, site)
        assert len(site.log) == 5 and numbers(tmp_path) == list(range(1, 11))
        exchange.quota = 300
        run(tmp_path, site)
    assert numbers(tmp_path) == list(range(1, 56))


def test_a_throttle_in_a_400_is_waited_for(tmp_path):
    exchange, throttled = Exchange([Post(1)]), []

    def answer(path, params):
        if not throttled:
            throttled.append(path)
            message = "too many requests from this IP, more requests available in 1 seconds"
            return exchange.refuse(502, "throttle_violation", message)
        return exchange(path, params)

    with serve(answer) as site:
        run(tmp_path, site)
    assert site.log[1].at - site.log[0].at >= 2.0 and numbers(tmp_path) == [1]


@pytest.mark.parametrize("seed", [1, 2])
def test_all_come_exactly_once_through_every_trouble_and_lie(tmp_path, seed):
    posts = [Post(i) for i in range(1, 100)]
    with serve(Exchange(posts, lies=True), TROUBLES, 0.3, seed) as site:
        errand = run(tmp_path, site)
        assert site.worst(FAST.seconds) <= FAST.count
    assert numbers(tmp_path) == list(range(1, 100))
    assert errand.tally.unasked and errand.tally.doubled


def test_the_table_names_a_site_and_tags():
    table = read_table("stackexchange.toml")
    tags = table["tags"]
    assert table["site"] == "medicalsciences" and len(set(tags)) == len(tags) > 90


def test_posts_are_read_as_documents_are():
    text = "<p>Give <b>5</b>&nbsp;mg of 10<sup>9</sup></p><pre><code>a &lt; b</code></pre>"
    assert read_html(f"{text}\u200b<br/>end") == "Give 5 mg of 10^9\na < b\nend"


def test_an_answer_that_is_scored_below_zero_is_none(tmp_path):
    with serve(Exchange([Post(1, scores=(-1, -3)), Post(2, scores=(-5, 0))])) as site:
        errand = run(tmp_path, site)
    assert numbers(tmp_path) == [2] and errand.tally.refused == {"no answer": 1}
