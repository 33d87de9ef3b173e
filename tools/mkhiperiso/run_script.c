/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a script of options. */
#include "tools/mkhiperiso/run_script.h"

#include <stdlib.h>
#include <string.h>

#include "tools/mkhiperiso/report.h"

static int init_expect(struct expect *expect, const char *option, const char *text)
{
    char why[128];

    if (expect_init(expect, text, why, sizeof(why)) == STATUS_OK)
        return 0;
    return misuse("run: --%s: %s: %s", option, text, why);
}

static int init_send(struct run_step *step, const char *text)
{
    step->is_send = true;
    switch (expect_keys(text, step->keys, sizeof(step->keys), &step->key_count)) {
    case STATUS_OK:
        return 0;
    case STATUS_TOO_LARGE:
        return misuse("run: --send: more than %d bytes; use several --send", RUN_KEYS_MAX);
    default:
        return misuse("run: --send: %s: it knows \\r \\n \\t \\e \\\\ \\^ \\xHH and ^A to ^_",
                      text);
    }
}

static int add_steps(const struct option_value *expects, const struct option_value *sends,
                     struct run_script *script)
{
    size_t e = 0, s = 0;
    int result = 0;

    while (result == 0 && (e < expects->list_count || s < sends->list_count)) {
        bool is_send = e == expects->list_count ||
                       (s < sends->list_count && sends->list_at[s] < expects->list_at[e]);
        struct run_step *step = &script->steps[script->step_count];
        result = is_send ? init_send(step, sends->list[s++])
                         : init_expect(&step->expect, "expect", expects->list[e++]);
        script->step_count += result == 0;
    }
    return result;
}

static int add_allowed(const struct option_value *allows, struct run_script *script)
{
    for (size_t i = 0; i < allows->list_count; i++) {
        size_t bit = 0;
        while (run_crash_names[bit] != NULL && strcmp(run_crash_names[bit], allows->list[i]) != 0)
            bit++;
        if (run_crash_names[bit] == NULL)
            return misuse("run: --allow: %s is none of panic, oops, shell, reset, fault",
                          allows->list[i]);
        script->allowed |= 1u << bit;
    }
    return 0;
}

int run_script_make(const struct option_value *expects, const struct option_value *sends,
                    const struct option_value *rejects, const struct option_value *allows,
                    struct run_script *ret_script)
{
    size_t steps = expects->list_count + sends->list_count;

    *ret_script = (struct run_script){.steps = NULL};
    if (steps > RUN_STEPS_MAX || rejects->list_count > RUN_STEPS_MAX)
        return misuse("run: more than %d texts", RUN_STEPS_MAX);
    ret_script->steps = calloc(steps + 1, sizeof(*ret_script->steps));
    ret_script->rejects = calloc(rejects->list_count + 1, sizeof(*ret_script->rejects));
    if (ret_script->steps == NULL || ret_script->rejects == NULL)
        return fail("out of memory");
    int result = add_steps(expects, sends, ret_script);
    for (size_t i = 0; i < rejects->list_count && result == 0; i++) {
        result = init_expect(&ret_script->rejects[i], "reject", rejects->list[i]);
        ret_script->reject_count += result == 0;
    }
    return result == 0 ? add_allowed(allows, ret_script) : result;
}

void run_script_clear(struct run_script *script)
{
    for (size_t i = 0; i < script->step_count; i++)
        if (!script->steps[i].is_send)
            expect_clear(&script->steps[i].expect);
    for (size_t i = 0; i < script->reject_count; i++)
        expect_clear(&script->rejects[i]);
    free(script->steps);
    free(script->rejects);
    *script = (struct run_script){.steps = NULL};
}
