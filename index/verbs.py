"""The verbs of `index` that change the user's library: add, remove, list, attach, detach.

They print lines for people, or JSON for programs: `add --progress` one object a line, so that
the window can show how far it is. They know no file format.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from elara_local.assemble import load_embedder
from elara_local.errors import WrongUse
from elara_local.passages.folder import open_index
from elara_local.passages.holdings import attach, detach
from elara_local.passages.library import Library, open_library
from elara_local.settings import Settings
from index.add import Report, Shelving, about_volumes, add_files, remove_documents
from index.documents.blocks import Hints
from index.slices import STARTER_TOKENS, passage_words

FORUM = "forum"


def add_arguments(verbs: Any) -> None:
    """Add the verbs to a parser's sub-commands."""
    add = verbs.add_parser("add", help="add your own documents (files or folders) to the library")
    add.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    for name, said in (
        ("title", "the title of a single file"),
        ("edition", "year or date of the edition, such as 2023 or 2023-05"),
        ("licence", "the licence of the text"),
        ("source", "who published it"),
    ):
        add.add_argument(f"--{name}", default="", help=said)
    add.add_argument("--progress", action="store_true", help="one JSON object a line")
    add.set_defaults(run=run_add)
    remove = verbs.add_parser("remove", help="remove documents of yours")
    remove.add_argument("names", nargs="+", metavar="ID", help="a document's id or its file's name")
    remove.set_defaults(run=run_remove)
    listing = verbs.add_parser("list", help="list the documents of every shelf")
    listing.set_defaults(run=run_list)
    attached = verbs.add_parser("attach", help="ask an index folder elsewhere, such as on a stick")
    attached.add_argument("folder", type=Path)
    attached.add_argument("--ask", action="store_true", help="also ask a forum's index")
    attached.set_defaults(run=run_attach)
    detached = verbs.add_parser("detach", help="no longer ask an attached index folder")
    detached.add_argument("folder", type=Path)
    detached.set_defaults(run=run_detach)
    for verb in (add, remove, listing, attached, detached):
        verb.add_argument("--json", action="store_true", help="print JSON")


def run_add(arguments: argparse.Namespace, settings: Settings) -> int:
    """Add files; 0 unless every one was refused."""
    manifest = read_manifest(settings)
    embedder, sha256 = load_embedder(settings, manifest["embedding_model"])
    words = passage_words(getattr(embedder, "max_tokens", STARTER_TOKENS))
    shelving = Shelving(settings.library, embedder, manifest["embedding_model"], sha256, words)
    hints = Hints(arguments.title, arguments.edition, arguments.licence, arguments.source)
    tell = _print_json if arguments.progress else _print_progress
    report = add_files(arguments.paths, shelving, hints, tell)
    if arguments.progress or arguments.json:
        _print_json({"stage": "done", **_as_json(report)})
    else:
        for line in report.lines:
            _say(line)
        print(
            f"{report.added} added, {report.replaced} replaced, {report.unchanged} there already, "
            f"{report.refused} refused."
        )
    return report.exit_code


def run_remove(arguments: argparse.Namespace, settings: Settings) -> int:
    """Remove documents of the user's."""
    manifest = read_manifest(settings)
    about = about_volumes(manifest["embedding_model"], manifest["embedding_sha256"])
    gone = remove_documents(arguments.names, settings.library, about)
    if arguments.json:
        _print_json({"removed": gone})
    else:
        print(f"{len(gone)} removed.")
    return 0


def run_list(arguments: argparse.Namespace, settings: Settings) -> int:
    """List every shelf and its documents."""
    library = open_library(settings.index, settings.library)
    try:
        shelves = list_shelves(library)
    finally:
        library.close()
    if arguments.json:
        _print_json({"shelves": shelves, "lacking": list(library.lacking)})
        return 0
    for shelf in shelves:
        _say(f"{shelf['name']} ({shelf['kind']}): {shelf['total']} documents")
        for one in shelf["documents"]:
            facts = [one["edition"], one["format"], f"{one['passages']} passages", one["notice"]]
            _say(f"  {one['id']}  {one['title']} ({', '.join(f for f in facts if f)})")
        if shelf["total"] > len(shelf["documents"]):
            print(f"  and {shelf['total'] - len(shelf['documents'])} more")
    for line in library.lacking:
        _say(line)
    return 0


def list_shelves(library: Library) -> list[dict[str, Any]]:
    """Return every shelf with its first documents, as plain data."""
    return [
        {
            "kind": shelf.kind,
            "name": shelf.index.manifest.get("name", ""),
            "edition": shelf.index.manifest.get("edition", ""),
            "folder": str(shelf.index.folder),
            "total": int(shelf.index.manifest["documents"]),
            "documents": shelf.index.store.list_documents(),
        }
        for shelf in library.shelves
    ]


def run_attach(arguments: argparse.Namespace, settings: Settings) -> int:
    """Let an index folder elsewhere be asked, if it was made with the same embedding model."""
    folder = arguments.folder.expanduser().resolve()
    index = open_index(folder)
    kind = str(index.manifest.get("shelf", "collection"))
    same = index.manifest.get("embedding_sha256") == read_manifest(settings)["embedding_sha256"]
    index.close()
    if not same:
        raise WrongUse(
            f"{folder} was made with another embedding model than the handbook's index.",
            "Build it again with the handbook's, or set embedding_model and build both.",
        )
    asked = kind != FORUM or arguments.ask
    attach(settings.library, folder, asked)
    waiting = "attached, but not asked: posts of a forum are off by default (--ask asks them)"
    print(f"{folder}: {'attached' if asked else waiting}.")
    return 0


def run_detach(arguments: argparse.Namespace, settings: Settings) -> int:
    """Take an attached index folder off the list."""
    folder = arguments.folder.expanduser().resolve()
    detach(settings.library, folder)
    print(f"{folder}: no longer asked. Its files stay.")
    return 0


def read_manifest(settings: Settings) -> Mapping[str, Any]:
    """Return the manifest of the index that is asked first.

    Raises:
        Missing: there is none.
    """
    index = open_index(settings.index)
    index.close()
    return index.manifest


def _as_json(report: Report) -> dict[str, Any]:
    return {
        "report": report.lines,
        "added": report.added,
        "replaced": report.replaced,
        "unchanged": report.unchanged,
        "refused": report.refused,
    }


def _say(line: str) -> None:
    """Print one line; what a title could tell a terminal to do is left out."""
    print("".join(c if c.isprintable() else " " for c in line))


def _print_json(record: Mapping[str, Any]) -> None:
    print(json.dumps(record, ensure_ascii=False), flush=True)


def _print_progress(progress: Mapping[str, Any]) -> None:
    if progress["stage"] == "reading":
        print(f"{progress['file']} of {progress['files']}: {progress['line']}", flush=True)
