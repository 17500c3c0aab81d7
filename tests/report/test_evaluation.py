"""Evaluate models, and write what is known of them."""

import json
from dataclasses import replace

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.dummy import DummyClassifier
from sklearn.tree import DecisionTreeClassifier

import skecg
from skecg.metrics._class_metrics import CLASS_METRICS
from skecg.persistence import ModelInfo
from skecg.report._write import file_stem, write_figure, write_training_figures

from .._browser import Page


@pytest.fixture(scope="module")
def splits():
    """Training and test beats of eight simulated subjects."""
    beats = skecg.load_simulated(8, duration=60.0, random_state=0)
    return skecg.train_test_subjects(beats, random_state=0)


@pytest.fixture(scope="module")
def models(splits):
    """A tree and a constant prediction."""
    train, _ = splits
    return {
        "tree": DecisionTreeClassifier(random_state=0).fit(train.data, train.target),
        "always N": DummyClassifier(strategy="most_frequent").fit(train.data, train.target),
    }


@pytest.fixture(scope="module")
def evaluation(models, splits):
    """Both models, with their training beats."""
    train, test = splits
    return skecg.evaluate(models, test, trained_on=train, command="python study.py")


def test_reports_are_those_of_the_predictions(evaluation, models, splits):
    _, test = splits
    tree = models["tree"]
    proba = pd.DataFrame(tree.predict_proba(test.data), columns=tree.classes_)
    expected = skecg.beat_report(
        test.target, tree.predict(test.data), y_proba=proba.astype("f4"), groups=test.groups
    )
    pd.testing.assert_frame_equal(evaluation.reports["tree"].per_class, expected.per_class)
    pd.testing.assert_frame_equal(evaluation.reports["tree"].overall, expected.overall)
    assert (evaluation.predictions["always N"].y_pred == "N").all()


def test_comparison_is_that_of_compare_models(evaluation, models, splits):
    _, test = splits
    table, differences = skecg.compare_models(
        models, test.data, test.target, groups=test.groups, return_differences=True
    )
    pd.testing.assert_frame_equal(evaluation.comparison, table, rtol=1e-6)
    pd.testing.assert_frame_equal(evaluation.differences, differences, rtol=1e-6)
    assert evaluation.best == "tree"


def test_a_single_model_is_named_after_its_class(models, splits):
    evaluation = skecg.evaluate(models["tree"], splits[1])
    assert list(evaluation.reports) == ["DecisionTree"]
    assert evaluation.differences is None
    assert "overlap with training unknown" in repr(evaluation)
    assert "training data were not given" in evaluation.to_text()


def test_overlap_names_the_split_and_is_in_every_form(models, splits):
    train, test = splits
    with pytest.warns(UserWarning, match="3 of the 3 test subjects are in the training data: sim"):
        evaluation = skecg.evaluate(models, test, trained_on=test, validated_on=train)
    assert evaluation.overlap["training"].found and not evaluation.overlap["validation"].found
    assert evaluation.to_dict()["shared_with_test"]["training"]["found"] is True
    assert "validation beats (5 subjects) and" in evaluation.to_text()
    assert "The test data share people, recordings or rows" in evaluation.to_html(figures=False)
    assert repr(evaluation).endswith("overlap with training>")


def test_test_rows_made_in_another_way_than_training_rows_are_warned_of(splits):
    train, test = splits
    other = test[:]
    other.extractor = skecg.BeatExtractor(window=(0.05, 0.05), fs=500.0, leads=[0])
    tree = DecisionTreeClassifier(random_state=0).fit(train.data, train.target)
    words = (
        r"'tree' and its test rows .*\(window \(0.1, 0.1\) and \(0.05, 0.05\), fs 250.0 and 500"
    )
    with pytest.warns(UserWarning, match=words):
        evaluation = skecg.evaluate({"tree": tree}, other, trained_on=train)
    assert "with different settings" in evaluation.provenance.warnings[0]


def test_settings_of_context_do_not_matter_to_rows_without_it(splits, recwarn):
    """Extractors of earlier files have scalars="basic"; these rows have no scalars."""
    train, other = (beats[:] for beats in splits)
    other.extractor = clone(other.extractor).set_params(scalars="basic", neighbors=2)
    tree = DecisionTreeClassifier(random_state=0).fit(train.data, train.target)
    skecg.evaluate({"tree": tree}, other, trained_on=train)
    assert not [w for w in recwarn if "different settings" in str(w.message)]
    for beats in (train, other):
        beats.extractor = clone(beats.extractor).set_params(context=600)
    with pytest.warns(UserWarning, match=r"neighbors 5 and 2, scalars '?all'? and '?basic"):
        skecg.evaluate({"tree": tree}, other, trained_on=train)


