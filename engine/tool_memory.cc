#include "tool_memory.h"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "base/bytes.h"
#include "facts/cpu_stacks.h"
#include "kernel/containers.h"
#include "kernel/cpu.h"
#include "kernel/object.h"
#include "kernel/task.h"
#include "nfs/family.h"
#include "tool_modules.h"
#include "unwind/stacks.h"
#include "unwind/unwind.h"

namespace nfstriage {
namespace {

using dump::VRange;

constexpr std::uint64_t kMostTasks = 20'000;        // task_struct and stack together are 24 KiB
constexpr std::uint64_t kMostWholeData = 64 << 20;  // bytes of the kernel's data and bss
constexpr std::uint64_t kMostVariable = 1 << 20;    // bytes of one variable
constexpr std::uint64_t kUnknownSize = 8;           // of a variable that no table measures
constexpr std::uint64_t kUnwindSteps = 4'000'000;

// Variables of which none holds anything but numbers, addresses and the kernel's own words, under
// all names that they have had.
constexpr std::string_view kVariables[] = {
    // where memory is
    "page_offset_base", "vmalloc_base", "vmemmap_base", "phys_base", "memstart_addr",
    "kimage_voffset", "vabits_actual", "physvirt_offset", "high_memory", "max_pfn", "max_low_pfn",
    "min_low_pfn", "max_mapnr", "mem_map", "mem_section", "contig_page_data", "node_data",
    "node_states", "nr_node_ids", "_totalram_pages", "totalram_pages", "huge_zero_pfn", "zero_pfn",
    "huge_zero_page", "huge_zero_folio", "empty_zero_page", "pageflag_names", "vmap_area_list",
    "vmap_area_root", "vmap_nodes", "nr_swapfiles", "memory_block_size_probed",
    // what kernel this is, and what it was doing
    "lookup_num_blocks", "pv_info", "pv_ops", "pv_init_ops", "xen_start_info", "tainted_mask",
    "tainted", "taint_flags", "crashing_cpu", "panic_cpu", "cpu_khz", "tsc_khz",
    "arch_task_struct_size", "jiffies", "jiffies_64", "avenrun", "total_forks", "shadow_timekeeper",
    "timekeeper", "tk_core", "xtime", "nr_irqs", "idt_table", "modules", "mt_slots", "mt_pivots",
    "mt_min_slots",
    // CPUs
    "__per_cpu_offset", "nr_cpu_ids", "__cpu_online_mask", "__cpu_possible_mask",
    "__cpu_present_mask", "__cpu_active_mask", "cpu_online_mask", "cpu_possible_mask",
    "cpu_present_mask", "cpu_active_mask", "cpu_online_bits", "cpu_possible_bits",
    "cpu_present_bits", "cpu_active_bits", "__num_online_cpus",
    // tasks
    "init_task", "init_thread_union", "init_stack", "init_mm", "init_pid_ns", "init_nsproxy",
    "nr_threads", "task_state_array", "pid_hash", "pidhash_shift",
    // slab and the log
    "kmem_cache", "slab_caches", "printk_rb_static", "prb", "log_buf", "log_buf_len",
    "log_first_idx", "log_next_idx", "log_first_seq", "log_next_seq", "clear_seq"};

constexpr std::string_view kPerCpuVariables[] = {
    "runqueues",     "current_task",      "pcpu_hot",          "cpu_current_top_of_stack",
    "irq_stack_ptr", "hardirq_stack_ptr", "softirq_stack_ptr", "irq_count",
    "cpu_tss",       "cpu_tss_rw",        "cpu_number",        "this_cpu_off",
    "overflow_stack"};

// Functions that crash disassembles to learn how this kernel was compiled and how it switches
// tasks.
constexpr std::string_view kFunctions[] = {
    "schedule",       "__schedule",     "__switch_to", "__switch_to_asm",
    "context_switch", "vfs_read",       "sys_open",    "sys_read",
    "__x64_sys_open", "__x64_sys_read", "do_fork",     "_do_fork",
    "kernel_clone",   "__do_sys_fork",  "do_futex",    "sys_poll"};

constexpr std::uint64_t kScheduleText = 10'000;

// What crash reads at once where it expects a string.
constexpr std::uint64_t kStringRead = 1500;

constexpr unsigned kMostCounters = 8;  // NR_MM_COUNTERS and more

class Finder {
public:
    Finder(const dump::Dump& dump, const layout::KernelLayout& layout, std::vector<Frame> running,
           ToolMemory how)
        : frames_(std::move(running)),
          dump_(dump),
          layout_(layout),
          how_(how),
          reader_(dump, *layout.types, *layout.symbols),
          thread_size_(unwind::thread_size(*layout.types, dump.arch(), dump.page_size())) {}

