"""The table of methods: which there are, which cases each is run on, and what their recipes depend on."""

from __future__ import annotations

import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest

from deocc import backends
from deocc.backends.readiness import Readiness
from deocc.bench import metrics
from deocc.bench.built import load_object, read_manifest
from deocc.bench.running import measure, recipes
from deocc.bench.running.methods import chosen, methods
from deocc.bench.running.recipes import backend_digest, check_options, facts, sources_digest
from deocc.errors import InputFault
from deocc.weights.folder import WeightsFolder
from tests.bench.tiny import tiny_bench


@pytest.fixture(scope="module")
def objects(tmp_path_factory: pytest.TempPathFactory):
    tiny = tiny_bench(tmp_path_factory.mktemp("bench"), ("box",), with_photo=True)
    return {one.id: load_object(tiny.folder, one)[0] for one in read_manifest(tiny.folder).objects}


@pytest.fixture
def ready(tmp_path: Path) -> Readiness:
    return Readiness(WeightsFolder(tmp_path))


def test_every_backend_is_a_method_also_on_the_clean_photo():
    known = methods()
    assert list(known) == [
        *(name + end for name in backends.MODULES for end in ("", "-unoccluded")),
        "draft-geometric",
        "draft-learned",
        *("extrude", "ellipsoid", "hull", "truth"),
    ]
    for name, method in known.items():
        assert method.name == name and method.given and method.title
        assert method.frame in ("photo view", "upright", "canonical")
        assert pickle.loads(pickle.dumps(method)) == method or method.backend  # it goes to other processes
    assert known["draft"].given == ("photo", "object mask", "occluder mask")
    assert known["draft-unoccluded"].sees == "clean" and known["draft"].sees == "occluded"


@pytest.mark.parametrize(
    ("name", "of_object", "kinds", "cases"),
    [
        ("draft", "box", ("placed", "photo"), ["placed-2", "placed-4"]),
        ("extrude", "photo-box", ("placed", "photo"), ["photo"]),
        ("draft-unoccluded", "box", ("placed",), ["clean"]),
        ("draft-unoccluded", "box", ("pasted",), []),
        ("draft-unoccluded", "photo-box", ("photo",), []),
        ("hull", "box", ("placed",), ["clean"]),
        ("hull", "photo-box", ("photo",), []),
        ("truth", "box", ("placed",), ["clean"]),
        ("truth", "photo-box", ("photo",), ["photo"]),
    ],
)
def test_a_method_is_run_on_the_cases_it_can_see(objects, name: str, of_object: str, kinds, cases: list[str]):
    assert [one.name for one in methods()[name].cases(objects[of_object], kinds)] == cases


def test_a_photo_without_a_mesh_has_no_ceiling(objects):
    assert methods()["truth"].cases(replace(objects["photo-box"], mesh=""), ("photo",)) == []


def test_methods_are_chosen_once_each_and_strangers_refused():
    assert [one.name for one in chosen(["hull", "draft", "hull"])] == ["hull", "draft"]
    with pytest.raises(InputFault, match="hul”"):
        chosen(["draft", "hul"])


def test_a_recipe_changes_with_what_changes_the_result(ready, monkeypatch: pytest.MonkeyPatch):
    draft = methods()["draft"]
    one = facts(draft, {}, ready, "m")
    assert facts(draft, {}, ready, "m") == one
    field = recipes.option_fields(backends.card("draft").options)[0]
    other = next(value for value in (field.choices or [not field.default]) if value != field.default)
    changed = facts(draft, {field.name: other}, ready, "m")
    assert changed.options == {field.name: other}
    digests = {one.recipe, changed.recipe, facts(draft, {}, ready, "n").recipe}
    monkeypatch.setattr(recipes, "backend_digest", lambda name: "other code")
    digests.add(facts(draft, {}, ready, "m").recipe)
    digests.add(facts(methods()["extrude"], {}, ready, "m").recipe)
    assert len(digests) == 5


def test_each_method_takes_the_options_it_has(ready):
    assert facts(methods()["extrude"], {"steps": 3}, ready, "m").options == {}
    check_options(chosen(["extrude", "deocc123"]), {"steps": 3})
    with pytest.raises(InputFault, match="option “steps”"):
        check_options(chosen(["extrude", "draft"]), {"steps": 3})


def test_a_backend_that_can_not_run_here_is_refused(ready):
    with pytest.raises(InputFault) as caught:
        facts(methods()["3drecon"], {}, ready, "m")
    assert caught.value.code in ("packages_missing", "weights_missing")


def test_sources_are_known_by_name_and_content(tmp_path: Path):
    (tmp_path / "a.py").write_text("1")
    one = sources_digest(tmp_path)
    (tmp_path / "b.txt").write_text("no code")
    assert sources_digest(tmp_path) == one
    (tmp_path / "a.py").write_text("2")
    assert sources_digest(tmp_path) != one
    # a backend inside another's folder is made of the same code
    assert backend_digest("deocc123") == backend_digest("3drecon") != backend_digest("draft")


def test_the_measuring_digest_covers_every_module_that_measures():
    """Else an edit there would leave old records standing beside new ones."""
    folder, found = Path(metrics.__file__).parent, set()
    waiting = [Path(measure.__file__)]
    while waiting:
        names = re.findall(r"deocc\.bench\.metrics(?:\.| import )(\w+)", waiting.pop().read_text("utf-8"))
        fresh = set(names) - found
        found |= fresh
        waiting += [folder / f"{name}.py" for name in fresh]
    assert found == set(recipes.MEASURED_BY)


def test_a_variant_is_its_backend_with_an_option_that_nobody_can_change(ready: Readiness):
    known = methods()
    variant = known["draft-geometric"]
    assert (variant.backend, variant.module) == ("draft", known["draft"].module)
    plain = recipes.facts(known["draft"], {"triangles": 6000}, ready, "")
    geometric = recipes.facts(variant, {"triangles": 6000, "method": "learned"}, ready, "")
    assert plain.options == {"triangles": 6000}
    assert geometric.options == {"triangles": 6000, "method": "geometric"}
    assert plain.recipe != geometric.recipe


def test_another_network_is_another_backend(tmp_path: Path):
    (tmp_path / "backend.py").write_text("run = None")
    (tmp_path / "draft.onnx").write_bytes(b"one")
    (tmp_path / "draft.md").write_text("words change nothing")
    before = recipes.sources_digest(tmp_path)
    (tmp_path / "draft.md").write_text("other words")
    assert recipes.sources_digest(tmp_path) == before
    (tmp_path / "draft.onnx").write_bytes(b"two")
    assert recipes.sources_digest(tmp_path) != before
