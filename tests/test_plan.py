"""Plans: the commands do what the scenario says and back, in a safe order, and no name breaks out of them."""

import shlex
import stat
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core import labels as names
from core.cluster import Cluster
from core.edits import LABEL_KINDS, Edit, EnvEdit, LabelEdit, VersionEdit
from core.gates import Verdict
from core.kubectl import env_command, label_command, rollout_command
from core.model import ConfigMap, EnvSource, ObjectRef
from core.paths import resolve
from core.plan import Command, Plan, plan, render
from core.render.documents import step_document
from core.whatif import apply
from tests import build

SHOP = build.shop()
UNLABELLED = build.shop(build.service("shop", "cart", "10.96.0.10"))
KGATEWAY = "deployment/kgateway -n kgateway-system"
ISTIOD = "deployment/istiod -n istio-system"


def label(target: str, *unset: str, **values: str) -> LabelEdit:
    """An edit with the last part of each label's name: `ingress_use_waypoint="true"`."""
    kind, *rest = target.split("/")
    return LabelEdit(
        kind=kind,
        namespace=rest[0] if len(rest) > 1 else "",
        name=rest[-1],
        set={f"istio.io/{key.replace('_', '-')}": value for key, value in values.items()},
        unset=tuple(f"istio.io/{key}" for key in unset),
    )


def env(controller: str, *unset: str, **values: str) -> EnvEdit:
    return EnvEdit(controller=controller, set=values, unset=unset)


def texts(commands: Sequence[Command]) -> list[str]:
    """The commands in short: without `kubectl`, prefixes of labels and `--overwrite`; else the comments."""
    short = []
    for command in commands:
        text = command.text.removeprefix("kubectl ").replace("istio.io/", "").removesuffix(" --overwrite")
        short.append(text.replace(" -c controller", "") or f"# {command.comment}")
    return short


def wait(namespace: str, name: str) -> str:
    """The command, in short, that waits for a waypoint."""
    subject = f"gateways.gateway.networking.k8s.io/{name} -n {namespace}"
    return f"wait {subject} --for=condition=Programmed --timeout=5m"


# --- order ----------------------------------------------------------------------------------------------


def test_on_from_the_outside_in_and_off_from_the_inside_out() -> None:
    edits: list[Edit] = [
        label(
            "service/shop/cart",
            ingress_use_waypoint="true",
            use_waypoint="waypoint",
            use_waypoint_namespace="shop",
        ),
        label("namespace/infra", dataplane_mode="ambient"),
        label("gateway/shop/waypoint", waypoint_for="all"),
        env("kgateway", KGW_INGRESS_USE_WAYPOINTS="true"),
        VersionEdit(controller="istio", version="1.31"),
    ]
    found = plan(UNLABELLED, edits)
    assert texts(found.do) == [
        "# Upgrade istiod from 1.30.3 to 1.31 first (helm upgrade; kubectl has no command for it).",
        f"set env {KGATEWAY} KGW_INGRESS_USE_WAYPOINTS=true",
        f"rollout status {KGATEWAY}",
        "label gateways.gateway.networking.k8s.io waypoint -n shop waypoint-for=all",
        "label namespace infra dataplane-mode=ambient",
        "label service cart -n shop use-waypoint=waypoint use-waypoint-namespace=shop",
        "label service cart -n shop ingress-use-waypoint=true",
    ]
    assert texts(found.undo) == [
        f"set env {KGATEWAY} KGW_INGRESS_USE_WAYPOINTS-",
        f"rollout status {KGATEWAY}",
        "label service cart -n shop ingress-use-waypoint-",
        "label service cart -n shop use-waypoint- use-waypoint-namespace-",
        "label namespace infra dataplane-mode-",
        "label gateways.gateway.networking.k8s.io waypoint -n shop waypoint-for-",
        "# Downgrade istiod from 1.31 to 1.30.3 last (helm upgrade; kubectl has no command for it).",
    ]


