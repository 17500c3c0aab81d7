"""Changes of valid files: of bytes, of words and numbers in texts, and of JSON data."""

import random
import re
from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["mutate_bytes", "mutate_json", "mutate_text", "number", "word"]

_NUMBERS = (
    "0", "1", "-1", "2", "3", "8", "16", "250", "-360", "+360", "255", "256", "32767", "-32768",
    "65536", "2147483647", "-2147483648", "4294967296", "9223372036854775807",
    "18446744073709551616", "1" * 30, "0.001", "3.6e2", "1e3", "1e-300", "1e300", "1e999", "-0.0",
    "nan", "inf", "-inf", "1,5", "1_000", "0x10", "\u0661\u0662", "1e9", "0.1.2", "--1", "1/2",
    "(0)", "007", "1e+", ".", "",
)  # fmt: skip
_WORDS = (
    "", "x", "~", "?", "None", "MLII", "V5", "mV", "uV", "N", "V", "sample", "signal", "time",
    "symbol", "fs", "EDF Annotations", "passthrough", "..", "/dev/null", "\x00", "\x1b[2J",
    "\u2028", "\u202e", "\ufeff", "é", "山", "=1+1", "#", '"', "'", ",", ";", "\t", "\r", "\n",
    "\r\n", " ", "A" * 300, "## time resolution: 1000", "## annotation type definitions", "%s",
    "{}", "\\", "a.b", "record",
)  # fmt: skip
_SIZES = (1, 2, 4, 8)
_INTERESTING = (
    0,
    1,
    2,
    3,
    7,
    15,
    16,
    127,
    128,
    255,
    256,
    1023,
    2**15 - 1,
    2**15,
    2**16 - 1,
    2**31 - 1,
)
_TOKEN = re.compile(rb"[0-9.+\-]+|[A-Za-z_]+|\s+|[^0-9A-Za-z_\s]")


def number(rng: random.Random) -> str:
    """Return a number as text, or what looks like one."""
    if rng.random() < 0.3:
        return str(rng.randint(-5, 2000))
    return rng.choice(_NUMBERS)


def word(rng: random.Random) -> str:
    """Return a word that means something to one of the readers, or to none."""
    return rng.choice(_WORDS)


# ---- bytes: each function changes a bytearray in place


