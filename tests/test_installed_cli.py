"""What is installed, what is missing and what is never loaded, from the command line."""

import os
import re
import shutil
import subprocess
import sys

import pytest

from elara_local.catalogue import write_card
from tests.commands import ROOT, Program, copy_repository, require_contract
from tests.conftest import installed_model

DOSE = "child 15 kg severe malaria artesunate dose?"


@pytest.fixture(scope="module")
def elara(tmp_path_factory):
    return Program(tmp_path_factory.mktemp("cli") / "home")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    """A copy of the repository whose models were never installed."""
    folder = tmp_path_factory.mktemp("bare")
    return Program(folder / "home", copy_repository(folder / "repository"))


@pytest.fixture
def embedding():
    """Asking needs the embedding model that built the index."""
    installed_model("all-minilm-l6-v2-int8")


@pytest.fixture
def chat():
    """Writing needs the chat model and its engine."""
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed")
    installed_model("smollm2-135m-instruct")


# What is installed


def test_models_list(elara):
    done = elara.run("models", "list", "--json")
    models = {model["id"]: model for model in done.record["models"]}
    assert done.code == 0 and {"smollm2-135m-instruct", "all-minilm-l6-v2"} <= set(models)
    assert all(model["licence"] and model["source"] for model in models.values())
    said = elara.run("models", "list").out
    assert all(name in said for name in models)


def test_models_verify(elara, embedding):
    done = elara.run("models", "verify", "--json")
    assert done.code == 0
    assert all(check["passed"] for check in done.record["checks"])


def test_models_that_can_not_be_added_or_removed(elara, tmp_path):
    fake = tmp_path / "fake.gguf"
    fake.write_bytes(b"<!doctype html><title>404</title>")
    for arguments in (
        ["add", "no-such-model"],
        ["add", "qwen3-4b-instruct-2507"],
        ["add", "mine", fake, "--json"],
        ["add", "mine", "--from", tmp_path / "nowhere.gguf"],
        ["remove", "no-such-model", "--json"],
    ):
        done = elara.run("models", *arguments)
        assert done.code == 3 and len(done.err.strip()) > 20
    assert not (elara.home / "models" / "mine").exists()


def test_a_model_that_was_changed_is_found(bare, tmp_path, embedding):
    """One byte of the real model is turned after its sums were recorded."""
    installed = installed_model("all-minilm-l6-v2-int8")
    folder = tmp_path / "home" / "models" / installed.folder.name
    shutil.copytree(installed.folder, folder)
    write_card(installed.model, folder)
    elara = Program(tmp_path / "home", bare.root)
    assert elara.run("models", "verify", "--json").record["checks"][0]["passed"] is True
    weights = folder / "model.bin"
    content = bytearray(weights.read_bytes())
    content[-1000] ^= 1
    weights.write_bytes(content)
    done = elara.run("models", "verify", "--json")
    assert done.code == 1
    assert list(done.record["checks"][0]) == ["id", "passed", "reason"]
    assert "model.bin" in done.record["checks"][0]["reason"]


def test_doctor(elara, embedding, chat):
    done = elara.run("doctor", "--json")
    parts = {part["name"]: part for part in done.record["parts"]}
    assert list(done.record) == ["ready", "parts"]
    assert {"python", "packages", "index", "embedding", "chat", "offline guard"} <= set(parts)
    assert done.code == (0 if done.record["ready"] else 3)
    assert all(part["todo"] for part in parts.values() if part["state"] != "ok")
    assert parts["index"]["state"] == parts["embedding"]["state"] == "ok"


def test_index_check_and_build(tmp_path, embedding):
    index = Program(tmp_path / "home", module="index")
    done = index.run("check")
    assert done.code == 0 and re.match(r"\d+ topics, \d+ bullets", done.out)
    topics = tmp_path / "topics"
    topics.mkdir()
    for source in sorted((ROOT / "index" / "handbook").glob("*.md"))[:2]:
        (topics / source.name).write_bytes(source.read_bytes())
    built = index.run("build", "--from", topics, "--to", tmp_path / "built")
    assert built.code == 0 and "passages of 2 documents" in built.out
    found = Program(tmp_path / "home").run("search", "fever", ELARA_INDEX=tmp_path / "built")
    assert found.code == 0 and found.out
    (topics / "broken.md").write_text("no front matter", encoding="utf-8")
    assert index.run("check", "--from", topics).code in (1, 2, 3)


# Something is missing


@pytest.mark.parametrize("verb", ["ask", "search"])
def test_without_an_index(elara, tmp_path, verb):
    done = elara.run(verb, "fever", "--json", ELARA_INDEX=tmp_path)
    assert done.code == 3
    assert str(tmp_path) in done.record["error"] and "index build" in done.record["hint"]


def test_doctor_without_an_index(elara, tmp_path):
    done = elara.run("doctor", "--json", ELARA_INDEX=tmp_path)
    part = next(part for part in done.record["parts"] if part["name"] == "index")
    assert done.code == 3 and part["state"] == "missing" and "index build" in part["todo"]


