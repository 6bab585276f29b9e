#include "debuginfo/code_writer.h"

#include <elf.h>

#include <algorithm>
#include <iterator>

#include "debuginfo/dwarf_code.h"
#include "debuginfo/dwarf_code_pieces.h"
#include "layout/code_blocks_write.h"

namespace nfstriage::debuginfo {

namespace {

constexpr std::size_t kUnitsKept = 64;              // whose pages of the file stay mapped
constexpr std::uint64_t kMaxPainted = 400'000'000;  // cells of inlined calls, of one object

bool in_folders(std::string_view path, const std::vector<std::string>& folders) {
    return std::any_of(folders.begin(), folders.end(),
                       [&](const std::string& folder) { return path.starts_with(folder); });
}

// The executable parts of an object. What the linker threw away is described from address 0 on.
class Text {
public:
    explicit Text(const ElfObject& elf) {
        for (const ElfSection& section : elf.sections())
            if ((section.flags & SHF_EXECINSTR) != 0 && (section.flags & SHF_ALLOC) != 0 &&
                section.size != 0 && section.address <= UINT64_MAX - section.size)
                ranges_.push_back({section.address, section.address + section.size});
    }
    bool holds(const CodeRange& range) const {
        return std::any_of(ranges_.begin(), ranges_.end(), [&](const CodeRange& text) {
            return range.begin >= text.begin && range.end <= text.end;
        });
    }

private:
    std::vector<CodeRange> ranges_;
};

class Writer {
public:
    Writer(const DwarfObject& object, const CodeOptions& options)
        : object_(object),
          options_(options),
          text_(object.elf()),
          names_(object, model_.strings),
          units_(object, names_, model_.strings) {}

    Result<CodeSection> run() {
        auto sections = LineSections::of(object_.elf());
        if (!sections) return tl::unexpected<Error>(sections.error());
        sections_ = *sections;
        read_symbols();
        std::size_t count = 0;
        for (const DwarfUnit& unit : object_.units()) {
            step_library();
            if (unit.type == DW_UT_compile) read(unit);
            if (++count % kUnitsKept == 0) object_.release();
        }
        step_library();  // past the last
        keep_symbols();
        if (!object_.damage().empty()) section_.remarks.push_back(object_.damage());
        if (damaged_units_ != 0)
            section_.remarks.push_back(std::to_string(damaged_units_) +
                                       " units are damaged: their lines are incomplete");
        if (work_ == 0) section_.remarks.push_back("too many inlined calls: some are left out");
        if (model_.pieces.empty())
            return error(object_.elf().path().string(), {},
                         "expected functions in the debug information, found none",
                         "give the file of the debuginfo package");
        for (const layout::CodePiece& piece : model_.pieces) {
            section_.functions += piece.begin == piece.entry ? 1 : 0;
            section_.inlined += piece.nodes.size();
            section_.rows += piece.rows.size();
        }
        for (const auto& function : model_.parameters)
            section_.parameters += function.parameters.size();
        section_.bytes = layout::write_code_table(std::move(model_), options_.level);
        return std::move(section_);
    }

private:
    // Makes the next unit the library's current one, where it looks first for what an offset refers
    // to; otherwise it goes through the list of all units each time.
    void step_library() {
        Dwarf_Unsigned length = 0, abbreviations = 0, type_offset = 0, next = 0;
        Dwarf_Half version = 0, address_size = 0, length_size = 0, extension = 0, type = 0;
        Dwarf_Sig8 signature{};
        Dwarf_Error error = nullptr;
        if (object_.library().next_cu_header_d(
                object_.handle(), 1, &length, &version, &abbreviations, &address_size, &length_size,
                &extension, &signature, &type_offset, &next, &type, &error) == DW_DLV_ERROR)
            object_.library().dealloc_error(object_.handle(), error);
    }

