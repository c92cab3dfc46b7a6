"""kgateway as ingress: every gate, every version boundary, every layout of addresses."""

from typing import Any

import pytest

from core import checks
from core import labels as names
from core.capture import Capture
from core.cluster import Cluster
from core.gates import Result, Track, Verdict
from core.model import (
    BackendRef,
    ConfigMap,
    EnvSource,
    KgatewayBackend,
    Object,
    ObjectRef,
    ReferenceGrant,
    ServicePort,
    WorkloadEndpoint,
)
from core.paths import resolve
from core.situation import Situation, Variation
from tests import build
from tests.looking import Case, cases, hold, look, path_of, text_of

PASS, FAIL, UNKNOWN, ASIDE = Result.PASS, Result.FAIL, Result.UNKNOWN, Result.NOT_APPLICABLE
WAYPOINT, DIRECT, INVALID = Verdict.WAYPOINT, Verdict.DIRECT, Verdict.INVALID
BLACKHOLE, VIP_DIRECT, NO_ENDPOINTS = Verdict.BLACKHOLE, Verdict.VIP_DIRECT, Verdict.NO_ENDPOINTS

BASE = build.world()
DEPLOYMENT = "Deployment/kgateway-system/kgateway"


def with_env(env: dict[str, str], version: str = "v2.2.0", *sources: EnvSource) -> Cluster:
    """The world with these variables in place of kgateway's usual ones."""
    return build.world(build.controller("kgateway", version, env, sources))


def on(**more: str) -> dict[str, str]:
    """kgateway's usual variables with `more`, None to leave one out."""
    return {**build.KGATEWAY_ENV, **more}


def secret(variable: str = "") -> EnvSource:
    return EnvSource(kind="Secret", name="hidden", variable=variable, key="value")


def labelled(service: str | None, namespace: str | None) -> Cluster:
    """The world with these values of the ingress label."""
    own = {} if service is None else {names.INGRESS_USE_WAYPOINT: service}
    inherited = {} if namespace is None else {names.INGRESS_USE_WAYPOINT: namespace}
    return build.world(build.cart(labels={**build.USE, **own}), build.namespace("shop", inherited))


def gateway_pod(labels: dict[str, str] | None = None, **more: Any) -> Cluster:
    """The world with a gateway pod that is not captured but by `labels` or `more`."""
    carried = {names.GATEWAY_NAME: "kgateway", **(labels or {})}
    return build.world(build.pod("infra", "kgateway-1", "10.244.1.1", carried, **more))


NO_GATEWAY_POD = ("Pod/infra/kgateway-1",)
BACKEND = KgatewayBackend(namespace="shop", name="legacy", type="Static", hosts=("legacy.example.com:8443",))


# --- the reference -------------------------------------------------------------------------------------------------


def routed(*refs: BackendRef, rows: tuple[Object, ...] = ()) -> Cluster:
    gateways = [build.gateway("infra", name, name) for name in ("kgateway", "istio", "agentgateway")]
    return build.world(*rows, build.route("all", refs, gateways, "shop"))


def ref(name: str = "cart", **more: Any) -> BackendRef:
    given: dict[str, Any] = {
        "group": "",
        "kind": "Service",
        "namespace": "shop",
        "name": name,
        "port": 80,
        **more,
    }
    return BackendRef(**given)


STORE = build.service("store", "cart", "10.96.0.30", labels=build.through())
GRANT = ReferenceGrant(
    namespace="store",
    name="from-shop",
    origins=((build.GATEWAY_API, "HTTPRoute", "shop"),),
    targets=(("", "Service", ""),),
)


@cases(
    Case("exists", BASE, "backend-ref", PASS, WAYPOINT, None, "Service/shop/cart exists and has port 80"),
    Case(
        "no such service",
        routed(ref("nothing")),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "Service/shop/nothing does not exist",
        "nothing",
    ),
    Case(
        "no such port",
        routed(ref(port=81)),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "no port 81 (it has 80)",
    ),
    Case("no port", routed(ref(port=None)), "backend-ref", FAIL, INVALID, "backend-ref", "has no port"),
    Case(
        "unknown kind",
        routed(ref(group="example.com", kind="Bucket")),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "example.com/Bucket",
    ),
    Case(
        "no such Backend",
        routed(ref("legacy", group="gateway.kgateway.dev", kind="Backend", port=None)),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "Backend/shop/legacy does not exist",
        "legacy",
    ),
    Case(
        "no such host",
        routed(ref("bank.example.com", group="networking.istio.io", kind="Hostname")),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "no ServiceEntry has the host",
        "bank.example.com",
    ),
    Case(
        "a host is no Service for kgateway",
        routed(ref("cart.shop.svc.cluster.local", group="networking.istio.io", kind="Hostname")),
        "backend-ref",
        FAIL,
        INVALID,
        "backend-ref",
        "no ServiceEntry has the host",
        "cart.shop.svc.cluster.local",
    ),
    Case("same namespace", BASE, "reference-grant", ASIDE, WAYPOINT, None, "stays in the route's namespace"),
    Case(
        "granted",
        routed(
            ref(namespace="store"),
            rows=(STORE, GRANT, build.pod("store", "cart-1", "10.244.0.30", {"app": "cart"})),
        ),
        "reference-grant",
        PASS,
        VIP_DIRECT,
        "waypoint-in-effect",
        "ReferenceGrant/store/from-shop",
    ),
    Case(
        "not granted",
        routed(ref(namespace="store"), rows=(STORE,)),
        "reference-grant",
        FAIL,
        INVALID,
        "reference-grant",
        "no ReferenceGrant in namespace store",
    ),
)
def test_reference(case: Case) -> None:
    hold(case, "kgateway")


