"""Merging in one pass against PEFT, on real models: tiny ones, and the starter."""

import numpy as np
import pytest

from convert.__main__ import main
from convert.merge import digest_files, merge, prepare
from convert.orders import Order, make_model
from convert.weights.gguf_file import open_gguf
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.weights import digest
from tests.conftest import installed_model
from tests.tiny_gguf import write_tiny
from tests.tiny_lora import put_on, write_adapter
from tests.tiny_models import compare, read_gguf, read_reference, save_model

pytest.importorskip("peft")
ONES = np.ones((4, 8), np.float32)
HEAD = {"target_modules": ["q_proj", "lm_head"]}
CASES = {
    "llama": ("Llama", {}, {}),
    "llama, rank-stabilised": ("Llama", {}, {"use_rslora": True}),
    "llama, patterns": (
        "Llama",
        {},
        {
            "rank_pattern": {"k_proj": 2, r"model\.layers\.0\.mlp\.up_proj": 6},
            "alpha_pattern": {"self_attn.v_proj": 40, ".*1.mlp.*": 3},
        },
    ),
    "llama, own output layer": ("Llama", {}, HEAD),
    "mistral": ("Mistral", {}, {}),
    "qwen2, tied": ("Qwen2", {}, {}),
    "qwen2, tied, output layer": ("Qwen2", {}, HEAD),
    "qwen3": ("Qwen3", {}, {"use_rslora": True}),
    "gemma": ("Gemma", {}, {}),
    "gemma2": ("Gemma2", {}, {}),
    "gemma3": ("Gemma3", {}, {}),
    "phi3": ("Phi3", {}, {}),
    "gpt2, fan in, fan out": ("GPT2", {}, {}),
    "gpt2, tied, output layer": ("GPT2", {}, {"target_modules": ["c_attn", "lm_head"]}),
    "one layer alone": ("Llama", {}, {"layers_to_transform": [1]}),
}


@pytest.mark.parametrize("name", CASES)
def test_the_merged_file_says_what_peft_says(name, tmp_path):
    family, changes, settings = CASES[name]
    (tmp_path / "base").mkdir()
    model = save_model(tmp_path / "base", family, **changes)
    base = read_reference(model)
    wrapped = put_on(model, family, tmp_path / "adapter", **settings)
    reference = read_reference(wrapped)
    merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "m.gguf", "F32")
    merge(tmp_path / "base", None, tmp_path / "b.gguf", "F32")
    found = read_gguf(tmp_path / "m.gguf")
    error, same = compare(found, reference)
    assert error < 1e-6 and same == 1.0
    assert compare(base, reference)[0] > 1e-3, "the adapter changes nothing: the test is blind"
    # The same base as a GGUF file, and the adapter put on that.
    merge(tmp_path / "b.gguf", tmp_path / "adapter", tmp_path / "g.gguf", "F32")
    assert compare(read_gguf(tmp_path / "g.gguf"), reference)[0] < 1e-6


@pytest.mark.parametrize(
    ("kind", "limit"), [("F16", 1e-5), ("BF16", 1e-3), ("Q8_0", 1e-2)], ids=str
)
def test_coarser_kinds_are_near(kind, limit, tmp_path):
    (tmp_path / "base").mkdir()
    model = save_model(tmp_path / "base", "Llama")
    reference = read_reference(put_on(model, "Llama", tmp_path / "adapter"))
    made = merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "m.gguf", kind)
    error, _ = compare(read_gguf(made.file), reference)
    assert 0 < error < limit
    assert (made.sha256, made.size) == (digest(made.file), made.file.stat().st_size)
    assert made.base_sha256 == digest(tmp_path / "base" / "model.safetensors")
    assert made.adapter_sha256 == digest(tmp_path / "adapter" / "adapter_model.safetensors")


@pytest.mark.parametrize("family", ["Gemma", "Gemma2"])
def test_an_output_layer_that_llama_cpp_does_not_read_is_refused(family, tmp_path):
    (tmp_path / "base").mkdir()
    model = save_model(tmp_path / "base", family)
    put_on(model, family, tmp_path / "adapter", **HEAD)
    with pytest.raises(WrongFile, match="changes lm_head"):
        prepare(tmp_path / "base", tmp_path / "adapter", "F16")


