"""Faults: what a node, a network, a disk or a person does to an engine, and what must hold all the same."""
