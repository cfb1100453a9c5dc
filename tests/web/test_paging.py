"""A walk through the pages sees every batch once, however many arrive while it goes on."""

from __future__ import annotations

from pathlib import Path

from tests.web.support import CREATOR, OTHER, served


def test_cursors_stay_right_while_batches_arrive(tmp_path: Path) -> None:
    """By cursor nothing comes twice and nothing is left out; skip counts from the newest."""
    with served(tmp_path) as api:
        made = [api.start([n]) for n in range(1, 8)]
        seen, after = [], None
        while True:
            page = api.get(f"/api/batches/creator/{CREATOR}", limit=2, **({"after": after} if after else {}))
            assert (page["creator"], page["limit"], page["skip"]) == (CREATOR, 2, 0)
            seen += [row["batchId"] for row in page["operations"]]
            after = page["next"]
            if after is None:
                break
            made.append(api.start([f"late {len(made)}"]))
        assert seen == made[6::-1]
        assert page["total"] == len(made)
        api.start(["other"], creator=OTHER)
        skipped = api.get(f"/api/batches/creator/{CREATOR}", limit=3, skip=1)
        assert [row["batchId"] for row in skipped["operations"]] == made[::-1][1:4]
        assert (skipped["skip"], skipped["total"]) == (1, len(made))
        assert api.get("/api/batches", skip=10**9)["operations"] == []
        row = skipped["operations"][0]
        assert "results" not in row
        assert row["contentIds"] == [f"late {len(made) - 2}"]
        assert api.get("/api/batches", status="paused") == {
            "creator": None, "total": 0, "operations": [], "limit": 50, "skip": 0, "next": None,
        }  # fmt: skip
        found = api.get("/api/batches", creator=OTHER, limit=500)
        assert (found["creator"], found["total"]) == (OTHER, 1)
