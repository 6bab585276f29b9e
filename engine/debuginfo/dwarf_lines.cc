#include "debuginfo/dwarf_lines.h"

#include <libdwarf/dwarf.h>

#include <algorithm>

#include "debuginfo/dwarf_cursor.h"

namespace nfstriage::debuginfo {

class LineReader {
public:
    LineReader(LineTable& table, const LineSections& sections)
        : table_(table), sections_(sections) {}

    void run(std::uint64_t offset) {
        if (!read_header(offset)) {
            table_.damaged_ = true;
            return;
        }
        table_.damaged_ = !run_program();
        table_.rows_.resize(sequence_);  // without the sequence that the damage cut off
        sort();
    }

private:
    bool read_header(std::uint64_t offset) {
        DwarfCursor in(sections_.lines.span(), offset);
        std::uint64_t length = in.fixed<std::uint32_t>();
        offset_size_ = 4;
        if (length == 0xffffffff) {
            length = in.fixed<std::uint64_t>();
            offset_size_ = 8;
        }
        if (!in.ok() || length > in.left()) return false;
        in = DwarfCursor(in.take(length));
        version_ = in.fixed<std::uint16_t>();
        if (version_ < 2 || version_ > 5) return false;
        if (version_ >= 5) in.skip(2);  // sizes of addresses and of segment selectors
        std::uint64_t header = in.offset(offset_size_);
        if (!in.ok() || header > in.left()) return false;
        DwarfCursor tables(in.take(header));
        program_ = in;
        minimum_length_ = tables.fixed<std::uint8_t>();
        if (version_ >= 4) tables.skip(1);  // operations in an instruction: 1 but for VLIW
        tables.skip(1);                     // default_is_stmt
        line_base_ = static_cast<std::int8_t>(tables.fixed<std::uint8_t>());
        line_range_ = tables.fixed<std::uint8_t>();
        opcode_base_ = tables.fixed<std::uint8_t>();
        if (line_range_ == 0 || opcode_base_ == 0) return false;
        for (unsigned i = 1; i < opcode_base_; i++)
            operands_.push_back(tables.fixed<std::uint8_t>());
        bool read = version_ >= 5 ? read_tables(tables) : read_old_tables(tables);
        return read && tables.ok();
    }

    // Before DWARF 5: names that end with an empty one; numbers count from 1, folder 0 is where the
    // compiler ran.
    bool read_old_tables(DwarfCursor& in) {
        table_.directories_.emplace_back();
        while (in.ok()) {
            std::string_view name = in.text();
            if (name.empty()) break;
            table_.directories_.push_back(name);
        }
        table_.files_.emplace_back();
        while (in.ok()) {
            std::string_view name = in.text();
            if (name.empty()) break;
            std::uint64_t directory = in.unsigned_leb();
            in.unsigned_leb(), in.unsigned_leb();  // time and size
            table_.files_.push_back({name, directory, {}});
        }
        return in.ok();
    }

    bool read_tables(DwarfCursor& in) {
        for (int table = 0; table < 2; table++) {
            struct Column {
                std::uint64_t content, form;
            };
            std::vector<Column> columns(in.fixed<std::uint8_t>());
            for (Column& column : columns) {
                column.content = in.unsigned_leb();
                column.form = in.unsigned_leb();
            }
            std::uint64_t count = in.unsigned_leb();
            if (columns.empty() && count > 0) return false;
            for (std::uint64_t i = 0; i < count; i++) {
                LineTable::File file;
                for (const Column& column : columns) {
                    std::string_view text;
                    std::uint64_t number = 0;
                    if (!read_form(in, column.form, text, number)) return false;
                    if (column.content == DW_LNCT_path) file.name = text;
                    if (column.content == DW_LNCT_directory_index) file.directory = number;
                }
                if (!in.ok()) return false;
                if (table == 0)
                    table_.directories_.push_back(file.name);
                else
                    table_.files_.push_back(file);
            }
        }
        return true;
    }

    bool read_form(DwarfCursor& in, std::uint64_t form, std::string_view& text,
                   std::uint64_t& number) {
        switch (form) {
            case DW_FORM_string:
                text = in.text();
                break;
            case DW_FORM_line_strp:
                text = sections_.line_strings.cstring(in.offset(offset_size_)).value_or("");
                break;
            case DW_FORM_strp:
                text = sections_.strings.cstring(in.offset(offset_size_)).value_or("");
                break;
            case DW_FORM_udata:
                number = in.unsigned_leb();
                break;
            case DW_FORM_data1:
                number = in.fixed<std::uint8_t>();
                break;
            case DW_FORM_data2:
                number = in.fixed<std::uint16_t>();
                break;
            case DW_FORM_data4:
                number = in.fixed<std::uint32_t>();
                break;
            case DW_FORM_data8:
                number = in.fixed<std::uint64_t>();
                break;
            case DW_FORM_data16:
                in.skip(16);
                break;
            case DW_FORM_block:
                in.skip(in.unsigned_leb());
                break;
            default:
                return false;
        }
        return true;
    }