@pytest.mark.parametrize(
    ("variable", "value", "late"),
    [
        (names.KGW_ENABLE_WAYPOINT, "false", True),
        (names.KGW_ENABLE_WAYPOINT, None, True),
        (names.KGW_ENABLE_WAYPOINT, "1", False),
        (names.KGW_INGRESS_USE_WAYPOINTS, "false", True),
        (names.KGW_INGRESS_USE_WAYPOINTS, "nonsense", False),
        (names.DISABLE_POD_LOCALITY_XDS, "true", True),
        (names.DISABLE_POD_LOCALITY_XDS, "false", False),
        (names.KGW_DNS_LOOKUP_FAMILY, "V6_ONLY", False),
    ],
)
def test_flags_go_on_before_labels_and_off_after_them(variable: str, value: str | None, late: bool) -> None:
    change = env("kgateway", variable) if value is None else env("kgateway", **{variable: value})
    for other in (
        label("service/shop/orders", ingress_use_waypoint="true"),
        label("service/shop/cart", "use-waypoint"),
    ):
        commands = texts(plan(SHOP, [other, change]).do)
        assert [one.partition(" ")[0] for one in commands] == (
            ["label", "set", "rollout"] if late else ["set", "rollout", "label"]
        )


@pytest.mark.parametrize(
    ("edits", "commands"),
    [
        (
            # moved from the service to the namespace: made before broken
            [label("service/shop/cart", "use-waypoint"), label("namespace/shop", use_waypoint="waypoint")],
            ["label namespace shop use-waypoint=waypoint", "label service cart -n shop use-waypoint-"],
        ),
        (
            # another waypoint is no unbinding
            [label("service/shop/cart", use_waypoint="other", ingress_use_waypoint="false")],
            [
                wait("shop", "other"),
                "label service cart -n shop use-waypoint=other",
                "label service cart -n shop ingress-use-waypoint=false",
            ],
        ),
        (
            [label("service/shop/cart", use_waypoint="none", ingress_use_waypoint="no")],
            [
                "label service cart -n shop ingress-use-waypoint=no",
                "label service cart -n shop use-waypoint=none",
            ],
        ),
        (
            [
                label("gateway/shop/waypoint", waypoint_for="workload"),
                label("service/shop/cart", "use-waypoint"),
            ],
            [
                "label service cart -n shop use-waypoint-",
                "label gateways.gateway.networking.k8s.io waypoint -n shop waypoint-for=workload",
            ],
        ),
        (
            [
                label(
                    "service/shop/cart", use_waypoint_canary="kgateway", use_waypoint_canary_namespace="infra"
                )
            ],
            [
                wait("infra", "kgateway"),
                "label service cart -n shop use-waypoint-canary=kgateway use-waypoint-canary-namespace=infra",
            ],
        ),
        (
            [
                VersionEdit(controller="istio", version="1.30.3"),
                label("service/shop/cart", use_waypoint="waypoint"),
            ],
            [],
        ),
        ([label("service/shop/missing", use_waypoint="waypoint"), env("kgateway", LOG="debug")], []),
        (
            [env("istiod", ENABLE_INGRESS_WAYPOINT_ROUTING="1", PILOT_ENABLE_AMBIENT="")],
            [
                f"set env {ISTIOD} ENABLE_INGRESS_WAYPOINT_ROUTING=1",
                f"rollout status {ISTIOD}",
                f"set env {ISTIOD} PILOT_ENABLE_AMBIENT=",
                f"rollout status {ISTIOD}",
            ],
        ),
    ],
)
def test_commands(edits: list[Edit], commands: list[str]) -> None:
    assert texts(plan(SHOP, edits).do) == commands


NOT_READY = build.shop(build.waypoint("shop", addresses=()), build.service("shop", "cart", "10.96.0.10"))


@pytest.mark.parametrize(
    ("cluster", "edits", "waited"),
    [
        (NOT_READY, [label("service/shop/cart", use_waypoint="waypoint")], [wait("shop", "waypoint")]),
        (NOT_READY, [label("namespace/shop", use_waypoint="waypoint")], [wait("shop", "waypoint")]),
        (
            NOT_READY,
            [
                label("namespace/shop", use_waypoint="waypoint"),
                label("service/shop/cart", ingress_use_waypoint="true"),
            ],
            [wait("shop", "waypoint")],
        ),
        (UNLABELLED, [label("service/shop/cart", use_waypoint="waypoint")], []),
        (SHOP, [label("service/shop/cart", use_waypoint="none")], []),
        (SHOP, [label("namespace/shop", use_waypoint="none")], []),
        (SHOP, [label("service/shop/cart", "use-waypoint")], []),
        (
            msgspec.structs.replace(build.shop(build.waypoint("shop", addresses=None)), observed=False),
            [label("service/shop/cart", ingress_use_waypoint="true")],
            [],
        ),
    ],
)
def test_a_waypoint_that_is_not_ready_is_waited_for(
    cluster: Cluster, edits: list[Edit], waited: list[str]
) -> None:
    commands = texts(plan(cluster, edits).do)
    assert [one for one in commands if one.startswith("wait")] == waited
    assert commands[: len(waited)] == waited
    assert not any(one.startswith("wait") for one in texts(plan(cluster, edits).undo))


