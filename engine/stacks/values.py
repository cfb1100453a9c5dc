"""Clarity values: frozen nouns that know their own wire bytes and their own Clarity text.

Wire form and limits: stacks-core clarity-types/src/types/serialization.rs. Use them through
`engine.stacks.clarity`, which adds `serialize`, `deserialize` and `to_repr`.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import ClassVar

from engine.stacks.c32 import parse_principal
from engine.stacks.checks import check_bytes, check_clarity_name, check_integer, check_text, shown

MAX_BYTES = 2**20
"""What a value may hold, in bytes, without its own tag and length."""
MAX_WRAPPERS = 15
"""Wrappers (ok, err, some, list, tuple) around the innermost value, in an argument."""

_ESCAPES = {9: "\\t", 10: "\\n", 13: "\\r", 34: '\\"', 39: "\\'", 92: "\\\\"}
_ASCII = frozenset(b"\t\n\x0c\r") | frozenset(range(32, 127))


class Value(ABC):
    """Any Clarity value.

    Its `_wire` and `_text` are for this package; `depth` is the number of wrappers around, at most 15.
    """

    __slots__ = ()

    @abstractmethod
    def _wire(self, depth: int = 0) -> bytes:
        """The value's bytes, tag first."""

    @abstractmethod
    def _text(self, depth: int = 0) -> str:
        """The value as Clarity writes it."""


def deeper(depth: int) -> int:
    """The depth inside one more wrapper; ValueError past the decoder's stack."""
    if depth >= MAX_WRAPPERS:
        raise ValueError(f"the value is nested deeper than {MAX_WRAPPERS} wrappers: flatten it")
    return depth + 1


def _check_value(field: str, value: object) -> Value:
    if not isinstance(value, Value):
        raise ValueError(f"{field} is {shown(value)}: give a Clarity value, such as UInt(5)")
    return value


def _check_size(field: str, size: int) -> None:
    if size > MAX_BYTES:
        raise ValueError(f"{field} has {size} bytes: give at most {MAX_BYTES}")


def _escaped(data: bytes) -> str:
    return "".join(_ESCAPES.get(b) or (chr(b) if 32 <= b < 127 else f"\\x{b:02x}") for b in data)


def _sized(tag: int, data: bytes) -> bytes:
    return bytes((tag,)) + len(data).to_bytes(4) + data


@dataclass(frozen=True, slots=True)
class Int(Value):
    """A signed integer of 128 bits: `5`."""

    value: int

    def __post_init__(self) -> None:
        check_integer("Int", self.value, -(2**127), 2**127 - 1)

    def _wire(self, depth: int = 0) -> bytes:
        return b"\x00" + self.value.to_bytes(16, signed=True)

    def _text(self, depth: int = 0) -> str:
        return str(self.value)


@dataclass(frozen=True, slots=True)
class UInt(Value):
    """An unsigned integer of 128 bits: `u5`."""

    value: int

    def __post_init__(self) -> None:
        check_integer("UInt", self.value, 0, 2**128 - 1)

    def _wire(self, depth: int = 0) -> bytes:
        return b"\x01" + self.value.to_bytes(16)

    def _text(self, depth: int = 0) -> str:
        return f"u{self.value}"


@dataclass(frozen=True, slots=True)
class Buffer(Value):
    """At most 1 MiB of bytes: `0xff`."""

    value: bytes

    def __post_init__(self) -> None:
        _check_size("Buffer", len(check_bytes("Buffer", self.value)))

    def _wire(self, depth: int = 0) -> bytes:
        return _sized(2, self.value)

    def _text(self, depth: int = 0) -> str:
        return f"0x{self.value.hex()}"


@dataclass(frozen=True, slots=True)
class Bool(Value):
    """`true` or `false`; no integer passes for one."""

    value: bool

    def __post_init__(self) -> None:
        if self.value is not True and self.value is not False:
            raise ValueError(f"Bool is {shown(self.value)}: give True or False")

    def _wire(self, depth: int = 0) -> bytes:
        return b"\x03" if self.value else b"\x04"

    def _text(self, depth: int = 0) -> str:
        return "true" if self.value else "false"


@dataclass(frozen=True, slots=True)
class Principal(Value):
    """An account "ADDRESS" or a contract "ADDRESS.name", in canonical c32 text: `'ST...`."""

    value: str

    def __post_init__(self) -> None:
        parse_principal(self.value)

    def _wire(self, depth: int = 0) -> bytes:
        owner, name = parse_principal(self.value)
        if name is None:
            return b"\x05" + owner.wire
        return b"\x06" + owner.wire + bytes((len(name),)) + name.encode("ascii")

    def _text(self, depth: int = 0) -> str:
        return f"'{self.value}"


