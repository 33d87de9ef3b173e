# SPDX-License-Identifier: BSD-2-Clause
"""What follows a guest on a stick that starts its image by itself: the menu tells how it ended and starts nothing again."""
import re
import time

from harness import flow
from harness.stick import Sessions

CONTROL = {"default_ram": 512, "default_cpus": 1}


def test_a_reset_while_the_guest_runs_does_not_start_it_again(start, shop, guest):
    stick = shop.make([guest("wait.img")], {"control": {**CONTROL, "timeout": 0}})
    machine = start(stick)
    machine.wait_text("bios guest", flow.guest_line("wait"))
    mark = machine.serial.mark()
    machine.qmp.command("system_reset")
    flow.to_menu(machine, mark, ("exit", "menu"))
    assert re.search(r"wait\.img: the host ended without saying why", machine.serial.screen())
    assert flow.selected(machine) == "/wait.img"
    flow.check_waiting(machine, mark)
    mark = machine.serial.mark()
    machine.serial.send(b"\r")  # it starts when the user says so, and a wished end is told as such
    machine.wait_text("bios guest", flow.guest_line("wait"), mark)
    machine.serial.send(b"p")
    flow.back_at_menu(machine, mark)
    assert re.search(r"wait\.img: guest powered off after", machine.serial.screen())


def test_no_countdown_after_a_guest(start, shop, guest, product):
    """The first countdown, which does start the guest, tells how long one takes on this machine; twice that passes unused."""
    seconds = 5
    machine = start(shop.make([guest("poweroff.img")], {"control": {**CONTROL, "timeout": seconds}}))
    machine.wait_text("menu", flow.COUNTDOWN)
    machine.wait_screen("menu", "Starting in 1 s")
    counted = time.monotonic() - machine.serial.time_of(flow.COUNTDOWN)
    machine.wait_text("host", flow.HOST_READY)
    mark = flow.wait_back(machine)
    flow.to_menu(machine, mark, ("exit", "menu"))
    ready, resets = time.monotonic(), machine.resets()
    machine.until(("menu", "menu"), lambda: time.monotonic() - ready > 2 * max(seconds, counted), "the time of two countdowns")
    assert re.search(r"poweroff\.img: guest powered off after", machine.serial.screen())
    assert flow.selected(machine) == "/poweroff.img"
    flow.check_waiting(machine, mark)
    assert machine.resets() == resets == 1
    assert Sessions(product, machine.stick_image()).only().json()["end_reason"]["code"] == "guest-poweroff"
