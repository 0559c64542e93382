"""Token parity: 100 % when converted rightly, less when any one thing is wrong."""

import json
import unicodedata

import pytest
from tokenizers import AddedToken, Tokenizer, normalizers

from convert.proving.parity import measure_parity, prove_tokens, read_texts
from convert.proving.vocabulary import open_vocabulary
from convert.weights.tokens import read_vocabulary
from elara_local.errors import Missing, WrongFile
from elara_local.settings import STARTER_MODELS
from tests.test_tokens import train_model
from tests.tiny_tokenizers import (
    CHATML,
    LLAMA3,
    PLAIN,
    QWEN2,
    SMOLLM,
    TEKKEN,
    split_by,
    train_bytes,
    train_pieces,
    write_folder,
    write_vocabulary,
)

PRE, SCORES, TYPES = "tokenizer.ggml.pre", "tokenizer.ggml.scores", "tokenizer.ggml.token_type"
GEMMA = (
    "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system') }}"
    "{% endif %}{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else "
    "m.role }}\n{{ m.content | trim }}<end_of_turn>\n{% endfor %}"
    "{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}"
)
LLAMA3_CHAT = (
    "{% for m in messages %}{% set c = '<|start_header_id|>' + m.role + '<|end_header_id|>\n\n' "
    "+ m.content | trim + '<|eot_id|>' %}{% if loop.index0 == 0 %}{% set c = bos_token + c %}"
    "{% endif %}{{ c }}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{% endif %}"
)


def convert(folder, tokenizer, changed=(), **settings):
    """Write a tokenizer's folder and its GGUF file; return both."""
    write_folder(folder, tokenizer, **settings)
    entries = read_vocabulary(folder, tokenizer.get_vocab_size() + 5)
    return folder, write_vocabulary(folder / "model.gguf", entries, changed)


def test_the_texts_are_many_and_of_many_scripts():
    texts = read_texts()
    assert len(texts) >= 800 and len(set(texts)) == len(texts)
    assert all(text == unicodedata.normalize("NFC", text) for text in texts)
    whole = "".join(texts)
    names = {unicodedata.name(letter, "").partition(" ")[0] for letter in set(whole)}
    assert {"LATIN", "ARABIC", "ETHIOPIC", "CJK", "CYRILLIC", "DEVANAGARI", "THAI"} <= names
    for wanted in ("😀", "<|im_start|>", "\r\n", "\t", "\u00a0", "µg", "mg/kg", "¿", "ng'ombe"):
        assert wanted in whole, wanted
    assert any(text.endswith("  ") for text in texts) and any(t.startswith("   ") for t in texts)


@pytest.mark.parametrize(
    ("cutter", "whole_words", "normalizer"),
    [
        (PLAIN, False, None),
        (SMOLLM, False, None),
        (split_by(QWEN2), False, normalizers.NFC()),
        (split_by(LLAMA3), True, None),
        (split_by(LLAMA3), False, None),
        (split_by(TEKKEN), True, None),
    ],
    ids=["gpt-2", "smollm", "qwen2", "llama-bpe", "smaug-bpe", "tekken"],
)
def test_bytes_are_cut_alike(cutter, whole_words, normalizer, tmp_path):
    tokenizer = train_bytes(cutter, whole_words=whole_words, normalizer=normalizer)
    proof = prove_tokens(*convert(tmp_path, tokenizer))
    assert proof.figures() == {"token_parity": 1.0, "template_parity": 1.0}, proof.faults
    assert proof.parity.texts > 800


@pytest.mark.parametrize("scheme", ["first", "always", "never", "gemma"])
def test_pieces_are_cut_alike(scheme, tmp_path):
    tokenizer = train_pieces(scheme)
    proof = prove_tokens(*convert(tmp_path, tokenizer, bos_token="<s>", unk_token="<unk>"))
    assert proof.figures() == {"token_parity": 1.0, "template_parity": 1.0}, proof.faults
    assert bool(proof.notes) == (scheme in ("first", "always"))


@pytest.mark.parametrize(
    "options",
    [
        {"add_dummy_prefix": False},
        {"user_defined_symbols": [], "control_symbols": ["<|im_start|>", "<|im_end|>"]},
    ],
    ids=["as Gemma", "as Llama"],
)
def test_a_sentencepiece_model_is_cut_alike(options, tmp_path):
    train_model(tmp_path, **options)
    (tmp_path / "chat_template.jinja").write_text(CHATML)
    model = write_vocabulary(tmp_path / "model.gguf", read_vocabulary(tmp_path, 1200))
    proof = prove_tokens(tmp_path, model)
    assert proof.parity.share == 1.0, proof.faults
    assert proof.specials and proof.templates == 1.0


