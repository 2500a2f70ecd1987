"""REPORT.md says what was reached and names what was not."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path

from tests.quality import targets
from tests.quality.findings import Measured, judged, pooled
from tests.quality.measuring import Result
from tests.quality.report import written
from tests.quality.sets import PROFILES, PUBLIC
from tests.quality.targets import Peer

README = """\
| data set | system | best threshold P / R / F1 | its default threshold P / R / F1 | B-cubed F1 |
|---|---|---|---|---|
| febrl1 | splink | 0.990 / 0.980 / 0.985 | 0.990 / 0.960 / 0.975 | 0.9 |
| febrl1 | exact | 1.000 / 0.400 / 0.571 | 1.000 / 0.400 / 0.571 | 0.8 |
"""


def a_result(**figures: float) -> Result:
    good = {"f1": 1.0, "precision": 1.0, "recall": 1.0, "match_or_possible_recall": 1.0, "pair_completeness": 1.0}
    good |= {"three_same_24h_f1": 1.0, "three_same_24h_precision": 1.0, "flagged_share": 0.01}
    good |= {"candidates_per_record": 9.0, "records_per_second": 500.0}
    return {
        "figures": good | figures,
        "cost": {"normalize_us": 20.0, "keys_us": 10.0, "score_us": 5.0},
        "false_match": {kind: [100, 0.0] for kind in targets.LOOK_ALIKES},
        "joined": {kind: [100, 0] for kind in targets.LOOK_ALIKES},
        "recall_single": {"typo": [50, 0.9], "other mailbox": [50, 0.4], "seldom": [1, 0.0]},
        "content": "source set",
    }


def a_campaign() -> Measured:
    seeds = {profile: {"seed 1": a_result(), "seed 101": a_result()} for profile in PROFILES}
    peers = {"febrl1": [Peer("splink", (0.9, 0.9, 0.9), (0.9, 0.8, 0.85))]}
    return Measured({name: a_result() for name in PUBLIC}, seeds, peers, ())


def short(measured: Measured) -> list[str]:
    text = written(measured, "")
    return text.partition("## What falls short")[2].partition("\n## ")[0].split("\n")


def test_nothing_falls_short_of_a_perfect_campaign() -> None:
    assert "Nothing: every target is reached." in short(a_campaign())


def test_one_bad_seed_is_named_though_the_mean_is_good() -> None:
    measured = a_campaign()
    measured.seeds["crm_cn"]["seed 101"]["figures"]["f1"] = 0.94
    assert "- crm_cn: F1 0.9400, to reach ≥ 0.9500 (mean 0.9700)" in short(measured)
    assert "- crm_cn: seeds differ by 6.00 points in F1, to reach ≤ 1" in short(measured)


def test_what_may_not_exceed_its_bound_is_judged_by_its_largest_value() -> None:
    measured = a_campaign()
    measured.seeds["crm_intl"]["seed 1"]["figures"]["flagged_share"] = 0.05
    worst = {target.figure: value for name, target, _, value in judged(measured) if name == "crm_intl"}
    assert worst["flagged_share"] == 0.05
    assert any(line.startswith("- crm_intl: flagged 5.0 %, to reach ≤ 4.0 %") for line in short(measured))


def test_look_alikes_are_pooled_over_profiles_and_seeds() -> None:
    measured = a_campaign()
    measured.seeds["crm_cn"]["seed 1"]["false_match"]["family"] = [60, 0.2]
    measured.seeds["crm_cn"]["seed 1"]["joined"]["family"] = [60, 7]
    family = next(one for one in pooled(measured) if one.title == "family")
    assert (family.pairs, family.matched, family.joined) == (360, 12, 7)
    assert "- family matched: 3.33 %, to reach ≤ 2.00 %" in short(measured)


def test_a_peer_that_is_ahead_is_named() -> None:
    measured = a_campaign()
    measured.public["febrl1"]["figures"]["f1"] = 0.8
    assert "- febrl1: splink is ahead at its default threshold, F1 0.850 against 0.800" in short(measured)


def test_corruptions_are_listed_weakest_first_and_without_the_rare_ones() -> None:
    text = written(a_campaign(), "")
    assert text.index("| other mailbox | 100 | 0.400 |") < text.index("| typo | 100 | 0.900 |")
    assert "seldom" not in text


def test_results_of_two_versions_are_called_so() -> None:
    measured = deepcopy(a_campaign())
    assert "not all of one version" not in written(measured, "")
    measured.public["febrl1"]["content"] = "other set"
    assert "not all of one version" in written(measured, "")


def test_peers_are_read_as_the_data_folder_states_them(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text(README)
    (splink, exact) = targets.peers(tmp_path / "README.md")["febrl1"]
    assert (splink.system, splink.best, splink.default) == ("splink", (0.99, 0.98, 0.985), (0.99, 0.96, 0.975))
    assert exact.default[2] == 0.571
