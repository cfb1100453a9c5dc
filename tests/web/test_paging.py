"""A walk through the pages sees every batch once, however many arrive while it goes on."""

from __future__ import annotations

from engine.stacks import address
from tests.web.support import Api

MINE, OTHERS = (address(name.ljust(20).encode(), "testnet") for name in ("a walk", "another"))
"""Creators of this play alone: their lists have nobody else's batches."""


def test_cursors_stay_right_while_batches_arrive(api: Api) -> None:
    """By cursor nothing comes twice and nothing is left out; skip counts from the newest."""
    made = [api.start([n], creator=MINE) for n in range(1, 8)]
    seen, after = [], None
    while True:
        page = api.get(f"/api/batches/creator/{MINE}", limit=2, **({"after": after} if after else {}))
        assert (page["creator"], page["limit"], page["skip"]) == (MINE, 2, 0)
        seen += [row["batchId"] for row in page["operations"]]
        after = page["next"]
        if after is None:
            break
        made.append(api.start([f"late {len(made)}"], creator=MINE))
    assert seen == made[6::-1]
    assert page["total"] == len(made)
    api.start(["other"], creator=OTHERS)
    skipped = api.get(f"/api/batches/creator/{MINE}", limit=3, skip=1)
    assert [row["batchId"] for row in skipped["operations"]] == made[::-1][1:4]
    assert (skipped["skip"], skipped["total"]) == (1, len(made))
    row = skipped["operations"][0]
    assert "results" not in row
    assert row["contentIds"] == [f"late {len(made) - 2}"]
    every = api.get("/api/batches", skip=10**9)
    assert (every["creator"], every["operations"], every["total"] > len(made)) == (None, [], True)
    assert api.get("/api/batches", status="paused", creator=MINE) == {
        "creator": MINE, "total": 0, "operations": [], "limit": 50, "skip": 0, "next": None,
    }  # fmt: skip
    found = api.get("/api/batches", creator=OTHERS, limit=500)
    assert (found["creator"], found["total"]) == (OTHERS, 1)