def _flip(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def _set(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    data[rng.randrange(len(data))] = rng.choice((0, 255, 32, 10, rng.randrange(256)))


def _integer(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    size = min(rng.choice(_SIZES), len(data))
    value = rng.choice(_INTERESTING) * rng.choice((1, -1)) % 256**size
    at = rng.randrange(len(data) - size + 1)
    data[at : at + size] = value.to_bytes(size, rng.choice(("little", "big")))


def _cut(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    start = rng.randrange(len(data))
    del data[start : start + rng.choice((1, 2, 8, 64, 512))]


def _truncate(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    del data[rng.randrange(len(data)) :]


def _insert(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    at = rng.randrange(len(data) + 1)
    n = rng.choice((1, 2, 4, 16, 100))
    data[at:at] = rng.choice((bytes(n), b"\xff" * n, rng.randbytes(n)))


def _repeat(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    start = rng.randrange(len(data))
    part = data[start : start + rng.choice((1, 2, 16, 128))]
    at = rng.randrange(len(data) + 1)
    data[at:at] = part * rng.choice((1, 1, 3, 20))


def _splice(rng: random.Random, data: bytearray, others: Sequence[bytes]) -> None:
    other = rng.choice(others) if others else bytes(data)
    at = rng.randrange(len(data) + 1)
    data[at:] = other[rng.randrange(len(other) + 1) :]


_OF_BYTES: tuple[Callable[[random.Random, bytearray, Sequence[bytes]], None], ...] = (
    _flip, _flip, _set, _set, _integer, _integer, _cut, _truncate, _insert, _repeat, _splice,
)  # fmt: skip


def mutate_bytes(rng: random.Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Change bytes in one place, or in a few."""
    changed = bytearray(data)
    for _ in range(_how_often(rng)):
        if not changed:
            break
        rng.choice(_OF_BYTES)(rng, changed, others)
    return bytes(changed)


def _how_often(rng: random.Random) -> int:
    return rng.choice((1, 1, 1, 1, 2, 2, 3, 6))


# ---- texts


def mutate_text(rng: random.Random, data: bytes, others: Sequence[bytes] = ()) -> bytes:
    """Change numbers, words, separators and lines of a text, and now and then bytes of it."""
    for _ in range(_how_often(rng)):
        kind = rng.random()
        if kind < 0.7:
            data = _change_token(rng, data)
        elif kind < 0.9:
            data = _change_line(rng, data, others)
        elif data:
            data = mutate_bytes(rng, data, others)
    return data


def _change_token(rng: random.Random, data: bytes) -> bytes:
    tokens = _TOKEN.findall(data)
    if not tokens:
        return word(rng).encode()
    i = rng.randrange(len(tokens))
    if tokens[i][:1].isdigit() and rng.random() < 0.8:
        tokens[i] = number(rng).encode()
    else:
        kind = rng.randrange(5)
        if kind == 0:
            del tokens[i]
        elif kind == 1:
            tokens.insert(i, tokens[i])
        elif kind == 2:
            tokens[i] = word(rng).encode()
        elif kind == 3:
            j = rng.randrange(len(tokens))
            tokens[i], tokens[j] = tokens[j], tokens[i]
        else:
            tokens.insert(i, rng.choice((number(rng), word(rng))).encode())
    return b"".join(tokens)


def _change_line(rng: random.Random, data: bytes, others: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    i, j = rng.randrange(len(lines)), rng.randrange(len(lines))
    kind = rng.randrange(6)
    if kind == 0:
        del lines[i]
    elif kind == 1:
        lines.insert(j, lines[i])
    elif kind == 2:
        lines[i], lines[j] = lines[j], lines[i]
    elif kind == 3 and others:
        lines.insert(i, rng.choice(rng.choice(others).split(b"\n")))
    elif kind == 4:
        del lines[i:]
    else:
        return data.replace(b"\n", rng.choice((b"\r\n", b"\r", b"\n\n", b" \n")))
    return b"\n".join(lines)


# ---- JSON data


def mutate_json(rng: random.Random, data: Any, others: Sequence[Any] = ()) -> Any:
    """Return JSON data with one value, or a few, changed; containers on the way are copied."""
    for _ in range(_how_often(rng)):
        data = _change_value(rng, data, others)
    return data


def _change_value(rng: random.Random, data: Any, others: Sequence[Any]) -> Any:
    if isinstance(data, dict) and data and rng.random() < 0.95:
        changed = dict(data)
        key = rng.choice(list(changed))
        if rng.random() < 0.93:
            changed[key] = _change_value(rng, changed[key], others)
        elif rng.random() < 0.5:
            del changed[key]
        else:
            changed[rng.choice((word(rng), *changed))] = changed[key]
        return changed
    if isinstance(data, list) and data and rng.random() < 0.95:
        items = list(data)
        i = rng.randrange(len(items))
        if rng.random() < 0.9:
            items[i] = _change_value(rng, items[i], others)
        elif rng.random() < 0.5:
            del items[i]
        else:
            items[i:i] = [items[i]] * rng.choice((1, 2, 30))
        return items
    return _new_value(rng, data, others)


def _new_value(rng: random.Random, data: Any, others: Sequence[Any]) -> Any:
    kind = rng.random()
    if isinstance(data, int | float) and kind < 0.6:
        return rng.choice((0, -1, 1, data + 1, data * 2, data / 2, 10**9, 10**19, 1e-9, 1e300))
    if isinstance(data, str) and kind < 0.3:
        return rng.choice((word(rng), data + "x", data[:-1]))
    if kind < 0.5 and others:
        return rng.choice(others)
    return rng.choice(
        (None, True, False, 0, 1, -3, 2.5, "", "x", [], {}, [data], {"tuple": [data]},
         {"float": "nan"}, {"float": "inf"}, {"dict": {}}, {"array": "a0"}, {"objects": [data]},
         word(rng), rng.randint(-3, 100))
    )  # fmt: skip
