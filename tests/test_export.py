"""PEFT's merge in the workshop: equal to the unmerged model, or refused."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from convert import export
from convert.export import export_adapter, merge_with_peft
from convert.merge import open_base
from convert.proving.parity import prove_tokens
from convert.verbs import export as verb
from convert.weights.writing import write_gguf
from elara_local.errors import Missing, WrongFile, WrongUse
from tests.tiny_models import one_thread, read_reference, save_model
from tests.tiny_tokenizers import LLAMA3, split_by

torch = pytest.importorskip("torch")
peft = pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")

PRE = "tokenizer.ggml.pre"
ATTENTION = ["q_proj", "v_proj"]
KINDS = {
    "plain": {"target_modules": [*ATTENTION, "down_proj"]},
    "rslora": {"target_modules": ATTENTION, "use_rslora": True, "lora_alpha": 4},
    "DoRA": {"target_modules": ATTENTION, "use_dora": True},
    "whole layer": {"target_modules": ATTENTION, "modules_to_save": ["lm_head"]},
    "biases": {"target_modules": ATTENTION, "bias": "all"},
    "embedding": {"target_modules": [*ATTENTION, "embed_tokens"]},
    "output": {"target_modules": [*ATTENTION, "lm_head"]},
}


@one_thread()
def train_adapter(base, folder, **settings):
    """Save an adapter of random weights; the logits of the unmerged model come back."""
    model = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    config = peft.LoraConfig(r=4, task_type="CAUSAL_LM", **{"lora_alpha": 8} | settings)
    adapted = peft.get_peft_model(model, config).eval()
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for name, weight in adapted.named_parameters():
            if weight.requires_grad:
                scale = 0.05 if "magnitude" in name or "modules_to_save" in name else 0.2
                weight.add_(scale * torch.randn(weight.shape, generator=generator))
    adapted.save_pretrained(folder)
    return read_reference(adapted)


def diverge(found, reference):
    """The mean divergence of the next token's distribution, natural logarithm."""
    found, reference = found.astype(np.float64), reference.astype(np.float64)
    found, reference = (x - np.log(np.exp(x).sum(-1, keepdims=True)) for x in (found, reference))
    return float((np.exp(reference) * (reference - found)).sum(-1).mean())


@pytest.fixture(scope="module")
def bases(tmp_path_factory):
    """A tied and an untied tiny llama."""
    folder = tmp_path_factory.mktemp("bases")
    for name, tied in (("tied", True), ("untied", False)):
        save_model(folder / name, "Llama", tie_word_embeddings=tied)
    return folder


