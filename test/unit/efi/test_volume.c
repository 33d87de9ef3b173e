/* SPDX-License-Identifier: BSD-2-Clause */
/* The exFAT file protocol with the real UEFI headers over fake boot services, on volumes that other
 * people's tools made. */
#include <efi.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/base/cleanup.h"
#include "config/base/utf.h"
#include "efi/core/fs/gpt.h"
#include "efi/port/exfat_volume.h"
#include "efi/port/port.h"
#include "efi/port/volume.h"
#include "test/unit/config/unit.h"
#include "test/unit/fs/testdev.h"

#define IMAGE "filled-4K-512.img"

static EFI_GUID block_io_guid = EFI_BLOCK_IO_PROTOCOL_GUID;
static EFI_GUID disk_io_guid = EFI_DISK_IO_PROTOCOL_GUID;
static EFI_GUID file_system_guid = EFI_SIMPLE_FILE_SYSTEM_PROTOCOL_GUID;
static EFI_GUID file_info_guid = EFI_FILE_INFO_ID;
static EFI_GUID system_info_guid = EFI_FILE_SYSTEM_INFO_ID;
static EFI_GUID label_guid = EFI_FILE_SYSTEM_VOLUME_LABEL_ID;

/* ---- a partition and its protocols ---- */

static struct testdev dev;
static EFI_BLOCK_IO_MEDIA media;
static EFI_BLOCK_IO block_io;
static EFI_DISK_IO disk_io;
static bool has_disk_io;
static EFI_FILE_IO_INTERFACE *file_system;
static EFI_BOOT_SERVICES services;
static unsigned signals;

