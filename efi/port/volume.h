/* SPDX-License-Identifier: BSD-2-Clause */
/* A file system that the firmware offers, by '/'-separated UTF-8 paths. */
#pragma once

#include "efi/port/port.h"

/* Opens the root of the file system on HANDLE. STATUS_NOT_FOUND: there is none. */
enum status volume_open(EFI_HANDLE handle, EFI_FILE_HANDLE *ret_root) must_check;
void volume_close(EFI_FILE_HANDLE *root);

/* The file's handle is closed with its Close. */
enum status volume_open_file(EFI_FILE_HANDLE root, const char *path, EFI_FILE_HANDLE *ret_file,
                             uint64_t *ret_size) must_check;

/* As in struct platform. */
enum status volume_list(EFI_FILE_HANDLE root, const char *path, platform_visit_fn *visit,
                        void *context) must_check;
enum status volume_read_file(EFI_FILE_HANDLE root, const char *path, size_t max, char **ret_text,
                             size_t *ret_len) must_check;

/* The file as a read-only device to read pieces of; size as its directory entry says. Ends with
 * volume_close_device(). */
enum status volume_open_device(EFI_FILE_HANDLE root, const char *path, struct blockdev **ret_device)
    must_check;
void volume_close_device(struct blockdev *device);

/* The volume's label in UTF-8, cut at MAX bytes with the NUL; "" if there is none. */
void volume_label(EFI_FILE_HANDLE root, char *ret_label, size_t max);
