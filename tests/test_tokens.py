"""A Hugging Face tokenizer becomes GGUF metadata, or is refused by name."""

import io
import json

import pytest
from tokenizers import AddedToken, Tokenizer, models, normalizers, pre_tokenizers

from convert.proving.parity import read_texts
from convert.weights.pre_tokenizers import KNOWN, build_pre_tokenizer, name_pre_tokenizer
from convert.weights.tokens import read_vocabulary
from elara_local.errors import Missing, WrongFile
from tests.tiny_tokenizers import (
    CHATML,
    LLAMA3,
    PLAIN,
    QWEN2,
    SMOLLM,
    SPACE,
    TEKKEN,
    split_by,
    train_bytes,
    train_pieces,
    write_folder,
)

MODEL, PRE, TYPES = "tokenizer.ggml.model", "tokenizer.ggml.pre", "tokenizer.ggml.token_type"
TOKENS, SCORES = "tokenizer.ggml.tokens", "tokenizer.ggml.scores"
MERGES, BOS, EOS = (
    "tokenizer.ggml.merges",
    "tokenizer.ggml.bos_token_id",
    "tokenizer.ggml.eos_token_id",
)
EOT, ADD_BOS = "tokenizer.ggml.eot_token_id", "tokenizer.ggml.add_bos_token"
PREFIX, TEMPLATE = "tokenizer.ggml.add_space_prefix", "tokenizer.chat_template"
NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
LLAMA = {"bos_token": "<s>", "unk_token": "<unk>"}


@pytest.fixture(scope="module")
def plain():
    return train_bytes(PLAIN)


@pytest.fixture(scope="module")
def pieces():
    return train_pieces()


def read(folder, size, pre=""):
    return {entry.key: entry.value for entry in read_vocabulary(folder, size, pre)}


def alter(folder, change):
    """Change a folder's tokenizer.json."""
    path = folder / "tokenizer.json"
    written = json.loads(path.read_text())
    change(written)
    path.write_text(json.dumps(written))
    return folder


def test_a_byte_level_tokenizer_with_its_markers(plain, tmp_path):
    size = plain.get_vocab_size()
    got = read(write_folder(tmp_path, plain, bos_token="<|endoftext|>"), size + 3)
    numbers = plain.get_vocab()
    assert (got[MODEL], got[PRE], len(got[TOKENS])) == ("gpt2", "gpt-2", size + 3)
    assert got[TYPES][numbers["<|im_start|>"]] == CONTROL
    assert got[TYPES][numbers["<tool_call>"]] == USER_DEFINED
    assert got[TYPES][numbers["Ġthe"]] == NORMAL
    assert got[TYPES][size:] == (UNUSED,) * 3
    assert got[TOKENS][size] == f"[PAD{size}]"
    assert (got[BOS], got[EOS]) == (numbers["<|endoftext|>"], numbers["<|im_end|>"])
    assert got[ADD_BOS] is False and got[PREFIX] is False
    assert got[TEMPLATE] == CHATML
    assert got[MERGES][0].count(" ") == 1 and SCORES not in got


def test_a_marker_listed_as_ordinary_becomes_a_control_token(plain, tmp_path):
    copy = Tokenizer.from_str(plain.to_str())
    copy.add_tokens([AddedToken("<start_of_turn>", special=False)])
    got = read(write_folder(tmp_path, copy), copy.get_vocab_size())
    assert got[TYPES][copy.token_to_id("<start_of_turn>")] == CONTROL


@pytest.mark.parametrize(
    ("cutter", "whole_words", "name"),
    [
        (PLAIN, False, "gpt-2"),
        (SMOLLM, False, "smollm"),
        (split_by(QWEN2), False, "qwen2"),
        (split_by(LLAMA3), True, "llama-bpe"),
        (split_by(LLAMA3), False, "smaug-bpe"),
        (split_by(TEKKEN), True, "tekken"),
    ],
)
def test_the_pre_tokenizer_is_named_by_its_rules(cutter, whole_words, name, plain, tmp_path):
    copy = Tokenizer.from_str(plain.to_str())
    copy.pre_tokenizer = cutter
    folder = write_folder(tmp_path, copy)
    alter(folder, lambda written: written["model"].update(ignore_merges=whole_words))
    assert read(folder, copy.get_vocab_size())[PRE] == name


def test_an_unknown_rule_is_refused_by_name_unless_a_name_is_given(plain, tmp_path):
    copy = Tokenizer.from_str(plain.to_str())
    copy.pre_tokenizer = split_by(r"\w+|[^\w\s]+|\s+")
    folder = write_folder(tmp_path, copy)
    with pytest.raises(WrongFile, match=r"splits by \\w\+.*--pre NAME"):
        read(folder, copy.get_vocab_size())
    assert read(folder, copy.get_vocab_size(), "qwen2")[PRE] == "qwen2"
    with pytest.raises(WrongFile, match="no name of a pre-tokenizer"):
        read(folder, copy.get_vocab_size(), "../x")


