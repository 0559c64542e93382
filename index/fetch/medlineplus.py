"""Fetch the health topics of MedlinePlus: one file of the day, unpacked to JSONL.

medlineplus.gov/xml.html names the newest mplus_topics_compressed_<date>.zip (Tuesday to
Saturday). A file that was fetched is not fetched again; a newer one takes its place. Kept
are the topics in English with a summary. The summaries are written by NLM and NIH and are
not under copyright in the USA; the encyclopaedia (A.D.A.M.), drug texts and pictures are,
and this file does not hold them. Shelf: collection.
"""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ElementTree
import zipfile
from datetime import UTC, datetime

from index.fetch.errand import Errand
from index.fetch.ledger import Settled
from index.fetch.politeness import AGAIN, Answer, GaveUp, Question, Refused, Unusable
from index.fetch.queries import read_table
from index.fetch.stackexchange import read_html

MARK = "medlineplus"
LANGUAGES = {"English": "en", "Spanish": "es"}
MOST_BYTES = 300_000_000  # the unpacked file had 30 MB in 2026


async def fetch_medlineplus(errand: Errand) -> None:
    """Fetch the newest file of topics, unless it is here already.

    Raises:
        GaveUp: the site no longer answers, or names no file.
    """
    table = read_table("medlineplus.toml")
    link = re.compile(str(table["link"]))

    def read_page(answer: Answer) -> str:
        days = sorted(set(link.findall(answer.body.decode("utf-8", "replace"))))
        if not days:
            raise Unusable("the page names no file of topics")
        return str(days[-1])

    try:
        day = await errand.client.ask(Question("medlineplus", str(table["page"])), read_page)
        _sweep(errand)
        if day <= errand.ledger.read_mark(MARK):
            errand.tally.known += errand.ledger.count_states("medlineplus").get("kept", 0)
            return
        path = str(table["file"]).format(day=day)
        topics = await errand.client.ask(Question("medlineplus", path), read_topics)
    except Refused as error:
        raise GaveUp(f"MedlinePlus refuses: {error}.", AGAIN) from error
    _write(errand, topics, day, str(table["licence"]))
    _sweep(errand)


def _sweep(errand: Errand) -> None:
    """Remove the files that a newer one has replaced."""
    current = f"medlineplus/topics-{errand.ledger.read_mark(MARK)}.jsonl"
    for name in errand.ledger.list_files("medlineplus"):
        if name != current:
            errand.store.remove(name)


def _write(errand: Errand, topics: list[ElementTree.Element], day: str, licence: str) -> None:
    """Write the topics of a day and settle them."""
    records = [make_record(topic, day, licence) for topic in topics]
    kept = {
        record["id"]: record for record in records if record["language"] == "en" and record["text"]
    }
    errand.tally.asked += len(records)
    errand.tally.refused["another language or no summary"] += len(records) - len(kept)
    name = f"medlineplus/topics-{day}.jsonl"
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in kept.values())
    file = errand.store.put_file(name, text.encode())
    settled = [Settled(id, licence=licence) for id in kept]
    errand.ledger.settle("medlineplus", settled, file, (MARK, day))
    errand.tally.new += len(kept)
    errand.progress.step(len(records), 0)


def make_record(topic: ElementTree.Element, day: str, licence: str) -> dict[str, str]:
    """Return one line of the file; `day` is the date of the file."""
    today = datetime.now(UTC).date().isoformat()
    return {
        "id": f"medlineplus:{topic.get('id', '')}",
        "title": topic.get("title", ""),
        "text": read_html(topic.findtext("full-summary") or ""),
        "source": f"MedlinePlus, U.S. National Library of Medicine, fetched {today}",
        "url": topic.get("url", ""),
        "licence": licence,
        "date": day,
        "language": LANGUAGES.get(topic.get("language", ""), ""),
        "keywords": "; ".join(name.text or "" for name in topic.findall("also-called")),
    }


def read_topics(answer: Answer) -> list[ElementTree.Element]:
    """Return the topics of a zipped file.

    Raises:
        Unusable: it is cut short, too large, or holds other topics than it counts.
    """
    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import fromstring

    try:
        with zipfile.ZipFile(io.BytesIO(answer.body)) as archive:
            (member,) = [info for info in archive.infolist() if info.filename.endswith(".xml")]
            if member.file_size > MOST_BYTES:
                raise Refused(f"the file unpacks to more than {MOST_BYTES:,} bytes")
            root = fromstring(archive.read(member))
    except (zipfile.BadZipFile, ValueError, EOFError, ElementTree.ParseError) as error:
        raise Unusable("MedlinePlus gave a file that is cut short or broken") from error
    except DefusedXmlException as error:
        raise Unusable("MedlinePlus gave XML that declares entities") from error
    topics = list(root.findall("health-topic"))
    if root.tag != "health-topics" or str(len(topics)) != root.get("total"):
        raise Unusable(f"MedlinePlus counts {root.get('total')} topics and gave {len(topics)}")
    return topics
