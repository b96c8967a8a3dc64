"""One thread in which the model runs: it computes the newest state that is wanted, and nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from nnanim.live.film import LiveFilm, Shown
from nnanim.live.placing import BeatRows
from nnanim.live.state import LiveState

IDLE = 0.4
"""Seconds without a wish after which the rest of the story is told, too."""


@dataclass(frozen=True)
class Note:
    """Why something could not be shown, in one line; what was shown before is still there."""

    text: str


@dataclass(frozen=True)
class Busy:
    """The model runs."""


@dataclass(frozen=True)
class Listing:
    """The beats of the story as it is told now; what is seen stays."""

    beats: BeatRows


Report = Callable[["Shown | Note | Busy | Listing"], None]


class LiveWorker:
    """Computes what is wanted in a thread of its own; of several wishes, the newest wins."""

    def __init__(self, film: LiveFilm, report: Report, idle: float = IDLE) -> None:
        """Prepare a worker.

        Args:
            film: what is shown; from now on it is used by this thread alone.
            report: receives, in that thread, everything that is to be seen or said.
            idle: seconds without a wish after which the rest of the story is told.
        """
        self._film, self._report, self._idle = film, report, idle
        self._changed = threading.Condition()
        self._wanted: LiveState | None = None
        self._stops = False
        self._thread = threading.Thread(target=self._run, name="nnanim-live", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def want(self, state: LiveState) -> None:
        """Ask for a state; what is being computed for another one is left as soon as can be."""
        with self._changed:
            self._wanted = state
            self._changed.notify()

    def stop(self, seconds: float = 1.0) -> None:
        """End the thread; a model that runs longer than that is left behind."""
        with self._changed:
            self._stops = True
            self._changed.notify()
        self._thread.join(seconds)

    def _run(self) -> None:
        done: LiveState | None = None
        whole = True
        while (state := self._wait(done, None if whole else self._idle)) is not None or not self._stops:
            if self._stops:
                return
            if state is None:
                whole = True
                if done is not None:
                    self._attempt(lambda done=done: self._refresh(done))  # type: ignore[misc]
                continue
            done, whole = state, False
            self._report(Busy())
            self._attempt(lambda state=state: self._show(state))  # type: ignore[misc]

    def _wait(self, done: LiveState | None, seconds: float | None) -> LiveState | None:
        """The next wish; None when there is none for so long, or it is time to stop."""
        with self._changed:
            self._changed.wait_for(lambda: self._stops or self._wanted is not done, seconds)
            return None if self._stops or self._wanted is done else self._wanted

    def _attempt(self, work: Callable[[], None]) -> None:
        """Do something that runs the user's code: whatever it raises becomes a note, and the thread lives."""
        try:
            work()
        except (Exception, SystemExit) as error:
            self._report(Note(self._film.explain(error)))

    def _is_current(self, state: LiveState) -> bool:
        return self._wanted is state and not self._stops

    def _show(self, state: LiveState) -> None:
        for shown in self._film.show(state, lambda: self._is_current(state)):
            self._report(shown)
            if self._film.streams:  # the next step is seen when this one has been
                with self._changed:
                    self._changed.wait_for(lambda: not self._is_current(state), shown.take.seconds)

    def _refresh(self, state: LiveState) -> None:
        beats = self._film.refresh(state, lambda: self._is_current(state))
        if beats is not None:
            self._report(Listing(beats))
