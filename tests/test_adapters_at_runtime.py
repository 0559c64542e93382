"""Five roles on one base: each says what PEFT says, and none leaves a trace in the next."""

import gguf
import numpy as np
import pytest

from convert.adapter import write_adapter
from convert.merge import digest_files, merge
from elara_local.engines.chat.adapters import read_adapter
from elara_local.engines.chat.context import Context
from elara_local.engines.chat.header import read_header
from elara_local.engines.chat.llamacpp import LlamaCpp
from elara_local.engines.chat.trial import require_loadable
from elara_local.errors import ElaraError, Missing, WrongFile
from elara_local.ports import Limits, Message
from elara_local.roles import ROLE_IDS
from tests.adapters import train_adapter
from tests.tiny_gguf import write_tiny
from tests.tiny_models import TOKENS, compare, read_reference, save_model

pytest.importorskip("peft", reason="peft is not installed")
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")

PREFIX, QUESTION = list(TOKENS[:20]), list(TOKENS[20:])
SYSTEM = "You answer a {role}. Use the passages alone and say which."


@pytest.fixture(scope="module")
def roles(tmp_path_factory):
    """A base as GGUF, an adapter for each role, and what PEFT says with it."""
    folder = tmp_path_factory.mktemp("roles")
    model = save_model(folder / "base", "Llama")
    base = folder / "base.gguf"
    merge(folder / "base", None, base, "F32")
    said, files = {"": read_reference(model)[-1]}, {}
    for seed, role in enumerate(ROLE_IDS):
        wrapped = train_adapter(model, folder / role, seed=seed, use_rslora=seed == 2)
        said[role] = read_reference(wrapped)[-1]
        model = wrapped.unload()
        files[role] = folder / f"{role}.gguf"
        write_adapter(base, folder / role, files[role], "F32")
    assert np.array_equal(read_reference(model)[-1], said[""]), "the base came back"
    return base, files, said


@pytest.fixture
def context(roles):
    base, files, _ = roles
    context = Context(base, 256, threads=1, layers=0, adapters=files)
    yield context
    context.close()


def score(context, role, remember=False):
    """The scores after the prefix and the question of a role."""
    cached = context.reuse([*PREFIX, *QUESTION], role)
    if cached < len(PREFIX):
        context.evaluate(PREFIX[cached:])
        if remember:
            context.remember(role)
        cached = len(PREFIX)
    context.evaluate([*PREFIX, *QUESTION][cached:])
    return cached, context.scores().copy()


# What each role says


def test_each_role_says_what_peft_says_in_any_order(roles, context):
    _, _, said = roles
    for role in (*ROLE_IDS, "", *reversed(ROLE_IDS), "", ROLE_IDS[3]):
        error, top = compare(score(context, role)[1][None], said[role][None])
        assert error < 1e-5 and top == 1.0, role
    assert len({said[role].argmax() for role in said}) > 1, "the roles must differ"


def test_without_an_adapter_the_base_is_back_to_the_bit(roles, context):
    base, _, _ = roles
    bare = Context(base, 256, threads=1, layers=0)
    expected = score(bare, "")[1]
    bare.close()
    for role in ROLE_IDS:
        score(context, role)
        assert np.array_equal(score(context, "a role without one")[1], expected)


def test_a_cache_left_behind_would_change_the_answer(roles, context):
    """The switch without the drop: what another adapter evaluated answers for this one."""
    wrong, tops = 0.0, 0
    right = {role: score(context, role)[1] for role in ROLE_IDS}
    for before, role in zip(ROLE_IDS, (*ROLE_IDS[1:], ROLE_IDS[0]), strict=True):
        score(context, before)
        context._adapters.switch(role)
        context.reuse([*PREFIX, *QUESTION], role)  # already in force: nothing is dropped
        context.evaluate([*PREFIX, *QUESTION][len(context._cache) :])
        stale = context.scores().copy()
        wrong = max(wrong, compare(stale[None], right[role][None])[0])
        tops += stale.argmax() != right[role].argmax()
        score(context, "")
        assert np.array_equal(score(context, role)[1], right[role])
    assert wrong > 1e-3
    assert tops >= 1, "a stale prefix changes the best token of some role"