@pytest.mark.parametrize("tied", ["tied", "untied"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_merged_folder_says_what_the_unmerged_model_says(kind, tied, bases, tmp_path):
    expected = train_adapter(bases / tied, tmp_path / "adapter", **KINDS[kind])
    with one_thread():
        made = merge_with_peft(bases / tied, tmp_path / "adapter", tmp_path / "out", "float32")
        merged = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "out")
    assert diverge(read_reference(merged.eval()), expected) < 1e-9
    assert diverge(read_reference(load(bases / tied)), expected) > 1e-4, (
        "the adapter does something"
    )
    touches = kind in ("whole layer", "embedding", "output")
    assert made.untied == (touches and tied == "tied")
    assert merged.config.tie_word_embeddings == (tied == "tied" and not touches)
    assert made.kl < 1e-9 and (tmp_path / "out" / "tokenizer.json").is_file()
    assert not (tmp_path / "out.part").exists()


def load(folder):
    return transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


@pytest.mark.parametrize("kind", ["output", "embedding"])
def test_without_untying_the_merge_would_be_wrong_and_is_refused(
    kind, bases, tmp_path, monkeypatch
):
    train_adapter(bases / "tied", tmp_path / "adapter", **KINDS[kind])
    monkeypatch.setattr(export, "_untie_if_touched", lambda model, tensors: False)
    with one_thread(), pytest.raises(WrongFile, match="diverges from the unmerged one"):
        merge_with_peft(bases / "tied", tmp_path / "adapter", tmp_path / "out")
    assert not (tmp_path / "out").exists() and not (tmp_path / "out.part").exists()


def test_a_merged_folder_of_half_numbers_is_close(bases, tmp_path):
    expected = train_adapter(bases / "untied", tmp_path / "adapter", **KINDS["DoRA"])
    with one_thread():
        made = merge_with_peft(bases / "untied", tmp_path / "adapter", tmp_path / "out")
    assert (
        made.dtype == "float16" and diverge(read_reference(load(tmp_path / "out")), expected) < 1e-4
    )


def write_base(folder, path):
    """Write a folder as a GGUF file in float32."""
    checkpoint, plan = open_base(folder)
    write_gguf(plan, checkpoint, None, path, "F32")
    return path


@pytest.mark.parametrize("tied", [True, False], ids=["tied", "untied"])
def test_a_gguf_file_is_a_base_too(tied, tmp_path):
    folder = tmp_path / "plain"
    save_model(folder, "Llama", tie_word_embeddings=tied, attention_bias=False, mlp_bias=False)
    base = write_base(folder, tmp_path / "base.gguf")
    expected = train_adapter(folder, tmp_path / "adapter", **KINDS["DoRA"])
    with one_thread():
        merge_with_peft(base, tmp_path / "adapter", tmp_path / "out", "float32")
    assert diverge(read_reference(load(tmp_path / "out")), expected) < 1e-9
    assert (tmp_path / "out" / "tokenizer.json").is_file()


def cut_by(folder, rules):
    """Give the tokenizer of a folder other rules of cutting a text into words."""
    path = folder / "tokenizer.json"
    written = json.loads(path.read_text())
    path.write_text(json.dumps(written | {"pre_tokenizer": rules}))


def test_the_tokenizer_of_a_gguf_file_keeps_its_rules(tmp_path):
    folder, base, out = tmp_path / "plain", tmp_path / "base.gguf", tmp_path / "out"
    save_model(folder, "Llama", attention_bias=False, mlp_bias=False)
    cut_by(folder, json.loads(split_by(LLAMA3).__getstate__()))
    write_base(folder, base)
    train_adapter(folder, tmp_path / "adapter", **KINDS["plain"])
    with one_thread():
        merge_with_peft(base, tmp_path / "adapter", out)
    proof = prove_tokens(out, base)
    assert proof.figures()["token_parity"] == 1.0, proof.faults
    rules = json.loads((out / "tokenizer.json").read_text())["pre_tokenizer"]
    kinds = [rule["type"] for rule in rules["pretokenizers"]]
    assert kinds == ["Split", "ByteLevel"]


def test_a_tokenizer_that_can_not_be_rebuilt_is_refused(tmp_path):
    folder, out = tmp_path / "plain", tmp_path / "out"
    save_model(folder, "Llama", attention_bias=False, mlp_bias=False)
    checkpoint, plan = open_base(folder)
    entries = [replace(e, value="deepseek-llm") if e.key == PRE else e for e in plan.entries]
    write_gguf(replace(plan, entries=tuple(entries)), checkpoint, None, tmp_path / "b.gguf", "F32")
    train_adapter(folder, tmp_path / "adapter", **KINDS["plain"])
    with one_thread(), pytest.raises(WrongFile, match="'deepseek-llm' is not known"):
        merge_with_peft(tmp_path / "b.gguf", tmp_path / "adapter", out)
    assert not out.exists() and not (tmp_path / "out.part").exists()


def test_a_gguf_file_that_transformers_reads_in_part_is_refused(bases, tmp_path):
    base = write_base(bases / "untied", tmp_path / "base.gguf")  # with biases
    train_adapter(bases / "untied", tmp_path / "adapter", **KINDS["plain"])
    with one_thread(), pytest.raises(WrongFile, match="which holds"):
        merge_with_peft(base, tmp_path / "adapter", tmp_path / "out")


def test_an_adapter_for_another_base_is_refused(bases, tmp_path):
    save_model(tmp_path / "deeper", "Llama", num_hidden_layers=3)
    save_model(tmp_path / "wider", "Llama", intermediate_size=128)
    for other in ("deeper", "wider"):
        train_adapter(tmp_path / other, tmp_path / f"of-{other}", **KINDS["plain"])
        with one_thread(), pytest.raises(WrongFile, match="that the adapter was trained on"):
            merge_with_peft(bases / "untied", tmp_path / f"of-{other}", tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_what_is_refused_before_a_weight_is_read(bases, tmp_path, monkeypatch):
    base, adapter, out = bases / "untied", tmp_path / "adapter", tmp_path / "out"
    train_adapter(base, adapter, **KINDS["plain"])
    monkeypatch.setattr(export, "load_model", lambda path: pytest.fail("a weight was read"))
    with pytest.raises(WrongUse, match="'int4'"):
        merge_with_peft(base, adapter, out, "int4")
    with pytest.raises(WrongUse, match="there already"):
        merge_with_peft(base, adapter, tmp_path)
    with pytest.raises(Missing, match=r"adapter_config\.json"):
        merge_with_peft(base, tmp_path, out)
    monkeypatch.setattr(export, "HELD", 1e9)
    with pytest.raises(Missing, match="GB of memory"):
        merge_with_peft(base, adapter, out)
    (adapter / "adapter_model.safetensors").rename(adapter / "adapter_model.bin")
    with pytest.raises(WrongFile, match="pickle"):
        merge_with_peft(base, adapter, out)
    assert not out.exists()


def test_a_damaged_adapter_is_one_clear_line(bases, tmp_path):
    adapter = tmp_path / "adapter"
    train_adapter(bases / "untied", adapter, **KINDS["plain"])
    path = adapter / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:200])
    with one_thread(), pytest.raises(WrongFile, match="does not fit"):
        merge_with_peft(bases / "untied", adapter, tmp_path / "out")


