"""A thousand and more damaged GGUF files: each is refused in one line, or it loads.

Nothing that is damaged is loaded in this process. What the header check lets through goes to a
child that loads one after another and is started again when it dies of one.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from elara_local.engines.chat.adapters import read_adapter
from elara_local.engines.chat.header import read_header
from elara_local.errors import Missing, WrongFile
from elara_local.weights import digest
from tests.gguf_mutants import WAYS, Map, mutate
from tests.test_adapters_at_runtime import write_raw
from tests.tiny_gguf import write_tiny

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")

CHILD = Path(__file__).resolve().parent / "gguf_child.py"
BASES, ADAPTERS = 1_020, 510
MOST_DEATHS = 2  # of the child; none in 5,100 mutants when this was written
SECONDS = 60.0  # for one file in the child, which is small


class Child:
    """The process that loads; `deaths` says what it died of."""

    def __init__(self):
        self.deaths, self._process = [], None

    def load(self, *paths):
        """Return "ok", "refused WHY" or "died CODE"."""
        if self._process is None:
            self._process = subprocess.Popen(
                [sys.executable, str(CHILD)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
        self._process.stdin.write("\t".join(str(path) for path in paths) + "\n")
        self._process.stdin.flush()
        said = self._process.stdout.readline()
        if said:
            return said.rstrip("\n")
        code = self._process.wait(SECONDS)
        self.close()
        return f"died {code}"

    def close(self):
        if self._process is not None:
            self._process.stdin.close()
            self._process.stdout.close()
            self._process.wait(SECONDS)
        self._process = None


@pytest.fixture
def child():
    child = Child()
    yield child
    child.close()


def check(read, path):
    """Read a damaged file; "" when it passes, else the one line that a person is shown."""
    try:
        read(path)
    except (WrongFile, Missing) as error:
        assert path.name in error.message and error.hint, error
        assert "\n" not in str(error) and "Traceback" not in str(error)
        assert len(str(error)) < 500
        return str(error)
    return ""


def run(tmp_path, sound, count, read, load):
    """Send `count` mutants through the header check and those that pass through the child."""
    found = Map(sound.read_bytes())
    path = tmp_path / "damaged.gguf"
    said, deaths = Counter(), []
    for number in range(count):
        what, data = mutate(found, number)
        path.write_bytes(data)
        if data == found.data:
            said["unchanged"] += 1
            continue
        if check(read, path):
            said["refused by the header"] += 1
            continue
        word = load(path)
        said[word.split()[0]] += 1
        if word.startswith("died"):
            deaths.append((number, what, word))
    assert sum(said.values()) == count
    return said, deaths


def test_a_thousand_damaged_models(tmp_path, child):
    sound = write_tiny(tmp_path / "sound.gguf", hidden=64)
    assert child.load(sound) == "ok"
    said, deaths = run(tmp_path, sound, BASES, read_header, child.load)
    assert said["refused by the header"] > BASES // 2
    assert said["unchanged"] < BASES // 20
    assert said["ok"] > 0, "a bit of a weight harms nothing"
    assert len(deaths) <= MOST_DEATHS, deaths


def test_five_hundred_damaged_adapters(tmp_path, child):
    base = write_tiny(tmp_path / "sound.gguf", hidden=64)
    header, sha256 = read_header(base), digest(base)
    sound = write_raw(tmp_path / "adapter.gguf", base)
    assert child.load(base, sound) == "ok"
    said, deaths = run(
        tmp_path,
        sound,
        ADAPTERS,
        lambda path: read_adapter(path, header, sha256),
        lambda path: child.load(base, path),
    )
    assert said["refused by the header"] > ADAPTERS // 2
    assert len(deaths) <= MOST_DEATHS, deaths


def test_a_child_that_dies_is_seen_and_started_again(tmp_path, child):
    """The header check is left out here: tokens that stand twice end llama.cpp's process."""
    sound = write_tiny(tmp_path / "sound.gguf", hidden=64)
    data = sound.read_bytes()
    first, second = (data.index(b"<unused%d>" % number) for number in (201, 202))
    twice = tmp_path / "twice.gguf"
    twice.write_bytes(data[:second] + data[first : first + 11] + data[second + 11 :])
    with pytest.raises(WrongFile, match="1 tokens stand twice"):
        read_header(twice)
    assert child.load(twice).startswith("died")
    assert child.load(sound) == "ok"


def test_every_way_to_damage_is_tried():
    assert len({change for _, change in WAYS}) >= 15
    assert BASES % len(WAYS) == ADAPTERS % len(WAYS) == 0
