"""Pinned files: found, checked, downloaded, or refused with a sentence that helps."""

import functools
import hashlib
import http.server
import threading
from dataclasses import replace

import pytest
from fieldbench.datasets import _files
from fieldbench.datasets._files import DownloadFailed, PinnedFile
from fieldbench.errors import UserError


@pytest.fixture
def server(tmp_path):
    """A web server over the folder `tmp_path/web`; gives its address."""
    folder = tmp_path / "web"
    folder.mkdir()

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            """Keep the test's output clean."""

    handler = functools.partial(Quiet, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_git_blob_checksum_is_the_one_git_gives(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"hello world\n")
    # git hash-object
    assert _files.checksum(file, "git-blob") == "git-blob:3b18e512dba79e4c8300dd08aeb37f8e728b8dad"


def test_sha256_checksum(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"abc")
    # FIPS 180-2, appendix B.1
    expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert _files.checksum(file, "sha256") == f"sha256:{expected}"


def test_the_data_folder_is_looked_in_first(tmp_path, pinned, empty_cache):
    file = pinned("solar/a.fits", b"content")
    assert _files.locate(file, data_root=str(tmp_path), download=False) == tmp_path / "solar/a.fits"


def test_a_changed_file_names_what_was_expected_and_found(tmp_path, pinned, empty_cache):
    file = pinned("a.fits", b"content")
    (tmp_path / "a.fits").write_bytes(b"other")
    found = hashlib.sha256(b"other").hexdigest()
    with pytest.raises(
        UserError, match=rf"a\.fits is not the pinned file: expected {file.checksum}, found sha256:{found}"
    ):
        _files.locate(file, data_root=str(tmp_path), download=False)


def test_a_missing_file_says_where_it_comes_from_and_where_it_belongs(tmp_path, empty_cache):
    file = PinnedFile("solar/a.fits", "https://example.invalid/a", "sha256:0", "CC0", "a test")
    reason = _files.missing([file], data_root=str(tmp_path), download=False)
    assert "solar/a.fits is missing" in reason and "`download: true`" in reason
    assert "https://example.invalid/a" in reason and str(tmp_path) in reason
    with pytest.raises(UserError, match=r"solar/a\.fits is missing"):
        _files.locate(file, data_root=str(tmp_path), download=False)


def test_a_missing_file_is_no_obstacle_where_it_may_be_downloaded(empty_cache):
    file = PinnedFile("solar/a.fits", "https://example.invalid/a", "sha256:0", "CC0", "a test")
    assert _files.missing([file], data_root=None, download=True) is None


def test_download_goes_to_the_cache_and_is_found_there_afterwards(tmp_path, server, empty_cache, pinned):
    file = pinned("web/a.fits", b"content", url=f"{server}/a.fits")
    file = replace(file, path="solar/a.fits")
    path = _files.locate(file, data_root=None, download=True)
    assert path == empty_cache / "solar/a.fits" and path.read_bytes() == b"content"
    assert _files.missing([file], data_root=None, download=False) is None
    assert _files.locate(file, data_root=None, download=False) == path


def test_a_wrong_download_is_refused(server, empty_cache, pinned):
    file = replace(pinned("web/a.fits", b"content", url=f"{server}/a.fits"), checksum="git-blob:0")
    for _ in range(2):  # again, too: what is wrong is not kept
        with pytest.raises(
            UserError, match=r"a\.fits gave another file.*git-blob:0, found git-blob:[0-9a-f]{40}"
        ):
            _files.locate(file, data_root=None, download=True)
    assert [path for path in empty_cache.rglob("*") if path.is_file()] == []


def test_a_failed_download_names_address_and_remedy(server, empty_cache):
    file = PinnedFile("solar/a.fits", f"{server}/nothing", "sha256:0", "CC0", "a test")
    with pytest.raises(
        DownloadFailed, match=rf"Cannot download {server}/nothing.*solar/a\.fits in `data_root`"
    ):
        _files.locate(file, data_root=None, download=True)


@pytest.mark.parametrize("type_name", _files._sources())
def test_addresses_name_a_commit_and_checksums_are_whole(type_name):
    files = _files.declared(type_name)
    assert files and len({file.checksum for file in files}) == len({file.path for file in files}) == len(
        files
    )
    for file in files:
        algorithm, digest = file.checksum.split(":")
        assert len(digest) == {"sha256": 64, "git-blob": 40}[algorithm]
        commit = file.url.split("/")[5]
        assert len(commit) == 40 and int(commit, 16)
        assert file.licence and file.source


def test_a_type_without_a_source_needs_no_file():
    assert _files.declared("plage_synthetic") == ()


def test_provenance_has_one_line_per_file_and_repeats_no_licence(pinned):
    files = [pinned("a", b"1"), pinned("b", b"2")]
    origin = _files.provenance(*files)
    assert origin["licence"] == "CC0" and origin["source"] == "a test"
    assert origin["file_checksums"].splitlines() == [f"a {files[0].checksum}", f"b {files[1].checksum}"]
