"""The waiting room takes what was uploaded here, and nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from elara_local.ui import waiting
from elara_local.ui.waiting import LONGEST_NAME, WaitingRoom, discard, tame_name


@pytest.fixture
def uploads(tmp_path):
    def make(name, text="words"):
        path = tmp_path / "uploads" / str(len(list(tmp_path.glob("uploads/*")))) / name
        path.parent.mkdir(parents=True)
        path.write_text(text)
        return str(path)

    return make


@pytest.fixture
def room(tmp_path):
    return WaitingRoom(tmp_path / "waiting")


def test_files_are_moved_and_two_of_one_name_stay_two(room, uploads, tmp_path):
    paths = [uploads("guide.pdf", "a"), uploads("guide.pdf", "b")]
    chosen = room.take("s", paths, set(paths))
    assert [p.name for p in chosen.files] == ["guide.pdf", "guide.pdf"]
    assert [p.read_text() for p in chosen.files] == ["a", "b"]
    assert all(p.is_relative_to(tmp_path / "waiting") for p in chosen.files)
    assert not list((tmp_path / "uploads").rglob("*.pdf"))


def test_a_path_that_no_upload_made_stays_where_it_is(room, uploads, tmp_path):
    own, secret, link = uploads("a.pdf"), tmp_path / "secret", tmp_path / "link"
    secret.write_text("key")
    link.symlink_to(secret)
    folder = str(tmp_path / "uploads")
    asked = [str(secret), "/etc/passwd", str(link), folder, own]
    chosen = room.take("s", asked, {own, str(link), folder})
    assert [p.name for p in chosen.files] == ["a.pdf"] and chosen.foreign == 4
    assert secret.read_text() == "key"


def test_too_many_are_left_out_and_removed(room, uploads, tmp_path, monkeypatch):
    monkeypatch.setattr(waiting, "MOST", 2)
    paths = [uploads(f"{n}.pdf") for n in range(3)]
    chosen = room.take("s", paths, set(paths))
    assert (len(chosen.files), chosen.too_many) == (2, 1)
    assert not list((tmp_path / "uploads").rglob("*.pdf"))


def test_what_a_page_chose_goes_with_the_page_alone(room, uploads, tmp_path):
    first, second = uploads("a.pdf"), uploads("b.pdf")
    room.take("../../one", [first], {first})
    room.take("two", [second], {second})
    room.forget("../../one")
    assert [p.name for p in (tmp_path / "waiting").rglob("*.pdf")] == ["b.pdf"]
    given_away = room.hand_over("two")
    assert room.peek("two") is None and given_away.files[0].is_file()
    room.forget("two")
    assert given_away.files[0].is_file()
    discard(given_away)
    assert not list((tmp_path / "waiting").rglob("*.pdf"))


@pytest.mark.parametrize(
    ("name", "tame"),
    [
        ("guide.pdf", "guide.pdf"),
        ("../../etc/passwd", "file.etcpasswd"),
        ("..", "file"),
        ("", "file"),
        (".pdf", "file.pdf"),
        ("a\x00b.pdf", "ab.pdf"),
        ("Protocole palu été 2026.pdf", "Protocole palu été 2026.pdf"),
        ("c:\\windows\\win.ini", "cwindowswin.ini"),
        ("gpj.\u202efdp", "gpj.fdp"),
    ],
)
def test_names_lead_nowhere_else(name, tame):
    assert tame_name(name) == tame


@given(st.text(max_size=400))
def test_any_name_can_stand_in_a_folder(name):
    tame = tame_name(name)
    assert tame and tame not in (".", "..") and not set(tame) & set('/\\\0<>:"|?*')
    assert len(tame.encode("utf-8")) <= LONGEST_NAME and tame.isprintable()
