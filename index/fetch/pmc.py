"""Fetch open-access articles of PubMed Central from its object store, licence by licence.

Since August 2026 PMC gives full text as single objects of the bucket pmc-oa-opendata; the
FTP paths, the OA web service and the bulk packages are gone. For an article: the versions
are the folders "PMC<id>.<version>/" (list-type=2, with a delimiter); the record of the
newest is "metadata/PMC<id>.<version>.json"; it names the licence, says whether the article
was retracted, and gives the address of the JATS file with its MD5. Which articles: ESearch
in "pmc", with the filter of pmc.toml.

All this is as the bucket's README.txt of 2026 describes it (section 4 and 5.3).
Kept are the licences that pmc.toml admits. NC, ND and SA are refused, or with --restricted
kept and marked `redistribute="no"`. Anything else, a retracted article, one recognised from
old pages, a file whose MD5 differs or that is not well-formed is refused. Shelf: collection.
It reads no text.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.parsers import expat

from index.fetch.articles import write_marks
from index.fetch.entrez import Entrez
from index.fetch.errand import Errand, drain
from index.fetch.ledger import Settled
from index.fetch.politeness import Answer, Question, Refused, Unusable
from index.fetch.pubmed import Search
from index.fetch.queries import Licences, Query, read_licences, read_specialties, select_queries

BUCKET = "pmc-oa-opendata"
DEEPEST = 8  # elements within each other; a listing has three
PREFIX = re.compile(r"(PMC\d+)\.(\d+)/")


@dataclass(frozen=True)
class Listing:
    """One page of a listing: folder names, and the token of the next page or ""."""

    folders: tuple[str, ...]
    token: str


async def fetch_pmc(errand: Errand) -> None:
    """Fetch the articles that the queries of pubmed.toml find, one JATS file each.

    Raises:
        GaveUp: a server no longer answers. WrongUse: a query is named that is not there.
    """
    licences = read_licences()
    filter = licences.open if errand.options.restricted else licences.filter
    queries = [
        Query(name, f'("{name}"[MeSH Terms] OR "{name}"[Title]) AND {filter}', licences.most)
        for name in (q.name for q in select_queries(read_specialties(), errand.options.only))
    ]
    await Search(Entrez(errand.client, "pmc", errand.options), errand).run(queries)
    errand.progress.left = errand.ledger.count_states("pmc").get("wanted", 0)

    async def handle(ids: list[str]) -> None:
        for id in ids:
            errand.tally.asked += 1
            await _fetch_article(errand, id, licences)

    await drain(errand, lambda busy: errand.ledger.list_wanted("pmc", 1, busy), handle)


async def _fetch_article(errand: Errand, id: str, licences: Licences) -> None:
    """Fetch one article, or settle why not."""
    name = await _find_version(errand, f"PMC{id}")
    record = await _read_record(errand, name) if name else None
    if record is None:
        errand.ledger.miss("pmc", [id])
        return
    licence = str(record.get("license_code") or "")
    if reason := refuse(record, licences, errand.options.restricted):
        errand.tally.refused[reason] += 1
        errand.ledger.settle("pmc", [Settled(id, "refused", licence, note=reason)])
    else:
        await _fetch_text(errand, id, name, record, licence in licences.admitted)
    errand.progress.step(1, max(0, errand.progress.left - 1))


def refuse(record: Mapping[str, Any], licences: Licences, restricted: bool) -> str:
    """Return why an article is not kept; "" when it may be."""
    licence = str(record.get("license_code") or "none")
    if record.get("is_retracted") is not False:
        return "retracted" if record.get("is_retracted") else "retraction not ruled out"
    if record.get("is_historical_ocr"):
        return "recognised from scanned pages"  # its numbers can't be trusted
    if record.get("is_pmc_openaccess") is not True:
        return "not open access"
    if licence in licences.admitted or (restricted and licence in licences.restricted):
        return ""
    return f"licence {licence}"


async def _find_version(errand: Errand, id: str) -> str:
    """Return the newest version of an article as "PMC1.2"; "" when the store has none."""
    found: list[tuple[int, str]] = []
    params = {"list-type": "2", "delimiter": "/", "prefix": f"{id}."}
    while True:
        listing = await errand.client.ask(Question("pmc", "", params), read_listing)
        for folder in listing.folders:
            match = PREFIX.fullmatch(folder)
            if match and match.group(1) == id:
                found.append((int(match.group(2)), folder.rstrip("/")))
        if not listing.token or params.get("continuation-token") == listing.token:
            return max(found)[1] if found else ""
        params = {**params, "continuation-token": listing.token}


async def _read_record(errand: Errand, name: str) -> Mapping[str, Any] | None:
    """Return the record of a version; None when the store has none."""

    def read(answer: Answer) -> Mapping[str, Any]:
        try:
            found = json.loads(answer.body)
        except ValueError as error:
            raise Unusable("PMC gave no record") from error
        if not isinstance(found, dict) or f"{found.get('pmcid')}.{found.get('version')}" != name:
            raise Unusable("PMC gave the record of another article")
        return found

    try:
        return await errand.client.ask(Question("pmc", f"metadata/{name}.json"), read)
    except Refused as error:
        if error.status in (403, 404):
            return None
        raise


async def _fetch_text(
    errand: Errand, id: str, name: str, record: Mapping[str, Any], free: bool
) -> None:
    """Fetch the JATS file of a version, compare its MD5, and write it with its marks."""
    parts = urlsplit(str(record.get("xml_url") or ""))
    path, md5 = parts.path.lstrip("/"), parse_qs(parts.query).get("md5", [""])[0]
    if not path.startswith(f"{name}/") or BUCKET not in parts.netloc:
        errand.tally.refused["no text"] += 1
        errand.ledger.settle("pmc", [Settled(id, "refused", note="no text")])
        return

    def read(answer: Answer) -> bytes:
        return check_text(answer.body, md5)

    try:
        body = await errand.client.ask(Question("pmc", path), read)
    except Refused as error:
        if error.status not in (403, 404):
            raise
        errand.ledger.miss("pmc", [id])
        return
    licence = str(record["license_code"])
    marks = {
        "identifier": f"pmcid:PMC{id}",
        "version": name.partition(".")[2],
        "source": f"https://pmc.ncbi.nlm.nih.gov/articles/PMC{id}/",
        "licence": licence,
        "retrieved": datetime.now(UTC).date().isoformat(),
        "collection": "pmc",
        **({} if free else {"redistribute": "no"}),
    }
    text = body.rstrip() + b"\n" + write_marks(marks)
    file = errand.store.put_file(f"pmc/{int(id) // 10_000:05d}/{name}.xml", text)
    errand.ledger.settle("pmc", [Settled(id, licence=licence)], file)
    errand.tally.new += 1


def check_text(body: bytes, md5: str) -> bytes:
    """Return a JATS file that is whole.

    Raises:
        Unusable: its MD5 is not the one of its record, or it is not well-formed.
    """
    if md5 and hashlib.md5(body, usedforsecurity=False).hexdigest() != md5.casefold():
        raise Unusable("PMC gave a text whose MD5 differs")
    roots: list[str] = []

    def start(name: str, _: dict[str, str]) -> None:
        if not roots:
            roots.append(name)

    def declare(*_: object) -> None:
        raise Unusable("PMC gave a text that declares entities")

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EntityDeclHandler = declare
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise Unusable("PMC gave a text that is cut short or broken") from error
    if roots != ["article"]:
        raise Unusable(f"PMC gave '{roots[0]}' in place of an article")
    return body


def read_listing(answer: Answer) -> Listing:
    """Return one page of a listing of the store.

    Raises:
        Unusable: it is not one, or is cut short.
    """
    path: list[str] = []
    text: dict[str, list[str]] = {}

    def start(name: str, _: dict[str, str]) -> None:
        path.append(name)
        if len(path) > DEEPEST:
            raise Unusable("PMC gave no listing")
        text.setdefault("/".join(path), []).append("")

    def data(characters: str) -> None:
        text["/".join(path)][-1] += characters

    parser = expat.ParserCreate()
    parser.StartElementHandler = start
    parser.EndElementHandler = lambda name: path.pop() and None
    parser.CharacterDataHandler = data
    try:
        parser.Parse(answer.body, True)
    except expat.ExpatError as error:
        raise Unusable("PMC gave a listing that is cut short or broken") from error
    if "ListBucketResult" not in text:
        raise Unusable("PMC gave no listing")
    cut = text.get("ListBucketResult/IsTruncated", ["false"])[0] == "true"
    token = text.get("ListBucketResult/NextContinuationToken", [""])[0]
    if cut and not token:
        raise Unusable("PMC gave a listing without its end")
    folders = text.get("ListBucketResult/CommonPrefixes/Prefix", [])
    return Listing(tuple(folders), token if cut else "")
