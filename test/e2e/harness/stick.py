# SPDX-License-Identifier: BSD-2-Clause
"""The product's tools as the tests use them: mkhiperiso makes stick images and reads them back; damage is done by hand."""
import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import shutil
import subprocess

from harness.machine import MachineError, run_tool

ROOT = pathlib.Path(__file__).resolve().parents[3]
SECTOR = 512


class Product:
    """A build folder and what came out of it."""

    def __init__(self, build):
        self.build = pathlib.Path(build)
        self.results = self.build / "test-results"
        self.mkhiperiso = self.build / "tools/mkhiperiso/mkhiperiso"
        self.efi = self.build / "efi/hiperiso.efi"
        self.init = self.build / "initramfs/init"
        self.payload = pathlib.Path(os.environ.get("HIPERISO_PAYLOAD") or self.build / "payload")
        self.results.mkdir(parents=True, exist_ok=True)

    @classmethod
    def find(cls):
        """$HIPERISO_BUILD, else build/ in the project's root."""
        product = cls(os.environ.get("HIPERISO_BUILD") or ROOT / "build")
        for path, remedy in ((product.mkhiperiso, "ninja"), (product.payload / "EFI/hiperiso/vmlinuz", "ninja payload")):
            if not path.exists():
                raise MachineError(f"{path}: missing; run test/run, or {remedy} in the build folder")
        return product

    def tool(self, *argv, check=True):
        """Runs mkhiperiso; returns the finished process (stdout and stderr as bytes)."""
        done = subprocess.run([str(self.mkhiperiso), *(str(a) for a in argv)], stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if check and done.returncode:
            raise MachineError(f"mkhiperiso {' '.join(str(a) for a in argv)}: exit code {done.returncode}: "
                               f"{done.stderr.decode('utf-8', 'replace')[-1000:]}")
        return done

    def cat(self, image, path):
        """The bytes of a file on the data partition."""
        return self.tool("cat", image, path).stdout

    def ls(self, image, path="/"):
        """The lines that `mkhiperiso ls` prints."""
        return self.tool("ls", image, path).stdout.decode().splitlines()

    def keep_sessions(self, machine):
        """After a failure: copies every session's small files off the stick into the machine's folder."""
        with contextlib.suppress(MachineError, OSError):
            image = machine.stick_image()
            for session in Sessions(self, image).all():
                folder = machine.folder / "sessions" / session.name
                folder.mkdir(parents=True)
                for name in session.files:
                    (folder / name).write_bytes(session.read(name)[-4_000_000:])


class Session:
    """One session folder on a stick image."""

    def __init__(self, product, image, name):
        self.product, self.image, self.name = product, image, name
        self.files = product.ls(image, f"/hiperiso/logs/{name}")

    def read(self, file):
        return self.product.cat(self.image, f"/hiperiso/logs/{self.name}/{file}")

    def text(self, file):
        return self.read(file).decode("utf-8", "replace")

    def json(self):
        return json.loads(self.read("session.json"))


class Sessions:
    """All sessions on a stick image, oldest first."""

    def __init__(self, product, image):
        self.product, self.image = product, image

    def all(self):
        names = [line.rstrip("/") for line in self.product.ls(self.image, "/hiperiso/logs")]  # a stick always has the folder
        return [Session(self.product, self.image, name) for name in sorted(names)]

    def only(self):
        """The one session; an error when there are none or several."""
        found = self.all()
        if len(found) != 1:
            raise MachineError(f"{len(found)} sessions instead of one: {[s.name for s in found]}")
        return found[0]


class StickShop:
    """Makes stick images with mkhiperiso; equal requests are made once and shared by all workers."""

    def __init__(self, product, folder):
        self.product, self.folder = product, pathlib.Path(folder)

    @contextlib.contextmanager
    def lock(self, name):
        """One worker at a time."""
        with open(self.folder / f"{name}.lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def make(self, isos=(), config=None, size="1G", payload=None, options=(), alter=None):
        """The path of a stick image. config: a value written as JSON, bytes written as they are, or None for none given.
        alter: a function that damages the finished image; its name takes part in telling requests apart."""
        text = config if isinstance(config, bytes) or config is None else json.dumps(config, indent=1).encode()
        request = repr(([str(i) for i in isos], text, size, str(payload), list(options), alter and alter.__qualname__))
        name = hashlib.sha256(request.encode()).hexdigest()[:16]
        image = self.folder / f"{name}.img"
        with self.lock(name):
            if not image.exists():
                part = self.folder / f"{name}.part"
                part.unlink(missing_ok=True)
                argv = ["image", part, "--size", size, "--payload", payload or self.product.payload, *options]
                for iso in isos:
                    argv += ["--iso", iso]
                if text is not None:
                    file = self.folder / f"{name}.json"
                    file.write_bytes(text)
                    argv += ["--config", file]
                self.product.tool(*argv)
                if alter:
                    alter(part)
                part.rename(image)
        return image

    def payload_copy(self, name, change):
        """A copy of the payload that CHANGE(folder) has altered, made once under NAME."""
        target = self.folder / f"payload-{name}"
        with self.lock(target.name):
            if not target.exists():
                part = self.folder / f"payload-{name}.part"
                shutil.rmtree(part, ignore_errors=True)
                shutil.copytree(self.product.payload, part)
                change(part)
                part.rename(target)
        return target


def partitions(image):
    """[(first byte, byte count, name)] as sgdisk's relative, sfdisk, reads the table: an oracle that is not ours."""
    table = json.loads(run_tool("sfdisk", "--json", image))["partitiontable"]
    unit = table.get("sectorsize", SECTOR)
    return [(p["start"] * unit, p["size"] * unit, p.get("name", "")) for p in table["partitions"]]


def extract(image, index, target):
    """Copies partition INDEX (0 = data, 1 = ESP) into a sparse file."""
    start, size, _ = partitions(image)[index]
    with open(image, "rb") as source, open(target, "wb") as out:
        out.truncate(size)
        done = 0
        while done < size:
            source.seek(start + done)
            block = source.read(min(1 << 20, size - done))
            if not block:
                break
            if block.count(0) != len(block):
                out.seek(done)
                out.write(block)
            done += len(block)
    return target


def fsck_exfat(image, folder):
    """Runs fsck.exfat -n over a stick image's data partition; returns (exit code, output)."""
    part = pathlib.Path(folder) / "data.raw"
    extract(image, 0, part)
    done = subprocess.run(["fsck.exfat", "-n", str(part)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    part.unlink()
    return done.returncode, done.stdout.decode("utf-8", "replace")


def esp_address(image):
    """mtools' name for the ESP inside a stick image."""
    return f"{image}@@{partitions(image)[1][0]}"
