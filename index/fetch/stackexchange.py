"""Fetch the questions of StackExchange's health site, each with its best answer.

The API lists the site's questions with their text, 100 a page, oldest first; without a key
it gives no page above 25, so the list goes on from the date of the last question. The
answers of a page are asked for by the ids of its questions. `backoff` is obeyed by leaving
the whole host alone; when the day's quota is used up the run ends and goes on another day.

A question is kept when one of its tags is in stackexchange.toml and it has an answer that is
not scored below zero: the accepted one, else the best scored. Content is CC BY-SA: author,
link and licence stand in every record. The two false posts that were planted in the public
dumps (index.documents.stackexchange) are dropped. Shelf: forum (asked last, off by default).
It knows nothing of medicine: an answer may be wrong.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from index.documents.markup import read_fragment
from index.documents.stackexchange import PLANTED
from index.fetch.errand import Errand
from index.fetch.ledger import Settled
from index.fetch.politeness import AGAIN, Answer, GaveUp, Question, Refused, Unusable
from index.fetch.queries import read_table

PAGE = 100
LAST_PAGE = 25  # above it the API wants a key
FILE = "stackexchange/questions-1.jsonl"
MARK = "stackexchange"
HOST = "stackexchange"
THROTTLED = 3
WAIT = re.compile(r"available in (\d+) seconds")


@dataclass(frozen=True)
class Listing:
    """One answer of the API."""

    items: tuple[Mapping[str, Any], ...]
    more: bool
    backoff: float
    quota: int


@dataclass(frozen=True)
class Place:
    """How far the list of questions was read: from a date (seconds since 1970), a page."""

    since: int = 0
    page: int = 1


class Api:
    """The API for one site; it stops when the quota of the day is used up."""

    def __init__(self, errand: Errand, site: str) -> None:
        self._client = errand.client
        self._fixed = {"site": site, "sort": "creation", "order": "asc", "filter": "withbody"}
        if errand.options.key:
            self._fixed["key"] = errand.options.key
        self._quota = 1

    async def list_page(self, path: str, page: int, since: int = 0) -> Listing:
        """Return one page of questions or answers, oldest first.

        Raises:
            GaveUp: the API refuses, no longer answers, or the quota is used up.
        """
        params = {**self._fixed, "page": str(page), "pagesize": str(PAGE), "fromdate": str(since)}
        for _ in range(THROTTLED):
            if self._quota <= 0:
                raise GaveUp("The quota of StackExchange for today is used up.", AGAIN)
            try:
                listing = await self._client.ask(Question(HOST, path, params), read_listing)
            except Refused as error:
                if (wait := _read_throttle(error)) is None:
                    raise GaveUp(f"StackExchange refuses: {error}.", AGAIN) from error
                self._client.rest(HOST, wait)
                continue
            self._quota = listing.quota
            if listing.backoff:
                self._client.rest(HOST, listing.backoff)
            return listing
        raise GaveUp(f"StackExchange has throttled {THROTTLED} times in a row.", AGAIN)


async def fetch_stackexchange(errand: Errand) -> None:
    """Fetch the site of stackexchange.toml to one JSONL file.

    Raises:
        GaveUp: the API no longer answers, or the quota of the day is used up.
    """
    table = read_table("stackexchange.toml")
    site, tags = str(table["site"]), frozenset(table["tags"])
    api = Api(errand, site)
    place = _read_place("" if errand.options.again else errand.ledger.read_mark(MARK))
    more = True
    while more:
        listing = await api.list_page("questions", place.page, place.since)
        new = _select(errand, listing, tags)
        answers = await _fetch_answers(errand, api, [q for q in new if q.get("answer_count")])
        place, more = _follow(place, listing), listing.more
        _settle(errand, site, new, answers, place)


def _read_place(mark: str) -> Place:
    since, _, page = mark.partition(" ")
    return Place(int(since), int(page)) if page else Place()


def _follow(place: Place, listing: Listing) -> Place:
    """Return where the list goes on, now or (at its end) at the next run.

    Raises:
        GaveUp: more questions of one second than the API gives.
    """
    if listing.more and place.page < LAST_PAGE:
        return Place(place.since, place.page + 1)
    dates = [int(item["creation_date"]) for item in listing.items]
    since = max(dates, default=place.since)
    if listing.more and since <= place.since:
        raise GaveUp(f"StackExchange lists over {LAST_PAGE * PAGE} questions of one second.")
    return Place(since, 1)


def _select(errand: Errand, listing: Listing, tags: frozenset[str]) -> list[Mapping[str, Any]]:
    """Return the questions of a page that are new and have one of the tags."""
    items = {str(item["question_id"]): item for item in listing.items}
    errand.tally.doubled += len(listing.items) - len(items)
    known = errand.ledger.find_known(errand.collection, items)
    errand.tally.known += len(known)
    return [
        item
        for id, item in items.items()
        if id not in known and not tags.isdisjoint(item.get("tags", ()))
    ]


async def _fetch_answers(
    errand: Errand, api: Api, questions: Sequence[Mapping[str, Any]]
) -> dict[int, list[Mapping[str, Any]]]:
    """Return the answers to up to 100 questions, by question."""
    asked = {int(question["question_id"]) for question in questions} - PLANTED
    found: dict[int, dict[int, Mapping[str, Any]]] = {id: {} for id in asked}
    page, more = 1, bool(asked)
    while more:
        path = f"questions/{';'.join(map(str, sorted(asked)))}/answers"
        listing = await api.list_page(path, page)
        for item in listing.items:
            question, answer = int(item["question_id"]), int(item["answer_id"])
            if question not in asked:
                errand.tally.unasked += 1
            elif answer in PLANTED:
                errand.tally.refused["planted"] += 1
            elif int(item.get("score", 0)) >= 0:
                found[question][answer] = item
        page, more = page + 1, listing.more
    return {question: list(answers.values()) for question, answers in found.items()}


def _settle(
    errand: Errand,
    site: str,
    questions: Sequence[Mapping[str, Any]],
    answers: Mapping[int, Sequence[Mapping[str, Any]]],
    place: Place,
) -> None:
    """Write the records of a page and settle it, with the place of the next."""
    lines, settled = [], []
    for question in questions:
        id = int(question["question_id"])
        errand.tally.asked += 1
        reason = "planted" if id in PLANTED else "" if answers.get(id) else "no answer"
        if reason:
            errand.tally.refused[reason] += 1
            settled.append(Settled(str(id), "refused", note=reason))
            continue
        record = make_record(question, answers[id], site)
        lines.append(json.dumps(record, ensure_ascii=False))
        settled.append(Settled(str(id), licence=record["licence"]))
    file = errand.store.add_lines(FILE, lines) if lines else None
    mark = (MARK, f"{place.since} {place.page}")
    errand.ledger.settle(errand.collection, settled, file, mark)
    errand.tally.new += len(lines)
    errand.progress.step(len(settled), 0)


def make_record(
    question: Mapping[str, Any], answers: Sequence[Mapping[str, Any]], site: str
) -> dict[str, str]:
    """Return one line of the file: the question with its accepted or best scored answer.

    Its keys are those of an index record, so that who wrote what, and when it was fetched,
    stand in the citation and not in the text.
    """
    best = max(answers, key=lambda a: (bool(a.get("is_accepted")), int(a.get("score", 0))))
    rank = f"score {int(best.get('score', 0))}" + ", accepted" * bool(best.get("is_accepted"))
    asked, said = (read_html(str(post.get("body", ""))) for post in (question, best))
    today = datetime.now(UTC).date().isoformat()
    return {
        "id": f"stackexchange:{site}.stackexchange.com:{question['question_id']}",
        "title": html.unescape(str(question.get("title", ""))),
        "text": f"Question\n{asked}\n\nAnswer ({rank})\n{said}",
        "source": f"Medical Sciences Stack Exchange, question by {_name(question)}, answer"
        f" {best['answer_id']} by {_name(best)}, fetched {today}",
        "url": str(question.get("link", "")),
        "licence": str(best.get("content_license") or "CC BY-SA"),
        "keywords": "; ".join(map(str, question.get("tags", ()))),
        "date": datetime.fromtimestamp(int(best["creation_date"]), UTC).date().isoformat(),
        "language": "en",
    }


def _name(post: Mapping[str, Any]) -> str:
    """Return the author of a post with the link to their page."""
    owner = post.get("owner") or {}
    link = f" ({owner['link']})" if owner.get("link") else ""
    return html.unescape(str(owner.get("display_name") or "a deleted user")) + link


def read_html(text: str) -> str:
    """Return the text of a piece of HTML, a line for each block, as documents are read."""
    return "\n".join(block.text for block in read_fragment(text).blocks)


def read_listing(answer: Answer) -> Listing:
    """Return one answer of the API.

    Raises:
        Unusable: it is not JSON, is cut short, or has no items.
    """
    try:
        found = json.loads(answer.body)
        items = tuple(found["items"])
        for item in items:
            int(item["question_id"]), int(item["creation_date"])
        return Listing(
            items,
            bool(found.get("has_more")) and bool(items),
            float(found.get("backoff", 0)),
            int(found.get("quota_remaining", 1)),
        )
    except (ValueError, KeyError, TypeError) as error:
        raise Unusable("StackExchange gave no list") from error


def _read_throttle(error: Refused) -> float | None:
    """Return how long a throttle lasts, in seconds; None for any other refusal."""
    try:
        found = json.loads(error.body)
        if found["error_name"] != "throttle_violation":
            return None
        seconds = WAIT.search(str(found.get("error_message", "")))
    except (ValueError, KeyError, TypeError):
        return None
    return float(seconds.group(1)) + 1 if seconds else 60.0
