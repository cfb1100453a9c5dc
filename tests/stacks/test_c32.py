"""Addresses: only what we would write ourselves is read."""

import pytest
from hypothesis import given

from engine.stacks import Address, address, parse_address, parse_contract, parse_principal
from tests.stacks.support import CONTRACT, OTHER, contract_names, hashes, named, networks, principals


@pytest.mark.parametrize("vector", **named("c32"))
def test_vectors_both_ways(vector):
    """An address and its version and hash name each other."""
    found = Address(vector["version"], bytes.fromhex(vector["hash160"]))
    assert str(found) == vector["address"]
    assert parse_address(vector["address"]) == found


@pytest.mark.parametrize("vector", **named("c32_invalid"))
def test_invalid_vectors_are_refused(vector):
    """A broken address is never repaired."""
    with pytest.raises(ValueError, match="address"):
        parse_address(vector["address"])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (OTHER.lower(), "lower case"),
        (OTHER[:5] + "U" + OTHER[6:], "character 6.*in no address"),
        (OTHER[:-1] + "6", "bad checksum"),
        (OTHER[:-3], "wrong length"),
        (OTHER + "0", "wrong length"),
        ("", "wrong length"),
        ("S", "wrong length"),
        ("P" + OTHER[1:], "start with S"),
        ("SA" + OTHER[2:], "version is 10, which is unknown"),
        (OTHER + "\n", "wrong length"),
        (" " + OTHER[1:], "in no address"),
        ("S١" + OTHER[2:], "in no address"),
        (None, "give text"),
        (b"ST", "give text"),
    ],
)
def test_a_refusal_says_what_is_wrong(text, words):
    """Whoever mistypes an address learns which kind of mistake it was."""
    with pytest.raises(ValueError, match=words):
        parse_address(text)


@given(hashes, networks)
def test_every_hash_has_one_address(hash160, network):
    """Writing and reading are inverse, leading zeros included."""
    found = parse_address(address(hash160, network))
    assert (found.hash160, found.network, found.is_single_sig) == (hash160, network, True)


def test_no_single_wrong_character_passes():
    """A typo never becomes another valid address."""
    alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZILOUilo "
    typos = {OTHER[:i] + c + OTHER[i + 1 :] for i in range(len(OTHER)) for c in alphabet} - {OTHER}
    for typo in typos:
        with pytest.raises(ValueError):
            parse_address(typo)


def test_multi_sig_addresses_are_known_as_such():
    """An SN address is of testnet, but no single key signs for it."""
    found = Address(21, bytes(20))
    assert str(found).startswith("SN")
    assert (found.network, found.is_single_sig) == ("testnet", False)


@pytest.mark.parametrize(("version", "hash160"), [(99, bytes(20)), (True, bytes(20)), ([], bytes(20)), (26, b"x")])
def test_an_address_that_cannot_be_is_never_made(version, hash160):
    """The noun guards itself, whoever builds it."""
    with pytest.raises(ValueError):
        Address(version, hash160)


@pytest.mark.parametrize("network", ["Testnet", "devnet", "", None, ["testnet"]])
def test_unknown_networks_are_refused(network):
    """There is no network to guess."""
    with pytest.raises(ValueError, match="'testnet' or 'mainnet'"):
        address(bytes(20), network)


@given(principals)
def test_principals_split_at_the_dot(text):
    """A principal is an address, or an address and a name, and joins again to itself."""
    owner, name = parse_principal(text)
    assert (str(owner) if name is None else f"{owner}.{name}") == text


@given(contract_names)
def test_contracts_need_a_name(name):
    """A contract without a name is an account, which can't be called."""
    assert parse_contract(f"{OTHER}.{name}") == (parse_address(OTHER), name)
    with pytest.raises(ValueError, match=r"ADDRESS\.NAME"):
        parse_contract(OTHER)


@pytest.mark.parametrize("name", ["", "1a", "-a", "a.b", "a b", "é", "a" * 41, "a\n", "a!"])
def test_bad_contract_names_are_refused(name):
    """A name that the chain would not take is not signed either."""
    with pytest.raises(ValueError, match="contract name"):
        parse_contract(f"{OTHER}.{name}")


def test_a_principal_may_have_a_longer_name_than_a_call():
    """Values are read up to 128 characters, calls up to 40, as the node does."""
    long = f"{CONTRACT.split('.')[0]}.{'a' * 128}"
    assert parse_principal(long)[1] == "a" * 128
    with pytest.raises(ValueError, match="contract name"):
        parse_principal(long + "a")
