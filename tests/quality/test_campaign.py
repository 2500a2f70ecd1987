"""The campaign repeats nothing that is known, and each switch of the ablation switches off what it names."""

from __future__ import annotations

import ast
import inspect
from pathlib import Path
from types import ModuleType
from typing import Any, get_args

import pytest

from dedupsvc.core import assess, judge
from dedupsvc.core.blocking import KEY_FUNCTIONS, BlockingKey
from dedupsvc.core.compare import COMPARISONS
from dedupsvc.core.fields import LABELS, Features
from dedupsvc.core.normalize import Defaults, normalize
from dedupsvc.core.rules import BALANCED, Rules, model
from dedupsvc.core.rules.weights import Limit
from dedupsvc.core.score import Same, score_pair
from dedupsvc.usecases import prepare
from dedupsvc.usecases.mapping import COLUMNS, record_of
from tests.quality import contributions
from tests.quality.ablation import CONTRASTED, LONGEST, found_alone
from tests.quality.contrasts import CONTRASTS, Contrast, pairs
from tests.quality.explained import SCENES, answered
from tests.quality.measuring import DECIDING, SOURCE, Kept, digest, joined_among
from tests.quality.sets import Data
from tests.quality.switches import FIELDS, Switch, switches

PATCHED = (
    (assess, "score_pair"),
    (assess, "score_each"),
    (assess, "reweighed"),
    (assess, "_together"),
    (judge, "score_pair"),
    (judge, "_vetoed"),
    (model, "weighed"),
    (prepare, "blocking_keys"),
)
WANG = normalize(record_of({"kind": "person", "name": "王建国", "phone": "13800001234"}, COLUMNS).values, Defaults())


def a_company(name: str) -> Features:
    said = {"kind": "company", "company": name, "phone": "0571-88886666", "website": "yunhai-tech.cn"}
    return normalize(record_of({**said, "address": "杭州市西湖区文三路123号"}, COLUMNS).values, Defaults())


OFFICE = a_company("杭州云海科技有限公司")


@pytest.fixture
def thrown(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], Switch]:
    """The switches by name; what they change is put back after the test, as the end of a process would."""
    for module, name in PATCHED:
        monkeypatch.setattr(module, name, getattr(module, name))
    return {(switch.kind, switch.name): switch for switch in switches()}


def test_everything_that_can_be_listed_has_its_switch() -> None:
    found = {(switch.kind, switch.name) for switch in switches()}
    assert {("blocking key", entry.kind) for entry in KEY_FUNCTIONS} <= found
    for party, comparisons in COMPARISONS.items():
        assert {("comparison", f"{party}: {one.name}") for one in comparisons} <= found
    assert {("limit", code) for code in get_args(Limit)} <= found
    assert FIELDS.keys() == LABELS.keys() - {"landline"}


def test_without_a_kind_of_key_the_others_stay(thrown: dict[tuple[str, str], Switch]) -> None:
    before = {key.kind for key in vars(prepare)["blocking_keys"](WANG)}
    thrown["blocking key", "phone"].throw()
    assert "phone" in before
    assert {key.kind for key in vars(prepare)["blocking_keys"](WANG)} == before - {"phone"}


def test_without_a_comparison_its_field_says_nothing(thrown: dict[tuple[str, str], Switch]) -> None:
    position = [one.name for one in COMPARISONS["person"]].index("phone")
    before = vars(judge)["score_pair"](WANG, WANG)
    thrown["comparison", "person: phone"].throw()
    after = vars(judge)["score_pair"](WANG, WANG)
    assert before.levels[position] > 0
    assert after.levels == tuple(0 if at == position else level for at, level in enumerate(before.levels))
    assert vars(assess)["score_each"](WANG, [WANG, WANG]) == [after, after]


def test_whatever_scores_for_the_judgement_can_be_switched() -> None:
    scoring = {(module, name) for module in (assess, judge) for name in vars(module) if name.startswith("score_")}
    assert scoring == {(module, name) for module, name in PATCHED if name.startswith("score_")}


def test_without_a_limit_the_weight_decides(thrown: dict[tuple[str, str], Switch]) -> None:
    branch = a_company("杭州云海科技有限公司上海分公司")
    before = score_pair(OFFICE, branch)
    assert (before.same, before.limits) == (Same.NONE, ("branch",))
    thrown["limit", "branch"].throw()
    after = score_pair(OFFICE, branch, models=Rules(BALANCED, 1).models)
    assert after.limits == ()
    assert after.match_weight == before.match_weight
    assert after.score >= before.score


def test_without_groups_each_shared_fact_counts_in_full(thrown: dict[tuple[str, str], Switch]) -> None:
    before = score_pair(OFFICE, OFFICE)
    thrown["other", "evidence groups"].throw()
    assert score_pair(OFFICE, OFFICE, models=Rules(BALANCED, 1).models).match_weight > before.match_weight


def well_known(party: str, number: int) -> Features:
    said = {
        "kind": party,
        "name": "Ansgar Thorpe",
        "company": "Prime Consulting LLP",
        "email": f"ansgar{number}@prime.com",
    }
    said |= {"phone": f"+493031446{number}87", "phone2": f"+49160839749{number}", "address": "Goethestraße 219"}
    said |= {"city": "Berlin", "country": "DE", "birth_date": f"1980-05-1{number}", "tax_id": f"47-551888{number}"}
    return normalize(record_of(said, COLUMNS).values, Defaults())


