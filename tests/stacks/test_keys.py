"""Keys: they give the addresses that wallets show, and never show themselves."""

import copy
import pickle
import traceback

import pytest

from engine.stacks import PrivateKey, hashes, sign_transfer
from tests.stacks.support import KEY, OTHER, VECTORS, named

SECRET = VECTORS["mnemonics"][0]["private_key"]
WORDS = VECTORS["mnemonics"][0]["mnemonic"]
ORDER = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"


@pytest.mark.parametrize("vector", **named("keys"))
def test_keys_give_their_addresses(vector):
    """A key's hex says whether its public key is compressed, and so which address it has."""
    key = PrivateKey.from_hex(vector["private_key"])
    assert key.compressed is vector["compressed"]
    assert key.public_key.hex() == vector["public_key"]
    assert key.hash160.hex() == vector["hash160"]
    assert key.address("mainnet") == vector["address_mainnet"]
    assert key.address("testnet") == vector["address_testnet"]


@pytest.mark.parametrize("vector", **named("mnemonics"))
def test_phrases_give_their_keys(vector):
    """A phrase and an account are the key that the wallet derives from them."""
    key = PrivateKey.from_mnemonic(vector["mnemonic"], account=int(vector["name"].split("#")[1]))
    assert key == PrivateKey.from_hex(vector["private_key"])
    assert key.address("mainnet") == vector["address_mainnet"]
    assert key.address("testnet") == vector["address_testnet"]


def test_a_phrase_may_be_spaced_anyhow():
    """Blanks and line ends between words carry no meaning."""
    assert PrivateKey.from_mnemonic("  " + WORDS.replace(" ", "\n  ") + "\n") == KEY


def test_compression_makes_another_signer():
    """The same number in the 32-byte form is another key with another address."""
    other = PrivateKey.from_hex(SECRET[:64])
    assert other != KEY
    assert other.address("testnet") != KEY.address("testnet")
    assert PrivateKey.from_hex(SECRET.upper()) == KEY


BAD_KEYS = [
    ("", "has 0 hex digits"),
    (SECRET[:63], "has 63 hex digits"),
    (SECRET[:64] + "02", "doesn't end with 01"),
    (SECRET[:64] + "0101", "has 68 hex digits"),
    ("0x" + SECRET[:64], "without 0x"),
    (SECRET + "\n", "aren't hex"),
    (SECRET[:30] + " " + SECRET[31:], "aren't hex"),
    (SECRET[:63] + "٣", "aren't hex"),
    ("00" * 32, "zero or too large"),
    (ORDER, "zero or too large"),
    ("ff" * 32 + "01", "zero or too large"),
    (bytes.fromhex(SECRET), "aren't hex"),
    (None, "aren't hex"),
]
BAD_PHRASES = [
    ("", 0, "has 0 words"),
    (WORDS.rsplit(" ", 1)[0], 0, "has 23 words"),
    (WORDS.upper(), 0, "word 1 .* lower case"),
    (WORDS.replace("kind", "kindd"), 0, "word 2 isn't"),
    (WORDS.replace("twice kind", "kind twice"), 0, "bad checksum"),
    (WORDS, -1, "account is -1"),
    (WORDS, 2**31, "account is 2147483648"),
    (WORDS, True, "account is True"),
    (None, 0, "isn't text"),
]


@pytest.mark.parametrize(("text", "words"), BAD_KEYS)
def test_bad_keys_are_refused_unseen(text, words):
    """The error says what is wrong with a key and nothing of what the key is."""
    with pytest.raises(ValueError, match=words) as refusal:
        PrivateKey.from_hex(text)
    _assert_silent(refusal.value, str(text)[:32], SECRET[:24])


@pytest.mark.parametrize(("phrase", "account", "words"), BAD_PHRASES)
def test_bad_phrases_are_refused_unseen(phrase, account, words):
    """The error names the place of a wrong word, never the word."""
    with pytest.raises(ValueError, match=words) as refusal:
        PrivateKey.from_mnemonic(phrase, account)
    _assert_silent(refusal.value, "glory cousin", "GLORY", "kindd")


def _assert_silent(fault: BaseException, *secrets: str) -> None:
    """Neither the message nor the locals of our own frames, as crash reporters print them, say a secret."""
    report = traceback.TracebackException.from_exception(fault, capture_locals=True)
    ours = [frame for frame in report.stack if "/engine/stacks/" in frame.filename]
    told = str(fault) + "".join(str(frame.locals) for frame in ours)
    assert ours
    assert fault.__context__ is None
    assert not [secret for secret in secrets if secret and secret in told]


def test_a_key_never_shows_itself():
    """However a key is printed, its secret isn't there, and no attribute dictionary holds it."""
    number = str(int(SECRET[:64], 16))
    shown = f"{KEY} {KEY!r} {[KEY]} {KEY!a}"
    assert SECRET[:16] not in shown
    assert number[:16] not in shown
    assert not hasattr(KEY, "__dict__")
    assert KEY.hash160.hex() in shown


@pytest.mark.parametrize("act", [pickle.dumps, copy.copy, copy.deepcopy])
def test_a_key_never_leaves_memory(act):
    """A key that could be pickled would end in a file one day."""
    with pytest.raises(TypeError, match="never leaves memory"):
        act(KEY)


def test_a_raw_secret_in_place_of_a_key_is_not_echoed():
    """Passing the hex where the key belongs is refused without printing it."""
    with pytest.raises(ValueError, match="isn't a PrivateKey") as refusal:
        sign_transfer(SECRET, network="testnet", recipient=OTHER, amount=1, memo="", nonce=0, fee=300)
    assert SECRET[:16] not in "".join(traceback.format_exception(refusal.value))


def test_equal_keys_are_equal_and_one_in_a_set():
    """Two readings of one key are one signer."""
    assert len({KEY, PrivateKey.from_hex(SECRET)}) == 1
    assert KEY != SECRET


@pytest.mark.parametrize("data", [b"", b"abc", bytes(200)])
def test_both_hash_libraries_agree(data):
    """Where OpenSSL lacks a hash, pycryptodome stands in byte for byte."""
    if hashes.openssl_has("sha512_256"):
        assert hashes._sha512_256_openssl(data) == hashes._sha512_256_pycryptodome(data)
    if hashes.openssl_has("ripemd160"):
        assert hashes._ripemd160_openssl(data) == hashes._ripemd160_pycryptodome(data)


def test_a_hash_that_openssl_lacks_is_known_to_be_missing():
    """The stand-in is chosen by trying, for a listed hash may still be switched off."""
    assert not hashes.openssl_has("no-such-hash")
    assert hashes._sha512_256_pycryptodome(b"abc").hex().startswith("53048e2681941ef9")
    assert hashes._ripemd160_pycryptodome(b"").hex() == "9c1185a5c5e9fc54612808977ee8f548b2258d31"