def test_gpt2_of_two_files_is_cut_alike(tmp_path):
    model = json.loads(train_bytes(PLAIN).to_str())["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = "\n".join(" ".join(pair) for pair in model["merges"])
    (tmp_path / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    (tmp_path / "added_tokens.json").write_text('{"<|im_start|>": 1, "<|im_end|>": 2}')
    config = {"model_type": "gpt2", "eos_token_id": 0, "bos_token_id": 0}
    (tmp_path / "config.json").write_text(json.dumps(config))
    path = write_vocabulary(tmp_path / "model.gguf", read_vocabulary(tmp_path, 1600))
    assert prove_tokens(tmp_path, path).parity.share == 1.0


@pytest.mark.parametrize(
    ("pattern", "wrong"),
    [(QWEN2, "gpt-2"), (QWEN2, "default"), (LLAMA3, "qwen2"), (LLAMA3, "gpt-2"), (QWEN2, "tekken")],
)
def test_a_wrong_pre_tokenizer_is_seen(pattern, wrong, tmp_path):
    folder, model = convert(tmp_path, train_bytes(split_by(pattern)), {PRE: wrong})
    proof = prove_tokens(folder, model)
    assert proof.parity.share < 0.97
    first = proof.parity.differences[0]
    assert first.expected != first.found and proof.faults


def test_scores_of_minus_a_thousand_are_seen(tmp_path):
    tokenizer = train_pieces()
    size = tokenizer.get_vocab_size() + 5
    folder, model = convert(tmp_path, tokenizer, {SCORES: (-1000.0,) * size}, bos_token="<s>")
    assert prove_tokens(folder, model).parity.share < 0.9


def test_a_marker_typed_normal_is_seen(tmp_path):
    tokenizer = train_bytes(PLAIN)
    folder, model = convert(tmp_path, tokenizer)
    good = {
        entry.key: entry.value for entry in read_vocabulary(folder, tokenizer.get_vocab_size() + 5)
    }
    kinds = list(good[TYPES])
    kinds[tokenizer.token_to_id("<|im_start|>")] = 1
    folder, model = convert(tmp_path / "wrong", tokenizer, {TYPES: tuple(kinds)})
    share = prove_tokens(folder, model).parity.share
    assert 0.9 < share < 1.0, "only the lines with a marker differ, and that is enough"


def test_an_added_word_that_was_lost_is_seen(tmp_path):
    tokenizer = train_bytes(PLAIN)
    folder, model = convert(tmp_path, tokenizer)
    richer = Tokenizer.from_str(tokenizer.to_str())
    richer.add_tokens([AddedToken("amoxicillin", normalized=False)])
    parity = measure_parity(lambda text: richer.encode(text, add_special_tokens=False).ids, model)
    assert parity.share < 1.0 and "amoxicillin" in parity.differences[0].text


def test_a_wrong_special_token_counts_as_all(tmp_path):
    tokenizer = train_bytes(PLAIN)
    folder, model = convert(tmp_path, tokenizer, {"tokenizer.ggml.eos_token_id": 5})
    proof = prove_tokens(folder, model)
    assert proof.parity.share == 1.0 and proof.figures()["token_parity"] == 0.0
    assert any("'eos' is 5, not 2" in fault for fault in proof.faults)


@pytest.mark.parametrize(
    "template", [CHATML, GEMMA, LLAMA3_CHAT, "{% for m in messages %}{{ m.content }};{% endfor %}"]
)
def test_templates_are_written_alike(template, tmp_path):
    tokenizer = train_bytes(PLAIN)
    folder, model = convert(tmp_path, tokenizer, template=template, bos_token="<|endoftext|>")
    proof = prove_tokens(folder, model)
    assert proof.templates == 1.0, proof.faults


def test_a_template_that_says_more_than_the_engine_writes_is_seen(tmp_path):
    template = "{{ '<|im_start|>note\nToday is Monday.<|im_end|>\n' }}" + CHATML
    folder, model = convert(tmp_path, train_bytes(PLAIN), template=template)
    proof = prove_tokens(folder, model)
    assert proof.templates == 0.0 and any("Monday" in fault for fault in proof.faults)


def test_a_lost_template_is_seen(tmp_path):
    folder, model = convert(tmp_path, train_bytes(PLAIN), {"tokenizer.chat_template": ""})
    assert prove_tokens(folder, model).templates == 0.0


def test_the_starter_agrees_with_itself_and_with_no_other(tmp_path):
    found = sorted((STARTER_MODELS / "smollm2-135m-instruct").glob("*.gguf"))
    if not found:
        pytest.skip("the starter's model is not installed: python3 launcher.py models prepare")
    assert prove_tokens(found[0], found[0]).figures()["token_parity"] == 1.0
    _, other = convert(tmp_path, train_bytes(PLAIN))
    assert prove_tokens(found[0], other).parity.share < 0.5


def test_what_can_not_be_read_is_one_clear_line(tmp_path):
    folder, model = convert(tmp_path, train_bytes(PLAIN), {PRE: "no-such-rules"})
    with pytest.raises(WrongFile, match="no-such-rules"):
        prove_tokens(folder, model)
    with pytest.raises(Missing, match=r"no file other\.gguf"):
        prove_tokens(folder, tmp_path / "other.gguf")
    model.write_bytes(model.read_bytes()[:3000])
    with pytest.raises(WrongFile, match="can't be read"):
        prove_tokens(folder, model)


def test_a_vocabulary_tells_its_markers(tmp_path):
    tokenizer = train_bytes(PLAIN)
    _, model = convert(tmp_path, tokenizer)
    with open_vocabulary(model) as vocabulary:
        assert {"<|im_start|>", "<|im_end|>", "<tool_call>"} <= set(vocabulary.markers())
        assert vocabulary.size == tokenizer.get_vocab_size() + 5
        assert vocabulary.text_of(-1) == "" and vocabulary.adds == (False, False)