def test_the_edits_of_commands_are_the_scenario() -> None:
    edits: list[Edit] = [
        label("service/shop/cart", "use-waypoint", ingress_use_waypoint="true"),
        env("kgateway", "KGW_ENABLE_WAYPOINT", KGW_INGRESS_USE_WAYPOINTS="true"),
        VersionEdit(controller="istio", version="1.31"),
    ]
    found = plan(SHOP, edits)
    wanted = apply(SHOP, edits).cluster
    there = apply(SHOP, [edit for command in found.do for edit in command.edits]).cluster
    assert facts(there) == facts(wanted)
    assert apply(there, [edit for command in found.undo for edit in command.edits]).cluster == SHOP


def test_on_the_way_no_path_is_worse_than_at_both_ends() -> None:
    edits = [
        label("service/shop/cart", ingress_use_waypoint="true", use_waypoint="waypoint"),
        label("gateway/shop/waypoint", waypoint_for="all"),
    ]
    blocked = apply(UNLABELLED, [label("gateway/shop/waypoint", waypoint_for="workload")]).cluster
    found = plan(blocked, edits)
    for commands, start in ((found.do, blocked), (found.undo, apply(blocked, edits).cluster)):
        verdicts = [kgateway_verdict(cluster) for cluster in states(start, commands)]
        assert sorted(set(verdicts)) == ["direct", "waypoint"]


def kgateway_verdict(cluster: Cluster) -> Verdict:
    paths = (
        path for path in resolve(cluster).paths if path.plane == "kgateway" and path.backend.name == "cart"
    )
    return next(paths).outcome.verdict


# --- the commands do what the scenario says -------------------------------------------------------------


def states(cluster: Cluster, commands: Sequence[Command]) -> Iterator[Cluster]:
    """The cluster before, and after each of the commands."""
    yield cluster
    for command in commands:
        cluster = apply(cluster, [edit] if (edit := edit_of(command.text)) else []).cluster
        yield cluster


def edit_of(text: str) -> Edit | None:
    """The edit that a command makes, as `kubectl` reads its words."""
    words = [word for word in shlex.split(text) if word != "--overwrite"]
    if words[1:2] == ["label"]:
        kind = {"gateways.gateway.networking.k8s.io": "gateway"}.get(words[2], words[2])
        namespace, changes = (words[5], words[6:]) if words[4] == "-n" else ("", words[4:])
        return LabelEdit(kind=kind, namespace=namespace, name=words[3], **changed(changes))
    if words[1:3] == ["set", "env"]:
        return EnvEdit(controller=words[3].removeprefix("deployment/"), **changed(words[8:]))
    return None


def changed(words: Sequence[str]) -> dict[str, Any]:
    pairs = [word.partition("=") for word in words]
    return {
        "set": {key: value for key, equals, value in pairs if equals},
        "unset": tuple(key.removesuffix("-") for key, equals, _ in pairs if not equals),
    }


LABELS = {
    names.INGRESS_USE_WAYPOINT: ("true", "false", ""),
    names.USE_WAYPOINT: ("waypoint", "absent", "none"),
    names.USE_WAYPOINT_NAMESPACE: ("shop", "infra"),
    names.DATAPLANE_MODE: ("ambient", "none"),
    names.WAYPOINT_FOR: ("service", "workload", "all"),
    "app": ("cart",),
}
TARGETS = (
    *("service/shop/cart", "service/shop/orders", "service/store/stock", "serviceentry/shop/bank"),
    *("namespace/shop", "namespace/infra", "pod/infra/kgateway-1", "gateway/shop/waypoint"),
)
VARIABLES = {name: names.PATH_VARIABLES[name] for name in ("kgateway", "istiod")}


