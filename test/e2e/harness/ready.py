# SPDX-License-Identifier: BSD-2-Clause
"""Machines saved while they wait in the menu, each once a run: where tests start that are not about the firmware."""
import hashlib
import shutil

from harness import flow
from harness.machine import Machine, Snapshot


def ready_menu(shop, disks, **options):
    """The Snapshot of a machine with DISKS (files that stay as they are) and OPTIONS, both as Machine takes them."""
    request = hashlib.sha256(repr((str(disks), sorted(options.items()))).encode()).hexdigest()[:16]
    folder = shop.folder / f"menu-{request}"
    with shop.lock(folder.name):
        if not folder.exists():
            machine = Machine(shop.folder / f"{folder.name}.machine", disks, **options)
            try:
                flow.to_menu(machine)
                machine.until("screen", lambda: flow.selected(machine), "an entry under the bar")
                machine.snapshot(folder)
            finally:
                machine.close()
            shutil.rmtree(machine.folder)
    return Snapshot(folder)
