/* SPDX-License-Identifier: BSD-2-Clause */
/* Broken configurations, each with the one line that names its fault and place. */
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/strbuf.h"
#include "config/config.h"
#include "test/unit/config/unit.h"

/* Each with one fault; the control.default_cpus of the text, where it has one, stays in force. */
static const struct {
    const char *text, *problem;
} broken[] = {
    {"", "hiperiso.json:1:1: the file is empty: an object { } is needed; nothing in this file "
         "is in force"},
    {"[]", "hiperiso.json:1:1: an object { } is needed, not a list"},
    {"{\"control\": {\"timeout\": 5,}}",
     "hiperiso.json:1:26: a comma before }: remove it; nothing in this file is in force"},
    {"\xFF\xFE{", "hiperiso.json: the file is UTF-16: save it as UTF-8; nothing in it is in force"},
    {"{\"controls\": {}}", "hiperiso.json:1:2: controls: unknown key; did you mean control?"},
    {"{\"timeout\": 5}", "hiperiso.json:1:2: timeout: unknown key here; move it to control"},
    {"{\"ram\": 512}",
     "hiperiso.json:1:2: ram: unknown key here; in control it is called default_ram"},
    {"{\"colour\": 5}", "hiperiso.json:1:2: colour: unknown key; remove it"},
    {"{\"$schema\": 1}", "hiperiso.json:1:13: $schema: a text in quotes is needed, not a number"},
    {"{\"control\": [{\"timeout\": 5}]}",
     "hiperiso.json:1:13: control: an object { } is needed, not a list"},
    {"{\"control\": {}, \"control\": {}}",
     "hiperiso.json:1:17: control: stands twice; the first one counts, remove one"},
    {"{\"control\": {\n  \"default_cpus\": 3,\n  \"timeout\": 9999}}",
     "hiperiso.json:3:14: control.timeout: 9999 is above the maximum 3600"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": -2}}",
     "hiperiso.json:1:44: control.timeout: -2 is below the minimum -1"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": 1.5}}",
     "hiperiso.json:1:44: control.timeout: 1.5 is no whole number"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": 1e400}}",
     "hiperiso.json:1:44: control.timeout: 1e400 is no whole number"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": 99999999999999999999}}",
     "hiperiso.json:1:44: control.timeout: 99999999999999999999 is above the maximum 3600"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": \"10\"}}",
     "hiperiso.json:1:44: control.timeout: a whole number without quotes is needed, not a "
     "text"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": null}}",
     "hiperiso.json:1:44: control.timeout: a whole number without quotes is needed, not null"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": {}}}",
     "hiperiso.json:1:44: control.timeout: a whole number without quotes is needed, not an "
     "object"},
    {"{\"control\": {\"default_cpus\": 3, \"net_dump\": 1}}",
     "hiperiso.json:1:45: control.net_dump: true or false without quotes is needed, not a "
     "number"},
    {"{\"control\": {\"default_cpus\": 3, \"net_dump\": \"true\"}}",
     "hiperiso.json:1:45: control.net_dump: true or false without quotes is needed, not a "
     "text"},
    {"{\"control\": {\"default_cpus\": 3, \"default_display\": \"gtkk\"}}",
     "hiperiso.json:1:52: control.default_display: \"gtkk\" is not one of none, gtk, vnc; did "
     "you mean gtk?"},
    {"{\"control\": {\"default_cpus\": 3, \"default_display\": true}}",
     "hiperiso.json:1:52: control.default_display: a text in quotes is needed, not true"},
    {"{\"control\": {\"default_cpus\": 3, \"default_cpu_features\": \"vmx\"}}",
     "hiperiso.json:1:57: control.default_cpu_features: a list of texts [\"...\"] is needed, "
     "not a text"},
    {"{\"control\": {\"default_cpus\": 3, \"default_cpu_features\": [\"vmx\", 5]}}",
     "hiperiso.json:1:65: control.default_cpu_features: a text in quotes is needed, not a "
     "number"},
    {"{\"control\": {\"default_cpus\": 3, \"default_cpu_features\": [\"vmx\", \"+x\"]}}",
     "hiperiso.json:1:65: control.default_cpu_features: \"+x\" is no name of a CPU flag "
     "(letters, "
     "digits, - _ ., without + or =)"},
    {"{\"control\": {\"default_cpus\": 3, \"timout\": 5}}",
     "hiperiso.json:1:33: control.timout: unknown key; did you mean timeout?"},
    {"{\"control\": {\"default_cpus\": 3, \"ram\": 512}}",
     "hiperiso.json:1:33: control.ram: unknown key; here it is called default_ram"},
    {"{\"control\": {\"default_cpus\": 3, \"gfxmode\": \"max\"}}",
     "hiperiso.json:1:33: control.gfxmode: unknown key here; move it to theme"},
    {"{\"control\": {\"default_cpus\": 3, \"default_cpus\": 4}}",
     "hiperiso.json:1:33: control.default_cpus: stands twice; the first one counts, remove "
     "one"},
    {"{\"control\": {\"default_cpus\": 3, \"default_image\": \"a\\u0000b\"}}",
     "hiperiso.json:1:50: control.default_image: \\u0000 cannot stand in a text: remove it"},
    {"{\"control\": {\"default_cpus\": 3}, \"theme\": {\"gfxmode\": \"640\"}}",
     "hiperiso.json:1:55: theme.gfxmode: \"640\" is neither auto, max nor a list like "
     "1920x1080,1024x768"},
    {"{\"control\": {\"default_cpus\": 3}, \"theme\": {\"timeout\": 5}}",
     "hiperiso.json:1:44: theme.timeout: unknown key here; move it to control"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_alias\": {}}",
     "hiperiso.json:1:48: menu_alias: a list [ ] is needed, not an object"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_alias\": [5]}",
     "hiperiso.json:1:49: menu_alias[0]: an object { } is needed, not a number"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_alias\": [{\"iso\": \"/x\"}]}",
     "hiperiso.json:1:49: menu_alias[0]: alias is missing; write {\"iso\": \"/PATH\", "
     "\"alias\": \"TEXT\"}"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_tip\": [{\"iso\": \"/x\", \"tip\": \"a\", "
     "\"tpi\": \"a\"}]}",
     "hiperiso.json:1:73: menu_tip[0].tpi: unknown key; did you mean tip?"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_tip\": [{\"iso\": \"/x\", \"tip\": 5}]}",
     "hiperiso.json:1:68: menu_tip[0].tip: a text in quotes is needed, not a number"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_tip\": [{\"iso\": \"\", \"tip\": \"x\"}]}",
     "hiperiso.json:1:55: menu_tip[0].iso: is empty; write a text"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_tip\": [{\"iso\": \"/x\", \"tip\": \"1\"},\n"
     "{\"iso\": \"X\", \"tip\": \"2\"}]}",
     "hiperiso.json:2:9: menu_tip[1].iso: \"X\" stands twice; the first one counts, remove "
     "one"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": []}",
     "hiperiso.json:1:51: iso_overrides: an object { } is needed, not a list"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"[a\": {}}}",
     "hiperiso.json:1:52: iso_overrides[\"[a\"]: [ without ]; correct the pattern, it matches "
     "nothing"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"\": {}}}",
     "hiperiso.json:1:52: iso_overrides[\"\"]: the pattern is empty; correct the pattern, it "
     "matches nothing"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": 5}}",
     "hiperiso.json:1:57: iso_overrides[\"*\"]: an object { } is needed, not a number"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"default_ram\": 512}}}",
     "hiperiso.json:1:58: iso_overrides[\"*\"].default_ram: unknown key; here it is called "
     "ram"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"timeout\": 5}}}",
     "hiperiso.json:1:58: iso_overrides[\"*\"].timeout: unknown key here; move it to control"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"ram\": 12}}}",
     "hiperiso.json:1:65: iso_overrides[\"*\"].ram: 12 is below the minimum 128"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"ram\": 512, \"ram\": "
     "512}}}",
     "hiperiso.json:1:70: iso_overrides[\"*\"].ram: stands twice; the first one counts, remove "
     "one"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {}, \"*\": {}}}",
     "hiperiso.json:1:61: iso_overrides[\"*\"]: stands twice; the first one counts, remove "
     "one"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": \"../x\"}}",
     "hiperiso.json:1:57: iso_overrides[\"*\"]: \"../x\" is no name of a template: write NAME "
     "for "
     "iso_overrides/NAME.json"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"use\": "
     "\"win.json\"}}}",
     "hiperiso.json:1:65: iso_overrides[\"*\"].use: \"win.json\": leave out .json"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"usee\": \"win\"}}}",
     "hiperiso.json:1:58: iso_overrides[\"*\"].usee: unknown key; did you mean use?"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_alias\": [{\"iso\": \"/\xE9.iso\", "
     "\"alias\": \"x\"}]}",
     "hiperiso.json:1:59: byte 0xe9 is not UTF-8: save the file as UTF-8, else this name "
     "matches "
     "nothing"},
    {"{\"control\": {\"default_cpus\": 3, \"\xE4\xB8\xAD\": 1}}",
     "hiperiso.json:1:33: control.\xE4\xB8\xAD: unknown key; remove it"},
    {"{\"\xE4\xB8\xAD\": 1, \"control\": {\"default_cpus\": 3}}",
     "hiperiso.json:1:2: \xE4\xB8\xAD: unknown key; remove it"},
    {"\xEF\xBB\xBF{\r\n  \"control\": {\r\n    \"default_cpus\": 3,\r\n    \"timeout\": 9999\r\n  "
     "}\r\n}\r\n",
     "hiperiso.json:4:16: control.timeout: 9999 is above the maximum 3600"},
    {"{\t\"control\": {\n\t\t\"default_cpus\": 3,\n\t\t\"timeout\": 9999}}",
     "hiperiso.json:3:14: control.timeout: 9999 is above the maximum 3600"},
    {"{\"control\": {\"default_cpus\": 3, \"default_image\": "
     "\"\xE4\xB8\xAD\xE6\x96\x87\xF0\x9F\x92\xBF\", \"timeout\": 9999}}",
     "hiperiso.json:1:68: control.timeout: 9999 is above the maximum 3600"},
    {"\xFE\xFF\x00{",
     "hiperiso.json: the file is UTF-16: save it as UTF-8; nothing in it is in force"},
    {"{\"control\": [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
     "hiperiso.json:1:44: brackets deeper than 32; nothing in this file is in force"},
    {"// mine\n{\"control\": {}}",
     "hiperiso.json:1:1: JSON has no comments: remove it; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": 5, /* x */ \"max_depth\": 3}}",
     "hiperiso.json:1:28: JSON has no comments: remove it; nothing in this file is in force"},
    {"{\"control\": {} # end\n}",
     "hiperiso.json:1:16: JSON has no comments: remove it; nothing in this file is in force"},
    {"{'control': {}}", "hiperiso.json:1:2: texts need double quotes (\"), not single ones; "
                        "nothing in this file is in force"},
    {"{control: {}}",
     "hiperiso.json:1:2: control: a key needs double quotes; nothing in this file is in force"},
    {"{\"control\": {\"default_display\": gtk}}",
     "hiperiso.json:1:33: gtk is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"net_dump\": True}}",
     "hiperiso.json:1:26: True is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": NaN}}",
     "hiperiso.json:1:25: NaN is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": +5}}",
     "hiperiso.json:1:25: +5 is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": 0x10}}",
     "hiperiso.json:1:25: 0x10 is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": 010}}",
     "hiperiso.json:1:25: 010 is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": .5}}",
     "hiperiso.json:1:25: .5 is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": 5.}}",
     "hiperiso.json:1:25: 5. is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": 1e}}",
     "hiperiso.json:1:25: 1e is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": -}}",
     "hiperiso.json:1:25: - is no JSON value: write a number like 10, true, false, or a text in "
     "double quotes; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": "
     "1000000000000000000000000000000000000000000000000000000000000000}}",
     "hiperiso.json:1:25: 10000000000000000000000000000000...: longer than a number can be; "
     "nothing in this file is in force"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": "
     "100000000000000000000000000000000000000000000000000000000000000}}",
     "hiperiso.json:1:44: control.timeout: "
     "100000000000000000000000000000000000000000000000000000000000000 is above the maximum 3600"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": -99999999999999999999}}",
     "hiperiso.json:1:44: control.timeout: -99999999999999999999 is below the minimum -1"},
    {"{\"control\": {\"default_cpus\": 3, \"timeout\": 1e5}}",
     "hiperiso.json:1:44: control.timeout: 100000 is above the maximum 3600"},
    {"{\"control\": {\"default_cpus\": 3, \"default_ram\": 1e-1}}",
     "hiperiso.json:1:48: control.default_ram: 1e-1 is no whole number"},
    {"{\"control\": {\"timeout\": }}",
     "hiperiso.json:1:25: a value is missing; nothing in this file is in force"},
    {"{\"control\" {\"timeout\": 5}}",
     "hiperiso.json:1:12: a : is missing between key and value; nothing in this file is in force"},
    {"{\"control\"}",
     "hiperiso.json:1:11: a : and a value are missing; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": 5 \"max_depth\": 3}}",
     "hiperiso.json:1:27: a comma is missing before this; nothing in this file is in force"},
    {"{\"control\": {\"timeout\": 5\n \"max_depth\": 3}}",
     "hiperiso.json:2:2: a comma is missing before this; nothing in this file is in force"},
    {"{\"control\": {},, \"theme\": {}}",
     "hiperiso.json:1:16: a comma too many: remove it; nothing in this file is in force"},
    {"{,\"control\": {}}",
     "hiperiso.json:1:2: a comma too many: remove it; nothing in this file is in force"},
    {"{\"control\": {\"default_cpu_features\": [\"vmx\",]}}",
     "hiperiso.json:1:44: a comma before ]: remove it; nothing in this file is in force"},
    {"{\"control\": {\n \"timeout\": 5\n",
     "hiperiso.json:3:1: the file ends, but the { of line 1 is not closed: } is missing; nothing "
     "in this file is in force"},
    {"{\"menu_alias\": [", "hiperiso.json:1:17: the file ends, but the [ of line 1 is not closed: "
                           "] is missing; nothing in this file is in force"},
    {"{\"control\": {}}}", "hiperiso.json:1:16: more text behind the end of the object: remove it; "
                           "nothing in this file is in force"},
    {"{\"control\": {\"timeout\": 5]}",
     "hiperiso.json:1:26: } is needed here, not ]; nothing in this file is in force"},
    {"{\"menu_alias\": [}",
     "hiperiso.json:1:17: ] is needed here, not }; nothing in this file is in force"},
    {"{\"control\": {\"default_image\": \"x.iso,\n \"timeout\": 5}}",
     "hiperiso.json:1:31: the text that starts here has no closing \" on its line; nothing in this "
     "file is in force"},
    {"{\"control\": {\"default_image\": \"a\tb\"}}",
     "hiperiso.json:1:33: a control character (0x9) in a text: remove it or write \\t, \\n; "
     "nothing in this file is in force"},
    {"{\"control\": {\"search_root\": \"\\ISOs\"}}",
     "hiperiso.json:1:30: \\ starts an escape here: write \\\\ for a backslash, / in paths; "
     "nothing in this file is in force"},
    {"{\"control\": {\"default_image\": \"\\u12G4\"}}",
     "hiperiso.json:1:32: \\u needs four hexadecimal digits that are a character; nothing in this "
     "file is in force"},
    {"{\"control\": {\"default_image\": \"\\uD83Dx\"}}",
     "hiperiso.json:1:32: \\u needs four hexadecimal digits that are a character; nothing in this "
     "file is in force"},
    {"{\"control\": {\"default_image\": \"\\uDCBF\\uD83D\"}}",
     "hiperiso.json:1:32: \\u needs four hexadecimal digits that are a character; nothing in this "
     "file is in force"},
    {"{\"control\": {\"default_cpus\": 3, \"default_image\": \"\\uD83D\\uDCBF\", \"timeout\": "
     "9999}}",
     "hiperiso.json:1:77: control.timeout: 9999 is above the maximum 3600"},
    {"{\"control\": {\"default_cpus\": 3, \"default_image\": \"\xC0\x80\"}}",
     "hiperiso.json:1:51: byte 0xc0 is not UTF-8: save the file as UTF-8, else this name matches "
     "nothing"},
    {"{\"control\": {\"default_cpus\": 3, \"default_image\": \"\xED\xA0\x80\"}}",
     "hiperiso.json:1:51: byte 0xed is not UTF-8: save the file as UTF-8, else this name matches "
     "nothing"},
    {"{\"control\": {}\xC2\xA0}", "hiperiso.json:1:15: a character (byte 0xc2) outside of a text: "
                                  "remove it; nothing in this file is in force"},
    {"{\"control\"\xEF\xBC\x9A {}}",
     "hiperiso.json:1:11: a : is missing between key and value; nothing in this file is in force"},
    {"{\"Control\": {}}", "hiperiso.json:1:2: Control: unknown key; did you mean control?"},
    {"{\"control\": {\"default_cpus\": 3, \"Timeout\": 5}}",
     "hiperiso.json:1:33: control.Timeout: unknown key; did you mean timeout?"},
    {"{\"iso_override\": {}}",
     "hiperiso.json:1:2: iso_override: unknown key; did you mean iso_overrides?"},
    {"{\"control\": {\"default_cpus\": 3, \"defualt_ram\": 512}}",
     "hiperiso.json:1:33: control.defualt_ram: unknown key; did you mean default_ram?"},
    {"{\"control\": {\"default_cpus\": 3, \"default_tmp\": true}}",
     "hiperiso.json:1:33: control.default_tmp: unknown key; did you mean default_tpm?"},
    {"{\"control\": {\"default_cpus\": 3, \"iso_overrides\": {}}}",
     "hiperiso.json:1:33: control.iso_overrides: unknown key here; it stands at the top of the "
     "file: is a } missing before it?"},
    {"{\"control\": {\"default_cpus\": 3, "
     "\"kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk"
     "kkkkkkkkk\": 5}}",
     "hiperiso.json:1:33: "
     "control.kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk: unknown key; "
     "remove it"},
    {"{\"control\": {\"default_cpus\": 3, \"default_ram\": 127}}",
     "hiperiso.json:1:48: control.default_ram: 127 is below the minimum 128"},
    {"{\"control\": {\"default_cpus\": 3, \"default_ram\": 1048577}}",
     "hiperiso.json:1:48: control.default_ram: 1048577 is above the maximum 1048576"},
    {"{\"control\": {\"default_cpus\": 3, \"log_keep\": 0}}",
     "hiperiso.json:1:45: control.log_keep: 0 is below the minimum 1"},
    {"{\"control\": {\"default_cpus\": 3, \"max_depth\": 65}}",
     "hiperiso.json:1:46: control.max_depth: 65 is above the maximum 64"},
    {"{\"control\": {\"default_cpus\": 3, \"fallback_no_kvm\": \"yes\"}}",
     "hiperiso.json:1:52: control.fallback_no_kvm: true or false without quotes is needed, not a "
     "text"},
    {"{\"control\": {\"default_cpus\": 3, \"default_ram\": true}}",
     "hiperiso.json:1:48: control.default_ram: a whole number without quotes is needed, not true"},
    {"{\"control\": {\"default_cpus\": 3, \"default_firmware\": [\"uefi\"]}}",
     "hiperiso.json:1:53: control.default_firmware: a text in quotes is needed, not a list"},
    {"{\"control\": {\"default_cpus\": 3, \"default_firmware\": \"UEFI\"}}",
     "hiperiso.json:1:53: control.default_firmware: \"UEFI\" is not one of auto, bios, uefi; did "
     "you mean uefi?"},
    {"{\"control\": {\"default_cpus\": 3, \"on_exit\": \"power_off\"}}",
     "hiperiso.json:1:44: control.on_exit: \"power_off\" is not one of menu, poweroff; did you "
     "mean poweroff?"},
    {"{\"control\": {\"default_cpus\": 3, \"default_machine\": \"\"}}",
     "hiperiso.json:1:52: control.default_machine: \"\" is not one of q35, pc"},
    {"{\"control\": {\"default_cpus\": 3, \"default_trace_level\": \"../x\"}}",
     "hiperiso.json:1:56: control.default_trace_level: \"../x\" is neither none, standard, "
     "detailed, full nor the NAME of a NAME.events (letters, digits, - _ .)"},
    {"{\"control\": {\"default_cpus\": 3, \"search_root\": \"ISOs\"}}",
     "hiperiso.json:1:48: control.search_root: \"ISOs\" is no path from the data partition's root: "
     "it starts with /"},
    {"{\"control\": {\"default_cpus\": 3}, \"theme\": {\"gfxmode\": \"1024x\"}}",
     "hiperiso.json:1:55: theme.gfxmode: \"1024x\" is neither auto, max nor a list like "
     "1920x1080,1024x768"},
    {"{\"control\": {\"default_cpus\": 3}, \"theme\": {\"gfxpayload\": \"txt\"}}",
     "hiperiso.json:1:58: theme.gfxpayload: \"txt\" is not one of keep, text; did you mean text?"},
    {"{\"control\": {\"default_cpus\": 3}, \"theme\": {\"gfx_mode\": \"auto\"}}",
     "hiperiso.json:1:44: theme.gfx_mode: unknown key; did you mean gfxmode?"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_alias\": [{\"alias\": \"x\"}]}",
     "hiperiso.json:1:49: menu_alias[0]: iso is missing; write {\"iso\": \"/PATH\", \"alias\": "
     "\"TEXT\"}"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_alias\": [{\"iso\": \"/x\", \"iso\": \"/y\", "
     "\"alias\": \"x\"}]}",
     "hiperiso.json:1:63: menu_alias[0].iso: stands twice; the first one counts, remove one"},
    {"{\"control\": {\"default_cpus\": 3}, \"menu_alias\": [{\"iso\": \"/\xC3\x89.iso\", "
     "\"alias\": \"1\"}, {\"iso\": \"./\xC3\xA9.ISO\", \"alias\": \"2\"}]}",
     "hiperiso.json:1:90: menu_alias[1].iso: \"./\xC3\xA9.ISO\" stands twice; the first one "
     "counts, remove one"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"a\\\\\": {}}}",
     "hiperiso.json:1:52: iso_overrides[\"a\\\"]: nothing follows \\; correct the pattern, it "
     "matches nothing"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"win[0-9*.iso\": {\"ram\": 512}}}",
     "hiperiso.json:1:52: iso_overrides[\"win[0-9*.iso\"]: [ without ]; correct the pattern, it "
     "matches nothing"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": "
     "{\"pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
     "pppppppppp*\": {\"ram\": 1}}}",
     "hiperiso.json:1:165: "
     "iso_overrides[\"pppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp\"].ram: 1 "
     "is below the minimum 128"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": null}}",
     "hiperiso.json:1:57: iso_overrides[\"*\"]: an object { } is needed, not null"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"use\": [\"a\"]}}}",
     "hiperiso.json:1:65: iso_overrides[\"*\"].use: a text in quotes is needed, not a list"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"use\": \".x\"}}}",
     "hiperiso.json:1:65: iso_overrides[\"*\"].use: \".x\" is no name of a template: write NAME "
     "for iso_overrides/NAME.json"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"ram\": 512, \"theme\": "
     "{}}}}",
     "hiperiso.json:1:70: iso_overrides[\"*\"].theme: unknown key here; it stands at the top of "
     "the file: is a } missing before it?"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"vnc_listen\": true}}}",
     "hiperiso.json:1:58: iso_overrides[\"*\"].vnc_listen: unknown key here; move it to control"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"default_trace_from\": "
     "\"x\"}}}",
     "hiperiso.json:1:58: iso_overrides[\"*\"].default_trace_from: unknown key; here it is called "
     "trace_from"},
    {"{\"control\": {\"default_cpus\": 3}, \"iso_overrides\": {\"*\": {\"qemu_extra_args\": "
     "\"-device x\"}}}",
     "hiperiso.json:1:77: iso_overrides[\"*\"].qemu_extra_args: a list of texts [\"...\"] is "
     "needed, not a text"},
};

