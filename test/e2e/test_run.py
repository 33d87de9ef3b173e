# SPDX-License-Identifier: BSD-2-Clause
"""`mkhiperiso run --pick`: what passes, and every exit code by a real cause; the README's recipes as they stand there."""
import hashlib
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ElementTree

import pytest

from harness import waits
from harness.machine import FIRMWARE_CODE, OUTER_BUG, MachineTimeout, OuterEmulatorBug, preload
from harness.stick import ROOT

IMAGES = ["grub-rescue.iso", "hang.img", "internal-error.img", "linux.iso", "panic.img", "poweroff.img", "reset.img", "uefi.iso",
          "wait.img", "debian-live.iso"]
LIVE = {"ram": 1024, "cpus": 2, "firmware": "bios"}
OPTIONS = ["--nested", "--bus", "virtio"]  # KVM of these machines cannot run firmware, and need not be tried each time
PASSED, FAILED, USAGE, CRASHED, ENDED, SKIPPED, MACHINE, TIMEOUT = 0, 1, 2, 3, 4, 77, 99, 124
RUN = ("menu", "host", "session", "grub", "end")


@pytest.fixture(scope="module")
def stick(shop, guest):
    """A stick with all guests."""
    config = {"control": {"timeout": -1, "default_ram": 512, "default_cpus": 1}, "iso_overrides": {"debian-live.iso": LIVE}}
    return shop.make([guest(name) for name in IMAGES], config)


def sha256(path):
    """Of a whole file, holes and all."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Runner:
    """Runs the tool as a user would, in a folder of its own."""

    def __init__(self, product, folder):
        self.product, self.folder = product, folder
        programs = folder / "bin"
        programs.mkdir()
        (programs / "mkhiperiso").symlink_to(product.mkhiperiso)
        (programs / "hiperiso-report").symlink_to(product.build / "trace/report/hiperiso-report")
        self.environment = {**os.environ, "LD_PRELOAD": str(preload()), "PATH": f"{programs}:{os.environ['PATH']}",
                            "HIPERISO_PAYLOAD": str(product.payload)}

    def __call__(self, *argv, limit=None, **environment):
        """The finished process; its output as text. It leaves nothing in the folder for temporary files."""
        scratch = pathlib.Path(tempfile.mkdtemp(prefix="hiperiso-"))  # a short name: sockets lie in it
        done = subprocess.run([str(a) for a in argv], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False, errors="replace",
                              env={**self.environment, "TMPDIR": str(scratch), **environment}, timeout=limit)
        (self.folder / "output.txt").open("a").write(f"$ {argv}\n{done.returncode}\n{done.stdout}{done.stderr}\n")
        scratch.rmdir()
        if OUTER_BUG in done.stdout + done.stderr:
            raise OuterEmulatorBug(OUTER_BUG)
        return done

    def run(self, stick, *argv, seconds=None, **environment):
        """mkhiperiso run STICK; its own limit of time is the harness's. A machine that failed is worth a retry: that of the test."""
        seconds = int(seconds or waits.limit(*RUN))
        done = self(self.product.mkhiperiso, "run", stick, *OPTIONS, "--timeout", seconds, "--boot-timeout", seconds, *argv, **environment)
        if done.returncode == MACHINE:
            raise OuterEmulatorBug(done.stdout + done.stderr)
        return done


@pytest.fixture
def runner(product, results):
    return Runner(product, results)


def check(done, code, *texts):
    """DONE ended with CODE and said TEXTS. The outer emulator stands still at times: then it has a second try, as everywhere."""
    if done.returncode == TIMEOUT != code:
        raise MachineTimeout(done.stdout + done.stderr)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    for text in texts:
        assert text in done.stdout + done.stderr, (text, done.stdout, done.stderr)


