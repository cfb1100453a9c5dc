"""Clarity values: one value has one serialisation, and nothing else is read."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.stacks.clarity import (
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
    deserialize,
    serialize,
    to_repr,
)
from tests.stacks.support import OTHER, named, value, values

ONE = serialize(UInt(1)).hex()


@pytest.mark.parametrize("vector", **named("clarity"))
def test_vectors_byte_for_byte(vector):
    """A value, its bytes and its repr are those of the reference implementation."""
    found = value(vector["value"])
    assert serialize(found).hex() == vector["hex"]
    assert deserialize(bytes.fromhex(vector["hex"])) == found
    assert to_repr(found) == vector["repr"]


@pytest.mark.parametrize("vector", **named("clarity_divergent_from_stacks_js"))
def test_tuple_keys_follow_the_node_not_javascript(vector):
    """Where stacks.js sorts by locale we sort by bytes, or the node would not verify."""
    assert serialize(value(vector["value"])).hex() == vector["hex"]
    if vector["differs"]:
        with pytest.raises(ValueError, match="ascend"):
            deserialize(bytes.fromhex(vector["stacks_js_hex"]))


@given(values)
def test_every_value_comes_back(found):
    """Writing then reading gives an equal value, with an equal hash."""
    again = deserialize(serialize(found))
    assert again == found
    assert hash(again) == hash(found)


@given(st.binary(max_size=60))
def test_what_is_read_is_canonical(data):
    """Bytes are either refused with a ValueError or are exactly what we would write."""
    try:
        found = deserialize(data)
    except ValueError:
        return
    assert serialize(found) == data


@given(values)
def test_no_part_of_a_value_is_a_value(found):
    """Cut short or followed by anything, bytes are refused."""
    data = serialize(found)
    for end in range(len(data)):
        with pytest.raises(ValueError):
            deserialize(data[:end])
    with pytest.raises(ValueError, match="1 bytes follow"):
        deserialize(data + b"\0")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: UInt(True), "UInt is True"),
        (lambda: Int(False), "Int is False"),
        (lambda: UInt(1.0), "give an integer"),
        (lambda: UInt("1"), "give an integer"),
        (lambda: UInt(-1), "from 0 to"),
        (lambda: UInt(2**128), "from 0 to"),
        (lambda: Int(2**127), "from -"),
        (lambda: Int(-(2**127) - 1), "from -"),
        (lambda: Bool(1), "give True or False"),
        (lambda: Bool(None), "give True or False"),
        (lambda: Buffer("ff"), "give bytes"),
        (lambda: Buffer(bytes(2**20 + 1)), "at most 1048576"),
        (lambda: Ascii("é"), "printable ASCII"),
        (lambda: Ascii("\x0b"), "printable ASCII"),
        (lambda: Ascii(b"a"), "give text"),
        (lambda: Utf8("\ud800"), "surrogate"),
        (lambda: Utf8(5), "give text"),
        (lambda: Utf8("é" * 2**19 + "e"), "at most 1048576"),
        (lambda: Principal("ST"), "wrong length"),
        (lambda: Principal(OTHER + "."), "contract name"),
        (lambda: Principal(None), "give text"),
        (lambda: Some(5), "Some is 5"),
        (lambda: Ok(True), "Ok is True"),
        (lambda: Err(None), "Err is None"),
        (lambda: List([1]), "List item 0 is 1"),
        (lambda: List(5), "List is 5"),
        (lambda: Tuple({}), "at least one"),
        (lambda: Tuple([("a", UInt(1))]), "mapping"),
        (lambda: Tuple({"a": 1}), "Tuple key a is 1"),
        (lambda: Tuple({"1a": UInt(1)}), "Clarity name"),
        (lambda: Tuple({"a" * 129: UInt(1)}), "Clarity name"),
        (lambda: Tuple({"": UInt(1)}), "Clarity name"),
        (lambda: serialize(5), "give a Clarity value"),
        (lambda: to_repr("u5"), "give a Clarity value"),
        (lambda: deserialize("00"), "give bytes"),
        (lambda: serialize(List([Buffer(bytes(2**20))])), "make it at most"),
    ],
)
def test_bad_values_are_refused_by_name(make, words):
    """A value that Clarity lacks can't be made; True is no number, and 1 is no Bool."""
    with pytest.raises(ValueError, match=words):
        make()


