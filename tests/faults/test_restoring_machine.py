"""The engine of test_state_machine.py with backups that are put back at any time: no call is ever mined twice."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from engine.core.lane import is_hole
from engine.upkeep import back_up, put_back
from tests.engine.rig import price
from tests.engine.test_recovery import kill
from tests.faults.test_state_machine import BLOCKS, IDS, LONG, SIGNER, EngineMachine


class RestoringMachine(EngineMachine):
    """Every submission has a price of its own, so that a call that is mined twice was sent twice.

    The chain keeps its blocks, and the clock is set on but never back: a backup's day is what a block's is held
    against.
    """

    def __init__(self) -> None:
        super().__init__()
        self.last = 0
        self.saved = self.path.with_name("saved.db")
        self.former: set[str] = set()

    @rule(ids=st.sets(st.sampled_from(IDS), min_size=1), to=st.just(0))
    def submit(self, ids: set[str], to: int) -> None:
        self.do(self.play.engine.submit(price(*sorted(ids), to=self.priced(to))))

    def priced(self, to: int) -> int:
        """Return a price that nobody asked for before."""
        self.last += 1
        return self.last

    @rule(seconds=st.sampled_from([31, 3600, 604_800]))
    def clock_jumps(self, seconds: int) -> None:
        self.clock.pass_(seconds)

    @rule(blocks=st.just(0), back=st.just(True))
    def reorg(self, blocks: int, back: bool) -> None:
        return

    @rule()
    def back_up(self) -> None:
        back_up(self.path, self.saved, self.clock.now(), force=True)

    @precondition(lambda self: self.saved.exists())
    @rule()
    def restore(self) -> None:
        self.do(self._restore())

    async def _restore(self) -> None:
        await kill(self.play)
        down = self.chain.down
        await self.stack.aclose()
        put_back(self.path, self.saved, self.clock.now())
        self.former = set(self.chain.raws)
        self.completed.clear()
        await self._open()
        self.chain.down = down

    @invariant()
    def no_call_is_mined_twice(self) -> None:
        assert self.chain.history is not None
        done = self.chain.history.get(SIGNER, [])
        calls = Counter(one.call.name for one in done if one.call)
        assert len(calls) == calls.total()

    def audit_at_the_end(self) -> None:
        """Post once more what this life signed, mine on, and nothing changes.

        What an earlier life signed and no mempool shows any more is out of anybody's sight.
        """
        self.no_call_is_mined_twice()
        before = self.mined()
        slots = self.do(self.play.store.lane(SIGNER, 0)).slots
        refused = {one.txid for slot in slots if is_hole(slot) for one in slot.transactions}
        for txid in self.chain.raws.keys() - refused - self.former:
            self.do(self.chain.broadcast(self.chain.raws[txid], txid, self.clock.now()))
        for _ in range(BLOCKS):
            self.chain.mine()
        assert self.mined() == before


RestoringMachine.TestCase.settings = settings(
    max_examples=40 if LONG else 4,
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate],  # threads make no two runs alike, so there is nothing to shrink or to replay
    database=None,
)
TestRestoring = RestoringMachine.TestCase