    std::vector<VRange> run() {
        for (const auto& [key, value] : dump_.vmcoreinfo().lines())
            if (key.starts_with("SYMBOL("))
                if (auto at = dump_.vmcoreinfo().symbol(key.substr(7, key.size() - 8)))
                    add(*at, size_of_symbol(*at));
        add_names_of_host();
        for (std::string_view name : kVariables) add_variable(name);
        for (std::string_view name : kFunctions) add_function(name);
        // It looks for the switch to another task in so many instructions from here.
        if (auto schedule = layout_.symbols->address("schedule"))
            add_lines(*schedule, kScheduleText);
        if (auto banner = layout_.symbols->address("linux_banner")) add(*banner, kStringRead);
        if (how_ == ToolMemory::whole) add_data();
        add_sections();
        add_nodes();
        add_page_flags();
        add_states();
        add_log();
        add_memory_blocks();
        add_cpus();
        add_tasks();
        for (const Frame& frame : frames_) add_frame(frame);
        add_modules();
        return std::move(ranges_);
    }

private:
    void add(VAddr begin, std::uint64_t size) {
        if (size != 0 && checked_add(begin.value, size)) ranges_.push_back({begin, size});
    }

    std::uint64_t size_of_symbol(VAddr address) const {
        auto found = layout_.symbols->find(address);
        if (!found || found->offset != 0 || found->symbol.size == 0) return kUnknownSize;
        return std::min(found->symbol.size, kMostVariable);
    }

    void add_variable(std::string_view name) {
        auto address = layout_.symbols->address(name);
        if (!address) return;
        add(*address, size_of_symbol(*address));
    }

    void add_function(std::string_view name) {
        auto address = layout_.symbols->address(name);
        if (address) add_lines(*address, size_of_symbol(*address));
    }

    // As debuggers read code: in whole lines.
    void add_lines(VAddr begin, std::uint64_t size) {
        constexpr std::uint64_t kLine = 64;
        const std::uint64_t first = begin.value & ~(kLine - 1);
        add(VAddr{first}, (begin.value - first + size + kLine - 1) / kLine * kLine);
    }

    // The function up to the call, and what the unwind tables say there.
    void add_frame(const Frame& frame) {
        if (!frame.address) return;
        const std::uint64_t offset = std::min(frame.offset.value_or(0), kMostVariable);
        add_lines(VAddr{*frame.address - offset}, offset + 1);
        add_orc(VAddr{*frame.address});
    }

    // arch/x86/kernel/unwind_orc.c: orc_lookup says for each 256 bytes of text which entries may be
    // meant.
    void add_orc(VAddr text) {
        constexpr std::uint64_t kBlock = 256;
        const layout::Symbols& symbols = *layout_.symbols;
        auto begin = symbols.address("_stext"), lookup = symbols.address("orc_lookup");
        auto ips = symbols.address("__start_orc_unwind_ip");
        auto entries = symbols.address("__start_orc_unwind");
        auto size = layout_.types->size_of("struct orc_entry");
        if (!begin || !lookup || !ips || !entries || !size || text < *begin) return;
        const std::uint64_t block = (text - *begin) / kBlock;
        auto first = dump_.memory().u32(*lookup + 4 * block);
        auto last = dump_.memory().u32(*lookup + 4 * (block + 1));
        if (!first || !last || *last < *first || *last - *first > kBlock) return;
        const std::uint64_t count = *last - *first + 2;
        add(*lookup + 4 * block, 8);
        add(*ips + 4 * std::uint64_t{*first}, 4 * count);
        add(*entries + *size * *first, *size * count);
    }

    // init_uts_ns, of which crash prints all.
    void add_names_of_host() {
        auto space = reader_.variable("init_uts_ns", "struct uts_namespace");
        auto size = layout_.types->size_of("struct uts_namespace");
        if (!space || !size) return;
        for (std::string_view member : {"name.nodename", "name.domainname"})
            (void)space->get<std::string>(member);
        add(space->address(), *size);
    }

    // Everything that the kernel's image may change. Where nothing names its borders: the image
    // behind its text, which lies in one piece.
    void add_data() {
        const layout::Symbols& symbols = *layout_.symbols;
        bool known = false;
        for (auto [from, to] : {std::pair{"_sdata", "_edata"}, {"__bss_start", "__bss_stop"}}) {
            auto begin = symbols.address(from), end = symbols.address(to);
            if (!begin || !end || *end < *begin) continue;
            known = true;
            add(*begin, std::min(*end - *begin, kMostWholeData));
        }
        if (known) return;
        auto text = symbols.address("_etext");
        if (!text) text = symbols.address("_stext");
        if (!text) return;
        std::uint64_t size = 0;
        while (size < kMostWholeData && dump_.translate(*text + size)) size += dump_.page_size();
        add(*text, size);
    }

