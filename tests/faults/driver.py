"""Runs a scenario on real parts: engines live and die by SIGKILL until everything is settled, then the audit reads."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing.process import BaseProcess
from pathlib import Path

import httpx

from engine.devnet.faults import parse
from tests.faults import evidence
from tests.faults.audit import Finding, Kind, audit, changed
from tests.faults.deck import Deck, Node, devnet, ended
from tests.faults.evidence import Evidence
from tests.faults.report import Report, final_state, unlike
from tests.faults.scenario import Act, Life, Order, Scenario, catalogue, closing_orders, orders

KILLED = -9
TICK = 0.01
LONGEST_LIFE = 15.0
TRIES = 3
DEEP = 30
AT_RANDOM = "at a random moment"
ACCEPT = "accept"
ENGINE = ("engine", "--no-api", "--drain")


def run(scenario: Scenario) -> Report:
    """Run a scenario, and its undisturbed twin if it has one."""
    report = run_once(scenario)
    if scenario.twin:
        peaceful = run_once(replace(scenario, faults=(), lives=()))
        report.findings += peaceful.findings
        report.findings += unlike(report.final, peaceful.final)
    return report


def run_once(scenario: Scenario) -> Report:
    """Run a scenario in a folder of its own."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"faults-{scenario.name}-") as name, _served(Path(name), scenario) as deck:
        driver = Driver(scenario, deck)
        try:
            driver.prepare()
            driver.live()
            driver.judge()
        except (RuntimeError, TimeoutError, httpx.HTTPError, sqlite3.Error) as broken:
            driver.report.findings.append(Finding(Kind.BROKEN, f"{type(broken).__name__}: {broken}"))
    driver.report.seconds = time.monotonic() - began
    return driver.report


@contextmanager
def _served(folder: Path, scenario: Scenario) -> Iterator[Deck]:
    with devnet(folder, scenario) as node:
        yield Deck(folder, node, scenario.settings, scenario.plant)


