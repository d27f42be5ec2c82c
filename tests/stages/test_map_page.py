"""The page in a real browser, where there is one: it draws, and hostile text stays text."""

import re
import shutil
import subprocess

import pytest

from curator.diversity.page import page

BROWSER = next(
    (
        found
        for name in ("chromium", "chromium-browser", "google-chrome", "chrome")
        if (found := shutil.which(name))
    ),
    None,
)
BAD = "</script><script>document.title='owned'</script><img src=x onerror=document.title='owned'>"


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on this machine")
def test_a_browser_draws_every_dot_and_runs_nothing_of_the_data(tmp_path):
    import numpy as np

    path = tmp_path / "map.html"
    html = page(
        "a map",
        BAD,
        {
            "items": ["1", "2", "3"],
            "texts": [BAD, "怎么泡绿茶", "plain"],
            "x": np.array([0, 0.5, 1]),
            "y": np.array([0, 1, 0.5]),
        },
        [("coarse cluster", np.array([0, 1, 1]), [BAD, "泡茶"])],
        [{"level": 0, "name": BAD, "x": 0.2, "y": 0.4}],
    )
    path.write_text(html, encoding="utf-8")
    ran = subprocess.run(
        [
            BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=4000",
            f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri(),
        ],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert 'data-drawn="3"' in ran.stdout
    assert re.search(r"<title>a map</title>", ran.stdout)
    assert "owned" not in re.search(r"<title>(.*?)</title>", ran.stdout)[1]
    assert "&lt;/script&gt;" in ran.stdout  # the name in the legend, as text
    assert ran.stdout.count("泡茶") >= 1