    bool run_program() {
        reset();
        DwarfCursor& in = program_;
        while (in.ok() && in.left() > 0) {
            std::uint8_t code = in.fixed<std::uint8_t>();
            if (code >= opcode_base_) {
                unsigned step = code - opcode_base_;
                address_ += std::uint64_t{step / line_range_} * minimum_length_;
                line_ += line_base_ + static_cast<std::int64_t>(step % line_range_);
                emit(false);
            } else if (code == 0) {
                extended(in);
            } else {
                standard(in, code);
            }
        }
        return in.ok();
    }

    void standard(DwarfCursor& in, std::uint8_t code) {
        switch (code) {
            case DW_LNS_copy:
                emit(false);
                break;
            case DW_LNS_advance_pc:
                address_ += in.unsigned_leb() * minimum_length_;
                break;
            case DW_LNS_advance_line:
                line_ += in.signed_leb();
                break;
            case DW_LNS_set_file:
                file_ = in.unsigned_leb();
                break;
            case DW_LNS_const_add_pc:
                address_ += std::uint64_t{(255u - opcode_base_) / line_range_} * minimum_length_;
                break;
            case DW_LNS_fixed_advance_pc:
                address_ += in.fixed<std::uint16_t>();
                break;
            default:  // what we have no use for, or do not know
                for (unsigned i = 0; i < operands_[code - 1u]; i++) in.unsigned_leb();
        }
    }

    void extended(DwarfCursor& in) {
        DwarfCursor operand(in.take(in.unsigned_leb()));
        if (operand.left() == 0) return;
        switch (operand.fixed<std::uint8_t>()) {
            case DW_LNE_end_sequence:
                end_sequence();
                break;
            case DW_LNE_set_address:
                address_ = operand.fixed<std::uint64_t>();
                break;
            case DW_LNE_define_file: {
                std::string_view name = operand.text();
                table_.files_.push_back({name, operand.unsigned_leb(), {}});
                break;
            }
            default:
                break;
        }
    }

    void end_sequence() {
        // Rows at its end hold for no instruction.
        std::vector<LineRow>& rows = table_.rows_;
        while (rows.size() > sequence_ && rows.back().address == address_) rows.pop_back();
        if (rows.size() > sequence_) emit(true);
        sequence_ = rows.size();
        reset();
    }

    void reset() { address_ = 0, file_ = 1, line_ = 1; }

    void emit(bool end) {
        std::vector<LineRow>& rows = table_.rows_;
        LineRow row{address_, 0, 0, end};
        if (!end) {
            row.file = table_.file(file_);
            row.line = line_ < 0 || line_ > UINT32_MAX ? 0 : static_cast<std::uint32_t>(line_);
        }
        if (!rows.empty() && rows.back().address == address_ && !rows.back().end && !end)
            rows.back() = row;  // most rows at one address are in one sequence
        else
            rows.push_back(row);
    }

    void sort() {
        std::vector<LineRow>& rows = table_.rows_;
        auto before = [](const LineRow& a, const LineRow& b) {
            return a.address != b.address ? a.address < b.address : a.end && !b.end;
        };
        if (!std::is_sorted(rows.begin(), rows.end(), before))
            std::stable_sort(rows.begin(), rows.end(), before);
        std::size_t kept = 0;
        for (const LineRow& row : rows) {
            if (kept > 0 && rows[kept - 1].address == row.address) kept--;
            rows[kept++] = row;
        }
        rows.resize(kept);
    }

    LineTable& table_;
    const LineSections& sections_;
    unsigned offset_size_ = 4;
    std::uint16_t version_ = 0;
    std::uint8_t minimum_length_ = 1, line_range_ = 1, opcode_base_ = 1;
    std::int64_t line_base_ = 0;
    std::vector<std::uint8_t> operands_;
    DwarfCursor program_;
    std::size_t sequence_ = 0;  // the first row of the sequence being read
    // The registers of the line machine that we have a use for.
    std::uint64_t address_ = 0, file_ = 1;
    std::int64_t line_ = 1;
};

Result<LineSections> LineSections::of(const ElfObject& elf) {
    LineSections sections;
    auto read = [&](const char* name, Bytes& to) -> Result<void> {
        auto section = elf.find(name);
        if (!section) return {};
        auto bytes = elf.bytes(*section);
        if (!bytes) return tl::unexpected<Error>(bytes.error());
        to = Bytes(*bytes);
        return {};
    };
    if (auto done = read(".debug_line", sections.lines); !done)
        return tl::unexpected<Error>(done.error());
    if (auto done = read(".debug_line_str", sections.line_strings); !done)
        return tl::unexpected<Error>(done.error());
    if (auto done = read(".debug_str", sections.strings); !done)
        return tl::unexpected<Error>(done.error());
    return sections;
}

LineTable::LineTable(const LineSections& sections, std::uint64_t offset, std::string_view directory,
                     layout::CodeStrings& strings)
    : directory_(directory), strings_(&strings) {
    LineReader(*this, sections).run(offset);
}

std::uint32_t LineTable::file(std::uint64_t number) {
    if (number >= files_.size() || files_[number].name.empty()) return 0;
    File& file = files_[number];
    if (!file.string) {
        std::string path(file.name);
        std::string_view folder;
        if (file.directory > 0 && file.directory < directories_.size())
            folder = directories_[file.directory];
        if (!folder.empty() && !path.starts_with('/')) path = std::string(folder) + '/' + path;
        file.string = strings_->number(source_path(directory_, path));
    }
    return *file.string;
}

}  // namespace nfstriage::debuginfo
