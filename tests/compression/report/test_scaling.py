"""Growth of memory and times with the pixels."""

from tests.report.pages import headline


def test_growth_with_the_pixels(full):
    text = headline(full, "Size")
    assert "peak memory as pixels^1.00; time per step while training as pixels^0.50" in text
    assert "large with 100,000 pixels, took 5 MB and 1,000 s to encode" in text
    page = full.page()
    order = [
        line.split("|")[3].strip()
        for line in page.splitlines()
        if line.startswith("| **shacira-large** | p1 | ")
    ]
    assert order[:3] == ["tiny", "small", "large"]
