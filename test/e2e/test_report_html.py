# SPDX-License-Identifier: BSD-2-Clause
"""The page of a report, made of a real session and used in a real browser: what is drawn, clicked, typed, printed."""
import json
import subprocess

import pytest

from harness import flow
from harness.browser import Browser
from harness.direct import direct_kernel
from harness.machine import run_tool
from harness.stick import Sessions
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

NARROW = (390, 844)
# Zooms in, pans and zooms out, a step a frame; gives the milliseconds of drawing and from frame to frame.
FRAMES = """
const done = arguments[arguments.length - 1], {state, chart} = hiperiso, gaps = [];
let number = 0, last = 0;
chart.lastFrames.length = 0;
state.set({from: 0, to: state.view.end});
function step(now) {
  if (last) gaps.push(now - last);
  last = now;
  if (number < 40) state.zoom(0.85, state.view.end * 0.3);
  else if (number < 80) state.pan(number % 20 < 10 ? 0.05 : -0.05);
  else if (number < 120) state.zoom(1 / 0.85, state.view.end * 0.3);
  else return done({draw: chart.lastFrames, gaps});
  number++;
  requestAnimationFrame(step);
}
requestAnimationFrame(step);
"""


def record(start, shop, guest, product, results, name, until, farewell):
    """Starts an image at the full tier with screen and packets; returns the stick's image."""
    disk = shop.make([guest(name)], {"control": {"timeout": -1}})
    parameters = "hiperiso_guest_ram=1024 hiperiso_guest_cpus=1 hiperiso_trace_level=full hiperiso_net_dump=1 hiperiso_vga=std"
    kernel = direct_kernel(product, disk, f"/{name}", parameters)
    machine = start([(disk, "virtio")], firmware=None, network=True, kernel=kernel)
    machine.wait_text(*until)
    machine.serial.send(farewell)
    machine.wait_exit((until[0][-1], "end", "exit"))
    return machine.stick_image()


def report(product, *argv):
    """Runs hiperiso-report; its output as text."""
    return run_tool(product.build / "trace/report/hiperiso-report", *argv).decode()


def percentile(numbers, part):
    return sorted(numbers)[int((len(numbers) - 1) * part)]


def write_figures(results, browser):
    """First picture, frames and filter in ms beside the waits of the machines: recorded here, judged by the bench."""
    frames = browser.driver.execute_async_script(FRAMES)
    figures = {"first picture": browser.run("return performance.getEntriesByName('hiperiso-first-picture')[0].startTime"),
               "drawing, 95 of 100": percentile(frames["draw"], 0.95), "frame to frame, 95 of 100": percentile(frames["gaps"], 0.95)}
    browser.run("hiperiso.state.set({filter: 'rw==read && t<2s'})")
    figures["filter"] = browser.run("return hiperiso.shared.lastFilterMs")
    browser.run("hiperiso.state.set({filter: '', from: 0, to: hiperiso.state.view.end})")
    (results / "timings.txt").write_text("".join(f"page: {name}, ms\t{value:.1f}\n" for name, value in figures.items()))


def click_lanes(browser, part):
    """Clicks into the timeline at PART of its width; the moment there."""
    overlay = browser.find("overlay").rect  # higher than the window when there are many devices
    actions = ActionChains(browser.driver)
    actions.w3c_actions.pointer_action.move_to_location(int(overlay["x"] + part * overlay["width"]), int(overlay["y"]) + 12).click()
    actions.perform()
    return browser.view()["cursor"]


def check_clicks_lead_there_and_back(browser):
    """Timeline to serial text, picture and events; a line back to the timeline."""
    cursor = click_lanes(browser, 0.95)  # the guest has written by then
    assert abs(cursor / browser.view()["end"] - 0.95) < 0.02
    assert browser.text("markers").startswith("Cursor")
    browser.press("2")
    line = browser.run("const list = hiperiso.shared.serialList, log = hiperiso.session.logs.serial; return [log.t[list.picked], log.t[list.picked + 1] ?? null]")
    assert line[0] <= cursor and (line[1] is None or line[1] > cursor)
    assert browser.run("return document.querySelector('#panel-serial .picked').offsetParent !== null")
    picture = browser.run("return hiperiso.session.pictures.findLast((p) => p.t <= arguments[0])?.t ?? null", cursor)
    if picture is not None:
        assert f"{picture / 1e9:.3f} s" in browser.text("picture")
    browser.press("3")
    event = browser.run("const {eventList: list, pyramid: heat} = hiperiso.shared; return hiperiso.session.events.t[heat.matched ? heat.matched[list.picked] : list.picked]")
    following = browser.run("return hiperiso.session.events.t.find((t) => t >= arguments[0]) ?? null", cursor)
    assert event == following or following is None
    browser.press("2")
    row = browser.driver.find_elements("css selector", "#panel-serial .list-row")[1]
    number = int(row.get_attribute("data-index"))
    row.click()
    assert browser.view()["cursor"] == browser.run("return hiperiso.session.logs.serial.t[arguments[0]]", number)


