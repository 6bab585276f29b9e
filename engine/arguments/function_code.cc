#include "arguments/function_code.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <unordered_map>
#include <utility>

#include "arguments/function_code_tables.h"

namespace nfstriage::arguments {
namespace {

using Code = std::shared_ptr<const FunctionCode>;

constexpr std::uint64_t kMostBytes = 256 * 1024;  // of one function
constexpr std::uint64_t kPage = 4096;
constexpr std::size_t kMostNamesakes = 64;  // functions of one name that share cold parts
constexpr std::size_t kMostParts = 16;
constexpr std::size_t kMostCached = 8 * 1024;   // instructions, of some 200 bytes each
constexpr std::size_t kBytesOfInstruction = 4;  // on the average, or less
constexpr unsigned kMostJumps = 4;              // from one trampoline to the next

// "foo.isra.0" for "foo.isra.0.cold" and "foo.isra.0.cold.12"; nothing for other names.
std::optional<std::string_view> name_of_main_part(std::string_view name) {
    auto at = name.find(".cold");
    if (at == 0 || at == std::string_view::npos) return std::nullopt;
    std::string_view rest = name.substr(at + 5);
    if (!rest.empty() && rest.front() != '.') return std::nullopt;
    return name.substr(0, at);
}

// Space in front of a function: patched call depth accounting and kCFI's type hash.
bool is_prefix(std::string_view name) {
    return name.starts_with("__pfx_") || name.starts_with("__cfi_");
}

// Text of one part, pages that are missing left out.
struct Piece {
    VAddr begin;
    std::vector<std::uint8_t> bytes;
};

struct Text {
    std::vector<Piece> pieces;
    std::optional<Unknown> missing;  // why the first missing page is
};

Text read_text(const dump::Memory& memory, CodeRange range) {
    Text text;
    std::vector<std::uint8_t> whole(range.end - range.begin);
    if (memory.read(range.begin, whole)) {
        text.pieces.push_back({range.begin, std::move(whole)});
        return text;
    }
    for (VAddr at = range.begin; at < range.end;) {
        VAddr next{std::min((at.value / kPage + 1) * kPage, range.end.value)};
        std::vector<std::uint8_t> page(next - at);
        if (auto done = memory.read(at, page); !done) {
            if (!text.missing) text.missing = done.error();
        } else if (!text.pieces.empty() &&
                   text.pieces.back().begin + text.pieces.back().bytes.size() == at) {
            auto& bytes = text.pieces.back().bytes;
            bytes.insert(bytes.end(), page.begin(), page.end());
        } else {
            text.pieces.push_back({at, std::move(page)});
        }
        at = next;
    }
    return text;
}

// Zeros fill what is left of a module's last page; an instruction may end in some.
std::size_t without_padding(const std::vector<std::uint8_t>& bytes, Arch arch) {
    std::size_t size = bytes.size();
    while (size > 0 && bytes[size - 1] == 0) --size;
    if (arch == Arch::aarch64) return std::min(bytes.size(), (size + 3) / 4 * 4);
    return std::min(bytes.size(), size + 8);
}

// A word that no decoder here knows: it may write every register but the stack pointer, and memory.
isa::Instruction opaque(std::uint64_t address) {
    isa::Instruction instruction;
    instruction.address = address;
    instruction.size = 4;
    instruction.writes = (isa::bit(31) - 1) & ~isa::bit(isa::stack_pointer(Arch::aarch64));
    isa::MemoryOperand anywhere;
    anywhere.written = true;
    instruction.memory.push_back(anywhere);
    isa::Store store;
    store.known = false;
    instruction.stores.push_back(store);
    return instruction;
}

bool is_zero(ByteSpan bytes) {
    return std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; });
}

class Builder {
public:
    Builder(const dump::Memory& memory, const layout::Symbols& symbols, const isa::Decoder& decoder,
            FunctionCode& code)
        : memory_(memory), symbols_(symbols), decoder_(decoder), code_(code) {}

    // Decodes the part and those cold parts that it jumps to.
    Maybe<void> add(CodeRange range) {
        std::vector<CodeRange> waiting{range};
        while (!waiting.empty() && code_.parts.size() < kMostParts) {
            CodeRange next = waiting.back();
            waiting.pop_back();
            if (code_.contains(next.begin)) continue;
            std::size_t first = code_.instructions.size();
            if (auto done = decode(next); !done) {
                if (code_.parts.empty()) return done;
                incomplete(to_string(done.error()));
                continue;
            }
            for (std::size_t i = first; i < code_.instructions.size(); ++i)
                if (auto part = cold_target(code_.instructions[i])) waiting.push_back(*part);
        }
        return {};
    }