@st.composite
def edits_of_labels(draw: st.DrawFn) -> LabelEdit:
    keys = draw(st.lists(st.sampled_from(list(LABELS)), unique=True, min_size=1, max_size=3))
    unset = tuple(key for key in keys if draw(st.booleans()))
    values = {key: draw(st.sampled_from(LABELS[key])) for key in keys if key not in unset}
    return msgspec.structs.replace(label(draw(st.sampled_from(TARGETS))), set=values, unset=unset)


@st.composite
def edits_of_variables(draw: st.DrawFn) -> EnvEdit:
    controller = draw(st.sampled_from(list(VARIABLES)))
    keys = draw(st.lists(st.sampled_from(VARIABLES[controller]), unique=True, min_size=1, max_size=3))
    unset = tuple(key for key in keys if draw(st.booleans()))
    values = {key: draw(st.sampled_from(("true", "false", "a 'b'"))) for key in keys if key not in unset}
    return EnvEdit(controller=controller, set=values, unset=unset)


def facts(cluster: Cluster) -> Any:
    found = resolve(cluster)
    outcomes = msgspec.to_builtins([(path.id, path.outcome, path.endpoints) for path in found.paths])
    return outcomes, [[step_document(step) for step in found.steps(path)] for path in found.paths]


@given(st.lists(st.one_of(edits_of_labels(), edits_of_variables()), max_size=6))
def test_commands_lead_there_and_back(edits: list[Edit]) -> None:
    found = plan(SHOP, edits)
    wanted = apply(SHOP, edits).cluster
    *_, there = states(SHOP, found.do)
    assert facts(there) == facts(wanted)
    *_, back = states(wanted, found.undo)
    assert back == SHOP or facts(back) == facts(SHOP)
    assert bool(found.do) == bool(found.undo) == (wanted is not SHOP)
    for command in (*found.do, *found.undo):
        assert command.text.isprintable()


# --- environment ----------------------------------------------------------------------------------------

CONFIG = ConfigMap(
    namespace="kgateway-system", name="settings", data={names.KGW_DNS_LOOKUP_FAMILY: "ALL", "flag": "true"}
)
FROM = build.shop(
    build.controller(
        "kgateway",
        "v2.3.0",
        {names.KGW_ENABLE_WAYPOINT: "true"},
        (
            EnvSource(kind="ConfigMap", name="settings"),
            EnvSource(
                variable=names.KGW_INGRESS_USE_WAYPOINTS, kind="ConfigMap", name="settings", key="flag"
            ),
        ),
    ),
    CONFIG,
)
SECRET = build.shop(build.controller("kgateway", "v2.3.0", {}, (EnvSource(kind="Secret", name="hidden"),)))
CONTROLLER = "Deployment/kgateway-system/kgateway"
LACKING = "its Deployment is not in the source"
SETTINGS = f"ConfigMap/kgateway-system/settings, which {CONTROLLER}"
WITHOUT = build.shop(without=["Deployment/kgateway-system/kgateway"])