    void add_object(std::string_view type, VAddr address) {
        if (auto size = layout_.types->size_of(type)) add(address, *size);
    }

    // The table of memory's sections: an array of pointers to arrays.
    void add_sections() {
        const dump::Vmcoreinfo& info = dump_.vmcoreinfo();
        auto roots = info.symbol("mem_section");  // the array itself, also where it is allocated
        auto length = info.length("mem_section"), element = info.size("mem_section");
        if (!roots || !length || !element || *element == 0 || *length > (1u << 20)) return;
        add(*roots, *length * 8);
        for (std::uint64_t i = 0; i < *length; ++i) {
            auto root = dump_.memory().pointer(*roots + 8 * i);
            if (root && !root->is_null()) add(*root, dump_.page_size() / *element * *element);
        }
    }

    void add_nodes() {
        auto table = layout_.symbols->address("node_data");
        if (!table) {
            if (auto one = layout_.symbols->address("contig_page_data"))
                add_object("struct pglist_data", *one);
            return;
        }
        for (std::uint64_t i = 0; i < size_of_symbol(*table) / 8; ++i) {
            auto node = dump_.memory().pointer(*table + 8 * i);
            if (!node) break;
            if (!node->is_null()) add_object("struct pglist_data", *node);
        }
    }

    void add_cpus() {
        const dump::Memory& memory = dump_.memory();
        auto cpus = kernel::read_cpus(memory, *layout_.types, *layout_.symbols);
        if (!cpus) return;
        for (const kernel::CpuState& cpu : *cpus) cpus_.push_back(cpu.cpu);
        for (const kernel::CpuState& cpu : *cpus) {
            for (std::string_view name : kPerCpuVariables) {
                auto symbol = layout_.symbols->address(name);
                auto at = kernel::per_cpu(memory, *layout_.symbols, name, cpu.cpu);
                if (symbol && at) add(*at, size_of_symbol(*symbol));
            }
            for (const unwind::StackRegion& stack : unwind::cpu_stacks(
                     memory, *layout_.types, *layout_.symbols, dump_.arch(), cpu.cpu, thread_size_))
                add_stack(stack.begin, stack.end - stack.begin);
            add_task(cpu.current.address);
            auto runqueue = kernel::per_cpu(memory, *layout_.symbols, "runqueues", cpu.cpu);
            if (!runqueue) continue;
            kernel::Object object = reader_.object("struct rq", *runqueue);
            for (std::string_view member : {"idle", "stop"})
                if (auto task = object.pointer(member); task && !task->is_null()) add_task(*task);
        }
    }

    void add_stack(VAddr begin, std::uint64_t size) {
        dump_.memory().mark({begin, size}, dump::Secret::stack);
        add(begin, size);
    }

    void add_modules() {
        std::set<std::string> wanted;
        for (const layout::Module& module : layout_.symbols->modules())
            if (nfs::component_of("", module.name)) wanted.insert(module.name);
        for (const Frame& frame : frames_) wanted.insert(frame.module);
        for (const VRange& range : memory_of_modules(reader_, layout_.symbols->modules(), wanted,
                                                     how_ == ToolMemory::bare))
            add(range.begin, range.size);
    }

    // Names of the bits of struct page.flags: pairs of mask and name.
    void add_page_flags() {
        auto names = layout_.symbols->address("pageflag_names");
        if (!names) return;
        constexpr std::uint64_t kMostFlags = 64;
        for (std::uint64_t i = 0; i < kMostFlags; ++i) {
            auto name = dump_.memory().pointer(*names + 16 * i + 8);
            if (!name || name->is_null()) break;
            add(*name, kStringRead);
        }
    }

    // The descriptors of the log (kernel/printk.h reads those that are in use).
    void add_log() {
        auto ring = reader_.variable("printk_rb_static", "struct printk_ringbuffer");
        if (auto pointer = layout_.symbols->address("prb"))
            if (auto at = dump_.memory().pointer(*pointer))
                ring = reader_.object("struct printk_ringbuffer", *at);
        if (!ring) return;
        add_object("struct printk_ringbuffer", ring->address());
        auto bits = ring->number("desc_ring.count_bits");
        if (!bits || *bits > 24) return;
        for (auto [member, type] : {std::pair{"desc_ring.descs", "struct prb_desc"},
                                    {"desc_ring.infos", "struct printk_info"}}) {
            auto at = ring->pointer(member);
            auto size = layout_.types->size_of(type);
            if (at && size) add(*at, *size << *bits);
        }
    }

