"""`utils.datasets.downloads`: the builders of TFDS, fed from our own server."""

import errno
import io
import os
import tarfile
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download import checksums, downloader
from tensorflow_datasets.core.utils import gcs_utils
from tensorflow_datasets.datasets.oxford_iiit_pet import (
    oxford_iiit_pet_dataset_builder as oxford,
)
from tensorflow_datasets.datasets.tf_flowers import (
    tf_flowers_dataset_builder as tf_flowers,
)

from tiny_data import rows, write_flowers, write_pets
from utils.datasets import downloads, load_flowers, load_pets, pets_info
from utils.datasets.sources import choose_source

FLOWERS = ("daisy", "dandelion", "roses", "sunflowers", "tulips")


class Server:
    """Serves `files` (path -> bytes) and counts the requests.

    Of those in `cut` half is sent; if they are in `silent` too, the line stays open.
    """

    def __init__(self):
        self.files, self.requests, self.cut = {}, Counter(), set()
        self.silent, self.closing = set(), threading.Event()
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                content = server.files.get(self.path)
                server.requests[self.path] += 1
                self.send_response(200 if content else 404)
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                cut = self.path in server.cut
                self.wfile.write((content or b"")[: len(content or b"") // (1 + cut)])
                if self.path in server.silent:
                    server.closing.wait(10)
                self.close_connection = True

            def log_message(self, *args):
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.http.server_port}"
        threading.Thread(target=self.http.serve_forever, daemon=True).start()


def archive(folder, parts, mode="w"):
    """Packs `parts` of `folder` into the bytes of a tar file."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode) as tar:
        for part in parts:
            tar.add(folder / part, part)
    return file.getvalue()


def serve_pets(server, folder):
    """Makes `server` offer a folder as the two archives of Oxford-IIIT Pet."""
    for part in ("images", "annotations"):
        server.files[f"/{part}.tar.gz"] = archive(folder, [part])


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server that takes the place of the data sets' own."""
    server = Server()
    monkeypatch.delenv("COURSE_DATA", raising=False)
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "tfds"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr(oxford, "_BASE_URL", server.address)
    monkeypatch.setattr(tf_flowers, "_URL", f"{server.address}/flower_photos.tgz")
    monkeypatch.setattr(downloads, "CONNECTION_RETRIES", 0)
    monkeypatch.setattr(gcs_utils, "gcs_dataset_info_files", lambda *_: [])
    yield server
    server.closing.set()
    server.http.shutdown()
    server.http.server_close()


@pytest.fixture
def pets(server, tmp_path):
    """A folder of pets that the server offers."""
    folder = write_pets(tmp_path / "pets")
    serve_pets(server, folder)
    return folder


def leftovers():
    """Files of broken downloads and half-made data sets.

    The archive beside the broken one may still be on its way: it gets a second.
    """
    for _ in range(20):
        paths = [
            name
            for _, folders, _ in os.walk(downloads.data_folder())
            for name in folders
            if "incomplete." in name or ".tmp." in name
        ]
        if not paths:
            break
        time.sleep(0.05)
    return paths


def test_oxford_gives_the_same_elements_as_the_folder(pets):
    for split in ("train", "validation", "test"):
        assert rows(load_pets(split, "oxford")) == rows(load_pets(split, pets))
    info = pets_info("oxford")
    assert info.split_sizes == pets_info(pets).split_sizes
    assert info.breeds[25] == "pug" and info.species == ("Cat", "Dog")
    assert choose_source("pets") == "oxford"  # prepared, hence the default from now on


def test_tf_flowers_gives_the_same_elements_as_the_folder(server, tmp_path):
    folder = write_flowers(tmp_path / "flower_photos", FLOWERS)
    server.files["/flower_photos.tgz"] = archive(tmp_path, ["flower_photos"], "w:gz")
    for split in ("train", "validation", "test"):
        expected = rows(load_flowers(split, folder))
        assert rows(load_flowers(split, "tf_flowers")) == expected


@pytest.mark.parametrize("part", ["images", "annotations"])
def test_a_download_that_breaks_leaves_nothing_and_starts_anew(server, pets, part):
    server.cut = {f"/{part}.tar.gz"}
    with pytest.raises(ValueError, match="(?s)the download broke off.*run again.*curl"):
        load_pets("train", "oxford")
    assert not downloads.is_prepared("oxford_iiit_pet") and not leftovers()
    assert choose_source("pets") == "sample"
    server.cut = set()
    assert rows(load_pets("test", "oxford")) == rows(load_pets("test", pets))
    assert not leftovers()
    if part == "images":  # the other archive was complete, and is not fetched again
        assert server.requests["/annotations.tar.gz"] == 1


def test_a_server_that_falls_silent_is_not_waited_for(server, pets, monkeypatch):
    server.cut = server.silent = {"/images.tar.gz"}
    monkeypatch.setattr(downloads, "SILENCE", 0.2)
    with pytest.raises(ValueError, match="the download broke off"):
        load_pets("train", "oxford")
    assert not downloads.is_prepared("oxford_iiit_pet") and not leftovers()


def test_what_a_killed_program_left_is_cleared_away(pets):
    left = downloads.data_folder() / "downloads" / "oxford_iiit_pet" / "a.tar.tmp.12"
    left.mkdir(parents=True)
    load_pets("train", "oxford")
    assert not left.exists()


def test_a_server_that_has_no_such_file_or_is_none(server):
    with pytest.raises(ValueError, match="the download broke off.*\n.*run again"):
        load_pets("train", "oxford")
    server.http.shutdown()
    server.http.server_close()
    with pytest.raises(ValueError, match="the download broke off"):
        load_flowers("train", "tf_flowers")


def test_another_file_than_the_published_one_is_refused(server, pets, monkeypatch):
    address = f"{server.address}/images.tar.gz"
    published = checksums.UrlInfo(
        size=tfds.core.utils.Size(7), checksum="00" * 32, filename="images.tar.gz"
    )
    monkeypatch.setattr(oxford.Builder, "url_infos", {address: published})
    with pytest.raises(ValueError, match="(?s)SHA-256 differs.*images.tar.gz.*again"):
        load_pets("train", "oxford")
    assert not downloads.is_prepared("oxford_iiit_pet") and not leftovers()


def no_space(*args, **kwargs):
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize(
    ("owner", "name", "stand_in"),
    [
        (downloader._Downloader, "_sync_download", no_space),
        (tfds.core.download.extractor, "_copy", no_space),
        (tfds.core.utils, "has_sufficient_disk_space", lambda *_, **__: False),
        (tfds.core.split_builder.SplitBuilder, "submit_split_generation", no_space),
    ],
)
def test_a_full_disk_is_explained(pets, monkeypatch, owner, name, stand_in):
    with monkeypatch.context() as patch:
        patch.setattr(owner, name, stand_in)
        with pytest.raises(ValueError, match="(?s)the disk is full.*TFDS_DATA_DIR"):
            load_pets("train", "oxford")
    assert not downloads.is_prepared("oxford_iiit_pet") and not leftovers()
    assert len(rows(load_pets("test", "oxford"))) == 3


def test_a_folder_that_cannot_be_written_to_is_explained(pets, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setenv("TFDS_DATA_DIR", str(tmp_path / "file" / "tfds"))
    with pytest.raises(ValueError, match="cannot be written to.*\n.*TFDS_DATA_DIR"):
        load_pets("train", "oxford")


def test_an_archive_that_lacks_a_picture_is_explained(server, pets):
    (pets / "images" / "pug_1.jpg").unlink()
    serve_pets(server, pets)
    with pytest.raises(ValueError, match="(?s)does not hold what it should.*pug_1.jpg"):
        load_pets("train", "oxford")
    assert not downloads.is_prepared("oxford_iiit_pet") and not leftovers()


def test_no_file_is_unpacked_outside_the_folder(server, pets, tmp_path):
    file = io.BytesIO(server.files["/images.tar.gz"])
    with tarfile.open(fileobj=file, mode="a") as tar:
        for name in ("../evil.txt", "images/../../evil.txt", f"{tmp_path}/evil.txt"):
            tar.addfile(tarfile.TarInfo(name), io.BytesIO())
        link = tarfile.TarInfo("images/link.jpg")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tar.addfile(link)
    server.files["/images.tar.gz"] = file.getvalue()
    load_pets("train", "oxford")
    assert not list(tmp_path.rglob("evil.txt"))
    assert not [path for path in tmp_path.rglob("*") if path.is_symlink()]


def test_two_programs_at_once_download_once(server, pets):
    results = []

    def prepare():
        results.append(downloads.prepared("oxford_iiit_pet"))

    threads = [threading.Thread(target=prepare) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 2
    assert server.requests["/images.tar.gz"] == 1


def test_prepared_data_that_are_damaged_are_named(pets):
    load_pets("train", "oxford")
    (file,) = downloads.data_folder().glob("oxford_iiit_pet/*/*-test.tfrecord*")
    file.write_bytes(file.read_bytes()[:-100])
    os.utime(file.with_name("dataset_info.json"), (1, 1))
    with pytest.raises(ValueError, match="(?s)oxford_iiit_pet.* is damaged.*Delete"):
        load_pets("train", "oxford")


def test_a_server_is_asked_whether_it_answers(server, monkeypatch):
    monkeypatch.setattr(oxford.Builder, "url_infos", {f"{server.address}/a": None})
    assert downloads.is_reachable("oxford_iiit_pet")
    server.http.shutdown()
    server.http.server_close()
    assert not downloads.is_reachable("oxford_iiit_pet")


def test_real_photographs_are_the_same_from_both(server):
    """Set COURSE_REAL_DATA to a folder in the layout of Oxford-IIIT Pet to run it."""
    folder = os.environ.get("COURSE_REAL_DATA")
    if not folder:
        pytest.skip("COURSE_REAL_DATA names no folder of photographs")
    serve_pets(server, Path(folder))
    for split in ("train", "validation", "test"):
        assert rows(load_pets(split, "oxford")) == rows(load_pets(split, folder))
