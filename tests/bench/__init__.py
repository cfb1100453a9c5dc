"""The speed claims of the README, each measured beside its reference in one run: ``make bench``."""
