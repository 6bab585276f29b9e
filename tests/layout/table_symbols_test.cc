#include "layout/table_symbols.h"

#include "catch.h"

using namespace nfstriage;
using layout::TableSymbols;

namespace {

TableSymbols made() {
    TableSymbols symbols;
    symbols.add({"",
                 {{VAddr{0x1000}, 0x100}},
                 {{"schedule", VAddr{0x1000}, 0, "", 'T'},
                  {"__sched_text_start", VAddr{0x1000}, 0, "", 'T'},
                  {"helper", VAddr{0x1040}, 0x20, "", 't'},
                  {"jiffies", VAddr{0x2000}, 8, "", 'D'}}});
    symbols.add({"nfs",
                 {{VAddr{0x5000}, 0x200}},
                 {{"nfs_write", VAddr{0x5000}, 0x80, "", 't'},
                  {"nfs_write.cold", VAddr{0x5180}, 0x10, "", 't'},
                  {"nfs_write.isra.0", VAddr{0x5080}, 0x40, "", 't'},
                  {"helper", VAddr{0x50c0}, 0x10, "", 't'}}});
    symbols.index();
    return symbols;
}

}  // namespace

TEST_CASE("tables find functions by name, vmlinux first, with the copies a compiler made") {
    TableSymbols symbols = made();
    CHECK(symbols.address("helper")->value == 0x1040);
    CHECK(symbols.all("helper").size() == 2);
    CHECK(symbols.all("helper")[1].module == "nfs");
    CHECK(symbols.clones("nfs_write").size() == 3);
    CHECK(symbols.clones("nfs").empty());
    CHECK(symbols.address("nfs_read").error().reason == Reason::no_symbol);
}

TEST_CASE("an address belongs to the symbol whose bytes it is among") {
    TableSymbols symbols = made();
    CHECK(symbols.find(VAddr{0x1010})->symbol.name == "schedule");  // not the linker's mark
    CHECK(symbols.find(VAddr{0x1010})->symbol.size == 0x40);        // up to the next one
    CHECK(symbols.find(VAddr{0x5081})->symbol.name == "nfs_write.isra.0");
    CHECK(symbols.find(VAddr{0x5081})->offset == 1);
    CHECK_FALSE(symbols.find(VAddr{0x1060}));  // behind the last byte of helper
    CHECK_FALSE(symbols.find(VAddr{0xfff}));
    CHECK(symbols.is_text(VAddr{0x51ff}));
    CHECK_FALSE(symbols.is_text(VAddr{0x5200}));
    CHECK_FALSE(symbols.is_text(VAddr{0x2000}));
}

TEST_CASE("a missing name proves absence only where the tables are known to be whole") {
    TableSymbols symbols = made();
    CHECK_FALSE(symbols.proves_absence("nfs_read"));
    symbols.set_complete(true, false);
    CHECK(symbols.proves_absence("nfs_read"));
    CHECK_FALSE(symbols.complete_for_data());
}