def test_models_and_beats_may_have_any_names(models, splits):
    train, test = splits
    for name in ("target", 1):
        evaluation = skecg.evaluate({name: models["tree"]}, {name: test}, trained_on={name: train})
        assert list(evaluation.reports) == [str(name)]


def test_evaluation_of_rows_with_context_and_without_exclusions(splits):
    record = skecg.simulate_record(60.0, fs=125.0, name="ana", random_state=0)
    beats = skecg.BeatExtractor(fs=125.0, context=60.0).extract(record)
    beats.skipped = beats.skipped.iloc[:0]
    model = DummyClassifier(strategy="most_frequent").fit(beats.data, beats.target)
    with pytest.warns(UserWarning):
        evaluation = skecg.evaluate(model, beats, trained_on=beats)
    assert "Excluded" not in evaluation.to_text()
    page = Page(evaluation.to_html(figures=False)).text
    assert "in a context of 60 s" in page
    assert "None: each beat of these records was used." in page


@pytest.mark.parametrize(
    ("subjects", "found", "words"),
    [
        (["edb:e0103"], False, "trained on none of the 3 test subjects, but on 1 other subject."),
        (None, None, "does not name its training subjects; the 3 test subjects may be among"),
    ],
)
def test_overlap_with_a_model_file_is_that_of_subjects(models, splits, subjects, found, words):
    info = ModelInfo(
        extractor=splits[0].extractor,
        classes=["N", "V"],
        subjects=subjects,
        n_beats=None if subjects is None else 10,
        fingerprint=None,
        versions={"skecg": "0.1.0"},
    )
    evaluation = skecg.evaluate(models["tree"], splits[1], trained_on=info)
    assert evaluation.overlap["training"].found is found
    assert words in evaluation.overlap_lines()[0]
    text = Page(evaluation.to_html(figures=False)).text
    assert ("10 beats of 1 subject" if found is False else "unknown") in text


def test_overlap_with_a_model_file_warns_of_seen_subjects(models, splits):
    _, test = splits
    info = ModelInfo(
        extractor=None, classes=None, subjects=test.subjects[:1], n_beats=5, fingerprint=None,
        versions={},
    )  # fmt: skip
    with pytest.warns(UserWarning, match="1 of the 3 test subjects is in the training data: sim"):
        evaluation = skecg.evaluate(models["tree"], test, trained_on=info)
    assert evaluation.to_dict()["shared_with_test"]["training"]["subjects"] == test.subjects[:1]


def test_models_may_have_rows_of_their_own(splits):
    train, test = splits
    left = {
        name: beats | {"data": np.asarray(beats.data)[:, :25]}
        for name, beats in zip(("train", "test"), splits, strict=True)
    }
    narrow = skecg.Beats(**left["train"]), skecg.Beats(**left["test"])
    models = {
        "wide": DecisionTreeClassifier(random_state=0).fit(train.data, train.target),
        "narrow": DecisionTreeClassifier(random_state=0).fit(narrow[0].data, train.target),
    }
    evaluation = skecg.evaluate(models, {"wide": test, "narrow": narrow[1]})
    assert len(evaluation.comparison) == 2


def test_validation_beats_without_training_beats_leave_the_overlap_unknown(models, splits):
    train, test = splits
    evaluation = skecg.evaluate(models["tree"], test, validated_on=train)
    assert "overlap with training unknown" in repr(evaluation)
    unknown, validation = evaluation.overlap_lines()
    assert unknown == "Unknown: the training data were not given."
    assert validation.startswith(f"Overlap of {len(train)} validation beats")
    page = evaluation.to_html(figures=False)
    assert "The training subjects are unknown." in page
    assert "Training and test data were not compared." in page


def test_rows_of_two_models_must_be_of_the_same_beats(models, splits):
    _, test = splits
    with pytest.raises(ValueError, match=r"evaluate must be of the same beats"):
        skecg.evaluate(models, {"tree": test, "always N": test[5:]})


def test_rows_of_a_model_must_not_be_missing(models, splits):
    with pytest.raises(
        ValueError, match=r"evaluate got no test beats for 'always N'\. There are some for"
    ):
        skecg.evaluate(models, {"tree": splits[1]})


