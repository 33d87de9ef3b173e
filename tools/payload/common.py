# SPDX-License-Identifier: BSD-2-Clause
# What the parts of tools/runtime share: errors, running programs, hashing.
import hashlib
import os
import shutil
import subprocess

# Debian keeps depmod and friends out of an ordinary user's PATH.
SEARCH_PATH = os.environ.get("PATH", "") + ":/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"


class Failure(Exception):
    """One line for people: what, where, what to do."""


def find_program(name, package):
    path = shutil.which(name, path=SEARCH_PATH)
    if not path:
        raise Failure(f"{name} is not installed: run tools/setup, or install the package {package}")
    return path


def environment():
    """The caller's environment in the C locale; mksquashfs takes its times from options, not from SOURCE_DATE_EPOCH."""
    env = dict(os.environ, LC_ALL="C", PATH=SEARCH_PATH)
    env.pop("SOURCE_DATE_EPOCH", None)
    return env


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("E:")]
    return (errors or lines or ["no message"])[-1]


def run(argv, **options):
    """Standard output of ARGV as text; Failure with the program's own last line."""
    result = subprocess.run(argv, env=environment(), text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, check=False, **options)
    if result.returncode != 0:
        raise Failure(f"{os.path.basename(argv[0])}: {last_line(result.stderr or result.stdout)}")
    return result.stdout


def sha256_of(path):
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()