def test_a_role_that_comes_back_finds_its_own_beginning(roles, context):
    _, _, said = roles
    first = {role: score(context, role, remember=True) for role in ROLE_IDS}
    for role in (*ROLE_IDS, *reversed(ROLE_IDS[:-1])):
        cached, scores = score(context, role)
        assert cached >= len(PREFIX)
        assert np.array_equal(scores, first[role][1]), role
        assert compare(scores[None], said[role][None])[0] < 1e-5
    assert {role: cached for role, (cached, _) in first.items()} == dict.fromkeys(ROLE_IDS, 20)


def test_a_beginning_that_was_changed_is_not_taken(context):
    role, other = ROLE_IDS[0], [5, *PREFIX[1:], *QUESTION]
    score(context, role, remember=True)
    score(context, "")
    assert context.reuse(other, role) == 0


def test_after_a_switch_that_failed_nothing_old_is_reused(roles, context):
    """llama.cpp says no once: the next role, whichever it is, begins with an empty cache."""
    base, _, _ = roles
    bare = Context(base, 256, threads=1, layers=0)
    expected = score(bare, "")[1]
    bare.close()
    score(context, ROLE_IDS[0])
    llama = context._adapters._llama

    class Refusing:
        def __getattr__(self, name):
            return (lambda *_: 1) if name == "llama_set_adapters_lora" else getattr(llama, name)

    context._adapters._llama = Refusing()
    with pytest.raises(ElaraError, match="can't be used"):
        score(context, ROLE_IDS[1])
    context._adapters._llama = llama
    assert np.array_equal(score(context, "")[1], expected)


def test_opening_and_closing_many_times_is_no_harm(roles):
    base, files, _ = roles
    for _ in range(10):
        context = Context(base, 256, threads=1, layers=0, adapters=files)
        score(context, ROLE_IDS[1], remember=True)
        context.close()
        context.close()


# The engine


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """The engine on a tiny chat model with an adapter for two roles, and its files."""
    folder = tmp_path_factory.mktemp("engine")
    base = write_tiny(folder / "base.gguf", hidden=64)
    files = {role: folder / f"{role}.gguf" for role in ("patient", "emergency")}
    for seed, path in enumerate(files.values()):
        write_raw(path, base, seed=seed)
    engine = LlamaCpp(base, threads=1, context=512, gpu_layers=0, adapters=files)
    yield engine, base, files
    engine.close()


def write_raw(path, base, seed=0, pairs=None, tensors=None, architecture="llama"):
    """An adapter for the queries of the tiny model; `pairs` and `tensors` change what it says."""
    header = read_header(base)
    told = {
        "general.type": "adapter",
        "adapter.type": "lora",
        "adapter.lora.alpha": 0.0,
        "elara.base.sha256": digest_files((base,)),
        "elara.base.embedding_length": header.width,
        "elara.base.block_count": header.layers,
    }
    random = np.random.default_rng(seed)
    held = {
        "blk.0.attn_q.weight.lora_a": random.standard_normal((4, 64)).astype(np.float32),
        "blk.0.attn_q.weight.lora_b": random.standard_normal((64, 4)).astype(np.float32),
    }
    writer = gguf.GGUFWriter(str(path), architecture)
    for key, value in (told | (pairs or {})).items():
        if isinstance(value, str):
            writer.add_string(key, value)
        elif isinstance(value, float):
            writer.add_float32(key, value)
        elif value is not None:
            writer.add_uint32(key, value)
    for name, array in (held | (tensors or {})).items():
        if array is not None:
            writer.add_tensor(name, array)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def ask(engine, role, question="Is the child breathing fast?"):
    messages = [Message("system", SYSTEM.format(role=role)), Message("user", question)]
    tokens = list(engine.generate(messages, Limits(max_tokens=12, role=role)))
    return "".join(token.text for token in tokens), tokens[-1].usage


