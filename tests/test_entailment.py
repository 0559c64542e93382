"""The entailment engine against transformers: three kinds of classifier, and wrong folders.

The models are made here, small and trained for seconds; they show the path, not a quality.
"""

import json

import numpy as np
import pytest

transformers = pytest.importorskip("transformers")
torch = pytest.importorskip("torch")

from elara_local.assemble import load_entailment  # noqa: E402
from elara_local.engines.embedding.conversion import CARD  # noqa: E402
from elara_local.engines.entailment.conversion import HEAD, convert_classifier  # noqa: E402
from elara_local.engines.entailment.ct2 import CTranslate2Entailment  # noqa: E402
from elara_local.errors import Missing, WrongFile  # noqa: E402
from elara_local.provision import add_model, provision  # noqa: E402
from elara_local.settings import Settings  # noqa: E402

LABELS = ["contradiction", "entailment", "neutral"]  # the order of the cross-encoders
DRUGS = ["amoxicillin", "artesunate", "zinc", "diazepam", "aspirin", "ibuprofen"]
GROUPS = ["children", "adults", "newborns", "pregnant women"]
PAIRS = [
    pair
    for drug in DRUGS
    for group in GROUPS
    for pair in (
        (f"Give {drug} to {group}.", f"{group} receive {drug}.", "entailment"),
        (f"Give {drug} to {group}.", f"Do not give {drug} to {group}.", "contradiction"),
        (f"Do not give {drug} to {group}.", f"Give {drug} to {group}.", "contradiction"),
        (f"Do not give {drug} to {group}.", f"{group} must not receive {drug}.", "entailment"),
        (f"Give {drug} to {group}.", f"{drug} causes rash in {group}.", "neutral"),
    )
]
TEXTS = [(premise, claim) for premise, claim, _ in PAIRS[:20]]


def make_tokenizer(folder, kind):
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers

    roberta = kind == "roberta"
    special = ["<s>", "<pad>", "</s>", "<unk>"] if roberta else ["[PAD]", "[UNK]", "[CLS]", "[SEP]"]
    tokenizer = Tokenizer(models.WordLevel(unk_token=special[3 if roberta else 1]))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    trainer = trainers.WordLevelTrainer(special_tokens=special)
    tokenizer.train_from_iterator([text for a, b, _ in PAIRS for text in (a, b)], trainer)
    if roberta:
        tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    else:
        tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    tokenizer.save(str(folder / "tokenizer.json"))
    return tokenizer


def make_config(kind, rows, labels):
    names = {"id2label": dict(enumerate(labels)), "label2id": {n: i for i, n in enumerate(labels)}}
    if kind == "distilbert":
        return transformers.DistilBertConfig(
            vocab_size=rows, dim=64, n_layers=2, n_heads=4, hidden_dim=128,
            max_position_embeddings=64, **names,
        )  # fmt: skip
    made = {"bert": transformers.BertConfig, "roberta": transformers.RobertaConfig}[kind]
    return made(
        vocab_size=rows, hidden_size=64, num_hidden_layers=2, num_attention_heads=4,
        intermediate_size=128, max_position_embeddings=66, pad_token_id=int(kind == "roberta"),
        type_vocab_size=1 if kind == "roberta" else 2, **names,
    )  # fmt: skip


def encode(tokenizer, pairs, padding):
    tokenizer.enable_padding(pad_id=padding)
    read = tokenizer.encode_batch(list(pairs))
    tokenizer.no_padding()
    return {
        "input_ids": torch.tensor([e.ids for e in read]),
        "attention_mask": torch.tensor([e.attention_mask for e in read]),
        "token_type_ids": torch.tensor([e.type_ids for e in read]),
    }


def judge_with_transformers(folder, tokenizer, pairs):
    model = transformers.AutoModelForSequenceClassification.from_pretrained(folder).eval()
    inputs = encode(tokenizer, pairs, model.config.pad_token_id)
    if model.config.model_type != "bert":
        inputs.pop("token_type_ids")
    with torch.no_grad():
        return model(**inputs).logits.numpy()


def make_model(folder, kind, labels=LABELS, steps=0):
    torch.manual_seed(7)
    tokenizer = make_tokenizer(folder, kind)
    config = make_config(kind, tokenizer.get_vocab_size(), labels)
    model = transformers.AutoModelForSequenceClassification.from_config(config)
    if not steps:  # far from zero, so that two implementations could differ
        for weight in model.parameters():
            torch.nn.init.normal_(weight, std=0.2)
    inputs = encode(tokenizer, [(a, b) for a, b, _ in PAIRS], config.pad_token_id)
    if kind != "bert":
        inputs.pop("token_type_ids")
    wanted = torch.tensor([labels.index(label) for _, _, label in PAIRS])
    learner = torch.optim.Adam(model.parameters(), lr=1e-3)
    model.train()
    for _ in range(steps):
        learner.zero_grad()
        model(**inputs, labels=wanted).loss.backward()
        learner.step()
    model.eval().save_pretrained(folder)
    return tokenizer


