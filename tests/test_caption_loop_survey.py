"""The survey of where caption loops end: measured once, resumed, summarized and written."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnanim.errors import UserError

TOOLS = str(Path(__file__).parent.parent / "tools")


@pytest.fixture(autouse=True)
def tools(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tools can be imported, here and in the processes that measure."""
    monkeypatch.syspath_prepend(TOOLS)


def test_settings_are_measured_once_and_written(tmp_path):
    import caption_loop_report as report
    import caption_loop_trajectories as survey

    settings = (
        survey.SurveySetting(survey.GuidancePreset("usual", 2.0, 1), "full", "fixed", "en"),
        survey.SurveySetting(survey.GuidancePreset("usual", 2.0, 1), "first phrase", "fixed", "en"),
        survey.SurveySetting(survey.GuidancePreset("usual", 2.0, 1), "full", "fresh", "alternating"),
    )
    plan = survey.SurveyPlan(starts=3, seeds=1, rounds=4, fresh_rounds=2, settings=settings)
    found = survey.measure(plan, tmp_path / "cache")
    pieces = {file: file.stat().st_mtime_ns for file in (tmp_path / "cache").iterdir()}
    assert survey.measure(plan, tmp_path / "cache") == found
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "cache").iterdir()} == pieces
    more = survey.SurveyPlan(3, 1, 4, 2, (*settings, survey.SETTINGS[0]))
    assert survey.measured_part(more, tmp_path / "cache") == plan
    with pytest.raises(UserError, match="no setting is measured"):
        survey.measured_part(more, tmp_path / "none")
    figures = survey.summarize(settings[0], found[settings[0]])
    assert figures["fixed"] + figures["cycles"] + figures["wander"] == pytest.approx(1)
    assert all(len(path) == 3 for path in found[settings[2]][0].prompts)
    page, plot = report.write_report(found, plan, tmp_path / "docs")[:2]
    assert "3 starts a line" in page.read_text(encoding="utf-8")
    assert plot.stat().st_size > 1000


def test_the_figures_of_a_setting():
    from caption_loop_trajectories import WEAK, SurveySetting, Trajectories, summarize

    paths = [["a", "b", "b"], ["b", "b"], ["c", "d", "e", "d"], ["f", "g", "h", "i"]]
    figures = summarize(SurveySetting(WEAK, "full", "fixed", "en"), [Trajectories(paths, 9, 1.0)])
    assert (figures["fixed"], figures["cycles"], figures["wander"]) == (0.5, 0.25, 0.25)
    assert figures["cycles of"] == {2: 1}
    assert (figures["mean"], figures["most"], figures["ends"]) == (pytest.approx(2 / 3), 1, 3)