@pytest.mark.parametrize(
    ("cluster", "edit", "do", "undo"),
    [
        (
            FROM,
            env("kgateway", KGW_ENABLE_WAYPOINT="false"),
            f"set env {KGATEWAY} KGW_ENABLE_WAYPOINT=false",
            f"set env {KGATEWAY} KGW_ENABLE_WAYPOINT=true",
        ),
        (
            FROM,
            env("kgateway", "KGW_ENABLE_WAYPOINT"),
            f"set env {KGATEWAY} KGW_ENABLE_WAYPOINT-",
            f"set env {KGATEWAY} KGW_ENABLE_WAYPOINT=true",
        ),
        (
            FROM,
            env("kgateway", KGW_DNS_LOOKUP_FAMILY="AUTO"),
            f"set env {KGATEWAY} KGW_DNS_LOOKUP_FAMILY=AUTO",
            f"set env {KGATEWAY} KGW_DNS_LOOKUP_FAMILY-",
        ),
        (
            FROM,
            env("kgateway", "KGW_DNS_LOOKUP_FAMILY"),
            f"# Take KGW_DNS_LOOKUP_FAMILY out of {SETTINGS} reads by envFrom: kubectl set env can't.",
            f"# Put KGW_DNS_LOOKUP_FAMILY back into {SETTINGS} reads by envFrom.",
        ),
        (
            FROM,
            env("kgateway", KGW_INGRESS_USE_WAYPOINTS="false"),
            f"set env {KGATEWAY} KGW_INGRESS_USE_WAYPOINTS=false",
            f"# Give KGW_INGRESS_USE_WAYPOINTS of {CONTROLLER} back its valueFrom (ConfigMap settings).",
        ),
        (
            SECRET,
            env("kgateway", KGW_ENABLE_WAYPOINT="true"),
            f"set env {KGATEWAY} KGW_ENABLE_WAYPOINT=true",
            f"set env {KGATEWAY} KGW_ENABLE_WAYPOINT-",
        ),
        (
            WITHOUT,
            env("kgateway", KGW_ENABLE_WAYPOINT="true"),
            f"# Set KGW_ENABLE_WAYPOINT=true on kgateway (Helm: waypoint.enabled=true): {LACKING}.",
            f"# Set KGW_ENABLE_WAYPOINT back to what it was on kgateway: {LACKING}.",
        ),
        (
            WITHOUT,
            env("kgateway", "KGW_INGRESS_USE_WAYPOINTS"),
            f"# Unset KGW_INGRESS_USE_WAYPOINTS on kgateway: {LACKING}.",
            f"# Set KGW_INGRESS_USE_WAYPOINTS back to what it was on kgateway: {LACKING}.",
        ),
        (
            SHOP,
            env("agentgateway", CA_ADDRESS="https://ca"),
            "# Set CA_ADDRESS=https://ca on agentgateway's gateway pods, by its Istio integration.",
            "# Set CA_ADDRESS back to what it was on agentgateway's gateway pods, by its Istio integration.",
        ),
    ],
)
def test_a_variable_is_changed_where_it_comes_from(cluster: Cluster, edit: Edit, do: str, undo: str) -> None:
    found = plan(cluster, [edit])
    assert texts(found.do)[0] == do
    assert texts(found.undo)[0] == undo
    assert all("rollout status" in text for text in [*texts(found.do)[1:], *texts(found.undo)[1:]])


@pytest.mark.parametrize(
    ("edit", "helm"),
    [
        (env("kgateway", KGW_ENABLE_WAYPOINT="false"), "waypoint.enabled=false"),
        (env("kgateway", "KGW_ENABLE_WAYPOINT"), "without waypoint.enabled"),
        (env("kgateway", KGW_DNS_LOOKUP_FAMILY="ALL"), "controller.extraEnv.KGW_DNS_LOOKUP_FAMILY=ALL"),
        (env("istiod", PILOT_ENABLE_AMBIENT="false"), "pilot.env.PILOT_ENABLE_AMBIENT=false"),
    ],
)
def test_helm_values_are_named(edit: Edit, helm: str) -> None:
    found = plan(SHOP, [edit])
    assert found.do[0].comment == f"In Helm: {helm}."
    assert any("helm upgrade takes back" in note for note in found.notes)


def test_a_version_that_the_source_does_not_tell_is_a_condition() -> None:
    found = plan(WITHOUT, [VersionEdit(controller="kgateway", version="2.1")])
    assert texts(found.do) == [
        "# kgateway must be 2.1: the source does not tell its version (no Deployment of it)."
    ]
    assert found.undo == ()


# --- what kgateway notices late -------------------------------------------------------------------------

RESTART = [f"rollout restart {KGATEWAY}", f"rollout status {KGATEWAY}"]
BANK = label("serviceentry/shop/bank", use_waypoint="waypoint", ingress_use_waypoint="true")
ON = [
    "label serviceentry bank -n shop use-waypoint=waypoint",
    "label serviceentry bank -n shop ingress-use-waypoint=true",
]


@pytest.mark.parametrize(
    ("version", "restarts", "note"),
    [
        ("v2.0.4", False, ""),
        ("v2.1.0", True, "the old one counts until the controller restarts."),
        ("v2.2.0", True, "the old one counts until the controller restarts."),
        ("v2.3.0", False, ""),
        ("main", False, "The source does not tell the version of this one."),
    ],
)
def test_labels_of_service_entries(version: str, restarts: bool, note: str) -> None:
    found = plan(build.shop(kgateway=version), [BANK])
    assert texts(found.do) == ON + (RESTART if restarts else [])
    assert [one.endswith(note) for one in found.notes] == ([True] if note else [])
    assert texts(found.undo) == [
        "label serviceentry bank -n shop ingress-use-waypoint-",
        *(RESTART if restarts else []),
        "label serviceentry bank -n shop use-waypoint-",
    ]