    // Padding and data between functions (aarch64 keeps a pointer for tracing in front of each) do
    // no harm: execution never gets there. What it may get to leaves the function incomplete.
    void judge_opaque() {
        if (opaque_.empty()) return;
        std::vector<bool> target(code_.instructions.size(), false);
        for (const isa::Instruction& from : code_.instructions)
            if (from.flow != isa::Flow::call && from.target)
                if (const isa::Instruction* to = code_.at(VAddr{*from.target}))
                    target[static_cast<std::size_t>(to - code_.instructions.data())] = true;
        auto next = opaque_.begin();
        Way way = Way::on;
        for (std::uint32_t i = 0; i < code_.instructions.size(); ++i) {
            isa::Instruction& at = code_.instructions[i];
            if (i == 0 || code_.instructions[i - 1].end() != at.address || target[i]) way = Way::on;
            if (next == opaque_.end() || *next != i) {
                way = behind(at, way);
                continue;
            }
            ++next;
            if (way == Way::on)
                incomplete("what stands at " + hex(at.address) + " does not decode");
            else
                at.flow = isa::Flow::stop;
        }
    }

    void add_jump_tables() {
        for (std::size_t i = 0; i < code_.instructions.size(); ++i) {
            const isa::Instruction& at = code_.instructions[i];
            if (at.flow != isa::Flow::jump || at.target) continue;
            if (auto table = read_jump_table(code_, i, decoder_.arch(), memory_))
                code_.jump_tables.push_back(std::move(*table));
        }
    }

private:
    // Whether execution gets to a place: not behind a jump; behind a call or trap, if something is
    // done there. Calls in front of what does not decode do not come back.
    enum class Way : std::uint8_t { on, open, ended };
    static Way behind(const isa::Instruction& instruction, Way way) {
        switch (instruction.flow) {
            case isa::Flow::branch:
                return way == Way::ended ? way : Way::on;
            case isa::Flow::next:
                return way == Way::open && (instruction.writes != 0 || !instruction.memory.empty())
                           ? Way::on
                           : way;
            case isa::Flow::call:
            case isa::Flow::trap:
                return way == Way::ended ? way : Way::open;
            default:
                return Way::ended;
        }
    }

    void incomplete(std::string why) {
        if (code_.complete) code_.why = std::move(why);
        code_.complete = false;
    }

    Maybe<void> decode(CodeRange range) {
        if (range.end - range.begin > kMostBytes - std::min(kMostBytes, bytes_)) {
            incomplete("more than " + std::to_string(kMostBytes / 1024) + " KiB of code");
            range.end = range.begin + (kMostBytes - std::min(kMostBytes, bytes_));
        }
        bytes_ += range.end - range.begin;
        Text text = read_text(memory_, range);
        bool begins = !text.pieces.empty() && text.pieces.front().begin == range.begin;
        if (!begins)
            return tl::unexpected<Unknown>(
                text.missing.value_or(Unknown{Reason::corrupt, "an empty function"}));
        if (text.missing) incomplete(to_string(*text.missing));
        code_.parts.push_back(range);
        for (const Piece& piece : text.pieces) {
            // Where x86_64 instructions begin behind a gap nobody can tell.
            if (piece.begin != range.begin && decoder_.arch() != Arch::aarch64) break;
            if (auto done = decode(piece); !done) return done;
        }
        return {};
    }

    Maybe<void> decode(const Piece& piece) {
        bool words = decoder_.arch() == Arch::aarch64;
        ByteSpan bytes(piece.bytes.data(), without_padding(piece.bytes, decoder_.arch()));
        std::size_t at = 0;
        if (words) at = (4 - piece.begin.value % 4) % 4;
        // Room for a little more than there are mostly; what nobody writes to costs no memory.
        code_.instructions.reserve(code_.instructions.size() + bytes.size() / kBytesOfInstruction);
        while (at < bytes.size()) {
            VAddr address = piece.begin + at;
            auto instruction = decoder_.decode(bytes.subspan(at), address.value);
            if (instruction && instruction->size != 0) {
                at += instruction->size;
                code_.instructions.push_back(std::move(*instruction));
                continue;
            }
            if (!instruction && instruction.error().reason == Reason::unsupported_arch)
                return tl::unexpected<Unknown>(instruction.error());
            if (bytes.size() - at < 4 && words) break;
            if (is_zero(bytes.subspan(at))) break;
            if (!words) {
                incomplete("what stands at " + hex(address) + " does not decode");
                break;
            }
            opaque_.push_back(static_cast<std::uint32_t>(code_.instructions.size()));
            code_.instructions.push_back(opaque(address.value));
            at += 4;
        }
        return {};
    }