@pytest.mark.parametrize(
    "grant",
    [
        {"origins": ((build.GATEWAY_API, "GRPCRoute", "shop"),)},
        {"origins": ((build.GATEWAY_API, "HTTPRoute", "other"),)},
        {"targets": (("", "Service", "other"),)},
        {"targets": (("networking.istio.io", "ServiceEntry", ""),)},
        {"namespace": "shop"},
    ],
    ids=str,
)
def test_a_grant_of_something_else_grants_nothing(grant: dict[str, Any]) -> None:
    given: dict[str, Any] = {
        "namespace": "store",
        "name": "other",
        "origins": GRANT.origins,
        "targets": GRANT.targets,
        **grant,
    }
    cluster = routed(ref(namespace="store"), rows=(STORE, ReferenceGrant(**given)))
    assert path_of(resolve(cluster), "kgateway").outcome.decided_by == "reference-grant"


def test_a_host_is_found_across_namespaces_without_a_grant() -> None:
    bank = build.entry("store", "bank", "240.0.0.1", labels=build.through())
    hostname = ref("bank.example.com", group="networking.istio.io", kind="Hostname")
    path, finding = look(routed(hostname, rows=(bank,)), "kgateway", "reference-grant", "bank.example.com")
    assert finding.result is ASIDE
    assert path.target == ObjectRef(kind="ServiceEntry", namespace="store", name="bank")
    assert path.outcome.upstream.addresses == ["240.0.0.1:80"]


# --- Istio integration and what becomes a cluster ------------------------------------------------------------------

BANK = build.entry("shop", "bank", "240.0.0.1", labels=build.through())
ALIAS = build.service(
    "shop", "alias", type="ExternalName", external_name="example.com", headless=False, selector={}
)


def integration(version: str, env: dict[str, str] | None = None, *sources: EnvSource) -> Cluster:
    plain = {names.KGW_ENABLE_WAYPOINT: "true"}
    return build.world(BANK, build.controller("kgateway", version, {**plain, **(env or {})}, sources))


@cases(
    Case(
        "before 2.3 not needed", integration("v2.2.9"), "istio-integration", ASIDE, WAYPOINT, None, "", "bank"
    ),
    Case(
        "from 2.3 off by default",
        integration("v2.3.0"),
        "istio-integration",
        FAIL,
        INVALID,
        "istio-integration",
        "default is false",
        "bank",
    ),
    Case(
        "on",
        integration("v2.3.0", {names.KGW_ENABLE_ISTIO_INTEGRATION: "true"}),
        "istio-integration",
        PASS,
        WAYPOINT,
        None,
        f"{names.KGW_ENABLE_ISTIO_INTEGRATION}=true",
        "bank",
    ),
    Case(
        "off",
        integration("v2.4.0", {names.KGW_ENABLE_ISTIO_INTEGRATION: "false"}),
        "istio-integration",
        FAIL,
        INVALID,
        "istio-integration",
        f"kubectl set env deployment/kgateway -n kgateway-system -c controller {names.KGW_ENABLE_ISTIO_INTEGRATION}=true",
        "bank",
    ),
    Case(
        "hidden",
        integration("v2.3.0", {}, secret(names.KGW_ENABLE_ISTIO_INTEGRATION)),
        "istio-integration",
        UNKNOWN,
        INVALID,
        "istio-integration",
        "Secret/kgateway-system/hidden, which is not in the source",
        "bank",
        assumed=True,
    ),
    Case(
        "a Service needs none",
        integration("v2.3.0"),
        "istio-integration",
        ASIDE,
        WAYPOINT,
        None,
        "a Service needs no Istio integration",
    ),
    Case("a cluster is made", BASE, "cluster", PASS, WAYPOINT, None, "makes a cluster of Service/shop/cart"),
    Case(
        "none of resolution NONE",
        build.world(build.entry("shop", "bank", "240.0.0.1", resolution="NONE", endpoints=())),
        "cluster",
        FAIL,
        INVALID,
        "cluster",
        "resolution NONE",
        "bank",
    ),
    Case(
        "none of an ExternalName without ports",
        routed(
            ref("alias"),
            rows=(build.service("shop", "alias", type="ExternalName", headless=False, ports=()),),
        ),
        "cluster",
        FAIL,
        INVALID,
        "cluster",
        "ExternalName without ports",
        "alias",
    ),
)
def test_what_becomes_a_cluster(case: Case) -> None:
    hold(case, "kgateway")


