// A clock that can be set for one process: seconds in the first eight bytes of
// $PRELOAD_DIR/clock are added to the time of day. Clocks that only run are left alone.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static volatile int64_t *offset;
static int (*real)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void) {
	char path[4096];
	const char *dir = getenv("PRELOAD_DIR");
	real = dlsym(RTLD_NEXT, "clock_gettime");
	if (!dir) return;
	snprintf(path, sizeof path, "%s/clock", dir);
	int file = open(path, O_RDWR | O_CREAT, 0644);
	if (file < 0) return;
	if (ftruncate(file, sizeof *offset) == 0) {
		void *at = mmap(0, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
		if (at != MAP_FAILED) offset = at;
	}
	close(file);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
	if (!real) real = dlsym(RTLD_NEXT, "clock_gettime");
	int result = real(clock, now);
	if (result == 0 && offset && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += *offset;
	return result;
}