def test_code_in_a_base_is_never_run(bases, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(bases / "untied", base)
    settings = json.loads((base / "config.json").read_text())
    settings |= {
        "model_type": "own",
        "auto_map": {"AutoConfig": "own.C", "AutoModelForCausalLM": "own.M"},
    }
    (base / "config.json").write_text(json.dumps(settings))
    (base / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w').close()\n")
    train_adapter(bases / "untied", tmp_path / "adapter", **KINDS["plain"])
    with pytest.raises(WrongFile):
        merge_with_peft(base, tmp_path / "adapter", tmp_path / "out")
    assert not (tmp_path / "ran").exists()


def test_an_adapter_alone_leaves_the_rest_of_the_training_behind(bases, tmp_path):
    adapter = tmp_path / "adapter"
    train_adapter(bases / "untied", adapter, **KINDS["plain"])
    (adapter / "optimizer.pt").write_bytes(b"x")
    made = export_adapter(adapter, tmp_path / "alone", "float32")
    names = sorted(path.name for path in made.folder.iterdir())
    assert names == ["adapter_config.json", "adapter_model.safetensors"]
    settings = json.loads((made.folder / "adapter_config.json").read_text())
    assert settings["base_model_name_or_path"] == "untied"
    with_it = peft.PeftModel.from_pretrained(load(bases / "untied"), made.folder).eval()
    before = peft.PeftModel.from_pretrained(load(bases / "untied"), adapter).eval()
    assert np.array_equal(read_reference(with_it), read_reference(before))


def test_a_number_that_overflows_is_refused(bases, tmp_path):
    from safetensors.torch import load_file, save_file

    adapter = tmp_path / "adapter"
    train_adapter(bases / "untied", adapter, **KINDS["plain"])
    path = adapter / "adapter_model.safetensors"
    tensors = load_file(path)
    next(iter(tensors.values()))[0, 0] = 1e6
    save_file(tensors, path)
    with pytest.raises(WrongFile, match="float16 can't hold"):
        export_adapter(adapter, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_verb(bases, tmp_path, capsys):
    import argparse

    train_adapter(bases / "tied", tmp_path / "adapter", **KINDS["output"])
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    verb.VERB.add(parser)
    places = ["--adapter", str(tmp_path / "adapter"), "--out"]
    with one_thread():
        merged = [*places, str(tmp_path / "out"), "--base", str(bases / "tied"), "--json"]
        assert verb.VERB.run(parser.parse_args(merged), None) == 0
    record = json.loads(capsys.readouterr().out)
    assert record["untied"] and record["kl"] < 1e-6
    assert verb.VERB.run(parser.parse_args([*places, str(tmp_path / "alone")]), None) == 0
    assert "alone: float16" in capsys.readouterr().out
