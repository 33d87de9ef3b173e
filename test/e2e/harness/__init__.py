# SPDX-License-Identifier: BSD-2-Clause
"""Drives real machines (QEMU with OVMF) for the end-to-end tests."""
