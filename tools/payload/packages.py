# SPDX-License-Identifier: BSD-2-Clause
# Finds and downloads distribution packages with apt, as if nothing were installed.
import hashlib
import os
import re
import subprocess
import sys
import time
import urllib.parse

from payload import contents
from payload.common import Failure, environment, find_program, run, sha256_of

SYSTEM_LISTS = "/var/lib/apt/lists"


def cache_folder(option):
    home = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    """The folder of downloads and results, made when missing."""
    path = option or os.environ.get("HIPERISO_CACHE") or os.path.join(home, "hiperiso")
    os.makedirs(path, exist_ok=True)
    return os.path.realpath(path)


class Package:
    """One binary package as the archive describes it."""

    def __init__(self, fields):
        self.name = fields["Package"]
        self.version = fields["Version"]
        self.architecture = fields["Architecture"]
        self.sha256 = fields["SHA256"]
        self.size = int(fields["Size"])
        # "Source: linux-signed-amd64 (6.1.192+2)"; absent where it equals the binary package.
        source = re.fullmatch(r"(\S+)(?: \((.+)\))?", fields.get("Source", self.name))
        self.source, self.source_version = source.group(1), source.group(2) or self.version
        self.depends = fields.get("Depends", "")

    def file_name(self):
        """What apt-get download calls the file."""
        version = urllib.parse.quote(self.version, safe="+-.~")
        return f"{self.name}_{version.replace('%3A', '%3a')}_{self.architecture}.deb"


class Archive:
    """apt with a cache of our own and an empty status file; reads LISTS_DIR (fetched by us, or the system's)."""

    def __init__(self, cache_dir, lists_dir):
        self.debs_dir = os.path.join(cache_dir, "debs")
        apt_dir = os.path.join(cache_dir, "apt")
        for path in (self.debs_dir, os.path.join(apt_dir, "archives", "partial"), os.path.join(cache_dir, "lists", "partial")):
            os.makedirs(path, exist_ok=True)
        status = os.path.join(apt_dir, "status")
        with open(status, "w", encoding="utf-8"):
            pass
        self.lists_dir = lists_dir
        self.options = []
        for option in (f"Dir::State::status={status}", f"Dir::State::lists={lists_dir}", f"Dir::Cache={apt_dir}",
                       "Debug::NoLocking=1", "APT::Sandbox::User=root", "APT::Architecture=amd64",
                       "APT::Architectures=amd64", "APT::Install-Recommends=0", "APT::Install-Suggests=0",
                       "APT::Get::AllowUnauthenticated=0", "Acquire::Retries=2", "Acquire::http::Timeout=20",
                       "Acquire::https::Timeout=20"):
            self.options += ["-o", option]
        self.apt_get = find_program("apt-get", "apt")
        self.apt_cache = find_program("apt-cache", "apt")

    def update(self):
        """Fetches the lists. Returns "" or what went wrong: apt ends well even without a network."""
        result = subprocess.run([self.apt_get, *self.options, "-qq", "update"], env=environment(), text=True,
                                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, check=False)
        lines = [line for line in result.stderr.splitlines() if line.startswith(("E: ", "W: ")) and "fetch" in line]
        return lines[0][3:] if lines else ""

    def show(self, names):
        text = run([self.apt_cache, *self.options, "show", "--no-all-versions", *names])
        packages = []
        for stanza in text.strip().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in stanza.splitlines() if re.match(r"[A-Za-z0-9-]+: ", line))
            packages.append(Package(fields))
        return packages

    def resolve(self):
        """(kernel package, all packages sorted by name)."""
        meta = self.show([contents.KERNEL_METAPACKAGE])[0]
        image = re.search(r"linux-image-\S+", meta.depends)
        if not image:
            raise Failure(f"{contents.KERNEL_METAPACKAGE} {meta.version} names no kernel image: it depends on '{meta.depends}'")
        plan = run([self.apt_get, *self.options, "-qq", "-s", "install", *contents.PACKAGES])
        chosen = re.findall(r"^Inst (\S+) \((\S+)", plan, re.MULTILINE)
        if not chosen:
            raise Failure("apt-get plans to install nothing: " + plan[:200])
        packages = self.show([image.group(0), *contents.FILE_PACKAGES] + [f"{name}={version}" for name, version in chosen])
        kernel = next(p for p in packages if p.name == image.group(0))
        return kernel, sorted(packages, key=lambda p: p.name)

    def path(self, package):
        return os.path.join(self.debs_dir, package.file_name())

    def download(self, packages):
        """Downloads what is not there yet; each file is checked against the archive's SHA-256."""
        missing = [p for p in packages if not os.path.exists(self.path(p)) or os.path.getsize(self.path(p)) != p.size]
        if missing:
            total = sum(p.size for p in missing)
            print(f"tools/runtime: downloading {len(missing)} packages, {total / 1e6:.0f} MB", file=sys.stderr)
            run([self.apt_get, *self.options, "-qq", "download", *[f"{p.name}={p.version}" for p in missing]], cwd=self.debs_dir)
        for package in packages:
            path = self.path(package)
            if sha256_of(path) != package.sha256:
                os.unlink(path)
                raise Failure(f"{path}: SHA-256 is not what the archive says; it was deleted, try again")

    def forget_others(self, packages):
        """Deletes downloads that PACKAGES no longer name."""
        keep = {p.file_name() for p in packages}
        for name in os.listdir(self.debs_dir):
            if name not in keep:
                os.unlink(os.path.join(self.debs_dir, name))


