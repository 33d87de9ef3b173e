# SPDX-License-Identifier: BSD-2-Clause
"""Every setting on its way from hiperiso.json through the loader and the kernel's command line to /init."""
import re
import shlex

from harness import flow
from harness.stick import Sessions

# Every key of `control` and `theme` with a value that is not the default; texts hold what must be escaped on the way.
CONTROL = {
    "timeout": 2, "default_image": "*OFF 日本*", "search_root": "/ISOs", "max_depth": 3,
    "default_ram": 300, "default_cpus": 1, "default_trace_level": "detailed", "default_display": "vnc", "default_vga": "virtio",
    "fallback_no_kvm": False, "net_dump": True, "default_tpm": True, "default_secure_boot": True,
    "default_cpu_features": ["avx2", "ssse3"], "default_qemu_extra_args": ["-name", "a b,c:d%25\"q\"", "käse"],
    "default_firmware": "uefi", "default_machine": "pc", "on_exit": "poweroff", "interactive": True,
    "default_trace_from": "login: 'x'", "default_trace_until": "12s", "vnc_listen": True, "log_max_mb": 100, "log_keep": 5,
}
THEME = {"file": "/hiperiso/themes/none/theme.txt", "gfxmode": "1024x768", "gfxpayload": "text"}
STICK_ONLY = {"timeout", "default_image", "search_root", "max_depth"}  # they end in the menu
IMAGE = "/ISOs/power OFF 日本.img"


def session_key(control_key):
    """The name of a setting in an override and in session.json."""
    return control_key.removeprefix("default_")


def test_every_setting_changed_at_once_reaches_init(start, shop, guest, product):
    stick = shop.make([guest("hang.img")], {"control": CONTROL, "theme": THEME}, options=["--allow-problems", "--add", f"{guest('poweroff.img')}:{IMAGE}"])
    machine = start(stick)
    machine.wait_text(("menu", "exit"), r"power OFF 日本\.img")  # search_root hides hang.img, default_image is not the first
    assert "hang.img" not in machine.serial.screen()
    machine.wait_text(("host", "exit"), flow.HOST_READY)
    # Secure Boot on a pc machine is the one thing of all these that cannot be: named, and the session has everything.
    machine.wait_text("session", "hiperiso: error: .*secure_boot needs machine q35")
    machine.wait_text("session", "reason +secure_boot needs machine q35")  # `interactive` is on: the rescue shell
    machine.wait_text("session", "/ # $")
    machine.serial.send(b"exit\r")
    machine.wait_exit(("end", "session", "exit"))
    about = Sessions(product, machine.stick_image()).only().json()
    assert about["end_reason"]["code"] == "settings-impossible"
    assert about["image"]["path"] == IMAGE
    found = {key: (value["value"], value["origin"]) for key, value in about["settings"].items()}
    wanted = {session_key(key): (value, "control") for key, value in CONTROL.items() if key not in STICK_ONLY}
    assert {key: found.get(key) for key in wanted} == wanted
    words = shlex.split(about["command_line"], posix=False)
    ours = [w for w in words if w.startswith("hiperiso_")]
    assert 10 < len(ours) <= 24 and len(about["command_line"]) <= 2047


def test_an_override_beats_control_and_is_named_as_origin(start, shop, guest, product):
    config = {"control": {"timeout": 0, "default_ram": 300, "default_cpus": 1, "on_exit": "poweroff"},
              "iso_overrides": {"*.qcow2": {"ram": 400}, "POWER*.img": {"ram": 200, "machine": "pc"}, "poweroff.img": {"ram": 500}}}
    machine = start(shop.make([guest("poweroff.img")], config))
    machine.wait_text(("menu", "host"), flow.HOST_READY)
    machine.wait_exit(("session", "bios guest", "end", "exit"))
    session = Sessions(product, machine.stick_image()).only()
    about = session.json()
    assert about["end_reason"]["code"] == "guest-poweroff"
    assert (about["settings"]["ram"]["value"], about["settings"]["ram"]["origin"]) == (200, "override")
    assert about["settings"]["machine"]["value"] == "pc" and about["settings"]["cpus"]["origin"] == "control"
    assert about["settings"]["firmware"]["origin"] == "default"
    assert re.search(r"\bpc\b", about["qemu_argv"][about["qemu_argv"].index("-machine") + 1])
    assert flow.guest_line("poweroff") in session.text("serial.log")
