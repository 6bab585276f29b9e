#include "debuginfo/dwarf_cfi.h"

#include <libdwarf/dwarf.h>

#include <algorithm>
#include <map>
#include <optional>

#include "debuginfo/dwarf_cursor.h"

namespace nfstriage::debuginfo {

namespace {

using layout::CfiRow;

constexpr std::size_t kMaxRows = 1 << 24;   // of one object
constexpr std::size_t kMaxRegisters = 128;  // with a rule, in one row
constexpr std::size_t kMaxRemembered = 64;
constexpr std::uint8_t kNegateRaState = 0x2d;  // DW_CFA_AARCH64_negate_ra_state

struct Common {  // a CIE
    std::uint64_t code_factor = 1;
    std::int64_t data_factor = 1;
    std::uint16_t return_address = 0;
    std::uint8_t pointer_encoding = DW_EH_PE_absptr;
    bool augmented = false;  // FDEs carry augmentation data
    ByteSpan program;
    CfiRow first;  // the row that it sets up
};

class FrameReader {
public:
    FrameReader(ByteSpan section, std::uint64_t address, bool eh,
                std::vector<layout::AddressState>& rows)
        : section_(section), address_(address), eh_(eh), rows_(rows) {}

    std::uint64_t damaged() const { return damaged_; }

    void run() {
        DwarfCursor in(section_);
        while (in.left() >= 4 && rows_.size() < kMaxRows) {
            std::uint64_t length = in.fixed<std::uint32_t>();
            unsigned size = 4;
            if (length == 0xffffffff) {
                length = in.fixed<std::uint64_t>();
                size = 8;
            }
            if (length == 0) {
                if (eh_) break;  // the terminator
                continue;
            }
            std::uint64_t body = in.at();
            DwarfCursor entry(in.take(length));
            if (!in.ok()) {
                damaged_++;
                break;
            }
            std::uint64_t id = entry.offset(eh_ ? 4 : size);
            bool is_common = eh_ ? id == 0 : id == (size == 8 ? UINT64_MAX : UINT32_MAX);
            if (is_common) continue;  // read when an FDE asks for it
            const Common* common = find_common(eh_ ? body - id : id);
            if (common == nullptr || !read_description(entry, *common, body)) damaged_++;
        }
    }

private:
    const Common* find_common(std::uint64_t offset) {
        auto [found, is_new] = commons_.try_emplace(offset);
        if (is_new) found->second = read_common(offset);
        return found->second ? &*found->second : nullptr;
    }

    std::optional<Common> read_common(std::uint64_t offset) {
        DwarfCursor in(section_, offset);
        std::uint64_t length = in.fixed<std::uint32_t>();
        unsigned size = 4;
        if (length == 0xffffffff) {
            length = in.fixed<std::uint64_t>();
            size = 8;
        }
        in = DwarfCursor(in.take(length));
        in.offset(eh_ ? 4 : size);
        std::uint8_t version = in.fixed<std::uint8_t>();
        std::string_view augmentation = in.text();
        if (version >= 4) in.skip(2);  // sizes of addresses and of segment selectors
        Common common;
        common.code_factor = in.unsigned_leb();
        common.data_factor = in.signed_leb();
        std::uint64_t reg = version == 1 ? in.fixed<std::uint8_t>() : in.unsigned_leb();
        if (!in.ok() || reg > UINT16_MAX || (version != 1 && version != 3 && version != 4))
            return std::nullopt;
        common.return_address = static_cast<std::uint16_t>(reg);
        if (augmentation.starts_with('z')) {
            common.augmented = true;
            DwarfCursor data(in.take(in.unsigned_leb()));
            for (char letter : augmentation.substr(1)) {
                if (letter == 'R') {
                    common.pointer_encoding = data.fixed<std::uint8_t>();
                } else if (letter == 'L') {
                    data.skip(1);
                } else if (letter == 'P') {
                    if (!skip_pointer(data, data.fixed<std::uint8_t>())) return std::nullopt;
                } else if (letter != 'S' && letter != 'B') {
                    return std::nullopt;
                }
            }
        } else if (!augmentation.empty()) {
            return std::nullopt;
        }
        common.program = in.take(in.left());
        CfiRow row;
        row.return_address = common.return_address;
        std::uint64_t place = 0;
        if (!in.ok() || !execute(common.program, common, nullptr, UINT64_MAX, place, row, false))
            return std::nullopt;
        common.first = row;
        return common;
    }

