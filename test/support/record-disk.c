/*
 * Loaded before the C library: writes down, in order and with their bytes, what a process asks of the files below the
 * folder SILT_RECORD_ROOT: writes, changes of length, syncs (of folders as well), new names, renames, removals; and what
 * it writes to the file SILT_RECORD with ".marks" behind it, so that it can say in between what it was told. Records go
 * to the file SILT_RECORD (test/power/trace.mjs reads them):
 *
 *   kind u8, flags u8, bytes of two paths u16 u16, bytes of data u32, place in the file u64 | paths | data
 *
 * One call at a time is made and written down, so that the order of the records is that of the calls.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CREATE = 1, WRITE, LENGTH, SYNC, RENAME, REMOVE, MKDIR, MARK, MAP };
enum { AT_ONCE = 1 };

struct record {
  uint8_t kind, flags;
  uint16_t path, other;
  uint32_t bytes;
  uint64_t at;
} __attribute__((packed));

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

/** Whether a path is below the folder; those of files that were removed are not. */
static int inside(const char *path) {
  const char *root = getenv("SILT_RECORD_ROOT");
  size_t length = root ? strlen(root) : 0;
  const char *end = strrchr(path, ' ');
  if (end && strcmp(end, " (deleted)") == 0) return 0;
  return length > 0 && strncmp(path, root, length) == 0 && (path[length] == '/' || path[length] == 0);
}

/** The path of an open file, or 0. */
static const char *pathOf(int file, char *into) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", file);
  long length = syscall(SYS_readlinkat, AT_FDCWD, link, into, PATH_MAX - 1);
  if (length <= 0) return 0;
  into[length] = 0;
  return into;
}

static const char *absolute(int folder, const char *path, char *into) {
  char base[PATH_MAX];
  if (path[0] == '/') return path;
  if (folder == AT_FDCWD ? !getcwd(base, sizeof base) : !pathOf(folder, base)) return path;
  snprintf(into, 2 * PATH_MAX, "%s/%s", base, path);
  return into;
}

