# SPDX-License-Identifier: BSD-2-Clause
"""Builds, runs the unit tests and fuzz replays (meson) and the end-to-end tests (pytest), and adds up what they say."""
import argparse
import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[1]
BUILD = pathlib.Path(os.environ.get("HIPERISO_BUILD") or ROOT / "build").resolve()
PYTHON = "/usr/bin/python3"
MACHINES = 2  # at a time, each of two emulated processors
SHARED_MEMORY = pathlib.Path("/dev/shm")
MEMORY_FOR_DISKS = 14 << 30  # 2 machines of 3 GiB, and all sticks, snapshots and overlays of a run

PRODUCT = ("efi/hiperiso.efi", "initramfs/init", "initramfs/viewer/viewer", "tools/mkhiperiso/mkhiperiso")
GOOD = ("OK", "EXPECTEDFAIL")
SKIPPED = ("SKIP",)


class Tally:
    """What passed, failed and was skipped, with a line for each of the latter two."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.lines = []

    def add(self, name, outcome, detail=""):
        """OUTCOME: passed, failed or skipped."""
        setattr(self, outcome, getattr(self, outcome) + 1)
        if outcome != "passed":
            self.lines.append(f"{outcome}: {name}{': ' if detail else ''}{detail}")


def say(text):
    """A line between the tools' own output."""
    print(f"test/run: {text}", flush=True)


def run(argv, **options):
    """Runs a program to its end, its output on ours; the exit code."""
    return subprocess.run([str(a) for a in argv], stdin=subprocess.DEVNULL, check=False, **options).returncode


def build(tally):
    """meson, ninja and the payload. False when there is nothing to test."""
    if not (BUILD / "build.ninja").exists() and run(["meson", "setup", BUILD, ROOT]):
        tally.add("meson setup", "failed", str(BUILD / "meson-logs/meson-log.txt"))
        return False
    for step in (["ninja", "-C", BUILD], ["ninja", "-C", BUILD, "payload"]):
        if run(step):
            tally.add(" ".join(map(str, step)), "failed")
            return False
    return True


def skip_reason(output):
    """The line in which a test that ended with 77 says why."""
    lines = [line.strip() for line in (output or "").splitlines() if line.strip()]
    return next((line for line in lines if "skip" in line.lower()), lines[-1] if lines else "no reason given")


def parts_skipped(output):
    """The cases that a cmocka program left out, each with the line before that says why."""
    last = "no reason given"
    for line in output.splitlines():
        skipped = re.match(r"\[  SKIPPED \] (\w+)$", line)
        if skipped:
            yield skipped.group(1), last
        elif not line.startswith("["):
            last = line.strip() or last


def clang(tally):
    """The product built by the other compiler; the ordinary build is gcc's."""
    folder = BUILD / "clang"
    ready = (folder / "build.ninja").exists() or not run(
        ["meson", "setup", "-Db_lundef=false", folder, ROOT], env={**os.environ, "CC": "clang"}, stdout=subprocess.DEVNULL)
    tally.add("clang builds the product", "passed" if ready and not run(["ninja", "-C", folder, *PRODUCT]) else "failed")


def unit(tally, words):
    """The sanitized unit tests and the replay of the fuzz corpora."""
    log = BUILD / "meson-logs/testlog.json"
    log.unlink(missing_ok=True)
    code = run(["meson", "test", "-C", BUILD, "--no-rebuild", "--print-errorlogs", "--timeout-multiplier", 4,
                "--num-processes", os.cpu_count() or 1, *words])
    found = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
    for line in found:
        test = json.loads(line)
        for case, reason in parts_skipped(test.get("stdout") or ""):
            tally.add(f"{test['name']}: {case}", "skipped", reason)
        if test["result"] in GOOD:
            tally.add(test["name"], "passed")
        elif test["result"] in SKIPPED:
            tally.add(test["name"], "skipped", skip_reason((test.get("stdout") or "") + (test.get("stderr") or "")))
        else:
            tally.add(test["name"], "failed", f"{test['result']}, {log.with_suffix('.txt')}")
    if code and not found:
        tally.add("meson test", "failed", f"exit code {code}")


