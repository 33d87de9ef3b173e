/* SPDX-License-Identifier: BSD-2-Clause */
/* QEMU's list of flags and the user's in, verdict out. */
#include <string.h>

#include "initramfs/cpu_features.h"
#include "test/unit/init/unit.h"

#define FLAGS                                                                                      \
    "\"avx2\": true, \"avx512f\": false, \"sse4_1\": true, \"sse4.1\": true, \"x2apic\": true, "   \
    "\"invtsc\": false, \"pmu\": false, \"hv-relaxed\": false, \"kvm-pv-eoi\": false, "            \
    "\"svm\": true, \"vmx\": false, \"family\": 25, \"model-id\": \"x\""
#define AMD   "{" FLAGS ", \"vendor\": \"AuthenticAMD\"}"
#define INTEL "{" FLAGS ", \"vendor\": \"GenuineIntel\"}"

static enum status check(const char *props, const char *const *wanted, struct strbuf *why)
{
    struct text_list list = {0};
    for (; *wanted != NULL; wanted++)
        assert_int_equal(text_list_add(&list, *wanted), STATUS_OK);
    enum status status = cpu_features_check((struct json_span){props, strlen(props)}, &list, why);
    text_list_clear(&list);
    return status;
}

static void every_flag_gets_its_verdict(void **state)
{
    (void)state;
    static const struct {
        const char *props;
        const char *wanted[4];
        const char *why; /* NULL: all are there */
    } cases[] = {
        {AMD, {NULL}, NULL},
        {AMD, {"avx2", "sse4_1", "sse4.1"}, NULL},
        {AMD, {"invtsc", "pmu", "hv-relaxed"}, NULL},
        {AMD, {"kvm-pv-eoi"}, NULL},
        {AMD, {"avx512f"}, "cpu_features: this machine's processor (or its KVM) has no avx512f"},
        {AMD, {"avx3"}, "cpu_features: avx3 is no CPU flag of QEMU, did you mean avx2?"},
        {AMD, {"AVX2"}, "cpu_features: AVX2 is no CPU flag of QEMU, did you mean avx2?"},
        {AMD, {"family"}, "cpu_features: family is no CPU flag of QEMU"},
        {AMD, {"zzzzzzzzzzz"}, "cpu_features: zzzzzzzzzzz is no CPU flag of QEMU"},
        {AMD, {"vmx"}, "cpu_features: vmx is svm on this machine's processor (AMD)"},
        {INTEL, {"svm"}, NULL},
        {INTEL, {"vmx"}, "cpu_features: this machine's processor (or its KVM) has no vmx"},
        {"{\"svm\": false, \"vmx\": true, \"vendor\": \"GenuineIntel\"}",
         {"svm"},
         "cpu_features: svm is vmx on this machine's processor (Intel)"},
        {AMD,
         {"vmx", "avx2", "avx512f", "x2apik"},
         "cpu_features: vmx is svm on this machine's processor (AMD); this machine's processor (or "
         "its KVM) has no avx512f; x2apik is no CPU flag of QEMU, did you mean x2apic?"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        auto_strbuf why = STRBUF_INIT;
        const char *wanted[5] = {0};
        memcpy(wanted, cases[i].wanted, sizeof(cases[i].wanted));
        enum status status = check(cases[i].props, wanted, &why);
        assert_int_equal(status, cases[i].why == NULL ? STATUS_OK : STATUS_UNSUPPORTED);
        assert_string_equal(strbuf_text(&why), cases[i].why == NULL ? "" : cases[i].why);
    }
}

static void what_is_no_list_of_flags_is_corrupt(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "[]", "[true]", "{}", "{\"avx2\"", "nonsense"};
    const char *const wanted[] = {"avx2", NULL};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        auto_strbuf why = STRBUF_INIT;
        assert_int_equal(check(texts[i], wanted, &why), STATUS_CORRUPT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_flag_gets_its_verdict),
        cmocka_unit_test(what_is_no_list_of_flags_is_corrupt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