class Driver:
    """One run: what is to come, what was accepted, and what happened so far."""

    def __init__(self, scenario: Scenario, deck: Deck) -> None:
        self.scenario = scenario
        self.deck = deck
        self.report = Report(scenario)
        self._orders = orders(scenario)
        self._accepted: dict[str, int] = {}
        self._foreign: set[str] = set()
        self._reorged = False

    def prepare(self) -> None:
        """Import the catalogue, accept the first batches, and set the switches that stand."""
        file = self.deck.folder / "catalogue.csv"
        file.write_text(catalogue(self.scenario))
        if self.deck.run("catalogue", "import", str(file)):
            raise RuntimeError((self.deck.folder / "log").read_text())
        node = self.deck.node
        node.control("register", {"contents": [], "accounts": [node.signer(name) for name in self.scenario.names]})
        self.accept(self.scenario.first)
        self.weather()

    def weather(self) -> None:
        """Set the standing switches, and take back what an act has set."""
        standing = dict(map(parse, self.scenario.faults))
        on = self.deck.node.control("faults")["on"]
        body: dict[str, object] = {name: None for name in on if name not in standing}
        for name, fault in standing.items():
            body[name] = {"probability": fault.probability, "count": fault.count, "value": fault.value}
            self._standing(name)
        self.deck.node.control("faults", body)

    def _standing(self, name: str) -> None:
        """Count a switch that only stands there, which the devnet itself doesn't."""
        if name in STANDING:
            self.report.struck[name] += 1

    def accept(self, count: int, point: str = "") -> None:
        """Submit the next batches."""
        for _ in range(count):
            self._submit(next(self._orders), point)

    def _submit(self, order: Order, point: str = "") -> None:
        """Submit a batch until somebody answers; its key keeps it from being stored twice."""
        for _ in range(TRIES):
            code = self.deck.run(*order.arguments, point=point)
            if code == 0:
                self._accepted[order.key] = len(order.ids)
                return
            if code != KILLED:
                raise RuntimeError(f"{order.arguments} ended with {code}: {(self.deck.folder / 'log').read_text()}")
            self.report.kills[point.partition(":")[0]] += 1
            point = ""
        raise AssertionError("a command was killed without being aimed at")

    def live(self) -> None:
        """Live all lives, then once more to the end."""
        for life in self.scenario.lives:
            self._until_killed(life)
        self.weather()
        self._settle()
        if self.scenario.closing:
            self.deck.node.control("faults", dict.fromkeys(self.deck.node.control("faults")["on"]))
            for order in closing_orders(self.scenario):
                self._submit(order)
            self._settle()

    def _until_killed(self, life: Life) -> None:
        """Live a life; one that should have died at a point and didn't pass it gets more work, and lives again."""
        if life.point.startswith(ACCEPT):
            self.accept(1, life.point)
            return
        for _ in range(TRIES):
            self.accept(life.orders)
            self.weather()
            if self._live_once(life) or not life.point:
                break
        time.sleep(life.then)

    def _live_once(self, life: Life) -> bool:
        """Run an engine until it ends or is killed; tell whether it died at its crash point."""
        process, began = self.deck.start(*ENGINE, point=life.point), time.monotonic()
        for act in sorted(life.acts, key=lambda act: act.at):
            self._wait(process, lambda until=began + act.at: time.monotonic() >= until)
            self.act(act)
        end = began + (LONGEST_LIFE if life.seconds is None else life.seconds)
        self._wait(process, lambda: time.monotonic() >= end)
        died = process.exitcode == KILLED
        if process.exitcode is None:
            process.kill()
            process.join()
        if process.exitcode == KILLED:
            self.report.kills[life.point.partition(":")[0] if died else AT_RANDOM] += 1
        return died

    def _wait(self, process: BaseProcess, over: Callable[[], bool]) -> None:
        while process.exitcode is None and not over():
            process.join(TICK)

    def act(self, act: Act) -> None:
        """Do something to the node."""
        body = dict(act.body)
        if "creator" in body:
            body["address"] = self.deck.node.signer(str(body.pop("creator")))
        answer = self.deck.node.control(act.path, body)
        if act.path == "foreign":
            self._foreign.add(answer["txid"])
        if act.path == "faults":
            for name in body:
                self._standing(name)
        elif answer.get("returned", 1):
            self.report.struck[f"reorg of {body['blocks']}" if act.path == "reorg" else act.path] += 1
        self._reorged |= act.path == "reorg"

    def _settle(self) -> None:
        """Let engines end by themselves until all is settled: a reorg may give something back while one ends."""
        for _ in range(TRIES):
            try:
                code = ended(self.deck.start(*ENGINE), self.scenario.patience)
            except TimeoutError:
                text = f"not everything was settled within {self.scenario.patience:g} s"
                self.report.findings.append(Finding(Kind.LOST, text))
                return
            if code:
                raise RuntimeError(f"the engine ended with {code}: {(self.deck.folder / 'log').read_text()[-2000:]}")
            if evidence.all_settled(self.deck.database):
                return

    def judge(self) -> None:
        """Read what is there, hold it against what was promised, then post everything once more."""
        node, report = self.deck.node, self.report
        values = {name: fault.value or "seconds" for name, fault in map(parse, self.scenario.faults)}
        for name, count in node.control("faults")["struck"].items():
            report.struck[f"{name}={values[name]}" if name == "429" else name] += count
        node.control("faults", dict.fromkeys(node.control("faults")["on"]) | {"stall": {}})
        found = self.read()
        report.findings += audit(found)
        report.findings += self._post_all_again(node, found)
        report.states = Counter(item.state for item in found.items)
        report.final = final_state(found)
        wanted = self.scenario.expected
        for item in found.items:
            if wanted and item.state != wanted:
                text = f"{item.key}/{item.content} should be {wanted}, and is {item.state}: {item.error}"
                report.findings.append(Finding(Kind.WRONG, text))

    def read(self) -> Evidence:
        """Read the evidence."""
        path = self.deck.database
        return Evidence(
            accepted=dict(self._accepted),
            items=evidence.read_items(path),
            posted=evidence.read_posted(path),
            batches=evidence.read_batches(path),
            catalogue=evidence.read_catalogue(path),
            chain=evidence.read_chain(self.deck.node),
            foreign=frozenset(self._foreign),
            reorged=self._reorged,
        )

    def _post_all_again(self, node: Node, found: Evidence) -> list[Finding]:
        for one in found.posted:
            if one.raw:  # what another wallet made is known by its txid alone
                node.post(one.raw)
        node.control("mine", {"blocks": DEEP})
        return changed(found, evidence.read_chain(node))


STANDING = (
    "latency", "post-latency", "down", "stall", "api-lag", "market", "mining-fee", "no-estimator", "no-api", "no-v1",
    "no-v3", "no-txindex", "forgets-mined",
)  # fmt: skip
