// A flattened file made of the input's records: read in place it must be the file that writing the
// records one after the other gives.
#include "dump/flattened.h"
#include "input.h"

using namespace nfstriage;
using namespace nfstriage::fuzz;

namespace {

class InMemory final : public dump::FileBytes {
public:
    explicit InMemory(File bytes) : bytes_(std::move(bytes)) {}
    const std::string& name() const override { return name_; }
    std::uint64_t size() const override { return bytes_.size(); }
    std::uint64_t stored_size() const override { return bytes_.size(); }
    Maybe<void> read(std::uint64_t offset, std::span<std::uint8_t> out) const override {
        auto range = Bytes(bytes_).range(offset, out.size());
        if (!range) return tl::unexpected<Unknown>(range.error());
        std::copy(range->begin(), range->end(), out.begin());
        return {};
    }

private:
    std::string name_ = "input";
    File bytes_;
};

void put_be64(File& file, std::uint64_t value) {
    for (unsigned shift = 64; shift > 0; shift -= 8)
        file.push_back(static_cast<std::uint8_t>(value >> (shift - 8)));
}

struct Made {
    File file;      // flattened
    File expected;  // what it describes
    bool ended = false;
};

// Records of at most 4 KiB within 64 KiB, or of any number at all; then nothing is expected.
Made make(Input& input, bool& hostile) {
    Made made;
    const std::string_view signature = "makedumpfile";
    made.file.assign(signature.begin(), signature.end());
    made.file.resize(16);
    put_be64(made.file, 1);
    put_be64(made.file, 1);
    made.file.resize(4096);
    while (!input.empty()) {
        std::uint8_t kind = input.u8();
        if (kind == 0) {
            put_be64(made.file, ~std::uint64_t{0});
            put_be64(made.file, ~std::uint64_t{0});
            made.ended = true;
            break;
        }
        if (kind == 1) {
            hostile = true;
            put_be64(made.file, input.u64());
            put_be64(made.file, input.u64());
            continue;
        }
        // Often where the last record ended, as those of a real file.
        std::uint64_t at = kind < 128 ? made.expected.size() : input.u16();
        std::size_t size = kind % 4 == 0 ? input.u16() % 4096 + 1 : kind % 64 + 1;
        std::uint8_t fill = input.u8();
        put_be64(made.file, at);
        put_be64(made.file, size);
        made.file.insert(made.file.end(), size, fill);
        if (made.expected.size() < at + size) made.expected.resize(at + size);
        std::fill_n(made.expected.begin() + static_cast<std::ptrdiff_t>(at), size, fill);
        if (made.file.size() > 1 << 20) break;
    }
    return made;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input(data, size);
    bool hostile = false;
    Made made = make(input, hostile);
    auto opened = dump::open_flattened(std::make_shared<InMemory>(made.file));
    if (!hostile) require(opened.has_value() == !made.expected.empty(), "sound records open");
    if (!opened) return 0;
    const dump::FileBytes& file = **opened;
    std::vector<std::uint8_t> piece(4096);
    if (hostile) {
        for (std::uint64_t at : {std::uint64_t{0}, file.size() / 2, file.size() - 1, file.size()})
            (void)file.read(at, piece);
        return 0;
    }
    require(file.size() == made.expected.size(), "the size is that of the file described");
    require(file.cut_short().empty() == made.ended, "a missing end is said");
    for (std::size_t at = 0; at < made.expected.size(); at += 1531) {
        std::size_t part = std::min<std::size_t>(at % 4096 + 1, made.expected.size() - at);
        auto got = file.read(at, std::span(piece).first(part));
        if (!got) {
            require(!made.ended, "everything reads where the end was written");
            continue;
        }
        require(std::equal(piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(part),
                           made.expected.begin() + static_cast<std::ptrdiff_t>(at)),
                "bytes are those written last");
    }
    return 0;
}
