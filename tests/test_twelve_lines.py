"""The main job as a user writes it: the lines of the README, on simulated recordings on disk."""

import numpy as np
import pytest
import sklearn
from sklearn.model_selection import GridSearchCV, StratifiedGroupKFold

import skecg


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recordings")
    for record in skecg.simulate_records(8, duration=40, random_state=0):
        skecg.write_record(record, folder)
    return folder


@pytest.mark.filterwarnings("ignore:The least populated class:UserWarning")
@pytest.mark.filterwarnings("ignore:.*validation rows out:UserWarning")
@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true:UserWarning")
@pytest.mark.parametrize("network", [skecg.RNNClassifier, skecg.LSTMClassifier])
def test_twelve_lines_go_from_a_folder_to_a_saved_classifier(folder, tmp_path, network):
    with sklearn.config_context(enable_metadata_routing=True):
        beats = skecg.load_beats(skecg.find_records(folder), n_jobs=1)
        train, val, test = skecg.train_test_subjects(
            beats, val_size=0.15, test_size=0.25, random_state=0
        )
        small = network((4,), epochs=2, random_state=0)
        pipe = skecg.make_beat_pipeline(small, layout=beats.layout, transform_input=["X_val"])
        search = GridSearchCV(
            pipe,
            {"classifier__dropout": [0.2, 0.4]},
            cv=StratifiedGroupKFold(2),
            scoring="balanced_accuracy",
        )
        search.fit(train.data, train.target, groups=train.groups, X_val=val.data, y_val=val.target)
        report = skecg.beat_report(test.target, search.predict(test.data), groups=test.groups)
        confusion = skecg.ConfusionMatrixDisplay.from_estimator(search, test.data, test.target)
        history = skecg.HistoryDisplay.from_estimators({"network": search})
        skecg.save(search, tmp_path / "network.skecg", beats=train)

    assert not set(train.groups) & set(test.groups)
    assert report.counts.to_numpy().sum() == len(test.target)
    np.testing.assert_array_equal(confusion.confusion_matrix.sum(), len(test.target))
    assert history.figure_ is not None
    loaded, info = skecg.load(tmp_path / "network.skecg", return_info=True)
    np.testing.assert_array_equal(loaded.predict_proba(test.data), search.predict_proba(test.data))
    assert info.subjects == sorted(set(train.groups.tolist()))
    again = skecg.load_beats(skecg.find_records(folder), extractor=info.extractor)
    np.testing.assert_array_equal(again.data, beats.data)