@contextlib.contextmanager
def fast_folder():
    """A folder in memory for the machines' disks, so that a slow disk here is no slow stick there; None without the room."""
    for left in SHARED_MEMORY.glob("hiperiso-test-*"):  # of a run that was killed
        if not pathlib.Path("/proc", left.name.rsplit("-", 1)[1]).exists():
            shutil.rmtree(left, ignore_errors=True)
    memory = dict(line.split(":") for line in pathlib.Path("/proc/meminfo").read_text(encoding="ascii").splitlines())
    room = min(int(memory["MemAvailable"].split()[0]) << 10, shutil.disk_usage(SHARED_MEMORY).free if SHARED_MEMORY.is_mount() else 0)
    if room < MEMORY_FOR_DISKS:
        say(f"the machines' disks lie in {BUILD}: {room >> 30} GiB of memory are free, {MEMORY_FOR_DISKS >> 30} would do")
        yield None
        return
    folder = SHARED_MEMORY / f"hiperiso-test-{os.getpid()}"
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def end_to_end(tally, options, fast):
    """pytest over test/e2e; what measures time (marked `alone`) runs after the rest, by itself."""
    environment = {**os.environ, "HIPERISO_BUILD": str(BUILD), "PYTHONDONTWRITEBYTECODE": "1"}
    if fast:
        environment["HIPERISO_TEST_FAST"] = str(fast)
    parts = [("machines", "not alone", ["-n", str(MACHINES), "--dist", "load"]), ("alone", "alone", [])]
    for name, marks, more in parts:
        report = BUILD / f"test-results/{name}.xml"
        report.parent.mkdir(parents=True, exist_ok=True)
        report.unlink(missing_ok=True)
        argv = [PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-m", marks, f"--junit-xml={report}", "--durations=10", *more]
        if options.all:
            argv.append("--all")
        if fast:
            argv.append(f"--basetemp={fast / name}")
        if options.k:
            argv += ["-k", options.k]
        code = run(argv, cwd=ROOT / "test/e2e", env=environment)
        cases = list(ElementTree.parse(report).iter("testcase")) if report.exists() else []
        for case in cases:
            label = f"{case.get('classname')}::{case.get('name')}"
            skip = case.find("skipped")
            wrong = [e for e in case if e.tag in ("failure", "error")]
            if wrong:
                tally.add(label, "failed", (wrong[0].get("message") or "").split("\n")[0][:200])
            elif skip is not None:
                tally.add(label, "skipped", skip.get("message") or "")
            else:
                tally.add(label, "passed")
        if code not in (0, 1, 5) or (code == 1 and not cases):  # 5: nothing has these marks
            tally.add(f"pytest ({name})", "failed", f"exit code {code}")


def main():
    """Everything, or the part that was asked for."""
    parser = argparse.ArgumentParser(prog="test/run", description=__doc__)
    parser.add_argument("--all", action="store_true", help="the full matrices too: no limit of time")
    parser.add_argument("--unit", action="store_true", help="only unit tests and fuzz replays")
    parser.add_argument("--e2e", action="store_true", help="only end-to-end tests")
    parser.add_argument("-k", metavar="WORDS", help="end-to-end tests whose names match (pytest -k); leaves out the unit tests")
    options = parser.parse_args()
    tally = Tally()
    begin = time.monotonic()
    if build(tally):
        if not options.e2e and not options.k:
            clang(tally)
            unit(tally, [])
        if not options.unit:
            with fast_folder() as fast:
                end_to_end(tally, options, fast)
    minutes = (time.monotonic() - begin) / 60
    for line in tally.lines:
        print(line)
    say(f"{minutes:.1f} minutes; results in {BUILD / 'test-results'}")
    print(f"{tally.passed} passed, {tally.failed} failed, {tally.skipped} skipped", flush=True)
    return 1 if tally.failed or not tally.passed else 0


if __name__ == "__main__":
    sys.exit(main())
