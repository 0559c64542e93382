"""The int8 encoder against sentence-transformers, on real sentences and on odd ones."""

import gzip
import importlib.util
import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from elara_local.engines.embedding.conversion import CARD, convert_encoder
from elara_local.engines.embedding.ct2 import CTranslate2
from elara_local.engines.embedding.tensors import read_tensors
from elara_local.errors import Missing, WrongFile

REPOSITORY = Path(__file__).resolve().parent.parent
SOURCE = REPOSITORY / "models" / "all-minilm-l6-v2"
MEDQUAD = REPOSITORY.parent / "shared" / "data" / "medquad" / "medquad_answered.jsonl.gz"
SENTENCES = [
    "Give artesunate 3 mg/kg per dose to a child who weighs less than 20 kg.",
    "A respiratory rate of 50 or more at 2 to 11 months means fast breathing.",
    "Do not give aspirin to a child with a viral fever.",
    "Crystalloid 20 ml/kg is given over 15 to 30 minutes and the child is looked at again.",
    "Blood pressure of 160/110 or above in pregnancy is treated within the hour.",
    "The dressing is changed every second day.",
    "Adrenaline 0.5 mg of 1 in 1,000 goes into the outer thigh.",
    "Is the snake bite swollen above the elbow?",
    "Metformin is stopped before contrast is given when the eGFR is below 30.",
    "Neck stiffness, a bulging fontanelle and a rash that does not fade need antibiotics now.",
    "Zinc 20 mg daily for 10 to 14 days shortens diarrhoea.",
    "She has felt sad and slept badly since her husband died in March.",
    "Rabies vaccine after a bite is given on days 0, 3, 7 and 14.",
    "Oxygen is started when the saturation is under 90 %.",
    "No dose of warfarin is safe without a recent INR.",
    "Vitamin A is given on day 1 and day 2 of measles.",
    "Le paludisme grave demande de l'artésunate par voie intraveineuse.",
    "Sickle cell pain that doesn't yield to paracetamol needs morphine.",
    "Wash the burn with cool running water for twenty minutes.",
    "TB contacts under five years are offered preventive treatment.",
]

pytestmark = pytest.mark.skipif(
    not (SOURCE / "model.safetensors").is_file(),
    reason="models/all-minilm-l6-v2 is not installed",
)
with_reference = pytest.mark.skipif(
    importlib.util.find_spec("sentence_transformers") is None,
    reason="sentence-transformers is not installed (field laptop)",
)


@pytest.fixture(scope="session")
def encoder_folder(tmp_path_factory):
    target = tmp_path_factory.mktemp("encoder") / "minilm int8"
    convert_encoder(SOURCE, target)
    return target


@pytest.fixture(scope="session")
def embedder(encoder_folder):
    return CTranslate2(encoder_folder, threads=2)


@pytest.fixture(scope="session")
def reference():
    from elara_local.engines.embedding.reference import SentenceTransformers

    return SentenceTransformers(SOURCE)


