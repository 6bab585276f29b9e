/*
 * measure FILE PROGRAM ARGUMENT...: runs the program and writes to FILE, as lines "name value", what
 * it took: exit status (128 + N for signal N), milliseconds by the clock and of processor time, the
 * largest resident set of it or a child that it waited for, and the least memory that the system had
 * available before and meanwhile, looked at every 20 ms.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static long available_kib(void)
{
	char line[128];
	long value = -1;
	FILE *file = fopen("/proc/meminfo", "r");

	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "MemAvailable: %ld", &value) == 1)
			break;
	if (file)
		fclose(file);
	return value;
}

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static long of(struct timeval time)
{
	return time.tv_sec * 1000 + time.tv_usec / 1000;
}

int main(int count, char **words)
{
	struct rusage used;
	int status;
	long before, least, start;
	pid_t child;
	FILE *file;

	if (count < 3)
		return 2;
	before = least = available_kib();
	start = milliseconds();
	child = fork();
	if (child == 0) {
		execvp(words[2], words + 2);
		perror(words[2]);
		_exit(127);
	}
	while (wait4(child, &status, WNOHANG, &used) == 0) {
		long now = available_kib();

		if (now < least)
			least = now;
		usleep(20000);
	}
	file = fopen(words[1], "w");
	if (!file)
		return 1;
	fprintf(file, "status %d\nwall_ms %ld\ncpu_ms %ld\nmax_rss_kib %ld\n",
		WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
		milliseconds() - start, of(used.ru_utime) + of(used.ru_stime), used.ru_maxrss);
	fprintf(file, "available_before_kib %ld\navailable_least_kib %ld\n", before, least);
	fclose(file);
	return 0;
}
