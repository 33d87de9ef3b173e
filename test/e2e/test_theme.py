# SPDX-License-Identifier: BSD-2-Clause
"""GRUB's themes: the menu drawn by public themes beside GRUB itself with the same theme, entries and screen; broken themes."""
import pathlib
import re
import time

import pytest
from PIL import Image, ImageChops, ImageDraw

from harness import flow, grub
from harness.machine import MachineError, run_tool

MODE = (1024, 768)
TITLES = ["1 Debian GNU/Linux", "2 Advanced options for Debian", "3 memtest86+", "4 Ünïcødé 東京"]
SELECTED = 1
THEMES = "/hiperiso/themes"
DEJAVU = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"
# How far the two may differ: rounding of what is blended.
LEVELS = 2
STEADY_S = 2
DRAWN_PIXELS = 2000  # the plainest theme with four entries has more


def folder_files(source, target):
    """{path on the stick: file} for the pictures, fonts and the text of a theme's folder."""
    source = pathlib.Path(source)
    if not source.is_dir():
        raise MachineError(f"{source}: missing; run tools/setup --test")
    return {f"{target}/{path.name}": path for path in sorted(source.iterdir()) if path.suffix in (".png", ".pf2", ".txt", ".jpg", ".tga")}


def picture(results, name, width=640, height=480):
    """A gradient: what splash pictures are replaced by, since they come with an image, not with its theme."""
    target = results / name
    Image.linear_gradient("L").resize((width, height)).convert("RGB").save(target)
    return target


def font(results, name, *options):
    """A font made as the theme's own build makes it."""
    target = results / name
    run_tool("grub-mkfont", *options, "-o", target, DEJAVU)
    return target


def starfield(_results):
    return folder_files("/usr/share/grub/themes/starfield", f"{THEMES}/starfield"), f"{THEMES}/starfield/theme.txt"


def breeze(_results):
    return folder_files("/usr/share/grub/themes/breeze", f"{THEMES}/breeze"), f"{THEMES}/breeze/theme.txt"


def live(results):
    """live-build's: names a picture in the folder above."""
    files = folder_files("/usr/share/live/build/bootloaders/grub-pc/live-theme", f"{THEMES}/live-theme")
    files[f"{THEMES}/splash.png"] = picture(results, "splash.png")
    return files, f"{THEMES}/live-theme/theme.txt"


def dmm(results):
    """dmm-utils': its font is made when the image is."""
    files = folder_files("/usr/share/doc/dmm-utils/examples/debian_template/boot/grub/themes/debian", f"{THEMES}/dmm")
    files[f"{THEMES}/dmm/cantarell.pf2"] = font(results, "cantarell.pf2", "--size=24", "--name=Cantarell")
    return files, f"{THEMES}/dmm/theme.txt"


def debian_cd(results):
    """debian-cd's: a template for the C preprocessor; its picture is named from the root."""
    template = pathlib.Path("/usr/share/debian-cd/data/bookworm/grub-theme.in")
    text = run_tool("cpp", "-P", "-traditional", '-DTITLE="Debian 12"', '-DMENU0="Main menu"', '-DMENU1="Advanced options"', template)
    (results / "theme.txt").write_bytes(text)
    files = {f"{THEMES}/debian-cd/theme.txt": results / "theme.txt",
             f"{THEMES}/debian-cd/hl_c.png": template.parent / "hl_c.png",
             f"{THEMES}/debian-cd/sans12.pf2": font(results, "sans12.pf2", "--size=12", "--name=Sans"),
             f"{THEMES}/debian-cd/sans16.pf2": font(results, "sans16.pf2", "--size=16", "--name=Sans"),
             "/isolinux/splash.png": picture(results, "splash.png")}
    return files, f"{THEMES}/debian-cd/theme.txt"


# Bands of the screen, in pixels, whose text says what is different: the program's name where a theme has no title of its own,
# and the keys.
CASES = {
    "starfield": (starfield, [(30, 70), (740, 768)]),
    "breeze": (breeze, []),
    "live": (live, [(715, 745)]),
    "dmm": (dmm, []),
    "debian-cd": (debian_cd, []),
}


def steady(machine, name, is_there):
    """The screen once it is of the right size, IS_THERE says that it is drawn, and it has not changed for a while."""
    last = {"bytes": b"", "since": 0.0}

    def question():
        shot = machine.screenshot(name)
        if shot.size != MODE or not is_there(shot):
            return None
        if shot.tobytes() != last["bytes"]:
            last.update(bytes=shot.tobytes(), since=time.monotonic())
        return shot if time.monotonic() - last["since"] >= STEADY_S else None

    return machine.until("menu", question, f"a steady picture ({name})")


def has_menu(shot):
    """Is there more than a few dots of text or noise?"""
    background = Image.new("RGB", shot.size, shot.getpixel((0, 0)))
    drawn = ImageChops.difference(shot, background).convert("L").point(lambda value: 255 if value else 0)
    return drawn.histogram()[255] >= DRAWN_PIXELS


