"""Published averages of other systems."""

import pytest
from fieldbench.compression import published
from fieldbench.errors import UserError


def test_published_numbers_are_read_and_checked(tmp_path):
    path = tmp_path / "kodak.csv"
    path.write_text("# averages\ncodec,bpp,psnr_db,source\nC3,0.2,30.0,its authors\n")
    assert published.rows(path) == [{"codec": "C3", "bpp": 0.2, "psnr_db": 30.0, "source": "its authors"}]
    path.write_text("codec,bpp,source\nC3,0.2,its authors\n")
    with pytest.raises(UserError, match="lacks the column psnr_db"):
        published.rows(path)
