"""Why a path goes where it goes, in a sentence: verdict first, then why, then what to do.

The words are what a reader of the command line and of the dashboard sees; the facts are the gates'.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from core.attachment import Attachment, Reason
from core.classes import data_plane
from core.gates import Gate, Result, Step, Track, Verdict, explain
from core.istio_ingress.rows import VIRTUAL_SERVICE, IstioGateway
from core.model import Key, ObjectRef, Row
from core.outcomes import Outcome, Share
from core.paths import CONTROLLER_OF, DecisionKey, Path, Resolution
from core.situation import Situation

BINDING_GATES = ("waypoint-in-effect", "attached")
"""The gates that ask for the backend's waypoint, the stricter first."""

_WAYPOINT_GATES = frozenset({"waypoint-endpoints", "waypoint-reachable"})
_CLIENTS_GET = re.compile(r"[:.] [Cc]lients get 50[03]")
"""What a reason says and a headline has said."""
_DELIVERED_PAST = frozenset({Verdict.DIRECT, Verdict.VIP_DIRECT, Verdict.WORKLOAD_WAYPOINT})
_FAILING = (Verdict.BLACKHOLE, Verdict.NO_ENDPOINTS, Verdict.INVALID)
_END: Mapping[Track | Verdict, str] = {
    Verdict.BLACKHOLE: "a black hole",
    Verdict.NO_ENDPOINTS: "no endpoint",
    Verdict.INVALID: "an invalid reference",
}


class Sentence(Row):
    """What a reader is told of a path. `why`, `remedy` and `assumed` are empty where there is nothing to say.

    `headline` and `why` have no full stop; `remedy` and `assumed` are whole sentences.
    """

    headline: str
    why: str = ""
    remedy: str = ""
    assumed: str = ""

    @property
    def text(self) -> str:
        """All of it as one paragraph."""
        first = f"{self.headline}: {self.why}" if self.why else self.headline
        return " ".join(part for part in (_stopped(first), self.remedy, self.assumed) if part)


class Passage(Row):
    """A gate with its finding. `taken` is set where the gate had a say in where the path goes."""

    gate: Gate[Situation]
    step: Step
    taken: bool


class Explainer:
    """Explains the paths of one resolution. Paths with the same decision share what is worked out."""

    def __init__(self, resolution: Resolution) -> None:
        self.resolution = resolution
        self._passages: dict[DecisionKey, Sequence[Passage]] = {}
        self._sentences: dict[DecisionKey, Sentence] = {}

    def passages(self, path: Path) -> Sequence[Passage]:
        """Every gate of `path`, with whether it had a say."""
        found = self._passages.get(path.decision)
        if found is None:
            steps = self.resolution.steps(path)
            found = self._passages[path.decision] = tuple(_walk(self.resolution.gates(path), steps))
        return found

    def steps(self, path: Path) -> Sequence[Step]:
        """Every gate of `path` with its finding."""
        return [passage.step for passage in self.passages(path)]

    def sentence(self, path: Path) -> Sentence:
        """`path` in a sentence."""
        found = self._sentences.get(path.decision)
        if found is None:
            *others, situation = self.resolution.decisions[path.decision].situations
            gates = self.resolution.gates(path)
            elsewhere = [one for other in others for one in _walk(gates, explain(gates, other))]
            view = _View(path.outcome, situation, self.passages(path), elsewhere, path.service_ref)
            found = self._sentences[path.decision] = view.sentence()
        return found

    def bypassed(self, path: Path) -> Key | None:
        """The waypoint in effect for the backend that some traffic of `path` is delivered past; else None."""
        situation = self.resolution.decisions[path.decision].situations[-1]
        return _bypassed(path.outcome, situation.attachment)

    def _meets_none_of_its_own(self, path: Path) -> bool:
        """Whether `path` delivers without a waypoint, and its backend names one that is not in effect."""
        attachment = self.resolution.decisions[path.decision].situations[-1].attachment
        return (
            path.outcome.verdict in {Verdict.DIRECT, Verdict.VIP_DIRECT}
            and attachment is not None
            and not attachment.in_effect
            and attachment.reference.name is not None
        )

    def summary(self) -> str:
        """How many paths bypass the waypoint of their service, can't deliver, or are assumed: a sentence."""
        paths = self.resolution.paths
        if not paths:
            return "No ingress paths: no Gateway has a listener with a route that names a backend."
        bypassing = sum(self.bypassed(path) is not None for path in paths)
        total = _count(len(paths), "ingress path")
        match bypassing:
            case 0:
                said = f"None of {total} bypasses the waypoint of its service"
            case 1:
                said = f"1 of {total} bypasses the waypoint of its service"
            case _:
                said = f"{bypassing} of {total} bypass the waypoint of their service"
        unmet = sum(self._meets_none_of_its_own(path) for path in paths)
        if unmet:
            verb, whose = ("meets", "its service names") if unmet == 1 else ("meet", "their services name")
            said += f"; {unmet} {verb} no waypoint, though {whose} one"
        verdicts = Counter(path.outcome.verdict for path in paths)
        failing = [f"{verdicts[verdict]} {verdict}" for verdict in _FAILING if verdicts[verdict]]
        if failing:
            count = sum(verdicts[verdict] for verdict in _FAILING)
            said += f"; {_count(count, 'path')} can't deliver ({', '.join(failing)})"
        assumed = sum(path.outcome.assumed for path in paths)
        if assumed:
            said += f"; {_count(assumed, 'verdict')} {'is' if assumed == 1 else 'are'} assumed"
        return f"{said}."


