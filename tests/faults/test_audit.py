"""The audit is itself audited: evidence with one thing wrong in it must be found guilty of just that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.faults.audit import Kind, audit, changed
from tests.faults.evidence import Chain, Evidence, Fact, Mined, Posted, Told

SIGNER = "ST1SIGNER"
STORY = (
    ("CatalogueChanged", "applied"),
    ("TxSigned", "signed"),
    ("TxAccepted", "submitted"),
    ("TxConfirmed", "confirmed"),
)


def fact(number: int, **given: Any) -> Fact:
    """The n-th change of content 7: confirmed at nonce n."""
    price = 1000 + number
    dull = Fact(
        id=number,
        batch=f"B{number}",
        key=f"order-{number}",
        content="7",
        operation="update-price",
        state="confirmed",
        order=number,
        signer=SIGNER,
        txid=f"tx{number}",
        height=10 + number,
        error=None,
        call=("update-content-price", (7, price)),
        price=price,
        story=STORY,
    )
    return replace(dull, **given)


def mined(number: int, **given: Any) -> Mined:
    dull = Mined(
        f"tx{number}", (10 + number, 0), SIGNER, number, "success", ("update-content-price", (7, 1000 + number))
    )
    return replace(dull, **given)


def told(number: int, **given: Any) -> Told:
    counts = dict.fromkeys(("pendingCount", "offChainCount", "catalogueOnlyCount", "cancelledCount", "failureCount"), 0)
    body = {
        **counts,
        "batchId": f"B{number}",
        "totalItems": 1,
        "confirmedCount": 1,
        "successCount": 1,
        "settledAt": "then",
        "completedAt": "then",
        "contentIds": ["7"],
        "results": [{"contentId": "7", "outcome": "confirmed"}],
    }
    return Told(f"order-{number}", body | given)


def posted(number: int, status: str = "confirmed") -> Posted:
    return Posted(f"tx{number}", SIGNER, number, status, b"raw")


CLEAN = Evidence(
    accepted={"order-0": 1, "order-1": 1},
    items=(fact(0), fact(1)),
    posted=(posted(0), posted(1)),
    batches=(told(0), told(1)),
    catalogue={"7": (1001, False)},
    chain=Chain((mined(0), mined(1)), (), {7: (1001, False)}),
)


def chain(*rows: Mined, **given: Any) -> Chain:
    return replace(CLEAN.chain, mined=rows, **given)


def off_chain(number: int) -> Evidence:
    """The last of the two went off-chain, and everything else tells so."""
    story = (*STORY[:2], ("TxRefused", "off-chain"))
    counts = {"confirmedCount": 0, "offChainCount": 1, "results": [{"contentId": "7", "outcome": "off-chain"}]}
    return replace(
        CLEAN,
        items=(fact(0), fact(number, state="off-chain", story=story, height=None)),
        posted=(posted(0), posted(1, "refused")),
        batches=(told(0), told(number, **counts)),
        chain=Chain((mined(0),), (), {7: (1000, False)}),
    )


def test_clean_evidence_is_clean() -> None:
    """What is as promised is found so: confirmed, or off-chain and never mined."""
    assert audit(CLEAN) == []
    assert audit(off_chain(1)) == []


GUILTY: dict[str, tuple[Kind, Callable[[], Evidence]]] = {
    "mined twice": (
        Kind.DUPLICATE,
        lambda: replace(CLEAN, chain=chain(mined(0), mined(1), mined(2, txid="tx0b", call=fact(0).call))),
    ),
    "mined and never stored": (Kind.DUPLICATE, lambda: replace(CLEAN, posted=(posted(0),))),
    "waiting and never stored": (
        Kind.DUPLICATE,
        lambda: replace(CLEAN, chain=chain(mined(0), mined(1), waiting=((SIGNER, 2, "tx9"),))),
    ),
    "a batch is gone": (Kind.LOST, lambda: replace(CLEAN, accepted={**CLEAN.accepted, "order-2": 3})),
    "an item is on its way for ever": (
        Kind.LOST,
        lambda: replace(CLEAN, items=(fact(0), fact(1, state="submitted", story=STORY[:3]))),
    ),
    "a hole": (
        Kind.HOLE,
        lambda: replace(CLEAN, posted=(*CLEAN.posted, posted(2, "refused"), posted(3, "accepted"))),
    ),
    "confirmed and never mined": (Kind.WRONG, lambda: replace(CLEAN, chain=chain(mined(0)))),
    "confirmed and aborted": (Kind.WRONG, lambda: replace(CLEAN, chain=chain(mined(0), mined(1, status="abort")))),
    "confirmed with another price": (
        Kind.WRONG,
        lambda: replace(CLEAN, chain=chain(mined(0), mined(1, call=("update-content-price", (7, 5))))),
    ),
    "confirmed in another block": (Kind.WRONG, lambda: replace(CLEAN, items=(fact(0), fact(1, height=99)))),
    "off-chain and mined": (
        Kind.WRONG,
        lambda: replace(off_chain(1), chain=chain(mined(0), mined(1)), posted=CLEAN.posted),
    ),
    "order turned round": (
        Kind.WRONG,
        lambda: replace(CLEAN, items=(fact(0, order=5), fact(1, order=2)), catalogue={"7": (1000, False)}),
    ),
    "the catalogue forgot": (Kind.WRONG, lambda: replace(CLEAN, catalogue={"7": (1000, False)})),
    "the chain has another price": (
        Kind.WRONG,
        lambda: replace(CLEAN, chain=chain(mined(0), mined(1), contents={7: (1000, False)})),
    ),
    "a wrong count": (Kind.WRONG, lambda: replace(CLEAN, batches=(told(0), told(1, pendingCount=1)))),
    "two results": (
        Kind.WRONG,
        lambda: replace(CLEAN, batches=(told(0), told(1, results=[*told(1).body["results"]] * 2))),
    ),
    "no result": (Kind.WRONG, lambda: replace(CLEAN, batches=(told(0), told(1, results=[])))),
    "settled and not told so": (Kind.WRONG, lambda: replace(CLEAN, batches=(told(0), told(1, settledAt=None)))),
    "a step twice": (Kind.WRONG, lambda: replace(CLEAN, items=(fact(0), fact(1, story=(*STORY, STORY[-1]))))),
    "a step left out": (Kind.WRONG, lambda: replace(CLEAN, items=(fact(0), fact(1, story=(STORY[0], *STORY[2:]))))),
    "a story without its end": (Kind.WRONG, lambda: replace(CLEAN, items=(fact(0), fact(1, story=STORY[:3])))),
}


@pytest.mark.parametrize("name", GUILTY)
def test_guilty_evidence_is_found_guilty(name: str) -> None:
    """Each promise broken alone is found under its own column."""
    kind, made = GUILTY[name]
    assert kind in {finding.kind for finding in audit(made())}


def test_another_wallets_transactions_are_no_duplicates() -> None:
    """What the harness itself mined with a signer's key isn't the engine's."""
    stranger = mined(2, txid="foreign", call=fact(0).call)
    assert audit(replace(CLEAN, chain=chain(mined(0), mined(1), stranger), foreign=frozenset({"foreign"}))) == []


def test_after_a_reorg_the_block_may_be_another() -> None:
    """A transaction that was mined twice over is told of the block that was first seen."""
    assert audit(replace(CLEAN, items=(fact(0), fact(1, height=99)), reorged=True)) == []


def test_what_lands_when_all_is_posted_again_is_found() -> None:
    """An off-chain item that could be mined after all was no proof, and a chain that forgets is no chain."""
    found = off_chain(1)
    assert changed(found, found.chain) == []
    assert changed(found, chain(mined(0), mined(1), contents={7: (1001, False)}))
    assert changed(found, chain(contents={7: (1000, False)}))
