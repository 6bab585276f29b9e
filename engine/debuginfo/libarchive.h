// libarchive (archive(3), archive_entry(3)), loaded when the first packed file comes: most runs
// never need it. Types and prototypes are those of its headers.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <string>

#include "base/result.h"

namespace nfstriage::debuginfo {

class Libarchive {
public:
    // Error: it is not installed, or lacks a function; says that `expected` was expected of `file`.
    static Result<Libarchive> load(const std::string& file, const std::string& expected);

    decltype(&archive_read_new) read_new = nullptr;
    decltype(&archive_read_free) read_free = nullptr;
    decltype(&archive_read_support_filter_all) filter_all = nullptr;
    decltype(&archive_read_support_filter_bzip2) filter_bzip2 = nullptr;
    decltype(&archive_read_support_filter_gzip) filter_gzip = nullptr;
    decltype(&archive_read_support_filter_lz4) filter_lz4 = nullptr;
    decltype(&archive_read_support_filter_lzma) filter_lzma = nullptr;
    decltype(&archive_read_support_filter_rpm) filter_rpm = nullptr;
    decltype(&archive_read_support_filter_xz) filter_xz = nullptr;
    decltype(&archive_read_support_filter_zstd) filter_zstd = nullptr;
    decltype(&archive_read_support_format_ar) format_ar = nullptr;
    decltype(&archive_read_support_format_cpio) format_cpio = nullptr;
    decltype(&archive_read_support_format_raw) format_raw = nullptr;
    decltype(&archive_read_support_format_tar) format_tar = nullptr;
    decltype(&archive_read_open) open = nullptr;
    decltype(&archive_read_open_filename) open_filename = nullptr;
    decltype(&archive_read_next_header) next_header = nullptr;
    decltype(&archive_read_data) read_data = nullptr;
    decltype(&archive_read_data_block) read_data_block = nullptr;
    decltype(&archive_format) format = nullptr;
    decltype(&archive_filter_count) filter_count = nullptr;
    decltype(&archive_error_string) error_string = nullptr;
    decltype(&archive_entry_pathname) pathname = nullptr;
    decltype(&archive_entry_filetype) filetype = nullptr;
    decltype(&archive_entry_hardlink) hardlink = nullptr;
    decltype(&archive_entry_size) size = nullptr;
    decltype(&archive_entry_size_is_set) size_is_set = nullptr;

private:
    template <class Function>
    bool find(Function& function, const char* name);
    void* handle_ = nullptr;  // stays loaded: unloading gains nothing
};

}  // namespace nfstriage::debuginfo
