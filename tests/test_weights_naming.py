"""A model's name in GGUF says Phi 3 only where its tokenizer does as Phi 3's."""

import json
from dataclasses import replace

import pytest

from convert.weights.architectures import plan_folder
from convert.weights.folder import open_folder
from convert.weights.naming import find_licence, find_name
from convert.weights.writing import write_gguf
from tests.tiny_models import save_model, train_tokenizer


def put_tokens(folder, **strips):
    added = [{"content": text, "rstrip": strip} for text, strip in strips.items()]
    (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": added}))


PHI3 = {"<unk>": False, "<s>": False, "</s>": True, "<|endoftext|>": False, "<|end|>": True}


@pytest.mark.parametrize(
    ("tokens", "told", "expected"),
    [
        (PHI3, "some/Phi-3-mini", "some/Phi-3-mini"),
        (PHI3, "clinic/tuned", "clinic/tuned (Phi-3)"),
        (PHI3 | {"<|end|>": False}, "clinic/phi3-tuned", "clinic/Phi 3-tuned"),
        ({"<s>": False}, "clinic/PHI-3", "clinic/Phi 3"),
        ({}, "clinic/tuned", "clinic/tuned"),
        ({}, "/home/person/secret/tuned", "folder"),
        ({}, "../tuned", "folder"),
        ({}, None, "folder"),
    ],
)
def test_the_name_fits_the_tokenizer(tokens, told, expected, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    put_tokens(folder, **tokens)
    assert find_name(folder, {"_name_or_path": told}) == expected


@pytest.mark.parametrize(
    ("card", "expected"),
    [
        ("---\nlanguage: en\nlicense: apache-2.0\n---\nText", "apache-2.0"),
        ('---\nlicense: "mit"\n---\n', "mit"),
        ("license: mit\n", ""),
        ("---\nbase: x\n---\nlicense: mit\n", ""),
        (None, ""),
    ],
)
def test_the_licence_is_the_one_the_card_names(card, expected, tmp_path):
    if card is not None:
        (tmp_path / "README.md").write_text(card)
    assert find_licence(tmp_path) == expected


def save_phi3(folder):
    """A tiny model whose tokenizer has Phi 3's tokens; the tokenizer comes back."""
    from tokenizers import AddedToken, Tokenizer

    save_model(folder, "Phi3", vocab_size=330)
    tokenizer = Tokenizer.from_str(train_tokenizer())
    for text, strips in PHI3.items():
        tokenizer.add_special_tokens([AddedToken(text, rstrip=strips, special=True)])
    raw = json.loads(tokenizer.to_str())
    raw["added_tokens"] = [
        token | {"rstrip": PHI3.get(token["content"], token["content"] == "<pad>")}
        for token in raw["added_tokens"]
    ]
    (folder / "tokenizer.json").write_text(json.dumps(raw))
    return Tokenizer.from_file(str(folder / "tokenizer.json"))


def read_tokens(path, text):
    from llama_cpp import Llama

    llm = Llama(str(path), vocab_only=True, verbose=False)
    return llm.tokenize(text.encode(), add_bos=False, special=True)


def test_llama_cpp_swallows_the_space_as_the_tokenizer_does(tmp_path):
    folder = tmp_path / "clinic"
    tokenizer = save_phi3(folder)
    checkpoint = open_folder(folder)
    plan = plan_folder(folder, checkpoint)
    text = "<s> a child<|end|> of 12 kg</s> has"
    expected = tokenizer.encode(text, add_special_tokens=False).ids
    write_gguf(plan, checkpoint, None, tmp_path / "told.gguf", "F32")
    assert read_tokens(tmp_path / "told.gguf", text) == expected
    plain = tuple(
        replace(entry, value="clinic") if entry.key == "general.name" else entry
        for entry in plan.entries
    )
    write_gguf(replace(plan, entries=plain), checkpoint, None, tmp_path / "plain.gguf", "F32")
    assert read_tokens(tmp_path / "plain.gguf", text) != expected


def test_a_model_called_phi3_without_its_tokens_loads(tmp_path):
    folder = tmp_path / "phi3-clinic"
    save_model(folder, "Phi3")
    checkpoint = open_folder(folder)
    plan = plan_folder(folder, checkpoint)
    write_gguf(plan, checkpoint, None, tmp_path / "told.gguf", "F32")
    assert read_tokens(tmp_path / "told.gguf", "a child")
    plain = tuple(
        replace(entry, value="phi3-clinic") if entry.key == "general.name" else entry
        for entry in plan.entries
    )
    write_gguf(replace(plan, entries=plain), checkpoint, None, tmp_path / "plain.gguf", "F32")
    with pytest.raises(ValueError, match="Failed to load"):
        read_tokens(tmp_path / "plain.gguf", "a child")
