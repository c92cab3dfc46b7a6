"""The sample clusters: each is read without a problem, and presents itself."""

import pytest

from core.sources import Sample, SourceError, read, samples

SAMPLES = samples()


def test_the_order_is_that_of_the_file() -> None:
    root = SAMPLES[0].path.parent
    listed = (root / "ORDER").read_text(encoding="utf-8").split()
    assert [one.name for one in SAMPLES] == listed
    assert set(listed) == {path.parent.name for path in root.glob("*/README.md")}


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda one: one.name)
def test_samples_present_themselves_and_are_read(sample: Sample) -> None:
    assert sample.title
    assert sample.title != sample.name
    assert sample.sentence.endswith(".")
    assert "\n" not in sample.sentence
    found = read([f"sample:{sample.name}"])
    assert [one for one in found.problems if one.severity != "note"] == []
    assert (found.info.kind, found.info.name) == ("sample", f"sample:{sample.name}")
    assert found.info.objects > 5
    assert all(row.where.startswith(f"sample:{sample.name}/") for row in found.cluster.gateways.values())
    assert found.cluster.gateways
    assert found.cluster.routes or found.cluster.istio.virtual_services


def test_an_unknown_sample() -> None:
    with pytest.raises(SourceError, match=r"there is no sample 'shpo'; did you mean sample:shop\?"):
        read(["sample:shpo"])
    with pytest.raises(SourceError, match="there is no sample 'zzz'; there are bypass-by-default, "):
        read(["sample:zzz"])