def test_the_engine_answers_each_role_as_an_engine_of_its_own_would(engine):
    shared, base, files = engine
    said = {role: ask(shared, role)[0] for role in ("patient", "student", "emergency")}
    assert len(set(said.values())) == 3
    for role in said:
        for question in ("Is the child breathing fast?", "Which dose for 12 kg?"):
            own = {role: files[role]} if role in files else {}
            alone = LlamaCpp(base, threads=1, context=512, gpu_layers=0, known=True, adapters=own)
            assert ask(shared, role, question)[0] == ask(alone, role, question)[0]
            alone.close()


def test_switching_back_evaluates_the_question_alone(engine):
    shared, *_ = engine
    fixed = len(shared._prepare([Message("system", SYSTEM.format(role="patient"))], ask=False))
    ask(shared, "patient")
    ask(shared, "emergency")
    usage = ask(shared, "patient", "Another question altogether")[1]
    assert fixed - 2 <= usage.cached_tokens <= fixed
    assert ask(shared, "patient", "Another question altogether")[1].cached_tokens > fixed


def test_what_is_kept_of_a_role_holds_nothing_of_a_question(engine):
    shared, *_ = engine
    ask(shared, "patient", "My daughter Amina has a fever.")
    ask(shared, "emergency")
    context = shared._context
    for role, state in context._adapters._states.items():
        text = b"".join(context.text_of(token, special=True) for token in state.tokens).decode()
        assert "Amina" not in text and "breathing" not in text
        assert role in text


def test_warming_is_for_the_role_that_is_warmed(engine):
    shared, *_ = engine
    ask(shared, "emergency")
    warmed = shared.warm([Message("system", SYSTEM.format(role="patient"))], "patient")
    assert ask(shared, "patient")[1].cached_tokens >= warmed.prompt_tokens - 2


# Adapters that do not fit

NAN = np.full((64, 4), np.nan, np.float32)
HUGE = np.full((64, 4), 1e30, np.float32)
WRONG = {
    "no adapter": ({"general.type": "model"}, {}, "general.type"),
    "no LoRA": ({"adapter.type": "control"}, {}, "adapter.type"),
    "another base": ({"elara.base.sha256": "0" * 64}, {}, "elara.base.sha256"),
    "no base named": ({"elara.base.sha256": None}, {}, "elara.base.sha256"),
    "another width": ({"elara.base.embedding_length": 576}, {}, "embedding_length"),
    "more blocks": ({"elara.base.block_count": 30}, {}, "block_count"),
    "a scale": ({"adapter.lora.alpha": 16.0}, {}, "alpha"),
    "a scale that is no number": ({"adapter.lora.alpha": float("nan")}, {}, "alpha"),
    "a scale that is a text": ({"adapter.lora.alpha": "0"}, {}, "alpha"),
    "no number": ({}, {"blk.0.attn_q.weight.lora_b": NAN}, "no number"),
    "half a pair": ({}, {"blk.0.attn_q.weight.lora_b": None}, "half"),
    "another shape": (
        {},
        {"blk.0.attn_q.weight.lora_b": np.zeros((32, 4), np.float32)},
        "shapes",
    ),
    "turned": ({}, {"blk.0.attn_q.weight.lora_b": np.zeros((4, 64), np.float32)}, "shapes"),
    "another rank": ({}, {"blk.0.attn_q.weight.lora_a": np.zeros((3, 64), np.float32)}, "shapes"),
    "a norm": (
        {},
        {
            "blk.0.attn_norm.weight.lora_a": np.zeros((4, 64), np.float32),
            "blk.0.attn_norm.weight.lora_b": np.zeros((64, 4), np.float32),
        },
        "attn_norm",
    ),
    "a norm as it is": ({}, {"blk.0.attn_norm.weight": np.zeros(64, np.float32)}, "attn_norm"),
    "a tensor the base lacks": (
        {},
        {
            "blk.9.attn_q.weight.lora_a": np.zeros((4, 64), np.float32),
            "blk.9.attn_q.weight.lora_b": np.zeros((64, 4), np.float32),
        },
        r"blk\.9",
    ),
    "the embedding": (
        {},
        {
            "token_embd.weight.lora_a": np.zeros((4, 64), np.float32),
            "token_embd.weight.lora_b": np.zeros((512, 4), np.float32),
        },
        "token_embd",
    ),
    "whole numbers": ({}, {"blk.0.attn_q.weight.lora_b": np.zeros((64, 4), np.int8)}, "F16"),
    "invoked": ({"adapter.alora.invocation_tokens": 7}, {}, "invoke"),
}