@pytest.mark.parametrize(
    ("hex", "words"),
    [
        ("", "cut short"),
        ("0f", "type 0x0f at offset 0"),
        ("0a0a10", "type 0x10 at offset 2"),
        ("02ffffffff", "cut short"),
        ("0bffffffff" + "03" * 50, "at most 1048576 fit"),
        ("0b00100000" + "03" * 50, "cut short"),
        ("0c00000000", "at least one"),
        (f"0c00000002 0161{ONE} 0161{ONE}", "each once"),
        (f"0c00000002 0162{ONE} 0161{ONE}", "ascend"),
        (f"0c00000001 00{ONE}", "Clarity name"),
        (f"0c00000001 01ff{ONE}", "Clarity name"),
        ("0516" + "00" * 19, "cut short"),
        ("0507" + "00" * 20, "version is 7, which is unknown"),
        ("061a" + "00" * 20 + "00", "contract name"),
        ("061a" + "00" * 20 + "0131", "contract name"),
        ("0d0000000180", "printable ASCII"),
        ("0d0000000100", "printable ASCII"),
        ("0e00000001ff", "isn't UTF-8"),
        ("0e00000003eda080", "isn't UTF-8"),
        ("0e00000002c080", "isn't UTF-8"),
    ],
)
def test_bad_bytes_are_refused_by_name(hex, words):
    """Every fault in the bytes is a ValueError that says where and what."""
    with pytest.raises(ValueError, match=words):
        deserialize(bytes.fromhex(hex))


@pytest.mark.parametrize("leaf", [UInt(1), List(), Nothing()])
def test_fifteen_wrappers_and_no_more(leaf):
    """The decoder's stack holds sixteen: what it can't read we neither write, read nor show."""
    deep = leaf
    for _ in range(15):
        deep = Some(deep)
    assert deserialize(serialize(deep)) == deep
    for act in (serialize, to_repr):
        with pytest.raises(ValueError, match="nested deeper"):
            act(Some(deep))
    with pytest.raises(ValueError, match="nested deeper"):
        deserialize(b"\x0a" + serialize(deep))


def test_a_hostile_depth_is_a_refusal_not_a_crash():
    """A megabyte of 'some' ends in a ValueError, never in a RecursionError."""
    for tag in (b"\x07", b"\x0a", b"\x0b\x00\x00\x00\x01", b"\x0c\x00\x00\x00\x01\x01a"):
        with pytest.raises(ValueError, match="nested deeper"):
            deserialize(tag * 200_000)


def test_one_mebibyte_is_the_limit():
    """A value of exactly 1 MiB passes, one byte more does not, however it is wrapped."""
    largest = serialize(Buffer(bytes(2**20)))
    assert len(deserialize(largest).value) == 2**20
    with pytest.raises(ValueError, match="at most"):
        deserialize(b"\x0a" + largest)


def test_equality_is_by_kind_and_content():
    """u1, 1 and true are three values; a tuple is the same in whatever order it was given."""
    assert len({Int(1), UInt(1), Bool(True), Ok(UInt(1)), Some(UInt(1)), Err(UInt(1))}) == 6
    assert Ascii("a") != Utf8("a")
    assert Tuple({"a": UInt(1), "B": UInt(2)}) == Tuple({"B": UInt(2), "a": UInt(1)})
    assert Tuple({"a": UInt(1)})["a"] == UInt(1)


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (Ascii("a\n\t\r\x0c\\"), '"a\\n\\t\\r\\x0c\\\\"'),
        (Utf8("é\0'"), 'u"\\u{c3a9}\\x00\\\'"'),
        (Buffer(b""), "0x"),
        (Err(List([Nothing()])), "(err (list none))"),
    ],
)
def test_repr_escapes_as_the_node_does(found, text):
    """No byte of a value can break out of its repr."""
    assert to_repr(found) == text
