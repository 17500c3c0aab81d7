"""Try an installed skecg where nothing else is; run outside the checkout, in an empty folder."""

import time
import warnings

warnings.filterwarnings("error", category=DeprecationWarning, module="skecg")
start = time.perf_counter()
import skecg  # noqa: E402

print(f"import skecg: {time.perf_counter() - start:.3f} s from {skecg.__file__}")
assert "site-packages" in skecg.__file__
beats = skecg.load_simulated(4, duration=60, random_state=0)
train, test = skecg.train_test_subjects(beats, test_size=0.5, random_state=0)
pipe = skecg.make_beat_pipeline(skecg.RNNClassifier((4,), epochs=1, random_state=0))
pipe.fit(train.data, train.target)
skecg.save(pipe, "rnn.skecg", beats=train)
print(skecg.beat_report(test.target, skecg.load("rnn.skecg").predict(test.data)))
print(skecg.load_pretrained("lstm"))
