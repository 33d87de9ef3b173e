# SPDX-License-Identifier: BSD-2-Clause
# The parts of tools/runtime: from distribution packages to what lies on the ESP.
