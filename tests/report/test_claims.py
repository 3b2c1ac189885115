"""The claims file and its verdicts."""

from pathlib import Path

import pandas as pd
import pytest
import yaml
from fieldbench import experiments, registry
from fieldbench.errors import UserError
from fieldbench.inversion.plan import Plan
from fieldbench.report import claims
from fieldbench.report.results import Study
from fieldbench.sparse import catalogue

FOLDER = Path(__file__).resolve().parents[2] / "config" / "claims"
FILE = FOLDER / "inversion.yaml"
OPEN = {"v1": (-1.9, -11.3), "v2": (0.2, 22.9), "v3": (0.7, 29.5), "v4": (6.6, -14.1), "v6": (-21.1, 216.7)}
STRICT = {
    "v1": (-1.9, -13),
    "v2": (-1.1, 22),
    "v3": (-1.4, 38),
    "v4": (-1.2, 23),
    "v5": (-0.4, 39),
    "v6": (-1.4, 31),
}
LOSSES = {
    "open": {
        "v0": 4.3815e-4,
        "v1": 4.3001e-4,
        "v2": 4.3922e-4,
        "v3": 4.4149e-4,
        "v4": 4.6729e-4,
        "v6": 3.4580e-4,
    },
    "strict": {
        "v0": 4.37e-4,
        "v1": 4.29e-4,
        "v2": 4.33e-4,
        "v3": 4.31e-4,
        "v4": 4.32e-4,
        "v5": 4.35e-4,
        "v6": 4.31e-4,
    },
}
ENTRY = {
    "id": "one",
    "document": "benchmarks",
    "section": "Results",
    "sentence": "V1 is better.",
    "measure": {"kind": "change", "metric": "loss_total_ic2", "of": "v1", "over": "v0", "regime": "strict"},
    "expected": {"sign": "lower", "percent": -1.9},
    "datasets": "plage",
}
HEAD = {
    "documents": {
        "benchmarks": "Benchmarks",
        "memoirs": {"title": "Memoirs", "regimes": ["strict", "open"]},
    },
    "groups": {"plage": ["plage-crisp5173", "plage-synthetic"], "original": ["plage-crisp5173"]},
}


@pytest.fixture(scope="module")
def published():
    return claims.load(FILE, "inversion")


@pytest.fixture
def load(tmp_path):
    """Load a claims file with some entries."""

    def write(*entries):
        path = tmp_path / "claims.yaml"
        path.write_text(yaml.safe_dump({**HEAD, "claims": list(entries)}))
        return claims.load(path, "inversion")

    return write


def statements(spec):
    """A measure and its parts."""
    return [spec, *(part["measure"] for part in spec.get("parts", []))]


def methods_of(spec):
    """Regime and method of everything that a measure compares."""
    named = [spec.get(key) for key in ("of", "over", "among")]
    flat = [name for entry in named if entry for name in ([entry] if isinstance(entry, str) else entry)]
    regimes = {spec.get("regime"), spec.get("over_regime")} - {None}
    return {(regime, method) for regime in regimes for method in flat}


def judged_by(study, loaded, regimes=None):
    """The verdicts on claims by a made-up study."""
    return claims.judge(loaded, Study(study.results(), {"regimes": regimes or {}}), "inversion")


def test_every_method_that_a_claim_names_is_planned_in_its_regime(published, full_config):
    plan = Plan(full_config, lambda names: {})
    planned = {
        (regime, method)
        for data in plan.datasets
        for regime, methods in plan.seeds[data].items()
        for method in methods
    }
    for claim in published:
        for spec in statements(claim.measure or {}):
            for regime, method in methods_of(spec):
                assert (regime, method) in planned, f"{claim.id}: {method} in {regime}"


def test_every_method_that_a_claim_on_sparse_fields_names_is_in_the_catalogue():
    backbones = {name: {"type": name} for name in ("transformer", "mamba")}
    classical = {name.replace("_", "-") for name in registry.known_types("sparse/methods")}
    known = {*catalogue.learned({}, backbones, "transformer", 1), *classical, "constant-mean"}
    named = set()
    for claim in claims.load(FOLDER / "sparse.yaml", "sparse"):
        for spec in statements(claim.measure or {}):
            for key in ("of", "over", "among"):
                entry = spec.get(key, [])
                named |= {entry} if isinstance(entry, str) else set(entry)
    assert list(experiments.unmatched(named, known, "claims")) == []


def test_every_data_set_that_a_claim_names_is_configured(published, full_config):
    named = {name for claim in published if claim.datasets != claims.EVERY for name in claim.datasets} - {""}
    assert named <= set(Plan(full_config, lambda names: {}).datasets)


