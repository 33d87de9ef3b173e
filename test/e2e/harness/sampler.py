# SPDX-License-Identifier: BSD-2-Clause
"""A machine's CPU seconds at any moment of its life."""
import threading
import time


class Sampler(threading.Thread):
    """Notes the machine's CPU seconds every few milliseconds, so that any moment has its figure."""

    def __init__(self, machine):
        super().__init__(daemon=True)
        self.machine, self.samples, self.over = machine, [], False

    def run(self):
        while not self.over:
            try:
                self.samples.append((time.monotonic(), self.machine.cpu_seconds()))
            except OSError:
                return
            time.sleep(0.02)

    def cpu_at(self, moment):
        before = [cpu for when, cpu in self.samples if when <= moment]
        return before[-1] if before else 0.0
