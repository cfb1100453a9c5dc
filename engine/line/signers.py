"""Who signs for a creator: the operator's own keys, or on the devnet a simulated key made for each creator."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from engine.keyring import Keyring
from engine.stacks import PrivateKey


class Signers(Protocol):
    """Finds the key that plays a creator; never shows one."""

    simulated: bool

    def address_for(self, creator: str) -> str | None:
        """Return the address that signs for a creator; None when there is no key."""

    def key(self, address: str) -> PrivateKey | None:
        """Return the key of an address that `address_for` gave."""

    def addresses(self) -> list[str]:
        """Return every address there is a key for, known so far."""

    def creators_of(self, address: str) -> tuple[str, ...]:
        """Return the creators that an address is known to sign for."""

    def why_none(self, creator: str) -> str:
        """Say why there is no key for a creator, and what to do."""


class NoSigners:
    """No chain or no keys, so nobody signs; ``why`` is every item's reason."""

    simulated = False

    def __init__(self, why: str) -> None:
        self._why = why

    def address_for(self, creator: str) -> str | None:
        """Nobody."""
        return None

    def key(self, address: str) -> PrivateKey | None:
        """None."""
        return None

    def addresses(self) -> list[str]:
        """None."""
        return []

    def creators_of(self, address: str) -> tuple[str, ...]:
        """None."""
        return ()

    def why_none(self, creator: str) -> str:
        """Return the reason that holds for all."""
        return self._why


class OwnSigners:
    """The keys of the operator's file: each signs for the creator whose address it makes."""

    simulated = False

    def __init__(self, keyring: Keyring) -> None:
        self._keyring = keyring

    def address_for(self, creator: str) -> str | None:
        """Return the creator itself when its key is there."""
        return creator if self._keyring.key(creator) else None

    def key(self, address: str) -> PrivateKey | None:
        """Return the key of an address."""
        return self._keyring.key(address)

    def addresses(self) -> list[str]:
        """Return the addresses of the file's keys."""
        return list(self._keyring.addresses)

    def creators_of(self, address: str) -> tuple[str, ...]:
        """Return the one whose key it is."""
        return (address,) if self._keyring.key(address) else ()

    def why_none(self, creator: str) -> str:
        """Name the creator and the setting."""
        return f"No key for {creator}: add it to the signer keys file, then retry"


class SimulatedSigners:
    """One made-up key for each creator, derived from the devnet's id: worthless anywhere else."""

    simulated = True

    def __init__(self, network: str, derive: Callable[[str], PrivateKey]) -> None:
        self._network = network
        self._derive = derive
        self._addresses: dict[str, str] = {}
        self._keys: dict[str, PrivateKey] = {}

    def address_for(self, creator: str) -> str | None:
        """Make the creator's key on first use and return its address."""
        if creator not in self._addresses:
            key = self._derive(creator)
            address = key.address(self._network)
            self._addresses[creator] = address
            self._keys[address] = key
        return self._addresses[creator]

    def key(self, address: str) -> PrivateKey | None:
        """Return a key that was made before."""
        return self._keys.get(address)

    def addresses(self) -> list[str]:
        """Return the addresses made so far."""
        return list(self._keys)

    def creators_of(self, address: str) -> tuple[str, ...]:
        """Return the creator whose key was made."""
        return tuple(creator for creator, played in self._addresses.items() if played == address)

    def why_none(self, creator: str) -> str:
        """Never asked for: every creator has one."""
        return f"No simulated key for {creator}"