static void note(struct record head, const char *path, const char *other, const struct iovec *parts, int count) {
  static int trace = -1;
  const char *name = getenv("SILT_RECORD");
  if (!name) return;
  if (trace < 0) trace = (int)syscall(SYS_openat, AT_FDCWD, name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  head.path = (uint16_t)strlen(path);
  head.other = (uint16_t)strlen(other);
  struct iovec start[3] = {{&head, sizeof head}, {(void *)path, head.path}, {(void *)other, head.other}};
  if (syscall(SYS_writev, trace, start, 3) < 0) abort();
  for (uint32_t left = head.bytes, i = 0; left > 0 && i < (uint32_t)count; i++) {
    size_t bytes = parts[i].iov_len < left ? parts[i].iov_len : left;
    for (size_t done = 0; done < bytes;) {
      long written = syscall(SYS_write, trace, (char *)parts[i].iov_base + done, bytes - done);
      if (written <= 0) abort();
      done += written;
    }
    left -= bytes;
  }
}

static void noteCall(int kind, int folder, const char *path, int otherFolder, const char *other) {
  char first[2 * PATH_MAX], second[2 * PATH_MAX];
  path = absolute(folder, path, first);
  other = other ? absolute(otherFolder, other, second) : "";
  int error = errno;
  if (inside(path)) note((struct record){.kind = kind}, path, other, 0, 0);
  errno = error;
}

/** Something was written to an open file, at `at` or where it stands. */
static void noteWrite(int file, const struct iovec *parts, int count, off_t at, ssize_t bytes) {
  char path[PATH_MAX];
  int error = errno;
  const char *marks = getenv("SILT_RECORD");
  if (bytes > 0 && pathOf(file, path)) {
    size_t length = marks ? strlen(marks) : 0;
    if (length && strncmp(path, marks, length) == 0 && strcmp(path + length, ".marks") == 0)
      note((struct record){.kind = MARK, .bytes = bytes}, "", "", parts, count);
    else if (inside(path)) {
      if (at < 0) at = lseek(file, 0, SEEK_CUR) - bytes;
      int flags = fcntl(file, F_GETFL) & O_DSYNC ? AT_ONCE : 0;
      note((struct record){.kind = WRITE, .flags = flags, .bytes = bytes, .at = at}, path, "", parts, count);
    }
  }
  errno = error;
}

#define WRITER(name, parameters, call, parts, count, at)     \
  ssize_t name parameters {                                  \
    pthread_mutex_lock(&lock);                               \
    ssize_t bytes = REAL(name) call;                         \
    noteWrite(file, parts, count, at, bytes);                \
    pthread_mutex_unlock(&lock);                             \
    return bytes;                                            \
  }
#define ONE (&(struct iovec){(void *)from, size})

WRITER(write, (int file, const void *from, size_t size), (file, from, size), ONE, 1, -1)
WRITER(writev, (int file, const struct iovec *parts, int count), (file, parts, count), parts, count, -1)
WRITER(pwrite, (int file, const void *from, size_t size, off_t at), (file, from, size, at), ONE, 1, at)
WRITER(pwrite64, (int file, const void *from, size_t size, off_t at), (file, from, size, at), ONE, 1, at)
WRITER(pwritev, (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at), parts, count, at)
WRITER(pwritev64, (int file, const struct iovec *parts, int count, off_t at), (file, parts, count, at), parts, count, at)

static void noteFile(int kind, int file, off_t at) {
  char path[PATH_MAX];
  int error = errno;
  if (pathOf(file, path) && inside(path)) note((struct record){.kind = kind, .at = at}, path, "", 0, 0);
  errno = error;
}

#define FILE_CALL(kind, name, parameters, call, at) \
  int name parameters {                             \
    pthread_mutex_lock(&lock);                      \
    int result = REAL(name) call;                   \
    if (result == 0) noteFile(kind, file, at);      \
    pthread_mutex_unlock(&lock);                    \
    return result;                                  \
  }

FILE_CALL(SYNC, fsync, (int file), (file), 0)
FILE_CALL(SYNC, fdatasync, (int file), (file), 0)
FILE_CALL(LENGTH, ftruncate, (int file, off_t bytes), (file, bytes), bytes)
FILE_CALL(LENGTH, ftruncate64, (int file, off_t bytes), (file, bytes), bytes)

#define PATH_CALL(kind, name, parameters, call, folder, path, otherFolder, other)       \
  int name parameters {                                                                 \
    pthread_mutex_lock(&lock);                                                          \
    int result = REAL(name) call;                                                       \
    if (result == 0) noteCall(kind, folder, path, otherFolder, other);                  \
    pthread_mutex_unlock(&lock);                                                        \
    return result;                                                                      \
  }

PATH_CALL(MKDIR, mkdir, (const char *path, mode_t mode), (path, mode), AT_FDCWD, path, 0, 0)
PATH_CALL(MKDIR, mkdirat, (int at, const char *path, mode_t mode), (at, path, mode), at, path, 0, 0)
PATH_CALL(REMOVE, unlink, (const char *path), (path), AT_FDCWD, path, 0, 0)
PATH_CALL(REMOVE, rmdir, (const char *path), (path), AT_FDCWD, path, 0, 0)
PATH_CALL(REMOVE, unlinkat, (int at, const char *path, int flags), (at, path, flags), at, path, 0, 0)
PATH_CALL(RENAME, rename, (const char *path, const char *to), (path, to), AT_FDCWD, path, AT_FDCWD, to)
PATH_CALL(RENAME, renameat, (int at, const char *path, int in, const char *to), (at, path, in, to), at, path, in, to)

static int opened(int (*real)(int, const char *, int, ...), int folder, const char *path, int flags, mode_t mode) {
  pthread_mutex_lock(&lock);
  int before = (flags & O_CREAT) != 0 && syscall(SYS_faccessat, folder, path, F_OK) != 0;
  int file = real(folder, path, flags, mode);
  if (file >= 0 && before) noteCall(CREATE, folder, path, 0, 0);
  else if (file >= 0 && (flags & O_TRUNC)) noteFile(LENGTH, file, 0);
  pthread_mutex_unlock(&lock);
  return file;
}

#define OPENER(name, parameters, real, folder)             \
  int name parameters {                                    \
    va_list rest;                                          \
    va_start(rest, flags);                                 \
    mode_t mode = flags & O_CREAT ? va_arg(rest, int) : 0; \
    va_end(rest);                                          \
    return opened(REAL(real), folder, path, flags, mode);  \
  }

OPENER(open, (const char *path, int flags, ...), openat, AT_FDCWD)
OPENER(open64, (const char *path, int flags, ...), openat64, AT_FDCWD)
OPENER(openat, (int folder, const char *path, int flags, ...), openat, folder)
OPENER(openat64, (int folder, const char *path, int flags, ...), openat64, folder)

/** What is written to memory is not seen here: that a file is mapped so is written down. */
static void *mapped(void *at, size_t bytes, int protection, int flags, int file, off_t from) {
  void *map = (void *)syscall(SYS_mmap, at, bytes, protection, flags, file, from);
  if (file < 0 || !(protection & PROT_WRITE) || !(flags & MAP_SHARED) || map == MAP_FAILED) return map;
  pthread_mutex_lock(&lock);
  noteFile(MAP, file, 0);
  pthread_mutex_unlock(&lock);
  return map;
}

void *mmap(void *at, size_t bytes, int protection, int flags, int file, off_t from) {
  return mapped(at, bytes, protection, flags, file, from);
}

void *mmap64(void *at, size_t bytes, int protection, int flags, int file, off_t from) {
  return mapped(at, bytes, protection, flags, file, from);
}
