"""PURE: what is to be said of the signers: their file, their keys' addresses, what they can pay for."""

from __future__ import annotations

from engine.checkup.facts import Finding, KeysFacts, SignerFacts, State
from engine.core.operations import stx

_SHOWN = 3


def judge_signers(keys: KeysFacts, *, chain: bool, fee: int) -> list[Finding]:
    """Judge the file and each signer; ``chain`` tells whether there is one at all, ``fee`` is one call's in µSTX."""
    findings = _file(keys, chain)
    findings += [Finding("key", State.WARNING, *_halves(note)) for note in keys.notes]
    findings += [_signer(signer, keys, chain, fee) for signer in keys.signers]
    if keys.unsigned and chain:
        some = ", ".join(keys.unsigned[:_SHOWN]) + (", ..." if len(keys.unsigned) > _SHOWN else "")
        said = f"no key for {len(keys.unsigned)} creators of the catalogue: {some}"
        findings.append(Finding("creators", State.WARNING, said, "add their keys, or their items stay off-chain"))
    return findings


def _file(keys: KeysFacts, chain: bool) -> list[Finding]:
    if keys.problem is not None:
        return [Finding("signer keys", State.UNWELL, *_halves(keys.problem))]
    if keys.file is not None:
        mode = "" if keys.mode is None else f", mode {keys.mode:04o}"
        return [Finding("signer keys", State.OK, f"{keys.file}{mode}, {len(keys.signers)} keys")]
    if keys.simulated:
        said = "simulated: one made for each creator, of no worth elsewhere"
        return [Finding("signer keys", State.OK, said)]
    if not chain:
        return []
    return [Finding("signer keys", State.WARNING, "none: items stay off-chain", "name a file with --signer-keys-file")]


def _signer(signer: SignerFacts, keys: KeysFacts, chain: bool, fee: int) -> Finding:
    named = signer.address
    if keys.simulated and signer.creators:
        named += f" (plays {', '.join(signer.creators)})"
    if signer.account is None:
        why = "no node told its balance and nonce" if chain else "no chain is configured"
        return Finding("signer", State.OK, f"{named}: {why}")
    said = f"{named}: {stx(signer.account.balance)}, nonce {signer.account.nonce}"
    calls = signer.account.balance // fee
    if calls:
        return Finding("signer", State.OK, f"{said}, enough for about {calls:,} calls")
    return Finding("signer", State.WARNING, f"{said}, too little for one call", f"send STX to {signer.address}")


def _halves(sentence: str) -> tuple[str, str]:
    """Part a sentence of the keyring in what is so and what to do."""
    for mark in (": type ", ": write "):
        said, found, todo = sentence.rpartition(mark)
        if found:
            return said, mark.strip(": ") + " " + todo
    said, _, todo = sentence.rpartition("; ")
    return (said, todo) if said else (sentence, "put the file right")
