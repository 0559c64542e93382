"""Adapters written as GGUF, held against PEFT on the same weights."""

import json
import shutil

import numpy as np
import pytest

from convert.__main__ import main
from convert.adapter import write_adapter
from convert.merge import digest_files, merge
from elara_local.engines.chat.adapters import read_adapter
from elara_local.engines.chat.header import read_header
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.gguf_layout import read_layout
from tests.adapters import read_with_adapter, train_adapter
from tests.tiny_models import compare, read_reference, save_model

pytest.importorskip("peft", reason="peft is not installed")
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")

PLAIN = {}
STABLE = {"use_rslora": True, "r": 9}
PATTERNS = {
    "alpha_pattern": {"q_proj": 40, "layers.1.mlp.down_proj": 3},
    "rank_pattern": {"v_proj": 2, "layers.0.self_attn.o_proj": 7},
}


def build(folder, family, **settings):
    """A base as GGUF in float32, a PEFT adapter of it, and the logits of PEFT."""
    model = save_model(folder / "base", family)
    base = read_reference(model)
    merge(folder / "base", None, folder / "base.gguf", "F32")
    wrapped = train_adapter(model, folder / "role", family, **settings)
    return base, read_reference(wrapped)


@pytest.mark.parametrize(
    ("family", "settings"),
    [
        ("Llama", PLAIN),
        ("Llama", STABLE),
        ("Llama", PATTERNS),
        ("Qwen2", PLAIN),
        ("Qwen2", PATTERNS),
        ("Qwen3", PLAIN),
        ("Gemma2", STABLE),
        ("Phi3", PLAIN),
        ("GPT2", PLAIN),
        ("GPT2", STABLE),
    ],
    ids=lambda value: value if isinstance(value, str) else "-".join(value) or "plain",
)
def test_the_adapter_says_what_peft_says(tmp_path, family, settings):
    base, reference = build(tmp_path, family, **settings)
    made = write_adapter(tmp_path / "base.gguf", tmp_path / "role", tmp_path / "role.gguf", "F32")
    found = read_with_adapter(tmp_path / "base.gguf", made.file)
    error, top = compare(found, reference)
    assert error < 1e-6 and top == 1.0
    assert compare(base, reference)[0] > 0.01, "the adapter must change something"


def test_half_precision_is_enough_and_half_the_size(tmp_path):
    _, reference = build(tmp_path, "Llama")
    whole = write_adapter(tmp_path / "base.gguf", tmp_path / "role", tmp_path / "w.gguf", "F32")
    half = write_adapter(tmp_path / "base.gguf", tmp_path / "role", tmp_path / "h.gguf")
    error, _ = compare(read_with_adapter(tmp_path / "base.gguf", half.file), reference)
    assert error < 1e-5
    assert half.size < 0.6 * whole.size


def test_the_folder_and_the_file_give_the_same_numbers(tmp_path):
    build(tmp_path, "Llama")
    one = write_adapter(tmp_path / "base", tmp_path / "role", tmp_path / "one.gguf")
    other = write_adapter(tmp_path / "base.gguf", tmp_path / "role", tmp_path / "other.gguf")
    assert one.base_sha256 == digest_files((tmp_path / "base" / "model.safetensors",))
    assert other.base_sha256 == digest_files((tmp_path / "base.gguf",))
    tensors = [read_layout(made.file).tensors for made in (one, other)]
    assert list(tensors[0]) == list(tensors[1])
    for name in tensors[0]:
        pair = [
            np.fromfile(made.file, np.uint8, table[name].nbytes, offset=table[name].start)
            for made, table in zip((one, other), tensors, strict=True)
        ]
        assert np.array_equal(*pair), name


def test_the_engine_takes_it_for_this_base_alone(tmp_path):
    build(tmp_path, "Qwen2")
    base = tmp_path / "base.gguf"
    made = write_adapter(base, tmp_path / "role", tmp_path / "role.gguf")
    found = read_adapter(made.file, read_header(base), made.base_sha256)
    assert len(found.ranks) == made.modules == 14
    with pytest.raises(WrongFile, match=r"elara\.base\.sha256"):
        read_adapter(made.file, read_header(base), "0" * 64)


