# SPDX-License-Identifier: BSD-2-Clause
"""What every end-to-end test gets: machines that are ended and whose evidence is kept, sticks, guests, repeats of a known emulator bug."""
import os
import pathlib
import re
import shutil
import sys

import pytest

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from _pytest.runner import runtestprotocol  # noqa: E402

from harness.machine import Machine, MachineTimeout, OuterEmulatorBug  # noqa: E402
from harness.ready import ready_menu  # noqa: E402
from harness.stick import Product, StickShop  # noqa: E402
from images import guests, recipe  # noqa: E402

ATTEMPTS = 5
ATTEMPTS_IN_TIME = 3  # of a test that waited in vain: the emulator stands still in ways that are not all known


def pytest_addoption(parser):
    parser.addoption("--all", action="store_true", help="run the matrices too, not one test a link")


def pytest_configure(config):
    config.addinivalue_line("markers", "full: only with --all")
    config.addinivalue_line("markers", "alone: measures time; runs while no other machine does")


def pytest_collection_modifyitems(config, items):
    if config.getoption("--all"):
        return
    left_out = [item for item in items if item.get_closest_marker("full")]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_runtest_protocol(item, nextitem):
    """Runs a test; repeats it while the outer emulator dies of its own bug or stands still, and says each time why."""
    item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
    for attempt in range(1, ATTEMPTS + 1):
        item.repeat_reason = None
        reports = runtestprotocol(item, log=False, nextitem=nextitem)
        if not item.repeat_reason or attempt >= item.repeat_attempts:
            break
        item.user_properties.append(("repeated", item.repeat_reason))
        getattr(item, "_initrequest", lambda: None)()
    for report in reports:
        item.ihook.pytest_runtest_logreport(report=report)
    item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
    return True


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    outcome = yield
    report = outcome.get_result()
    setattr(item, "report_" + report.when, report)
    if call.excinfo and call.excinfo.errisinstance((OuterEmulatorBug, MachineTimeout)):
        item.repeat_attempts = ATTEMPTS if call.excinfo.errisinstance(OuterEmulatorBug) else ATTEMPTS_IN_TIME
        item.repeat_reason = str(call.excinfo.value).split("--- last serial lines")[0].strip()


def pytest_terminal_summary(terminalreporter):
    repeats = [(r.nodeid, reason) for reports in terminalreporter.stats.values() for r in reports
               if getattr(r, "when", "") == "call" for name, reason in getattr(r, "user_properties", ()) if name == "repeated"]
    for nodeid, reason in repeats:
        terminalreporter.write_line(f"repeated: {nodeid}: {reason}")
    terminalreporter.write_line(f"tests repeated because the outer emulator hit its own bug or nothing came in time: {len(repeats)}")


@pytest.fixture(scope="session")
def product():
    """The build under test."""
    return Product.find()


@pytest.fixture(scope="session")
def shared(tmp_path_factory, worker_id):
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    folder = (base if worker_id == "master" else base.parent) / "shared"
    folder.mkdir(exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def shop(product, shared):
    """Makes stick images, each once a run."""
    return StickShop(product, shared)


@pytest.fixture(scope="session")
def guest():
    """guest("grub-rescue.iso") is the path of a test guest; it is made when missing."""
    def find(name):
        return guests.ensure(name, recipe.cache_dir())[0]
    return find


@pytest.fixture
def results(request, product):
    """This test's folder under the results; it stays when the test fails or $HIPERISO_TEST_KEEP is set."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", request.node.nodeid.split("/")[-1]).strip("-")
    kept = product.results / name
    folder = pathlib.Path(os.environ.get("HIPERISO_TEST_FAST", product.results)) / name
    for old in (kept, folder):
        shutil.rmtree(old, ignore_errors=True)
    folder.mkdir(parents=True)
    yield folder
    failed = any(getattr(getattr(request.node, "report_" + when, None), "failed", False) for when in ("setup", "call"))
    for timings in sorted(folder.rglob("timings.txt")):
        with open(product.results / "timings.txt", "a", encoding="utf-8") as out:
            out.write("".join(f"{name}\t{line}" for line in timings.read_text().splitlines(True)))
    if failed:
        for big in [*folder.rglob("*.qcow2"), *folder.rglob("*.raw"), *folder.rglob("*.img")]:
            if big.is_file():  # a session's folder has its image's name
                big.unlink()
        print(f"evidence: {kept}")
    if folder != kept and (failed or os.environ.get("HIPERISO_TEST_KEEP")):
        shutil.copytree(folder, kept, symlinks=True, ignore=lambda at, names: [n for n in names if n.endswith(".sock")])
    if folder != kept or not (failed or os.environ.get("HIPERISO_TEST_KEEP")):
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def start(request, results, product):
    """start(disks, ...) starts a Machine that is ended with the test; its evidence is kept when the test fails."""
    machines = []

    def begin(disks=(), **options):
        machine = Machine(results / f"machine{len(machines)}", disks, **options)
        machines.append(machine)
        return machine

    yield begin
    report = getattr(request.node, "report_call", None)
    for machine in machines:
        if report is None or report.failed:
            machine.keep_evidence()
        machine.close()
        if (report is None or report.failed) and machine.overlays:
            product.keep_sessions(machine)


@pytest.fixture
def at_menu(start, shop):
    """at_menu(disks, ...) is start() for tests that are not about the firmware: the machine is at its ready menu."""
    def resume(disks, **options):
        return start(disks, snapshot=ready_menu(shop, disks, **options), **options)

    return resume