@pytest.mark.parametrize("verb", ["ask", "search"])
def test_without_models(bare, verb):
    done = bare.run(verb, "fever", "--json")
    assert done.code == 3 and "models prepare" in done.record["hint"]


def test_without_models_the_rules_still_work(bare):
    assert bare.run("screen", "chest pain", "--json").record["level"] == "emergency"
    listed = bare.run("models", "list", "--json").record["models"]
    assert listed and not any(model["installed"] for model in listed)
    doctor = bare.run("doctor", "--json")
    states = {part["name"]: part["state"] for part in doctor.record["parts"]}
    assert doctor.code == 3
    assert states["embedding"] == states["chat"] == "missing" and states["index"] == "ok"


def test_without_a_chat_model_quotes_are_given(bare, embedding, tmp_path):
    home = tmp_path / "home"
    (home / "models").mkdir(parents=True)
    source = installed_model("all-minilm-l6-v2-int8").folder
    (home / "models" / source.name).symlink_to(source, target_is_directory=True)
    alone = Program(home, bare.root)
    answer = alone.run("ask", DOSE, "--json").record
    assert answer["status"] == "quoted" and answer["provenance"]["chat_model"] == ""
    assert alone.run("ask", DOSE, "--generator", "llama.cpp").code in (2, 3)


@pytest.mark.parametrize(
    "content",
    [b"this is [not toml", b"colour = 'red'", b"port = 'many'", b"\xff\xfe\x00", b"port = []"],
)
def test_broken_settings(tmp_path, content):
    (tmp_path / "settings.toml").write_bytes(content)
    for arguments in (["screen", "fever"], ["doctor"], ["models", "list"]):
        done = Program(tmp_path).run(*arguments)
        assert done.code == 2 and done.out == ""
        assert "settings.toml" in done.err


@pytest.mark.parametrize("port", ["99999", "-5"])
def test_a_port_that_is_none(elara, embedding, port):
    done = elara.run("serve", "--no-browser", "--port", port)
    assert done.code in (1, 2, 3) and done.err.strip()


def test_a_number_of_threads_that_is_none(elara, embedding):
    done = elara.run("ask", "fever", ELARA_THREADS="-5")
    assert done.code in (1, 2, 3) and done.err.strip()


def test_a_home_that_can_not_be_written(tmp_path, embedding):
    """A file stands where the folder should be: unwritable even for an administrator."""
    (tmp_path / "file").write_bytes(b"")
    elara = Program(tmp_path / "file" / "home")
    assert elara.run("ask", DOSE).code == 0
    assert elara.run("search", "fever").code == 0
    assert elara.run("doctor").code in (0, 3)
    opened = elara.run("serve", "--no-browser", "--port", "0")
    assert opened.code == 3 and str(tmp_path) in opened.err and "ELARA_HOME" in opened.err


def test_a_reader_that_goes_away_is_no_error(elara, tmp_path):
    """As with `| head -1`: the pipe is closed before the batch is through."""
    file = tmp_path / "many.jsonl"
    file.write_text('{"text": "chest pain"}\n' * 3000, encoding="utf-8")
    environment = {**os.environ, "ELARA_HOME": str(elara.home)}
    with subprocess.Popen(
        [sys.executable, "-m", "elara_local", "screen", "--batch", str(file)],
        cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        process.wait(60)
    assert b"Traceback" not in said and b"Exception ignored" not in said


# What is never loaded

LIGHT = """
import sys
from elara_local.cli import main
code = main(sys.argv[1:])
heavy = {"torch", "transformers", "sentence_transformers", "gradio"} & set(sys.modules)
print("heavy:", sorted(heavy), file=sys.stderr)
sys.exit(code)
"""


@pytest.fixture
def light(elara, tmp_path):
    """The program, which says at its end what it has loaded."""
    (tmp_path / "light.py").write_text(LIGHT, encoding="utf-8")
    program = Program(elara.home, module="light")
    path = os.pathsep.join((str(ROOT), str(tmp_path)))
    return lambda *arguments: program.run(*arguments, PYTHONPATH=path)


@pytest.mark.parametrize("arguments", [["ask", DOSE], ["search", "fever"], ["screen", "fever"]])
def test_the_field_laptop_loads_no_torch(light, embedding, arguments):
    done = light(*arguments)
    assert done.code == 0 and done.err == "heavy: []\n"


def test_the_model_shows_only_checked_sentences_and_loads_no_torch(light, embedding, chat):
    done = light("ask", DOSE, "--generator", "llama.cpp", "--json")
    require_contract(done.record)
    assert done.code == 0 and done.err == "heavy: []\n"
    assert done.record["provenance"]["chat_model"].startswith("smollm2")
    assert done.record["sentences"]
    assert {s["support"] for s in done.record["sentences"]} <= {"quoted", "supported"}