    static bool skip_pointer(DwarfCursor& in, std::uint8_t encoding) {
        switch (encoding & 0x0f) {
            case DW_EH_PE_absptr:
            case DW_EH_PE_udata8:
            case DW_EH_PE_sdata8:
                in.skip(8);
                return true;
            case DW_EH_PE_udata4:
            case DW_EH_PE_sdata4:
                in.skip(4);
                return true;
            case DW_EH_PE_udata2:
            case DW_EH_PE_sdata2:
                in.skip(2);
                return true;
            default:
                return false;
        }
    }

    // An encoded address (LSB 10.5.1); `place` is where it stands in memory.
    static std::optional<std::uint64_t> pointer(DwarfCursor& in, std::uint8_t encoding,
                                                std::uint64_t place, bool relative) {
        std::uint64_t value = 0;
        switch (encoding & 0x0f) {
            case DW_EH_PE_absptr:
            case DW_EH_PE_udata8:
            case DW_EH_PE_sdata8:
                value = in.fixed<std::uint64_t>();
                break;
            case DW_EH_PE_udata4:
                value = in.fixed<std::uint32_t>();
                break;
            case DW_EH_PE_sdata4:
                value = static_cast<std::uint64_t>(std::int64_t{in.fixed<std::int32_t>()});
                break;
            case DW_EH_PE_udata2:
                value = in.fixed<std::uint16_t>();
                break;
            case DW_EH_PE_sdata2:
                value = static_cast<std::uint64_t>(std::int64_t{in.fixed<std::int16_t>()});
                break;
            default:
                return std::nullopt;
        }
        if (!relative) return value;
        switch (encoding & 0x70) {
            case 0:
                return value;
            case DW_EH_PE_pcrel:
                return value + place;
            default:
                return std::nullopt;
        }
    }

    bool read_description(DwarfCursor& in, const Common& common, std::uint64_t body) {
        std::uint8_t encoding = eh_ ? common.pointer_encoding : std::uint8_t{DW_EH_PE_absptr};
        auto begin = pointer(in, encoding, address_ + body + in.at(), true);
        auto size = pointer(in, encoding, 0, false);
        if (!begin || !size) return false;
        if (common.augmented) in.skip(in.unsigned_leb());
        auto end = checked_add(*begin, *size);
        if (!in.ok() || !end) return false;
        if (*begin == *end) return true;
        CfiRow row = common.first;
        std::uint64_t place = *begin;
        std::size_t before = rows_.size();
        if (!execute(in.take(in.left()), common, &common.first, *end, place, row, true)) {
            rows_.resize(before);
            return false;
        }
        add(place, row);
        rows_.push_back({*end, {}});  // behind the function nothing is known
        return true;
    }

    void add(std::uint64_t place, const CfiRow& row) {
        if (!rows_.empty() && rows_.back().address == place && !rows_.back().state.empty())
            rows_.pop_back();
        rows_.push_back({place, layout::encode_cfi_row(row)});
    }

    static void set(CfiRow& row, std::uint64_t reg, CfiRow::Rule rule, std::int64_t offset) {
        auto at = std::lower_bound(
            row.registers.begin(), row.registers.end(), reg,
            [](const CfiRow::Register& each, std::uint64_t key) { return each.reg < key; });
        CfiRow::Register value{static_cast<std::uint16_t>(reg), rule, offset};
        if (at != row.registers.end() && at->reg == reg)
            *at = value;
        else
            row.registers.insert(at, value);
    }
    static void forget(CfiRow& row, std::uint64_t reg) {
        std::erase_if(row.registers, [&](const CfiRow::Register& each) { return each.reg == reg; });
    }

