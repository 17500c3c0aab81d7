"""Draw the strips of the front page and the README: python docs/_front_strips.py.

Both show the real recording that ``skecg demo`` draws: the wide one 20 s in two rows, the narrow
one, for phones, 8 s of it in two rows, with letters that can be read at a width of 390 pixels.
"""

from pathlib import Path

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

import skecg
from skecg.cli._demo import _real_record

FOLDER = Path(__file__).parent / "_static"
# file name: start and stop in s, seconds per row, size in inches, dots per inch, and the headroom
# in mV by which letters are raised above the peaks
STRIPS = {
    "front-strip.png": (250, 270, 10, (11, 4.7), 150, 0),
    "front-strip-narrow.png": (250.8, 258.8, 4, (4.4, 5.4), 200, 0.25),
}


def main() -> None:
    """Annotate the recording with the pretrained network and write both figures."""
    found = skecg.annotate("lstm", _real_record())
    record = found.record
    for name, (start, stop, seconds, size, dpi, headroom) in STRIPS.items():
        display = skecg.RhythmStripDisplay.from_record(record)
        display.plot(start=start, stop=stop, seconds=seconds)
        for text in display.text_:
            text.set_y(text.get_position()[1] + headroom)
        for ax in display.ax_:
            ax.set_ylim(ax.get_ylim()[0], ax.get_ylim()[1] + headroom)
        display.figure_.set_size_inches(size)
        display.figure_.savefig(FOLDER / name, dpi=dpi)
        plt.close(display.figure_)


if __name__ == "__main__":
    main()
