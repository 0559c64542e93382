"""Other embedders than the starter's, by name: small real BERT models with random weights.

They prove the path (pooling, prefixes, 512 tokens, both kinds of tokenizer) against
sentence-transformers, and nothing about how well a model of the catalogue finds passages.
"""

import json

import numpy as np
import pytest

pytest.importorskip("sentence_transformers")
transformers = pytest.importorskip("transformers")

from elara_local.assemble import embedder_of, load_embedder  # noqa: E402
from elara_local.catalogue import find_installed, read_catalogue, verify  # noqa: E402
from elara_local.engines.embedding.conversion import CARD, Manner, convert_encoder  # noqa: E402
from elara_local.engines.embedding.ct2 import CTranslate2  # noqa: E402
from elara_local.errors import Missing, WrongFile  # noqa: E402
from elara_local.ports import for_queries  # noqa: E402
from elara_local.provision import add_model  # noqa: E402
from elara_local.settings import Settings  # noqa: E402
from index.slices import passage_words  # noqa: E402
from tests.hostile_files import GOOD_TEXT  # noqa: E402

WORDS = [
    *"give zinc artesunate mg kg daily for child infant fever the and not do of to".split(),
    *"0123456789abcdefghijklmnopqrstuvwxyz.,%/",
    *[f"##{c}" for c in "0123456789abcdefghijklmnopqrstuvwxyz"],
]
SENTENCES = [
    GOOD_TEXT.replace("\n", " "),
    "Give artesunate 3 mg/kg to a child of 20 kg.",
    "fever",
    "Is the infant's fever 39.5 or more, and not falling?",
    "give zinc daily " * 150,  # more than 256 tokens and fewer than 512
    "give zinc 20 mg daily " * 400,  # more than 512
]


def make_tokenizer(folder, kind):
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    if kind == "wordpiece":
        special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
        vocabulary = {word: n for n, word in enumerate(dict.fromkeys([*special, *WORDS]))}
        tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
        tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
        tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        begin, end = "[CLS]", "[SEP]"
    else:
        special = ["<s>", "<pad>", "</s>", "<unk>"]
        pieces = dict.fromkeys([*special, "▁", *(f"▁{w}" for w in WORDS[:16]), *WORDS[16:56]])
        scored = [(piece, 0.0 if n < 4 else -float(n)) for n, piece in enumerate(pieces)]
        tokenizer = Tokenizer(models.Unigram(scored, unk_id=3))
        tokenizer.normalizer = normalizers.Lowercase()
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
        begin, end = "<s>", "</s>"
    tokenizer.add_special_tokens(special)
    ids = [(name, tokenizer.token_to_id(name)) for name in (begin, end)]
    tokenizer.post_processor = processors.TemplateProcessing(f"{begin} $A {end}", None, ids)
    whole = transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=special[0] if kind == "wordpiece" else "<pad>",
        unk_token="[UNK]" if kind == "wordpiece" else "<unk>",
        cls_token=begin,
        sep_token=end,
        model_max_length=512,
    )
    whole.save_pretrained(folder)
    return tokenizer.get_vocab_size()


def make_model(folder, kind="wordpiece", spare=7):
    """A BERT of two layers as `save_pretrained` writes it; `spare` rows have no token."""
    import torch

    torch.manual_seed(7)
    rows = make_tokenizer(folder, kind) + spare
    config = transformers.BertConfig(
        vocab_size=rows,
        hidden_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=128,
        max_position_embeddings=512,
        initializer_range=0.2,  # so that texts differ as those of a trained model do
    )
    model = transformers.BertModel(config, add_pooling_layer=False).eval()
    model.save_pretrained(folder)
    return folder


def embed_with_sentence_transformers(folder, texts, pooling):
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules as models

    word = models.Transformer(str(folder), max_seq_length=512)
    pool = models.Pooling(64, pooling_mode={"first": "cls", "mean": "mean"}[pooling])
    model = SentenceTransformer(modules=[word, pool, models.Normalize()], device="cpu")
    return model.encode(texts, show_progress_bar=False)


@pytest.fixture(scope="module", params=["wordpiece", "unigram"])
def source(request, tmp_path_factory):
    return make_model(tmp_path_factory.mktemp("model"), request.param)


@pytest.mark.parametrize("pooling", ["first", "mean"])
@pytest.mark.parametrize(("quantization", "least"), [("float32", 0.9999), ("int8", 0.995)])
def test_agrees_with_sentence_transformers(source, tmp_path, pooling, quantization, least):
    convert_encoder(source, tmp_path / "encoder", Manner(pooling), quantization)
    ours = CTranslate2(tmp_path / "encoder", threads=2, compute_type=quantization)
    assert (ours.max_tokens, ours.dimension) == (512, 64)
    theirs = embed_with_sentence_transformers(source, SENTENCES, pooling)
    assert (ours.embed(SENTENCES) * theirs).sum(axis=1).min() > least


def test_the_two_poolings_differ(source, tmp_path):
    rows = []
    for pooling in ("first", "mean"):
        convert_encoder(source, tmp_path / pooling, Manner(pooling), "float32")
        rows.append(CTranslate2(tmp_path / pooling, 2, "float32").embed(SENTENCES))
    assert (rows[0] * rows[1]).sum(axis=1).max() < 0.995  # far below the agreement above


