/* Sees every change that a process makes to the files under one folder, and writes it to a record.
 *
 * Preloaded (LD_PRELOAD) into a real engine, so that the driver, SQLite and the kernel are the real ones: each call is
 * passed on, and told in the order in which it happened. A mutex holds a change and its line in the record together;
 * a sync has two lines, because only what was written before it began is safe, and only once it has ended.
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
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

enum { OPENED = 1, WRITTEN, TRUNCATED, SYNC_BEGUN, SYNC_ENDED, UNLINKED, RENAMED, FOLDER_MADE, MARKED };
enum { MOST = 4096, IS_FOLDER = 1 };

struct line { uint32_t kind, first, second, flags; uint64_t inode, number; };

static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static int record = -1;
static char root[PATH_MAX];
static size_t root_length;
static uint64_t tracked[MOST]; /* by descriptor: the inode, 0 when it isn't ours */
static uint64_t syncs;

#define REAL(name, result, ...) \
  static result (*real)(__VA_ARGS__); \
  if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("BATCHDECK_RECORD"), *folder = getenv("BATCHDECK_RECORD_ROOT");
  if (!path || !folder || !realpath(folder, root)) return;
  root_length = strlen(root);
  int opened = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  record = fcntl(opened, F_DUPFD_CLOEXEC, 512); /* out of the way of whoever counts on low numbers */
  syscall(SYS_close, opened);
  unsetenv("BATCHDECK_RECORD"); /* a child's changes would be told by two clocks */
}

static void fail(const char *what) {
  dprintf(2, "recorder: %s: %s\n", what, strerror(errno));
  abort();
}

/* Two pieces of data follow a line: a path and, where there is one, what was written or the new path. */
static void tell(struct line line, const void *first, const void *second) {
  struct iovec parts[3] = {{&line, sizeof line}, {(void *)first, line.first}, {(void *)second, line.second}};
  size_t whole = sizeof line + line.first + line.second;
  if (syscall(SYS_writev, record, parts, 3) != (long)whole) fail("the record can't be written");
}

static int ours(const char *path) {
  return record >= 0 && !strncmp(path, root, root_length) && (!path[root_length] || path[root_length] == '/');
}

static int is_tracked(int fd) { return record >= 0 && fd >= 0 && fd < MOST && tracked[fd]; }

static int told_open(int fd) {
  char link[64], path[PATH_MAX];
  if (record < 0 || fd < 0) return fd;
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, sizeof path - 1);
  if (length <= 0) return fd;
  path[length] = 0;
  if (!ours(path)) return fd;
  struct stat about;
  if (fd >= MOST || fstat(fd, &about)) fail(path);
  tracked[fd] = about.st_ino;
  struct line line = {OPENED, (uint32_t)length, 0, S_ISDIR(about.st_mode) ? IS_FOLDER : 0, about.st_ino, 0};
  line.number = (uint64_t)about.st_size;
  tell(line, path, NULL);
  return fd;
}

static int open_at(int folder, const char *path, int flags, mode_t mode) {
  if (record < 0) return (int)syscall(SYS_openat, folder, path, flags, mode);
  pthread_mutex_lock(&turn);
  int fd = told_open((int)syscall(SYS_openat, folder, path, flags, mode));
  int kept = errno;
  pthread_mutex_unlock(&turn);
  errno = kept;
  return fd;
}

#define MODE_OF(flags) \
  mode_t mode = 0; \
  if ((flags) & O_CREAT || ((flags) & O_TMPFILE) == O_TMPFILE) { va_list more; va_start(more, flags); mode = va_arg(more, mode_t); va_end(more); }