static EFI_STATUS EFIAPI handle_protocol(EFI_HANDLE handle, EFI_GUID *guid, void **ret_interface)
{
    assert_ptr_equal(handle, &dev);
    if (memcmp(guid, &block_io_guid, sizeof(*guid)) == 0)
        *ret_interface = &block_io;
    else if (memcmp(guid, &disk_io_guid, sizeof(*guid)) == 0 && has_disk_io)
        *ret_interface = &disk_io;
    else if (memcmp(guid, &file_system_guid, sizeof(*guid)) == 0 && file_system != NULL)
        *ret_interface = file_system;
    else
        return EFI_UNSUPPORTED;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI install(EFI_HANDLE *handle, EFI_GUID *guid, EFI_INTERFACE_TYPE type,
                                 void *interface)
{
    assert_ptr_equal(*handle, &dev);
    assert_int_equal(type, EFI_NATIVE_INTERFACE);
    assert_memory_equal(guid, &file_system_guid, sizeof(*guid));
    file_system = interface;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI uninstall(EFI_HANDLE handle, EFI_GUID *guid, void *interface)
{
    assert_ptr_equal(handle, &dev);
    assert_memory_equal(guid, &file_system_guid, sizeof(*guid));
    assert_ptr_equal(interface, file_system);
    file_system = NULL;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI signal_event(EFI_EVENT event)
{
    assert_ptr_equal(event, &signals);
    signals++;
    return EFI_SUCCESS;
}

static EFI_STATUS EFIAPI read_disk(EFI_DISK_IO *this, UINT32 media_id, UINT64 off, UINTN len,
                                   void *buffer)
{
    assert_ptr_equal(this, &disk_io);
    assert_int_equal(media_id, 7);
    return blockdev_read(&dev.device, off, len, buffer) == STATUS_OK ? EFI_SUCCESS
                                                                     : EFI_DEVICE_ERROR;
}

/* As strict as a device may be. */
static EFI_STATUS EFIAPI read_blocks(EFI_BLOCK_IO *this, UINT32 media_id, EFI_LBA lba, UINTN len,
                                     void *buffer)
{
    assert_ptr_equal(this, &block_io);
    assert_int_equal(media_id, 7);
    assert_int_equal(len % media.BlockSize, 0);
    assert_int_equal((uintptr_t)buffer % media.IoAlign, 0);
    return blockdev_read(&dev.device, lba * media.BlockSize, len, buffer) == STATUS_OK
               ? EFI_SUCCESS
               : EFI_DEVICE_ERROR;
}

static void plug_in(const char *name, uint64_t off, bool with_disk_io)
{
    if (!testdev_open(&dev, name, off))
        skip();
    services = (EFI_BOOT_SERVICES){
        .HandleProtocol = handle_protocol,
        .InstallProtocolInterface = install,
        .UninstallProtocolInterface = uninstall,
        .SignalEvent = signal_event,
    };
    bs = &services;
    media =
        (EFI_BLOCK_IO_MEDIA){.MediaId = 7, .MediaPresent = true, .BlockSize = 512, .IoAlign = 4096};
    media.LastBlock = dev.device.size_bytes / media.BlockSize - 1;
    block_io = (EFI_BLOCK_IO){.Media = &media, .ReadBlocks = read_blocks};
    disk_io = (EFI_DISK_IO){.ReadDisk = read_disk};
    has_disk_io = with_disk_io;
    file_system = NULL;
}

/* ---- everything that is on a volume ---- */

struct walk {
    EFI_FILE_HANDLE root;
    const char *folder;
    unsigned count;
};

static enum status count_entries(void *context, const struct platform_file *file)
{
    struct walk *walk = context;
    struct walk below = {.root = walk->root};
    char path[2048];

    walk->count++;
    if (!file->is_folder)
        return STATUS_OK;
    snprintf(path, sizeof(path), "%s/%s", walk->folder, file->name);
    below.folder = path;
    enum status status = volume_list(walk->root, path, count_entries, &below);
    walk->count += below.count;
    return status;
}

/* The same bytes in pieces, from the end to the start. */
static void check_pieces(EFI_FILE_HANDLE root, const char *path, const char *bytes, size_t len)
{
    enum { PIECE = 70001 };
    static uint8_t piece[PIECE];
    struct blockdev *device;

    assert_int_equal(volume_open_device(root, path, &device), STATUS_OK);
    assert_int_equal(device->size_bytes, len);
    for (size_t end = len; end > 0;) {
        size_t off = end > PIECE ? end - PIECE : 0;
        assert_int_equal(blockdev_read(device, off, end - off, piece), STATUS_OK);
        assert_memory_equal(piece, bytes + off, end - off);
        end = off;
    }
    assert_int_equal(blockdev_read(device, len, 1, piece), STATUS_CORRUPT);
    volume_close_device(device);
}

/* TYPE SIZE CRC32 PATH */
static void check_file(const struct expected *line, void *context)
{
    EFI_FILE_HANDLE root = context;
    auto_free char *bytes = NULL;
    size_t len;
    uint64_t size = strtoull(line->fields[1], NULL, 10);

    if (line->fields[0][0] == 'd')
        return;
    enum status status = volume_read_file(root, line->fields[3], (size_t)64 << 20, &bytes, &len);
    assert_int_equal(status, size > (uint64_t)64 << 20 ? STATUS_TOO_LARGE : STATUS_OK);
    if (status != STATUS_OK)
        return;
    assert_int_equal(len, size);
    if (strcmp(line->fields[2], "-") != 0)
        assert_int_equal(gpt_crc32(0, bytes, len), strtoul(line->fields[2], NULL, 16));
    if (len > 100000 && len < 1000000)
        check_pieces(root, line->fields[3], bytes, len);
}

static void check_volume(const struct expected *line, void *context)
{
    const bool *with_disk_io = context;
    struct exfat_volume *volume;
    struct walk walk = {.folder = ""};

    if (strcmp(line->fields[1], "many.img") == 0 && !*with_disk_io)
        return;
    plug_in(line->fields[1], strtoull(line->fields[2], NULL, 10), *with_disk_io);
    assert_int_equal(exfat_volume_publish(&dev, &volume), STATUS_OK);
    assert_int_equal(volume_open(&dev, &walk.root), STATUS_OK);
    assert_int_equal(volume_list(walk.root, "/", count_entries, &walk), STATUS_OK);
    assert_int_equal(walk.count, expected_each(line->fields[5], NULL, check_file, walk.root));
    volume_close(&walk.root);
    exfat_volume_withdraw(volume);
    assert_null(file_system);
    testdev_close(&dev);
}

static void the_protocol_reads_what_others_wrote(void **state)
{
    (void)state;
    for (int with_disk_io = 0; with_disk_io < 2; with_disk_io++) {
        bool flag = with_disk_io != 0;
        if (expected_each("expected", "exfat", check_volume, &flag) == 0)
            skip();
    }
}

/* ---- the protocol's rules ---- */

static struct exfat_volume *volume;
static EFI_FILE_HANDLE root;
static CHAR16 folder_name[300],
    file_name[600]; /* some folder of the image, and some file: "\folder\file" */
static uint64_t file_size;

static void pick(const struct expected *line, void *context)
{
    (void)context;
    auto_free uint16_t *units = NULL;
    size_t len;
    const char *slash = strrchr(line->fields[3], '/');
    if (line->fields[0][0] == 'd' || slash == line->fields[3] ||
        strtoull(line->fields[1], NULL, 10) < 10 || file_size > 0)
        return;
    assert_int_equal(utf16_from_utf8(line->fields[3], &units, &len), STATUS_OK);
    assert_true(len < ARRAY_SIZE(file_name));
    size_t folder_len = 0;
    for (size_t i = 0; i < len; i++) {
        if (units[i] == '/') {
            units[i] = '\\';
            folder_len = i;
        }
    }
    assert_true(folder_len < ARRAY_SIZE(folder_name));
    memcpy(file_name, units, (len + 1) * 2);
    memcpy(folder_name, units, folder_len * 2);
    folder_name[folder_len] = 0;
    file_size = strtoull(line->fields[1], NULL, 10);
}

static int set_up(void **state)
{
    (void)state;
    file_size = 0;
    if (expected_each(IMAGE ".list", NULL, pick, NULL) == 0 || file_size == 0)
        return 0;
    plug_in(IMAGE, 0, true);
    assert_int_equal(exfat_volume_publish(&dev, &volume), STATUS_OK);
    assert_int_equal(volume_open(&dev, &root), STATUS_OK);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    if (file_size > 0) {
        volume_close(&root);
        exfat_volume_withdraw(volume);
        testdev_close(&dev);
    }
    return 0;
}

#define NEEDS_IMAGE()                                                                              \
    if (file_size == 0)                                                                            \
    skip()

static EFI_FILE_HANDLE open_name(EFI_FILE_HANDLE from, const CHAR16 *name)
{
    EFI_FILE_HANDLE file;
    assert_int_equal(from->Open(from, &file, (CHAR16 *)(uintptr_t)name, EFI_FILE_MODE_READ, 0),
                     EFI_SUCCESS);
    return file;
}

/* The name that GetInfo tells, as UTF-8. */
static const char *name_of(EFI_FILE_HANDLE file)
{
    static char name[1024];
    _Alignas(8) uint8_t buffer[2048];
    auto_free char *text = NULL;
    UINTN size = sizeof(buffer);
    EFI_FILE_INFO *info = (EFI_FILE_INFO *)buffer;

    assert_int_equal(file->GetInfo(file, &file_info_guid, &size, buffer), EFI_SUCCESS);
    assert_int_equal(info->Size, size);
    size_t units = (size - offsetof(EFI_FILE_INFO, FileName)) / 2 - 1;
    assert_int_equal(info->FileName[units], 0);
    assert_int_equal(utf8_from_utf16(info->FileName, units, &text), STATUS_OK);
    snprintf(name, sizeof(name), "%s", text);
    return name;
}

static void open_understands_dots_and_both_slashes(void **state)
{
    char expected[1024];
    EFI_FILE_HANDLE folder, file;
    CHAR16 *relative = file_name;
    (void)state;
    NEEDS_IMAGE();
    folder = open_name(root, folder_name);
    snprintf(expected, sizeof(expected), "%s", name_of(folder));
    assert_true(strlen(expected) > 0);
    for (CHAR16 *p = file_name; *p != 0; p++) {
        if (*p == '\\')
            relative = p + 1;
    }
    file = open_name(folder, relative);
    assert_string_not_equal(name_of(file), expected);
    file->Close(file);
    file = open_name(folder, u".");
    assert_string_equal(name_of(file), expected);
    file->Close(file);
    file = open_name(folder, u"\\.\\");
    assert_string_equal(name_of(file), "");
    file->Close(file);
    file = open_name(folder, u"no-such-name\\..\\.");
    assert_string_equal(name_of(file), expected);
    file->Close(file);
    file = open_name(folder, file_name); /* absolute */
    file->Close(file);
    assert_int_equal(root->Open(root, &file, (CHAR16 *)u"..", EFI_FILE_MODE_READ, 0),
                     EFI_NOT_FOUND);
    assert_int_equal(root->Open(root, &file, (CHAR16 *)u"no/such", EFI_FILE_MODE_READ, 0),
                     EFI_NOT_FOUND);
    folder->Close(folder);
}

static void nothing_can_be_written(void **state)
{
    EFI_FILE_HANDLE file;
    UINTN size = 3;
    (void)state;
    NEEDS_IMAGE();
    assert_int_equal(
        root->Open(root, &file, file_name, EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE, 0),
        EFI_WRITE_PROTECTED);
    assert_int_equal(root->Open(root, &file, (CHAR16 *)u"new",
                                EFI_FILE_MODE_READ | EFI_FILE_MODE_WRITE | EFI_FILE_MODE_CREATE, 0),
                     EFI_WRITE_PROTECTED);
    assert_int_equal(root->Open(root, &file, file_name, 0, 0), EFI_INVALID_PARAMETER);
    file = open_name(root, file_name);
    assert_int_equal(file->Write(file, &size, (void *)(uintptr_t) "abc"), EFI_WRITE_PROTECTED);
    assert_int_equal(file->SetInfo(file, &file_info_guid, 0, NULL), EFI_WRITE_PROTECTED);
    assert_int_equal(file->Flush(file), EFI_WRITE_PROTECTED);
    assert_int_equal(file->Delete(file), EFI_WARN_DELETE_FAILURE); /* and closes */
}

static void positions_follow_the_specification(void **state)
{
    EFI_FILE_HANDLE file;
    UINT64 position;
    uint8_t first[5], again[5];
    UINTN size = 5;
    (void)state;
    NEEDS_IMAGE();
    file = open_name(root, file_name);
    assert_int_equal(file->Read(file, &size, first), EFI_SUCCESS);
    assert_int_equal(size, 5);
    assert_int_equal(file->GetPosition(file, &position), EFI_SUCCESS);
    assert_int_equal(position, 5);
    assert_int_equal(file->SetPosition(file, UINT64_MAX), EFI_SUCCESS);
    assert_int_equal(file->GetPosition(file, &position), EFI_SUCCESS);
    assert_int_equal(position, file_size);
    size = 5;
    assert_int_equal(file->Read(file, &size, again), EFI_SUCCESS);
    assert_int_equal(size, 0);
    file->SetPosition(file, file_size + 1);
    size = 5;
    assert_int_equal(file->Read(file, &size, again), EFI_DEVICE_ERROR);
    file->SetPosition(file, 0);
    size = 5;
    assert_int_equal(file->Read(file, &size, again), EFI_SUCCESS);
    assert_memory_equal(first, again, 5);
    file->Close(file);
    assert_int_equal(root->GetPosition(root, &position), EFI_UNSUPPORTED);
    assert_int_equal(root->SetPosition(root, 1), EFI_UNSUPPORTED);
}

static void a_small_buffer_loses_no_entry(void **state)
{
    _Alignas(8) uint8_t buffer[2048];
    unsigned counts[2] = {0, 0};
    UINTN size, needed;
    (void)state;
    NEEDS_IMAGE();
    for (unsigned pass = 0; pass < 2; pass++) {
        for (;;) {
            if (pass == 1) {
                needed = 1;
                EFI_STATUS status = root->Read(root, &needed, buffer);
                if (status == EFI_SUCCESS)
                    break;
                assert_int_equal(status, EFI_BUFFER_TOO_SMALL);
                size = needed - 1;
                assert_int_equal(root->Read(root, &size, buffer), EFI_BUFFER_TOO_SMALL);
                assert_int_equal(size, needed);
            } else {
                size = sizeof(buffer);
            }
            assert_int_equal(root->Read(root, &size, buffer), EFI_SUCCESS);
            if (size == 0)
                break;
            counts[pass]++;
        }
        assert_int_equal(root->SetPosition(root, 0), EFI_SUCCESS);
    }
    assert_true(counts[0] > 0);
    assert_int_equal(counts[0], counts[1]);
}

static void the_volume_describes_itself(void **state)
{
    _Alignas(8) uint8_t buffer[512];
    EFI_FILE_SYSTEM_INFO *info = (EFI_FILE_SYSTEM_INFO *)buffer;
    UINTN size = 0;
    (void)state;
    NEEDS_IMAGE();
    assert_int_equal(root->GetInfo(root, &system_info_guid, &size, NULL), EFI_BUFFER_TOO_SMALL);
    assert_int_equal(root->GetInfo(root, &system_info_guid, &size, buffer), EFI_SUCCESS);
    assert_int_equal(info->Size, size);
    assert_true(info->ReadOnly);
    assert_int_equal(info->BlockSize, 4096);
    assert_true(info->FreeSpace > 0 && info->FreeSpace < info->VolumeSize);
    assert_memory_equal(info->VolumeLabel, u"Ä東京", 8);
    size = sizeof(buffer);
    assert_int_equal(root->GetInfo(root, &label_guid, &size, buffer), EFI_SUCCESS);
    assert_int_equal(size, 8);
    assert_memory_equal(buffer, u"Ä東京", 8);
    char label[PLATFORM_LABEL_MAX], two[3];
    volume_label(root, label, sizeof(label));
    assert_string_equal(label, "Ä東京");
    volume_label(root, two, sizeof(two)); /* whole characters */
    assert_string_equal(two, "Ä");
    assert_int_equal(root->GetInfo(root, &block_io_guid, &size, buffer), EFI_UNSUPPORTED);
}

static void revision_two_signals_its_event(void **state)
{
    EFI_FILE_HANDLE file = NULL;
    uint8_t bytes[8];
    EFI_FILE_IO_TOKEN token = {.Event = &signals};
    (void)state;
    NEEDS_IMAGE();
    signals = 0;
    assert_true(root->Revision >= EFI_FILE_PROTOCOL_REVISION2);
    assert_int_equal(root->OpenEx(root, &file, file_name, EFI_FILE_MODE_READ, 0, &token),
                     EFI_SUCCESS);
    assert_int_equal(token.Status, EFI_SUCCESS);
    token.BufferSize = sizeof(bytes);
    token.Buffer = bytes;
    assert_int_equal(file->ReadEx(file, &token), EFI_SUCCESS);
    assert_int_equal(token.BufferSize, 8);
    assert_int_equal(file->FlushEx(file, &token), EFI_SUCCESS);
    assert_int_equal(token.Status, EFI_WRITE_PROTECTED);
    assert_int_equal(signals, 3);
    token.Event = NULL;
    assert_int_equal(file->WriteEx(file, &token), EFI_WRITE_PROTECTED);
    file->Close(file);
}

static void a_device_that_fails_is_an_error_not_an_end(void **state)
{
    struct exfat_volume *other;
    (void)state;
    for (unsigned long n = 1; n < 2000; n++) {
        struct walk walk = {.folder = ""};
        plug_in(IMAGE, 0, true);
        dev.reads = 0;
        dev.fail_read = n;
        enum status status = exfat_volume_publish(&dev, &other);
        bool is_published = status == STATUS_OK;
        if (is_published) {
            assert_int_equal(volume_open(&dev, &walk.root), STATUS_OK);
            status = volume_list(walk.root, "/", count_entries, &walk);
            volume_close(&walk.root);
            exfat_volume_withdraw(other);
        }
        bool has_failed = dev.reads >= n;
        testdev_close(&dev);
        if (!has_failed) {
            assert_int_equal(status, STATUS_OK);
            return;
        }
        if (!is_published)
            assert_null(file_system);
    }
    fail();
}

static void a_withdrawn_volume_answers_nothing(void **state)
{
    EFI_FILE_HANDLE other;
    uint8_t byte;
    UINTN size = 1;
    (void)state;
    NEEDS_IMAGE();
    EFI_FILE_HANDLE file = open_name(root, file_name);
    exfat_volume_withdraw(volume);
    assert_null(file_system);
    assert_int_equal(file->Read(file, &size, &byte), EFI_NO_MEDIA);
    assert_int_equal(root->Open(root, &other, file_name, EFI_FILE_MODE_READ, 0), EFI_NO_MEDIA);
    file->Close(file);
    volume_close(&root); /* the last one: the volume goes with it */
    testdev_close(&dev);
    file_size = 0;
}

int main(void)
{
    if (!images_are_made())
        return 77;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_protocol_reads_what_others_wrote),
        cmocka_unit_test(a_device_that_fails_is_an_error_not_an_end),
        cmocka_unit_test_setup_teardown(open_understands_dots_and_both_slashes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_can_be_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(positions_follow_the_specification, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_small_buffer_loses_no_entry, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_volume_describes_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(revision_two_signals_its_event, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_withdrawn_volume_answers_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
