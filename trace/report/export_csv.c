/* SPDX-License-Identifier: BSD-2-Clause */
/* Events as comma-separated values. */
#include "trace/report/export.h"

#include <errno.h>
#include <string.h>

static const char *const rw_names[] = {"read", "write", ""};

static void put_field(FILE *stream, const char *text)
{
    fputc('"', stream);
    for (; *text != '\0'; text++) {
        if (*text == '"')
            fputc('"', stream);
        fputc(*text, stream);
    }
    fputc('"', stream);
}

static void put_text(const struct report *r, size_t i, FILE *stream)
{
    const struct report_events *e = &r->events;
    uint64_t value = e->value[i];

    if (e->kind[i] == REPORT_EXIT && e->address[i] < r->exit_count)
        put_field(stream, r->exits[e->address[i]].reason);
    else if ((e->kind[i] == REPORT_QMP || e->kind[i] == REPORT_OTHER) && value < r->text_bytes)
        put_field(stream, r->texts + value);
    else if (e->kind[i] == REPORT_DISK && value < r->request_count) {
        const struct report_request *request = &r->requests[value];
        fprintf(stream, "\"%s, %llu bytes", r->drives[request->drive].name,
                (unsigned long long)request->bytes);
        fputs(request->file != REPORT_NONE32 ? ", " : "", stream);
        for (const char *c = request->file != REPORT_NONE32 ? r->files[request->file].path : "";
             *c != '\0'; c++)
            fputs(*c == '"' ? "\"\"" : (const char[]){*c, '\0'}, stream);
        fputc('"', stream);
    }
}

static bool has_value(uint8_t kind)
{
    return kind == REPORT_MMIO || kind == REPORT_PIO || kind == REPORT_PCI || kind == REPORT_EXIT;
}

int export_csv(const struct report *r, FILE *stream)
{
    const struct report_events *e = &r->events;
    char reg[REPORT_REGISTER_BYTES];

    fputs("t_ns,cpu,kind,event,device,register,address,size,rw,value,text\r\n", stream);
    for (size_t i = 0; i < e->count; i++) {
        report_register(r, e->kind[i], e->device[i], e->address[i], e->t[i], reg);
        fprintf(stream, "%lld,", (long long)e->t[i]);
        if (e->cpu[i] != UINT8_MAX)
            fprintf(stream, "%u", e->cpu[i]);
        fprintf(stream, ",%s,%s,\"%s\",\"%s\",0x%llx,%u,%s,", report_kind_name(e->kind[i]),
                e->name[i] < r->name_count ? r->names[e->name[i]] : "",
                report_device_name(r, e->device[i]), reg, (unsigned long long)e->address[i],
                e->size[i], rw_names[e->rw[i] <= REPORT_NEITHER ? e->rw[i] : REPORT_NEITHER]);
        if (has_value(e->kind[i]))
            fprintf(stream, "0x%llx", (unsigned long long)e->value[i]);
        fputc(',', stream);
        put_text(r, i, stream);
        fputs("\r\n", stream);
        if (ferror(stream) != 0)
            return errno != 0 ? -errno : -EIO;
    }
    return 0;
}