@pytest.mark.parametrize(
    ("edits", "commands"),
    [
        (
            [BANK, env("kgateway", KGW_ENABLE_WAYPOINT="false")],
            [*ON, f"set env {KGATEWAY} KGW_ENABLE_WAYPOINT=false", f"rollout status {KGATEWAY}"],
        ),
        (
            [BANK, env("kgateway", KGW_DNS_LOOKUP_FAMILY="ALL")],
            [f"set env {KGATEWAY} KGW_DNS_LOOKUP_FAMILY=ALL", f"rollout status {KGATEWAY}", *ON, *RESTART],
        ),
        ([label("serviceentry/shop/bank", team="a")], ["label serviceentry bank -n shop team=a"]),
        (
            [label("pod/infra/kgateway-1", dataplane_mode="none")],
            ["label pod kgateway-1 -n infra dataplane-mode=none", *RESTART],
        ),
        (
            [label("pod/infra/kgateway-1", dataplane_mode="none"), BANK],
            [*ON, *RESTART, "label pod kgateway-1 -n infra dataplane-mode=none", *RESTART],
        ),
        (
            [label("pod/infra/istio-1", dataplane_mode="none")],
            ["label pod istio-1 -n infra dataplane-mode=none"],
        ),
    ],
)
def test_restarts(edits: list[Edit], commands: list[str]) -> None:
    assert texts(plan(SHOP, edits).do) == commands


def test_capture_of_gateway_pods() -> None:
    free = build.shop(
        *(
            build.pod("infra", f"kgateway-{i}", f"10.244.1.{i}", {names.GATEWAY_NAME: "kgateway"})
            for i in (1, 2)
        )
    )
    found = plan(free, [label("namespace/infra", dataplane_mode="ambient")])
    assert texts(found.do) == ["label namespace infra dataplane-mode=ambient", *RESTART]
    assert texts(found.undo) == ["label namespace infra dataplane-mode-", *RESTART]
    (note,) = found.notes
    assert "Gateway/infra/kgateway" in note
    assert "xDS stream" in note
    assert plan(free, [label("namespace/shop", dataplane_mode="ambient")]).notes == ()


# --- as text --------------------------------------------------------------------------------------------


def test_rendered() -> None:
    text = render(plan(SHOP, [label("service/shop/cart", ingress_use_waypoint="true")]))
    assert text == (
        "# Do\n"
        "# Send ingress traffic through the waypoint.\n"
        "kubectl label service cart -n shop istio.io/ingress-use-waypoint=true --overwrite\n"
        "\n"
        "# Undo\n"
        "# Take ingress traffic off the waypoint before anything is unbound.\n"
        "kubectl label service cart -n shop istio.io/ingress-use-waypoint-\n"
    )
    assert render(plan(SHOP, [])) == "# Nothing to do: the source is already as the scenario says.\n"


def test_manifests_are_to_be_changed_too() -> None:
    manifests = msgspec.structs.replace(SHOP, observed=False)
    assert "change them too" in render(
        plan(manifests, [label("service/shop/cart", ingress_use_waypoint="true")])
    )


def test_what_needs_a_word_of_caution() -> None:
    text = render(
        plan(
            SHOP,
            [
                label("namespace/store", ingress_use_waypoint="true"),
                label("pod/shop/cart-1", use_waypoint="waypoint"),
                label("service/shop/crat", use_waypoint="waypoint"),
            ],
        )
    )
    assert "Namespace/store is not in the source: check first what labels it has." in text
    assert "The label goes when Pod/shop/cart-1 is replaced: put it into the pod template too." in text
    assert "did you mean service/shop/cart?" in text


# --- names and values that would break out --------------------------------------------------------------

HOSTILE = (
    "a b",
    "$(touch pwned)",
    "`touch pwned`",
    "; touch pwned #",
    "a'b\"c",
    "\\",
    "a\\'b",
    "\n touch pwned\n",
    "\r\x1b[2J",
    "!!",
    "~",
    "*",
    "{a,b}",
    "#a",
    "é日本\U0001f600",
    "\u2028\u202e",
    "a\x7fb1",
    "-n",
    "--all",
)
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1)


