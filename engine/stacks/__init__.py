"""The Stacks chain's wire format: addresses, keys, Clarity values, transactions. Pure; usable alone.

from engine.stacks import PrivateKey, sign_contract_call
from engine.stacks.clarity import UInt
"""

from engine.stacks.c32 import Address, address, parse_address, parse_contract, parse_principal
from engine.stacks.keys import PrivateKey
from engine.stacks.payload import ContractCall, Transfer, payload_bytes
from engine.stacks.signing import (
    SignedTransaction,
    recover_public_key,
    sign_contract_call,
    sign_transfer,
    signature_hash,
    verify_signature,
)
from engine.stacks.transaction import CHAIN_IDS, Transaction, contract_call_length, parse_transaction

__all__ = [
    "CHAIN_IDS",
    "Address",
    "ContractCall",
    "PrivateKey",
    "SignedTransaction",
    "Transaction",
    "Transfer",
    "address",
    "contract_call_length",
    "parse_address",
    "parse_contract",
    "parse_principal",
    "parse_transaction",
    "payload_bytes",
    "recover_public_key",
    "sign_contract_call",
    "sign_transfer",
    "signature_hash",
    "verify_signature",
]
