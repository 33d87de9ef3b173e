# SPDX-License-Identifier: BSD-2-Clause
"""What is wrong with a configuration: in the menu, in its list (F2, Ctrl-P), before a start, and from mkhiperiso check."""
from harness import flow

CONFIG = b"""{
    "control": {"timeout": -1, "default_ram": 12, "defualt_cpus": 2},
    "menu_alias": [{"iso": "/hang.img"}],
    "iso_overrides": {"power*": "absent", "win[": {"ram": 4096}}
}
"""
LINES = [
    "hiperiso.json:2:47: control.default_ram: 12 is below the minimum 128",
    "hiperiso.json:2:51: control.defualt_cpus: unknown key; did you mean default_cpus?",
    "hiperiso.json:3:20: menu_alias[0]: alias is missing; write {\"iso\": \"/PATH\", \"alias\": \"TEXT\"}",
    "hiperiso.json:4:43: iso_overrides[\"win[\"]: [ without ]; correct the pattern, it matches nothing",
    "hiperiso.json:4:33: iso_overrides[\"power*\"]: template absent: there is no /hiperiso/iso_overrides/absent.json: "
    "correct the name or put the file there",
]
HEADING = "Problems in the configuration"


def words(screen):
    """The text without the places where a narrow screen breaks it."""
    return " ".join(screen.split())


def check_list(machine):
    machine.until("screen", lambda: all(text in words(machine.serial.screen()) for text in [HEADING, *LINES]), "the list of problems")


def test_problems_are_listed_and_a_missing_template_starts_nothing(start, shop, guest, product):
    stick = shop.make([guest("poweroff.img"), guest("hang.img")], CONFIG, options=["--allow-problems"])
    done = product.tool("check", stick, check=False)
    assert done.returncode == 1 and done.stdout.decode().splitlines() == LINES
    machine = start(stick)
    flow.to_menu(machine)
    assert "5 problems in hiperiso.json (F2)" in machine.serial.screen() and LINES[0] in words(machine.serial.screen())
    machine.press("f2")
    check_list(machine)
    machine.screenshot("problems.png")
    machine.press("esc")
    machine.until("screen", lambda: flow.MENU_READY in machine.serial.screen(), "the menu")
    machine.serial.send(b"\x10")
    check_list(machine)
    machine.serial.send(b"\x10")
    machine.until("screen", lambda: flow.MENU_READY in machine.serial.screen(), "the menu")
    flow.select(machine, "poweroff.img")
    for _ in range(2):  # the second Enter returns to the menu, starts nothing
        machine.serial_keys("enter")
        wanted = ["poweroff.img was not started", LINES[4], "Press any key"]
        machine.until("screen", lambda: all(text in words(machine.serial.screen()) for text in wanted), "the refusal")
        machine.serial_keys("enter")
        machine.until("screen", lambda: flow.MENU_READY in machine.serial.screen(), "the menu")
    assert machine.resets() == 0
