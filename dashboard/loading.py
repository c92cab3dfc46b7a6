"""What is worked out once and kept: sources with their paths, previews, samples. Nothing else in the dashboard caches."""

import hashlib
import os
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
from core.sources import Loaded, Sample, SourceError, is_live, read, read_uploads, samples
from core.sources.live import Context, MirrorState, contexts
from core.trace.engine import Tracer
from core.trace.examples import Example
from core.whatif import preview
from dashboard import offers, state, wanted
from dashboard.desk import Desk, Mode
from dashboard.edits import Edits
from dashboard.lookup import Entry, index
from dashboard.mirrors import Edition, Mirrors, Watched
from dashboard.sight import Base, Pair, Shown, Sight, counts
from dashboard.since import Since, since
from dashboard.tracing import first_examples
from dashboard.wanted import Expected, Wanted, expected

UPLOAD = "upload:"
SAMPLE = "sample:"
MAX_UPLOADS = 8
"""Uploads that are kept; the oldest goes first."""

Files = Sequence[tuple[str, bytes]]


# --- sources -------------------------------------------------------------------------------------------


def base_of(
    source: tuple[str, ...], given: tuple[str, ...], expect: str = "", *, alone: bool = False
) -> Base:
    """The paths of a source, read once; of a live cluster those of its present state.

    An address can name samples, uploads and the source that the dashboard was started with; nothing else, since
    it would let whoever can open the page read any file. `dashboard.offers` has the rule for live clusters.

    Args:
        source: What the desk names.
        given: The source that the dashboard was started with.
        expect: The file with expectations about the latter, empty where none was named.
        alone: Whether only the user of this machine can be the visitor.

    Raises:
        SourceError: The source can't be used, or was not offered.
        WaitingError: It is a cluster that is still being read.
    """
    if any(map(is_live, source)):
        offers.check(source, given, alone=alone)
        return _cluster(source, expect if source == given else "")
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


def _base(name: str, loaded: Loaded, expects: Sequence[Wanted], edition: Edition | None = None) -> Base:
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
        edition=edition,
        missing=loaded.missing,
    )


def read_again(source: tuple[str, ...]) -> None:
    """Forget what was read of a source, so that its files are read anew; a cluster stays until it has been."""
    if any(map(is_live, source)):
        watched_of(source).read_again()
    else:
        _read.clear(source)


# --- live clusters -------------------------------------------------------------------------------------


FLASH = 0.3
"""Seconds that a page waits for a cluster before it shows how far its reading got."""


class WaitingError(Exception):
    """A cluster is still being read."""

    def __init__(self, watched: Watched) -> None:
        super().__init__(watched.name)
        self.watched = watched


@st.cache_resource(show_spinner=False)
def mirrors() -> Mirrors:
    """The clusters that are followed, for all who look."""
    return Mirrors()


def watched_of(source: tuple[str, ...]) -> Watched:
    """The cluster of a source, which is read if nobody has opened it yet.

    Raises:
        SourceError: There is no such context.
    """
    return mirrors().open(source)


def _cluster(source: tuple[str, ...], expect: str) -> Base:
    watched = watched_of(source)
    watched.met(state.who())
    if not watched.is_known:
        watched.wait(FLASH)
    if not watched.is_known and watched.failure:
        raise SourceError(watched.failure)
    if not watched.is_known:
        raise WaitingError(watched)

    def made(edition: Edition, found: MirrorState) -> Base:
        return _base(watched.name, found.loaded, wanted.beside(source, expect), edition)

    return watched.made(made)


def try_again(source: tuple[str, ...]) -> None:
    """Read a cluster that could not be read, once more."""
    mirrors().drop(watched_of(source))


@st.cache_resource(ttl=5, max_entries=4, show_spinner=False)
def _contexts(kubeconfig: str) -> Sequence[Context]:  # noqa: ARG001 - it is the key
    return contexts()


def known_contexts() -> Sequence[Context]:
    """The contexts of the kubeconfig, the current one first.

    Raises:
        SourceError: A file of it can't be read.
    """
    found = _contexts(os.environ.get("KUBECONFIG", ""))
    return sorted(found, key=lambda one: (not one.current, one.name))


def since_of(source: tuple[str, ...], before: Base, now: Base) -> Since:
    """What changed in a cluster between two of its states."""
    if before is now or before.edition is None or now.edition is None:
        return Since()
    return _since((before.read_at.isoformat(), now.read_at.isoformat()), watched_of(source), before, now)


@st.cache_resource(max_entries=12, show_spinner=False)
def _since(identity: tuple[str, ...], _watched: Watched, _before: Base, _now: Base) -> Since:  # noqa: ARG001
    assert _now.edition is not None
    changes = _watched.state(_before.edition)[1].changes
    shown = None if changes is None else [one for one in changes if one.revision <= _now.edition[1]]
    return since(_before.resolution, _now.resolution, shown)


# --- uploads -------------------------------------------------------------------------------------------


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


# --- traces --------------------------------------------------------------------------------------------


def tracer_of(sight: Sight, mode: Mode) -> Tracer:
    """What traces requests in a state of a source: today's, else the one with the edits."""
    explainer = sight.shown.before if mode is Mode.TODAY else sight.shown.after
    if explainer is sight.shown.before:
        return _tracer(_today(sight), explainer.resolution, sight.base.policies)
    return _tracer(_identity(sight.desk, sight.base), explainer.resolution, sight.base.policies)


def _today(sight: Sight) -> tuple[str, ...]:
    return (*sight.desk.source, sight.base.read_at.isoformat())


@st.cache_resource(max_entries=6, show_spinner=False)
def _tracer(identity: tuple[str, ...], _resolution: Resolution, _policies: Policies) -> Tracer:  # noqa: ARG001
    return Tracer(_resolution, _policies)


def examples_of(sight: Sight) -> Sequence[Example]:
    """Requests to begin with, made of what the routes of a source ask for."""
    return _examples(_today(sight), tracer_of(sight, Mode.TODAY))


@st.cache_resource(max_entries=6, show_spinner=False)
def _examples(identity: tuple[str, ...], _tracer: Tracer) -> Sequence[Example]:  # noqa: ARG001
    return first_examples(_tracer)


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