def check_keyboard(browser):
    """The keys that ? names."""
    browser.press("0")
    end = browser.view()["end"]
    browser.press("+")
    assert round((browser.view()["to"] - browser.view()["from"]) / end, 3) == 0.5
    before = browser.view()["from"]
    browser.press(Keys.ARROW_RIGHT)
    browser.press(Keys.ARROW_LEFT)
    browser.press(Keys.ARROW_LEFT)
    assert browser.view()["from"] < before or before == 0
    browser.press("0")
    assert (browser.view()["from"], browser.view()["to"]) == (0, end)
    click_lanes(browser, 0.25)
    browser.press("a")
    click_lanes(browser, 0.75)
    browser.press("b")
    view = browser.view()
    assert 0.48 < (view["b"] - view["a"]) / end < 0.52
    assert "between A and B" in browser.text("between")
    browser.press("m")
    assert (browser.view()["from"], browser.view()["to"]) == (view["a"], view["b"])
    browser.press(Keys.ESCAPE)
    assert browser.view()["a"] is None
    browser.press("?")
    assert browser.find("help").is_displayed() and "dev==hpet" in browser.text("help")
    browser.press(Keys.ESCAPE)
    browser.press("0")


def check_filter(browser):
    """Completion, the number of what matches, what is drawn, and what is wrong."""
    wanted = browser.run("const {series} = hiperiso.session, best = series.filter((s) => s.hasAddress && s.deviceName && /^[\\w-]+$/.test(s.deviceName))"
                         ".sort((a, b) => b.count - a.count)[0].deviceName;"
                         "return [best, series.filter((s) => s.hasAddress && s.deviceName === best).reduce((sum, s) => sum + s.count, 0)]")
    browser.press("f")
    field = browser.find("filter")
    field.send_keys("de")
    browser.until(lambda: "dev==" in browser.text("filter-list"), "the completion dev==")
    field.send_keys(Keys.ARROW_DOWN, Keys.TAB)
    assert field.get_attribute("value") == "dev=="
    field.send_keys(wanted[0])
    browser.until(lambda: browser.view()["filter"] == f"dev=={wanted[0]}", "the filter in force")
    field.send_keys(Keys.ENTER)
    assert browser.text("filter-message").startswith(f"{wanted[1]:,} event")
    drawn = browser.run("const {pyramid: heat} = hiperiso.shared, out = new Float32Array(50); return heat.rows.filter((row) => { let sum = 0;"
                        "for (const channel of [0, 1]) { heat.sample(row.id, channel, 0, hiperiso.state.view.end / 50, out); sum += out.reduce((a, b) => a + b, 0); }"
                        "return sum > 0; }).map((row) => row.label)")
    assert drawn == [wanted[0]]
    browser.press("f")
    field.send_keys(" && t<x")
    browser.until(lambda: "is no time" in browser.text("filter-message"), "what is wrong with the filter")
    assert field.get_attribute("aria-invalid") == "true"
    field.send_keys(Keys.ESCAPE, Keys.ESCAPE)
    browser.until(lambda: browser.view()["filter"] == "", "no filter")


def check_search(browser, text):
    """A text of the serial console is found and shown."""
    browser.press("/")
    field = browser.find("search")
    field.send_keys(text)
    browser.until(lambda: text in browser.text("search-list"), f"{text} in the list of places")
    field.send_keys(Keys.ENTER)
    assert browser.view()["tab"] == "serial"
    assert text in browser.run("return document.querySelector('#panel-serial .picked').textContent")
    field.send_keys(Keys.ESCAPE)