def test_a_picked_image_is_driven_and_leaves_record_picture_and_junit(runner, stick, results):
    junitparser = pytest.importorskip("junitparser")
    before = sha256(stick)
    done = runner.run(stick, "--pick", "grub-rescue.iso", "--expect", "GNU GRUB", "--send", "c", "--expect", "grub>", "--send", "echo a''b\\r",
                      "--expect", "re:^ab *$", "--set", "ram=640", "--junit", "boot.xml", "--session", "records", "--screenshot", "boot.png", "--report",
                      "boot.html")
    check(done, PASSED, "passed: /grub-rescue.iso")
    assert not done.stderr.strip(), done.stderr
    assert sha256(stick) == before
    (record,) = (results / "records").iterdir()
    about = json.loads((record / "session.json").read_text())
    assert about["end_reason"]["code"] == "user"
    assert about["settings"]["ram"]["value"] == 640 and about["settings"]["cpus"]["value"] == 1
    assert "GNU GRUB" in re.sub(r"\s+", " ", (record / "serial.log").read_text(errors="replace"))
    assert (results / "boot.png").read_bytes().startswith(b"\x89PNG")
    assert (results / "boot.html").read_text().startswith("<!DOCTYPE html>")
    shown = runner("hiperiso-report", "show", record, "--image", f"{stick}:/grub-rescue.iso")
    check(shown, PASSED, "/boot/grub/")  # the files that were read, found in the image on the stick
    suites = junitparser.JUnitXml.fromfile(str(results / "boot.xml"))
    assert (suites.tests, suites.failures, suites.errors) == (1, 0, 0)
    (case,) = [case for suite in suites for case in suite]
    assert case.name == "/grub-rescue.iso" and case.time > 1 and not case.result
    assert {p.name: p.value for p in case.child(junitparser.Properties)}["attachment:screenshot"] == "boot.png"
    assert "[[ATTACHMENT|boot.png]]" in case.system_out


@pytest.mark.full
def test_crash_reset_and_early_end_are_told_apart(runner, stick, results):
    junitparser = pytest.importorskip("junitparser")
    picks = [a for name in ("panic.img", "reset.img", "poweroff.img") for a in ("--pick", name)]
    done = runner.run(stick, *picks, "--expect", "guest", "--expect", "never comes", "--junit", "all.xml", "--tap",
                      seconds=waits.limit(*RUN) * 2)
    check(done, CRASHED, "TAP version 13", "not ok 1 - /panic.img", "last phase reached: loader; 1 of 2 steps done")
    suites = junitparser.JUnitXml.fromfile(str(results / "all.xml"))
    assert (suites.tests, suites.failures, suites.errors) == (3, 3, 0)
    kinds = [case.result[0].type for suite in suites for case in suite]
    if "timeout" in kinds or "the machine failed" in kinds:
        raise MachineTimeout(done.stdout + done.stderr)
    assert kinds == ["the guest crashed", "the guest crashed", "the guest ended early"]
    assert "it reset itself" in (results / "all.xml").read_text()


def readme_blocks(heading):
    """The indented blocks below a heading of the README, without their indentation."""
    text = (ROOT / "README.md").read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return ["\n".join(line[4:] for line in block.split("\n")).strip("\n") for block in re.findall(r"(?:^ {4}.*\n|^\n(?= {4}))+", text, re.M)]


def test_the_readmes_job_runs_as_it_stands(runner, guest, results):
    job, _ = readme_blocks("Testing what an image boots to")
    commands = re.findall(r"^    - (.*)$", job, re.M)
    assert len(commands) == 2
    shutil.copyfile(guest("login.iso"), results / "debian.iso")
    for command in commands:
        done = runner("sh", "-euc", command, limit=1000)
        if done.returncode == MACHINE:
            raise OuterEmulatorBug(done.stdout + done.stderr)
        check(done, PASSED)
    assert ElementTree.parse(results / "boot.xml").getroot().get("tests") == "1"
    for artifact in re.search(r"paths: \[(.*)\]", job).group(1).split(", "):
        assert (results / artifact).exists()
    (results / "stick.img").unlink()


