"""The pure core: nouns, rules, the lifecycle of an item, the lane of a signer, sums. No I/O, no clock."""
