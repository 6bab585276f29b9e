// kallsyms in memory, made from the input in every encoding and then damaged: the tables that were
// not damaged give back what was written, damaged ones never contradict themselves.
#include "fakes/memory.h"
#include "input.h"
#include "layout/kallsyms_search.h"
#include "mkdump/kallsyms_writer.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;
using namespace nfstriage::layout;

namespace {

constexpr std::uint64_t kImage = 0xffffffff81000000;

mkdump::KallsymsImage made_image(Input& input) {
    mkdump::KallsymsImage image;
    std::uint8_t form = input.u8();
    image.addressing = static_cast<KallsymsAddressing>(form & 3);
    image.wide_markers = (form & 4) != 0;
    image.seqs = (form & 8) != 0;
    image.new_order = (form & 16) != 0;
    image.relative_base = kImage;
    std::size_t count = 1 + input.below(600), repeat = form >> 5;
    std::uint64_t address = kImage;
    for (std::size_t i = 0; i < count; ++i) {
        std::string name(1, (i & 1) != 0 ? 'T' : 'd');
        std::string_view given = i % (repeat + 1) == 0 ? input.text(i % 7) : std::string_view();
        for (char c : given)
            name += static_cast<char>(' ' + 1 + static_cast<unsigned char>(c) % 94);
        name += "_" + std::to_string(i % 97);
        if (i == 300) name.append(150, 'x');
        image.symbols.emplace_back(std::move(name), address);
        address += i % 5 * 16;
    }
    return image;
}

void ask(const Kallsyms& table) {
    require(table.size() != 0, "a table that was read has symbols");
    for (std::size_t i = 0; i < table.size(); i += 1 + table.size() / 40) {
        auto index = static_cast<std::uint32_t>(i);
        std::string name = table.name(index);
        auto found = table.find(name);
        require(std::find(found.begin(), found.end(), index) != found.end(),
                "a symbol is found by its name");
        auto at = table.at(table.address(index));
        require(at && table.address(*at) == table.address(index),
                "a symbol is found by its address");
        (void)table.type(index), (void)table.extent(index);
    }
    for (std::uint32_t index : table.dotted())
        require(table.name(index).find('.') != std::string::npos || table.type(index) == '.',
                "a name that is said to have a dot has one");
    (void)table.at(VAddr{0}), (void)table.at(VAddr{~std::uint64_t{0}});
    (void)table.find(""), (void)table.has_data();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    auto image = made_image(input);
    File bytes = image.write(VAddr{kImage + 0x10000}, 64);
    KallsymsPlaces places = image.places;
    const std::vector<KnownSymbol> known = {
        {image.symbols.front().first.substr(1), VAddr{image.symbols.front().second}}};
    const bool whole = input.empty();
    patch(bytes, input);
    fakes::FakeMemory memory;
    memory.put(VAddr{kImage + 0x10000}, bytes);

    auto table = Kallsyms::load(memory, places, known);
    if (whole) {
        require(table.has_value() && table->size() == image.symbols.size(),
                "a sound table is read");
        for (std::size_t i = 0; i < table->size(); ++i)
            require(
                table->name(static_cast<std::uint32_t>(i)) == image.symbols[i].first.substr(1) &&
                    table->address(static_cast<std::uint32_t>(i)).value == image.symbols[i].second,
                "symbols are those that were written");
    }
    if (table) ask(*table);
    if (auto found = search_kallsyms(memory, VAddr{kImage}, 0x40000))
        if (auto searched = Kallsyms::load(memory, *found, known)) ask(*searched);
    return 0;
}