# --- version and settings ------------------------------------------------------------------------------------------


def versioned(tag: str) -> Cluster:
    return build.world(kgateway=tag)


UNTOLD = "the newest observed"


@cases(
    Case(
        "2.0.4",
        versioned("v2.0.4"),
        "version",
        FAIL,
        DIRECT,
        "version",
        "kgateway 2.0.4 has no ingress-use-waypoint",
    ),
    Case("2.1.0", versioned("v2.1.0"), "version", PASS, WAYPOINT, None, "kgateway 2.1", assumed=False),
    Case("2.1.0 pre-release", versioned("2.1.0-rc.1"), "version", PASS, WAYPOINT, None, "kgateway 2.1"),
    Case("2.4.0", versioned("v2.4.0"), "version", PASS, WAYPOINT, None, DEPLOYMENT, assumed=False),
    Case("2.4.7", versioned("v2.4.7"), "version", PASS, WAYPOINT, None, "kgateway 2.4.7", assumed=False),
    Case(
        "2.5.0", versioned("v2.5.0"), "version", PASS, WAYPOINT, None, f"taken as 2.4, {UNTOLD}", assumed=True
    ),
    Case(
        "3.0.0", versioned("v3.0.0"), "version", PASS, WAYPOINT, None, f"taken as 2.4, {UNTOLD}", assumed=True
    ),
    Case(
        "main",
        versioned("main"),
        "version",
        UNKNOWN,
        WAYPOINT,
        None,
        'tag "main" is no version',
        assumed=True,
    ),
    Case(
        "no Deployment",
        build.world(without=(DEPLOYMENT,)),
        "version",
        UNKNOWN,
        DIRECT,
        "waypoint-plugin",
        "--version kgateway=X.Y",
        assumed=True,
    ),
)
def test_version(case: Case) -> None:
    hold(case, "kgateway")


def test_evidence_of_a_version_that_is_not_told_has_no_value() -> None:
    _, finding = look(versioned("main"), "kgateway", "version")
    assert [one.value for one in finding.evidence] == [None]
    _, finding = look(versioned("v2.5.0"), "kgateway", "version")
    assert [one.value for one in finding.evidence] == ["2.5"]


PLUGIN, FLAG, LOCALITY = (
    names.KGW_ENABLE_WAYPOINT,
    names.KGW_INGRESS_USE_WAYPOINTS,
    names.DISABLE_POD_LOCALITY_XDS,
)
NOT_SET = "is not set on kgateway; its default is"
STOPS = "kgateway stops at start"


