"""The page tells the truth: no call, good or bad, is answered in a way it doesn't promise."""

from __future__ import annotations

from pathlib import Path

from tests.web.contract import Contract
from tests.web.support import served


def test_every_answer_is_one_that_the_page_promises(tmp_path: Path) -> None:
    """Each call of the page with good and bad values, and walks along its links; `make api` runs 5,000 cases."""
    with served(tmp_path) as api:
        contract = Contract(api)
        contract.each_call(12)
        contract.walk(6)
    assert contract.cases >= 300
    assert contract.accepted >= 0.3, contract.answers
    assert contract.read_back >= 10
