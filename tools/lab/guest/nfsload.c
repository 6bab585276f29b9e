/*
 * nfsload KIND PATH [N]: keeps an NFS mount busy for ever.
 *
 * write  files of N MiB, written and left to writeback
 * fsync  the same, with fsync() every MiB
 * gaps   N MiB of pages, two places of each that do not touch: a page that was not read before can
 *        only hold one such request, the first has to be written before the second is made
 * open   N files held open at a time, opened and closed in turn
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { kChunk = 65536, kPage = 4096, kMiB = 1 << 20 };

static char data[kChunk];

static int opened(const char *path)
{
	int file = open(path, O_WRONLY | O_CREAT, 0644);

	if (file < 0) {
		fprintf(stderr, "nfsload: %s: %s\n", path, strerror(errno));
		exit(1);
	}
	return file;
}

static void put(int file, size_t bytes, off_t offset)
{
	if (pwrite(file, data, bytes, offset) < 0)
		fprintf(stderr, "nfsload: %s\n", strerror(errno));
}

static void write_file(const char *path, long mib, int synced)
{
	int file = opened(path);
	off_t offset;

	for (offset = 0; offset < (off_t)mib * kMiB; offset += kChunk) {
		put(file, kChunk, offset);
		if (synced && (offset + kChunk) % kMiB == 0)
			fsync(file);
	}
	close(file);
}

static void write_with_gaps(const char *path, long mib)
{
	int file = opened(path);
	off_t offset;

	for (offset = 0; offset < (off_t)mib * kMiB; offset += kPage) {
		put(file, 100, offset);
		put(file, 100, offset + kPage / 2);
	}
	close(file);
}

static void open_files(const char *path, long count)
{
	char name[4096];
	long i;
	int *files = calloc(count, sizeof *files);

	if (!files)
		exit(1);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof name, "%s%ld", path, i);
		files[i] = opened(name);
	}
	for (i = 0; i < count; i++)
		close(files[i]);
	free(files);
}

int main(int count, char **words)
{
	long number = count > 3 ? atol(words[3]) : 4;
	char name[16];

	if (count < 3)
		return 2;
	snprintf(name, sizeof name, "nfsload-%s", words[1]);
	prctl(PR_SET_NAME, name, 0, 0, 0);
	memset(data, 'N', sizeof data);
	for (;;) {
		if (strcmp(words[1], "write") == 0)
			write_file(words[2], number, 0);
		else if (strcmp(words[1], "fsync") == 0)
			write_file(words[2], number, 1);
		else if (strcmp(words[1], "gaps") == 0)
			write_with_gaps(words[2], number);
		else if (strcmp(words[1], "open") == 0)
			open_files(words[2], number);
		else
			return 2;
		usleep(100000);
	}
}