@cases(
    Case("plugin on", BASE, "waypoint-plugin", PASS, WAYPOINT, None, f"{PLUGIN}=true on kgateway"),
    Case("plugin T", with_env({PLUGIN: "T"}), "waypoint-plugin", PASS, WAYPOINT, None, f"{PLUGIN}=T"),
    Case(
        "plugin not set",
        with_env({}),
        "waypoint-plugin",
        FAIL,
        DIRECT,
        "waypoint-plugin",
        f"{PLUGIN} {NOT_SET} false",
    ),
    Case(
        "plugin off",
        with_env({PLUGIN: "0"}),
        "waypoint-plugin",
        FAIL,
        DIRECT,
        "waypoint-plugin",
        "Helm: waypoint.enabled",
    ),
    Case(
        "plugin no boolean",
        with_env({PLUGIN: "yes"}),
        "waypoint-plugin",
        UNKNOWN,
        DIRECT,
        "waypoint-plugin",
        STOPS,
        assumed=True,
    ),
    Case(
        "plugin empty",
        with_env({PLUGIN: ""}),
        "waypoint-plugin",
        UNKNOWN,
        DIRECT,
        "waypoint-plugin",
        STOPS,
        assumed=True,
    ),
    Case(
        "plugin perhaps in a Secret",
        with_env({}, "v2.2.0", secret()),
        "waypoint-plugin",
        UNKNOWN,
        DIRECT,
        "waypoint-plugin",
        "envFrom Secret/kgateway-system/hidden",
        assumed=True,
    ),
    Case(
        "plugin without a controller",
        build.world(without=(DEPLOYMENT,)),
        "waypoint-plugin",
        UNKNOWN,
        DIRECT,
        "waypoint-plugin",
        f"--env kgateway {PLUGIN}=true",
        assumed=True,
    ),
    Case("flag not set", BASE, "global-flag", PASS, WAYPOINT, None, f"{FLAG} {NOT_SET} true", assumed=False),
    Case("flag on", with_env(on(**{FLAG: "1"})), "global-flag", PASS, WAYPOINT, None, f"{FLAG}=1"),
    Case(
        "flag off",
        with_env(on(**{FLAG: "False"})),
        "global-flag",
        FAIL,
        DIRECT,
        "global-flag",
        f"{FLAG}=False",
    ),
    Case(
        "flag no boolean",
        with_env(on(**{FLAG: "on"})),
        "global-flag",
        UNKNOWN,
        DIRECT,
        "global-flag",
        STOPS,
        assumed=True,
    ),
    Case(
        "flag without its prefix",
        with_env(on(**{names.KGW_INGRESS_UNPREFIXED: "false"})),
        "global-flag",
        PASS,
        WAYPOINT,
        None,
        "INGRESS_USE_WAYPOINTS=false, without the KGW_ prefix, is not read",
    ),
    Case(
        "flag hidden",
        with_env(on(), "v2.2.0", secret(FLAG)),
        "global-flag",
        UNKNOWN,
        WAYPOINT,
        None,
        "the default, true, is taken",
        assumed=True,
    ),
    Case("locality not set", BASE, "pod-locality", PASS, WAYPOINT, None, f"{LOCALITY} {NOT_SET} false"),
    Case(
        "locality off",
        with_env(on(**{LOCALITY: "true"})),
        "pod-locality",
        FAIL,
        DIRECT,
        "pod-locality",
        "=false",
    ),
    Case(
        "locality on", with_env(on(**{LOCALITY: "f"})), "pod-locality", PASS, WAYPOINT, None, f"{LOCALITY}=f"
    ),
    Case(
        "locality no boolean",
        with_env(on(**{LOCALITY: "yes"})),
        "pod-locality",
        PASS,
        WAYPOINT,
        None,
        "no boolean: the default, false, counts",
        assumed=False,
    ),
    Case(
        "locality hidden",
        with_env(on(), "v2.2.0", secret(LOCALITY)),
        "pod-locality",
        UNKNOWN,
        WAYPOINT,
        None,
        "is not known",
        assumed=True,
    ),
)
def test_settings(case: Case) -> None:
    hold(case, "kgateway")


def test_settings_are_read_from_a_config_map_that_the_source_holds() -> None:
    settings = ConfigMap(namespace="kgateway-system", name="settings", data={"WAYPOINT": "true"})
    bulk = EnvSource(kind="ConfigMap", name="settings", prefix="KGW_ENABLE_")
    path, finding = look(
        build.world(settings, build.controller("kgateway", "v2.2.0", {}, (bulk,))),
        "kgateway",
        "waypoint-plugin",
    )
    assert finding.result is PASS
    assert not path.outcome.assumed


def test_what_can_change_nothing_any_more_makes_no_answer_assumed() -> None:
    path, finding = look(with_env({}, "v2.0.4", secret()), "kgateway", "global-flag")
    assert finding.result is UNKNOWN
    assert (path.outcome.decided_by, path.outcome.assumed) == ("version", False)


# --- capture of the gateway ----------------------------------------------------------------------------------------


@cases(
    Case("annotated", BASE, "gateway-captured", PASS, WAYPOINT, None, "captured by ztunnel", assumed=False),
    Case(
        "labelled",
        gateway_pod({names.REDIRECTION: "enabled"}),
        "gateway-captured",
        PASS,
        WAYPOINT,
        None,
        f"metadata.labels[{names.REDIRECTION}] = enabled",
    ),
    Case(
        "not captured",
        gateway_pod(),
        "gateway-captured",
        FAIL,
        DIRECT,
        "gateway-captured",
        "kubectl label namespace infra istio.io/dataplane-mode=ambient",
        assumed=False,
    ),
    Case(
        "another word",
        gateway_pod(annotations={names.REDIRECTION: "Enabled"}),
        "gateway-captured",
        FAIL,
        DIRECT,
        "gateway-captured",
        "= Enabled",
    ),
    Case(
        "predicted",
        build.world(build.namespace("infra", {names.DATAPLANE_MODE: "ambient"}), without=NO_GATEWAY_POD),
        "gateway-captured",
        PASS,
        WAYPOINT,
        None,
        "Namespace/infra has istio.io/dataplane-mode=ambient",
        assumed=True,
    ),
    Case(
        "predicted not",
        build.world(without=NO_GATEWAY_POD),
        "gateway-captured",
        FAIL,
        DIRECT,
        "gateway-captured",
        "does not have istio.io/dataplane-mode=ambient",
        assumed=True,
    ),
    Case(
        "namespace not in the source",
        build.world(without=(*NO_GATEWAY_POD, "Namespace/infra")),
        "gateway-captured",
        UNKNOWN,
        DIRECT,
        "gateway-captured",
        "Namespace/infra",
        assumed=True,
    ),
)
def test_gateway_captured(case: Case) -> None:
    hold(case, "kgateway")


