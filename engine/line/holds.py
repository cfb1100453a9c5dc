"""Why a lane is held, by cause: one cause that ends doesn't take away another."""

from __future__ import annotations


class Holds:
    """The standing causes of one lane, oldest first."""

    def __init__(self) -> None:
        self._why: dict[str, str] = {}

    def put(self, cause: str, why: str | None) -> None:
        """State a cause, or with None that it is over."""
        if why is None:
            self._why.pop(cause, None)
        else:
            self._why[cause] = why

    def keep_fees(self, nonces: set[int]) -> None:
        """Forget the fees of nonces that don't wait any more."""
        for cause in [cause for cause in self._why if cause.startswith("fee ")]:
            if int(cause.removeprefix("fee ")) not in nonces:
                del self._why[cause]

    def of(self, *causes: str) -> str | None:
        """Return the first of these causes that stands, in its own words."""
        return next((self._why[cause] for cause in causes if cause in self._why), None)

    def clear(self) -> None:
        """Nothing holds the lane."""
        self._why.clear()

    @property
    def why(self) -> str | None:
        """Return every cause in one text; None when the lane isn't held."""
        return "; ".join(dict.fromkeys(self._why.values())) or None
