"""A folder of safetensors is read one tensor at a time, exactly, or refused by name."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from convert.weights.folder import INDEX, open_folder, same_tensors
from elara_local.errors import Missing, WrongFile

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def folder(tmp_path):
    """A folder of three types in one file."""
    import torch
    from safetensors.torch import save_file

    generator = torch.Generator().manual_seed(5)
    wide = torch.randn(7, 5, generator=generator)
    tensors = {
        "a": wide,
        "b": wide.to(torch.float16),
        "c": wide.to(torch.bfloat16),
        "d": torch.tensor([float("inf"), -0.0, 1e-40, 3.3895e38]).to(torch.bfloat16),
        "layers.0.rotary_emb.inv_freq": torch.arange(4),
    }
    path = tmp_path / "model"
    path.mkdir()
    save_file(tensors, path / "model.safetensors")
    (path / "config.json").write_text("{}")
    return path


def shard(folder):
    """Cut the folder's one file into two shards with an index."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(folder / "model.safetensors")
    places = {}
    for number, names in enumerate((["a", "b"], ["c", "d"]), 1):
        name = f"model-0000{number}-of-00002.safetensors"
        save_file({key: tensors[key] for key in names}, folder / name)
        places |= dict.fromkeys(names, name)
    (folder / "model.safetensors").unlink()
    write_index(folder, places)
    return places


def write_index(folder, places):
    (folder / INDEX).write_text(json.dumps({"metadata": {}, "weight_map": places}))


def expect(folder):
    from safetensors.torch import load_file

    return {name: t.float().numpy() for name, t in load_file(folder / "model.safetensors").items()}


def test_every_type_is_read_as_torch_reads_it(folder, monkeypatch):
    monkeypatch.setattr("convert.weights.folder.CHUNK", 3)
    checkpoint = open_folder(folder)
    expected = expect(folder)
    for name in "abcd":
        found = checkpoint.read(name)
        assert found.dtype == np.float32
        np.testing.assert_array_equal(found, expected[name])
        assert checkpoint.tensors[name].shape == expected[name].shape
    assert [checkpoint.tensors[name].kind for name in "abc"] == ["F32", "F16", "BF16"]
    assert checkpoint.tensors["b"].nbytes == 70
    assert checkpoint.files == (folder / "model.safetensors",)


def test_a_band_of_rows_is_read_alone(folder, monkeypatch):
    monkeypatch.setattr("convert.weights.folder.CHUNK", 4)
    checkpoint = open_folder(folder)
    expected = expect(folder)
    for name in "abc":
        for rows in (slice(0, 2), slice(3, 7), slice(6, None), slice(2, 2)):
            np.testing.assert_array_equal(checkpoint.read(name, rows), expected[name][rows])


def test_shards_give_the_same_as_one_file(folder):
    expected = expect(folder)
    shard(folder)
    checkpoint = open_folder(folder)
    for name in "abcd":
        np.testing.assert_array_equal(checkpoint.read(name), expected[name])
    assert [path.name[6:11] for path in checkpoint.files] == ["00001", "00002"]


def test_equal_and_different_tensors_are_told_apart(folder, monkeypatch):
    from safetensors.torch import load_file, save_file

    monkeypatch.setattr("convert.weights.folder.CHUNK", 16)
    tensors = load_file(folder / "model.safetensors")
    twin = tensors["a"].clone()
    other = twin.clone()
    other[-1, -1] += 1
    path = folder / "model.safetensors"
    save_file({**tensors, "twin": twin, "other": other}, path)
    checkpoint = open_folder(folder)
    assert same_tensors(checkpoint, "a", "twin")
    assert not same_tensors(checkpoint, "a", "other")
    assert not same_tensors(checkpoint, "a", "b")


def test_a_shard_that_is_not_there_is_named(folder):
    places = shard(folder)
    (folder / places["c"]).unlink()
    with pytest.raises(Missing, match="model-00002-of-00002"):
        open_folder(folder)


def test_a_file_that_is_not_in_the_index_is_named(folder):
    places = shard(folder)
    shutil.copy(folder / places["a"], folder / "model-00003-of-00003.safetensors")
    with pytest.raises(WrongFile, match="model-00003-of-00003"):
        open_folder(folder)


def test_shards_without_an_index_are_refused(folder):
    shard(folder)
    (folder / INDEX).unlink()
    with pytest.raises(WrongFile, match="index.json"):
        open_folder(folder)


@pytest.mark.parametrize("wrong", ["moved", "promised"])
def test_an_index_that_lies_is_refused(folder, wrong):
    places = shard(folder)
    if wrong == "moved":
        places["a"] = places["c"]
    else:
        places["z"] = places["c"]
    write_index(folder, places)
    with pytest.raises(WrongFile, match=r"\b[az]\b"):
        open_folder(folder)