def test_gateway_pods_that_differ_split_the_path() -> None:
    labels = {names.GATEWAY_NAME: "kgateway"}
    others = [build.pod("infra", f"kgateway-{number}", f"10.244.1.1{number}", labels) for number in (2, 3, 4)]
    path, finding = look(build.world(*others), "kgateway", "gateway-captured")
    assert path.outcome.verdict is Verdict.SPLIT
    assert path.outcome.decided_by == "gateway-captured"
    assert path.outcome.waypoint is None
    assert [(one.share, one.verdict, one.waypoint) for one in path.outcome.shares] == [
        (0.25, WAYPOINT, ("shop", "waypoint")),
        (0.75, DIRECT, None),
    ]
    assert path.outcome.upstream.discovery == "EDS"
    assert finding.result is FAIL
    assert "3 of 4 gateway pods" in finding.because


def test_a_gateway_pod_that_is_not_ready_has_no_share() -> None:
    labels = {names.GATEWAY_NAME: "kgateway"}
    starting = build.pod("infra", "kgateway-2", "10.244.1.12", labels, ready=False)
    finished = build.pod("infra", "kgateway-3", "10.244.1.13", labels, finished=True)
    assert path_of(resolve(build.world(starting, finished)), "kgateway").outcome.verdict is WAYPOINT


def test_pods_that_differ_but_lead_to_the_same_end_do_not_split() -> None:
    labels = {names.GATEWAY_NAME: "kgateway"}
    cluster = build.world(
        build.cart(labels=build.USE), build.pod("infra", "kgateway-2", "10.244.1.12", labels)
    )
    path, finding = look(cluster, "kgateway", "gateway-captured")
    assert (path.outcome.verdict, path.outcome.shares) == (DIRECT, ())
    assert finding.result is FAIL


# --- the ingress label ---------------------------------------------------------------------------------------------

TRUE_ON_NAMESPACE = "Namespace/shop has istio.io/ingress-use-waypoint=true"
REMEDY = "kubectl label service cart -n shop istio.io/ingress-use-waypoint=true"


@cases(
    Case("own", labelled("true", None), "ingress-label", PASS, WAYPOINT, None, "Service/shop/cart has"),
    Case("namespace", labelled(None, "true"), "ingress-label", PASS, WAYPOINT, None, TRUE_ON_NAMESPACE),
    Case(
        "false under true",
        labelled("false", "true"),
        "ingress-label",
        PASS,
        WAYPOINT,
        None,
        f"{TRUE_ON_NAMESPACE}, which Service/shop/cart's own 'false' does not override",
    ),
    Case("true under false", labelled("true", "false"), "ingress-label", PASS, WAYPOINT, None, ""),
    Case("none", labelled(None, None), "ingress-label", FAIL, DIRECT, "ingress-label", REMEDY),
    *(
        Case(
            f"own {word!r} is not true",
            labelled(word, None),
            "ingress-label",
            FAIL,
            DIRECT,
            "ingress-label",
            repr(word),
        )
        for word in ("True", "TRUE", "1", "t", "yes", "", "false")
    ),
    Case("namespace 1", labelled(None, "1"), "ingress-label", FAIL, DIRECT, "ingress-label", "'1'"),
    Case(
        "namespace not in the source",
        build.world(build.cart(labels=build.USE), without=("Namespace/shop",)),
        "ingress-label",
        UNKNOWN,
        DIRECT,
        "ingress-label",
        "Namespace/shop, whose label counts too, is not in the source",
        assumed=True,
    ),
    Case(
        "own is enough without a namespace",
        build.world(without=("Namespace/shop",)),
        "ingress-label",
        PASS,
        WAYPOINT,
        None,
        "",
        assumed=False,
    ),
    Case(
        "not of a Backend",
        build.world(BACKEND),
        "ingress-label",
        ASIDE,
        DIRECT,
        "attached",
        "Backend/shop/legacy has no such label",
        "legacy",
    ),
)
def test_ingress_label(case: Case) -> None:
    hold(case, "kgateway")


# --- attached ------------------------------------------------------------------------------------------------------


def bound(service: dict[str, str], namespace: dict[str, str] | None = None) -> Cluster:
    return build.world(
        build.cart(labels={**build.INGRESS, **service}), build.namespace("shop", namespace or {})
    )


