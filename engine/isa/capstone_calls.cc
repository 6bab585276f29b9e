#include "isa/capstone_calls.h"

#include <dlfcn.h>

#include <optional>
#include <string>

namespace nfstriage::isa {
namespace {

// Of the version whose header this was built with.
std::optional<CapstoneCalls> load() {
    const std::string name = "libcapstone.so." + std::to_string(CS_API_MAJOR);
    void* library = ::dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return std::nullopt;
    CapstoneCalls calls{};
    auto find = [library](auto& call, const char* symbol) {
        call = reinterpret_cast<std::remove_reference_t<decltype(call)>>(::dlsym(library, symbol));
        return call != nullptr;
    };
    bool all = find(calls.open, "cs_open") && find(calls.close, "cs_close") &&
               find(calls.make_instruction, "cs_malloc") &&
               find(calls.free_instructions, "cs_free") &&
               find(calls.next_instruction, "cs_disasm_iter");
    return all ? std::optional(calls) : std::nullopt;
}

}  // namespace

const CapstoneCalls* capstone_calls() {
    static const std::optional<CapstoneCalls> calls = load();
    return calls ? &*calls : nullptr;
}

}  // namespace nfstriage::isa
