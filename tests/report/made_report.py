"""A made-up report: of a small magnetic field on disk, with names that no page may take for markup."""

import base64
import gzip
import json
import re
from importlib.resources import files

import pandas as pd
from fieldbench.report import claims, highlights, html, templates

HOSTILE = "<img src=x onerror=alert(1)>"
SENTENCES = ["V6 fits better.", "</script><script>alert(2)</script>", "Nobody measured this."]
VERDICTS = ["confirmed", "refuted", "not measured"]


def judged():
    """Verdicts on made-up claims."""
    rows = pd.DataFrame({"id": ["a", "b", "c"], "sentence": SENTENCES, "verdict": VERDICTS})
    rows["document"] = ["One", "Two", "Two"]
    return rows.reindex(columns=claims.COLUMNS, fill_value="")


def parts():
    """The real styles and programs."""
    shipped = files("snakemake").joinpath("assets", "data")
    vega = [shipped / name / f"{name}.js" for name in ("vega", "vega-lite", "vega-embed")]
    vendor = templates.ASSETS / "vendor"
    own = ["jquery/jquery.slim.min.js", "datatables/dataTables.min.js", "img-comparison-slider/index.js"]
    styles = ["datatables/dataTables.dataTables.min.css", "img-comparison-slider/styles.css", "../report.css"]
    return html.Parts(
        styles=[(vendor / name).read_text() for name in styles],
        libraries=[path.read_text() for path in (*vega, *(vendor / name for name in own))],
        program=(templates.ASSETS / "report.js").read_text(),
    )


def shown(study):
    """What the report shows of a study on disk."""
    records = pd.read_csv(study.given.path("tables/inversion_records.csv"), keep_default_na=False)
    return highlights.of(study, study.given.table("tables/inversion.parquet"), records)


def data_of(page):
    """What the page's program shows."""
    (packed,) = re.findall(r'id="data">([^<]*)<', page)
    return json.loads(gzip.decompress(base64.b64decode(packed)))