def test_overlap_is_that_of_the_widest_rows():
    records = [skecg.simulate_record(60.0, random_state=i, name=f"r{i}") for i in range(2)]
    kinds = skecg.common_beats(
        {width: skecg.load_beats(records, window=(width, width)) for width in (0.1, 1.0)}
    )
    odd = np.arange(len(kinds[0.1])) % 2 == 1
    train, test = ({str(w): b[rows] for w, b in kinds.items()} for rows in (odd, ~odd))
    models = {
        name: DummyClassifier(strategy="most_frequent").fit(own.data, own.target)
        for name, own in train.items()
    }
    with pytest.warns(UserWarning, match="are in the training data"):
        evaluation = skecg.evaluate(models, test, trained_on=train)
    assert len(skecg.leak_report(train["0.1"], test["0.1"]).windows) == 0
    assert len(evaluation.overlap["training"].windows) > 0


def test_training_beats_of_two_models_must_be_the_same(models, splits):
    train, test = splits
    with pytest.raises(ValueError, match="the same training beats for all models, in the rows"):
        skecg.evaluate(models, test, trained_on={"tree": train, "always N": test})


@pytest.mark.parametrize("names", [("LSTM", "lstm"), ("two layers", "two-layers")])
def test_two_models_must_not_share_their_files(models, splits, names):
    with pytest.raises(ValueError, match="whose files would both begin with"):
        skecg.evaluate(dict(zip(names, models.values(), strict=True)), splits[1])


def test_the_rule_of_false_positives_is_checked_first(splits):
    class Slow:
        def predict(self, X):
            raise AssertionError

    with pytest.raises(ValueError, match="'false_positives' parameter of evaluate must be one of"):
        skecg.evaluate(Slow(), splits[1], false_positives="aami")


@pytest.mark.parametrize("error", [TypeError, ValueError])
def test_results_are_saved_if_a_model_cannot_be(models, splits, tmp_path, monkeypatch, error):
    def refuse(*args, **kwargs):
        raise error("The model is too large. Save a smaller one.")

    monkeypatch.setattr("skecg.report._write.save", refuse)
    monkeypatch.setattr(skecg.Evaluation, "figures", lambda *args: {})
    train, test = splits
    evaluation = skecg.evaluate(models["tree"], test, trained_on=train)
    with pytest.warns(UserWarning, match="'DecisionTree' is not saved: The model is too large"):
        files = evaluation.save(tmp_path)
    assert {"report.txt", "report.json"} <= {file.name for file in files}


@pytest.mark.parametrize("given", [[1, 2], {"data": 1, "target": 2}])
def test_beats_of_another_type_raise(models, given):
    with pytest.raises(TypeError, match="evaluate needs the test beats as Beats"):
        skecg.evaluate(models, given)


@pytest.mark.parametrize(
    ("given", "words"),
    [({}, "at least one model"), (3, "Got int instead"), ({"a": 3}, "Got int instead")],
)
def test_models_of_another_type_raise(splits, given, words):
    with pytest.raises(TypeError, match=words):
        skecg.evaluate(given, splits[1])


def test_dict_is_json_and_has_every_part(evaluation):
    data = json.loads(evaluation.to_json())
    assert data["data"]["test"]["n_beats"] == sum(data["data"]["test"]["classes"].values())
    assert set(data["models"]) == {"tree", "always N"}
    assert (
        data["models"]["tree"]["classes"]["N"]["support"] == data["data"]["test"]["classes"]["N"]
    )
    assert data["command"] == "python study.py" and data["schema"] == 2
    assert {"extractor", "pipelines", "false_positives"} <= set(data["settings"])
    assert len(data["differences"]) == len(evaluation.differences)
    assert "confusion_matrix" not in data


def with_labels(evaluation, y_true, y_pred):
    """Return the evaluation with other labels of its first beats, N of all others."""
    table = evaluation.predictions["tree"].table
    labels = {}
    for name, first in (("y_true", y_true), ("y_pred", y_pred)):
        labels[name] = [*first, *"N" * (len(table) - len(first))]
    predictions = skecg.Predictions(table.assign(**labels))
    return replace(evaluation, predictions={"tree": predictions, "always N": predictions})