def change_config(folder, **values):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | values), "utf-8")


@pytest.fixture(scope="module", params=["bert", "roberta", "distilbert"])
def source(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    return folder, make_model(folder, request.param)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    make_model(folder, "roberta", steps=120)
    return folder


def test_logits_are_those_of_transformers(source, tmp_path):
    folder, tokenizer = source
    convert_classifier(folder, tmp_path / "nli", "float32")
    ours = CTranslate2Entailment(tmp_path / "nli", 1, "float32").logits(TEXTS)
    theirs = judge_with_transformers(folder, tokenizer, TEXTS)
    assert np.abs(theirs).max() > 0.1
    assert np.abs(ours - theirs).max() < 1e-4


def test_a_row_is_entailed_neutral_contradicted_and_sums_to_one(trained, tmp_path):
    convert_classifier(trained, tmp_path / "nli", "float32")
    engine = CTranslate2Entailment(tmp_path / "nli", 1, "float32")
    rows = engine.judge([(a, b) for a, b, _ in PAIRS])
    assert rows.shape == (len(PAIRS), 3)
    assert rows.dtype == np.float32
    assert np.allclose(rows.sum(axis=1), 1, atol=1e-5)
    order = ["entailment", "neutral", "contradiction"]
    right = [
        order[int(row.argmax())] == label for row, (_, _, label) in zip(rows, PAIRS, strict=True)
    ]
    assert np.mean(right) > 0.95
    assert engine.judge([]).shape == (0, 3)


def test_the_order_of_the_labels_is_read_from_the_model(tmp_path):
    rows = []
    for number, labels in enumerate((LABELS, ["ENTAILMENT", "NEUTRAL", "CONTRADICTION"])):
        folder = tmp_path / f"source{number}"
        folder.mkdir()
        make_model(folder, "bert")  # the same weights, so column 0 means another thing
        change_config(folder, id2label=dict(enumerate(labels)))
        convert_classifier(folder, tmp_path / f"nli{number}", "float32")
        rows.append(CTranslate2Entailment(tmp_path / f"nli{number}", 1, "float32").judge(TEXTS))
    assert np.allclose(rows[0][:, [2, 0, 1]], rows[1], atol=1e-6)
    assert not np.allclose(rows[0], rows[1], atol=1e-3)


def test_int8_is_near_float32(trained, tmp_path):
    rows = []
    for kind in ("float32", "int8"):
        convert_classifier(trained, tmp_path / kind, kind)
        rows.append(CTranslate2Entailment(tmp_path / kind, 1, kind).judge(TEXTS))
    assert (rows[0].argmax(axis=1) == rows[1].argmax(axis=1)).mean() >= 0.95


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"model_type": "gpt2"}, "not a classifier of sentence pairs"),
        ({"architectures": ["RobertaModel"]}, "not a classifier of sentence pairs"),
        ({"id2label": {"0": "LABEL_0", "1": "LABEL_1", "2": "LABEL_2"}}, "can't be known"),
        ({"id2label": {"0": "entailment", "1": "not_entailment"}}, "can't be known"),
        ({"hidden_act": "swish"}, "activation 'swish'"),
        ({"num_hidden_layers": 3}, "has no tensor"),
    ],
)
def test_a_wrong_folder_is_refused_in_clear_words(trained, tmp_path, values, says):
    import shutil

    folder = shutil.copytree(trained, tmp_path / "source")
    change_config(folder, **values)
    with pytest.raises(WrongFile, match=says):
        convert_classifier(folder, tmp_path / "nli")
    assert not (tmp_path / "nli").exists()
    assert not (tmp_path / "nli.part").exists()


def test_a_damaged_model_is_refused(trained, tmp_path):
    convert_classifier(trained, tmp_path / "nli")
    card = tmp_path / "nli" / CARD
    whole = card.read_text("utf-8")
    card.write_text(json.dumps(json.loads(whole) | {"order": [0, 0, 1]}), "utf-8")
    with pytest.raises(WrongFile, match="not an entailment model"):
        CTranslate2Entailment(tmp_path / "nli")
    card.write_text(whole, "utf-8")
    (tmp_path / "nli" / HEAD).write_bytes(b"PK")
    with pytest.raises(WrongFile, match="not an entailment model"):
        CTranslate2Entailment(tmp_path / "nli")
    with pytest.raises(Missing):
        CTranslate2Entailment(tmp_path / "nothing")


def test_a_folder_that_a_person_brings_becomes_the_engine(trained, tmp_path):
    settings = Settings(home=tmp_path)
    folder = settings.model_folders[0]
    assert load_entailment(settings) is None
    add_model("nli-minilm2-l6-h768", folder, trained)
    assert load_entailment(settings) is None  # the weights alone are no engine
    provision("nli-minilm2-l6-h768-int8", folder)
    engine = load_entailment(settings)
    assert engine.judge(TEXTS).shape == (len(TEXTS), 3)
