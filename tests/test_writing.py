"""Writing a GGUF file: what lands in it, what is refused, what a killed run leaves."""

import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import gguf
import numpy as np
import pytest

from convert.merge import merge, prepare
from convert.weights import writing
from convert.weights.numbers import narrow
from convert.weights.space import foresee, require_room
from convert.weights.target import claim, part_of
from convert.weights.tensors import Entry, Plan, Stored, Weight
from convert.weights.writing import write_gguf
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.weights import digest, find_fault
from tests.tiny_gguf import write_tiny

ROOT = Path(__file__).resolve().parent.parent
# Writes slowly, and says so: one line for each tensor that is read.
CHILD = """
import os, sys, time
from pathlib import Path
from convert.merge import merge
from convert.weights.gguf_file import GgufFile
read = GgufFile.read
def slow(self, *arguments):
    os.write(1, b"reading\\n")
    time.sleep(0.02)
    return read(self, *arguments)
GgufFile.read = slow
merge(Path(sys.argv[1]), None, Path(sys.argv[2]))
"""


class Arrays:
    """A checkpoint in memory."""

    files = ()

    def __init__(self, **arrays):
        self.arrays = arrays
        self.tensors = {n: Stored(n, a.shape, "F32", a.nbytes) for n, a in arrays.items()}

    def read(self, name, rows=slice(None)):
        return self.arrays[name][rows].astype(np.float32, copy=True)


def plan_of(checkpoint, *entries, **details):
    weights = [
        Weight(name, name, stored.shape, exact=len(stored.shape) == 1)
        for name, stored in checkpoint.tensors.items()
    ]
    return Plan("llama", tuple(weights), entries, **details)


@pytest.fixture
def arrays():
    draw = np.random.default_rng(2).standard_normal
    return Arrays(
        wide=draw((70, 96), np.float32), narrow=draw((5, 24), np.float32), norm=draw(7, np.float32)
    )


@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "Q8_0"])
def test_another_reader_finds_what_was_written(kind, arrays, tmp_path):
    entries = (Entry("llama.block_count", "uint32", 3), Entry("x.texts", "strings", ("a", "é")))
    path = tmp_path / "m.gguf"
    sha256 = write_gguf(plan_of(arrays, *entries), arrays, None, path, kind)
    assert sha256 == digest(path) and find_fault(path) == ""
    found = gguf.GGUFReader(path)
    assert found.fields["x.texts"].contents() == ["a", "é"]
    assert found.fields["general.architecture"].contents() == "llama"
    by_name = {tensor.name: tensor for tensor in found.tensors}
    for name, kept in (("wide", kind), ("narrow", "F16" if kind == "Q8_0" else kind)):
        tensor, stored = by_name[name], gguf.GGMLQuantizationType[kept]
        assert tensor.tensor_type == stored
        exact = gguf.quants.quantize(arrays.arrays[name], stored)
        assert np.array_equal(tensor.data.reshape(exact.shape), exact)
    assert np.array_equal(by_name["norm"].data, arrays.arrays["norm"])


def test_the_width_of_a_band_changes_nothing(arrays, tmp_path, monkeypatch):
    sums = set()
    for band in (1, 200, 1 << 21):
        monkeypatch.setattr(writing, "BAND", band)
        sums.add(write_gguf(plan_of(arrays), arrays, None, tmp_path / "m.gguf", "F16"))
    assert len(sums) == 1


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("kind", ["F32", "F16", "BF16", "Q8_0"])
def test_a_value_that_is_no_number_is_never_written(value, kind, arrays, tmp_path):
    arrays.arrays["wide"][69, 95] = value
    with pytest.raises(WrongFile, match="wide holds a value that is not a number"):
        write_gguf(plan_of(arrays), arrays, None, tmp_path / "m.gguf", kind)


def test_a_value_too_large_for_half_precision_is_refused_and_fits_elsewhere(arrays, tmp_path):
    arrays.arrays["wide"][0, 0] = -70_000
    with pytest.raises(WrongFile, match="half precision ends at 65504"):
        write_gguf(plan_of(arrays), arrays, None, tmp_path / "m.gguf", "F16")
    write_gguf(plan_of(arrays), arrays, None, tmp_path / "m.gguf", "BF16")
    assert narrow(np.full((1, 4), 65504, np.float32), "F16", "x")[0, 0] == 65504


