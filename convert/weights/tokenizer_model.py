"""A SentencePiece tokenizer.model, turned into llama.cpp's vocabulary.

Only for a folder without tokenizer.json, which says the same and needs no library:
sentencepiece belongs to the workshop. llama.cpp changes no letter before it tokenises, so a
model that does (NFKC, folded spaces) is refused. It knows no chat template.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from convert.weights.tokenizer_json import CONTROL, USER_DEFINED, Vocabulary, read_json
from elara_local.errors import Missing, WrongFile

BPE = 2  # sentencepiece_model.proto, TrainerSpec.ModelType
LOWEST = -1e9  # of an added token: no join of letters may make it
HINT = "Take a base whose tokenizer is SentencePiece BPE, as Llama's or Gemma's."


def read_pieces(folder: Path) -> Vocabulary:
    """Read tokenizer.model and the tokens that other files of the folder add to it.

    Raises:
        Missing: sentencepiece is not installed.
        WrongFile: it is damaged, unigram, or changes letters.
    """
    proto = _parse(folder / "tokenizer.model")
    kind, rules = proto.trainer_spec.model_type, proto.normalizer_spec
    if kind != BPE:
        raise _refused(f"of SentencePiece's kind {kind} (unigram is 1), not BPE ({BPE})")
    if rules.precompiled_charsmap or rules.remove_extra_whitespaces:
        raise _refused(f"with letters or spaces changed first ('{rules.name}')")
    tokens = {number: piece.piece for number, piece in enumerate(proto.pieces)}
    types = {number: int(piece.type) for number, piece in enumerate(proto.pieces)}
    scores = {number: float(piece.score) for number, piece in enumerate(proto.pieces)}
    if sum(kind == proto.SentencePiece.BYTE for kind in types.values()) != 256:
        raise _refused("without a token for each of the 256 bytes")
    for number, (text, control) in _read_added(folder).items():
        if tokens.setdefault(number, text) != text:
            raise _refused(f"with two tokens of the number {number}")
        if number not in scores or control:
            types[number] = CONTROL if control else USER_DEFINED
            scores.setdefault(number, LOWEST)
    return Vocabulary(
        "llama", tokens, types, scores=scores, space_prefix=bool(rules.add_dummy_prefix)
    )


def _parse(path: Path) -> Any:
    try:
        damage = import_module("google.protobuf.message").DecodeError
        from sentencepiece import sentencepiece_model_pb2
    except ImportError as error:
        raise Missing(
            "A tokenizer.model is read by sentencepiece, which is not installed.",
            "Copy tokenizer.json from the base model, or install requirements.txt.",
        ) from error
    proto = sentencepiece_model_pb2.ModelProto()
    try:
        proto.ParseFromString(path.read_bytes())
    except (damage, OSError) as error:
        raise WrongFile(f"{path.name} can't be read ({error}).", HINT) from error
    if not proto.pieces:
        raise WrongFile(f"{path.name} holds no tokens.", HINT)
    return proto


def _read_added(folder: Path) -> dict[int, tuple[str, bool]]:
    """Return {number: (text, whether it is special)} of tokens that were added later."""
    words = read_json(folder / "added_tokens.json")
    listed = read_json(folder / "tokenizer_config.json").get("added_tokens_decoder") or {}
    try:
        added = {int(number): (str(text), False) for text, number in words.items()}
        for number, one in listed.items():
            added[int(number)] = (str(one["content"]), bool(one.get("special")))
        return added
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise WrongFile(
            f"The added tokens of {folder.name} are damaged ({error}).", HINT
        ) from error


def _refused(what: str) -> WrongFile:
    return WrongFile(f"A tokenizer {what} can't be converted.", HINT)
