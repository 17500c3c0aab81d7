from typing import ClassVar

import numpy as np
import pytest
import sklearn
from imblearn.pipeline import Pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import AdaBoostClassifier
from sklearn.exceptions import NotFittedError
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    StratifiedGroupKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_validate,
    learning_curve,
)

import skecg
from skecg import (
    BeatAugmenter,
    BeatLayout,
    BeatNormalizer,
    RNNClassifier,
    WaveletDenoiser,
    balance_majority,
    double_minority,
    make_beat_pipeline,
)
from skecg.utils import last_step

STEPS = ["denoiser", "augmenter", "undersampler", "normalizer", "classifier"]


@pytest.fixture
def imbalanced():
    """120 rows of 4 subjects, a fifth of them of class V."""
    rng = np.random.default_rng(0)
    y = np.where(np.arange(120) % 5 == 0, "V", "N")
    X = rng.normal(size=(120, 16)) + 3 * (y == "V")[:, None] * np.hanning(16)
    return X.astype(np.float32), y, np.repeat(list("abcd"), 30)


class Recorder(LogisticRegression):
    """A classifier that keeps what reached it."""

    def fit(self, X, y, X_val=None, y_val=None):
        self.seen_ = X, y, X_val, y_val
        return super().fit(X, y)


def test_default_steps_are_the_recipe_in_order():
    pipe = make_beat_pipeline(RNNClassifier(random_state=3))
    assert type(pipe) is Pipeline
    assert list(pipe.named_steps) == STEPS
    assert pipe["augmenter"].sampling_strategy is double_minority
    assert pipe["undersampler"].sampling_strategy is balance_majority
    assert pipe["augmenter"].random_state == pipe["undersampler"].random_state == 3
    for name, cls in zip(
        STEPS, [WaveletDenoiser, BeatAugmenter, RandomUnderSampler, BeatNormalizer], strict=False
    ):
        assert isinstance(pipe[name], cls)


@pytest.mark.parametrize("left_out", STEPS[:-1])
def test_none_leaves_a_step_out(left_out):
    pipe = make_beat_pipeline(LogisticRegression(), **{left_out: None})
    assert list(pipe.named_steps) == [s for s in STEPS if s != left_out]


def test_layout_reaches_every_step_that_has_none():
    layout, own = BeatLayout(8, leads=2), BeatLayout(16)
    pipe = make_beat_pipeline(
        RNNClassifier(), layout=layout, normalizer=BeatNormalizer(layout=own)
    )
    assert pipe["denoiser"].layout == pipe["augmenter"].layout == layout
    assert pipe["classifier"].layout == layout
    assert pipe["normalizer"].layout == own


def test_given_estimators_are_not_changed():
    classifier = RNNClassifier()
    make_beat_pipeline(classifier, layout=BeatLayout(16))
    assert classifier.layout is None


def test_fit_resamples_and_predict_does_not(imbalanced):
    X, y, _ = imbalanced
    pipe = make_beat_pipeline(Recorder(random_state=0)).fit(X, y)
    seen = pipe["classifier"].seen_[1]
    # 24 V and a changed copy of each, and as many N
    assert {k: int((seen == k).sum()) for k in ("N", "V")} == {"N": 48, "V": 48}
    assert len(pipe.predict(X)) == len(X)


@pytest.mark.parametrize("pack", [lambda a: a, lambda a: (a,)], ids=["bare", "tuple"])
def test_validation_rows_go_through_the_transformers_only(imbalanced, pack):
    X, y, groups = imbalanced
    with sklearn.config_context(enable_metadata_routing=True):
        classifier = Recorder(random_state=0).set_fit_request(X_val=True, y_val=True)
        pipe = make_beat_pipeline(classifier, denoiser=None, transform_input=["X_val"])
        pipe.fit(X, y, groups=groups, X_val=pack(X[:7]), y_val=pack(y[:7]))
    _, _, X_val, y_val = pipe["classifier"].seen_
    assert type(X_val) is type(pack(X))
    np.testing.assert_allclose(np.reshape(X_val, (7, 16)), BeatNormalizer().fit_transform(X[:7]))
    np.testing.assert_array_equal(np.ravel(y_val), y[:7])


def test_network_is_searched_with_groups_and_validation_rows(imbalanced):
    X, y, groups = imbalanced
    with sklearn.config_context(enable_metadata_routing=True):
        network = RNNClassifier((4,), epochs=1, random_state=0)
        pipe = make_beat_pipeline(network, transform_input=["X_val"])
        search = GridSearchCV(
            pipe,
            {"classifier__learning_rate": [0.001, 0.01]},
            cv=StratifiedGroupKFold(2),
            error_score="raise",
        ).fit(X, y, groups=groups, X_val=(X[:9],), y_val=y[:9])
    assert "val_loss" in search.best_estimator_["classifier"].history_


