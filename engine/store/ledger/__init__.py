"""The ledger of the chain's side: slots, the transactions signed for them, and what was answered."""
