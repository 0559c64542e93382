"""Hostile files of every format between good ones: each is one line, every good one is read."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.isolation.limits import MEGABYTE, ReadLimits
from index.reading import find_files, read_file, read_files
from tests.hostile_files import GOOD_TEXT, good, write_sparse
from tests.test_isolation import is_one_line, no_child_is_left  # noqa: F401  for every test here

LIMITS = ReadLimits(seconds=6, memory_bytes=384 * MEGABYTE, output_bytes=16 * MEGABYTE)
ROOT = Path(__file__).resolve().parent.parent
# Odd, and yet readable: what is read of them is bounded.
READABLE = {"comment.xml", "wide.html", "emphasis.md", "number.json", "brackets.md", "deep.html"}
MAKE = (
    "import sys; sys.path.insert(0, sys.argv[1]); from tests.hostile_files import *\n"
    "from pathlib import Path\n"
    "for name, data in hostile().items(): Path(sys.argv[2], name).write_bytes(data)"
)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    """The hostile files, made by another process: its memory must not count as this one's."""
    folder = tmp_path_factory.mktemp("hostile")
    subprocess.run([sys.executable, "-c", MAKE, str(ROOT), str(folder)], check=True)
    return folder


@pytest.mark.parametrize("name", sorted(good()))
def test_a_good_file_of_every_format_is_read(tmp_path, name):
    path = tmp_path / name
    path.write_bytes(good()[name])
    reading = read_file(path, limits=LIMITS)
    assert reading.outcome == "read", reading.line
    assert "zinc" in " ".join(b.text for d in reading.documents for b in d.blocks).lower()


def test_every_hostile_file_is_one_line_and_the_good_ones_around_it_are_read(corpus, tmp_path):
    paths = []
    for number, path in enumerate(find_files([corpus])):
        neighbour = tmp_path / f"good-{number}.txt"
        neighbour.write_text(GOOD_TEXT, encoding="utf-8")
        paths += [path, neighbour]
    paths.append(write_sparse(tmp_path / "sparse.txt", 400 * MEGABYTE))
    readings = list(read_files(paths, limits=LIMITS))
    assert [r.path for r in readings] == paths
    assert all(map(is_one_line, readings))
    for reading in readings:
        name = reading.path.name
        if name.startswith("good-"):
            assert reading.line == f"{name}: 2 paragraphs"
        elif name not in READABLE:
            assert reading.outcome == "refused", reading.line
        assert "root:" not in str(reading.documents)  # /etc/passwd
        assert sum(len(b.text) for d in reading.documents for b in d.blocks) < 16 * MEGABYTE


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_memory_of_the_parent_stays_bounded(corpus):
    code = (
        "import re, sys; sys.path.insert(0, sys.argv[1])\n"
        "from pathlib import Path\n"
        "from index.reading import find_files, read_files\n"
        "from tests.test_hostile import LIMITS\n"
        "names = 'words.pdf many.epub bomb.txt.gz bomb.zip.docx quote.csv pages.pdf'.split()\n"
        "seen = list(read_files([Path(sys.argv[2], name) for name in names], limits=LIMITS))\n"
        "peak = re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1]\n"
        "print(len(seen), int(peak) // 1024)"
    )
    command = [sys.executable, "-c", code, str(ROOT), str(corpus)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    count, megabytes = map(int, done.stdout.split())
    assert count == 6
    assert megabytes < 200


def test_a_wrong_extension_does_not_matter(tmp_path):
    path = tmp_path / "guide.txt"
    path.write_bytes(good()["good.pdf"])
    assert read_file(path, limits=LIMITS).format == "pdf"


def test_names_and_words_of_a_document_are_not_in_the_report(tmp_path):
    path = tmp_path / "secret.json"
    path.write_text('[{"title": "Amina", "text": "Amina has HIV."}, ]', encoding="utf-8")
    reading = read_file(path, limits=LIMITS)
    assert reading.outcome == "refused"
    assert is_one_line(reading)
    assert os.fspath(tmp_path) not in reading.line
