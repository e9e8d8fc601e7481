"""Resources of an asset: its data root, and the one lock."""

from contextlib import ExitStack
from datetime import UTC, date, datetime
from pathlib import Path

import dagster as dg
from pydantic import PrivateAttr

from living_panel.codes import Code
from living_panel.ingestion.provenance import catalog
from living_panel.orchestration.root import ledger, state
from living_panel.orchestration.root.lock import refresh_lock
from living_panel.orchestration.root.settings import Settings
from living_panel.problems import Refused


class Workplace(dg.ConfigurableResource):
    """The data root that all assets, sensors and checks use.

    It locks the data root during a run, so that no other run changes the data root at the same time.
    All steps of the run share this lock, in any process. Resources that only read or fetch are not `locked`.
    """

    root: str
    state: str
    locked: bool = True
    _held: ExitStack = PrivateAttr(default_factory=ExitStack)

    @classmethod
    def of(cls, settings: Settings, *, locked: bool = True) -> "Workplace":
        """The workplace of a data root."""
        return cls(root=str(settings.root), state=str(settings.state), locked=locked)

    def setup_for_execution(self, context: dg.InitResourceContext) -> None:
        """Take the lock, saying for whom we wait; the step that takes it for its run begins the run's state."""
        self._held = ExitStack()
        if not self.locked or not context.run_id:
            return
        root, run = self.settings.root, context.run_id
        say = context.log.info if context.log else print

        def begin() -> None:
            state.mend(root, say)
            ledger.begin(root, say)

        self._held.enter_context(refresh_lock(root, f"run {run}", run_id=run, begin=begin, say=say))

    def teardown_after_execution(self, context: dg.InitResourceContext) -> None:
        """Free the lock, or this step's part in it."""
        self._held.close()

    @property
    def settings(self) -> Settings:
        """Paths of the data root."""
        return Settings(root=Path(self.root), state=Path(self.state))


def check_as_of(as_of: str) -> None:
    """Refuse what is neither an edition nor a date, or to come.

    Raises
    ------
    ValueError
        Naming the two forms, the newest edition, or today.
    """
    editions = catalog.all_editions()
    newest = max(editions)
    try:
        if not state.EDITION_OR_DATE.fullmatch(as_of):
            raise ValueError
        day = date.fromisoformat(as_of if "-" in as_of else f"{as_of}-12-31")
    except ValueError:
        raise Refused(
            Code.AS_OF(
                "AS_OF={as_of!r} is neither an edition such as 2023 nor a date such as 2023-10-01",
                "write AS_OF=2023 or AS_OF=2023-10-01",
                as_of=as_of,
            )
        ) from None
    if "-" not in as_of and day.year > newest:
        raise Refused(
            Code.AS_OF(
                "AS_OF={as_of} is after the newest edition, {newest}",
                "write {newest} or an earlier edition",
                as_of=as_of,
                newest=newest,
            )
        )
    today = max(date.today(), datetime.now(UTC).date())  # a vintage is dated by either
    if "-" in as_of and day > today:
        raise Refused(
            Code.AS_OF(
                "AS_OF={as_of} is in the future", "write today or an earlier date", as_of=as_of
            )
        )
