# SPDX-License-Identifier: BSD-2-Clause
"""The menu as a picture: in each mode and on each kind of screen what tesseract reads is what the menu says, and a key changes it."""
import pytest

from harness import flow, ocr

ODD_NAMES = ["Ünïcödé Ελλάδα Кириллица.iso", "日本語 漢字 한국어.iso", "نظام التشغيل.iso", "cafe\u0301 Ze\u030c.iso", "😀 🐧 penguin.iso"]
SELECTION = (0x1D, 0x4A, 0x47)  # of the dark palette
LIGHT_GROUND = (0xF3, 0xF5, 0xF8)
CONTROL = {"timeout": -1}


@pytest.fixture(scope="session")
def picture_stick(shop, guest):
    """make(theme) is a stick with forty images, some of them with names of all scripts."""
    source = guest("poweroff.img")
    names = [f"/images/machine-{n:02}.img" for n in range(35)] + [f"/{name}" for name in ODD_NAMES]
    options = [a for name in names for a in ("--add", f"{source}:{name}")]

    def make(theme, **more):
        return shop.make([], {"control": {**CONTROL, "default_image": "/images/machine-03.img"}, "theme": theme}, size="256M",
                         options=options, **more)
    return make


def bar_rows(picture):
    """The rows of pixels through which the bar goes."""
    x = picture.width // 4
    return [y for y in range(picture.height) if picture.getpixel((x, y)) == SELECTION]


def expect_selected(machine, path):
    machine.until("screen", lambda: flow.selected(machine) == path, f"{path} under the bar")


def check_menu(machine, size):
    """The list, a key, the filter, the help."""
    flow.to_menu(machine)
    expect_selected(machine, "/images/machine-03.img")
    picture = machine.screenshot("list.png")
    assert picture.size == size
    text = ocr.read(picture)
    for wanted in ("hiperiso", "HIPERISO", "40 images", "machine-01.img", "machine-04.img", "/images", "settings"):
        assert ocr.shows(text, wanted), f"{wanted} is not on the screen:\n{text}"
    before = bar_rows(picture)
    assert before and before == list(range(before[0], before[-1] + 1)), "the bar is not one band"
    machine.press("down")
    expect_selected(machine, "/images/machine-04.img")
    after = bar_rows(machine.screenshot("down.png"))
    assert after == [y + len(before) for y in before], "the bar is not one row further down"
    machine.type("penguin")
    expect_selected(machine, "/" + ODD_NAMES[4])
    text = ocr.read(machine.screenshot("filter.png"))
    assert ocr.shows(text, "penguin.iso") and ocr.shows(text, "1 of 40") and not ocr.shows(text, "machine-04.img")
    machine.press("esc")
    machine.press("f1")
    machine.wait_screen("screen", "returns to the menu")
    assert ocr.shows(ocr.read(machine.screenshot("help.png")), "this help")


SCREENS = [
    ("VGA", "auto", (1280, 800)),
    ("VGA", "800x600,auto", (800, 600)),
    ("virtio-gpu-pci", "1024x768", (1024, 768)),
    ("VGA,vgamem_mb=64", "3840x2160", (3840, 2160)),
]


@pytest.mark.parametrize("card, mode, size", [SCREENS[0], *(pytest.param(*s, marks=pytest.mark.full) for s in SCREENS[1:])])
def test_menu_is_drawn_in_the_mode_asked_for(start, picture_stick, card, mode, size):
    check_menu(start(picture_stick({"gfxmode": mode}), memory=512, vga_device=card), size)