@pytest.mark.parametrize(
    ("regime", "rows"), [("as-run", OPEN), ("open", OPEN), ("strict-as-run", STRICT), ("strict", STRICT)]
)
def test_every_row_of_both_tables_is_claimed_with_its_changes(published, regime, rows):
    for method, stated in rows.items():
        for metric, percent in zip(("loss_total_ic2", "plain_step_seconds"), stated, strict=True):
            spec = {"kind": "change", "metric": metric, "of": method, "over": "v0", "regime": regime}
            found = [claim for claim in published if claim.measure == spec]
            sign = "lower" if percent < 0 else "higher"
            assert {"sign": sign, "percent": percent} in [claim.expected for claim in found], (method, metric)


@pytest.mark.parametrize(
    ("regime", "of_text"),
    [("as-run", "open"), ("open", "open"), ("strict-as-run", "strict"), ("strict", "strict")],
)
def test_every_final_loss_of_both_tables_is_claimed(published, regime, of_text):
    for method, loss in LOSSES[of_text].items():
        spec = {"kind": "level", "metric": "loss_total_ic2", "of": method, "regime": regime}
        stated = [claim.expected["value"] for claim in published if claim.measure == spec]
        assert loss in stated


def test_numbers_by_which_the_document_contradicts_its_table_are_claims_of_their_own(published):
    spec = {"kind": "level", "metric": "loss_total_ic2", "of": "v2", "regime": "open"}
    assert [claim.expected["value"] for claim in published if claim.measure == spec] == [4.3922e-4, 4.66e-4]


def test_a_claim_is_measured_on_the_first_data_set_that_holds_it(load, study):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=3.9e-6)
    row = judged_by(study, load(ENTRY)).iloc[0]
    assert (row.verdict, row.dataset, row.expected) == ("confirmed", "plage-synthetic", "lower, -1.9 %")
    study.dataset = "plage-crisp5173"
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=4.2e-6)
    row = judged_by(study, load(ENTRY)).iloc[0]
    assert (row.verdict, row.dataset) == ("refuted", "plage-crisp5173")


def test_claims_speak_only_of_data_that_they_name(load, study):
    everywhere = {**ENTRY, "id": "two", "datasets": "every"}
    loaded = load(ENTRY, everywhere)
    assert claims.about(loaded, study.add("strict", "v0").finished()) == loaded
    study.records.clear()
    study.dataset = "my-cube"
    assert claims.about(loaded, study.add("strict", "v0").finished()) == []
    assert claims.about(load(everywhere), study.finished()) == load(
        everywhere
    )  # that names no data of its own
    study.dataset = "plage-crisp5173"
    study.fail("-", "-", 0, "no file", status="skipped")  # it was to be run
    assert claims.about(loaded, study.finished()) == loaded


def test_what_cannot_be_measured_says_why(load, study):
    other = {key: ENTRY[key] for key in ("document", "section", "sentence")}
    entries = [ENTRY, {"id": "two", **other, "not_measurable": {"elsewhere": "nobody recorded it"}}]
    judged = judged_by(study.add("strict", "v0"), load(*entries))
    assert list(judged.verdict) == ["not measured", "not measured"]
    assert list(judged.measured) == [
        "V1 was not run in regime strict on plage-synthetic",
        "nobody recorded it",
    ]


def test_what_is_about_absent_data_alone_is_left_for_their_want(load, study):
    study.add("strict", "v0")
    study.dataset = "plage-crisp5173"
    study.fail("-", "-", 0, "no such file", status="skipped")
    entries = [{**ENTRY, "id": name, "datasets": name} for name in ("original", "plage")]
    judged = judged_by(study, load(*entries)).set_index("id")
    assert judged.loc["original", "left"] == claims.CLASSES["elsewhere"]
    assert judged.loc["plage", "left"] == claims.NOT_IN_RUN


def test_claims_without_a_verdict_are_listed_by_why(load, study):
    """One that has a verdict in one of its regimes is not among them."""
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=3.9e-6)
    judged = judged_by(
        study, load(ENTRY, {**ENTRY, "id": "two", "measure": {**ENTRY["measure"], "of": "v9"}})
    )
    opinion = {**dict.fromkeys(claims.COLUMNS, ""), "id": "three", "sentence": "It is fine."}
    opinion |= {"left": claims.CLASSES["wording"], "measured": "no number"}
    again = judged[judged.id == "one"].assign(left=claims.OPEN, regime="open")
    found = claims.without_verdict(pd.concat([judged, again, pd.DataFrame([opinion])]))
    rows = [line.split(" | ") for line in found.splitlines()[2:]]
    assert [row[0].strip("| ") for row in rows] == [claims.CLASSES["wording"], claims.NOT_IN_RUN]
    assert "V9 was not run" in rows[1][2] and "It is fine." in rows[0][1]


