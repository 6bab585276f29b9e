// A crash with a little of everything that expressions can ask for: log, frames, registers, types,
// memory, arguments, code.
#pragma once

#include "input.h"
#include "rules/test_scene.h"
#include "rules/yaml.h"

namespace nfstriage::fuzz {

inline const facts::Scene& small_scene() {
    static const rules::TestScene scene = [] {
        constexpr std::string_view kText = R"(
crash.kind: soft_lockup
task.comm: java
task.pid: 42
kernel.arch: x86_64
crash.fault_address: 0xffff888000001000
registers: {rbx: 0xffff888000005000, rdi: 0xffff888000001000, rax: 0, r12: 0xffff888000009000}
frames: [spin.isra.0, "nfs_wb_page+0x10/0x20 [nfs]", "? guessed", "scan scanned", vfs_write]
stacks:
  - [__schedule, schedule, rwsem_down_write_failed, down_write, "nfs_start_io_write [nfs]"]
log: |
  [    1.000000] nfs: server a not responding, still trying
  [    2.000000] watchdog: BUG: soft lockup - CPU#2 stuck for 22s! [java:42]
  [    3.000000] NFS: hello (world)
types:
  struct nfs_page: {wb_flags: 0x40 unsigned long, wb_page: 0x10 struct page *, wb_bytes: 0x34 unsigned int, wb_index: 0x18 long}
  struct page: {flags: 0 unsigned long, _mapcount: 8 int}
constants: {PG_private: 12, PG_dirty: 4}
memory:
  0xffff888000005040: 0x13
  0xffff888000005010: 0xffffea0000000100
  0xffff888000005018: 0xffffffffffffffff
  0xffff888000005030: 0x00000fff00000000
  0xffffea0000000100: 0x1029
  0xffffea0000000108: 0xffffffff
  0xffff888000009010: 0
arguments: {"nfs_wb_page 0": 0xffff888000005000, "nfs_wb_page 1": 0xffffea0000000100}
code: {"nfs_wb_page calls nfs_commit_end": true, "nfs_wb_page inlines spin": false}
)";
        auto yaml = rules::parse_yaml(kText, "scene");
        require(yaml.has_value(), "the scene is YAML");
        auto built = rules::TestScene::build(*yaml, "scene");
        if (!built) std::fprintf(stderr, "%s\n", to_string(built.error()).c_str());
        require(built.has_value(), "the scene is built");
        return std::move(*built);
    }();
    return scene.scene();
}

}  // namespace nfstriage::fuzz
