"""Stacks addresses: c32check text, strictly read (stacks-core stacks-common/src/address).

An address is "S", the version's c32 digit, then c32(hash160 | checksum): base 32 of the big-endian number
without padding, one "0" for each leading zero byte. The checksum is the first four bytes of
SHA256(SHA256(version | hash160)). A node reads sloppier text than this; we accept only what we would write.
"""

from dataclasses import dataclass

from engine.stacks.checks import check_bytes, check_contract_name, check_integer, check_text, shown
from engine.stacks.hashes import double_sha256

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NETWORKS = ("mainnet", "testnet")
SINGLE_SIG = {"mainnet": 22, "testnet": 26}
MULTI_SIG = {"mainnet": 20, "testnet": 21}
_NETWORK_OF = {versions[network]: network for versions in (SINGLE_SIG, MULTI_SIG) for network in NETWORKS}
_DIGITS = {digit: value for value, digit in enumerate(ALPHABET)}
_BODY = 24  # bytes: hash160 and checksum
_LONGEST = 41  # characters, 39 of them the body's


@dataclass(frozen=True, slots=True)
class Address:
    """Who owns something: a known version byte and the 20-byte hash160. `str()` gives the c32 text."""

    version: int
    hash160: bytes

    def __post_init__(self) -> None:
        if check_integer("address version", self.version, 0, 255) not in _NETWORK_OF:
            raise ValueError(
                f"address version is {self.version}, which is unknown: "
                "an address starts with SP, SM (mainnet), ST or SN (testnet)"
            )
        if len(check_bytes("hash160", self.hash160)) != 20:
            raise ValueError(f"hash160 is {len(self.hash160)} bytes: give 20")

    @property
    def network(self) -> str:
        """'mainnet' or 'testnet'."""
        return _NETWORK_OF[self.version]

    @property
    def is_single_sig(self) -> bool:
        """True for SP and ST, which one key can sign for."""
        return self.version in SINGLE_SIG.values()

    @property
    def wire(self) -> bytes:
        """The 21 bytes of the wire: version, hash160."""
        return bytes((self.version,)) + self.hash160

    def __str__(self) -> str:
        checksum = double_sha256(self.wire)[:4]
        return "S" + ALPHABET[self.version] + c32_encode(self.hash160 + checksum)


def check_network(network: object) -> str:
    """Return 'mainnet' or 'testnet', else ValueError."""
    if network not in NETWORKS:
        raise ValueError(f"network is {shown(network)}: give 'testnet' or 'mainnet'")
    return str(network)


def address(public_key_hash: bytes, network: str) -> str:
    """The single-sig address of a public key's 20-byte hash160 on 'testnet' (ST...) or 'mainnet' (SP...)."""
    return str(Address(SINGLE_SIG[check_network(network)], public_key_hash))


def c32_encode(data: bytes) -> str:
    """Base 32 of the bytes as one big-endian number, with one '0' for each leading zero byte."""
    number, digits = int.from_bytes(data), []
    while number:
        number, digit = divmod(number, 32)
        digits.append(ALPHABET[digit])
    zeros = len(data) - len(data.lstrip(b"\0"))
    return "0" * zeros + "".join(reversed(digits))


def c32_decode(text: str) -> bytes:
    """The inverse of `c32_encode`; KeyError for a character outside the alphabet."""
    number = 0
    for character in text:
        number = number * 32 + _DIGITS[character]
    zeros = len(text) - len(text.lstrip("0"))
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8)


def parse_address(text: str) -> Address:
    """Read a c32 address in canonical form.

    ValueError says which it is: a wrong length, a character that no address has, an unknown version,
    or a checksum that does not fit.
    """
    _check_shape(check_text("address", text))
    body = c32_decode(text[2:])
    if len(body) != _BODY:
        raise ValueError(f"address {shown(text)} has the wrong length: copy the whole of it")
    found = Address(_DIGITS[text[1]], body[:20])
    if str(found) != text:
        raise ValueError(f"address {shown(text)} has a bad checksum, so a character is wrong or swapped: copy it again")
    return found


def parse_principal(text: str) -> tuple[Address, str | None]:
    """Read "ADDRESS" or "ADDRESS.name" (a name of up to 128 characters) into (Address, name or None)."""
    owner, dot, name = check_text("principal", text).partition(".")
    return parse_address(owner), check_contract_name(name, 128) if dot else None


def parse_contract(text: str) -> tuple[Address, str]:
    """Read "ADDRESS.NAME" (a name of up to 40 characters, as in a transaction) into (Address, name)."""
    owner, dot, name = check_text("contract", text).partition(".")
    if not dot:
        raise ValueError(f"contract is {shown(text)}: give ADDRESS.NAME")
    return parse_address(owner), check_contract_name(name, 40)


def _check_shape(text: str) -> None:
    """Refuse what can't be an address before any arithmetic: its length, characters and first letters."""
    if not 3 <= len(text) <= _LONGEST:
        raise ValueError(f"address {shown(text)} has the wrong length, {len(text)} characters: most have 41")
    for position, character in enumerate(text, 1):
        if character not in _DIGITS:
            raise ValueError(f"address {shown(text)}, character {position}: {_character_fault(character)}")
    if text[0] != "S":
        raise ValueError(f"address {shown(text)} doesn't start with S: give a Stacks address, like ST... or SP...")


def _character_fault(character: str) -> str:
    if character.upper() in _DIGITS:
        return f"{shown(character)} is lower case; write addresses in upper case"
    return f"{shown(character)} is in no address (the letters I, L, O and U never are)"