def read_medquad(count):
    """The first sentence of answers taken evenly from the whole file."""
    if not MEDQUAD.is_file():
        pytest.skip("../shared/data/medquad is not there")
    with gzip.open(MEDQUAD, "rt", encoding="utf-8") as file:
        answers = [json.loads(line)["answer"] for line in file]
    firsts = dict.fromkeys(a.split(". ")[0][:400] for a in answers[:: len(answers) // (2 * count)])
    return list(firsts)[:count]


@with_reference
def test_agrees_with_sentence_transformers_on_our_sentences(embedder, reference):
    cosines = (embedder.embed(SENTENCES) * reference.embed(SENTENCES)).sum(axis=1)
    assert cosines.min() >= 0.995


@with_reference
def test_agrees_with_sentence_transformers_on_200_real_sentences(embedder, reference):
    sentences = read_medquad(200)
    assert len(sentences) == 200
    cosines = (embedder.embed(sentences) * reference.embed(sentences)).sum(axis=1)
    assert cosines.min() >= 0.995


@with_reference
def test_computing_in_float32_agrees_on_each_of_200_sentences(encoder_folder, reference):
    """The same int8 file, widened when loaded: slower, and closer."""
    sentences = read_medquad(200)
    exact = CTranslate2(encoder_folder, threads=2, compute_type="float32")
    cosines = (exact.embed(sentences) * reference.embed(sentences)).sum(axis=1)
    assert cosines.min() >= 0.998


@with_reference
def test_ranks_like_sentence_transformers(embedder, reference):
    ours, theirs = embedder.embed(SENTENCES), reference.embed(SENTENCES)
    assert np.abs(ours @ ours.T - theirs @ theirs.T).max() < 0.03


def test_odd_texts_give_finite_unit_rows(embedder):
    odd = [
        "",
        " ",
        "😀👩🏽‍⚕️",
        "\x00\x07",
        "\ud800",
        "مرحبا بالعالم",
        "ሰላም",
        "a" * 500,
        "fever " * 50_000,
    ]
    vectors = embedder.embed(odd)
    assert vectors.shape == (len(odd), 384)
    assert vectors.dtype == np.float32
    assert np.isfinite(vectors).all()
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_nothing_gives_an_empty_table(embedder):
    assert embedder.embed([]).shape == (0, 384)


def test_a_text_is_cut_at_256_tokens(embedder):
    at_limit, beyond = "fever " * 254, "fever " * 254 + "snake bite"
    one, other = embedder.embed([at_limit]), embedder.embed([beyond])
    assert np.array_equal(one, other)


def test_the_order_given_is_the_order_returned(embedder):
    texts = [SENTENCES[0], "short", SENTENCES[3] * 4, SENTENCES[1]]
    together = embedder.embed(texts)
    alone = np.concatenate([embedder.embed([text]) for text in texts])
    assert (together * alone).sum(axis=1).min() > 0.999


def test_the_same_texts_give_the_same_bytes(embedder, encoder_folder):
    texts = SENTENCES * 12
    again = CTranslate2(encoder_folder, threads=2)
    assert embedder.embed(texts).tobytes() == again.embed(texts).tobytes()


def test_the_card_names_what_it_was_made_from(encoder_folder):
    import hashlib

    card = json.loads((encoder_folder / CARD).read_text(encoding="utf-8"))
    digest = hashlib.sha256((SOURCE / "model.safetensors").read_bytes()).hexdigest()
    assert (card["source_sha256"], card["quantization"]) == (digest, "int8")
    assert (card["dimension"], card["max_tokens"]) == (384, 256)
    assert not encoder_folder.with_name(encoder_folder.name + ".part").exists()


def test_converting_again_replaces_the_folder(tmp_path):
    target = tmp_path / "encoder"
    target.mkdir()
    (target / "left over").write_text("x", encoding="utf-8")
    convert_encoder(SOURCE, target)
    assert not (target / "left over").exists()
    assert (target / "model.bin").is_file()


@pytest.mark.parametrize("damage", ["cut", "text", "nan", "missing", "not bert"])
def test_a_damaged_source_is_refused_and_leaves_nothing(tmp_path, damage):
    source, target = tmp_path / "source", tmp_path / "encoder"
    shutil.copytree(SOURCE, source)
    model = source / "model.safetensors"
    if damage == "cut":
        model.write_bytes(model.read_bytes()[:5_000_000])
    elif damage == "text":
        model.write_text("<html>not found</html>", encoding="utf-8")
    elif damage == "nan":
        data = bytearray(model.read_bytes())
        data[-400:-396] = b"\x00\x00\xc0\x7f"
        model.write_bytes(data)
    elif damage == "missing":
        (source / "tokenizer.json").unlink()
    else:
        (source / "config.json").write_text('{"model_type": "gpt2"}', encoding="utf-8")
    with pytest.raises(WrongFile) as caught:
        convert_encoder(source, target)
    assert caught.value.hint
    assert list(tmp_path.iterdir()) == [source]


def test_an_absent_or_broken_encoder_is_one_clear_error(tmp_path, encoder_folder):
    with pytest.raises(Missing, match="not there"):
        CTranslate2(tmp_path / "nowhere")
    for name in ("model.bin", "tokenizer.json", CARD):
        broken = tmp_path / name.replace(".", "-")
        shutil.copytree(encoder_folder, broken)
        (broken / name).write_text("not what it should be", encoding="utf-8")
        with pytest.raises(WrongFile):
            CTranslate2(broken)


def test_brain_floats_are_widened_exactly(tmp_path):
    values = np.array([1.5, -2.0, 0.0, 1e30], dtype=np.float32)
    short = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    header = json.dumps({"t": {"dtype": "BF16", "shape": [2, 2], "data_offsets": [0, 8]}}).encode()
    file = tmp_path / "m.safetensors"
    file.write_bytes(len(header).to_bytes(8, "little") + header + short)
    expected = ((values.view(np.uint32) >> 16) << 16).view(np.float32).reshape(2, 2)
    assert np.array_equal(read_tensors(file)["t"], expected)