    std::optional<CodeRange> cold_target(const isa::Instruction& instruction) const {
        bool jumps = instruction.flow == isa::Flow::jump || instruction.flow == isa::Flow::branch;
        if (!jumps || !instruction.target) return std::nullopt;
        VAddr target{*instruction.target};
        if (code_.contains(target)) return std::nullopt;
        auto found = symbols_.find(target);
        if (!found || found->symbol.size == 0 || found->symbol.module != code_.module ||
            !name_of_main_part(found->symbol.name))
            return std::nullopt;
        return CodeRange{found->symbol.address, found->symbol.address + found->symbol.size};
    }

    const dump::Memory& memory_;
    const layout::Symbols& symbols_;
    const isa::Decoder& decoder_;
    FunctionCode& code_;
    std::uint64_t bytes_ = 0;
    std::vector<std::uint32_t> opaque_;  // instructions
};

// Parts stand in the order in which they were found, addresses ascend inside of each.
std::size_t part_of(const FunctionCode& code, VAddr address) {
    for (std::size_t i = 0; i < code.parts.size(); ++i)
        if (address >= code.parts[i].begin && address < code.parts[i].end) return i;
    return code.parts.size();
}

// The first instruction not before `address`, within the order of parts.
std::vector<isa::Instruction>::const_iterator not_before(const FunctionCode& code, VAddr address) {
    std::size_t part = part_of(code, address);
    return std::partition_point(code.instructions.begin(), code.instructions.end(),
                                [&](const isa::Instruction& i) {
                                    VAddr at{i.address};
                                    if (code.parts.size() > 1)
                                        if (std::size_t p = part_of(code, at); p != part)
                                            return p < part;
                                    return at < address;
                                });
}

}  // namespace

bool FunctionCode::contains(VAddr address) const { return part_of(*this, address) < parts.size(); }

const isa::Instruction* FunctionCode::at(VAddr address) const {
    auto found = not_before(*this, address);
    return found != instructions.end() && found->address == address.value ? &*found : nullptr;
}

const isa::Instruction* FunctionCode::before(VAddr address) const {
    // The last instruction may end where its part ends.
    auto after = not_before(*this, address - 1);
    if (after != instructions.end() && after->end() == address.value) return &*after;
    if (after == instructions.begin()) return nullptr;
    --after;
    return after->end() == address.value ? &*after : nullptr;
}

struct CodeReader::State {
    std::unordered_map<std::uint64_t, Code> by_entry;
    std::map<std::uint64_t, std::pair<std::uint64_t, Code>> by_part;  // begin: end, function
    std::size_t instructions = 0;

    Code containing(VAddr address) const {
        auto after = by_part.upper_bound(address.value);
        if (after == by_part.begin()) return nullptr;
        const auto& [end, code] = std::prev(after)->second;
        return address.value < end ? code : nullptr;
    }

    void keep(const Code& code) {
        if (instructions > kMostCached) {
            by_entry.clear();
            by_part.clear();
            instructions = 0;
        }
        instructions += code->instructions.size();
        by_entry[code->entry.value] = code;
        for (const CodeRange& part : code->parts)
            by_part[part.begin.value] = {part.end.value, code};
    }
};

CodeReader::CodeReader(const dump::Memory& memory, const layout::Symbols& symbols, Arch arch)
    : memory_(memory), symbols_(symbols), decoder_(arch), state_(std::make_unique<State>()) {}

CodeReader::~CodeReader() = default;

Maybe<std::shared_ptr<const FunctionCode>> CodeReader::function_at(VAddr address) {
    if (Code known = state_->containing(address)) return known;
    auto found = symbols_.find(address);
    if (!found) return tl::unexpected<Unknown>(found.error());
    const layout::Symbol& symbol = found->symbol;
    if (is_prefix(symbol.name) || !symbols_.is_text(address))
        return unknown(Reason::no_symbol, hex(address) + " is in " + symbol.name + ", no function");
    if (symbol.size == 0)
        return unknown(Reason::no_symbol, "the end of " + symbol.name + " is not known");
    if (auto name = name_of_main_part(symbol.name)) return owner_of(symbol, *name);
    return build(symbol, {});
}

