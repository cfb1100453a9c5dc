"""An engine to look after: nodes of every standing, alerts, deeds, a schedule and settings, for the screens."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from engine.core.loglines import Level, LogLine
from engine.core.logquery import LogQuery, page
from engine.core.model import ItemState as S
from engine.core.model import Outcome
from engine.core.oversight import Act, AlertQuery, AuditQuery, Deed, KeptAlert
from engine.core.reports import Health, Page, Part
from engine.core.summary import status
from engine.core.vitals import NodeCall, NodeSight, NodeStanding, Setting, Times, Vitals
from engine.errors import Conflict
from tests.console.fake_engine import BOB, NOW, FakeEngine

DUE = "01KDEMO0000000000000000012"
RUNNING = "01KDEMO0000000000000000011"
PARTS = (
    Part("database", True, "answers"),
    Part("node", True, "api.hiro.so (1 of 4), tip at 182223"),
    Part("scheduler", True, "last tick 0 s ago"),
    Part("memory", True, "104 MB of 7951 MB"),
)
NODES = (
    NodeSight("api.hiro.so", NodeStanding.USED, 182_223, 0.118),
    NodeSight("node-b.example:20443", NodeStanding.BEHIND, 182_201, 0.0094),
    NodeSight("node-c.example:20443", NodeStanding.AWAY, None, None, "The node didn't answer within 10 s"),
    NodeSight("node-d.example:20443", NodeStanding.REFUSED, 12, 0.2, "It is of another network: set CHAIN_URL"),
)
CALLS = (
    NodeCall("info", Times(5_310, 0.0841, 0.5)),
    NodeCall("broadcast", Times(1_204, 0.212, 0.5), 3),
    NodeCall("look_up", Times(2_480, 0.0952, 0.5)),
)
SETTINGS = (
    Setting("database_url", "sqlite:////var/lib/batchdeck/deck.sqlite3", "BATCHDECK_DATABASE_URL"),
    Setting("chain_url", "api.hiro.so,node-b.example:20443", "BATCHDECK_CHAIN_URL"),
    Setting("window", "25", "default"),
    Setting("fee_max", "80000", "fee_max in /etc/batchdeck/config.toml"),
)


def ago(**given: float) -> datetime:
    return NOW - timedelta(**given)


def alerts() -> list[KeptAlert]:
    slow = f"Batch {RUNNING}: Slow: it has run for 3 min, more than 2 min"
    return [
        KeptAlert(9, "node 3", "Node unreachable: node-c.example:20443: no answer within 10 s", ago(minutes=4)),
        KeptAlert(8, f"batch {RUNNING} slow", slow, ago(minutes=20), RUNNING),
        KeptAlert(7, "node", "Node unreachable", ago(hours=3), ended_at=ago(hours=2)),
        KeptAlert(
            6, "stopped", "The engine is stopped", ago(hours=9), None, ago(hours=8), ago(hours=8), "ann", "drill"
        ),
    ]


def deeds() -> list[Deed]:
    return [
        Deed(ago(minutes=2), "ann", Act.SUBMIT, RUNNING, detail="update-price of 100", why="Autumn sale"),
        Deed(ago(hours=8), "ann", Act.RESUME_ALL),
        Deed(ago(hours=9), "bob", Act.PAUSE_ALL, why="drill"),
        Deed(ago(hours=30), "bob", Act.SETTINGS, detail="fee_max: 50000 -> 80000"),
    ]


def logged() -> list[LogLine]:
    """Make lines of every level, oldest first."""
    key = "signer='ST1SIGNER00000000000000000000000000ALICE1'"
    trace = "Traceback (most recent call last):\n  File \"engine/line/worker.py\", line 61, in round\nKeyError: 'lost'"
    made = [
        ("debug", "request", "method='GET'  path='/api/changes'  status=200  ms=1.2", ""),
        ("info", "request", "method='POST'  path='/api/batches'  status=201  ms=9.8", ""),
        ("warning", "replaced by fee, by hand", f"{key}  nonce=41  fee=2501", ""),
        ("error", "a round failed; the next tick tries again", "station='lane ST1SIGNER'", trace),
        ("critical", "the disk is full", "", ""),
        ("info", "database available again", "seconds=4.2", ""),
    ]
    return [
        LogLine(811 + place, ago(seconds=60 - 7 * place), Level(level), *said)
        for place, (level, *said) in enumerate(made)
    ]


PLAIN = Vitals("0.1.0", ago(hours=3, minutes=12), "ann", "testnet", "api.hiro.so (1 of 4)", "deck.sqlite3")


@dataclass
class TendedEngine(FakeEngine):
    """A fake engine that can be looked after; ``told`` is what it says of itself."""

    kept: list[KeptAlert] = field(default_factory=alerts)
    done: list[Deed] = field(default_factory=deeds)
    lines: list[LogLine] = field(default_factory=logged)
    parts: tuple[Part, ...] = PARTS
    told: Vitals = PLAIN

    async def health(self) -> Health:
        self._asked("health")
        statuses = dict(Counter(status(one) for one in self.found.values()))
        well = all(part.ok for part in self.parts)
        given = (self.paused, self.parts, statuses)
        return Health(well, "testnet", "api.hiro.so", self.simulated, "deck.sqlite3", *given)

    async def vitals(self) -> Vitals:
        self._asked("vitals")
        return replace(self.told, open_alerts=sum(one.ended_at is one.acknowledged_at is None for one in self.kept))

    async def alerts(self, query: AlertQuery) -> Page[KeptAlert]:
        self._asked("alerts", query)
        return Page(tuple(self.kept[: query.limit]), len(self.kept))

    async def acknowledge(self, alert_id: int, why: str | None = None) -> KeptAlert:
        self._asked("acknowledge", (alert_id, why))
        place = next(at for at, one in enumerate(self.kept) if one.id == alert_id)
        if self.kept[place].acknowledged_at:
            raise Conflict(f"Alert {alert_id} was acknowledged already")
        self.kept[place] = replace(self.kept[place], acknowledged_at=NOW, acknowledged_by="ann", why=why)
        return self.kept[place]

    async def audit(self, query: AuditQuery) -> Page[Deed]:
        self._asked("audit", query)
        return Page(tuple(self.done[: query.limit]), len(self.done))

    async def log_lines(self, query: LogQuery) -> Page[LogLine]:
        self._asked("log_lines", query)
        return page(self.lines, query)


def tended() -> TendedEngine:
    """Make the engine that the pictures of Engine are drawn from."""
    engine = TendedEngine()
    engine.add(RUNNING, [S.CONFIRMED] * 66 + [S.SUBMITTED] * 12 + [S.QUEUED] * 22)
    engine.add(DUE, [S.QUEUED] * 40, started_at=None, scheduled_for=NOW + timedelta(hours=3), creator=BOB)
    outcomes = {Outcome.CONFIRMED: 48_210, Outcome.PENDING: 12, Outcome.OFF_CHAIN: 31, Outcome.FAILED: 4}
    engine.told = replace(
        engine.told,
        contract="SP3X6QWWETNBZWGBK6DRGTR1KX50S74D3425Q1TPK.pay-per-view",
        nodes=NODES,
        calls=CALLS,
        under_way={S.QUEUED: 62, S.APPLIED: 18, S.SIGNED: 2},
        outcomes=outcomes,
        writing=1,
        commits=Times(9_120, 0.0038, 0.01),
        settings=SETTINGS,
    )
    return engine
