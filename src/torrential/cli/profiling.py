"""``train --profile``: where the time went, and what to change."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from torrential.cli.output import say
from torrential.cli.tables import print_table

if TYPE_CHECKING:
    from torrential import Dataset
    from torrential.engine.progress.profile import Profile, ProfiledRun


class ProfileReport:
    """Results of a profile; empty if none was requested."""

    def __init__(self) -> None:
        self._profile: Profile | None = None
        self._run: ProfiledRun | None = None

    def keep(self, profile: "Profile", run: "ProfiledRun") -> None:
        """Keep the profile."""
        self._profile, self._run = profile, run

    def facts(self) -> dict[str, Any]:
        """Return the profile for JSON."""
        if self._profile is None or self._run is None:
            return {}
        seconds = {name: seconds for name, seconds, _ in self._profile.rows()}
        return {
            "profile": {
                "seconds": self._run.seconds,
                "core_seconds": seconds,
                "learner_waited": self._profile.waited,
                "learner_learnt": self._profile.learned,
                "advice": self._profile.advice(self._run),
            }
        }

    def print(self) -> None:
        """Print the profile for people."""
        if self._profile is None or self._run is None:
            return
        run, profile = self._run, self._profile
        cores = f"{run.n_jobs} thread{'' if run.n_jobs == 1 else 's'}"
        say(f"\nWhere the {run.seconds:.2f} s went, on {cores}:\n")
        rows = [[name, f"{seconds:.2f}", f"{share:.0%}"] for name, seconds, share in profile.rows()]
        print_table(["work", "core-seconds", "share"], rows)
        learned, waited = profile.learned / run.seconds, profile.waited / run.seconds
        say(f"\nThe learner worked {learned:.0%} of the time, and waited for rows {waited:.0%}.")
        for sentence in profile.advice(run):
            say(sentence)


@contextmanager
def profiled(
    is_asked_for: bool, dataset: "Dataset", n_jobs: int, cluster: str | None
) -> Iterator[ProfileReport]:
    """Profile the work in the block, if the options ask for it."""
    report = ProfileReport()
    if not is_asked_for:
        yield report
        return
    from torrential.estimators.tools.profile import profile

    with profile(dataset, n_jobs, is_elsewhere=cluster is not None) as (found, run):
        yield report
    report.keep(found, run())