def test_a_killed_run_leaves_nothing_and_a_good_one_replaces(tmp_path):
    build(tmp_path, "GPT2")
    out = tmp_path / "role.gguf"
    out.write_bytes(b"what was there before")
    with pytest.raises(Missing):
        write_adapter(tmp_path / "base.gguf", tmp_path / "none", out)
    assert out.read_bytes() == b"what was there before"
    made = write_adapter(tmp_path / "base.gguf", tmp_path / "role", out)
    assert digest_files((out,)) == made.sha256
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"target_modules": ["q_proj", "lm_head"]}, "Merge it instead"),
        ({"use_dora": True}, "DoRA"),
        ({"modules_to_save": ["lm_head"]}, "modules_to_save"),
        ({"bias": "all"}, "bias"),
        ({"target_modules": ["q_proj", "embed_tokens"]}, "embedding"),
    ],
)
def test_what_cannot_be_switched_is_refused_by_name(tmp_path, settings, words):
    model = save_model(tmp_path / "base", "Qwen2")
    train_adapter(model, tmp_path / "role", "Qwen2", **settings)
    with pytest.raises(WrongFile) as caught:
        write_adapter(tmp_path / "base", tmp_path / "role", tmp_path / "role.gguf")
    assert words in str(caught.value)
    assert "erge it" in caught.value.hint
    assert not list(tmp_path.glob("role.gguf*"))


def test_an_output_layer_of_its_own_can_be_switched(tmp_path):
    _, reference = build(tmp_path, "Llama", target_modules=["q_proj", "lm_head"])
    made = write_adapter(tmp_path / "base.gguf", tmp_path / "role", tmp_path / "role.gguf", "F32")
    assert "output.weight.lora_b" in read_layout(made.file).tensors
    assert compare(read_with_adapter(tmp_path / "base.gguf", made.file), reference)[0] < 1e-6


def test_the_rows_of_queries_and_keys_must_be_turned(tmp_path):
    """B left in the order of Hugging Face gives another model."""
    _, reference = build(tmp_path, "Llama")
    base, out = tmp_path / "base.gguf", tmp_path / "role.gguf"
    write_adapter(base, tmp_path / "role", out, "F32")
    tensors = read_layout(out).tensors
    data = bytearray(out.read_bytes())
    for name, heads in (("attn_q", 4), ("attn_k", 2)):
        for block in range(2):
            place = tensors[f"blk.{block}.{name}.weight.lora_b"]
            end = place.start + place.nbytes
            rows = np.frombuffer(bytes(data[place.start : end]), "<f4").reshape(place.shape[::-1])
            plain = rows.reshape(heads, -1, 2, rows.shape[1]).swapaxes(1, 2).reshape(rows.shape)
            data[place.start : end] = plain.tobytes()
    out.write_bytes(data)
    assert compare(read_with_adapter(base, out), reference)[0] > 1e-3


def test_the_verb_tells_what_it_made(tmp_path, capsys):
    build(tmp_path, "Llama")
    base, folder, out = tmp_path / "base.gguf", tmp_path / "role", tmp_path / "role.gguf"
    words = ["adapter", "--base", str(base), "--adapter", str(folder), "--out", str(out)]
    assert main([*words, "--json"]) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["modules"] == 14 and record["kind"] == "F16"
    assert record["sha256"] == digest_files((out,))
    assert str(tmp_path) not in json.dumps(record)
    shutil.rmtree(folder)
    assert main(words) == 3
    assert "no adapter folder" in capsys.readouterr().err


def test_wrong_uses(tmp_path):
    with pytest.raises(WrongUse, match=r"\.gguf"):
        write_adapter(tmp_path, tmp_path, tmp_path / "role.bin")
    with pytest.raises(WrongUse, match="Q4_K"):
        write_adapter(tmp_path, tmp_path, tmp_path / "role.gguf", "Q4_K")
