"""Small real tokenizers, trained on the handbook, and GGUF files that hold nothing else."""

import json

import gguf
import numpy as np
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)

from convert.proving.parity import read_texts

LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
QWEN2 = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
WORD = r"[^\r\n\p{L}\p{N}]?"
UPPER, LOWER = r"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", r"[\p{Ll}\p{Lm}\p{Lo}\p{M}]"
TEKKEN = (
    rf"{WORD}{UPPER}*{LOWER}+|{WORD}{UPPER}+{LOWER}*|\p{{N}}| ?[^\s\p{{L}}\p{{N}}]+[\r\n/]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
CHATML = (
    "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\n' + message['content'] "
    "+ '<|im_end|>' + '\n'}}{% endfor %}{% if add_generation_prompt %}"
    "{{ '<|im_start|>assistant\n' }}{% endif %}"
)
SPACE = "\u2581"
CHAT_MARKERS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")


def split_by(pattern):
    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(pattern), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )


PLAIN = pre_tokenizers.ByteLevel(add_prefix_space=False)
SMOLLM = pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), PLAIN])


def train_bytes(cutter, size=1500, whole_words=False, normalizer=None):
    """BPE over bytes, as GPT-2, Qwen and Llama 3 have it."""
    tokenizer = Tokenizer(models.BPE(ignore_merges=whole_words))
    tokenizer.pre_tokenizer = cutter
    tokenizer.normalizer = normalizer
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size,
        special_tokens=list(CHAT_MARKERS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(read_texts(), trainer)
    tokenizer.add_tokens([AddedToken("<tool_call>", special=False, normalized=False)])
    return tokenizer


def all_merges(merges, vocabulary):
    """Every pair that makes a token, by the token's rank: as a SentencePiece model is saved."""
    ranks = {left + right: rank for rank, (left, right) in reversed(list(enumerate(merges)))}
    return [
        [text[:cut], text[cut:]]
        for text in sorted(ranks, key=ranks.__getitem__)
        for cut in range(1, len(text))
        if text[:cut] in vocabulary and text[cut:] in vocabulary
    ]


def train_pieces(scheme="first", size=1500):
    """BPE over letters with a fallback to bytes, as transformers 5 saves Llama and Gemma.

    `scheme` is a Metaspace's, or "gemma" for its normalizer.
    """
    specials = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256))]
    tokenizer = Tokenizer(models.BPE(unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(SPACE, prepend_scheme="always", split=True)
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=specials, limit_alphabet=150, show_progress=False
    )
    tokenizer.train_from_iterator(read_texts(), trainer)
    written = json.loads(tokenizer.to_str())
    model = written["model"]
    model["merges"] = all_merges(model["merges"], model["vocab"])
    written["added_tokens"] = written["added_tokens"][:3]
    tokenizer = Tokenizer.from_str(json.dumps(written))
    if scheme == "gemma":
        tokenizer.normalizer = normalizers.Replace(" ", SPACE)
        tokenizer.pre_tokenizer = pre_tokenizers.Split(" ", "merged_with_previous")
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(
            SPACE, prepend_scheme=scheme, split=False
        )
    tokenizer.add_tokens([AddedToken(m, special=True) for m in ("<|im_start|>", "<|im_end|>")])
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
    )
    return tokenizer


def write_folder(folder, tokenizer, template=CHATML, **settings):
    """A Hugging Face folder that holds a tokenizer alone."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    chosen = {"eos_token": "<|im_end|>", **settings}
    (folder / "tokenizer_config.json").write_text(json.dumps(chosen))
    if template:
        (folder / "chat_template.jinja").write_text(template)
    return folder


def write_vocabulary(path, entries, changed=()):
    """A GGUF file with metadata and one small tensor; `changed` maps keys to other values."""
    writer = gguf.GGUFWriter(path, "llama")
    add = {
        "string": writer.add_string,
        "uint32": writer.add_uint32,
        "bool": writer.add_bool,
        "strings": writer.add_array,
        "int32s": writer.add_array,
        "float32s": writer.add_array,
    }
    for entry in entries:
        value = dict(changed).get(entry.key, entry.value)
        add[entry.kind](entry.key, list(value) if isinstance(value, tuple) else value)
    writer.add_tensor("output_norm.weight", np.ones(32, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