@pytest.mark.full
def test_the_readmes_many_machines_run_as_they_stand(runner, guest, results):
    """On this machine alone. What fails runs again with the same command, what passed does not."""
    _, parallel = readme_blocks("Testing what an image boots to")
    (results / "machines").write_text(":\n")
    shutil.copyfile(guest("login.iso"), results / "debian.iso")
    shutil.copyfile(guest("poweroff.iso"), results / "broken.iso")  # it never says "login:"
    done = runner("bash", "-euc", parallel, limit=2000)
    log = [line.split("\t") for line in (results / "boots.log").read_text().splitlines()[1:]]
    codes = sorted(int(line[6]) for line in log)
    if MACHINE in codes:
        raise OuterEmulatorBug(done.stdout + done.stderr)
    if TIMEOUT in codes:
        raise MachineTimeout(done.stdout + done.stderr)
    assert codes == [PASSED, ENDED] and done.returncode == 1, (done.stdout, done.stderr)
    shutil.copyfile(guest("login.iso"), results / "broken.iso")
    check(runner("bash", "-euc", parallel, limit=2000), PASSED)
    assert len((results / "boots.log").read_text().splitlines()) == len(log) + 2  # its title, and one more run
    for image in results.glob("*.img"):
        image.unlink()


def test_wrong_usage_starts_nothing(runner, stick):
    begin = time.monotonic()
    for argv, text in [
        (["--pick", "nosuch.iso", "--expect", "x"], "holds no image nosuch.iso"),
        (["--pick", "*.img", "--expect", "x"], "give the path of one"),
        (["--pick", "hang.img"], "needs an --expect"),
        (["--pick", "hang.img", "--expect", "x", "--set", "rma=1"], "did you mean ram?"),
        (["--pick", "hang.img", "--expect", "x", "--tier", "a/b"], "trace_level"),
        (["--pick", "hang.img", "--expect", "re:("], "no regular expression"),
        (["--pick", "hang.img", "--expect", "x", "--allow", "y"], "none of panic"),
        (["--pick", "hang.img", "--expect", "x", "--report", "r.html"], "--report needs --session"),
    ]:
        check(runner.run(stick, *argv), USAGE, text)
    check(runner("mkhiperiso", "run", stick, "--expect", "x"), USAGE, "with --pick")
    assert time.monotonic() - begin < waits.limit("monitor") * 10


@pytest.mark.parametrize("hide, text", [
    ("mount --bind /dev/null /usr/bin/qemu-system-x86_64", "apt-get install qemu-system-x86"),
    ("mount --bind /dev/null /usr/bin/qemu-img", "apt-get install qemu-utils"),
    ("mount -t tmpfs none /usr/share/OVMF", "apt-get install ovmf"),
], ids=["qemu", "qemu-img", "ovmf"])
def test_a_computer_that_lacks_something_skips(runner, stick, hide, text):
    if runner("unshare", "-rm", "true").returncode:
        pytest.skip("no mount namespaces here")
    command = f'{hide} && exec mkhiperiso run "$0" --nested --pick hang.img --expect x'
    check(runner("unshare", "-rm", "sh", "-c", command, stick), SKIPPED, text)


def test_a_report_without_its_program_is_refused_at_once(runner, stick, results):
    few = results / "few"
    few.mkdir()
    for name in ("qemu-system-x86_64", "qemu-img"):
        (few / name).symlink_to(shutil.which(name))
    done = runner.run(stick, "--pick", "hang.img", "--expect", "x", "--session", "s", "--report", "r.html", PATH=str(few))
    check(done, USAGE, "hiperiso-report is not installed")