@pytest.fixture(scope="module")
def fake_kubectl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a `kubectl` that writes its arguments, each ended by NUL, and a mark after the last."""
    folder = tmp_path_factory.mktemp("bin")
    script = folder / "kubectl"
    script.write_text("#!/bin/sh\nprintf '%s\\0' \"$@\" '<end>'\n")
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return folder


def arguments(folder: Path, script: str) -> list[list[str]]:
    """What each `kubectl` in `script` gets, when bash runs it in a folder that stays empty."""
    place = folder / "empty"
    place.mkdir(exist_ok=True)
    environment = {"PATH": f"{folder}:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
    ran = subprocess.run(["bash", "-c", script], cwd=place, env=environment, capture_output=True, check=True)
    assert ran.stderr == b""
    assert list(place.iterdir()) == []
    calls = ran.stdout.decode().split("<end>\0")
    assert calls.pop() == ""
    return [call.split("\0")[:-1] for call in calls]


def edits_of(name: str) -> list[LabelEdit]:
    return [
        LabelEdit(
            kind=kind,
            namespace="" if kind == "namespace" else name,
            name=name,
            set={f"a/{name}": name},
            unset=(name,),
        )
        for kind in LABEL_KINDS
    ]


def label_words(edit: LabelEdit) -> list[str]:
    kind = "gateways.gateway.networking.k8s.io" if edit.kind == "gateway" else edit.kind
    subject = [f"{kind}/{edit.name}"] if edit.name.startswith("-") else [kind, edit.name]
    namespace = ["-n", edit.namespace] if edit.namespace else []
    changes = [*(f"{key}={value}" for key, value in edit.set.items()), *(f"{key}-" for key in edit.unset)]
    return ["label", *subject, *namespace, *changes, "--overwrite"]


def check_words(folder: Path, name: str) -> None:
    deployment = ObjectRef(kind="Deployment", namespace=name, name=name)
    edits = edits_of(name)
    commands = [label_command(edit) for edit in edits]
    commands += [env_command(deployment, name, [f"A={name}", "B-"]), rollout_command("status", deployment)]
    assert all(command.isprintable() and command.isascii() for command in commands)
    assert arguments(folder, "\n".join(commands)) == [
        *map(label_words, edits),
        ["set", "env", f"deployment/{name}", "-n", name, "-c", name, f"A={name}", "B-"],
        ["rollout", "status", f"deployment/{name}", "-n", name],
    ]


@pytest.mark.parametrize("name", HOSTILE)
def test_the_shell_passes_every_word_as_it_is(fake_kubectl: Path, name: str) -> None:
    check_words(fake_kubectl, name)


@given(TEXT)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_shell_passes_any_word_as_it_is(fake_kubectl: Path, name: str) -> None:
    check_words(fake_kubectl, name)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_plan_is_a_script_that_runs_nothing_but_its_commands(fake_kubectl: Path, name: str) -> None:
    cluster = build.shop(
        build.service(name, name, "10.96.0.77"),
        build.pod(name, name, "10.244.9.9", {}),
        msgspec.structs.replace(build.controller("istiod", "1.30.3"), name=name, namespace=name),
        without=["Deployment/istio-system/istiod"],
    )
    edits: list[Edit] = [
        LabelEdit(kind="service", namespace=name, name=name, set=build.USE),
        LabelEdit(kind="pod", namespace=name, name=name, set=build.USE),
        LabelEdit(kind="namespace", namespace="", name=name, set=build.USE),
        LabelEdit(kind="service", namespace=name, name=f"{name}{name}", set=build.USE),
        env("istiod", PILOT_ENABLE_AMBIENT=name),
        env("agentgateway", CA_ADDRESS=name),
    ]
    found = plan(cluster, edits)
    commands = [one.text for one in (*found.do, *found.undo) if one.text]
    assert len(commands) == 11
    text = render(found)
    assert arguments(fake_kubectl, text) == arguments(fake_kubectl, "\n".join(commands))
    assert all(line == "" or line.startswith(("#", "kubectl ")) for line in text.split("\n"))
    assert text.replace("\n", "").isprintable()


def test_plans_are_values() -> None:
    first, second = (plan(SHOP, [BANK]) for _ in range(2))
    assert first == second
    assert isinstance(first, Plan)