    void add_states() {
        auto states = layout_.symbols->address("task_state_array");
        if (!states) return;
        for (std::uint64_t i = 0; i < size_of_symbol(*states) / 8; ++i)
            if (auto name = dump_.memory().pointer(*states + 8 * i)) add(*name, kStringRead);
    }

    // The blocks of memory that can be plugged in and out: devices on a bus of their own.
    void add_memory_blocks() {
        auto bus = reader_.variable("memory_subsys", "struct bus_type");
        if (!bus) return;
        add_object("struct bus_type", bus->address());
        auto subsystem = bus->follow("p");
        if (!subsystem) return;
        add_object("struct subsys_private", subsystem->address());
        Budget budget(kMostTasks);
        for (const kernel::Object& node :
             kernel::list(*subsystem, "klist_devices.k_list", "struct device_private",
                          "knode_bus.n_node", budget)
                 .objects) {
            add_object("struct device_private", node.address());
            auto device = node.follow("device");
            if (!device) continue;
            auto block = device->container("struct memory_block", "dev");
            if (block) add_object("struct memory_block", block->address());
            if (auto name = device->pointer("kobj.name")) add(*name, 16);
        }
    }

    void add_task(VAddr task) {
        if (!seen_.insert(task.value).second) return;
        add_object("struct task_struct", task);
        kernel::Object object = reader_.object("struct task_struct", task);
        if (auto stack = object.pointer("stack"); stack && !stack->is_null())
            add_stack(*stack, thread_size_);
        if (auto mm = object.follow("mm")) {
            add_object("struct mm_struct", mm->address());
            add_counters(*mm);
        }
        if (auto signal = object.pointer("signal"); signal && !signal->is_null())
            add_object("struct signal_struct", *signal);
    }

    // How much memory a task has is counted per CPU since f1a7941243c1 (v6.2).
    void add_counters(const kernel::Object& mm) {
        auto offsets = layout_.symbols->address("__per_cpu_offset");
        if (!offsets) return;
        for (unsigned i = 0; i < kMostCounters; ++i) {
            auto counters = mm.pointer("rss_stat[" + std::to_string(i) + "].counters");
            if (!counters) return;
            for (unsigned cpu : cpus_)
                if (auto offset = dump_.memory().u64(*offsets + 8 * std::uint64_t{cpu}))
                    add(*counters + *offset, sizeof(std::int32_t));
        }
    }

    void add_tasks() {
        auto init = layout_.symbols->address("init_task");
        if (!init) return;
        auto list = kernel::read_tasks(dump_.memory(), *layout_.types, *init, Budget(kMostTasks));
        if (!list) return;
        unwind::Unwinder unwinder(layout_.code_memory(dump_), *layout_.types, *layout_.symbols,
                                  facts::unwind_options(dump_, layout_));
        Budget budget(kUnwindSteps);
        for (const kernel::TaskInfo& task : list->tasks) {
            add_task(task.address);
            auto start = unwinder.sleeping(task.address);
            if (!start || task.on_cpu.value_or(false)) continue;
            for (Frame& frame : unwinder.unwind(*start, budget).frames)
                frames_.push_back(std::move(frame));
        }
        add_pids();
    }

    // The table that numbers lead to tasks by.
    void add_pids() {
        auto space = reader_.variable("init_pid_ns", "struct pid_namespace");
        if (!space) return;
        auto table = space->at("idr.idr_rt");
        if (!table) return;
        Budget budget(kMostTasks * 4);
        for (const kernel::Entry& entry : kernel::xarray(*table, budget).entries)
            if (auto size = layout_.types->size_of("struct pid"))
                add(entry.pointer, *size + kUpid * kLevels);
    }
    static constexpr std::uint64_t kUpid = 16, kLevels = 2;  // struct upid follows for each level

    std::vector<Frame> frames_;  // on all stacks
    const dump::Dump& dump_;
    const layout::KernelLayout& layout_;
    ToolMemory how_;
    kernel::Reader reader_;
    std::uint64_t thread_size_;
    std::vector<unsigned> cpus_;
    std::unordered_set<std::uint64_t> seen_;
    std::vector<VRange> ranges_;
};

}  // namespace

std::vector<VRange> memory_for_tools(const dump::Dump& dump, const layout::KernelLayout& layout,
                                     const facts::Scene& scene, ToolMemory how) {
    std::vector<Frame> running;
    for (const facts::Stack& stack : scene.stacks)
        running.insert(running.end(), stack.frames.begin(), stack.frames.end());
    return Finder(dump, layout, std::move(running), how).run();
}

}  // namespace nfstriage
