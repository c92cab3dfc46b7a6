"""Where the command line writes: data on one stream, what is beside it on the other."""

from collections.abc import Callable, Iterable, Mapping
from typing import TextIO

from core.model import Problem
from core.terminal import Painter, paragraph, visible, wants_colour, width_of

MAX_PROBLEMS = 20
"""Lines of problems on standard error."""

_SEVERITIES = {"error": 0, "warning": 1, "note": 2}
_STYLES = {"error": "red", "warning": "yellow", "note": "dim"}


class OutputError(Exception):
    """Data can't be written; the text is one sentence."""


class Screen:
    """Where output goes, in which colours and how wide."""

    def __init__(self, out: TextIO, err: TextIO, environment: Mapping[str, str], name: str) -> None:
        self.name = name
        self.out = out
        self.err = err
        self.paint = Painter(on=wants_colour(out, environment))
        self.paint_notes = Painter(on=wants_colour(err, environment))
        self.width = width_of(out)
        self._notes_width = width_of(err)

    def print(self, text: str) -> None:
        """Data, with its line ends.

        Raises:
            OutputError: It can't be written.
            BrokenPipeError: Nobody reads it.
        """
        self._written(lambda: self.out.write(text))

    def flush(self) -> None:
        """Write what is held back; raises what `print` does."""
        self._written(self.out.flush)

    def _written(self, write: Callable[[], object]) -> None:
        try:
            write()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputError(f"standard output can't be written: {error.strerror or error}") from error

    def note(self, text: str) -> None:
        """A line beside the data."""
        self.flush()
        self.err.write(paragraph(visible(text), width=self._notes_width) + "\n")

    def problems(self, problems: Iterable[Problem]) -> None:
        """The problems of a source, those of one message together, errors first."""
        grouped: dict[tuple[str, str], list[str]] = {}
        for problem in sorted(set(problems), key=lambda one: (_SEVERITIES.get(one.severity, 1), one)):
            grouped.setdefault((problem.severity, problem.message), []).append(problem.where)
        self.flush()
        for (severity, message), places in list(grouped.items())[:MAX_PROBLEMS]:
            style = _STYLES.get(severity, "yellow")
            more = f" (and {len(places) - 1} more)" if len(places) > 1 else ""
            where = f"{places[0]}{more}: " if places[0] else ""
            self.err.write(f"{self.paint_notes(severity, style)}: {visible(f'{where}{message}')}\n")
        if len(grouped) > MAX_PROBLEMS:
            self.note(f"{len(grouped) - MAX_PROBLEMS} more: use -o json")

    def fail(self, message: str) -> None:
        """The one line that says why a call could not be carried out."""
        self.err.write(f"{self.paint_notes(self.name, 'red')}: {visible(' '.join(message.split()))}\n")
