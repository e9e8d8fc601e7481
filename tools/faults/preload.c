/* What a refresh writes, seen and broken from outside: loaded by the harness with LD_PRELOAD.
 *
 * Counts and names every call that changes a file under the watched root, in every process of a run
 * (Python, dbt, DuckDB, SQLite alike), and at one chosen call kills the run, cuts the write, or answers
 * with an error. The production code knows nothing of it. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { OFF, TRACE, KILL_BEFORE, KILL_AFTER, KILL_HALF, FULL, FULL_ONCE, IO_ONCE, DENY_READ, DENY_WRITE, JUMP };

struct control {
    volatile long calls;  /* seen so far that match */
    volatile long at;     /* which of them is hit, counted from 1 */
    volatile long hit;    /* set to 1 when it was */
    int mode;
    int group;            /* process group to kill */
    long by;              /* seconds by which the wall clock jumps at the chosen call of mode JUMP */
    char root[512];
    char op[32];          /* operation to hit; empty is any */
    char path[512];       /* pattern of the path below the root */
    char trace[512];      /* file that the trace is appended to */
};

static struct control *ctl;

static void *map(const char *file) {
    int fd = syscall(SYS_openat, AT_FDCWD, file, O_RDWR, 0);
    if (fd < 0) return NULL;
    void *p = mmap(NULL, sizeof(struct control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    return p == MAP_FAILED ? NULL : p;
}

void fault_arm(const char *file) { ctl = map(file); }

__attribute__((constructor)) static void start(void) {
    const char *file = getenv("FAULT_CONTROL");
    if (file && *file) ctl = map(file);
}

static const char *below(const char *path) { /* path below the watched root, or NULL */
    if (!ctl || !path) return NULL;
    size_t n = strlen(ctl->root);
    if (strncmp(path, ctl->root, n) || path[n] != '/') return NULL;
    return path + n + 1;
}

static const char *absolute(int dir, const char *path, char *buf) {
    if (!path) return NULL;
    if (path[0] == '/') return path;
    char here[PATH_MAX];
    if (dir == AT_FDCWD) {
        if (!getcwd(here, sizeof here)) return path;
    } else {
        char link[64];
        snprintf(link, sizeof link, "/proc/self/fd/%d", dir);
        ssize_t n = readlink(link, here, sizeof here - 1);
        if (n < 0) return path;
        here[n] = 0;
    }
    snprintf(buf, PATH_MAX, "%.2000s/%.2000s", here, path);
    return buf;
}

static const char *of_fd(int fd, char *buf) {
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, buf, PATH_MAX - 1);
    if (n < 0) return NULL;
    buf[n] = 0;
    return buf;
}

static void note(const char *op, const char *rel) {
    int saved = errno;
    char line[1200];
    int n = snprintf(line, sizeof line, "%s\t%s\n", op, rel);
    int fd = syscall(SYS_openat, AT_FDCWD, ctl->trace, O_WRONLY | O_APPEND | O_CREAT, 0600);
    if (fd >= 0) { syscall(SYS_write, fd, line, n); syscall(SYS_close, fd); }
    errno = saved;
}

static void die(void) {
    ctl->hit = 1;
    kill(-ctl->group, SIGKILL);
    for (;;) pause();
}

/* 0: go on; 1: kill afterwards; 2: cut in half, then kill; < 0: fail with that errno */
static int judge(const char *op, const char *path) {
    const char *rel = below(path);
    if (!rel || ctl->mode == OFF) return 0;
    if (ctl->mode == TRACE) { note(op, rel); return 0; }
    if (ctl->mode == DENY_WRITE) {
        if (fnmatch(ctl->path, rel, 0)) return 0;
        ctl->hit = 1;
        return -EROFS;
    }
    if (ctl->mode == DENY_READ) return 0;
    if (ctl->mode == FULL && ctl->hit)  /* a full disk stays full; what frees or only renames still goes */
        return strcmp(op, "write") && strcmp(op, "create") && strcmp(op, "mkdir") ? 0 : -ENOSPC;
    if (ctl->hit || (ctl->op[0] && strcmp(ctl->op, op)) || fnmatch(ctl->path, rel, 0)) return 0;
    if (__sync_add_and_fetch(&ctl->calls, 1) != ctl->at) return 0;
    switch (ctl->mode) {
    case KILL_BEFORE: die();
    case KILL_AFTER: return 1;
    case KILL_HALF: return 2;
    case FULL: case FULL_ONCE: ctl->hit = 1; return -ENOSPC;
    case IO_ONCE: ctl->hit = 1; return -EIO;
    case JUMP: ctl->hit = 1;
    }
    return 0;
}

static int unreadable(const char *path) {
    const char *rel = below(path);
    if (!rel || ctl->mode != DENY_READ || fnmatch(ctl->path, rel, 0)) return 0;
    ctl->hit = 1;
    return 1;
}

#define REAL(ret, name, ...) \
    static ret (*real)(__VA_ARGS__); \
    if (!real) real = (ret(*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)
#define JUDGED(op, path, call, bad) \
    int verdict = ctl ? judge(op, path) : 0; \
    if (verdict < 0) { errno = -verdict; return bad; } \
    __typeof__(call) result = call; \
    if (verdict > 0) die(); \
    return result

static int opening(int dir, const char *path, int flags) {
    if (!ctl) return 0;
    char buf[PATH_MAX];
    const char *full = absolute(dir, path, buf);
    if (!full) return 0;
    if ((flags & O_ACCMODE) != O_WRONLY && !(flags & O_DIRECTORY) && unreadable(full)) return -EACCES;
    if (flags & (O_CREAT | O_TRUNC)) return judge("create", full);
    return 0;
}

#define OPEN(name, dir, DIRDECL, ...) \
    int name(DIRDECL const char *path, int flags, ...) { \
        va_list list; va_start(list, flags); \
        mode_t mode = flags & (O_CREAT | O_TMPFILE) ? va_arg(list, mode_t) : 0; va_end(list); \
        int verdict = opening(dir, path, flags); \
        if (verdict < 0) { errno = -verdict; return -1; } \
        int fd = syscall(SYS_openat, dir, path, flags, mode); \
        if (verdict > 0) die(); \
        return fd; \
    }
#define NOTHING
OPEN(open, AT_FDCWD, )
OPEN(open64, AT_FDCWD, )
#define DIRARG int dir,
OPEN(openat, dir, DIRARG)
OPEN(openat64, dir, DIRARG)

FILE *fopen(const char *path, const char *mode) {
    REAL(FILE *, "fopen", const char *, const char *);
    int verdict = opening(AT_FDCWD, path, mode[0] == 'r' ? O_RDONLY : O_WRONLY | O_CREAT);
    if (verdict < 0) { errno = -verdict; return NULL; }
    FILE *f = real(path, mode);
    if (verdict > 0) die();
    return f;
}

ssize_t write(int fd, const void *data, size_t n) {
    char buf[PATH_MAX];
    int verdict = ctl && ctl->mode && fd > 2 ? judge("write", of_fd(fd, buf)) : 0;
    if (verdict < 0) { errno = -verdict; return -1; }
    ssize_t done = syscall(SYS_write, fd, data, verdict == 2 ? n / 2 : n);
    if (verdict > 0) die();
    return done;
}

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at) {
    char buf[PATH_MAX];
    int verdict = ctl && ctl->mode ? judge("write", of_fd(fd, buf)) : 0;
    if (verdict < 0) { errno = -verdict; return -1; }
    ssize_t done = syscall(SYS_pwrite64, fd, data, verdict == 2 ? n / 2 : n, at);
    if (verdict > 0) die();
    return done;
}
ssize_t pwrite(int fd, const void *data, size_t n, off_t at) { return pwrite64(fd, data, n, at); }

int fsync(int fd) {
    char buf[PATH_MAX];
    JUDGED("fsync", of_fd(fd, buf), (int)syscall(SYS_fsync, fd), -1);
}
int fdatasync(int fd) {
    char buf[PATH_MAX];
    JUDGED("fsync", of_fd(fd, buf), (int)syscall(SYS_fdatasync, fd), -1);
}
int ftruncate64(int fd, off64_t n) {
    char buf[PATH_MAX];
    JUDGED("truncate", of_fd(fd, buf), (int)syscall(SYS_ftruncate, fd, n), -1);
}
int ftruncate(int fd, off_t n) { return ftruncate64(fd, n); }

int rename(const char *from, const char *to) {
    char buf[PATH_MAX];
    JUDGED("rename", ctl ? absolute(AT_FDCWD, to, buf) : NULL, (int)syscall(SYS_renameat, AT_FDCWD, from, AT_FDCWD, to), -1);
}
int renameat(int a, const char *from, int b, const char *to) {
    char buf[PATH_MAX];
    JUDGED("rename", ctl ? absolute(b, to, buf) : NULL, (int)syscall(SYS_renameat, a, from, b, to), -1);
}
int link(const char *from, const char *to) {
    char buf[PATH_MAX];
    JUDGED("link", ctl ? absolute(AT_FDCWD, to, buf) : NULL, (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0), -1);
}
int linkat(int a, const char *from, int b, const char *to, int flags) {
    char buf[PATH_MAX];
    JUDGED("link", ctl ? absolute(b, to, buf) : NULL, (int)syscall(SYS_linkat, a, from, b, to, flags), -1);
}
int symlink(const char *from, const char *to) {
    char buf[PATH_MAX];
    JUDGED("symlink", ctl ? absolute(AT_FDCWD, to, buf) : NULL, (int)syscall(SYS_symlinkat, from, AT_FDCWD, to), -1);
}
int unlink(const char *path) {
    char buf[PATH_MAX];
    JUDGED("unlink", ctl ? absolute(AT_FDCWD, path, buf) : NULL, (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0), -1);
}
int unlinkat(int dir, const char *path, int flags) {
    char buf[PATH_MAX];
    JUDGED("unlink", ctl ? absolute(dir, path, buf) : NULL, (int)syscall(SYS_unlinkat, dir, path, flags), -1);
}
int rmdir(const char *path) {
    char buf[PATH_MAX];
    JUDGED("unlink", ctl ? absolute(AT_FDCWD, path, buf) : NULL, (int)syscall(SYS_unlinkat, AT_FDCWD, path, AT_REMOVEDIR), -1);
}
int mkdir(const char *path, mode_t mode) {
    char buf[PATH_MAX];
    JUDGED("mkdir", ctl ? absolute(AT_FDCWD, path, buf) : NULL, (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode), -1);
}

static long shift(void) { return ctl && ctl->mode == JUMP && ctl->hit ? ctl->by : 0; }
int clock_gettime(clockid_t which, struct timespec *t) {
    REAL(int, "clock_gettime", clockid_t, struct timespec *);
    int done = real(which, t);
    if (!done && which == CLOCK_REALTIME) t->tv_sec += shift();
    return done;
}
int gettimeofday(struct timeval *restrict t, void *restrict zone) {
    REAL(int, "gettimeofday", struct timeval *, void *);
    int done = real(t, zone);
    if (!done) t->tv_sec += shift();
    return done;
}
time_t time(time_t *out) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    if (out) *out = t.tv_sec;
    return t.tv_sec;
}
