/* SPDX-License-Identifier: BSD-2-Clause */
/* Names of registers of the devices that QEMU's machines always have. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* What lies at OFF of DEVICE (from its region's begin; IS_IO: among the ports, where OFF is the
 * port itself for fixed devices); NULL if it has no name here. */
const char *register_name(const char *device, bool is_io, uint64_t off);

/* The same of PCI configuration space (PCI 3.0, 6.1). */
const char *register_pci_name(uint64_t off);
