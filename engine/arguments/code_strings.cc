#include "arguments/code_strings.h"

#include <algorithm>
#include <optional>

namespace nfstriage::arguments {
namespace {

constexpr std::uint64_t kMostBytes = 64ull << 20;
constexpr std::uint64_t kMostModuleBytes = 16ull << 20;
constexpr std::uint64_t kChunk = 1 << 20;
constexpr std::uint64_t kPage = 4096;

dump::VRange between(VAddr begin, VAddr end) { return {begin, end > begin ? end - begin : 0}; }

// `range` without [hole.begin, + hole.size).
std::vector<dump::VRange> without(const dump::VRange& range, const dump::VRange& hole) {
    VAddr end = range.begin + range.size, hole_end = hole.begin + hole.size;
    if (hole.size == 0 || hole_end <= range.begin || hole.begin >= end) return {range};
    std::vector<dump::VRange> left;
    if (hole.begin > range.begin) left.push_back(between(range.begin, hole.begin));
    if (hole_end < end) left.push_back(between(hole_end, end));
    return left;
}

// Looks for one string in data that comes piece by piece.
class Search {
public:
    Search(std::string_view text, bool tails) : wanted_(text), tails_(tails) { wanted_ += '\0'; }

    // The next piece; `joined` if it follows the last one without a gap.
    std::optional<VAddr> next(VAddr address, ByteSpan bytes, bool joined) {
        if (!joined) kept_.clear();
        VAddr begin = address - kept_.size();
        kept_.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
        for (std::size_t at = kept_.find(wanted_); at != std::string::npos;
             at = kept_.find(wanted_, at + 1)) {
            bool whole = at == 0 ? begin == address && !joined : kept_[at - 1] == '\0';
            if (whole || tails_) return begin + at;
        }
        std::size_t keep = std::min(kept_.size(), wanted_.size());
        kept_.erase(0, kept_.size() - keep);
        return std::nullopt;
    }

private:
    std::string wanted_, kept_;
    bool tails_;  // a string that ends so counts too
};

std::string shown(std::string_view module) {
    return module.empty() ? "vmlinux" : "module " + std::string(module);
}

}  // namespace

ReadOnlyData::ReadOnlyData(const dump::Memory& memory, const layout::Symbols& symbols,
                           const layout::Types& types, std::span<const layout::Module> modules)
    : memory_(memory), symbols_(symbols), types_(types), modules_(modules) {}

ReadOnlyData::Data ReadOnlyData::of_vmlinux() const {
    Data data;
    auto begin = symbols_.address("__start_rodata"), end = symbols_.address("__end_rodata");
    if (!begin || !end || *end <= *begin) {
        data.found = unknown(Reason::no_symbol, "where vmlinux has its read-only data");
        return data;
    }
    dump::VRange btf{};
    auto btf_begin = symbols_.address("__start_BTF"), btf_end = symbols_.address("__stop_BTF");
    if (btf_begin && btf_end) btf = between(*btf_begin, *btf_end);
    data.ranges = without(between(*begin, *end), btf);
    return data;
}

ReadOnlyData::Data ReadOnlyData::of_module(const layout::Module& module) const {
    Data data;
    auto number = [&](std::string_view path) -> std::optional<std::uint64_t> {
        auto member = types_.member("struct module", path);
        if (!member || (member->type.size != 4 && member->type.size != 8)) return std::nullopt;
        VAddr at = module.address + member->offset;
        if (member->type.size == 4) {
            auto value = memory_.u32(at);
            return value ? std::optional<std::uint64_t>(*value) : std::nullopt;
        }
        auto value = memory_.u64(at);
        return value ? std::optional<std::uint64_t>(*value) : std::nullopt;
    };
    dump::VRange range{};
    if (auto index = types_.enumerator("MOD_RODATA")) {
        std::string part = "mem[" + std::to_string(*index) + "].";
        auto base = number(part + "base"), size = number(part + "size");
        if (base && size) range = {VAddr{*base}, *size};
    } else {
        bool old = !number("core_layout.base").has_value();
        auto base = number(old ? "module_core" : "core_layout.base");
        auto text = number(old ? "core_text_size" : "core_layout.text_size");
        auto end = number(old ? "core_ro_size" : "core_layout.ro_size");
        auto all = number(old ? "core_size" : "core_layout.size");
        // Without CONFIG_STRICT_MODULE_RWX nothing is told apart behind the text.
        if (end && text && all && *end <= *text) end = all;
        if (base && text && end && *end > *text) range = {VAddr{*base + *text}, *end - *text};
    }
    if (range.size == 0 || range.size > kMostModuleBytes) {
        data.found =
            unknown(Reason::no_type, "where " + shown(module.name) + " has its read-only data");
        return data;
    }
    dump::VRange btf{};
    auto btf_begin = number("btf_data"), btf_size = number("btf_data_size");
    if (btf_begin && btf_size) btf = {VAddr{*btf_begin}, *btf_size};
    data.ranges = without(range, btf);
    return data;
}

CodeAnswer ReadOnlyData::has_string(std::string_view module, std::string_view text) {
    Data data;
    if (module.empty()) {
        data = of_vmlinux();
    } else {
        auto found = std::find_if(modules_.begin(), modules_.end(),
                                  [&](const layout::Module& m) { return m.name == module; });
        if (found == modules_.end())
            return {Tri::unknown, Reason::no_symbol, shown(module) + " is not loaded", {}};
        data = of_module(*found);
    }
    if (!data.found) return {Tri::unknown, data.found.error().reason, data.found.error().what, {}};
    if (text.empty()) return {Tri::unknown, Reason::corrupt, "an empty string", {}};
    Search search(text, module.empty());
    std::optional<Unknown> missing;
    std::uint64_t total = 0;
    std::vector<std::uint8_t> buffer;
    auto hit = [&](VAddr at) -> CodeAnswer {
        return {Tri::yes,
                Reason::no_symbol,
                "the string is in " + shown(module) + " at " + hex(at),
                {at}};
    };
    for (const dump::VRange& range : data.ranges) {
        bool joined = false;
        for (std::uint64_t done = 0; done < range.size;) {
            VAddr at = range.begin + done;
            buffer.resize(std::min(kChunk, range.size - done));
            if (!memory_.read(at, buffer)) {
                buffer.resize(std::min(kPage - at.value % kPage, range.size - done));
                if (auto page = memory_.read(at, buffer); !page) {
                    if (!missing) missing = page.error();
                    joined = false;
                    done += buffer.size();
                    continue;
                }
            }
            if (auto found = search.next(at, buffer, joined)) return hit(*found);
            joined = true;
            done += buffer.size();
            total += buffer.size();
            if (total > kMostBytes)
                return {Tri::unknown, Reason::budget, "more than 64 MiB of read-only data", {}};
        }
    }
    if (missing)
        return {Tri::unknown,
                missing->reason,
                "part of the read-only data of " + shown(module) + ": " + missing->what,
                {}};
    return {Tri::no, Reason::no_symbol, "the data of " + shown(module) + " has no such string", {}};
}

}  // namespace nfstriage::arguments
