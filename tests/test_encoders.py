"""Models for CTranslate2: made of real folders of tiny models, proven or not kept."""

import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from convert.__main__ import main
from convert.encoders import report as reports
from convert.encoders import speech
from convert.encoders.embedder import INDEPENDENT, SAME_MAPPING, convert_embedder, measure_angles
from convert.encoders.report import (
    LEAST,
    REPORT,
    NotEqual,
    Report,
    find_faults,
    require_report,
    whole_folder,
)
from convert.encoders.speech import convert_speech, make_sound
from convert.encoders.translation import (
    Tongue,
    compare,
    convert_translation,
    run_converter,
    share_of_equal,
)
from elara_local.errors import ElaraError, Missing, WrongFile, WrongUse
from tests.tiny_sequence import WORDS, write_marian, write_whisper

REPOSITORY = Path(__file__).resolve().parent.parent
MINILM = REPOSITORY / "models" / "all-minilm-l6-v2"

workshop = pytest.mark.skipif(
    importlib.util.find_spec("transformers") is None, reason="transformers is not installed"
)
with_minilm = pytest.mark.skipif(
    not (MINILM / "model.safetensors").is_file(), reason="all-minilm-l6-v2 is not installed"
)


@pytest.fixture(scope="module")
def marian(tmp_path_factory):
    return write_marian(tmp_path_factory.mktemp("marian") / "tiny-marian")


@pytest.fixture(scope="module")
def whisper(tmp_path_factory):
    return write_whisper(tmp_path_factory.mktemp("whisper") / "tiny-whisper")


@workshop
def test_a_translation_model_is_made_and_proven(marian, tmp_path):
    out = tmp_path / "made"
    report = convert_translation(marian, out, WORDS)
    assert report.figures["chrf"] == report.figures["numbers"] == 1
    assert {"model.bin", "source.spm", "target.spm"} <= set(report.files)
    assert require_report(out) == report
    assert list(tmp_path.iterdir()) == [out]
    import ctranslate2

    model = ctranslate2.Translator(str(out), compute_type="int8")
    assert model.translate_batch([["▁G", "ive", "</s>"]])[0].hypotheses[0]


@workshop
def test_a_translation_model_of_other_weights_has_faults(marian, tmp_path):
    """What int8 may lose is allowed; what is lost in a model gone wrong is not."""
    other = write_marian(tmp_path / "other", seed=11, steps=20)
    run_converter(other, tmp_path / "made", ["source.spm"])
    tongue = Tongue(marian, ("", ""))
    figures = compare(tmp_path / "made", tongue, [tongue.translate(text) for text in WORDS])
    faults = find_faults(Report("translation", "s", {}, {}, "int8", "r", figures, "m"))
    assert {fault.partition(" ")[0] for fault in faults} >= {"chrf", "same_tokens", "likelihood"}


@workshop
def test_a_translation_model_outside_a_limit_is_not_kept(marian, tmp_path, monkeypatch):
    monkeypatch.setitem(LEAST["translation"], "chrf", 1.5)
    out = tmp_path / "made"
    out.mkdir()
    (out / "before.txt").write_text("what stood here")
    with pytest.raises(NotEqual, match=r"not equal to it: chrf is 1, at least 1\.5"):
        convert_translation(marian, out, WORDS)
    assert [path.name for path in out.iterdir()] == ["before.txt"]
    assert list(tmp_path.iterdir()) == [out]


@workshop
def test_a_speech_model_is_made_and_proven(whisper, tmp_path):
    out = tmp_path / "made"
    report = convert_speech(whisper, out)
    assert report.figures["cosine_least"] > 0.99
    assert {"model.bin", "tokenizer.json", "preprocessor_config.json"} <= set(report.files)
    assert require_report(out) == report
    assert list(tmp_path.iterdir()) == [out]


@workshop
def test_a_speech_model_of_other_weights_has_faults(whisper, tmp_path):
    other = write_whisper(tmp_path / "other", seed=12)
    run_converter(other, tmp_path / "made", [])
    figures = speech.compare(tmp_path / "made", speech.Ear(whisper))
    faults = find_faults(Report("speech", "s", {}, {}, "int8", "r", figures, "m"))
    assert len(faults) == len(LEAST["speech"])