Maybe<std::shared_ptr<const FunctionCode>> CodeReader::build(const layout::Symbol& symbol,
                                                             std::optional<CodeRange> cold) {
    if (!cold)
        if (auto known = state_->by_entry.find(symbol.address.value);
            known != state_->by_entry.end())
            return known->second;
    auto code = std::make_shared<FunctionCode>();
    code->name = symbol.name;
    code->module = symbol.module;
    code->entry = symbol.address;
    Builder builder(memory_, symbols_, decoder_, *code);
    if (auto done = builder.add({symbol.address, symbol.address + symbol.size}); !done)
        return tl::unexpected<Unknown>(done.error());
    if (cold)
        if (auto done = builder.add(*cold); !done) return tl::unexpected<Unknown>(done.error());
    builder.judge_opaque();
    builder.add_jump_tables();
    state_->keep(code);
    return Code(code);
}

Maybe<std::shared_ptr<const FunctionCode>> CodeReader::owner_of(const layout::Symbol& cold,
                                                                std::string_view name) {
    std::vector<layout::Symbol> namesakes = symbols_.all(name);
    std::erase_if(namesakes, [&](const layout::Symbol& s) {
        return s.module != cold.module || s.size == 0 || !symbols_.is_text(s.address);
    });
    if (namesakes.size() > kMostNamesakes) namesakes.resize(kMostNamesakes);
    std::optional<Unknown> why;
    for (const layout::Symbol& symbol : namesakes) {
        auto code = build(symbol, {});
        if (!code) {
            why = code.error();
        } else if ((*code)->contains(cold.address)) {
            return code;
        }
    }
    // Reached by the exception table alone.
    if (namesakes.size() == 1 && !why)
        return build(namesakes.front(), CodeRange{cold.address, cold.address + cold.size});
    if (why) return tl::unexpected<Unknown>(*why);
    return unknown(Reason::no_symbol, "the function that " + cold.name + " belongs to");
}

VAddr CodeReader::follow_jumps(VAddr target) {
    for (unsigned i = 0; i < kMostJumps; ++i) {
        auto next = jump_at(target);
        if (!next) break;
        target = *next;
    }
    return target;
}

// Constants are followed through registers, as veneers build their target in x16.
std::optional<VAddr> CodeReader::jump_at(VAddr address) const {
    constexpr std::size_t kLongest = 24;  // bytes
    constexpr std::uint8_t kLongestHint = 4;
    std::array<std::uint8_t, kLongest> bytes{};
    std::size_t size = bytes.size();
    while (size >= 8 && !memory_.read(address, {bytes.data(), size})) size -= 4;
    if (size < 8) return std::nullopt;
    std::array<std::optional<std::uint64_t>, isa::kRegisters> known;
    for (std::size_t at = 0; at < size;) {
        ByteSpan rest(bytes.data() + at, size - at);
        auto instruction = decoder_.decode(rest, address.value + at);
        if (!instruction || instruction->size == 0) return std::nullopt;
        if (instruction->flow == isa::Flow::jump) {
            if (instruction->target) return VAddr{*instruction->target};
            if (!instruction->via || !known[*instruction->via]) return std::nullopt;
            return VAddr{*known[*instruction->via]};
        }
        bool hint = at == 0 && instruction->writes == 0 && instruction->size <= kLongestHint;
        if (instruction->flow != isa::Flow::next || !instruction->memory.empty() ||
            !(hint || set_constants(*instruction, rest, known)))
            return std::nullopt;
        at += instruction->size;
    }
    return std::nullopt;
}

// False for an instruction that does anything but compute constants.
bool CodeReader::set_constants(
    const isa::Instruction& instruction, ByteSpan bytes,
    std::array<std::optional<std::uint64_t>, isa::kRegisters>& known) const {
    if (arch() == Arch::aarch64 && instruction.effects.empty()) {
        // MOVK, 64 bits: the register in bits 0-4, the half in 5-20, its place in 21-22.
        std::uint32_t word = *Bytes(bytes).get<std::uint32_t>(0);
        auto& reg = known[word & 31];
        if ((word & 0xff800000u) != 0xf2800000u || (word & 31) == 31 || !reg) return false;
        unsigned shift = 16 * ((word >> 21) & 3);
        reg = (*reg & ~(std::uint64_t{0xffff} << shift)) | std::uint64_t{(word >> 5) & 0xffff}
                                                               << shift;
        return true;
    }
    if (instruction.effects.size() != 1) return false;
    const isa::Effect& effect = instruction.effects.front();
    if (effect.bits != 64 || instruction.writes != isa::bit(effect.to)) return false;
    if (effect.kind == isa::Effect::Kind::constant) {
        known[effect.to] = effect.value;
        return true;
    }
    if (effect.kind != isa::Effect::Kind::sum || !known[effect.from]) return false;
    known[effect.to] = *known[effect.from] + effect.value;
    return true;
}

}  // namespace nfstriage::arguments
