"""Bounds are counted while bytes are read, whatever the headers say."""

import gzip
import zipfile

import pytest

from elara_local.errors import WrongFile
from index.documents import streams
from index.documents.streams import Archive, open_stream, read_whole


def test_a_gzip_bomb_is_refused_before_it_is_expanded(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"\x20" * (32 << 20)))
    count = 0
    with open_stream(path) as stream, pytest.raises(WrongFile, match="expands far more"):
        while part := stream.read(1 << 16):
            count += len(part)
    assert count < 12 << 20


def test_a_gzip_of_text_is_read(tmp_path):
    path = tmp_path / "a.gz"
    said = b"".join(b"%d mg\n" % number for number in range(300_000))
    path.write_bytes(gzip.compress(said))
    assert read_whole(path) == said


def test_a_cut_gzip_is_refused(tmp_path):
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(b"5 mg" * 1000)[:-8])
    with pytest.raises(WrongFile, match="broken"):
        read_whole(path)


def write_zip(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def test_a_member_that_lies_about_its_size_is_bounded(tmp_path):
    path = tmp_path / "a.zip"
    write_zip(path, {"a": b" " * (16 << 20)})
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = data.index(mark) + at
        data[place : place + 4] = (1000).to_bytes(4, "little")
    path.write_bytes(data)
    with Archive(path) as archive, pytest.raises(WrongFile):
        archive.read("a")


def test_members_are_bounded_together(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MOST_ARCHIVE", 150)
    path = tmp_path / "a.zip"
    write_zip(path, {"a": b"x" * 100, "b": b"y" * 100})
    with Archive(path) as archive:
        assert archive.read("a") == b"x" * 100
        with pytest.raises(WrongFile, match="too many bytes"):
            archive.read("b")


def test_too_many_members_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(streams, "MOST_MEMBERS", 3)
    path = tmp_path / "a.zip"
    write_zip(path, dict.fromkeys("abcd", b""))
    with pytest.raises(WrongFile, match="4 files"):
        Archive(path)


def test_an_encrypted_member_is_named_so(tmp_path):
    path = tmp_path / "a.zip"
    write_zip(path, {"a": b"x"})
    data = bytearray(path.read_bytes())
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    path.write_bytes(data)
    with Archive(path) as archive, pytest.raises(WrongFile, match="encrypted"):
        archive.read("a")
