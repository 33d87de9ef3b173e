# SPDX-License-Identifier: BSD-2-Clause
"""The Debian package and `meson install`: both bring a tool that works from where it lies."""
import os
import pathlib
import shutil
import subprocess

import pytest

from harness.machine import run_tool
from harness.stick import ROOT

pytestmark = pytest.mark.full
PROGRAMS = ["mkhiperiso", "hiperiso-report", "hiperiso-runtime"]
PAGES = ["man1/mkhiperiso.1", "man1/hiperiso-report.1", "man1/hiperiso-runtime.1", "man5/hiperiso.json.5", "man7/hiperiso.7"]


def check_tree(root, suffix):
    """ROOT holds what is installed; manual pages end with SUFFIX."""
    for name in PROGRAMS:
        assert os.access(root / "usr/bin" / name, os.X_OK)
    for name in PAGES:
        assert (root / "usr/share/man" / (name + suffix)).exists()
    for name in ("mkhiperiso", "hiperiso-report"):
        assert (root / "usr/share/bash-completion/completions" / name).exists()
    for name in ("init", "viewer", "hiperiso.efi", "tools/runtime", "tools/payload/contents.py", "config/layout.h"):
        assert (root / "usr/lib/hiperiso" / name).exists()
    assert (root / "usr/lib/hiperiso/trace/trace-standard.events").exists()
    assert run_tool(root / "usr/bin/mkhiperiso", "--version").startswith(b"mkhiperiso ")
    assert run_tool(root / "usr/bin/hiperiso-report", "--version").startswith(b"hiperiso-report ")
    # What builds the payload finds its parts there.
    assert b"--update" in run_tool(root / "usr/lib/hiperiso/tools/runtime", "--help")


def copy_sources(folder):
    """The project's files and the fetched sources of cJSON, nothing that was built."""
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "-z"], stdout=subprocess.PIPE, check=True).stdout.split(b"\0")
    for name in filter(None, names):
        target = folder / os.fsdecode(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / os.fsdecode(name), target)
    for name in ("packagecache", "packagefiles"):
        shutil.copytree(ROOT / "subprojects" / name, folder / "subprojects" / name, dirs_exist_ok=True)


def check_clean_machine(package, results):
    """PACKAGE installs where nothing but apt and what every system has is, brings what it needs, and its programs run there."""
    sources = [p for p in (pathlib.Path("/etc/apt/sources.list.d/debian.sources"), pathlib.Path("/etc/apt/sources.list"))
               if p.exists() and p.stat().st_size]
    if os.geteuid() != 0 or not sources:
        return  # a clean machine is made as root, from the system's own package sources
    root = results / "clean"
    run_tool("mmdebstrap", "--mode=root", "--variant=apt", "bookworm", root, sources[0])
    shutil.copy(package, root / "hiperiso.deb")
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    for argv in (["apt-get", "update", "-q"], ["apt-get", "install", "-y", "-q", "--no-install-recommends", "/hiperiso.deb"],
                 ["dpkg", "--audit"]):
        run_tool("chroot", root, "env", "DEBIAN_FRONTEND=noninteractive", *argv)
    for name in PROGRAMS[:2]:
        assert run_tool("chroot", root, name, "version").startswith(f"{name} ".encode())
    assert b"--update" in run_tool("chroot", root, "hiperiso-runtime", "--help")
    (root / "config.json").write_text('{"control": {"timeot": 1}}')
    done = subprocess.run(["chroot", root, "mkhiperiso", "check", "/config.json"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    assert done.returncode == 1 and b"did you mean timeout" in done.stdout, done.stdout
    run_tool("chroot", root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "purge", "-y", "-q", "hiperiso")
    assert not [p for p in root.glob("usr/**/*hiperiso*") if p.is_file()]


def test_the_package_builds_is_clean_and_installs_on_a_clean_machine(results):
    source = results / "hiperiso-0.1.0"
    copy_sources(source)
    subprocess.run(["dpkg-buildpackage", "-us", "-uc", "-b"], cwd=source, stdin=subprocess.DEVNULL, check=True,
                   stdout=open(results / "build.log", "wb"), stderr=subprocess.STDOUT, env={**os.environ, "DEB_BUILD_OPTIONS": "parallel=2"})
    (changes,) = results.glob("*.changes")
    done = subprocess.run(["lintian", "--fail-on", "error", changes], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    assert done.returncode == 0, done.stdout.decode()
    (package,) = results.glob("hiperiso_*.deb")
    run_tool("dpkg-deb", "-x", package, results / "root")
    check_tree(results / "root", ".gz")
    check_clean_machine(package, results)


def test_meson_installs_what_the_package_holds(results):
    run_tool("meson", "setup", "--prefix=/usr", "-Dtests=false", results / "build", ROOT)
    run_tool("ninja", "-C", results / "build")
    run_tool("env", f"DESTDIR={results / 'root'}", "meson", "install", "-C", results / "build", "--no-rebuild", "--skip-subprojects")
    check_tree(results / "root", "")
