"""The hash functions of the Stacks chain.

H(x) is FIPS SHA-512/256 (its own initial value, not SHA-512 cut short); H160(x) is RIPEMD160(SHA256(x)).
Both are OpenSSL's where it has them; some builds lack them, and there pycryptodome gives the same bytes.
"""

import hashlib
from collections.abc import Callable

from Crypto.Hash import RIPEMD160, SHA512


def openssl_has(name: str) -> bool:
    """Tell whether this interpreter's OpenSSL really computes `name` (being listed is no promise)."""
    try:
        hashlib.new(name, b"")
    except ValueError:
        return False
    return True


def _sha512_256_openssl(data: bytes) -> bytes:
    return hashlib.new("sha512_256", data).digest()


def _sha512_256_pycryptodome(data: bytes) -> bytes:
    return SHA512.new(data, truncate="256").digest()


def _ripemd160_openssl(data: bytes) -> bytes:
    return hashlib.new("ripemd160", data).digest()


def _ripemd160_pycryptodome(data: bytes) -> bytes:
    return RIPEMD160.new(data).digest()


sha512_256: Callable[[bytes], bytes] = _sha512_256_openssl if openssl_has("sha512_256") else _sha512_256_pycryptodome
"""SHA-512/256 of the data, 32 bytes: the txid and both signature hashes."""

_ripemd160 = _ripemd160_openssl if openssl_has("ripemd160") else _ripemd160_pycryptodome


def hash160(data: bytes) -> bytes:
    """RIPEMD160(SHA256(data)), 20 bytes: what an address says of a public key."""
    return _ripemd160(hashlib.sha256(data).digest())


def double_sha256(data: bytes) -> bytes:
    """SHA256(SHA256(data)), 32 bytes: the checksum of an address is its first four."""
    return hashlib.sha256(hashlib.sha256(data).digest()).digest()