@cases(
    Case(
        "own",
        BASE,
        "attached",
        PASS,
        WAYPOINT,
        None,
        "Service/shop/cart has istio.io/use-waypoint='waypoint'",
    ),
    Case("namespace", bound({}, build.USE), "attached", PASS, WAYPOINT, None, "Namespace/shop has"),
    Case(
        "none on the service",
        bound({names.USE_WAYPOINT: "none"}, build.USE),
        "attached",
        FAIL,
        DIRECT,
        "attached",
        "opts out",
    ),
    Case(
        "none on the namespace",
        bound({}, {names.USE_WAYPOINT: "none"}),
        "attached",
        FAIL,
        DIRECT,
        "attached",
        "Namespace/shop opts out",
    ),
    Case("no label", bound({}), "attached", FAIL, DIRECT, "attached", "neither Service/shop/cart nor"),
    Case(
        "namespace not in the source",
        build.world(build.cart(labels=build.INGRESS), without=("Namespace/shop",)),
        "attached",
        UNKNOWN,
        DIRECT,
        "attached",
        "is not in the source",
        assumed=True,
    ),
    Case(
        "an empty value counts",
        bound({names.USE_WAYPOINT: ""}),
        "attached",
        PASS,
        VIP_DIRECT,
        "waypoint-in-effect",
        "kgateway does not look at the waypoint",
    ),
    Case(
        "a waypoint that does not exist counts",
        bound({names.USE_WAYPOINT: "nothing"}),
        "attached",
        PASS,
        VIP_DIRECT,
        "waypoint-in-effect",
        "",
    ),
    Case(
        "never a Backend",
        build.world(BACKEND),
        "attached",
        FAIL,
        DIRECT,
        "attached",
        "can't be bound",
        "legacy",
    ),
)
def test_attached(case: Case) -> None:
    hold(case, "kgateway")


def situation(class_name: str) -> Situation:
    resolution = resolve(BASE)
    some = resolution.decisions[path_of(resolution, "kgateway").decision].situations[0]
    capture = Capture(captured=True, observed=True, because="", evidence=())
    return Situation(
        world=some.world,
        gateway=build.gateway("infra", "kgateway", class_name),
        plane="kgateway",
        variation=Variation(capture=capture, nodes=frozenset(), count=1, of=1),
        backend=some.backend,
    )


@pytest.mark.parametrize(
    ("class_name", "result"), [("kgateway", PASS), ("own", PASS), ("kgateway-waypoint", FAIL)]
)
def test_is_ingress(class_name: str, result: Result) -> None:
    finding = checks.is_ingress(situation(class_name))
    assert finding.result is result
    assert class_name in text_of(finding)


# --- addresses -----------------------------------------------------------------------------------------------------

FOUR, SIX = "10.96.0.10", "fd00::10"
KEPT = {
    # family: what is kept of IPv4 and IPv6, listed in this order and in the other, before and from 2.1.2
    "": [FOUR, SIX],
    "V4_PREFERRED": [FOUR, SIX],
    "AUTO": [SIX, FOUR],
    "V4_ONLY": [FOUR],
    "V6_ONLY": [SIX],
    "nonsense": [FOUR, SIX],
}


def in_brackets(addresses: list[str]) -> list[str]:
    return [f"[{one}]:80" if ":" in one else f"{one}:80" for one in addresses]


@pytest.mark.parametrize("version", ["v2.1.2", "v2.1.9", "v2.2.0", "v2.3.0", "v2.4.0", "v2.9.0"])
@pytest.mark.parametrize("family", KEPT)
@pytest.mark.parametrize("listed", [(FOUR, SIX), (SIX, FOUR)], ids=["v4-v6", "v6-v4"])
def test_layout_by_family(version: str, family: str, listed: tuple[str, str]) -> None:
    env = on(**{names.KGW_DNS_LOOKUP_FAMILY: family} if family else {})
    cluster = build.world(build.controller("kgateway", version, env), build.cart(*listed))
    upstream = path_of(resolve(cluster), "kgateway").outcome.upstream
    assert upstream.discovery == "STATIC"
    assert upstream.addresses == in_brackets(KEPT[family])


@pytest.mark.parametrize("version", ["v2.1.0", "v2.1.1"])
@pytest.mark.parametrize("family", [*KEPT, "ALL"])
@pytest.mark.parametrize("listed", [(FOUR, SIX), (SIX, FOUR)], ids=["v4-v6", "v6-v4"])
def test_before_2_1_2_addresses_are_as_listed(version: str, family: str, listed: tuple[str, str]) -> None:
    env = on(**{names.KGW_DNS_LOOKUP_FAMILY: family} if family else {})
    cluster = build.world(build.controller("kgateway", version, env), build.cart(*listed))
    assert path_of(resolve(cluster), "kgateway").outcome.upstream.addresses == in_brackets(list(listed))


@pytest.mark.parametrize("listed", [(FOUR, SIX), (SIX, FOUR)], ids=["v4-v6", "v6-v4"])
def test_all_families_are_as_listed(listed: tuple[str, str]) -> None:
    env = on(**{names.KGW_DNS_LOOKUP_FAMILY: "ALL"})
    cluster = build.world(build.controller("kgateway", "v2.2.0", env), build.cart(*listed))
    assert path_of(resolve(cluster), "kgateway").outcome.upstream.addresses == in_brackets(list(listed))


