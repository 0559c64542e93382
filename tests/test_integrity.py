"""Which bytes of an index are compared when: small always, large once and when they change."""

import json
import os
import time

import pytest

from elara_local.errors import WrongFile
from elara_local.passages import integrity
from elara_local.passages.integrity import compare, fingerprint


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setattr(integrity, "ALWAYS", 100)
    place = tmp_path / "index"
    (place / "keywords").mkdir(parents=True)
    for name in ("passages.sqlite", "keywords/x.term"):
        (place / name).write_bytes(name.encode() * 50)
        age(place / name)
    return place


@pytest.fixture
def memory(tmp_path):
    return tmp_path / "home" / "compared.json"


@pytest.fixture
def hashed(monkeypatch):
    """The names of the files whose bytes were read."""
    seen = []

    def watched(path):
        seen.append(path.name)
        return fingerprint(path)

    monkeypatch.setattr(integrity, "fingerprint", watched)
    return seen


def age(path, seconds=100):
    then = time.time() - seconds
    os.utime(path, (then, then))


def listed(folder):
    names = ("passages.sqlite", "keywords/x.term")
    return {
        n: {"sha256": fingerprint(folder / n), "size": (folder / n).stat().st_size} for n in names
    }


def test_a_large_folder_is_read_once(folder, memory, hashed):
    facts = listed(folder)
    compare(folder, facts, memory)
    assert sorted(hashed) == ["passages.sqlite", "x.term"]
    compare(folder, facts, memory)
    assert len(hashed) == 2
    compare(folder, facts)
    assert len(hashed) == 4, "without a memory everything is compared"


def test_a_small_folder_is_read_every_time(folder, memory, hashed, monkeypatch):
    monkeypatch.setattr(integrity, "ALWAYS", 1_000_000)
    for _ in range(3):
        compare(folder, listed(folder), memory)
    assert len(hashed) == 6 and not memory.exists()


def write_over(path):
    path.write_bytes(b"X" + path.read_bytes()[1:])
    age(path, 50)


def replace_by_another(path):
    facts = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"X" + path.read_bytes()[1:])
    os.utime(other, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    other.replace(path)


@pytest.mark.parametrize("change", [write_over, replace_by_another])
def test_a_file_that_was_changed_since_is_refused(folder, memory, change):
    facts = listed(folder)
    compare(folder, facts, memory)
    change(folder / "passages.sqlite")
    with pytest.raises(WrongFile, match="not the one that was built"):
        compare(folder, facts, memory)


def test_another_manifest_is_not_believed(folder, memory):
    facts = listed(folder)
    compare(folder, facts, memory)
    facts["passages.sqlite"]["sha256"] = "0" * 64
    with pytest.raises(WrongFile, match="not the one that was built"):
        compare(folder, facts, memory)


def test_a_file_just_written_is_not_remembered(folder, memory, hashed):
    (folder / "passages.sqlite").write_bytes(b"new" * 100)
    for _ in range(2):
        compare(folder, listed(folder), memory)
    assert hashed.count("passages.sqlite") == 2 and hashed.count("x.term") == 1


@pytest.mark.parametrize("text", ["", "[]", "null", "{", '{"a": 1}', "\x00"])
def test_a_damaged_memory_remembers_nothing(folder, memory, hashed, text):
    memory.parent.mkdir()
    memory.write_text(text)
    compare(folder, listed(folder), memory)
    assert len(hashed) == 2
    assert len(json.loads(memory.read_text())) >= 2


def test_after_a_month_everything_is_read_again(folder, memory, hashed):
    compare(folder, listed(folder), memory)
    held = json.loads(memory.read_text())
    for entry in held.values():
        entry["compared"] -= 31 * 86_400
    memory.write_text(json.dumps(held))
    compare(folder, listed(folder), memory)
    assert len(hashed) == 4


def test_a_clock_set_back_is_not_trusted(folder, memory, hashed):
    compare(folder, listed(folder), memory)
    held = json.loads(memory.read_text())
    for entry in held.values():
        entry["compared"] += 1_000
    memory.write_text(json.dumps(held))
    compare(folder, listed(folder), memory)
    assert len(hashed) == 4


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder without rights")
def test_a_home_that_cannot_be_written_is_no_trouble(folder, tmp_path, hashed):
    home = tmp_path / "locked"
    home.mkdir(mode=0o500)
    for _ in range(2):
        compare(folder, listed(folder), home / "compared.json")
    assert len(hashed) == 4