    // Runs a program from `place` on; rows that it completes are added when `keep` is set, the last
    // is left in `row`. `initial` is what DW_CFA_restore restores from.
    bool execute(ByteSpan program, const Common& common, const CfiRow* initial, std::uint64_t end,
                 std::uint64_t& place, CfiRow& row, bool keep) {
        DwarfCursor in(program);
        std::vector<CfiRow> remembered;
        auto advance = [&](std::uint64_t units) {
            if (!keep) return false;
            auto distance = checked_mul(units, common.code_factor);
            auto next = distance ? checked_add(place, *distance) : std::nullopt;
            if (!next || *next > end || rows_.size() >= kMaxRows) return false;
            if (*next != place) add(place, row);
            place = *next;
            return true;
        };
        auto factored = [&](std::int64_t value) {
            return static_cast<std::int64_t>(static_cast<std::uint64_t>(value) *
                                             static_cast<std::uint64_t>(common.data_factor));
        };
        auto restore = [&](std::uint64_t reg) {
            const CfiRow::Register* rule = initial == nullptr || reg > UINT16_MAX
                                               ? nullptr
                                               : initial->find(static_cast<std::uint16_t>(reg));
            if (rule != nullptr)
                set(row, reg, rule->rule, rule->offset);
            else
                forget(row, reg);
        };
        auto define_cfa = [&](std::uint64_t reg, std::int64_t offset) {
            if (reg > UINT16_MAX) in.fail();
            row.cfa = CfiRow::Cfa{static_cast<std::uint16_t>(reg), offset};
        };
        auto rule = [&](std::uint64_t reg, CfiRow::Rule kind, std::int64_t offset) {
            if (reg > UINT16_MAX)
                in.fail();
            else
                set(row, reg, kind, offset);
        };
        while (in.ok() && in.left() > 0) {
            std::uint8_t byte = in.fixed<std::uint8_t>();
            std::uint8_t low = byte & 0x3f;
            std::uint64_t reg = 0;
            bool good = true;
            switch (byte & 0xc0) {
                case DW_CFA_advance_loc:
                    good = advance(low);
                    break;
                case DW_CFA_offset:
                    rule(low, CfiRow::Rule::saved,
                         factored(static_cast<std::int64_t>(in.unsigned_leb())));
                    break;
                case DW_CFA_restore:
                    restore(low);
                    break;
                default:
                    switch (byte) {
                        case DW_CFA_nop:
                            break;
                        case DW_CFA_set_loc: {
                            auto to = pointer(in, DW_EH_PE_absptr, 0, false);
                            good = keep && !eh_ && to && *to >= place && *to <= end;
                            if (!good) break;
                            if (*to != place) add(place, row);
                            place = *to;
                            break;
                        }
                        case DW_CFA_advance_loc1:
                            good = advance(in.fixed<std::uint8_t>());
                            break;
                        case DW_CFA_advance_loc2:
                            good = advance(in.fixed<std::uint16_t>());
                            break;
                        case DW_CFA_advance_loc4:
                            good = advance(in.fixed<std::uint32_t>());
                            break;
                        case DW_CFA_offset_extended:
                            reg = in.unsigned_leb();
                            rule(reg, CfiRow::Rule::saved,
                                 factored(static_cast<std::int64_t>(in.unsigned_leb())));
                            break;
                        case DW_CFA_offset_extended_sf:
                            reg = in.unsigned_leb();
                            rule(reg, CfiRow::Rule::saved, factored(in.signed_leb()));
                            break;
                        case DW_CFA_val_offset:
                            reg = in.unsigned_leb();
                            rule(reg, CfiRow::Rule::value,
                                 factored(static_cast<std::int64_t>(in.unsigned_leb())));
                            break;
                        case DW_CFA_val_offset_sf:
                            reg = in.unsigned_leb();
                            rule(reg, CfiRow::Rule::value, factored(in.signed_leb()));
                            break;
                        case DW_CFA_restore_extended:
                            restore(in.unsigned_leb());
                            break;
                        case DW_CFA_undefined:
                            rule(in.unsigned_leb(), CfiRow::Rule::undefined, 0);
                            break;
                        case DW_CFA_same_value:
                            forget(row, in.unsigned_leb());
                            break;
                        case DW_CFA_register:
                            rule(in.unsigned_leb(), CfiRow::Rule::other, 0);
                            in.unsigned_leb();
                            break;
                        case DW_CFA_expression:
                        case DW_CFA_val_expression:
                            rule(in.unsigned_leb(), CfiRow::Rule::other, 0);
                            in.skip(in.unsigned_leb());
                            break;
                        case DW_CFA_remember_state:
                            good = remembered.size() < kMaxRemembered;
                            if (good) remembered.push_back(row);
                            break;
                        case DW_CFA_restore_state:
                            good = !remembered.empty();
                            if (!good) break;
                            row = std::move(remembered.back());
                            remembered.pop_back();
                            break;
                        case DW_CFA_def_cfa:
                            reg = in.unsigned_leb();
                            define_cfa(reg, static_cast<std::int64_t>(in.unsigned_leb()));
                            break;
                        case DW_CFA_def_cfa_sf:
                            reg = in.unsigned_leb();
                            define_cfa(reg, factored(in.signed_leb()));
                            break;
                        case DW_CFA_def_cfa_register:
                            reg = in.unsigned_leb();
                            if (row.cfa) define_cfa(reg, row.cfa->offset);
                            break;
                        case DW_CFA_def_cfa_offset:
                            reg = in.unsigned_leb();
                            if (row.cfa) row.cfa->offset = static_cast<std::int64_t>(reg);
                            break;
                        case DW_CFA_def_cfa_offset_sf:
                            if (row.cfa)
                                row.cfa->offset = factored(in.signed_leb());
                            else
                                in.signed_leb();
                            break;
                        case DW_CFA_def_cfa_expression:
                            in.skip(in.unsigned_leb());
                            row.cfa.reset();
                            break;
                        case DW_CFA_GNU_args_size:
                            in.unsigned_leb();
                            break;
                        // Whether the return address is signed: its code bits are the same.
                        case kNegateRaState:
                            break;
                        default:
                            good = false;
                    }
            }
            if (!good || row.registers.size() > kMaxRegisters) return false;
        }
        return in.ok();
    }

