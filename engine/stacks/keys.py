"""Private keys and the phrases they come from. The secret stays inside: no repr, error or pickle shows it.

A key of 32 bytes means an uncompressed public key, one of 33 bytes that ends with 01 a compressed one, which
is another address (stacks-core stacks-common/src/util/secp256k1). Phrases are BIP-39 without a passphrase,
on the BIP-32 path m/44'/5757'/0'/0/account (stacks.js packages/wallet-sdk/src/derive.ts).
"""

import hmac
import re
import unicodedata
from typing import NoReturn

import coincurve
from mnemonic import Mnemonic

from engine.stacks.c32 import address
from engine.stacks.checks import check_integer
from engine.stacks.hashes import hash160

CURVE_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_HARD = 2**31
_PATH = (44 + _HARD, 5757 + _HARD, _HARD, 0)
_HEX = re.compile(r"[0-9a-fA-F]*")


class PrivateKey:
    """A signer's key. Equal keys have equal public keys; make one with `from_hex` or `from_mnemonic`."""

    __slots__ = ("_secret", "compressed", "hash160", "public_key")

    def __init__(self, secret: coincurve.PrivateKey, *, compressed: bool = True) -> None:
        self._secret = secret
        self.compressed = compressed
        self.public_key: bytes = secret.public_key.format(compressed=compressed)
        self.hash160: bytes = hash160(self.public_key)

    @classmethod
    def from_hex(cls, hex: str) -> "PrivateKey":
        """Read 64 hex digits (uncompressed) or 66 that end with 01 (compressed, what wallets export).

        ValueError says what is wrong with the key, never what it is.
        """
        fault = _hex_fault(hex)
        if fault:
            hex = ""  # a traceback printed with its locals must not show it either
            raise ValueError(f"private key {fault}")
        secret = bytes.fromhex(hex)
        return cls(coincurve.PrivateKey(secret[:32]), compressed=len(secret) == 33)

    @classmethod
    def from_mnemonic(cls, words: str, account: int = 0) -> "PrivateKey":
        """Read a BIP-39 phrase of 12 to 24 English words; `account` counts from 0. Always compressed.

        ValueError says which word is wrong by its place, never by itself.
        """
        fault = _account_fault(account) or _phrase_fault(words)
        if fault:
            words = ""
            raise ValueError(fault)
        seed = Mnemonic.to_seed(_normal(words), "")
        return cls(coincurve.PrivateKey(_derive(seed, (*_PATH, account))))

    def address(self, network: str) -> str:
        """The key's address on 'testnet' or 'mainnet'."""
        return address(self.hash160, network)

    def sign(self, digest: bytes) -> bytes:
        """Sign a 32-byte digest: recovery id, r, s (65 bytes), RFC 6979, low s."""
        signature = self._secret.sign_recoverable(digest, hasher=None)
        return signature[64:] + signature[:64]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, PrivateKey) and self.public_key == other.public_key

    def __hash__(self) -> int:
        return hash(self.public_key)

    def __repr__(self) -> str:
        return f"<PrivateKey of {self.hash160.hex()}>"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a private key is neither pickled nor copied: it never leaves memory")


def _hex_fault(text: object) -> str:
    """What is wrong with a key's text, in words that don't show it; empty if nothing is."""
    if not isinstance(text, str) or not _HEX.fullmatch(text):
        return "has characters that aren't hex: give 64 or 66 hex digits without 0x or spaces"
    if len(text) not in (64, 66):
        return f"has {len(text)} hex digits: give 64, or 66 that end with 01"
    if len(text) == 66 and not text.endswith("01"):
        return "has 66 hex digits and doesn't end with 01: copy it again"
    if not 0 < int(text[:64], 16) < CURVE_ORDER:
        return "isn't a number of the curve secp256k1: it is zero or too large"
    return ""


def _normal(words: str) -> str:
    return " ".join(unicodedata.normalize("NFKD", words).split())


def _account_fault(account: object) -> str:
    try:
        check_integer("account", account, 0, _HARD - 1)
    except ValueError as fault:
        return str(fault)
    return ""


def _phrase_fault(phrase: object) -> str:
    """What is wrong with a phrase, in words that don't show it; empty if nothing is."""
    if not isinstance(phrase, str):
        return "mnemonic isn't text: give 12, 15, 18, 21 or 24 words"
    words, english = _normal(phrase).split(), Mnemonic("english")
    if len(words) not in (12, 15, 18, 21, 24):
        return f"mnemonic has {len(words)} words: give 12, 15, 18, 21 or 24"
    strange = [place for place, word in enumerate(words, 1) if word not in english.wordlist]
    if strange:
        return f"mnemonic word {strange[0]} isn't in the English BIP-39 list: check its spelling, in lower case"
    return "" if english.check(" ".join(words)) else "mnemonic has a bad checksum: a word is wrong or out of place"


def _derive(seed: bytes, path: tuple[int, ...]) -> bytes:
    """The 32-byte secret at a BIP-32 path."""
    digest = hmac.digest(b"Bitcoin seed", seed, "sha512")
    secret, chain = digest[:32], digest[32:]
    for index in path:
        secret, chain = _child(secret, chain, index)
    return secret


def _child(secret: bytes, chain: bytes, index: int) -> tuple[bytes, bytes]:
    parent = b"\0" + secret if index >= _HARD else coincurve.PrivateKey(secret).public_key.format()
    digest = hmac.digest(chain, parent + index.to_bytes(4), "sha512")
    scalar = (int.from_bytes(digest[:32]) + int.from_bytes(secret)) % CURVE_ORDER
    return scalar.to_bytes(32), digest[32:]
