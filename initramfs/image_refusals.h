/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a disk image is not started, in one set of words: whether its own header, qemu-img or the
 * command line tool found it out. Each follows the image's name and ": ". */
#pragma once

#define IMAGE_HAS_BACKING                                                                          \
    "it has a backing file; convert it to an image of its own (qemu-img convert)"
#define IMAGE_HAS_DATA_FILE                                                                        \
    "its data are in another file; convert it to an image of its own (qemu-img convert)"
#define IMAGE_HAS_EXTENTS                                                                          \
    "its data are in other files; convert it to an image of its own (qemu-img convert -O qcow2)"
#define IMAGE_HAS_PARENT                                                                           \
    "it is a snapshot of another image; convert it to an image of its own (qemu-img convert)"
#define IMAGE_IS_DIFFERENCING "it is a differencing disk; merge it with its parent"
#define IMAGE_IS_ENCRYPTED    "it is encrypted; hiperiso cannot ask for its key"
#define IMAGE_IS_CORRUPT      "it is marked corrupt; repair it with qemu-img check -r all"
