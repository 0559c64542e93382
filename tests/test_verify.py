"""`convert verify` on real tiny models: what passes, what does not, and what is left behind."""

import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import gguf
import numpy as np
import pytest

pytest.importorskip("torch")
pytest.importorskip("peft")

from convert.__main__ import main
from convert.proving import golden, opening
from convert.proving.model_file import fingerprint, read_model_file
from convert.proving.opening import Source
from convert.proving.registering import NotProven, prove_and_place
from convert.proving.verify import prove as measure
from elara_local.errors import Missing, WrongFile, WrongUse
from elara_local.proofs import find_faults, proof_path, read_proof, require_proof
from elara_local.weights import digest
from tests.tiny_folder import gather, turn, write_adapter, write_folder
from tests.tiny_gguf import MARKERS, make_weights, write_tiny

ROOT = Path(__file__).resolve().parent.parent
TYPES = gguf.GGMLQuantizationType


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("proof")


@pytest.fixture(scope="module")
def weights():
    return make_weights()


@pytest.fixture(scope="module")
def folder(place, weights):
    return write_folder(place / "base", weights)


@pytest.fixture(scope="module")
def exact(place, weights):
    return write_tiny(place / "exact.gguf", weights, kind=TYPES.F32)


@pytest.fixture(scope="module")
def adapted(place, folder, weights):
    """An adapter, and the merged weights as PEFT makes them."""
    adapter, state = write_adapter(place / "role", folder)
    return adapter, gather(state, weights)


@pytest.fixture(autouse=True)
def few_questions(request, monkeypatch):
    """Two golden questions are enough where the test is of something else."""
    if "all_ten" not in request.fixturenames:
        monkeypatch.setattr(golden, "TEN", 2)


@pytest.fixture
def all_ten():
    """Ask all ten golden questions."""


def prove(model, source):
    """In one thread: the machine of a test is busy with others."""
    return measure(model, source, threads=1)


def names(faults):
    return {fault.partition(" ")[0] for fault in faults}


@pytest.mark.usefixtures("all_ten")
def test_a_right_conversion_passes_and_has_its_report(folder, weights, tmp_path, capsys):
    model = write_tiny(tmp_path / "right.gguf", weights)
    assert main(["verify", str(folder), str(model), "--licence", "MIT", "--threads", "1"]) == 0
    assert "Proven." in capsys.readouterr().out
    proof = require_proof(model)
    assert (proof.quantization, proof.architecture, proof.licence) == ("F16", "llama", "MIT")
    assert proof.sha256 == digest(model) and proof.base_sha256 == fingerprint(folder)
    assert proof.command == "convert verify base right.gguf"
    assert proof.figures["kl"] < 1e-6 and proof.figures["nmse"] < 1e-5
    assert proof.figures["tokens"] >= 512 and len(proof.answers) == 10
    assert "transformers" in proof.versions and proof.template_sha256


def test_float32_is_the_same_model(folder, exact):
    figures = prove(exact, Source(folder)).figures
    assert figures["nmse"] < 1e-10 and figures["kl"] < 1e-10
    assert figures["golden"] == figures["token_parity"] == figures["top_token"] == 1.0


@pytest.mark.parametrize("fault", ["2 %", "permuted twice", "two tensors exchanged", "one row"])
def test_one_wrong_tensor_is_found(exact, weights, tmp_path, capsys, fault):
    wrong = dict(weights)
    if fault == "2 %":
        wrong["blk.1.attn_v.weight"] = weights["blk.1.attn_v.weight"] * np.float32(1.02)
    elif fault == "permuted twice":
        wrong["blk.1.attn_q.weight"] = turn(weights["blk.1.attn_q.weight"])
    elif fault == "one row":
        wrong["blk.0.ffn_down.weight"] = weights["blk.0.ffn_down.weight"].copy()
        wrong["blk.0.ffn_down.weight"][17] = 0
    else:
        for one, other in (("up", "gate"), ("gate", "up")):
            wrong[f"blk.0.ffn_{one}.weight"] = weights[f"blk.0.ffn_{other}.weight"]
    model = write_tiny(tmp_path / "wrong.gguf", wrong)
    assert main(["verify", str(exact), str(model), "--json", "--threads", "1"]) == 1
    record = json.loads(capsys.readouterr().out)
    assert {"kl", "nmse"} <= names(record["faults"])
    assert record["proof"]["figures"]["token_parity"] == 1.0
    with pytest.raises(WrongFile, match="was not proven"):
        require_proof(model)


