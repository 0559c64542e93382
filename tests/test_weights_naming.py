"""A model's name in GGUF says Phi 3 only where its tokenizer does as Phi 3's."""

import json

import pytest

from convert.weights.naming import find_licence, find_name


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