def test_addresses_of_a_service_entry_come_before_allocated_ones() -> None:
    bank = build.entry(
        "shop",
        "bank",
        "240.0.0.2",
        "240.0.0.1",
        labels=build.through(),
        auto_addresses=(("bank.example.com", "240.240.0.1"), ("other.example.com", "2001:db8::1")),
    )
    path = path_of(resolve(build.world(bank)), "kgateway", "bank")
    assert path.outcome.upstream.addresses == [
        "240.0.0.2:80",
        "240.0.0.1:80",
        "240.240.0.1:80",
        "[2001:db8::1]:80",
    ]


RANGE = "198.51.100.0/28"


def banked(*addresses: str, family: str = "", version: str = "v2.2.0", **more: Any) -> Cluster:
    env = on(**{names.KGW_DNS_LOOKUP_FAMILY: family} if family else {})
    return build.world(
        build.entry("shop", "bank", *addresses, labels=build.through(), **more),
        build.controller("kgateway", version, env),
    )


@cases(
    Case("an address", BASE, "vip-present", PASS, WAYPOINT, None, "kgateway holds 10.96.0.10:80"),
    Case(
        "headless",
        build.world(build.service("shop", "cart", labels=build.through())),
        "vip-present",
        FAIL,
        BLACKHOLE,
        "vip-present",
        "it has no address. Clients get 503",
        assumed=False,
    ),
    Case(
        "ExternalName with ports",
        build.world(
            build.service(
                "shop",
                "cart",
                type="ExternalName",
                external_name="example.com",
                headless=False,
                labels=build.through(),
            )
        ),
        "vip-present",
        FAIL,
        BLACKHOLE,
        "vip-present",
        "it has no address",
    ),
    *(
        Case(
            f"ServiceEntry of resolution {resolution} without addresses",
            banked(resolution=resolution),
            "vip-present",
            FAIL,
            BLACKHOLE,
            "vip-present",
            "it has no address",
            "bank",
        )
        for resolution in ("STATIC", "DNS", "DNS_ROUND_ROBIN")
    ),
    Case(
        "family dropped",
        banked("240.0.0.1", family="V6_ONLY"),
        "vip-present",
        FAIL,
        BLACKHOLE,
        "vip-present",
        "of the family that KGW_DNS_LOOKUP_FAMILY leaves",
        "bank",
    ),
    Case("range dropped", banked(RANGE), "vip-present", FAIL, BLACKHOLE, "vip-present", "single one", "bank"),
    Case(
        "range of one dropped",
        banked("240.0.0.1/32"),
        "vip-present",
        FAIL,
        BLACKHOLE,
        "vip-present",
        "",
        "bank",
    ),
    Case(
        "range beside an address",
        banked(RANGE, "240.0.0.1"),
        "vip-present",
        PASS,
        WAYPOINT,
        None,
        "kgateway holds 240.0.0.1:80",
        "bank",
    ),
    Case(
        "range kept by ALL",
        banked(RANGE, family="ALL"),
        "vip-present",
        FAIL,
        BLACKHOLE,
        "vip-present",
        "no connection can be made to a range",
        "bank",
        assumed=True,
    ),
    Case(
        "range as listed",
        banked(RANGE, version="v2.1.1"),
        "vip-present",
        FAIL,
        BLACKHOLE,
        "vip-present",
        RANGE,
        "bank",
        assumed=True,
    ),
    Case(
        "manifest",
        build.world(build.service("shop", "cart", labels=build.through(), headless=False)),
        "vip-present",
        PASS,
        WAYPOINT,
        None,
        "will get a ClusterIP",
        assumed=True,
    ),
    Case(
        "family hidden, one address",
        build.world(build.controller("kgateway", "v2.2.0", on(), (secret(names.KGW_DNS_LOOKUP_FAMILY),))),
        "vip-present",
        PASS,
        WAYPOINT,
        None,
        "",
        assumed=False,
    ),
    Case(
        "family hidden, two addresses",
        build.world(
            build.cart(FOUR, SIX),
            build.controller("kgateway", "v2.2.0", on(), (secret(names.KGW_DNS_LOOKUP_FAMILY),)),
        ),
        "vip-present",
        PASS,
        WAYPOINT,
        None,
        "",
        assumed=True,
    ),
    Case(
        "none of a Backend",
        build.world(BACKEND),
        "vip-present",
        ASIDE,
        DIRECT,
        "attached",
        "no VIP",
        "legacy",
    ),
)
def test_vip_present(case: Case) -> None:
    hold(case, "kgateway")


def test_a_black_hole_keeps_an_empty_static_cluster() -> None:
    cluster = build.world(build.service("shop", "cart", labels=build.through()))
    upstream = path_of(resolve(cluster), "kgateway").outcome.upstream
    assert (upstream.discovery, list(upstream.addresses)) == ("STATIC", [])