def test_runs_are_in_every_form(evaluation):
    changed = with_labels(evaluation, "NVVNVVVN", "NVVNVVNN")
    expected = skecg.compare_predicted_runs(changed.predictions["tree"])
    assert changed.runs("tree").to_dict() == expected.to_dict()
    lines = changed.to_text().splitlines()
    assert [line.split() for line in lines if line.startswith("VE couplets")] == [
        ["VE", "couplets", "100.0", "(1/1)", "100.0", "(2/2)"]
    ] * 2
    page = changed.to_html("tree", figures=False)
    assert "Runs of ectopic beats" in page and "0.0 (0/1)" in page
    runs = json.loads(changed.to_json())["runs"]
    assert runs["tree"]["ve"]["statistics"]["couplet_ppv"]["numerator"] == 2


def test_runs_are_absent_where_there_are_none(evaluation):
    changed = with_labels(evaluation, "NVNSN", "NVNSN")
    for text in (changed.to_text(), changed.to_html(figures=False)):
        assert "Runs of ectopic" not in text
    changed = with_labels(evaluation, ["PVC"], ["PVC"])
    assert changed.runs() is None and changed.to_dict()["runs"] == {"tree": None, "always N": None}
    assert "Runs of ectopic" not in changed.to_text()
    with pytest.raises(ValueError, match="'model' parameter must be one of"):
        changed.runs("none")


def test_dict_of_one_model_has_its_metrics_at_the_top(models, splits):
    data = skecg.evaluate(models["tree"], splits[1]).to_dict()
    assert data["confusion_matrix"] == data["models"]["DecisionTree"]["confusion_matrix"]
    assert data["schema"] == 2


def test_a_new_metric_of_a_class_is_in_the_comparison(models, splits, monkeypatch):
    entry = CLASS_METRICS["F1"]._replace(compared="has the better F1 of")
    monkeypatch.setitem(CLASS_METRICS, "F1", entry)
    evaluation = skecg.evaluate(models, splits[1])
    assert "Se, +P, F1: one class against the rest, all beats pooled." in evaluation.to_text()
    assert "Se, +P, F1: one class against the rest." in evaluation.to_html(figures=False)


def test_text_has_every_part_in_80_columns(evaluation):
    text = evaluation.to_text()
    assert max(map(len, text.splitlines())) <= 80
    for heading in ("Beats", "Excluded", "Overlap of training and test", "Settings", "Versions"):
        assert f"\n{heading}\n{'-' * len(heading)}\n" in text
    assert "tree has the better macro F1" in text
    assert str(evaluation) == text.rstrip("\n")


def test_warnings_of_the_run_are_in_every_form(models, splits):
    evaluation = skecg.evaluate(models["tree"], splits[1], warnings=["Lead V5 is flat."])
    assert "- Lead V5 is flat." in evaluation.to_text()
    assert evaluation.to_dict()["warnings"] == ["Lead V5 is flat."]
    assert "1 warning during the run." in evaluation.to_html(figures=False)


@pytest.mark.filterwarnings("ignore:.*are in the training data")
def test_warnings_of_evaluate_are_in_the_report_once(models, splits):
    _, test = splits
    first = skecg.evaluate(models["tree"], test, trained_on=test).provenance.warnings
    assert len(first) == 1 and "are in the training data" in first[0]
    again = skecg.evaluate(models["tree"], test, trained_on=test, warnings=["A", *first])
    assert again.provenance.warnings == ("A", *first)


def test_settings_are_those_of_the_objects(evaluation, splits):
    settings = evaluation.to_dict()["settings"]
    assert settings["extractor"]["class"] == "BeatExtractor"
    assert settings["pipelines"]["tree"].startswith("DecisionTreeClassifier(")
    text = evaluation.to_text()
    assert "\ncommand          python study.py\n" in text
    assert "\ntree             DecisionTreeClassifier(random_state=0)\n" in text


def test_steps_of_pipelines_are_written_without_layout_and_addresses(splits):
    train, test = splits
    pipe = skecg.make_beat_pipeline(DecisionTreeClassifier(random_state=0), layout=train.layout)
    text = skecg.evaluate(pipe.fit(train.data, train.target), test).to_text()
    words = " ".join(text.split())
    assert (
        "BeatAugmenter(random_state=0, sampling_strategy=double_minority); RandomUnderS" in words
    )
    assert "layout" not in words and " at 0x" not in words