@pytest.mark.full
@pytest.mark.parametrize("argv, code, texts", [
    (["--pick", "hang.img", "--expect", "hang guest", "--expect", "never"], TIMEOUT, ['no "never" within', "1 of 2 steps done"]),
    (["--pick", "hang.img", "--reject", "hang guest", "--expect", "never"], FAILED, ['"hang guest" came']),
    (["--pick", "grub-rescue.iso", "--set", "cpu_features=nosuch", "--expect", "x"], FAILED, ["the image was not started", "reached: host"]),
    (["--pick", "internal-error.img", "--set", "vga=std", "--expect", "x"], CRASHED, ["KVM internal error"]),
    (["--pick", "reset.img", "--expect", "never"], CRASHED, ["it reset itself"]),
    (["--pick", "reset.img", "--allow", "reset", "--expect", "reset guest", "--expect", "reset guest"], PASSED, []),
    (["--pick", "wait.img", "--expect", "wait guest", "--send", "hello", "--expect", "hello", "--send", "p", "--expect", "x"], ENDED,
     ["guest powered off"]),
    (["--pick", "poweroff.img", "--expect", "p o w e r o f f guest"], PASSED, []),
], ids=["timeout", "reject", "refused", "internal-error", "reset", "allowed", "ended", "passed"])
def test_exit_codes(runner, stick, argv, code, texts):
    check(runner.run(stick, *argv, seconds=90 if code == TIMEOUT else None), code, *texts)


@pytest.mark.full
def test_guests_of_all_kinds_pass(runner, stick):
    check(runner.run(stick, "--pick", "uefi.iso", "--expect", "HIPERISO-TEST uefi guest", seconds=600), PASSED)
    check(runner.run(stick, "--pick", "debian-live.iso", "--expect", "live system login:", "--send", "poweroff\\r", "--expect",
                     "reboot: Power down", seconds=1200), PASSED)


@pytest.mark.full
def test_a_kernel_that_panics_is_a_crash(runner, stick):
    done = runner.run(stick, "--pick", "linux.iso", "--expect", "HIPERISO-TEST linux guest", "--send", "echo c > /proc/sysrq-trigger\\r",
                      "--expect", "never comes", seconds=900)
    check(done, CRASHED, "Kernel panic")


@pytest.mark.full
def test_a_broken_outer_firmware_is_the_machines_fault(runner, stick, results):
    firmware = results / "broken.fd"
    firmware.write_bytes(b"\xf4" * pathlib.Path(FIRMWARE_CODE).stat().st_size)  # hlt
    done = runner(runner.product.mkhiperiso, "run", stick, *OPTIONS, "--firmware", firmware, "--boot-timeout", "20", "--pick", "hang.img",
                  "--expect", "x")
    check(done, MACHINE, "no guest was started within 20 s", "last phase reached: firmware")


@pytest.mark.full
def test_a_killed_emulator_is_the_machines_fault_and_an_interrupt_leaves_nothing(runner, stick, results):
    def children(pid):
        return [int(c) for c in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]

    for what, code in ((signal.SIGKILL, MACHINE), (signal.SIGINT, 128 + signal.SIGINT)):
        scratch = pathlib.Path(tempfile.mkdtemp(prefix="hiperiso-"))  # a short name: sockets lie in it
        process = subprocess.Popen([str(runner.product.mkhiperiso), "run", str(stick), *OPTIONS, "--pick", "hang.img", "--expect", "x"],
                                   cwd=results, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                   env={**runner.environment, "TMPDIR": str(scratch)})
        deadline = time.monotonic() + waits.limit("menu")
        emulator = None
        while emulator is None and time.monotonic() < deadline:
            for case in children(process.pid):
                found = [c for c in children(case) if "qemu-system" in pathlib.Path(f"/proc/{c}/cmdline").read_text()]
                emulator = found[0] if found else None
            time.sleep(0.1)
        assert emulator
        time.sleep(2)
        if what == signal.SIGKILL:
            os.kill(emulator, signal.SIGKILL)
        else:
            process.send_signal(what)
        output, _ = process.communicate(timeout=waits.limit("exit") + 30)
        assert process.returncode == code, output
        scratch.rmdir()  # nothing is left in it
        assert not pathlib.Path(f"/proc/{emulator}").exists()


