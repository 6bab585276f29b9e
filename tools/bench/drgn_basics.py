"""What crash's sys, bt and log say, from drgn: drgn_basics.py DUMP VMLINUX."""
import sys

import drgn
from drgn.helpers.linux import get_dmesg

program = drgn.Program()
program.set_core_dump(sys.argv[1])
program.load_debug_info([sys.argv[2]])
uts = program["init_uts_ns"].name
print(uts.release.string_().decode(), uts.version.string_().decode())
thread = program.crashed_thread()
print(thread.object.pid.value_(), thread.object.comm.string_().decode())
print(thread.stack_trace())
sys.stdout.flush()
sys.stdout.buffer.write(get_dmesg(program))
