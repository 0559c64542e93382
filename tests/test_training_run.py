"""A run: it learns, is resumed where it was killed, and leaves an adapter whole or not at all."""

import json
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from convert.__main__ import main
from convert.dialogues import EXAMPLES, read_examples
from convert.training.base import choose_precision, find_base
from convert.training.card import CARD, PAGE
from convert.training.lora import CONFIG, WEIGHTS
from convert.training.run import CHECKPOINTS, Order, find_checkpoint, train
from convert.training.settings import Training
from convert.training.sources import digest, split
from convert.training.watch import PLOT
from convert.weights.adapter_config import read_adapter_config
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.settings import HANDBOOK
from tests.conftest import ROOT, installed_model

SHORT = {"steps": 6, "look": 2, "looked_at": 4, "batch": 2, "rate": 0.01, "precision": "fp32"}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A random llama with the starter's tokenizer."""
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    folder = tmp_path_factory.mktemp("tiny")
    starter = installed_model("smollm2-135m-instruct").folder
    file = next(starter.glob("*.gguf")).name
    tokenizer = AutoTokenizer.from_pretrained(starter, gguf_file=file)
    torch.manual_seed(0)
    model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=32,
            intermediate_size=48,
            num_hidden_layers=2,
            num_attention_heads=2,
            num_key_value_heads=1,
            tie_word_embeddings=True,
        )
    )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def data():
    return split(read_examples(EXAMPLES, HANDBOOK)[:60])


@pytest.fixture(scope="module")
def order(tiny, data, tmp_path_factory):
    """A function that makes an order for a short run."""
    place = tmp_path_factory.mktemp("runs")

    def make(name, **changes):
        settings = Training(**{**SHORT, **changes.pop("settings", {})})
        base = find_base(changes.pop("base", tiny))
        return Order(base, data, "all", place / name, settings, **changes)

    return make


@pytest.fixture(scope="module")
def whole(order):
    """A run that nobody stopped, and what it said."""
    said = []
    return train(order("whole"), said.append), said


def read_weights(folder):
    from safetensors.torch import load_file

    return load_file(folder / WEIGHTS)


def test_a_run_learns_and_leaves_adapter_card_and_plot_and_nothing_else(whole, data):
    folder, said = whole
    names = {CONFIG, WEIGHTS, CARD, PAGE, PLOT}
    assert {path.name for path in folder.iterdir()} == names
    assert not folder.with_name("whole.part").exists()
    card = json.loads((folder / CARD).read_text())
    losses = card["losses"]
    assert losses["validation"] < losses["validation_before"]
    assert losses["held_out"] < losses["held_out_before"]
    assert card["run"]["steps"] == 6 and card["run"]["learning"] > 0
    assert card["data"]["sha256"] == digest(data.training)
    assert card["data"]["training"]["examples"] == len(data.training)
    assert any(re.search(r"Step \d of 6: .* tokens/s, \d+ s left", line) for line in said)
    assert "<svg" in (folder / PLOT).read_text()


def test_the_card_names_no_path_and_no_machine(whole):
    import platform

    folder, _ = whole
    for name in (CARD, PAGE, CONFIG, PLOT):
        text = (folder / name).read_text()
        assert str(folder.parent) not in text and str(ROOT) not in text, name
        assert platform.node() not in text or len(platform.node()) < 4, name
        assert "/tmp" not in text and "/home" not in text, name


def test_the_adapter_is_plain_half_precision_lora_that_names_its_base(whole, order):
    import torch

    folder, _ = whole
    weights = read_weights(folder)
    assert {weight.dtype for weight in weights.values()} == {torch.float16}
    assert len(weights) == 2 * 2 * 7  # A and B of seven linears in two blocks
    config = read_adapter_config(folder)
    assert (config.rank, config.alpha, config.base) == (8, 16.0, order("x").base.name)


def test_the_loss_on_the_card_is_that_of_the_saved_adapter(whole, tiny, data):
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM, AutoTokenizer

    from convert.training.rows import Reader, collate
    from convert.training.sources import draw

    folder, _ = whole
    reader = Reader(AutoTokenizer.from_pretrained(tiny))
    rows = [reader.read_example(e) for e in draw(data.held_out, SHORT["looked_at"])]
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(tiny), folder).eval()
    with torch.no_grad():
        losses = [model(**collate(rows[n : n + 2], 0, False)).loss.item() for n in (0, 2)]
    told = json.loads((folder / CARD).read_text())["losses"]["held_out"]
    assert told == pytest.approx(sum(losses) / 2, abs=2e-3)


def test_a_run_that_was_killed_goes_on_to_the_same_weights(whole, order, tiny, data, tmp_path):
    import torch

    lines = tmp_path / "data.jsonl"
    assert main(["examples", "--count", "0", "--out", str(lines)]) == 0
    kept = lines.read_text("utf-8").splitlines(keepends=True)[:60]
    lines.write_text("".join(kept), "utf-8")
    out = tmp_path / "killed"
    asked = ["train", "--base", str(tiny), "--data", str(lines), "--out", str(out)]
    for name, value in SHORT.items():
        asked += [f"--{name.replace('_', '-')}", str(value)]
    part = out.with_name("killed.part")
    child = subprocess.Popen(
        [sys.executable, "-m", "convert", *asked], cwd=ROOT, stderr=subprocess.DEVNULL
    )
    deadline = time.monotonic() + 300
    while find_checkpoint(part / CHECKPOINTS) is None and child.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    child.kill()
    child.wait()
    assert not out.exists() and part.exists()
    assert main(asked) == 2  # a stopped run is in the way
    assert main([*asked, "--rate", "0.02", "--resume"]) == 2  # another run
    assert main([*asked, "--resume"]) == 0
    assert json.loads((out / CARD).read_text())["run"]["steps"] == 6
    first, second = read_weights(whole[0]), read_weights(out)
    assert first.keys() == second.keys()
    assert all(torch.allclose(first[n], second[n], atol=1e-3) for n in first)


