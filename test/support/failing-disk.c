/*
 * Loaded before the C library: while the file that SILT_FAIL_META names exists, the next write to the first two pages
 * of a file, where LMDB says which state is the latest, is refused as by a broken disk, and the file is removed.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/types.h>
#include <unistd.h>

typedef ssize_t Write(int file, const void *bytes, size_t count, off_t at);

static ssize_t attempt(const char *name, int file, const void *bytes, size_t count, off_t at) {
  const char *armed = getenv("SILT_FAIL_META");
  if (armed && at < 8192 && unlink(armed) == 0) {
    errno = EIO;
    return -1;
  }
  return ((Write *)dlsym(RTLD_NEXT, name))(file, bytes, count, at);
}

ssize_t pwrite(int file, const void *bytes, size_t count, off_t at) {
  return attempt("pwrite", file, bytes, count, at);
}

ssize_t pwrite64(int file, const void *bytes, size_t count, off_t at) {
  return attempt("pwrite64", file, bytes, count, at);
}
