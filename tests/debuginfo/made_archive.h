// Packages for tests, written by libarchive: tars in any compression, .deb (ar with a data.tar
// inside). An .rpm is put together here: lead, two headers with one entry each, compressed cpio.
#pragma once

#include <archive.h>
#include <archive_entry.h>
#include <memory>
#include <string>
#include <vector>

#include "catch.h"

namespace nfstriage::test {

struct Member {
    std::string path;
    std::string bytes;
    std::string symlink, hardlink;  // where it leads, if it is one
};

enum class Format { tar, cpio, ar, raw };

// `filter`: "none", "gzip", "xz", "zstd", "bzip2", "lz4".
inline std::string packed(Format format, const std::string& filter,
                          const std::vector<Member>& members) {
    std::size_t room = 1 << 20, used = 0;
    for (const Member& member : members) room += member.bytes.size() * 2 + 4096;
    std::string bytes(room, '\0');  // outlives the writer
    std::unique_ptr<archive, int (*)(archive*)> out(archive_write_new(), archive_write_free);
    if (filter != "none")
        REQUIRE(archive_write_add_filter_by_name(out.get(), filter.c_str()) == ARCHIVE_OK);
    if (filter == "xz")
        REQUIRE(archive_write_set_filter_option(out.get(), "xz", "compression-level", "0") ==
                ARCHIVE_OK);
    archive_write_set_bytes_in_last_block(out.get(), 1);
    int set = format == Format::tar    ? archive_write_set_format_gnutar(out.get())
              : format == Format::cpio ? archive_write_set_format_cpio_newc(out.get())
              : format == Format::ar   ? archive_write_set_format_ar_svr4(out.get())
                                       : archive_write_set_format_raw(out.get());
    REQUIRE(set == ARCHIVE_OK);
    REQUIRE(archive_write_open_memory(out.get(), bytes.data(), bytes.size(), &used) == ARCHIVE_OK);
    std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                   archive_entry_free);
    for (const Member& member : members) {
        archive_entry_clear(entry.get());
        archive_entry_set_pathname(entry.get(), member.path.c_str());
        archive_entry_set_perm(entry.get(), 0644);
        archive_entry_set_filetype(entry.get(), member.symlink.empty() ? AE_IFREG : AE_IFLNK);
        archive_entry_set_size(entry.get(), static_cast<la_int64_t>(member.bytes.size()));
        if (!member.symlink.empty())
            archive_entry_set_symlink(entry.get(), member.symlink.c_str());
        else if (!member.hardlink.empty())
            archive_entry_set_hardlink(entry.get(), member.hardlink.c_str());
        REQUIRE(archive_write_header(out.get(), entry.get()) == ARCHIVE_OK);
        if (!member.bytes.empty())
            REQUIRE(archive_write_data(out.get(), member.bytes.data(), member.bytes.size()) ==
                    static_cast<la_ssize_t>(member.bytes.size()));
    }
    REQUIRE(archive_write_close(out.get()) == ARCHIVE_OK);
    bytes.resize(used);
    return bytes;
}

// `suffix` and `filter` go together: "xz"/"xz", "zst"/"zstd", "gz"/"gzip".
inline std::string deb(const std::string& suffix, const std::string& filter,
                       const std::vector<Member>& members) {
    return packed(
        Format::ar, "none",
        {{"debian-binary", "2.0\n", "", ""},
         {"control.tar." + suffix,
          packed(Format::tar, filter, {{"./control", "Package: made\n", "", ""}}), "", ""},
         {"data.tar." + suffix, packed(Format::tar, filter, members), "", ""}});
}

// A header of an .rpm: magic, one index entry (a string), its data.
inline std::string rpm_header(unsigned tag, const std::string& value) {
    auto be32 = [](std::size_t number) {
        std::string text;
        for (int shift = 24; shift >= 0; shift -= 8)
            text += static_cast<char>((number >> shift) & 0xff);
        return text;
    };
    std::string header("\x8e\xad\xe8\x01\0\0\0\0", 8);
    header += be32(1) + be32(value.size() + 1);         // entries, bytes of data
    header += be32(tag) + be32(6) + be32(0) + be32(1);  // a string at 0
    return header + value + '\0';
}

inline std::string rpm(const std::string& filter, const std::vector<Member>& members) {
    std::string lead("\xed\xab\xee\xdb\x03\0\0\0\0\x01", 10);
    lead += "made-1-1";
    lead.resize(76, '\0');
    lead += std::string("\0\x01\0\x05", 4);
    lead.resize(96, '\0');
    std::string signature = rpm_header(269, "0123456789abcdef");
    while (signature.size() % 8 != 0) signature += '\0';
    return lead + signature + rpm_header(1000, "made") + packed(Format::cpio, filter, members);
}

}  // namespace nfstriage::test