NAMELESS = {key: value for key, value in ENTRY["measure"].items() if key != "regime"}


def test_a_claim_is_judged_in_each_regime_of_its_document(load, study):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=3.9e-6)
    study.add("open", "v0").add("open", "v1", loss_total_ic2=4.2e-6)
    part = {"measure": NAMELESS, "expected": {"sign": "lower"}}
    several = {"kind": "all_of", "parts": [part, {**part, "measure": ENTRY["measure"]}]}
    memoirs = {**ENTRY, "document": "memoirs"}
    loaded = load(
        {**memoirs, "measure": NAMELESS},
        {**memoirs, "id": "two", "measure": several, "expected": {}},
        {**memoirs, "id": "three"},
        {**memoirs, "id": "four", "measure": NAMELESS, "regime": "open"},
    )
    judged = judged_by(study, loaded)
    found = list(zip(judged.id, judged.regime, judged.verdict, strict=True))
    assert found == [
        ("one", "strict", "confirmed"),
        ("one", "open", "refuted"),
        ("two", "strict", "confirmed"),
        ("two", "open", "refuted"),  # by the part that names no regime
        ("three", "", "confirmed"),  # which it names itself
        ("four", "open", "refuted"),
    ]
    page = claims.page(judged)
    assert (
        "\n4 statements." in page
        and "| Memoirs, strict | 2 | 0 |" in page
        and "| Memoirs, open | 0 | 3 |" in page
    )
    assert "| **refuted** | open | V1 is better. |" in page


def test_a_document_without_regimes_has_no_column_of_them(load, study):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=3.9e-6)
    assert "Regime" not in claims.page(judged_by(study, load(ENTRY)))


def test_a_claim_about_every_data_set(load, study):
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=3.9e-6)
    loaded = load({**ENTRY, "datasets": "every"})
    row = judged_by(study, loaded).iloc[0]
    assert (row.verdict, row.dataset) == ("confirmed", "every")
    study.dataset = "sunspot"
    study.add("strict", "v0").add("strict", "v1", loss_total_ic2=4.1e-6)
    row = judged_by(study, loaded).iloc[0]
    assert row.verdict == "refuted" and "1 of 2 data sets" in row.measured and "sunspot: +2" in row.measured


def test_the_page_counts_verdicts_and_lists_every_claim(published, benchmark_study, report_config):
    judged = judged_by(benchmark_study, published, report_config["regimes"])
    page = claims.page(judged)
    counts = judged.verdict.value_counts()
    assert set(counts.index) <= set(claims.VERDICTS) and counts["confirmed"] > 0
    assert all(claim.sentence in page for claim in published)
    own = judged[(judged.document == "Technical Report") & (judged.basis != "arithmetic")]
    own = own[own.regime == "strict"]
    assert f"| Technical Report, strict | {(own.verdict == 'confirmed').sum()} |" in page
    assert "nan" not in page


def test_verdicts_survive_a_csv_file(published, benchmark_study, report_config, tmp_path):
    judged = judged_by(benchmark_study, published, report_config["regimes"])
    judged.to_csv(tmp_path / "claims.csv", index=False)
    assert claims.page(claims.read([tmp_path / "claims.csv"])) == claims.page(judged)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ({"colour": "red"}, "colour"),
        ({"document": "diaries"}, "unknown document 'diaries'"),
        ({"datasets": "moon"}, "unknown group of data sets 'moon'"),
        ({"measure": {**ENTRY["measure"], "kind": "guess"}}, "unknown kind 'guess'"),
        ({"measure": {**ENTRY["measure"], "metric": "mood_count"}}, "unknown metric 'mood_count'"),
        ({"measure": {**ENTRY["measure"], "above": "v0"}}, "above"),
        ({"expected": {"sign": "sideways"}}, "sign 'sideways'"),
        ({"measure": None}, "either `measure` or `not_measurable`"),
        ({"measure": {}, "not_measurable": {"mood": "x"}}, "unknown class 'mood'"),
        ({"measure": {}, "not_measurable": "x"}, "needs one class, of elsewhere,"),
        ({"measure": {**ENTRY["measure"], "kind": "chnage"}}, "did you mean 'change'"),
        ({"measure": {"kind": "all_of", "parts": [{"measure": {"kind": "no"}}]}}, "unknown kind 'no'"),
    ],
)
def test_a_faulty_claim_is_named(load, fault, message):
    with pytest.raises(UserError, match="claim 'one'") as error:
        load({**ENTRY, **fault})
    assert message in str(error.value)


def test_an_id_is_used_once(load):
    with pytest.raises(UserError, match="two claims have the id 'one'"):
        load(ENTRY, ENTRY)
