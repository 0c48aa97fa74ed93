"""Pictures of a report: true to the figures, without a script, and always the same bytes."""

import re
import subprocess
import sys
from xml.etree import ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from physforge.reports.pictures import history_picture, interval_picture

HISTORY = pd.DataFrame({"step": [0, 50, 100, 150], "held_out": [1.0, 0.1, np.nan, 0.001]})
INTERVALS = pd.DataFrame(
    {
        "target": ["u_t", "u_t"],
        "term": ["u_xx", "u*u_x"],
        "low": [0.05, -1.2],
        "estimate": [0.1, -1.0],
        "high": [0.15, -0.8],
    }
)


def curve(svg):
    """Return the points of the line with data."""
    paths = re.findall(r'<path d="([^"]*)" clip-path[^>]*style="fill: none; stroke: #1b5e9b', svg)
    longest = max(paths, key=len)
    return np.array([[float(one) for one in point] for point in re.findall(r"[ML] (\S+) (\S+)", longest)])


def test_the_curve_is_logarithmic_and_a_missing_step_leaves_its_width():
    (picture,) = history_picture(HISTORY)
    across, down = curve(picture.svg).T
    assert (down[2] - down[1]) / (down[1] - down[0]) == pytest.approx(2.0, rel=1e-3)
    assert (across[2] - across[1]) / (across[1] - across[0]) == pytest.approx(2.0, rel=1e-3)


def test_an_interval_reaches_as_far_as_it_is_wide():
    (picture,) = interval_picture(INTERVALS)
    lines = re.findall(r'<path d="M (\S+) (\S+) *\s*L (\S+) (\S+)[^"]*" clip-path[^>]*style="[^"]*#1b5e9b', picture.svg)
    first, second = (abs(float(one[2]) - float(one[0])) for one in lines[:2])
    assert first / second == pytest.approx(1.0 / 0.4, rel=1e-3)  # +-50 % and +-20 % of the estimates


def test_nothing_is_drawn_of_nothing():
    assert history_picture(pd.DataFrame({"step": [0], "held_out": [np.nan]})) == ()
    assert interval_picture(INTERVALS.iloc[:0]) == ()
    assert interval_picture(INTERVALS.assign(low=np.nan)) == ()


def test_a_picture_holds_no_script_and_asks_for_nothing():
    for (picture,) in (history_picture(HISTORY), interval_picture(INTERVALS)):
        tree = ET.fromstring(picture.svg)  # noqa: S314
        for element in tree.iter():
            assert not element.tag.endswith(("script", "image", "foreignObject"))
            assert all(value.startswith("#") for name, value in element.attrib.items() if name.endswith("href"))


def test_a_picture_is_the_same_whatever_the_settings_of_the_process_are():
    (picture,) = history_picture(HISTORY)
    program = (
        "import matplotlib as mpl, numpy as np, pandas as pd; mpl.rcParams['lines.linewidth'] = 7\n"
        "from physforge.reports.pictures import history_picture\n"
        "table = pd.DataFrame({'step': [0, 50, 100, 150], 'held_out': [1.0, 0.1, np.nan, 0.001]})\n"
        "print(history_picture(table)[0].svg, end='')"
    )
    drawn = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert drawn == picture.svg
