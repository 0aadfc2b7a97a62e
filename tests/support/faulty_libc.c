// Preloaded into `tomoe` and its workers: the disk and the clock of a bad day, as the environment says.
//
// FAULTY_UNDER     the folder whose files are meant; calls on others go through untouched
// FAULTY_PROGRAM   "node" or "python": whose calls are counted and fail; everyone's when absent
// FAULTY_CALL      the number of the write, fsync or rename that fails, from 1; none when absent
// FAULTY_ONCE      a file that the failing call makes; while it is there, no process's call fails by its number any more
// FAULTY_ERRNO     what it fails with
// FAULTY_WHEN      from the moment that this file exists every call that changes something fails, open and mkdir and unlink too
// FAULTY_COUNT     a file that always holds the number of writes, fsyncs and renames so far, its name ended by the program's
// FAULTY_CLOCK     seconds by which the wall clock is off from the start
// FAULTY_JUMP      seconds by which it jumps once the file FAULTY_JUMP_WHEN exists
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static long calls;

static long number(const char *name, long otherwise) {
  const char *text = getenv(name);
  return text == NULL || *text == 0 ? otherwise : atol(text);
}

static int there(const char *name) {
  const char *path = getenv(name);
  return path != NULL && access(path, F_OK) == 0;
}

static int is_meant(const char *path) {
  const char *under = getenv("FAULTY_UNDER"), *program = getenv("FAULTY_PROGRAM");
  if (under == NULL || strncmp(path, under, strlen(under)) != 0) return 0;
  return program == NULL || strncmp(program_invocation_short_name, program, strlen(program)) == 0;
}

static int is_meant_fd(int fd) {
  char link[64], path[PATH_MAX];
  if (getenv("FAULTY_UNDER") == NULL) return 0;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length < 0) return 0;
  path[length] = 0;
  return is_meant(path);
}

static void tell_count(long count) {
  const char *path = getenv("FAULTY_COUNT");
  if (path == NULL) return;
  char name[PATH_MAX], text[32];
  snprintf(name, sizeof name, "%s.%s", path, program_invocation_short_name);
  int file = REAL(open)(name, O_WRONLY | O_CREAT, 0600), length = snprintf(text, sizeof text, "%ld\n", count);
  if (file < 0) return;
  if (REAL(pwrite)(file, text, length, 0) != length) abort();
  close(file);
}

// True once for all processes, where they share the name of a file.
static int is_first(void) {
  const char *path = getenv("FAULTY_ONCE");
  if (path == NULL) return 1;
  int file = REAL(open)(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
  if (file >= 0) close(file);
  return file >= 0;
}

// Whether a call that changes a meant file fails now, with errno set; `counts` for those that FAULTY_CALL counts.
static int fails(int meant, int counts) {
  if (!meant) return 0;
  int hit = there("FAULTY_WHEN");
  if (counts) {
    long count = __atomic_add_fetch(&calls, 1, __ATOMIC_SEQ_CST);
    tell_count(count);
    hit = hit || (count == number("FAULTY_CALL", 0) && is_first());
  }
  if (hit) errno = (int)number("FAULTY_ERRNO", EIO);
  return hit;
}

ssize_t write(int fd, const void *data, size_t size) { return fails(is_meant_fd(fd), 1) ? -1 : REAL(write)(fd, data, size); }
ssize_t pwrite(int fd, const void *data, size_t size, off_t at) { return fails(is_meant_fd(fd), 1) ? -1 : REAL(pwrite)(fd, data, size, at); }
ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at) { return fails(is_meant_fd(fd), 1) ? -1 : REAL(pwrite64)(fd, data, size, at); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return fails(is_meant_fd(fd), 1) ? -1 : REAL(writev)(fd, parts, count); }
int fsync(int fd) { return fails(is_meant_fd(fd), 1) ? -1 : REAL(fsync)(fd); }
int fdatasync(int fd) { return fails(is_meant_fd(fd), 1) ? -1 : REAL(fdatasync)(fd); }
int rename(const char *from, const char *to) { return fails(is_meant(to), 1) ? -1 : REAL(rename)(from, to); }

int mkdir(const char *path, mode_t mode) { return fails(is_meant(path), 0) ? -1 : REAL(mkdir)(path, mode); }
int unlink(const char *path) { return fails(is_meant(path), 0) ? -1 : REAL(unlink)(path); }
int rmdir(const char *path) { return fails(is_meant(path), 0) ? -1 : REAL(rmdir)(path); }
int link(const char *from, const char *to) { return fails(is_meant(to), 0) ? -1 : REAL(link)(from, to); }
int ftruncate(int fd, off_t size) { return fails(is_meant_fd(fd), 0) ? -1 : REAL(ftruncate)(fd, size); }
int ftruncate64(int fd, off64_t size) { return fails(is_meant_fd(fd), 0) ? -1 : REAL(ftruncate64)(fd, size); }

static int opens_to_change(const char *path, int flags) { return (flags & (O_CREAT | O_WRONLY | O_RDWR)) != 0 && is_meant(path); }

#define OPEN(name) \
  int name(const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return fails(opens_to_change(path, flags), 0) ? -1 : REAL(name)(path, flags, mode); \
  }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
  int name(int folder, const char *path, int flags, ...) { \
    va_list rest; \
    va_start(rest, flags); \
    mode_t mode = (flags & O_CREAT) != 0 ? va_arg(rest, mode_t) : 0; \
    va_end(rest); \
    return fails(opens_to_change(path, flags), 0) ? -1 : REAL(name)(folder, path, flags, mode); \
  }
OPENAT(openat)
OPENAT(openat64)

static time_t shift(void) {
  return number("FAULTY_CLOCK", 0) + (there("FAULTY_JUMP_WHEN") ? number("FAULTY_JUMP", 0) : 0);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
  static __typeof__(&clock_gettime) real;
  if (real == NULL) real = REAL(clock_gettime);
  int result = real(clock, now);
  if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
  return result;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int result = REAL(gettimeofday)(now, zone);
  if (result == 0) now->tv_sec += shift();
  return result;
}

time_t time(time_t *now) {
  struct timespec shifted;
  clock_gettime(CLOCK_REALTIME, &shifted);
  if (now != NULL) *now = shifted.tv_sec;
  return shifted.tv_sec;
}