def test_a_wrong_chat_template_is_found(folder, weights, tmp_path):
    other = "{% for m in messages %}{{ m['role'] }}: {{ m['content'] }}\n{% endfor %}"
    model = write_tiny(tmp_path / "wrong.gguf", weights, template=other)
    proof = prove(model, Source(folder))
    assert "template_parity" in names(find_faults(proof))
    assert any("conversation" in note for note in proof.notes)


def test_a_chat_marker_that_is_an_ordinary_word_is_found(folder, weights, tmp_path):
    model = write_tiny(tmp_path / "wrong.gguf", weights)
    reader = gguf.GGUFReader(str(model), "r+")
    types = reader.get_field("tokenizer.ggml.token_type")
    for number, word in enumerate(reader.get_field("tokenizer.ggml.tokens").contents()):
        if word in MARKERS:
            types.parts[types.data[number]][0] = gguf.TokenType.NORMAL
    del reader, types
    assert "token_parity" in names(find_faults(prove(model, Source(folder))))


def test_an_adapter_must_be_in(folder, weights, adapted, tmp_path):
    adapter, merged = adapted
    model = write_tiny(tmp_path / "merged.gguf", merged)
    proof = prove(model, Source(folder, adapter))
    assert find_faults(proof) == [] and proof.figures["adapter_in"] > 1_000
    assert (proof.adapter, proof.adapter_sha256) == ("role", fingerprint(adapter))
    half = {name: (weights[name] + merged[name]) / 2 for name in weights}
    for wrong in (weights, half):
        found = prove(write_tiny(tmp_path / "wrong.gguf", wrong), Source(folder, adapter))
        assert {"adapter_in", "kl", "nmse"} <= names(find_faults(found))


def test_a_rounded_file_without_its_adapter_is_found(folder, weights, adapted, tmp_path):
    adapter, merged = adapted
    right = write_tiny(tmp_path / "right.gguf", merged, kind=TYPES.Q8_0)
    proof = prove(right, Source(folder, adapter))
    assert names(find_faults(proof)) <= {"top_token"} and proof.figures["adapter_in"] > 2
    wrong = write_tiny(tmp_path / "wrong.gguf", weights, kind=TYPES.Q8_0)
    found = prove(wrong, Source(folder, adapter))
    assert "adapter_in" in names(find_faults(found)) and found.figures["adapter_in"] < 1


@pytest.mark.parametrize("workshop", [True, False], ids=["peft", "llama.cpp"])
def test_a_gguf_base_with_an_adapter(weights, adapted, tmp_path, monkeypatch, workshop):
    """With torch through transformers and PEFT; without, llama.cpp puts the adapter on."""
    adapter, merged = adapted
    if not workshop:
        monkeypatch.setattr(opening, "NEEDED", ("no_such_package_of_ours",))
    base = write_tiny(tmp_path / "base.gguf", weights, kind=TYPES.F32)
    model = write_tiny(tmp_path / "merged.gguf", merged)
    proof = prove(model, Source(base, adapter))
    assert find_faults(proof) == [] and proof.figures["kl"] < 1e-6
    assert ("PEFT" in proof.reference) is workshop
    assert {path.name for path in tmp_path.glob("*.*")} == {"base.gguf", "merged.gguf"}
    assert "adapter_in" in names(find_faults(prove(base, Source(base, adapter))))


def test_a_rounded_reference_and_another_vocabulary_are_refused(exact, weights, tmp_path):
    rounded = write_tiny(tmp_path / "rounded.gguf", weights, kind=TYPES.Q8_0)
    with pytest.raises(WrongUse, match="Q8_0; a reference must be one of F32, F16, BF16"):
        prove(exact, Source(rounded))
    assert names(find_faults(prove(rounded, Source(exact)))) <= {"top_token"}


