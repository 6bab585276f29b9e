#include "debuginfo/dwarf_types_search.h"

#include <array>
#include <bitset>
#include <cstring>
#include <map>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "debuginfo/dwarf_types_shape.h"

namespace nfstriage::debuginfo {
namespace {

constexpr std::uint64_t kStep = std::uint64_t{8} << 20;  // bytes read before they are let go
constexpr std::size_t kUnitsBetweenReleases = 256;
// The name comes first in the DIEs that compilers write: behind an abbreviation code of up to so
// many bytes.
constexpr std::uint64_t kLongestCode = 3;

struct Wanted {
    std::string spelling;
    bool found = false;
};

class Search {
public:
    explicit Search(const DwarfObject& object) : object_(object) {}

    // False when .debug_str is not there or does not hold the names.
    bool prepare(const std::set<std::string>& names) {
        auto section = object_.elf().find(".debug_str");
        if (!section) return false;
        auto bytes = object_.elf().bytes(*section);
        if (!bytes) return false;
        std::string_view all(reinterpret_cast<const char*>(bytes->data()), bytes->size());
        std::array<std::vector<std::size_t>, 256> by_last_letter;
        for (const std::string& spelling : names) {
            Wanted& wanted = wanted_.emplace_back();
            wanted.spelling = spelling;
            by_last_letter[static_cast<unsigned char>(spelling.back())].push_back(wanted_.size() -
                                                                                  1);
        }
        // The end of a longer name may serve as a shorter one.
        for (auto end = all.find('\0'); end != std::string_view::npos;
             end = all.find('\0', end + 1))
            for (std::size_t index :
                 by_last_letter[static_cast<unsigned char>(end == 0 ? '\0' : all[end - 1])]) {
                std::string_view spelling = wanted_[index].spelling;
                std::string_view name = spelling.substr(spelling.find(' ') + 1);
                if (end < name.size() || end - name.size() > UINT32_MAX) continue;
                if (all.substr(end - name.size(), name.size()) != name) continue;
                add(static_cast<std::uint32_t>(end - name.size()), index);
            }
        return true;
    }

    void run(ByteSpan info) {
        std::uint64_t released = 0;
        for (std::uint64_t at = 0; at + 4 <= info.size(); ++at) {
            std::uint32_t value;
            std::memcpy(&value, info.data() + at, sizeof value);
            if (filter_[slot(value)]) look(value, at);
            if (at - released >= kStep) {
                object_.release();
                released = at;
            }
        }
    }

    const std::set<std::size_t>& units() const { return units_; }

private:
    static std::size_t slot(std::uint32_t value) { return (value ^ value >> 16) & 0xffff; }

    void add(std::uint32_t offset, std::size_t index) {
        filter_[slot(offset)] = true;
        names_.emplace(offset, index);
    }

    // A name may stand at `at`: whether a type begins there.
    void look(std::uint32_t value, std::uint64_t at) {
        auto [begin, end] = names_.equal_range(value);
        for (auto name = begin; name != end; ++name) {
            Wanted& wanted = wanted_[name->second];
            if (wanted.found) continue;
            auto unit = object_.unit_at(at);
            if (!unit) continue;
            std::string_view spelling = wanted.spelling;
            auto space = spelling.find(' ');
            for (std::uint64_t back = 1; back <= kLongestCode; ++back) {
                if (at < object_.units()[*unit].die + back) break;
                Die die = object_.die_at(at - back);
                if (!die || die.name() != spelling.substr(space + 1)) continue;
                // The same four bytes may be a reference, behind a byte that looks like a code.
                if (kind_word(die.tag()) != spelling.substr(0, space) ||
                    die.flag(DW_AT_declaration) || !at_top_level(*unit, at - back))
                    continue;
                wanted.found = true;
                units_.insert(*unit);
                break;
            }
        }
    }

    bool at_top_level(std::size_t unit, std::uint64_t offset) const {
        Die top = object_.die_at(object_.units()[unit].die);
        if (!top) return false;
        std::uint64_t last = 0;
        for (Die die = top.child(); die; die = die.sibling()) {
            std::uint64_t here = die.offset();
            if (here >= offset || here <= last) return here == offset;
            last = here;
        }
        return false;
    }

    const DwarfObject& object_;
    std::vector<Wanted> wanted_;
    std::unordered_multimap<std::uint32_t, std::size_t> names_;  // by offset in .debug_str
    std::bitset<65536> filter_;
    std::set<std::size_t> units_;
};

// Whether names of types are offsets of 32 bits into the file's own .debug_str.
bool names_by_offset(const DwarfObject& object) {
    if (object.elf().alternate_link()) return false;
    std::size_t seen = 0;
    for (const DwarfUnit& unit : object.units()) {
        Die top = object.die_at(unit.die);
        if (!top || top.has(DW_AT_str_offsets_base)) return false;
        if (++seen % kUnitsBetweenReleases == 0) object.release();
    }
    return true;
}

}  // namespace

Definitions find_definitions(const DwarfObject& object, const std::set<std::string>& names) {
    Definitions result;
    auto section = object.elf().find(".debug_info");
    if (!section) return result;
    auto info = object.elf().bytes(*section);
    Search search(object);
    if (!info || !search.prepare(names)) return result;
    search.run(*info);
    result.units = search.units();
    // One that was found shows that the compiler writes names first.
    result.conclusive = !result.units.empty() && names_by_offset(object);
    return result;
}

}  // namespace nfstriage::debuginfo