def difference(ours, theirs, bands):
    """The greatest difference of a channel, and how many pixels differ by more than LEVELS."""
    both = ImageChops.difference(ours, theirs)
    for top, bottom in bands:
        ImageDraw.Draw(both).rectangle((0, top, MODE[0], bottom), fill=0)
    worst = max(high for _, high in both.getextrema())
    over = both.point(lambda value: 255 if value > LEVELS else 0).convert("L").point(lambda value: 255 if value else 0)
    return worst, over.histogram()[255]


def make_stick(shop, guest, files, theme, control=None):
    """A stick with four images under TITLES and the theme's files."""
    source = guest("poweroff.img")
    options = []
    for path, file in files.items():
        options += ["--add", f"{file}:{path}"]
    for number in range(len(TITLES)):
        options += ["--add", f"{source}:/{number}.img"]
    config = {
        "control": {"timeout": -1, "default_image": f"/{SELECTED}.img", **(control or {})},
        "theme": {"file": theme, "gfxmode": f"{MODE[0]}x{MODE[1]}"},
        "menu_alias": [{"iso": f"/{n}.img", "alias": title} for n, title in enumerate(TITLES)],
    }
    return shop.make([], config, size="256M", options=options)


@pytest.mark.parametrize("name", ["starfield", "live", *(pytest.param(n, marks=pytest.mark.full) for n in ("breeze", "dmm", "debian-cd"))])
def test_theme_looks_as_in_grub(start, shop, guest, results, name):
    make, bands = CASES[name]
    files, theme = make(results)
    machine = start(grub.make_disk(results / "grub", files, theme, TITLES, SELECTED, "x".join(map(str, MODE))), memory=512)
    theirs = steady(machine, "grub.png", has_menu)
    machine.close()

    machine = start(make_stick(shop, guest, files, theme), memory=512)
    flow.to_menu(machine)
    ours = steady(machine, "hiperiso.png", has_menu)
    theirs.save(results / f"{name}-grub.png")
    ours.save(results / f"{name}-hiperiso.png")
    worst, count = difference(ours, theirs, bands)
    print(f"{name}: greatest difference of a channel {worst}, pixels above {LEVELS}: {count}")
    assert count == 0, f"{count} pixels differ by more than {LEVELS}, the worst by {worst}: see {results}"


def test_keys_move_in_the_theme_and_dialogues_are_its_terminal(start, shop, guest, results):
    files, theme = starfield(results)
    machine = start(make_stick(shop, guest, files, theme), memory=512)
    flow.to_menu(machine)
    first = steady(machine, "first.png", has_menu)
    machine.press("down")
    machine.until("screen", lambda: flow.selected(machine) == f"/{SELECTED + 1}.img", "the next entry under the bar")
    second = steady(machine, "second.png", lambda shot: shot.tobytes() != first.tobytes())
    machine.press("f1")
    machine.wait_screen("screen", "Keys and hints")
    steady(machine, "help.png", lambda shot: shot.getpixel((MODE[0] // 2, MODE[1] // 2)) == (0, 0, 0))
    machine.press("esc")
    again = steady(machine, "again.png", lambda shot: shot.tobytes() == second.tobytes())
    machine.press("up")
    steady(machine, "back.png", lambda shot: shot.tobytes() == first.tobytes())
    assert again.size == MODE


BROKEN = {
    "colour": ('+ boot_menu {\n  left = 10%\n  item_color = "grenn"\n}\n', r"theme\.txt:3:\d+: item_color: \"grenn\" is no colour"),
    "picture": ('desktop-image: "nowhere.png"\n+ boot_menu { }\n', r"theme\.txt:1:\d+: desktop-image: \S*nowhere\.png: not found"),
    "object": ("+ bootmenu { }\n", r"theme\.txt:1:3: there is no object of type \"bootmenu\""),
    "menu": ('+ label { text = "x" }\n', r"theme\.txt: no boot_menu"),
}


@pytest.mark.parametrize("name", ["colour", *(pytest.param(n, marks=pytest.mark.full) for n in ("picture", "object", "menu"))])
def test_broken_theme_is_named_with_its_line(start, shop, guest, results, name):
    text, expected = BROKEN[name]
    (results / "theme.txt").write_text(text)
    theme = f"{THEMES}/broken/theme.txt"
    machine = start(make_stick(shop, guest, {theme: results / "theme.txt"}, theme), memory=512)
    flow.to_menu(machine)
    machine.serial_keys("f2")
    machine.until("screen", lambda: re.search(expected, re.sub(r"\s*\n\s*", " ", machine.serial.screen())), f"the problem: {expected}")
    machine.serial_keys("esc")
    steady(machine, "menu.png", has_menu)
