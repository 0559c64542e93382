"""The Evaluation tab: the stored runs, one shown, or two side by side.

No `from __future__ import annotations` here: Gradio reads the handlers' annotations. Runs are
started in the terminal: a suite uses every core for minutes, and questions come first. It knows
no suite and starts nothing.
"""

from pathlib import Path
from typing import Any

from elara_local.errors import ElaraError
from elara_local.evaluation.comparison import compare_runs
from elara_local.evaluation.report import RESULTS, read_results
from elara_local.evaluation.runs import Run, list_runs
from elara_local.ui import evaluation_view
from elara_local.ui.library_tab import make_panel
from elara_local.ui.markup import escape, tag
from elara_local.ui.words import Words, read_words

NEWEST = 40  # runs that are listed
QUICK: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
READ: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


class EvaluationPanel:
    """The components of the tab, made in the order in which they are read."""

    def __init__(self, gr: Any, words: Words) -> None:
        self.lead = make_panel(gr, "evaluation-lead", evaluation_view.paint_lead((), words))
        with gr.Row(elem_id="runs"):
            self.run, self.other = (
                gr.Dropdown([], value=None, label=words.say(f"evaluation.{name}"), elem_id=name)
                for name in ("run", "other")
            )
            self.show = gr.Button(words.say("evaluation.show"), elem_id="show-run")
        self.shown = make_panel(gr, "evaluation")

    @property
    def spoken(self) -> list[Any]:
        """The components that `say` gives new words to, in its order."""
        return [self.lead, self.run, self.other, self.show, self.shown]

    def say(self, gr: Any, home: Path | None, words: Words) -> list[Any]:
        """Return every word of the tab in another language; what was shown is put away."""
        lists = (gr.Dropdown(label=words.say(f"evaluation.{name}")) for name in ("run", "other"))
        lead = evaluation_view.paint_lead(_runs(home), words)
        return [lead, *lists, gr.Button(words.say("evaluation.show")), ""]


def connect_evaluation(
    gr: Any, tab: Any, panel: EvaluationPanel, home: Path | None, language: Any
) -> None:
    """Connect the list of runs, read when the tab is opened, and the button that shows them.

    `home` holds the runs; None where there is no folder of the user's.
    """

    def open_tab(spoken: str) -> list[Any]:
        runs, words = _runs(home), read_words(spoken)
        listed = [(evaluation_view.say_run(run), run.id) for run in runs]
        none = (words.say("evaluation.no_other"), "")
        return [
            evaluation_view.paint_lead(runs, words),
            gr.Dropdown(listed, value=listed[0][1] if listed else None),
            gr.Dropdown([none, *listed], value=""),
        ]

    def show(name: str | None, other: str | None, spoken: str) -> str:
        words, known = read_words(spoken), {run.id: run for run in _runs(home)}
        run, second = known.get(name or ""), known.get(other or "")
        if run is None:
            return ""
        try:
            if second is not None:
                found = compare_runs(run, second)
                return evaluation_view.paint_differences(run, second, found, words)
            return evaluation_view.paint_run(run, read_results(run.folder), words)
        except (ElaraError, OSError, ValueError, KeyError) as error:
            why = error if isinstance(error, ElaraError) else type(error).__name__
            return tag("p", escape(words.say("evaluation.unread", why=why)), "notice")

    tab.select(open_tab, language, [panel.lead, panel.run, panel.other], **QUICK)
    panel.show.click(show, [panel.run, panel.other, language], panel.shown, **READ)


def _runs(home: Path | None) -> list[Run]:
    """Return the runs that have results, the newest first."""
    found = [] if home is None else list_runs(home)
    return [run for run in reversed(found) if (run.folder / RESULTS).is_file()][:NEWEST]
