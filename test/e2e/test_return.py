# SPDX-License-Identifier: BSD-2-Clause
"""A host that ends without a word, on a stick that starts its image by itself: the menu tells it and starts nothing again."""
import re

from harness import flow


def test_a_reset_while_the_guest_runs_does_not_start_it_again(start, shop, guest):
    stick = shop.make([guest("wait.img")], {"control": {"timeout": 0, "default_ram": 512, "default_cpus": 1}})
    machine = start(stick)
    machine.wait_text("bios guest", flow.guest_line("wait"))
    mark = machine.serial.mark()
    machine.qmp.command("system_reset")
    flow.to_menu(machine, mark, ("exit", "menu"))
    text = machine.serial.text(mark)
    assert re.search(r"wait\.img: the host ended without saying why", machine.serial.screen())
    assert not re.search(flow.COUNTDOWN, text) and not re.search(flow.HOST_READY, text)
    assert flow.selected(machine) == "/wait.img"
    mark = machine.serial.mark()
    machine.serial.send(b"\r")  # it starts when the user says so, and a wished end is told as such
    machine.wait_text("bios guest", flow.guest_line("wait"), mark)
    machine.serial.send(b"p")
    flow.back_at_menu(machine, mark)
    assert re.search(r"wait\.img: guest powered off after", machine.serial.screen())
