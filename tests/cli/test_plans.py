"""Options of ``skecg train`` become extractors, steps and classifiers."""

import inspect

import pytest
import typer

import skecg
from skecg.cli._networks import NETWORKS, PLAIN_ROWS, class_defaults, shown_default
from skecg.cli._plans import OF_CLASSIFIERS, TrainOptions, plan_all
from skecg.cli._train import train


def plan(*models, **changes):
    """Plan networks with options as the command has them."""
    return plan_all(TrainOptions([], "out", model=[*models], **changes))


@pytest.mark.parametrize("key", NETWORKS)
def test_defaults_are_those_of_the_class(key):
    classifier = getattr(skecg, NETWORKS[key].classifier)
    actual = classifier().get_params()
    read = class_defaults(NETWORKS[key].classifier)
    assert set(OF_CLASSIFIERS) < set(read)
    assert read == {name: actual[name] for name in read}
    (found,) = plan(key)
    assert repr(found.classifier) == repr(classifier(random_state=0))


def test_rows_and_steps_are_those_of_the_library():
    (found,) = plan("lstm")
    train = skecg.load_simulated(1, duration=5, random_state=0)
    made = found.make_pipeline(train.layout, validates=True)
    expected = skecg.make_beat_pipeline(
        skecg.LSTMClassifier(random_state=0), layout=train.layout, transform_input=["X_val"]
    )
    assert repr(made) == repr(expected)
    assert repr(found.extractor) == "BeatExtractor()"


def test_help_shows_the_defaults():
    options = {
        name: (p.default, p.annotation.__metadata__[0])
        for name, p in inspect.signature(train).parameters.items()
    }
    assert shown_default("units") == "lstm: 128,64,32; rnn: 128,128,128; context-lstm: 32"
    assert shown_default("class_weight") == "lstm, rnn: none; context-lstm: sqrt_balanced"
    assert shown_default("window") == "0.1,0.1; with context 0.28,0.28"
    assert shown_default("fs") == "that of the recordings; with context 125"
    assert shown_default("denoise") == "yes; with context no"
    for name in (*OF_CLASSIFIERS, *PLAIN_ROWS):
        assert options[name][0] is None and shown_default(name)
    assert options["neighbors"][1].show_default == str(skecg.BeatExtractor().neighbors)


def test_all_networks_that_are_named_are_planned_once():
    assert [one.name for one in plan("both", "lstm")] == ["RNN", "LSTM"]
    assert [one.name for one in plan("context-lstm", "rnn")] == ["Context-LSTM", "RNN"]


def test_network_for_context_has_rows_with_context():
    rnn, context = plan("rnn", "context-lstm", neighbors=2, units="4")
    assert rnn.extractor.context is None and context.extractor.context == 600
    assert context.extractor.neighbors == 2 and context.extractor.window == (0.28, 0.28)
    assert context.extractor.scalars == "all"
    assert set(context.steps.values()) == {None}
    assert (rnn.classifier.units, context.classifier.units) == ((4,), 4)


def test_rows_without_the_rhythm_around_are_planned():
    (found,) = plan("context-lstm", scalars="basic")
    assert found.extractor.scalars == "basic"


def test_any_network_takes_rows_with_context():
    (found,) = plan("lstm", context=60.0)
    assert (found.extractor.context, found.extractor.fs) == (60, 125)
    assert set(found.steps.values()) == {None}


def test_every_option_has_an_effect():
    (found,) = plan(
        "rnn",
        window="0.2,0.3", fs=125.0, leads=["II,MLII", "1"], missing_leads="zeros",
        classes="dechazal", align=False, edges="pad", highpass=0.5, denoise=True, wavelet="db4",
        threshold="0.5", scale="robust", epochs=1, batch_size=8, learning_rate=0.01, units="4,2",
        dropout=0.0, class_weight="balanced", early_stopping=True, patience=2, seed=3,
    )  # fmt: skip
    assert (
        repr(found.extractor).split()
        == (
            "BeatExtractor(align=False, classes='dechazal', edges='pad', fs=125.0, "
            "leads=[('II', 'MLII'), 1], missing_leads='zeros', "
            "preprocessing=WaveletDenoiser(highpass=0.5, threshold=None), window=(0.2, 0.3))"
        ).split()
    )
    assert repr(found.steps["denoiser"]) == "WaveletDenoiser(threshold=0.5, wavelet='db4')"
    assert repr(found.steps["normalizer"]) == "BeatNormalizer(scale='robust')"
    assert (
        repr(found.classifier).split()
        == (
            "RNNClassifier(batch_size=8, class_weight='balanced', dropout=0.0, "
            "early_stopping=True, epochs=1, learning_rate=0.01, n_iter_no_change=2, "
            "random_state=3, units=(4, 2))"
        ).split()
    )


def test_no_balance_no_scale_no_weights():
    (found,) = plan("context-lstm", balance="none", scale="none", class_weight="none")
    assert found.steps == dict.fromkeys(
        ("denoiser", "normalizer", "augmenter", "undersampler"), None
    )
    assert found.classifier.class_weight is None


@pytest.mark.parametrize(
    ("models", "changes", "message"),
    [
        (["rnn"], {"neighbors": 3}, "--neighbors needs --context SECONDS or --model context-lstm"),
        (["rnn"], {"scalars": "basic"}, "--scalars basic needs --context SECONDS or --model"),
        (["context-lstm"], {"units": "8,4"}, "Context-LSTM takes one number"),
        (["rnn"], {"scale": "none"}, "--balance notebook with --scale none needs --val-size 0"),
        (["context-lstm"], {"balance": "notebook"}, "needs --val-size 0"),
        (["gnu"], {}, "'gnu' is not one of 'lstm', 'rnn', 'context-lstm', 'both'"),
    ],
)
def test_options_that_cannot_be_combined_raise(models, changes, message):
    with pytest.raises(typer.BadParameter, match=message):
        plan(*models, **changes)


def test_unbalanced_rows_may_be_unscaled():
    (found,) = plan("rnn", scale="none", val_size=0.0)
    assert found.steps["normalizer"] is None and "augmenter" not in found.steps