static void check(const char *text, const char *expected)
{
    struct problem_list problems = PROBLEM_LIST_INIT;
    struct config *config;

    assert_int_equal(config_parse("hiperiso.json", text, strlen(text), &problems, &config),
                     STATUS_OK);
    if (problems.count == 0)
        fail_msg("%s\nhas no problem, not %s", text, expected);
    auto_free char *problem = problem_text(&problems.items[0]);
    if (problems.count != 1 || strcmp(problem, expected) != 0)
        fail_msg("%s\ngives %zu: %s\nnot   %s", text, problems.count, problem, expected);
    bool has_cpus = strstr(text, "\"default_cpus\": 3") != NULL;
    assert_int_equal(settings_number(config_control(config), SETTING_CPUS), has_cpus ? 3 : 2);
    config_free(config);
    problem_list_clear(&problems);
}

static void every_fault_is_named_with_its_place(void **state)
{
    (void)state;
    assert_true(ARRAY_SIZE(broken) >= 60);
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++)
        check(broken[i].text, broken[i].problem);
    print_message("%zu broken configurations\n", ARRAY_SIZE(broken));
}

/* A line feed by itself, with a carriage return before it, and a mark at the start: the places
 * stay. */
static void line_ends_and_the_byte_order_mark_move_no_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(broken); i++) {
        const char *text = broken[i].text;
        auto_strbuf changed = STRBUF_INIT;
        if ((unsigned char)text[0] >= 0x80 || strstr(text, "\r") != NULL)
            continue; /* has one, or is UTF-16 */
        strbuf_append(&changed, "\xEF\xBB\xBF");
        for (const char *p = text; *p != '\0'; p++) {
            if (*p == '\n')
                strbuf_append_char(&changed, '\r');
            strbuf_append_char(&changed, *p);
        }
        check(strbuf_text(&changed), broken[i].problem);
    }
}

static void what_is_too_long_is_named(void **state)
{
    (void)state;
    auto_strbuf text = STRBUF_INIT, list = STRBUF_INIT;

    strbuf_append(&text, "{\"control\": {\"default_cpus\": 3, \"default_image\": \"");
    for (unsigned i = 0; i <= SETTING_TEXT_MAX; i++)
        strbuf_append_char(&text, 'x');
    strbuf_append(&text, "\"}}");
    check(strbuf_text(&text), "hiperiso.json:1:50: control.default_image: a text of 4097 bytes is "
                              "above the maximum 4096");
    strbuf_append(&list, "{\"control\": {\"default_cpus\": 3, \"default_cpu_features\": [\"a\"");
    for (unsigned i = 0; i < SETTING_LIST_MAX; i++)
        strbuf_append(&list, ",\"a\"");
    strbuf_append(&list, "]}}");
    check(strbuf_text(&list), "hiperiso.json:1:1082: control.default_cpu_features: more than the "
                              "maximum of 256 elements");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fault_is_named_with_its_place),
        cmocka_unit_test(line_ends_and_the_byte_order_mark_move_no_place),
        cmocka_unit_test(what_is_too_long_is_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
