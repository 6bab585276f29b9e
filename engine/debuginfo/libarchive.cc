#include "debuginfo/libarchive.h"

#include <dlfcn.h>

namespace nfstriage::debuginfo {

template <class Function>
bool Libarchive::find(Function& function, const char* name) {
    function = reinterpret_cast<Function>(dlsym(handle_, name));
    return function != nullptr;
}

Result<Libarchive> Libarchive::load(const std::string& file, const std::string& expected) {
    Libarchive library;
    library.handle_ = dlopen("libarchive.so.13", RTLD_NOW | RTLD_LOCAL);
    if (library.handle_ == nullptr)
        return error(file, 0, expected + " (libarchive is not installed)",
                     "install libarchive13, or unpack the file first");
    bool all = library.find(library.read_new, "archive_read_new") &&
               library.find(library.read_free, "archive_read_free") &&
               library.find(library.filter_all, "archive_read_support_filter_all") &&
               library.find(library.filter_bzip2, "archive_read_support_filter_bzip2") &&
               library.find(library.filter_gzip, "archive_read_support_filter_gzip") &&
               library.find(library.filter_lz4, "archive_read_support_filter_lz4") &&
               library.find(library.filter_lzma, "archive_read_support_filter_lzma") &&
               library.find(library.filter_rpm, "archive_read_support_filter_rpm") &&
               library.find(library.filter_xz, "archive_read_support_filter_xz") &&
               library.find(library.filter_zstd, "archive_read_support_filter_zstd") &&
               library.find(library.format_ar, "archive_read_support_format_ar") &&
               library.find(library.format_cpio, "archive_read_support_format_cpio") &&
               library.find(library.format_raw, "archive_read_support_format_raw") &&
               library.find(library.format_tar, "archive_read_support_format_tar") &&
               library.find(library.open, "archive_read_open") &&
               library.find(library.open_filename, "archive_read_open_filename") &&
               library.find(library.next_header, "archive_read_next_header") &&
               library.find(library.read_data, "archive_read_data") &&
               library.find(library.read_data_block, "archive_read_data_block") &&
               library.find(library.format, "archive_format") &&
               library.find(library.filter_count, "archive_filter_count") &&
               library.find(library.error_string, "archive_error_string") &&
               library.find(library.pathname, "archive_entry_pathname") &&
               library.find(library.filetype, "archive_entry_filetype") &&
               library.find(library.hardlink, "archive_entry_hardlink") &&
               library.find(library.size, "archive_entry_size") &&
               library.find(library.size_is_set, "archive_entry_size_is_set");
    if (!all)
        return error(file, 0, "a libarchive with the functions of version 3",
                     "unpack the file first");
    return library;
}

}  // namespace nfstriage::debuginfo
