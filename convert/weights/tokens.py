"""All that a GGUF file says about a model's tokens, read from its Hugging Face folder.

Silent faults live here: a wrong pre-tokenizer, scores of -1000 for every token, a chat marker
that is an ordinary word. So nothing is guessed: what llama.cpp has nothing alike for is refused
by name, and `convert.proving.parity` proves the rest. No code of the model's folder is run
but its chat template, in Jinja's sandbox. It knows no weight and no architecture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from convert.weights.chat_templates import read_chat_template
from convert.weights.special_tokens import Specials, read_specials
from convert.weights.tensors import Entry
from convert.weights.tokenizer_json import UNUSED, Vocabulary, read_tokenizer, read_tokens
from convert.weights.tokenizer_model import LOWEST, read_pieces
from elara_local.errors import WrongFile

ID_KEYS = {"bos": "BOS_ID", "eos": "EOS_ID", "eot": "EOT_ID", "unk": "UNK_ID"}
ID_KEYS |= {"sep": "SEP_ID", "pad": "PAD_ID", "mask": "MASK_ID"}


def read_vocabulary(folder: Path, vocab_size: int, pre: str = "") -> tuple[Entry, ...]:
    """Return the tokenizer's metadata of a GGUF file, in its order.

    Args:
        folder: a Hugging Face folder.
        vocab_size: the rows of the embedding; missing tokens are filled in as unused.
        pre: llama.cpp's name of the pre-tokenizer, for one that is not known here.

    Raises:
        Missing: the folder has no tokenizer.
        WrongFile: llama.cpp has nothing that works alike, the tokenizer has more tokens than
            the model, or the chat template is refused.
    """
    vocabulary = _read(folder, pre)
    texts = _fill(vocabulary.tokens, vocab_size)
    template = read_chat_template(folder)
    numbers = {text: number for number, text in enumerate(texts)}
    specials = read_specials(folder, numbers, vocab_size, template)
    return _entries(vocabulary, texts, specials, template)


def _read(folder: Path, pre: str) -> Vocabulary:
    if (folder / "tokenizer.model").is_file() and not (folder / "tokenizer.json").is_file():
        return read_pieces(folder)
    return read_tokens(read_tokenizer(folder), pre)


def _fill(tokens: Mapping[int, str], size: int) -> tuple[str, ...]:
    """Return the text of every number below `size`; a text must stand once (llama.cpp aborts)."""
    highest = max(tokens, default=-1)
    if highest >= size or min(tokens, default=0) < 0:
        raise WrongFile(
            f"The tokenizer has a token of the number {highest}, the model {size} tokens.",
            "Take the tokenizer that the model was trained with.",
        )
    texts = tuple(tokens.get(number) or f"[PAD{number}]" for number in range(size))
    if len(set(texts)) < size:
        twice = Counter(texts).most_common(1)[0][0]
        raise WrongFile(
            f"The tokenizer lists the token '{twice[:50]}' twice.",
            "Take a whole copy of the tokenizer from the base model.",
        )
    return texts


def _entries(
    vocabulary: Vocabulary, texts: tuple[str, ...], specials: Specials, template: str
) -> tuple[Entry, ...]:
    from gguf import Keys

    keys, size = Keys.Tokenizer, len(texts)
    held = {number for number, text in vocabulary.tokens.items() if text}
    types = tuple(vocabulary.types[n] if n in held else UNUSED for n in range(size))
    entries = [Entry(keys.MODEL, "string", vocabulary.model)]
    if vocabulary.model == "gpt2":
        entries.append(Entry(keys.PRE, "string", vocabulary.pre))
    else:
        entries.append(Entry(keys.PRE, "string", "default"))
        scores = tuple(vocabulary.scores.get(n, LOWEST) for n in range(size))
        entries.append(Entry(keys.SCORES, "float32s", scores))
    entries += [
        Entry(keys.LIST, "strings", texts),
        Entry(keys.TOKEN_TYPE, "int32s", types),
    ]
    if vocabulary.model == "gpt2":
        entries.append(Entry(keys.MERGES, "strings", vocabulary.merges))
    entries += [
        Entry(getattr(keys, ID_KEYS[kind]), "uint32", number)
        for kind, number in specials.numbers.items()
    ]
    entries += [
        Entry(keys.ADD_BOS, "bool", specials.add_bos),
        Entry(keys.ADD_EOS, "bool", specials.add_eos),
        Entry(keys.ADD_PREFIX, "bool", vocabulary.space_prefix),
    ]
    if template:
        entries.append(Entry(keys.CHAT_TEMPLATE, "string", template))
    return tuple(entries)
