"""The verb `index build`: the handbook's topics, or any folder of documents.

A folder whose Markdown files begin with the handbook's front matter is a handbook; any other is
a collection, built shard by shard on this machine or on a Ray cluster.
"""

from __future__ import annotations

import argparse
from functools import partial
from pathlib import Path
from typing import Any

from elara_local.assemble import load_embedder
from elara_local.errors import WrongUse
from elara_local.passages.kinds import KINDS
from elara_local.ports import Embedder
from elara_local.records import SHELVES
from elara_local.settings import HANDBOOK, PREBUILT_INDEX, Settings
from index.build import build_index
from index.cluster import make_on_cluster
from index.collection import Collection, Gathered, build_collection, make_here
from index.shards import Plan
from index.slices import STARTER_TOKENS, passage_words

STARTER_EMBEDDER = "all-minilm-l6-v2-int8"
ENGINES = ("local", "ray")
CUDA = "cuda"
DEVICES = ("cpu", CUDA)
FRONT_MATTER = "+++"


def add_build_arguments(verbs: Any) -> None:
    """Add the verb to a parser's sub-commands."""
    build = verbs.add_parser("build", help="build an index of a folder of documents or topics")
    build.add_argument("--from", dest="source", type=Path, default=HANDBOOK, metavar="FOLDER")
    build.add_argument("--to", type=Path, help="where the index goes")
    build.add_argument("--shelf", choices=SHELVES, help="what kind of collection it is")
    build.add_argument("--name", default="", help="what the window calls it")
    build.add_argument("--edition", default="", help="its edition (default: the newest document's)")
    build.add_argument("--licence", default="", help="of documents that do not say their own")
    build.add_argument("--origin", default="", help="the source of those that do not say it")
    build.add_argument("--vectors", choices=sorted(KINDS), default="", help="default: by size")
    build.add_argument("--device", choices=DEVICES, help="default: the graphics card, if any")
    build.add_argument("--engine", choices=ENGINES, default="local")
    build.add_argument("--address", default="", help="of a Ray cluster; none: this machine alone")
    build.set_defaults(run=run_build)


def run_build(arguments: argparse.Namespace, settings: Settings) -> int:
    """Build and say what was made."""
    name = settings.embedding_model or STARTER_EMBEDDER
    if arguments.shelf in (None, "handbook") and is_handbook(arguments.source):
        if arguments.to is None and arguments.source.resolve() != HANDBOOK.resolve():
            raise WrongUse(
                f"{arguments.source} is not Elara's own handbook, whose index it would replace.",
                "Name a folder for the new index: --to FOLDER.",
            )
        embedder, sha256 = load_embedder(settings, name)
        target = arguments.to or PREBUILT_INDEX
        built = build_index(arguments.source, target, embedder, name, sha256, say)
        say(f"{built.passages} passages of {built.documents} documents are in {built.folder}.")
        return 0
    if arguments.to is None:
        raise WrongUse("There is no name for the new index.", "Name a folder: --to FOLDER.")
    say_what_was_made(_collect(arguments, settings, name), arguments.to)
    return 0


def is_handbook(source: Path) -> bool:
    """True for a folder whose first Markdown file begins as a topic does."""
    first = min(source.glob("*.md"), default=None)
    if first is None:
        return source == HANDBOOK
    with first.open(encoding="utf-8", errors="replace") as file:
        return file.read(len(FRONT_MATTER)) == FRONT_MATTER


def _collect(arguments: argparse.Namespace, settings: Settings, model: str) -> Gathered:
    device = arguments.device or (CUDA if is_there(CUDA) else "cpu")
    load = partial(_load, settings, model, device)
    embedder, sha256 = load()
    words = passage_words(getattr(embedder, "max_tokens", STARTER_TOKENS))
    said = {"licence": arguments.licence, "source": arguments.origin, "device": device}
    collection = Collection(
        source=arguments.source,
        target=arguments.to,
        plan=Plan(model, sha256, words, **said),
        name=arguments.name or arguments.source.resolve().name,
        edition=arguments.edition,
        shelf=arguments.shelf or "collection",
        vectors=arguments.vectors,
    )
    ray = arguments.engine == "ray"
    make = make_on_cluster(load, arguments.address) if ray else make_here(embedder)
    return build_collection(collection, make, say)


def _load(settings: Settings, model: str, device: str) -> tuple[Embedder, str]:
    return load_embedder(settings, model, device)


def is_there(device: str) -> bool:
    """True when this machine has a graphics card that CTranslate2 can use."""
    import ctranslate2

    return device == CUDA and ctranslate2.get_cuda_device_count() > 0


def say_what_was_made(gathered: Gathered, target: Path) -> None:
    """Say what was made, what was dropped and what could not be read."""
    say(f"{gathered.passages} passages of {gathered.documents} documents are in {target}.")
    dropped = gathered.merged.dropped if gathered.merged else {}
    if dropped:
        counts = ", ".join(f"{stage} {count}" for stage, count in sorted(dropped.items()))
        say(f"Dropped: {counts}; why stands in {target.name}.rejects.jsonl.")
    if gathered.refused:
        say(f"{len(gathered.refused)} files could not be read; their lines stand above.")


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)  # noqa: T201 - a verb speaks to the terminal
