"""Every command that README.md and docs/ show can be given as it stands.

Commands are read out of code fences and of code spans that begin with `python3 launcher.py` or
`python -m`. Each is held to the parser of its program; the cheap ones are run as well.
"""

import contextlib
import importlib.util
import io
import re
import shlex

import pytest

from convert.__main__ import _parser as convert_parser
from elara_local.cli.arguments import parser
from index.__main__ import _parser as index_parser
from launcher import split_arguments
from tests.commands import ROOT, Program
from tests.conftest import installed_model

DOCUMENTS = [path for path in (ROOT / "README.md", *(ROOT / "docs").glob("*.md")) if path.exists()]
FENCE = re.compile(r"^```[a-z]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
SPAN = re.compile(r"(?<!`)`((?:python3? launcher\.py|python3? -m )[^`\n]*)`(?!`)")
START = re.compile(r"^\s*(?:\$ )?(?:[A-Z_]+=\S+ )*(python3? (?:launcher\.py|-m \S+).*)$")
PARSERS = {"elara_local": parser, "index": index_parser, "convert": convert_parser}
CHEAP = ("search", "screen", "check", "detect")  # run as they stand; others by the parser alone
LINK = re.compile(r"\]\(([^)#\s]+)")
PLACE = re.compile(r"\b(?:[A-Z]{3,}|X)\b|\.\.\.|<[a-z]|\|")


def read_commands():
    """Return every command shown, once, without its comment."""
    found = []
    for document in DOCUMENTS:
        text = document.read_text(encoding="utf-8")
        lines = [line for fence in FENCE.findall(text) for line in fence.splitlines()]
        shown = [match.group(1) for line in lines if (match := START.match(line))]
        found += [*shown, *SPAN.findall(text)]
    return list(dict.fromkeys(found))


def split_command(command):
    """Return (program, arguments): what runs behind the launcher, or the module of -m."""
    words = shlex.split(command, comments=True)[1:]
    if words[0] == "-m":
        return words[1], words[2:]
    _, arguments = split_arguments(words[1:])
    modules = {"index": "index", "convert": "convert", "test": "pytest"}
    if arguments and arguments[0] in modules:
        return modules[arguments[0]], arguments[1:]
    return "elara_local", arguments


@pytest.fixture(scope="module")
def elara(tmp_path_factory):
    return Program(tmp_path_factory.mktemp("documents") / "home")


needs_documents = pytest.mark.skipif(not DOCUMENTS, reason="README.md is not written yet")


@needs_documents
def test_the_documents_show_commands():
    programs = {split_command(c)[0] for c in read_commands() if not PLACE.search(c)}
    assert {"elara_local", "pytest"} <= programs


@pytest.mark.parametrize("command", [c for c in read_commands() if not PLACE.search(c)])
def test_a_command_is_one_that_its_program_takes(command):
    program, arguments = split_command(command)
    assert importlib.util.find_spec(program) is not None
    if program not in PARSERS or not arguments:
        return
    said = io.StringIO()
    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        try:
            PARSERS[program]().parse_args(arguments)
        except SystemExit as end:
            assert end.code == 0, said.getvalue()


@pytest.mark.parametrize(
    "command",
    [
        c
        for c in read_commands()
        if split_command(c)[0] == "elara_local"
        and split_command(c)[1][:1]
        and split_command(c)[1][0] in CHEAP
        and not PLACE.search(c)
    ],
)
def test_a_cheap_command_runs(elara, command):
    installed_model("all-minilm-l6-v2-int8")
    done = elara.run(*split_command(command)[1])
    assert done.code in (0, 1) and done.out and done.err == ""


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_and_pictures_are_there(document):
    links = LINK.findall(document.read_text(encoding="utf-8"))
    local = [link for link in links if "://" not in link]
    assert [link for link in local if not (document.parent / link).exists()] == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_files_that_are_named_are_there(document):
    """A path in a code span that begins with a folder of this repository leads to a file."""
    text = document.read_text(encoding="utf-8")
    named = re.findall(r"`((?:elara_local|index|docs|tests|benchmarks|models)/[\w./-]+)`", text)
    local = {name.split("::")[0] for name in named}
    assert [name for name in sorted(local) if not (ROOT / name).exists()] == []