def lists_state(cache_dir):
    """Changes when package lists change, ours or the system's, or the sources they come from."""
    digest = hashlib.sha256()
    for folder in (SYSTEM_LISTS, os.path.join(cache_dir, "lists"), "/etc/apt", "/etc/apt/sources.list.d"):
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            continue
        for entry in entries:
            if entry.is_file():
                info = entry.stat()
                digest.update(f"{entry.path} {info.st_size} {info.st_mtime_ns}\n".encode())
    return digest.hexdigest()[:16]


def candidate_lists(cache_dir):
    """Where package lists may be read without the network: ours when they are newer than the system's."""
    own = os.path.join(cache_dir, "lists")
    stamp = os.path.join(cache_dir, "lists.stamp")
    try:
        own_time = os.stat(stamp).st_mtime
    except OSError:
        own_time = 0
    try:
        system_time = os.stat(SYSTEM_LISTS).st_mtime
    except OSError:
        system_time = 0
    order = [(own_time, own), (system_time, SYSTEM_LISTS)]
    return [path for when, path in sorted(order, reverse=True) if when]


def with_archive(cache_dir, update, action):
    """ACTION(archive) with the lists at hand; when it fails, or with UPDATE, once more with lists fetched into
    CACHE_DIR/lists. Nothing under /etc or /var changes. Returns (archive, what ACTION returned)."""
    for lists in [] if update else candidate_lists(cache_dir):
        archive = Archive(cache_dir, lists)
        try:
            return archive, action(archive)
        except Failure:
            continue  # the lists are absent, or name versions that the archive no longer has
    archive = Archive(cache_dir, os.path.join(cache_dir, "lists"))
    # A source of no interest may be out of reach: what matters is whether the packages are found.
    complaint = archive.update()
    try:
        result = action(archive)
    except Failure as problem:
        raise Failure(complaint) if complaint else problem from problem
    with open(os.path.join(cache_dir, "lists.stamp"), "w", encoding="utf-8") as stamp:
        stamp.write(time.strftime("%Y-%m-%d %H:%M:%S\n", time.gmtime()))
    return archive, result


def resolve(cache_dir, update, is_needed):
    """(archive, kernel, packages), everything downloaded if IS_NEEDED(packages)."""
    def action(archive):
        kernel, packages = archive.resolve()
        if is_needed(packages):
            archive.download(packages)
        return kernel, packages

    archive, (kernel, packages) = with_archive(cache_dir, update, action)
    return archive, kernel, packages


def fetch(cache_dir, names):
    """The .deb files of the packages NAMES, newest version each, without what they depend on: {name: path}."""
    def action(archive):
        packages = archive.show(names)
        archive.download(packages)
        return {package.name: archive.path(package) for package in packages}

    return with_archive(cache_dir, False, action)[1]
