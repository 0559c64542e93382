"""A GGUF file as a base: every type read as `gguf` reads it, the metadata copied as it is."""

import gguf
import numpy as np
import pytest

from convert.merge import merge
from convert.weights.gguf_file import open_gguf, plan_gguf
from elara_local.errors import Missing, WrongFile
from elara_local.gguf_layout import read_layout
from elara_local.weights import digest
from tests.tiny_gguf import write_tiny

KINDS = gguf.GGMLQuantizationType
READ = ("F32", "F16", "BF16", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q3_K", "Q4_K",
        "Q5_K", "Q6_K", "IQ4_NL", "IQ4_XS", "IQ2_XXS")  # fmt: skip


def write(path, tensors, architecture="llama", **pairs):
    """A GGUF file of (name, array, type); pairs are uint32 or text."""
    writer = gguf.GGUFWriter(str(path), architecture)
    heads = {"attention.head_count": 2, "block_count": 1} if architecture == "llama" else {}
    for key, value in heads.items():
        writer.add_uint32(f"llama.{key}", value)
    for key, value in pairs.items():
        add = writer.add_string if isinstance(value, str) else writer.add_uint32
        add(key.replace("__", "."), value)
    for name, array, kind in tensors:
        writer.add_tensor(name, array, raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


@pytest.mark.parametrize("name", READ)
def test_every_type_is_read_as_gguf_reads_it(name, tmp_path):
    kind = KINDS[name]
    per_block, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    random = np.random.default_rng(1)
    columns = 512
    if name in ("F32", "F16", "BF16"):
        raw = gguf.quants.quantize(random.standard_normal((6, columns), np.float32), kind)
    else:
        row = columns // per_block * block_bytes
        raw = random.integers(0, 60, (6, row), np.uint8)
    path = write(tmp_path / "m.gguf", [("blk.0.attn_q.weight", raw, kind)])
    checkpoint = open_gguf(path)
    stored = checkpoint.tensors["blk.0.attn_q.weight"]
    assert (stored.shape, stored.kind, stored.nbytes) == ((6, columns), name, raw.nbytes)
    expected = gguf.quants.dequantize(raw, kind)
    found = checkpoint.read("blk.0.attn_q.weight")
    assert found.dtype == np.float32 and np.array_equal(found, expected)
    assert np.array_equal(checkpoint.read("blk.0.attn_q.weight", slice(2, 5)), expected[2:5])
    found += 1  # the caller's own
    assert np.array_equal(checkpoint.read("blk.0.attn_q.weight"), expected)


def test_a_type_that_can_not_be_read_is_refused_before_it_is_read(tmp_path):
    raw = np.zeros((2, 64), np.int8)
    path = write(tmp_path / "m.gguf", [("blk.0.attn_q.weight", raw, KINDS.I8)])
    with pytest.raises(WrongFile, match="attn_q.weight .* I8"):
        open_gguf(path)


def test_the_copy_says_the_same_of_itself_and_holds_the_same(tmp_path):
    base = write_tiny(tmp_path / "base.gguf")
    once = merge(base, None, tmp_path / "once.gguf")
    before, after = (read_layout(path, whole=True) for path in (base, once.file))
    own = {"general.file_type", "general.quantization_version"}
    assert {k: v for k, v in before.pairs.items() if k not in own} == {
        k: v for k, v in after.pairs.items() if k not in own
    }
    assert all(after.kinds[key] == before.kinds[key] for key in before.pairs)
    assert after.pairs["general.file_type"] == 1
    assert list(before.tensors) == list(after.tensors)
    first, second = open_gguf(base), open_gguf(once.file)
    for name in first.tensors:
        assert np.array_equal(first.read(name), second.read(name)), name
    twice = merge(once.file, None, tmp_path / "twice.gguf")
    assert twice.sha256 == once.sha256 == digest(once.file)


def test_texts_that_are_no_utf8_come_through_byte_for_byte(tmp_path):
    odd = [b"\xff\xfe", "née".encode(), b"x\x00y"]
    writer = gguf.GGUFWriter(str(tmp_path / "m.gguf"), "llama")
    for key, value in {"llama.attention.head_count": 2, "llama.block_count": 1}.items():
        writer.add_uint32(key, value)
    strings = gguf.GGUFValueType.STRING
    writer.add_key_value("tokenizer.ggml.tokens", odd, gguf.GGUFValueType.ARRAY, strings)
    writer.add_uint64("general.parameter_count", 1 << 40)
    writer.add_array("llama.some_switches", [True, False])
    writer.add_float64("llama.exact", 0.1)
    writer.add_tensor("blk.0.attn_q.weight", np.ones((4, 32), np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    made = merge(tmp_path / "m.gguf", None, tmp_path / "n.gguf", "F32")
    found = gguf.GGUFReader(made.file)
    tokens = found.fields["tokenizer.ggml.tokens"]
    assert [bytes(tokens.parts[place]) for place in tokens.data] == odd
    assert found.fields["general.parameter_count"].contents() == 1 << 40
    assert found.fields["llama.some_switches"].contents() == [True, False]
    assert found.fields["llama.exact"].contents() == 0.1


def test_linear_weights_are_named_and_the_others_stay_exact(tmp_path):
    path = write_tiny(tmp_path / "base.gguf")
    plan = plan_gguf(path, open_gguf(path))
    named = {weight.target: weight for weight in plan.weights}
    assert named["blk.1.ffn_up.weight"].module == "model.layers.1.mlp.up_proj"
    assert not named["blk.1.ffn_up.weight"].exact
    assert named["blk.1.attn_norm.weight"].exact and not named["blk.1.attn_norm.weight"].module
    rows = np.arange(256, dtype=np.float32).reshape(256, 1)
    assert not np.array_equal(named["blk.0.attn_q.weight"].turn(rows), rows)
    assert np.array_equal(named["blk.0.attn_v.weight"].turn(rows), rows)
    assert plan.tied is False and plan.architecture == "llama" and plan.notes == ()


ONE = [("blk.0.attn_q.weight", np.ones((4, 32), np.float32), None)]


@pytest.mark.parametrize(
    ("pairs", "words"),
    [
        ({"split__count": 3}, "one of 3 parts"),
        ({"general__type": "adapter"}, "adapter, not a model"),
        ({"llama__attention__head_count": 0}, "no usable llama.attention.head_count"),
        ({"architecture": "mamba"}, "mamba"),
    ],
    ids=str,
)
def test_what_can_not_be_a_base_is_refused_by_name(pairs, words, tmp_path):
    path = write(tmp_path / "m.gguf", ONE, **pairs)
    with pytest.raises(WrongFile, match=words):
        plan_gguf(path, open_gguf(path))


def test_damaged_and_missing_files_are_refused(tmp_path):
    with pytest.raises(Missing):
        open_gguf(tmp_path / "absent.gguf")
    whole = write_tiny(tmp_path / "whole.gguf").read_bytes()
    for place, content in enumerate((whole[:-100], whole[:200], b"<html>", b"", b"GGUF" * 9)):
        path = tmp_path / f"{place}.gguf"
        path.write_bytes(content)
        with pytest.raises(WrongFile):
            open_gguf(path)


def test_a_file_that_shrinks_while_it_is_read_is_refused(tmp_path):
    path = write_tiny(tmp_path / "base.gguf")
    checkpoint = open_gguf(path)
    last = list(checkpoint.tensors)[-1]
    path.write_bytes(path.read_bytes()[:-64])
    with pytest.raises(WrongFile, match="ends inside"):
        checkpoint.read(last)