class Untrained(RNNClassifier):
    """A network that keeps the rows of each training, and is not trained."""

    trainings: ClassVar[list] = []

    def _run(self, data, *args):
        self.trainings.append(data)
        return {"loss": [1.0]}


@pytest.fixture
def untrained():
    Untrained.trainings.clear()
    return Untrained((4,), random_state=0)


TOOLS = {
    "GridSearchCV": lambda e, X, y, params: GridSearchCV(e, {}, cv=2, error_score="raise").fit(
        X, y, **params
    ),
    "cross_validate": lambda e, X, y, params: cross_validate(
        e, X, y, cv=2, params=params, error_score="raise"
    ),
    "cross_val_predict": lambda e, X, y, params: cross_val_predict(e, X, y, cv=2, params=params),
    "learning_curve": lambda e, X, y, params: learning_curve(
        e, X, y, cv=2, train_sizes=[0.5, 1.0], params=params, error_score="raise"
    ),
    "HalvingGridSearchCV": lambda e, X, y, params: HalvingGridSearchCV(
        e, {}, cv=2, min_resources=60, error_score="raise"
    ).fit(X, y, **params),
    "CalibratedClassifierCV": lambda e, X, y, params: CalibratedClassifierCV(e, cv=2).fit(
        X, y, **params
    ),
    "TunedThresholdClassifierCV": lambda e, X, y, params: TunedThresholdClassifierCV(e, cv=2).fit(
        X, y, **params
    ),
}
each_tool = pytest.mark.parametrize("tool", TOOLS)


@each_tool
@pytest.mark.filterwarnings("error:.*as many validation rows")
def test_validation_rows_in_a_tuple_stay_whole_and_are_transformed(imbalanced, untrained, tool):
    X, y, _ = imbalanced
    y = (y == "V").astype(int)
    with sklearn.config_context(enable_metadata_routing=True):
        pipe = make_beat_pipeline(untrained, denoiser=None, transform_input=["X_val"])
        # as many as X, shifted so that they are other rows
        TOOLS[tool](pipe, X, y, {"X_val": (X + 1,), "y_val": (y,)})
    assert Untrained.trainings
    for data in Untrained.trainings:
        np.testing.assert_allclose(data.validation[0], BeatNormalizer().fit_transform(X + 1))
        np.testing.assert_array_equal(data.validation[1], y)


@each_tool
@pytest.mark.parametrize("given", ["X_val", "y_val"])
def test_one_array_of_validation_that_a_search_cuts_is_an_error(
    imbalanced, untrained, tool, given
):
    X, y, _ = imbalanced
    y = (y == "V").astype(int)
    params = {"X_val": (X,), "y_val": (y,)} | {given: {"X_val": X, "y_val": y}[given]}
    with sklearn.config_context(enable_metadata_routing=True):
        pipe = make_beat_pipeline(untrained, denoiser=None, transform_input=["X_val"])
        with pytest.raises(
            ValueError, match=r"pass X_val=\(val\.data,\) and y_val=\(val\.target,"
        ):
            TOOLS[tool](pipe, X, y, params)


@each_tool
def test_bare_validation_rows_that_a_search_cuts_warn_without_resamplers(
    imbalanced, untrained, tool
):
    X, y, _ = imbalanced
    y = (y == "V").astype(int)
    with (
        sklearn.config_context(enable_metadata_routing=True),
        pytest.warns(UserWarning, match="as many validation rows as training rows"),
    ):
        TOOLS[tool](untrained, X, y, {"X_val": X, "y_val": y})


@pytest.mark.filterwarnings("error:.*as many validation rows")
def test_as_many_validation_rows_as_training_rows_are_fine_without_folds(imbalanced):
    X, y, _ = imbalanced
    with sklearn.config_context(enable_metadata_routing=True):
        pipe = make_beat_pipeline(
            RNNClassifier((4,), epochs=1, random_state=0), transform_input=["X_val"]
        )
        pipe.fit(X, y, X_val=X, y_val=y)
    expected = (pipe.predict(X) == y).mean()
    assert pipe["classifier"].history_["val_accuracy"] == pytest.approx([expected])


def test_sample_weight_behind_a_resampler_is_an_error_and_without_one_is_used(imbalanced):
    X, y, _ = imbalanced
    weight = np.where(y == "V", 100.0, 0.01)
    network = RNNClassifier((4,), epochs=6, learning_rate=0.05, random_state=0)
    with pytest.raises(
        ValueError, match=r"sample_weight of shape \(120,\) for 96 rows: a resampler"
    ):
        make_beat_pipeline(network).fit(X, y, classifier__sample_weight=weight)
    pipe = make_beat_pipeline(network, augmenter=None, undersampler=None)
    assert (pipe.fit(X, y, classifier__sample_weight=weight).predict(X) == "V").all()


