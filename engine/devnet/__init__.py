"""A simulated Stacks node: checks real signatures, nonces and fees, mines real order, and forgets nothing.

Its chain and mempool live in a file of their own, fsynced before it answers. It is never a real chain, and says so.
"""

from engine.devnet.chainfile import ChainFile, chain_path, read_chain_file
from engine.devnet.keys import creator_key
from engine.devnet.node import Devnet
from engine.devnet.options import CONTRACT_NAME, DevnetOptions, contract_of
from engine.devnet.serve import serve_devnet

__all__ = [
    "CONTRACT_NAME",
    "ChainFile",
    "Devnet",
    "DevnetOptions",
    "chain_path",
    "contract_of",
    "creator_key",
    "read_chain_file",
    "serve_devnet",
]
