"""The sample clusters that come with the program."""

import re
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from core.model import Row
from core.sources.errors import SourceError


class Sample(Row):
    """A sample cluster: its title, one sentence about what it shows, and the folder it is in."""

    name: str
    title: str
    sentence: str
    path: Path


def samples() -> list[Sample]:
    """All samples, in the order in which they are worth reading."""
    root = Path(str(files("sample_clusters")))
    present = sorted(path.name for path in root.iterdir() if path.is_dir() and path.name[:1] not in "._")
    order = root / "ORDER"
    listed = order.read_text(encoding="utf-8").split() if order.is_file() else []
    names = [name for name in listed if name in present]
    return [_sample(root / name) for name in [*names, *(name for name in present if name not in names)]]


def find_sample(name: str) -> Sample:
    """The sample of that name.

    Raises:
        SourceError: There is none.
    """
    found = {sample.name: sample for sample in samples()}
    if name in found:
        return found[name]
    close = get_close_matches(name, found, n=1)
    hint = f"did you mean sample:{close[0]}?" if close else f"there are {', '.join(found)}"
    raise SourceError(f"there is no sample {name!r}; {hint}")


def _sample(path: Path) -> Sample:
    title, sentence = path.name, ""
    readme = path / "README.md"
    if readme.is_file():
        text = readme.read_text(encoding="utf-8")
        if match := re.search(r"^# +(.+)$", text, re.MULTILINE):
            title = match[1].strip()
            text = text[match.end() :]
        paragraphs = (part.strip() for part in re.split(r"\n\s*\n", text))
        sentence = next((" ".join(part.split()) for part in paragraphs if part and part[0] not in "#`|>"), "")
    return Sample(name=path.name, title=title, sentence=sentence, path=path)