    void read(const DwarfUnit& unit) {
        Die die = object_.die_at(unit.die);
        if (!die) {
            damaged_units_++;
            return;
        }
        std::string directory, path;
        std::uint64_t base = 0;
        std::optional<std::uint64_t> table;
        {
            DieAttributes attributes(object_.library(), die);
            directory = attributes.text(DW_AT_comp_dir);
            path = source_path(directory, attributes.text(DW_AT_name));
            base = attributes.address(DW_AT_low_pc).value_or(0);
            table = attributes.section_offset(DW_AT_stmt_list);
        }
        if (in_folders(path, options_.left_out_folders)) return;
        auto wanted = [&](const std::vector<std::string>& folders) {
            return folders.empty() || in_folders(path, folders);
        };
        LineTable lines;
        if (table) lines = LineTable(sections_, *table, directory, model_.strings);
        names_.start_unit();
        UnitOptions unit_options;
        unit_options.parameters = wanted(options_.parameter_folders);
        unit_options.calls = wanted(options_.call_folders);
        unit_options.path = path;
        if (wanted(options_.inlined_units))
            unit_options.inlined = [&](std::string_view file) {
                return !in_folders(file, options_.inlined_left_out);
            };
        auto functions = units_.read(die, lines, base, unit_options);
        std::vector<CodeRange> known;
        for (UnitFunction& function : functions) {
            std::erase_if(function.ranges, [&](const CodeRange& r) { return !text_.holds(r); });
            if (function.ranges.empty()) continue;
            known.insert(known.end(), function.ranges.begin(), function.ranges.end());
            auto known_before = static_cast<std::uint32_t>(model_.inlined.size());
            for (UnitFunction::Inlined& inlined : function.inlined)
                if (inlined.node.known != 0) inlined.node.known += known_before;
            std::move(function.inlined_known.begin(), function.inlined_known.end(),
                      std::back_inserter(model_.inlined));
            append_pieces(function, lines, model_.pieces, work_);
            if (!function.known.parameters.empty() || !function.known.calls.empty())
                model_.parameters.push_back(std::move(function.known));
        }
        add_symbols(lines, std::move(known));
        if (lines.damaged() || units_.damaged()) damaged_units_++;
    }

    // Functions that have lines but no DIE: assembly, and what the compiler found to be the same as
    // another function. They are taken from the symbols.
    void add_symbols(const LineTable& lines, std::vector<CodeRange> known) {
        std::sort(known.begin(), known.end(),
                  [](const CodeRange& a, const CodeRange& b) { return a.begin < b.begin; });
        auto is_known = [&](std::uint64_t address) {
            auto above = std::upper_bound(
                known.begin(), known.end(), address,
                [](std::uint64_t key, const CodeRange& range) { return key < range.begin; });
            return above != known.begin() && address < std::prev(above)->end;
        };
        for (std::size_t i = 0; i < lines.rows().size(); i++) {
            std::uint64_t begin = lines.rows()[i].address;
            if (lines.rows()[i].end) continue;
            while (i + 1 < lines.rows().size() && !lines.rows()[i].end) i++;
            auto symbol = std::lower_bound(
                symbols_.begin(), symbols_.end(), begin,
                [](const Symbol& each, std::uint64_t key) { return each.begin < key; });
            for (; symbol != symbols_.end() && symbol->begin < lines.rows()[i].address; ++symbol) {
                UnitFunction function;
                function.ranges = {{symbol->begin, std::min(symbol->end, lines.rows()[i].address)}};
                if (is_known(symbol->begin) || !text_.holds(function.ranges.front())) continue;
                function.entry = symbol->begin;
                // ".cold" and ".isra.0" are the compiler's.
                function.name =
                    model_.strings.number(symbol->name.substr(0, symbol->name.find('.')));
                append_pieces(function, lines, nameless_, work_);
            }
        }
    }

    // Another unit may describe what this one has only lines for.
    void keep_symbols() {
        std::vector<CodeRange> known;
        for (const layout::CodePiece& piece : model_.pieces)
            known.push_back({piece.begin, piece.end});
        std::sort(known.begin(), known.end(),
                  [](const CodeRange& a, const CodeRange& b) { return a.begin < b.begin; });
        for (layout::CodePiece& piece : nameless_) {
            auto above = std::lower_bound(
                known.begin(), known.end(), piece.end,
                [](const CodeRange& range, std::uint64_t key) { return range.begin < key; });
            if (above == known.begin() || std::prev(above)->end <= piece.begin)
                model_.pieces.push_back(std::move(piece));
        }
        nameless_.clear();
    }