def sentence(resolution: Resolution, path: Path) -> Sentence:
    """`path` in a sentence: the headline says the verdict, then why, what to do, and what was assumed."""
    return Explainer(resolution).sentence(path)


def summary(resolution: Resolution) -> str:
    """How many paths of `resolution` bypass the waypoint of their service."""
    return Explainer(resolution).summary()


def percent(share: float) -> str:
    """A fraction of 1 in percent, with its unit: `80 %`, `33.33 %`."""
    return f"{round(share * 100, 2):g} %"


def _walk(gates: Sequence[Gate[Situation]], steps: Sequence[Step]) -> Iterator[Passage]:
    """`steps` with whether each had a say: the walk of `core.gates.decide`, told gate by gate."""
    track = Track.REDIRECT
    ended = False
    for gate, step in zip(gates, steps, strict=True):
        # A gate that could only send the path where it is heading already has no say.
        taken = not ended and track in gate.on and gate.otherwise is not track
        yield Passage(gate=gate, step=step, taken=taken)
        if not taken or not step.finding.stops:
            continue
        if isinstance(gate.otherwise, Verdict):
            ended = True
        else:
            track = gate.otherwise


def _bypassed(outcome: Outcome, attachment: Attachment | None) -> Key | None:
    if attachment is None or not attachment.in_effect or not attachment.waypoints:
        return None
    verdicts = {share.verdict for share in outcome.shares} or {outcome.verdict}
    return attachment.waypoints[0].waypoint if verdicts & _DELIVERED_PAST else None