def test_scores_are_minus_the_rank_of_the_merge(pieces, tmp_path):
    got = read(write_folder(tmp_path, pieces, **LLAMA), pieces.get_vocab_size())
    assert (got[MODEL], got[PREFIX], got[ADD_BOS]) == ("llama", True, True)
    ranks = {}
    for rank, (left, right) in enumerate(json.loads(pieces.to_str())["model"]["merges"]):
        ranks.setdefault(left + right, rank)
    numbers = pieces.get_vocab()
    assert all(got[SCORES][numbers[text]] == -rank for text, rank in ranks.items())
    assert got[SCORES][numbers["e"]] == 0.0
    assert got[SCORES][numbers["</s>"]] < -max(ranks.values())
    assert got[TYPES][numbers["<0x41>"]] == BYTE and got[TYPES][numbers["<unk>"]] == UNKNOWN
    assert got[TYPES][numbers["<s>"]] == CONTROL


def test_gemma_puts_no_space_first(tmp_path):
    tokenizer = train_pieces("gemma")
    got = read(write_folder(tmp_path, tokenizer, **LLAMA), tokenizer.get_vocab_size())
    assert got[PREFIX] is False


def test_the_settings_say_whether_bos_is_added(pieces, tmp_path):
    folder = write_folder(tmp_path, pieces, **LLAMA, add_bos_token=False)
    assert read(folder, pieces.get_vocab_size())[ADD_BOS] is False


def test_the_end_of_a_turn_is_written_where_it_is_not_the_end_of_a_text(plain, tmp_path):
    got = read(write_folder(tmp_path, plain, eos_token="<|endoftext|>"), plain.get_vocab_size())
    assert got[EOT] == plain.token_to_id("<|im_end|>") != got[EOS]


def test_a_missing_bos_is_the_end_of_text_and_never_added(plain, tmp_path):
    got = read(write_folder(tmp_path, plain), plain.get_vocab_size())
    assert got[BOS] == got[EOS] and got[ADD_BOS] is False


def test_no_end_of_text_is_refused(plain, tmp_path):
    with pytest.raises(WrongFile, match="no token that ends a text"):
        read(write_folder(tmp_path, plain, eos_token=None), plain.get_vocab_size())


def test_the_numbers_of_config_json_are_taken_where_the_settings_are_silent(plain, tmp_path):
    folder = write_folder(tmp_path, plain, eos_token=None)
    (folder / "config.json").write_text(json.dumps({"eos_token_id": [2, 0], "bos_token_id": 1}))
    got = read(folder, plain.get_vocab_size())
    assert (got[EOS], got[BOS]) == (2, 1)


def test_a_tokenizer_larger_than_the_model_is_refused(plain, tmp_path):
    with pytest.raises(WrongFile, match="the model 1000 tokens"):
        read(write_folder(tmp_path, plain), 1000)


def test_a_token_listed_twice_is_refused(plain, tmp_path):
    def double(written):
        written["added_tokens"].append({"id": 1600, "content": "Ġthe", "special": False})

    folder = alter(write_folder(tmp_path, plain), double)
    with pytest.raises(WrongFile, match="'Ġthe' twice"):
        read(folder, 1700)


def test_gpt2_of_two_files(plain, tmp_path):
    model = json.loads(plain.to_str())["model"]
    (tmp_path / "vocab.json").write_text(json.dumps(model["vocab"]))
    merges = "\n".join(" ".join(pair) for pair in model["merges"])
    (tmp_path / "merges.txt").write_text(f"#version: 0.2\n{merges}\n")
    (tmp_path / "added_tokens.json").write_text('{"<|im_start|>": 1, "<|im_end|>": 2}')
    config = {"model_type": "gpt2", "eos_token_id": 0, "bos_token_id": 0}
    (tmp_path / "config.json").write_text(json.dumps(config))
    got = read(tmp_path, 1600)
    assert (got[PRE], got[EOS], got[TYPES][0]) == ("gpt-2", 0, CONTROL)
    assert len(got[MERGES]) == len(model["merges"]) and TEMPLATE not in got


def test_unigram_and_other_kinds_are_refused_by_name(plain, tmp_path):
    unigram = Tokenizer(models.Unigram([("<unk>", 0.0), ("a", -1.0)], 0, True))
    with pytest.raises(WrongFile, match="kind 'Unigram'"):
        read(write_folder(tmp_path / "unigram", unigram), 2)
    copy = Tokenizer.from_str(plain.to_str())
    copy.normalizer = normalizers.Lowercase()
    with pytest.raises(WrongFile, match="normalizer 'Lowercase'"):
        read(write_folder(tmp_path / "lower", copy), copy.get_vocab_size())