def test_a_plan_that_does_not_fit_its_weights_is_refused(arrays, tmp_path):
    wrong = Plan("llama", (Weight("w", "wide", (70, 95)),), ())
    with pytest.raises(WrongFile, match="wide is .70, 96."):
        write_gguf(wrong, arrays, None, tmp_path / "m.gguf", "F32")
    with pytest.raises(WrongUse, match="directly"):
        write_gguf(plan_of(arrays), arrays, None, tmp_path / "m.gguf", "Q4_K_M")


def test_a_weight_that_is_computed_needs_no_checkpoint(arrays, tmp_path):
    factors = np.arange(8, dtype=np.float32)
    plan = Plan("llama", (Weight("rope", "", (8,), exact=True, computed=lambda: factors),), ())
    write_gguf(plan, arrays, None, tmp_path / "m.gguf", "F16")
    assert np.array_equal(gguf.GGUFReader(tmp_path / "m.gguf").tensors[0].data, factors)


def test_no_room_is_told_before_anything_is_written(tmp_path):
    base = write_tiny(tmp_path / "base.gguf")
    needs = prepare(base, None, "F32").needs
    out = tmp_path / "m.gguf"
    with pytest.raises(Missing, match="GB is free"):
        require_room(needs, out, free_disk=needs.written)
    with pytest.raises(Missing, match="of memory; 0.0 GB is free"):
        require_room(needs, out, free_bytes=1_000_000)
    require_room(needs, out, free_disk=1 << 50, free_bytes=1 << 40)
    made = merge(base, None, out, "F32")
    assert 0.9 * made.size < needs.written < 1.1 * made.size
    assert "writes 0.01 GB" in str(needs)


def test_more_bytes_need_more_of_everything(arrays):
    wide, half = (foresee(plan_of(arrays), arrays, None, kind) for kind in ("F32", "F16"))
    assert wide.written > half.written and wide.memory == half.memory


def test_two_runs_at_one_target_and_what_an_earlier_one_left(tmp_path):
    out, said = tmp_path / "m.gguf", []
    part_of(out).write_bytes(b"left behind")
    with claim(out, said.append) as part:
        assert "earlier run was stopped" in said[0] and not part.exists()
        part.write_bytes(b"whole")
        refused = []

        def intrude():
            try:
                with claim(out, said.append):
                    refused.append(None)
            except WrongUse as error:
                refused.append(str(error))

        other = threading.Thread(target=intrude)
        other.start()
        other.join()
        assert refused == ["Another run makes m.gguf. Wait until it has ended."]
        assert not out.exists()
    assert out.read_bytes() == b"whole" and [p.name for p in tmp_path.iterdir()] == ["m.gguf"]


def test_a_failure_leaves_what_was_there(tmp_path):
    out = tmp_path / "m.gguf"
    out.write_bytes(b"before")
    with pytest.raises(Missing, match="disk is full"), claim(out, print) as part:
        part.write_bytes(b"half")
        raise OSError(28, "No space left on device")
    with pytest.raises(KeyboardInterrupt), claim(out, print) as part:
        part.write_bytes(b"half")
        raise KeyboardInterrupt
    assert out.read_bytes() == b"before" and [p.name for p in tmp_path.iterdir()] == ["m.gguf"]


def test_a_run_killed_at_any_moment_leaves_no_file_and_the_next_one_is_whole(tmp_path):
    base, out = write_tiny(tmp_path / "base.gguf"), tmp_path / "m.gguf"
    chance = random.Random(5)
    for _ in range(4):
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, str(base), str(out)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
        ) as child:
            for _ in range(chance.randint(1, 18)):
                assert child.stdout.readline() == "reading\n"
            child.send_signal(signal.SIGKILL)
        assert child.returncode == -signal.SIGKILL
        assert {p.name for p in tmp_path.iterdir()} == {"base.gguf", "m.gguf.part"}
    said = []
    made = merge(base, None, out, say=said.append)
    assert "earlier run was stopped" in "".join(said)
    assert digest(out) == made.sha256
    assert {p.name for p in tmp_path.iterdir()} == {"base.gguf", "m.gguf"}
