"""The line an item walks: apply, sign, broadcast, watch; everything that happens after a batch was accepted."""
