"""The report as a file: whole, small, escaped, and silent towards the network."""

import re
from html.parser import HTMLParser

import pytest
from fieldbench.report import html

from tests.report import made_report

LOADING = ("src", "href", "srcset", "poster", "data", "action", "formaction", "background")


class Elements(HTMLParser):
    """Every element with its attributes."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, dict(attributes)))


@pytest.fixture(scope="session")
def elements(report_page):
    return Elements(report_page).found


@pytest.fixture(scope="session")
def data(report_page):
    return made_report.data_of(report_page)


def test_nothing_in_it_names_an_address_to_load(report_page, elements):
    addresses = [value for _, own in elements for name, value in own.items() if name in LOADING]
    assert addresses and all(value.startswith(("#", "data:image/")) for value in addresses)
    assert not re.search(r"@import|url\(\s*['\"]?(?!data:)", report_page)


def test_it_forbids_every_request(elements):
    policy = next(own["content"] for _, own in elements if own.get("http-equiv") == "Content-Security-Policy")
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'" and rules["img-src"] == "data: blob:"
    assert set(rules) == {"default-src", "img-src", "style-src", "script-src"}


def test_it_is_small(report_page):
    assert len(report_page.encode()) < 3e6


def test_names_and_reasons_are_text_not_markup(report_page, elements):
    assert made_report.HOSTILE not in report_page and "&lt;img src=x onerror" in report_page
    assert "diverged &lt;b&gt;here&lt;/b&gt;" in report_page and "alert(2)" not in report_page
    assert not any("onerror" in own for _, own in elements)


def test_every_number_has_a_run_with_a_record(data, highlights):
    assert len(data["numbers"]) == len(highlights["numbers"]) > 20
    for *names, metric, mean, _, _, places in data["numbers"]:
        assert places
        for run in (data["runs"][place] for place in places):
            assert names[:3] == [run["area"], run["dataset"], run["regime"]]
            assert run["metrics"][metric] == pytest.approx(mean, rel=0.5)
            assert run["records"][0]["code"] == f"code of {run['method']}"
            assert run["records"][0]["file"] == "inversion/metrics.json"


def test_every_claim_is_there(data, report_page):
    columns = list(zip(*data["claims"], strict=True))
    assert list(columns[html.CLAIMS.index("sentence")]) == made_report.SENTENCES
    assert list(columns[html.CLAIMS.index("verdict")]) == made_report.VERDICTS
    assert set(columns[html.CLAIMS.index("area")]) == {"inversion"}
    assert "1 confirmed, 1 refuted, 0 undecided, 1 not measured" in report_page


def test_what_failed_or_was_skipped_has_its_reason(report_page):
    failed = report_page[report_page.index('id="failed"') :]
    assert "hinode</strong> (inversion): no results. no file" in failed and "seed 99" in failed


def test_every_card_shows_what_to_use_with_its_picture(elements, highlights, report_page):
    assert report_page.count('<article class="card">') == len(highlights["cards"]) == 2
    pictures = [own for tag, own in elements if tag == "img"]
    assert len(pictures) == 2 and all(own["alt"].endswith("V6 at 32") for own in pictures)


def test_ids_are_unique_and_links_within_lead_somewhere(elements):
    ids = [own["id"] for _, own in elements if "id" in own]
    assert len(ids) == len(set(ids))
    assert {own["href"][1:] for tag, own in elements if tag == "a"} <= set(ids)


def test_a_report_of_nothing_says_so():
    empty = {
        "area": "inversion",
        "question": "A field",
        "cards": [],
        "plots": [],
        "galleries": [],
        "numbers": [],
        "runs": [],
    }
    page = html.page(
        [{**empty, "absent": {}, "environment": {}}], [made_report.judged()], made_report.parts()
    )
    assert "No run finished" in page and "Nothing failed, and nothing was skipped." in page


def test_the_same_study_gives_the_same_file(highlights):
    pages = [html.page([highlights], [made_report.judged()], made_report.parts()) for _ in range(2)]
    assert pages[0] == pages[1]