@dataclass(frozen=True, slots=True)
class _Wrapper(Value):
    """One value inside a word."""

    value: Value
    tag: ClassVar[int]
    word: ClassVar[str]

    def __post_init__(self) -> None:
        _check_value(type(self).__name__, self.value)

    def _wire(self, depth: int = 0) -> bytes:
        return bytes((self.tag,)) + self.value._wire(deeper(depth))

    def _text(self, depth: int = 0) -> str:
        return f"({self.word} {self.value._text(deeper(depth))})"


class Ok(_Wrapper):
    """A response that succeeded: `(ok true)`."""

    __slots__ = ()
    tag, word = 7, "ok"


class Err(_Wrapper):
    """A response that failed: `(err u401)`."""

    __slots__ = ()
    tag, word = 8, "err"


@dataclass(frozen=True, slots=True)
class Nothing(Value):
    """An optional that is empty: `none`."""

    def _wire(self, depth: int = 0) -> bytes:
        return b"\x09"

    def _text(self, depth: int = 0) -> str:
        return "none"


class Some(_Wrapper):
    """An optional that holds a value: `(some u7)`."""

    __slots__ = ()
    tag, word = 10, "some"


@dataclass(frozen=True, slots=True, init=False)
class List(Value):
    """Values in order: `(list 1 2)`. That all are of one type is the contract's business, unchecked here."""

    value: tuple[Value, ...]

    def __init__(self, values: Iterable[Value] = ()) -> None:
        if not isinstance(values, Iterable):
            raise ValueError(f"List is {shown(values)}: give a list of Clarity values")
        items = tuple(_check_value(f"List item {place}", value) for place, value in enumerate(values))
        _check_size("List", len(items))
        object.__setattr__(self, "value", items)

    def _wire(self, depth: int = 0) -> bytes:
        inner = deeper(depth) if self.value else depth
        return b"\x0b" + len(self.value).to_bytes(4) + b"".join(item._wire(inner) for item in self.value)

    def _text(self, depth: int = 0) -> str:
        inner = deeper(depth) if self.value else depth
        return f"({' '.join(['list', *(item._text(inner) for item in self.value)])})"


@dataclass(frozen=True, slots=True, init=False)
class Tuple(Value):
    """Named values, at least one, kept in ascending byte order of their names: `(tuple (a none))`."""

    value: tuple[tuple[str, Value], ...]

    def __init__(self, values: Mapping[str, Value]) -> None:
        if not isinstance(values, Mapping) or not values:
            raise ValueError(f"Tuple is {shown(values)}: give a mapping of at least one name to its value")
        for key, value in values.items():
            _check_value(f"Tuple key {check_clarity_name('Tuple key', key)}", value)
        object.__setattr__(self, "value", tuple(sorted(values.items(), key=lambda pair: pair[0])))

    def __getitem__(self, key: str) -> Value:
        return dict(self.value)[key]

    def _wire(self, depth: int = 0) -> bytes:
        inner = deeper(depth)
        fields = (bytes((len(key),)) + key.encode() + value._wire(inner) for key, value in self.value)
        return b"\x0c" + len(self.value).to_bytes(4) + b"".join(fields)

    def _text(self, depth: int = 0) -> str:
        inner = deeper(depth)
        return f"(tuple {' '.join(f'({key} {value._text(inner)})' for key, value in self.value)})"


@dataclass(frozen=True, slots=True)
class Ascii(Value):
    """Text of printable ASCII and whitespace: `"text"`."""

    value: str

    def __post_init__(self) -> None:
        text = check_text("Ascii", self.value)
        _check_size("Ascii", len(text))
        if not _ASCII.issuperset(map(ord, text)):
            raise ValueError(f"Ascii is {shown(text)}: give printable ASCII only, or use Utf8")

    def _wire(self, depth: int = 0) -> bytes:
        return _sized(13, self.value.encode("ascii"))

    def _text(self, depth: int = 0) -> str:
        return f'"{_escaped(self.value.encode("ascii"))}"'


@dataclass(frozen=True, slots=True)
class Utf8(Value):
    """Text as UTF-8, never normalised: `u"text"`, where the repr shows other letters by their UTF-8 hex."""

    value: str

    def __post_init__(self) -> None:
        if any(0xD800 <= ord(letter) < 0xE000 for letter in check_text("Utf8", self.value)):
            raise ValueError(f"Utf8 is {shown(self.value)}: it has half a surrogate pair; give whole characters")
        _check_size("Utf8", len(self.value.encode()))

    def _wire(self, depth: int = 0) -> bytes:
        return _sized(14, self.value.encode())

    def _text(self, depth: int = 0) -> str:
        letters = (letter.encode() for letter in self.value)
        return 'u"' + "".join(_escaped(x) if len(x) == 1 else f"\\u{{{x.hex()}}}" for x in letters) + '"'
