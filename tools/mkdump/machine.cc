#include "mkdump/machine.h"

#include <algorithm>
#include <cstring>

#include "dump/notes_writer.h"

namespace nfstriage::mkdump {
void Machine::write(std::uint64_t physical, std::span<const std::uint8_t> bytes) {
    while (!bytes.empty()) {
        File& page = memory.try_emplace(physical / kGranule, kGranule).first->second;
        std::size_t from = physical % kGranule;
        std::size_t count = std::min<std::size_t>(kGranule - from, bytes.size());
        std::memcpy(page.data() + from, bytes.data(), count);
        bytes = bytes.subspan(count);
        physical += count;
    }
}

void Machine::write_u64(std::uint64_t physical, std::uint64_t value) {
    File raw;
    put_number(raw, 0, value, 8);
    write(physical, raw);
}

std::uint64_t Machine::read_u64(std::uint64_t physical) const {
    auto it = memory.find(physical / kGranule);
    if (it == memory.end()) return 0;
    std::uint64_t value;
    std::memcpy(&value, it->second.data() + physical % kGranule / 8 * 8, 8);
    return value;
}

std::string vmcoreinfo_text(const Machine& machine) {
    std::string text;
    for (const std::string& line : machine.vmcoreinfo) text += line + "\n";
    return text;
}

File notes_of(const Machine& machine, bool with_vmcoreinfo) {
    File out = dump::encode_notes(machine.cpus, machine.arch);
    if (with_vmcoreinfo && !machine.vmcoreinfo.empty())
        put(out, out.size(), dump::encode_vmcoreinfo(vmcoreinfo_text(machine)));
    return out;
}

}  // namespace nfstriage::mkdump
