"""run_one.py OUTPUT COMMAND...: runs it and prints its exit status, CPU seconds and peak bytes.

A process of its own for each run, because the peak memory that the system accounts to a program
begins with that of the process that started it: what is less than some MiB does not show.
"""
import os
import sys

output = os.open(sys.argv[1], os.O_WRONLY | os.O_TRUNC)
child = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ,
                        file_actions=[(os.POSIX_SPAWN_DUP2, output, 1),
                                      (os.POSIX_SPAWN_DUP2, output, 2)])
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
