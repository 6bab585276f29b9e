// A record of a known bug: refused with a place in it, or read, packed and read back.
#include "input.h"
#include "knowledge/json_place.h"
#include "knowledge/load.h"
#include "knowledge/packed.h"
#include "knowledge/release.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

namespace {

// Some text of the input that stands behind `key` in quotes.
std::string_view value_of(std::string_view text, std::string_view key) {
    std::size_t at = text.find(key);
    if (at == std::string_view::npos) return "record";
    at = text.find('"', at + key.size());
    if (at == std::string_view::npos) return "record";
    std::string_view rest = text.substr(at + 1);
    return rest.substr(0, rest.find('"'));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::string_view text(reinterpret_cast<const char*>(data), size);
    for (std::string_view release : {value_of(text, "\"introduced\":"), text.substr(0, 20)}) {
        auto whole = knowledge::parse_release(release);
        auto base = knowledge::base_release(release);
        (void)knowledge::plain_release(release);
        require(!whole || (base && base->major == whole->major), "a release is based on itself");
    }
    for (const char* path :
         {"/affected/0/ranges", "/id", "/database_specific/fix_sets/0/commits/1"})
        if (auto place = knowledge::json_place(text, path))
            require(*place <= text.size(), "a place is in the text");
    auto record = knowledge::parse_record(std::string(value_of(text, "\"id\":")) + ".json", text);
    if (!record) {
        require(!record.error().expected.empty(), "a refusal says why");
        return 0;
    }
    knowledge::Library library;
    library.records.emplace(record->id, *record);
    std::string bytes = knowledge::pack(library);
    auto unpacked = knowledge::unpack(bytes);
    require(unpacked.has_value() && unpacked->find(record->id) != nullptr, "a record is read back");
    require(knowledge::pack(*unpacked) == bytes, "it is the same record");
    return 0;
}
