"""Damaged copies of a GGUF file: where its fields lie, and what is done to them.

The field map is read by code of its own, so that a fault of the reader under test can't hide.
"""

import math
import random
import struct
from dataclasses import dataclass

SIZES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
ODD = (0, 1, 2, 3, 7, 31, 33, 64, 255, 4096, 65_537, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 32) - 1)
HUGE = (*ODD, 1 << 33, 1 << 40, (1 << 62) + 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)
FLOATS = (math.nan, math.inf, -math.inf, 0.0, -1.0, 1e38, 1e-45)


@dataclass(frozen=True)
class Field:
    """A number of the header: where it lies, how it is packed, and what it is."""

    start: int
    form: str
    what: str
    name: str = ""


class Map:
    """The fields of a sound file."""

    def __init__(self, data):
        self.data, self.place, self.fields = data, 4, []
        self.names = []
        self.number("I", "version")
        tensors = self.number("Q", "tensors")
        for _ in range(self.number("Q", "pairs")):
            self.pair()
        for _ in range(tensors):
            self.tensor()
        self.end = self.place

    def number(self, form, what, name=""):
        self.fields.append(Field(self.place, form, what, name))
        value = struct.unpack_from("<" + form, self.data, self.place)[0]
        self.place += struct.calcsize(form)
        return value

    def text(self, what):
        length = self.number("Q", f"length of {what}")
        start, self.place = self.place, self.place + length
        return self.data[start : start + length].decode("utf-8", "replace")

    def pair(self):
        start = self.place + 8
        key = self.text("key")
        self.names.append((start, len(key), "key"))
        kind = self.number("I", "type of value", key)
        if kind == 8:
            start = self.place + 8
            self.names.append((start, len(self.text("value").encode()), "value"))
        elif kind != 9:
            self.number(SIZES[kind], "float" if kind in (6, 12) else "value", key)
        else:
            inner, count = self.number("I", "type of items", key), self.number("Q", "items", key)
            if inner == 8:
                for _ in range(count):
                    self.text("item")
            else:
                self.place += count * struct.calcsize(SIZES[inner])

    def tensor(self):
        start = self.place + 8
        name = self.text("tensor")
        self.names.append((start, len(name), "tensor"))
        for _ in range(self.number("I", "rank", name)):
            self.number("Q", "dimension", name)
        self.number("I", "type of tensor", name)
        self.number("Q", "offset", name)


def mutate(found, number, base_seed=17):
    """The number-th mutant of a mapped file: what was done, and the bytes."""
    dice = random.Random(f"{base_seed} {number}")
    what, change = WAYS[number % len(WAYS)]
    data = bytearray(found.data)
    return what, bytes(change(found, data, dice))


def _flip(found, data, dice, first, last):
    for _ in range(dice.randrange(1, 4)):
        data[dice.randrange(first, last)] ^= 1 << dice.randrange(8)
    return data


def flip_header(found, data, dice):
    return _flip(found, data, dice, 0, found.end)


def flip_start(found, data, dice):
    return _flip(found, data, dice, 0, min(1_200, found.end))


def flip_data(found, data, dice):
    return _flip(found, data, dice, found.end, len(data))


def cut(found, data, dice):
    return data[: dice.choice((dice.randrange(len(data)), dice.randrange(found.end), -1))]


def _lie(found, data, dice, *kinds, values=HUGE):
    fields = [field for field in found.fields if field.what in kinds]
    for field in dice.sample(fields, min(len(fields), dice.randrange(1, 3))):
        old = struct.unpack_from("<" + field.form, data, field.start)[0]
        value = dice.choice((*values, old + 1, old - 1, old * 2, old + 32))
        width = struct.calcsize(field.form)
        data[field.start : field.start + width] = (value % (1 << 8 * width)).to_bytes(
            width, "little"
        )
    return data


def lie_count(found, data, dice):
    return _lie(found, data, dice, "tensors", "pairs", "items", "rank", "version")


def lie_length(found, data, dice):
    return _lie(found, data, dice, "length of key", "length of value", "length of tensor")


