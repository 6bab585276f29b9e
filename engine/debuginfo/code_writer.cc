#include "debuginfo/code_writer.h"

#include <elf.h>

#include <algorithm>

#include "debuginfo/dwarf_code.h"
#include "debuginfo/dwarf_code_pieces.h"
#include "layout/code_blocks_write.h"

namespace nfstriage::debuginfo {

namespace {

constexpr std::uint64_t kMaxPainted = 400'000'000;  // cells of inlined calls, of one object

bool in_folders(const std::string& path, const std::vector<std::string>& folders) {
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
        for (const DwarfUnit& unit : object_.units())
            if (unit.type == DW_UT_compile) read(unit);
        if (!object_.damage().empty()) section_.remarks.push_back(object_.damage());
        if (damaged_units_ != 0)
            section_.remarks.push_back(std::to_string(damaged_units_) +
                                       " units are damaged: their lines are incomplete");
        if (work_ == 0) section_.remarks.push_back("too many inlined calls: some are left out");
        add_symbols();
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
    void read(const DwarfUnit& unit) {
        Die die = object_.die_at(unit.die);
        if (!die) {
            damaged_units_++;
            return;
        }
        std::string directory, path;
        std::uint64_t base = 0;
        {
            DieAttributes attributes(object_.library(), die);
            directory = attributes.text(DW_AT_comp_dir);
            path = source_path(directory, attributes.text(DW_AT_name));
            base = attributes.address(DW_AT_low_pc).value_or(0);
        }
        if (in_folders(path, options_.left_out_folders)) return;
        auto wanted = [&](const std::vector<std::string>& folders) {
            return folders.empty() || in_folders(path, folders);
        };
        LineTable lines = read_lines(object_.library(), die, directory, model_.strings);
        names_.start_unit();
        auto functions = units_.read(
            die, lines, base, {wanted(options_.parameter_folders), wanted(options_.call_folders)});
        bool any = false;
        for (UnitFunction& function : functions) {
            std::erase_if(function.ranges, [&](const CodeRange& r) { return !text_.holds(r); });
            if (function.ranges.empty()) continue;
            any = true;
            append_pieces(function, lines, model_.pieces, work_);
            if (!function.known.parameters.empty() || !function.known.calls.empty())
                model_.parameters.push_back(std::move(function.known));
        }
        if (!any) loose_.insert(loose_.end(), lines.rows.begin(), lines.rows.end());
        if (lines.damaged || units_.damaged()) damaged_units_++;
    }

    // Assembly has lines but often no functions: these are taken from the symbols.
    void add_symbols() {
        auto symbols = object_.elf().symbols();
        if (!symbols || loose_.empty()) return;
        std::stable_sort(loose_.begin(), loose_.end(), [](const LineRow& a, const LineRow& b) {
            return a.address != b.address ? a.address < b.address : a.end && !b.end;
        });
        LineTable lines;
        lines.rows = std::move(loose_);
        std::vector<ElfSymbol> code;
        for (const ElfSymbol& symbol : *symbols)
            if ((symbol.type == STT_FUNC || symbol.type == STT_NOTYPE) && !symbol.name.empty() &&
                !symbol.name.starts_with(".L") && !symbol.name.starts_with("$"))
                code.push_back(symbol);
        std::stable_sort(code.begin(), code.end(), [](const ElfSymbol& a, const ElfSymbol& b) {
            if (a.address != b.address) return a.address < b.address;
            return a.size != 0 && b.size == 0;
        });
        UnitFunction function;
        for (std::size_t i = 0; i < code.size(); i++) {
            if (i > 0 && code[i].address == code[i - 1].address) continue;
            std::size_t next = i + 1;
            while (next < code.size() && code[next].address == code[i].address) next++;
            std::uint64_t begin = code[i].address, end = begin;
            if (next < code.size()) end = code[next].address;
            if (code[i].size != 0) end = std::min(end, begin + code[i].size);
            // As far as one sequence of lines goes.
            auto row = std::upper_bound(
                lines.rows.begin(), lines.rows.end(), begin,
                [](std::uint64_t key, const LineRow& each) { return key < each.address; });
            if (row == lines.rows.begin() || std::prev(row)->end) continue;
            for (; row != lines.rows.end() && row->address < end; ++row)
                if (row->end) end = row->address;
            function.ranges = {{begin, end}};
            if (begin >= end || !text_.holds(function.ranges.front())) continue;
            function.entry = begin;
            function.name = model_.strings.number(code[i].name);
            append_pieces(function, lines, model_.pieces, work_);
        }
    }

    const DwarfObject& object_;
    const CodeOptions& options_;
    Text text_;
    layout::CodeModel model_;
    CodeNames names_;
    UnitReader units_;
    std::vector<LineRow> loose_;  // of units without functions
    std::uint64_t work_ = kMaxPainted;
    std::uint64_t damaged_units_ = 0;
    CodeSection section_;
};

}  // namespace

CodeOptions vmlinux_code_options() {
    CodeOptions options;
    options.left_out_folders = {"drivers/", "sound/", "crypto/"};
    options.parameter_folders = {"fs/", "mm/", "kernel/", "net/", "lib/", "arch/", "block/"};
    options.call_folders = options.parameter_folders;
    return options;
}

CodeOptions module_code_options() { return {}; }

Result<CodeSection> code_section(const DwarfObject& object, const CodeOptions& options) {
    return Writer(object, options).run();
}

}  // namespace nfstriage::debuginfo
