"""What is worked out once and kept: sources with their paths, previews, samples. Nothing else in the dashboard caches."""

import hashlib
from collections import Counter, OrderedDict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from threading import Lock

import streamlit as st

from core import scenario
from core.advice import AllAdvice, advise
from core.audit.audited import Audited
from core.audit.expected import Answer, answers
from core.audit.run import Audit, audit
from core.explain import Explainer
from core.gates import Verdict
from core.graph import Graph, draw
from core.model import Row
from core.paths import Resolution, resolve
from core.policy_model import Policies
from core.sources import Loaded, Sample, SourceError, read, read_uploads, samples
from core.whatif import preview
from dashboard import wanted
from dashboard.desk import Desk, Mode
from dashboard.edits import Edits
from dashboard.lookup import Entry, index
from dashboard.sight import Base, Pair, Shown, Sight, counts
from dashboard.wanted import Expected, Wanted, expected

UPLOAD = "upload:"
SAMPLE = "sample:"
MAX_UPLOADS = 8
"""Uploads that are kept; the oldest goes first."""

Files = Sequence[tuple[str, bytes]]


# --- sources -------------------------------------------------------------------------------------------


def base_of(source: tuple[str, ...], given: tuple[str, ...], expect: str = "") -> Base:
    """The paths of a source, read once.

    An address can name samples, uploads and the source that the dashboard was started with; nothing else, since
    it would let whoever can open the page read any file.

    Args:
        source: What the desk names.
        given: The source that the dashboard was started with.
        expect: The file with expectations about the latter, empty where none was named.

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
    return _read(source, expect if source == given else "")


@st.cache_resource(max_entries=4, show_spinner="Reading the source and working out its paths …")
def _read(source: tuple[str, ...], _expect: str = "") -> Base:
    loaded = read(source)
    name = ", ".join(one.removeprefix(SAMPLE) for one in source)
    return _base(name, loaded, wanted.beside(source, _expect))


def _base(name: str, loaded: Loaded, expects: Sequence[Wanted]) -> Base:
    resolution = resolve(loaded.cluster)
    return Base(
        name=name,
        info=loaded.info,
        problems=(*wanted.without(loaded.problems, expects), *resolution.problems),
        explainer=Explainer(resolution),
        read_at=datetime.now(UTC).astimezone(),
        policies=loaded.policies,
        lines=loaded.lines,
        expects=expects,
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
            store.bases[source] = _base(loaded.info.name, loaded, wanted.among(files))
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
    identity = (*_identity(sight.desk, sight.base), str(sight.desk.page))
    ids = hashlib.sha256("\n".join(pair.id for pair in pairs).encode("utf-8", "surrogatepass")).hexdigest()
    return _graph((*identity, sight.mode, ids), sight, pairs)


@st.cache_resource(max_entries=12, show_spinner=False)
def _graph(identity: tuple[str, ...], _sight: Sight, _pairs: Sequence[Pair]) -> Graph:  # noqa: ARG001
    shown = _sight.shown
    today, difference = _sight.mode is Mode.TODAY, _sight.mode is Mode.DIFFERENCE
    has_policies = any(True for _ in _sight.base.policies.all())
    return draw(
        _sight.explainer.resolution,
        [path for pair in _pairs if (path := pair.at(_sight.mode)) is not None],
        {pair.id: pair.before for pair in _pairs if pair.before is not None} if difference else None,
        page=_sight.desk.page,
        verdicts={
            path.outcome.verdict for pair in _pairs for path in (pair.before, pair.after) if path is not None
        },
        earlier=shown.before.resolution if difference else None,
        policies=(shown.view_before if today else shown.view_after) if has_policies else None,
        earlier_policies=shown.view_before if difference and has_policies else None,
    )


# --- findings and advice -------------------------------------------------------------------------------


class Judged(Row):
    """A base before and after a scenario: findings, and what the expectations ask of its paths."""

    before: Audit
    after: Audit
    expected: Expected
    answers_before: Sequence[Answer]
    answers_after: Sequence[Answer]


def judged(sight: Sight) -> Judged:
    """The findings of a sight's source, today and with its edits."""
    wants = expected(sight.desk.expect, sight.base.expects)
    return _judged((*_identity(sight.desk, sight.base), sight.desk.expect), sight.shown, wants)


@st.cache_resource(max_entries=12, show_spinner="Looking for what is wrong …")
def _judged(identity: tuple[str, ...], _shown: Shown, _wants: Expected) -> Judged:  # noqa: ARG001
    before = _audit(_shown.base, _shown.before.resolution, _wants)
    after = before
    if _shown.after is not _shown.before:
        after = _audit(_shown.base, _shown.after.resolution, _wants)
    return Judged(
        before=before[0],
        after=after[0],
        expected=_wants,
        answers_before=before[1],
        answers_after=after[1],
    )


def _audit(base: Base, resolution: Resolution, wants: Expected) -> tuple[Audit, Sequence[Answer]]:
    found = audit(resolution, base.policies, expectations=wants.rows, lines=base.lines)
    return found, answers(Audited(resolution, base.policies, wants.rows)) if wants.rows else ()


class Advising(Row):
    """The advice for a state of a source, and the paths once all of it is followed."""

    advice: AllAdvice
    after: Resolution


def advising(sight: Sight) -> Advising:
    """The advice for today's state, or where only the state with the edits is shown, for that one."""
    if sight.mode is Mode.EDITS:
        identity, resolution = _identity(sight.desk, sight.base), sight.shown.after.resolution
    else:
        identity, resolution = (*sight.desk.source, sight.base.read_at.isoformat()), sight.base.resolution
    return _advising(identity, resolution, sight.base.policies)


@st.cache_resource(max_entries=6, show_spinner="Weighing what each service needs …")
def _advising(
    identity: tuple[str, ...],  # noqa: ARG001
    _resolution: Resolution,
    _policies: Policies,
) -> Advising:
    found = advise(_resolution, _policies)
    return Advising(advice=found, after=preview(_resolution, found.edits).after)


def index_of(base: Base) -> Sequence[Entry]:
    """The objects of a source that can be looked for."""
    return _index((base.name, base.read_at.isoformat()), base)


@st.cache_resource(max_entries=4, show_spinner=False)
def _index(identity: tuple[str, ...], _base: Base) -> Sequence[Entry]:  # noqa: ARG001 - it is the key
    return index(_base.resolution.cluster)


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
