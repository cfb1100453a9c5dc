"""Keys come from a file that is its owner's alone, and nothing that is said about it shows one."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import pytest

from engine import keyring
from engine.errors import BadSettings
from engine.keyring import read_keys, read_secret
from engine.stacks import PrivateKey

SECRET = "edf9aee84d9b7abc145504dde6726c64f369d37ee34ded868fabd876c26570bc"
WORDS = "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about"


def keys_file(folder: Path, text: str, mode: int = 0o600) -> Path:
    path = folder / "keys"
    path.write_text(text)
    path.chmod(mode)
    return path


def test_reads_keys_and_mnemonics(tmp_path: Path) -> None:
    """Keys of both lengths and mnemonics stand a line each, among comments and blank lines."""
    path = keys_file(tmp_path, f"\ufeff# ours\n\n  {SECRET}01 \r\n{SECRET}\n{WORDS}\n", 0o400)
    ring = read_keys(path, "testnet")
    expected = [PrivateKey.from_hex(SECRET + "01"), PrivateKey.from_hex(SECRET), PrivateKey.from_mnemonic(WORDS)]
    assert ring.addresses == tuple(key.address("testnet") for key in expected)
    assert [ring.key(address) for address in ring.addresses] == expected
    assert ring.key("ST000000000000000000002AMW42H") is None


def test_a_short_key_is_explained(tmp_path: Path) -> None:
    """A key of 32 bytes makes another address than the same with 01, so it is said which one."""
    ring = read_keys(keys_file(tmp_path, SECRET), "testnet")
    (note,) = ring.notes
    assert "line 1" in note
    assert ring.addresses[0] in note
    assert SECRET not in note


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o700, 0o000])
def test_open_files_are_refused(tmp_path: Path, mode: int) -> None:
    """Only 0600 and 0400 will do; the refusal says what to type."""
    path = keys_file(tmp_path, SECRET, mode)
    with pytest.raises(BadSettings, match=f"chmod 600 {path}|can't be read"):
        read_keys(path, "testnet")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_files_of_others_are_refused(tmp_path: Path) -> None:
    """A file of another user may be changed by them at any time."""
    path = keys_file(tmp_path, SECRET)
    os.chown(path, 12345, 12345)
    with pytest.raises(BadSettings, match="another user"):
        read_keys(path, "testnet")


@pytest.mark.parametrize(
    "line", [SECRET[:-1], SECRET + "02", "0x" + SECRET, "0" * 64, WORDS.replace("about", "abaut"), WORDS + " zoo"]
)
def test_bad_lines_are_named_not_shown(tmp_path: Path, line: str) -> None:
    """A line that is no key is named by its number; neither the message nor the traceback shows what stands there."""
    path = keys_file(tmp_path, f"# first\n{line}\n")
    with pytest.raises(BadSettings, match="line 2") as refused:
        read_keys(path, "testnet")
    frames = traceback.walk_tb(refused.value.__traceback__)
    ours = [repr(frame.f_locals) for frame, _ in frames if frame.f_code.co_filename == keyring.__file__]
    assert ours
    assert not any(line in shown for shown in (str(refused.value), *ours))


@pytest.mark.parametrize("text", ["", "# only words\n\n"])
def test_no_key(tmp_path: Path, text: str) -> None:
    """A file without a key is a mistake, not an empty keyring."""
    with pytest.raises(BadSettings, match="no key"):
        read_keys(keys_file(tmp_path, text), "testnet")


def test_not_a_file(tmp_path: Path) -> None:
    """A folder, a missing file, a pipe: each is refused at once, without waiting for a writer."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe, 0o600)
    for path in (tmp_path, tmp_path / "none", pipe):
        with pytest.raises(BadSettings, match=r"isn't a file|can't be read"):
            read_secret(path)


def test_repr_shows_no_secret(tmp_path: Path) -> None:
    """A keyring that lands in a log shows addresses alone."""
    ring = read_keys(keys_file(tmp_path, SECRET + "01"), "testnet")
    assert ring.addresses[0] in repr(ring)
    assert SECRET[:16] not in repr(ring)
    assert len(ring) == 1
