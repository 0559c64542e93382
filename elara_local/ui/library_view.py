"""The library as the reader sees it: shelves, what is chosen, progress and the report.

It draws what the child process tells and knows nothing of how it was found. Every title and
every line of a report comes from a file and is escaped like any other words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from elara_local.records import SHELVES
from elara_local.ui.markup import blocks, escape, tag
from elara_local.ui.sources_view import OWN, say_notice, say_review
from elara_local.ui.waiting import MOST, Chosen
from elara_local.ui.words import Words
from elara_local.ui.workshop import Progress

LISTED = 200  # documents of one shelf that are listed; the others are counted
COLUMNS = ("title", "dated", "format", "pages", "passages", "review", "terms")
STAGES = ("starting", "reading", "cutting", "embedding", "writing")
MINUTE = 60
HOUR = 3600


def paint_shelves(
    shelves: Sequence[Mapping[str, Any]], words: Words, lacking: Sequence[str] = ()
) -> str:
    """Return what is installed: own documents open and first, other shelves to be opened.

    `lacking` says what is there and can't be opened.
    """
    parts = [tag("p", escape(line), "notice") for line in lacking]
    own = _join(shelves)
    if own["documents"]:
        parts.append(_paint_shelf(own, words))
    else:
        parts.append(tag("h2", escape(words.say("library.own"))))
        parts.append(tag("p", escape(words.say("library.none_own")), "quiet"))
    others = [shelf for shelf in shelves if shelf.get("kind") != OWN]
    return blocks([*parts, *(_paint_shelf(shelf, words) for shelf in others)])


def _join(shelves: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the shelves of the user's own documents as one."""
    own = [shelf for shelf in shelves if shelf.get("kind") == OWN]
    documents = [document for shelf in own for document in shelf.get("documents", ())]
    return {"kind": OWN, "documents": documents, "total": sum(map(_total, own))}


def _total(shelf: Mapping[str, Any]) -> int:
    return int(shelf.get("total") or len(shelf.get("documents", ())))


def _paint_shelf(shelf: Mapping[str, Any], words: Words) -> str:
    documents, total = list(shelf.get("documents", ())), _total(shelf)
    kind = str(shelf.get("kind", ""))
    name = words.say(f"library.{kind}") if kind in SHELVES else kind
    if kind != OWN and shelf.get("name"):
        name = f"{name}: {shelf['name']}"
    if shelf.get("edition"):
        name += f" · {words.say('sources.edition', edition=shelf['edition'])}"
    count = tag("span", escape(words.say("library.count", n=f"{total:,}")), "quiet")
    table = _paint_table(documents[:LISTED], words)
    if total > min(LISTED, len(documents)):
        more = words.say("library.more", n=f"{total - min(LISTED, len(documents)):,}")
        table += tag("p", escape(more), "quiet")
    if kind == OWN:
        return blocks([tag("h2", f"{escape(name)} {count}"), tag("section", table, "shelf")])
    return tag("details", tag("summary", f"{escape(name)} {count}") + table, "shelf")


def _paint_table(documents: Sequence[Mapping[str, Any]], words: Words) -> str:
    head = "".join(tag("th", escape(words.say(f"library.{n}")), scope="col") for n in COLUMNS)
    rows = "".join(_paint_row(document, words) for document in documents)
    table = tag("table", tag("thead", tag("tr", head)) + tag("tbody", rows))
    return tag("div", table, "scroll", tabindex="0", role="presentation")


def _paint_row(document: Mapping[str, Any], words: Words) -> str:
    def told(name: str) -> str:
        return escape(document.get(name) or "")

    notice = str(document.get("notice") or "")
    title = told("title")
    if notice:
        title += " " + tag("span", escape(say_notice(notice, words)), "notice")
    cells = [told("edition"), told("format"), told("pages"), told("passages")]
    cells += [escape(say_review(str(document.get("review", "")), words)), told("licence")]
    named = zip(COLUMNS[1:], cells, strict=True)
    return tag("tr", tag("th", title, scope="row") + "".join(_cell(n, c, words) for n, c in named))


def _cell(name: str, text: str, words: Words) -> str:
    """Return a cell; on a narrow screen, where there are no columns, it names itself."""
    label = tag("span", escape(words.say(f"library.{name}")) + ": ", "column")
    return tag("td", label + text if text else "")