def test_prefixes_stand_before_questions_and_passages(source, tmp_path):
    convert_encoder(source, tmp_path / "plain", Manner("mean"))
    convert_encoder(source, tmp_path / "told", Manner("mean", "find the ", "of the "))
    plain, told = CTranslate2(tmp_path / "plain", 2), CTranslate2(tmp_path / "told", 2)
    assert np.array_equal(told.embed(["fever"]), plain.embed(["of the fever"]))
    assert np.array_equal(for_queries(told).embed(["fever"]), plain.embed(["find the fever"]))
    assert np.array_equal(for_queries(plain).embed(["fever"]), plain.embed(["fever"]))
    assert for_queries(told).embed([]).shape == (0, 64)


def test_an_embedder_that_makes_no_difference_takes_questions_itself():
    class Plain:
        def embed(self, texts):
            return np.zeros((len(texts), 3), dtype=np.float32)

    plain = Plain()
    assert for_queries(plain) is plain


@pytest.mark.parametrize(("cls", "mean", "pooling"), [(1, 0, "first"), (0, 1, "mean")])
def test_the_pooling_of_the_source_counts_and_must_not_be_contradicted(
    source, tmp_path, cls, mean, pooling
):
    import shutil

    copy = shutil.copytree(source, tmp_path / "source")
    (copy / "1_Pooling").mkdir()
    said = {"pooling_mode_cls_token": bool(cls), "pooling_mode_mean_tokens": bool(mean)}
    (copy / "1_Pooling" / "config.json").write_text(json.dumps(said), encoding="utf-8")
    convert_encoder(copy, tmp_path / "encoder")
    card = json.loads((tmp_path / "encoder" / CARD).read_text("utf-8"))
    assert card["pooling"] == pooling
    with pytest.raises(WrongFile, match="takes the pooling"):
        convert_encoder(copy, tmp_path / "other", Manner("mean" if cls else "first"))
    assert not (tmp_path / "other").exists()


def test_a_pooling_that_is_not_known_is_refused(source, tmp_path):
    convert_encoder(source, tmp_path / "encoder", Manner("max"))
    with pytest.raises(WrongFile, match="pooling 'max'"):
        CTranslate2(tmp_path / "encoder")


def test_a_card_of_before_means_the_mean(source, tmp_path):
    convert_encoder(source, tmp_path / "encoder", Manner("mean"))
    path = tmp_path / "encoder" / CARD
    card = json.loads(path.read_text("utf-8"))
    before = CTranslate2(tmp_path / "encoder", 2).embed(SENTENCES)
    for name in ("pooling", "query_prefix", "passage_prefix"):
        card.pop(name)
    path.write_text(json.dumps(card), encoding="utf-8")
    assert np.array_equal(CTranslate2(tmp_path / "encoder", 2).embed(SENTENCES), before)


@pytest.mark.parametrize("name", ["snowflake-arctic-embed-s", "multilingual-e5-small"])
def test_an_embedder_is_swapped_in_by_its_name_in_the_catalogue(tmp_path, user_folder, name):
    """The whole way a clinic takes, with small weights under the real name."""
    kind = "unigram" if "multilingual" in name else "wordpiece"
    fetched = make_model(tmp_path / "fetched", kind)
    folder = user_folder / "models"
    add_model(name, folder, fetched)
    add_model(f"{name}-int8", folder)
    entry = read_catalogue()[f"{name}-int8"]
    installed = find_installed([folder])[f"{name}-int8"]
    verify(installed)
    embedder, sha256 = load_embedder(Settings(home=user_folder), f"{name}-int8")
    assert embedder.max_tokens == 512
    card = json.loads((installed.folder / CARD).read_text("utf-8"))
    assert card["source_sha256"] == sha256
    assert (card["pooling"], card["query_prefix"]) == (entry.pooling, entry.query_prefix)
    asked, stored = for_queries(embedder).embed(["fever"]), embedder.embed(["fever"])
    assert not np.array_equal(asked, stored)

    class Opened:
        manifest = {"embedding_model": f"{name}-int8", "embedding_sha256": "0" * 64}

    with pytest.raises(WrongFile, match="built with another"):
        embedder_of(Opened(), Settings(home=user_folder))


def test_an_encoder_whose_source_is_not_here_says_what_to_bring(user_folder):
    with pytest.raises(Missing, match=r"bge-small-en-v1\.5 can't be fetched"):
        add_model("bge-small-en-v1.5-int8", user_folder / "models")


def test_without_a_graphics_card_cuda_is_one_clear_error(source, tmp_path):
    import ctranslate2

    if ctranslate2.get_cuda_device_count():
        pytest.skip("there is a graphics card")
    convert_encoder(source, tmp_path / "encoder")
    with pytest.raises(Missing, match="no graphics card"):
        CTranslate2(tmp_path / "encoder", device="cuda")


def test_a_model_that_reads_more_takes_longer_passages():
    assert passage_words(256) == 150
    assert passage_words(512) == 300
    assert passage_words(8192) == 300
    assert passage_words(128) == 75
    assert passage_words(16) == 40