def test_half_a_checkpoint_is_passed_over(tmp_path):
    for step in (2, 10, 12):
        (tmp_path / f"checkpoint-{step}").mkdir()
    (tmp_path / "checkpoint-2" / "trainer_state.json").write_text("{}")
    (tmp_path / "checkpoint-10" / "trainer_state.json").write_text('{"global')
    assert find_checkpoint(tmp_path) == tmp_path / "checkpoint-2"
    assert find_checkpoint(tmp_path / "absent") is None


def test_a_run_continues_from_an_adapter_and_says_so(whole, order):
    begin, _ = whole
    before = json.loads((begin / CARD).read_text())["losses"]
    folder = train(order("further", begin=begin, settings={"steps": 2}))
    card = json.loads((folder / CARD).read_text())
    assert card["begun_from"] == "whole"
    assert card["losses"]["held_out_before"] == pytest.approx(before["held_out"], abs=2e-3)
    assert "continued from the adapter `whole`" in (folder / PAGE).read_text()


def test_an_adapter_of_another_base_or_none_is_no_beginning(whole, order, tmp_path):
    other = tmp_path / "other"
    shutil.copytree(whole[0], other)
    config = json.loads((other / CONFIG).read_text())
    (other / CONFIG).write_text(json.dumps({**config, "base_model_name_or_path": "Another"}))
    with pytest.raises(WrongFile, match="Another"):
        train(order("misfit", begin=other))
    with pytest.raises(Missing, match=CONFIG):
        train(order("none", begin=tmp_path))


def test_an_early_stop_keeps_the_best_and_not_the_last(order):
    folder = train(order("stopped", settings={"steps": 40, "rate": 5.0, "patience": 1, "look": 1}))
    card = json.loads((folder / CARD).read_text())
    assert card["run"]["steps"] < 40


def test_too_long_an_example_is_left_out_and_counted(order, data):
    folder = train(order("short", settings={"steps": 1, "longest": 400}))
    counted = json.loads((folder / CARD).read_text())["data"]["too_long"]
    assert 0 < counted < len(data.training)
    with pytest.raises(WrongUse, match="nothing to train"):
        train(order("shorter", settings={"longest": 16}))


def test_what_is_there_already_is_not_written_over(whole, order):
    with pytest.raises(WrongUse, match="whole is there already"):
        train(order("whole"))
    with pytest.raises(WrongUse, match=r"No stopped run"):
        train(order("never", resume=True))


def test_layers_that_are_not_there_are_refused_and_some_can_learn_alone(order):
    with pytest.raises(WrongUse, match="can learn"):
        train(order("wrong", settings={"targets": ("c_attn",)}))
    folder = train(order("upper", settings={"steps": 1, "layers": (1,), "targets": ("q_proj",)}))
    assert len(read_weights(folder)) == 2
    assert all("layers.1.self_attn.q_proj" in name for name in read_weights(folder))


def test_a_base_with_pickles_with_code_or_of_no_kind_is_refused(tiny, tmp_path):
    pickled = tmp_path / "pickled"
    shutil.copytree(tiny, pickled, ignore=shutil.ignore_patterns("*.safetensors"))
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x04K\x01.")
    with pytest.raises(WrongFile, match="run code"):
        find_base(pickled)
    coded = tmp_path / "coded"
    shutil.copytree(tiny, coded)
    config = json.loads((coded / "config.json").read_text())
    config["auto_map"] = {"AutoModelForCausalLM": "model.Own"}
    (coded / "config.json").write_text(json.dumps(config))
    with pytest.raises(WrongFile, match="auto_map"):
        find_base(coded)
    with pytest.raises(Missing, match=re.escape("absent.gguf")):
        find_base(tmp_path / "absent.gguf")
    (tmp_path / "page.gguf").write_text("<!DOCTYPE html>")
    with pytest.raises(WrongFile, match="web page"):
        find_base(tmp_path / "page.gguf")


def test_a_gguf_base_is_named_without_its_quantization(tmp_path):
    starter = installed_model("smollm2-135m-instruct").folder
    base = find_base(next(starter.glob("*.gguf")))
    assert base.name == "SmolLM2-135M-Instruct"
    assert list(base.files.values()) == [
        "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
    ]


def test_four_bits_without_a_card_are_refused():
    import torch

    if torch.cuda.is_available():
        pytest.skip("there is a card here")
    with pytest.raises(WrongUse, match="QLoRA"):
        choose_precision(Training(four_bit=True))
    assert choose_precision(Training(precision="fp32")) == "fp32"
    assert choose_precision(Training()) in ("bf16", "fp32")


def test_the_verb_says_what_is_wrong_in_one_line(tmp_path, capsys):
    asked = ["train", "--base", str(tmp_path / "no.gguf"), "--out", str(tmp_path / "out")]
    assert main(asked) == 3
    assert "no.gguf is not there" in capsys.readouterr().err
    assert main([*asked, "--layers", "upper"]) == 2
    assert main([*asked, "--rank", "0"]) == 2
    assert "--rank is 0" in capsys.readouterr().err
    assert list(Path(tmp_path).iterdir()) == []