def own_documents(shelves: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Return (title with edition, id) of every document that the user added."""
    return [
        (f"{d.get('title', '')} {'· ' + str(d['edition']) if d.get('edition') else ''}".strip(),
         str(d["id"]))
        for shelf in shelves
        if shelf.get("kind") == OWN
        for d in shelf.get("documents", ())
        if d.get("id")
    ]  # fmt: skip


def paint_chosen(chosen: Chosen | None, words: Words) -> str:
    """Return the files that wait to be added, by name and size, and what was left out."""
    if chosen is None or not (chosen.files or chosen.too_many or chosen.foreign):
        return ""
    items = "".join(tag("li", f"{escape(p.name)} {_size(p)}") for p in chosen.files)
    parts = [tag("p", escape(words.say("library.chosen")), "label")] if items else []
    parts += [tag("ul", items)] if items else []
    if chosen.too_many:
        left_out = words.say("library.too_many", n=chosen.too_many, most=MOST)
        parts.append(tag("p", escape(left_out), "quiet"))
    if chosen.foreign:
        parts.append(tag("p", escape(words.say("library.foreign")), "quiet"))
    return blocks(parts)


def _size(path: Path) -> str:
    size = path.stat().st_size / 1024 if path.exists() else 0
    said = f"{size / 1024:,.1f} MB" if size >= 1024 else f"{size:,.0f} kB"
    return tag("span", escape(said), "quiet")


def paint_progress(progress: Progress, words: Words) -> str:
    """Return how far a change is, with a bar while passages are counted; "" when none runs."""
    if progress.state != "running":
        return ""
    said = say_stage(progress, words)
    bar = ""
    if progress.of:
        bar = tag("progress", "", max=str(progress.of), value=str(min(progress.done, progress.of)))
    left = say_left(progress.left, words)
    parts = [tag("p", tag("label", f"{escape(said)} {bar}") + f" {escape(left)}", "working")]
    if progress.verb == "add":
        parts.append(tag("p", escape(words.say("library.meanwhile")), "quiet"))
    return blocks(parts)


def say_stage(progress: Progress, words: Words) -> str:
    """Return what is being done now, in words."""
    if progress.verb == "remove":
        return words.say("library.removing")
    stage = progress.stage if progress.stage in STAGES else "writing"
    if stage in ("reading", "cutting"):
        return words.say(f"library.{stage}", file=progress.file, files=progress.files)
    if stage == "embedding":
        done, of = f"{progress.done:,}", f"{progress.of:,}"
        return words.say("library.embedding", done=done, of=of)
    return words.say(f"library.{stage}")


def say_left(left: float | None, words: Words) -> str:
    """Return the time left in the unit that fits it, "" when it is not known."""
    if left is None:
        return ""
    for unit, seconds in (("hours", HOUR), ("minutes", MINUTE)):
        if left >= 1.5 * seconds:
            return words.say(f"library.{unit}", n=round(left / seconds))
    return words.say("library.seconds", n=max(round(left), 1))


def paint_report(progress: Progress, words: Words) -> str:
    """Return how the last change ended and one line for every file; it stays until the next."""
    if progress.state in ("idle", "running"):
        return ""
    if progress.state == "done" and progress.verb == "add":
        counts = {name: getattr(progress, name) for name in ("added", "replaced", "refused")}
        said = words.say("library.added", **counts)
    elif progress.state == "failed":
        why = progress.why or words.say("library.broken")
        said = words.say("library.failed", why=why)
    else:
        said = words.say("library.stopped" if progress.state == "stopped" else "library.removed")
    parts = [tag("h2", escape(said), "outcome")]
    if progress.report:
        parts.append(tag("ul", "".join(tag("li", escape(line)) for line in progress.report)))
    if progress.unopened:
        told = words.say("library.unopened", why=progress.unopened)
        parts.append(tag("p", escape(told), "notice"))
    return tag("section", "".join(parts), "state")


def paint_told(key: str, words: Words, **values: object) -> str:
    """Return one line of the library's words as the outcome of what was pressed."""
    return tag("section", tag("p", escape(words.say(f"library.{key}", **values))), "state")


def paint_confirm(titles: Sequence[str], words: Words) -> str:
    """Return the question before documents are removed, naming each."""
    items = "".join(tag("li", escape(title)) for title in titles)
    asked = tag("p", escape(words.say("library.confirm")), "label")
    return tag("section", asked + tag("ul", items), "state")


def paint_listing_failure(error: Exception, words: Words) -> str:
    """Return why the shelves can't be listed."""
    return paint_told("unlisted", words, why=str(error))
