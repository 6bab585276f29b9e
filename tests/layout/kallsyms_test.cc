#include "layout/kallsyms.h"

#include <algorithm>

#include "catch.h"
#include "fakes/kallsyms_writer.h"
#include "layout/kallsyms_search.h"

using namespace nfstriage;
using namespace nfstriage::layout;
using fakes::FakeMemory;
using fakes::KallsymsImage;

namespace {

constexpr VAddr kStext{0xffffffff81000000};

KallsymsImage image_of(KallsymsAddressing addressing) {
    KallsymsImage image;
    image.addressing = addressing;
    if (addressing == KallsymsAddressing::absolute_percpu)
        image.symbols.push_back({"Afixed_percpu_data", 0x1000});
    image.symbols.push_back({"T_stext", kStext.value});
    image.symbols.push_back({"Tfirst_alias", kStext.value + 0x40});
    image.symbols.push_back({"tsecond_alias", kStext.value + 0x40});
    for (unsigned i = 0; i < 3000; ++i)
        image.symbols.push_back(
            {(i % 2 ? "t" : "d") + std::string("symbol_number_") + std::to_string(i % 2900),
             kStext.value + 0x100 + i * 16});
    image.symbols.push_back({"T" + std::string(200, 'n'), kStext.value + 0x20000});
    image.symbols.push_back({"D_end", kStext.value + 0x30000});
    return image;
}

std::vector<std::uint8_t> whole_pages(std::vector<std::uint8_t> bytes) {
    bytes.resize((bytes.size() + 4095) / 4096 * 4096);
    return bytes;
}

struct Loaded {
    FakeMemory memory;
    KallsymsImage image;
    explicit Loaded(KallsymsImage given) : image(std::move(given)) {
        memory.put(kStext, whole_pages(image.write(kStext, 0x4000)));
    }
    Maybe<Kallsyms> load(const KallsymsPlaces& places) const {
        return Kallsyms::load(memory, places, {{"_stext", kStext}});
    }
};

}  // namespace

TEST_CASE("symbols are found by name and by address in every encoding of addresses") {
    auto addressing =
        GENERATE(KallsymsAddressing::absolute, KallsymsAddressing::base_relative,
                 KallsymsAddressing::absolute_percpu, KallsymsAddressing::place_relative);
    Loaded loaded(image_of(addressing));
    auto table = loaded.load(loaded.image.places);
    REQUIRE(table);
    CHECK(table->addressing() == addressing);
    CHECK(table->size() == loaded.image.symbols.size());
    REQUIRE(table->find("symbol_number_107").size() == 1);
    CHECK(table->address(table->find("symbol_number_107")[0]) == kStext + 0x100 + 107 * 16);
    CHECK(table->find("symbol_number_5").size() == 2);  // two static symbols of one name
    CHECK(table->find("symbol_number").empty());
    auto at = table->at(kStext + 0x100 + 9 * 16 + 3);
    REQUIRE(at);
    CHECK(table->name(*at) == "symbol_number_9");
    CHECK(table->type(*at) == 't');
    CHECK(table->extent(*at) == 16);
    CHECK(table->has_data());
}

TEST_CASE("of several names for one address the first is taken, as the kernel does") {
    Loaded loaded(image_of(KallsymsAddressing::base_relative));
    auto table = loaded.load(loaded.image.places).value();
    CHECK(table.name(*table.at(kStext + 0x48)) == "first_alias");
    CHECK(table.extent(*table.at(kStext + 0x48)) == 0xc0);
    CHECK_FALSE(table.at(kStext - 1));
}

TEST_CASE("a mark of the linker does not name the function that begins there") {
    KallsymsImage image = image_of(KallsymsAddressing::base_relative);
    // The kernel's sorting of aliases puts the name with fewer underscores first.
    image.symbols.insert(image.symbols.begin() + 1, {"T__do_softirq", kStext.value});
    Loaded loaded(std::move(image));
    auto table = loaded.load(loaded.image.places).value();
    CHECK(table.name(*table.at(kStext + 8)) == "__do_softirq");
    CHECK(table.name(*table.at(kStext + 0x48)) == "first_alias");
}

TEST_CASE("symbols with a dot in their name are known") {
    KallsymsImage image = image_of(KallsymsAddressing::base_relative);
    image.symbols.push_back({"tnfs_open.cold", kStext.value + 0x30010});
    image.symbols.push_back({"tsplit.isra.0", kStext.value + 0x30020});
    Loaded loaded(std::move(image));
    auto table = loaded.load(loaded.image.places).value();
    auto found = table.dotted();
    REQUIRE(found.size() == 2);
    CHECK(table.name(found[0]) == "nfs_open.cold");
    CHECK(table.name(found[1]) == "split.isra.0");
}

