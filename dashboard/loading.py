"""What is worked out once and kept: sources with their paths, previews, samples. Nothing else in the dashboard caches."""

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock

import streamlit as st

from core import scenario
from core.explain import Explainer
from core.gates import Verdict
from core.graph import Graph, build
from core.model import Row
from core.paths import resolve
from core.sources import Loaded, Sample, SourceError, read, read_uploads, samples
from core.whatif import preview
from dashboard.desk import Desk, Mode
from dashboard.edits import Edits
from dashboard.sight import Base, Pair, Shown, Sight, counts

UPLOAD = "upload:"
SAMPLE = "sample:"
MAX_UPLOADS = 8
"""Uploads that are kept; the oldest goes first."""

Files = Sequence[tuple[str, bytes]]


# --- sources -------------------------------------------------------------------------------------------


def base_of(source: tuple[str, ...], given: tuple[str, ...]) -> Base:
    """The paths of a source, read once.

    An address can name samples, uploads and the source that the dashboard was started with; nothing else, since
    it would let whoever can open the page read any file.

    Raises:
        SourceError: The source can't be used, or was not offered.
    """
    if source != given and len(source) == 1 and source[0].startswith(UPLOAD):
        return _upload(source[0])
    if source != given and not all(one.startswith(SAMPLE) for one in source):
        raise SourceError(
            f"The link is about {', '.join(source)}, which this dashboard was not started with: "
            "start it with that source, or upload the files"
        )
    return _read(source)


@st.cache_resource(max_entries=4, show_spinner="Reading the source and working out its paths …")
def _read(source: tuple[str, ...]) -> Base:
    loaded = read(source)
    name = ", ".join(one.removeprefix(SAMPLE) for one in source)
    return _base(name, loaded)


def _base(name: str, loaded: Loaded) -> Base:
    resolution = resolve(loaded.cluster)
    return Base(
        name=name,
        info=loaded.info,
        problems=(*loaded.problems, *resolution.problems),
        explainer=Explainer(resolution),
        read_at=datetime.now(UTC).astimezone(),
    )


def read_again(source: tuple[str, ...]) -> None:
    """Forget what was read of a source, so that its files are read anew."""
    _read.clear(source)


class _Uploads:
    """What was uploaded, by the digest of its content, for as long as the server runs."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.bases: OrderedDict[str, Base] = OrderedDict()


@st.cache_resource(show_spinner=False)
def _uploads() -> _Uploads:
    return _Uploads()


def keep(files: Files) -> str:
    """Read uploaded files, and return the source that stands for them."""
    digest = hashlib.sha256()
    for name, data in files:
        digest.update(f"{len(name)} {len(data)} {name}".encode("utf-8", "surrogatepass"))
        digest.update(data)
    source = f"{UPLOAD}{digest.hexdigest()[:32]}"
    store = _uploads()
    with store.lock:
        if source not in store.bases:
            loaded = read_uploads(files)
            store.bases[source] = _base(loaded.info.name, loaded)
        store.bases.move_to_end(source)
        while len(store.bases) > MAX_UPLOADS:
            store.bases.popitem(last=False)
    return source


def _upload(source: str) -> Base:
    store = _uploads()
    with store.lock:
        found = store.bases.get(source)
    if found is None:
        raise SourceError("The uploaded files of this link are not kept any more: upload them again")
    return found


# --- previews ------------------------------------------------------------------------------------------


def sight_of(desk: Desk, base: Base) -> Sight:
    """What there is to see of `desk`."""
    return Sight(desk, _shown(_identity(desk, base), base, desk.edits))


def _identity(desk: Desk, base: Base) -> tuple[str, ...]:
    return (*desk.source, base.read_at.isoformat(), scenario.to_json(desk.edits))


@st.cache_resource(max_entries=12, show_spinner=False)
def _shown(identity: tuple[str, ...], _base: Base, _edits: Edits) -> Shown:  # noqa: ARG001 - it is the key
    return Shown(_base, preview(_base.resolution, _edits), _edits)


def graph_of(sight: Sight, pairs: Sequence[Pair]) -> Graph:
    """The graph of `pairs`, which are what the filters of the sight let through, or a part of it."""
    identity = _identity(sight.desk, sight.base)
    ids = hashlib.sha256("\n".join(pair.id for pair in pairs).encode("utf-8", "surrogatepass")).hexdigest()
    return _graph((*identity, sight.mode, ids), sight, pairs)


@st.cache_resource(max_entries=12, show_spinner=False)
def _graph(identity: tuple[str, ...], _sight: Sight, _pairs: Sequence[Pair]) -> Graph:  # noqa: ARG001
    now = [path for pair in _pairs if (path := pair.at(_sight.mode)) is not None]
    before = None
    if _sight.mode is Mode.DIFFERENCE:
        before = {pair.id: pair.before for pair in _pairs if pair.before is not None}
    return build(_sight.explainer.resolution, now, before)


# --- samples -------------------------------------------------------------------------------------------


class SampleFacts(Row):
    """A sample, how many of its paths have each verdict, and the gates that decide them."""

    sample: Sample
    verdicts: Mapping[Verdict, int]
    gates: frozenset[tuple[str, str]]
    """(data plane, gate)"""


@st.cache_resource(show_spinner="Looking through the samples …")
def sample_facts() -> Sequence[SampleFacts]:
    """All samples, in the order in which they are worth reading."""
    return [_facts(sample) for sample in samples()]


def _facts(sample: Sample) -> SampleFacts:
    paths = resolve(read([f"{SAMPLE}{sample.name}"]).cluster).paths
    return SampleFacts(
        sample=sample,
        verdicts=Counter(counts(paths)),
        gates=frozenset((path.plane, path.outcome.decided_by) for path in paths if path.outcome.decided_by),
    )