@pytest.mark.full
def test_every_screen_is_a_picture(start, picture_stick):
    """List, tree, details, form, power, checksum, in the light look: what each is headed with is read."""
    machine = start(picture_stick({"look": "light"}), memory=512)
    flow.to_menu(machine)
    expect_selected(machine, "/images/machine-03.img")
    assert machine.screenshot("light.png").getpixel((2, 2)) == LIGHT_GROUND
    for key, serial, wanted in (("f3", "images", "35 images"), ("f7", "returns to the menu", "machine-03.img"),
                                ("f4", "forget", "Kernel line"), ("f10", "returns to the menu", "Restart"),
                                ("f6", "SHA-256", "SHA-256 of the image")):
        machine.press(key)
        machine.wait_screen("screen", serial)
        text = ocr.read(machine.screenshot(f"{key}.png"))
        assert ocr.shows(text, wanted), f"{key}: {wanted} is not on the screen:\n{text}"
        if key != "f3":
            machine.press("esc")
            machine.wait_text("screen", flow.MENU_READY)


@pytest.mark.full
def test_names_of_all_scripts_have_ink(start, picture_stick):
    """Each odd name, alone in the list: its row holds ink beyond the icon and the size, no name leaves its place."""
    machine = start(picture_stick({}), memory=512)
    flow.to_menu(machine)
    machine.serial.send(b"iso")
    machine.wait_screen("screen", "5 of 40")
    machine.serial_keys("home")
    machine.until("screen", lambda: (flow.selected(machine) or "").startswith("/caf"), "the first name")
    picture = machine.screenshot("scripts.png")
    text = ocr.read(picture)
    assert ocr.shows(text, "5 of 40") and text.count("iso") >= 5, text
    bar = bar_rows(picture)
    for n in range(5):
        top = bar[0] + n * len(bar)
        row = picture.crop((picture.width // 20, top, picture.width // 6, top + len(bar)))
        colours = row.getcolors(1 << 20)
        ground = max(colours)[1]
        ink = sum(count for count, colour in colours if sum(abs(a - b) for a, b in zip(colour, ground)) > 200)
        assert ink > 100, f"hardly any ink in row {n}: {ink} pixels"


@pytest.mark.full
def test_without_its_font_the_menu_is_text(start, shop, guest):
    payload = shop.payload_copy("no-font", lambda folder: (folder / "EFI/hiperiso/fonts/DejaVuSans.ttf").unlink())
    machine = start(shop.make([guest("poweroff.img")], {"control": CONTROL}, payload=payload), memory=512)
    flow.to_menu(machine)
    machine.wait_screen("screen", "The menu is shown as text: /EFI/hiperiso/fonts/DejaVuSans.ttf: not found")
    assert SELECTION not in {colour for _, colour in machine.screenshot().getcolors(1 << 24)}


@pytest.mark.full
@pytest.mark.parametrize("payload, size", [("keep", (1024, 768)), ("text", (1280, 800))])
def test_the_host_finds_the_mode_that_is_asked_for(start, shop, guest, payload, size):
    theme = {"gfxmode": "1024x768", "gfxpayload": payload}
    machine = start(shop.make([guest("hang.img")], {"control": {**CONTROL, "default_ram": 256}, "theme": theme}))
    flow.to_menu(machine)
    expect_selected(machine, "/hang.img")
    assert machine.screenshot("menu.png").size == (1024, 768)
    machine.press("enter")
    machine.wait_text("host", flow.HOST_READY)
    assert machine.screenshot("host.png").size == size


@pytest.mark.full
def test_reading_the_stick_again_keeps_the_picture(start, picture_stick):
    machine = start(picture_stick({"gfxmode": "800x600"}), memory=512)
    flow.to_menu(machine)
    machine.wait_text("screen", "Boots on")
    before = machine.screenshot("before.png")
    mark = machine.serial.mark()
    machine.press("f5")
    machine.wait_text("menu", "Boots on", mark)  # told anew; the rest of the serial screen has not changed
    expect_selected(machine, "/images/machine-03.img")
    machine.until("screen", lambda: list(machine.screenshot("after.png").getdata()) == list(before.getdata()), "the same picture")
    machine.press("ctrl-x")
    machine.wait_text("firmware", r"BdsDxe|Boot Manager|UEFI Interactive Shell|Boot Maintenance", mark)
    machine.until("firmware", lambda: machine.screenshot("firmware.png").size == (1280, 800), "the firmware's mode")
