"""A translation model (Marian, M2M-100 or NLLB) to CTranslate2 int8, proven on what it translates.

CTranslate2's own converter reads the folder, so torch and transformers are needed. The reference
is transformers in float32, greedy: an independent implementation. Numbers are compared one by one:
a dose that changes in translation can kill.

What is covered: equal words, equal numbers, and how likely the new model finds the reference's
words. What is not: whether the translation is right. It knows no catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from convert.encoders.folders import quieten_transformers, require_folder, require_new
from convert.encoders.report import Report, hash_files, whole_folder, write_report
from convert.progress import Meter, Say, silent
from elara_local.errors import ElaraError, WrongFile, WrongUse

TYPES = ("marian", "m2m_100")
KEPT = ("source.spm", "target.spm", "vocab.json", "sentencepiece.bpe.model", "tokenizer.json",
        "tokenizer_config.json", "special_tokens_map.json")  # fmt: skip
LONGEST = 96  # tokens of a translation that are compared
NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True)
class Pair:
    """One text in tokens: what goes in, and what the reference makes of it, word by word."""

    source: list[str]
    tokens: list[str]  # of the translation, without the language mark and the end
    scores: list[float]  # natural logarithm of the probability of each, and of the end


def convert_translation(
    source: Path,
    out: Path,
    texts: Sequence[str],
    languages: tuple[str, str] = ("", ""),
    say: Say = silent,
    licence: str = "",
    command: str = "",
) -> Report:
    """Make the folder `out`, whole and proven or not at all; return its report.

    `languages` are the codes of a model for many languages, from and to, such as ("en", "fr");
    a Marian model goes one way and needs none.

    Raises:
        NotEqual: it does not translate `texts` as the source does.
        WrongUse, WrongFile: the source can't be converted.
        Missing: torch or transformers is not installed.
    """
    config = require_folder(source, TYPES)
    require_new(out, source)
    if not texts:
        raise ElaraError("There is no text to compare the translations of.", "Give some.")
    if (config["model_type"] != "marian") != all(languages):
        raise WrongUse(
            f"{source.name} is of the type {config['model_type']}.",
            "Say --from and --into for a model of many languages, and for no other.",
        )
    quieten_transformers()
    with whole_folder(out) as scratch:
        say(f"making int8 of {source.name}")
        run_converter(source, scratch / "model", [n for n in KEPT if (source / n).is_file()])
        tongue = Tongue(source, languages)
        meter = Meter(f"translating with {source.name}", len(texts), say, unit="texts")
        pairs = []
        for text in texts:
            pairs.append(tongue.translate(text))
            meter.add(1)
        report = Report(
            kind="translation",
            source=source.name,
            sources=hash_files(source, "*.safetensors"),
            files={},
            quantization="int8",
            reference="transformers, float32, greedy",
            figures=compare(scratch / "model", tongue, pairs),
            measured_on=f"{len(texts)} texts",
            licence=licence,
            command=command,
        )
        return write_report(report, scratch / "model")


def run_converter(
    source: Path, target: Path, kept: Sequence[str], quantization: str = "int8"
) -> None:
    """Let CTranslate2 convert a folder of safetensors; code that lies in it is never run.

    Raises:
        WrongFile: it can't, with its reason.
    """
    from ctranslate2.converters import TransformersConverter

    class Safe(TransformersConverter):  # type: ignore[misc]
        def load_model(self, model_class: Any, path: str, **options: Any) -> Any:
            only = {"use_safetensors": True, "local_files_only": True, "trust_remote_code": False}
            return model_class.from_pretrained(path, **{**options, **only})

    try:
        converter = Safe(str(source), copy_files=list(kept), trust_remote_code=False)
        converter.convert(str(target), quantization=quantization)
    except (OSError, ValueError, KeyError, RuntimeError, AttributeError, TypeError) as error:
        reason = str(error).partition("\n")[0][:200].rstrip(".")
        raise WrongFile(
            f"{source.name} can't be converted: {reason}.", "Choose another model."
        ) from error


class Tongue:
    """The reference: transformers in float32."""

    def __init__(self, source: Path, languages: tuple[str, str]) -> None:
        import torch
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

        options = {"local_files_only": True, "trust_remote_code": False}
        self._tokenizer = AutoTokenizer.from_pretrained(source, **options)
        self._model = AutoModelForSeq2SeqLM.from_pretrained(
            source, use_safetensors=True, dtype=torch.float32, **options
        ).eval()
        self.mark = ""  # the token that says into which language
        if all(languages):
            self._tokenizer.src_lang = languages[0]
            known = self._tokenizer.get_vocab()
            names = (languages[1], f"__{languages[1]}__")
            self.mark = next((name for name in names if name in known), "")
            if not self.mark:
                raise WrongUse(f"'{languages[1]}' is no language of {source.name}.", "Choose one.")

    def translate(self, text: str) -> Pair:
        """Translate greedily, and say how likely each token was."""
        import torch

        given = self._tokenizer(text, return_tensors="pt", truncation=True, max_length=LONGEST)
        first = [self._model.config.decoder_start_token_id]
        if self.mark:
            first.append(self._tokenizer.convert_tokens_to_ids(self.mark))
        written = list(first)
        scores: list[float] = []
        with torch.inference_mode():
            encoded = self._model.get_encoder()(**given)
            while len(scores) < LONGEST:
                found = self._model(
                    encoder_outputs=encoded,
                    attention_mask=given["attention_mask"],
                    decoder_input_ids=torch.tensor([written]),
                )
                row = found.logits[0, -1]
                row[self._tokenizer.pad_token_id] = -torch.inf
                chances = torch.log_softmax(row, dim=-1)
                best = int(chances.argmax())
                written.append(best)
                scores.append(float(chances[best]))
                if best == self._tokenizer.eos_token_id:
                    break
        ids = [i for i in written[len(first) :] if i != self._tokenizer.eos_token_id]
        names = self._tokenizer.convert_ids_to_tokens
        return Pair(names(given["input_ids"][0].tolist()), names(ids), scores)

    def spell(self, tokens: Sequence[str]) -> str:
        """Return the text of tokens."""
        ids = self._tokenizer.convert_tokens_to_ids(list(tokens))
        text: str = self._tokenizer.decode(ids, skip_special_tokens=True)
        return text


def compare(
    folder: Path, tongue: Tongue, pairs: Sequence[Pair], arithmetic: str = "int8"
) -> Mapping[str, float]:
    """Let the model in `folder` translate the same, and judge the reference's own words.

    chrf         likeness of the translations' letters (sacrebleu's chrF over 100)
    numbers      share of texts whose translations hold the same numbers in the same order
    same_tokens  share of next tokens that are the same after the same beginning
    likelihood   mean distance of the logarithms of the probabilities of the reference's tokens
    """
    import ctranslate2
    from sacrebleu.metrics import CHRF

    model = ctranslate2.Translator(str(folder), compute_type=arithmetic)
    marks = [[tongue.mark]] * len(pairs) if tongue.mark else None
    sources = [pair.source for pair in pairs]
    found = model.translate_batch(
        sources, marks, beam_size=1, max_decoding_length=LONGEST, max_batch_size=8
    )
    skip = 1 if tongue.mark else 0
    made = [result.hypotheses[0][skip:][:LONGEST] for result in found]
    targets = [[tongue.mark] * skip + pair.tokens for pair in pairs]
    judged = model.score_batch(sources, targets, offset=skip, max_batch_size=8)
    ours, theirs = [tongue.spell(m) for m in made], [tongue.spell(p.tokens) for p in pairs]
    gaps = [
        abs(a - b)
        for result, pair in zip(judged, pairs, strict=True)
        for a, b in zip(result.log_probs, pair.scores, strict=False)
    ]
    same = share_of_equal([(m, p.tokens) for m, p in zip(made, pairs, strict=True)])
    kept = [NUMBER.findall(a) == NUMBER.findall(b) for a, b in zip(ours, theirs, strict=True)]
    return {
        "chrf": float(CHRF().corpus_score(ours, [theirs]).score) / 100,
        "numbers": sum(kept) / len(kept),
        "same_tokens": same,
        "likelihood": sum(gaps) / len(gaps),
    }


def share_of_equal(pairs: Sequence[tuple[Sequence[object], Sequence[object]]]) -> float:
    """Return the share of next tokens that are the same after the same beginning.

    After a first other token all that follow may differ, so a pair is compared up to there.
    """
    equal = other = 0
    for one, two in pairs:
        first = next((i for i, (a, b) in enumerate(zip(one, two, strict=False)) if a != b), None)
        equal += min(len(one), len(two)) if first is None else first
        other += first is not None or len(one) != len(two)
    return equal / (equal + other) if equal + other else 1.0
