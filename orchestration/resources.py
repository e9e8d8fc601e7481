"""What an asset is given: where it works, as of when, and the one lock.

Belongs here: the resource every asset takes. Holding it is holding the data root's lock, so that a run,
whoever started it, has the root to itself. Not here: asset logic.
"""

from contextlib import ExitStack
from datetime import date

import dagster as dg
from pydantic import PrivateAttr

from ingestion import catalog
from orchestration.lock import WAIT_SECONDS, refresh_lock
from orchestration.settings import Settings, load_settings


class Workplace(dg.ConfigurableResource):
    """The data root of a run, its vantage, and its lock.

    Attributes
    ----------
    as_of : str or None
        Edition year ("2023") or date ("2023-10-01") whose state of knowledge is rebuilt; None is now.
    wait_seconds : float
        Longest wait for another run's lock.
    """

    as_of: str | None = None
    wait_seconds: float = WAIT_SECONDS
    _held: ExitStack = PrivateAttr(default_factory=ExitStack)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Check the vantage, then take the lock, saying for whom we wait."""
        check_as_of(self.as_of)
        log = context.log
        purpose = f"run {context.run_id}" if context.run_id else "a run"
        self._held = ExitStack()
        self._held.enter_context(
            refresh_lock(
                self.settings.root,
                purpose,
                wait_seconds=self.wait_seconds,
                say=log.info if log else print,
            )
        )

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Free the lock."""
        self._held.close()

    @property
    def settings(self) -> Settings:
        """Paths of the data root."""
        return load_settings()


def check_as_of(as_of: str | None) -> None:
    """Refuse a vantage that is neither an edition nor a date, or before the first edition.

    Raises
    ------
    ValueError
        Naming the first edition and the two forms.
    """
    if as_of is None:
        return
    first = min(catalog.all_editions())
    try:
        year = int(as_of) if as_of.isdigit() else date.fromisoformat(as_of).year
    except ValueError:
        raise ValueError(
            f"AS_OF={as_of!r} is neither an edition (2023) nor a date (2023-10-01)."
        ) from None
    if year < first:
        raise ValueError(f"AS_OF={as_of} is before the first edition, {first}: nothing was known.")
