"""A speech model (Whisper) to CTranslate2 int8, proven on what it hears and first writes.

CTranslate2's own converter reads the folder, so torch and transformers are needed. The reference
is transformers in float32. The sounds are made by rule, because no recording may lie in the
repository: harmonics that glide as a voice does, and noise. What is covered: the encoder's output
at every moment, and the first tokens that are written from it. What is not: words of real speech.
It knows no catalogue.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from convert.encoders.embedder import measure_angles
from convert.encoders.folders import quieten_transformers, require_folder, require_new
from convert.encoders.report import Report, hash_files, whole_folder, write_report
from convert.encoders.translation import run_converter, share_of_equal
from convert.progress import Meter, Say, silent
from elara_local.errors import WrongFile

if TYPE_CHECKING:
    from numpy.typing import NDArray

TYPES = ("whisper",)
KEPT = ("tokenizer.json", "preprocessor_config.json", "tokenizer_config.json", "vocab.json",
        "generation_config.json")  # fmt: skip
RATE = 16_000  # samples a second, Whisper's own
SECONDS = 30
SOUNDS = 4
TOKENS = 24  # that are written of each sound
# A prompt without times: those would be chosen by rules, not by the scores alone.
PROMPT = ("<|startoftranscript|>", "<|en|>", "<|transcribe|>", "<|notimestamps|>")


def convert_speech(
    source: Path, out: Path, say: Say = silent, licence: str = "", command: str = ""
) -> Report:
    """Make the folder `out`, whole and proven or not at all; return its report.

    Raises:
        NotEqual: it does not hear what the source hears.
        WrongUse, WrongFile: the source can't be converted.
        Missing: torch or transformers is not installed.
    """
    require_folder(source, TYPES)
    require_new(out, source)
    quieten_transformers()
    with whole_folder(out) as scratch:
        say(f"making int8 of {source.name}")
        run_converter(source, scratch / "model", [n for n in KEPT if (source / n).is_file()])
        figures = compare(scratch / "model", Ear(source), say)
        report = Report(
            kind="speech",
            source=source.name,
            sources=hash_files(source, "*.safetensors"),
            files={},
            quantization="int8",
            reference="transformers, float32, greedy",
            figures=figures,
            measured_on=f"{SOUNDS} sounds of {SECONDS} s made by rule",
            licence=licence,
            command=command,
        )
        return write_report(report, scratch / "model")


class Ear:
    """The reference: transformers in float32."""

    def __init__(self, source: Path) -> None:
        import torch
        from transformers import AutoTokenizer, WhisperFeatureExtractor
        from transformers import WhisperForConditionalGeneration as Whisper

        only: dict[str, Any] = {"local_files_only": True}
        self._extract = WhisperFeatureExtractor.from_pretrained(source, **only)
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False, **only)
        self._model: Any = Whisper.from_pretrained(
            source, use_safetensors=True, dtype=torch.float32, **only
        ).eval()
        known = tokenizer.get_vocab()
        # A model of English alone has no mark of a language or of a task.
        self.prompt = [known[name] for name in PROMPT if name in known]
        if not self.prompt:
            raise WrongFile(f"{source.name} lacks the marks of Whisper.", "Choose another model.")
        self.end = int(self._model.config.eos_token_id)

    def extract(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mel spectrum of a sound, float32 (1, bands, moments)."""
        found = self._extract(sound, sampling_rate=RATE, return_tensors="np")
        return np.ascontiguousarray(found["input_features"], dtype=np.float32)

    def hear(self, features: NDArray[np.float32]) -> tuple[NDArray[np.float32], list[int]]:
        """Return the encoder's output, float32 (moments, d), and the tokens written greedily."""
        import torch

        written = list(self.prompt)
        with torch.inference_mode():
            encoded = self._model.get_encoder()(torch.from_numpy(features))
            while len(written) < len(self.prompt) + TOKENS:
                row = self._model(
                    encoder_outputs=encoded, decoder_input_ids=torch.tensor([written])
                ).logits[0, -1]
                written.append(int(row.argmax()))
                if written[-1] == self.end:
                    break
        heard: NDArray[np.float32] = encoded.last_hidden_state[0].numpy()
        return heard, [token for token in written[len(self.prompt) :] if token != self.end]


def compare(
    folder: Path, ear: Ear, say: Say = silent, arithmetic: str = "int8"
) -> Mapping[str, float]:
    """Let the model in `folder` hear the same sounds.

    cosine_mean, cosine_least   of the encoder's output, over all moments
    same_tokens                 share of next tokens that are the same after the same beginning
    """
    import ctranslate2

    model = ctranslate2.models.Whisper(str(folder), compute_type=arithmetic)
    meter = Meter("hearing sounds", SOUNDS, say, unit="sounds")
    made, expected, pairs = [], [], []
    for number in range(SOUNDS):
        features = ear.extract(make_sound(number))
        heard, tokens = ear.hear(features)
        encoded = model.encode(ctranslate2.StorageView.from_array(features), to_cpu=True)
        made.append(np.array(encoded, dtype=np.float32)[0])
        expected.append(heard)
        written = model.generate(
            encoded,
            [ear.prompt],
            beam_size=1,
            max_length=2 * (len(ear.prompt) + TOKENS),  # CTranslate2 writes half of it
            suppress_blank=False,
            suppress_tokens=[],
        )[0].sequences_ids[0]
        pairs.append(([t for t in written if t != ear.end][: len(tokens)], tokens))
        meter.add(1)
    angles = measure_angles(np.concatenate(made), np.concatenate(expected))
    return {**angles, "same_tokens": share_of_equal(pairs)}


def make_sound(number: int) -> NDArray[np.float32]:
    """Return SECONDS of sound at RATE: gliding harmonics in bursts, and noise; always the same."""
    random = np.random.default_rng(number)
    times = np.arange(RATE * SECONDS) / RATE
    pitch = 110 + 40 * number + 30 * np.sin(2 * np.pi * (0.4 + 0.1 * number) * times)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    voice = sum(np.sin(order * phase) / order for order in range(1, 12))
    bursts = np.clip(np.sin(2 * np.pi * (2.5 + number) * times) + 0.3, 0, 1)
    sound = 0.1 * voice * bursts + 0.01 * random.standard_normal(times.size)
    return np.asarray(sound, dtype=np.float32)
