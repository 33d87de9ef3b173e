# SPDX-License-Identifier: BSD-2-Clause
"""A page of a report in headless Chromium: what it shows, what it asks for, what it complains of."""
import base64
import json
import tempfile
import time

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from harness.machine import MachineError
from harness.waits import crowd, scale

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
READY_SECONDS = 30  # from the address to a page that stands, and for one thing to appear in it
# Without a sandbox: the tests run as root. The rest keeps the browser from asking its maker for updates.
ARGUMENTS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars", "--force-device-scale-factor=1",
             "--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run")


class Browser:
    """Close it, or use it as a context."""

    def __init__(self, width=1440, height=900):
        self.profile = tempfile.TemporaryDirectory(prefix="hiperiso-browser-")
        options = webdriver.ChromeOptions()
        options.binary_location = CHROMIUM
        for argument in (*ARGUMENTS, f"--window-size={width},{height}", f"--user-data-dir={self.profile.name}"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.set_script_timeout(READY_SECONDS * 10)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.driver.quit()
        self.profile.cleanup()

    def open(self, path, view=""):
        """Loads a file, VIEW being its address' part behind #, and waits until the page stands."""
        self.driver.get("about:blank")  # the same file with another # would not be loaded again
        self.driver.get(f"file://{path}{'#' + view if view else ''}")
        state = self.until(lambda: self.run("return document.body.dataset.state !== 'loading' && document.body.dataset.state"), f"{path} stands")
        if state != "ready":
            raise MachineError(f"{path}: {self.text('problem')}")

    def run(self, script, *arguments):
        """The value of a script's return."""
        return self.driver.execute_script(script, *arguments)

    def until(self, look, what):
        """LOOK's first true value."""
        end = time.monotonic() + READY_SECONDS * scale() * crowd()
        while time.monotonic() < end:
            value = look()
            if value:
                return value
            time.sleep(0.05)
        raise MachineError(f"browser: waited in vain for: {what}")

    def find(self, name):
        return self.driver.find_element(By.ID, name)

    def text(self, name):
        return self.find(name).text

    def press(self, keys):
        """Keys that go to no field."""
        self.driver.find_element(By.TAG_NAME, "body").send_keys(keys)

    def view(self):
        """What the user looks at, as the page has it."""
        return self.run("return {...hiperiso.state.view}")

    def resize(self, width, height):
        self.driver.set_window_size(width, height)

    def shoot(self, path):
        self.driver.save_screenshot(str(path))

    def print_pdf(self, path):
        done = self.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True, "printBackground": True})
        path.write_bytes(base64.b64decode(done["data"]))

    def complaints(self):
        """What the console said since the last call."""
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def requests(self):
        """Addresses that were asked for since the last call, data: and blob: left out."""
        messages = [json.loads(entry["message"])["message"] for entry in self.driver.get_log("performance")]
        addresses = [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]
        return [address for address in addresses if not address.startswith(("data:", "blob:", "about:"))]
