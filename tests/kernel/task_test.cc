#include "kernel/task.h"
#include "catch.h"
#include "fakes/btf_writer.h"
#include "fakes/memory.h"
#include "kernel/find_module.h"
#include "kernel/identity.h"
#include "layout/btf_types.h"

using namespace nfstriage;
using fakes::BtfWriter;
using fakes::FakeMemory;

namespace {

// task_struct cut down: state@0 stack@8 pid@16 tgid@20 comm@24 tasks@40 signal@56 thread_node@64
// on_cpu@80 flags@84 nsproxy@88; thread_info.cpu@96.
std::unique_ptr<layout::BtfTypes> task_types(const char* state_name) {
    BtfWriter w;
    auto u32 = w.integer("unsigned int", 4);
    auto character = w.integer("char", 1);
    auto pointer = w.pointer(0);
    auto list = w.structure("list_head", 16, {{"next", pointer, 0}, {"prev", pointer, 64}});
    auto comm = w.array(character, u32, 16);
    auto info = w.structure("thread_info", 8, {{"cpu", u32, 0}});
    w.structure("task_struct", 128,
                {{state_name, u32, 0},
                 {"stack", pointer, 64},
                 {"pid", u32, 128},
                 {"tgid", u32, 160},
                 {"comm", comm, 192},
                 {"tasks", list, 320},
                 {"signal", pointer, 448},
                 {"thread_node", list, 512},
                 {"on_cpu", u32, 640},
                 {"flags", u32, 672},
                 {"nsproxy", pointer, 704},
                 {"thread_info", info, 768}});
    w.structure("signal_struct", 16, {{"thread_head", list, 0}});
    w.structure("nsproxy", 8, {{"mnt_ns", pointer, 0}});
    w.structure("mnt_namespace", 8, {{"root", pointer, 0}});
    auto vfsmount = w.structure("vfsmount", 8, {{"mnt_sb", pointer, 0}});
    w.structure("mount", 40,
                {{"mnt", vfsmount, 0}, {"mnt_mounts", list, 64}, {"mnt_child", list, 192}});
    w.structure("super_block", 8, {{"s_type", pointer, 0}});
    w.structure("file_system_type", 16, {{"owner", pointer, 0}, {"next", pointer, 64}});
    return std::make_unique<layout::BtfTypes>(std::move(layout::Btf::parse(w.bytes()).value()));
}

struct Tasks {
    FakeMemory memory;
    std::unique_ptr<layout::BtfTypes> types = task_types("__state");

    static VAddr address(unsigned number) { return VAddr{0xffff888000000000 + number * 0x1000}; }
    static VAddr signal(unsigned number) { return address(number) + 0x800; }

    VAddr add(unsigned number, std::string_view comm, std::uint32_t state = 0) {
        VAddr task = address(number);
        memory.put(task, std::vector<std::uint8_t>(0x1000));
        memory.set<std::uint32_t>(task, state);
        memory.set<std::uint32_t>(task + 16, number);
        memory.set<std::uint32_t>(task + 20, number);
        memory.set_text(task + 24, comm);
        memory.set<std::uint64_t>(task + 56, signal(number).value);
        link(signal(number), {task + 64});
        return task;
    }
    void link(VAddr head, std::vector<VAddr> nodes) {
        nodes.insert(nodes.begin(), head);
        for (std::size_t i = 0; i < nodes.size(); ++i)
            memory.set<std::uint64_t>(nodes[i], nodes[(i + 1) % nodes.size()].value);
    }
};

}  // namespace

TEST_CASE("all tasks are found from any of them, threads with their leader") {
    Tasks t;
    VAddr init = t.add(1, "init"), nfsd = t.add(2, "nfsd", 2), writer = t.add(3, "writer");
    VAddr thread = t.add(4, "writer-io");
    t.link(init + 40, {nfsd + 40, writer + 40});
    t.link(Tasks::signal(3), {writer + 64, thread + 64});
    auto list = kernel::read_tasks(t.memory, *t.types, nfsd, Budget(100)).value();
    CHECK(list.complete);
    REQUIRE(list.tasks.size() == 4);
    CHECK(list.tasks[0].comm == "nfsd");
    CHECK(list.tasks[0].is_uninterruptible());
    CHECK(list.tasks[2].comm == "writer-io");
    CHECK_FALSE(list.tasks[1].is_uninterruptible());
}

TEST_CASE("a list of tasks that loops past its start or breaks off is incomplete") {
    Tasks t;
    VAddr init = t.add(1, "init"), nfsd = t.add(2, "nfsd"), writer = t.add(3, "writer");
    t.link(init + 40, {nfsd + 40, writer + 40});
    SECTION("a loop") {
        t.memory.set<std::uint64_t>(writer + 40, (nfsd + 40).value);
        auto list = kernel::read_tasks(t.memory, *t.types, init, Budget(50)).value();
        CHECK_FALSE(list.complete);
        CHECK(list.tasks.size() == 3);  // each once
    }
    SECTION("a loop of threads") {
        VAddr thread = t.add(4, "writer-io");
        t.link(Tasks::signal(3), {writer + 64, thread + 64});
        t.memory.set<std::uint64_t>(thread + 64, (thread + 64).value);
        auto list = kernel::read_tasks(t.memory, *t.types, init, Budget(50)).value();
        CHECK_FALSE(list.complete);
        CHECK(list.tasks.size() == 4);
    }
    SECTION("from a thread, which is on no list of processes") {
        VAddr thread = t.add(4, "writer-io");
        t.link(Tasks::signal(3), {writer + 64, thread + 64});
        t.memory.set<std::uint64_t>(thread + 56, Tasks::signal(3).value);
        t.memory.set<std::uint64_t>(thread + 40, (init + 40).value);
        auto list = kernel::read_tasks(t.memory, *t.types, thread, Budget(50)).value();
        CHECK_FALSE(list.complete);
        CHECK(list.tasks.size() == 4);
    }
    SECTION("a missing page") {
        t.memory.remove(writer);
        auto list = kernel::read_tasks(t.memory, *t.types, init, Budget(50)).value();
        CHECK_FALSE(list.complete);
        CHECK(list.tasks.size() == 2);
    }
}