# --- what a gateway that is not redirected holds -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hosts", "discovery", "endpoints"),
    [
        (("legacy.example.com:8443",), "DNS", ["legacy.example.com:8443"]),
        (("192.0.2.1:8443", "[2001:db8::1]:8443"), "STATIC", ["192.0.2.1:8443", "[2001:db8::1]:8443"]),
        (("192.0.2.1:8443", "legacy.example.com:1"), "DNS", ["192.0.2.1:8443", "legacy.example.com:1"]),
    ],
)
def test_a_static_backend_is_never_redirected(
    hosts: tuple[str, ...], discovery: str, endpoints: list[str]
) -> None:
    row = KgatewayBackend(namespace="shop", name="legacy", type="Static", hosts=hosts)
    path = path_of(resolve(build.world(row)), "kgateway", "legacy")
    assert path.outcome.verdict is DIRECT
    assert path.outcome.upstream.discovery == discovery
    assert path.outcome.upstream.addresses == hosts
    assert path.endpoints == endpoints
    assert not path.outcome.assumed


def test_of_another_kind_of_backend_no_endpoint_is_known() -> None:
    row = KgatewayBackend(namespace="shop", name="legacy", type="AWS")
    path = path_of(resolve(build.world(row)), "kgateway", "legacy")
    assert path.outcome.verdict is DIRECT
    assert path.outcome.upstream.discovery == ""
    assert path.outcome.assumed


def test_a_dns_service_entry_that_is_not_redirected_asks_dns() -> None:
    bank = build.entry("shop", "bank", "240.0.0.1", resolution="DNS", endpoints=())
    path = path_of(resolve(build.world(bank)), "kgateway", "bank")
    assert path.outcome.verdict is DIRECT
    assert path.outcome.upstream.discovery == "DNS"
    assert path.outcome.upstream.addresses == ["bank.example.com:80"]


SELECTED = build.entry("shop", "bank", endpoints=(), selector={"app": "bank"})
STARTING = build.pod("shop", "bank-1", "10.244.0.50", {"app": "bank"}, ready=False)


@pytest.mark.parametrize(
    ("version", "verdict"),
    [("v2.2.0", DIRECT), ("v2.3.9", DIRECT), ("v2.4.0", NO_ENDPOINTS), ("v2.5.0", NO_ENDPOINTS)],
)
def test_readiness_of_pods_of_a_service_entry_counts_from_2_4(version: str, verdict: Verdict) -> None:
    cluster = build.world(SELECTED, STARTING, kgateway=version)
    assert path_of(resolve(cluster), "kgateway", "bank").outcome.verdict is verdict


def test_a_service_without_a_ready_pod_has_no_endpoints_in_any_version() -> None:
    starting = build.pod("shop", "cart-1", "10.244.0.10", {"app": "cart"}, ready=False)
    path, finding = look(build.world(build.cart(labels={}), starting), "kgateway", "endpoints")
    assert (path.outcome.verdict, path.outcome.decided_by) == (NO_ENDPOINTS, "endpoints")
    assert "has no ready endpoint on port 80" in finding.because


def test_every_gate_is_listed_whatever_decides() -> None:
    for cluster in (BASE, versioned("v2.0.4"), routed(ref("nothing"))):
        resolution = resolve(cluster)
        path = next(one for one in resolution.paths if one.plane == "kgateway")
        gates = [step.gate for step in resolution.steps(path)]
        assert gates == [
            "backend-ref",
            "reference-grant",
            "istio-integration",
            "cluster",
            "version",
            "waypoint-plugin",
            "global-flag",
            "pod-locality",
            "gateway-captured",
            "ingress-label",
            "is-ingress",
            "attached",
            "vip-present",
            "vip-known",
            "waypoint-in-effect",
            "waypoint-reachable",
            "healthy-endpoint",
            "endpoints",
            "workload-waypoint",
        ]
        assert all(step.finding.because for step in resolution.steps(path))


def test_gates_lead_where_the_table_says() -> None:
    resolution = resolve(BASE)
    ends = {gate.id: gate.otherwise for gate in resolution.gates(path_of(resolution, "kgateway"))}
    assert {gate for gate, end in ends.items() if end is Track.ENDPOINTS} == {
        "version",
        "waypoint-plugin",
        "global-flag",
        "pod-locality",
        "gateway-captured",
        "ingress-label",
        "is-ingress",
        "attached",
    }


BOUND_ENTRY = build.entry(
    "shop", "bank", "240.0.0.1", labels=build.through(), endpoints=(WorkloadEndpoint(address="192.0.2.10"),)
)
TWO_PORTS = (
    ServicePort(port=80, name="http", target=8080),
    ServicePort(port=9090, name="admin", target=9091),
)


def test_the_service_port_is_kept_and_not_the_target_port() -> None:
    cluster = build.world(build.cart(ports=TWO_PORTS), BOUND_ENTRY)
    resolution = resolve(cluster)
    assert path_of(resolution, "kgateway").outcome.upstream.addresses == ["10.96.0.10:80"]
    assert path_of(resolution, "kgateway").endpoints == ["10.244.0.10:8080"]