def test_a_file_alone_is_checked_by_itself(exact, tmp_path, capsys):
    model = tmp_path / "found.gguf"
    shutil.copyfile(exact, model)
    assert main(["verify", str(model), "--threads", "1"]) == 0
    assert "as published" in capsys.readouterr().out
    assert set(require_proof(model).figures) == {
        "token_parity", "template_parity", "golden", "loaded",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nowhere.gguf"], 3, "not there"),
        (["a", "b", "c"], 2, "3 files"),
        (["page.gguf"], 3, "web page"),
        (["short.gguf"], 3, "cut short"),
        (["mute.gguf"], 3, "template"),
        (["pickled", "whole.gguf"], 3, "no safetensors"),
        (["whole.gguf", "whole.gguf", "--adapter", "empty"], 3, "adapter_model.safetensors"),
    ],
)
def test_what_can_not_be_verified_says_why(
    exact, tmp_path, monkeypatch, capsys, arguments, code, said
):
    monkeypatch.chdir(tmp_path)
    Path("page.gguf").write_text("<html>404</html>", encoding="utf-8")
    Path("short.gguf").write_bytes(exact.read_bytes()[:-100])
    shutil.copyfile(exact, "whole.gguf")
    write_tiny("mute.gguf", template="")
    for name in ("empty", "pickled"):
        Path(name).mkdir()
    Path("pickled", "pytorch_model.bin").write_bytes(b"\x80\x04cos\nsystem\n.")
    assert main(["verify", *arguments]) == code
    told = capsys.readouterr().err
    assert said in told and "Traceback" not in told
    assert not list(tmp_path.glob("*.json"))


def test_the_kind_is_what_the_weights_are(tmp_path):
    for name, said, stored, expected in (
        ("lie", gguf.LlamaFileType.MOSTLY_Q2_K, TYPES.F16, "F16"),
        ("boast", gguf.LlamaFileType.MOSTLY_F16, TYPES.Q4_0, "Q4_0"),
        ("right", gguf.LlamaFileType.MOSTLY_Q4_K_M, TYPES.Q5_0, "Q4_K_M"),
        ("strange", 9_999, TYPES.Q8_0, "Q8_0"),
    ):
        writer = gguf.GGUFWriter(str(tmp_path / f"{name}.gguf"), "llama")
        writer.add_file_type(said)
        data = gguf.quants.quantize(np.ones((8, 64), np.float32), stored)
        writer.add_tensor("blk.0.attn_q.weight", data, raw_dtype=stored)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        assert read_model_file(tmp_path / f"{name}.gguf").quantization == expected
    with pytest.raises(Missing):
        read_model_file(tmp_path / "none.gguf")


@pytest.mark.usefixtures("all_ten")
def test_the_text_and_the_questions_are_clinical_and_many():
    asked = golden.read_golden()
    assert len(asked) == 10 == len({one.question for one in asked})
    assert all("[1]" in one.messages[1].content for one in asked)
    assert sum(len(text) for text in golden.read_texts()) > 15_000


def test_a_proven_file_comes_under_its_name_with_its_report(exact, weights, tmp_path):
    part = write_tiny(tmp_path / "out.gguf.part", weights)
    out = tmp_path / "out.gguf"
    proof = prove_and_place(part, out, Source(exact), threads=1)
    assert require_proof(out) == proof and proof.file == "out.gguf"
    assert {p.name for p in tmp_path.glob("out*")} == {"out.gguf", "out.json"}


def test_what_did_not_pass_leaves_what_was_there(exact, weights, tmp_path):
    out = tmp_path / "out.gguf"
    proven = prove_and_place(
        write_tiny(tmp_path / "a.part", weights), out, Source(exact), threads=1
    )
    wrong = write_tiny(tmp_path / "b.part", make_weights(seed=8))
    with pytest.raises(NotProven, match="kl is") as caught:
        prove_and_place(wrong, out, Source(exact), threads=1)
    assert caught.value.exit_code == 1 and require_proof(out) == proven
    assert {p.name for p in tmp_path.glob("*.*")} == {"out.gguf", "out.json"}


CHILD = """
import os, signal, sys
from pathlib import Path
from convert.proving.opening import Source
from convert.proving.registering import prove_and_place
part, out, source = map(Path, sys.argv[1:4])
def say(line):
    if line.startswith(sys.argv[4]):
        os.kill(os.getpid(), signal.SIGKILL)
prove_and_place(part, out, Source(source), 1, say)
"""


@pytest.mark.parametrize("moment", ["reading the reference", "golden question 3"])
def test_a_proof_that_is_killed_leaves_nothing_that_is_used(exact, weights, tmp_path, moment):
    part, out = write_tiny(tmp_path / "out.gguf.part", weights), tmp_path / "out.gguf"
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(part), str(out), str(exact), moment],
        cwd=ROOT,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert not out.exists() and not proof_path(out).exists()
    with pytest.raises(Missing):
        read_proof(tmp_path / "out.part.gguf")