def test_page_is_that_of_the_named_model(evaluation):
    pages = (evaluation.to_html(name, figures=False) for name in (None, "always N"))
    best, other = (Page(page).text for page in pages)
    assert evaluation.title.startswith("tree, always N on ")
    assert best.startswith(f"tree on {evaluation.dataset}")
    assert other.startswith(f"always N on {evaluation.dataset}")
    assert "Comparison of models" in best and "python study.py" in best
    with pytest.raises(
        ValueError, match=r"must be one of 'tree', 'always N'\. Got 'LSTM' instead"
    ):
        evaluation.to_html("LSTM")


@pytest.fixture
def few_figures(monkeypatch):
    """Two figures per model; tests of the commands draw all."""
    columns = ["record", "sample", "subject", "y_true", "y_pred"]
    monkeypatch.setattr(
        "skecg.report._evaluation.plot_predictions",
        lambda predictions, X, **options: skecg.plot_predictions(predictions.table[columns]),
    )


def test_page_leaves_no_figure_open(evaluation, few_figures):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    page = evaluation.to_html("always N")
    assert plt.get_fignums() == before and "Errors by subject" in page


def test_folder_has_every_file(evaluation, few_figures, tmp_path):
    folder = tmp_path / "new" / "results"
    with pytest.warns(UserWarning, match="is not saved") as caught:
        files = evaluation.save(folder)
    texts = [str(one.message) for one in caught]
    assert [text.split("'")[1] for text in texts] == ["tree", "always N"]
    assert (
        {path.name for path in files}
        == {path.name for path in folder.iterdir()}
        == {
            *("report.txt", "report.json", "comparison.csv", "differences.csv", "difference.png"),
            *("tree.html", "tree-predictions.csv", "tree-confusion.png", "tree-subjects.png"),
            *("always-n.html", "always-n-predictions.csv"),
            *("always-n-confusion.png", "always-n-subjects.png"),
        }
    )
    again = skecg.Predictions.read_csv(folder / "tree-predictions.csv")
    assert (again.y_pred == evaluation.predictions["tree"].y_pred).all()


def test_folder_of_a_resampling_pipeline_shows_the_balance(splits, few_figures, tmp_path):
    train, test = splits
    pipe = skecg.make_beat_pipeline(DecisionTreeClassifier(random_state=0), layout=train.layout)
    pipe.fit(train.data, train.target)
    with pytest.warns(UserWarning, match="The model 'tree' is not saved"):
        skecg.evaluate({"tree": pipe}, test, trained_on=train).save(tmp_path)
    assert (tmp_path / "balance.png").exists()
    assert not (tmp_path / "history.png").exists()  # the tree is not a network


@pytest.mark.parametrize(
    ("name", "stem"), [("Context-LSTM", "context-lstm"), ("a/b c", "a-b-c"), ("LSTM_2", "lstm_2")]
)
def test_names_of_files_are_safe(name, stem):
    assert file_stem(name) == stem


def test_a_long_title_is_broken_into_lines_of_the_width_of_the_figure(evaluation, tmp_path):
    display = skecg.ConfusionMatrixDisplay.from_table(evaluation.predictions["tree"])
    write_figure(tmp_path / "matrix.png", display, "a name of a model, " * 8)
    figure = display.figure_
    title = next(text for text in figure.texts if text.get_text().startswith("a name"))
    box = title.get_window_extent()
    assert figure.bbox.x0 <= box.x0
    assert box.x1 <= figure.bbox.x1


def test_a_file_in_place_of_the_folder_is_an_error_before_anything_is_written(
    evaluation, tmp_path
):
    (tmp_path / "run").write_text("mine")
    with pytest.raises(FileExistsError, match=r"run' is a file\. Name a folder"):
        evaluation.save(tmp_path / "run")
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_the_balance_names_its_model_if_others_are_resampled_in_another_way(
    models, splits, tmp_path, monkeypatch
):
    titles = {}
    monkeypatch.setattr(
        "skecg.report._write.write_figure",
        lambda path, display, title=None: (
            titles.setdefault(path.name, title),
            plt.close(display.figure_),
        ),
    )
    train = splits[0]
    resampled = skecg.make_beat_pipeline(DecisionTreeClassifier(random_state=0))
    resampled.fit(train.data, train.target)
    for others, title in (
        (models, "Training beats of resampled"),
        ({"twin": resampled}, "Training beats"),
    ):
        every = {**others, "resampled": resampled}
        write_training_figures(tmp_path, every, dict.fromkeys(every, train))
        assert titles.pop("balance.png") == title