def test_shards_and_one_file_make_the_same(tmp_path):
    for name, size in (("one", "5GB"), ("many", "60KB")):
        (tmp_path / name).mkdir()
        save_model(tmp_path / name, "Llama", size=size)
    made = [merge(tmp_path / n, None, tmp_path / f"{n}.gguf") for n in ("one", "many")]
    tensors = [open_gguf(m.file) for m in made]
    for name in tensors[0].tensors:
        assert np.array_equal(tensors[0].read(name), tensors[1].read(name)), name
    files = tuple(sorted((tmp_path / "many").glob("*.safetensors")))
    assert len(files) > 2 and made[1].base_sha256 == digest_files(files)


def test_the_starter_takes_an_adapter(tmp_path):
    """The rows of q and k lie permuted in a GGUF file: worked out here by index, one by one."""
    base = installed_model("smollm2-135m-instruct").folder
    base = next(base.glob("*.gguf"))
    random = np.random.default_rng(1)
    module = "model.layers.{}.self_attn.k_proj"
    factors = {
        module.format(layer): (
            random.standard_normal((4, 576), np.float32),
            random.standard_normal((192, 4), np.float32),
        )
        for layer in range(30)
    }
    adapter = write_adapter(tmp_path / "a", factors, lora_alpha=12)
    made = merge(base, adapter, tmp_path / "m.gguf", "F32")
    before, after = open_gguf(base), open_gguf(made.file)
    one, other = factors[module.format(7)]
    delta = 3 * other.astype(np.float64) @ one
    name = "blk.7.attn_k.weight"
    change = after.read(name).astype(np.float64) - before.read(name)
    for head in range(3):
        for row in range(64):
            theirs = head * 64 + (row // 2 if row % 2 == 0 else 32 + row // 2)
            assert np.allclose(change[head * 64 + row], delta[theirs], atol=1e-5)
    same = "blk.7.attn_q.weight"
    assert np.array_equal(after.read(same), before.read(same))
    assert "quantized (Q4_1, Q8_0)" in made.notes[0]
    assert made.licence == "apache-2.0"


def test_what_it_was_made_from_stands_in_the_file(tmp_path):
    (tmp_path / "base").mkdir()
    put_on(save_model(tmp_path / "base", "Llama"), "Llama", tmp_path / "adapter")
    made = merge(tmp_path / "base", tmp_path / "adapter", tmp_path / "m.gguf")
    pairs = open_gguf(made.file).layout.pairs
    assert pairs["general.base_model.0.name"] == made.base


def test_wrong_targets_are_refused_before_anything_is_read(tmp_path):
    base = write_tiny(tmp_path / "base.gguf")
    before = digest(base)
    for out, words in (
        (tmp_path / "m.bin", "does not end in .gguf"),
        (base, "is the base itself"),
        (tmp_path / "nowhere" / "m.gguf", "can't be written"),
    ):
        with pytest.raises(WrongUse, match=words):
            merge(base, None, out)
    with pytest.raises(WrongUse, match="directly"):
        merge(base, None, tmp_path / "m.gguf", "Q4_K_M")
    with pytest.raises(Missing):
        merge(tmp_path / "absent.gguf", None, tmp_path / "m.gguf")
    assert digest(base) == before and [p.name for p in tmp_path.iterdir()] == ["base.gguf"]


def test_a_k_quant_goes_through_half_precision_and_leaves_none(tmp_path):
    base = write_tiny(tmp_path / "base.gguf")
    order = Order(base, None, tmp_path / "m.gguf", "Q4_K_M", proven=False)
    made = make_model(order)
    assert made.merged.kind == "Q4_K_M" and made.merged.sha256 == digest(made.merged.file)
    kinds = {tensor.kind for tensor in open_gguf(made.merged.file).tensors.values()}
    assert kinds == {"Q4_K", "Q6_K", "F32"}
    assert {p.name for p in tmp_path.iterdir()} == {"base.gguf", "m.gguf"}
    with pytest.raises(WrongUse, match="no kind"):
        make_model(Order(base, None, tmp_path / "n.gguf", "Q9"))


def test_the_verbs_say_what_they_made_and_what_is_wrong(tmp_path, capsys):
    base = write_tiny(tmp_path / "base.gguf")
    out = tmp_path / "m.gguf"
    assert main(["gguf", "--base", str(base), "--out", str(out), "--no-verify"]) == 0
    assert "Not proven" in capsys.readouterr().out and out.is_file()
    adapter = write_adapter(tmp_path / "a", {"model.layers.0.self_attn.q_proj": (ONES, ONES.T)})
    command = ["merge", "--base", str(base), "--adapter", str(adapter), "--out", str(out)]
    before = digest(out)
    assert main(command) == 3
    error = capsys.readouterr().err
    assert "model.layers.0.self_attn.q_proj" in error and "Traceback" not in error
    assert digest(out) == before
