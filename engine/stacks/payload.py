"""What a transaction does: a contract call or a transfer of STX, with its wire bytes.

Layout: stacks-core stacks-codec/src/transaction.rs. Other payload types are refused.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine.stacks.c32 import parse_contract, parse_principal
from engine.stacks.checks import (
    U64_MAX,
    check_bytes,
    check_clarity_name,
    check_contract_name,
    check_integer,
    check_text,
    shown,
)
from engine.stacks.clarity import Principal, Value, read_address, read_value, serialize
from engine.stacks.reader import Reader

MEMO_BYTES = 34


@dataclass(frozen=True, slots=True)
class ContractCall:
    """A call of a public function: contract "ADDRESS.NAME", function name, Clarity arguments."""

    contract: str
    function: str
    args: tuple[Value, ...]

    def __post_init__(self) -> None:
        parse_contract(self.contract)
        check_clarity_name("function", self.function)
        for place, arg in enumerate(self.args):
            if not isinstance(arg, Value):
                raise ValueError(f"args[{place}] is {shown(arg)}: give a Clarity value, such as UInt(5)")

    @property
    def wire(self) -> bytes:
        """The payload's bytes, type first; ValueError for an argument too deep or too large."""
        owner, name = parse_contract(self.contract)
        head = b"\x02" + owner.wire + _named(name) + _named(self.function)
        return head + len(self.args).to_bytes(4) + b"".join(map(serialize, self.args))


@dataclass(frozen=True, slots=True)
class Transfer:
    """A transfer: recipient "ADDRESS" or "ADDRESS.name", amount in µSTX, memo of exactly 34 bytes."""

    recipient: str
    amount: int
    memo: bytes = bytes(MEMO_BYTES)

    def __post_init__(self) -> None:
        parse_principal(self.recipient)
        check_integer("amount", self.amount, 0, U64_MAX)
        if len(check_bytes("memo", self.memo)) != MEMO_BYTES:
            raise ValueError(f"memo has {len(self.memo)} bytes: give {MEMO_BYTES}, see encode_memo")

    @property
    def memo_text(self) -> str:
        """The memo as text without its zero padding; bytes that aren't UTF-8 become U+FFFD."""
        return self.memo.rstrip(b"\0").decode(errors="replace")

    @property
    def wire(self) -> bytes:
        """The payload's bytes, type first."""
        return b"\x00" + serialize(Principal(self.recipient)) + self.amount.to_bytes(8) + self.memo


Payload = ContractCall | Transfer


def contract_call(contract: str, function: str, args: Iterable[Value]) -> ContractCall:
    """A checked ContractCall of any iterable of Clarity values."""
    if not isinstance(args, Iterable):
        raise ValueError(f"args is {shown(args)}: give a list of Clarity values")
    return ContractCall(contract, function, tuple(args))


def payload_bytes(contract: str, function: str, args: Iterable[Value]) -> bytes:
    """The serialised payload of a contract call, as a node's fee estimation wants it."""
    return contract_call(contract, function, args).wire


def encode_memo(text: str) -> bytes:
    """A memo's 34 bytes: UTF-8, zero-padded; over 34 bytes is a ValueError, never cut."""
    try:
        data = check_text("memo", text).encode()
    except UnicodeEncodeError:
        raise ValueError(f"memo is {shown(text)}: it has half a surrogate pair; give whole characters") from None
    if len(data) > MEMO_BYTES:
        raise ValueError(f"memo is {shown(text)}, {len(data)} UTF-8 bytes: give at most {MEMO_BYTES}")
    return data.ljust(MEMO_BYTES, b"\0")


def read_payload(reader: Reader) -> Payload:
    """Take a payload; ValueError for a type other than 0 (transfer) and 2 (contract call)."""
    kind = reader.number(1, "payload type")
    if kind == 0:
        return _read_transfer(reader)
    if kind == 2:
        return _read_call(reader)
    raise ValueError(f"payload type is {kind}: only 0 (transfer) and 2 (contract call) are read")


def _read_transfer(reader: Reader) -> Transfer:
    recipient = read_value(reader)
    if not isinstance(recipient, Principal):
        raise ValueError(f"recipient is {shown(recipient)}: a principal belongs there")
    amount = reader.number(8, "amount")
    return Transfer(recipient.value, amount, reader.take(MEMO_BYTES, "memo"))


def _read_call(reader: Reader) -> ContractCall:
    owner = read_address(reader)
    name = check_contract_name(reader.name("contract name"), 40)
    function = check_clarity_name("function", reader.name("function"))
    count = reader.number(4, "argument count")
    return ContractCall(f"{owner}.{name}", function, tuple(read_value(reader) for _ in range(count)))


def _named(name: str) -> bytes:
    return bytes((len(name),)) + name.encode("ascii")
