"""Model files that are not what they should be, made byte by byte."""

import json
import random
import struct

import pytest

from elara_local.weights import digest, find_fault


def string(text):
    raw = text.encode()
    return struct.pack("<Q", len(raw)) + raw


def gguf(version=3, alignment=32, cut=0):
    """Two F32 tensors of 8 values, with every kind of key the format has."""
    pairs = [
        string("general.architecture") + struct.pack("<I", 8) + string("llama"),
        string("general.alignment") + struct.pack("<II", 4, alignment),
        string("a.float") + struct.pack("<If", 6, 0.5),
        string("a.list") + struct.pack("<IIQ", 9, 4, 3) + struct.pack("<3I", 1, 2, 3),
        string("a.words") + struct.pack("<IIQ", 9, 8, 2) + string("x") + string("yz"),
        string("a.bool") + struct.pack("<IB", 7, 1),
    ]
    tensors = [
        string("first") + struct.pack("<IQIQ", 1, 8, 0, 0),
        string("second") + struct.pack("<IQQIQ", 2, 4, 2, 0, alignment),
    ]
    head = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(pairs))
    head += b"".join(pairs) + b"".join(tensors)
    head += b"\0" * (-len(head) % alignment)
    whole = head + b"\1" * alignment + b"\2" * 32
    return whole[: len(whole) - cut]


def safetensors(spare=0, cut=0):
    header = json.dumps({"w": {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}}).encode()
    whole = struct.pack("<Q", len(header)) + header + b"\0" * (16 + spare)
    return whole[: len(whole) - cut]


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("m.gguf", gguf()),
        ("m.gguf", gguf(version=2)),
        ("m.gguf", gguf(alignment=64)),
        ("m.safetensors", safetensors()),
        ("config.json", b"{}"),
        ("vocab.txt", b"[PAD]\n"),
    ],
)
def test_whole_files_have_no_fault(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    assert find_fault(tmp_path / name) == ""


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("m.gguf", b"", "empty"),
        ("m.gguf", b"<!DOCTYPE html><html>404</html>", "web page"),
        ("m.gguf", b"\n  <HTML>", "web page"),
        ("config.json", b"<?xml version='1.0'?>", "web page"),
        ("m.bin", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "LFS pointer"),
        ("m.safetensors", b"version https://git-lfs.github.com/spec/v1\n", "LFS pointer"),
        ("m.gguf", b"GGML" + bytes(60), "letters GGUF"),
        ("m.gguf", gguf(version=1), "version 1"),
        ("m.gguf", gguf(cut=1), "cut short"),
        ("m.gguf", gguf(cut=100), "cut short"),
        ("m.gguf", gguf()[:30], "cut short"),
        ("m.gguf", b"GGUF" + struct.pack("<IQQ", 3, 2**60, 0), "count"),
        ("m.safetensors", safetensors(cut=1), "cut short"),
        ("m.safetensors", safetensors(spare=1), "longer than its tensors"),
        ("m.safetensors", safetensors()[:20], "header"),
        ("m.safetensors", struct.pack("<Q", 2**63) + b"{}", "header"),
        ("m.safetensors", struct.pack("<Q", 2) + b"[]", "tensor list"),
    ],
)
def test_faults_are_named(tmp_path, name, content, words):
    (tmp_path / name).write_bytes(content)
    assert words in find_fault(tmp_path / name)


@pytest.mark.parametrize(("name", "make"), [("m.gguf", gguf), ("m.safetensors", safetensors)])
def test_every_cut_is_found(tmp_path, name, make):
    whole = make()
    for length in range(len(whole)):
        (tmp_path / name).write_bytes(whole[:length])
        assert find_fault(tmp_path / name), f"cut at {length} of {len(whole)}"


def test_damaged_headers_never_raise(tmp_path):
    chance = random.Random(7)
    path = tmp_path / "m.gguf"
    for _ in range(300):
        damaged = bytearray(gguf())
        for _ in range(chance.randrange(1, 6)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        path.write_bytes(damaged)
        assert isinstance(find_fault(path), str)


def test_a_missing_file_is_a_fault(tmp_path):
    assert "can't be read" in find_fault(tmp_path / "none.gguf")


def test_digest_counts_what_it_reads(tmp_path):
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    seen = []
    found = digest(path, seen.append)
    assert found == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert seen == [3]