def check_address_holds_the_view(browser, page):
    """The same view comes of the address alone."""
    browser.run("hiperiso.state.set({from: 1e9, to: 2e9, cursor: 15e8, a: 12e8, b: 18e8, filter: 'rw==read', tab: 'hottest', theme: 'dark'})")
    seen = browser.until(lambda: "theme=dark" in browser.driver.current_url and browser.driver.current_url.split("#")[1], "the view in the address")
    browser.open(page, seen)
    view = browser.view()
    assert {key: view[key] for key in ("from", "to", "cursor", "a", "b", "filter", "tab", "theme")} == {
        "from": 1e9, "to": 2e9, "cursor": 15e8, "a": 12e8, "b": 18e8, "filter": "rw==read", "tab": "hottest", "theme": "dark"}
    assert browser.run("return document.documentElement.dataset.theme") == "dark"
    browser.open(page)


def check_narrow_and_print(browser, folder):
    """Nothing sticks out of a phone's width; the paper holds the panels."""
    browser.resize(*NARROW)
    browser.until(lambda: browser.run("return innerWidth") == NARROW[0], "the narrow window")
    assert browser.run("return document.documentElement.scrollWidth") <= NARROW[0]
    browser.shoot(folder / "narrow.png")
    browser.resize(1440, 900)
    browser.print_pdf(folder / "page.pdf")
    pages = (folder / "page.pdf").read_bytes().count(b"/Type /Page\n")
    assert pages >= 2
    assert browser.run("return document.getElementById('panel-overview').classList.contains('chosen')")


def check_page(browser, product, results, session, page):
    """Everything that a page must do; PAGE was made of SESSION."""
    about = json.loads(report(product, "show", "--json", session))
    browser.open(page)
    assert browser.text("title") == about["image"].split("/")[-1]
    assert "powered off" in browser.text("outcome")
    assert browser.run("return hiperiso.session.facts.eventTotal") == about["events"] > 1000
    assert browser.run("return hiperiso.session.series.reduce((sum, s) => sum + s.count, 0)") == about["events"]
    assert [row.split("\n")[0] for row in (li.text for li in browser.driver.find_elements("css selector", ".phases li"))] == [p["name"] for p in about["phases"]]
    browser.shoot(results / "page.png")
    check_clicks_lead_there_and_back(browser)
    check_keyboard(browser)
    check_filter(browser)
    check_search(browser, "HIPERISO-TEST")
    check_address_holds_the_view(browser, page)
    check_narrow_and_print(browser, results)
    write_figures(results, browser)
    assert browser.complaints() == []
    assert set(address.split("#")[0] for address in browser.requests()) == {f"file://{page}"}


@pytest.mark.full
def test_page_of_a_linux_start_is_read_moved_and_filtered(start, shop, guest, product, results):
    image = record(start, shop, guest, product, results, "linux.iso", (("host", "session", "linux"), flow.guest_line("linux")), b"poweroff -f\r")
    session, page = f"{image}:{Sessions(product, image).only().name}", results / "page.html"
    report(product, "html", session, "-o", page)
    assert page.stat().st_size < 5_000_000
    with Browser() as browser:
        check_page(browser, product, results, session, page)
        report(product, "diff", "--html", session, session, "-o", results / "same.html")
        browser.open(results / "same.html")
        assert browser.text("outcome") == "no difference"
        assert browser.complaints() == []


@pytest.mark.full
def test_pages_of_a_live_system_hold_every_event_when_they_are_full(start, shop, guest, product, results):
    image = record(start, shop, guest, product, results, "debian-live.iso",
                   (("host", "session", "live"), "HIPERISO-TEST live system login: [0-9.]+"), b"systemctl poweroff\r")
    session = f"{image}:{Sessions(product, image).only().name}"
    with Browser() as browser:
        for page, options, most in ((results / "page.html", [], 5_000_000), (results / "full.html", ["--full"], 12_000_000)):
            report(product, "html", *options, session, "-o", page)
            assert page.stat().st_size < most
            check_page(browser, product, results, session, page)
        assert browser.run("return hiperiso.session.events.length") == browser.run("return hiperiso.session.facts.eventTotal")
        assert browser.run("return hiperiso.session.facts.files.some((file) => file.path.includes('squashfs'))")


def test_damaged_page_says_so(product, results):
    """Cut in the middle, as by a full disk."""
    maker = product.build / "test/unit/page/make-page"
    page = results / "cut.html"
    whole = subprocess.run([maker, "20000"], stdout=subprocess.PIPE, check=True).stdout
    at = whole.index(b'id="block-cells">') + 100
    page.write_bytes(whole[:at] + b"AAAA" + whole[at + 4:])
    with Browser() as browser:
        with pytest.raises(Exception, match='block "cells" cannot be unpacked'):
            browser.open(page)