@with_minilm
def test_an_embedder_is_made_by_its_verb_and_installs_nothing_else(tmp_path, capsys):
    out = tmp_path / "made"
    assert main(["embedder", str(MINILM), "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["figures"]["cosine_least"] >= 0.98 and said["measured_on"] == "200 texts"
    independent = importlib.util.find_spec("sentence_transformers") is not None
    assert said["reference"] == (INDEPENDENT if independent else SAME_MAPPING)
    assert require_report(out).command == "convert embedder all-minilm-l6-v2 --out made"


@with_minilm
def test_an_embedder_outside_a_limit_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setitem(LEAST["embedding"], "cosine_least", 0.99999)
    with pytest.raises(NotEqual, match=r"cosine_least is 0\.99"):
        convert_embedder(MINILM, tmp_path / "made", ["fever", "snake bite"])
    assert not list(tmp_path.iterdir())


@with_minilm
def test_an_altered_folder_is_refused(tmp_path):
    out = tmp_path / "made"
    convert_embedder(MINILM, out, ["Give 3 mg/kg.", "fever of 39.5"])
    card = out / "elara.json"
    whole = card.read_bytes()
    card.write_bytes(whole.replace(b'"mean"', b'"first"'))
    with pytest.raises(WrongFile, match="altered after"):
        require_report(out)
    card.write_bytes(whole)
    require_report(out)
    (out / "more.txt").write_text("more")
    with pytest.raises(WrongFile, match="altered after"):
        require_report(out)
    (out / "more.txt").unlink()
    record = json.loads((out / REPORT).read_text())
    record["figures"]["cosine_least"] = 0.5
    (out / REPORT).write_text(json.dumps(record))
    with pytest.raises(WrongFile, match=r"not proven: cosine_least is 0\.5"):
        require_report(out)
    (out / REPORT).write_text("{}")
    with pytest.raises(WrongFile, match="is no report"):
        require_report(out)
    (out / REPORT).unlink()
    with pytest.raises(Missing, match="has no report"):
        require_report(out)


def test_what_can_hold_code_or_is_of_another_type_is_refused(tmp_path):
    source, out = tmp_path / "source", tmp_path / "made"
    source.mkdir()

    def write(config, **files):
        for path in source.iterdir():
            path.unlink()
        (source / "config.json").write_text(json.dumps(config))
        for name, content in files.items():
            (source / name.replace("__", ".")).write_bytes(content)

    cases = (
        ({"model_type": "t5"}, {}, WrongUse, "of the type 't5'"),
        ({"model_type": "marian"}, {"pytorch_model__bin": b"x"}, WrongFile, "no safetensors"),
        ({"model_type": "marian", "auto_map": {}}, {}, WrongFile, "code of its own"),
        (
            {"model_type": "marian"},
            {"tokenizer_config__json": b'{"auto_map": {}}'},
            WrongFile,
            "code of its own",
        ),
        ({"model_type": "marian"}, {"model__safetensors": b"{}"}, WrongFile, "can't be used"),
        ([], {}, WrongFile, "not an object"),
    )
    for config, files, error, words in cases:
        write(config, **files)
        with pytest.raises(error, match=words):
            convert_translation(source, out, WORDS)
    with pytest.raises(WrongFile, match="is no folder"):
        convert_speech(tmp_path / "absent", out)
    assert not out.exists()


@workshop
def test_languages_are_for_models_of_many_and_the_source_is_not_written_on(marian, tmp_path):
    with pytest.raises(WrongUse, match="--from and --into"):
        convert_translation(marian, tmp_path / "made", WORDS, ("en", "fr"))
    with pytest.raises(WrongUse, match="can't be written"):
        convert_translation(marian, marian / "made", WORDS)
    with pytest.raises(ElaraError, match="no text"):
        convert_translation(marian, tmp_path / "made", [])
    assert not list(tmp_path.iterdir())


def test_a_figure_that_lacks_or_is_no_number_is_a_fault():
    for kind, limits in LEAST.items():
        bare = Report(kind, "s", {}, {}, "int8", "r", {}, "m")
        assert len(find_faults(bare)) == len(limits) + len(reports.MOST.get(kind, {}))
        odd = Report(kind, "s", {}, {}, "int8", "r", dict.fromkeys(limits, float("nan")), "m")
        assert len(find_faults(odd)) == len(find_faults(bare))
    assert find_faults(Report("drawing", "s", {}, {}, "int8", "r", {}, "m"))


def test_a_folder_is_whole_or_absent(tmp_path):
    out = tmp_path / "made"
    with pytest.raises(KeyboardInterrupt), whole_folder(out) as scratch:
        (scratch / "model").mkdir()
        raise KeyboardInterrupt
    assert not list(tmp_path.iterdir())
    for word in ("first", "second"):
        with whole_folder(out) as scratch:
            (scratch / "model").mkdir()
            (scratch / "model" / word).touch()
        assert [path.name for path in out.iterdir()] == [word]
    assert list(tmp_path.iterdir()) == [out]
    shutil.rmtree(out)


def test_tokens_are_compared_up_to_the_first_other_one():
    assert share_of_equal([([1, 2, 3], [1, 2, 3]), ([], [])]) == 1
    assert share_of_equal([([1, 2, 9, 3], [1, 2, 3, 3])]) == pytest.approx(2 / 3)
    assert share_of_equal([([1, 2], [1, 2, 3])]) == pytest.approx(2 / 3)
    assert share_of_equal([([9], [1])]) == 0
    assert share_of_equal([]) == 1


def test_angles_and_sounds_are_what_they_say():
    rows = np.array([[1, 0], [3, 4]], dtype=np.float32)
    figures = measure_angles(rows, np.array([[2, 0], [4, 3]], dtype=np.float32))
    assert figures["cosine_least"] == pytest.approx(0.96)
    assert figures["cosine_mean"] == pytest.approx(0.98)
    one, other = make_sound(0), make_sound(1)
    assert one.shape == (480_000,) and np.array_equal(one, make_sound(0))
    assert np.abs(one).max() < 1 and not np.array_equal(one, other)
