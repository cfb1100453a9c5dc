"""Clarity values to bytes, from bytes and to text (stacks-core clarity-types/src/types/serialization.rs).

    serialize(UInt(5)) == bytes.fromhex("01" + "00" * 15 + "05")
    to_repr(Err(UInt(401))) == "(err u401)"

Decoding is strict: one value and nothing after it, tuple keys ascending and unique, at most 15 wrappers
around the innermost value, 1 MiB. So `serialize(deserialize(x)) == x` for every x that is accepted.
"""

from collections.abc import Callable

from engine.stacks.c32 import Address
from engine.stacks.checks import check_bytes, check_clarity_name, check_contract_name, shown
from engine.stacks.reader import Reader
from engine.stacks.values import (
    MAX_BYTES,
    Ascii,
    Bool,
    Buffer,
    Err,
    Int,
    List,
    Nothing,
    Ok,
    Principal,
    Some,
    Tuple,
    UInt,
    Utf8,
    Value,
    deeper,
)

__all__ = [
    "Ascii",
    "Bool",
    "Buffer",
    "Err",
    "Int",
    "List",
    "Nothing",
    "Ok",
    "Principal",
    "Some",
    "Tuple",
    "UInt",
    "Utf8",
    "Value",
    "deserialize",
    "read_address",
    "read_value",
    "serialize",
    "to_repr",
]

_LONGEST = 5 + MAX_BYTES  # the outermost tag and length come on top


def serialize(value: Value) -> bytes:
    """The value's wire bytes; ValueError if it isn't a Clarity value, is nested too deep or too large."""
    data = _require(value)._wire()
    _check_length(len(data))
    return data


def deserialize(data: bytes) -> Value:
    """The one value that `data` holds; ValueError with the offset and the fault for anything else."""
    reader = Reader(check_bytes("Clarity value", data))
    value = read_value(reader)
    reader.finish("Clarity value")
    return value


def to_repr(value: Value) -> str:
    """The value as Clarity and the chain's APIs write it, such as `(ok true)` or `(err u401)`."""
    return _require(value)._text()


def read_value(reader: Reader) -> Value:
    """Take one value, of at most 1 MiB, from a reader that may hold more."""
    start = reader.position
    value = _read(reader, 0)
    _check_length(reader.position - start)
    return value


def read_address(reader: Reader) -> Address:
    """Take a version byte and a hash160; ValueError for a version that no network has."""
    return Address(reader.number(1, "address version"), reader.take(20, "hash160"))


def _require(value: object) -> Value:
    if not isinstance(value, Value):
        raise ValueError(f"value is {shown(value)}: give a Clarity value, such as UInt(5)")
    return value


def _check_length(length: int) -> None:
    if length > _LONGEST:
        raise ValueError(f"the Clarity value takes {length} bytes: make it at most {_LONGEST}")


def _read(reader: Reader, depth: int) -> Value:
    offset = reader.position
    tag = reader.number(1, "Clarity type")
    if tag not in _READERS:
        raise ValueError(f"Clarity type 0x{tag:02x} at offset {offset} is unknown: types are 0x00 to 0x0e")
    return _READERS[tag](reader, depth)


def _read_int(reader: Reader, depth: int) -> Int:
    return Int(int.from_bytes(reader.take(16, "int"), signed=True))


def _read_uint(reader: Reader, depth: int) -> UInt:
    return UInt(reader.number(16, "uint"))


def _read_sized(reader: Reader, field: str) -> bytes:
    return reader.take(reader.number(4, f"length of {field}"), field)


def _read_buffer(reader: Reader, depth: int) -> Buffer:
    return Buffer(_read_sized(reader, "buffer"))


def _read_ascii(reader: Reader, depth: int) -> Ascii:
    return Ascii(_read_sized(reader, "string-ascii").decode("latin-1"))


def _read_utf8(reader: Reader, depth: int) -> Utf8:
    data = _read_sized(reader, "string-utf8")
    try:
        return Utf8(data.decode())
    except UnicodeDecodeError as fault:
        raise ValueError(f"string-utf8 before offset {reader.position} isn't UTF-8: {fault.reason}") from None


def _read_standard(reader: Reader, depth: int) -> Principal:
    return Principal(str(read_address(reader)))


def _read_contract(reader: Reader, depth: int) -> Principal:
    owner = read_address(reader)
    return Principal(f"{owner}.{check_contract_name(reader.name('contract name'), 128)}")


def _read_list(reader: Reader, depth: int) -> List:
    count = reader.number(4, "length of list")
    inner = deeper(depth) if count else depth
    if count > MAX_BYTES:
        raise ValueError(f"the list says it has {count} items: at most {MAX_BYTES} fit")
    return List([_read(reader, inner) for _ in range(count)])


def _read_tuple(reader: Reader, depth: int) -> Tuple:
    inner, fields, last = deeper(depth), dict[str, Value](), ""
    for _ in range(reader.number(4, "length of tuple")):
        key = check_clarity_name("Tuple key", reader.name("Tuple key"))
        if key <= last:
            raise ValueError(f"Tuple key {shown(key)} comes after {shown(last)}: keys ascend, each once")
        fields[key] = _read(reader, inner)
        last = key
    return Tuple(fields)


_READERS: dict[int, Callable[[Reader, int], Value]] = {
    0x00: _read_int,
    0x01: _read_uint,
    0x02: _read_buffer,
    0x03: lambda reader, depth: Bool(True),
    0x04: lambda reader, depth: Bool(False),
    0x05: _read_standard,
    0x06: _read_contract,
    0x07: lambda reader, depth: Ok(_read(reader, deeper(depth))),
    0x08: lambda reader, depth: Err(_read(reader, deeper(depth))),
    0x09: lambda reader, depth: Nothing(),
    0x0A: lambda reader, depth: Some(_read(reader, deeper(depth))),
    0x0B: _read_list,
    0x0C: _read_tuple,
    0x0D: _read_ascii,
    0x0E: _read_utf8,
}
