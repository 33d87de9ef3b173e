/* SPDX-License-Identifier: BSD-2-Clause */
/* Requests to drives, and which files of the image they read. */
#pragma once

#include "trace/report/build.h"
#include "trace/report/image_map.h"

/* Puts the requests in order and counts them; of requests recorded twice, by the device and by the
 * block layer behind it, the device's stay. The events are sorted. */
enum status disk_finish(struct build *build) must_check;

/* Gives the image's drive its files, and each request its part of them. */
enum status disk_map_files(struct build *build, const struct image_map *map) must_check;