def results_of(runner, image, files, name):
    """Runs FILES of IMAGE, two at once; which of them passed. A good one may have failed by the time or the machine only."""
    picks = [a for file in files for a in ("--pick", file.name)]
    runner(runner.product.mkhiperiso, "run", image, *OPTIONS, *picks, "--jobs", "2", "--expect", "HIPERISO-TEST login:", "--reject",
           "No bootable device", "--timeout", int(60 * waits.scale() * waits.crowd()), "--junit", f"{name}.xml")
    suite = ElementTree.parse(runner.folder / f"{name}.xml").getroot()
    assert suite.get("tests") == str(len(files))
    passed = []
    for file, case in zip(files, suite.iter("testcase"), strict=True):
        assert case.get("name") == f"/{file.name}"
        kind = next((x.get("type") for x in case if x.tag in ("failure", "error")), None)
        if kind is None:
            passed.append(file)
        elif name.startswith("good"):
            assert kind in ("timeout", "the machine failed"), kind
    return passed


@pytest.mark.full
def test_twenty_good_images_pass_and_twenty_broken_ones_never(runner, shop, guest, results):
    folder = results / "images"
    folder.mkdir()
    good, broken = [], []
    iso = pathlib.Path(guest("login.iso")).read_bytes()
    for number in range(20):
        good.append(folder / f"good{number}.iso")
        good[-1].write_bytes(iso)
        # The boot sector lies where the catalogue says; its text or its code is damaged, or nobody finds it.
        at = iso.index(b"HIPERISO-TEST login:")
        damage = bytearray(iso)
        if number % 4 == 0:
            damage[at + 3 + number // 2] ^= 0x20  # another text
        elif number % 4 == 1:
            place = at // 512 * 512 + number  # it jumps to itself, sooner or later
            damage[at // 512 * 512:place + 2] = b"\x90" * number + b"\xeb\xfe"
        elif number % 4 == 2:
            damage[at // 512 * 512:at // 512 * 512 + 512] = bytes([number]) * 512  # nothing to run
        else:
            damage[17 * 2048:18 * 2048] = bytes([number]) * 2048  # no boot record volume descriptor (El Torito)
        broken.append(folder / f"broken{number}.iso")
        broken[-1].write_bytes(damage)
    config = {"control": {"timeout": -1, "default_ram": 256, "default_cpus": 1}, "iso_overrides": {"*": {"firmware": "bios"}}}
    image = shop.make([*good, *broken], config)
    assert not results_of(runner, image, broken, "broken")
    for attempt in range(3):  # the outer emulator stands still at times; nothing else is forgiven
        passed = results_of(runner, image, good, f"good{attempt}")
        good = [name for name in good if name not in passed]
        if not good:
            break
    assert not good


@pytest.mark.full
def test_a_guests_text_screen_is_read_and_typed_to(runner, shop, guest):
    image = shop.make([guest("memtest.iso")], {"control": {"timeout": -1, "default_ram": 512}})
    done = runner.run(image, "--pick", "memtest.iso", "--set", "display=gtk", "--set", "vga=std", "--set", "firmware=bios", "--expect",
                      "Memtest86+", "--expect", "re:CLK.*|Pass *[0-9]", "--screenshot", "memtest.png")
    check(done, PASSED)
    image = shop.make([guest("input.img")], {"control": {"timeout": -1, "default_ram": 512}})
    done = runner.run(image, "--pick", "input.img", "--set", "display=gtk", "--set", "vga=std", "--expect", "HIPERISO-TEST input guest",
                      "--send", "a", "--expect", "K1E")
    check(done, PASSED)


@pytest.mark.full
def test_valgrind_finds_nothing(runner, stick):
    done = runner("valgrind", "-q", "--error-exitcode=55", "--leak-check=full", "--errors-for-leak-kinds=definite", "--trace-children=no",
                  "--child-silent-after-fork=no", runner.product.mkhiperiso, "run", stick, *OPTIONS, "--pick", "poweroff.img", "--expect",
                  "poweroff guest", "--session", "records", "--junit", "v.xml", "--screenshot", "v.png")
    check(done, PASSED)