@pytest.mark.parametrize(
    "name",
    [
        "../model.safetensors",
        "/tmp/model.safetensors",
        "a/model.safetensors",
        "..\\model.safetensors",
        "C:model.safetensors",
        "model.bin",
        ".hidden.safetensors",
        7,
        None,
    ],
)
def test_an_index_never_leads_out_of_the_folder(folder, name):
    shutil.copy(folder / "model.safetensors", folder.parent / "model.safetensors")
    write_index(folder, {"a": name})
    with pytest.raises(WrongFile, match="outside"):
        open_folder(folder)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"weight_map": []}', "{" * 5000, "\xff"])
def test_a_damaged_index_is_refused(folder, text):
    (folder / INDEX).write_bytes(text.encode("latin-1"))
    with pytest.raises(WrongFile, match="index"):
        open_folder(folder)


@pytest.mark.parametrize("name", ["pytorch_model.bin", "model.pt", "consolidated.00.pth"])
def test_pickled_weights_are_never_opened(folder, name):
    (folder / "model.safetensors").unlink()
    (folder / name).write_bytes(b"cos\nsystem\n(S'false'\ntR.")
    with pytest.raises(WrongFile, match=name) as caught:
        open_folder(folder)
    assert "safetensors" in caught.value.hint


def test_code_of_the_folder_is_never_run(folder):
    (folder / "config.json").write_text('{"auto_map": {"AutoConfig": "code.Config"}}')
    (folder / "code.py").write_text("raise SystemExit")
    with pytest.raises(WrongFile, match="auto_map"):
        open_folder(folder)


@pytest.mark.parametrize("text", ["", "[1]", "{", "[" * 9000])
def test_a_damaged_config_is_refused(folder, text):
    (folder / "config.json").write_text(text)
    with pytest.raises(WrongFile, match="config.json"):
        open_folder(folder)


def test_a_type_that_cannot_be_read_is_named(folder):
    import torch
    from safetensors.torch import save_file

    eight = torch.ones(2, 2).to(torch.float8_e4m3fn)
    save_file({"packed.weight": eight}, folder / "model.safetensors")
    with pytest.raises(WrongFile, match=r"packed\.weight as F8_E4M3"):
        open_folder(folder)


@pytest.mark.parametrize("kind", ["cut", "noise", "empty", "long header"])
def test_a_damaged_file_is_refused(folder, kind):
    path = folder / "model.safetensors"
    data = path.read_bytes()
    path.write_bytes(
        {
            "cut": data[:-3],
            "noise": data[:9] + b"\0" * 20 + data[29:],
            "empty": b"",
            "long header": b"\xff" * 8 + data[8:],
        }[kind]
    )
    with pytest.raises(WrongFile, match=r"model\.safetensors is damaged"):
        open_folder(folder)


def test_a_file_that_shrinks_after_it_was_opened_is_noticed(folder):
    checkpoint = open_folder(folder)
    path = folder / "model.safetensors"
    data = path.read_bytes()
    path.write_bytes(data[: len(data) - 150])
    with pytest.raises(WrongFile, match="ends in the middle"):
        for name in "abcd":
            checkpoint.read(name)


def test_a_folder_that_is_not_there_or_empty_is_missing(tmp_path):
    with pytest.raises(Missing, match="no folder"):
        open_folder(tmp_path / "none")
    with pytest.raises(Missing, match=r"config\.json"):
        open_folder(tmp_path)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(Missing, match=r"model\.safetensors"):
        open_folder(tmp_path)


READ_ALL = """
import re, sys
from pathlib import Path
from convert.weights.folder import open_folder

def peak():
    status = Path("/proc/self/status").read_text()
    return int(re.search(r"VmHWM:\\s*(\\d+) kB", status)[1]) * 1024

checkpoint = open_folder(Path(sys.argv[1]))
checkpoint.read("small")
before = peak()
for name in checkpoint.tensors:
    checkpoint.read(name)
assert "torch" not in sys.modules
print(peak() - before)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc here")
def test_memory_holds_one_tensor(folder):
    import torch
    from safetensors.torch import save_file

    one = 48 * 2**20  # bytes of one tensor as float32
    tensors = {f"t{n}": torch.full((one // 4,), 1.0 + n).bfloat16() for n in range(5)}
    save_file({"small": torch.ones(8), **tensors}, folder / "model.safetensors")
    done = subprocess.run(
        [sys.executable, "-c", READ_ALL, str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert one * 0.9 < int(done.stdout) < one * 1.6
