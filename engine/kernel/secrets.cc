#include "kernel/secrets.h"

#include <algorithm>

namespace nfstriage::kernel {
namespace {

// Words of the kernel's own, which may have an address or a name of a host in them.
constexpr std::string_view kSentences[] = {
    "struct task_struct.comm", "struct workqueue_struct.name", "struct worker.desc",
    "struct super_block.s_id", "struct kmem_cache.name",       "struct ip_map.m_class"};

constexpr std::string_view kPublic[] = {
    "struct rpc_xprt.address_strings[1]",  // RPC_DISPLAY_PORT
    "struct uts_namespace.name.sysname", "struct uts_namespace.name.release",
    "struct uts_namespace.name.version", "struct uts_namespace.name.machine"};

template <std::size_t count>
bool is_among(const std::string_view (&names)[count], std::string_view name) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

// Whether the kernel's image or a module lies there, nothing that was allocated.
bool is_image(const dump::Dump& dump, VAddr address) {
    if (dump.arch() == Arch::x86_64) return address.value >= 0xffffffff80000000;
    // aarch64 has the image and what was mapped in one half of kernel addresses, the linear mapping
    // in the other; 14c127c957c1 (v5.4) exchanged them.
    auto bits = dump.vmcoreinfo().number("VA_BITS");
    auto text = dump.vmcoreinfo().symbol("_stext");
    if (!bits || *bits < 36 || *bits > 52 || !text) return false;
    const std::uint64_t half = std::uint64_t{1} << (*bits - 1);
    return (address.value & half) == (text->value & half);
}

}  // namespace

void mark_text(const dump::Dump& dump, std::string_view member, dump::VRange bytes) {
    if (is_among(kPublic, member)) return;
    const bool names_host = member.starts_with("struct uts_namespace.");
    if (!names_host && is_image(dump, bytes.begin)) return;
    dump.memory().mark(bytes,
                       is_among(kSentences, member) ? dump::Secret::sentence : dump::Secret::word);
}

void mark_thread_name(const dump::Memory& memory, dump::VRange bytes) {
    memory.mark(bytes, dump::Secret::sentence);
}

}  // namespace nfstriage::kernel