    struct Symbol {
        std::uint64_t begin, end;
        std::string_view name;
    };

    // Each address once: a function before a label, one with a size before one without.
    void read_symbols() {
        auto symbols = object_.elf().symbols();
        if (!symbols) {
            section_.remarks.push_back(to_string(symbols.error()));
            return;
        }
        std::vector<ElfSymbol> code;
        for (const ElfSymbol& symbol : *symbols)
            if ((symbol.type == STT_FUNC || symbol.type == STT_NOTYPE) && !symbol.name.empty() &&
                !symbol.name.starts_with('.') && !symbol.name.starts_with('$') &&
                !symbol.name.starts_with("__pfx_") &&  // padding in front of a function
                text_.holds({symbol.address, symbol.address}))
                code.push_back(symbol);
        std::stable_sort(code.begin(), code.end(), [](const ElfSymbol& a, const ElfSymbol& b) {
            if (a.address != b.address) return a.address < b.address;
            if (a.type != b.type) return a.type == STT_FUNC;
            return a.size > b.size;
        });
        for (const ElfSymbol& symbol : code) {
            if (!symbols_.empty() && symbols_.back().begin == symbol.address) continue;
            // A label inside a function is not one.
            if (symbol.type == STT_NOTYPE && symbol.size == 0 && !symbols_.empty() &&
                symbol.address < symbols_.back().end && symbols_.back().end != UINT64_MAX)
                continue;
            if (!symbols_.empty())
                symbols_.back().end = std::min(symbols_.back().end, symbol.address);
            std::uint64_t size = symbol.size;
            symbols_.push_back({symbol.address, UINT64_MAX, symbol.name});
            if (size != 0 && size < UINT64_MAX - symbol.address)
                symbols_.back().end = symbol.address + size;
        }
    }

    const DwarfObject& object_;
    const CodeOptions& options_;
    Text text_;
    LineSections sections_;
    layout::CodeModel model_;
    CodeNames names_;
    UnitReader units_;
    std::vector<layout::CodePiece> nameless_;  // named by symbols, not by DIEs
    std::vector<Symbol> symbols_;              // of code, in address order
    std::uint64_t work_ = kMaxPainted;
    std::uint64_t damaged_units_ = 0;
    CodeSection section_;
};

}  // namespace

CodeOptions vmlinux_code_options() {
    CodeOptions options;
    options.left_out_folders = {
        "drivers/",         "sound/",        "crypto/",         "arch/x86/crypto/",
        "arch/x86/events/", "arch/x86/kvm/", "arch/arm64/kvm/", "virt/",
        "io_uring/",        "kernel/bpf/",   "kernel/trace/",   "kernel/events/",
        "lib/zstd/",        "lib/mpi/",      "lib/crypto/",     "net/bluetooth/",
        "net/mptcp/",       "net/wireless/", "net/mac80211/",   "net/ethtool/",
        "net/devlink/",     "net/xfrm/",     "net/netfilter/",  "net/sched/",
        "security/",        "tools/"};
    options.parameter_folders = {"fs/",
                                 "mm/",
                                 "block/",
                                 "lib/",
                                 "net/core/",
                                 "net/ipv4/",
                                 "net/sunrpc/",
                                 "net/socket.c",
                                 "kernel/sched/",
                                 "kernel/locking/",
                                 "kernel/workqueue.c",
                                 "kernel/kthread.c"};
    options.call_folders = {"fs/", "net/sunrpc/"};
    options.inlined_units = {"fs/", "net/sunrpc/"};
    options.inlined_left_out = {"include/", "arch/"};  // small helpers, in every function
    return options;
}

CodeOptions module_code_options() { return {}; }

Result<CodeSection> code_section(const DwarfObject& object, const CodeOptions& options) {
    return Writer(object, options).run();
}

}  // namespace nfstriage::debuginfo
