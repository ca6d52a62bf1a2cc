/*
 * Loaded before the C library: while the file that SILT_QUOTA names exists, no file takes more bytes, as where a quota is
 * used up. LMDB's writes (at a place in the file, or of several pages) end with the error number SILT_QUOTA_ERROR,
 * since it tells of a write that was cut short as of an I/O error; all others with EDQUOT.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static int refused(int file, int error) {
  struct stat found;
  const char *armed = getenv("SILT_QUOTA");
  if (!armed || access(armed, F_OK) != 0 || fstat(file, &found) != 0 || !S_ISREG(found.st_mode)) return 0;
  errno = error;
  return 1;
}

static int pageError(void) {
  const char *number = getenv("SILT_QUOTA_ERROR");
  return number ? atoi(number) : EDQUOT;
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  if (refused(file, pageError())) return -1;
  return ((ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite"))(file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t at) {
  if (refused(file, pageError())) return -1;
  return ((ssize_t(*)(int, const void *, size_t, off_t))dlsym(RTLD_NEXT, "pwrite64"))(file, bytes, count, at);
}

ssize_t writev(int file, const struct iovec *parts, int count) {
  if (refused(file, pageError())) return -1;
  return ((ssize_t(*)(int, const struct iovec *, int))dlsym(RTLD_NEXT, "writev"))(file, parts, count);
}

ssize_t write(int file, const void *bytes, size_t count) {
  if (refused(file, EDQUOT)) return -1;
  return ((ssize_t(*)(int, const void *, size_t))dlsym(RTLD_NEXT, "write"))(file, bytes, count);
}
