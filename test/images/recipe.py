# SPDX-License-Identifier: BSD-2-Clause
"""What every recipe of a test guest shares: running commands, the cache folder, packages that are unpacked but not installed."""
import os
import pathlib
import shutil
import subprocess
import tempfile

HERE = pathlib.Path(__file__).resolve().parent


class RecipeError(Exception):
    """A guest could not be made; the text says what, where and what to do."""


def cache_dir():
    """The folder that holds finished guests: $HIPERISO_CACHE/test-images, made when missing."""
    base = os.environ.get("HIPERISO_CACHE")
    if not base:
        base = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "hiperiso")
    path = pathlib.Path(base) / "test-images"
    path.mkdir(parents=True, exist_ok=True)
    return path


def run(*argv, cwd=None, stdin=None, env=None):
    """Runs a command to its end; its output is in the error when it fails."""
    argv = [str(a) for a in argv]
    try:
        done = subprocess.run(argv, cwd=cwd, input=stdin, env=env, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
    except FileNotFoundError as error:
        raise RecipeError(f"{argv[0]}: not installed; run tools/setup --test") from error
    if done.returncode:
        tail = done.stdout.decode("utf-8", "replace")[-2000:]
        raise RecipeError(f"{' '.join(argv)}: exit code {done.returncode}\n{tail}")
    return done.stdout


def work_dir():
    """A temporary folder on a real disk, for use in a with statement."""
    return tempfile.TemporaryDirectory(prefix="hiperiso-image-", dir=os.environ.get("TMPDIR") or "/var/tmp")


def finish(source, target):
    """Moves a finished file to its name in the cache, so that a file that is there is whole."""
    part = target.with_name(target.name + ".part")
    shutil.copyfile(source, part)
    os.replace(part, target)
    return target


def unpack_package(package, folder):
    """Downloads a distribution package and unpacks it into FOLDER without installing it."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    run("apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", package, cwd=folder)
    debs = sorted(folder.glob(package + "_*.deb"))
    if not debs:
        raise RecipeError(f"apt-get download {package}: no {package}_*.deb in {folder}")
    run("dpkg-deb", "-x", debs[-1], folder / "root")
    return folder / "root"
