"""Survey where caption loops end, in every setting, and write docs/loops-facts.md and its plot.

    python tools/caption_loop_survey.py [--jobs 2] [--starts 50] [--seeds 4] [--rounds 60] [--so-far]

How it is measured is said in caption_loop_trajectories.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from caption_loop_report import write_report
from caption_loop_trajectories import SurveyPlan, measure, measured_part

from nnanim.cli.loop import show_bar
from nnanim.terminal import run_main


def main() -> None:
    """Measure, then write the page and the plot."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--starts", type=int, default=50, help="start pictures for each seed")
    parser.add_argument("--seeds", type=int, default=4, help="number of seeds: as many maps to walk on")
    parser.add_argument("--rounds", type=int, default=60, help="limit of a run")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument(
        "--cache", type=Path, default=Path(".checkpoints/loops"), help="what is measured already"
    )
    parser.add_argument("--so-far", action="store_true", help="write what is complete, measure nothing more")
    parser.add_argument("-o", "--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    plan = SurveyPlan(options.starts, options.seeds, options.rounds)
    plan = measured_part(plan, options.cache) if options.so_far else plan
    with show_bar(len(plan.tables())) as bar:
        survey = measure(plan, options.cache, workers=options.jobs, watch=bar.tell, count=bar.count)
    for path in write_report(survey, plan, options.out):
        print(path)


if __name__ == "__main__":
    run_main(main)
