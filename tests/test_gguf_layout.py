"""Headers of GGUF files, made byte by byte: what is read, and what is refused and why."""

import struct

import pytest

from elara_local.gguf_layout import Damaged, Items, Tensor, read_layout
from tests.test_weights import gguf, string

PAIR = string("a.key") + struct.pack("<II", 4, 7)


def tensor(name="t", shape=(8,), kind=0, offset=0):
    packed = struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)
    return string(name) + packed


def file(tensors=(), pairs=(), version=3, spare=0):
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs))
    head += b"".join(pairs) + b"".join(tensors)
    return head + bytes(-len(head) % 32 + 256 + spare)


def read(tmp_path, content, **options):
    (tmp_path / "m.gguf").write_bytes(content)
    return read_layout(tmp_path / "m.gguf", **options)


def test_pairs_and_tensors_are_read(tmp_path):
    layout = read(tmp_path, gguf())
    assert layout.pairs["general.architecture"] == "llama"
    assert layout.pairs["a.float"] == 0.5 and layout.pairs["a.bool"] is True
    assert layout.pairs["a.list"] == Items(4, 3, (1, 2, 3))
    assert layout.pairs["a.words"] == Items(8, 2, (), 2)
    assert layout.kinds["a.list"] == 9
    start = layout.tensors["first"].start
    assert start % 32 == 0
    assert layout.tensors["first"] == Tensor((8,), 0, start, 32)
    assert layout.tensors["second"] == Tensor((4, 2), 0, start + 32, 32)
    assert layout.end == layout.size == start + 64


def test_read_whole_it_keeps_texts(tmp_path):
    assert read(tmp_path, gguf(), whole=True).pairs["a.words"].values == ("x", "yz")


def test_texts_that_stand_twice_are_counted(tmp_path):
    texts = [string(text) for text in ("x", "y", "x", "", "")]
    pair = string("a.words") + struct.pack("<IIQ", 9, 8, len(texts)) + b"".join(texts)
    assert read(tmp_path, file(pairs=[pair])).pairs["a.words"].distinct == 4


def test_an_end_beyond_the_file_is_told_not_refused(tmp_path):
    layout = read(tmp_path, file([tensor(shape=(4096,))]))
    assert layout.end > layout.size


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"GGML" + bytes(64), "letters GGUF"),
        (file(version=1), "version 1"),
        (file(version=0x03000000), "version"),
        (b"GGUF" + struct.pack("<IQQ", 3, 1 << 60, 0), "count"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 1), "ends inside"),
        (file(pairs=[PAIR, PAIR]), "key 'a.key' twice"),
        (file(pairs=[string("a") + struct.pack("<I", 13)]), "a value of type 13"),
        (file(pairs=[string("a") + struct.pack("<IIQ", 9, 9, 1)]), "a value of type 9"),
        (file(pairs=[string("a") + struct.pack("<IIQ", 9, 4, 1 << 40)]), "count"),
        (file(pairs=[string("a") + struct.pack("<IQ", 8, 1 << 40)]), "count"),
        (file(pairs=[string("general.alignment") + struct.pack("<II", 4, 24)]), "alignment of 24"),
        (file(pairs=[string("general.alignment") + struct.pack("<II", 4, 0)]), "alignment of 0"),
        (file(pairs=[string("general.alignment") + struct.pack("<IB", 7, 1)]), "no number"),
        (file([tensor(name="")]), "name of 0 bytes"),
        (file([tensor(name="t" * 64)]), "name of 64 bytes"),
        (file([tensor(shape=())]), "0 dimensions"),
        (file([tensor(shape=(1, 1, 1, 1, 1))]), "5 dimensions"),
        (file([tensor(shape=(0, 8))]), "shape"),
        (file([tensor(shape=(1 << 62, 1 << 62))]), "shape"),
        (file([tensor(kind=99)]), "unknown type 99"),
        (file([tensor(shape=(40,), kind=2)]), "rows of 40 in blocks of 32"),
        (file([tensor("a"), tensor("a", offset=32)]), "tensor 'a' twice"),
        (file([tensor("a"), tensor("b", offset=0)]), "'b' lies at 0, not at 32"),
        (file([tensor("a"), tensor("b", offset=64)]), "'b' lies at 64, not at 32"),
        (file([tensor("a"), tensor("b", offset=33)]), "'b' lies at 33, not at 32"),
        (file([tensor("a", offset=32), tensor("b")]), "'a' lies at 32, not at 0"),
        (file([tensor("a", offset=1 << 63)]), "lies at"),
    ],
)
def test_a_header_that_makes_no_sense_is_refused(tmp_path, content, words):
    with pytest.raises(Damaged, match=words):
        read(tmp_path, content)


def test_names_that_are_no_text_are_refused(tmp_path):
    with pytest.raises(Damaged):
        read(tmp_path, file(pairs=[struct.pack("<Q", 2) + b"\xff\xfe" + struct.pack("<II", 4, 7)]))
