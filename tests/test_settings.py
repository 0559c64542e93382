"""Settings: defaults, file, environment, flags; what can't be used is refused in one line."""

import pytest

from elara_local.errors import WrongUse
from elara_local.settings import read_settings, save_setting


def read(folder, environment=None, **flags):
    return read_settings(flags, {"ELARA_HOME": str(folder), **(environment or {})})


def test_later_ones_win(tmp_path):
    assert read(tmp_path).port == 7861
    (tmp_path / "settings.toml").write_text('port = 7000\nrole = "student"', encoding="utf-8")
    assert (read(tmp_path).port, read(tmp_path).role) == (7000, "student")
    assert read(tmp_path, {"ELARA_PORT": "7001"}).port == 7001
    assert read(tmp_path, {"ELARA_PORT": "7001"}, port=7002).port == 7002
    assert read(tmp_path, port=None).port == 7000


def test_the_users_folder_is_whole_and_first(tmp_path):
    settings = read(tmp_path / "a b")
    assert settings.home.is_absolute() and settings.model_folders[0].parent == settings.home
    assert settings.temp.parent == settings.home


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "99999"),
        ("port", "-1"),
        ("port", "many"),
        ("threads", "-5"),
        ("context", "3"),
        ("gpu_layers", "-2"),
        ("language", "zz"),
        ("role", "wizard"),
        ("theme", "pink"),
    ],
)
def test_a_value_that_no_part_could_use_is_refused(tmp_path, name, value):
    with pytest.raises(WrongUse, match=name) as caught:
        read(tmp_path, {f"ELARA_{name.upper()}": value})
    assert caught.value.hint


@pytest.mark.parametrize("text", ["port = ", "\x00", 'prot = 1\n[x]\ny = "z"'])
def test_a_broken_file_is_refused_by_name(tmp_path, text):
    (tmp_path / "settings.toml").write_text(text, encoding="utf-8")
    with pytest.raises(WrongUse, match=r"settings\.toml"):
        read(tmp_path)


def test_one_setting_is_written_and_the_rest_of_the_file_stays(tmp_path):
    path = tmp_path / "settings.toml"
    save_setting(tmp_path, "chat_model", "first")
    path.write_text("# ours\nthreads = 2  # of four\n" + path.read_text())
    save_setting(tmp_path, "chat_model", "second")
    assert path.read_text().startswith("# ours\nthreads = 2  # of four\n")
    settings = read_settings(environment={"ELARA_HOME": str(tmp_path)})
    assert (settings.threads, settings.chat_model) == (2, "second")


def test_a_setting_that_is_none_or_a_broken_file_is_refused_and_nothing_is_written(tmp_path):
    with pytest.raises(WrongUse, match="not a setting"):
        save_setting(tmp_path, "colour", "red")
    path = tmp_path / "settings.toml"
    path.write_text("threads = = 2\n")
    with pytest.raises(WrongUse, match="can't be read"):
        save_setting(tmp_path, "chat_model", "x")
    assert path.read_text() == "threads = = 2\n"
