"""The tokenizer of a GGUF file, written out as a Hugging Face folder and proven against it."""

import pytest

from convert.proving.parity import prove_tokens
from convert.weights.tokenizer_writing import write_tokenizer
from convert.weights.tokens import read_vocabulary
from elara_local.errors import WrongFile
from elara_local.settings import STARTER_MODELS
from tests.tiny_tokenizers import (
    LLAMA3,
    PLAIN,
    QWEN2,
    SMOLLM,
    split_by,
    train_bytes,
    train_pieces,
    write_folder,
    write_vocabulary,
)

PRE = "tokenizer.ggml.pre"


def write_model(folder, tokenizer, changed=(), **settings):
    write_folder(folder, tokenizer, **settings)
    entries = read_vocabulary(folder, tokenizer.get_vocab_size() + 4)
    return write_vocabulary(folder / "model.gguf", entries, changed)


@pytest.mark.parametrize(
    ("cutter", "whole_words"),
    [(PLAIN, False), (SMOLLM, False), (split_by(QWEN2), False), (split_by(LLAMA3), True)],
    ids=["gpt-2", "smollm", "qwen2", "llama-bpe"],
)
def test_bytes_come_back(cutter, whole_words, tmp_path):
    model = write_model(tmp_path, train_bytes(cutter, whole_words=whole_words))
    (tmp_path / "out").mkdir()
    write_tokenizer(model, tmp_path / "out")
    proof = prove_tokens(tmp_path / "out", model)
    assert proof.figures() == {"token_parity": 1.0, "template_parity": 1.0}, proof.faults
    assert read_vocabulary(tmp_path / "out", 1510)[1].key == PRE


@pytest.mark.parametrize("scheme", ["always", "gemma"])
def test_pieces_come_back(scheme, tmp_path):
    settings = {"bos_token": "<s>", "unk_token": "<unk>"}
    model = write_model(tmp_path, train_pieces(scheme), **settings)
    (tmp_path / "out").mkdir()
    write_tokenizer(model, tmp_path / "out")
    proof = prove_tokens(tmp_path / "out", model)
    assert proof.figures() == {"token_parity": 1.0, "template_parity": 1.0}, proof.faults


def test_the_starters_tokenizer_comes_back(tmp_path):
    found = sorted((STARTER_MODELS / "smollm2-135m-instruct").glob("*.gguf"))
    if not found:
        pytest.skip("the starter's model is not installed: python3 launcher.py models prepare")
    write_tokenizer(found[0], tmp_path)
    proof = prove_tokens(tmp_path, found[0])
    assert proof.figures() == {"token_parity": 1.0, "template_parity": 1.0}, proof.faults


def test_what_is_not_known_is_refused(tmp_path):
    tokenizer = train_bytes(PLAIN)
    with pytest.raises(WrongFile, match="'deepseek-llm'"):
        write_tokenizer(write_model(tmp_path, tokenizer, {PRE: "deepseek-llm"}), tmp_path)
    kind = {"tokenizer.ggml.model": "bert"}
    with pytest.raises(WrongFile, match="kind 'bert'"):
        write_tokenizer(write_model(tmp_path, tokenizer, kind), tmp_path)
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    with pytest.raises(WrongFile, match="no tokenizer"):
        write_tokenizer(tmp_path / "model.gguf", tmp_path)