TEST_CASE("names of 128 characters and more have two length bytes") {
    Loaded loaded(image_of(KallsymsAddressing::base_relative));
    auto table = loaded.load(loaded.image.places).value();
    CHECK(table.find(std::string(200, 'n')).size() == 1);
}

TEST_CASE("a name that is longer than any kernel's when spelled out is refused") {
    auto image = image_of(KallsymsAddressing::base_relative);
    // Each of its tokens stands for six characters.
    image.symbols.back().first = "D" + std::string(2000, '\xc8');
    Loaded loaded(std::move(image));
    auto table = loaded.load(loaded.image.places);
    REQUIRE_FALSE(table);
    CHECK(table.error().reason == Reason::corrupt);
}

TEST_CASE("any number of symbols may share a name and an address") {
    // Looked at one by one these would take hours.
    KallsymsImage image;
    image.symbols.push_back({"T_stext", kStext.value});
    for (unsigned i = 0; i < 1'000'000; ++i) image.symbols.push_back({"tsame", kStext.value + 64});
    Loaded loaded(std::move(image));
    auto table = loaded.load(loaded.image.places);
    REQUIRE(table);
    auto found = table->find("same");
    CHECK(found.size() == 1'000'000);
    CHECK(std::is_sorted(found.begin(), found.end()));
    for (std::uint64_t at = 64; at < 100'000; ++at) REQUIRE(table->at(kStext + at) == 1u);
}

TEST_CASE("a table that puts _stext elsewhere is refused") {
    Loaded loaded(image_of(KallsymsAddressing::base_relative));
    auto table = Kallsyms::load(loaded.memory, loaded.image.places, {{"_stext", kStext + 16}});
    REQUIRE_FALSE(table);
    CHECK(table.error().reason == Reason::corrupt);
}

TEST_CASE("kallsyms is found by search in the order and encoding of each kernel") {
    KallsymsImage image = image_of(KallsymsAddressing::base_relative);
    SECTION("v4.19: 64-bit markers") { image.wide_markers = true; }
    SECTION("v4.19 with absolute addresses") {
        image.wide_markers = true;
        image.addressing = KallsymsAddressing::absolute;
    }
    SECTION("v4.20: 32-bit markers") {}
    SECTION("v6.2: seqs_of_names before the tokens") { image.seqs = true; }
    SECTION("v6.4: offsets behind the tokens") { image.new_order = true; }
    Loaded loaded(image);
    auto places = search_kallsyms(loaded.memory, kStext, 1 << 20);
    REQUIRE(places);
    CHECK(places->names == loaded.image.places.names);
    CHECK(places->token_table == loaded.image.places.token_table);
    CHECK(places->token_index == loaded.image.places.token_index);
    CHECK(places->addresses == loaded.image.places.addresses);
    CHECK(places->count == loaded.image.places.count);
    auto table = loaded.load(*places);
    REQUIRE(table);
    CHECK(table->find("symbol_number_107").size() == 1);
}

TEST_CASE("a token table without the rest around it is no kallsyms") {
    FakeMemory memory;
    KallsymsImage image = image_of(KallsymsAddressing::base_relative);
    auto bytes = image.write(kStext, 0x4000);
    // Damage one name length, so that the walk misses the markers.
    bytes[image.places.names - kStext] ^= 1;
    memory.put(kStext, whole_pages(bytes));
    CHECK_FALSE(search_kallsyms(memory, kStext, 1 << 20));
}

TEST_CASE("memory full of what begins like a token table ends the search") {
    std::vector<std::uint8_t> bytes;
    while (bytes.size() < 4 << 20)
        for (std::uint8_t digit = '0'; digit <= '9'; ++digit) bytes.insert(bytes.end(), {digit, 0});
    FakeMemory memory;
    memory.put(kStext, std::move(bytes));
    auto places = search_kallsyms(memory, kStext, 4 << 20);
    REQUIRE_FALSE(places);
    CHECK(places.error().reason == Reason::budget);
}

TEST_CASE("tables with extreme sizes are refused without reading them") {
    Loaded loaded(image_of(KallsymsAddressing::base_relative));
    KallsymsPlaces places = loaded.image.places;
    places.count = UINT32_MAX;
    CHECK(loaded.load(places).error().reason == Reason::corrupt);
    places.count = loaded.image.places.count + 100000;
    CHECK_FALSE(loaded.load(places));
}
