/* SPDX-License-Identifier: BSD-2-Clause */
/* The form: what each key does to each kind of field. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/ui/form.h"
#include "test/unit/config/fail_alloc.h"
#include "test/unit/config/unit.h"

static const char *const on_off[] = {"off", "on", NULL};
static const char *const tiers[] = {"none", "standard", "detailed", NULL};
static struct form form;

static int set_up(void **state)
{
    (void)state;
    assert_int_equal(form_init(&form, 3), STATUS_OK);
    form.fields[0].original = "2048";
    form.fields[1].kind = FORM_CYCLED;
    form.fields[1].choices = on_off;
    form.fields[1].original = "off";
    form.fields[2].kind = FORM_EITHER;
    form.fields[2].choices = tiers;
    form.fields[2].original = "standard";
    assert_int_equal(form_begin(&form), STATUS_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    form_clear(&form);
    return 0;
}

static enum form_action press(enum key_code code)
{
    return form_handle(&form, (struct key){.code = code});
}

static enum form_action control(char letter)
{
    return form_handle(&form, (struct key){.code = KEY_CTRL, .character = (uint8_t)letter});
}

static enum form_action type(const char *text)
{
    enum form_action action = FORM_NONE;
    while (*text != '\0')
        action = form_handle(&form, (struct key){KEY_CHAR, utf8_next(&text)});
    return action;
}

static const char *text(void)
{
    return strbuf_text(&form.fields[form.selected].text);
}

static void typing_happens_at_the_caret(void **state)
{
    (void)state;
    assert_int_equal(type("5"), FORM_CHANGED);
    assert_string_equal(text(), "20485");
    assert_int_equal(press(KEY_HOME), FORM_DRAW);
    assert_int_equal(press(KEY_LEFT), FORM_NONE);
    type("\xc3\xa4");
    assert_string_equal(text(), "\xc3\xa4"
                                "20485");
    press(KEY_LEFT);
    assert_int_equal(form.caret, 0);
    assert_int_equal(press(KEY_BACKSPACE), FORM_NONE);
    press(KEY_RIGHT);
    assert_int_equal(form.caret, 2); /* whole characters */
    assert_int_equal(press(KEY_BACKSPACE), FORM_CHANGED);
    assert_string_equal(text(), "20485");
    press(KEY_END);
    assert_int_equal(press(KEY_RIGHT), FORM_NONE);
    assert_int_equal(press(KEY_DELETE), FORM_CHANGED); /* 0x7F from a serial line */
    assert_string_equal(text(), "2048");
    assert_int_equal(control('u'), FORM_CHANGED);
    assert_string_equal(text(), "");
    assert_int_equal(form_handle(&form, (struct key){KEY_CHAR, 0x1B}), FORM_NONE);
}

static void choices_are_gone_through(void **state)
{
    (void)state;
    press(KEY_DOWN);
    assert_int_equal(press(KEY_RIGHT), FORM_CHANGED);
    assert_string_equal(text(), "on");
    press(KEY_RIGHT);
    assert_string_equal(text(), "off");
    press(KEY_LEFT);
    assert_string_equal(text(), "on");
    type(" ");
    assert_string_equal(text(), "off");
    assert_int_equal(type("O"), FORM_CHANGED); /* both start with it: the next one */
    assert_string_equal(text(), "on");
    assert_int_equal(type("x"), FORM_NONE);
    assert_int_equal(press(KEY_BACKSPACE), FORM_NONE);
    assert_int_equal(control('u'), FORM_NONE);
    assert_string_equal(text(), "on");
}

static void a_choice_may_be_a_typed_name(void **state)
{
    (void)state;
    press(KEY_UP);
    assert_int_equal(form.selected, 2);
    press(KEY_RIGHT);
    assert_string_equal(text(), "detailed");
    control('u');
    type("mine");
    assert_string_equal(text(), "mine");
    press(KEY_RIGHT); /* from a name on to the first choice */
    assert_string_equal(text(), "none");
    type("\xc3\xa4");
    press(KEY_LEFT);
    assert_string_equal(text(), "detailed");
}

static void fields_are_moved_over_and_restored(void **state)
{
    (void)state;
    assert_int_equal(press(KEY_F5), FORM_NONE);
    type("9");
    assert_true(form_is_changed(&form.fields[0]));
    assert_int_equal(control('r'), FORM_CHANGED);
    assert_false(form_is_changed(&form.fields[0]));
    assert_int_equal(press(KEY_TAB), FORM_DRAW);
    assert_int_equal(form.selected, 1);
    press(KEY_PAGE_DOWN);
    press(KEY_PAGE_DOWN);
    press(KEY_PAGE_DOWN);
    assert_int_equal(form.selected, 2);
    press(KEY_DOWN);
    assert_int_equal(form.selected, 0);
    press(KEY_PAGE_UP);
    assert_int_equal(form.selected, 0);
    assert_int_equal(form.caret, 4);
}

static void enter_goes_to_what_is_wrong_first(void **state)
{
    (void)state;
    assert_int_equal(press(KEY_ENTER), FORM_ACCEPT);
    form.fields[2].error = strdup("is no tier");
    assert_int_equal(press(KEY_ENTER), FORM_DRAW);
    assert_int_equal(form.selected, 2);
    assert_int_equal(press(KEY_ESCAPE), FORM_FORGET);
    assert_int_equal(press(KEY_F4), FORM_FORGET);
    assert_int_equal(control('e'), FORM_FORGET);
}

static void a_field_holds_so_much_and_no_more(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORM_TEXT_MAX + 100; i++)
        type("\xc3\xa4");
    assert_true(form.fields[0].text.len <= FORM_TEXT_MAX);
    assert_int_equal(type("x"), FORM_NONE);
    assert_int_equal(press(KEY_BACKSPACE), FORM_CHANGED);
}

static void running_out_of_memory_keeps_the_text(void **state)
{
    (void)state;
    for (unsigned long n = 1;; n++) {
        fail_alloc_after(n);
        enum form_action action = type("7");
        bool happened = fail_alloc_happened();
        fail_alloc_after(0);
        if (!happened) {
            assert_int_equal(action, FORM_CHANGED);
            break;
        }
        assert_true(action == FORM_NONE || action == FORM_CHANGED);
        assert_memory_equal(text(), "2048", 4);
    }
}

int main(void)
{
#define FORM_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        FORM_TEST(typing_happens_at_the_caret),
        FORM_TEST(choices_are_gone_through),
        FORM_TEST(a_choice_may_be_a_typed_name),
        FORM_TEST(fields_are_moved_over_and_restored),
        FORM_TEST(enter_goes_to_what_is_wrong_first),
        FORM_TEST(a_field_holds_so_much_and_no_more),
        FORM_TEST(running_out_of_memory_keeps_the_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