    ByteSpan section_;
    std::uint64_t address_;
    bool eh_;
    std::vector<layout::AddressState>& rows_;
    std::map<std::uint64_t, std::optional<Common>> commons_;
    std::uint64_t damaged_ = 0;
};

}  // namespace

Result<CfiSection> cfi_section(const ElfObject& elf, int level) {
    CfiSection out;
    std::vector<layout::AddressState> rows;
    for (const char* name : {".debug_frame", ".eh_frame"}) {
        auto section = elf.find(name);
        if (!section || !rows.empty()) continue;  // they say the same
        auto bytes = elf.bytes(*section);
        if (!bytes) return tl::unexpected<Error>(bytes.error());
        FrameReader reader(*bytes, elf.sections()[*section].address,
                           std::string_view(name) == ".eh_frame", rows);
        reader.run();
        if (reader.damaged() != 0)
            out.remarks.push_back(std::to_string(reader.damaged()) + " entries of " + name +
                                  " are damaged or of an unknown kind");
    }
    if (rows.empty()) return out;
    // Where a function ends and another begins at once, the latter holds.
    std::stable_sort(rows.begin(), rows.end(), [](const auto& a, const auto& b) {
        return a.address != b.address ? a.address < b.address : a.state.empty() && !b.state.empty();
    });
    std::vector<layout::AddressState> states;
    states.reserve(rows.size());
    for (layout::AddressState& row : rows) {
        if (!states.empty() && states.back().address == row.address) states.pop_back();
        if (!states.empty() && states.back().state == row.state) continue;
        states.push_back(std::move(row));
    }
    out.rows = states.size();
    out.bytes = layout::pack_states(states, level);
    return out;
}

}  // namespace nfstriage::debuginfo
