"""The simulated keys: one for each creator, made from the devnet's id and the creator's address, never stored."""

from __future__ import annotations

import hashlib

from engine.stacks import PrivateKey

COMPRESSED = "01"


def creator_key(devnet_id: str, creator: str) -> PrivateKey:
    """Return the key that plays a creator on this devnet; worthless anywhere else."""
    digest = f"batchdeck devnet {devnet_id} {creator}".encode()
    while True:
        digest = hashlib.sha256(digest).digest()
        try:
            return PrivateKey.from_hex(digest.hex() + COMPRESSED)
        except ValueError:  # one in 2^128 digests is no scalar: hash on
            continue