TEST_CASE("kernels before v5.14 call the state state") {
    Tasks t;
    t.types = task_types("state");
    VAddr task = t.add(7, "nfsd", 2);
    CHECK(kernel::read_task(t.memory, *t.types, task).value().is_uninterruptible());
    t.memory.set<std::uint32_t>(task, 0x402);  // TASK_IDLE
    CHECK_FALSE(kernel::read_task(t.memory, *t.types, task).value().is_uninterruptible());
}

TEST_CASE("the state of a task is the letter that ps shows") {
    auto letter = [](std::uint64_t state) {
        kernel::TaskInfo task;
        task.state = state;
        return task.state_letter();
    };
    CHECK(letter(0) == "R");
    CHECK(letter(1) == "S");
    CHECK(letter(2) == "D");
    CHECK(letter(0x102) == "D");  // TASK_KILLABLE
    CHECK(letter(0x402) == "I");  // TASK_IDLE
    CHECK(letter(4) == "T");
    CHECK(letter(8) == "T");
    CHECK(letter(0x80).empty());  // TASK_DEAD, by its present number
}

TEST_CASE("bytes that are no task are not read as one") {
    Tasks t;
    VAddr task = t.add(7, "nfsd");
    SECTION("pid out of range") { t.memory.set<std::uint32_t>(task + 16, 0xdeadbeef); }
    SECTION("comm without an end") { t.memory.set_text(task + 24, "0123456789abcdefgh"); }
    SECTION("no comm") { t.memory.set<char>(task + 24, '\0'); }
    CHECK(kernel::read_task(t.memory, *t.types, task).error().reason == Reason::corrupt);
}

TEST_CASE("a task is found on its own stack, and no other word passes for one") {
    Tasks t;
    VAddr stack{0xffffc90000010000};
    VAddr task = t.add(9, "ls"), other = t.add(10, "cat");
    t.memory.put(stack, std::vector<std::uint8_t>(0x4000));
    t.memory.set<std::uint64_t>(stack, 0x57AC6E9D);
    t.memory.set<std::uint64_t>(task + 8, stack.value);
    t.memory.set<std::uint64_t>(other + 8, stack.value + 0x10000);  // another stack
    t.memory.set<std::uint64_t>(stack + 0x2100, 0xffff888000123457);
    t.memory.set<std::uint64_t>(stack + 0x2108, other.value);
    t.memory.set<std::uint64_t>(stack + 0x2110, task.value);
    CHECK(kernel::find_task_on_stack(t.memory, *t.types, stack + 0x2000).value().comm == "ls");
    t.memory.set<std::uint64_t>(stack, 0);  // the end mark is gone: nothing vouches for the stack
    CHECK_FALSE(kernel::find_task_on_stack(t.memory, *t.types, stack + 0x2000));
}

TEST_CASE("a module is found through the mounts of a task") {
    Tasks t;
    VAddr task = t.add(1, "init");
    auto put = [&](std::uint64_t at, std::vector<std::uint64_t> words) {
        for (std::size_t i = 0; i < words.size(); ++i)
            t.memory.set<std::uint64_t>(VAddr{at + 8 * i}, words[i]);
    };
    constexpr std::uint64_t kBase = 0xffff888100000000, kModule = 0xffffffffc0123000;
    t.memory.put(VAddr{kBase}, std::vector<std::uint8_t>(0x1000));
    put(task.value + 88, {kBase});                              // nsproxy
    put(kBase, {kBase + 0x10});                                 // mnt_ns
    put(kBase + 0x10, {kBase + 0x100});                         // root mount
    put(kBase + 0x100, {kBase + 0x200, kBase + 0x138 + 0x18});  // rootfs, child
    put(kBase + 0x150, {kBase + 0x108});                        // mnt_child of the mount at 0x138
    put(kBase + 0x138, {kBase + 0x208, kBase + 0x140});         // proc, no children
    put(kBase + 0x200, {kBase + 0x300, kBase + 0x310});         // their s_type
    put(kBase + 0x300, {0, 0});                                 // rootfs: registered nowhere
    put(kBase + 0x310, {0, kBase + 0x320});                     // proc -> nfs
    put(kBase + 0x320, {kModule, 0});
    CHECK(kernel::find_module(t.memory, *t.types, task).value() == VAddr{kModule});
    put(kBase + 0x320, {0, 0});
    CHECK(kernel::find_module(t.memory, *t.types, task).error().reason == Reason::no_symbol);
}

TEST_CASE("taint and vendor are named as the kernel and vendors name them") {
    CHECK(kernel::taint_letters(0) == "G");
    CHECK(kernel::taint_letters(1 << 12 | 1 << 13) == "G           OE");
    CHECK(kernel::vendor_of("4.19.90-23.29.v2101.ky10.aarch64", "") == "Kylin");
    CHECK(kernel::vendor_of("6.1.0-56-cloud-amd64", "#1 SMP Debian 6.1.192-2") == "Debian");
    CHECK_FALSE(kernel::vendor_of("6.12.1", "#1 SMP"));
}