def test_groups_behind_a_resampler_are_an_error_with_a_way_out(imbalanced):
    X, y, groups = imbalanced
    network = RNNClassifier((4,), validation_fraction=0.2)
    with pytest.raises(ValueError, match=r"groups of shape \(120,\) for 96 .* X_val=\(val\.data,"):
        make_beat_pipeline(network).fit(X, y, classifier__groups=groups)


def test_weights_that_an_ensemble_behind_a_resampler_makes_are_used(imbalanced):
    X, y, _ = imbalanced
    network = RNNClassifier((4,), epochs=6, learning_rate=0.05, random_state=0)
    pipe = make_beat_pipeline(AdaBoostClassifier(network, n_estimators=1, random_state=0))
    assert pipe.fit(X, y).score(X, y) > 0.6


def test_groups_do_no_harm_without_routing(imbalanced):
    X, y, _ = imbalanced
    assert make_beat_pipeline(RNNClassifier((4,), epochs=1)).fit(X, y).predict(X).shape == (120,)


def test_transform_input_past_a_sampler_is_an_error():
    with pytest.raises(ValueError, match="cannot route transform_input past the sampler 'under"):
        make_beat_pipeline(RNNClassifier(), normalizer=None, transform_input=["X_val"])


def test_step_that_is_no_estimator_is_an_error():
    with pytest.raises(TypeError, match=r"'denoiser' .* must be an estimator.*Got 'wavelet'"):
        make_beat_pipeline(RNNClassifier(), denoiser="wavelet")
    with pytest.raises(TypeError, match=r"'classifier' .* must be an estimator\. Got 'LSTM'"):
        make_beat_pipeline("LSTM")
    with pytest.raises(TypeError, match=r"'classifier' .* Got a class, not RNNClassifier\(\)\."):
        make_beat_pipeline(RNNClassifier)


# --- calibration


@pytest.fixture(scope="module")
def calibrated():
    """Rows of unseen subjects, and a fitted pipeline with resamplers, plain and in a search."""
    beats = skecg.load_simulated(8, duration=40, random_state=0)
    train, unseen = skecg.train_test_subjects(beats, test_size=0.5, random_state=0)
    network = skecg.RNNClassifier((8,), epochs=6, learning_rate=0.02, random_state=0)
    search = GridSearchCV(skecg.make_beat_pipeline(network), {"classifier__dropout": [0.1]}, cv=2)
    search.fit(train.data, train.target)
    return unseen, {"search": search, "pipeline": search.best_estimator_}


@pytest.mark.filterwarnings("ignore:calibrate stops at the highest temperature")  # so few epochs
@pytest.mark.parametrize("kind", ["search", "pipeline"])
def test_calibrate_gives_each_class_its_share_in_a_copy(calibrated, kind):
    unseen, models = calibrated
    model, before = models[kind], models[kind].predict_proba(unseen.data)
    better = skecg.calibrate(model, unseen.data, unseen.target, correct_prior=True)
    shares = [(unseen.target == label).mean() for label in model.classes_]
    np.testing.assert_allclose(better.predict_proba(unseen.data).mean(axis=0), shares, atol=1e-5)
    np.testing.assert_array_equal(model.predict_proba(unseen.data), before)
    assert not hasattr(last_step(model), "calibration_")


def test_calibrate_with_a_calibration_is_that_of_its_network(calibrated):
    unseen, models = calibrated
    pipe = models["pipeline"]
    found = skecg.find_calibration(
        unseen.target, pipe.predict_proba(unseen.data), labels=pipe.classes_
    )
    one = skecg.calibrate(pipe, calibration=found)
    two = skecg.calibrate(pipe, unseen.data, unseen.target)
    np.testing.assert_allclose(
        one.predict_proba(unseen.data), two.predict_proba(unseen.data), rtol=1e-5
    )
    np.testing.assert_array_equal(one.predict(unseen.data), pipe.predict(unseen.data))


def test_calibrate_takes_networks_of_skecg_alone(calibrated):
    unseen, _ = calibrated
    forest = LogisticRegression(max_iter=1000).fit(unseen.data, unseen.target)
    with pytest.raises(TypeError, match=r"network of skecg. Got LogisticRegression.*Calibrated"):
        skecg.calibrate(forest, unseen.data, unseen.target)
    with pytest.raises(NotFittedError):
        skecg.calibrate(skecg.RNNClassifier(), unseen.data, unseen.target)
