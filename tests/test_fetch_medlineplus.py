"""Fetching the MedlinePlus topics from a local site: the newest file, once, whole."""

import asyncio
import io
import json
import zipfile

import pytest

from elara_local.errors import ElaraError
from index.fetch.ledger import Ledger
from index.fetch.medlineplus import fetch_medlineplus, read_topics
from index.fetch.politeness import Answer, Unusable
from tests.fetching import TROUBLES, Reply, fetch, make_options, serve

TOPIC = """<health-topic title="{title}" url="https://medlineplus.gov/{id}.html" id="{id}"
 language="{language}" date-created="02/09/2014"><also-called>Swamp fever</also-called>
<full-summary>&lt;p&gt;Is &lt;strong&gt;{title}&lt;/strong&gt; &amp;lt; 5 mg?&lt;/p&gt;&lt;ul&gt;
&lt;li&gt;One&lt;/li&gt;&lt;/ul&gt;</full-summary></health-topic>"""


DOCTYPE = (
    '<!DOCTYPE health-topics PUBLIC "-//NLM//DTD health-topics //EN" '
    '"https://medlineplus.gov/xml/mplus_topics.dtd">'
)


def pack(topics, total=None, head=DOCTYPE, name="mplus_topics.xml"):
    """A zipped file of (id, title, language)."""
    body = "".join(TOPIC.format(id=i, title=t, language=lang) for i, t, lang in topics)
    count = len(topics) if total is None else total
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        text = f'<?xml version="1.0"?>{head}<health-topics total="{count}">{body}</health-topics>'
        archive.writestr(name, text)
    return file.getvalue()


def site_of(files):
    """The protocol: a page that names the files by date, and the files."""

    def answer(path, params):
        if path == "xml.html":
            links = [f'<a href="/xml/mplus_topics_compressed_{day}.zip">x</a>' for day in files]
            return Reply(f"<html>{''.join(links)}</html>".encode(), "text/html")
        day = path.removeprefix("xml/mplus_topics_compressed_").removesuffix(".zip")
        return Reply(files[day], "application/zip") if day in files else Reply(b"", status=404)

    return answer


def run(folder, site):
    sites = {"medlineplus": site}
    options = make_options(folder, sites, email="")
    return asyncio.run(fetch("medlineplus", sites, options, fetch_medlineplus))


def stored(folder):
    (path,) = (folder / "medlineplus").glob("*")
    return path.name, [json.loads(line) for line in path.read_text().splitlines()]


TOPICS = [(1, "Malaria", "English"), (2, "Paludismo", "Spanish"), (3, "Cholera", "English")]


def test_the_newest_file_is_fetched_once_and_replaced_by_a_newer(tmp_path):
    files = {"2026-11-19": pack(TOPICS), "2026-11-18": b"old"}
    with serve(site_of(files)) as site:
        run(tmp_path, site)
        again = run(tmp_path, site)
        assert [a.path for a in site.log].count("xml/mplus_topics_compressed_2026-11-19.zip") == 1
        assert again.tally.known == 2
        files["2026-11-20"] = pack([*TOPICS[1:], (4, "Yaws", "English")])
        run(tmp_path, site)
    name, records = stored(tmp_path)
    assert name == "topics-2026-11-20.jsonl"
    assert [record["title"] for record in records] == ["Cholera", "Yaws"]
    assert Ledger(tmp_path / "ledger.sqlite").count_states("medlineplus") == {"kept": 2}


def test_a_topic_carries_its_origin(tmp_path):
    with serve(site_of({"2026-11-19": pack(TOPICS)})) as site:
        run(tmp_path, site)
    record = stored(tmp_path)[1][0]
    assert record["text"] == "Is Malaria < 5 mg?\nOne" and record["id"] == "medlineplus:1"
    assert record["url"] == "https://medlineplus.gov/1.html" and record["date"] == "2026-11-19"
    assert "MedlinePlus" in record["licence"] and record["language"] == "en"
    assert record["keywords"] == "Swamp fever" and "fetched 20" in record["source"]


def test_it_comes_whole_through_every_trouble(tmp_path):
    topics = [(i, f"Topic {i}", "English") for i in range(300)]
    with serve(site_of({"2026-11-19": pack(topics)}), TROUBLES, 0.8) as site:
        run(tmp_path, site)
    assert len(stored(tmp_path)[1]) == 300


ENTITY = '<!DOCTYPE x [<!ENTITY a "aaaa">]>'


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", pack(TOPICS)[:-40], pack(TOPICS, total=4), pack(TOPICS, head=ENTITY),
     pack(TOPICS, name="readme.txt")],
    ids=["empty", "html", "cut", "wrong count", "entities", "no xml"],
)  # fmt: skip
def test_a_file_that_is_not_whole_is_asked_for_again(body):
    with pytest.raises(Unusable):
        read_topics(Answer(body, ""))


def test_a_page_without_a_file_ends_the_run(tmp_path):
    with serve(site_of({})) as site, pytest.raises(ElaraError, match="names no file of topics"):
        run(tmp_path, site)


def test_a_file_that_does_not_unpack_is_no_answer(tmp_path):
    whole = bytearray(pack([(i, f"Topic {i}", "English") for i in range(300)]))
    whole[100:200] = b"\x55" * 100
    with serve(site_of({"2026-11-19": bytes(whole)})) as site:
        with pytest.raises(ElaraError, match="no usable answer"):
            run(tmp_path, site)
