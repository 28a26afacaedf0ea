"""Preparing the full data sets with TensorFlow Datasets."""

import contextlib
import errno
import functools
import os
import re
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import filelock
import requests
import tensorflow_datasets as tfds
from tensorflow_datasets.core.download import downloader

CONNECTION_ERRORS = (
    requests.exceptions.RequestException,
    tfds.download.DownloadError,
    ConnectionError,
)
CONNECTION_RETRIES = 4  # within 3 seconds; TFDS' own 10 keep one waiting for minutes
SILENCE = 60  # seconds after which a server that sends nothing counts as gone


def data_folder():
    """Returns where TensorFlow Datasets keeps its data: `TFDS_DATA_DIR`, or in home."""
    folder = os.environ.get("TFDS_DATA_DIR") or "~/tensorflow_datasets"
    return Path(folder).expanduser()


def is_prepared(name):
    """Tells whether data set `name` is there already, without loading anything."""
    return any((data_folder() / name).glob("[0-9]*/dataset_info.json"))


def is_reachable(name, seconds=5):
    """Tells whether the server of data set `name` answers."""
    address = urlsplit(next(iter(tfds.builder_cls(name).url_infos)))
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname, port), seconds).close()
    except OSError:
        return False
    return True


def prepared(name):
    """Returns the TFDS builder of data set `name`, downloading it the first time."""
    folder = data_folder()
    builder = tfds.builder(name, data_dir=folder)
    if _is_complete(builder):
        return builder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with filelock.FileLock(folder / f".{name}.lock"):
            builder = tfds.builder(name, data_dir=folder)  # another may have done it
            if not _is_complete(builder):
                _prepare(builder, folder / "downloads")
    except Exception as error:
        raise ValueError(_explanation(error, builder, folder)) from error
    return builder


def _is_complete(builder):
    """Tells whether the data are there: the info file is moved into place with them."""
    return (builder.data_path / "dataset_info.json").exists()


def _prepare(builder, folder):
    """Downloads and prepares, and leaves no unpacked files or halves in `folder`."""
    unpacked = folder / "extracted" / builder.name
    config = tfds.download.DownloadConfig(extract_dir=unpacked, try_download_gcs=False)
    retries = _replaced(downloader, "MAX_RETRIES", CONNECTION_RETRIES)
    request = functools.partialmethod(requests.Session.request, timeout=SILENCE)
    patience = _replaced(requests.Session, "request", request)

    def clear():
        for path in (unpacked, *folder.glob(f"{builder.name}/*.tmp.*")):
            shutil.rmtree(path, ignore_errors=True)

    clear()  # what a killed program left
    try:
        with retries, patience:
            builder.download_and_prepare(download_dir=folder, download_config=config)
    finally:
        clear()


@contextlib.contextmanager
def _replaced(owner, name, value):
    """Sets what TensorFlow Datasets has no argument for, and sets it back."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


def _explanation(error, builder, folder):
    """Says what broke and what to do about it."""
    chain = [error]
    while chain[-1].__cause__ or chain[-1].__context__:
        chain.append(chain[-1].__cause__ or chain[-1].__context__)
    numbers = {getattr(link, "errno", None) for link in chain}
    reasons = " ".join(f"{type(link).__name__} {link}" for link in chain)
    free = shutil.disk_usage(folder).free / 2**30 if folder.exists() else 0
    if "NonMatchingChecksum" in reasons:
        what, remedy = (
            "an archive is not the one its publisher made (the SHA-256 differs)",
            "Delete the file named above if it is in downloads/manual, then run again. "
            "If it happens twice, the server or a proxy sends something else: "
            "open the address in a browser to see what.",
        )
    elif errno.ENOSPC in numbers or re.search("No space|disk space", reasons):
        what, remedy = (
            f"the disk is full ({free:.1f} GiB free at {folder})",
            "Free some space (the pets need 2.4 GiB, the flowers 0.5), or set "
            "TFDS_DATA_DIR to a folder on a larger disk, then run again.",
        )
    elif numbers & {errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR}:
        what, remedy = (
            f"{folder} cannot be written to",
            "Set TFDS_DATA_DIR to a folder of your own, then run again.",
        )
    elif any(isinstance(link, CONNECTION_ERRORS) for link in chain):
        manual = folder / "downloads" / "manual"
        addresses = "; ".join(
            f"curl -L -C - -o '{manual / info.filename}' {url}"
            for url, info in builder.url_infos.items()
        )
        what, remedy = (
            "the download broke off",
            "Check the connection and run again: archives that were complete are kept, "
            "a broken one starts anew. On a slow line, fetch them with a program that "
            f"resumes, and run again: {addresses}.",
        )
    else:
        what, remedy = "an archive does not hold what it should", "Run again."
    return (
        f"{builder.name} could not be prepared: {what}. Nothing half-made is left. "
        f"The cause: {error}\n{remedy}\nOr work with the embedded sample: "
        'source="sample".'
    )
