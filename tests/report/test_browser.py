"""The report in a real browser: what a reader clicks, hovers and sees. Skipped where there is none."""

import shutil
from functools import partial

import pytest

from tests.report import made_report

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
    pytest.mark.xdist_group("browser"),
]
BUSY = 60_000  # milliseconds that a page may take on a busy machine
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 844}}


@pytest.fixture(scope="module")
def browser():
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture(scope="module")
def file(tmp_path_factory, report_page):
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(report_page, encoding="utf-8")
    return path


@pytest.fixture
def opened(browser, file):
    """Opens the report; whatever it complains of or asks of a network fails the test."""
    complaints, pages = [], []

    def note(kind, what):
        complaints.append(f"{kind}: {what}")

    def open_page(size="wide", scheme="light", part=""):
        page = browser.new_page(viewport=SIZES[size], color_scheme=scheme)
        page.set_default_timeout(BUSY)
        page.on(
            "console", lambda said: note(said.type, said.text) if said.type in ("error", "warning") else None
        )
        page.on("pageerror", partial(note, "error"))
        page.on("request", lambda asked: note("request", asked.url) if asked.url.startswith("http") else None)
        page.on("dialog", lambda dialog: note("dialog", dialog.message))
        page.goto(f"{file.as_uri()}{part}")
        page.wait_for_selector("html[data-ready=yes]")
        pages.append(page)
        return page

    yield open_page
    for page in pages:
        page.close()
    assert complaints == []


def drawn(page):
    """The first plot, once it is drawn."""
    page.locator("#plots").scroll_into_view_if_needed()
    return page.locator(".plot.drawn").first


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_it_fits_the_screen_in_the_systems_colours(opened, size, scheme):
    page = opened(size, scheme)
    assert page.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (paper == "rgb(255, 255, 255)") == (scheme == "light")
    assert page.locator(".card").first.is_visible()


def test_numbers_are_filtered_and_sorted(opened):
    page = opened()
    page.get_by_label("Method", exact=True).select_option("V6")
    page.get_by_label("Metric", exact=True).select_option("Training time (s)")
    names = page.locator("#number-table tbody td:nth-child(1)").all_inner_texts()
    assert names == ["V6"]
    page.get_by_label("Method", exact=True).select_option("")
    for falling in (False, True):
        page.locator("#number-table th", has_text="Mean").click()
        order = "descending" if falling else "ascending"
        page.locator(f"#number-table th[aria-sort={order}]", has_text="Mean").wait_for()
        shown = [
            float(text) for text in page.locator("#number-table tbody td:nth-child(3)").all_inner_texts()
        ]
        assert len(set(shown)) > 4 and shown == sorted(shown, reverse=falling)


def test_a_card_leads_to_its_numbers_and_its_picture(opened):
    page = opened()
    card = page.locator(".card", has_text="B_Q and B_U")
    card.get_by_text("All numbers").click()
    assert page.get_by_label("Data set", exact=True).input_value() == "small"
    card.get_by_text("Open the map").click()
    assert page.locator("#gallery").input_value() == "inversion/small-b-qu"
    assert page.locator("#right").input_value() == "V6 at 32"


def test_a_seed_opens_its_record_by_keyboard_and_by_address(opened):
    page = opened()
    page.get_by_label("Method", exact=True).select_option("V6")
    page.locator("#number-table tbody a").first.focus()
    page.keyboard.press("Enter")
    record = page.locator("#record")
    sync_api.expect(record).to_contain_text("code of v6", timeout=BUSY)
    assert "inversion/metrics.json" in record.inner_text()
    page.keyboard.press("Escape")
    assert not record.is_visible()
    sync_api.expect(opened(part="#record-0").locator("#record")).to_contain_text("seed 0", timeout=BUSY)


def test_claims_are_filtered_by_verdict_and_shown_as_text(opened):
    page = opened()
    page.locator("#claim-filters").get_by_label("Verdict").select_option("refuted")
    rows = page.locator("#claim-table tbody tr")
    assert rows.count() == 1 and made_report.SENTENCES[1] in rows.first.inner_text()


def test_the_slider_holds_the_chosen_pictures_and_moves_by_keyboard(opened):
    page = opened()
    page.locator("#left").select_option("pixelwise")
    slider = page.locator("img-comparison-slider")
    assert slider.locator("figcaption").all_inner_texts() == ["pixelwise", "V6 at 32"]
    page.locator("#strip button", has_text="truth").click()
    assert page.locator("#right").input_value() == "truth"
    slider.focus()
    before = slider.evaluate("slider => slider.value")
    page.keyboard.down("ArrowRight")
    page.wait_for_function(f"document.querySelector('img-comparison-slider').value > {before}")
    page.keyboard.up("ArrowRight")


def test_a_point_tells_its_numbers_and_the_legend_selects(opened):
    page = opened()
    plot = drawn(page)
    points = plot.locator(".mark-symbol.role-mark path")
    points.last.hover(force=True)  # its own bar may lie above it
    tooltip = page.locator("#vg-tooltip-element.visible")
    assert points.last.get_attribute("aria-label").split("method: ")[1].split(";")[0] in tooltip.inner_text()
    assert "95 %, from" in tooltip.inner_text()
    page.mouse.move(0, 0)
    plot.locator(".role-legend-label text", has_text="V1").click(force=True)  # Vega listens further out
    faint = plot.locator(".mark-symbol.role-mark path[opacity='0.08']")
    faint.first.wait_for()
    assert 0 < faint.count() < points.count()


def test_a_method_is_highlighted_by_keyboard(opened):
    plot = drawn(opened())
    plot.locator("select").select_option("V6")
    faint = plot.locator(".mark-symbol.role-mark path[opacity='0.08']")
    faint.first.wait_for()
    assert faint.count() == plot.locator(".mark-symbol.role-mark path").count() - 1
