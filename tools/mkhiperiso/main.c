/* SPDX-License-Identifier: BSD-2-Clause */
/* mkhiperiso: makes, reads and runs hiperiso sticks. The table of verbs. */
#include "config/base/cleanup.h"
#include "tools/mkhiperiso/manual.h"
#include "tools/mkhiperiso/program.h"
#include "tools/mkhiperiso/verbs.h"

static const struct verb *const verbs[] = {
    &verb_devices, &verb_install, &verb_update, &verb_image,   &verb_add,
    &verb_rm,      &verb_ls,      &verb_cat,    &verb_get,     &verb_verify,
    &verb_check,   &verb_explain, &verb_run,    &verb_restore,
};

int main(int argc, char **argv)
{
    static const struct program program = {
        .name = "mkhiperiso",
        .purpose = "makes, reads and runs hiperiso sticks",
        .verbs = verbs,
        .verb_count = ARRAY_SIZE(verbs),
        .print_settings = manual_print_settings,
    };

    return program_main(&program, argc, argv);
}
