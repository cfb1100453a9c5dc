"""Real secrets in owner-only files, a deck that uses them in processes of its own, and every place they could reach."""

from __future__ import annotations

import resource
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from mnemonic import Mnemonic

from engine.stacks import PrivateKey
from tests.console.command import Batchdeck
from tests.faults.hunt import Prey, traces

PROC = Path("/proc")
TOLD_BY_THE_KERNEL = ("cmdline", "environ", "status", "limits")


@dataclass(frozen=True, repr=False)
class Signer:
    """One of the operator's keys: the line in the file, and what it makes."""

    line: str
    key: PrivateKey

    @property
    def address(self) -> str:
        return self.key.address("testnet")

    @property
    def prey(self) -> list[Prey]:
        """The key itself, also where a phrase made it; the phrase."""
        phrase = [Prey("phrase", phrase=self.line)] if " " in self.line else []
        return [Prey("key", blob=self.key._secret.secret), *phrase]


@contextmanager
def core_dumps() -> Iterator[None]:
    """Let what is started meanwhile dump its memory in a crash, as far as this system lets anybody."""
    soft, hard = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, (soft, hard))


def signers() -> list[Signer]:
    """A key of 32 bytes, one of 33, and a phrase: new in each run, so that nothing else can hold them."""
    short, long, phrase = secrets.token_hex(32), f"{secrets.token_hex(32)}01", Mnemonic("english").generate(128)
    return [
        Signer(short, PrivateKey.from_hex(short)),
        Signer(long, PrivateKey.from_hex(long)),
        Signer(phrase, PrivateKey.from_mnemonic(phrase)),
    ]


@dataclass(repr=False)
class Vault:
    """The secrets of one run and the commands that use them; ``places`` is all that was shown or kept meanwhile."""

    home: Path
    signers: list[Signer] = field(default_factory=signers)
    api_key: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    token: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    places: dict[str, bytes] = field(default_factory=dict)
    deck: Batchdeck = field(init=False)

    def __post_init__(self) -> None:
        self.deck = Batchdeck(self.home)
        self.deck.variables |= {
            "BATCHDECK_LOG_LEVEL": "debug",
            "BATCHDECK_LOG_FILE": str(self.home / "batchdeck.log"),
            "BATCHDECK_SIGNER_KEYS_FILE": str(self.file("keys", "# ours\n" + "\n".join(self.lines) + "\n")),
            "BATCHDECK_NODE_API_KEY_FILE": str(self.file("api-key", self.api_key + "\n")),
            "BATCHDECK_API_TOKENS_FILE": str(self.file("tokens", f"ops:{self.token}\n")),
        }

    @property
    def lines(self) -> list[str]:
        return [signer.line for signer in self.signers]

    @property
    def prey(self) -> list[Prey]:
        texts = [Prey("api key", text=self.api_key), Prey("token", text=self.token)]
        return [*texts, *(one for signer in self.signers for one in signer.prey)]

    @property
    def url(self) -> str:
        return self.deck.variables["BATCHDECK_CHAIN_URL"]

    def file(self, name: str, text: str | bytes, mode: int = 0o600) -> Path:
        """Write a file of secrets, apart from what the search looks through."""
        path = self.home.parent / "secrets" / name
        path.parent.mkdir(mode=0o700, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        path.chmod(mode)
        return path

    def run(self, name: str, *arguments: str, code: int | None = 0, **variables: str) -> str:
        """Run a command with other settings, keep what it said, and return its stdout."""
        deck = Batchdeck(self.home, variables=self.deck.variables | variables)
        done = deck.run(*arguments, code=code)
        self.places[f"output of {name}"] = (done.stdout + done.stderr).encode()
        return done.stdout

    def look_at(self, name: str, process: subprocess.Popen[str]) -> None:
        """Keep what the kernel tells everybody of a running process, and the files as they are meanwhile."""
        assert process.poll() is None
        for what in TOLD_BY_THE_KERNEL:
            path = PROC / str(process.pid) / what
            if path.exists():
                self.places[f"{what} of {name}"] = path.read_bytes()
        self.places |= {f"{path} beside {name}": kept for path, kept in self.files().items()}

    def files(self) -> dict[str, bytes]:
        """Return every file of the home, by its path in there."""
        return {str(path.relative_to(self.home)): path.read_bytes() for path in self.home.rglob("*") if path.is_file()}

    @contextmanager
    def running(self, name: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
        """A process that goes on until the block ends, and its first line."""
        with core_dumps():
            process = self.deck.start(*arguments)
        assert process.stdout
        first = process.stdout.readline()
        try:
            yield process, first
            self.look_at(name, process)
        finally:
            process.terminate()
            said = process.communicate(timeout=30)
            self.places[f"output of {name}"] = "\n".join((first, *said)).encode()

    def found(self) -> dict[str, list[str]]:
        """Return every trace in what was kept and in the files, by where it is."""
        seen = {name: traces(place, self.prey) for name, place in (self.places | self.files()).items()}
        return {name: found for name, found in seen.items() if found}
