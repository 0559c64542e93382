"""StackExchange dumps: Posts.xml as questions with their answers, author and link kept.

What is covered: Posts.xml of one site; names of authors from Users.xml beside it; the site
from the folder's name ("health.stackexchange.com") or the source that the user gives. Left
out: questions without an answer, answers with a score below zero, and the two false posts
that were planted in the public dumps (meta.stackexchange.com/questions/412018). What is not
covered: comments, edits, and whether an answer is right: anyone may write one.
The posts wait, deflated, in memory until the file is read: nothing is written.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.etree.ElementTree import Element

from elara_local.errors import WrongFile
from index.documents.blocks import Block, Hints, Parsed
from index.documents.lines import tidy, whole_number
from index.documents.markup import read_fragment
from index.documents.outlines import add_lacking, settle_each
from index.documents.streams import MEGABYTE, open_stream
from index.documents.trees import read_records

PLANTED = frozenset((1000000001, 1000000010))
QUESTION, ANSWER = "1", "2"
MOST_WAITING = 256 * MEGABYTE  # deflated: three times the largest health site's dump
MOST_NAMES = 2_000_000  # accounts of Users.xml
SITE = re.compile(r"(?:[a-z0-9-]+\.)+(?:com|net|org)")
KEPT = (
    "Id ParentId AcceptedAnswerId CreationDate LastEditDate Score Title Tags Body OwnerUserId "
    "OwnerDisplayName ContentLicense"
).split()
# Licence of a post by the day it was written (stackoverflow.com/help/licensing).
LICENCES = (("2018-05-02", "CC BY-SA 4.0"), ("2011-04-08", "CC BY-SA 3.0"), ("", "CC BY-SA 2.5"))
Post = Mapping[str, str]


def read_stackexchange(path: Path, hints: Hints) -> Iterator[Parsed]:
    """Yield a document for each question that has an answer.

    Raises:
        WrongFile: it is broken, no Posts.xml, or too large to be held.
    """
    questions: dict[str, bytes] = {}
    answers: dict[str, list[bytes]] = {}
    waiting = 0
    for post in _read_posts(path):
        packed = zlib.compress(json.dumps(post).encode(), 1)
        waiting += len(packed)
        if waiting > MOST_WAITING:
            raise WrongFile("it holds too many posts.", "Divide it, or take a smaller site.")
        if "ParentId" in post:
            answers.setdefault(post["ParentId"], []).append(packed)
        else:
            questions[post["Id"]] = packed
    names = _read_names(path.with_name("Users.xml"))
    site = _find_site(path, hints)
    found = (
        _describe(_unpack(packed), [_unpack(one) for one in answers[number]], names, site)
        for number, packed in questions.items()
        if number in answers
    )
    yield from settle_each(found, Hints(licence=hints.licence), path)  # authors are the source


def _read_posts(path: Path) -> Iterator[Post]:
    with open_stream(path) as stream:
        for root, row in read_records(stream):
            if root != "posts":
                raise WrongFile("it is no Posts.xml of StackExchange.", "Add Posts.xml.")
            if _is_kept(row):
                yield {name: value for name in KEPT if (value := row.get(name))}


def _is_kept(row: Element) -> bool:
    number, kind = whole_number(row.get("Id")), row.get("PostTypeId")
    if number is None or number in PLANTED or not row.get("Body"):
        return False
    if kind == ANSWER:
        return (whole_number(row.get("Score")) or 0) >= 0 and bool(row.get("ParentId"))
    return kind == QUESTION and not row.get("ParentId")


def _read_names(path: Path) -> dict[str, str]:
    """Account -> name, of the file of users beside the posts; {} where there is none."""
    names: dict[str, str] = {}
    if path.is_file():
        with open_stream(path) as stream:
            for _, row in read_records(stream):
                if len(names) < MOST_NAMES:
                    names[row.get("Id", "")] = tidy(row.get("DisplayName", ""))
    return names


def _find_site(path: Path, hints: Hints) -> str:
    for text in (hints.source.lower(), *(part.lower() for part in path.parts[-3:-1][::-1])):
        if found := SITE.search(text):
            return found[0]
    return ""


def _describe(question: Post, replies: list[Post], names: Mapping[str, str], site: str) -> Parsed:
    accepted = question.get("AcceptedAnswerId", "")
    replies = sorted(replies, key=_order)
    asked = read_fragment(question["Body"])
    blocks = [Block("Question", "heading", 1), *_below(asked.blocks)]
    lacking = [asked.lacking]
    for reply in replies:
        answered = read_fragment(reply["Body"])
        lacking.append(answered.lacking)
        blocks += [Block(_head(reply, accepted, names), "heading", 1), *_below(answered.blocks)]
    posts = [question, *replies]
    dates = [post.get("LastEditDate") or post.get("CreationDate", "") for post in posts]
    licences = dict.fromkeys(_licence(post) for post in posts)
    link = f"https://{site}/q/{question['Id']}" if site else ""
    authors = dict.fromkeys(_author(post, names) for post in posts)
    lacking.append("" if site else "the site is not known: give it as the source")
    return Parsed(
        title=question.get("Title", ""),
        blocks=tuple(blocks),
        edition=max(dates)[:10],
        licence=", ".join(licences),
        source=f"{site or 'StackExchange'}, by {', '.join(authors)}" + (f", {link}" * bool(link)),
        identifier=f"stackexchange:{site}{':' * bool(site)}{question['Id']}",
        keywords=", ".join(re.findall(r"[^<>|]+", question.get("Tags", ""))),
        language="en",
        lacking=add_lacking(*dict.fromkeys(lacking)),
    )


def _head(reply: Post, accepted: str, names: Mapping[str, str]) -> str:
    kind = "Accepted answer" if reply["Id"] == accepted else "Answer"
    score = f", score {reply['Score']}" if "Score" in reply else ""
    return f"{kind} by {_author(reply, names)}, {reply.get('CreationDate', '')[:10]}{score}"


def _author(post: Post, names: Mapping[str, str]) -> str:
    account = post.get("OwnerUserId", "")
    named = names.get(account) or tidy(post.get("OwnerDisplayName", ""))
    return named or (f"user {account}" if account else "an unnamed user")


def _licence(post: Post) -> str:
    written = post.get("CreationDate", "")
    by_date = next(name for day, name in LICENCES if written >= day)
    return post.get("ContentLicense") or by_date


def _below(blocks: list[Block]) -> list[Block]:
    """A post's own headings stand below that of the post."""
    return [Block(b.text, b.kind, b.level + 1 if b.level else 0, table=b.table) for b in blocks]


def _order(post: Post) -> tuple[int, int]:
    return -(whole_number(post.get("Score")) or 0), whole_number(post["Id"]) or 0


def _unpack(packed: bytes) -> Post:
    post: Post = json.loads(zlib.decompress(packed))
    return post
