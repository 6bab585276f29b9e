#include "debuginfo/dwarf_lines.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace nfstriage::debuginfo {

namespace {

constexpr std::uint64_t kMaxFiles = 1 << 20;

// Folders at the root of the kernel tree.
constexpr std::array kTopFolders = {
    "arch",     "block",    "certs",  "crypto", "drivers", "fs",  "include", "init",
    "io_uring", "ipc",      "kernel", "lib",    "mm",      "net", "rust",    "samples",
    "scripts",  "security", "sound",  "tools",  "usr",     "virt"};

std::string joined(std::string_view folder, std::string_view name) {
    if (folder.empty() || name.starts_with('/')) return std::string(name);
    return std::string(folder) + '/' + std::string(name);
}

// Without ".", ".." and doubled slashes; what leads above the start is dropped.
std::string normal(std::string_view path) {
    std::vector<std::string_view> parts;
    for (std::size_t at = 0; at <= path.size();) {
        std::size_t slash = std::min(path.find('/', at), path.size());
        std::string_view part = path.substr(at, slash - at);
        at = slash + 1;
        if (part.empty() || part == ".") continue;
        if (part == "..") {
            if (!parts.empty()) parts.pop_back();
        } else {
            parts.push_back(part);
        }
    }
    std::string out;
    for (std::string_view part : parts) {
        if (!out.empty() || path.starts_with('/')) out += '/';
        out += part;
    }
    return out;
}

// Where a path that is told from the root of the machine goes below the kernel's root: behind the
// folder that holds one of its top folders, not counting the first ("/usr/src/linux/fs/…").
std::string below_root(const std::string& path) {
    if (path.starts_with("/usr/lib") || path.starts_with("/usr/include")) return path;
    for (std::size_t at = path.find('/', 1); at != std::string::npos; at = path.find('/', at + 1)) {
        std::string_view rest = std::string_view(path).substr(at + 1);
        std::string_view folder = rest.substr(0, rest.find('/'));
        if (folder.size() < rest.size() &&
            std::find(kTopFolders.begin(), kTopFolders.end(), folder) != kTopFolders.end())
            return std::string(rest);
    }
    return path;
}

class Reader {
public:
    Reader(const Libdwarf& library, const Die& unit, std::string_view directory,
           layout::CodeStrings& strings)
        : library_(library), unit_(unit), directory_(directory), strings_(strings) {}

    LineTable run() {
        Dwarf_Unsigned version = 0;
        Dwarf_Small tables = 0;
        Dwarf_Line_Context context = nullptr;
        Dwarf_Error error = nullptr;
        int opened = library_.srclines_b(unit_.handle(), &version, &tables, &context, &error);
        if (opened != DW_DLV_OK) {
            release(error);
            table_.damaged = opened == DW_DLV_ERROR;
            return std::move(table_);
        }
        read_files(context);
        read_rows(context);
        library_.srclines_dealloc_b(context);
        return std::move(table_);
    }

private:
    void release(Dwarf_Error error) {
        if (error != nullptr) library_.dealloc_error(unit_.debug(), error);
    }

    // The folder of an entry: number 0 is where the compiler ran, in DWARF 5 as an entry of its
    // own.
    std::string folder(Dwarf_Line_Context context, Dwarf_Unsigned number) {
        if (number == 0) return std::string(directory_);
        const char* name = nullptr;
        Dwarf_Error error = nullptr;
        if (library_.srclines_include_dir_data(context, static_cast<Dwarf_Signed>(number), &name,
                                               &error) != DW_DLV_OK) {
            release(error);
            return {};
        }
        return name == nullptr ? "" : name;
    }

    void read_files(Dwarf_Line_Context context) {
        Dwarf_Signed base = 0, count = 0, end = 0;
        Dwarf_Error error = nullptr;
        if (library_.srclines_files_indexes(context, &base, &count, &end, &error) != DW_DLV_OK)
            return release(error);
        if (end < base || base < 0 || static_cast<std::uint64_t>(end) > kMaxFiles) return;
        table_.files.resize(static_cast<std::size_t>(end));
        for (Dwarf_Signed i = base; i < end; i++) {
            const char* name = nullptr;
            Dwarf_Unsigned directory = 0, time = 0, size = 0;
            Dwarf_Form_Data16* md5 = nullptr;
            error = nullptr;
            if (library_.srclines_files_data_b(context, i, &name, &directory, &time, &size, &md5,
                                               &error) != DW_DLV_OK) {
                release(error);
                continue;
            }
            if (name == nullptr) continue;
            std::string path = joined(folder(context, directory), name);
            table_.files[static_cast<std::size_t>(i)] =
                strings_.number(source_path(directory_, path));
        }
    }

    void read_rows(Dwarf_Line_Context context) {
        Dwarf_Line* lines = nullptr;
        Dwarf_Signed count = 0;
        Dwarf_Error error = nullptr;
        if (library_.srclines_from_linecontext(context, &lines, &count, &error) != DW_DLV_OK) {
            table_.damaged = error != nullptr;
            return release(error);
        }
        std::vector<LineRow>& rows = table_.rows;
        for (Dwarf_Signed i = 0; i < count; i++) {
            Dwarf_Addr address = 0;
            Dwarf_Unsigned line = 0, file = 0;
            Dwarf_Bool end = 0;
            error = nullptr;
            if (library_.lineaddr(lines[i], &address, &error) != DW_DLV_OK ||
                library_.lineno(lines[i], &line, &error) != DW_DLV_OK ||
                library_.line_srcfileno(lines[i], &file, &error) != DW_DLV_OK ||
                library_.lineendsequence(lines[i], &end, &error) != DW_DLV_OK) {
                release(error);
                continue;
            }
            LineRow row{address, end ? 0 : table_.file(file),
                        end || line > UINT32_MAX ? 0 : static_cast<std::uint32_t>(line), end != 0};
            if (!rows.empty() && rows.back().address == address && !rows.back().end && !end)
                rows.back() = row;  // most rows at one address are in one sequence
            else
                rows.push_back(row);
        }
        std::stable_sort(rows.begin(), rows.end(), [](const LineRow& a, const LineRow& b) {
            return a.address != b.address ? a.address < b.address : a.end && !b.end;
        });
        std::size_t kept = 0;
        for (const LineRow& row : rows) {
            if (kept > 0 && rows[kept - 1].address == row.address) kept--;
            rows[kept++] = row;
        }
        rows.resize(kept);
    }

    const Libdwarf& library_;
    const Die& unit_;
    std::string_view directory_;
    layout::CodeStrings& strings_;
    LineTable table_;
};

}  // namespace

LineTable read_lines(const Libdwarf& library, const Die& unit, std::string_view directory,
                     layout::CodeStrings& strings) {
    return Reader(library, unit, directory, strings).run();
}

std::string source_path(std::string_view directory, std::string_view name) {
    // The tree's root is where the compiler ran, so that most names are relative to it already. A
    // directory may itself be relative ("debian/build/…"): then it names no place in the tree.
    if (!directory.empty() && name.size() > directory.size() && name.starts_with(directory) &&
        name[directory.size()] == '/')
        name.remove_prefix(directory.size() + 1);
    if (name.starts_with("../") && directory.starts_with('/')) {
        std::string path = normal(joined(directory, name));
        return below_root(path);
    }
    std::string path = normal(name);
    return path.starts_with('/') ? below_root(path) : path;
}

}  // namespace nfstriage::debuginfo