@pytest.mark.parametrize("case", WRONG)
def test_an_adapter_that_does_not_fit_is_refused_before_it_is_loaded(engine, tmp_path, case):
    _, base, _ = engine
    pairs, tensors, words = WRONG[case]
    path = write_raw(tmp_path / "odd.gguf", base, pairs=pairs, tensors=tensors)
    with pytest.raises(WrongFile, match=words) as caught:
        LlamaCpp(base, threads=1, context=256, adapters={"patient": path})
    assert "odd.gguf" in caught.value.message
    assert "convert adapter" in caught.value.hint


def test_files_that_are_not_there_cut_short_or_something_else(engine, tmp_path):
    _, base, files = engine
    sha256 = digest_files((base,))
    with pytest.raises(Missing, match=r"none\.gguf is not there"):
        read_adapter(tmp_path / "none.gguf", read_header(base), sha256)
    whole = files["patient"].read_bytes()
    for name, content in {
        "cut.gguf": whole[:-1],
        "cut.part": whole[:-40],
        "head.gguf": whole[:200],
        "page.gguf": b"<!doctype html>",
        "empty.gguf": b"",
        "base.gguf": base.read_bytes(),
    }.items():
        (tmp_path / name).write_bytes(content)
        with pytest.raises(WrongFile, match=name):
            read_adapter(tmp_path / name, read_header(base), sha256)
    other = write_raw(tmp_path / "gpt2.gguf", base, architecture="gpt2")
    with pytest.raises(WrongFile, match="general.architecture is 'gpt2', not 'llama'"):
        read_adapter(other, read_header(base), sha256)


def test_an_adapter_of_a_real_model_is_refused_on_another(engine, roles):
    _, tiny, _ = engine
    base, files, _ = roles
    with pytest.raises(WrongFile):
        LlamaCpp(tiny, threads=1, context=256, adapters={"patient": files["patient"]})
    assert len(read_adapter(files["patient"], read_header(base), digest_files((base,))).ranks) == 14


def test_an_adapter_may_name_what_its_base_was_made_of(engine, tmp_path):
    _, base, _ = engine
    path = write_raw(tmp_path / "role.gguf", base, pairs={"elara.base.sha256": "5" * 64})
    header, own = read_header(base), digest_files((base,))
    assert read_adapter(path, header, own, "5" * 64).ranks == {"blk.0.attn_q.weight": 4}
    for source in ("", "6" * 64):
        with pytest.raises(WrongFile, match=r"elara\.base\.sha256"):
            read_adapter(path, header, own, source)


def test_an_adapter_that_spoils_the_scores_is_found_in_the_child(engine, tmp_path):
    _, base, files = engine
    require_loadable(base, 0, tuple(files.values()))
    tensors = {"blk.0.attn_q.weight.lora_b": HUGE, "blk.0.attn_q.weight.lora_a": HUGE.T.copy()}
    path = write_raw(tmp_path / "huge.gguf", base, tensors=tensors)
    read_adapter(path, read_header(base), digest_files((base,)))
    with pytest.raises(WrongFile, match="scores are not numbers"):
        require_loadable(base, 0, (path,))
