"""A chat model is made in a process of its own; what fails there is said in one line."""

import pytest

from elara_local import deriving
from elara_local.deriving import run_convert
from elara_local.errors import Missing


def test_an_adapter_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Missing, match="'nobody' is not in"):
        run_convert(
            "merge", tmp_path / "b.gguf", "nobody", tmp_path / "o.gguf", (), lambda line: None
        )


def test_what_the_other_process_refuses_is_told_here(tmp_path, monkeypatch):
    adapter = tmp_path / "adapters" / "ours"
    adapter.mkdir(parents=True)
    (adapter / "adapter_config.json").write_text("{}")
    (tmp_path / "base.gguf").write_bytes(b"no GGUF at all")
    monkeypatch.setattr(deriving, "ADAPTERS", tmp_path / "adapters")
    out = tmp_path / "made" / "o.gguf"
    with pytest.raises(Missing, match=r"o\.gguf could not be made: .*base\.gguf"):
        run_convert("merge", tmp_path / "base.gguf", "ours", out, (), lambda line: None)
    assert list(out.parent.glob("*.gguf")) == []