@pytest.mark.parametrize("contrast", CONTRASTS, ids=lambda one: one.title)
def test_two_customers_who_share_nearly_everything_are_told_apart_by_what_is_there_for_it(
    contrast: Contrast, thrown: dict[tuple[str, str], Switch]
) -> None:
    pair, _ = pairs(contrast, [well_known(contrast.party, number) for number in (1, 2)])
    assert score_pair(*pair).same is Same.POSSIBLE
    next(switch for switch in thrown.values() if switch.title == contrast.switch).throw()
    assert vars(judge)["score_pair"](*pair, models=Rules(BALANCED, 1).models).same is Same.MATCH


@pytest.mark.parametrize(
    ("module", "name"),
    [*PATCHED],
)
def test_what_is_switched_off_by_name_is_called_by_that_name(module: ModuleType, name: str) -> None:
    called = [node.func for node in ast.walk(ast.parse(inspect.getsource(module))) if isinstance(node, ast.Call)]
    assert name in [function.id for function in called if isinstance(function, ast.Name)]


def test_a_result_holds_for_the_content_it_was_measured_on(tmp_path: Path) -> None:
    path = tmp_path / "results.json"
    Kept(path).put("febrl1", {"content": "a", "figures": {"f1": 0.5}})
    assert Kept(path).get("febrl1", "a") == {"content": "a", "figures": {"f1": 0.5}}
    assert Kept(path).get("febrl1", "b") is None
    assert Kept(path).get("febrl3", "a") is None


def test_a_digest_follows_names_and_contents(tmp_path: Path) -> None:
    folder = tmp_path / "core"
    folder.mkdir()
    seen = []
    for name, text in (("a.py", "1"), ("a.py", "2"), ("b.py", "2"), ("b.pyc", "2")):
        (folder / name).write_text(text)
        seen.append(digest([folder]))
    assert len(set(seen[:3])) == 3
    assert seen[3] == seen[2]
    assert all((SOURCE / name).exists() for name in DECIDING)


def test_a_missing_folder_is_named_with_the_way_to_another(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"(?s)has no data, metrics\.py.*make quality DATA=FOLDER"):
        Data(tmp_path, tmp_path)


def test_look_alikes_are_joined_if_they_ended_in_one_customer(tmp_path: Path) -> None:
    path = tmp_path / "negatives.csv"
    path.write_text("id1,id2,type\na,b,family\na,c,family\na,d,branch\n")
    assert joined_among(path, {"a": "1", "b": "1", "c": "2"}) == {"branch": [1, 0], "family": [2, 1]}


def test_the_ablation_names_what_changes_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "ablation.json")
    figures = dict.fromkeys(("f1", "precision", "recall", "pair_completeness", "match_or_possible_recall"), 0.9)
    figures |= {"flagged_share": 0.01, "candidates_per_record": 8.0}
    shipped: dict[str, Any] = {"figures": figures, "joined": 3, "content": "source set", "seen": ["phone"]}
    shipped |= {"keys": {"phone": 1.25}, "microseconds": {"blocking key phone": 0.5}, "alone": {"phone": 0.0125}}
    shipped |= {"alone_or_beside_one": {"phone": 0.02, "phone_name": 0.0075}}
    worse = {**shipped, "figures": {**figures, "f1": 0.8, "recall": 0.7}, "joined": 5}
    fewer = {**shipped, "figures": {**figures, "candidates_per_record": 6.0}}
    kept.put("febrl1 | as shipped", shipped)
    assert contributions.section(kept) == ""
    kept.put("febrl1 | all switches", {"content": "source set"})
    kept.put("febrl1 | limit generation", {**worse, "content": "older source, same set"})
    kept.put("febrl1 | blocking key phone", fewer)
    kept.put("febrl1 | blocking key email", shipped)
    kept.put("febrl1 | limit branch", worse)
    kept.put(CONTRASTED, {"content": "source", "counted": {CONTRASTS[0].title: [40, 1, 39]}})
    text = contributions.section(kept)
    assert "| father and son of one name | limit generation | 40 | 1 | 39 |" in text
    assert "| limit branch | −10.00 |  | −20.00 |  |  |  | +2 |  |  |" in text
    assert "| blocking key phone |  |  |  |  |  |  |  | −25.0 % | 0.5 µs, 1.2 keys a record |" in text
    assert "Measured on an earlier version of the source." in text
    assert "Tried, and changes none of these figures: blocking key email." in text
    assert "| phone | 1.25 / 2.00 |" in text
    assert "| phone_name | 0.00 / 0.75 |" in text
    never = text.rpartition("Never comes up in these sets: ")[2]
    assert "limit generation" in never
    assert "limit branch" not in never


def test_a_key_finds_alone_what_no_other_finds_and_a_hot_or_rare_one_nothing() -> None:
    phone, email, word, city = (BlockingKey(kind, "v") for kind in ("phone", "email", "name_word", "name_city"))
    keys = {
        "a": frozenset({phone, email, city}),
        "b": frozenset({phone, email, city}),
        "c": frozenset({phone, word, city}),
        "d": frozenset({word, city}),
        **{f"stranger {number}": frozenset({city}) for number in range(LONGEST)},
    }
    truth = {"a": "1", "b": "1", "c": "1", "d": "1"}
    assert found_alone(keys, truth) == {"phone": 2 / 6}
    assert found_alone(keys, truth, others=1) == {"phone": 3 / 6, "email": 1 / 6}


async def test_match_answers_each_scene_in_both_languages() -> None:
    match, possible, *vetoes = await answered(SCENES)
    assert [one.answers["zh"]["decision"] for one in (match, possible)] == ["merge", "flag"]
    for scene in (match, possible, *vetoes):
        chinese, english = scene.answers["zh"], scene.answers["en"]
        assert chinese["message"] != english["message"]
        assert chinese["decision"] == english["decision"]
        assert english["decision"] not in ("merge", "link") or scene is match