class _View:
    """One decision as its sentence needs it: by its last situation, with the passages of the others."""

    def __init__(
        self,
        outcome: Outcome,
        situation: Situation,
        passages: Sequence[Passage],
        elsewhere: Sequence[Passage],
        service: ObjectRef,
    ) -> None:
        self.outcome = outcome
        self.situation = situation
        self.passages = passages
        self.elsewhere = elsewhere
        self.service = service
        self.attachment = situation.attachment
        self.bypassed = _bypassed(outcome, self.attachment)
        deciding = [one for one in (*passages, *elsewhere) if one.step.gate == outcome.decided_by]
        self.decisive = next((one for one in deciding if one.step.finding.stops), next(iter(deciding), None))

    def sentence(self) -> Sentence:
        match self.outcome.verdict:
            case Verdict.WAYPOINT:
                told = self._waypoint()
            case Verdict.WORKLOAD_WAYPOINT:
                told = self._workload_waypoint()
            case Verdict.DIRECT:
                told = self._direct()
            case Verdict.VIP_DIRECT if self.bypassed:
                told = self._decided(f"Bypasses waypoint {_slashed(self.bypassed)}")
            case Verdict.VIP_DIRECT:
                told = self._decided("Keeps the service's address, but meets no waypoint")
            case Verdict.SPLIT:
                told = self._split()
            case Verdict.BLACKHOLE:
                told = self._decided("Black hole, clients get 503")
            case Verdict.NO_ENDPOINTS:
                told = self._decided(self._nothing_answers())
            case _ if self.situation.backend.route_kind == VIRTUAL_SERVICE:
                told = self._decided(
                    "Invalid destination, clients get an error for its share of the requests"
                )
            case _:
                told = self._decided("Invalid backendRef, clients get 500 for its share of the requests")
        headline, why, remedy = told
        return Sentence(headline=headline, why=why.rstrip("."), remedy=remedy, assumed=self._assumed(why))

    def _decided(self, headline: str) -> tuple[str, str, str]:
        because = self._because(self.decisive)
        why = _CLIENTS_GET.sub("", because) if "clients get" in headline else because
        return headline, why, self._remedy(self.decisive)

    def _waypoint(self) -> tuple[str, str, str]:
        kept = _listed(self.outcome.upstream.addresses)
        how = {
            "STATIC": f"the gateway keeps {kept}, and ztunnel sends that to the waypoint",
            "HBONE": "the gateway sends to the waypoint over HBONE",
        }.get(self.outcome.upstream.discovery, "the gateway sends to the waypoint's own pods")
        doubt = next((one for one in self.passages if one.taken and one.step.gate == "target-address"), None)
        if doubt is not None and doubt.step.finding.result is Result.UNKNOWN:
            how = f"{how}, but {doubt.step.finding.because}"
            return f"Passes waypoint {_slashed(self.outcome.waypoint)}", how, self._own_remedy(doubt)
        return f"Passes waypoint {_slashed(self.outcome.waypoint)}", how, ""

    def _workload_waypoint(self) -> tuple[str, str, str]:
        passed = f"workload waypoint {_slashed(self.outcome.waypoint)}"
        headline = f"Passes {passed}, so that no policy of the service applies"
        binding = self._binding()
        if self.attachment is not None and binding is not None:
            inner = _inner(self.attachment)
            why = f"the gateway picks a pod, and for the service no waypoint is in effect{inner}"
            return headline, why, self._remedy(binding)
        if self.bypassed:
            headline = f"Bypasses waypoint {_slashed(self.bypassed)} and passes {passed}"
        return headline, self._because(self.decisive), self._remedy(self.decisive)

    def _direct(self) -> tuple[str, str, str]:
        if self.bypassed and self.situation.plane != "unknown":
            return self._decided(f"Bypasses waypoint {_slashed(self.bypassed)}")
        headline = f"Goes directly to {'the endpoints of ' if self.situation.service else ''}{self.service}"
        if self.situation.plane == "unknown":
            return self._decided(f"{headline}, as far as known")
        if self.attachment is None:
            return headline, "a backend of this kind can't have a waypoint", ""
        binding = self._binding()
        if binding is None:
            return self._decided(headline)
        return headline, f"no waypoint is in effect for it{_inner(self.attachment)}", self._remedy(binding)

    def _split(self) -> tuple[str, str, str]:
        parts = _joined([f"{percent(share.share)} {self._part(share)}" for share in self.outcome.shares])
        attachment = self.attachment
        if self.decisive is None and attachment is not None and len(attachment.waypoints) > 1:
            primary, canary = (_slashed(one.waypoint) for one in attachment.waypoints)
            why = f"{self.service} has the canary {canary} beside waypoint {primary}, with weights"
            return f"Split, {parts}", why, ""
        workload = next((one for one in self.passages if one.step.gate == "workload-waypoint"), None)
        decisive = self.decisive or workload
        return f"Split, {parts}", self._because(decisive), self._remedy(decisive)

    def _part(self, share: Share) -> str:
        match share.verdict:
            case Verdict.WAYPOINT:
                return f"through waypoint {_slashed(share.waypoint)}"
            case Verdict.WORKLOAD_WAYPOINT:
                return f"through workload waypoint {_slashed(share.waypoint)}"
            case Verdict.DIRECT if self.bypassed:
                return f"past waypoint {_slashed(self.bypassed)} to an endpoint"
            case Verdict.DIRECT:
                return "directly to an endpoint"
            case Verdict.VIP_DIRECT:
                return "to the service's address, meeting no waypoint"
            case _:
                return f"can't be delivered ({share.verdict}, 503)"

    def _nothing_answers(self) -> str:
        gate = self.outcome.decided_by
        if gate in _WAYPOINT_GATES and self.attachment is not None and self.attachment.waypoints:
            named = _slashed(self.attachment.waypoints[0].waypoint)
            return f"No pod of waypoint {named} answers, clients get 503"
        if gate == "workload-waypoint":
            return "No pod of the workload waypoint answers, clients get 503"
        return f"No endpoint of {self.service} is ready, clients get 503"

    def _binding(self) -> Passage | None:
        """The gate that found no waypoint in effect."""
        stopped = {one.step.gate: one for one in self.passages if one.step.finding.stops}
        return next((stopped[gate] for gate in BINDING_GATES if gate in stopped), None)

    def _because(self, passage: Passage | None) -> str:
        return "" if passage is None else passage.step.finding.because

    def _own_remedy(self, passage: Passage) -> str:
        remedy = passage.step.finding.remedy or ""
        return _stopped(f"To change that: {remedy}" if remedy.startswith("`") else remedy) if remedy else ""

    def _remedy(self, passage: Passage | None) -> str:
        """What opens the gate of `passage`, and what would then still keep the path from its waypoint."""
        remedy = self._own_remedy(passage) if passage is not None else ""
        if passage is None or not remedy or passage.gate.otherwise in _END:
            return remedy
        others = [one for one in self._obstacles() if one is not passage and not _same_question(one, passage)]
        if not others:
            return remedy
        fatal = next((one for one in others if one.gate.otherwise in _END), None)
        if fatal is not None and fatal is others[0]:
            because = _stopped(fatal.step.finding.because)
            return f"{remedy} But that alone would lead to {_END[fatal.gate.otherwise]}: {because}"
        more = "; ".join(dict.fromkeys(one.step.finding.because for one in others))
        return f"{remedy} That alone is not enough: {_stopped(more)}"

    def _obstacles(self) -> Sequence[Passage]:
        """The gates on the way to the waypoint that are closed."""
        return [one for one in self.passages if one.step.finding.stops and Track.REDIRECT in one.gate.on]

    # --- what the source does not hold ------------------------------------------------------------------

    def _assumed(self, said: str) -> str:
        """What the verdict rests on without being told, but for what is `said` already."""
        if not self.outcome.assumed:
            return ""
        missing: dict[str, None] = {}
        reasons: dict[str, None] = {}
        for passage in (*self.passages, *self.elsewhere):
            if passage.taken and passage.step.finding.assumed:
                noun = self._missing(passage.step.gate)
                (missing if noun else reasons)[noun or passage.step.finding.because.rstrip(".")] = None
        plane = data_plane(self.situation.cluster, self.situation.gateway)
        if plane.assumed:
            gateway = self.situation.gateway
            istio = isinstance(gateway, IstioGateway)
            missing[f"pods of {gateway.ref}" if istio else f"GatewayClass/{gateway.class_name}"] = None
        news = [reason for reason in reasons if reason not in said]
        if missing:
            nouns = _joined(list(missing), "or")
            return f"Assumed, {'; '.join([f'since the source has no {nouns}', *news])}."
        return f"Assumed: {'; '.join(news)}." if news else "Assumed, since the source can't tell."

    def _missing(self, gate: str) -> str:
        """What the answer of `gate` would have been read from; empty where the source is not at fault."""
        cluster = self.situation.cluster
        gateway = self.situation.gateway
        match gate:
            case (
                "version"
                | "global-flag"
                | "istiod-version"
                | "waypoint-plugin"
                | "pod-locality"
                | "istio-integration"
            ):
                controller = (
                    "istiod" if gate == "istiod-version" else CONTROLLER_OF.get(self.situation.plane, "")
                )
                return "" if cluster.controller(controller).deployment else f"Deployment of {controller}"
            case "gateway-captured":
                return "" if cluster.pods.by_gateway.get(gateway.key) else f"pods of {gateway.ref}"
            case "ingress-label":
                return f"Namespace/{self.service.namespace}"
            case "attached" | "waypoint-in-effect":
                return self._missing_binding()
            case "waypoint-address" | "waypoint-reachable" | "waypoint-endpoints":
                attachment = self.attachment
                named = (
                    _slashed(attachment.waypoints[0].waypoint) if attachment and attachment.waypoints else ""
                )
                return f"pods of waypoint {named}"
            case "endpoints" | "endpoint-first" | "healthy-endpoint":
                return f"pods or EndpointSlices of {self.service}"
            case "vip-present":
                return f"ClusterIP of {self.service}"
            case _:
                return ""

    def _missing_binding(self) -> str:
        attachment = self.attachment
        if attachment is None:
            return ""
        if attachment.reference.namespace_unknown:
            return f"Namespace/{self.service.namespace}"
        return f"status of Gateway/{_slashed(attachment.reference.key)}"


def _same_question(one: Passage, other: Passage) -> bool:
    gates = {one.step.gate, other.step.gate}
    return gates <= set(BINDING_GATES)


def _inner(attachment: Attachment) -> str:
    """Why no waypoint is in effect, as the second half of a sentence."""
    if attachment.reason in {Reason.NOT_REQUESTED, Reason.OPTED_OUT, Reason.NEVER_BOUND}:
        return f", since {attachment.message}"
    return f" ({attachment.reason}: {attachment.message})"


def _slashed(key: Key | None) -> str:
    return f"{key[0]}/{key[1]}" if key else "(unknown)"


def _listed(addresses: Sequence[str]) -> str:
    assigned = [address for address in addresses if not address.startswith("ClusterIP:")]
    return _joined(assigned) if assigned else "the service's address"


def _joined(words: Sequence[str], conjunction: str = "and") -> str:
    *others, last = words
    return f"{', '.join(others)} {conjunction} {last}" if others else last


def _stopped(text: str) -> str:
    """`text` with a full stop, where it doesn't end a sentence already."""
    return text if text.endswith((".", "!", "?", "…")) else f"{text}."


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
