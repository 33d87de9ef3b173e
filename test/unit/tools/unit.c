/* SPDX-License-Identifier: BSD-2-Clause */
/* Helpers of the tests of mkhiperiso. */
#include "test/unit/tools/unit.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/mkhiperiso/verbs.h"

static char scratch[] = "/tmp/mkhiperiso-test-XXXXXX";
static int home = -1;

int scratch_enter(void **state)
{
    (void)state;
    home = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return home < 0 || mkdtemp(scratch) == NULL ? -1 : chdir(scratch);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

int scratch_leave(void **state)
{
    (void)state;
    if (fchdir(home) < 0)
        return -1;
    close(home);
    return nftw(scratch, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void write_file(const char *path, const void *bytes, size_t len)
{
    auto_free char *folder = strdup(path);

    assert_non_null(folder);
    for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(folder, 0777) < 0)
            assert_int_equal(errno, EEXIST);
        *slash = '/';
    }
    FILE *file = fopen(path, "wbe");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

void write_text(const char *path, const char *text)
{
    write_file(path, text, strlen(text));
}

void write_script(const char *path, const char *text)
{
    write_text(path, text);
    assert_int_equal(chmod(path, 0755), 0);
}

char *read_whole(const char *path, size_t *ret_len)
{
    FILE *file = fopen(path, "rbe");

    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    long len = ftell(file);
    assert_true(len >= 0);
    rewind(file);
    char *text = malloc((size_t)len + 1);
    assert_non_null(text);
    assert_int_equal(fread(text, 1, (size_t)len, file), len);
    text[len] = '\0';
    fclose(file);
    if (ret_len != NULL)
        *ret_len = (size_t)len;
    return text;
}

size_t count_entries(const char *folder)
{
    size_t count = 0;
    DIR *dir = opendir(folder);

    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;)
        count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
    closedir(dir);
    return count;
}

void cut_out(const char *from, uint64_t off, uint64_t len, const char *to)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    off_t end = (off_t)(off + len), data = (off_t)off;

    assert_true(in >= 0 && out >= 0);
    assert_int_equal(ftruncate(out, (off_t)len), 0);
    while ((data = lseek(in, data, SEEK_DATA)) >= 0 && data < end) {
        off_t hole = lseek(in, data, SEEK_HOLE), place = data - (off_t)off;
        size_t left = (size_t)((hole < end ? hole : end) - data);
        while (left > 0) {
            ssize_t part = copy_file_range(in, &data, out, &place, left, 0);
            assert_true(part > 0);
            left -= (size_t)part;
        }
    }
    close(in);
    close(out);
}

bool is_same_file(const char *a, const char *b)
{
    return run_quietly((const char *const[]){"cmp", "-s", a, b, NULL});
}

bool run_quietly(const char *const argv[])
{
    return run_with_input(argv, "/dev/null");
}

bool run_with_input(const char *const argv[], const char *input)
{
    int state;
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);
        dup2(open(input, O_RDONLY), STDIN_FILENO);
        dup2(null, STDOUT_FILENO);
        dup2(null, STDERR_FILENO);
        setenv("PATH", "/usr/sbin:/usr/bin:/sbin:/bin", 1);
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    assert_int_equal(waitpid(pid, &state, 0), pid);
    return WIFEXITED(state) && WEXITSTATUS(state) == 0;
}

static const struct verb *const verbs[] = {&verb_image, &verb_ls,      &verb_cat,    &verb_run,
                                           &verb_check, &verb_explain, &verb_update, &verb_verify};

int run_verb(const char *const argv[], char **ret_messages)
{
    const struct verb *verb = NULL;
    struct options options;
    char messages[] = "messages-XXXXXX";
    int argc = 0, code, kept = dup(STDERR_FILENO), fd = mkstemp(messages);

    assert_true(kept >= 0 && fd >= 0);
    for (size_t i = 0; i < ARRAY_SIZE(verbs); i++)
        if (strcmp(verbs[i]->name, argv[0]) == 0)
            verb = verbs[i];
    assert_non_null(verb);
    while (argv[argc] != NULL)
        argc++;
    dup2(fd, STDERR_FILENO);
    if (options_parse(verb, argc - 1, (char **)argv + 1, &options) < 0)
        code = EXIT_CODE_USAGE;
    else
        code = verb->run(&options);
    options_clear(&options);
    dup2(kept, STDERR_FILENO);
    close(kept);
    close(fd);
    char *text = read_whole(messages, NULL);
    unlink(messages);
    if (ret_messages != NULL)
        *ret_messages = text;
    else
        free(text);
    return code;
}