def test_pieces_that_llama_cpp_would_read_otherwise_are_refused(pieces, tmp_path):
    copy = Tokenizer.from_str(pieces.to_str())
    copy.normalizer = normalizers.NFKC()
    with pytest.raises(WrongFile, match="step 'NFKC'"):
        read(write_folder(tmp_path / "nfkc", copy), copy.get_vocab_size())
    copy = Tokenizer.from_str(pieces.to_str())
    copy.pre_tokenizer = pre_tokenizers.Whitespace()
    with pytest.raises(WrongFile, match="step 'Whitespace'"):
        read(write_folder(tmp_path / "white", copy), copy.get_vocab_size())

    def lose_a_byte(written):
        written["model"]["vocab"]["lost"] = written["model"]["vocab"].pop("<0x41>")

    folder = alter(write_folder(tmp_path / "byte", pieces, **LLAMA), lose_a_byte)
    with pytest.raises(WrongFile, match="256 bytes"):
        read(folder, pieces.get_vocab_size())


@pytest.mark.parametrize("text", ["", "[]", "{", '{"model": {"type": "BPE", "merges": [1]}}'])
def test_a_damaged_file_is_one_clear_line(text, tmp_path):
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises((WrongFile, Missing)) as caught:
        read(tmp_path, 10)
    assert "tokenizer.json" in caught.value.message


def test_an_empty_folder_says_what_to_copy(tmp_path):
    with pytest.raises(Missing, match="tokenizer.model"):
        read(tmp_path, 10)


def train_model(folder, **options):
    sentencepiece = pytest.importorskip("sentencepiece")
    folder.mkdir(exist_ok=True)
    written = io.BytesIO()
    chosen = {
        "model_type": "bpe",
        "vocab_size": 1200,
        "byte_fallback": True,
        "normalization_rule_name": "identity",
        "remove_extra_whitespaces": False,
        "user_defined_symbols": ["<|im_start|>", "<|im_end|>"],
        "minloglevel": 2,
        **options,
    }
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter(read_texts()), model_writer=written, **chosen
    )
    (folder / "tokenizer.model").write_bytes(written.getvalue())
    settings = {"bos_token": "<s>", "eos_token": "</s>", "add_bos_token": True}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings))
    return folder


def test_a_sentencepiece_model(tmp_path):
    got = read(train_model(tmp_path), 1210)
    numbers = {text: number for number, text in enumerate(got[TOKENS])}
    assert (got[MODEL], got[PREFIX], got[EOS]) == ("llama", True, numbers["</s>"])
    assert got[TYPES][numbers["<|im_start|>"]] == USER_DEFINED
    assert got[TYPES][numbers["<0x0A>"]] == BYTE
    assert min(got[SCORES][:1200]) > -1200 and any(SPACE in text for text in got[TOKENS])
    assert got[TYPES][1200:] == (UNUSED,) * 10


def test_a_sentencepiece_model_of_another_kind_is_refused(tmp_path):
    with pytest.raises(WrongFile, match="not BPE"):
        read(train_model(tmp_path, model_type="unigram"), 1300)
    with pytest.raises(WrongFile, match="changed first"):
        read(train_model(tmp_path, normalization_rule_name="nmt_nfkc"), 1300)
    (tmp_path / "tokenizer.model").write_bytes(b"\x0a\xff\xff")
    with pytest.raises(WrongFile, match="can't be read"):
        read(tmp_path, 1300)


@pytest.mark.parametrize("name", sorted({known for _, _, known in KNOWN}))
def test_a_name_gives_the_rules_that_give_the_name(name):
    rules, whole_words = build_pre_tokenizer(name)
    tokenizer = {"pre_tokenizer": rules, "model": {"ignore_merges": whole_words}}
    assert name_pre_tokenizer(tokenizer) == name
    assert build_pre_tokenizer("no-such-rules") is None


def test_damaged_files_beside_the_tokenizer_are_one_clear_line(plain, tmp_path):
    folder = write_folder(tmp_path, plain, add_bos_token=None)
    assert read(folder, plain.get_vocab_size())[ADD_BOS] is False
    (folder / "tokenizer_config.json").write_text("[1]")
    with pytest.raises(WrongFile, match="tokenizer_config.json"):
        read(folder, plain.get_vocab_size())
    alter(write_folder(folder, plain), lambda written: written["added_tokens"][0].pop("lstrip"))
    with pytest.raises(WrongFile, match="can't be read"):
        read(folder, plain.get_vocab_size())