int open(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int open64(const char *path, int flags, ...) { MODE_OF(flags) return open_at(AT_FDCWD, path, flags, mode); }
int openat(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_at(at, path, flags, mode); }
int openat64(int at, const char *path, int flags, ...) { MODE_OF(flags) return open_at(at, path, flags, mode); }

int close(int fd) {
  if (fd >= 0 && fd == record) { errno = EBADF; return -1; }
  if (!is_tracked(fd)) return (int)syscall(SYS_close, fd);
  pthread_mutex_lock(&turn);
  tracked[fd] = 0;
  int result = (int)syscall(SYS_close, fd);
  pthread_mutex_unlock(&turn);
  return result;
}

static ssize_t write_at(int fd, const void *data, size_t size, off_t offset, int positioned) {
  pthread_mutex_lock(&turn);
  struct stat about;
  if (!positioned) {
    int flags = fcntl(fd, F_GETFL);
    if (fstat(fd, &about)) fail("fstat");
    offset = flags & O_APPEND ? about.st_size : lseek(fd, 0, SEEK_CUR);
  }
  ssize_t written = positioned ? syscall(SYS_pwrite64, fd, data, size, offset) : syscall(SYS_write, fd, data, size);
  int kept = errno;
  if (written > 0)
    tell((struct line){WRITTEN, 0, (uint32_t)written, 0, tracked[fd], (uint64_t)offset}, NULL, data);
  pthread_mutex_unlock(&turn);
  errno = kept;
  return written;
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t offset) {
  return is_tracked(fd) ? write_at(fd, data, size, offset, 1) : syscall(SYS_pwrite64, fd, data, size, offset);
}
ssize_t pwrite(int fd, const void *data, size_t size, off_t offset) { return pwrite64(fd, data, size, offset); }
ssize_t write(int fd, const void *data, size_t size) {
  return is_tracked(fd) ? write_at(fd, data, size, 0, 0) : syscall(SYS_write, fd, data, size);
}

int ftruncate64(int fd, off64_t size) {
  if (!is_tracked(fd)) return (int)syscall(SYS_ftruncate, fd, size);
  pthread_mutex_lock(&turn);
  int result = (int)syscall(SYS_ftruncate, fd, size), kept = errno;
  if (!result) tell((struct line){TRUNCATED, 0, 0, 0, tracked[fd], (uint64_t)size}, NULL, NULL);
  pthread_mutex_unlock(&turn);
  errno = kept;
  return result;
}
int ftruncate(int fd, off_t size) { return ftruncate64(fd, size); }

static int synced(int fd, long call) {
  if (!is_tracked(fd)) return (int)syscall(call, fd);
  pthread_mutex_lock(&turn);
  uint64_t inode = tracked[fd], number = ++syncs;
  tell((struct line){SYNC_BEGUN, 0, 0, 0, inode, number}, NULL, NULL);
  pthread_mutex_unlock(&turn);
  int result = (int)syscall(call, fd), kept = errno;
  pthread_mutex_lock(&turn);
  if (!result) tell((struct line){SYNC_ENDED, 0, 0, 0, inode, number}, NULL, NULL);
  pthread_mutex_unlock(&turn);
  errno = kept;
  return result;
}
int fsync(int fd) { return synced(fd, SYS_fsync); }
int fdatasync(int fd) { return synced(fd, SYS_fdatasync); }

/* Names: absolute, as the engine and SQLite give them; a relative one counts from where the process stands. */
static uint32_t absolute(const char *path, char *into) {
  if (path[0] == '/') return (uint32_t)snprintf(into, PATH_MAX, "%s", path);
  char here[PATH_MAX];
  if (!getcwd(here, sizeof here)) fail("getcwd");
  return (uint32_t)snprintf(into, PATH_MAX, "%s/%s", here, path);
}

static int told_name(int result, uint32_t kind, const char *path, const char *to) {
  char first[PATH_MAX], second[PATH_MAX];
  int kept = errno;
  if (!result && record >= 0) {
    uint32_t length = absolute(path, first), other = to ? absolute(to, second) : 0;
    if (ours(first)) tell((struct line){kind, length, other, 0, 0, 0}, first, second);
  }
  pthread_mutex_unlock(&turn);
  errno = kept;
  return result;
}

int unlink(const char *path) {
  REAL("unlink", int, const char *);
  pthread_mutex_lock(&turn);
  return told_name(real(path), UNLINKED, path, NULL);
}
int rename(const char *from, const char *to) {
  REAL("rename", int, const char *, const char *);
  pthread_mutex_lock(&turn);
  return told_name(real(from, to), RENAMED, from, to);
}
int mkdir(const char *path, mode_t mode) {
  REAL("mkdir", int, const char *, mode_t);
  pthread_mutex_lock(&turn);
  return told_name(real(path, mode), FOLDER_MADE, path, NULL);
}

/* Called by the process itself: something was acknowledged just now. */
void batchdeck_mark(const char *said, uint32_t length) {
  if (record < 0) return;
  pthread_mutex_lock(&turn);
  tell((struct line){MARKED, 0, length, 0, 0, 0}, NULL, said);
  pthread_mutex_unlock(&turn);
}

/* Leaves as a killed process does, with everything open, but never between a change and its line. */
void batchdeck_leave(void) {
  pthread_mutex_lock(&turn);
  _exit(0);
}