def lie_item(found, data, dice):
    return _lie(found, data, dice, "length of item")


def lie_type(found, data, dice):
    kinds = ("type of value", "type of items", "type of tensor")
    return _lie(found, data, dice, *kinds, values=range(45))


def lie_offset(found, data, dice):
    offsets = [field for field in found.fields if field.what == "offset"]
    one, other = dice.sample(offsets, 2)
    first, second = (struct.unpack_from("<Q", data, f.start)[0] for f in (one, other))
    way = dice.randrange(4)
    if way == 0:  # two tensors change places
        struct.pack_into("<Q", data, one.start, second)
        struct.pack_into("<Q", data, other.start, first)
    elif way == 1:  # one on top of the other
        struct.pack_into("<Q", data, one.start, second)
    elif way == 2:  # between the grid
        struct.pack_into("<Q", data, one.start, first + dice.randrange(1, 32))
    else:
        struct.pack_into("<Q", data, one.start, dice.choice(HUGE))
    return data


def lie_dimension(found, data, dice):
    fields = [field for field in found.fields if field.what == "dimension"]
    if dice.random() < 0.5:
        return _lie(found, data, dice, "dimension")
    field = dice.choice(fields)
    pair = [other for other in fields if other.name == field.name]
    if len(pair) == 2:  # the same number of values in another shape
        one, other = (struct.unpack_from("<Q", data, f.start)[0] for f in pair)
        factor = dice.choice((2, 4, 8, one, other))
        struct.pack_into("<Q", data, pair[0].start, max(1, one * factor))
        struct.pack_into("<Q", data, pair[1].start, max(1, other // factor))
    return data


def lie_value(found, data, dice):
    return _lie(found, data, dice, "value", values=ODD)


def lie_float(found, data, dice):
    field = dice.choice([field for field in found.fields if field.what == "float"])
    struct.pack_into("<" + field.form, data, field.start, dice.choice(FLOATS))
    return data


def put_nan(found, data, dice):
    start = dice.randrange(found.end, len(data) - 8)
    start -= (start - found.end) % 2
    width = dice.choice((2, 4, 8, 64, 4096))
    piece = dice.choice((b"\xff\x7f", b"\x00\x7c", b"\xff\xff", b"\x00\xfc")) * (width // 2)
    data[start : start + width] = piece[: max(0, len(data) - start)]
    return data


def change_name(found, data, dice):
    start, length, _ = dice.choice([name for name in found.names if name[1]])
    way = dice.randrange(4)
    if way == 0:
        data[start + dice.randrange(length)] = dice.randrange(256)
    elif way == 1:
        data[start : start + length] = bytes(dice.randrange(256) for _ in range(length))
    elif way == 2:
        data[start : start + length] = bytes(length)
    else:  # the name of another
        other = dice.choice([name for name in found.names if name[1] == length])
        data[start : start + length] = found.data[other[0] : other[0] + length]
    return data


def change_block(found, data, dice):
    """A tensor of one block under the number of another."""
    tensors = [n for n in found.names if n[2] == "tensor" and n[1] > 4]
    start, _, _ = dice.choice(tensors)
    data[start + 4] = dice.choice(b"0123456789-x")
    return data


def mix(found, data, dice):
    """Two ways at once."""
    for _, change in dice.sample(WAYS[:-1], 2):
        if len(data) == len(found.data):
            data = bytearray(change(found, data, dice))
    return data


WAYS = [
    ("bits of the header flipped", flip_header),
    ("bits of the first keys flipped", flip_start),
    ("bits of the numbers flipped", flip_data),
    ("cut", cut),
    ("a count that lies", lie_count),
    ("a length that lies", lie_length),
    ("an item's length that lies", lie_item),
    ("a type that lies", lie_type),
    ("an offset that lies", lie_offset),
    ("a dimension that lies", lie_dimension),
    ("a value that lies", lie_value),
    ("a float that is none", lie_float),
    ("numbers that are none", put_nan),
    ("a name that was changed", change_name),
    ("a block that was renumbered", change_block),
    ("a value that lies", lie_value),
    ("two ways at once", mix),
]
